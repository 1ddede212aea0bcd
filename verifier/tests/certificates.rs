//! Certificates written by hand from known decompositions, their tampered and malformed variants, and random damage.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside of test functions

mod common;

use common::{Random, check, damage_bytes, damage_structure, incomplete, rejected, verified, with, without};
use serde_json::{Value, json};
use steerq_check::{Outcome, check_str};

fn sign(negative: bool) -> &'static str {
    if negative { "-1" } else { "1" }
}

/// A Bell table of two settings and two outcomes each from p(a, b, x, y).
fn bell_table(entry: impl Fn(usize, usize, usize, usize) -> String) -> Value {
    let mut table = Vec::new();
    for k in 0..8 {
        let (a, x, y) = (k / 4, k / 2 % 2, k % 2);
        table.push(json!([[entry(a, 0, x, y), "0"], ["0", entry(a, 1, x, y)]]));
    }
    Value::Array(table)
}

/// The CHSH functional, ⟨A0B0⟩ + ⟨A0B1⟩ + ⟨A1B0⟩ − ⟨A1B1⟩.
fn chsh_functional() -> Value {
    bell_table(|a, b, x, y| sign((a + b + x * y) % 2 == 1).to_owned())
}

/// 2√2 − B = (1/√2)[(A0 − (B0 + B1)/√2)² + (A1 − (B0 − B1)/√2)²], on a grid of 2^−40.
fn chsh() -> Value {
    let h = 1_i64 << 39;
    let diagonal = 777_472_127_993_i64; // 2^40/√2, rounded down
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "title": "CHSH",
        "scenario": {"kind": "bell", "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 2},
        "claim": {"kind": "quantum-bound", "sense": "max", "bound": "2.8284271248"},
        "functional": chsh_functional(),
        "proof": {
            "method": "gram",
            "words": [[[0, 0, 0]], [[0, 1, 0]], [[1, 0, 0]], [[1, 1, 0]]],
            "gram": {"scale": 40, "re": [diagonal, 0, diagonal, -h, -h, diagonal, -h, h, 0, diagonal]},
            "margin": "1/1099511627776",
        },
    })
}

/// A Popescu–Rohrlich box, p(ab|xy) = 1/2 for a ⊕ b = xy.
fn pr_box() -> Value {
    bell_table(|a, b, x, y| if (a + b + x * y) % 2 == 0 { "1/2" } else { "0" }.to_owned())
}

fn noise() -> Value {
    bell_table(|_, _, _, _| "1/4".to_owned())
}

#[test]
fn tsirelson_bound() {
    verified(&chsh());
    assert_eq!(
        check(&chsh()).claim().unwrap(),
        "⟨F, σ⟩ ≤ 2.8284271248 for every quantum σ of this bell scenario \
         (Alice: 2 settings, 2 outcomes; Bob: 2 settings, 2 outcomes)"
    );
    rejected(&with(&chsh(), "/claim/bound", json!("2.82842712474")), "above the bound");
    rejected(&with(&chsh(), "/proof/margin", json!("0")), "semidefinite");
    rejected(&with(&chsh(), "/proof/margin", json!("1/1000")), "above the bound");
    rejected(&with(&chsh(), "/proof/gram/scale", json!(39)), "above the bound");
    rejected(&with(&chsh(), "/proof/gram/re/3", json!(1_i64 << 39)), "above the bound");
    rejected(&with(&chsh(), "/functional/0/0/0", json!("2")), "above the bound");
    rejected(&with(&chsh(), "/functional/0/0/1", json!("1")), "Hermitian");
    let crossed = with(&with(&chsh(), "/functional/0/0/1", json!("1")), "/functional/0/1/0", json!("1"));
    rejected(&crossed, "diagonal");
    let zeros = json!([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    verified(&with(&chsh(), "/proof/gram/im", zeros.clone()));
    let mut complex = with(&chsh(), "/proof/gram/im", zeros);
    complex["proof"]["gram"]["im"][0] = json!(1);
    incomplete(&complex, "proof.gram: diagonal entry 0 is not real");
    // The same words twice are no harm: their halves of the Gram matrix share the work.
    let mut spare = chsh();
    spare["proof"]["words"].as_array_mut().unwrap().push(json!([]));
    spare["proof"]["gram"]["re"].as_array_mut().unwrap().extend(vec![json!(0); 5]);
    verified(&with(&spare, "/claim/bound", json!("2.82842712481")));
}

#[test]
fn minimum_is_minus_the_maximum() {
    let mut minimum = chsh();
    minimum["claim"] = json!({"kind": "quantum-bound", "sense": "min", "bound": "-2.8284271248"});
    minimum["functional"] = bell_table(|a, b, x, y| sign((a + b + x * y) % 2 == 0).to_owned());
    verified(&minimum);
    assert!(check(&minimum).claim().unwrap().starts_with("⟨F, σ⟩ ≥ -2.8284271248 for every quantum"));
    rejected(&with(&minimum, "/claim/bound", json!("-2.8284271247")), "above the bound");
    rejected(&with(&minimum, "/claim/bound", json!("2.8284271248")), "above the bound");
    rejected(&with(&minimum, "/claim/sense", json!("max")), "above the bound");
}

#[test]
fn post_quantum_box() {
    let mut certificate = chsh();
    certificate["claim"] =
        json!({"kind": "post-quantum", "bound": "2.8284271248", "violation": "1.1715728752"});
    certificate["assemblage"] = pr_box();
    verified(&certificate);
    rejected(&with(&certificate, "/claim/violation", json!("1.1715728753")), "bound + violation");
    rejected(&with(&certificate, "/claim/violation", json!("0")), "positive");
    rejected(&with(&certificate, "/claim/violation", json!("-1")), "positive");
    rejected(&with(&certificate, "/assemblage", noise()), "bound + violation");
    // Marginals that depend on the other's input, and a trace of 2.
    rejected(&with(&certificate, "/assemblage/0/0/0", json!("1")), "depends on y");
    let signalling = bell_table(|_, b, x, _| if b == x { "1/2" } else { "0" }.to_owned());
    rejected(&with(&certificate, "/assemblage", signalling), "depends on x");
    rejected(&with(&certificate, "/assemblage", bell_table(|_, _, _, _| "1/2".to_owned())), "not 1");
    incomplete(&without(&certificate, "/assemblage"), "has no \"assemblage\"");
    incomplete(&with(&certificate, "/noise", noise()), "\"noise\" that has no place");
    incomplete(&with(&certificate, "/claim/sense", json!("max")), "claim: has a key \"sense\"");
}

#[test]
fn visibilities() {
    let mut certificate = chsh();
    certificate["claim"] =
        json!({"kind": "quantum-visibility", "bound": "2.8284271248", "visibility": "0.7071067812"});
    certificate["assemblage"] = pr_box();
    certificate["noise"] = noise();
    verified(&certificate);
    rejected(&with(&certificate, "/claim/visibility", json!("0.7071067811")), "reach the bound");
    rejected(&with(&certificate, "/noise", pr_box()), "exceed");
    rejected(&with(&certificate, "/noise/0/0/0", json!("1/3")), "noise");

    certificate["claim"] = json!({"kind": "classical-visibility", "bound": "2", "visibility": "0.5"});
    incomplete(&certificate, "\"strategies\"");
    certificate["proof"] = chsh_classical()["proof"].clone();
    verified(&certificate);
    rejected(&with(&certificate, "/claim/visibility", json!("0.49")), "reach the bound");
    rejected(&with(&certificate, "/claim/bound", json!("1.9")), "sums to");
}

/// A deterministic box, a = b = 0 always, mixed with a Popescu–Rohrlich box keeps a = b for (x, y) ≠ (1, 1): X_xy = A_x − B_y, that is
/// 2 (M_{0|x}N_{1|y} − M_{1|x}N_{0|y}), vanishes there, and with it A1 − B1 = X_10 − X_00 + X_01. So 1 − A1 B1 is
/// (A1 − B1)†(X_10 − X_00 + X_01)/2, and a ≠ b never happens for (1, 1) either.
fn only_one_box() -> Value {
    let [a1, b1] = [json!([[0, 1, 0]]), json!([[1, 1, 0]])];
    let zero = |a: usize, x: usize, y: usize| {
        let diagonal = if a == 0 { ["0", "1"] } else { ["1", "0"] };
        let c = if (a == 0) == ((x, y) == (0, 0)) { 1 } else { -1 };
        json!({
            "outcome": a, "setting": x, "input": y,
            "operator": [[diagonal[0], "0"], ["0", diagonal[1]]],
            "terms": [[a1, c, 0], [b1, -c, 0]],
        })
    };
    let places = [(0, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 1), (0, 1, 0), (1, 1, 0)];
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bell", "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 2},
        "claim": {"kind": "quantum-visibility", "bound": "0", "visibility": "0"},
        "functional": bell_table(|a, b, x, y| if x * y == 1 && a != b { "1" } else { "0" }.to_owned()),
        "assemblage": pr_box(),
        "noise": bell_table(|a, b, _, _| if a + b == 0 { "1" } else { "0" }.to_owned()),
        "proof": {
            "method": "gram", "words": [[]], "gram": {"scale": 2, "re": [0]}, "margin": "0",
            "vanishing": places.map(|(a, x, y)| zero(a, x, y)),
        },
    })
}

#[test]
fn what_vanishes() {
    let certificate = only_one_box();
    verified(&certificate);
    assert!(check(&certificate).claim().unwrap().contains("⟨F, σ⟩ ≤ 0 for every quantum σ among them"));
    // Each part is needed, with the sign and the size that it has.
    for number in 0..6 {
        let mut less = certificate.clone();
        less["proof"]["vanishing"].as_array_mut().unwrap().remove(number);
        rejected(&less, "above the bound");
        let term = format!("/proof/vanishing/{number}/terms/0/1");
        let opposite = -certificate.pointer(&term).unwrap().as_i64().unwrap();
        rejected(&with(&certificate, &term, json!(opposite)), "above the bound");
        // A1†·X − X†·A1 is zero where A1 commutes with X: for x = 1, the last two.
        let turned = with(&certificate, &format!("/proof/vanishing/{number}/terms/0/2"), json!(1));
        if number < 4 { rejected(&turned, "above the bound") } else { verified(&turned) }
    }
    // What does not vanish in the assemblage, or not in the noise, or is no matrix of this scenario's.
    let operator = "/proof/vanishing/0/operator";
    let other = json!([["1", "0"], ["0", "0"]]);
    rejected(
        &with(&certificate, operator, other),
        "the product of its operator and assemblage[0] is not zero",
    );
    rejected(&with(&certificate, "/proof/vanishing/5/setting", json!(0)), "above the bound");
    rejected(&with(&certificate, "/noise", noise()), "and noise[0] is not zero");
    rejected(&with(&certificate, operator, json!([["0", "1"], ["0", "0"]])), "not diagonal");
    incomplete(&with(&certificate, operator, json!([["0"]])), "operator");
    // Malformed, or for another claim.
    let first = |key: &str| format!("/proof/vanishing/0/{key}");
    incomplete(&with(&certificate, &first("outcome"), json!(2)), "is no label");
    incomplete(&with(&certificate, &first("input"), json!(-1)), "is no label");
    incomplete(&with(&certificate, &first("terms"), json!([])), "has 0 terms");
    incomplete(&with(&certificate, &first("terms/0/1"), json!(1_i64 << 53)), "below 2^53");
    incomplete(&with(&certificate, &first("terms/0/0"), json!([[1, 0, 0], [0, 0, 0]])), "normal form");
    incomplete(&with(&certificate, &first("spare"), json!(1)), "spare");
    incomplete(&with(&certificate, "/proof/vanishing", json!([])), "no object");
    let mut bound = chsh();
    bound["proof"]["vanishing"] = certificate["proof"]["vanishing"].clone();
    incomplete(&bound, "vanishing");
    let mut violation = certificate.clone();
    violation["claim"] = json!({"kind": "post-quantum", "bound": "0", "violation": "1"});
    violation.as_object_mut().unwrap().remove("noise");
    incomplete(&violation, "vanishing");
    // Robustness to that noise is about the same mixtures, to any noise it is not.
    let mut robustness = certificate.clone();
    let claim = json!({"kind": "robustness", "set": "quantum", "noise": "given", "bound": "0", "least": "-1", "robustness": "1"});
    robustness["claim"] = claim;
    verified(&robustness);
    assert!(check(&robustness).claim().unwrap().contains("⟨F, ω⟩ ≤ 0 for every quantum ω among these"));
    rejected(&with(&robustness, "/noise", noise()), "and noise[0] is not zero");
    let mut any = with(&robustness, "/claim/noise", json!("any"));
    let general = any.as_object_mut().unwrap().remove("noise");
    any["general"] = general.unwrap();
    incomplete(&any, "vanishing");
    // The work on what vanishes has a limit.
    let term = certificate["proof"]["vanishing"][0]["terms"][0].clone();
    let many = with(&certificate, "/proof/vanishing/0/terms", json!(vec![term; (1 << 20) - 10]));
    incomplete(&many, "too large for this checker");
    let mut classical = certificate;
    classical["claim"]["kind"] = json!("classical-visibility");
    classical["proof"] = chsh_classical()["proof"].clone();
    classical["proof"]["vanishing"] = json!([]);
    incomplete(&classical, "vanishing");
}

/// ⟨CHSH⟩ ≤ 2: for signs s0, s1 of Alice's answers the eigenvalues are at most |s0 + s1| and |s0 − s1|.
fn chsh_classical() -> Value {
    let mut certificate = chsh();
    certificate["claim"] = json!({"kind": "classical-bound", "sense": "max", "bound": "2"});
    let bounds = json!([["2", "0"], ["0", "2"], ["0", "2"], ["2", "0"]]);
    certificate["proof"] = json!({"method": "strategies", "eigenvalue_bounds": bounds});
    certificate
}

#[test]
fn common_causes() {
    verified(&chsh_classical());
    rejected(&with(&chsh_classical(), "/claim/bound", json!("1.999")), "sums to");
    rejected(&with(&chsh_classical(), "/proof/eigenvalue_bounds/0/0", json!("199/100")), "no bound");
    incomplete(&without(&chsh_classical(), "/proof/eigenvalue_bounds/3"), "has 3 items, not 4");
    incomplete(&without(&chsh_classical(), "/proof/eigenvalue_bounds/3/0"), "[3]: has 1 items, not 2");
    let many = json!({"kind": "bell", "settings": 17, "outcomes": 2, "inputs": 1, "dimension": 2});
    let mut many = with(&chsh_classical(), "/scenario", many);
    many["functional"] = Value::Array(vec![json!([["0", "0"], ["0", "0"]]); 34]);
    incomplete(&many, "strategies");
}

#[test]
fn no_signalling() {
    let mut certificate = chsh();
    certificate["claim"] = json!({"kind": "no-signalling-bound", "sense": "max", "bound": "4"});
    let zero = json!([["0", "0"], ["0", "0"]]);
    let (marginal, trace) = (vec![zero; 4], vec![json!("0"); 8]);
    certificate["proof"] = json!({"method": "multipliers", "marginal": marginal, "trace": trace});
    verified(&certificate);
    rejected(&with(&certificate, "/claim/bound", json!("3.999999999")), "semidefinite");
    rejected(&with(&certificate, "/proof/trace/0", json!("1")), "Σ_y");
    rejected(&with(&certificate, "/proof/marginal/0/0/0", json!("1")), "Σ_x");
    rejected(&with(&certificate, "/proof/marginal/0/0/1", json!("1")), "Hermitian");
    incomplete(&with(&certificate, "/proof/marginal/0/0/0", json!([["1", 1]])), "is an array, not a string");
    // Σ_x L_xy = 0 with L_00 = −L_10 ≠ 0 keeps the sums, but costs positivity.
    let moved = with(&certificate, "/proof/marginal/0/0/0", json!("1"));
    rejected(&with(&moved, "/proof/marginal/2/0/0", json!("-1")), "x = 1, y = 0");
}

/// Σ_x ⟨A_x ⊗ σ_x⟩ over the three Pauli matrices, one qubit, no input.
fn pauli_sum(claim: Value, proof: Value) -> Value {
    let mut functional = Vec::new();
    for a in [false, true] {
        let (plus, minus) = (sign(a), sign(!a));
        functional.push(json!([["0", plus], [plus, "0"]]));
        functional.push(json!([["0", {"re": "0", "im": minus}], [{"re": "0", "im": plus}, "0"]]));
        functional.push(json!([[plus, "0"], ["0", minus]]));
    }
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "traditional", "settings": 3, "outcomes": 2, "inputs": 1, "dimension": 2},
        "claim": claim,
        "functional": functional,
        "proof": proof,
    })
}

fn pauli_quantum() -> Value {
    // 3 − Σ A_x σ_x = ½ Σ (A_x − σ_x)², exact and singular.
    let words = json!([[[0, 0, 0]], [[1, 0, 1]], [[0, 1, 0]], [[1, 0, 2]], [[0, 2, 0]], [[1, 0, 3]]]);
    let mut re = Vec::new();
    for j in 0..6 {
        re.extend((0..=j).map(|i| {
            if i == j {
                1
            } else if j % 2 == 1 && i == j - 1 {
                -1
            } else {
                0
            }
        }));
    }
    pauli_sum(
        json!({"kind": "quantum-bound", "sense": "max", "bound": "3"}),
        json!({"method": "gram", "words": words, "gram": {"scale": 1, "re": re}, "margin": "0"}),
    )
}

#[test]
fn three_pauli_matrices() {
    verified(&pauli_quantum());
    rejected(&with(&pauli_quantum(), "/claim/bound", json!("2.99999")), "above the bound");
    rejected(&with(&pauli_quantum(), "/proof/words/1", json!([[1, 0, 2]])), "above the bound");
    incomplete(&with(&pauli_quantum(), "/scenario/inputs", json!(2)), "scenario.inputs");

    // σ_x, σ_y, σ_z with any signs add to √3 at most; the assemblage of a singlet-like state reaches 3.
    let bounds = |text: &str| json!({"method": "strategies", "eigenvalue_bounds": vec![[text]; 8]});
    let claim = |bound: &str| json!({"kind": "classical-bound", "sense": "max", "bound": bound});
    let (above, below) = ("1.7320508076", "1.7320508075");
    verified(&pauli_sum(claim(above), bounds("17320508076/10000000000")));
    rejected(&pauli_sum(claim(above), bounds("17320508075/10000000000")), "no bound");
    rejected(&pauli_sum(claim(below), bounds("17320508076/10000000000")), "sums to");
    let mut certificate = pauli_sum(
        json!({"kind": "classical-visibility", "bound": above, "visibility": "0.5773502692"}),
        bounds("17320508076/10000000000"),
    );
    certificate["assemblage"] =
        Value::Array(certificate["functional"].as_array().unwrap().iter().map(projector_half).collect());
    certificate["noise"] = Value::Array(vec![json!([["1/4", "0"], ["0", "1/4"]]); 6]);
    verified(&certificate);
    rejected(&with(&certificate, "/claim/visibility", json!("0.5773502691")), "reach the bound");
}

/// (1 + F)/4 for a Pauli matrix F.
fn projector_half(f: &Value) -> Value {
    let quarter = |entry: &Value, diagonal: bool| match (entry.as_str(), diagonal) {
        (Some("0"), true) => json!("1/4"),
        (Some("0"), false) => json!("0"),
        (Some("1"), true) => json!("1/2"),
        (Some("-1"), true) => json!("0"),
        (Some(text), false) => json!(format!("{text}/4")),
        _ => json!({"re": "0", "im": format!("{}/4", entry["im"].as_str().unwrap())}),
    };
    json!([
        [quarter(&f[0][0], true), quarter(&f[0][1], false)],
        [quarter(&f[1][0], false), quarter(&f[1][1], true)]
    ])
}

/// 2 − A(U + U†) = (A − U)†(A − U) for U = XZ of a qutrit, whose entries are powers of ω.
fn qutrit() -> Value {
    let omega = |k: usize| match k {
        0 => json!("1"),
        1 => json!({"re": "-1/2", "im": [["1/2", 3]]}),
        _ => json!({"re": "-1/2", "im": [["-1/2", 3]]}),
    };
    // U = Σ_j ω^j |j+1⟩⟨j|, and its adjoint.
    let mut matrix = vec![vec![json!("0"); 3]; 3];
    for j in 0..3 {
        matrix[(j + 1) % 3][j] = omega(j);
        matrix[j][(j + 1) % 3] = omega((3 - j) % 3);
    }
    let positive = json!(matrix);
    let mut negative = positive.clone();
    for entry in negative.as_array_mut().unwrap().iter_mut().flat_map(|row| row.as_array_mut().unwrap()) {
        negate(entry);
    }
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bob-with-input", "settings": 1, "outcomes": 2, "inputs": 1, "dimension": 3},
        "claim": {"kind": "quantum-bound", "sense": "max", "bound": "2.00000000000000000000000000000000001"},
        "functional": [positive, negative],
        "proof": {
            "method": "gram",
            "words": [[[0, 0, 0]], [[1, 0, 4]]],
            "gram": {"scale": 0, "re": [1, -1, 1]},
            "margin": "0",
        },
    })
}

/// Turns the sign of every number of an entry.
fn negate(entry: &mut Value) {
    match entry {
        Value::String(text) => {
            *text = text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned);
        }
        Value::Array(pairs) => pairs.iter_mut().for_each(|pair| negate(&mut pair[0])),
        Value::Object(parts) => parts.values_mut().for_each(negate),
        _ => {}
    }
}

#[test]
fn qutrit_unitary() {
    verified(&qutrit());
    rejected(&with(&qutrit(), "/claim/bound", json!("1.999")), "above the bound");
    // XZ² is another letter, Z another still.
    rejected(&with(&qutrit(), "/proof/words/1", json!([[1, 0, 5]])), "above the bound");
    rejected(&with(&qutrit(), "/proof/words/1", json!([[1, 0, 1]])), "above the bound");
    // Its inverse serves as well, with the phase of the adjoint: U† = ω X²Z², so the Gram entry must be complex.
    rejected(&with(&qutrit(), "/proof/words/1", json!([[1, 0, 8]])), "above the bound");
    incomplete(&with(&qutrit(), "/proof/words/1", json!([[1, 0, 9]])), "no letter");
    incomplete(&with(&qutrit(), "/proof/words/1", json!([[1, 0, 0]])), "no letter");
    let mut reals = qutrit();
    reals["functional"][0][2][1]["im"] = json!([["1/2", 3], ["1/2", 3]]);
    incomplete(&reals, "functional[0][2][1].im[1][1]: is not positive, or stands twice");
    // √12/4 = √3/2, so the matrix stays exactly Hermitian and the same.
    let mut same = qutrit();
    same["functional"][0][2][1]["im"] = json!([["1/4", 12]]);
    verified(&same);
    for d in [0, -1] {
        incomplete(&with(&qutrit(), "/functional/0/0/0", json!([["1", d]])), "functional[0][0][0][0][1]");
    }
    rejected(&with(&qutrit(), "/functional/0/0/0", json!([["1", i64::MAX]])), "above the bound");
    incomplete(&with(&qutrit(), "/functional/0/0/0", json!([["1", 1_u64 << 63]])), "64 bits");
}

#[test]
fn three_outcomes() {
    // Guessing with three outcomes: p(00) + p(11) + p(22) ≤ 1.
    let mut functional = Vec::new();
    for a in 0..3 {
        let entry = |b: usize, c: usize| if b == c && a == b { "1" } else { "0" };
        let rows: Vec<Vec<_>> = (0..3).map(|b| (0..3).map(|c| entry(b, c)).collect()).collect();
        functional.push(json!(rows));
    }
    let certificate = json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bell", "settings": 1, "outcomes": 3, "inputs": 1, "dimension": 3},
        "claim": {"kind": "quantum-bound", "sense": "max", "bound": "1"},
        "functional": functional,
        "proof": {
            // 1 − B = M_0 + M_1 + N_0 + N_1 − 2M_0N_0 − 2M_1N_1 − M_0N_1 − M_1N_0
            //       = (M_0 − N_0)² + (M_1 − N_1)² − M_0N_1 − M_1N_0, and with s = M_0 + M_1, t = N_0 + N_1
            //       = ½[(M_0 − N_0)² + (M_1 − N_1)² + (s − t)²].
            "method": "gram",
            "words": [[[0, 0, 0]], [[0, 0, 1]], [[1, 0, 0]], [[1, 0, 1]]],
            "gram": {"scale": 1, "re": [2, 1, 2, -2, -1, 2, -1, -2, 1, 2]},
            "margin": "0",
        },
    });
    verified(&certificate);
    rejected(&with(&certificate, "/claim/bound", json!("0.9999999")), "above the bound");
    rejected(&with(&certificate, "/proof/gram/re/1", json!(0)), "semidefinite");
    rejected(&with(&certificate, "/proof/gram/re/4", json!(1)), "above the bound");
    incomplete(&with(&certificate, "/proof/words/0/0/2", json!(2)), "no letter");
}

/// The same guess by unitary letters: n·Σ_a M_a ⊗ P_a = Σ_q V_q, V_q = Z_q ⊗ (a unitary on Bob's side), and for three outcomes
/// 2 − V_1 − V_2 = (1 − V_1)†(1 − V_1), for four 3 − Σ V_q = ½ Σ_q (1 − V_q)².
fn guess(kind: &str, outcomes: usize, words: Value, gram: Value) -> Value {
    let entry =
        |a: usize, b: usize, c: usize| if b == c && a == b { outcomes.to_string() } else { "0".to_owned() };
    let row = |a: usize, b: usize| (0..outcomes).map(|c| entry(a, b, c)).collect::<Vec<_>>();
    let matrix = |a: usize| (0..outcomes).map(|b| row(a, b)).collect::<Vec<_>>();
    let functional: Vec<_> = (0..outcomes).map(matrix).collect();
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": kind, "settings": 1, "outcomes": outcomes, "inputs": 1, "dimension": outcomes},
        "claim": {"kind": "quantum-bound", "sense": "max", "bound": format!("{outcomes}.{}1", "0".repeat(50))},
        "functional": functional,
        "proof": {"method": "gram", "letters": "unitary", "words": words, "gram": gram, "margin": "0"},
    })
}

#[test]
fn unitary_letters() {
    let two = json!({"scale": 0, "re": [1, -1, 1]});
    let three = json!({"scale": 1, "re": [3, -1, 1, -1, 0, 1, -1, 0, 0, 1]});
    // Bob's Z⁻¹ = Z² has index 2 as a matrix and as a character.
    let qutrit = guess("traditional", 3, json!([[], [[0, 0, 1], [1, 0, 2]]]), two.clone());
    let bell = guess("bell", 3, json!([[], [[0, 0, 2], [1, 0, 1]]]), two);
    let words = |bob: [usize; 3]| {
        json!([[], [[0, 0, 1], [1, 0, bob[0]]], [[0, 0, 2], [1, 0, bob[1]]], [[0, 0, 3], [1, 0, bob[2]]]])
    };
    // Of the Pauli strings 1Z, Z1, ZZ have the numbers 3, 12 and 15.
    let ququart = guess("traditional", 4, words([3, 12, 15]), three.clone());
    let bell_of_four = guess("bell", 4, words([1, 2, 3]), three);
    for good in [&qutrit, &bell, &ququart, &bell_of_four] {
        verified(good);
        rejected(&with(good, "/claim/bound", json!("2.9999")), "above the bound");
        rejected(&with(good, "/proof/gram/re/1", json!(0)), "above the bound");
        incomplete(&with(good, "/proof/letters", json!("projectors")), "proof.letters: is not \"unitary\"");
        incomplete(&with(good, "/proof/letters", json!(true)), "proof.letters");
        incomplete(&with(good, "/proof/words/1/0/2", json!(0)), "no letter");
        let outcomes = good["scenario"]["outcomes"].clone();
        incomplete(&with(good, "/proof/words/1/0/2", outcomes), "no letter");
    }
    // Another power of Z, and the products of the other group of four elements.
    rejected(&with(&qutrit, "/proof/words/1/1/2", json!(1)), "above the bound");
    rejected(&with(&bell, "/proof/words/1/1/2", json!(2)), "above the bound");
    rejected(&with(&ququart, "/proof/words/3/1/2", json!(3)), "above the bound");
    rejected(&with(&bell_of_four, "/proof/words", words([3, 2, 1])), "above the bound");
    // The same words in projectors are other words; and with two outcomes both are the same.
    rejected(&without(&with(&qutrit, "/proof/words/1/0/2", json!(0)), "/proof/letters"), "above the bound");
    verified(&with(&chsh(), "/proof/letters", json!("unitary")));
    // No other proof has letters.
    incomplete(&with(&chsh_classical(), "/proof/letters", json!("unitary")), "letters");
}

#[test]
fn malformed() {
    let base = chsh();
    for (pointer, value, what) in [
        ("/format", json!("other"), "format: is not"),
        ("/version", json!(2), "version: is not 1"),
        ("/version", json!("1"), "version: is a string"),
        ("/title", json!(5), "title"),
        ("/extra", json!(5), "\"extra\" that has no place"),
        ("/claim/kind", json!("steering"), "claim.kind"),
        ("/claim/bound", json!("1e5"), "claim.bound: \"1e5\" is not of the form"),
        ("/claim/bound", json!("5/2"), "claim.bound"),
        ("/claim/bound", json!(".5"), "claim.bound"),
        ("/claim/bound", json!("5."), "claim.bound"),
        ("/claim/bound", json!("+5"), "claim.bound"),
        ("/claim/bound", json!("--5"), "claim.bound"),
        ("/claim/bound", json!("NaN"), "claim.bound"),
        ("/claim/bound", json!("inf"), "claim.bound"),
        ("/claim/bound", json!("1_000"), "claim.bound"),
        ("/claim/bound", json!(" 3"), "claim.bound"),
        ("/claim/bound", json!("٣"), "claim.bound"),
        ("/claim/bound", json!(3), "claim.bound: is an integer, not a string"),
        ("/claim/bound", json!("9".repeat(20_001)), "more than 20000 digits"),
        ("/claim/bound", json!(format!("1.{}", "a".repeat(1 << 22))), "claim.bound"),
        ("/claim/sense", json!("maximum"), "claim.sense"),
        ("/scenario/kind", json!("triangle"), "scenario.kind"),
        ("/scenario/settings", json!(0), "scenario.settings: is less than 1"),
        ("/scenario/outcomes", json!(1), "scenario.outcomes: is less than 2"),
        ("/scenario/settings", json!(-3), "scenario.settings"),
        ("/scenario/settings", json!(i64::MAX), "1048576 entries"),
        ("/scenario/settings", json!(2.0), "scenario.settings: is a number that"),
        ("/scenario/settings", json!(3), "functional: has 8 items, not 12"),
        ("/scenario/settings", json!(1), "functional: has 8 items, not 4"),
        ("/functional", json!({}), "functional: is an object, not an array"),
        ("/functional/3", json!([]), "functional[3]: has 0 items, not 2"),
        ("/functional/3/0/1", json!("1/0"), "functional[3][0][1]: \"1/0\""),
        ("/functional/3/0/1", json!("1/-2"), "functional[3][0][1]"),
        ("/functional/3/0/1", json!(0), "functional[3][0][1]: is an integer, not an array"),
        ("/functional/3/0/1", json!(null), "functional[3][0][1]"),
        ("/functional/3/0/1", json!({"re": "1"}), "has no \"im\""),
        ("/functional/3/0/1", json!({"re": "1", "im": "0", "abs": "1"}), "\"abs\""),
        ("/functional/3/0/1", json!([["1", 2, 3]]), "has 3 items, not 2"),
        ("/functional/3/0/1", json!([["1", "2"]]), "functional[3][0][1][0][1]: is a string"),
        ("/proof/method", json!("strategies"), "which this claim needs"),
        ("/proof/words", json!([]), "has 0 words"),
        ("/proof/words", json!(vec![json!([]); 4097]), "has 4097 words"),
        ("/proof/words/0", json!(vec![json!([0, 0, 0]); 65]), "more than 64 letters"),
        ("/proof/words/0", json!([[0, 0, 0], [0, 0, 0]]), "normal form"),
        ("/proof/words/0", json!([[1, 0, 0], [0, 0, 0]]), "normal form"),
        ("/proof/words/0", json!([[2, 0, 0]]), "no device"),
        ("/proof/words/0", json!([[0, 2, 0]]), "no device or no input"),
        ("/proof/words/0", json!([[0, 0, 1]]), "no letter"),
        ("/proof/words/0", json!([[0, 0]]), "has 2 items, not 3"),
        ("/proof/words/0", json!([[0, -1, 0]]), "is not a label"),
        ("/proof/words/0", json!([[0, 1_i64 << 40, 0]]), "is not a label"),
        ("/proof/gram/scale", json!(1001), "proof.gram.scale"),
        ("/proof/gram/scale", json!(-1), "proof.gram.scale"),
        ("/proof/gram/re/2", json!(1_i64 << 53), "proof.gram.re[2]: is not below 2^53"),
        ("/proof/gram/re/2", json!(i64::MIN), "proof.gram.re[2]"),
        ("/proof/gram/re/2", json!(0.5), "proof.gram.re[2]"),
        ("/proof/gram/re", json!([1]), "proof.gram.re: has 1 items, not 10"),
        ("/proof/gram/im", json!([]), "proof.gram.im: has 0 items, not 10"),
        ("/proof/margin", json!("-1/2"), "proof.margin: is negative"),
        ("/proof/margin", json!("0.5"), "proof.margin"),
    ] {
        incomplete(&with(&base, pointer, value), what);
    }
    for pointer in ["/format", "/version", "/scenario", "/claim", "/functional", "/proof"] {
        incomplete(&without(&base, pointer), "the certificate has no");
    }
    incomplete(&without(&base, "/proof/margin"), "proof: has no \"margin\"");
    verified(&without(&base, "/title"));
    for text in
        ["", "null", "[]", "{}", "{\"claim\": 3}", "\u{feff}{}", "NaN", "{\"claim\": {\"kind\": \"x\"}}"]
    {
        assert_eq!(check_str(text).exit_code(), 2, "{text}");
    }
    let twice = base.to_string().replacen('{', "{\"version\": 1, ", 1);
    assert!(matches!(check_str(&twice), Outcome::Incomplete { reason, .. } if reason.contains("twice")));
}

#[test]
fn limits_and_edges_of_the_form() {
    let base = chsh();
    let entry = "/functional/0/0/1";
    for zero in
        [json!([]), json!("-0"), json!("0/7"), json!([["1", 8], ["-2", 2]]), json!({"re": [], "im": []})]
    {
        verified(&with(&base, entry, zero));
    }
    // The digits of p and q count together.
    let digits = |p: usize, q: usize| json!(format!("{}/1{}", "0".repeat(p), "0".repeat(q - 1)));
    verified(&with(&base, entry, digits(9_000, 11_000)));
    incomplete(&with(&base, entry, digits(9_000, 11_001)), "more than 20000 digits");
    // 64 pairs in a real, 128 different d in a certificate.
    let roots = |from: u64, to: u64| (from..=to).map(|d| json!(["0", d])).collect::<Value>();
    verified(&with(&base, entry, roots(1, 64)));
    incomplete(&with(&base, entry, roots(1, 65)), "more than 64 pairs");
    let many = with(&with(&base, entry, roots(1, 64)), "/functional/0/1/0", roots(65, 128));
    verified(&many);
    verified(&with(&many, "/functional/1/0/1", roots(50, 113)));
    incomplete(&with(&many, "/functional/1/0/1", roots(129, 129)), "more than 128 different roots");
    // Words may be repeated: the two halves of a diagonal entry do the same.
    let mut repeated = pauli_quantum();
    repeated["proof"]["words"][2] = json!([[0, 0, 0]]);
    repeated["proof"]["words"][3] = json!([[1, 0, 1]]);
    rejected(&repeated, "above the bound");
    verified(&with(&repeated, "/claim/bound", json!("5")));
    // What is malformed is never rejected, whatever else fails.
    let late = with(&with(&base, entry, json!("1")), "/proof/margin", json!("x"));
    incomplete(&late, "proof.margin");
    for (key, value) in [("assemblage", pr_box()), ("noise", noise())] {
        incomplete(&with(&base, &format!("/{key}"), value), "has no place here");
    }
    // Strings and integers.
    let text = base.to_string();
    let title = |title: &str| check_str(&text.replace("\"CHSH\"", title)).exit_code();
    assert_eq!(title("\"\\u0000 \\ud83d\\ude00\""), 0);
    for bad in ["\"\\ud83d\"", "\"\\ude00\\ud83d\"", "\"\n\"", "3", "null", "[\"\"]"] {
        assert_eq!(title(bad), 2, "{bad}");
    }
    for bad in ["-0", "0.0", "0e0", "00", "+0"] {
        let changed = text.replacen("[[0,0,0]]", &format!("[[{bad},0,0]]"), 1);
        assert_ne!(changed, text);
        assert_eq!(check_str(&changed).exit_code(), 2, "{bad}");
    }
}

#[test]
fn visibilities_may_be_any_decimal() {
    // Noise on the other side of the classical bound: outside already at v > −1.
    let mut certificate = chsh_classical();
    certificate["claim"] = json!({"kind": "classical-visibility", "bound": "2", "visibility": "-1"});
    certificate["assemblage"] = pr_box();
    certificate["noise"] =
        bell_table(|a, b, x, y| if (a + b + x * y) % 2 == 0 { "3/8" } else { "1/8" }.to_owned());
    rejected(&certificate, "reach the bound");
    certificate["claim"]["visibility"] = json!("0");
    verified(&certificate);
    certificate["noise"] =
        bell_table(|a, b, x, y| if (a + b + x * y) % 2 == 0 { "7/16" } else { "1/16" }.to_owned());
    rejected(&with(&certificate, "/claim/visibility", json!("-1.01")), "reach the bound");
    verified(&with(&certificate, "/claim/visibility", json!("-1")));
    verified(&with(&certificate, "/claim/visibility", json!("3.5")));
}

#[test]
fn long_numbers_end_soon() {
    let start = std::time::Instant::now();
    // A few of the longest numbers are added up exactly …
    let long = format!("{}/{}", "7".repeat(9_999), "3".repeat(9_998));
    let mut certificate = with(&chsh(), "/functional/0/0/0", json!(long));
    rejected(&certificate, "above the bound");
    certificate["proof"]["margin"] = json!(format!("1/{}", "9".repeat(19_000)));
    rejected(&certificate, "above the bound");
    certificate =
        with(&chsh(), "/proof/margin", json!(format!("{}/{}", "1".repeat(9_989), "9".repeat(10_000))));
    certificate["claim"]["bound"] = json!("2.82842712480001");
    verified(&certificate);
    // … but not thousands with different denominators.
    let scenario = json!({"kind": "bell", "settings": 2, "outcomes": 2, "inputs": 500, "dimension": 2});
    let mut many = with(&chsh(), "/scenario", scenario);
    let entry = |k: usize| format!("1/{}{}", "1".repeat(200), 100_000 + k);
    many["functional"] = (0..2000).map(|k| json!([[entry(2 * k), "0"], ["0", entry(2 * k + 1)]])).collect();
    incomplete(&many, "too long and too many");
    // Nor are thousands of eliminations with long entries done to the end.
    let off_diagonal = json!({"re": "0", "im": format!("1/{}", "7".repeat(9_000))});
    let conjugate = json!({"re": "0", "im": format!("-1/{}", "7".repeat(9_000))});
    let mut strategies = chsh_classical();
    strategies["scenario"] =
        json!({"kind": "traditional", "settings": 14, "outcomes": 2, "inputs": 1, "dimension": 2});
    let mut functional = vec![json!([["0", "0"], ["0", "0"]]); 28];
    functional[0] = json!([["0", off_diagonal], [conjugate, "0"]]);
    strategies["functional"] = json!(functional);
    strategies["proof"]["eigenvalue_bounds"] = json!(vec![["1"]; 1 << 14]);
    incomplete(&strategies, "too many or too large for this checker");
    strategies["claim"]["bound"] = json!("0.5");
    rejected(&strategies, "sums to");
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
    println!("{:?}", start.elapsed());
}

/// One component on a maximally entangled pair of qubits; Alice's measurements by their first effects.
fn component(weight: &str, effects: &[Value], complements: &[Value], channels: Value) -> Value {
    let both = effects.iter().zip(complements).flat_map(|(m, n)| [m.clone(), n.clone()]);
    json!({
        "weight": weight, "alice": 2, "bob": 2, "state": ["1", "0", "0", "1"],
        "measurements": both.collect::<Vec<_>>(), "channels": channels,
    })
}

/// (1 ± P)/2 for P = X, Y, Z, over `divisor`.
fn effect(pauli: char, minus: bool, divisor: u32) -> Value {
    let (one, half) =
        (format!("1/{divisor}"), |minus| format!("{}1/{}", if minus { "-" } else { "" }, 2 * divisor));
    match pauli {
        'X' => json!([[half(false), half(minus)], [half(minus), half(false)]]),
        'Y' => json!([
            [half(false), {"re": "0", "im": half(!minus)}],
            [{"re": "0", "im": half(minus)}, half(false)]
        ]),
        _ if minus => json!([["0", "0"], ["0", one]]),
        _ => json!([[one, "0"], ["0", "0"]]),
    }
}

fn effects(paulis: &str, minus: bool) -> Vec<Value> {
    paulis.chars().map(|pauli| effect(pauli, minus, 1)).collect()
}

/// Alice measures Z and X, Bob (Z ± X)/√2, by rotations that are nearly those by π/8.
fn chsh_value() -> Value {
    let t = 19_891_i64; // 10^5·tan(π/16)
    let (c, s) = (10_000_000_000 - t * t, 200_000 * t);
    let q = |p: i64| format!("{p}/{}", 10_000_000_000 + t * t);
    let channels = json!([[[[q(c), q(s)], [q(-s), q(c)]]], [[[q(c), q(-s)], [q(s), q(c)]]]]);
    let mut certificate = chsh();
    certificate["claim"] = json!({"kind": "quantum-value", "sense": "max", "value": "2.8284271"});
    let component = component("1", &effects("ZX", false), &effects("ZX", true), channels);
    certificate["proof"] = json!({"method": "model", "components": [component]});
    certificate
}

#[test]
fn values_of_models() {
    let base = chsh_value();
    verified(&base);
    assert!(check(&base).claim().unwrap().starts_with("⟨F, σ⟩ ≥ 2.8284271 for some quantum σ"));
    rejected(&with(&base, "/claim/value", json!("2.8284272")), "value");
    let minimum = with(&base, "/claim/sense", json!("min"));
    rejected(&minimum, "value");
    verified(&with(&minimum, "/claim/value", json!("2.8284272")));
    let first = "/proof/components/0";
    let at = |rest: &str| format!("{first}{rest}");
    for (pointer, value, what) in [
        (at("/weight"), json!("2"), "weights"),
        (at("/weight"), json!("999/1000"), "weights"),
        (at("/measurements/0/0/1"), json!("1/7"), "Hermitian"),
        (at("/measurements/0/0/0"), json!({"re": "1", "im": "1"}), "Hermitian"),
        (at("/measurements/0/0/0"), json!("2"), "is not 1"),
        (at("/channels/0/0/0/0"), json!("1"), "1 − N_y"),
        (at("/state"), json!(["1", "0", "0", "-1"]), "value"),
        ("/functional/0/0/1".to_owned(), json!("1"), "Hermitian"),
    ] {
        rejected(&with(&base, &pointer, value), what);
    }
    // Negative by 2^−60, with the right sum.
    let tiny = 1_u64 << 60;
    let negative = with(&base, &at("/measurements/0/1/1"), json!(format!("-1/{tiny}")));
    let negative = with(&negative, &at("/measurements/1/1/1"), json!(format!("{}/{tiny}", tiny + 1)));
    rejected(&negative, "M_ax is not positive");
    // A singular 1 − N_y is enough, a little more is not.
    let unit = with(&base, &at("/channels/0/0"), json!([["1", "0"], ["0", "1"]]));
    rejected(&unit, "value");
    verified(&with(&unit, "/claim/value", json!("2.4")));
    rejected(&with(&unit, &at("/channels/0/0/0/0"), json!(format!("{}/{tiny}", tiny + 1))), "1 − N_y");
    for (pointer, value, what) in [
        (at("/weight"), json!("0"), "weight: is not positive"),
        (at("/weight"), json!("-1"), "weight: is not positive"),
        (at("/weight"), json!([["1", 1]]), "weight"),
        (at("/alice"), json!(0), "alice"),
        (at("/alice"), json!(3), "has 4 items, not 6"),
        (at("/bob"), json!(4096), "product"),
        (at("/state"), json!(["0", "0", "0", "-0"]), "is zero"),
        (at("/state"), json!(["1", "0", "1"]), "has 3 items, not 4"),
        (at("/state/0"), json!([["1", 2]]), "state[0]"),
        (at("/state/0"), json!({"re": "1"}), "no \"im\""),
        (at("/measurements/0"), json!([["1"], ["0"]]), "has 1 items, not 2"),
        (at("/measurements"), json!([]), "has 0 items, not 4"),
        (at("/channels"), json!([]), "has 0 items, not 2"),
        (at("/channels/1"), json!([]), "not 1 to 4096"),
        (at("/channels/1/0"), json!([["1", "0"]]), "has 1 items, not 2"),
        (at("/extra"), json!("1"), "\"extra\""),
        ("/proof/share".to_owned(), json!("1/2"), "\"share\""),
        ("/proof/components".to_owned(), json!([]), "not 1 to 64"),
        ("/proof/components".to_owned(), json!(vec![json!({}); 65]), "not 1 to 64"),
        ("/proof/method".to_owned(), json!("ghjw"), "\"model\""),
        ("/assemblage".to_owned(), pr_box(), "\"assemblage\""),
        ("/claim/value".to_owned(), json!("14/5"), "claim.value"),
        ("/claim/bound".to_owned(), json!("3"), "\"bound\""),
        ("/claim/sense".to_owned(), json!("least"), "claim.sense"),
    ] {
        incomplete(&with(&base, &pointer, value), what);
    }
    for pointer in ["/functional", "/claim/sense", "/claim/value", "/proof/components/0/bob"] {
        incomplete(&without(&base, pointer), "has no");
    }
    // Two halves, one of them with both outcomes of Alice exchanged.
    let mut two = base.clone();
    let mut other = base["proof"]["components"][0].clone();
    other["weight"] = json!("1/4");
    two["proof"]["components"][0]["weight"] = json!("3/4");
    let m = other["measurements"].as_array_mut().unwrap();
    m.swap(0, 1);
    m.swap(2, 3);
    two["proof"]["components"].as_array_mut().unwrap().push(other);
    rejected(&two, "value");
    verified(&with(&two, "/claim/value", json!("1.41421355")));
    rejected(&with(&two, "/claim/value", json!("1.4142136")), "value");
}

/// What X, Y and Z on a maximally entangled pair steer to, the transposed effects: Y has the other sign.
fn steered() -> Value {
    let table: Vec<_> = [false, true]
        .iter()
        .flat_map(|&a| [('X', a), ('Y', !a), ('Z', a)].map(|(pauli, minus)| effect(pauli, minus, 2)))
        .collect();
    json!(table)
}

fn existence(kind: &str, claim: Value, proof: Value) -> Value {
    let mut certificate = json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "traditional", "settings": 3, "outcomes": 2, "inputs": 1, "dimension": 2},
        "claim": claim,
        "assemblage": steered(),
        "proof": proof,
    });
    certificate["claim"]["kind"] = json!(kind);
    certificate
}

fn pauli_model() -> Value {
    let identity = json!([[["1", "0"], ["0", "1"]]]);
    let component = component("1", &effects("XYZ", false), &effects("XYZ", true), json!([identity]));
    json!({"method": "model", "components": [component]})
}

fn approximation() -> Value {
    existence("quantum-approximation", json!({"deviation": "0"}), pauli_model())
}

#[test]
fn approximations() {
    let base = approximation();
    verified(&base);
    rejected(&with(&base, "/claim/deviation", json!("-1")), "deviation");
    let mut conjugated = base.clone();
    for (a, minus) in [(1, false), (4, true)] {
        conjugated["assemblage"][a] = effect('Y', minus, 2);
    }
    rejected(&conjugated, "deviation");
    rejected(&with(&conjugated, "/claim/deviation", json!("0.4999")), "deviation");
    verified(&with(&conjugated, "/claim/deviation", json!("0.5")));
    rejected(&with(&base, "/assemblage/0/0/0", json!("1/3")), "depends on x");
    incomplete(&with(&base, "/functional", steered()), "\"functional\"");
    incomplete(&with(&base, "/proof/share", json!("1/2")), "\"share\"");
    incomplete(&with(&base, "/claim/sense", json!("max")), "\"sense\"");
    // √2/4 in the place of 1/4 beside the diagonal of the first two matrices.
    let mut root = base.clone();
    for (a, sign) in [(0, "1/4"), (3, "-1/4")] {
        root["assemblage"][a][0][1] = json!([[sign, 2]]);
        root["assemblage"][a][1][0] = json!([[sign, 2]]);
    }
    verified(&with(&root, "/claim/deviation", json!("0.1036")));
    rejected(&with(&root, "/claim/deviation", json!("0.1035")), "deviation");
}

fn mixture() -> Value {
    let mut certificate = existence("quantum-mixture", json!({"visibility": "0.9"}), pauli_model());
    certificate["noise"] = json!(vec![json!([["1/4", "0"], ["0", "1/4"]]); 6]);
    certificate["proof"]["share"] = json!("9/10");
    certificate
}

#[test]
fn mixtures() {
    let base = mixture();
    verified(&base);
    // With w = v ∓ e the condition is 3·e/(1/10 ± e) ≤ 1.
    verified(&with(&base, "/proof/share", json!("17/20")));
    rejected(&with(&base, "/proof/share", json!("849999/1000000")), "common cause");
    verified(&with(&base, "/proof/share", json!("37/40")));
    rejected(&with(&base, "/proof/share", json!("925001/1000000")), "common cause");
    rejected(&with(&base, "/proof/share", json!("1/1000")), "common cause");
    for share in ["0", "1", "-1/2", "11/10"] {
        incomplete(&with(&base, "/proof/share", json!(share)), "share: is not between 0 and 1");
    }
    for visibility in ["1.1", "-0.1"] {
        incomplete(&with(&base, "/claim/visibility", json!(visibility)), "is not from 0 to 1");
    }
    rejected(&with(&base, "/claim/visibility", json!("1")), "common cause");
    incomplete(&without(&base, "/proof/share"), "no \"share\"");
    incomplete(&without(&base, "/noise"), "no \"noise\"");
    incomplete(&with(&base, "/functional", steered()), "\"functional\"");
    incomplete(&with(&base, "/proof", json!({"method": "ghjw"})), "\"model\"");
    rejected(&with(&base, "/noise/0/0/0", json!("1/2")), "noise");
    rejected(&with(&base, "/proof/components/0/weight", json!("1/2")), "weights");
}

/// One setting; the share leaves q/2·(1/d) ± f/2·Z of each element, so that the condition is 3f/q ≤ 1/2.
#[test]
fn remainders() {
    let half = json!([["1/2", "0"], ["0", "1/2"]]);
    let identity = json!([[["1", "0"], ["0", "1"]]]);
    let component =
        component("1", std::slice::from_ref(&half), std::slice::from_ref(&half), json!([identity]));
    let mut certificate = existence(
        "quantum",
        json!({}),
        json!({"method": "model", "components": [component], "share": "1/2"}),
    );
    certificate["scenario"]["settings"] = json!(1);
    let element = json!([["7/24", "0"], ["0", "5/24"]]);
    certificate["assemblage"] = json!([element, element]);
    verified(&certificate);
    rejected(&with(&certificate, "/proof/share", json!("500001/1000000")), "common cause");
    let element = json!([["7000001/24000000", "0"], ["0", "4999999/24000000"]]);
    rejected(&with(&certificate, "/assemblage", json!([element, element])), "common cause");
    // What is left must have positive traces.
    let (one, zero) = (json!([["1/2", "0"], ["0", "1/2"]]), json!([["0", "0"], ["0", "0"]]));
    rejected(&with(&certificate, "/assemblage", json!([one, zero])), "positive for a = 1");
}

/// One setting with a third answer that is never given: of what the share leaves it may be left out if it is zero for
/// every input.
#[test]
fn answers_that_are_left_out() {
    let (half, zero) = (json!([["1/2", "0"], ["0", "1/2"]]), json!([["0", "0"], ["0", "0"]]));
    let identity = json!([["1", "0"], ["0", "1"]]);
    let both = std::slice::from_ref(&half);
    let mut component = component("1", both, both, json!([[identity], [identity]]));
    component["measurements"] = json!([half, half, zero]);
    let mut base = existence(
        "quantum",
        json!({}),
        json!({"method": "model", "components": [component], "share": "1/2"}),
    );
    base["scenario"] =
        json!({"kind": "bob-with-input", "settings": 1, "outcomes": 3, "inputs": 2, "dimension": 2});
    let element = json!([["1/4", "0"], ["0", "1/4"]]);
    base["assemblage"] = json!([element, element, element, element, zero, zero]);
    verified(&base);
    verified(&with(&base, "/assemblage/5/0/0", json!([["1", 8], ["-2", 2]])));
    let with_third = |diagonals: [[i64; 2]; 2]| {
        let diagonal = |[p, q]: [i64; 2]| json!([[format!("{p}/1000"), "0"], ["0", format!("{q}/1000")]]);
        let mut tables: Vec<Value> = diagonals.map(|[p, q]| diagonal([250 - p, 250 - q])).into();
        tables.extend([element.clone(), element.clone()]);
        tables.extend(diagonals.map(diagonal));
        with(&base, "/assemblage", tables.into())
    };
    verified(&with_third([[1, 0]; 2]));
    rejected(&with_third([[3, -1]; 2]), "common cause");
    for diagonals in [[[0, 0], [1, -1]], [[1, -1], [0, 0]], [[-1, -1], [-1, -1]]] {
        rejected(&with_third(diagonals), "not shown to be positive for a = 2, x = 0, nor is all of it zero");
    }
    // A model that gives the answer leaves less than nothing.
    let small = json!([["1/100", "0"], ["0", "1/100"]]);
    let other = with(&base, "/proof/components/0/measurements/2", small);
    let rest = json!([["49/100", "0"], ["0", "49/100"]]);
    rejected(&with(&other, "/proof/components/0/measurements/0", rest), "positive for a = 2");
}

/// Bob's channels are the identity and one that keeps a quarter.
fn with_input() -> Value {
    let channels = json!([[[["1", "0"], ["0", "1"]]], [[["1/2", "0"], ["0", "1/2"]]]]);
    let component = component("1", &effects("XZ", false), &effects("XZ", true), channels);
    let mut certificate = existence(
        "quantum",
        json!({}),
        json!({"method": "model", "components": [component], "share": "9/10"}),
    );
    certificate["scenario"] =
        json!({"kind": "bob-with-input", "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 2});
    // (1 ± r·P)/4 with r = 9/10 and a quarter of it.
    let element = |diagonal: bool, minus: bool, r: i32| {
        let r = if minus { -r } else { r };
        let q = |p: i32| format!("{p}/160");
        if diagonal {
            json!([[q(40 + r), "0"], ["0", q(40 - r)]])
        } else {
            json!([["1/4", q(r)], [q(r), "1/4"]])
        }
    };
    let labels = (0..8).map(|k| element(k / 2 % 2 == 1, k / 4 == 1, if k % 2 == 0 { 36 } else { 9 }));
    certificate["assemblage"] = labels.collect();
    certificate
}

#[test]
fn inputs_of_bob() {
    let base = with_input();
    verified(&base);
    rejected(&with(&base, "/proof/components/0/channels/0/0", json!([["1/2", "0"], ["0", "1/2"]])), "y = 0");
    rejected(&with(&base, "/proof/components/0/channels/1/0", json!([["1", "0"], ["0", "1"]])), "y = 1");
    rejected(&with(&base, "/proof/components/0/channels/1/0/0/1", json!("1")), "1 − N_y");
    incomplete(&with(&base, "/proof", json!({"method": "ghjw"})), "traditional");
    incomplete(&with(&base, "/proof/method", json!("gram")), "\"model\"");
}

fn ghjw() -> Value {
    existence("quantum", json!({}), json!({"method": "ghjw"}))
}

#[test]
fn traditional_assemblages() {
    let base = ghjw();
    verified(&base);
    incomplete(&with(&base, "/proof/share", json!("1/2")), "\"share\"");
    incomplete(&with(&base, "/noise", steered()), "\"noise\"");
    incomplete(&with(&base, "/claim/visibility", json!("1")), "\"visibility\"");
    incomplete(&with(&base, "/scenario/kind", json!("bell")), "traditional");
    incomplete(&without(&base, "/assemblage"), "\"assemblage\"");
    // Hermitian, no signalling, of trace 1 and not positive, by 2^−60.
    let tiny = 1_u64 << 60;
    let mut negative = base.clone();
    negative["assemblage"][2] = json!([["1/2", "0"], ["0", format!("-1/{tiny}")]]);
    negative["assemblage"][5] = json!([["0", "0"], ["0", format!("{}/{tiny}", tiny / 2 + 1)]]);
    rejected(&negative, "assemblage[2] is not shown");
    rejected(&with(&base, "/assemblage/0/0/1", json!("1/8")), "Hermitian");
}

#[test]
fn large_models_end_soon() {
    let start = std::time::Instant::now();
    // 16 levels each, dense measurements that are positive with a margin.
    let n = 16;
    let q = |p: i64| format!("{p}/{}", 1_i64 << 60);
    let mut random = Random(0x1357_9bdf_2468_ace1);
    let mut m = vec![vec![json!("0"); n]; n];
    let mut complement = m.clone();
    for i in 0..n {
        m[i][i] = json!("1/2");
        complement[i][i] = json!("1/2");
        for j in 0..i {
            let (re, im) = (random.below(1 << 54) as i64, random.below(1 << 54) as i64);
            m[i][j] = json!({"re": q(re), "im": q(im)});
            m[j][i] = json!({"re": q(re), "im": q(-im)});
            complement[i][j] = json!({"re": q(-re), "im": q(-im)});
            complement[j][i] = json!({"re": q(-re), "im": q(im)});
        }
    }
    let state: Vec<_> = (0..n * n).map(|_| q(random.below(1 << 60) as i64)).collect();
    let kraus: Vec<_> =
        (0..2).map(|_| (0..n).map(|_| q(random.below(1 << 57) as i64)).collect::<Vec<_>>()).collect();
    let mut certificate = chsh_value();
    certificate["proof"]["components"][0] = json!({
        "weight": "1", "alice": n, "bob": n, "state": state,
        "measurements": [m, complement, m, complement], "channels": [[kraus], [kraus]],
    });
    rejected(&certificate, "value");
    verified(&with(&certificate, "/claim/value", json!("-4")));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    // Too much for any checker: 2048 levels.
    let n = 2048;
    let component = &mut certificate["proof"]["components"][0];
    (component["alice"], component["bob"]) = (json!(1), json!(n));
    component["state"] = json!(vec!["1"; n]);
    component["measurements"] = json!([[["1"]], [["0"]], [["1"]], [["0"]]]);
    component["channels"] = json!([vec![vec![vec!["0"; n]; 2]; 500], vec![vec![vec!["0"; n]; 2]]]);
    incomplete(&certificate, "too large");
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

fn every_kind() -> Vec<Value> {
    let mut post_quantum = chsh();
    post_quantum["claim"] = json!({"kind": "post-quantum", "bound": "2.9", "violation": "1"});
    post_quantum["assemblage"] = pr_box();
    let mut no_signalling = chsh();
    no_signalling["claim"] = json!({"kind": "no-signalling-bound", "sense": "max", "bound": "4"});
    let zero = json!([["0", "0"], ["0", "0"]]);
    no_signalling["proof"] =
        json!({"method": "multipliers", "marginal": vec![zero; 4], "trace": vec![json!("0"); 8]});
    let models = [chsh_value(), approximation(), mixture(), with_input(), ghjw()];
    [chsh(), chsh_classical(), pauli_quantum(), qutrit(), post_quantum, no_signalling, only_one_box()]
        .into_iter()
        .chain(models)
        .collect()
}

#[test]
fn damaged_bytes_never_panic() {
    damage_bytes(&every_kind());
}

#[test]
fn damaged_structure_never_panics() {
    damage_structure(&every_kind());
}

#[test]
fn the_program() {
    let run = |arguments: &[&str]| {
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_steerq-check")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (good, bad) = (directory.join("good.json"), directory.join("bad.json"));
    std::fs::write(&good, chsh().to_string()).unwrap();
    std::fs::write(&bad, with(&chsh(), "/claim/bound", json!("2")).to_string()).unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let (code, text) = run(&[good]);
    assert_eq!(code, Some(0));
    assert!(text.contains("claim: ⟨F, σ⟩ ≤ 2.8284271248") && text.ends_with("\nverified\n"), "{text}");
    assert_eq!(run(&[good, bad]).0, Some(1));
    assert_eq!(run(&[bad, "no-such-file", good]).0, Some(2));
    assert_eq!(run(&[env!("CARGO_TARGET_TMPDIR")]).0, Some(2));
    assert_eq!(run(&[]).0, Some(2));
    assert_eq!(run(&["--frobnicate"]).0, Some(2));
    assert_eq!(run(&["--help"]).0, Some(0));
    assert!(run(&["--version"]).1.starts_with("steerq-check "));
}

#[test]
#[ignore = "measures; run with --release --ignored --nocapture"]
fn timings() {
    // Words of Alice's three observables and Bob's Pauli letters for two inputs, shortest first.
    let mut words: Vec<Vec<[u32; 3]>> = vec![vec![]];
    let letters: Vec<[u32; 3]> =
        (0..3).map(|x| [0, x, 0]).chain((0..2).flat_map(|y| (1..4).map(move |g| [1, y, g]))).collect();
    let follows = |last: &[u32; 3], letter: &[u32; 3]| {
        (last[0], last[1]) != (letter[0], letter[1]) && last[0] <= letter[0]
    };
    let mut k = 0;
    while words.len() < 1100 {
        let word = words[k].clone();
        for letter in letters.iter().filter(|letter| word.last().is_none_or(|last| follows(last, letter))) {
            words.push(word.iter().chain([letter]).copied().collect());
        }
        k += 1;
    }
    let mut random = Random(0x1234_5678_9abc_def1);
    for complex in [false, true] {
        for n in [28, 52, 100, 250, 500, 1000] {
            let v: Vec<Vec<(i64, i64)>> = (0..n + 10)
                .map(|_| {
                    let mut part = || random.below(1 << 21) as i64 - (1 << 20);
                    (0..n).map(|_| (part(), if complex { part() } else { 0 })).collect()
                })
                .collect();
            let (mut re, mut im) = (Vec::new(), Vec::new());
            for (i, j) in (0..n).flat_map(|j| (0..=j).map(move |i| (i, j))) {
                let (mut x, mut y) = (0, 0);
                for row in &v {
                    x += row[i].0 * row[j].0 + row[i].1 * row[j].1;
                    y += row[i].0 * row[j].1 - row[i].1 * row[j].0;
                }
                re.push(x);
                im.push(y);
            }
            let mut gram = json!({"scale": 40, "re": re});
            if complex {
                gram["im"] = json!(im);
            }
            let table =
                vec![json!([["1", {"re": "1/3", "im": "-1/7"}], [{"re": "1/3", "im": "1/7"}, "0"]]); 12];
            let certificate = json!({
                "format": "steerq-certificate",
                "version": 1,
                "scenario":
                    {"kind": "bob-with-input", "settings": 3, "outcomes": 2, "inputs": 2, "dimension": 2},
                "claim": {"kind": "quantum-bound", "sense": "max", "bound": "1000000000000"},
                "functional": table,
                "proof": {"method": "gram", "words": words[..n], "gram": gram, "margin": "1/1000000"},
            });
            let text = certificate.to_string();
            let start = std::time::Instant::now();
            let outcome = check_str(&text);
            println!("complex {complex} n {n}: {outcome} in {:.2?}", start.elapsed());
        }
    }
}
