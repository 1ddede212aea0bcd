//! `steerq plot`: a figure for every result, the same bytes every time, and a reason where there is none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use common::{json, problem, steerq};
use serde_json::Value;

/// An empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A result in a file.
fn keep(folder: &Path, name: &str, result: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, result.to_string()).unwrap();
    shown(&path)
}

/// The figure's kind and both files, which are drawn twice.
fn plotted(result: &str, out: &Path) -> (String, String, Vec<u8>) {
    let mut drawn = ["first", "second"].map(|name| {
        let report = json(&["plot", result, "--out", &shown(&out.join(name))], 0);
        let file = |kind: &str| std::fs::read(report[kind].as_str().unwrap()).unwrap();
        (report["figure"].as_str().unwrap().to_owned(), String::from_utf8(file("svg")).unwrap(), file("png"))
    });
    assert_eq!(drawn[0], drawn[1], "{result}");
    let (figure, svg, png) = std::mem::take(&mut drawn[0]);
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    // The head of the picture has its size, twice that of the drawing.
    let dots = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    let size =
        |name: &str| svg.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse();
    assert_eq!(
        (Ok(dots(16)), Ok(dots(20))),
        (size("width").map(|w: u32| 2 * w), size("height").map(|h: u32| 2 * h))
    );
    (figure, svg, png)
}

/// What is said where there is no figure, with exit code 2.
fn refused(result: &str) -> String {
    let output = steerq(&["plot", result]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{result}: {message}");
    // Long lines are broken, with a bar before the rest.
    message.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_result_has_a_figure() {
    let out = folder("plot-results");
    let model = shown(&out.join("model.json"));
    let bound = json(&["bound", "problems/eq6.toml", "--model", &model], 0);
    let visibility = json(&["visibility", "problems/eq6.toml"], 0);
    let certify = json(&["certify", "problems/eq6.toml"], 0);
    let none = json(&["realise", "problems/eq6.toml"], 0);
    let maps = json(&["realise", "problems/eq6.toml", "--maps", "decomposable"], 0);
    for (name, result, figure, words) in [
        ("bound.json", &bound, "ladder", ["no-signalling", "2√6 ≈ 4.898979"]),
        ("visibility.json", &visibility, "thresholds", ["post-quantum", "√3/3 ≈ 0.577350"]),
        ("certify.json", &certify, "ladder", ["this assemblage", "quantum bound"]),
        ("realise.json", &none, "thresholds", ["not realisable", "1/3 ≈ 0.333333"]),
        ("maps.json", &maps, "channels", ["E_y, y = 1", "semi-axes 1, 1, 1"]),
    ] {
        let (kind, svg, _) = plotted(&keep(&out, name, result), &out);
        assert_eq!(kind, figure, "{name}");
        for word in words {
            assert!(svg.contains(word), "{word} in {name}");
        }
    }
    let (kind, svg, _) = plotted(&model, &out);
    assert_eq!(kind, "channels");
    assert!(svg.contains("E(X)") && svg.contains("E_y, y = 1"));
}

#[test]
fn assemblages_of_qubits_are_drawn_as_states() {
    let out = folder("plot-states");
    for (file, spheres) in
        [("eq6", 2), ("lossy", 2), ("trine", 1), ("instrumental-tetrahedron", 1), ("sequential-pauli", 1)]
    {
        let (kind, svg, _) = plotted(&format!("problems/{file}.toml"), &out);
        let count = svg.lines().filter(|line| line.trim() == "Z").count();
        assert_eq!((kind.as_str(), count), ("states", spheres), "{file}");
    }
}

/// Figures of a sweep are redrawn from its JSON, byte by byte; without a functional and without numbers there is one too.
#[test]
fn sweeps_are_drawn_as_they_were() {
    let text = std::fs::read_to_string("problems/eq6-noise.toml").unwrap();
    let few = text.replace("points = 101", "points = 5");
    let (head, rest) = few.split_once("[functional]").unwrap();
    let table_end = rest.find("\n[").map_or(rest.len(), |end| end + 1);
    let bare = format!("{head}{}", &rest[table_end..]);
    for (name, text, figure) in [("plot-line", &few, "line"), ("plot-strip", &bare, "thresholds")] {
        let out = folder(name);
        let file = problem(name, text);
        json(&["sweep", &file, "--out", &shown(&out)], 0);
        let (kind, svg, png) = plotted(&shown(&out.join("sweep.json")), &folder(&format!("{name}-again")));
        assert_eq!(kind, figure);
        assert_eq!(svg, std::fs::read_to_string(out.join("sweep.svg")).unwrap());
        assert_eq!(png, std::fs::read(out.join("sweep.png")).unwrap());
    }
}

/// Beside the result, in a folder that is there or ends with a slash, or at a path with or without an extension.
#[test]
fn figures_go_where_they_are_wanted() {
    let out = folder("plot-paths");
    let result = shown(&out.join("eq6.toml"));
    std::fs::copy("problems/eq6.toml", &result).unwrap();
    let there = |arguments: &[&str], name: &str| {
        let output = steerq(&[&["plot", &result], arguments].concat());
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        for extension in ["svg", "png"] {
            let path = out.join(format!("{name}.{extension}"));
            assert!(path.is_file() && text.contains(&shown(&path)), "{name}.{extension}: {text}");
        }
    };
    there(&[], "eq6");
    there(&["--out", &format!("{}/new/", out.display())], "new/eq6");
    there(&["--out", &shown(&out.join("new"))], "new/eq6");
    there(&["--out", &shown(&out.join("named.svg"))], "named");
    there(&["--out", &shown(&out.join("v0.5"))], "v0.5");
}

#[test]
fn what_has_no_figure_is_refused_with_a_reason() {
    let out = folder("plot-refused");
    let kept = |name: &str, text: &str| {
        let path = out.join(name);
        std::fs::write(&path, text).unwrap();
        shown(&path)
    };
    for (file, words) in [
        ("README.md".to_owned(), ["README.md is no JSON", "whose name ends with .toml"]),
        (shown(&out.join("missing.json")), ["cannot read", "No such file"]),
        ("problems/qutrit.toml".to_owned(), ["dimension 3", "only qubits"]),
        ("problems/chsh.toml".to_owned(), ["bell", "plot a result instead"]),
        (kept("list.json", "[1, 2]"), ["no object", "--json"]),
        (kept("other.json", "{\"levels\": [], \"title\": \"t\"}"), ["`levels`, `title`", "--json"]),
        (kept("empty.json", "{}"), ["first keys are none", "sweep.json"]),
        (kept("broken.json", "{\"bounds\": {\"classical\": 1}}"), ["`bounds` of this result", "--json"]),
        (kept("archive.npz", "PK\u{3}\u{4}"), ["archive of arrays", "as JSON"]),
        (
            kept("gram.json", "{\"format\": \"steerq-certificate\", \"proof\": {\"method\": \"gram\"}}"),
            ["`gram`, has no explicit model", "--model"],
        ),
        (
            kept("quantum.json", "{\"verdict\": \"quantum\", \"evidence\": {\"kind\": \"model\"}}"),
            ["the verdict `quantum`", "--certificate"],
        ),
    ] {
        let message = refused(&file);
        for word in words {
            assert!(message.contains(word), "{word} in: {message}");
        }
    }
    let model = shown(&out.join("qutrit.json"));
    json(&["bound", "problems/qutrit.toml", "--model", &model], 0);
    assert!(refused(&model).contains("to dimension 3 have no image of the Bloch sphere: both must be 2"));
}
