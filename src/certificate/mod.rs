//! Certificates: claims with everything that a checker needs to prove them in exact arithmetic.
//! The format is specified in `docs/certificate.md`.
//!
//! Nothing here is exact, and nothing needs to be: the Gram matrix is the solver's dual rounded to
//! a dyadic grid, the bound is evaluated in floating point and rounded outward with a margin for
//! its own errors, and then `steerq-check`, which shares no code with this crate, computes the
//! claim from the certificate's text. Only what it accepts is called verified.

mod archive;
mod classical;
mod components;
mod general;
mod inner;
mod maps;
mod numbers;
mod quantifier;
mod quantum;
mod sequential;
mod vanishing;

use serde::Serialize;
use serde_json::Value;

pub use archive::{ArchiveError, archive};
pub use classical::{classical_bound, classical_visibility};
pub use components::{ComponentError, components};
pub use general::{invalid, no_signalling_bound};
pub use maps::witness_functional;
pub use numbers::{Direction, plain};
pub use quantifier::{AtMost, Besides, Member, Opposite, Set, SetBound, at_most, distance, trace_distance};
pub use quantum::{Gram, GramError, gram};
pub use sequential::step_bounds;

use crate::scenario::{Assemblage, Functional, Labels, OperatorTable, Scenario, Sense};
use numbers::{decimal, decimal_to};

/// A certificate in the format of `docs/certificate.md`, version 1.
#[derive(Debug, Clone, Serialize)]
pub struct Certificate {
    format: &'static str,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    scenario: ScenarioRecord,
    claim: Claim,
    #[serde(skip_serializing_if = "Option::is_none")]
    functional: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assemblage: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    general: Option<Value>,
    proof: Value,
}

#[derive(Debug, Clone, Serialize)]
struct ScenarioRecord {
    kind: &'static str,
    settings: Count,
    outcomes: Count,
    inputs: usize,
    dimension: usize,
}

/// How many labels there are: of each step, in a sequential scenario.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Count {
    One(usize),
    Steps(Vec<usize>),
}

impl Count {
    fn of(labels: &Labels) -> Self {
        match labels.steps() {
            [] => Self::One(labels.len()),
            steps => Self::Steps(steps.iter().map(Labels::len).collect()),
        }
    }
}

/// What is claimed; numbers are decimals, rounded to the side on which the claim is true.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Claim {
    QuantumBound { sense: &'static str, bound: String },
    PostQuantum { bound: String, violation: String },
    QuantumVisibility { bound: String, visibility: String },
    ClassicalBound { sense: &'static str, bound: String },
    ClassicalVisibility { bound: String, visibility: String },
    NoSignallingBound { sense: &'static str, bound: String },
    Invalid { bound: String, violation: String },
    QuantumValue { sense: &'static str, value: String },
    Quantum {},
    QuantumMixture { visibility: String },
    QuantumApproximation { deviation: String },
    NotRealisable { maps: &'static str, bound: String, violation: String },
    RealisableVisibility { maps: &'static str, bound: String, visibility: String },
    Realisable { maps: &'static str, deviation: String },
    SelfTested { input: usize, bound: String, violation: String },
    Robustness { set: &'static str, noise: &'static str, bound: String, least: String, robustness: String },
    Weight { set: &'static str, bound: String, most: String, weight: String },
    TraceDistance { set: &'static str, bound: String, most: String, distance: String },
    RobustnessAtMost { set: &'static str, robustness: String },
    WeightAtMost { set: &'static str, weight: String },
    TraceDistanceAtMost { set: &'static str, distance: String },
}

/// A certificate that the checker accepted, and the number that it proves.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The certificate's text.
    pub text: String,
    /// The proved number as a decimal, rounded outward.
    pub decimal: String,
    /// The same in floating point.
    pub value: f64,
}

impl Certificate {
    /// Σ tr(Fσ) ≤ bound (or ≥ for a minimum) on the quantum set, with the least bound that the Gram
    /// matrix proves.
    pub fn quantum_bound(scenario: &Scenario, functional: &Functional, gram: &Gram) -> Self {
        let (sense, bound) = outward(functional, gram.bound);
        Self::new(
            scenario,
            Claim::QuantumBound { sense, bound },
            Some(&functional.operators),
            gram.proof.clone(),
        )
    }

    /// The assemblage violates the functional's quantum bound. `None` if by the numbers it does not.
    pub fn post_quantum(
        scenario: &Scenario,
        functional: &Functional,
        gram: &Gram,
        assemblage: &Assemblage,
    ) -> Option<Self> {
        let Excess { bound, violation } = excess(functional, gram.bound, assemblage)?;
        let claim = Claim::PostQuantum { bound, violation };
        let certificate = Self::new(scenario, claim, Some(&functional.operators), gram.proof.clone());
        Some(certificate.of(scenario, assemblage))
    }

    /// No mixture of the assemblage with more visibility than claimed is quantum. `None` if the
    /// functional does not tell assemblage and noise apart.
    pub fn quantum_visibility(
        scenario: &Scenario,
        functional: &Functional,
        gram: &Gram,
        assemblage: &Assemblage,
        noise: &Assemblage,
    ) -> Option<Self> {
        let Threshold { bound, visibility } = threshold(functional, gram.bound, assemblage, noise)?;
        let claim = Claim::QuantumVisibility { bound, visibility };
        let certificate = Self::new(scenario, claim, Some(&functional.operators), gram.proof.clone());
        Some(certificate.about(scenario, assemblage, noise))
    }

    /// The same with the assemblage that the claim is about.
    fn of(self, scenario: &Scenario, assemblage: &Assemblage) -> Self {
        Self { assemblage: Some(numbers::seen_table(scenario, &assemblage.0)), ..self }
    }

    /// The same with the assemblage and the noise that the claim is about.
    fn about(self, scenario: &Scenario, assemblage: &Assemblage, noise: &Assemblage) -> Self {
        Self { noise: Some(numbers::seen_table(scenario, &noise.0)), ..self.of(scenario, assemblage) }
    }

    fn new(scenario: &Scenario, claim: Claim, functional: Option<&OperatorTable>, proof: Value) -> Self {
        let (settings, outcomes) = (Count::of(scenario.settings()), Count::of(scenario.outcomes()));
        let (inputs, dimension) = (scenario.inputs().len(), scenario.dimension());
        let kind = scenario.kind.name();
        Self {
            format: "steerq-certificate",
            version: 1,
            title: None,
            scenario: ScenarioRecord { kind, settings, outcomes, inputs, dimension },
            claim,
            functional: functional.map(numbers::table),
            assemblage: None,
            noise: None,
            reference: None,
            general: None,
            proof,
        }
    }

    /// The same with a title.
    pub fn titled(mut self, title: Option<&str>) -> Self {
        self.title = title.map(str::to_owned);
        self
    }

    /// The number that the claim is about: the bound, the violation or the visibility; that an assemblage is quantum
    /// is about the whole of it.
    fn number(&self) -> &str {
        match &self.claim {
            Claim::QuantumBound { bound, .. }
            | Claim::ClassicalBound { bound, .. }
            | Claim::NoSignallingBound { bound, .. } => bound,
            Claim::PostQuantum { violation, .. }
            | Claim::Invalid { violation, .. }
            | Claim::NotRealisable { violation, .. }
            | Claim::SelfTested { violation, .. } => violation,
            Claim::QuantumVisibility { visibility, .. }
            | Claim::ClassicalVisibility { visibility, .. }
            | Claim::QuantumMixture { visibility }
            | Claim::RealisableVisibility { visibility, .. } => visibility,
            Claim::QuantumValue { value, .. } => value,
            Claim::Robustness { robustness, .. } | Claim::RobustnessAtMost { robustness, .. } => robustness,
            Claim::Weight { weight, .. } | Claim::WeightAtMost { weight, .. } => weight,
            Claim::TraceDistance { distance, .. } | Claim::TraceDistanceAtMost { distance, .. } => distance,
            Claim::Quantum {} => "1",
            Claim::QuantumApproximation { deviation } | Claim::Realisable { deviation, .. } => deviation,
        }
    }

    /// The same in floating point.
    pub fn claimed(&self) -> f64 {
        self.number().parse().unwrap_or(f64::NAN)
    }

    /// The certificate's text if the checker accepts it, else what it says.
    pub fn verify(&self) -> Result<Verified, String> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        let decimal = self.number().to_owned();
        let value: f64 = decimal.parse().map_err(|_| format!("{decimal} is no number"))?;
        if !value.is_finite() {
            return Err(format!("the number to be proved is beyond {:.1e}", f64::MAX));
        }
        match steerq_check::check_str(&text) {
            steerq_check::Outcome::Verified { .. } => Ok(Verified { text, decimal, value }),
            other => Err(other.to_string()),
        }
    }
}

/// The exact data of a problem as one text, the same for the same problem.
pub fn described(
    scenario: &Scenario,
    functional: Option<&Functional>,
    assemblage: Option<&Assemblage>,
    noise: Option<&Assemblage>,
) -> String {
    let sense = functional.map(|functional| functional.sense.sign());
    let functional = functional.map(|functional| numbers::table(&functional.operators));
    let [assemblage, noise] =
        [assemblage, noise].map(|table| table.map(|table| numbers::seen_table(scenario, &table.0)));
    let kind = scenario.kind.name();
    serde_json::json!([kind, scenario.shape(), scenario.dimension(), sense, functional, assemblage, noise])
        .to_string()
}

/// A bound rounded up, and by how much an assemblage exceeds it, rounded down.
struct Excess {
    bound: String,
    violation: String,
}

/// By how much an assemblage exceeds a bound on F; `None` if it does not.
fn excess(functional: &Functional, bound: f64, assemblage: &Assemblage) -> Option<Excess> {
    let size = functional.operators.largest_entry();
    let bound = decimal(bound, size, Direction::Up);
    let proved: f64 = bound.parse().ok()?;
    let value = functional.operators.pair(&assemblage.0).re();
    let violation = value - proved;
    let size = size.max(value.abs()).max(proved.abs());
    let violation = (violation > 0.0).then(|| decimal(violation, size, Direction::Down))?;
    Some(Excess { bound, violation })
}

/// A bound, and the visibility at which a mixture reaches it, both rounded up.
struct Threshold {
    bound: String,
    visibility: String,
}

/// The visibility v at which v·assemblage + (1−v)·noise reaches a bound on F. `None` if it does not
/// between 0 and 1.
///
/// Where F hardly tells assemblage and noise apart, digits that are enough for the bound are too few for
/// v = (bound − t)/(s − t): so both have as many as the difference s − t deserves, within those that the
/// f64 evaluations of bound, s and t leave.
fn threshold(
    functional: &Functional,
    bound: f64,
    assemblage: &Assemblage,
    noise: &Assemblage,
) -> Option<Threshold> {
    /// What f64 evaluations leave, relative to the numbers that are added.
    const ERRORS: f64 = 1e-14;
    /// The digits of [`decimal`].
    const DIGITS: f64 = 1e-11;
    let value = |assemblage: &Assemblage| functional.operators.pair(&assemblage.0).re();
    let [signal, noise] = [assemblage, noise].map(value);
    let size =
        [bound, signal, noise].iter().fold(functional.operators.largest_entry(), |s, v| v.abs().max(s));
    let difference = signal - noise;
    if difference <= 0.0 {
        return None;
    }
    let errors = ERRORS * size;
    let resolution = (errors / DIGITS).max(difference.min(size));
    let bound = decimal_to(bound, resolution, Direction::Up);
    let proved: f64 = bound.parse().ok()?;
    let visibility = (proved - noise) / difference;
    if !(0.0..1.0).contains(&visibility) {
        return None;
    }
    let visibility = decimal(visibility + errors / difference, 1.0, Direction::Up);
    Some(Threshold { bound, visibility })
}

/// The sense's name, and a bound for maximising sign·value as a decimal for the value itself.
fn outward(functional: &Functional, bound: f64) -> (&'static str, String) {
    let size = functional.operators.largest_entry();
    match functional.sense {
        Sense::Max => ("max", decimal(bound, size, Direction::Up)),
        Sense::Min => ("min", decimal(-bound, size, Direction::Down)),
    }
}
