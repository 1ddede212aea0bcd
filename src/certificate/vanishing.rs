//! What is added to a Gram matrix that vanishes on a face (`docs/certificate.md`, §4).

use std::collections::BTreeMap;

use num_complex::Complex64;
use serde_json::{Value, json};

use super::numbers::{matrix as matrix_value, word as letters};
use crate::algebra::{Polynomial, Word, element_polynomial};
use crate::moments::{self, Face, MomentMatrix};
use crate::program::face::multipliers;
use crate::scenario::Index;

/// Σ c·word†·M_{a|x}·B_y(K), to which its adjoint is added.
pub(super) struct Vanishing<'a> {
    elements: &'a [moments::Vanishing],
    /// c by the number of the element and the word.
    terms: BTreeMap<(usize, Word), Complex64>,
}

impl<'a> Vanishing<'a> {
    /// Σ_v x_v† Γ v of the multipliers of a face: ⟨w_i† v⟩ with v = Σ f·left·M_{a|x}·B_y(K) is Σ f·⟨(left† w_i)†·M_{a|x}·B_y(K)⟩.
    pub fn new(matrix: &MomentMatrix, face: &'a Face, lambda: &[f64]) -> Self {
        let algebra = matrix.algebra();
        let mut terms: BTreeMap<(usize, Word), Complex64> = BTreeMap::new();
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
        Self { elements: &face.elements, terms }
    }

    /// The largest part of a coefficient.
    pub fn largest(&self) -> f64 {
        self.terms.values().flat_map(|c| [c.re.abs(), c.im.abs()]).fold(0.0, f64::max)
    }

    /// In units of a grid, to the nearest of its points; what becomes zero is left out.
    pub fn rounded(self, unit: f64) -> Self {
        let nearest = |c: Complex64| Complex64::new((c.re / unit).round(), (c.im / unit).round());
        let terms = self.terms.into_iter().map(|(at, c)| (at, nearest(c)));
        Self { elements: self.elements, terms: terms.filter(|(_, c)| *c != Complex64::ZERO).collect() }
    }

    /// Adds what it multiplies every class by, in Re(factor·m): twice Re(c·⟨word†·M_{a|x}·B_y(K)⟩) of what is in units of the grid. What is
    /// left, in modulus, of words without a class, which cancel up to the grid.
    pub fn add(&self, matrix: &MomentMatrix, unit: f64, sums: &mut [Complex64]) -> f64 {
        let mut others: BTreeMap<Word, Complex64> = BTreeMap::new();
        let (algebra, phases) = (matrix.algebra(), matrix.algebra().phases());
        let of = |element: &moments::Vanishing| element_polynomial(algebra, element.index, &element.operator);
        let elements: Vec<Polynomial> = self.elements.iter().map(of).collect();
        for ((element, left), c) in &self.terms {
            let (turn, adjoint) = algebra.adjoint(left);
            for (right, coefficient) in elements[*element].terms() {
                let Some((phase, word)) = algebra.product(&adjoint, right) else { continue };
                let factor = c * coefficient.approx() * phases.approx(phases.add(turn, phase)) * (2.0 * unit);
                // A class holds its representative's moment, or the real number that it is up to a phase.
                let canonical = algebra.canonical(word);
                let factor = factor * phases.approx(canonical.phase);
                let factor = if canonical.conjugate { factor.conj() } else { factor };
                match matrix.class_of(&canonical.representative) {
                    Some(class) => sums[class] += factor,
                    None => *others.entry(canonical.representative).or_default() += factor,
                }
            }
        }
        others.values().map(|sum| sum.norm()).sum()
    }

    /// As a certificate writes it, from units of the grid; `None` if nothing is left.
    pub fn record(&self) -> Option<Value> {
        let record = |(number, element): (usize, &moments::Vanishing)| {
            let own = self.terms.range((number, Word::identity())..(number + 1, Word::identity()));
            let terms: Value =
                own.map(|((_, word), c)| json!([letters(word), c.re as i64, c.im as i64])).collect();
            let Index { a, x, y } = element.index;
            let operator = matrix_value(&element.operator);
            json!({"outcome": a, "setting": x, "input": y, "operator": operator, "terms": terms})
        };
        let used = |record: &Value| record["terms"].as_array().is_some_and(|terms| !terms.is_empty());
        let records: Vec<Value> = self.elements.iter().enumerate().map(record).filter(used).collect();
        (!records.is_empty()).then_some(Value::Array(records))
    }
}
