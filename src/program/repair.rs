//! Making the most of an approximate dual point.
//!
//! A solver's dual misses its equations by some r ≠ 0 and its cone by a little. Both cost
//! something in [`dual_bound`]; alternating projections make the cost small: onto the affine space
//! r = 0 (the least change is AᵀW with A Aᵀ w = −r, by conjugate gradients: for a moment problem
//! A Aᵀ is nearly diagonal, because its classes partition the entries), then onto the cone.

use faer::Mat;
use num_complex::Complex64;

use super::{Affine, Block, DualPoint, Program, dual_bound};
use crate::linalg::{EigenError, hermitian_eigen, spectrum_ends};

/// Rounds of projections: the first brings nearly all of the gain, later ones repeat it with
/// smaller errors.
const ROUNDS: usize = 3;
/// Iterations of conjugate gradients; a moment problem needs two or three.
const MAX_CG_ITERATIONS: usize = 200;

/// The least multipliers of the equalities that take away what a dual point without them leaves of the objective, as far as they can.
pub fn multipliers_of_equalities(program: &Program, dual: &DualPoint) -> Vec<f64> {
    /// Relations among moments are many, and repeat each other.
    const ITERATIONS: usize = 5_000;
    /// Beyond this there are only rounding errors, which need not be in the range of the equalities.
    const PRECISION: f64 = 1e-14;
    let right = missing(program, dual);
    let alone = Program {
        objective: vec![0.0; program.variables()],
        equalities: program.equalities.clone(),
        ..Program::default()
    };
    let weights = conjugate_gradients(&alone, &right, PRECISION, ITERATIONS);
    adjoint(&alone, &weights).equalities
}

/// The best bound found from a dual point, and the point that proves it.
pub fn repair(program: &Program, dual: DualPoint) -> Result<(f64, DualPoint), EigenError> {
    let mut best = (dual_bound(program, &dual)?, dual.clone());
    let mut current = dual;
    for round in 0..ROUNDS {
        if round > 0 {
            project_on_cone(&mut current)?;
        }
        project_on_equations(program, &mut current);
        let bound = dual_bound(program, &current)?;
        if bound < best.0 {
            best = (bound, current.clone());
        }
    }
    Ok(best)
}

/// A dual point with Z ⪰ 0 to rounding where its blocks miss that by a little: a multiple of the identity is added where the trace is
/// a constant, and there costs what [`dual_bound`] counts for what is missed. Elsewhere that would leave a residual.
pub fn positive(program: &Program, mut dual: DualPoint) -> Result<DualPoint, EigenError> {
    for (block, z) in program.blocks.iter().zip(&mut dual.blocks) {
        let (least, greatest) = spectrum_ends(z)?;
        let n = z.nrows();
        let shift = n as f64 * f64::EPSILON * greatest.abs() - least;
        if shift > 0.0 && has_constant_trace(block) {
            (0..n).for_each(|i| z[(i, i)] += shift);
        }
    }
    Ok(dual)
}

fn has_constant_trace(block: &Block) -> bool {
    /// What rounding leaves of a coefficient that vanishes, of as many of order one.
    const ROUNDING: f64 = 1e-14;
    let diagonal = block.entries.iter().filter(|entry| entry.row == entry.column);
    let terms = diagonal.flat_map(|entry| entry.terms.iter().map(|&(k, value)| (k, value.re)));
    let mut trace = Affine { constant: 0.0, terms: terms.collect() };
    trace.merge();
    trace.terms.iter().all(|(_, value)| value.abs() <= ROUNDING * block.size as f64)
}

/// The nearest Z ⪰ 0 and u ≥ 0.
fn project_on_cone(dual: &mut DualPoint) -> Result<(), EigenError> {
    for z in &mut dual.blocks {
        let (values, vectors) = hermitian_eigen(z)?;
        let negative = values.partition_point(|&value| value < 0.0);
        if negative == 0 {
            continue;
        }
        let span = vectors.subcols(0, negative);
        let scaled = Mat::from_fn(z.nrows(), negative, |i, k| span[(i, k)] * values[k]);
        *z -= scaled * span.adjoint();
    }
    dual.inequalities.iter_mut().for_each(|u| *u = u.max(0.0));
    Ok(())
}

/// The nearest point whose residual is zero.
fn project_on_equations(program: &Program, dual: &mut DualPoint) {
    let weights = conjugate_gradients(program, &missing(program, dual), f64::EPSILON, MAX_CG_ITERATIONS);
    let change = adjoint(program, &weights);
    for (z, dz) in dual.blocks.iter_mut().zip(&change.blocks) {
        *z += dz;
    }
    let scalars = dual.inequalities.iter_mut().chain(&mut dual.equalities);
    for (multiplier, step) in scalars.zip(change.inequalities.iter().chain(&change.equalities)) {
        *multiplier += step;
    }
}

/// −r.
fn missing(program: &Program, dual: &DualPoint) -> Vec<f64> {
    apply(program, dual).iter().zip(&program.objective).map(|(r, b)| -(r + b)).collect()
}

/// The solution w of A Aᵀ w = right to a relative precision, or as far as rounding allows, preconditioned by its diagonal.
fn conjugate_gradients(program: &Program, right: &[f64], precision: f64, iterations: usize) -> Vec<f64> {
    /// What is this much above the least residual has left it for good: A Aᵀ is singular where conditions repeat each other, and
    /// what rounding leaves need not be in its range.
    const GROWTH: f64 = 1e4;
    let scale: Vec<f64> =
        diagonal(program).into_iter().map(|d| if d > 0.0 { 1.0 / d } else { 0.0 }).collect();
    let precondition = |r: &[f64]| r.iter().zip(&scale).map(|(r, s)| r * s).collect::<Vec<f64>>();
    let mut solution = vec![0.0; right.len()];
    let mut residual = right.to_vec();
    let mut step = precondition(&residual);
    let mut size = dot(&residual, &step);
    let target = size * precision * precision;
    let mut best = (size, solution.clone());
    for _ in 0..iterations {
        if size <= target || size == 0.0 || size > GROWTH * best.0 {
            break;
        }
        let image = apply(program, &adjoint(program, &step));
        let curvature = dot(&step, &image);
        if curvature <= 0.0 {
            break;
        }
        let length = size / curvature;
        for k in 0..solution.len() {
            solution[k] += length * step[k];
            residual[k] -= length * image[k];
        }
        let preconditioned = precondition(&residual);
        let next = dot(&residual, &preconditioned);
        let ratio = next / size;
        step.iter_mut().zip(&preconditioned).for_each(|(s, p)| *s = p + ratio * *s);
        size = next;
        if size < best.0 {
            best = (size, solution.clone());
        }
    }
    best.1
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A(Z, u, λ): for every variable Σ_j ⟨Z_j, A_jk⟩ + u·a_k + λ·E_k.
pub(super) fn apply(program: &Program, dual: &DualPoint) -> Vec<f64> {
    let mut image = vec![0.0; program.variables()];
    for (block, z) in program.blocks.iter().zip(&dual.blocks) {
        for entry in &block.entries {
            let (row, column) = (entry.row as usize, entry.column as usize);
            let weight = if row == column { 1.0 } else { 2.0 };
            let z = z[(row, column)].conj() * weight;
            for &(k, value) in &entry.terms {
                image[k as usize] += (z * value).re;
            }
        }
    }
    let inequalities = program.inequalities.iter().zip(&dual.inequalities);
    let equalities = program.equalities.iter().zip(&dual.equalities);
    for (form, multiplier) in inequalities.chain(equalities) {
        for &(k, value) in &form.terms {
            image[k as usize] += multiplier * value;
        }
    }
    image
}

/// Aᵀw: blocks Σ_k w_k A_jk, and the values of the linear parts of the scalar rows.
fn adjoint(program: &Program, weights: &[f64]) -> DualPoint {
    let block = |block: &super::Block| {
        let mut matrix = Mat::<Complex64>::zeros(block.size, block.size);
        for entry in &block.entries {
            let (row, column) = (entry.row as usize, entry.column as usize);
            let value: Complex64 = entry.terms.iter().map(|&(k, v)| v * weights[k as usize]).sum();
            matrix[(row, column)] = value;
            matrix[(column, row)] = value.conj();
        }
        matrix
    };
    let linear = |form: &super::Affine| form.terms.iter().map(|&(k, v)| v * weights[k as usize]).sum();
    DualPoint {
        blocks: program.blocks.iter().map(block).collect(),
        inequalities: program.inequalities.iter().map(linear).collect(),
        equalities: program.equalities.iter().map(linear).collect(),
    }
}

/// The diagonal of A Aᵀ: the squared norm of every variable's coefficients.
fn diagonal(program: &Program) -> Vec<f64> {
    let mut diagonal = vec![0.0; program.variables()];
    for entry in program.blocks.iter().flat_map(|block| &block.entries) {
        let weight = if entry.row == entry.column { 1.0 } else { 2.0 };
        for &(k, value) in &entry.terms {
            diagonal[k as usize] += weight * value.norm_sqr();
        }
    }
    for form in program.inequalities.iter().chain(&program.equalities) {
        for &(k, value) in &form.terms {
            diagonal[k as usize] += value * value;
        }
    }
    diagonal
}
