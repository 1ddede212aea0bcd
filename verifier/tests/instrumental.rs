//! Instrumental scenarios, of which only the elements with y = a are seen, and assemblages that are invalid.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers outside of test functions

mod common;

use common::{check, damage_bytes, damage_structure, incomplete, rejected, verified, with, without};
use serde_json::{Value, json};

const KINDS: [&str; 2] = ["instrumental", "instrumental-bell"];

/// p|x⟩⟨x|.
fn ket(x: usize, p: &str) -> Value {
    if x == 0 { json!([[p, "0"], ["0", "0"]]) } else { json!([["0", "0"], ["0", p]]) }
}

fn zero() -> Value {
    ket(0, "0")
}

fn white() -> Value {
    json!([["1/4", "0"], ["0", "1/4"]])
}

/// Two settings, two outcomes and inputs: what is seen, and something else in the other places.
fn table(seen: impl Fn(usize, usize) -> Value, other: impl Fn(usize, usize, usize) -> Value) -> Value {
    let labels = (0..8).map(|k| (k / 4, k / 2 % 2, k % 2));
    labels.map(|(a, x, y)| if a == y { seen(a, x) } else { other(a, x, y) }).collect()
}

fn null(_: usize, _: usize, _: usize) -> Value {
    Value::Null
}

/// |x⟩⟨x| for a = 1, of which Σ_x tr(|x⟩⟨x| σ_{1|x}) ≤ Σ_x ⟨x|ρ|x⟩ = 1 without signalling, but 2 for the elements themselves.
fn one_outcome(a: usize, x: usize) -> Value {
    if a == 1 { ket(x, "1") } else { zero() }
}

fn certificate(kind: &str, claim: Value, proof: Value) -> Value {
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": kind, "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 2},
        "claim": claim,
        "proof": proof,
    })
}

/// A claim about the functional [`one_outcome`], and with a table, if any, the assemblage of the same elements.
fn about(kind: &str, claim: Value, proof: Value, tables: &[&str]) -> Value {
    let functional = table(one_outcome, |_, _, _| zero());
    let mut certificate = with(&certificate(kind, claim, proof), "/functional", functional);
    for name in tables {
        certificate[name] = match *name {
            "assemblage" => table(one_outcome, null),
            "noise" => table(|_, _| white(), null),
            _ => json!({"dimension": 1, "elements": vec![[["1/2"]]; 4]}),
        };
    }
    certificate
}

/// 1 − B = Σ_x (1 + A_x)/2 (1 ± z)/2, z being Bob's Z or ± for his outcome: each term is its own square.
fn gram(kind: &str) -> Value {
    let z = if kind == "instrumental" { json!([1, 1, 3]) } else { json!([1, 1, 0]) };
    let (a, b) = (json!([0, 0, 0]), json!([0, 1, 0]));
    let rows = [[1, 1, 0, 1, 1, 0], [1, 0, 1, -1, 0, -1]]; // times 4
    let entry = |i: usize, j: usize| rows.iter().map(|row| row[i] * row[j]).sum::<i32>();
    let re: Vec<_> = (0..6).flat_map(|j| (0..=j).map(move |i| entry(i, j))).collect();
    json!({
        "method": "gram",
        "words": [[], [a], [b], [z], [a, z], [b, z]],
        "gram": {"scale": 4, "re": re},
        "margin": "0",
    })
}

fn strategies() -> Value {
    json!({"method": "strategies", "eigenvalue_bounds": [["0", "0"], ["0", "1"], ["0", "1"], ["0", "1"]]})
}

fn multipliers() -> Value {
    let (plus, minus) = (json!([["1/2", "0"], ["0", "-1/2"]]), json!([["-1/2", "0"], ["0", "1/2"]]));
    let trace = ["-1/4", "1/4"].repeat(4);
    json!({"method": "multipliers", "marginal": [zero(), plus, zero(), minus], "trace": trace})
}

fn witness() -> Value {
    json!({"method": "witness", "multipliers": [[["0"]], [["1/2"]]]})
}

/// Every claim about the functional.
fn bounds(kind: &str) -> Vec<Value> {
    let bound = |name: &str| json!({"kind": name, "sense": "max", "bound": "1"});
    let violation = |name: &str| json!({"kind": name, "bound": "1", "violation": "1"});
    // The noise has 1/2: 1/2 + v·3/2 reaches 1 at v = 1/3.
    let visibility = |name: &str| json!({"kind": name, "bound": "1", "visibility": "0.34"});
    let both = ["assemblage", "noise"];
    let maps = json!({"kind": "not-realisable", "maps": "decomposable", "bound": "0.5", "violation": "1.5"});
    let mixture = json!({"kind": "realisable-visibility", "maps": "cptp", "bound": "0.5", "visibility": "0"});
    vec![
        about(kind, bound("quantum-bound"), gram(kind), &[]),
        about(kind, violation("post-quantum"), gram(kind), &both[..1]),
        about(kind, visibility("quantum-visibility"), gram(kind), &both),
        about(kind, bound("classical-bound"), strategies(), &[]),
        about(kind, visibility("classical-visibility"), strategies(), &both),
        about(kind, bound("no-signalling-bound"), multipliers(), &[]),
        about(kind, violation("invalid"), multipliers(), &both[..1]),
        about(kind, maps, witness(), &["assemblage", "reference"]),
        about(kind, mixture, witness(), &["assemblage", "noise", "reference"]),
    ]
}

/// (1 + n/8·P)/4 with P = Z, X for x = 0, 1; in a Bell scenario the diagonal of it.
fn with_pauli(kind: &str, x: usize, n: i32) -> Value {
    match x {
        0 => json!([[format!("{}/32", 8 + n), "0"], ["0", format!("{}/32", 8 - n)]]),
        _ if kind == "instrumental" => {
            json!([["1/4", format!("{n}/32")], [format!("{n}/32"), "1/4"]])
        }
        _ => white(),
    }
}

/// How long the model's elements are, in eighths: Bob's channels are the identity and one that keeps a quarter.
fn length(a: usize, y: usize) -> i32 {
    [[8, 2], [-8, -2]][a][y]
}

/// A maximally entangled pair of qubits, of which Alice measures Z and X.
fn model() -> Value {
    let half = json!([["1/2", "0"], ["0", "1/2"]]);
    let measurements = json!([
        [["1", "0"], ["0", "0"]],
        [["0", "0"], ["0", "1"]],
        [["1/2", "1/2"], ["1/2", "1/2"]],
        [["1/2", "-1/2"], ["-1/2", "1/2"]]
    ]);
    json!({"method": "model", "components": [{
        "weight": "1", "alice": 2, "bob": 2, "state": ["1", "0", "0", "1"], "measurements": measurements,
        "channels": [[[["1", "0"], ["0", "1"]]], [half]],
    }]})
}

/// Half of the model and half of the noise, in two forms.
fn shared(kind: &str) -> [Value; 2] {
    let mut proof = model();
    proof["share"] = json!("1/2");
    proof["completion"] = table(|_, _| Value::Null, |a, x, y| with_pauli(kind, x, length(a, y) / 2));
    let quantum = certificate(kind, json!({"kind": "quantum"}), proof.clone());
    let quantum = with(&quantum, "/assemblage", table(|a, x| with_pauli(kind, x, length(a, a) / 2), null));
    let mixture = certificate(kind, json!({"kind": "quantum-mixture", "visibility": "0.5"}), proof);
    let mixture = with(&mixture, "/assemblage", table(|a, x| with_pauli(kind, x, length(a, a)), null));
    [quantum, with(&mixture, "/noise", table(|_, _| white(), null))]
}

fn approximation(kind: &str) -> Value {
    let base = certificate(kind, json!({"kind": "quantum-approximation", "deviation": "0"}), model());
    with(&base, "/assemblage", table(|a, x| with_pauli(kind, x, length(a, a)), null))
}

/// Alice always says 1, and Bob makes |y + 1⟩: the value 1.
fn value(kind: &str) -> Value {
    let component = json!({
        "weight": "1", "alice": 1, "bob": 1, "state": ["1"],
        "measurements": [[["0"]], [["1"]], [["0"]], [["1"]]],
        "channels": [[[["0"], ["1"]]], [[["1"], ["0"]]]],
    });
    let claim = json!({"kind": "quantum-value", "sense": "max", "value": "1"});
    about(kind, claim, json!({"method": "model", "components": [component]}), &[])
}

/// Bob makes |0⟩ or a mixture, whatever the reference.
fn realisable(kind: &str) -> Value {
    let maps = json!([{"direct": [["1", "0"], ["0", "0"]]}, {"direct": [["1/3", "0"], ["0", "2/3"]]}]);
    let claim = json!({"kind": "realisable", "maps": "cptp", "deviation": "0"});
    let made = |a: usize, _: usize| if a == 0 { ket(0, "1/2") } else { json!([["1/6", "0"], ["0", "1/3"]]) };
    let base = about(kind, claim, json!({"method": "choi", "maps": maps}), &["reference"]);
    with(&without(&base, "/functional"), "/assemblage", table(made, null))
}

fn all(kind: &str) -> Vec<Value> {
    let mut all = bounds(kind);
    all.extend(shared(kind));
    all.extend([approximation(kind), value(kind), realisable(kind)]);
    all
}

#[test]
fn every_claim() {
    for kind in KINDS {
        all(kind).iter().for_each(verified);
        for certificate in bounds(kind) {
            let less = json!("0.4999");
            assert_eq!(check(&with(&certificate, "/claim/bound", less)).exit_code(), 1);
        }
    }
    let mut minimum = bounds("instrumental")[0].clone();
    minimum["claim"] = json!({"kind": "quantum-bound", "sense": "min", "bound": "-1"});
    for place in [5, 7] {
        minimum["functional"][place] = ket(place / 2 % 2, "-1");
    }
    verified(&minimum);
    rejected(&with(&minimum, "/claim/bound", json!("-0.999")), "above the bound");
}

#[test]
fn claims_in_words() {
    let certificates = all("instrumental");
    let scenario =
        "instrumental scenario (elements σ_{a|x}: 2 settings x, 2 outcomes a, which are Bob's inputs, d = 2)";
    for (place, words) in [
        (0, format!("⟨F, σ⟩ ≤ 1 for every quantum σ of this {scenario}")),
        (
            6,
            format!(
                "this instrumental assemblage σ is invalid, for it is not no-signalling: ⟨F, σ⟩ ≥ 1 + 1, but ⟨F, σ⟩ ≤ 1 \
                 for every no-signalling σ of this {scenario}"
            ),
        ),
        (9, format!("this instrumental assemblage is quantum, of this {scenario}")),
        (
            13,
            format!(
                "channels make of the reference what differs from the instrumental assemblage by at most 0 in every real \
                 and imaginary part, in this {scenario}; so the instrumental assemblage is quantum"
            ),
        ),
    ] {
        assert_eq!(check(&certificates[place]).claim(), Some(words.as_str()));
    }
    let bell = check(&all("instrumental-bell")[0]);
    let scenario = "of this instrumental-bell scenario (elements p(ab|x): 2 settings x, 2 outcomes a, which are Bob's settings, \
                    2 outcomes b)";
    assert!(bell.claim().unwrap().ends_with(scenario), "{bell}");
}

#[test]
fn what_is_not_seen_is_null_or_zero() {
    for kind in KINDS {
        for certificate in all(kind) {
            let name = certificate["claim"]["kind"].as_str().unwrap().to_owned();
            for table in ["assemblage", "noise"] {
                if certificate.get(table).is_none() {
                    continue;
                }
                let place = |k: usize| format!("/{table}/{k}");
                incomplete(&with(&certificate, &place(2), Value::Null), table);
                incomplete(&with(&certificate, &place(3), white()), "is not null");
                incomplete(&with(&certificate, &place(4), zero()), "is not null");
                incomplete(&without(&certificate, &place(1)), table);
                incomplete(&with(&certificate, &format!("/{table}"), json!(vec![Value::Null; 8])), table);
                let crooked = json!([["1/4", "1/5"], ["0", "1/4"]]);
                rejected(&with(&certificate, &place(5), crooked), "Hermitian");
                if !name.contains("realisable") {
                    let wrong = with(&certificate, &place(7), ket(1, "1/3"));
                    rejected(&wrong, "Σ_a tr σ_a|x is not 1 for x = 1");
                }
            }
            if certificate.get("functional").is_some() {
                rejected(&with(&certificate, "/functional/1", ket(0, "1/1000")), "functional[1] is not zero");
                rejected(&with(&certificate, "/functional/6", ket(1, "-1")), "functional[6] is not zero");
                incomplete(&with(&certificate, "/functional/1", Value::Null), "functional");
            }
            for inputs in [1, 3] {
                incomplete(&with(&certificate, "/scenario/inputs", json!(inputs)), "scenario.inputs");
            }
            incomplete(&with(&certificate, "/proof/method", json!("ghjw")), "");
        }
    }
}

#[test]
fn an_assemblage_of_this_kind_is_for_these_scenarios() {
    for (kind, other) in [("instrumental", "bob-with-input"), ("instrumental-bell", "bell")] {
        for certificate in all(kind) {
            let name = certificate["claim"]["kind"].as_str().unwrap().to_owned();
            let other = with(&certificate, "/scenario/kind", json!(other));
            match certificate.get("assemblage") {
                Some(_) if !name.contains("realisable") => incomplete(&other, ""),
                _ => verified(&other),
            }
        }
    }
}

#[test]
fn claims_and_methods_that_are_not_for_them() {
    let mut self_tested = bounds("instrumental")[6].clone();
    self_tested["claim"] = json!({"kind": "self-tested", "input": 1, "bound": "1", "violation": "1"});
    self_tested["proof"] = json!({"method": "self-test", "margin": "1", "multipliers": [zero(), zero()]});
    incomplete(&self_tested, "instrumental scenario");
    let ghjw = json!({"method": "ghjw"});
    incomplete(&with(&shared("instrumental")[0], "/proof", ghjw), "ghjw");
    let near = json!({"method": "ghjw", "near": approximation("instrumental")["assemblage"]});
    incomplete(&with(&approximation("instrumental"), "/proof", near), "model");
}

#[test]
fn completions() {
    for kind in KINDS {
        for base in shared(kind) {
            let place = |k: usize| format!("/proof/completion/{k}");
            incomplete(&without(&base, "/proof/completion"), "completion");
            incomplete(&with(&base, &place(1), Value::Null), "proof.completion[1]");
            incomplete(&with(&base, &place(2), white()), "proof.completion[2]: is not null");
            incomplete(&without(&base, &place(2)), "proof.completion");
            rejected(&with(&base, &place(1), json!([["1/4", "1/9"], ["0", "1/4"]])), "Hermitian");
            rejected(&with(&base, &place(4), white()), "depends on x for x = 1, y = 0");
            rejected(&with(&base, &place(3), ket(0, "1/3")), "depends on y");
            let skew = json!([["1/4", "1/9"], ["1/9", "1/4"]]);
            let why = if kind == "instrumental" { "depends on x" } else { "diagonal" };
            rejected(&with(&base, &place(6), skew), why);
            rejected(&with(&base, "/proof/share", json!("9/10")), "common cause");

            // Other elements complete it as well, also irrational ones: ±r·√2 on the diagonal for a = 0, y = 1.
            let other = |r: &str| {
                let mut changed = base.clone();
                for k in [1, 3] {
                    for (b, sign) in [(0, ""), (1, "-")] {
                        let entry = changed["proof"]["completion"][k][b][b].clone();
                        changed["proof"]["completion"][k][b][b] =
                            json!([[entry, 1], [format!("{sign}{r}"), 2]]);
                    }
                }
                changed
            };
            verified(&other("1/1000"));
            rejected(&other("1/9"), "for y = 1");
        }
        for other in [approximation(kind), value(kind)] {
            incomplete(&with(&other, "/proof/completion", json!(vec![Value::Null; 8])), "completion");
            incomplete(&with(&other, "/proof/share", json!("1/2")), "share");
        }
    }
    // Where all elements are seen there is nothing to complete.
    let completion = shared("instrumental")[0]["proof"]["completion"].clone();
    let mut whole = shared("instrumental")[0].clone();
    whole["scenario"]["kind"] = json!("bob-with-input");
    whole["assemblage"] = table(
        |a, x| with_pauli("instrumental", x, length(a, a) / 2),
        |a, x, y| with_pauli("instrumental", x, length(a, y) / 2),
    );
    incomplete(&whole, "completion");
    whole = without(&whole, "/proof/completion");
    verified(&whole);
    incomplete(&with(&whole, "/proof/completion", completion), "completion");
}

#[test]
fn models_are_compared_with_what_is_seen() {
    for kind in KINDS {
        let mut swapped = approximation(kind);
        swapped["proof"]["components"][0]["channels"].as_array_mut().unwrap().reverse();
        // The length is 1/4 instead of 1.
        rejected(&with(&swapped, "/claim/deviation", json!("0.1874")), "deviation");
        verified(&with(&swapped, "/claim/deviation", json!("0.1875")));
        rejected(&with(&value(kind), "/claim/value", json!("1.0001")), "value");
        let mut swapped = realisable(kind);
        swapped["proof"]["maps"].as_array_mut().unwrap().reverse();
        rejected(&swapped, "assemblage[0]");
    }
}

/// Elements with the trace 1/2 and longer Bloch vectors, against ±Z, which has 1 at most.
fn negative() -> Value {
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "traditional", "settings": 1, "outcomes": 2, "inputs": 1, "dimension": 2},
        "claim": {"kind": "invalid", "bound": "1", "violation": "0.5"},
        "functional": [[["1", "0"], ["0", "-1"]], [["-1", "0"], ["0", "1"]]],
        "assemblage": [[["5/8", "0"], ["0", "-1/8"]], [["-1/8", "0"], ["0", "5/8"]]],
        "proof": {"method": "multipliers", "marginal": [zero()], "trace": ["0", "0"]},
    })
}

#[test]
fn invalid_assemblages() {
    verified(&negative());
    let words = "this assemblage σ is invalid, for it is not no-signalling: ⟨F, σ⟩ ≥ 1 + 0.5, but";
    assert!(check(&negative()).claim().unwrap().starts_with(words));
    rejected(&with(&negative(), "/claim/violation", json!("0.51")), "bound + violation");
    rejected(&with(&negative(), "/claim/violation", json!("0")), "positive");
    rejected(&with(&negative(), "/claim/bound", json!("0.99")), "semidefinite");
    rejected(&with(&negative(), "/assemblage/0", ket(0, "1")), "is not 1");
    incomplete(&with(&negative(), "/claim/sense", json!("max")), "sense");
    incomplete(&with(&negative(), "/proof/method", json!("gram")), "multipliers");
    incomplete(&without(&negative(), "/assemblage"), "assemblage");
    let mut sequential = negative();
    sequential["scenario"]["kind"] = json!("sequential");
    sequential["scenario"]["settings"] = json!([1]);
    sequential["scenario"]["outcomes"] = json!([2]);
    incomplete(&sequential, "sequential scenario");
}

/// Three settings and a trit: no signalling has 1, as the multipliers |x⟩⟨x| − 1/3 show, and |x⟩⟨x| themselves have 3.
fn trit() -> Value {
    let diagonal = |entry: &dyn Fn(usize) -> &'static str| -> Value {
        let row = |i: usize| (0..3).map(|j| if i == j { entry(i) } else { "0" }).collect::<Value>();
        (0..3).map(row).collect()
    };
    let ket = |x: usize| diagonal(&|b| if b == x { "1" } else { "0" });
    let zero = diagonal(&|_| "0");
    let third = |x: usize| diagonal(&|b| if b == x { "2/3" } else { "-1/3" });
    let trace = ["-1/6", "1/6"].repeat(6);
    let labels: Vec<_> = (0..12).map(|k| (k / 6, k / 2 % 3, k % 2)).collect();
    let seen = |a: usize, x: usize| if a == 1 { ket(x) } else { zero.clone() };
    let table = |other: &Value| -> Value {
        labels.iter().map(|&(a, x, y)| if a == y { seen(a, x) } else { other.clone() }).collect()
    };
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "instrumental-bell", "settings": 3, "outcomes": 2, "inputs": 2, "dimension": 3},
        "claim": {"kind": "invalid", "bound": "1", "violation": "2"},
        "functional": table(&zero),
        "assemblage": table(&Value::Null),
        "proof": {
            "method": "multipliers",
            "marginal": [zero, third(0), zero, third(1), zero, third(2)],
            "trace": trace,
        },
    })
}

#[test]
fn more_settings_than_outcomes() {
    verified(&trit());
    rejected(&with(&trit(), "/claim/violation", json!("2.01")), "bound + violation");
    rejected(&with(&trit(), "/claim/bound", json!("0.99")), "semidefinite");
    rejected(&with(&trit(), "/functional/8/0/0", json!("1")), "functional[8] is not zero");
    rejected(&with(&trit(), "/assemblage/11/0/0", json!("1")), "is not 1 for x = 2");
    incomplete(&with(&trit(), "/assemblage/8", trit()["assemblage"][7].clone()), "is not null");
    incomplete(&with(&trit(), "/assemblage/9", Value::Null), "assemblage[9]");
}

#[test]
fn damage() {
    let mut certificates = all("instrumental");
    certificates.extend(shared("instrumental-bell"));
    certificates.push(negative());
    damage_bytes(&certificates);
    damage_structure(&certificates);
}
