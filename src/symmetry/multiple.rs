//! Moments that are multiples of one another, and what that says of the first.

use faer::Mat;
use num_complex::Complex64;

use crate::linalg::{EigenError, symmetric_eigen};

/// u ↦ factor·u, or factor·u* where it conjugates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Multiple {
    pub factor: Complex64,
    pub conjugate: bool,
}

impl Multiple {
    /// u itself.
    pub const IDENTITY: Self = Self { factor: Complex64::ONE, conjugate: false };

    /// That of a number.
    pub fn of(self, u: Complex64) -> Complex64 {
        self.factor * oriented(u, self.conjugate)
    }
}

/// A number or its conjugate.
pub(super) fn oriented(value: Complex64, conjugate: bool) -> Complex64 {
    if conjugate { value.conj() } else { value }
}

/// ℝ-linear conditions on a complex number, as the sum of their squares.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    square: [[f64; 2]; 2],
}

impl Conditions {
    /// What counts as zero: the conditions' coefficients are of order one, and differ by rounding or as two roots of unity do.
    pub const ZERO: f64 = 1e-7;

    /// A linear form of u vanishes.
    pub fn vanishes(&mut self, form: impl Fn(Complex64) -> f64) {
        let row = [form(Complex64::ONE), form(Complex64::I)];
        for i in 0..2 {
            (0..2).for_each(|j| self.square[i][j] += row[i] * row[j]);
        }
    }

    /// Two multiples of u are the same, in real and imaginary part.
    pub fn same(&mut self, one: Multiple, other: Multiple) {
        let difference = |u| one.of(u) - other.of(u);
        self.vanishes(|u| difference(u).re);
        self.vanishes(|u| difference(u).im);
    }

    /// The numbers, orthonormal over ℝ, of which u is a combination.
    pub fn directions(&self) -> Result<Vec<Complex64>, EigenError> {
        let (values, vectors) = symmetric_eigen(&Mat::from_fn(2, 2, |i, j| self.square[i][j]))?;
        let kept = (0..2).filter(|&k| values[k] < Self::ZERO);
        Ok(kept.map(|k| Complex64::new(vectors[(0, k)], vectors[(1, k)])).collect())
    }
}

/// Without parts that are rounding errors.
pub(super) fn clean(value: Complex64) -> Complex64 {
    let part = |part: f64| if part.abs() < 1e-14 { 0.0 } else { part };
    Complex64::new(part(value.re), part(value.im))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_free_real_of_one_phase_or_zero() {
        let conditions = |multiples: &[Multiple]| {
            let mut conditions = Conditions::default();
            multiples.iter().for_each(|&multiple| conditions.same(Multiple::IDENTITY, multiple));
            conditions.directions().unwrap()
        };
        let conjugate = |factor| Multiple { factor, conjugate: true };
        let linear = |factor| Multiple { factor, conjugate: false };
        assert_eq!(conditions(&[linear(Complex64::ONE)]).len(), 2);
        let real = conditions(&[conjugate(Complex64::ONE)]);
        assert!(real.len() == 1 && real[0].im.abs() < 1e-15, "{real:?}");
        // u = i·u* on the diagonal.
        let diagonal = conditions(&[conjugate(Complex64::I)]);
        assert!(diagonal.len() == 1 && (diagonal[0].re - diagonal[0].im).abs() < 1e-15, "{diagonal:?}");
        let third = Complex64::cis(std::f64::consts::TAU / 3.0);
        assert_eq!(conditions(&[linear(third)]), []);
        assert_eq!(conditions(&[conjugate(Complex64::ONE), conjugate(third)]), []);
    }
}
