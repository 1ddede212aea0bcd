//! Common causes: σ_{a|xy} = Σ_λ D(a|x,λ) ρ_{λ,y} with ρ_{λ,y} ⪰ 0 and tr ρ_{λ,y} the same for every
//! y; λ runs over Alice's deterministic strategies [Theory §3].

use faer::Mat;
use num_complex::Complex64;
use rayon::prelude::*;

use super::matrices::{AffineMatrix, TracelessBasis};
use super::witness::{Table, normalised};
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
    pub fn answers(self, mut number: u64) -> impl Iterator<Item = usize> {
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

/// The best inequality for common causes along a noise: the program whose solution it is.
///
/// Let β(F) = max_λ Σ_y λ_max(Σ_x F_{λ(x)|xy}). If v·σ + (1−v)·ν has a common-cause model and v ≤ 1, then
/// v·⟨F, σ−ν⟩ + ⟨F, ν⟩ ≤ β(F), so v ≤ β(F) − ⟨F, ν⟩ + max(0, 1 − ⟨F, σ−ν⟩) for every F; by strong
/// duality the least right-hand side is the visibility. The program minimises it:
///
/// ```text
/// maximise    ⟨F, ν⟩ − β − w
/// subject to  w ≥ 0,  w ≥ 1 − ⟨F, σ−ν⟩,
///             μ_{λ,y}·1 − Σ_x F_{λ(x)|xy} ⪰ 0,   Σ_y μ_{λ,y} = β.
/// ```
///
/// F is determined up to terms that vanish on every no-signalling assemblage; those are fixed by
/// F_{last|xy} = 0 for all settings but the first, traceless F for all inputs but the first, and no
/// multiple of the identity that all outcomes share. Variables have no bounds (M = ∞): what counts of a solution
/// is F, whose β(F) is evaluated afresh.
#[derive(Debug)]
pub struct ClassicalInequality {
    /// The program.
    pub program: Program,
    elements: Vec<(Index, AffineMatrix)>,
}

impl ClassicalInequality {
    /// The program for v·σ + (1−v)·ν.
    pub fn new(
        scenario: &Scenario,
        assemblage: &Assemblage,
        noise: &Assemblage,
    ) -> Result<Self, ClassicalError> {
        let strategies = Strategies::new(scenario, MAX_STRATEGIES_VISIBILITY)?;
        let inputs = scenario.inputs().len();
        let mut program = Program::default();
        let elements = free_functional(scenario, &mut program);
        let beta = program.add_variable(-1.0, f64::INFINITY);
        let excess = program.add_variable(-1.0, f64::INFINITY);
        let mut separation = Affine { constant: -1.0, terms: vec![(excess, 1.0)] };
        for (index, element) in &elements {
            let (signal, noise) = (assemblage.0.value(*index), noise.0.value(*index));
            program.add_objective(&element.pair(noise), 1.0);
            separation.terms.extend(element.pair(&(signal - noise)).terms);
        }
        separation.merge();
        program.inequalities.push(Affine { constant: 0.0, terms: vec![(excess, 1.0)] });
        program.inequalities.push(separation);
        let identity = Mat::<Complex64>::identity(scenario.dimension(), scenario.dimension());
        for number in 0..strategies.count {
            let mut last = AffineMatrix::zero(scenario.dimension());
            last.add_variable(beta, &identity, 1.0);
            for y in 0..inputs {
                let mut gap = if y + 1 == inputs {
                    last.clone()
                } else {
                    let share = program.add_variable(0.0, f64::INFINITY);
                    last.add_variable(share, &identity, -1.0);
                    let mut gap = AffineMatrix::zero(scenario.dimension());
                    gap.add_variable(share, &identity, 1.0);
                    gap
                };
                for (x, a) in strategies.answers(number).enumerate() {
                    let wanted = Index { a, x, y };
                    let element = elements.iter().find(|(index, _)| *index == wanted);
                    if let Some((_, element)) = element {
                        gap.add(element, -1.0);
                    }
                }
                gap.constrain(&mut program, scenario.is_diagonal(), f64::INFINITY);
            }
        }
        Ok(Self { program, elements })
    }

    /// The inequality of a solution, scaled so that its largest entry is one; `None` if it is trivial.
    pub fn functional(&self, scenario: &Scenario, y: &[f64]) -> Option<Functional> {
        let table: Table = self.elements.iter().map(|(index, element)| (*index, element.at(y))).collect();
        normalised(scenario, &table).map(|(functional, _)| functional)
    }
}

/// One affine matrix for every F_{a|xy} that is not fixed to zero.
fn free_functional(scenario: &Scenario, program: &mut Program) -> Vec<(Index, AffineMatrix)> {
    let [outcomes, settings, inputs] = scenario.shape();
    let basis = TracelessBasis::new(scenario.dimension(), scenario.is_diagonal());
    if scenario.kind.is_instrumental() {
        return free_seen_functional(scenario, &basis, program);
    }
    let traceless = Affine::default();
    let mut elements = Vec::new();
    for y in 0..inputs {
        let shared = basis.add_free_coordinates(program);
        let shared = basis.matrix(&traceless, &shared);
        for x in 0..settings {
            for a in 0..outcomes {
                let mut element = AffineMatrix::zero(scenario.dimension());
                if a + 1 < outcomes {
                    let mut trace = Affine::default();
                    if y == 0 {
                        trace.terms.push((program.add_variable(0.0, f64::INFINITY), 1.0));
                    }
                    let coordinates = basis.add_free_coordinates(program);
                    element.add(&basis.matrix(&trace, &coordinates), 1.0);
                }
                if x == 0 {
                    element.add(&shared, 1.0);
                }
                if !element.is_zero() {
                    elements.push((Index { a, x, y }, element));
                }
            }
        }
    }
    elements
}

/// The same for the seen elements of an instrumental scenario, which only have to be normalised.
fn free_seen_functional(
    scenario: &Scenario,
    basis: &TracelessBasis,
    program: &mut Program,
) -> Vec<(Index, AffineMatrix)> {
    let [outcomes, settings, _] = scenario.shape();
    let mut elements = Vec::new();
    for (a, x) in (0..outcomes).flat_map(|a| (0..settings).map(move |x| (a, x))) {
        let mut trace = Affine::default();
        if a + 1 < outcomes {
            trace.terms.push((program.add_variable(0.0, f64::INFINITY), 1.0));
        }
        let coordinates = basis.add_free_coordinates(program);
        elements.push((Index { a, x, y: a }, basis.matrix(&trace, &coordinates)));
    }
    elements
}
