//! Which figure a result has, read from its JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::figure::{self, Drawing, FigureError, LadderFigure, Rung, StripFigure, StripRow};
use super::spheres::{NoSpheres, choi_maps, model_channels, steered_states};
use super::{
    AssemblageValue, Bounds, ChannelReport, InequalityEvidence, InputReport, Measure, OptimalInequality,
    Quantity, SweepReport, Text, Visibilities, WitnessReport, closed_form, decimal,
};
use crate::certificate::{ComponentError, Set, components};
use crate::problem::{Problem, ProblemError};

/// Why a file has no figure.
#[derive(Debug, thiserror::Error)]
pub enum NoFigure {
    /// Not a result, or one without anything to draw.
    #[error("{found}; {help}")]
    Nothing {
        /// What was found.
        found: String,
        /// What would be right.
        help: &'static str,
    },
    /// A result whose parts are not what they should be.
    #[error("`{key}` of this result cannot be read: {error}; give the JSON as `steerq --json` prints it")]
    Malformed {
        /// Where.
        key: &'static str,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// A model that cannot be read.
    #[error("{0}; give the file that `--model PATH` of `bound` or `visibility` writes")]
    Model(#[from] ComponentError),
    /// No qubits.
    #[error("{0}")]
    Spheres(#[from] NoSpheres),
    /// Numbers that cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A problem without an assemblage that can be drawn.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

/// A figure, and what it shows.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// `ladder`, `thresholds`, `line`, `curves`, `map`, `states` or `channels`.
    pub kind: &'static str,
    /// The figure.
    pub drawing: Drawing,
}

const RESULTS: &str = "give what `--json` of bound, visibility, certify, quantify, realise or sweep prints (sweep.json), a certificate \
                       with an explicit model (--model), or a problem file (.toml) with a qubit assemblage";

/// The figure of a result of this program, or of the model in a certificate.
pub fn drawn(value: &Value) -> Result<Drawn, NoFigure> {
    let Some(object) = value.as_object() else {
        return Err(nothing("this JSON is no object, so it is no result of steerq", RESULTS));
    };
    let has = |keys: &[&str]| keys.iter().all(|key| object.contains_key(*key));
    let title = value["title"].as_str().unwrap_or("Untitled problem");
    if value["format"] == "steerq-certificate" {
        let figure = model_channels(title, &components(value)?)?;
        return Ok(Drawn { kind: "channels", drawing: figure::channels(&figure)? });
    }
    if has(&["bounds"]) {
        return ladder(value, title);
    }
    if has(&["parameter", "points"]) {
        let report: SweepReport = part(value.clone(), "points")?;
        let (kind, drawing) = report.figure()?.ok_or_else(|| {
            nothing("this sweep has no numbers and no verdicts", "its points say why (`error`)")
        })?;
        return Ok(Drawn { kind, drawing });
    }
    if has(&["inputs", "channels", "reference"]) {
        return realised(value, title);
    }
    if has(&["measure", "against", "inequality"]) {
        return quantified(value, title);
    }
    if has(&["visibility"]) {
        let found: Visibilities = part(value["visibility"].clone(), "visibility")?;
        let rungs = [
            rung("classical", &found.classical),
            rung("quantum, inner", &found.inner),
            rung("quantum, outer", &found.outer),
        ];
        let rows = vec![StripRow::Sets(rungs.into_iter().flatten().collect())];
        let drawing = figure::strips(&StripFigure { title: title.to_owned(), rows })?;
        return Ok(Drawn { kind: "thresholds", drawing });
    }
    if has(&["verdict", "evidence"]) {
        return certified(value, title);
    }
    let found = object.keys().take(4).map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let found = if found.is_empty() { "none".to_owned() } else { found };
    Err(nothing(format!("this JSON is no result that has a figure: its first keys are {found}"), RESULTS))
}

/// The states of a problem's assemblage, if it is one of qubits.
pub fn drawn_problem(problem: &Problem) -> Result<Drawn, NoFigure> {
    let scenario = &problem.scenario;
    let (assemblage, given) = problem.require_partial_assemblage("plot")?;
    if scenario.kind.is_black_box() || scenario.dimension() != 2 {
        let found = match scenario.kind.is_black_box() {
            true => format!(
                "in a {} problem Bob's outputs are labels, which have no Bloch vectors",
                scenario.kind.name()
            ),
            false => format!(
                "the assemblage has dimension {}: only qubits have Bloch vectors",
                scenario.dimension()
            ),
        };
        let help = "plot a result instead: what `steerq bound`, `visibility` or `sweep` print with --json";
        return Err(nothing(found, help));
    }
    let title = problem.title.as_deref().unwrap_or("Untitled problem");
    let figure = steered_states(title, scenario, assemblage, given);
    Ok(Drawn { kind: "states", drawing: figure::bloch(&figure)? })
}

fn nothing(found: impl Into<String>, help: &'static str) -> NoFigure {
    NoFigure::Nothing { found: found.into(), help }
}

fn part<T: DeserializeOwned>(value: Value, key: &'static str) -> Result<T, NoFigure> {
    serde_json::from_value(value).map_err(|error| NoFigure::Malformed { key, error })
}

/// A number as the label of a line, with its closed form, and what it is worth.
fn label(shown: String, value: f64, verified: bool) -> String {
    let is_decimal = |closed: &str| closed.replace('−', "-").parse::<f64>().is_ok();
    let text = match closed_form(value) {
        Some(closed) if is_decimal(&closed) => closed,
        Some(closed) => format!("{closed} ≈ {shown}"),
        None => shown,
    };
    if verified { text } else { format!("{text}, numerical") }
}

fn rung(name: &str, quantity: &Quantity) -> Option<Rung> {
    let value = quantity.value?;
    let label = label(quantity.shown(), value, quantity.verified);
    Some(Rung { name: name.to_owned(), value, label })
}

/// An assemblage's own value, which is no bound.
fn standing(name: &str, value: f64) -> Rung {
    Rung { name: name.to_owned(), value, label: label(decimal(value), value, true) }
}

/// What an inequality is about, in the notation of the paper.
fn quantity(value: &Value) -> String {
    let formula = match value["kind"].as_str() {
        Some("bell") => "Σ F_{ab|xy} p(ab|xy)",
        Some("instrumental-bell") => "Σ F_{ab|x} p(ab|x)",
        _ => "Σ tr(F σ)",
    };
    formula.to_owned()
}

fn ladder(value: &Value, title: &str) -> Result<Drawn, NoFigure> {
    let bounds: Bounds = part(value["bounds"].clone(), "bounds")?;
    let assemblage: Option<AssemblageValue> = part(value["assemblage"].clone(), "assemblage")?;
    let rungs = [
        rung("classical", &bounds.classical),
        rung("quantum, inner", &bounds.quantum_inner),
        rung("quantum, outer", &bounds.quantum_outer),
        rung("no-signalling", &bounds.no_signalling),
    ];
    let drawing = figure::ladder(&LadderFigure {
        title: title.to_owned(),
        quantity: quantity(value),
        rungs: rungs.into_iter().flatten().collect(),
        assemblage: assemblage.map(|assemblage| standing("this assemblage", assemblage.value)),
    })?;
    Ok(Drawn { kind: "ladder", drawing })
}

/// The inequality that proves a distance: the bound of the set between the assemblage and what is on the other side.
fn quantified(value: &Value, title: &str) -> Result<Drawn, NoFigure> {
    let found: Option<OptimalInequality> = part(value["inequality"].clone(), "inequality")?;
    let lower: Quantity = part(value["lower"].clone(), "lower")?;
    let measure: Measure = part(value["measure"].clone(), "measure")?;
    let against: Set = part(value["against"].clone(), "against")?;
    let found = found.ok_or_else(|| {
        nothing(
            "the assemblage may be in the set: there is no inequality to draw",
            "plot the problem file for its states",
        )
    })?;
    let plain = |name: &str, value: f64| Rung {
        name: name.to_owned(),
        value,
        label: label(decimal(value), value, true),
    };
    let bound = plain(&format!("{} bound", against.name()), found.bound);
    let rungs = match measure {
        Measure::TraceDistance => vec![bound],
        Measure::Weight => vec![bound, plain("no-signalling", found.opposite)],
        _ => vec![plain("least of the noise", found.opposite), bound],
    };
    let drawing = figure::ladder(&LadderFigure {
        title: format!("{title}: {} ≥ {}", measure.words(), lower.shown()),
        quantity: quantity(value),
        rungs,
        assemblage: Some(standing("this assemblage", found.value)),
    })?;
    Ok(Drawn { kind: "ladder", drawing })
}

fn certified(value: &Value, title: &str) -> Result<Drawn, NoFigure> {
    let evidence = &value["evidence"];
    let (bound, reached) = match evidence["kind"].as_str() {
        Some("inequality") => {
            let found: InequalityEvidence = part(evidence.clone(), "evidence")?;
            (rung("quantum bound", &found.bound), found.value)
        }
        Some("self-test") => {
            let found: WitnessReport = part(evidence["witness"].clone(), "evidence.witness")?;
            let verified = value["verified"] == true;
            let text = label(decimal(found.bound), found.bound, verified);
            let name = "quantum bound, given the self-test".to_owned();
            (Some(Rung { name, value: found.bound, label: text }), found.value)
        }
        kind => {
            let verdict = value["verdict"].as_str().unwrap_or("unknown");
            let evidence = kind.unwrap_or("unknown");
            let found =
                format!("the verdict `{verdict}` with the evidence `{evidence}` has no numbers to draw");
            let help = "plot the problem file for its states, or the certificate (--certificate) for the channels of its \
                        model";
            return Err(nothing(found, help));
        }
    };
    let drawing = figure::ladder(&LadderFigure {
        title: title.to_owned(),
        quantity: quantity(value),
        rungs: bound.into_iter().collect(),
        assemblage: Some(standing("this assemblage", reached)),
    })?;
    Ok(Drawn { kind: "ladder", drawing })
}

/// The maps, if they are there and qubits' own; else up to which visibility there are any.
fn realised(value: &Value, title: &str) -> Result<Drawn, NoFigure> {
    let channels: Vec<ChannelReport> = part(value["channels"].clone(), "channels")?;
    let dimension = value["reference_dimension"].as_u64().and_then(|d| usize::try_from(d).ok()).unwrap_or(0);
    if !channels.is_empty() && dimension == 2 && channels.iter().all(|channel| channel.choi.len() == 4) {
        let figure = choi_maps(title, dimension, &channels)?;
        return Ok(Drawn { kind: "channels", drawing: figure::channels(&figure)? });
    }
    let inputs: Vec<InputReport> = part(value["inputs"].clone(), "inputs")?;
    let row = |input: &InputReport| {
        let greatest = rung("greatest visibility", &input.visibility)?;
        Some(StripRow::Maps { input: format!("y = {}", input.input), greatest })
    };
    let rows = inputs.iter().filter_map(row).collect();
    let drawing = figure::strips(&StripFigure { title: title.to_owned(), rows })?;
    Ok(Drawn { kind: "thresholds", drawing })
}

/// The result of `steerq plot`.
#[derive(Debug, Clone, Serialize)]
pub struct PlotReport {
    /// What was drawn: `ladder`, `thresholds`, `line`, `curves`, `map`, `states` or `channels`.
    pub figure: &'static str,
    /// The SVG file.
    pub svg: String,
    /// The PNG file.
    pub png: String,
}

impl Text for PlotReport {
    fn text(&self) -> String {
        let what = match self.figure {
            "ladder" => "the ladder of an inequality",
            "thresholds" => "thresholds along the visibility",
            "curves" => "bounds along a parameter",
            "line" => "an inequality's value along the visibility, with the thresholds",
            "map" => "verdicts",
            "states" => "the steered states in the Bloch sphere",
            "channels" => "what channels make of the Bloch sphere",
            other => other,
        };
        format!("{what}\n  {}\n  {}\n", self.svg, self.png)
    }
}
