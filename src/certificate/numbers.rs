//! Numbers as a certificate writes them (`docs/certificate.md`, §1), and directed rounding.

use dashu_base::Sign;
use dashu_int::IBig;
use dashu_ratio::RBig;
use faer::Mat;
use num_complex::Complex64;
use serde_json::{Value, json};

use crate::algebra::Word;
use crate::num::{Exact, Matrix, Number, Surd};
use crate::scenario::{Given, OperatorTable, Scenario};

/// Which way a decimal is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards +∞.
    Up,
    /// Towards −∞.
    Down,
}

/// A decimal on the given side of a value, with eleven digits after the leading one of the larger of the
/// value and the `size` of the numbers that it was computed from.
pub(super) fn decimal(value: f64, size: f64, direction: Direction) -> String {
    decimal_to(value, value.abs().max(size), direction)
}

/// The same with eleven digits after the leading one of `scale`.
///
/// Two more units of the last digit are added for the f64 evaluation of the value itself: between
/// 2·10⁻¹² and 2·10⁻¹¹ of the scale. What is not finite becomes a text that no checker takes for a number.
pub(super) fn decimal_to(value: f64, scale: f64, direction: Direction) -> String {
    const DIGITS: i32 = 11;
    const MARGIN: IBig = IBig::from_parts_const(Sign::Positive, 2);
    let leading = if scale > 0.0 && scale.is_finite() { scale.log10().floor() as i32 } else { 0 };
    let digits = DIGITS - leading;
    let Ok(exact) = RBig::try_from(value) else { return value.to_string() };
    // Round −value up to round value down.
    let power = RBig::from(IBig::from(10).pow(digits.unsigned_abs() as usize));
    let upwards = if direction == Direction::Up { exact } else { -exact };
    let scaled = if digits > 0 { upwards * power } else { upwards / power };
    let steps = scaled.ceil() + MARGIN;
    plain(if direction == Direction::Up { steps } else { -steps }, digits)
}

/// steps·10^−digits without an exponent.
pub fn plain(steps: IBig, digits: i32) -> String {
    let (sign, magnitude) = steps.into_parts();
    let sign = if sign == Sign::Negative { "-" } else { "" };
    let places = digits.unsigned_abs() as usize;
    if digits <= 0 {
        return format!("{sign}{magnitude}{}", "0".repeat(places));
    }
    let text = format!("{magnitude:0>width$}", width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// A dyadic rational that is exactly the f64, which must be finite.
pub(super) fn dyadic(value: f64) -> Value {
    real(&Surd::from_f64(value).unwrap_or_else(Surd::zero))
}

/// A complex number of two dyadic rationals.
pub(super) fn complex_dyadic(value: Complex64) -> Value {
    complex(&Number::from_approx(value))
}

/// The rows of a matrix of dyadic rationals.
pub(super) fn dyadic_matrix(matrix: &Mat<Complex64>) -> Value {
    let row = |i: usize| (0..matrix.ncols()).map(|j| complex_dyadic(matrix[(i, j)])).collect::<Value>();
    (0..matrix.nrows()).map(row).collect()
}

/// A functional's table, in storage order. What has no exact form is the dyadic number that it is.
pub(super) fn table(table: &OperatorTable) -> Value {
    table.indices().map(|index| matrix(table.get(index))).collect()
}

/// An assemblage's table, with `null` for what is not seen.
pub(super) fn seen_table(scenario: &Scenario, table: &OperatorTable) -> Value {
    partial_table(table, &Given::all(scenario))
}

/// The elements that are not seen, with `null` for the others.
pub(super) fn hidden_table(scenario: &Scenario, table: &OperatorTable) -> Value {
    let element = |index| if scenario.sees(index) { Value::Null } else { matrix(table.get(index)) };
    table.indices().map(element).collect()
}

/// The same with `null` for what is not given.
pub(super) fn partial_table(table: &OperatorTable, given: &Given) -> Value {
    let element = |index| if given.has(index) { matrix(table.get(index)) } else { Value::Null };
    table.indices().map(element).collect()
}

/// A word, letter by letter (§4).
pub(super) fn word(word: &Word) -> Value {
    word.letters().iter().map(|letter| json!([letter.device(), letter.input(), letter.index()])).collect()
}

/// The rows of a matrix.
pub(super) fn matrix(matrix: &Matrix) -> Value {
    let row = |i: usize| (0..matrix.cols()).map(|j| complex(matrix.get(i, j))).collect::<Value>();
    (0..matrix.rows()).map(row).collect()
}

fn complex(number: &Number) -> Value {
    let exact = number.exact().cloned().unwrap_or_else(|| {
        let part = |x: f64| Surd::from_f64(x).unwrap_or_else(Surd::zero);
        Exact::new(part(number.approx().re), part(number.approx().im))
    });
    if exact.is_real() { real(exact.re()) } else { json!({"re": real(exact.re()), "im": real(exact.im())}) }
}

fn real(surd: &Surd) -> Value {
    if let Some(value) = surd.to_rational() {
        return rational(&value).into();
    }
    surd.terms()
        .map(|(radicand, factor)| json!([rational(factor), u64::try_from(radicand).unwrap_or(0)]))
        .collect()
}

fn rational(value: &RBig) -> String {
    let (numerator, denominator) = value.clone().into_parts();
    if denominator.is_one() { numerator.to_string() } else { format!("{numerator}/{denominator}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lie_on_their_side() {
        for value in [0.0, 1.0, 24_f64.sqrt(), -8_f64.sqrt(), 1e-13, -0.25, 123.456, 9.999_999_999_999_9] {
            for scale in [1e-300, 1e-6, 1.0, 1e12, 1e300] {
                let (value, size) = (value * scale, scale);
                let up: f64 = decimal(value, size, Direction::Up).parse().unwrap();
                let down: f64 = decimal(value, size, Direction::Down).parse().unwrap();
                assert!(down < value && value < up, "{down} {value} {up}");
                assert!(up - down < 1e-10 * value.abs().max(size), "{down} {value} {up}");
            }
        }
    }

    #[test]
    fn decimals_are_plain() {
        assert_eq!(decimal(1.5, 1.0, Direction::Up), "1.50000000002");
        assert_eq!(decimal(-1.5e-6, 1.0, Direction::Up), "-0.00000149998");
        assert_eq!(decimal(-1.5e-6, 1e-6, Direction::Up), "-0.00000149999999998");
        assert_eq!(decimal(0.0, 1.0, Direction::Down), "-0.00000000002");
        assert_eq!(decimal(1.5e12, 1.0, Direction::Up), "1500000000020");
        assert_eq!(decimal(f64::INFINITY, 1.0, Direction::Up), "inf");
        assert_eq!(decimal(f64::MAX, 1.0, Direction::Up).len(), 309);
    }

    #[test]
    fn numbers_are_written_exactly() {
        let show = |number: &Number| complex(number).to_string();
        assert_eq!(show(&Number::ratio(-3, 6)), "\"-1/2\"");
        assert_eq!(show(&Number::from_approx(0.25.into())), "\"1/4\"");
        let root = Number::from_integer(8).sqrt().unwrap();
        assert_eq!(show(&root), "[[\"2\",2]]");
        assert_eq!(show(&(&root * &Number::i())), "{\"re\":\"0\",\"im\":[[\"2\",2]]}");
    }
}
