//! Is it an assemblage at all? Hermiticity, positivity and Eqs. (2)–(4) of [SHSA20].

use std::fmt;

use faer::Mat;
use num_complex::Complex64;

use super::{Assemblage, Index, Kind, Labels, Scenario, Steps};
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
    /// Σ_{a_k…aₙ} σ_{a₁…aₙ|x₁…xₙ} does not depend on x_k…xₙ, k ≥ 2 [Theory §1].
    NoSignallingToThePast,
    /// tr σ_{a|xy} does not depend on y [SHSA20, Eq. (3)].
    NoSignallingToAlice,
    /// tr Σ_a σ_{a|xy} = 1 [SHSA20, Eq. (4)].
    Normalised,
    /// An instrumental assemblage is what is seen of a no-signalling one [SHSA20, Def. 4]: for every a there is a state
    /// ρ ⪰ σ_{a|x} for all x, or by duality Σ_x tr(Z_x σ_{a|x}) ≤ 1 for every measurement {Z_x}.
    Instrumental,
}

impl Condition {
    /// Whether scenarios of this kind have the condition.
    fn is_about(self, kind: Kind) -> bool {
        match self {
            Condition::NoSignallingToBob
            | Condition::NoSignallingToThePast
            | Condition::NoSignallingToAlice => !kind.is_instrumental(),
            Condition::Instrumental => kind.is_instrumental(),
            Condition::Hermitian | Condition::Positive | Condition::Normalised => true,
        }
    }

    /// A stable identifier for machine-readable results.
    pub fn id(self) -> &'static str {
        match self {
            Condition::Hermitian => "hermitian",
            Condition::Positive => "positive",
            Condition::NoSignallingToBob => "no-signalling-to-bob",
            Condition::NoSignallingToThePast => "no-signalling-to-the-past",
            Condition::NoSignallingToAlice => "no-signalling-to-alice",
            Condition::Normalised => "normalised",
            Condition::Instrumental => "instrumental",
        }
    }

    /// The condition in the paper's notation; in a Bell scenario, about p(ab|xy).
    pub fn statement(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Condition::Hermitian, Kind::InstrumentalBell) => "p(ab|x) real",
            (Condition::Positive, Kind::InstrumentalBell) => "p(ab|x) ≥ 0",
            (Condition::Normalised, Kind::InstrumentalBell) => "Σ_ab p(ab|x) = 1",
            (Condition::Normalised, Kind::Instrumental) => "tr Σ_a σ_{a|x} = 1",
            (Condition::Instrumental, Kind::InstrumentalBell) => {
                "Σ_b max_x p(ab|x) ≤ 1 for every a: some no-signalling p(ab|xy) has it at y = a"
            }
            (Condition::Instrumental, _) => {
                "Σ_x tr(Z_x σ_{a|x}) ≤ 1 for every measurement {Z_x} and every a: some no-signalling assemblage \
                 has it at y = a [Def. 4]"
            }
            (Condition::Hermitian, Kind::Bell) => "p(ab|xy) real",
            (Condition::Positive, Kind::Bell) => "p(ab|xy) ≥ 0",
            (Condition::NoSignallingToBob, Kind::Bell) => "Σ_a p(ab|xy) the same for every x",
            (Condition::NoSignallingToAlice, Kind::Bell) => "Σ_b p(ab|xy) the same for every y",
            (Condition::Normalised, Kind::Bell) => "Σ_ab p(ab|xy) = 1",
            (Condition::NoSignallingToBob, Kind::Sequential) => {
                "Σ_{a1…an} σ_{a1…an|x1…xn} the same for all x1…xn"
            }
            (Condition::Normalised, Kind::Sequential) => "tr Σ_{a1…an} σ_{a1…an|x1…xn} = 1",
            (Condition::NoSignallingToThePast, _) => {
                "Σ_{ak…an} σ_{a1…an|x1…xn} the same for all xk…xn, for every k"
            }
            (Condition::Hermitian, _) => "σ = σ†",
            (Condition::Positive, _) => "σ ⪰ 0",
            (Condition::NoSignallingToBob, _) => "Σ_a σ_{a|xy} the same for every x [Eq. (2)]",
            (Condition::NoSignallingToAlice, _) => "tr σ_{a|xy} the same for every y [Eq. (3)]",
            (Condition::Normalised, _) => "tr Σ_a σ_{a|xy} = 1 [Eq. (4)]",
        }
    }
}

/// A condition that is missed by more than [`TOLERANCE`], at its worst place.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Which condition.
    pub condition: Condition,
    /// The kind of scenario, which decides the words.
    pub kind: Kind,
    /// The worst offender, with the labels of the problem file.
    pub place: String,
    /// By how much it is missed: largest entry of the difference, or minus the least eigenvalue.
    pub amount: f64,
    /// The element to point at in a problem file.
    pub index: Index,
}

impl Violation {
    /// The violated condition in the paper's notation.
    pub fn statement(&self) -> &'static str {
        self.condition.statement(self.kind)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { condition, kind, place, .. } = self;
        let amount = shown(self.amount);
        match (condition, kind) {
            (Condition::Hermitian, kind) if kind.is_black_box() => {
                write!(f, "{place} is not real: off by {amount}")
            }
            (Condition::Hermitian, _) => write!(f, "{place} is not Hermitian: off by {amount}"),
            (Condition::Positive, kind) if kind.is_black_box() => write!(f, "{place} is negative: −{amount}"),
            (Condition::Positive, _) => {
                write!(f, "{place} is not positive: its least eigenvalue is −{amount}")
            }
            (Condition::NoSignallingToBob, _) => {
                write!(f, "Alice signals to Bob: {place} differ by {amount}")
            }
            (Condition::NoSignallingToThePast, _) => {
                write!(f, "Alice's later settings signal to the past: {place} differ by {amount}")
            }
            (Condition::NoSignallingToAlice, _) => {
                write!(f, "Bob signals to Alice: {place} differ by {amount}")
            }
            (Condition::Normalised, _) => write!(f, "{place} is off from 1 by {amount}"),
            (Condition::Instrumental, _) => {
                write!(f, "not part of a no-signalling assemblage: {place} exceeds 1 by {amount}")
            }
        }
    }
}

/// A positive number to the precision that an error message needs: 0.5, 0.333333, 2.35e−8.
fn shown(amount: f64) -> String {
    let trimmed = |digits: &str| digits.trim_end_matches('0').trim_end_matches('.').to_owned();
    if (1e-3..1e6).contains(&amount) {
        return trimmed(&format!("{amount:.6}"));
    }
    let scientific = format!("{amount:.2e}").replace('-', "−");
    match scientific.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", trimmed(mantissa)),
        None => scientific,
    }
}

/// The violated conditions, each with its worst offender, in the order of [`Condition`]; empty
/// for a valid assemblage. Later conditions are only meaningful for Hermitian elements, so a
/// Hermiticity violation is reported alone. [`Condition::Instrumental`] takes a solver and is not looked at here.
pub fn violations(scenario: &Scenario, assemblage: &Assemblage) -> Vec<Violation> {
    let checks: [fn(&Scenario, &Assemblage) -> Worst; 5] =
        [positivity, signalling_to_bob, signalling_to_the_past, signalling_to_alice, normalisation];
    let hermiticity = hermiticity(scenario, assemblage);
    if let Some(violation) = hermiticity.violation(Condition::Hermitian, scenario.kind) {
        return vec![violation];
    }
    let conditions = [
        Condition::Positive,
        Condition::NoSignallingToBob,
        Condition::NoSignallingToThePast,
        Condition::NoSignallingToAlice,
        Condition::Normalised,
    ];
    conditions
        .into_iter()
        .zip(checks)
        .filter(|(condition, _)| condition.is_about(scenario.kind))
        .filter_map(|(condition, check)| check(scenario, assemblage).violation(condition, scenario.kind))
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

    fn violation(self, condition: Condition, kind: Kind) -> Option<Violation> {
        let (amount, index, place) = self.0?;
        (amount > TOLERANCE).then_some(Violation { condition, kind, place, amount, index })
    }
}

fn hermiticity(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let mut worst = Worst::none();
    for index in assemblage.0.indices() {
        let (defect, (row, _)) = assemblage.0.get(index).hermitian_defect();
        worst.record(defect, index, || scenario.part_name(index, row));
    }
    worst
}

fn positivity(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let mut worst = Worst::none();
    for index in assemblage.0.indices() {
        let element = assemblage.0.value(index);
        if scenario.is_diagonal() {
            for b in 0..element.nrows() {
                worst.record(-element[(b, b)].re, index, || scenario.part_name(index, b));
            }
        } else {
            let least = spectrum_ends(element).map_or(f64::NAN, |(least, _)| least);
            worst.record(-least, index, || scenario.element_name("σ", index));
        }
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
            worst.record(difference, Index { a: 0, x, y }, || {
                let input = given_input(scenario, y);
                let sum = state_name(scenario);
                let [first, second] = [0, x].map(|x| given_setting(scenario, x));
                format!("{sum} for {first} and {second}{input}")
            });
        }
    }
    worst
}

/// For k ≥ 2; the case of all steps is [`signalling_to_bob`].
fn signalling_to_the_past(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let steps = Steps::of(scenario);
    let mut worst = Worst::none();
    for k in 1..steps.count() {
        for history in steps.histories(k) {
            let reference = steps.marginal(assemblage, k, history, 0);
            for later in 1..steps.later(k).x {
                let difference = max_entry(&(&steps.marginal(assemblage, k, history, later) - &reference));
                let Some(index) = steps.summands(k, history, later).next() else { continue };
                worst.record(difference, index, || {
                    let first = Index { x: index.x - later, ..index };
                    let sum: Vec<String> = (k + 1..=steps.count()).map(|step| format!("a{step}")).collect();
                    let happened = [("a", scenario.outcomes(), index.a), ("x", scenario.settings(), index.x)]
                        .map(|(name, labels, position)| given_labels(name, labels, position, 0..k));
                    let [one, other] = [first.x, index.x]
                        .map(|x| given_labels("x", scenario.settings(), x, k..steps.count()));
                    format!("Σ_{{{}}} σ at {} for {one} and {other}", sum.join(" "), happened.join(", "))
                });
            }
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
            if scenario.is_diagonal() {
                let (a, x) = (scenario.outcomes().get(index.a), scenario.settings().get(index.x));
                let [first, second] = [reference, index].map(|i| scenario.inputs().get(i.y));
                return format!("Σ_b p(ab|xy) at a = {a}, x = {x} for y = {first} and y = {second}");
            }
            let name = |i: Index| scenario.element_name("σ", i);
            format!("tr {} and tr {}", name(reference), name(index))
        });
    }
    worst
}

fn normalisation(scenario: &Scenario, assemblage: &Assemblage) -> Worst {
    let [_, settings, inputs] = assemblage.0.shape();
    let mut worst = Worst::none();
    // In an instrumental scenario the seen elements of all inputs sum to one.
    let inputs = if scenario.kind.is_instrumental() { 1 } else { inputs };
    for y in 0..inputs {
        for x in 0..settings {
            let trace: Complex64 = (0..assemblage.0.shape()[0])
                .map(|a| match scenario.kind.is_instrumental() {
                    true => assemblage.probability(scenario, a, x).approx(),
                    false => assemblage.0.trace(Index { a, x, y }).approx(),
                })
                .sum();
            worst.record((trace - 1.0).norm(), Index { a: 0, x, y }, || {
                let input = given_input(scenario, y);
                let sum = match scenario.is_diagonal() {
                    true if scenario.kind.is_instrumental() => "Σ_ab p(ab|x)".to_owned(),
                    true => "Σ_ab p(ab|xy)".to_owned(),
                    false => format!("tr {}", state_name(scenario)),
                };
                format!("{sum} for {}{input}", given_setting(scenario, x))
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

/// What Bob is left with without Alice's outcomes.
fn state_name(scenario: &Scenario) -> &'static str {
    match scenario.kind {
        Kind::Bell => "Σ_a p(ab|xy)",
        Kind::Sequential => "Σ_{a1…an} σ_{a1…an|x1…xn}",
        _ => "Σ_a σ_{a|x}",
    }
}

/// x = 1, or x1 = 1, x2 = 0 in a sequential scenario.
fn given_setting(scenario: &Scenario, x: usize) -> String {
    let labels = scenario.settings();
    match labels.steps().len() {
        0 => format!("x = {}", labels.get(x)),
        steps => given_labels("x", labels, x, 0..steps),
    }
}

/// The labels of these steps of a tuple, counted from 0: x1 = 1, x2 = 0.
fn given_labels(name: &str, labels: &Labels, position: usize, steps: std::ops::Range<usize>) -> String {
    let tuple = labels.tuple(position);
    let named = steps.filter_map(|k| Some(format!("{name}{} = {}", k + 1, tuple.get(k)?)));
    named.collect::<Vec<_>>().join(", ")
}

fn given_input(scenario: &Scenario, y: usize) -> String {
    if scenario.inputs().len() == 1 || !scenario.kind.has_inputs() {
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

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn amounts_for_people() {
        let cases = [
            (0.5, "0.5"),
            (1.0 / 3.0, "0.333333"),
            (12.0, "12"),
            (2.345e-8, "2.35e−8"),
            (1e-9, "1e−9"),
            (2.5e300, "2.5e300"),
        ];
        for (amount, expected) in cases {
            assert_eq!(shown(amount), expected);
        }
    }
}
