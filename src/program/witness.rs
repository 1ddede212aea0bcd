//! The steering inequality in the dual of a visibility program [Theory §3, membership].
//!
//! Let Z ⪰ 0 be dual to Γ(v) ⪰ 0. Every quantum Γ has −⟨Z, Γ⟩ ≤ 0, and up to the dual residual Γ
//! enters only through the moments that the assemblage determines, for Z annihilates the free ones.
//! So S(σ) = −⟨Z, Γ(σ)⟩ is a functional of the assemblage: at most 0 on quantum ones, and 1 − v* on
//! the one that the program was solved for.

use std::cmp::Ordering;

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use faer::Mat;

use super::power_of_two_near;
use crate::algebra::Letter;
use crate::linalg::trace;
use crate::moments::{MomentMatrix, letter_operator, letter_weights};
use crate::num::{Matrix, Number};
use crate::scenario::{Functional, Index, OperatorTable, Scenario, Sense};

/// An inequality Σ tr(F_{a|xy} σ_{a|xy}) ≤ (a bound to be evaluated).
#[derive(Debug, Clone)]
pub struct Witness {
    /// F, scaled so that its largest entry is one; to be maximised.
    pub functional: Functional,
    /// What F was divided by: a dual point of the visibility program divided by it is one of the bound program of F.
    pub scale: f64,
}

/// The inequality of a dual block Z of a visibility program, or of Z + H on a [face](super::face); `None` if it is trivial.
///
/// The constant part of S is not part of F: it is recovered by the bound. A term with no letter of
/// Alice's is shared equally by all x, one with no letter of Bob's by all y.
pub fn witness(matrix: &MomentMatrix, scenario: &Scenario, dual: &Mat<Complex64>) -> Option<Witness> {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let mut operators = Table::default();
    for (class, factor) in weights(matrix, dual).into_iter().enumerate().skip(1) {
        let word = &matrix.classes()[class].word;
        let [alice, bob] = [0, 1].map(|device| word.of_device(device));
        if alice.len() > 1 || bob.len() > 1 {
            continue;
        }
        let [alice, bob] = [alice, bob].map(|letters| letters.first().copied());
        let [first, second] = matrix.algebra().devices() else { continue };
        let weights = letter_weights(first, alice, outcomes);
        let operator = letter_operator(second, bob, d).to_faer() * faer::Scale(factor);
        let operator = (&operator + operator.adjoint()) * faer::Scale(Complex64::from(0.5));
        let xs = alice.map_or(0..settings, |letter: Letter| letter.input()..letter.input() + 1);
        let ys = bob.map_or(0..inputs, |letter: Letter| letter.input()..letter.input() + 1);
        let share = 1.0 / (xs.len() * ys.len()) as f64;
        for x in xs {
            for y in ys.clone() {
                for (a, weight) in weights.iter().enumerate() {
                    let target = operators.entry(Index { a, x, y }).or_insert_with(|| Mat::zeros(d, d));
                    *target += &operator * faer::Scale(Complex64::from(weight * share));
                }
            }
        }
    }
    if scenario.kind.is_instrumental() {
        operators = of_seen(scenario, operators);
    }
    let (functional, scale) = normalised(scenario, &operators)?;
    Some(Witness { functional, scale })
}

/// The functional of the seen elements that agrees with F on what they are seen of, up to a constant: if such a one
/// exists, all F_{a|xy} with a ≠ y are one operator L_{xy}, up to multiples of 1, and Σ_x L_{xy} is such a multiple.
fn of_seen(scenario: &Scenario, mut operators: Table) -> Table {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let mut seen = Table::default();
    for x in 0..settings {
        let mut multiples = vec![0.0; outcomes];
        for y in 0..inputs {
            let mut of = |a| operators.remove(&Index { a, x, y }).unwrap_or_else(|| Mat::zeros(d, d));
            let all: Vec<Mat<Complex64>> = (0..outcomes).map(&mut of).collect();
            let mut shared = Mat::<Complex64>::zeros(d, d);
            let hidden = || (0..outcomes).filter(|&a| a != y);
            hidden().for_each(|a| shared += &all[a]);
            shared *= faer::Scale(Complex64::from(1.0 / (outcomes - 1) as f64));
            for a in hidden() {
                multiples[a] += trace(&(&all[a] - &shared)).re / d as f64;
            }
            seen.insert(Index { a: y, x, y }, &all[y] - &shared);
        }
        for (a, multiple) in multiples.into_iter().enumerate() {
            if let Some(operator) = seen.get_mut(&Index { a, x, y: a }) {
                (0..d).for_each(|b| operator[(b, b)] += multiple);
            }
        }
    }
    seen
}

/// Operators by index; what is left out is zero.
pub(super) type Table = FxHashMap<Index, Mat<Complex64>>;

/// The functional to be maximised whose largest entry is one, and what was divided by; `None` if all
/// entries are zero.
///
/// Both programs that end here scale their F such that assemblage and noise differ by one. Entries are
/// rounded relative to that difference, or to the largest entry if it is smaller: where the noise shares
/// correlations with the assemblage, the entries that matter can be far smaller than the largest.
pub(super) fn normalised(scenario: &Scenario, table: &Table) -> Option<(Functional, f64)> {
    let d = scenario.dimension();
    let scale = table.values().map(|m| m.norm_max()).fold(0.0, f64::max);
    if scale <= f64::EPSILON {
        return None;
    }
    let unit = GRID / power_of_two_near(scale.max(1.0));
    let operators = OperatorTable::from_fn(scenario, |index| match table.get(&index) {
        Some(operator) => Matrix::from_fn(d, d, |i, j| {
            let upper = rounded(operator[(i.min(j), i.max(j))] / scale, unit);
            Number::from_approx(match i.cmp(&j) {
                Ordering::Less => upper,
                Ordering::Equal => upper.re.into(),
                Ordering::Greater => upper.conj(),
            })
        }),
        None => Matrix::zeros(d, d),
    });
    Some((Functional { operators, sense: Sense::Max }, scale))
}

/// The grid of functionals whose entries are of order one: F is free to choose, so short numbers without
/// rounding noise are chosen; the bound is evaluated for the rounded F, and changes by about 10⁻¹⁰ a term.
const GRID: f64 = 1.0 / (1_u64 << 33) as f64;

/// The nearest multiple of the unit.
fn rounded(value: Complex64, unit: f64) -> Complex64 {
    // Adding zero turns −0 into 0.
    let round = |x: f64| (x / unit).round() * unit + 0.0;
    Complex64::new(round(value.re), round(value.im))
}

/// For every class the factor f with −⟨Z, Γ⟩ = Σ_c Re(f_c ⟨w_c⟩).
fn weights(matrix: &MomentMatrix, dual: &Mat<Complex64>) -> Vec<Complex64> {
    let phases = matrix.algebra().phases();
    let mut factors = vec![Complex64::ZERO; matrix.classes().len()];
    for column in 0..matrix.size() {
        for row in 0..=column {
            let Some((class, phase, conjugate)) = matrix.entry(row, column).parts() else { continue };
            let weight = if row == column { -1.0 } else { -2.0 };
            // Γ_ij = ω^phase·m: Re(z*·ω^phase·m); for the conjugate Re(z*·ω^phase·m*) = Re(z·ω^−phase·m).
            let factor = dual[(row, column)].conj() * phases.approx(phase) * weight;
            factors[class] += if conjugate { factor.conj() } else { factor };
        }
    }
    for (factor, class) in factors.iter_mut().zip(matrix.classes()) {
        // The class of a self-adjoint word holds m = ω^−phase·⟨w⟩.
        if class.real
            && let Ok((_, phase, _)) = matrix.locate(&class.word)
        {
            *factor *= phases.approx(phase).conj();
        }
    }
    factors
}
