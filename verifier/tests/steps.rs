//! Sequential scenarios: rules, positivity, and bounds step by step.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers outside of test functions

mod common;

use common::{check, damage_bytes, damage_structure, incomplete, rejected, verified, with, without};
use serde_json::{Value, json};
use steerq_check::Outcome;

const SETTINGS: [usize; 3] = [2, 3, 1];
const OUTCOMES: [usize; 3] = [2, 3, 2];

/// All tuples, the last entry fastest.
fn tuples(sizes: &[usize]) -> Vec<Vec<usize>> {
    sizes.iter().fold(vec![Vec::new()], |tuples, &size| {
        let longer = |tuple: &Vec<usize>| {
            let tuple = tuple.clone();
            (0..size).map(move |digit| [tuple.clone(), vec![digit]].concat()).collect::<Vec<_>>()
        };
        tuples.iter().flat_map(longer).collect()
    })
}

/// 36·p(a_k | x_k, what was before, b), of which all sum to 36.
fn chance(k: usize, a: &[usize], x: &[usize], b: usize) -> i64 {
    let before = if k == 0 { 0 } else { a[k - 1] };
    match OUTCOMES[k] {
        2 => [24, 12][(a[k] + x[k] + before + b) % 2],
        _ => [18, 12, 6][(a[k] + x[k] + 2 * before + b) % 3],
    }
}

/// Bob has 0 or 1 with probability 1/2; Alice's outcomes depend on it and on what has happened.
fn assemblage(chance: impl Fn(usize, &[usize], &[usize], usize) -> i64) -> Value {
    let entry = |a: &[usize], x: &[usize], b: usize| {
        let product: i64 = (0..3).map(|k| chance(k, a, x, b)).product();
        format!("{product}/{}", 2 * 36_i64.pow(3))
    };
    let element = |a: &Vec<usize>, x: &Vec<usize>| json!([[entry(a, x, 0), "0"], ["0", entry(a, x, 1)]]);
    let (outcomes, settings) = (tuples(&OUTCOMES), tuples(&SETTINGS));
    outcomes.iter().flat_map(|a| settings.iter().map(move |x| element(a, x))).collect()
}

fn certificate(claim: Value, proof: Value) -> Value {
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "sequential", "settings": SETTINGS, "outcomes": OUTCOMES, "inputs": 1, "dimension": 2},
        "claim": claim,
        "proof": proof,
    })
}

fn quantum() -> Value {
    let base = certificate(json!({"kind": "quantum"}), json!({"method": "ghjw"}));
    with(&base, "/assemblage", assemblage(chance))
}

/// The sum of places of a coefficient that depends on everything.
fn coefficient(a: &[usize], x: &[usize], b: usize) -> i64 {
    (3 * a[0] + 5 * a[1] + 7 * a[2] + 2 * x[0] + 11 * x[1] + 4 * x[2] + 6 * b * (1 + a[1])) as i64 % 13
}

/// The greatest value over Alice's ways to answer if she knows b, and the multipliers that say so.
fn best(functional: impl Fn(&[usize], &[usize], usize) -> i64) -> (i64, Vec<Value>) {
    let mut multipliers = Vec::new();
    // W as a list over a, then x.
    let (outcomes, settings) = (tuples(&OUTCOMES), tuples(&SETTINGS));
    let pair = |a: &Vec<usize>, x: &Vec<usize>| [functional(a, x, 0), functional(a, x, 1)];
    let mut w: Vec<[i64; 2]> =
        outcomes.iter().flat_map(|a| settings.iter().map(move |x| pair(a, x))).collect();
    for k in (0..3).rev() {
        let (before, now) = (tuples(&OUTCOMES[..k]).len(), tuples(&SETTINGS[..=k]).len());
        let multiplier = |history: usize, x: usize| {
            [0, 1]
                .map(|b| (0..OUTCOMES[k]).map(|a| w[(history * OUTCOMES[k] + a) * now + x][b]).max().unwrap())
        };
        let list: Vec<[i64; 2]> =
            (0..before).flat_map(|h| (0..now).map(move |x| (h, x))).map(|(h, x)| multiplier(h, x)).collect();
        multipliers.insert(
            0,
            list.iter().map(|[p, q]| json!([[p.to_string(), "0"], ["0", q.to_string()]])).collect(),
        );
        w = list.chunks(SETTINGS[k]).map(|same| [0, 1].map(|b| same.iter().map(|l| l[b]).sum())).collect();
    }
    (w[0][0].max(w[0][1]), multipliers)
}

fn functional(sign: i64) -> Value {
    let entry = |a: &[usize], x: &[usize], b| (sign * coefficient(a, x, b)).to_string();
    let element = |a: &Vec<usize>, x: &Vec<usize>| json!([[entry(a, x, 0), "0"], ["0", entry(a, x, 1)]]);
    let (outcomes, settings) = (tuples(&OUTCOMES), tuples(&SETTINGS));
    outcomes.iter().flat_map(|a| settings.iter().map(move |x| element(a, x))).collect()
}

fn bound(kind: &str) -> (i64, Value) {
    let (best, multipliers) = best(coefficient);
    let claim = json!({"kind": kind, "sense": "max", "bound": best.to_string()});
    let base = certificate(claim, json!({"method": "steps", "multipliers": multipliers}));
    (best, with(&base, "/functional", functional(1)))
}

#[test]
fn what_is_positive_is_quantum() {
    let base = quantum();
    verified(&base);
    let Outcome::Verified { claim } = check(&base) else { panic!() };
    assert!(
        claim.contains("sequential scenario (settings step by step: 2, 3, 1; outcomes: 2, 3, 2; d = 2)"),
        "{claim}"
    );
    // Not positive: what one element has too little another has too much.
    let entry = |place: usize| base["assemblage"][place][0][0].as_str().unwrap().to_owned();
    let moved = |numerator: &str, by: i64| {
        let (p, q) = numerator.split_once('/').unwrap();
        format!("{}/{q}", p.parse::<i64>().unwrap() + by)
    };
    let fixed = |by: i64| {
        // The last outcome a_3, at the same settings.
        let one = with(&base, "/assemblage/0/0/0", json!(moved(&entry(0), -by)));
        with(&one, "/assemblage/6/0/0", json!(moved(&entry(6), by)))
    };
    let first: i64 = entry(0).split_once('/').unwrap().0.parse().unwrap();
    verified(&fixed(first));
    rejected(&fixed(first + 1), "assemblage[0] is not shown to be positive");
}

#[test]
fn later_settings_change_nothing_before() {
    let base = quantum();
    // The second outcome depends on the last setting, of which there has to be a choice: in another order of steps.
    let two = |scenario: Value| with(&base, "/scenario", scenario);
    let steps = |settings: Value, outcomes: Value| json!({"kind": "sequential", "settings": settings, "outcomes": outcomes, "inputs": 1, "dimension": 2});
    rejected(&two(steps(json!([3, 2, 1]), json!([2, 3, 2]))), "depends on its setting");
    rejected(&two(steps(json!([1, 2, 3]), json!([2, 3, 2]))), "depends on its setting");
    rejected(&two(steps(json!([2, 3, 1]), json!([3, 2, 2]))), "depends on its setting");
    // All at once is no sequence: a traditional scenario asks for less.
    verified(&two(
        json!({"kind": "traditional", "settings": 6, "outcomes": 12, "inputs": 1, "dimension": 2}),
    ));
    verified(&two(steps(json!([6]), json!([12]))));
    // The first outcome tells the second setting, though Bob's state does not.
    let signal = |k: usize, a: &[usize], x: &[usize], b: usize| match k {
        0 => [24, 12][(a[0] + x[1] + b) % 2],
        _ => chance(k, a, x, b),
    };
    rejected(&with(&base, "/assemblage", assemblage(signal)), "step 2");
    rejected(&with(&base, "/assemblage/3/0/0", json!("1/7")), "depends on x");
}

#[test]
fn bounds_step_by_step() {
    for kind in ["quantum-bound", "no-signalling-bound"] {
        let (best, base) = bound(kind);
        verified(&base);
        rejected(&with(&base, "/claim/bound", json!(format!("{}.999999", best - 1))), "bound·1 − W⁰");
        let minimum =
            with(&with(&base, "/claim/sense", json!("min")), "/claim/bound", json!(format!("-{best}")));
        verified(&with(&minimum, "/functional", functional(-1)));
        // No multiplier may be less.
        for k in 0..3 {
            for place in 0..base["proof"]["multipliers"][k].as_array().unwrap().len() {
                for b in 0..2 {
                    let pointer = format!("/proof/multipliers/{k}/{place}/{b}/{b}");
                    let value: i64 = base.pointer(&pointer).unwrap().as_str().unwrap().parse().unwrap();
                    let less = json!(format!("{}/10", 10 * value - 1));
                    rejected(&with(&base, &pointer, less), "as great as what follows");
                }
            }
        }
        rejected(&with(&base, "/proof/multipliers/2/0/0/1", json!("1")), "Hermitian");
        incomplete(&without(&base, "/proof/multipliers/2/0"), "items");
        incomplete(&without(&base, "/proof/multipliers/2"), "items");
        incomplete(&with(&base, "/proof/multipliers/1/0/0/0", json!([["1", 2]])), "string");
        incomplete(&with(&base, "/proof/method", json!("gram")), "\"steps\"");
        incomplete(&with(&base, "/proof/method", json!("multipliers")), "\"steps\"");
    }
}

#[test]
fn what_is_near_is_enough() {
    let near = json!({"method": "ghjw", "near": assemblage(chance)});
    let shifted = |by: &str| {
        let base = with(&quantum(), "/proof", near.clone());
        let base = with(&base, "/claim", json!({"kind": "quantum-approximation", "deviation": by}));
        // Another off-diagonal part, which the rules do not mind if the next outcome has its opposite.
        let one = with(&base, "/assemblage/0/0/1", json!("1/1000"));
        let one = with(&one, "/assemblage/0/1/0", json!("1/1000"));
        let one = with(&one, "/assemblage/6/0/1", json!("-1/1000"));
        with(&one, "/assemblage/6/1/0", json!("-1/1000"))
    };
    verified(&shifted("0.001"));
    rejected(&shifted("0.0009999999"), "near");
    rejected(&with(&shifted("0.001"), "/proof/near/0/0/0", json!("1/7")), "proof.near");
    rejected(&with(&shifted("0.001"), "/proof/near/0/0/1", json!("1/7")), "proof.near");
    incomplete(&without(&shifted("0.001"), "/proof/near"), "near");
    // ⟨F, near⟩, summed here.
    let (outcomes, settings) = (tuples(&OUTCOMES), tuples(&SETTINGS));
    let mut total = 0;
    for (a, x, b) in outcomes.iter().flat_map(|a| settings.iter().flat_map(move |x| [(a, x, 0), (a, x, 1)])) {
        total += coefficient(a, x, b) * (0..3).map(|k| chance(k, a, x, b)).product::<i64>();
    }
    let value = |thousandths: i64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    let below = total * 1000 / (2 * 36_i64.pow(3));
    let claim = |value: String| json!({"kind": "quantum-value", "sense": "max", "value": value});
    let base = with(&certificate(claim(value(below)), near.clone()), "/functional", functional(1));
    verified(&base);
    rejected(&with(&base, "/claim/value", json!(value(below + 1))), "⟨F, near⟩");
    verified(&with(&with(&base, "/claim/sense", json!("min")), "/claim/value", json!(value(below + 1))));
    let (best, _) = bound("quantum-bound");
    assert!(below <= 1000 * best);
}

#[test]
fn claims_and_forms() {
    let base = quantum();
    for (claim, tables) in [
        (json!({"kind": "quantum-mixture", "visibility": "1"}), vec!["noise"]),
        (json!({"kind": "post-quantum", "bound": "1", "violation": "1"}), vec!["functional"]),
        (json!({"kind": "quantum-visibility", "bound": "1", "visibility": "1"}), vec!["functional", "noise"]),
        (json!({"kind": "self-tested", "input": 0, "bound": "1", "violation": "1"}), vec!["functional"]),
    ] {
        let other = with(&base, "/claim", claim);
        let other =
            tables.iter().fold(other, |c, table| with(&c, &format!("/{table}"), base["assemblage"].clone()));
        incomplete(&other, "sequential");
    }
    incomplete(&with(&base, "/proof/method", json!("model")), "sequential");
    incomplete(&with(&base, "/scenario/settings", json!(6)), "array");
    incomplete(&with(&base, "/scenario/settings", json!([6])), "items");
    incomplete(&with(&base, "/scenario/settings", json!([])), "items");
    incomplete(&with(&base, "/scenario/settings", json!([2, 0, 3])), "less than 1");
    incomplete(&with(&base, "/scenario/outcomes", json!([12, 1, 1])), "less than 2");
    incomplete(
        &with(&base, "/scenario/settings", json!([4_000_000_000_000_i64, 4_000_000_000_000_i64, 4])),
        "entries",
    );
    incomplete(&with(&base, "/scenario/inputs", json!(2)), "not 1");
    incomplete(&with(&base, "/scenario/kind", json!("traditional")), "integer");
    let many = with(&base, "/scenario/settings", json!(vec![1; 17]));
    incomplete(&with(&many, "/scenario/outcomes", json!(vec![2; 17])), "items");
}

#[test]
fn damage_never_panics() {
    let certificates = [quantum(), bound("quantum-bound").1];
    damage_bytes(&certificates);
    damage_structure(&certificates);
}
