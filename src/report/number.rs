//! Numbers for people.

use dashu_int::IBig;
use dashu_ratio::RBig;

use crate::certificate::plain;

/// Nine decimals, so that columns of one table line up at the point; very large and very small
/// numbers with an exponent, and what is below the rounding errors of numbers of order one as zero.
pub fn decimal(value: f64) -> String {
    const NOISE: f64 = 1e-14;
    if value.abs() < NOISE {
        return "0.000000000".to_owned();
    }
    if !value.is_finite() || !(1e-6..1e9).contains(&value.abs()) {
        return format!("{value:.9e}").replace("e0", "").replace('-', "−");
    }
    format!("{value:.9}").replace('-', "−")
}

/// What two numbers are when rounded to as many decimals as leaves them the same, up to the 31 digits of
/// double-double arithmetic; `None` if not even the nearest integers agree.
pub fn common_digits(lower: &RBig, upper: &RBig) -> Option<String> {
    const MOST: i32 = 31;
    let rounded = |value: &RBig, decimals: i32| {
        let scaled = value * RBig::from(IBig::from(10).pow(decimals.unsigned_abs() as usize));
        (scaled + RBig::from_parts(1.into(), 2_u8.into())).floor()
    };
    (0..=MOST).rev().find_map(|decimals| {
        let steps = rounded(lower, decimals);
        (steps == rounded(upper, decimals)).then(|| plain(steps, decimals))
    })
}

/// The same number as a plain decimal, with an exponent in place of many zeros at either end.
pub(super) fn abbreviated(plain: &str) -> String {
    const LONGEST: usize = 20;
    if plain.len() <= LONGEST {
        return plain.to_owned();
    }
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_matches('0');
    let Some(first) = all.find(|digit| digit != '0') else { return plain.to_owned() };
    let (leading, rest) = significant.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{leading}{point}{rest}e{}", whole.len() as i64 - 1 - first as i64)
}

#[cfg(test)]
mod tests {
    use super::{RBig, abbreviated, common_digits};

    #[test]
    fn digits_that_two_numbers_share() {
        let number =
            |numerator: i64, denominator: u32| RBig::from_parts(numerator.into(), denominator.into());
        let common = |lower, upper| common_digits(&lower, &upper);
        assert_eq!(common(number(3333, 1000), number(3334, 1000)).unwrap(), "3.33");
        assert_eq!(common(number(-5999, 1000), number(-6001, 1000)).unwrap(), "-6.00");
        assert_eq!(common(number(0, 1), number(1, 1)), None);
    }

    #[test]
    fn long_decimals_are_abbreviated_without_rounding() {
        assert_eq!(abbreviated("4.89897948642"), "4.89897948642");
        assert_eq!(abbreviated("-12345678901200000000000000"), "-1.23456789012e25");
        assert_eq!(abbreviated("0.000000000000000000012345"), "1.2345e-20");
        assert_eq!(abbreviated("3000000000000000000000"), "3e21");
        assert_eq!(abbreviated("0.00000000000000000000000"), "0.00000000000000000000000");
    }
}
