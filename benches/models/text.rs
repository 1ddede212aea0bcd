//! Problems as a user writes them: the text of a problem file, read back.

use std::fmt::Write;
use std::path::Path;

use faer::Mat;
use num_complex::Complex64;
use steerq::problem::{Problem, ProblemError, Source};
use steerq::scenario::{Index, Scenario};

/// σ_{a|xy} or F_{a|xy} for every label.
pub type Elements<'a> = &'a dyn Fn(Index) -> Mat<Complex64>;

/// The problem whose assemblage has the given elements.
pub fn assemblage(scenario: &Scenario, elements: Elements<'_>) -> Result<Problem, ProblemError> {
    problem(scenario, "[assemblage]", elements)
}

/// The problem whose functional, to be maximised, has the given elements.
pub fn functional(scenario: &Scenario, elements: Elements<'_>) -> Result<Problem, ProblemError> {
    problem(scenario, "[functional]\nsense = \"max\"", elements)
}

fn problem(scenario: &Scenario, table: &str, elements: Elements<'_>) -> Result<Problem, ProblemError> {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let mut text = format!(
        "[scenario]\nkind = \"bob-with-input\"\nsettings = {settings}\noutcomes = {outcomes}\ninputs = {inputs}\n\
         dimension = {d}\n\n{table}\nelements = [\n"
    );
    for x in 0..settings {
        for a in 0..outcomes {
            for y in 0..inputs {
                let matrix = elements(Index { a, x, y });
                let entry = |i, j| {
                    // Hermitian to the last bit.
                    let value: Complex64 = (matrix[(i, j)] + matrix[(j, i)].conj()) / 2.0;
                    format!("\"{}{:+}i\"", value.re, value.im)
                };
                let row = |i| (0..d).map(|j| entry(i, j)).collect::<Vec<_>>().join(", ");
                let rows = (0..d).map(|i| format!("[{}]", row(i))).collect::<Vec<_>>().join(", ");
                // Writing to a string does not fail.
                let _ = writeln!(text, "  {{a = {a}, x = {x}, y = {y}, matrix = [{rows}]}},");
            }
        }
    }
    text += "]\n";
    Problem::parse(Source::new("random", text), Path::new(""))
}
