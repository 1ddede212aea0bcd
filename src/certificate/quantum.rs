//! The Gram matrix of a bound over the quantum set (`docs/certificate.md`, §4).

use std::collections::BTreeMap;

use faer::Mat;
use num_complex::Complex64;
use serde_json::{Value, json};

use super::numbers::{dyadic, matrix as matrix_value};
use crate::algebra::{Polynomial, Word, element_polynomial};
use crate::linalg::{EigenError, spectrum_ends};
use crate::moments::{self, Face, MissingMoment, MomentMatrix};
use crate::program::face::multipliers;
use crate::scenario::Index;

/// The bits that an entry of the Gram matrix may have: JSON integers are exact below 2^53.
const ENTRY_BITS: i32 = 52;

/// A proof by a Gram matrix, and the bound that it gives.
#[derive(Debug, Clone)]
pub struct Gram {
    /// The certificate's `proof`.
    pub(super) proof: Value,
    /// The bound on sign·⟨B⟩, evaluated in floating point.
    pub bound: f64,
}

/// Why there is no Gram matrix.
#[derive(Debug, thiserror::Error)]
pub enum GramError {
    /// The functional needs a moment that the level does not have.
    #[error(transparent)]
    Missing(#[from] MissingMoment),
    /// An eigenvalue could not be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
}

/// The dual Z of a bound program, rounded to a dyadic grid, with the margin that makes it positive
/// and the bound on sign·Re⟨B⟩ that it proves: Re c + n·δ + Σ|r_u|.
///
/// G is the conjugate of Z, for ⟨Z, Γ⟩ = Σ Z_ij* Γ_ij. The margin exceeds −λ_min by the error of the
/// eigenvalue and of a floating-point Cholesky check, both below 8·n·ε·max(‖G‖, tr G). On a face the multipliers of its
/// equalities are rounded to the same grid.
pub fn gram(
    matrix: &MomentMatrix,
    objective: &Polynomial,
    sign: f64,
    dual: &Mat<Complex64>,
    face: Option<(&Face, &[f64])>,
) -> Result<Gram, GramError> {
    let n = matrix.size();
    let terms = face.map(|(face, lambda)| vanishing_terms(matrix, face, lambda)).unwrap_or_default();
    let parts = terms.values().flat_map(|c| [c.re.abs(), c.im.abs()]);
    let largest = parts.fold(dual.norm_max(), f64::max).max(f64::MIN_POSITIVE);
    let scale = (ENTRY_BITS - 1 - largest.log2().ceil() as i32).clamp(0, 1000);
    let unit = 2_f64.powi(-scale);
    let rounded = Mat::from_fn(n, n, |i, j| {
        let (row, column) = (i.min(j), i.max(j));
        let z = dual[(row, column)].conj() / unit;
        let (re, im) = (z.re.round(), if row == column { 0.0 } else { z.im.round() });
        Complex64::new(re, if i <= j { im } else { -im })
    });
    let (least, greatest) = spectrum_ends(&rounded)?;
    let trace: f64 = (0..n).map(|i| rounded[(i, i)].re).sum();
    let size = trace.abs().max(greatest.abs()).max(rounded.norm_l2());
    let margin = ((-least).max(0.0) + 8.0 * n as f64 * f64::EPSILON * size) * unit;
    let grid = |z: Complex64| Complex64::new((z.re / unit).round(), (z.im / unit).round());
    let terms: Terms =
        terms.into_iter().map(|(at, c)| (at, grid(c))).filter(|(_, c)| c.norm() > 0.0).collect();
    let vanishing = face.map(|(face, _)| Vanishing { elements: &face.elements, terms: &terms });
    let residual = residual(matrix, objective, sign, (&rounded, unit), vanishing.as_ref())?;
    let bound = residual + n as f64 * margin;
    let triangle = || (0..n).flat_map(|column| (0..=column).map(move |row| (row, column)));
    let integers = |part: fn(Complex64) -> f64| -> Vec<i64> {
        triangle().map(|(row, column)| part(rounded[(row, column)]) as i64).collect()
    };
    let (re, im) = (integers(|z| z.re), integers(|z| z.im));
    let mut gram = json!({"scale": scale, "re": re});
    if im.iter().any(|&part| part != 0) {
        gram["im"] = json!(im);
    }
    let words: Value = matrix.words().iter().map(letters).collect();
    let mut proof = json!({"method": "gram", "words": words, "gram": gram, "margin": dyadic(margin)});
    if let Some(vanishing) = vanishing.filter(|vanishing| !vanishing.terms.is_empty()) {
        proof["vanishing"] = vanishing.record();
    }
    Ok(Gram { proof, bound })
}

/// A word as a certificate writes it.
fn letters(word: &Word) -> Value {
    word.letters().iter().map(|letter| json!([letter.device(), letter.input(), letter.index()])).collect()
}

/// The coefficient c of word†·M_{a|x}·B_y(K), by the number of the element and the word.
type Terms = BTreeMap<(usize, Word), Complex64>;

/// What is added to a Gram matrix that is zero on a face.
struct Vanishing<'a> {
    elements: &'a [moments::Vanishing],
    /// In units of the grid.
    terms: &'a Terms,
}

/// Σ_v x_v† Γ v, collected by word: ⟨w_i† v⟩ with v = Σ f·left·M_{a|x}·B_y(K) is Σ f·⟨(left† w_i)†·M_{a|x}·B_y(K)⟩.
fn vanishing_terms(matrix: &MomentMatrix, face: &Face, lambda: &[f64]) -> Terms {
    let algebra = matrix.algebra();
    let mut terms = Terms::new();
    for (product, x) in face.products.iter().zip(multipliers(face, lambda)) {
        for (left, element, factor) in &product.terms {
            let (turn, adjoint) = algebra.adjoint(left);
            for (word, x) in matrix.words().iter().zip(&x) {
                let Some((phase, word)) = algebra.product(&adjoint, word) else { continue };
                let phase = algebra.phases().approx(algebra.phases().add(turn, phase));
                // left† w_i = ω^phase·word.
                *terms.entry((*element, word)).or_default() += factor * (x * phase).conj();
            }
        }
    }
    terms
}

impl Vanishing<'_> {
    /// Adds Re(c·⟨word†·M_{a|x}·B_y(K)⟩), twice, to what every class is multiplied by; for words without a class, which
    /// cancel up to the grid, the moduli of what is left.
    fn add(&self, matrix: &MomentMatrix, unit: f64, sums: &mut [Complex64]) -> f64 {
        let mut others: BTreeMap<Word, Complex64> = BTreeMap::new();
        let (algebra, phases) = (matrix.algebra(), matrix.algebra().phases());
        let of = |element: &moments::Vanishing| element_polynomial(algebra, element.index, &element.operator);
        let elements: Vec<Polynomial> = self.elements.iter().map(of).collect();
        for ((element, left), c) in self.terms {
            let (turn, adjoint) = algebra.adjoint(left);
            for (right, coefficient) in elements[*element].terms() {
                let Some((phase, word)) = algebra.product(&adjoint, right) else { continue };
                let factor = c * coefficient.approx() * phases.approx(phases.add(turn, phase)) * (2.0 * unit);
                // A class holds its representative's moment, or the real number that it is up to a phase.
                let canonical = algebra.canonical(word);
                let factor = factor * phases.approx(canonical.phase);
                let factor = if canonical.conjugate { factor.conj() } else { factor };
                match matrix.locate(&canonical.representative) {
                    Ok((class, ..)) => sums[class] += factor,
                    Err(_) => *others.entry(canonical.representative).or_default() += factor,
                }
            }
        }
        others.values().map(|sum| sum.norm()).sum()
    }

    /// As a certificate writes it.
    fn record(&self) -> Value {
        let record = |(number, element): (usize, &moments::Vanishing)| {
            let own = self.terms.range((number, Word::identity())..(number + 1, Word::identity()));
            let terms: Value =
                own.map(|((_, word), c)| json!([letters(word), c.re as i64, c.im as i64])).collect();
            let Index { a, x, y } = element.index;
            let operator = matrix_value(&element.operator);
            json!({"outcome": a, "setting": x, "input": y, "operator": operator, "terms": terms})
        };
        let used = |record: &Value| record["terms"].as_array().is_some_and(|terms| !terms.is_empty());
        self.elements.iter().enumerate().map(record).filter(used).collect()
    }
}

/// Re c + Σ_u |r_u| for B + S, a word and its adjoint counted together: their coefficients f ⟨u⟩ + g ⟨u†⟩
/// are at most |f| + |g| in modulus, and equal conjugates for Hermitian B + S.
fn residual(
    matrix: &MomentMatrix,
    objective: &Polynomial,
    sign: f64,
    (gram, unit): (&Mat<Complex64>, f64),
    vanishing: Option<&Vanishing<'_>>,
) -> Result<f64, MissingMoment> {
    let phases = matrix.algebra().phases();
    let mut sums = vec![Complex64::ZERO; matrix.classes().len()];
    for column in 0..matrix.size() {
        for row in 0..=column {
            let Some((class, phase, conjugate)) = matrix.entry(row, column).parts() else { continue };
            let weight = if row == column { unit } else { 2.0 * unit };
            // Re(G_ij ω^phase m), or Re(G_ij ω^phase m*) = Re((G_ij ω^phase)* m).
            let factor = gram[(row, column)] * phases.approx(phase) * weight;
            sums[class] += if conjugate { factor.conj() } else { factor };
        }
    }
    let others = vanishing.map_or(0.0, |vanishing| vanishing.add(matrix, unit, &mut sums));
    for (class, weight) in matrix.linear_form(objective)? {
        // Re(g* m).
        sums[class] += weight.conj() * sign;
    }
    let classes = matrix.classes().iter().zip(&sums).skip(1);
    let rest: f64 = classes.map(|(class, sum)| if class.real { sum.re.abs() } else { sum.norm() }).sum();
    Ok(sums[0].re + rest + others)
}
