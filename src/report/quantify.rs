//! The result of `steerq quantify`.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::text::{Style, Text, columns, footer, heading, quantity_row};
use super::{ElementRecord, Quantity, Size, SolverRun, Subject, decimal};
use crate::certificate::Set;

/// A measure of how far an assemblage is from a set [Theory §3].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The least t with (σ + t·π)/(1 + t) in the set for some no-signalling noise π.
    Robustness,
    /// The same with noise that has Bob's states of σ.
    Consistent,
    /// The same with white noise.
    WhiteNoise,
    /// The same with the noise of the problem file.
    GivenNoise,
    /// The least p with σ = p·γ + (1−p)·ω, ω in the set and γ no-signalling.
    Weight,
    /// The mean over settings of ½ Σ_a ‖σ_{a|xy} − ω_{a|xy}‖₁, for the nearest ω in the set.
    TraceDistance,
}

impl Measure {
    /// Its name in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Robustness => "generalised robustness",
            Self::Consistent => "consistent robustness",
            Self::WhiteNoise => "white-noise robustness",
            Self::GivenNoise => "robustness to the given noise",
            Self::Weight => "weight",
            Self::TraceDistance => "trace distance",
        }
    }

    /// What it is, what an inequality F proves of it, and what the third number of F is.
    fn meaning(self, set: &str, choices: Option<usize>) -> (String, &'static str, &'static str) {
        let noise = match self {
            Self::Weight => {
                return (
                    format!("the least p with σ = p·γ + (1−p)·ω for some {set} ω and some no-signalling γ"),
                    "p ≥ (s − β)/(N − β)",
                    "the most, N, outside",
                );
            }
            Self::TraceDistance => {
                return (
                    format!(
                        "the least mean of ½ Σ_a ‖σ_{{a|xy}} − ω_{{a|xy}}‖₁ over the n = {} choices of x and y, for {set} ω; there σ is told \
                         from ω with probability (1 + D)/2",
                        choices.unwrap_or_default()
                    ),
                    "D ≥ (s − β)/(2nc)",
                    "the largest |eigenvalue|, c, of F",
                );
            }
            Self::Robustness => "some no-signalling π",
            Self::Consistent => "some no-signalling π with Bob's states of σ",
            Self::WhiteNoise => "white noise π",
            Self::GivenNoise => "the file's noise π",
        };
        (
            format!("the least t with (σ + t·π)/(1 + t) {set} for {noise}"),
            "t ≥ (s − β)/(β − M)",
            "the least, M, of noise",
        )
    }
}

/// The inequality F that proves a distance from below; its largest entry is one or, for the trace distance, its eigenvalues are within ±1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OptimalInequality {
    /// F, in the form of `elements` of a problem file.
    pub functional: Vec<ElementRecord>,
    /// ⟨F, ω⟩ ≤ bound in the set.
    pub bound: f64,
    /// Whether that is known for mixtures of assemblage and noise alone, in both of which something vanishes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_mixtures: bool,
    /// The least ⟨F, π⟩ of the noise, the most ⟨F, γ⟩ of what is outside, or the largest modulus of an eigenvalue of F's elements.
    pub opposite: f64,
    /// ⟨F, σ⟩.
    pub value: f64,
}

/// The result of `steerq quantify`.
#[derive(Debug, Clone, Serialize)]
pub struct QuantifyReport {
    /// The problem.
    #[serde(flatten)]
    pub subject: Subject,
    /// What was measured.
    pub measure: Measure,
    /// The set.
    pub against: Set,
    /// n: over how many settings, or pairs of these and inputs, a trace distance is a mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<usize>,
    /// The number, as it is proved from below.
    pub value: Option<f64>,
    /// Whether an exact certificate of it was accepted by the checker.
    pub verified: bool,
    /// No less: by an inequality.
    pub lower: Quantity,
    /// No more: by a member of the set.
    pub upper: Quantity,
    /// The inequality.
    pub inequality: Option<OptimalInequality>,
    /// The level, where one was solved.
    pub level: Option<String>,
    /// Its size.
    pub size: Option<Size>,
    /// How.
    pub solver: Option<SolverRun>,
}

impl Text for QuantifyReport {
    fn text(&self) -> String {
        let mut text = heading(&self.subject);
        let (measure, set) = (self.measure, self.against.name());
        let _ = writeln!(text, "{} against the {set} set\n", Style::Strong.paint(measure.words()));
        let mut rows = [quantity_row("no less than", &self.lower), quantity_row("no more than", &self.upper)];
        // What is proved to be positive may be near to zero, but is not zero.
        if self.lower.verified && self.lower.value.is_some_and(|value| value > 0.0) {
            rows[0].iter_mut().filter(|cell| *cell == "0").for_each(String::clear);
        }
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
        let (meaning, bound, other) = measure.meaning(set, self.choices);
        let _ = writeln!(text, "\nprimal: {meaning}");
        if let Some(OptimalInequality { bound: beta, for_mixtures, opposite, value, .. }) = &self.inequality {
            let _ = writeln!(text, "dual: an inequality F, {bound}, with the values of F");
            let row = |name: &str, value: f64| vec![name.to_owned(), decimal(value)];
            let set = match for_mixtures {
                true => format!("the bound β of {set} mixtures with the noise"),
                false => format!("the bound β of the {set} set"),
            };
            let rows = [row("s of the assemblage", *value), row(&set, *beta), row(other, *opposite)];
            for line in columns(&rows, "  ") {
                let _ = writeln!(text, "{line}");
            }
        }
        match (&self.level, &self.solver) {
            (Some(level), Some(solver)) => text + &footer(level, self.size.as_ref(), solver),
            _ => text,
        }
    }
}
