//! Numbers by name: fractions, dyadic numbers, phases and roots of unity.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use num_complex::Complex64;

use super::angle::{cis_pi, cos_pi_f64, sin_pi_f64};
use super::{Exact, Number, Surd};

impl Number {
    /// numerator/denominator; a zero denominator counts as one.
    pub fn ratio(numerator: i64, denominator: u64) -> Self {
        let denominator = UBig::from(denominator.max(1));
        Self::from_rational(RBig::from_parts(IBig::from(numerator), denominator))
    }

    /// The dyadic number that a finite float exactly is; `None` for infinities and NaN.
    pub fn dyadic(value: Complex64) -> Option<Self> {
        Some(Self::from_exact(Exact::new(Surd::from_f64(value.re)?, Surd::from_f64(value.im)?)))
    }

    /// The phase e^{iπr} for a number r of half turns, exact where both parts are surds (r a multiple of 1/12).
    pub fn phase(half_turns: &RBig) -> Self {
        match cis_pi(half_turns) {
            Some(phase) => Self::from_exact(phase),
            None => Self::from_approx(Complex64::new(cos_pi_f64(half_turns), sin_pi_f64(half_turns))),
        }
    }

    /// e^{2πi·k/n}, exact where its parts are surds (n a divisor of 24, after cancelling); n = 0 counts as one.
    pub fn root_of_unity(k: i64, n: u64) -> Self {
        Self::phase(&RBig::from_parts(IBig::from(k) * IBig::from(2), UBig::from(n.max(1))))
    }
}
