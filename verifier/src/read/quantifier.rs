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
    let (numbers, other, number): (&[&str], _, _) = match kind {
        "robustness" => (&["noise", "least", "robustness"], "least", "robustness"),
        "weight" => (&["most", "weight"], "most", "weight"),
        _ => (&["most", "distance"], "most", "distance"),
    };
    head.keys(&["kind", "set", "bound"], numbers, &[])?;
    let noise = if kind == "robustness" { head.key("noise")?.text()? } else { "any" };
    let given = noise == "given";
    let more: &[&str] = match kind {
        "trace-distance" => &[],
        _ if given => &["noise"],
        _ => &["general"],
    };
    let required = ["format", "version", "scenario", "claim", "functional", "assemblage", "proof"];
    root.keys(&required, more, &["title"])?;
    let (scenario, set) = opening(root, &head)?;
    let bound = reader.decimal(&head.key("bound")?)?;
    let number = reader.decimal(&head.key(number)?)?;
    let other = reader.decimal(&head.key(other)?)?;
    let name = scenario.assemblage();
    let among = if given && root.key("proof")?.has("vanishing") { "among these in this" } else { "of this" };
    let bounded = format!("⟨F, ω⟩ ≤ {} for every {set} ω {among} {scenario}", bound.text);
    *said = Some(match kind {
        "robustness" => {
            let which = match noise {
                "any" => "every no-signalling π",
                "consistent" => "every no-signalling π with Bob's states of the assemblage",
                _ => "the given π",
            };
            format!(
                "(σ + t·π)/(1 + t) is not {set} for this {name} σ, {which} and any t < {}, because {bounded} and ⟨F, π⟩ ≥ {}",
                number.text, other.text
            )
        }
        "weight" => format!(
            "this {name} σ is p·γ + (1−p)·ω for no no-signalling γ, no {set} ω and no p < {} in [0, 1], because {bounded} and \
             ⟨F, γ⟩ ≤ {}",
            number.text, other.text
        ),
        _ => format!(
            "the trace distance of this {name} from every {set} ω is at least {}, because {bounded} and −{} ≤ F ≤ {1}",
            number.text, other.text
        ),
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
    let claim = match (kind, noise) {
        ("trace-distance", _) => Claim::TraceDistance { assemblage, most: other, distance: number },
        ("weight", _) => Claim::Weight { assemblage, general: general()?, most: other, weight: number },
        (_, noise) => {
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
    let name = match kind {
        "robustness-at-most" => "robustness",
        "weight-at-most" => "weight",
        _ => "distance",
    };
    head.keys(&["kind", "set", name], &[], &[])?;
    root.keys(&["format", "version", "scenario", "claim", "assemblage", "proof"], &[], &["title"])?;
    let (scenario, set) = opening(root, &head)?;
    let number = reader.decimal(&head.key(name)?)?;
    let assemblage = scenario.assemblage();
    *said = Some(match name {
        "robustness" => format!(
            "(σ + t·π)/(1 + t) is {set} for this {assemblage} σ, t = {} and some no-signalling π, in this {scenario}",
            number.text
        ),
        "weight" => format!(
            "this {assemblage} σ is p·γ + (1−p)·ω for p = {}, some no-signalling γ and some {set} ω, in this {scenario}",
            number.text
        ),
        _ => format!(
            "the trace distance of this {assemblage} from some {set} ω is at most {}, in this {scenario}",
            number.text
        ),
    });
    if number.value < RBig::ZERO || name != "robustness" && number.value > RBig::ONE {
        let range = if name == "robustness" { "is negative" } else { "is not from 0 to 1" };
        return head.key(name)?.wrong(range);
    }
    let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
    let proof = root.key("proof")?;
    let completed = scenario.is_instrumental() && name != "distance";
    let more: &[&str] = match name {
        "distance" => &["parts"],
        _ if completed => &["completion"],
        _ => &[],
    };
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
    let completion = if completed { reader.completion(&proof, &scenario)? } else { None };
    let distance = match name {
        "robustness" => Distance::Robustness(number),
        "weight" => Distance::Weight(number),
        _ => Distance::Trace(number, reader.assemblage(&proof.key("parts")?, &scenario)?),
    };
    let existence = Existence::Near { assemblage, completion, distance, member };
    Ok(Certificate { scenario, statement: Statement::Existence(Box::new(existence)) })
}
