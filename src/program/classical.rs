//! Common causes: σ_{a|xy} = Σ_λ D(a|x,λ) ρ_{λ,y} with ρ_{λ,y} ⪰ 0 and tr ρ_{λ,y} the same for every
//! y; λ runs over Alice's deterministic strategies [Theory §3].

use faer::Mat;
use num_complex::Complex64;
use rayon::prelude::*;

use super::model::{AffineMatrix, TracelessBasis};
use super::{Affine, Program};
use crate::linalg::{EigenError, spectrum_ends};
use crate::scenario::{Assemblage, Functional, Index, Scenario};

/// More strategies than this are not enumerated: a value then takes minutes.
pub const MAX_STRATEGIES_VALUE: u64 = 1 << 22;
/// More strategies than this make the visibility program too large for the reference solver.
pub const MAX_STRATEGIES_VISIBILITY: u64 = 1 << 10;

/// Why a classical quantity was not computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClassicalError {
    /// outcomes^settings is out of reach.
    #[error("{strategies} deterministic strategies are more than the {limit} that can be listed")]
    TooManyStrategies {
        /// outcomes^settings.
        strategies: u64,
        /// The limit that applies.
        limit: u64,
    },
    /// An eigenvalue could not be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
}

/// Alice's deterministic strategies, numbered in base `outcomes` with setting 0 fastest.
#[derive(Debug, Clone, Copy)]
pub struct Strategies {
    outcomes: usize,
    settings: usize,
    count: u64,
}

impl Strategies {
    /// All outcomes^settings strategies, unless they are more than `limit`.
    pub fn new(scenario: &Scenario, limit: u64) -> Result<Self, ClassicalError> {
        let [outcomes, settings, _] = scenario.shape();
        let count = (0..settings).fold(1_u64, |n, _| n.saturating_mul(outcomes as u64));
        if count > limit {
            return Err(ClassicalError::TooManyStrategies { strategies: count, limit });
        }
        Ok(Self { outcomes, settings, count })
    }

    /// How many there are.
    pub fn count(self) -> u64 {
        self.count
    }

    /// λ(x): Alice's answer to each setting.
    fn answers(self, mut number: u64) -> impl Iterator<Item = usize> {
        (0..self.settings).map(move |_| {
            let answer = (number % self.outcomes as u64) as usize;
            number /= self.outcomes as u64;
            answer
        })
    }
}

/// Σ_x F_{λ(x)|xy} for strategy number λ.
pub fn strategy_operator(
    strategies: Strategies,
    functional: &Functional,
    number: u64,
    y: usize,
) -> Mat<Complex64> {
    let d = functional.operators.dimension();
    let mut operator = Mat::zeros(d, d);
    for (x, a) in strategies.answers(number).enumerate() {
        operator += functional.operators.value(Index { a, x, y });
    }
    operator
}

/// The classical maximum or minimum of a functional:
/// max_λ Σ_y λ_max(Σ_x F_{λ(x)|xy}), by enumeration, to the accuracy of the eigenvalues.
pub fn classical_value(scenario: &Scenario, functional: &Functional) -> Result<f64, ClassicalError> {
    let strategies = Strategies::new(scenario, MAX_STRATEGIES_VALUE)?;
    let sign = functional.sense.sign();
    let value = |number: u64| -> Result<f64, EigenError> {
        let mut total = 0.0;
        for y in 0..scenario.inputs().len() {
            let (least, greatest) = spectrum_ends(&strategy_operator(strategies, functional, number, y))?;
            total += if sign > 0.0 { greatest } else { -least };
        }
        Ok(total)
    };
    let best = (0..strategies.count)
        .into_par_iter()
        .map(value)
        .try_reduce(|| f64::NEG_INFINITY, |a, b| Ok(a.max(b)))?;
    Ok(sign * best)
}

/// maximise v ∈ [0, 1] such that v·σ + (1−v)·ν has a common-cause model.
///
/// Variables: v, q_λ = tr ρ_{λ,y}, and the traceless coordinates of each ρ_{λ,y}. Equations that
/// follow from others by no-signalling are left out, so the system has full rank: traces at the
/// first y only, all but the last outcome, and one sum over outcomes for each y. M = 1, T = 1.
pub fn classical_visibility(
    scenario: &Scenario,
    assemblage: &Assemblage,
    noise: &Assemblage,
) -> Result<Program, ClassicalError> {
    let strategies = Strategies::new(scenario, MAX_STRATEGIES_VISIBILITY)?;
    let [outcomes, settings, inputs] = scenario.shape();
    let basis = TracelessBasis::new(scenario.dimension(), scenario.is_diagonal());
    let mut program = Program::default();
    let v = program.add_variable(1.0, 1.0);
    program.inequalities.push(Affine { constant: 0.0, terms: vec![(v, 1.0)] });
    program.inequalities.push(Affine { constant: 1.0, terms: vec![(v, -1.0)] });
    let weights: Vec<u32> = (0..strategies.count).map(|_| program.add_variable(0.0, 1.0)).collect();
    for y in 0..inputs {
        // What the model gives minus what is asked for, one matrix for each (a, x).
        let mut excess: Vec<AffineMatrix> = (0..outcomes * settings)
            .map(|position| {
                let index = Index { a: position / settings, x: position % settings, y };
                target(v, assemblage.0.value(index), noise.0.value(index))
            })
            .collect();
        for (number, &weight) in weights.iter().enumerate() {
            let trace = Affine { constant: 0.0, terms: vec![(weight, 1.0)] };
            let coordinates = basis.add_coordinates(&mut program);
            let state = basis.matrix(&trace, &coordinates);
            for (x, a) in strategies.answers(number as u64).enumerate() {
                excess[a * settings + x].add(&state, 1.0);
            }
            program.blocks.push(state.into_block(1.0));
        }
        let mut total = AffineMatrix::zero(scenario.dimension());
        for a in 0..outcomes {
            total.add(&excess[a * settings], 1.0);
        }
        let independent = excess.iter().take((outcomes - 1) * settings).chain([&total]);
        for matrix in independent {
            equate_to_zero(&mut program, &basis, matrix, y == 0);
        }
    }
    Ok(program)
}

/// −(v·σ + (1−v)·ν).
fn target(v: u32, signal: &Mat<Complex64>, noise: &Mat<Complex64>) -> AffineMatrix {
    let mut matrix = AffineMatrix::zero(signal.nrows());
    matrix.add_constant(noise, -1.0);
    matrix.add_variable(v, &(signal - noise), -1.0);
    matrix
}

/// The coordinates of a matrix, and its trace if asked for, are zero.
fn equate_to_zero(program: &mut Program, basis: &TracelessBasis, matrix: &AffineMatrix, with_trace: bool) {
    let d = basis.dimension();
    if with_trace {
        program.equalities.push(matrix.pair(&Mat::identity(d, d)));
    }
    for h in basis.elements() {
        program.equalities.push(matrix.pair(h));
    }
}
