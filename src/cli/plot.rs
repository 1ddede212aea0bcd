//! `steerq plot`: what a file is, and where its figure goes.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::output::Output;
use super::{Failure, failed_write, write};
use crate::problem::{Problem, ProblemError};
use crate::report::{Drawn, PlotReport, drawn, drawn_problem};

/// The largest result that is read: certificates have no more (`docs/certificate.md`, §1).
const MAX_BYTES: u64 = 256 << 20;

pub(super) fn run(result: &Path, out: Option<&Path>, output: &Output) -> Result<ExitCode, Failure> {
    let Drawn { kind, drawing } = figure(result)?;
    let png = drawing.png().map_err(crate::report::NoFigure::from)?;
    let base = base(result, out);
    if let Some(folder) = base.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| failed_write(folder, error))?;
    }
    let [svg_path, png_path] = ["svg", "png"].map(|extension| with_extension(&base, extension));
    write(&svg_path, drawing.svg())?;
    write(&png_path, png)?;
    output.show(&PlotReport {
        figure: kind,
        svg: svg_path.display().to_string(),
        png: png_path.display().to_string(),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn figure(path: &Path) -> Result<Drawn, Failure> {
    let is_problem = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let drawn = if is_problem { drawn_problem(&Problem::read(path)?)? } else { drawn(&read(path)?)? };
    Ok(drawn)
}

/// The JSON in a file.
fn read(path: &Path) -> Result<Value, ProblemError> {
    let shown = path.display();
    let help = "give a result as `--json` prints it, or a problem file, whose name ends with .toml";
    let refuse = |message: String| ProblemError::plain(message).help(help);
    let unreadable = |error: std::io::Error| refuse(format!("cannot read {shown}: {error}"));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(refuse(format!("{shown} has more than {MAX_BYTES} bytes: it is no result")));
    }
    if bytes.starts_with(b"PK") {
        return Err(ProblemError::plain(format!("{shown} is an archive of arrays"))
            .help("give the model as JSON: `--model PATH` with a name that does not end with .npz"));
    }
    serde_json::from_slice(&bytes).map_err(|error| refuse(format!("{shown} is no JSON: {error}")))
}

/// The path of the figure without its extension: in a folder, or as it is named; else beside the result.
fn base(result: &Path, out: Option<&Path>) -> PathBuf {
    let name = result.file_stem().map_or_else(|| OsString::from("figure"), OsString::from);
    match out {
        None => result.with_file_name(name),
        Some(path) if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") => path.join(name),
        Some(path) => {
            let named = |extension: &std::ffi::OsStr| {
                extension.eq_ignore_ascii_case("svg") || extension.eq_ignore_ascii_case("png")
            };
            if path.extension().is_some_and(named) { path.with_extension("") } else { path.to_owned() }
        }
    }
}

/// What follows the last dot of a name need not be an extension: it stays.
fn with_extension(base: &Path, extension: &str) -> PathBuf {
    let mut path = base.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_go_beside_the_result_or_where_they_are_wanted() {
        let base = |result: &str, out: Option<&str>| {
            let base = base(Path::new(result), out.map(Path::new));
            with_extension(&base, "png").display().to_string()
        };
        assert_eq!(base("results/eq6.json", None), "results/eq6.png");
        assert_eq!(base("eq6.model.json", None), "eq6.model.png");
        assert_eq!(base("results/eq6.json", Some("figures/")), "figures/eq6.png");
        assert_eq!(base("results/eq6.json", Some("figures/one")), "figures/one.png");
        assert_eq!(base("results/eq6.json", Some("one.svg")), "one.png");
        assert_eq!(base("results/eq6.json", Some("v0.5")), "v0.5.png");
    }
}
