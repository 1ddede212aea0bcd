//! The Gram matrix of a bound over the quantum set (`docs/certificate.md`, §4).

use faer::Mat;
use num_complex::Complex64;
use serde_json::{Value, json};

use super::numbers::{dyadic, word};
use super::vanishing::Vanishing;
use crate::algebra::Polynomial;
use crate::linalg::{EigenError, spectrum_ends};
use crate::moments::{Face, MissingMoment, MomentMatrix};

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
    let vanishing = face.map(|(face, lambda)| Vanishing::new(matrix, face, lambda));
    let largest = vanishing.as_ref().map_or(0.0, Vanishing::largest);
    let largest = largest.max(dual.norm_max()).max(f64::MIN_POSITIVE);
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
    let vanishing = vanishing.map(|vanishing| vanishing.rounded(unit));
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
    let words: Value = matrix.words().iter().map(word).collect();
    let mut proof = json!({"method": "gram", "words": words, "gram": gram, "margin": dyadic(margin)});
    if matrix.algebra().has_characters() {
        proof["letters"] = json!("unitary");
    }
    if let Some(record) = vanishing.and_then(|vanishing| vanishing.record()) {
        proof["vanishing"] = record;
    }
    Ok(Gram { proof, bound })
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
