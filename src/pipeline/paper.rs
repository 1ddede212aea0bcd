//! `steerq paper`: what [SHSA20] claims, worked out claim by claim.
//!
//! The problems are embedded, so that the program needs no file. Every verdict here is computed.

use std::path::Path;
use std::time::Instant;

use super::{Error, Options, ReferenceChoice, bound, certify, realise, visibility};
use crate::problem::{Problem, Source};
use crate::program::choi::Maps;
use crate::report::figure::{self, LadderFigure, Rung, VisibilityFigure};
use crate::report::{
    BoundReport, CertifyReport, Claim, Conclusion, Evidence, PaperReport, Quantity, Realisability,
    RealiseReport, Verdict, VisibilityReport, closed_form, decimal,
};
use crate::scenario::{Index, violations};

const PAPER: &str =
    "Sainz, Hoban, Skrzypczyk, Aolita: Bipartite post-quantum steering in generalised scenarios";
const EQ5: &str = include_str!("../../problems/eq5.toml");
const EQ6: &str = include_str!("../../problems/eq6.toml");
const PAULI3: &str = include_str!("../../problems/pauli3.toml");
const CHSH: &str = include_str!("../../problems/chsh.toml");
const INSTRUMENTAL_EQ6: &str = include_str!("../../problems/instrumental-eq6.toml");
/// The reference from which channels make [`INSTRUMENTAL_EQ6`].
const REMOTE_PREPARATION: &str = include_str!("../../problems/remote-preparation.toml");
const INSTRUMENTAL: &str = include_str!("../../problems/instrumental-tetrahedron.toml");
/// The reference from which positive maps make [`INSTRUMENTAL`]: its settings on a maximally entangled pair.
const DIAGONALS: &str = include_str!("../../problems/cube.toml");
const SEQUENTIAL: [(&str, &str); 3] = [
    ("problems/sequential-pauli.toml", include_str!("../../problems/sequential-pauli.toml")),
    ("problems/sequential-qutrit.toml", include_str!("../../problems/sequential-qutrit.toml")),
    ("problems/sequential-three.toml", include_str!("../../problems/sequential-three.toml")),
];

/// The claims, and files as (name, text): figures and certificates.
pub struct Paper {
    /// Claim by claim.
    pub report: PaperReport,
    /// The figures (SVG) and certificates (JSON).
    pub files: Vec<(String, String)>,
}

/// Everything that is computed about one of the paper's assemblages.
struct Study {
    problem: Problem,
    certify: CertifyReport,
    bound: BoundReport,
    visibility: VisibilityReport,
}

impl Study {
    fn new(name: &str, text: &str, options: &Options<'_>) -> Result<Self, Error> {
        let problem = embedded(name, text)?;
        let (certify, (bound, visibility)) = rayon::join(
            || certify(&problem, options),
            || rayon::join(|| bound(&problem, options), || visibility(&problem, options)),
        );
        Ok(Self { certify: certify?, bound: bound?, visibility: visibility?, problem })
    }
}

impl Study {
    /// The accepted certificates by the name of what they prove.
    fn certificates(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let bounds = &self.bound.bounds;
        [
            ("classical-bound", &bounds.classical.certificate),
            ("quantum-bound", &bounds.quantum_outer.certificate),
            ("no-signalling-bound", &bounds.no_signalling.certificate),
            ("post-quantum", &self.certify.certificate),
            ("quantum-visibility", &self.visibility.visibility.outer.certificate),
            ("classical-visibility", &self.visibility.visibility.classical.certificate),
        ]
        .into_iter()
        .filter_map(|(what, certificate)| certificate.as_deref().map(|text| (what, text)))
    }
}

fn embedded(name: &str, text: &str) -> Result<Problem, Error> {
    Ok(Problem::parse(Source::new(name, text.to_owned()), Path::new(""))?)
}

/// Works out the paper.
pub fn paper(options: &Options<'_>) -> Result<Paper, Error> {
    let start = Instant::now();
    let ((eq5, eq6), chsh) = rayon::join(
        || {
            rayon::join(
                || Study::new("problems/eq5.toml", EQ5, options),
                || Study::new("problems/eq6.toml", EQ6, options),
            )
        },
        || bound(&embedded("problems/chsh.toml", CHSH)?, options),
    );
    let (eq5, eq6, chsh) = (eq5?, eq6?, chsh?);
    let of_identity = |maps| realise(&eq6.problem, &ReferenceChoice::Input(0), maps, options);
    let (channels, positive) = (of_identity(Maps::Cptp)?, of_identity(Maps::Decomposable)?);
    let pauli3 = certify(&embedded("problems/pauli3.toml", PAULI3)?, options)?;
    let example = embedded("problems/instrumental-eq6.toml", INSTRUMENTAL_EQ6)?;
    let prepared = embedded("problems/remote-preparation.toml", REMOTE_PREPARATION)?;
    let prepared = ReferenceChoice::Problem(Box::new(prepared), "a partly entangled pair".to_owned());
    let of_prepared = realise(&example, &prepared, Maps::Cptp, options)?;
    let instrumental = Study::new("problems/instrumental-tetrahedron.toml", INSTRUMENTAL, options)?;
    let reference = embedded("problems/cube.toml", DIAGONALS)?;
    let reference = ReferenceChoice::Problem(Box::new(reference), "the maximally entangled pair".to_owned());
    let of_pair = realise(&instrumental.problem, &reference, Maps::Decomposable, options)?;
    let sequences: Result<Vec<CertifyReport>, Error> =
        SEQUENTIAL.into_iter().map(|(name, text)| certify(&embedded(name, text)?, options)).collect();
    let claims = vec![
        valid_assemblage("eq-5", "Eq. (5) is a no-signalling assemblage [Def. 2]", &eq5.problem),
        pr_box(&eq5.problem, &chsh),
        post_quantum("theorem-1", "Theorem 1: Eq. (5) has no quantum realisation", &eq5),
        valid_assemblage("eq-6", "Eq. (6) is a no-signalling assemblage [Def. 2]", &eq6.problem),
        violation(
            "theorem-2-inequality",
            "Theorem 2: an inequality is violated by Eq. (6) beyond its quantum bound",
            &eq6,
        ),
        post_quantum("theorem-2-post-quantum", "Theorem 2: Eq. (6) has no quantum realisation", &eq6),
        self_testing(&channels),
        correlations(
            "theorem-2-correlations",
            "Theorem 2: Bob's measurements on Eq. (6) only give quantum p(ab|xy)",
            "y = 0",
            &positive,
        ),
        valid_assemblage(
            "definition-4",
            "Definition 4: Eq. (6) with y = a is a general instrumental assemblage",
            &example,
        ),
        instrumental_example(&of_prepared),
        post_quantum(
            "theorem-3",
            "Theorem 3: post-quantum instrumental steering exists (identity and transpose, four settings)",
            &instrumental,
        ),
        correlations(
            "theorem-4",
            "Theorem 4: that assemblage only gives quantum instrumental correlations p(ab|x)",
            "the maximally entangled pair",
            &of_pair,
        ),
        traditional(&pauli3),
        sequential(&sequences?),
    ];
    let mut files = Vec::new();
    let studies = [
        ("eq5", "Eq. (5)", &eq5),
        ("eq6", "Eq. (6)", &eq6),
        ("instrumental", "The instrumental assemblage", &instrumental),
    ];
    for (name, equation, study) in studies {
        files.push((format!("{name}-ladder.svg"), ladder_figure(equation, study)?));
        files.push((format!("{name}-visibility.svg"), visibility_figure(equation, study)?));
        for (what, certificate) in study.certificates() {
            files.push((format!("{name}-{what}.cert.json"), certificate.to_owned()));
        }
    }
    for (what, certificate) in [
        ("eq6-self-test", channels.certificate),
        ("eq6-decomposable", positive.certificate),
        ("instrumental-eq6-quantum", of_prepared.certificate),
        ("instrumental-decomposable", of_pair.certificate),
    ] {
        files.extend(certificate.map(|text| (format!("{what}.cert.json"), text)));
    }
    let tsirelson = chsh.bounds.quantum_outer.certificate;
    files.extend(tsirelson.map(|text| ("chsh-quantum-bound.cert.json".to_owned(), text)));
    let seconds = start.elapsed().as_secs_f64();
    Ok(Paper { report: PaperReport { paper: PAPER, claims, files: Vec::new(), seconds }, files })
}

/// What a computation says about a claim. A level of the hierarchy that accepts an assemblage
/// contradicts nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    Confirmed,
    Contradicted,
    Undecided,
}

impl Finding {
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
fn valid_assemblage(id: &'static str, statement: &'static str, problem: &Problem) -> Claim {
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
        computed,
        verdict: finding.verdict(),
        value: None,
        evidence: format!("every element and condition checked on {data}, to 10⁻⁹"),
        agrees: finding.agrees(),
        verified: false,
    }
}

/// Theorem 1's mechanism: measuring in the computational basis gives the Popescu–Rohrlich box.
fn pr_box(problem: &Problem, chsh: &BoundReport) -> Claim {
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
    }
}

/// The verdict of `certify`, with the visibilities.
fn post_quantum(id: &'static str, statement: &'static str, study: &Study) -> Claim {
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
    }
}

/// No channel makes y = 1 of y = 0, and the self-test says that y = 0 is no loss of generality.
fn self_testing(report: &RealiseReport) -> Claim {
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
    }
}

/// What comes of the paper's example for Theorems 3 and 4: channels make it of a quantum reference. If they did not, it
/// would not follow that no others do of another.
fn instrumental_example(report: &RealiseReport) -> Claim {
    let (finding, verified) = match (&report.conclusion, report.verdict) {
        (Conclusion::Quantum { exactly: true, verified, .. }, _) => (Finding::Contradicted, *verified),
        _ => (Finding::Undecided, false),
    };
    Claim {
        id: "theorem-3-example",
        statement: "Theorems 3 and 4: their example, Eq. (6) with y = a, has no quantum realisation",
        computed: match finding {
            Finding::Contradicted => {
                "it has one, exactly: X, Y and Z lie on a circle of the Bloch sphere, so that\n\
                 a partly entangled pair and a rotation for each a prepare these states"
                    .to_owned()
            }
            _ => format!("channels from a partly entangled pair: {}", report.verdict.name()),
        },
        verdict: finding.verdict(),
        value: report.visibility.value,
        evidence: "the pair's assemblage and the channels' Choi matrices".to_owned(),
        agrees: finding.agrees(),
        verified,
    }
}

/// Positive maps make the assemblage of a quantum one.
fn correlations(id: &'static str, statement: &'static str, of: &str, report: &RealiseReport) -> Claim {
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
    }
}

/// A traditional assemblage with its model; that all have one is the theorem that the construction proves.
fn traditional(report: &CertifyReport) -> Claim {
    let finding = match report.verdict {
        Verdict::Quantum => Finding::Confirmed,
        Verdict::PostQuantum | Verdict::Invalid => Finding::Contradicted,
        Verdict::Undecided => Finding::Undecided,
    };
    Claim {
        id: "ghjw",
        statement: "GHJW: no post-quantum steering in the traditional scenario",
        computed: format!("three Pauli settings on the maximally entangled pair: {}", report.verdict.name()),
        verdict: finding.verdict(),
        value: None,
        evidence: "the model that the theorem constructs for any of them".to_owned(),
        agrees: finding.agrees(),
        verified: report.verified,
    }
}

/// Sequential assemblages with their models; that all have one is the theorem that the construction proves.
fn sequential(reports: &[CertifyReport]) -> Claim {
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
        computed: format!("sequences of two and three measurements: {}", verdicts.join(", ")),
        verdict: finding.verdict(),
        value: None,
        evidence: "the model that the theorem constructs for any of them".to_owned(),
        agrees: finding.agrees(),
        verified: reports.iter().all(|report| report.verified),
    }
}

/// The ladder of the functional, and the assemblage above its quantum rung.
fn violation(id: &'static str, statement: &'static str, study: &Study) -> Claim {
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
fn shown(value: f64) -> String {
    match closed_form(value) {
        Some(closed) if closed.parse::<f64>().is_ok() => closed,
        Some(closed) => format!("{} ({closed})", decimal(value)),
        None => decimal(value),
    }
}

fn rung(name: &str, value: Option<f64>) -> Option<Rung> {
    value.map(|value| Rung { name: name.to_owned(), value, label: shown(value) })
}

fn ladder_figure(equation: &str, study: &Study) -> Result<String, Error> {
    let bounds = &study.bound.bounds;
    let rungs = [
        rung("classical", bounds.classical.value),
        rung("quantum bound", bounds.quantum_outer.value),
        rung("no-signalling", bounds.no_signalling.value),
    ];
    let assemblage = study.bound.assemblage.as_ref().map(|assemblage| assemblage.value);
    Ok(figure::ladder(&LadderFigure {
        title: format!("{equation}: the ladder of its inequality"),
        quantity: "Σ tr(F σ)".to_owned(),
        rungs: rungs.into_iter().flatten().collect(),
        assemblage: rung(equation, assemblage),
    })?)
}

fn visibility_figure(equation: &str, study: &Study) -> Result<String, Error> {
    let functional = study.problem.require_functional("paper")?;
    let assemblage = study.problem.require_assemblage("paper")?;
    let noise = study.problem.noise_for(assemblage);
    debug_assert!(violations(&study.problem.scenario, &noise).is_empty());
    let bounds = &study.bound.bounds;
    let visibilities = &study.visibility.visibility;
    let horizontal =
        [rung("classical", bounds.classical.value), rung("quantum bound", bounds.quantum_outer.value)];
    let vertical =
        [rung("classical", visibilities.classical.value), rung("quantum bound", visibilities.outer.value)];
    Ok(figure::visibility_curve(&VisibilityFigure {
        title: format!("{equation} under white noise"),
        quantity: "Σ tr(F σ)".to_owned(),
        at_zero: functional.operators.pair(&noise.0).re(),
        at_one: functional.operators.pair(&assemblage.0).re(),
        bounds: horizontal.into_iter().flatten().collect(),
        thresholds: vertical.into_iter().flatten().collect(),
    })?)
}
