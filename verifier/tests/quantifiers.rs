//! Robustness and weight (docs/certificate.md §13): certificates written by hand, and what damages them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside of test functions

mod common;

use common::{damage_bytes, damage_structure, incomplete, rejected, verified, with, without};
use serde_json::{Value, json};

/// [[p, q], [q, r]].
fn real(p: &str, q: &str, r: &str) -> Value {
    json!([[p, q], [q, r]])
}

/// σ_{a|x} = ¼(1 ± Z), ¼(1 ± X): Z and X measured on a maximally entangled pair; a, then x fastest.
fn pair() -> Value {
    json!([
        real("1/2", "0", "0"),
        real("1/4", "1/4", "1/4"),
        real("0", "0", "1/2"),
        real("1/4", "-1/4", "1/4")
    ])
}

fn white() -> Value {
    json!(vec![real("1/4", "0", "1/4"); 4])
}

fn scenario() -> Value {
    json!({"kind": "traditional", "settings": 2, "outcomes": 2, "inputs": 1, "dimension": 2})
}

/// With F = 1 ± Z, 1 ± X, ⟨F, pair⟩ = 2 of what is at most 2 + … : every Σ_x F_{λ(x)|x} is 2 ± Z ± X, up to 2 + √2. Divided by 2 + √2
/// the pair has 4/(2 + √2) = 4 − 2√2, and ⟨F, π⟩ ≥ 0 as F ⪰ 0: a robustness of 3 − 2√2 ≈ 0.1715728752538.
fn robustness() -> Value {
    let zero = || real("0", "0", "0");
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": scenario(),
        "claim": {"kind": "robustness", "set": "classical", "noise": "any", "bound": "3.4142135624", "least": "0",
                  "robustness": "0.17157287"},
        "functional": [real("2", "0", "0"), real("1", "1", "1"), real("0", "0", "2"), real("1", "-1", "1")],
        "assemblage": pair(),
        "general": {"method": "multipliers", "marginal": [zero(), zero()], "trace": ["0", "0", "0", "0"]},
        "proof": {"method": "strategies", "eigenvalue_bounds": vec![["34142135624/10000000000"]; 4]},
    })
}

/// The same with the one noise 1/4: ⟨F, noise⟩ = 2, and (4 − β)/(β − 2) = √2 − 1 for β = 2 + √2.
fn against_white_noise() -> Value {
    let given = without(&with(&robustness(), "/noise", white()), "/general");
    let claim = json!({"kind": "robustness", "set": "classical", "noise": "given", "bound": "3.4142135624", "least": "2",
                       "robustness": "0.4142135"});
    with(&given, "/claim", claim)
}

/// F = −(1 ∓ Z), −(1 ∓ X): zero on the pair, and at most −(2 − √2) for common causes.
fn weight() -> Value {
    let functional =
        json!([real("0", "0", "-2"), real("-1", "1", "-1"), real("-2", "0", "0"), real("-1", "-1", "-1")]);
    let claim =
        json!({"kind": "weight", "set": "classical", "bound": "-0.5857864376", "most": "0", "weight": "1"});
    let bounds = json!(vec![["-5857864376/10000000000"]; 4]);
    with(
        &with(&with(&robustness(), "/functional", functional), "/claim", claim),
        "/proof/eigenvalue_bounds",
        bounds,
    )
}

/// ρ_λ = ¼·½(1 + (±Z ± X)·3/5): the pair is covered by 1 + r = 5/4 times their ω = ¼(1 ± 3/5·Z), …: (5/4)(1 + 3/5) = 2.
fn robustness_at_most() -> Value {
    let state = |z: i32, x: i32| {
        let part = |n: i32| format!("{n}/40");
        json!([real(&part(5 + 3 * z), &part(3 * x), &part(5 - 3 * z))])
    };
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": scenario(),
        "claim": {"kind": "robustness-at-most", "set": "classical", "robustness": "0.25"},
        "assemblage": pair(),
        // Setting 0, that of Z, is the fastest digit.
        "proof": {"method": "common-causes", "states": [state(1, 1), state(-1, 1), state(1, -1), state(-1, -1)]},
    })
}

/// The same ω fits (1 − w) times into ½·pair + ½·white noise, ¼(1 ± ½·Z), if (1 − w)(1 + 3/5) ≤ 3/2 and (1 − w)(1 − 3/5) ≤ 1/2.
fn weight_at_most() -> Value {
    let mixed = json!([
        real("3/8", "0", "1/8"),
        real("1/4", "1/8", "1/4"),
        real("1/8", "0", "3/8"),
        real("1/4", "-1/8", "1/4")
    ]);
    let claim = json!({"kind": "weight-at-most", "set": "classical", "weight": "0.0625"});
    with(&with(&robustness_at_most(), "/assemblage", mixed), "/claim", claim)
}

#[test]
fn numbers_are_proved_up_to_their_last_digit() {
    for (certificate, key, beyond, reason) in [
        (robustness(), "robustness", "0.17157288", "robustness·(bound − least)"),
        (against_white_noise(), "robustness", "0.4142136", "robustness·(bound − least)"),
        (weight(), "weight", "1.0000001", "weight·(most − bound)"),
        (robustness_at_most(), "robustness", "0.2499999", "what ω leaves"),
        (weight_at_most(), "weight", "0.0624999", "what ω leaves"),
    ] {
        verified(&certificate);
        rejected(&with(&certificate, &format!("/claim/{key}"), json!(beyond)), reason);
    }
}

#[test]
fn every_condition_counts() {
    let robust = robustness();
    rejected(&with(&robust, "/claim/bound", json!("0")), "bound is not above least");
    rejected(&with(&robust, "/claim/bound", json!("3.4142135623")), "above the bound");
    rejected(&with(&robust, "/claim/least", json!("0.0001")), "not shown to be positive semidefinite");
    rejected(&with(&robust, "/general/trace/0", json!("1")), "general.trace: Σ_y t_axy is not zero");
    rejected(
        &with(&robust, "/general/marginal/0", real("1", "0", "1")),
        "general.marginal: Σ_x L_xy is not zero",
    );
    let given = against_white_noise();
    rejected(&with(&given, "/claim/least", json!("2.1")), "⟨F, noise⟩");
    rejected(&with(&given, "/noise/0", real("1/2", "0", "1/4")), "noise");
    rejected(&with(&weight(), "/claim/most", json!("-0.6")), "most is not above bound");
    rejected(&with(&weight(), "/claim/most", json!("-0.1")), "not shown to be positive semidefinite");
    let above = robustness_at_most();
    rejected(&with(&above, "/proof/states/0/0", real("9/40", "3/40", "2/40")), "do not sum to 1");
    rejected(
        &with(&above, "/proof/states/0/0", real("8/40", "5/40", "2/40")),
        "is not positive semidefinite",
    );
    rejected(&with(&above, "/assemblage/0", real("1/2", "0", "1/8")), "assemblage");
}

/// With consistent noise Σ_x L_x need not vanish: shifting F by a multiple of Bob's state changes nothing but the numbers.
#[test]
fn consistent_noise_knows_bobs_states() {
    let consistent = with(&robustness(), "/claim/noise", json!("consistent"));
    verified(&consistent);
    // F_{a|0} + Z: ⟨Z, ρ⟩ = 0, so the least value is what it was, by L_0 = −Z; strategies see Z.
    let functional =
        json!([real("3", "0", "-1"), real("1", "1", "1"), real("1", "0", "1"), real("1", "-1", "1")]);
    let shifted = with(&consistent, "/functional", functional);
    let shifted = with(&shifted, "/general/marginal/0", real("-1", "0", "1"));
    // 2 + 2Z ± X and 2 ± X: at most 2 + √5.
    let shifted = with(&shifted, "/claim/bound", json!("4.2361"));
    let bounds = json!(vec![["42361/10000"]; 4]);
    let shifted = with(&shifted, "/proof/eigenvalue_bounds", bounds);
    let shifted = with(&shifted, "/claim/robustness", json!("-0.0558"));
    verified(&shifted);
    rejected(&with(&shifted, "/claim/noise", json!("any")), "Σ_x L_xy is not zero");
}

#[test]
fn malformed_is_incomplete() {
    let (robust, given, above) = (robustness(), against_white_noise(), robustness_at_most());
    for certificate in [&robust, &given, &weight(), &above, &weight_at_most()] {
        let keys = |pointer: &str| -> Vec<String> {
            certificate.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect()
        };
        for key in keys("") {
            incomplete(&without(certificate, &format!("/{key}")), "");
        }
        for key in keys("/claim") {
            incomplete(&without(certificate, &format!("/claim/{key}")), "");
        }
    }
    incomplete(&with(&robust, "/claim/set", json!("common-cause")), "claim.set");
    incomplete(&with(&robust, "/claim/noise", json!("white")), "claim.noise");
    incomplete(&with(&robust, "/claim/set", json!("quantum")), "proof.method");
    incomplete(&with(&robust, "/noise", white()), "noise");
    incomplete(&with(&given, "/claim/noise", json!("any")), "general");
    incomplete(&with(&above, "/claim/robustness", json!("-0.1")), "claim.robustness");
    incomplete(&with(&weight_at_most(), "/claim/weight", json!("1.1")), "claim.weight");
    incomplete(&with(&above, "/proof/completion", pair()), "completion");
    let sequential =
        json!({"kind": "sequential", "settings": [2], "outcomes": [2], "inputs": 1, "dimension": 2});
    incomplete(&with(&above, "/scenario", sequential), "sequential");
}

#[test]
fn damage_gives_no_panic() {
    let certificates =
        [robustness(), against_white_noise(), weight(), robustness_at_most(), weight_at_most()];
    damage_bytes(&certificates);
    damage_structure(&certificates);
}
