//! NumPy `.npy` files: complex128 or float64, shape (a, x, y, d, d).

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use npyz::{NpyFile, Order};
use num_complex::Complex64;

use super::operators::diagonal_matrix;
use crate::num::{Matrix, Number};
use crate::scenario::{Index, Kind, Scenario};

/// What is wrong with a `.npy` file.
pub(super) struct NpyError {
    pub message: String,
    pub help: Option<String>,
}

/// The numbers of a `.npy` file, with y running faster than x, x faster than a.
pub(super) struct Array {
    shape: [usize; 3],
    dimension: usize,
    /// Whether only the diagonals are stored, (a, x, y, b): a Bell problem.
    diagonal: bool,
    values: Vec<Complex64>,
}

impl Array {
    /// The matrix at an index: an f64 is an exact dyadic number, but the data are taken as what
    /// they are, floating-point numbers.
    pub fn operator(&self, Index { a, x, y }: Index) -> Matrix {
        let [_, settings, inputs] = self.shape;
        let position = (a * settings + x) * inputs + y;
        let d = self.dimension;
        if self.diagonal {
            let row = &self.values[position * d..][..d];
            let row: Vec<Number> = row.iter().map(|&value| Number::from_approx(value)).collect();
            return diagonal_matrix(&row);
        }
        let entries = &self.values[position * d * d..][..d * d];
        Matrix::from_fn(d, d, |i, j| Number::from_approx(entries[i * d + j]))
    }
}

/// Reads an array of the scenario's shape: (a, x, y, d, d), or (a, x, d, d) in a traditional
/// problem, or (a, x, y, b) in a Bell problem.
pub(super) fn read(path: &Path, scenario: &Scenario) -> Result<Array, NpyError> {
    let shown = path.display();
    let error = |message: String, help: Option<String>| NpyError { message, help };
    let unreadable = |e: std::io::Error| error(format!("cannot read {shown}: {e}"), None);
    let file = File::open(path).map_err(unreadable)?;
    let array = NpyFile::new(BufReader::new(file)).map_err(|e| {
        let help = Some("write it with numpy.save(path, array)".to_owned());
        error(format!("{shown} is not a .npy file: {e}"), help)
    })?;
    let shape = scenario.shape();
    let [a, x, y] = shape;
    let d = scenario.dimension();
    let expected = match scenario.kind {
        Kind::Traditional => vec![a, x, d, d],
        Kind::BobWithInput => vec![a, x, y, d, d],
        Kind::Bell => vec![a, x, y, d],
    };
    let found: Vec<usize> = array.shape().iter().map(|&n| n as usize).collect();
    if found != expected {
        let axes = match scenario.kind {
            Kind::Traditional => "(a, x, d, d)",
            Kind::BobWithInput => "(a, x, y, d, d)",
            Kind::Bell => "(a, x, y, b)",
        };
        let message = format!("{shown} has shape {}", tuple(&found));
        return Err(error(message, Some(format!("{axes} = {} is needed", tuple(&expected)))));
    }
    let order = array.order();
    let dtype = array.dtype();
    let values: Vec<Complex64> = match array.try_data::<Complex64>() {
        Ok(data) => data.collect::<Result<_, _>>().map_err(unreadable)?,
        Err(array) => match array.try_data::<f64>() {
            Ok(data) => {
                let reals: Vec<f64> = data.collect::<Result<_, _>>().map_err(unreadable)?;
                reals.into_iter().map(Complex64::from).collect()
            }
            Err(_) => {
                let message = format!("{shown} holds {}", dtype.descr());
                let help = "complex128 or float64 is needed: array.astype(complex)".to_owned();
                return Err(error(message, Some(help)));
            }
        },
    };
    let values = match order {
        Order::C => values,
        Order::Fortran => to_row_major(&values, &expected),
    };
    Ok(Array { shape, dimension: d, diagonal: scenario.is_diagonal(), values })
}

/// The same array with its last axis running fastest.
fn to_row_major(values: &[Complex64], shape: &[usize]) -> Vec<Complex64> {
    (0..values.len())
        .map(|mut position| {
            // Digits of the row-major position, last axis first.
            let mut digits = vec![0; shape.len()];
            for (digit, &size) in digits.iter_mut().zip(shape).rev() {
                *digit = position % size;
                position /= size;
            }
            let offset = digits.iter().zip(shape).rev().fold(0, |sum, (&k, &n)| sum * n + k);
            values[offset]
        })
        .collect()
}

/// A shape as NumPy prints it.
fn tuple(shape: &[usize]) -> String {
    let list: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("({})", list.join(", "))
}
