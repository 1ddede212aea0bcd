//! What is computed next to what is expected.
//!
//! A number agrees with bounds, not with another number: an expected value below a proved upper bound and above the value
//! of an explicit model is *enclosed*; it *agrees* if the proof also comes close to it.

use serde::Serialize;

use super::{Bounds, CertifyReport, Quantity, Verdict, Visibilities};
use crate::problem::{Expected, KnownVerdict};

/// How close a proved bound must come to an expected value, relative to max(1, |value|): certified bounds in double
/// precision lose about 10⁻⁸ where the dual is bounded, and what a better level would gain is more than this. The
/// known values in the tests are met to the same accuracy.
pub const TOLERANCE: f64 = 1e-6;
/// By how much a *verified* bound may be on the wrong side of an expected value, relative to max(1, |value|): the bound
/// is exact, the expected value is evaluated in f64 with a few roundings of 10⁻¹⁶ each.
pub const ROUNDING: f64 = 1e-12;
/// The same for a number without certificate: the accuracy of solvers, as above.
pub const NUMERICAL: f64 = 1e-6;

/// How a computed answer stands to an expected one; the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// Proved, and as near as [`TOLERANCE`].
    Agrees,
    /// Not excluded by what is proved, which does not come near it or is only numerical.
    Encloses,
    /// Nothing was computed that says either way.
    Open,
    /// Excluded.
    Contradicts,
}

impl Agreement {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Agreement::Agrees => "agrees",
            Agreement::Encloses => "encloses",
            Agreement::Open => "open",
            Agreement::Contradicts => "contradicts",
        }
    }
}

/// What was expected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ExpectedAnswer {
    /// A verdict.
    Verdict(&'static str),
    /// A number.
    Number(f64),
}

/// One expected answer next to what was computed.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The key in `[expected]`.
    pub quantity: &'static str,
    /// Its value.
    pub expected: ExpectedAnswer,
    /// How the computed answer stands to it.
    pub agreement: Agreement,
    /// Why, in words.
    pub reason: String,
}

impl Check {
    /// The expectation as an equation.
    pub fn stated(&self) -> String {
        match self.expected {
            ExpectedAnswer::Verdict(verdict) => format!("{} = {verdict}", self.quantity),
            ExpectedAnswer::Number(number) => format!("{} = {}", self.quantity, super::decimal(number)),
        }
    }
}

/// What `[expected]` says of an answer, key by key.
pub fn checks(
    expected: &Expected,
    verdict: Option<&CertifyReport>,
    ladder: Option<(&Bounds, &str)>,
    visibilities: Option<&Visibilities>,
) -> Vec<Check> {
    let mut checks: Vec<Check> =
        expected.verdict.iter().map(|known| check_verdict(*known, verdict)).collect();
    let sign = if ladder.is_some_and(|(_, sense)| sense == "min") { -1.0 } else { 1.0 };
    let bounds = ladder.map(|(bounds, _)| bounds);
    // That the best deterministic strategy reaches its value is computed in floating point.
    let classical = bounds.map(|bounds| {
        let Quantity { value, .. } = bounds.classical;
        Sandwich { sign, outer: proved(&bounds.classical), inner: value.map(|value| (value, NUMERICAL)) }
    });
    let quantum = bounds.map(|bounds| Sandwich {
        sign,
        outer: proved(&bounds.quantum_outer),
        inner: reached(&bounds.quantum_inner),
    });
    let no_signalling =
        bounds.map(|bounds| Sandwich { sign, outer: proved(&bounds.no_signalling), inner: None });
    let visible = visibilities.map(|found| Sandwich {
        sign: 1.0,
        outer: visibility(&found.outer),
        inner: reached(&found.inner),
    });
    let classically =
        visibilities.map(|found| Sandwich { sign: 1.0, outer: visibility(&found.classical), inner: None });
    let numbers = [
        ("classical", expected.classical, classical),
        ("quantum", expected.quantum, quantum),
        ("no-signalling", expected.no_signalling, no_signalling),
        ("visibility", expected.visibility, visible),
        ("classical-visibility", expected.classical_visibility, classically),
    ];
    checks.extend(numbers.into_iter().filter_map(|(quantity, expected, found)| {
        let value = expected?;
        let (agreement, reason) = match found {
            Some(sandwich) => sandwich.compare(value),
            None => (Agreement::Open, "not computed".to_owned()),
        };
        Some(Check { quantity, expected: ExpectedAnswer::Number(value), agreement, reason })
    }));
    checks
}

fn check_verdict(known: KnownVerdict, found: Option<&CertifyReport>) -> Check {
    let (agreement, reason) = match found.map(|report| (report.verdict, report.verified)) {
        None => (Agreement::Open, "not computed".to_owned()),
        Some((Verdict::Undecided, _)) => (Agreement::Open, "the verdict is undecided".to_owned()),
        Some((verdict, _)) if verdict.name() != known.name() => {
            (Agreement::Contradicts, format!("the verdict is {}", verdict.name()))
        }
        // An invalid assemblage is recognised on its data.
        Some((Verdict::Invalid, _) | (_, true)) => (Agreement::Agrees, "the same verdict".to_owned()),
        Some((_, false)) => (Agreement::Encloses, "the same verdict, numerically".to_owned()),
    };
    Check { quantity: "verdict", expected: ExpectedAnswer::Verdict(known.name()), agreement, reason }
}

/// What is known of a number: nothing exceeds `outer`, something reaches `inner`; turned around if `sign` is −1.
struct Sandwich {
    sign: f64,
    /// The bound, by how much it may be wrong, and whether it is proved.
    outer: Option<(f64, f64, bool)>,
    /// The value that is reached, and by how much it may be wrong.
    inner: Option<(f64, f64)>,
}

impl Sandwich {
    fn compare(&self, expected: f64) -> (Agreement, String) {
        let size = expected.abs().max(1.0);
        let [above, below] = match self.sign < 0.0 {
            true => ["below", "above"],
            false => ["above", "below"],
        };
        if let Some((reached, margin)) = self.inner {
            let short = self.sign * (reached - expected);
            if short > margin * size {
                return (Agreement::Contradicts, format!("a model reaches a value {short:.1e} {above} it"));
            }
        }
        let Some((bound, margin, proved)) = self.outer else {
            return (Agreement::Open, "there is no bound".to_owned());
        };
        let slack = self.sign * (bound - expected);
        if slack < -margin * size {
            return (Agreement::Contradicts, format!("the bound is {:.1e} {below} it", -slack));
        }
        if slack > TOLERANCE * size {
            return (Agreement::Encloses, format!("the bound is {slack:.1e} {above} it"));
        }
        match proved {
            true => (Agreement::Agrees, "proved, and within the tolerance".to_owned()),
            false => (Agreement::Encloses, "within the tolerance, numerically".to_owned()),
        }
    }
}

fn margin(quantity: &Quantity) -> f64 {
    if quantity.verified { ROUNDING } else { NUMERICAL }
}

fn proved(quantity: &Quantity) -> Option<(f64, f64, bool)> {
    quantity.value.map(|value| (value, margin(quantity), quantity.verified))
}

/// That no visibility exceeds one needs no proof.
fn visibility(quantity: &Quantity) -> Option<(f64, f64, bool)> {
    proved(quantity).map(|(value, margin, proved)| (value, margin, proved || value >= 1.0))
}

fn reached(quantity: &Quantity) -> Option<(f64, f64)> {
    quantity.value.map(|value| (value, margin(quantity)))
}

#[cfg(test)]
mod tests {
    use super::{Agreement, Sandwich};

    #[test]
    fn bounds_enclose_agree_and_contradict() {
        let about = |expected: f64, sandwich: &Sandwich| sandwich.compare(expected).0;
        let root = 8_f64.sqrt();
        let tight = Sandwich {
            sign: 1.0,
            outer: Some((2.828_427_124_9, 1e-12, true)),
            inner: Some((root - 1e-9, 0.0)),
        };
        assert_eq!(about(root, &tight), Agreement::Agrees);
        assert_eq!(about(2.8284, &tight), Agreement::Contradicts);
        assert_eq!(about(2.829, &tight), Agreement::Contradicts);
        let loose = Sandwich { inner: None, ..tight };
        assert_eq!(about(2.5, &loose), Agreement::Encloses);
        assert_eq!(about(2.829, &loose), Agreement::Contradicts);
        let numerical = Sandwich { outer: Some((root - 1e-9, 1e-6, false)), ..loose };
        assert_eq!(about(root, &numerical), Agreement::Encloses);
        let nothing = Sandwich { outer: None, ..numerical };
        assert_eq!(about(root, &nothing), Agreement::Open);
        let least = Sandwich { sign: -1.0, outer: Some((-root - 1e-9, 0.0, true)), inner: Some((-2.8, 0.0)) };
        assert_eq!(about(-root, &least), Agreement::Agrees);
        assert_eq!(about(-2.9, &least), Agreement::Contradicts);
        assert_eq!(about(-2.7, &least), Agreement::Contradicts);
    }
}
