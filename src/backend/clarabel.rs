//! Clarabel, the reference backend: an interior-point method for mixed cones [Clarabel].
//!
//! Our standard form becomes min qᵀx, Ax + s = b, s ∈ K with x = y, q = −b_obj, and rows in the
//! order equalities (zero cone: A = −E, b = e), inequalities (A = −a, b = c), blocks. A block's
//! rows are the upper triangle of its real form, column by column, with off-diagonal entries
//! scaled by √2, so that the dot product of two rows is the trace inner product; hence Clarabel's
//! dual z needs no sign change: λ = z, u = z, Z = smat(z).

use std::panic::{AssertUnwindSafe, catch_unwind};

use clarabel::algebra::CscMatrix;
use clarabel::io::ConfigurablePrintTarget;
use clarabel::solver::{
    DefaultInfo, DefaultSettings, DefaultSolution, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
};
use faer::Mat;

use super::{Backend, Cost, Dimensions, Settings, SolveError, admit};
use crate::program::{Affine, DualPoint, PointStatus, Program, Solution, Stop};
use crate::reduce::real_form::{self, RealBlock};

/// The Clarabel solver with its faer sparse factorisation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clarabel;

impl Backend for Clarabel {
    fn name(&self) -> &'static str {
        "clarabel"
    }

    /// The KKT matrix holds a dense t×t block for a cone of t = N(N+1)/2 entries, so time grows
    /// like t³. The constants were fitted on two cores: 102 s at t = 9870, 10 GB at t = 14196.
    fn predict(&self, dimensions: &Dimensions) -> Cost {
        const BYTES_PER_KKT_ENTRY: f64 = 100.0;
        const SECONDS_PER_CUBE: f64 = 1.2e-10;
        let mut entries = (dimensions.variables + dimensions.rows) as f64;
        let mut cubes = 0.0;
        for &(size, real) in &dimensions.blocks {
            let side = if real { size } else { 2 * size } as f64;
            let triangle = side * (side + 1.0) / 2.0;
            entries += triangle * triangle / 2.0 + 4.0 * triangle;
            cubes += triangle.powi(3);
        }
        Cost { bytes: (BYTES_PER_KKT_ENTRY * entries) as u64, seconds: SECONDS_PER_CUBE * cubes }
    }

    fn solve(&self, program: &Program, settings: &Settings) -> Result<Solution, SolveError> {
        // Clarabel takes a NaN on the right-hand side for an absent row and calls the rest solved.
        admit(self, program, settings)?;
        let failed = |reason: String| SolveError::Failed { backend: "clarabel", reason };
        let blocks: Vec<RealBlock> = program.blocks.iter().map(real_form::apply).collect();
        let rows = Rows::new(program, &blocks);
        // Clarabel panics where its eigenvalue or singular value routines fail.
        let outcome = catch_unwind(AssertUnwindSafe(|| rows.solve(program, settings)));
        let solution = outcome.map_err(|payload| failed(panic_message(&*payload)))?;
        let solution = solution.map_err(failed)?;
        if !solution.x.iter().chain(&solution.z).all(|value| value.is_finite()) {
            return Err(failed(format!("it returned non-finite numbers ({})", solution.status)));
        }
        let (stop, primal_status, dual_status) = meaning(solution.status);
        Ok(Solution {
            stop,
            primal_status,
            dual_status,
            dual: rows.dual(program, &blocks, &solution.z),
            y: solution.x,
            enclosure: None,
            backend: self.name(),
            iterations: solution.iterations,
            seconds: solution.solve_time,
        })
    }
}

/// What Clarabel's status says about why, x and z.
fn meaning(status: SolverStatus) -> (Stop, PointStatus, PointStatus) {
    use PointStatus::{Certificate, Feasible, NearlyFeasible, Unknown};
    match status {
        SolverStatus::Solved => (Stop::Converged, Feasible, Feasible),
        SolverStatus::AlmostSolved => (Stop::AlmostConverged, NearlyFeasible, NearlyFeasible),
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
            (Stop::Infeasible, Unknown, Certificate)
        }
        SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => {
            (Stop::Unbounded, Certificate, Unknown)
        }
        SolverStatus::MaxIterations => (Stop::IterationLimit, Unknown, Unknown),
        SolverStatus::MaxTime => (Stop::TimeLimit, Unknown, Unknown),
        SolverStatus::Unsolved | SolverStatus::NumericalError | SolverStatus::InsufficientProgress => {
            (Stop::Stalled, Unknown, Unknown)
        }
        SolverStatus::CallbackTerminated => (Stop::Interrupted, Unknown, Unknown),
    }
}

/// Clarabel's A, b and cones.
struct Rows {
    matrix: CscMatrix<f64>,
    right: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

impl Rows {
    fn new(program: &Program, blocks: &[RealBlock]) -> Self {
        let mut right = Vec::new();
        let mut cones = Vec::new();
        let (mut row_of, mut column_of, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut coefficient = |row: usize, variable: u32, value: f64| {
            row_of.push(row);
            column_of.push(variable as usize);
            values.push(-value);
        };
        let scalar = |forms: &[Affine], right: &mut Vec<f64>, add: &mut dyn FnMut(usize, u32, f64)| {
            for form in forms {
                let row = right.len();
                right.push(form.constant);
                form.terms.iter().for_each(|&(k, value)| add(row, k, value));
            }
        };
        if !program.equalities.is_empty() {
            cones.push(SupportedConeT::ZeroConeT(program.equalities.len()));
            scalar(&program.equalities, &mut right, &mut coefficient);
        }
        if !program.inequalities.is_empty() {
            cones.push(SupportedConeT::NonnegativeConeT(program.inequalities.len()));
            scalar(&program.inequalities, &mut right, &mut coefficient);
        }
        for block in blocks {
            let start = right.len();
            right.resize(start + triangle(block.size), 0.0);
            cones.push(SupportedConeT::PSDTriangleConeT(block.size));
            for entry in &block.entries {
                let scale = svec_scale(entry.row, entry.column);
                let row = start + triangle(entry.column) + entry.row;
                right[row] = scale * entry.constant;
                entry.terms.iter().for_each(|&(k, value)| coefficient(row, k, scale * value));
            }
        }
        let shape = (right.len(), program.variables());
        let matrix = CscMatrix::new_from_triplets(shape.0, shape.1, row_of, column_of, values);
        Self { matrix, right, cones }
    }

    fn solve(&self, program: &Program, settings: &Settings) -> Result<DefaultSolution<f64>, String> {
        let variables = program.variables();
        let quadratic = CscMatrix::zeros((variables, variables));
        let linear: Vec<f64> = program.objective.iter().map(|b| -b).collect();
        let options = DefaultSettings {
            verbose: settings.verbose,
            max_iter: settings.max_iterations,
            tol_gap_abs: settings.tolerance,
            tol_gap_rel: settings.tolerance,
            tol_feas: settings.tolerance,
            max_threads: settings.threads,
            direct_solve_method: "faer".to_owned(),
            // Moment problems have low-rank optima, where Clarabel's defaults stall at gaps of
            // 1e-8. Measured on the problems of `problems/`: more regularisation, undone by more
            // refinement, and shorter steps reach 1e-9 at the cost of two iterations.
            static_regularization_constant: 1e-6,
            iterative_refinement_max_iter: 50,
            max_step_fraction: 0.9,
            // Moment matrices are dense: there is nothing to decompose.
            chordal_decomposition_enable: false,
            ..DefaultSettings::default()
        };
        let mut solver =
            DefaultSolver::new(&quadratic, &linear, &self.matrix, &self.right, &self.cones, options)
                .map_err(|error| error.to_string())?;
        solver.print_to_stream(Box::new(std::io::stderr()));
        let (watch, offset) = (settings.watch.clone(), program.offset);
        solver.set_termination_callback(move |info: &DefaultInfo<f64>| {
            watch.report(offset - info.cost_primal, offset - info.cost_dual);
            watch.is_interrupted()
        });
        solver.solve();
        Ok(solver.solution)
    }

    /// Our multipliers from Clarabel's z.
    fn dual(&self, program: &Program, blocks: &[RealBlock], z: &[f64]) -> DualPoint {
        let (equalities, rest) = z.split_at(program.equalities.len());
        let (inequalities, mut rest) = rest.split_at(program.inequalities.len());
        let mut duals = Vec::with_capacity(blocks.len());
        for block in blocks {
            let (own, others) = rest.split_at(triangle(block.size));
            rest = others;
            duals.push(real_form::pull_back(block, &smat(block.size, own)));
        }
        DualPoint { blocks: duals, inequalities: inequalities.to_vec(), equalities: equalities.to_vec() }
    }
}

/// n(n+1)/2, which is also where column n of an upper triangle starts.
fn triangle(n: usize) -> usize {
    n * (n + 1) / 2
}

/// The factor of entry (row, column) in the vectorisation of a symmetric matrix.
fn svec_scale(row: usize, column: usize) -> f64 {
    if row == column { 1.0 } else { std::f64::consts::SQRT_2 }
}

/// The symmetric matrix of a vectorised upper triangle.
fn smat(size: usize, vector: &[f64]) -> Mat<f64> {
    Mat::from_fn(size, size, |i, j| {
        let (row, column) = (i.min(j), i.max(j));
        vector[triangle(column) + row] / svec_scale(row, column)
    })
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    format!("it panicked: {}", text.unwrap_or_else(|| "without a message".to_owned()))
}
