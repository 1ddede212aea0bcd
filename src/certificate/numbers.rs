//! Numbers as a certificate writes them (`docs/certificate.md`, §1), and directed rounding.

use dashu_ratio::RBig;
use serde_json::{Value, json};

use crate::num::{Exact, Number, Surd};
use crate::scenario::OperatorTable;

/// Which way a decimal is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards +∞.
    Up,
    /// Towards −∞.
    Down,
}

/// A decimal with eleven digits after the point on the given side of the value.
///
/// One more unit of the last digit is added for the f64 evaluation of the value itself, whose errors
/// are below 1e-12 for values of order one to a hundred.
pub(super) fn decimal(value: f64, direction: Direction) -> String {
    const UNITS: f64 = 1e11;
    let sign = if direction == Direction::Up { 1.0 } else { -1.0 };
    // Round −value up to round value down.
    let steps = (sign * value * UNITS).ceil() + 1.0 + (value.abs() * UNITS * 4.0 * f64::EPSILON).ceil();
    let rounded = sign * steps / UNITS;
    format!("{rounded:.11}")
}

/// A dyadic rational that is exactly the f64, which must be finite.
pub(super) fn dyadic(value: f64) -> Value {
    real(&Surd::from_f64(value).unwrap_or_else(Surd::zero))
}

/// A table of operators, in storage order. What has no exact form is the dyadic number that it is.
pub(super) fn table(table: &OperatorTable) -> Value {
    let d = table.dimension();
    let matrix = |index| {
        let matrix = table.get(index);
        let row = |i: usize| (0..d).map(|j| complex(matrix.get(i, j))).collect::<Value>();
        (0..d).map(row).collect::<Value>()
    };
    table.indices().map(matrix).collect()
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
        for value in [0.0, 1.0, 24_f64.sqrt(), -8_f64.sqrt(), 1e-13, -0.25, 123.456] {
            let up: f64 = decimal(value, Direction::Up).parse().unwrap();
            let down: f64 = decimal(value, Direction::Down).parse().unwrap();
            assert!(down < value && value < up && up - down < 1e-10, "{down} {value} {up}");
        }
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
