//! Cosines of rational multiples of π, exactly where they are surds.

use std::f64::consts::PI;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::exact::Exact;
use super::surd::{Surd, rational_to_f64};

fn fraction(numerator: i64, denominator: u64) -> RBig {
    RBig::from_parts(IBig::from(numerator), UBig::from(denominator))
}

/// cos(rπ), for r a multiple of 1/12 or of 1/5; other cosines are not sums of rational multiples of square roots, or
/// (cos π/60 and the like) are not worth a table.
pub(super) fn cos_pi(turns: &RBig) -> Option<Surd> {
    let (angle, negative) = reduce(turns);
    let value = first_quadrant_cosine(&angle)?;
    Some(if negative { -&value } else { value })
}

/// sin(rπ) = cos((½ − r)π).
pub(super) fn sin_pi(turns: &RBig) -> Option<Surd> {
    cos_pi(&quarter_turn_minus(turns))
}

/// e^{irπ}, exactly where both parts are surds: for r a multiple of 1/12.
pub(super) fn cis_pi(turns: &RBig) -> Option<Exact> {
    Some(Exact::new(cos_pi(turns)?, sin_pi(turns)?))
}

/// cos(rπ) as a float; r is reduced exactly first, so large r lose nothing.
pub(super) fn cos_pi_f64(turns: &RBig) -> f64 {
    let (angle, negative) = reduce(turns);
    // Near π/2 the sine of the complement keeps the relative precision.
    let size = if angle > fraction(1, 4) {
        (PI * rational_to_f64(&quarter_turn_minus(&angle))).sin()
    } else {
        (PI * rational_to_f64(&angle)).cos()
    };
    if negative { -size } else { size }
}

/// sin(rπ) as a float.
pub(super) fn sin_pi_f64(turns: &RBig) -> f64 {
    cos_pi_f64(&quarter_turn_minus(turns))
}

fn quarter_turn_minus(turns: &RBig) -> RBig {
    fraction(1, 2) - turns
}

/// Brings r to 0 ≤ r' ≤ ½ with cos(rπ) = ±cos(r'π); `true` for the minus sign.
fn reduce(turns: &RBig) -> (RBig, bool) {
    let two = RBig::from(2);
    let mut angle = turns - &two * (turns / &two).floor();
    if angle > RBig::ONE {
        angle = two - angle;
    }
    let negative = angle > fraction(1, 2);
    if negative {
        angle = RBig::ONE - angle;
    }
    (angle, negative)
}

/// cos(rπ) for 0 ≤ r ≤ ½.
fn first_quadrant_cosine(angle: &RBig) -> Option<Surd> {
    let root = |radicand: i64, denominator: u64| {
        let root = Surd::sqrt_of_rational(&RBig::from(radicand))?;
        Some(root.scale(&fraction(1, denominator)))
    };
    let small = |value: &RBig| value.is_int().then(|| u8::try_from(value.numerator()).ok()).flatten();
    if let Some(twelfths) = small(&(angle * RBig::from(12))) {
        return match twelfths {
            0 => Some(Surd::one()),
            1 => Some(&root(6, 4)? + &root(2, 4)?),
            2 => root(3, 2),
            3 => root(2, 2),
            4 => Some(Surd::from_rational(fraction(1, 2))),
            5 => Some(&root(6, 4)? - &root(2, 4)?),
            6 => Some(Surd::zero()),
            _ => None,
        };
    }
    // The golden angle: cos π/5 = (1 + √5)/4 and cos 2π/5 = (√5 − 1)/4.
    let quarter = Surd::from_rational(fraction(1, 4));
    match small(&(angle * RBig::from(5)))? {
        1 => Some(&root(5, 4)? + &quarter),
        2 => Some(&root(5, 4)? - &quarter),
        _ => None,
    }
}
