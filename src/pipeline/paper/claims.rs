//! From reports to claims: what a computation says about a statement of the paper.

use super::hunt::Hunt;
use super::study::Study;
use crate::problem::Problem;
use crate::report::{
    BoundReport, CertifyReport, Claim, Conclusion, Evidence, Quantity, Realisability, RealiseReport, Verdict,
    closed_form, decimal,
};
use crate::scenario::Index;

/// What a computation says about a claim. A level of the hierarchy that accepts an assemblage
/// contradicts nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    Confirmed,
    Contradicted,
    Undecided,
}

impl Finding {
    /// What a verdict says of the claim that an assemblage is quantum.
    fn that_it_is_quantum(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Quantum => Finding::Confirmed,
            Verdict::PostQuantum | Verdict::Invalid => Finding::Contradicted,
            Verdict::Undecided => Finding::Undecided,
        }
    }

    fn verdict(self) -> &'static str {
        match self {
            Finding::Confirmed => "confirmed",
            Finding::Contradicted => "contradicted",
            Finding::Undecided => "undecided",
        }
    }

    fn agrees(self) -> Option<bool> {
        match self {
            Finding::Confirmed => Some(true),
            Finding::Contradicted => Some(false),
            Finding::Undecided => None,
        }
    }
}

/// Positivity and Eqs. (2)–(4), or Def. 4.
pub(super) fn valid_assemblage(
    id: &'static str,
    statement: &'static str,
    definition: &str,
    problem: &Problem,
) -> Claim {
    let (computed, finding, exact) = match problem.assemblage_with_violations().ok().flatten() {
        Some((assemblage, [])) => (
            match problem.scenario.kind.is_instrumental() {
                true => "σ_{a|x} ⪰ 0, and for every a there is a state ρ ⪰ σ_{a|x} for all x",
                false => "σ_{a|xy} ⪰ 0; Eq. (2), (3) and (4) hold for all a, x, y",
            }
            .to_owned(),
            Finding::Confirmed,
            assemblage.0.is_exact(),
        ),
        Some((assemblage, [worst, ..])) => {
            (worst.to_string(), Finding::Contradicted, assemblage.0.is_exact())
        }
        None => ("the problem has no assemblage".to_owned(), Finding::Undecided, false),
    };
    let data = if exact { "exact data" } else { "floating-point data" };
    Claim {
        id,
        statement,
        computed: format!("{definition}\n{computed}"),
        verdict: finding.verdict(),
        value: None,
        evidence: format!("every element and condition checked, to 10⁻⁹, on {data}"),
        agrees: finding.agrees(),
        verified: false,
        files: Vec::new(),
    }
}

/// Theorem 1's mechanism: measuring in the computational basis gives the Popescu–Rohrlich box.
pub(super) fn pr_box(problem: &Problem, chsh: &BoundReport) -> Claim {
    let mut largest_deviation = f64::INFINITY;
    let mut value = f64::NAN;
    if let Some((assemblage, _)) = problem.assemblage_with_violations().ok().flatten() {
        largest_deviation = 0.0;
        value = 0.0;
        for Index { a, x, y } in assemblage.0.indices() {
            for b in 0..2 {
                let p = assemblage.0.get(Index { a, x, y }).get(b, b).re();
                let expected = if (a + b) % 2 == x * y { 0.5 } else { 0.0 };
                largest_deviation = f64::max(largest_deviation, (p - expected).abs());
                value += if (a + b + x * y) % 2 == 0 { p } else { -p };
            }
        }
    }
    let tsirelson = chsh.bounds.quantum_outer.value.unwrap_or(f64::INFINITY);
    let finding = if largest_deviation > 1e-12 {
        Finding::Contradicted
    } else if value > tsirelson {
        Finding::Confirmed
    } else {
        Finding::Undecided
    };
    let deviation =
        if largest_deviation == 0.0 { "exactly".to_owned() } else { format!("to {largest_deviation:.0e}") };
    Claim {
        id: "theorem-1-pr-box",
        statement: "Theorem 1: Bob's computational basis turns Eq. (5) into the Popescu–Rohrlich box",
        computed: format!(
            "p(ab|xy) = 1/2 if a ⊕ b = xy, else 0, {deviation}\n\
             CHSH: {} here, quantum ≤ {}",
            shown(value),
            shown_quantity(&chsh.bounds.quantum_outer)
        ),
        verdict: finding.verdict(),
        value: Some(value),
        evidence: format!("Tsirelson's bound from the hierarchy at level {}", chsh.level),
        agrees: finding.agrees(),
        verified: finding == Finding::Confirmed && chsh.bounds.quantum_outer.verified,
        files: Vec::new(),
    }
}

/// The verdict of `certify`, with the visibilities.
pub(super) fn post_quantum(id: &'static str, statement: &'static str, study: &Study) -> Claim {
    let finding = match study.certify.verdict {
        Verdict::PostQuantum => Finding::Confirmed,
        Verdict::Quantum | Verdict::Invalid => Finding::Contradicted,
        Verdict::Undecided => Finding::Undecided,
    };
    let visibilities = &study.visibility.visibility;
    let quantum = visibilities.outer.value;
    let self_tested = matches!(study.certify.evidence, Evidence::SelfTest { .. });
    let violation = match study.certify.violation {
        Some(_) if self_tested => "no channels make it of what it is at one input".to_owned(),
        Some(violation) => format!("violates a steering inequality by {}", decimal(violation)),
        None => "no violated inequality found".to_owned(),
    };
    let evidence = match self_tested {
        true => "linear algebra, and an inequality that all channels satisfy".to_owned(),
        false => format!("dual of the hierarchy at level {}", study.visibility.level),
    };
    Claim {
        id,
        statement,
        computed: format!(
            "{}: {violation}\n\
             visibility under white noise: quantum ≤ {},\n\
             classical ≤ {}",
            study.certify.verdict.name(),
            shown_quantity(&visibilities.outer),
            shown_quantity(&visibilities.classical),
        ) + &digits(&visibilities.outer),
        verdict: finding.verdict(),
        value: quantum,
        evidence,
        agrees: finding.agrees(),
        verified: finding == Finding::Confirmed && study.certify.verified && visibilities.outer.verified,
        files: Vec::new(),
    }
}

/// No channel makes y = 1 of y = 0, and the self-test says that y = 0 is no loss of generality.
pub(super) fn self_testing(report: &RealiseReport) -> Claim {
    let finding = match (&report.conclusion, report.verdict) {
        (Conclusion::PostQuantum { .. }, _) => Finding::Confirmed,
        (_, Realisability::Realisable) => Finding::Contradicted,
        _ => Finding::Undecided,
    };
    let test = report.self_test.as_ref();
    let solutions = test.and_then(|test| test.solutions).map_or_else(|| "—".to_owned(), |n| n.to_string());
    Claim {
        id: "theorem-2-self-testing",
        statement: "Theorem 2: a self-testing argument shows the same",
        computed: format!(
            "the states at y = 0 are pure; no signalling leaves them a space of solutions of dimension {solutions};\n\
             channels from them make y = 1 up to visibility {}",
            shown_quantity(&report.visibility)
        ),
        verdict: finding.verdict(),
        value: report.visibility.value,
        evidence: "linear algebra, and an inequality that all channels satisfy".to_owned(),
        agrees: finding.agrees(),
        verified: matches!(report.conclusion, Conclusion::PostQuantum { verified: true }),
        files: Vec::new(),
    }
}

/// The verdict of `certify` on an assemblage that has a model by construction.
pub(super) fn has_model(id: &'static str, statement: &'static str, report: &CertifyReport) -> Claim {
    let finding = Finding::that_it_is_quantum(report.verdict);
    let computed = match &report.evidence {
        Evidence::Model(model) => format!(
            "an explicit model, Alice's dimension up to {}, {}",
            model.alice,
            match model.exactly {
                true => "shows that it is, exactly".to_owned(),
                false => format!("differs from it by at most {:.1e} an entry", model.deviation),
            }
        ),
        _ => report.verdict.name().to_owned(),
    };
    Claim {
        id,
        statement,
        computed,
        verdict: finding.verdict(),
        value: None,
        evidence: "state, measurements and channels in exact numbers".to_owned(),
        agrees: finding.agrees(),
        verified: report.verified,
        files: Vec::new(),
    }
}

/// No measurement of Bob's was found that shows what is not quantum. Many that do not prove nothing; the maps do.
pub(super) fn hunted(hunt: &Hunt) -> Claim {
    let finding = if hunt.least < 1.0 - Hunt::TOLERANCE { Finding::Contradicted } else { Finding::Confirmed };
    Claim {
        id: "theorem-2-hunt",
        statement: "Theorem 2, by trial: p(ab|xy) of many measurements on Eq. (6) is inside the hierarchy",
        computed: format!(
            "{} pairs of directions of Bob's at random: the least visibility that level {} leaves is {:.9}",
            hunt.trials, hunt.level, hunt.least,
        ),
        verdict: finding.verdict(),
        value: Some(hunt.least),
        evidence: format!(
            "numerical: one, up to {:.0e}, is what a solver gives for quantum ones",
            Hunt::TOLERANCE
        ),
        agrees: finding.agrees(),
        verified: false,
        files: Vec::new(),
    }
}

/// What comes of the paper's example for Theorems 3 and 4: channels make it of a quantum reference. If they did not, it
/// would not follow that no others do of another.
pub(super) fn instrumental_example(report: &RealiseReport) -> Claim {
    let (finding, verified) = match (&report.conclusion, report.verdict) {
        (Conclusion::Quantum { exactly: true, verified, .. }, _) => (Finding::Contradicted, *verified),
        _ => (Finding::Undecided, false),
    };
    Claim {
        id: "theorem-3-example",
        statement: "Theorems 3 and 4: their example, Eq. (6) with y = a, has no quantum realisation",
        computed: match finding {
            Finding::Contradicted => {
                "it has one, exactly. X, Y and Z lie on a circle of the Bloch sphere, about n = (1, 1, 1)/√3, and states on\n\
                 a circle can be prepared remotely with one bit: Alice measures (|0⟩ ± e^{−iφ_x}|1⟩)/√2, |0⟩ along n, on\n\
                 cos(ϑ/2)|00⟩ + sin(ϑ/2)|11⟩ with cos ϑ = 1/√3; Bob does nothing for a = 0, and turns by π about n and\n\
                 then by π about Y for a = 1. The argument of Theorem 2 does not carry over: it needs all that Bob has\n\
                 at y = 0, of which y = a shows the outcome 0 alone. The theorems hold all the same: see the next claims"
                    .to_owned()
            }
            _ => format!("channels from a partly entangled pair: {}", report.verdict.name()),
        },
        verdict: finding.verdict(),
        value: report.visibility.value,
        evidence: "the pair's assemblage and the channels' Choi matrices".to_owned(),
        agrees: finding.agrees(),
        verified,
        files: Vec::new(),
    }
}

/// Positive maps make the assemblage of a quantum one.
pub(super) fn correlations(
    id: &'static str,
    statement: &'static str,
    of: &str,
    report: &RealiseReport,
) -> Claim {
    let (finding, verified) = match (&report.conclusion, report.verdict) {
        (Conclusion::QuantumCorrelations { exactly: true, verified, .. }, _) => {
            (Finding::Confirmed, *verified)
        }
        // Then no decomposable map makes it; that its correlations are not quantum does not follow.
        _ => (Finding::Undecided, false),
    };
    Claim {
        id,
        statement,
        computed: match report.deviation {
            Some(0.0) => format!("positive maps make it of {of} exactly"),
            _ => format!("positive maps from {of}: {}", report.verdict.name()),
        },
        verdict: finding.verdict(),
        value: report.visibility.value,
        evidence: "Choi matrices J¹ + (J²)^Γ; their duals take measurements to measurements".to_owned(),
        agrees: finding.agrees(),
        verified,
        files: Vec::new(),
    }
}

/// A traditional assemblage with its model; that all have one is the theorem that the construction proves.
pub(super) fn traditional(report: &CertifyReport) -> Claim {
    let finding = Finding::that_it_is_quantum(report.verdict);
    Claim {
        id: "ghjw",
        statement: "GHJW: no post-quantum steering in the traditional scenario",
        computed: format!(
            "an example, three Pauli settings on the maximally entangled pair: {}",
            report.verdict.name()
        ),
        verdict: finding.verdict(),
        value: None,
        evidence: "the model that the theorem constructs for any of them".to_owned(),
        agrees: finding.agrees(),
        verified: report.verified,
        files: Vec::new(),
    }
}

/// Sequential assemblages with their models; that all have one is the theorem that the construction proves.
pub(super) fn sequential(reports: &[CertifyReport]) -> Claim {
    let all = |verdict: Verdict| reports.iter().all(|report| report.verdict == verdict);
    let finding = if all(Verdict::Quantum) {
        Finding::Confirmed
    } else if reports.iter().any(|report| report.verdict == Verdict::PostQuantum) {
        Finding::Contradicted
    } else {
        Finding::Undecided
    };
    let verdicts: Vec<&str> = reports.iter().map(|report| report.verdict.name()).collect();
    Claim {
        id: "sequential",
        statement: "Supplement: no post-quantum steering with sequential measurements",
        computed: format!("examples of two and three measurements in a row: {}", verdicts.join(", ")),
        verdict: finding.verdict(),
        value: None,
        evidence: "the model that the theorem constructs for any of them".to_owned(),
        agrees: finding.agrees(),
        verified: reports.iter().all(|report| report.verified),
        files: Vec::new(),
    }
}

/// The ladder of the functional, and the assemblage above its quantum rung.
pub(super) fn violation(id: &'static str, statement: &'static str, study: &Study) -> Claim {
    let value = study.bound.assemblage.as_ref().map(|assemblage| assemblage.value);
    let bounds = &study.bound.bounds;
    let quantum = bounds.quantum_outer.value;
    let above = matches!((value, quantum), (Some(value), Some(quantum)) if value > quantum);
    let finding = if above { Finding::Confirmed } else { Finding::Undecided };
    let number = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), shown);
    Claim {
        id,
        statement,
        computed: format!(
            "Σ tr(F_{{a|xy}} σ_{{a|xy}}): classical ≤ {},\n\
             quantum ≤ {}, no-signalling ≤ {}; Eq. (6) reaches {}",
            shown_quantity(&bounds.classical),
            shown_quantity(&bounds.quantum_outer),
            shown_quantity(&bounds.no_signalling),
            number(value),
        ) + &digits(&bounds.quantum_outer),
        verdict: finding.verdict(),
        value: quantum,
        evidence: format!("β_Q from the hierarchy at level {}", study.bound.level),
        agrees: finding.agrees(),
        verified: finding == Finding::Confirmed && bounds.quantum_outer.verified,
        files: Vec::new(),
    }
}

/// A quantity with the closed form of its value, if it is recognised as one.
fn shown_quantity(quantity: &Quantity) -> String {
    match quantity.value.and_then(closed_form) {
        Some(closed) if !quantity.verified && closed.parse::<f64>().is_ok() => closed,
        Some(closed) => format!("{} ({closed})", quantity.shown()),
        None => quantity.shown(),
    }
}

/// A further line with a quantity's digits, if it has them.
fn digits(quantity: &Quantity) -> String {
    quantity.digits.as_ref().map(|digits| format!("\nquantum, numerically: {digits}")).unwrap_or_default()
}

/// A number with its closed form, if it is recognised as one.
pub(super) fn shown(value: f64) -> String {
    match closed_form(value) {
        Some(closed) if closed.parse::<f64>().is_ok() => closed,
        Some(closed) => format!("{} ({closed})", decimal(value)),
        None => decimal(value),
    }
}
