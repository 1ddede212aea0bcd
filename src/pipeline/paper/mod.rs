//! `steerq paper`: what [SHSA20] claims, worked out claim by claim.
//!
//! The problems are embedded, so that the program needs no file. Every verdict here is computed.

mod claims;
mod drawings;
mod hunt;
mod study;

use std::path::Path;
use std::time::Instant;

use super::{Error, Options, ReferenceChoice, bound, certify, realise};
use crate::num::Number;
use crate::problem::{Problem, Source};
use crate::program::choi::Maps;
use crate::report::{CertifyReport, PaperReport};
use claims::{
    correlations, has_model, hunted, instrumental_example, post_quantum, pr_box, self_testing, sequential,
    traditional, valid_assemblage, violation,
};
use drawings::{ladder_figure, visibility_figure};
use study::Study;

const PAPER: &str =
    "Sainz, Hoban, Skrzypczyk, Aolita: Bipartite post-quantum steering in generalised scenarios";
const EQ5: &str = include_str!("../../../problems/eq5.toml");
const EQ6: &str = include_str!("../../../problems/eq6.toml");
const PAULI3: &str = include_str!("../../../problems/pauli3.toml");
const CHSH: &str = include_str!("../../../problems/chsh.toml");
const INSTRUMENTAL_EQ6: &str = include_str!("../../../problems/instrumental-eq6.toml");
/// The reference from which channels make [`INSTRUMENTAL_EQ6`].
const REMOTE_PREPARATION: &str = include_str!("../../../problems/remote-preparation.toml");
const INSTRUMENTAL: &str = include_str!("../../../problems/instrumental-tetrahedron.toml");
/// The reference from which positive maps make [`INSTRUMENTAL`]: its settings on a maximally entangled pair.
const DIAGONALS: &str = include_str!("../../../problems/cube.toml");
const SEQUENTIAL: [(&str, &str); 3] = [
    ("problems/sequential-pauli.toml", include_str!("../../../problems/sequential-pauli.toml")),
    ("problems/sequential-qutrit.toml", include_str!("../../../problems/sequential-qutrit.toml")),
    ("problems/sequential-three.toml", include_str!("../../../problems/sequential-three.toml")),
];

/// The visibility below which the mechanism of Theorems 2 and 3 is quantum: less than √6/3 = 0.816….
const NOISY: (i64, u64) = (4, 5);

/// What belongs to a claim, by the beginnings of file names.
const BELONGING: [(&str, &[&str]); 14] = [
    ("definition-1", &["eq6-noisy"]),
    ("theorem-1-pr-box", &["chsh-quantum-bound"]),
    (
        "theorem-1",
        &["eq5-visibility", "eq5-post-quantum", "eq5-quantum-visibility", "eq5-classical-visibility"],
    ),
    (
        "theorem-2-inequality",
        &["eq6-ladder", "eq6-quantum-bound", "eq6-classical-bound", "eq6-no-signalling-bound"],
    ),
    (
        "theorem-2-post-quantum",
        &["eq6-visibility", "eq6-post-quantum", "eq6-quantum-visibility", "eq6-classical-visibility"],
    ),
    ("theorem-2-self-testing", &["eq6-self-test"]),
    ("theorem-2-correlations", &["eq6-decomposable"]),
    ("definition-3", &["instrumental-noisy"]),
    ("theorem-3-example", &["instrumental-eq6-quantum"]),
    (
        "theorem-3",
        &[
            "instrumental-ladder",
            "instrumental-visibility",
            "instrumental-quantum-bound",
            "instrumental-post-quantum",
            "instrumental-quantum-visibility",
            "instrumental-classical-visibility",
        ],
    ),
    ("theorem-4", &["instrumental-decomposable"]),
    ("ghjw", &["ghjw"]),
    ("sequential", &["sequential"]),
    ("eq-5", &["eq5-ladder"]),
];

/// The claims, and files as (name, text): figures and certificates.
pub struct Paper {
    /// Claim by claim.
    pub report: PaperReport,
    /// The figures (SVG) and certificates (JSON).
    pub files: Vec<(String, String)>,
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
    let noisy = |study: &Study| {
        let (v, rest) = NOISY;
        certify(&study.problem.at_visibility(&Number::ratio(v, rest))?, options)
    };
    let seen_by_bob = hunt::measurements(&eq6.problem, options)?;
    let pauli3 = certify(&embedded("problems/pauli3.toml", PAULI3)?, options)?;
    let example = embedded("problems/instrumental-eq6.toml", INSTRUMENTAL_EQ6)?;
    let prepared = embedded("problems/remote-preparation.toml", REMOTE_PREPARATION)?;
    let prepared = ReferenceChoice::Problem(Box::new(prepared), "a partly entangled pair".to_owned());
    let of_prepared = realise(&example, &prepared, Maps::Cptp, options)?;
    let of_noisy = noisy(&eq6)?;
    let instrumental = Study::new("problems/instrumental-tetrahedron.toml", INSTRUMENTAL, options)?;
    let of_noisy_instrumental = noisy(&instrumental)?;
    let reference = embedded("problems/cube.toml", DIAGONALS)?;
    let reference = ReferenceChoice::Problem(Box::new(reference), "the maximally entangled pair".to_owned());
    let of_pair = realise(&instrumental.problem, &reference, Maps::Decomposable, options)?;
    let sequences: Result<Vec<CertifyReport>, Error> =
        SEQUENTIAL.into_iter().map(|(name, text)| certify(&embedded(name, text)?, options)).collect();
    let sequences = sequences?;
    let mut claims = vec![
        has_model(
            "definition-1",
            "Definition 1 [Eq. (1)]: quantum assemblages (our example: Eq. (6) at visibility 4/5)",
            &of_noisy,
        ),
        valid_assemblage(
            "eq-5",
            "Eq. (5) is a no-signalling assemblage [Def. 2]",
            "σ_{a|xy} = ½|a⟩⟨a| if xy = 0, ½|a⊕1⟩⟨a⊕1| if xy = 1 (problems/eq5.toml)",
            &eq5.problem,
        ),
        pr_box(&eq5.problem, &chsh),
        post_quantum("theorem-1", "Theorem 1: Eq. (5) has no quantum realisation", &eq5),
        valid_assemblage(
            "eq-6",
            "Eq. (6) is a no-signalling assemblage [Def. 2]",
            "read as σ_{a|xy} = ¼(1 + (−1)^{a + δ_{x,2}δ_{y,1}} σ_x): identity and transpose (problems/eq6.toml)",
            &eq6.problem,
        ),
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
        hunted(&seen_by_bob),
        has_model(
            "definition-3",
            "Definition 3 [Eq. (7)]: quantum instrumental assemblages (our example: Theorem 3's at visibility 4/5)",
            &of_noisy_instrumental,
        ),
        valid_assemblage(
            "definition-4",
            "Definition 4: Eq. (6) with y = a is a general instrumental assemblage",
            "σ_{a|x} = ¼(1 + (−1)^{a + δ_{x,2}δ_{a,1}} σ_x) (problems/instrumental-eq6.toml)",
            &example,
        ),
        instrumental_example(&of_prepared),
        post_quantum(
            "theorem-3",
            "Theorem 3: post-quantum instrumental steering exists (our example: four settings)",
            &instrumental,
        ),
        correlations(
            "theorem-4",
            "Theorem 4: post-quantum steering with quantum correlations p(ab|x) alone (the same example)",
            "the maximally entangled pair",
            &of_pair,
        ),
        traditional(&pauli3),
        sequential(&sequences),
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
        ("eq6-noisy", of_noisy.certificate),
        ("instrumental-noisy", of_noisy_instrumental.certificate),
        ("ghjw", pauli3.certificate),
    ] {
        files.extend(certificate.map(|text| (format!("{what}.cert.json"), text)));
    }
    let tsirelson = chsh.bounds.quantum_outer.certificate;
    files.extend(tsirelson.map(|text| ("chsh-quantum-bound.cert.json".to_owned(), text)));
    for (number, report) in (1..).zip(sequences) {
        files.extend(report.certificate.map(|text| (format!("sequential-{number}.cert.json"), text)));
    }
    for claim in &mut claims {
        let beginnings = BELONGING.iter().filter(|(id, _)| *id == claim.id).flat_map(|(_, names)| *names);
        for beginning in beginnings {
            let belonging = files.iter().filter(|(name, _)| name.starts_with(beginning));
            claim.files.extend(belonging.map(|(name, _)| name.clone()));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(Paper { report: PaperReport { paper: PAPER, claims, files: Vec::new(), seconds }, files })
}
