//! Recognising a number as a closed form, for readers: 4.898979486 is shown as 2√6.

/// How close a number must be to its closed form, relative to max(1, |value|): within the digits shown.
const TOLERANCE: f64 = 5e-9;

/// p/q·√n or (p ± √n)/q with small p, q, n, the simplest first; `None` if nothing fits.
///
/// There are about 2,000 candidates of order one, so a random number is taken for one of them with
/// a probability below 10⁻³; it is a reading aid, never evidence.
pub fn closed_form(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    let close = |candidate: f64| (candidate - size).abs() <= TOLERANCE * size.max(1.0);
    if close(0.0) {
        return Some("0".to_owned());
    }
    let squarefree = [1_u32, 2, 3, 5, 6, 7, 10, 11, 13, 15, 17];
    for q in 1..=12_u32 {
        for n in squarefree {
            let p = (size * f64::from(q) / f64::from(n).sqrt()).round();
            let reduced = gcd(p as u64, u64::from(q)) == 1;
            if (1.0..=12.0).contains(&p) && reduced && close(p * f64::from(n).sqrt() / f64::from(q)) {
                return Some(format!("{sign}{}", monomial(p as u32, n, q)));
            }
        }
    }
    for q in [1_u32, 2, 3, 4, 6, 8, 10] {
        for n in &squarefree[1..] {
            let root = f64::from(*n).sqrt();
            for (symbol, signed_root) in [("+", root), ("−", -root)] {
                let p = (size * f64::from(q) - signed_root).round();
                if (1.0..=12.0).contains(&p) && close((p + signed_root) / f64::from(q)) {
                    let sum = format!("({p} {symbol} √{n})");
                    let sum = if q == 1 { sum } else { format!("{sum}/{q}") };
                    return Some(format!("{sign}{sum}"));
                }
            }
        }
    }
    None
}

fn monomial(p: u32, n: u32, q: u32) -> String {
    let top = match (p, n) {
        (p, 1) => p.to_string(),
        (1, n) => format!("√{n}"),
        (p, n) => format!("{p}√{n}"),
    };
    if q == 1 { top } else { format!("{top}/{q}") }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::closed_form;

    #[test]
    fn recognises_the_numbers_of_the_paper() {
        let shown = |value: f64| closed_form(value).unwrap();
        assert_eq!(shown(2.0 * 6_f64.sqrt()), "2√6");
        assert_eq!(shown(6_f64.sqrt() / 3.0), "√6/3");
        assert_eq!(shown(0.5_f64.sqrt()), "√2/2");
        assert_eq!(shown(1.0 / 3_f64.sqrt()), "√3/3");
        assert_eq!(shown(6.0), "6");
        assert_eq!(shown(-0.5), "−1/2");
        assert_eq!(shown((1.0 + 5_f64.sqrt()) / 6.0), "(1 + √5)/6");
        assert_eq!(shown((3.0 + 2_f64.sqrt()) / 2.0), "(3 + √2)/2");
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for value in [0.2514709, 0.2509398, 2.914854, std::f64::consts::PI, 1e9, f64::NAN] {
            assert_eq!(closed_form(value), None, "{value}");
        }
    }
}
