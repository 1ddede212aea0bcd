//! Noise models through the program, against closed forms. Tolerances are 10⁻⁶, as in `golden.rs`: the accuracy that
//! the solvers reach on every one of these small programs with an order to spare.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{json, number, problem, steerq};
use serde_json::Value;
use steerq::num::{Matrix, Number};
use steerq::problem::{Problem, Source};

const ACCURACY: f64 = 1e-6;

/// n settings on the maximally entangled pair, whose observables are `observable`, a formula in x = 0 … n−1.
fn steered(settings: usize, observable: &str, noise: &str) -> String {
    format!(
        "[scenario]\nkind = \"traditional\"\nsettings = {settings}\noutcomes = 2\ndimension = 2\n\n\
         [assemblage]\nformula = \"1/4*(I + (-1)^a*({observable}))\"\n\n[noise]\n{noise}\n"
    )
}

fn visibility(name: &str, text: &str) -> Value {
    json(&["visibility", &problem(name, text)], 0)
}

fn classical(name: &str, text: &str) -> f64 {
    let report = visibility(name, text);
    assert_eq!(report["visibility"]["classical"]["verified"], true, "{name}: {report:#}");
    number(&report, "/visibility/classical/value")
}

/// Loss-tolerant steering [Bennet et al., PRX 2, 031003 (2012)]: n settings of pure states with pairwise different directions
/// are classical up to the efficiency 1/n exactly. A strategy that answers one setting alone, and each of them as often,
/// reaches it; the elements of a pure assemblage are rank one, so that no strategy answers two.
#[test]
fn detection_efficiency() {
    let cube = "((-1)^mod(x,2)*X + (-1)^(delta(x,2) + delta(x,3))*Y + Z)/sqrt(3)";
    for (settings, observable) in [(2, "pauli(1 + 2*x)"), (3, "pauli(x + 1)"), (4, cube)] {
        let name = format!("noise-loss-{settings}");
        let report = visibility(&name, &steered(settings, observable, "kind = \"loss\""));
        let value = number(&report, "/visibility/classical/value");
        assert!((value - 1.0 / settings as f64).abs() < ACCURACY, "{settings}: {value}");
        assert_eq!(report["visibility"]["classical"]["verified"], true);
        assert_eq!(report["noise"], "loss");
        // Traditional assemblages are quantum.
        assert_eq!(number(&report, "/visibility/inner/value"), 1.0);
    }
}

/// Lost rounds answered with 0. What Alice answers 1 to is as pure as before, so a strategy answers 1 to one setting at most,
/// and the rest, 1/2·1 − v/2·Σ_x P_x with the projectors P_x of the answers 1, has to be positive: v·λ_max(Σ P_x) ≤ 1, with
/// λ_max = (n + √n)/2 for n orthogonal directions.
#[test]
fn binned_losses() {
    for (settings, observable) in [(2, "pauli(1 + 2*x)"), (3, "pauli(x + 1)")] {
        let name = format!("noise-binned-{settings}");
        let value = classical(&name, &steered(settings, observable, "kind = \"loss\"\nbinned = 0"));
        let n = settings as f64;
        let expected = 2.0 / (n + n.sqrt());
        assert!((value - expected).abs() < ACCURACY, "{settings}: {value} instead of {expected}");
    }
}

/// Two unbiased qubit observables m·σ and n·σ steer classically if and only if |m + n| + |m − n| ≤ 2 [Busch, Phys. Rev. D
/// 33, 2253 (1986)]; dephasing takes (m_x, m_y, m_z) to (v·m_x, v·m_y, m_z).
#[test]
fn dephasing() {
    let dephased = "kind = \"dephasing\"";
    let both = classical("noise-dephasing-xy", &steered(2, "pauli(x + 1)", dephased));
    assert!((both - 0.5_f64.sqrt()).abs() < ACCURACY, "X and Y: {both}");
    // (v, 0, ±1)/√2: √2·v + √2 ≤ 2.
    let tilted = classical("noise-dephasing-tilted", &steered(2, "(X + (-1)^x*Z)/sqrt(2)", dephased));
    assert!((tilted - (2.0_f64.sqrt() - 1.0)).abs() < ACCURACY, "(X ± Z)/√2: {tilted}");
    // Z keeps its pure states: any coherence at all is steering, v² + 1 ≤ 1.
    let report = visibility("noise-dephasing-xz", &steered(2, "pauli(1 + 2*x)", dephased));
    let value = number(&report, "/visibility/classical/value");
    // Near v = 0 the condition is quadratic in v.
    assert!((0.0..1e-3).contains(&value), "X and Z: {value}");
}

/// `depolarising` is white noise, `coloured` is noise as it is given, and the old spelling without a kind is the same.
#[test]
fn other_names() {
    let [white, depolarising, plain] = ["kind = \"white\"", "kind = \"depolarising\"", ""]
        .map(|noise| visibility("noise-names", &steered(3, "pauli(x + 1)", noise)));
    assert_eq!(white["visibility"], depolarising["visibility"]);
    assert_eq!(white["visibility"], plain["visibility"]);
    assert_eq!(depolarising["noise"], "white");
    let [kind, plain] = [
        "kind = \"coloured\"\nformula = \"1/2*proj(0)*delta(a, 0) + 1/2*proj(1)*delta(a, 1)\"",
        "formula = \"1/2*proj(0)*delta(a, 0) + 1/2*proj(1)*delta(a, 1)\"",
    ]
    .map(|noise| visibility("noise-names", &steered(3, "pauli(x + 1)", noise)));
    assert_eq!(kind["visibility"], plain["visibility"]);
    assert_eq!(kind["noise"], "given");
}

fn parsed(text: &str) -> Problem {
    Problem::parse(Source::new("noise.toml", text.to_owned()), Path::new("")).unwrap()
}

/// The no-click outcome is the label after the greatest; the file's functional is zero there, `from = "assemblage"` too.
#[test]
fn the_outcome_for_no_click() {
    let text = steered(2, "pauli(x + 1)", "kind = \"loss\"").replace("outcomes = 2", "outcomes = [3, -2]")
        + "\n[functional]\nfrom = \"assemblage\"\n";
    let lossy = parsed(&text).at(&[("visibility", &Number::ratio(1, 3))]).unwrap();
    assert_eq!(lossy.scenario.outcomes().iter().collect::<Vec<_>>(), [3, -2, 4]);
    let assemblage = &lossy.assemblage().unwrap().unwrap().0;
    let functional = &lossy.functional.as_ref().unwrap().operators;
    for index in assemblage.indices() {
        let (state, operator) = (assemblage.get(index), functional.get(index));
        let third = operator.scale(&Number::ratio(1, 3));
        match index.a {
            2 => {
                let expected = Matrix::identity(2).scale(&Number::ratio(1, 3));
                assert_eq!((state, operator), (&expected, &Matrix::zeros(2, 2)));
            }
            _ => assert_eq!(state, &third),
        }
    }
}

/// Amplitude damping of σ is the formula's, with exact roots; `certify` and sweeps take it, and thresholds are refused.
#[test]
fn amplitude_damping() {
    let eq6 = std::fs::read_to_string("problems/eq6-noise.toml").unwrap();
    let eq6 = eq6.split("[expected]").next().unwrap();
    let damped = parsed(&format!("{eq6}[noise]\nkind = \"amplitude-damping\"\n"));
    let formula =
        eq6.replace("1/4*(I", "damp(1/4*(I").replace("pauli(x))\"\n\n[f", "pauli(x)), 1/3)\"\n\n[f");
    let (by_noise, by_formula) =
        (damped.at(&[("visibility", &Number::ratio(2, 3))]).unwrap(), parsed(&formula));
    let [found, expected] = [&by_noise, &by_formula].map(|problem| &problem.assemblage().unwrap().unwrap().0);
    assert!(found.is_exact());
    assert!(found.indices().all(|index| found.get(index) == expected.get(index)));
    let file = problem(
        "noise-damping",
        &format!(
            "{eq6}[noise]\nkind = \"amplitude-damping\"\n[sweep]\nparameter = \"visibility\"\nfrom = 0\nto = 1\npoints = 3\n"
        ),
    );
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("noise-damping");
    let _ = std::fs::remove_dir_all(&out);
    let report = json(&["sweep", &file, "--out", &out.display().to_string()], 0);
    let verdicts: Vec<&Value> = report["points"].as_array().unwrap().iter().map(|p| &p["verdict"]).collect();
    assert_eq!(verdicts, ["quantum", "post-quantum", "post-quantum"]);
    assert!(report["points"].as_array().unwrap().iter().all(|point| point["verified"] == true));
    assert!(report["thresholds"].is_null());
    assert_eq!(steerq(&["visibility", &file]).status.code(), Some(2));
}
