//! What `steerq realise` answers, as data and as text.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::text::{columns, heading, quantity_row, shown_noise};
use super::{ElementRecord, Quantity, Style, Subject, Text, closed_form, decimal};

/// What `steerq realise` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Realisability {
    /// There are maps.
    Realisable,
    /// There are none.
    NotRealisable,
    /// Neither was shown.
    Undecided,
}

impl Realisability {
    /// The verdict's name.
    pub fn name(self) -> &'static str {
        match self {
            Realisability::Realisable => "realisable",
            Realisability::NotRealisable => "not-realisable",
            Realisability::Undecided => "undecided",
        }
    }
}

/// One input of Bob's in `steerq realise`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputReport {
    /// Its label.
    pub input: i64,
    /// The greatest v ≤ 1 for which a map makes v·σ + (1−v)·noise of the reference.
    pub visibility: Quantity,
    /// By how much the map that was found misses an entry of σ, where one was found.
    pub deviation: Option<f64>,
}

/// The rows of a matrix, every entry as (re, im).
pub type Rows = Vec<Vec<[f64; 2]>>;

/// A map E_y.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChannelReport {
    /// The input's label.
    pub input: i64,
    /// J = Σ_ij |i⟩⟨j| ⊗ E(|i⟩⟨j|), row i·d + b.
    pub choi: Rows,
    /// The number of Kraus operators.
    pub rank: usize,
    /// K with E(X) = Σ K X K†, or the part of it without transposition.
    pub kraus: Vec<Rows>,
    /// K with (Σ K X K†)ᵀ as the other part of a decomposable map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transposed_kraus: Option<Vec<Rows>>,
}

/// Σ tr(F_{a|xy} E(τ_{a|x})) ≤ bound for every map E, at one input.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WitnessReport {
    /// The input's label.
    pub input: i64,
    /// F, in the form of `elements` of a problem file.
    pub functional: Vec<ElementRecord>,
    /// K with K ⊗ 1 ⪰ Σ τᵀ ⊗ F, whose trace is the bound.
    pub multiplier: Rows,
    /// tr K.
    pub bound: f64,
    /// The value of the assemblage.
    pub value: f64,
    /// Value minus bound, certified from below if verified.
    pub violation: f64,
}

/// Whether the assemblage at an input is a reference without loss of generality.
#[derive(Debug, Clone, Serialize)]
pub struct SelfTestReport {
    /// The input's label.
    pub input: i64,
    /// Whether every element has rank one (or is zero).
    pub pure: bool,
    /// Whether exactly so.
    pub exact: bool,
    /// Of how many dimensions the solutions of the no-signalling equations are; `None` if not pure.
    pub solutions: Option<usize>,
    /// Whether the equal ones are the only solution.
    pub holds: bool,
}

/// What the answer of `steerq realise` means.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Conclusion {
    /// The reference is no loss of generality, so there is no quantum model.
    PostQuantum {
        /// Whether the checker accepted the proof.
        verified: bool,
    },
    /// Channels from a reference that is quantum: so is the assemblage.
    Quantum {
        /// Whether they make the assemblage exactly, not only nearly.
        exactly: bool,
        /// Whether the assemblage is given as a whole.
        whole: bool,
        /// Whether the checker accepted the channels.
        verified: bool,
    },
    /// Positive maps: whatever Bob measures, his and Alice's outcomes have quantum correlations.
    QuantumCorrelations {
        /// Whether they make the assemblage exactly, not only nearly.
        exactly: bool,
        /// Whether the assemblage is given as a whole.
        whole: bool,
        /// Whether the checker accepted the maps.
        verified: bool,
    },
    /// Nothing beyond the answer itself.
    None {
        /// Why.
        reason: String,
    },
}

/// The result of `steerq realise`.
#[derive(Debug, Clone, Serialize)]
pub struct RealiseReport {
    /// The problem.
    #[serde(flatten)]
    pub subject: Subject,
    /// Where the reference comes from.
    pub reference: String,
    /// Its dimension D.
    pub reference_dimension: usize,
    /// `cptp` or `decomposable`.
    pub maps: &'static str,
    /// Whether decomposable maps are all positive maps in these dimensions.
    pub every_positive_map: bool,
    /// The answer.
    pub verdict: Realisability,
    /// Whether the checker accepted a certificate of it.
    pub verified: bool,
    /// By how much the maps miss an entry of the assemblage, where there are any; certified if verified.
    pub deviation: Option<f64>,
    /// The least visibility of any input.
    pub visibility: Quantity,
    /// What is mixed in.
    pub noise: &'static str,
    /// Input by input.
    pub inputs: Vec<InputReport>,
    /// The maps, if there are any.
    pub channels: Vec<ChannelReport>,
    /// The inequality that excludes them, if there are none.
    pub witness: Option<WitnessReport>,
    /// What the self-test says of the reference, if it is an input's.
    pub self_test: Option<SelfTestReport>,
    /// What the answer means.
    pub conclusion: Conclusion,
    /// The text of the accepted certificate.
    #[serde(skip)]
    pub certificate: Option<String>,
    /// The text of the certificate of a quantum model, if there are channels.
    #[serde(skip)]
    pub model: Option<String>,
}

impl Text for RealiseReport {
    fn text(&self) -> String {
        let mut text = heading(&self.subject);
        let maps = match (self.maps, self.every_positive_map) {
            ("cptp", _) => "channels: completely positive, trace preserving",
            (_, true) => "decomposable, which here are all positive, trace-preserving maps",
            (_, false) => "decomposable: J = J¹ + (J²)^Γ, trace preserving",
        };
        let reference = format!("{}, D = {}", self.reference, self.reference_dimension);
        for line in
            columns(&[vec!["reference".to_owned(), reference], vec!["maps".to_owned(), maps.to_owned()]], "")
        {
            let _ = writeln!(text, "{line}");
        }
        let style = match self.verdict {
            Realisability::Realisable => Style::Good,
            Realisability::NotRealisable => Style::Alert,
            Realisability::Undecided => Style::Strong,
        };
        let worth = match (self.verdict, self.verified) {
            (Realisability::Undecided, _) => "",
            (_, true) => " (verified)",
            (_, false) => " (numerical)",
        };
        let _ = writeln!(text, "\nverdict: {}{worth}\n", style.paint(self.verdict.name()));
        let _ = writeln!(
            text,
            "greatest v such that a map makes v·σ + (1−v)·noise of the reference ({})",
            shown_noise(self.noise)
        );
        let rows: Vec<Vec<String>> = self.inputs.iter().map(|input| self.input_row(input)).collect();
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
        if let Some(witness) = &self.witness {
            let number = |value: f64| vec![decimal(value), closed_form(value).unwrap_or_default()];
            let row = |name: &str, value: f64| [vec![name.to_owned()], number(value)].concat();
            let rows = [
                row("every map: at most", witness.bound),
                row("this assemblage", witness.value),
                row("violation", witness.violation),
            ];
            let _ = writeln!(
                text,
                "\nthe witness: Σ tr(F_{{a|x}} E(τ_{{a|x}})) at y = {} (its operators with --json)",
                witness.input
            );
            for line in columns(&rows, "  ") {
                let _ = writeln!(text, "{line}");
            }
        }
        if let Some(test) = &self.self_test {
            let _ = writeln!(text, "\nself-test of y = {}: {}", test.input, test.sentence());
        }
        let _ = writeln!(text, "\n{}", self.conclusion.sentence());
        text
    }
}

impl RealiseReport {
    fn input_row(&self, input: &InputReport) -> Vec<String> {
        let row = quantity_row(&format!("y = {}", input.input), &input.visibility);
        if input.visibility.certified.is_some() || input.visibility.value.is_none() {
            return row;
        }
        let kraus = |channel: &&ChannelReport| channel.input == input.input;
        let operators = self.channels.iter().find(kraus).map(|channel| {
            let count = channel.rank + channel.transposed_kraus.as_ref().map_or(0, Vec::len);
            format!(", {count} Kraus operator{}", if count == 1 { "" } else { "s" })
        });
        let missed = match input.deviation {
            Some(0.0) | None => String::new(),
            Some(deviation) => format!(" up to {deviation:.1e} an entry"),
        };
        let note = &input.visibility.note;
        let [name, shown, closed] = [0, 1, 2].map(|column| row[column].clone());
        vec![name, shown, closed, format!("{note}{missed}{}", operators.unwrap_or_default())]
    }
}

impl SelfTestReport {
    fn sentence(&self) -> String {
        match (self.pure, self.solutions) {
            (false, _) => "silent, for its elements are not pure".to_owned(),
            (true, _) if !self.exact => {
                "silent, for its elements are pure only up to rounding; exact data would be needed".to_owned()
            }
            (true, Some(1)) => {
                "its elements are pure, and no signalling leaves them no freedom: no other reference does better"
                    .to_owned()
            }
            (true, solutions) => format!(
                "silent, for no signalling leaves a space of {} dimensions",
                solutions.unwrap_or_default()
            ),
        }
    }
}

impl Conclusion {
    fn sentence(&self) -> String {
        let worth = |verified: &bool| if *verified { "verified" } else { "numerical" };
        let nearly = |exactly: &bool| if *exactly { "" } else { " up to the deviation" };
        let what = |whole: &bool| if *whole { "the assemblage" } else { "what is given of the assemblage" };
        match self {
            Self::PostQuantum { verified } => format!(
                "{}: no quantum model makes this assemblage ({})",
                Style::Alert.paint("post-quantum"),
                worth(verified)
            ),
            Self::Quantum { exactly, whole, verified } => format!(
                "{}: with a model of the reference the channels are one of {}{} ({})",
                Style::Good.paint("quantum"),
                what(whole),
                nearly(exactly),
                worth(verified)
            ),
            Self::QuantumCorrelations { exactly, whole, verified } => format!(
                "{}: whatever Bob measures on {}, outcomes have a quantum model{} ({})",
                Style::Good.paint("quantum correlations"),
                what(whole),
                nearly(exactly),
                worth(verified)
            ),
            Self::None { reason } => reason.clone(),
        }
    }
}
