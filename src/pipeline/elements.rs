//! Operators as a problem file has them, and as reports do.

use faer::Mat;
use num_complex::Complex64;

use crate::num::Number;
use crate::report::{ElementRecord, Rows};
use crate::scenario::{Functional, Port, Scenario};

/// F as the elements of a problem file.
pub(super) fn element_records(scenario: &Scenario, functional: &Functional) -> Vec<ElementRecord> {
    let table = &functional.operators;
    let d = table.dimension();
    let mut records = Vec::new();
    for index in table.indices().filter(|index| scenario.sees(*index)) {
        let matrix = table.get(index);
        let record = ElementRecord {
            a: scenario.outcomes().get(index.a),
            x: scenario.settings().get(index.x),
            y: scenario.kind.has_inputs().then(|| scenario.inputs().get(index.y)),
            b: None,
            matrix: None,
            value: None,
        };
        match &scenario.bob.output {
            Port::Quantum(_) => {
                let row = |i: usize| (0..d).map(|j| literal(matrix.get(i, j))).collect();
                records.push(ElementRecord { matrix: Some((0..d).map(row).collect()), ..record });
            }
            Port::Classical(labels) => records.extend((0..d).map(|b| ElementRecord {
                b: Some(labels.get(b)),
                value: Some(literal(matrix.get(b, b))),
                ..record.clone()
            })),
        }
    }
    records
}

/// The rows of a matrix, every entry as (re, im).
pub(super) fn rows(matrix: &Mat<Complex64>) -> Rows {
    let entry = |i: usize, j: usize| [matrix[(i, j)].re, matrix[(i, j)].im];
    (0..matrix.nrows()).map(|i| (0..matrix.ncols()).map(|j| entry(i, j)).collect()).collect()
}

/// A number as a formula that reads back bit for bit.
fn literal(number: &Number) -> String {
    let value = number.approx();
    if value.im == 0.0 { format!("{}", value.re) } else { format!("{}{:+}i", value.re, value.im) }
}
