//! `[noise]`: what happens to an assemblage as its visibility falls from 1 to 0.

use toml::Spanned;

use super::CheckedAssemblage;
use super::compile::{MAX_LABELS, checked_assemblage, one_of};
use super::diagnostic::ProblemError;
use super::file::NoiseTable;
use super::operators::{Origin, Reader, given_twice};
use crate::num::{Number, NumberError};
use crate::scenario::{Assemblage, Kind, Scenario, no_click_label};

/// Why amplitude damping has no critical visibility.
pub(super) const NO_LINE: &str = "amplitude damping is a curve, not a line v·σ + (1−v)·ν, and no single program finds its critical visibility";

/// What visibility means. All but amplitude damping are lines v·σ + (1−v)·ν.
#[derive(Debug, Clone)]
pub(super) enum Noise {
    /// ν = tr(σ)·1/d: depolarising Bob's system.
    White,
    /// ν = diag(σ): dephasing Bob's system.
    Dephasing,
    /// Alice loses the share 1−v of her rounds, and answers with the outcome at this position.
    Loss { answer: usize },
    /// Amplitude damping of Bob's qubit, with the probability 1−v of decay.
    AmplitudeDamping,
    /// ν as it is given.
    Given(Assemblage),
}

impl Noise {
    /// `white`, `dephasing`, `loss` or `given`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::White | Self::AmplitudeDamping => "white",
            Self::Dephasing => "dephasing",
            Self::Loss { .. } => "loss",
            Self::Given(_) => "given",
        }
    }

    /// Whether it is v·σ + (1−v)·ν.
    pub fn is_a_line(&self) -> bool {
        !matches!(self, Self::AmplitudeDamping)
    }

    /// ν for σ; white noise in the place of amplitude damping.
    pub fn of(&self, scenario: &Scenario, assemblage: &Assemblage) -> Assemblage {
        match self {
            Self::White | Self::AmplitudeDamping => assemblage.white_noise(scenario),
            Self::Dephasing => assemblage.without_coherence(scenario),
            Self::Loss { answer } => assemblage.all_lost(scenario, *answer),
            Self::Given(noise) => noise.clone(),
        }
    }

    /// σ at the visibility v.
    pub fn at(
        &self,
        scenario: &Scenario,
        assemblage: &Assemblage,
        v: &Number,
    ) -> Result<Assemblage, NumberError> {
        match self {
            Self::AmplitudeDamping => assemblage.amplitude_damped(scenario, &(&Number::one() - v)),
            _ => Ok(assemblage.mixed(scenario, v, &self.of(scenario, assemblage))),
        }
    }
}

const KINDS: [&str; 6] = ["white", "depolarising", "dephasing", "loss", "amplitude-damping", "coloured"];
const SPOT: &str = "such as\n[noise]\nformula = \"1/4*I\"";

/// The noise of a table; with the scenario that has one more outcome, if lost rounds have one of their own.
pub(super) fn noise(
    reader: &Reader<'_>,
    table: &Spanned<NoiseTable>,
    assemblage: Option<&CheckedAssemblage>,
) -> Result<(Noise, Option<Scenario>), ProblemError> {
    let NoiseTable { kind, binned, formula, elements, file } = table.get_ref();
    let given = Origin::given(formula, elements, file);
    let written = kind.as_ref().map(|kind| kind.get_ref().as_str());
    if let (Some(binned), true) = (binned, written != Some("loss")) {
        return Err(reader
            .text
            .error(binned.span(), "`binned` says what Alice answers when a round is lost")
            .help("write kind = \"loss\" beside it, or remove it"));
    }
    let Some(kind) = kind else {
        return Ok((if given.is_empty() { Noise::White } else { coloured(reader, table, &given)? }, None));
    };
    let name = kind.get_ref().as_str();
    if !KINDS.contains(&name) {
        let error = reader.text.error(kind.span(), format!("`{name}` is not a kind of noise"));
        return Err(error.help(one_of(name, &KINDS)));
    }
    if name == "coloured" {
        if given.is_empty() {
            let error =
                reader.text.error(kind.span(), "coloured noise is an assemblage, and the table has none");
            return Err(error.help(format!("give it as a `formula`, `elements` or a `file`, {SPOT}")));
        }
        return Ok((coloured(reader, table, &given)?, None));
    }
    if let Some(other) = given.first() {
        return Err(given_twice("noise", reader.text, "kind", other));
    }
    match name {
        "dephasing" => dephasing(reader, kind).map(|noise| (noise, None)),
        "amplitude-damping" => amplitude_damping(reader, kind).map(|noise| (noise, None)),
        "loss" => loss(reader, kind, binned.as_ref(), assemblage),
        _ => Ok((Noise::White, None)),
    }
}

/// The assemblage that is given.
fn coloured(
    reader: &Reader<'_>,
    table: &Spanned<NoiseTable>,
    given: &[Origin<'_>],
) -> Result<Noise, ProblemError> {
    let origin = Origin::only("noise", reader.text, table.span(), given)?;
    let noise = checked_assemblage(reader, &origin)?;
    match noise.violations.first() {
        None => Ok(Noise::Given(noise.assemblage)),
        Some(violation) => Err(reader
            .text
            .error(noise.span, format!("the noise is not a valid assemblage: {violation}"))
            .label(format!("violates {}", violation.statement()))
            .help("noise is an assemblage of the same scenario")),
    }
}

fn dephasing(reader: &Reader<'_>, kind: &Spanned<String>) -> Result<Noise, ProblemError> {
    if !reader.scenario.is_diagonal() {
        return Ok(Noise::Dephasing);
    }
    Err(reader
        .text
        .error(kind.span(), "dephasing changes nothing here: Bob's output is classical")
        .help("write kind = \"white\", or give the noise as a formula"))
}

fn amplitude_damping(reader: &Reader<'_>, kind: &Spanned<String>) -> Result<Noise, ProblemError> {
    let d = reader.scenario.dimension();
    let message = match reader.scenario.is_diagonal() {
        true => "amplitude damping is for a qubit, and Bob's output is classical".to_owned(),
        false if d != 2 => format!("amplitude damping is for a qubit, and Bob's system has dimension {d}"),
        false => return Ok(Noise::AmplitudeDamping),
    };
    Err(reader.text.error(kind.span(), message).help("write the channel in the assemblage's formula"))
}

fn loss(
    reader: &Reader<'_>,
    kind: &Spanned<String>,
    binned: Option<&Spanned<i64>>,
    assemblage: Option<&CheckedAssemblage>,
) -> Result<(Noise, Option<Scenario>), ProblemError> {
    let error = |message: &str| reader.text.error(kind.span(), message);
    let outcomes = reader.scenario.outcomes();
    match reader.scenario.kind {
        Kind::Sequential => {
            return Err(error(
                "a sequential problem has a detector in every step, and nothing says which one loses",
            )
            .help("write the losses in the assemblage's formula, with an outcome for no click in its step"));
        }
        Kind::Instrumental | Kind::InstrumentalBell => {
            return Err(error(
                "where Bob's input is Alice's outcome, a lost round needs what he has at an input that she did not answer, \
                 and an instrumental assemblage does not say it",
            )
            .help("give the mixture's other end as a formula, elements or a file: what Bob has when she answers without measuring"));
        }
        Kind::Traditional | Kind::BobWithInput | Kind::Bell => {}
    }
    if assemblage.is_some_and(|checked| !checked.given.is_all()) {
        return Err(error(
            "what Bob has in a lost round is a sum over all outcomes, and the assemblage is partial",
        )
        .help("give every element, or leave `partial` out"));
    }
    if let Some(label) = binned {
        let answer = outcomes.position(*label.get_ref()).ok_or_else(|| {
            reader
                .text
                .error(label.span(), format!("{} is not an outcome of Alice's", label.get_ref()))
                .help(format!("she answers lost rounds with one of: {outcomes}; without `binned` they have an outcome of their own"))
        })?;
        return Ok((Noise::Loss { answer }, None));
    }
    let label = no_click_label(outcomes).filter(|_| outcomes.len() < MAX_LABELS).ok_or_else(|| {
        error("there is no room for one more outcome, no click").help(format!(
            "outcomes are at most {MAX_LABELS}; or name the answer to lost rounds with `binned`"
        ))
    })?;
    Ok((Noise::Loss { answer: outcomes.len() }, Some(reader.scenario.with_outcome(label))))
}
