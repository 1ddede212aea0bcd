//! The iteration.

use std::time::Instant;

use faer::Mat;

use super::assembly::Assembly;
use super::cone::{Factor, add_scaled, inner, make_hermitian, scaled, times};
use super::enclosure::enclosure;
use super::equalities::Newton;
use super::schur::Schur;
use crate::backend::data::Data;
use crate::backend::dense::least_eigenvalue;
use crate::backend::field::{Field, Real};
use crate::backend::{Precision, Settings};
use crate::program::{DualPoint, PointStatus, Program, Solution, Stop};

/// How much of the way to the boundary a step goes: more of it where the predictor's steps are long.
const LEAST_FRACTION: f64 = 0.9;
const MOST_FRACTION: f64 = 0.99;
/// μ aims at this power of what the predictor leaves of it. Two or three are usual; on a dozen moment problems, many of
/// them so degenerate that no step is long, this much centring takes a seventh off the iterations.
const CENTRING: f64 = 1.5;
/// So many iterations without progress are the end of it.
const PATIENCE: u32 = 8;
/// Steps shorter than this make no progress.
const SHORTEST_STEP: f64 = 1e-7;
/// A point is looked at as a ray once it has grown so large.
const LEAST_RAY: f64 = 1e3;
/// A ray counts as a proof of infeasibility if it misses by less than this, relative to what it proves.
const RAY_TOLERANCE: f64 = 1e-8;

/// Primal and dual variables, or a step of all of them.
#[derive(Clone)]
pub struct Point<E: Field> {
    pub y: Vec<E::Real>,
    /// S and Z of every block.
    pub slack: Vec<Mat<E>>,
    pub z: Vec<Mat<E>>,
    /// s and u of every inequality.
    pub s: Vec<E::Real>,
    pub u: Vec<E::Real>,
    pub lambda: Vec<E::Real>,
}

impl<E: Field> Point<E> {
    /// Goes so far along the primal and the dual part of a step.
    fn advance(&mut self, primal: E::Real, dual: E::Real, step: &Point<E>) {
        advance(&mut self.y, primal, &step.y);
        advance(&mut self.s, primal, &step.s);
        advance(&mut self.u, dual, &step.u);
        advance(&mut self.lambda, dual, &step.lambda);
        for (slack, change) in self.slack.iter_mut().zip(&step.slack) {
            add_scaled(slack, primal, change);
        }
        for (z, change) in self.z.iter_mut().zip(&step.z) {
            add_scaled(z, dual, change);
        }
    }
}

/// What is left of the equations.
pub struct Residuals<E: Field> {
    /// C + 𝒜*y − S.
    pub slack: Vec<Mat<E>>,
    /// c + a·y − s.
    pub s: Vec<E::Real>,
    /// b + 𝒜(Z) + aᵀu + Eᵀλ.
    pub dual: Vec<E::Real>,
    /// e + E·y.
    pub equalities: Vec<E::Real>,
}

/// How far a point is from a solution, all relative.
#[derive(Debug, Clone, Copy)]
struct Quality<R> {
    primal: R,
    dual: R,
    /// ⟨S, Z⟩ + s·u: what would lie between the values if the equations held.
    complementarity: f64,
    infeasibility: f64,
    dual_infeasibility: f64,
}

impl<R: Real> Quality<R> {
    fn gap(&self) -> f64 {
        let [primal, dual] = [self.primal, self.dual].map(|value| value.to_f64().abs());
        // The values may also meet by chance, where multipliers grow without bound and miss their equations.
        let between = (self.dual - self.primal).to_f64().abs().max(self.complementarity);
        between / (1.0 + primal + dual)
    }

    /// The worst of the three.
    fn error(&self) -> f64 {
        self.gap().max(self.infeasibility).max(self.dual_infeasibility)
    }
}

/// Solves a program in the given field.
pub fn solve<E: Field>(program: &Program, settings: &Settings) -> Solution {
    let start = Instant::now();
    let data = Data::<E>::new(program);
    let mut method = Method::new(program, &data, settings);
    let stop = method.run();
    std::mem::swap(&mut method.point, &mut method.best);
    let enclosure = match settings.precision {
        Precision::F64 => None,
        Precision::Dd => {
            let values = [method.primal_value(), method.dual_value()];
            enclosure(program, &data, &method.point, &method.residuals(), values)
        }
    };
    let (point, quality) = (method.point, method.best_quality);
    let complex = |matrices: &[Mat<E>]| {
        let convert = |matrix: &Mat<E>| {
            Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)].to_complex())
        };
        matrices.iter().map(convert).collect()
    };
    let reals = |values: &[E::Real]| values.iter().map(|value| value.to_f64()).collect::<Vec<f64>>();
    let status = |error: f64| match error {
        error if error <= settings.tolerance => PointStatus::Feasible,
        error if error <= settings.tolerance.sqrt() => PointStatus::NearlyFeasible,
        _ => PointStatus::Unknown,
    };
    let (primal_status, dual_status) = match stop {
        Stop::Infeasible => (PointStatus::Unknown, PointStatus::Certificate),
        Stop::Unbounded => (PointStatus::Certificate, PointStatus::Unknown),
        _ => (status(quality.infeasibility), status(quality.dual_infeasibility)),
    };
    Solution {
        stop,
        primal_status,
        dual_status,
        y: reals(&point.y),
        dual: DualPoint {
            blocks: complex(&point.z),
            inequalities: reals(&point.u),
            equalities: reals(&point.lambda),
        },
        enclosure,
        backend: "interior-point",
        iterations: method.iterations,
        seconds: start.elapsed().as_secs_f64(),
    }
}

struct Method<'a, E: Field> {
    program: &'a Program,
    data: &'a Data<E>,
    settings: &'a Settings,
    assembly: Assembly<E>,
    schur: Schur<E::Real>,
    /// The diagonal of 𝒜𝒜*.
    norms: Vec<E::Real>,
    point: Point<E>,
    /// The best point so far; what is returned.
    best: Point<E>,
    best_quality: Quality<E::Real>,
    iterations: u32,
}

impl<'a, E: Field> Method<'a, E> {
    fn new(program: &'a Program, data: &'a Data<E>, settings: &'a Settings) -> Self {
        let point = starting_point(data);
        let best_quality = Quality {
            primal: <E::Real>::real(f64::NEG_INFINITY),
            dual: <E::Real>::real(f64::INFINITY),
            complementarity: f64::INFINITY,
            infeasibility: f64::INFINITY,
            dual_infeasibility: f64::INFINITY,
        };
        let assembly = Assembly::new(data);
        let schur = Schur::new(data.variables());
        let norms = data.squared_norms();
        Self {
            program,
            data,
            settings,
            assembly,
            schur,
            norms,
            best: point.clone(),
            point,
            best_quality,
            iterations: 0,
        }
    }

    fn run(&mut self) -> Stop {
        let tolerance = self.settings.tolerance;
        let mut best_iteration = 0;
        for iteration in 0..=self.settings.max_iterations {
            self.iterations = iteration;
            let residuals = self.residuals();
            let quality = self.quality(&residuals);
            self.log(&quality);
            let sides = self.sides(&quality, &residuals);
            self.settings.watch.report(sides.0, sides.1);
            if let Some(stop) = self.ray() {
                self.best = self.point.clone();
                return stop;
            }
            if quality.error() < self.best_quality.error() || iteration == 0 {
                self.best = self.point.clone();
                self.best_quality = quality;
                best_iteration = iteration;
            }
            if self.settings.watch.is_interrupted() {
                return Stop::Interrupted;
            }
            if iteration > best_iteration + PATIENCE {
                return self.stalled();
            }
            if quality.error() <= tolerance {
                return Stop::Converged;
            }
            if let Some(stop) = self.settings.decided(sides.0, quality.infeasibility, sides.1) {
                self.best = self.point.clone();
                self.best_quality = quality;
                return stop;
            }
            if iteration == self.settings.max_iterations {
                break;
            }
            if !self.step(&residuals) {
                return self.stalled();
            }
        }
        Stop::IterationLimit
    }

    fn stalled(&self) -> Stop {
        let reduced = self.settings.tolerance.sqrt().min(1e-5);
        if self.best_quality.error() <= reduced { Stop::AlmostConverged } else { Stop::Stalled }
    }

    /// One predictor and corrector step; `false` if there is none.
    fn step(&mut self, residuals: &Residuals<E>) -> bool {
        let Some(factors) = self.factors() else { return false };
        let inverse: Vec<Mat<E>> = factors.iter().map(|[slack, _]| slack.inverse_matrix()).collect();

        let ratios: Vec<E::Real> = self.point.u.iter().zip(&self.point.s).map(|(&u, &s)| u / s).collect();
        self.schur.assemble(&self.assembly, self.data, &inverse, &self.point.z, &ratios);
        if !self.schur.factorise() {
            return false;
        }
        let operator = |vector: &[E::Real]| self.schur_times(&factors, &ratios, vector);
        let Some(newton) = Newton::new(&self.schur, &operator, &self.data.equalities) else { return false };
        let mu = self.complementarity(&self.point.slack, &self.point.z, &self.point.s, &self.point.u);
        let Some(predictor) =
            self.direction(&newton, residuals, (&factors, &inverse), <E::Real>::real(0.0), None)
        else {
            return false;
        };
        let Some((primal, dual)) = self.step_lengths(&factors, &predictor, 1.0) else { return false };
        let reached = self.complementarity_after(&predictor, primal, dual);
        let ratio = (reached / mu.to_f64()).clamp(0.0, 1.0);
        let fraction = LEAST_FRACTION + (MOST_FRACTION - LEAST_FRACTION) * primal.min(dual);
        let sigma = ratio.powf(CENTRING).clamp(1e-6, 0.9);
        let target = mu * <E::Real>::real(sigma);
        let Some(direction) =
            self.direction(&newton, residuals, (&factors, &inverse), target, Some(&predictor))
        else {
            return false;
        };
        let Some((primal, dual)) = self.step_lengths(&factors, &direction, 1.0 / fraction) else {
            return false;
        };
        let [primal, dual] = [primal, dual].map(|length| (length * fraction).min(1.0));
        // Also where a length is not a number.
        let moves = primal.min(dual) > SHORTEST_STEP;
        if !moves {
            return false;
        }
        let (primal, dual) = (<E::Real>::real(primal), <E::Real>::real(dual));
        self.point.advance(primal, dual, &direction);
        true
    }

    /// M·vector, without M.
    fn schur_times(
        &self,
        factors: &[[Factor<E>; 2]],
        ratios: &[E::Real],
        vector: &[E::Real],
    ) -> Vec<E::Real> {
        let data = self.data;
        let blocks = data.blocks.iter().zip(factors);
        let z: Vec<Mat<E>> = blocks.map(|(block, pair)| scaled(pair, &block.linear(vector))).collect();
        let rows = data.inequalities.iter().zip(ratios);
        let u: Vec<E::Real> = rows.map(|(row, &ratio)| ratio * row.linear(vector)).collect();
        let mut image = vec![<E::Real>::real(0.0); data.variables()];
        data.add_pairings(&z, &u, &mut image);
        image
    }

    /// The direction towards μ = `target`, with the second-order term of a predictor.
    fn direction(
        &self,
        newton: &Newton<'_, E::Real>,
        residuals: &Residuals<E>,
        (factors, inverse): (&[[Factor<E>; 2]], &[Mat<E>]),
        target: E::Real,
        predictor: Option<&Point<E>>,
    ) -> Option<Point<E>> {
        let Self { data, point, .. } = self;
        // What ΔZ and Δu would be for Δy = 0.
        let mut z: Vec<Mat<E>> = Vec::with_capacity(data.blocks.len());
        for (j, inverse) in inverse.iter().enumerate() {
            let mut product = times(&residuals.slack[j], &point.z[j]);
            if let Some(predictor) = predictor {
                let second = times(&predictor.slack[j], &predictor.z[j]);
                add_scaled(&mut product, <E::Real>::real(1.0), &second);
            }
            let mut change = times(inverse, &product);
            make_hermitian(&mut change);
            let n = change.nrows();
            z.push(Mat::from_fn(n, n, |i, k| {
                inverse[(i, k)] * E::from_real(target) - point.z[j][(i, k)] - change[(i, k)]
            }));
        }
        let mut u: Vec<E::Real> = Vec::with_capacity(point.u.len());
        for i in 0..point.u.len() {
            let second = predictor.map_or(<E::Real>::real(0.0), |p| p.s[i] * p.u[i]);
            u.push((target - second - residuals.s[i] * point.u[i]) / point.s[i] - point.u[i]);
        }
        let mut right = residuals.dual.clone();
        data.add_pairings(&z, &u, &mut right);
        let (y, lambda) = newton.solve(&right, &residuals.equalities)?;
        let mut slack = Vec::with_capacity(data.blocks.len());
        for (j, block) in data.blocks.iter().enumerate() {
            let linear = block.linear(&y);
            add_scaled(&mut z[j], <E::Real>::real(-1.0), &scaled(&factors[j], &linear));
            let mut step = linear;
            add_scaled(&mut step, <E::Real>::real(1.0), &residuals.slack[j]);
            slack.push(step);
        }
        let mut s = Vec::with_capacity(u.len());
        for (i, row) in data.inequalities.iter().enumerate() {
            let linear = row.linear(&y);
            u[i] -= linear * point.u[i] / point.s[i];
            s.push(linear + residuals.s[i]);
        }
        let mut direction = Point { y, slack, z, s, u, lambda };
        self.close(residuals, &mut direction);
        Some(direction)
    }

    /// Moves ΔZ and Δu so that they fit 𝒜(ΔZ) + aᵀΔu + EᵀΔλ = −r again, which rounding in S⁻¹ spoils near a
    /// solution. Where the A_k partition the entries one pass is exact; elsewhere it is a step
    /// towards it.
    fn close(&self, residuals: &Residuals<E>, direction: &mut Point<E>) {
        let mut missing = residuals.dual.clone();
        self.data.add_pairings(&direction.z, &direction.u, &mut missing);
        for (row, &step) in self.data.equalities.iter().zip(&direction.lambda) {
            row.terms.iter().for_each(|&(k, value)| missing[k as usize] += value * step);
        }
        let zero = E::Real::real(0.0);
        for (missing, &norm) in missing.iter_mut().zip(&self.norms) {
            *missing = if norm > zero { *missing / norm } else { zero };
        }
        for (z, block) in direction.z.iter_mut().zip(&self.data.blocks) {
            add_scaled(z, E::Real::real(-1.0), &block.linear(&missing));
        }
        for (u, row) in direction.u.iter_mut().zip(&self.data.inequalities) {
            *u -= row.linear(&missing);
        }
    }

    fn residuals(&self) -> Residuals<E> {
        let Self { data, point, .. } = self;
        let minus = <E::Real>::real(-1.0);
        let slack = data.blocks.iter().zip(&point.slack).map(|(block, slack)| {
            let mut residual = block.linear(&point.y);
            add_scaled(&mut residual, <E::Real>::real(1.0), &block.constant);
            add_scaled(&mut residual, minus, slack);
            residual
        });
        let slack = slack.collect();
        let s = data.inequalities.iter().zip(&point.s);
        let s = s.map(|(row, &s)| row.constant + row.linear(&point.y) - s).collect();
        let equalities = data.equalities.iter().map(|row| row.constant + row.linear(&point.y)).collect();
        let mut dual = data.objective.clone();
        data.add_pairings(&point.z, &point.u, &mut dual);
        for (row, &multiplier) in data.equalities.iter().zip(&point.lambda) {
            row.terms.iter().for_each(|&(k, value)| dual[k as usize] += value * multiplier);
        }
        Residuals { slack, s, dual, equalities }
    }

    fn quality(&self, residuals: &Residuals<E>) -> Quality<E::Real> {
        let data = self.data;
        let scalar = |values: &[E::Real]| values.iter().map(|v| v.to_f64().abs()).fold(0.0, f64::max);
        let matrix = |values: &[Mat<E>]| values.iter().map(norm_max).fold(0.0, f64::max);
        let constants: Vec<f64> = data.blocks.iter().map(|block| norm_max(&block.constant)).collect();
        let size = 1.0 + constants.into_iter().fold(0.0, f64::max);
        let infeasibility =
            matrix(&residuals.slack).max(scalar(&residuals.s)).max(scalar(&residuals.equalities)) / size;
        let dual_infeasibility = scalar(&residuals.dual) / (1.0 + scalar(&data.objective));
        let Point { slack, z, s, u, .. } = &self.point;
        let degree = data.degree().max(1) as f64;
        Quality {
            primal: self.primal_value(),
            dual: self.dual_value(),
            complementarity: degree * self.complementarity(slack, z, s, u).to_f64(),
            infeasibility,
            dual_infeasibility,
        }
    }

    /// b·y.
    fn primal_value(&self) -> E::Real {
        let mut sum = <E::Real>::real(0.0);
        self.data.objective.iter().zip(&self.point.y).for_each(|(&b, &y)| sum += b * y);
        sum
    }

    /// ⟨C, Z⟩ + c·u + e·λ.
    fn dual_value(&self) -> E::Real {
        let Self { data, point, .. } = self;
        let mut sum = <E::Real>::real(0.0);
        for (block, z) in data.blocks.iter().zip(&point.z) {
            sum += inner(&block.constant, z);
        }
        let inequalities = data.inequalities.iter().zip(&point.u);
        for (row, &multiplier) in inequalities.chain(data.equalities.iter().zip(&point.lambda)) {
            sum += row.constant * multiplier;
        }
        sum
    }

    /// (⟨S, Z⟩ + s·u)/ν.
    fn complementarity(&self, slack: &[Mat<E>], z: &[Mat<E>], s: &[E::Real], u: &[E::Real]) -> E::Real {
        let mut sum = <E::Real>::real(0.0);
        for (slack, z) in slack.iter().zip(z) {
            sum += inner(slack, z);
        }
        for (&s, &u) in s.iter().zip(u) {
            sum += s * u;
        }
        sum / <E::Real>::real(self.data.degree().max(1) as f64)
    }

    /// The complementarity that a step would reach.
    fn complementarity_after(&self, direction: &Point<E>, primal: f64, dual: f64) -> f64 {
        let (primal, dual) = (<E::Real>::real(primal.min(1.0)), <E::Real>::real(dual.min(1.0)));
        let mut point = self.point.clone();
        point.advance(primal, dual, direction);
        self.complementarity(&point.slack, &point.z, &point.s, &point.u).to_f64()
    }

    /// The factors of every S and Z.
    fn factors(&self) -> Option<Vec<[Factor<E>; 2]>> {
        let pairs = self.point.slack.iter().zip(&self.point.z);
        pairs.map(|(slack, z)| Some([Factor::new(slack)?, Factor::new(z)?])).collect()
    }

    /// How far S and Z may go, at most `limit`.
    fn step_lengths(
        &self,
        factors: &[[Factor<E>; 2]],
        direction: &Point<E>,
        limit: f64,
    ) -> Option<(f64, f64)> {
        let scalar = |values: &[E::Real], steps: &[E::Real]| {
            let ratios = values.iter().zip(steps).map(|(&v, &dv)| (v.to_f64(), dv.to_f64()));
            ratios.filter(|&(_, dv)| dv < 0.0).map(|(v, dv)| -v / dv).fold(limit, f64::min)
        };
        let mut primal = scalar(&self.point.s, &direction.s);
        let mut dual = scalar(&self.point.u, &direction.u);
        for ([slack, z], j) in factors.iter().zip(0..) {
            primal = primal.min(slack.longest_step(&direction.slack[j], limit)?);
            dual = dual.min(z.longest_step(&direction.z[j], limit)?);
        }
        Some((primal, dual))
    }

    /// Whether the point is a ray that proves that there is no solution.
    ///
    /// A multiplier with 𝒜(Z) + … = 0 and ⟨C, Z⟩ + … < 0 leaves no feasible y; a y with 𝒜*y ⪰ 0, E·y = 0 and
    /// b·y > 0 leaves no bound.
    fn ray(&self) -> Option<Stop> {
        let Self { data, point, .. } = self;
        let largest = |values: &[E::Real]| values.iter().map(|v| v.to_f64().abs()).fold(0.0, f64::max);
        let dual = self.dual_value().to_f64();
        if dual < 0.0 {
            let mut image = vec![<E::Real>::real(0.0); data.variables()];
            data.add_pairings(&point.z, &point.u, &mut image);
            for (row, &multiplier) in data.equalities.iter().zip(&point.lambda) {
                row.terms.iter().for_each(|&(k, value)| image[k as usize] += value * multiplier);
            }
            if largest(&image) <= RAY_TOLERANCE * -dual {
                return Some(Stop::Infeasible);
            }
        }
        let primal = self.primal_value().to_f64();
        if primal > LEAST_RAY {
            let miss = data
                .blocks
                .iter()
                .map(|block| least_eigenvalue(&block.linear(&point.y)).map_or(f64::INFINITY, |least| -least));
            let rows = data.inequalities.iter().map(|row| -row.linear(&point.y).to_f64());
            let equalities = data.equalities.iter().map(|row| row.linear(&point.y).to_f64().abs());
            let miss = miss.chain(rows).chain(equalities).fold(0.0, f64::max);
            if miss <= RAY_TOLERANCE * primal {
                return Some(Stop::Unbounded);
            }
        }
        None
    }

    /// The primal value, and the dual one with what the dual residuals cost: Z ⪰ 0 by construction.
    fn sides(&self, quality: &Quality<E::Real>, residuals: &Residuals<E>) -> (f64, f64) {
        let Program { offset, variable_bounds, .. } = self.program;
        let cost = residuals.dual.iter().zip(variable_bounds).filter(|(r, _)| r.to_f64() != 0.0);
        let cost: f64 = cost.map(|(r, bound)| r.to_f64().abs() * bound).sum();
        (offset + quality.primal.to_f64(), offset + quality.dual.to_f64() + cost)
    }

    fn log(&self, quality: &Quality<E::Real>) {
        if self.settings.verbose {
            eprintln!(
                "{:4}  primal {:+.12e}  dual {:+.12e}  gap {:.1e}  infeasible {:.1e} {:.1e}",
                self.iterations,
                quality.primal.to_f64(),
                quality.dual.to_f64(),
                quality.gap(),
                quality.infeasibility,
                quality.dual_infeasibility,
            );
        }
    }
}

/// y = 0 with S = C where that is positive definite, else a multiple of the identity; Z likewise.
///
/// The multiples are those of CSDP [B99] without the factor ten.
fn starting_point<E: Field>(data: &Data<E>) -> Point<E> {
    let mut dual_scale = 1.0_f64;
    for (k, pieces) in data.columns.iter().enumerate() {
        let mut norm = 0.0;
        for &(row, column, value) in pieces.iter().flat_map(|piece| &piece.entries) {
            norm += if row == column { 1.0 } else { 2.0 } * value.to_complex().norm_sqr();
        }
        let b = data.objective[k].to_f64().abs();
        dual_scale = dual_scale.max((1.0 + b) / (1.0 + norm.sqrt()));
    }
    let identity =
        |n: usize, scale: f64| Mat::from_fn(n, n, |i, j| E::of(if i == j { scale } else { 0.0 }.into()));
    let slack = data.blocks.iter().map(|block| {
        let n = block.size;
        let interior =
            Mat::from_fn(n, n, |i, j| block.constant[(i, j)] - E::of(if i == j { 0.1 } else { 0.0 }.into()));
        if Factor::new(&interior).is_some() {
            block.constant.clone()
        } else {
            identity(n, (n as f64).sqrt() * (1.0 + norm_max(&block.constant)))
        }
    });
    let one = <E::Real>::real(1.0);
    Point {
        y: vec![<E::Real>::real(0.0); data.variables()],
        slack: slack.collect(),
        z: data
            .blocks
            .iter()
            .map(|block| identity(block.size, (block.size as f64).sqrt() * dual_scale))
            .collect(),
        s: data
            .inequalities
            .iter()
            .map(|row| if row.constant.to_f64() > 0.1 { row.constant } else { one })
            .collect(),
        u: vec![one; data.inequalities.len()],
        lambda: vec![<E::Real>::real(0.0); data.equalities.len()],
    }
}

fn advance<R: Real>(values: &mut [R], length: R, steps: &[R]) {
    values.iter_mut().zip(steps).for_each(|(value, &step)| *value += length * step);
}

fn norm_max<E: Field>(matrix: &Mat<E>) -> f64 {
    let entries = (0..matrix.ncols()).flat_map(|j| matrix.col_as_slice(j));
    entries.map(|entry| entry.to_complex().norm()).fold(0.0, f64::max)
}
