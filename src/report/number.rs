//! Numbers for people.

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
