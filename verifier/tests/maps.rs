//! Certificates about maps from a reference, and the self-test: made by hand, tampered with, malformed, damaged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside of test functions

mod common;

use common::{
    Random, check, damage_bytes, damage_structure, incomplete, leaves, rejected, verified, with, without,
};
use serde_json::{Value, json};

/// a + b·√2.
type Number = (i64, i64);
const ZERO: Number = (0, 0);

/// Three directions in units of 1/2: what Alice measures.
type Directions = [[Number; 3]; 3];
const PAULI: Directions = [[(2, 0), ZERO, ZERO], [ZERO, (2, 0), ZERO], [ZERO, ZERO, (2, 0)]];
/// (X + Z)/√2, Y, (X − Z)/√2.
const TURNED: Directions = [[(0, 1), ZERO, (0, 1)], [ZERO, (2, 0), ZERO], [(0, 1), ZERO, (0, -1)]];

fn real((a, b): Number, denominator: i64) -> Value {
    match b {
        0 => json!(format!("{a}/{denominator}")),
        _ => json!([[format!("{a}/{denominator}"), 1], [format!("{b}/{denominator}"), 2]]),
    }
}

/// (c·1 + n_X·X + n_Y·Y + n_Z·Z)/denominator.
fn bloch(c: i64, n: [Number; 3], denominator: i64) -> Value {
    let [x, y, z] = n;
    let entry = |re, im| json!({"re": real(re, denominator), "im": real(im, denominator)});
    json!([
        [real((c + z.0, z.1), denominator), entry(x, (-y.0, -y.1))],
        [entry(x, y), real((c - z.0, -z.1), denominator)]
    ])
}

fn scaled(n: [Number; 3], factor: i64) -> [Number; 3] {
    n.map(|(a, b)| (factor * a, factor * b))
}

fn transposed([x, y, z]: [Number; 3]) -> [Number; 3] {
    [x, (-y.0, -y.1), z]
}

/// The matrix in the levels from `first` on, of `size`; zero elsewhere.
fn embedded(matrix: &Value, first: usize, size: usize) -> Value {
    let entry = |i: usize, j: usize| match (i.checked_sub(first), j.checked_sub(first)) {
        (Some(i), Some(j)) if i < 2 && j < 2 => matrix[i][j].clone(),
        _ => json!("0"),
    };
    (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect::<Value>()).collect()
}

fn zero(size: usize) -> Value {
    json!(vec![vec!["0"; size]; size])
}

fn diagonal(entries: &[&str]) -> Value {
    let mut matrix = zero(entries.len());
    entries.iter().enumerate().for_each(|(i, entry)| matrix[i][i] = json!(entry));
    matrix
}

/// Three settings, two outcomes, two inputs, in the order of tables.
fn table(element: impl Fn(usize, usize, usize) -> Value) -> Value {
    (0..12).map(|k| element(k / 6, k / 2 % 3, k % 2)).collect()
}

fn sign(minus: bool) -> i64 {
    if minus { -1 } else { 1 }
}

/// τ_{a|x} = (1 ± n_x·2/c)/4: pure for c = 2.
fn tau(directions: &Directions, c: i64, a: usize, x: usize) -> Value {
    bloch(c, scaled(directions[x], sign(a == 1)), 4 * c)
}

/// The identity and, for y = 1, the transposition of the reference.
fn assemblage(directions: &Directions, c: i64) -> Value {
    table(|a, x, y| {
        let n = scaled(directions[x], sign(a == 1));
        bloch(c, if y == 0 { n } else { transposed(n) }, 4 * c)
    })
}

/// Nothing for y = 0, and the transposed ±n_x for y = 1.
fn functional(directions: &Directions) -> Value {
    table(|a, x, y| match y {
        0 => zero(2),
        _ => bloch(0, transposed(scaled(directions[x], sign(a == 1))), 2),
    })
}

fn reference(directions: &Directions, c: i64) -> Value {
    let elements: Value = (0..6).map(|k| tau(directions, c, k / 3, k % 3)).collect();
    json!({"dimension": 2, "elements": elements})
}

/// The assemblage reaches ⟨F, σ⟩ = 3. As W_1 = ½(X⊗X + Y⊗Y + Z⊗Z) ≤ ½, channels reach 1.
fn witness(directions: &Directions) -> Value {
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bob-with-input", "settings": 3, "outcomes": 2, "inputs": 2, "dimension": 2},
        "claim": {"kind": "not-realisable", "maps": "cptp", "bound": "1", "violation": "2"},
        "functional": functional(directions),
        "reference": reference(directions, 2),
        "assemblage": assemblage(directions, 2),
        "proof": {"method": "witness", "multipliers": [zero(2), diagonal(&["1/2", "1/2"])]},
    })
}

#[test]
fn channels_do_not_transpose() {
    for directions in [PAULI, TURNED] {
        let base = witness(&directions);
        verified(&base);
        rejected(&with(&base, "/claim/violation", json!("2.0000001")), "bound + violation");
        rejected(&with(&base, "/claim/violation", json!("0")), "not positive");
        rejected(&with(&base, "/claim/violation", json!("-1")), "not positive");
        rejected(&with(&base, "/claim/bound", json!("1.0000001")), "bound + violation");
        rejected(&with(&base, "/claim/bound", json!("0.9999999")), "above the bound");
        // ½ is the largest eigenvalue of W_1, by 2^−60.
        let less = with(&base, "/proof/multipliers/1/0/0", json!("576460752303423487/1152921504606846976"));
        rejected(&less, "K_y ⊗ 1 − W_y is not shown to be positive semidefinite for y = 1");
        rejected(&with(&base, "/proof/multipliers/0/0/0", json!("-1/1000000")), "y = 0");
        rejected(&with(&base, "/proof/multipliers/1/0/1", json!("1/7")), "multipliers[1] is not Hermitian");
        // Decomposable maps reach 3.
        let other = with(&base, "/claim/maps", json!("decomposable"));
        rejected(&other, "W_y^Γ");
        let other = with(&other, "/proof/multipliers/1", diagonal(&["3/2", "3/2"]));
        rejected(&other, "above the bound");
        let other = with(&with(&other, "/claim/bound", json!("3")), "/claim/violation", json!("0.0000001"));
        rejected(&other, "bound + violation");
        // Only below what they reach by more than the bound are others out.
        let visibility = json!({"kind": "realisable-visibility", "maps": "decomposable", "bound": "3",
            "visibility": "1"});
        let mut trivial = with(&other, "/claim", visibility);
        trivial["noise"] = table(|_, _, _| diagonal(&["1/4", "1/4"]));
        verified(&trivial);
    }
    assert_eq!(
        check(&witness(&PAULI)).claim().unwrap(),
        "no channels make the assemblage of the reference: ⟨F, σ⟩ ≥ 1 + 2 for it, but ⟨F, σ⟩ ≤ 1 for every σ that \
         channels make of the reference in this bob-with-input scenario (3 settings, 2 outcomes, 2 inputs, d = 2)"
    );
    assert!(
        check(&with(&witness(&PAULI), "/claim/maps", json!("decomposable")))
            .claim()
            .unwrap()
            .starts_with("no decomposable maps make the assemblage of the reference")
    );
}

/// The functional times √2, so that W is irrational.
#[test]
fn irrational_witness() {
    let mut base = witness(&PAULI);
    base["functional"] = table(|a, x, y| {
        let n = PAULI[x].map(|(a, _)| (0, a));
        if y == 0 { zero(2) } else { bloch(0, transposed(scaled(n, sign(a == 1))), 2) }
    });
    base["claim"]["bound"] = json!("1.4142135626");
    base["claim"]["violation"] = json!("2.8284271245");
    let above = "7071067813/10000000000"; // of ½·√2
    base["proof"]["multipliers"][1] = diagonal(&[above, above]);
    verified(&base);
    rejected(&with(&base, "/claim/violation", json!("2.8284271246")), "bound + violation");
    rejected(&with(&base, "/claim/bound", json!("1.4142135625")), "above the bound");
    let below = "7071067811/10000000000";
    rejected(&with(&base, "/proof/multipliers/1", diagonal(&[below, below])), "semidefinite for y = 1");
}

#[test]
fn visibility() {
    let mut base = witness(&PAULI);
    base["claim"] =
        json!({"kind": "realisable-visibility", "maps": "cptp", "bound": "1", "visibility": "0.3333333334"});
    base["noise"] = table(|_, _, _| diagonal(&["1/4", "1/4"]));
    verified(&base);
    assert!(check(&base).claim().unwrap().starts_with(
        "no channels make v·assemblage + (1−v)·noise of the reference for any v in (0.3333333334, 1], because"
    ));
    rejected(&with(&base, "/claim/visibility", json!("0.3333333333")), "reach the bound");
    rejected(&with(&base, "/noise", base["assemblage"].clone()), "exceed");
    rejected(&with(&base, "/noise/3/0/1", json!("1/9")), "noise[3] is not Hermitian");
    // The rules of §2 are not asked for: neither of the assemblage nor of noise.
    verified(&with(&base, "/noise/2/0/0", json!("7")));
    let mut partial = base.clone();
    for table in ["assemblage", "noise"] {
        (0..6).for_each(|pair| partial[table][2 * pair] = json!(null));
    }
    verified(&partial);
    assert!(check(&partial).claim().unwrap().contains("(1−v)·noise (6 of 12 elements) of the reference"));
    incomplete(&with(&partial, "/noise/4", zero(2)), "noise: element 4 is null in the assemblage alone");
    incomplete(&with(&partial, "/noise/5", json!(null)), "noise: element 5 is null in the noise alone");
}

/// The maps are the identity and the transposition.
fn realisable(directions: &Directions) -> Value {
    let c = if *directions == PAULI { 2 } else { 4 };
    let mut identity = zero(4);
    for (i, j) in [(0, 0), (0, 3), (3, 0), (3, 3)] {
        identity[i][j] = json!("1");
    }
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bob-with-input", "settings": 3, "outcomes": 2, "inputs": 2, "dimension": 2},
        "claim": {"kind": "realisable", "maps": "decomposable", "deviation": "0"},
        "reference": reference(directions, c),
        "assemblage": assemblage(directions, c),
        "proof": {
            "method": "choi",
            "maps": [{"direct": identity}, {"direct": zero(4), "transposed": identity}],
        },
    })
}

#[test]
fn transpositions_are_decomposable() {
    for directions in [PAULI, TURNED] {
        let base = realisable(&directions);
        verified(&base);
        rejected(&with(&base, "/claim/deviation", json!("-0.1")), "within the deviation");
        incomplete(&with(&base, "/claim/maps", json!("cptp")), "proof.maps[1]: has a key \"transposed\"");
        let identity = base["proof"]["maps"][0].clone();
        let direct = with(&base, "/proof/maps/1", identity.clone());
        rejected(&direct, "assemblage[3][0][1]");
        // The largest difference is twice the entry of Y beside the diagonal, 1/4 or 1/8.
        let [largest, below, half, below_half] = match directions == PAULI {
            true => ["0.5", "0.4999999", "0.25", "0.2499999"],
            false => ["0.25", "0.2499999", "0.125", "0.1249999"],
        };
        rejected(&with(&direct, "/claim/deviation", json!(below)), "within the deviation");
        verified(&with(&direct, "/claim/deviation", json!(largest)));
        let channels = with(&direct, "/claim/maps", json!("cptp"));
        rejected(&channels, "assemblage[3][0][1]");
        verified(&with(&channels, "/claim/deviation", json!(largest)));
        // Half of one and half of the other loses Y.
        let mut halved = identity["direct"].clone();
        leaves(&mut halved, &mut |z| {
            if z == "1" {
                *z = json!("1/2");
            }
        });
        let both = with(&base, "/proof/maps/1", json!({"direct": halved, "transposed": halved}));
        rejected(&with(&both, "/claim/deviation", json!(below_half)), "within the deviation");
        verified(&with(&both, "/claim/deviation", json!(half)));
    }
    // An irrational difference: (√2 − 1)/16 of X and Z.
    let mut turned = realisable(&TURNED);
    turned["assemblage"][0] = bloch(4, [(1, 0), ZERO, (1, 0)], 16);
    rejected(&turned, "assemblage[0][0][0] differs");
    rejected(&with(&turned, "/claim/deviation", json!("0.0258883476")), "assemblage[0][0][0]");
    verified(&with(&turned, "/claim/deviation", json!("0.0258883477")));
    // A pure irrational reference is positive by its rank, which enclosures do not show; a longer vector is not.
    turned["reference"] = reference(&TURNED, 2);
    turned["assemblage"] = assemblage(&TURNED, 2);
    verified(&turned);
    turned["reference"] = reference(&TURNED, 1);
    turned["assemblage"] = assemblage(&TURNED, 1);
    rejected(&turned, "reference.elements[0] is not shown to be positive semidefinite");
}

#[test]
fn what_maps_mean() {
    let claim = |certificate: &Value| check(certificate).claim().unwrap().to_owned();
    let base = realisable(&PAULI);
    assert_eq!(
        claim(&base),
        "decomposable maps make of the reference what differs from the assemblage by at most 0 in every real and \
         imaginary part, in this bob-with-input scenario (3 settings, 2 outcomes, 2 inputs, d = 2); so whatever \
         Bob measures has quantum correlations"
    );
    let channels = with(&without(&base, "/proof/maps/1/transposed"), "/claim/maps", json!("cptp"));
    assert!(claim(&channels).ends_with("; so the assemblage is quantum"));
    for certificate in [&base, &channels] {
        assert!(claim(&with(certificate, "/claim/deviation", json!("0.1"))).ends_with("d = 2)"));
        assert!(!claim(&with(certificate, "/claim/deviation", json!("0.000"))).ends_with("d = 2)"));
        let partial = claim(&with(certificate, "/assemblage/4", json!(null)));
        assert!(
            partial.contains("from the assemblage (11 of 12 elements) by") && partial.ends_with("d = 2)")
        );
    }
}

#[test]
fn conditions_of_maps() {
    let base = realisable(&PAULI);
    let tiny = 1_u64 << 60;
    let (more, less) = (format!("{}/{tiny}", tiny + 1), format!("{}/{tiny}", tiny - 1));
    for (pointer, value, what) in [
        ("/proof/maps/0/direct/0/0", json!(more), "proof.maps[0] does not preserve traces"),
        ("/proof/maps/0/direct/0/0", json!(less), "proof.maps[0].direct is not positive"),
        ("/proof/maps/0/direct/0/3", json!(less), "proof.maps[0].direct is not Hermitian"),
        ("/proof/maps/0/direct/0/1", json!("1/5"), "proof.maps[0].direct is not Hermitian"),
        ("/proof/maps/0/direct/0/0", json!({"re": "1", "im": "1"}), "not Hermitian"),
        ("/proof/maps/1/direct/1/1", json!("-1/8"), "proof.maps[1].direct is not positive"),
        ("/proof/maps/1/direct/1/1", json!("1/8"), "proof.maps[1] does not preserve traces"),
        ("/proof/maps/1/transposed/3/3", json!(less), "proof.maps[1].transposed is not positive"),
        ("/proof/maps/1/transposed/3/0", json!("0"), "proof.maps[1].transposed is not Hermitian"),
        ("/assemblage/0/0/1", json!("1/8"), "assemblage[0] is not Hermitian"),
        ("/assemblage/0/0/0", json!("1/8"), "assemblage[0][0][0] differs"),
        ("/reference/elements/0/0/0", json!("1/3"), "depends on x"),
        ("/reference/elements/0/0/1", json!("1/3"), "reference.elements[0] is not Hermitian"),
    ] {
        rejected(&with(&base, pointer, value), what);
    }
    // Off-diagonal parts of the trace.
    let mut skew = base.clone();
    for (i, j) in [(1, 3), (3, 1)] {
        skew["proof"]["maps"][0]["direct"][i][j] = json!("1/5");
    }
    skew["proof"]["maps"][0]["direct"][1][1] = json!("1");
    skew["proof"]["maps"][0]["direct"][3][3] = json!("5");
    rejected(&skew, "proof.maps[0] does not preserve traces: tr_out J differs from 1 at [0][0]");
    // A transposition as a map of its own is not completely positive.
    let mut swap = zero(4);
    for (i, j) in [(0, 0), (1, 2), (2, 1), (3, 3)] {
        swap[i][j] = json!("1");
    }
    rejected(&with(&base, "/proof/maps/1", json!({"direct": swap})), "proof.maps[1].direct is not positive");
    // Nor does the reference pass that is not normalised or, by 2^−60, not positive.
    let mut heavy = base.clone();
    let mut grow = |pointer: &str, value: Value| heavy = with(&heavy, pointer, value);
    for x in 0..3 {
        grow(&format!("/reference/elements/{x}"), diagonal(&["1/2", "1/2"]));
        grow(&format!("/reference/elements/{}", x + 3), diagonal(&["1/2", "1/2"]));
    }
    rejected(&heavy, "reference.elements: the trace of");
    let mut negative = base.clone();
    negative["reference"]["elements"][2] = diagonal(&["1/2", &format!("-1/{tiny}")]);
    negative["reference"]["elements"][5] = diagonal(&["0", &format!("{}/{tiny}", tiny / 2 + 1)]);
    rejected(&negative, "reference.elements[2] is not shown to be positive");
    // A witness does not ask for positivity, but for the rest.
    let mut base = witness(&PAULI);
    rejected(&with(&base, "/reference/elements/0/0/0", json!("1/3")), "depends on x");
    rejected(
        &with(&base, "/reference/elements/0/0/1", json!("1/3")),
        "reference.elements[0] is not Hermitian",
    );
    base["reference"] = heavy["reference"].clone();
    rejected(&base, "reference.elements: the trace of");
    base["reference"] = negative["reference"].clone();
    rejected(&base, "K_y ⊗ 1 − W_y is not shown");
    base["proof"]["multipliers"][1] = diagonal(&["9", "9"]);
    rejected(&base, "Σ_y tr K_y is 1.8");
}

/// Isometries into three levels, of Bob or of the reference.
#[test]
fn other_dimensions() {
    for (first, directions) in [(0, PAULI), (1, PAULI), (1, TURNED)] {
        // |i⟩ ↦ |i + first⟩, with Choi matrix Σ |i, i + first⟩⟨j, j + first|.
        let up = |i: usize| 3 * i + i + first;
        let mut isometry = zero(6);
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            isometry[up(i)][up(j)] = json!("1");
        }
        let mut made = realisable(&directions);
        made["scenario"]["dimension"] = json!(3);
        made["assemblage"] =
            made["assemblage"].as_array().unwrap().iter().map(|s| embedded(s, first, 3)).collect();
        // Transposition comes last, on Bob's three levels.
        made["proof"]["maps"] = json!([{"direct": isometry}, {"direct": zero(6), "transposed": isometry}]);
        verified(&made);
        rejected(&with(&made, "/proof/maps/1", json!({"direct": isometry})), "assemblage[3]");
        incomplete(&with(&made, "/proof/maps/0/direct", zero(4)), "has 4 items, not 6");

        let mut refuted = witness(&directions);
        refuted["scenario"]["dimension"] = json!(3);
        refuted["assemblage"] =
            refuted["assemblage"].as_array().unwrap().iter().map(|s| embedded(s, first, 3)).collect();
        refuted["functional"] =
            refuted["functional"].as_array().unwrap().iter().map(|f| embedded(f, first, 3)).collect();
        verified(&refuted);
        rejected(&with(&refuted, "/claim/maps", json!("decomposable")), "W_y^Γ");
        incomplete(&with(&refuted, "/proof/multipliers/0", zero(3)), "has 3 items, not 2");

        // The other way round: three levels of the reference, of which one is not in use.
        let spare = if first == 0 { 2 } else { 0 };
        let reference = |c| {
            let elements: Value =
                (0..6).map(|k| embedded(&tau(&directions, c, k / 3, k % 3), first, 3)).collect();
            json!({"dimension": 3, "elements": elements})
        };
        let mut half = vec!["1/2"; 3];
        half[spare] = "0";
        let mut refuted = with(&witness(&directions), "/reference", reference(2));
        refuted["proof"]["multipliers"] = json!([zero(3), diagonal(&half)]);
        verified(&refuted);
        rejected(
            &with(&refuted, &format!("/proof/multipliers/1/{spare}/{spare}"), json!("-1")),
            "semidefinite",
        );
        incomplete(&with(&refuted, "/proof/multipliers/1", zero(2)), "has 2 items, not 3");
        let mut back = zero(6);
        let down = |i: usize| 2 * (i + first) + i;
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            back[down(i)][down(j)] = json!("1");
        }
        let mut made =
            with(&realisable(&directions), "/reference", reference(if directions == PAULI { 2 } else { 4 }));
        made["proof"]["maps"] = json!([{"direct": back}, {"direct": zero(6), "transposed": back}]);
        rejected(&made, "does not preserve traces");
        let mut direct = zero(6);
        direct[2 * spare][2 * spare] = json!("1");
        back[2 * spare + 1][2 * spare + 1] = json!("1");
        made["proof"]["maps"] = json!([{"direct": back}, {"direct": direct, "transposed": back}]);
        rejected(&made, "proof.maps[1] does not preserve traces");
        made["proof"]["maps"][1]["direct"] = zero(6);
        verified(&made);
    }
    // A reference of one level is no more than a bias; maps make any state of it.
    let mut trivial = realisable(&PAULI);
    trivial["reference"] = json!({"dimension": 1, "elements": vec![json!([["1/2"]]); 6]});
    trivial["assemblage"] = table(|_, _, y| diagonal(if y == 0 { &["1/2", "0"] } else { &["1/6", "1/3"] }));
    trivial["proof"]["maps"] =
        json!([{"direct": diagonal(&["1", "0"])}, {"direct": diagonal(&["1/3", "2/3"])}]);
    verified(&trivial);
    rejected(&with(&trivial, "/assemblage/7", diagonal(&["1/3", "1/6"])), "assemblage[7]");
}

#[test]
fn elements_that_are_not_given() {
    // All of y = 0, whose functional is zero anyway, and one more.
    let mut base = witness(&PAULI);
    (0..6).for_each(|pair| base["assemblage"][2 * pair] = json!(null));
    verified(&base);
    assert!(
        check(&base).claim().unwrap().starts_with("no channels make the assemblage (6 of 12 elements) of")
    );
    base["assemblage"][11] = json!(null);
    rejected(&base, "bound + violation");
    base["claim"] = json!({"kind": "not-realisable", "maps": "cptp", "bound": "1.5", "violation": "1"});
    rejected(&base, "functional[11] is not zero");
    base["functional"][11] = zero(2);
    // W_1 = ½(X⊗X + Y⊗Y + Z⊗Z) + ½|1⟩⟨1|⊗Z without F = −Z for a = 1, x = 2.
    rejected(&base, "semidefinite");
    base["proof"]["multipliers"][1] = diagonal(&["1/2", "1"]);
    verified(&base);
    rejected(&with(&base, "/functional/2/0/0", json!("1")), "functional[2] is not zero");
    incomplete(&with(&base, "/functional/0", json!(null)), "functional[0]: is null, not an array");
    incomplete(&with(&base, "/reference/elements/0", json!(null)), "reference.elements[0]: is null");
    // What is not given is not compared.
    let made = realisable(&PAULI);
    let wrong = with(&made, "/assemblage/3", zero(2));
    rejected(&wrong, "assemblage[3]");
    verified(&with(&wrong, "/assemblage/3", json!(null)));
    let nothing = with(&made, "/assemblage", json!(vec![json!(null); 12]));
    incomplete(&nothing, "assemblage: has no element that is given");
}

/// Two settings of a traditional scenario, and of a bell scenario whose functional and assemblage are diagonal.
#[test]
fn other_scenarios() {
    let traditional = json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "traditional", "settings": 3, "outcomes": 2, "inputs": 1, "dimension": 2},
        "claim": {"kind": "realisable", "maps": "cptp", "deviation": "0.000"},
        "reference": reference(&TURNED, 4),
        "assemblage": reference(&TURNED, 4)["elements"],
        "proof": {"method": "choi", "maps": [realisable(&PAULI)["proof"]["maps"][0]]},
    });
    verified(&traditional);

    // Bob keeps Z of a reference for X and Z: p(ab|x0) = ½ for a = b in the place x = 1, otherwise ¼.
    let elements = [[1, 0], [0, 1], [-1, 0], [0, -1]]; // in the order (0,0), (0,1), (1,0), (1,1) of (a, x)
    let tau = elements.map(|[x, z]| bloch(1, [(x, 0), ZERO, (z, 0)], 4));
    let bell = json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bell", "settings": 2, "outcomes": 2, "inputs": 1, "dimension": 2},
        "claim": {"kind": "realisable", "maps": "cptp", "deviation": "0"},
        "reference": {"dimension": 2, "elements": tau},
        "assemblage": [diagonal(&["1/4", "1/4"]), diagonal(&["1/2", "0"]), diagonal(&["1/4", "1/4"]),
            diagonal(&["0", "1/2"])],
        "proof": {"method": "choi", "maps": [realisable(&PAULI)["proof"]["maps"][0]]},
    });
    verified(&bell); // the identity leaves entries beside the diagonal, which are dropped
    rejected(&with(&bell, "/scenario/kind", json!("bob-with-input")), "assemblage[0][0][1]");
    rejected(&with(&bell, "/assemblage/0", bloch(1, [(1, 0), ZERO, ZERO], 4)), "not diagonal");
    rejected(&with(&bell, "/assemblage/0", diagonal(&["1/2", "0"])), "assemblage[0][0][0]");
    // With one input Bob cannot have both: ⟨A_0 N⟩ + ⟨A_1 N⟩ ≤ √2.
    let mut bound = with(
        &without(&bell, "/proof"),
        "/claim",
        json!({"kind": "not-realisable", "maps": "decomposable", "bound": "1.42", "violation": "0.5"}),
    );
    let functional = [&["1", "-1"], &["1", "-1"], &["-1", "1"], &["-1", "1"]].map(|f| diagonal(f));
    bound["functional"] = json!(functional);
    bound["assemblage"] = functional
        .iter()
        .map(|f| diagonal(if f[0][0] == "1" { &["1/2", "0"] } else { &["0", "1/2"] }))
        .collect();
    bound["proof"] = json!({"method": "witness", "multipliers": [diagonal(&["71/100", "71/100"])]});
    verified(&bound);
    rejected(&with(&bound, "/proof/multipliers/0", diagonal(&["7/10", "7/10"])), "semidefinite");
    rejected(&with(&bound, "/functional/0/0/1", json!("1")), "Hermitian");
}

/// No quantum assemblage has the reference for y = 0 and its transpose for y = 1.
fn self_test(directions: &Directions) -> Value {
    let mut certificate = without(&witness(directions), "/reference");
    certificate["claim"] = json!({"kind": "self-tested", "input": 0, "bound": "1", "violation": "2"});
    certificate["proof"]["method"] = json!("self-test");
    // Q + 1 1ᵀ has eigenvalues ½ (three times), ¾ (twice) and 6.
    certificate["proof"]["margin"] = json!("1/2");
    certificate
}

#[test]
fn self_tests() {
    for directions in [PAULI, TURNED] {
        let base = self_test(&directions);
        verified(&base);
        rejected(&with(&base, "/proof/margin", json!("500000000000001/1000000000000000")), "self-tested");
        verified(&with(&base, "/proof/margin", json!("1/1000000")));
        rejected(&with(&base, "/claim/bound", json!("0.9999999")), "above the bound");
        rejected(&with(&base, "/claim/violation", json!("2.0000001")), "bound + violation");
        rejected(&with(&base, "/claim/violation", json!("0")), "not positive");
        rejected(&with(&base, "/proof/multipliers/1/0/0", json!("0")), "K_y ⊗ 1 − W_y");
        rejected(&with(&base, "/assemblage/0/0/0", json!("1/3")), "assemblage: ");
        // The other input serves as well, with the functional of y = 1 in the place of that of y = 0.
        let mut other = base.clone();
        for pair in 0..6 {
            for table in ["assemblage", "functional"] {
                other[table].as_array_mut().unwrap().swap(2 * pair, 2 * pair + 1);
            }
        }
        rejected(&other, "K_y ⊗ 1 − W_y");
        other["proof"]["multipliers"].as_array_mut().unwrap().swap(0, 1);
        verified(&with(&other, "/claim/input", json!(1)));
        rejected(&with(&other, "/claim/input", json!(0)), "K_y ⊗ 1 − W_y");
    }
    assert_eq!(
        check(&self_test(&PAULI)).claim().unwrap(),
        "this assemblage σ is not quantum: ⟨F, σ⟩ ≥ 1 + 2, but ⟨F, σ⟩ ≤ 1 for every quantum σ of this \
         bob-with-input scenario (3 settings, 2 outcomes, 2 inputs, d = 2) with the same elements for y = 0"
    );
    // Elements that are not pure, by much or by what 7√2/10 lacks of 1.
    let mut mixed = self_test(&PAULI);
    mixed["claim"]["violation"] = json!("0.4");
    mixed["assemblage"] = assemblage(&PAULI, 4);
    rejected(&mixed, "τ_ax is not of rank one for a = 0, x = 0");
    mixed["assemblage"] = table(|a, x, y| {
        let n = scaled(PAULI[x].map(|(a, _)| (0, 7 * a)), sign(a == 1));
        bloch(20, if y == 0 { n } else { transposed(n) }, 80)
    });
    rejected(&mixed, "τ_ax is not of rank one for a = 0, x = 0");
}

/// σ_{a|xy} = ½|a⊕xy⟩⟨a⊕xy|: channels make at most 2 of 4, but Alice's message may say more than a.
fn box_with_input() -> Value {
    let label = |k: usize| (k / 4, k / 2 % 2, k % 2);
    let level = |k: usize| {
        let (a, x, y) = label(k);
        (a + x * y) % 2
    };
    let functional = |k: usize| diagonal(if level(k) == 0 { &["1", "-1"] } else { &["-1", "1"] });
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "bob-with-input", "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 2},
        "claim": {"kind": "self-tested", "input": 0, "bound": "2", "violation": "2"},
        "functional": (0..8).map(functional).collect::<Value>(),
        "assemblage":
            (0..8).map(|k| diagonal(if level(k) == 0 { &["1/2", "0"] } else { &["0", "1/2"] })).collect::<Value>(),
        "proof": {
            "method": "self-test",
            "margin": "1/1000000",
            "multipliers": [diagonal(&["1", "1"]), zero(2)],
        },
    })
}

#[test]
fn what_is_not_self_tested() {
    let base = box_with_input();
    rejected(&base, "self-tested");
    rejected(&with(&base, "/scenario/kind", json!("bell")), "self-tested");
    // Relative to the reference alone it holds.
    let mut relative = without(&base, "/proof/margin");
    let elements: Vec<_> = (0..4).map(|pair| base["assemblage"][2 * pair].clone()).collect();
    relative["claim"] = json!({"kind": "not-realisable", "maps": "cptp", "bound": "2", "violation": "2"});
    relative["reference"] = json!({"dimension": 2, "elements": elements});
    relative["proof"]["method"] = json!("witness");
    verified(&relative);
    verified(&with(&relative, "/claim/maps", json!("decomposable")));
    verified(&with(&relative, "/scenario/kind", json!("bell")));
    // One setting, or an outcome that never occurs, tests nothing and does no harm: zeros are left out.
    let mut single = base.clone();
    single["scenario"]["settings"] = json!(1);
    let sure = [diagonal(&["1", "0"]), diagonal(&["1", "0"]), zero(2), zero(2)];
    single["assemblage"] = json!(sure);
    single["functional"] = json!([zero(2), diagonal(&["1", "-1"]), zero(2), zero(2)]);
    single["claim"] = json!({"kind": "self-tested", "input": 0, "bound": "0.5", "violation": "0.5"});
    single["proof"]["multipliers"] = json!([zero(2), diagonal(&["1/2", "0"])]);
    single["proof"]["margin"] = json!("1");
    rejected(&single, "K_y ⊗ 1 − W_y"); // Q + 1 1ᵀ = [1]
    rejected(&with(&single, "/proof/margin", json!("1000001/1000000")), "self-tested");
    // A negative element and no trace.
    single["assemblage"][2] = diagonal(&["-1/2", "1/2"]);
    single["assemblage"][3] = diagonal(&["1/2", "-1/2"]);
    rejected(&single, "tr τ_ax is not shown to be positive for a = 1, x = 0");
}

#[test]
fn malformed() {
    let (refuted, made, tested) = (witness(&PAULI), realisable(&PAULI), self_test(&PAULI));
    let mut visibility = refuted.clone();
    visibility["claim"] =
        json!({"kind": "realisable-visibility", "maps": "cptp", "bound": "1", "visibility": "0.4"});
    visibility["noise"] = table(|_, _, _| diagonal(&["1/4", "1/4"]));
    verified(&visibility);
    for (base, pointer, value, what) in [
        (&refuted, "/claim/maps", json!("positive"), "claim.maps: is neither"),
        (&refuted, "/claim/maps", json!(null), "claim.maps: is null"),
        (&refuted, "/claim/bound", json!("1/2"), "claim.bound"),
        (&refuted, "/claim/violation", json!("1/2"), "claim.violation"),
        (&refuted, "/claim/sense", json!("max"), "claim: has a key \"sense\""),
        (&refuted, "/claim/deviation", json!("1"), "claim: has a key \"deviation\""),
        (&refuted, "/claim/input", json!(0), "claim: has a key \"input\""),
        (&refuted, "/noise", json!([]), "\"noise\""),
        (&refuted, "/version", json!(2), "version"),
        (&refuted, "/title", json!(2), "title"),
        (&refuted, "/assemblage", json!(null), "assemblage: is null, not an array"),
        (&refuted, "/assemblage", json!([null]), "assemblage: has 1 items, not 12"),
        (&refuted, "/assemblage/0", json!([]), "assemblage[0]: has 0 items"),
        (&refuted, "/assemblage/0", json!("0"), "assemblage[0]: is a string"),
        (&refuted, "/assemblage/0/0", json!(null), "assemblage[0][0]: is null"),
        (&refuted, "/reference", json!([]), "reference: is an array, not an object"),
        (&refuted, "/reference/kind", json!("x"), "reference: has a key \"kind\""),
        (&refuted, "/reference/dimension", json!(0), "reference.dimension: is not between 1 and 512"),
        (&refuted, "/reference/dimension", json!(-1), "reference.dimension"),
        (&refuted, "/reference/dimension", json!(513), "reference.dimension: is not between 1 and 512"),
        (&refuted, "/reference/dimension", json!(512), "reference.elements[0]: has 2 items, not 512"),
        (&refuted, "/reference/dimension", json!(i64::MAX), "reference.dimension"),
        (&refuted, "/reference/dimension", json!("2"), "reference.dimension: is a string"),
        (&refuted, "/reference/dimension", json!(3), "reference.elements[0]: has 2 items, not 3"),
        (&refuted, "/reference/elements", json!([]), "reference.elements: has 0 items, not 6"),
        (&refuted, "/reference/elements/5", json!([["0", "0"]]), "reference.elements[5]: has 1 items, not 2"),
        (&refuted, "/reference/elements/5/1/1", json!("0.5"), "reference.elements[5][1][1]"),
        (&refuted, "/proof/method", json!("choi"), "proof.method: is not \"witness\""),
        (&refuted, "/proof/method", json!("gram"), "proof.method: is not \"witness\""),
        (&refuted, "/proof/margin", json!("1"), "proof: has a key \"margin\""),
        (&refuted, "/proof/maps", json!([]), "proof: has a key \"maps\""),
        (&refuted, "/proof/multipliers", json!([zero(2)]), "proof.multipliers: has 1 items, not 2"),
        (&refuted, "/proof/multipliers/0", json!(null), "proof.multipliers[0]: is null"),
        (&refuted, "/proof/multipliers/0/0/0", json!([["1", 2]]), "proof.multipliers[0][0][0]: is an array"),
        (&refuted, "/proof/multipliers/0/0/0", json!({"re": "1"}), "has no \"im\""),
        (&visibility, "/claim/violation", json!("1"), "claim: has a key \"violation\""),
        (&visibility, "/claim/visibility", json!(1), "claim.visibility"),
        (&visibility, "/noise/11", json!(null), "noise: element 11 is null in the noise alone"),
        (&visibility, "/assemblage/0", json!(null), "noise: element 0 is null in the assemblage alone"),
        (&visibility, "/noise/11", json!([["0"]]), "noise[11]: has 1 items"),
        (&visibility, "/proof/method", json!("strategies"), "proof.method: is not \"witness\""),
        (&made, "/claim/bound", json!("1"), "claim: has a key \"bound\""),
        (&made, "/claim/deviation", json!("1/2"), "claim.deviation"),
        (&made, "/functional", json!([]), "\"functional\""),
        (&made, "/noise", json!([]), "\"noise\""),
        (&made, "/reference/dimension", json!(1024), "reference.dimension"),
        (&made, "/proof/method", json!("witness"), "proof.method: is not \"choi\""),
        (&made, "/proof/share", json!("1/2"), "proof: has a key \"share\""),
        (&made, "/proof/maps", json!([]), "proof.maps: has 0 items, not 2"),
        (&made, "/proof/maps/0", json!([]), "proof.maps[0]: is an array, not an object"),
        (&made, "/proof/maps/0/kraus", json!([]), "proof.maps[0]: has a key \"kraus\""),
        (&made, "/proof/maps/0/transposed", json!(null), "proof.maps[0].transposed: is null"),
        (&made, "/proof/maps/0/direct", zero(3), "proof.maps[0].direct: has 3 items, not 4"),
        (&made, "/proof/maps/0/direct/3", json!(["0"]), "proof.maps[0].direct[3]: has 1 items, not 4"),
        (&made, "/proof/maps/0/direct/3/0", json!([["1", 1]]), "proof.maps[0].direct[3][0]: is an array"),
        (&made, "/proof/maps/0/direct/3/0", json!("1/0"), "proof.maps[0].direct[3][0]"),
        (&tested, "/claim/input", json!(2), "claim.input: is not between 0 and 1"),
        (&tested, "/claim/input", json!(-1), "claim.input"),
        (&tested, "/claim/input", json!("0"), "claim.input: is a string"),
        (&tested, "/scenario/dimension", json!(33), "scenario: means maps of more than 1024"),
        (&tested, "/claim/maps", json!("cptp"), "claim: has a key \"maps\""),
        (&tested, "/claim/sense", json!("max"), "claim: has a key \"sense\""),
        (&tested, "/reference", refuted["reference"].clone(), "\"reference\""),
        (&tested, "/noise", json!([]), "\"noise\""),
        (&tested, "/assemblage/0", json!(null), "assemblage[0]: is null"),
        (&tested, "/functional/0", json!(null), "functional[0]: is null"),
        (&tested, "/proof/method", json!("witness"), "proof.method: is not \"self-test\""),
        (&tested, "/proof/margin", json!("0"), "proof.margin: is not positive"),
        (&tested, "/proof/margin", json!("-1"), "proof.margin: is not positive"),
        (&tested, "/proof/margin", json!("0.1"), "proof.margin"),
        (&tested, "/proof/margin", json!([["1", 2]]), "proof.margin"),
        (&tested, "/proof/multipliers/1", zero(3), "proof.multipliers[1]: has 3 items"),
        (&tested, "/proof/words", json!([]), "proof: has a key \"words\""),
    ] {
        incomplete(&with(base, pointer, value), what);
    }
    for (base, pointers) in [
        (&refuted, vec!["/claim/maps", "/claim/bound", "/claim/violation", "/functional", "/assemblage"]),
        (&refuted, vec!["/reference", "/reference/dimension", "/reference/elements", "/proof/multipliers"]),
        (&visibility, vec!["/claim/visibility", "/noise", "/reference", "/functional"]),
        (&made, vec!["/claim/maps", "/claim/deviation", "/assemblage", "/reference"]),
        (&made, vec!["/proof/maps", "/proof/maps/1/direct", "/proof/method"]),
        (&tested, vec!["/claim/input", "/claim/bound", "/claim/violation", "/functional", "/assemblage"]),
        (&tested, vec!["/proof/margin", "/proof/multipliers"]),
    ] {
        pointers.iter().for_each(|pointer| incomplete(&without(base, pointer), "has no"));
    }
    // What is malformed is never rejected; nor are these tables of use to other claims.
    for base in [&refuted, &made, &tested] {
        let mut late = with(base, "/assemblage/3/0/1", json!("1"));
        let last = ["multipliers", "maps"].into_iter().find(|key| late["proof"].get(*key).is_some());
        late["proof"][last.unwrap()][1] = json!("x");
        incomplete(&late, "proof.");
    }
    let quantum = with(&made, "/claim", json!({"kind": "quantum"}));
    incomplete(&quantum, "\"reference\"");
    let mut approximation = without(&made, "/reference");
    approximation["claim"] = json!({"kind": "quantum-approximation", "deviation": "1"});
    incomplete(&with(&approximation, "/assemblage/3", json!(null)), "assemblage[3]: is null");
    incomplete(&approximation, "\"model\"");
}

/// Every number in turn becomes another. The reference spans all Hermitian matrices and obeys Σ_a τ = ½·1 for three x:
/// no other maps, no other assemblage and no other reference satisfy the claim with deviation 0.
#[test]
fn no_other_number_is_realisable() {
    let base = realisable(&PAULI);
    let mut count = 0;
    leaves(&mut base.clone(), &mut |_| count += 1);
    let mut random = Random(0x0123_4567_89ab_cdef);
    let mut changed = 0;
    for target in 0..count {
        let (mut seen, mut certificate, mut is_number) = (0, base.clone(), false);
        let (p, q) = (random.below(9) as i64 - 4, 11);
        leaves(&mut certificate, &mut |place| {
            let text = place.as_str().unwrap_or("");
            if seen == target && (text.contains('/') || text == "0" || text == "1") {
                *place = json!(format!("{}/{q}", if p == 0 { 5 } else { p })); // none of 1, 0, ±1/4, ±1/8 …
                is_number = true;
            }
            seen += 1;
        });
        if is_number && certificate["claim"]["deviation"] == "0" {
            assert_eq!(check(&certificate).exit_code(), 1, "{target}: {certificate}");
            changed += 1;
        }
    }
    assert!(changed > 150, "{changed}");
}

/// The bound 1 is what channels reach and 3 what the assemblage has, so that none of these changes is harmless.
#[test]
fn no_tight_number_of_a_witness_moves() {
    let mut random = Random(0xfedc_ba98_7654_3210);
    for base in [witness(&PAULI), self_test(&PAULI), witness(&TURNED), self_test(&TURNED)] {
        for _ in 0..200 {
            let delta = [-1_i64, 1][random.below(2)] * (1 + random.below(1000) as i64);
            let matrix = random.below(2);
            let (row, column) = (random.below(2), random.below(2));
            let multiplier = format!("/proof/multipliers/{matrix}/{row}/{column}");
            let old = if matrix == 1 && row == column { 500 } else { 0 };
            let moved = json!(format!("{}/1000", old + delta));
            assert_eq!(check(&with(&base, &multiplier, moved)).exit_code(), 1);
            let moved = json!(format!("{}.{:03}", 1 + delta.div_euclid(1000), delta.rem_euclid(1000)));
            assert_eq!(check(&with(&base, "/claim/bound", moved)).exit_code(), 1);
            // An element on the diagonal of the assemblage that lowers ⟨F, σ⟩, or one beside it.
            let (a, x) = (random.below(2), random.below(3));
            let place = format!("/assemblage/{}", (a * 3 + x) * 2 + 1);
            let beside = json!({"re": format!("{delta}/77"), "im": "1/13"});
            assert_eq!(check(&with(&base, &format!("{place}/0/1"), beside)).exit_code(), 1);
            let lower = json!(format!("-{}/77", delta.abs()));
            let i = a; // F = ±Z for x = 2, the sign that of a
            let pointer = format!("/assemblage/{}/{i}/{i}", (a * 3 + 2) * 2 + 1);
            if base["functional"][5][0][0] == "2/2" {
                assert_eq!(check(&with(&base, &pointer, lower)).exit_code(), 1);
            }
            // The reference is not free to move in one number.
            if base.get("reference").is_some() {
                let pointer = format!("/reference/elements/{}/{row}/{column}", a * 3 + x);
                assert_eq!(check(&with(&base, &pointer, json!(format!("{delta}/77")))).exit_code(), 1);
            }
        }
    }
}

#[test]
fn damage_never_panics() {
    let mut visibility = witness(&TURNED);
    visibility["claim"] =
        json!({"kind": "realisable-visibility", "maps": "cptp", "bound": "1", "visibility": "0.4"});
    visibility["noise"] = table(|_, _, _| diagonal(&["1/4", "1/4"]));
    let every = [witness(&PAULI), visibility, realisable(&TURNED), self_test(&TURNED), box_with_input()];
    damage_bytes(&every);
    damage_structure(&every);
}

#[test]
fn large_matrices_end_soon() {
    let start = std::time::Instant::now();
    // The identity on 32 levels has a sparse Choi matrix of 1024 rows.
    let n = 32;
    let mut identity = zero(n * n);
    for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
        identity[i * (n + 1)][j * (n + 1)] = json!("1");
    }
    let uniform = diagonal(&vec!["1/64"; n]);
    let sparse = json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "traditional", "settings": 1, "outcomes": 2, "inputs": 1, "dimension": n},
        "claim": {"kind": "realisable", "maps": "cptp", "deviation": "0"},
        "reference": {"dimension": n, "elements": [uniform, uniform]},
        "assemblage": [uniform, uniform],
        "proof": {"method": "choi", "maps": [{"direct": identity}]},
    });
    verified(&sparse);
    println!("sparse: {:.2?}", start.elapsed());
    incomplete(&with(&sparse, "/reference/dimension", json!(33)), "is not between 1 and 32");
    // Dense tables with many roots.
    let roots = |k: usize| (1..=64).map(|d| json!([format!("1/{}", k + d), d + 1])).collect::<Value>();
    for (n, terms) in [(2, 64), (3, 64), (16, 1), (32, 1)] {
        let start = std::time::Instant::now();
        let entry =
            |i: usize, j: usize| if terms == 1 { json!(format!("1/{}", 99 + i + j)) } else { roots(i + j) };
        let mut dense = zero(n);
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            dense[i][j] = entry(i, j);
        }
        let mut certificate = with(&sparse, "/scenario/dimension", json!(n));
        certificate["claim"] =
            json!({"kind": "not-realisable", "maps": "decomposable", "bound": "1000000", "violation": "1"});
        certificate["functional"] = json!([dense, dense]);
        certificate["assemblage"] = json!([diagonal(&vec!["9999999"; n]), zero(n)]);
        let mut rest = zero(n);
        (0..n).for_each(|i| rest[i][i] = json!(format!("1/{n}")));
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let mut negative = dense[i][j].clone();
            leaves(&mut negative, &mut |place| {
                if let Some(text) = place.as_str() {
                    *place = json!(format!("-{text}"));
                }
            });
            if i != j {
                rest[i][j] = negative;
            }
        }
        let mut tau = dense.clone();
        (0..n).for_each(|i| tau[i][i] = json!("0"));
        certificate["reference"] = json!({"dimension": n, "elements": [tau, rest]});
        certificate["proof"] = json!({"method": "witness", "multipliers": [diagonal(&vec!["10000"; n])]});
        let outcome = check(&certificate);
        println!("{n} levels, {terms} terms: {outcome}, {:.2?}", start.elapsed());
    }
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}
