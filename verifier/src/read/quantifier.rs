//! The claims of docs/certificate.md §13.

use dashu_ratio::RBig;

use super::{NOT_SEQUENTIAL, RATIONAL, Reader, heading, strategies};
use crate::Checked;
use crate::certificate::{
    Bounded, Certificate, Claim, Distance, Existence, Kind, Member, Noise, Scenario, Set, Statement,
};
use crate::json::At;

/// What a certificate of §13 is about.
fn opening(root: &At, head: &At) -> Checked<(Scenario, Set)> {
    let scenario = heading(root)?;
    if scenario.kind == Kind::Sequential {
        return head.key("kind")?.wrong(NOT_SEQUENTIAL);
    }
    match head.key("set")?.text()? {
        "quantum" => Ok((scenario, Set::Quantum)),
        "classical" => Ok((scenario, Set::CommonCause)),
        _ => head.key("set")?.wrong("is neither \"quantum\" nor \"classical\""),
    }
}

/// Reads a certificate that an assemblage is at least so far from a set.
pub fn below(reader: &mut Reader, root: &At, kind: &str, said: &mut Option<String>) -> Checked<Certificate> {
    let head = root.key("claim")?;
    let is_robustness = kind == "robustness";
    let numbers: &[&str] = if is_robustness { &["noise", "least", kind] } else { &["most", kind] };
    head.keys(&["kind", "set", "bound"], numbers, &[])?;
    let given = is_robustness && head.key("noise")?.text()? == "given";
    let more = if given { "noise" } else { "general" };
    let required = ["format", "version", "scenario", "claim", "functional", "assemblage", "proof"];
    root.keys(&required, &[more], &["title"])?;
    let (scenario, set) = opening(root, &head)?;
    let bound = reader.decimal(&head.key("bound")?)?;
    let number = reader.decimal(&head.key(kind)?)?;
    let other = reader.decimal(&head.key(if is_robustness { "least" } else { "most" })?)?;
    let noise = if is_robustness { head.key("noise")?.text()? } else { "any" };
    let name = scenario.assemblage();
    let among = if given && root.key("proof")?.has("vanishing") { "among these in this" } else { "of this" };
    *said = Some(if is_robustness {
        let which = match noise {
            "any" => "every no-signalling π",
            "consistent" => "every no-signalling π with Bob's states of the assemblage",
            _ => "the given π",
        };
        format!(
            "(σ + t·π)/(1 + t) is not {set} for this {name} σ, {which} and any t < {}, because ⟨F, ω⟩ ≤ {} for every {set} ω \
             {among} {scenario} and ⟨F, π⟩ ≥ {}",
            number.text, bound.text, other.text
        )
    } else {
        format!(
            "this {name} σ is p·γ + (1−p)·ω for no no-signalling γ, no {set} ω and no p < {} in [0, 1], because ⟨F, ω⟩ ≤ {} for every \
             {set} ω of this {scenario} and ⟨F, γ⟩ ≤ {}",
            number.text, bound.text, other.text
        )
    });
    if !["any", "consistent", "given"].contains(&noise) {
        return head.key("noise")?.wrong("is neither \"any\", \"consistent\" nor \"given\"");
    }
    if noise == "consistent" && scenario.is_instrumental() {
        return head.key("noise")?.wrong("is \"consistent\", which an instrumental scenario does not have");
    }
    let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
    let functional = reader.table(&root.key("functional")?, &scenario)?;
    let proof = reader.proof(&root.key("proof")?, &scenario, set, given)?;
    let mut general = || reader.general(&root.key("general")?, &scenario);
    let claim = match noise {
        _ if !is_robustness => Claim::Weight { assemblage, general: general()?, most: other, weight: number },
        _ => {
            let noise = match noise {
                "any" => Noise::Any(general()?),
                "consistent" => Noise::Consistent(general()?),
                _ => Noise::Given(reader.assemblage(&root.key("noise")?, &scenario)?),
            };
            Claim::Robustness { assemblage, noise, least: other, robustness: number }
        }
    };
    Ok(Certificate {
        scenario,
        statement: Statement::Bounded(Box::new(Bounded { claim, bound, functional, proof })),
    })
}

/// Reads a certificate that an assemblage is at most so far from a set.
pub fn above(reader: &mut Reader, root: &At, kind: &str, said: &mut Option<String>) -> Checked<Certificate> {
    let head = root.key("claim")?;
    let is_robustness = kind == "robustness-at-most";
    let name = if is_robustness { "robustness" } else { "weight" };
    head.keys(&["kind", "set", name], &[], &[])?;
    root.keys(&["format", "version", "scenario", "claim", "assemblage", "proof"], &[], &["title"])?;
    let (scenario, set) = opening(root, &head)?;
    let number = reader.decimal(&head.key(name)?)?;
    *said = Some(if is_robustness {
        format!(
            "(σ + t·π)/(1 + t) is {set} for this {} σ, t = {} and some no-signalling π, in this {scenario}",
            scenario.assemblage(),
            number.text
        )
    } else {
        format!(
            "this {} σ is p·γ + (1−p)·ω for p = {}, some no-signalling γ and some {set} ω, in this {scenario}",
            scenario.assemblage(),
            number.text
        )
    });
    if number.value < RBig::ZERO || !is_robustness && number.value > RBig::ONE {
        let range = if is_robustness { "is negative" } else { "is not from 0 to 1" };
        return head.key(name)?.wrong(range);
    }
    let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
    let proof = root.key("proof")?;
    let more: &[&str] = if scenario.is_instrumental() { &["completion"] } else { &[] };
    let member = match set {
        Set::Quantum => Member::Model(reader.model(&proof, &scenario, more)?),
        _ => {
            proof.method("common-causes")?;
            proof.keys(&["method", "states"], more, &[])?;
            let d = scenario.dimension;
            let states = proof.key("states")?;
            let states = states.list_of(strategies(&proof, &scenario)?)?;
            let state = |reader: &mut Reader, state: At| reader.matrix(&state, d, RATIONAL);
            let of_strategy = |of: At| of.list_of(scenario.inputs)?.map(|at| state(reader, at)).collect();
            Member::CommonCauses(states.map(of_strategy).collect::<Checked<_>>()?)
        }
    };
    let completion = reader.completion(&proof, &scenario)?;
    let distance = if is_robustness { Distance::Robustness(number) } else { Distance::Weight(number) };
    let existence = Existence::Near { assemblage, completion, distance, member };
    Ok(Certificate { scenario, statement: Statement::Existence(Box::new(existence)) })
}
