//! Sequential scenarios: every assemblage has a model, whose parts make it; bounds have proofs from both sides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{json, number, problem, steerq};
use faer::Mat;
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use steerq::certificate::Certificate;
use steerq::model::{SequentialModel, deviation, sequential_ghjw};
use steerq::num::{Matrix, Number};
use steerq::scenario::{
    Assemblage, BlackBox, Condition, Device, History, Index, Kind, Labels, OperatorTable, Port, Scenario,
    Steps, violations,
};
use steerq_check::{Outcome, check_str};

fn scenario(settings: &[usize], outcomes: &[usize], dimension: usize) -> Scenario {
    let tuples = |sizes: &[usize]| Labels::tuples(sizes.iter().map(|&size| Labels::count(size)).collect());
    Scenario {
        kind: Kind::Sequential,
        alice: BlackBox { settings: tuples(settings), outcomes: tuples(outcomes) },
        bob: Device { inputs: Labels::count(1), output: Port::Quantum(dimension) },
    }
}

fn random_matrix(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> Mat<Complex64> {
    let mut part = || random.random_range(-1.0..1.0);
    Mat::from_fn(rows, columns, |_, _| Complex64::new(part(), part()))
}

/// K_a with Σ K†K = 1, or projectors of rank one and what is left of them.
fn random_kraus(random: &mut ChaCha8Rng, n: usize, outcomes: usize, projective: bool) -> Vec<Mat<Complex64>> {
    if !projective {
        let isometry = random_matrix(random, n * outcomes, n).qr().compute_thin_Q();
        return (0..outcomes).map(|a| isometry.subrows(a * n, n).to_owned()).collect();
    }
    let unitary = random_matrix(random, n, n).qr().compute_thin_Q();
    let mut rest = Mat::<Complex64>::identity(n, n);
    let mut kraus = Vec::new();
    for a in 0..outcomes - 1 {
        let projector = match a < n {
            true => unitary.subcols(a, 1) * unitary.subcols(a, 1).adjoint(),
            false => Mat::zeros(n, n),
        };
        rest -= &projector;
        kraus.push(projector);
    }
    kraus.push(rest);
    kraus
}

fn table(scenario: &Scenario, element: impl Fn(Index) -> Mat<Complex64>) -> Assemblage {
    let d = scenario.dimension();
    Assemblage(OperatorTable::from_fn(scenario, |index| {
        let element = element(index);
        Matrix::from_fn(d, d, |i, j| Number::from_approx((element[(i, j)] + element[(j, i)].conj()) / 2.0))
    }))
}

/// What instruments of Alice's make of a state that she shares with Bob.
fn quantum(random: &mut ChaCha8Rng, scenario: &Scenario, alice: usize, projective: bool) -> Assemblage {
    let steps = Steps::of(scenario);
    let d = scenario.dimension();
    let state = random_matrix(random, alice, d);
    let state = &state * faer::Scale(Complex64::from(1.0 / state.norm_l2()));
    let instruments: Vec<Vec<Vec<Mat<Complex64>>>> = (0..steps.count())
        .map(|k| {
            (0..steps.settings(k))
                .map(|_| random_kraus(random, alice, steps.outcomes(k), projective))
                .collect()
        })
        .collect();
    table(scenario, |index| {
        let mut after = state.clone();
        for k in 0..steps.count() {
            let History { a, x } = steps.first(k + 1, index);
            after = &instruments[k][x % steps.settings(k)][a % steps.outcomes(k)] * after;
        }
        after.transpose() * after.conjugate()
    })
}

/// No model in sight: what is left after each history is split at random, for each setting anew.
fn no_signalling(random: &mut ChaCha8Rng, scenario: &Scenario, rank: usize, projective: bool) -> Assemblage {
    let steps = Steps::of(scenario);
    let root = random_matrix(random, scenario.dimension(), rank);
    let mut roots = vec![&root * faer::Scale(Complex64::from(1.0 / root.norm_l2()))];
    for k in 0..steps.count() {
        let mut after = vec![Mat::zeros(0, 0); steps.histories(k + 1).count()];
        for (history, root) in steps.histories(k).zip(&roots) {
            for x in 0..steps.settings(k) {
                let split = random_kraus(random, rank, steps.outcomes(k), projective);
                for (a, part) in split.iter().enumerate() {
                    after[steps.place(k + 1, steps.then(k, history, a, x))] = root * part.adjoint();
                }
            }
        }
        roots = after;
    }
    table(scenario, |Index { a, x, .. }| {
        let root = &roots[steps.place(steps.count(), History { a, x })];
        root * root.adjoint()
    })
}

/// The instruments lose nothing, and the last measurements are positive.
fn assert_valid(model: &SequentialModel) {
    let last = model.steps.len() - 1;
    for (k, step) in model.steps.iter().enumerate() {
        for branch in step {
            for operators in &branch.operators {
                let n = branch.dimension;
                let mut sum = Mat::<Complex64>::zeros(n, n);
                for operator in operators {
                    sum += if k < last { operator.adjoint() * operator } else { operator.clone() };
                    if k == last && n > 0 {
                        let least = operator.self_adjoint_eigenvalues(faer::Side::Lower).unwrap()[0];
                        assert!(least > -1e-13, "{least}");
                    }
                }
                let missed = (sum - Mat::<Complex64>::identity(n, n)).norm_max();
                assert!(missed < 1e-12, "step {k}: {missed:e}");
            }
        }
    }
    assert!((model.state.norm_l2() - 1.0).abs() < 1e-12);
}

fn assert_verified(certificate: &str) {
    let outcome = check_str(certificate);
    assert!(matches!(outcome, Outcome::Verified { .. }), "{outcome}");
}

fn assert_quantum(scenario: &Scenario, assemblage: &Assemblage, what: &str) {
    assert_eq!(violations(scenario, assemblage), [], "{what}");
    let model = sequential_ghjw(scenario, assemblage).unwrap();
    assert_valid(&model);
    let missed = deviation(&model.assemblage(scenario), assemblage);
    assert!(missed < 1e-12, "{what}: {missed:e}");
    let exact = assemblage.exactly_no_signalling(scenario);
    let near = assemblage.positive_nearby(scenario).unwrap();
    assert!(deviation(&exact, assemblage) < 1e-11, "{what}");
    let verified =
        Certificate::near_quantum(scenario, &exact, &near).verify().unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(verified.value < 1e-9, "{what}: {}", verified.value);
}

const SIZES: [(&[usize], &[usize]); 5] = [
    (&[3], &[2]),
    (&[2, 2], &[2, 3]),
    (&[1, 3], &[3, 2]),
    (&[2, 1, 2], &[2, 2, 3]),
    (&[2, 2, 2], &[2, 2, 2]),
];

#[test]
fn instruments_are_found_again() {
    let mut random = ChaCha8Rng::seed_from_u64(21);
    for (settings, outcomes) in SIZES {
        for d in 2..=3 {
            let scenario = scenario(settings, outcomes, d);
            for (alice, projective) in [(1, false), (2, false), (3, false), (2, true), (3, true), (4, true)] {
                let assemblage = quantum(&mut random, &scenario, alice, projective);
                assert_quantum(&scenario, &assemblage, &format!("{scenario}, {alice}, {projective}"));
            }
        }
    }
}

#[test]
fn whatever_does_not_signal_has_a_model() {
    let mut random = ChaCha8Rng::seed_from_u64(22);
    for (settings, outcomes) in SIZES {
        for d in 2..=3 {
            let scenario = scenario(settings, outcomes, d);
            for rank in 1..=d {
                for projective in [false, true] {
                    let assemblage = no_signalling(&mut random, &scenario, rank, projective);
                    assert_quantum(&scenario, &assemblage, &format!("{scenario}, rank {rank}, {projective}"));
                }
            }
        }
    }
}

/// A later setting that decides an earlier outcome.
#[test]
fn signals_to_the_past_are_found() {
    let mut random = ChaCha8Rng::seed_from_u64(23);
    let scenario = scenario(&[2, 1, 2], &[2, 2, 2], 2);
    let assemblage = no_signalling(&mut random, &scenario, 2, false);
    // The first outcome is flipped at the second setting of the last step.
    let flipped = table(&scenario, |Index { a, x, y }| {
        assemblage.0.value(Index { a: if x % 2 == 1 { (a + 4) % 8 } else { a }, x, y }).clone()
    });
    let found = violations(&scenario, &flipped);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].condition, Condition::NoSignallingToThePast);
    assert!(
        found[0].to_string().contains("for x3 = 0 and x3 = 1")
            || found[0].to_string().contains("x2 = 0, x3 = 1")
    );
}

fn path(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
}

const PROBLEMS: [&str; 3] = ["sequential-pauli", "sequential-qutrit", "sequential-three"];

#[test]
fn problems_are_certified() {
    for name in PROBLEMS {
        let (certificate, model) = (path(&format!("{name}.cert.json")), path(&format!("{name}.model.json")));
        let file = format!("problems/{name}.toml");
        let report = json(&["certify", &file, "--certificate", &certificate, "--model", &model], 0);
        assert_eq!(report["verdict"], "quantum", "{name}");
        assert_eq!(report["verified"], true, "{name}");
        assert_eq!(report["evidence"]["kind"], "sequential-model");
        assert_eq!(report["evidence"]["exactly"], true);
        assert!(number(&report, "/evidence/deviation") < 1e-12);
        let certificate = std::fs::read_to_string(certificate).unwrap();
        assert_verified(&certificate);
        let model: Value = serde_json::from_str(&std::fs::read_to_string(model).unwrap()).unwrap();
        assert_eq!(model["format"], "steerq-sequential-model");
        assert_eq!(model["model"], report["evidence"]["model"]);
        assert_parts_make(&model["model"], &certificate);
    }
}

fn matrix(rows: &Value, columns: usize) -> Mat<Complex64> {
    let rows = rows.as_array().unwrap();
    let part = |i: usize, j: usize, k: usize| rows[i][j][k].as_f64().unwrap();
    Mat::from_fn(rows.len(), columns, |i, j| Complex64::new(part(i, j, 0), part(i, j, 1)))
}

/// The assemblage of the parts by themselves, every branch after its history in terms of labels, is that of the
/// certificate.
fn assert_parts_make(parts: &Value, certificate: &str) {
    let certificate: Value = serde_json::from_str(certificate).unwrap();
    let d = certificate["scenario"]["dimension"].as_u64().unwrap() as usize;
    let steps = parts["steps"].as_array().unwrap();
    let mut states = vec![(Vec::<Value>::new(), Vec::<Value>::new(), matrix(&parts["state"], d))];
    for step in steps {
        let is_last = step["operators"] == "povm";
        let mut after = Vec::new();
        for (a, x, state) in &states {
            let here = |b: &&Value| b["a"] == json!(a) && b["x"] == json!(x);
            let branch =
                step["branches"].as_array().unwrap().iter().find(here).expect("every history has a branch");
            let n = branch["dimension"].as_u64().unwrap() as usize;
            assert_eq!(state.nrows(), n);
            for element in branch["elements"].as_array().unwrap() {
                let operator = matrix(&element["matrix"], n);
                let history = |list: &[Value], key: &str| [list, &[element[key].clone()]].concat();
                let result = match is_last {
                    false => operator * state,
                    true => state.transpose() * operator.transpose() * state.conjugate(),
                };
                after.push((history(a, "a"), history(x, "x"), result));
            }
        }
        states = after;
    }
    // Outcomes before settings, as in tables; labels of these problems are in increasing order.
    let numbers = |list: &[Value]| list.iter().map(|n| n.as_i64().unwrap()).collect::<Vec<_>>();
    states.sort_by_key(|(a, x, _)| (numbers(a), numbers(x)));
    let table = certificate["assemblage"].as_array().unwrap();
    assert_eq!(table.len(), states.len());
    for ((_, _, state), element) in states.iter().zip(table) {
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            let expected = exact(&element[i][j]);
            assert!((state[(i, j)] - expected).norm() < 1e-12, "{expected} and {}", state[(i, j)]);
        }
    }
}

/// A complex number of a certificate.
fn exact(number: &Value) -> Complex64 {
    let rational = |text: &str| {
        let (p, q) = text.split_once('/').unwrap_or((text, "1"));
        p.parse::<f64>().unwrap() / q.parse::<f64>().unwrap()
    };
    match number {
        Value::String(text) => rational(text).into(),
        Value::Array(pairs) => {
            let term = |pair: &Value| rational(pair[0].as_str().unwrap()) * pair[1].as_f64().unwrap().sqrt();
            pairs.iter().map(term).sum::<f64>().into()
        }
        parts => exact(&parts["re"]) + Complex64::I * exact(&parts["im"]),
    }
}

/// Both sides are verified and meet: the functional of the Paulis has 2 + 2√5, which its assemblage reaches.
#[test]
fn bounds_are_sandwiched() {
    for name in PROBLEMS {
        let (outer, inner) = (path(&format!("{name}.outer.json")), path(&format!("{name}.inner.json")));
        let file = format!("problems/{name}.toml");
        let report = json(&["bound", &file, "--certificate", &outer, "--model", &inner], 0);
        for side in ["quantum_inner", "quantum_outer", "no_signalling"] {
            assert_eq!(report["bounds"][side]["verified"], true, "{name}: {side}");
        }
        for certificate in [outer, inner] {
            assert_verified(&std::fs::read_to_string(certificate).unwrap());
        }
        assert!((0.0..1e-6).contains(&number(&report, "/gap")), "{name}");
        let value = number(&report, "/assemblage/value");
        assert!(value <= number(&report, "/bounds/quantum_outer/value"), "{name}");
    }
    let report = json(&["bound", "problems/sequential-pauli.toml"], 0);
    let truth = 2.0 + 2.0 * 5_f64.sqrt();
    assert!((truth..truth + 1e-6).contains(&number(&report, "/bounds/quantum_outer/value")));
    assert!((truth - 1e-6..truth).contains(&number(&report, "/bounds/quantum_inner/value")));
    assert_eq!(report["assemblage"]["exact"], "2 + 2√5");
    // A minimum is minus a maximum.
    let text = std::fs::read_to_string("problems/sequential-pauli.toml").unwrap();
    let minimum =
        problem("sequential-minimum", &text.replace("[functional]", "[functional]\nsense = \"min\""));
    let report = json(&["bound", &minimum], 0);
    assert!((number(&report, "/bounds/quantum_outer/value") + truth).abs() < 1e-6);
    assert_eq!(report["bounds"]["quantum_outer"]["verified"], true);
    assert_eq!(report["bounds"]["quantum_inner"]["verified"], true);
}

/// A single step is the traditional scenario.
#[test]
fn one_step_is_traditional() {
    let text = std::fs::read_to_string("problems/pauli3.toml").unwrap();
    // Without what is expected, of which a sequential scenario does not have all.
    let (before, after) = text.split_once("[expected]\n").unwrap();
    let traditional = format!("{before}{}", after.find("\n[").map_or("", |next| &after[next..]));
    let kind = traditional.replace("\"traditional\"", "\"sequential\"");
    let lists = kind
        .replace("settings = [1, 2, 3]", "settings = [[1, 2, 3]]")
        .replace("outcomes = 2", "outcomes = [2]");
    let labels = lists.replace("^a", "^a1").replace("pauli(x)", "pauli(x1)");
    assert_ne!(labels, lists);
    let report = json(&["bound", &problem("one-step", &labels)], 0);
    let known = json(&["bound", "problems/pauli3.toml"], 0);
    let outer = number(&report, "/bounds/no_signalling/value");
    assert!((outer - number(&known, "/bounds/no_signalling/value")).abs() < 1e-6, "{outer}");
    assert_eq!(report["assemblage"], known["assemblage"]);
    assert_eq!(json(&["certify", &problem("one-step", &labels)], 0)["verified"], true);
}

const SPLIT: &str =
    "[scenario]\nkind = \"sequential\"\nsettings = [1, [1, 3]]\noutcomes = [2, 2]\ndimension = 2\n\n";

/// A formula, its elements one by one, and NumPy files of both shapes are the same assemblage.
#[test]
fn every_way_to_write_an_assemblage() {
    const FORMULA: &str = "1/8*(I + (-1)^a1*3/5*Z + (-1)^a2*4/5*pauli(x2)*delta(x2,1) + (-1)^a2*delta(x2,3)*(Z + (-1)^a1*3/5*I))";
    const FUNCTIONAL: &str =
        "[functional]\nformula = \"(1 + a1 + 2*a2 + 5*delta(x2,3))*Z + a2*X + (3*a1 + x2)*I\"\n";
    let value = |name: &str, assemblage: &str| {
        let file = problem(name, &format!("{SPLIT}[assemblage]\n{assemblage}\n{FUNCTIONAL}"));
        let report = json(&["certify", &file], 0);
        assert_eq!((&report["verdict"], &report["verified"]), (&json!("quantum"), &json!(true)), "{name}");
        number(&json(&["bound", &file], 0), "/assemblage/value")
    };
    let by_formula = value("split-formula", &format!("formula = \"{FORMULA}\""));
    let mut elements = String::new();
    let mut numbers: Vec<u8> = Vec::new();
    for (a1, a2) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        for x2 in [1, 3] {
            let (s1, s2) = (1 - 2 * a1, 1 - 2 * a2);
            // In units of 1/40.
            let rows = match x2 {
                1 => [[5 + 3 * s1, 4 * s2], [4 * s2, 5 - 3 * s1]],
                _ => {
                    let (one, z) = (5 + 3 * s1 * s2, 3 * s1 + 5 * s2);
                    [[one + z, 0], [0, one - z]]
                }
            };
            let shown = rows.map(|row| format!("[\"{}/40\", \"{}/40\"]", row[0], row[1])).join(", ");
            elements += &format!("  {{a = [{a1}, {a2}], x = [0, {x2}], matrix = [{shown}]}},\n");
            numbers.extend(rows.iter().flatten().flat_map(|&n| (f64::from(n) / 40.0).to_le_bytes()));
        }
    }
    assert_eq!(by_formula, value("split-elements", &format!("elements = [\n{elements}]")));
    for (name, shape) in [("split-axes", "(2, 2, 1, 2, 2, 2)"), ("split-flat", "(4, 2, 2, 2)")] {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        let header = format!("{header:117}\n");
        let bytes =
            [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &numbers]
                .concat();
        std::fs::write(path(&format!("{name}.npy")), bytes).unwrap();
        let found = value(name, &format!("file = \"{name}.npy\""));
        assert!((found - by_formula).abs() < 1e-12, "{name}: {found} and {by_formula}");
    }
}

/// Floating-point data with elements of rank one: how near a quantum assemblage is can be certified all the same.
#[test]
fn rounded_data_are_nearly_quantum() {
    let text = std::fs::read_to_string("problems/sequential-pauli.toml").unwrap();
    let rounded = text.replace("\"2/sqrt(5)\"", "\"cos(1)\"");
    let file = problem("sequential-rounded", &rounded);
    let certificate = path("sequential-rounded.json");
    let report = json(&["certify", &file, "--certificate", &certificate], 0);
    assert_eq!((&report["verdict"], &report["verified"]), (&json!("quantum"), &json!(true)));
    assert_eq!(report["evidence"]["exactly"], false);
    let near: f64 = report["evidence"]["certified"].as_str().unwrap().parse().unwrap();
    assert!(near < 1e-10, "{near}");
    assert_verified(&std::fs::read_to_string(certificate).unwrap());
}

#[test]
fn other_commands_refuse() {
    for command in ["visibility", "info", "export", "realise"] {
        let output = steerq(&[command, "problems/sequential-pauli.toml"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("does not work on sequential scenarios"), "{message}");
        assert!(message.contains("sequential-pauli.toml:6:8"), "{message}");
    }
    let output = steerq(&["realise", "problems/eq6.toml", "--reference", "problems/sequential-pauli.toml"]);
    assert_eq!(output.status.code(), Some(2));
}
