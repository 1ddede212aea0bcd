//! How numbers are written: `1/2 + 3/4·√2`, `2√6`, `-√3/3`, `1/2 - i√3/2`, `0.333333333333`.

use std::fmt;

use dashu_base::{Abs, Signed};
use dashu_ratio::RBig;
use num_complex::Complex64;

use super::surd::Surd;

/// Writes `coefficient`·`symbol` as one term of a sum; the sign is joined to what was written before.
pub(super) fn write_term(
    out: &mut fmt::Formatter<'_>,
    coefficient: &RBig,
    symbol: &str,
    first: bool,
) -> fmt::Result {
    write_sign(out, coefficient.is_negative(), first)?;
    let size = coefficient.clone().abs();
    let (numerator, denominator) = (size.numerator(), size.denominator());
    if symbol.is_empty() {
        return write!(out, "{size}");
    }
    match (numerator.is_one(), denominator.is_one()) {
        (true, true) => write!(out, "{symbol}"),
        (true, false) => write!(out, "{symbol}/{denominator}"),
        (false, true) => write!(out, "{numerator}{symbol}"),
        (false, false) => write!(out, "{numerator}/{denominator}·{symbol}"),
    }
}

fn write_sign(out: &mut fmt::Formatter<'_>, negative: bool, first: bool) -> fmt::Result {
    out.write_str(match (negative, first) {
        (true, true) => "-",
        (true, false) => " - ",
        (false, true) => "",
        (false, false) => " + ",
    })
}

/// Writes the terms of a surd, each with `prefix` ("" or "i") before its radical.
pub(super) fn write_surd(
    out: &mut fmt::Formatter<'_>,
    value: &Surd,
    prefix: &str,
    mut first: bool,
) -> fmt::Result {
    if value.is_zero() && first {
        return out.write_str("0");
    }
    for (radicand, coefficient) in value.terms() {
        let symbol = if radicand.is_one() { prefix.to_owned() } else { format!("{prefix}√{radicand}") };
        write_term(out, coefficient, &symbol, first)?;
        first = false;
    }
    Ok(())
}

/// Writes a float with twelve significant digits, like C's `%.12g`.
pub(super) fn write_float(out: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    const DIGITS: i32 = 12;
    if value == 0.0 || !value.is_finite() {
        return write!(out, "{}", if value == 0.0 { 0.0 } else { value });
    }
    let scientific = format!("{value:.11e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-5..DIGITS).contains(&power) {
        let decimals = usize::try_from(DIGITS - 1 - power).unwrap_or(0);
        out.write_str(trim_zeros(&format!("{value:.decimals$}")))
    } else {
        write!(out, "{}e{power}", trim_zeros(mantissa))
    }
}

fn trim_zeros(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

/// Writes a complex float, leaving out a part that is zero.
pub(super) fn write_complex(out: &mut fmt::Formatter<'_>, value: Complex64) -> fmt::Result {
    if value.im == 0.0 {
        return write_float(out, value.re);
    }
    if value.re != 0.0 {
        write_float(out, value.re)?;
        write_sign(out, value.im < 0.0, false)?;
        write_float(out, value.im.abs())?;
    } else {
        write_float(out, value.im)?;
    }
    out.write_str("i")
}
