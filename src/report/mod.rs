//! Results: plain data that serialises to the JSON of the contract, and how each is shown.
//!
//! A number is a [`Quantity`]: a value and whether an exact certificate of that very number was
//! checked in this run. If it was, the value is the certified one; if not, the text says *numerical*.

mod agreement;
mod atlas;
mod atlas_page;
mod closed_form;
mod drawn;
pub mod figure;
mod number;
pub mod page;
mod paper_page;
mod quantify;
mod realise;
mod spheres;
mod sweep;
mod text;

pub use agreement::{Agreement, Check, ExpectedAnswer, TOLERANCE, checks};
pub use atlas::{AtlasReport, AtlasRow, Tally, Tolerances, WrittenCertificate, sentence};
pub use atlas_page::atlas_page;
pub use closed_form::closed_form;
pub use drawn::{Drawn, NoFigure, PlotReport, drawn, drawn_problem};
pub use number::{common_digits, decimal};
pub use paper_page::paper_page;
pub use quantify::{Measure, OptimalInequality, QuantifyReport};
pub use realise::{
    ChannelReport, Conclusion, InputReport, Realisability, RealiseReport, Rows, SelfTestReport, WitnessReport,
};
pub use sweep::{Change, Reading, Side, SweepPoint, SweepReport, Thresholds, changes};
pub use text::{Style, Text};

use serde::{Deserialize, Serialize};

use crate::backend::Settings;
use crate::certificate::Verified;
use crate::program::Solution;

/// A number with what it is worth.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Quantity {
    /// The number; `None` if it was not computed.
    pub value: Option<f64>,
    /// Whether an exact certificate of this number was accepted by the checker.
    pub verified: bool,
    /// The verified number as a decimal, rounded to the side on which the claim is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified: Option<String>,
    /// The digits that a solve in double-double arithmetic gives, the last one rounded: numerical, and the
    /// optimum rather than a bound on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// Where it comes from, or why it is missing.
    pub note: String,
    /// The text of the accepted certificate.
    #[serde(skip)]
    pub certificate: Option<String>,
}

impl Quantity {
    /// A floating-point result.
    pub fn numerical(value: f64, note: impl Into<String>) -> Self {
        Self {
            value: Some(value),
            verified: false,
            certified: None,
            digits: None,
            note: note.into(),
            certificate: None,
        }
    }

    /// The number of a certificate that the checker accepted.
    pub fn verified(verified: Verified, note: impl Into<String>) -> Self {
        Self {
            value: Some(verified.value),
            verified: true,
            certified: Some(verified.decimal),
            digits: None,
            note: note.into(),
            certificate: Some(verified.text),
        }
    }

    /// The value as shown to people: a certified decimal digit by digit, for rounding it could move it
    /// to the wrong side, a very long one with an exponent; else nine decimals; a dash if there is none.
    pub fn shown(&self) -> String {
        match (&self.certified, self.value) {
            (Some(certified), _) => number::abbreviated(certified).replace('-', "−"),
            (None, Some(value)) => decimal(value),
            (None, None) => "—".to_owned(),
        }
    }

    /// The same quantity with its digits.
    pub fn with_digits(self, digits: Option<String>) -> Self {
        Self { digits, ..self }
    }

    /// A number that was not computed, and why.
    pub fn missing(note: impl Into<String>) -> Self {
        Self {
            value: None,
            verified: false,
            certified: None,
            digits: None,
            note: note.into(),
            certificate: None,
        }
    }
}

/// What a result is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subject {
    /// The problem's title.
    pub title: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// The scenario's kind.
    pub kind: String,
    /// The scenario in words.
    pub scenario: String,
}

/// The size of a level.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Size {
    /// Number of words n: the side of the moment matrix.
    pub words: usize,
    /// Number of real moments.
    pub variables: usize,
}

/// How a program was solved.
#[derive(Debug, Clone, Serialize)]
pub struct SolverRun {
    /// The backend.
    pub backend: &'static str,
    /// Its arithmetic.
    pub precision: &'static str,
    /// Why it stopped.
    pub status: String,
    /// Its iterations.
    pub iterations: u32,
    /// Its seconds.
    pub seconds: f64,
    /// The side of the matrix that it was given, and whether that was real.
    pub side: usize,
    /// Whether the moment matrix could be taken real.
    pub real: bool,
    /// The symmetries that made it smaller, if any did.
    pub symmetry: Option<SymmetryUse>,
    /// The face that it was restricted to, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face: Option<FaceUse>,
}

impl SolverRun {
    /// Of a solution for a matrix of this side, which may be real; without symmetries or a face.
    pub fn new(solution: &Solution, settings: &Settings, side: usize, real: bool) -> Self {
        Self {
            backend: solution.backend,
            precision: settings.precision.name(),
            status: solution.stop.to_string(),
            iterations: solution.iterations,
            seconds: solution.seconds,
            side,
            real,
            symmetry: None,
            face: None,
        }
    }
}

/// What vanishes for assemblage and noise alike, and what is left of the moment matrix.
#[derive(Debug, Clone, Serialize)]
pub struct FaceUse {
    /// The dimension of the kernel that the moment matrix has for all their mixtures.
    pub vanishing: usize,
    /// The side that is left of it.
    pub side: usize,
    /// The number of real moments that are left.
    pub variables: usize,
    /// Seconds for finding them, and for writing the program on what is left.
    pub seconds: f64,
}

/// The symmetries of a problem, and what using them saved.
#[derive(Debug, Clone, Serialize)]
pub struct SymmetryUse {
    /// The number of elements of the group that was used.
    pub order: usize,
    /// The number of elements of the group that was found: more, if only those could be used that take letters to letters.
    pub found: usize,
    /// How many of those used conjugate numbers.
    pub antiunitary: usize,
    /// Whether each generator was proved exactly; to rounding where the data are in floating point.
    pub exact: bool,
    /// What was found to generate the group of all symmetries: relabellings as cycles of positions.
    pub generators: Vec<String>,
    /// The sides of the blocks that the moment matrix splits into.
    pub blocks: Vec<usize>,
    /// The number of real moments that are left.
    pub variables: usize,
    /// Seconds for finding the symmetries and the blocks.
    pub seconds: f64,
}

/// The ladder of values of an inequality.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bounds {
    /// Common causes.
    pub classical: Quantity,
    /// The best explicit quantum model.
    pub quantum_inner: Quantity,
    /// The hierarchy's bound.
    pub quantum_outer: Quantity,
    /// All no-signalling assemblages.
    pub no_signalling: Quantity,
}

/// The result of `steerq bound`.
#[derive(Debug, Clone, Serialize)]
pub struct BoundReport {
    /// The problem.
    #[serde(flatten)]
    pub subject: Subject,
    /// `max` or `min`.
    pub sense: &'static str,
    /// The ladder.
    pub bounds: Bounds,
    /// The value on the file's assemblage, if it has one.
    pub assemblage: Option<AssemblageValue>,
    /// By how much the outer bound exceeds the inner value: what is not known of the quantum maximum.
    pub gap: Option<f64>,
    /// How levels were raised, if a gap was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub climb: Option<ClimbReport>,
    /// The level, or the set that the outer bound is about where no level is needed.
    pub level: String,
    /// The level's size.
    pub size: Option<Size>,
    /// How the outer bound was computed.
    pub solver: SolverRun,
}

/// How levels were raised until the two sides of a bound met.
#[derive(Debug, Clone, Serialize)]
pub struct ClimbReport {
    /// The gap that was asked for.
    pub target: f64,
    /// Level by level.
    pub steps: Vec<ClimbStep>,
    /// Why it ended before that; `None` if it did not.
    pub end: Option<String>,
}

/// A level on the way.
#[derive(Debug, Clone, Serialize)]
pub struct ClimbStep {
    /// The level.
    pub level: String,
    /// Its words.
    pub words: usize,
    /// Its bound.
    pub value: f64,
    /// By how much that exceeds the best model then known.
    pub gap: Option<f64>,
    /// Why its solver stopped: one that misses the gap for sure is not pursued to its last digit.
    pub status: String,
    /// The solver's seconds.
    pub seconds: f64,
}

/// The value of a functional on an assemblage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AssemblageValue {
    /// In floating point.
    pub value: f64,
    /// In exact form, where the data are exact.
    pub exact: Option<String>,
}

/// What `steerq certify` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No quantum model exists.
    PostQuantum,
    /// A quantum model exists.
    Quantum,
    /// Neither was shown.
    Undecided,
    /// Not an assemblage of the general set.
    Invalid,
}

impl Verdict {
    /// The verdict's name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::PostQuantum => "post-quantum",
            Verdict::Quantum => "quantum",
            Verdict::Undecided => "undecided",
            Verdict::Invalid => "invalid",
        }
    }
}

/// Why a verdict holds.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Evidence {
    /// A steering inequality that the assemblage violates.
    Inequality(InequalityEvidence),
    /// An explicit quantum model.
    Model(ModelEvidence),
    /// Channels that make the assemblage of what it is at one input, which is quantum.
    Channels {
        /// That input in words.
        reference: String,
        /// The largest difference of a real or imaginary part of an entry.
        deviation: f64,
        /// Whether they make it exactly.
        exactly: bool,
        /// The deviation up to which channels count as ones to the assemblage.
        accepted: f64,
    },
    /// No channels make the assemblage of what it is at one input, which passes the self-test.
    SelfTest {
        /// That input in words.
        reference: String,
        /// The inequality that excludes them.
        witness: WitnessReport,
    },
    /// An explicit quantum model of measurements in a row.
    SequentialModel(SequentialEvidence),
    /// A condition that is not met.
    Condition {
        /// Which, such as `positive`.
        condition: &'static str,
        /// In the paper's notation.
        statement: &'static str,
        /// The worst offender.
        place: String,
        /// By how much it is missed.
        amount: f64,
        /// Every violated condition as a sentence, this one first.
        violations: Vec<String>,
    },
    /// Nothing was found.
    None {
        /// What was tried.
        reason: String,
    },
}

/// Σ tr(F_{a|xy} σ_{a|xy}) ≤ bound on every quantum assemblage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InequalityEvidence {
    /// The operators F_{a|xy}, in the form of `elements` of a problem file.
    pub functional: Vec<ElementRecord>,
    /// F in correlators, largest first: (name, coefficient).
    pub correlators: Vec<(String, f64)>,
    /// How many terms of F are not among them: together they are less than a thousandth of the violation.
    pub left_out: usize,
    /// The bound over the level.
    pub bound: Quantity,
    /// The value on the assemblage.
    pub value: f64,
}

/// A quantum model of an assemblage.
#[derive(Debug, Clone, Serialize)]
pub struct ModelEvidence {
    /// Of how many components it is a mixture.
    pub components: usize,
    /// Alice's largest dimension in them.
    pub alice: usize,
    /// The largest difference of a real or imaginary part of an entry.
    pub deviation: f64,
    /// Whether the assemblage itself was shown to be quantum: the deviation is then made up for, or is rounding.
    pub exactly: bool,
    /// The deviation up to which a model counts as one of the assemblage.
    pub accepted: f64,
}

/// A quantum model of a sequential assemblage.
#[derive(Debug, Clone, Serialize)]
pub struct SequentialEvidence {
    /// Alice's largest dimension.
    pub alice: usize,
    /// The largest difference of a real or imaginary part of an entry of the model's assemblage, which is computed
    /// from its parts.
    pub deviation: f64,
    /// Whether the assemblage itself was shown to be quantum: the deviation is then rounding.
    pub exactly: bool,
    /// If not, a decimal: some quantum assemblage was shown to be as near as this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified: Option<String>,
    /// The parts.
    pub model: SequentialParts,
}

/// The parts of a model of a sequential assemblage; numbers are (re, im).
#[derive(Debug, Clone, Serialize)]
pub struct SequentialParts {
    /// ψ: rows for Alice's basis, columns for Bob's.
    pub state: Rows,
    /// What Alice does, step by step.
    pub steps: Vec<StepParts>,
}

/// What Alice does in one step.
#[derive(Debug, Clone, Serialize)]
pub struct StepParts {
    /// `kraus`: operators K, from her space to that after the step; `povm`: measurement elements, in the last step.
    pub operators: &'static str,
    /// After each history.
    pub branches: Vec<BranchParts>,
}

/// What Alice does in one step after one history.
#[derive(Debug, Clone, Serialize)]
pub struct BranchParts {
    /// The outcomes so far.
    pub a: Vec<i64>,
    /// The settings so far.
    pub x: Vec<i64>,
    /// The dimension of her space; zero if this never happens.
    pub dimension: usize,
    /// One operator for each setting and outcome of this step.
    pub elements: Vec<StepOperator>,
}

/// An operator of one step.
#[derive(Debug, Clone, Serialize)]
pub struct StepOperator {
    /// The outcome of this step.
    pub a: i64,
    /// Its setting.
    pub x: i64,
    /// The rows.
    pub matrix: Rows,
}

/// An element of an operator table as a problem file has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ElementRecord {
    /// Alice's outcome.
    pub a: i64,
    /// Alice's setting.
    pub x: i64,
    /// Bob's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// Bob's outcome in a Bell scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<i64>,
    /// The rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Vec<Vec<String>>>,
    /// The value in a Bell scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The result of `steerq certify`.
#[derive(Debug, Clone, Serialize)]
pub struct CertifyReport {
    /// The problem.
    #[serde(flatten)]
    pub subject: Subject,
    /// The answer.
    pub verdict: Verdict,
    /// Whether an exact certificate of the verdict was accepted by the checker.
    pub verified: bool,
    /// Why.
    pub evidence: Evidence,
    /// Value minus bound of the violated inequality, certified from below if verified.
    pub violation: Option<f64>,
    /// The text of the accepted certificate.
    #[serde(skip)]
    pub certificate: Option<String>,
    /// The text of a file with the model, where it is not in the certificate.
    #[serde(skip)]
    pub model: Option<String>,
    /// The weight of noise that may be mixed in before the level accepts the assemblage: 1 − v.
    pub margin: Option<f64>,
    /// The level, where one was solved.
    pub level: Option<String>,
    /// Its size.
    pub size: Option<Size>,
    /// How.
    pub solver: Option<SolverRun>,
}

/// The three visibilities.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Visibilities {
    /// No quantum model above it.
    pub outer: Quantity,
    /// An explicit model at it.
    pub inner: Quantity,
    /// The greatest with a common-cause model.
    pub classical: Quantity,
}

/// The result of `steerq visibility`.
#[derive(Debug, Clone, Serialize)]
pub struct VisibilityReport {
    /// The problem.
    #[serde(flatten)]
    pub subject: Subject,
    /// The thresholds.
    pub visibility: Visibilities,
    /// What is mixed in.
    pub noise: &'static str,
    /// The level.
    pub level: String,
    /// Its size.
    pub size: Size,
    /// How the outer value was computed.
    pub solver: SolverRun,
}

/// One level of `steerq info`.
#[derive(Debug, Clone, Serialize)]
pub struct LevelInfo {
    /// The level.
    pub level: String,
    /// Words.
    pub words: usize,
    /// Real moments; `None` where the moment matrix is too large to be listed for this.
    pub variables: Option<usize>,
    /// Whether the moment matrix can be taken real.
    pub real: bool,
    /// The solver that would be tried first.
    pub backend: &'static str,
    /// Why.
    pub reason: String,
    /// Predicted peak memory of a solve.
    pub bytes: u64,
    /// Predicted time of a solve.
    pub seconds: f64,
    /// Whether the memory is available here.
    pub fits: bool,
}

/// The result of `steerq info`.
#[derive(Debug, Clone, Serialize)]
pub struct InfoReport {
    /// The problem.
    #[serde(flatten)]
    pub subject: Subject,
    /// What the file holds.
    pub contains: Vec<&'static str>,
    /// The level that commands use by default.
    pub default_level: String,
    /// The backend that the predictions are for.
    pub backend: &'static str,
    /// The program that the predictions are for: `bound` or `visibility`.
    pub program: &'static str,
    /// The number of symmetries that the data were found to have, 1 if none: what the predictions reckon with.
    pub symmetries: usize,
    /// The levels.
    pub levels: Vec<LevelInfo>,
}

/// The result of `steerq export`.
#[derive(Debug, Clone, Serialize)]
pub struct ExportReport {
    /// The format of the text.
    pub format: &'static str,
    /// `bound` or `visibility`.
    pub program: &'static str,
    /// The level.
    pub level: String,
    /// The program in that format, unless it was written to a file.
    pub text: Option<String>,
    /// The file that it was written to.
    pub file: Option<String>,
}

/// Whether a computed claim agrees with the paper.
#[derive(Debug, Clone, Serialize)]
pub struct Claim {
    /// A short name, such as `theorem-1`.
    pub id: &'static str,
    /// What the paper says.
    pub statement: &'static str,
    /// What was computed, in words.
    pub computed: String,
    /// `confirmed`, `contradicted` or `undecided`.
    pub verdict: &'static str,
    /// The number behind it.
    pub value: Option<f64>,
    /// Where the number comes from.
    pub evidence: String,
    /// Whether it matches the statement; `None` if undecided or not computed.
    pub agrees: Option<bool>,
    /// Whether an exact certificate was accepted by the checker.
    pub verified: bool,
    /// Figures and certificates in the folder of the paper.
    pub files: Vec<String>,
}

/// The result of `steerq paper`.
#[derive(Debug, Clone, Serialize)]
pub struct PaperReport {
    /// The paper.
    pub paper: &'static str,
    /// Claim by claim.
    pub claims: Vec<Claim>,
    /// Files written.
    pub files: Vec<String>,
    /// Wall-clock seconds.
    pub seconds: f64,
}
