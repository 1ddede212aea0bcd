//! Is it an assemblage at all? Hermiticity, positivity and Eqs. (2)–(4) of [SHSA20].

use std::fmt;

use faer::Mat;
use num_complex::Complex64;

use super::{Assemblage, Index, Scenario};
use crate::linalg::spectrum_ends;
use crate::num::Matrix;

/// How far a condition may be missed before an assemblage is refused: what is left of f64 data
/// after a few dozen operations on numbers of order one, with a wide margin. Data printed with
/// fewer than nine digits should be written as exact fractions or roots instead.
pub const TOLERANCE: f64 = 1e-9;

/// The defining conditions of a (no-signalling) assemblage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// σ_{a|xy} = σ_{a|xy}†.
    Hermitian,
    /// σ_{a|xy} ⪰ 0.
    Positive,
    /// Σ_a σ_{a|xy} does not depend on x [SHSA20, Eq. (2)].
    NoSignallingToBob,
    /// tr σ_{a|xy} does not depend on y [SHSA20, Eq. (3)].
    NoSignallingToAlice,
    /// tr Σ_a σ_{a|xy} = 1 [SHSA20, Eq. (4)].
    Normalised,
}

impl Condition {
    /// A stable identifier for machine-readable results.
    pub fn id(self) -> &'static str {
        match self {
            Condition::Hermitian => "hermitian",
            Condition::Positive => "positive",
            Condition::NoSignallingToBob => "no-signalling-to-bob",
            Condition::NoSignallingToAlice => "no-signalling-to-alice",
            Condition::Normalised => "normalised",
        }
    }

    /// The condition in the paper's notation.
    pub fn statement(self) -> &'static str {
        match self {
            Condition::Hermitian => "σ = σ†",
            Condition::Positive => "σ ⪰ 0",
            Condition::NoSignallingToBob => "Σ_a σ_{a|xy} the same for every x [Eq. (2)]",
            Condition::NoSignallingToAlice => "tr σ_{a|xy} the same for every y [Eq. (3)]",
            Condition::Normalised => "tr Σ_a σ_{a|xy} = 1 [Eq. (4)]",
        }
    }
}

/// A condition that is missed by more than [`TOLERANCE`], at its worst place.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Which condition.
    pub condition: Condition,
    /// The worst offender, with the labels of the problem file.
    pub place: String,
    /// By how much it is missed: largest entry of the difference, or minus the least eigenvalue.
    pub amount: f64,
    /// The element to point at in a problem file.
    pub index: Index,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { condition, place, amount, .. } = self;
        match condition {
            Condition::Hermitian => write!(f, "{place} is not Hermitian: off by {amount:.3e}"),
            Condition::Positive => {
                write!(f, "{place} is not positive: its least eigenvalue is −{amount:.6}")
            }
            Condition::NoSignallingToBob => {
                write!(f, "Alice signals to Bob: {place} differ by {amount:.3e}")
            }
            Condition::NoSignallingToAlice => {
                write!(f, "Bob signals to Alice: {place} differ by {amount:.3e}")
            }
            Condition::Normalised => write!(f, "{place} is off from 1 by {amount:.3e}"),
        }
    }
}

/// The violated conditions, each with its worst offender, in the order of [`Condition`]; empty
/// for a valid assemblage. Later conditions are only meaningful for Hermitian elements, so a
/// Hermiticity violation is reported alone.
pub fn violations(scenario: &Scenario, assemblage: &Assemblage) -> Vec<Violation> {
    let checks: [fn(&Scenario, &Assemblage) -> Worst; 4] =
        [positivity, signalling_to_bob, signalling_to_alice, normalisation];
    let hermiticity = hermiticity(scenario, assemblage);
    if let Some(violation) = hermiticity.violation(Condition::Hermitian) {
        return vec![violation];
    }
    let conditions = [
        Condition::Positive,
        Condition::NoSignallingToBob,
        Condition::NoSignallingToAlice,
        Condition::Normalised,
    ];
    conditions
        .into_iter()
        .zip(checks)
        .filter_map(|(condition, check)| check(scenario, assemblage).violation(condition))
        .collect()
}

/// The largest miss seen so far, and where.
struct Worst(Option<(f64, Index, String)>);

impl Worst {
    fn none() -> Self {
        Self(None)
    }

    /// Records a miss; NaN counts as infinitely bad.
    fn record(&mut self, amount: f64, index: Index, place: impl FnOnce() -> String) {
        let amount = if amount.is_nan() { f64::INFINITY } else { amount };
        if self.0.as_ref().is_none_or(|(worst, ..)| amount > *worst) {
            self.0 = Some((amount, index, place()));
        }
    }

    fn violation(self, condition: Condition) -> Option<Violation> {
        let (amount, index, place) = self.0?;
        (amount > TOLERANCE).then_some(Violation { condition, place, amount, index })
    }
}

fn hermiticity(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let mut worst = Worst::none();
    for index in assemblage.0.indices() {
        let (defect, _) = assemblage.0.get(index).hermitian_defect();
        worst.record(defect, index, || scenario.element_name("σ", index));
    }
    worst
}

fn positivity(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let mut worst = Worst::none();
    for index in assemblage.0.indices() {
        let least = spectrum_ends(assemblage.0.value(index)).map_or(f64::NAN, |(least, _)| least);
        worst.record(-least, index, || scenario.element_name("σ", index));
    }
    worst
}

fn signalling_to_bob(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let [_, settings, inputs] = assemblage.0.shape();
    let mut worst = Worst::none();
    for y in 0..inputs {
        let reference = reduced_state(assemblage, 0, y);
        for x in 1..settings {
            let difference = max_entry(&(&reduced_state(assemblage, x, y) - &reference));
            let label = |x: usize| scenario.settings().get(x);
            worst.record(difference, Index { a: 0, x, y }, || {
                let input = given_input(scenario, y);
                format!("Σ_a σ_{{a|x}} for x = {} and x = {}{input}", label(0), label(x))
            });
        }
    }
    worst
}

fn signalling_to_alice(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let mut worst = Worst::none();
    for index in assemblage.0.indices() {
        let reference = Index { y: 0, ..index };
        let trace = |i: Index| assemblage.0.trace(i).approx();
        let difference = (trace(index) - trace(reference)).norm();
        worst.record(difference, index, || {
            let name = |i: Index| scenario.element_name("σ", i);
            format!("tr {} and tr {}", name(reference), name(index))
        });
    }
    worst
}

fn normalisation(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let [_, settings, inputs] = assemblage.0.shape();
    let mut worst = Worst::none();
    for y in 0..inputs {
        for x in 0..settings {
            let state = reduced_state(assemblage, x, y);
            let trace: Complex64 = (0..state.nrows()).map(|i| state[(i, i)]).sum();
            worst.record((trace - 1.0).norm(), Index { a: 0, x, y }, || {
                let input = given_input(scenario, y);
                format!("tr Σ_a σ_{{a|x}} for x = {}{input}", scenario.settings().get(x))
            });
        }
    }
    worst
}

/// Σ_a σ_{a|xy}.
fn reduced_state(assemblage: &Assemblage, x: usize, y: usize) -> Mat<Complex64> {
    let [outcomes, ..] = assemblage.0.shape();
    let d = assemblage.0.dimension();
    let mut sum = Matrix::zeros(d, d).to_faer();
    for a in 0..outcomes {
        sum += assemblage.0.value(Index { a, x, y });
    }
    sum
}

fn given_input(scenario: &Scenario, y: usize) -> String {
    if scenario.inputs().len() == 1 {
        String::new()
    } else {
        format!(" (at y = {})", scenario.inputs().get(y))
    }
}

fn max_entry(matrix: &Mat<Complex64>) -> f64 {
    let mut largest = 0.0_f64;
    for j in 0..matrix.ncols() {
        for i in 0..matrix.nrows() {
            let size = matrix[(i, j)].norm();
            largest = if size.is_nan() { f64::INFINITY } else { largest.max(size) };
        }
    }
    largest
}
