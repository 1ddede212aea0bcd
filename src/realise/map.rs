//! Choi matrices that satisfy every condition exactly.

use faer::Mat;
use num_complex::Complex64;

use crate::linalg::{EigenError, hermitian_eigenvalues};
use crate::model::{GRID, kraus_operators, on_grid};
use crate::num::{Matrix, Number};
use crate::program::choi::{Maps, partial_transpose};

/// Fractions with larger denominators are not guessed.
const MAX_DENOMINATOR: u32 = 64;
/// What a solver leaves of an entry that is such a fraction, at most: degenerate optima are found to the square root of
/// its tolerance. A wrong guess costs nothing, for it is checked exactly.
const NEAR: f64 = 1e-5;
/// Eigenvalues of exactly positive matrices may come out this much below zero.
const ROUNDING: f64 = 1e-12;
/// Kraus operators with a squared norm below this are rounding.
const LEAST_KRAUS: f64 = 1e-9;

/// A trace preserving map by its Choi matrix J = J¹ + (J²)^Γ on input ⊗ output, row i·d + b; J² is there for
/// decomposable maps. All entries are exact numbers, and tr_out J = 1 holds exactly.
#[derive(Debug, Clone)]
pub struct ChoiMap {
    /// J¹ ⪰ 0.
    pub direct: Matrix,
    /// J² ⪰ 0.
    pub transposed: Option<Matrix>,
    input: usize,
    output: usize,
}

impl ChoiMap {
    /// The map that does nothing.
    pub fn identity(dimension: usize, maps: Maps) -> Self {
        let diagonal = |row: usize| row / dimension == row % dimension;
        let entry = |i, j| if diagonal(i) && diagonal(j) { Number::one() } else { Number::zero() };
        let n = dimension * dimension;
        Self {
            direct: Matrix::from_fn(n, n, entry),
            transposed: (maps == Maps::Decomposable).then(|| Matrix::zeros(n, n)),
            input: dimension,
            output: dimension,
        }
    }

    /// The map whose Choi matrices have fractions where these nearly have them, if it is one that preserves traces and
    /// is positive.
    pub(super) fn guessed(blocks: &[Mat<Complex64>], output: usize) -> Result<Option<Self>, EigenError> {
        let Some(parts) = blocks.iter().map(fractions).collect::<Option<Vec<Matrix>>>() else {
            return Ok(None);
        };
        for part in &parts {
            if hermitian_eigenvalues(&part.to_faer())?.first().is_some_and(|&least| least < -ROUNDING) {
                return Ok(None);
            }
        }
        let map = Self::from_parts(parts, output);
        Ok(map.filter(Self::preserves_traces))
    }

    /// The map nearest to approximate Choi matrices that is exactly valid: a little of the map tr(X)·1/d is mixed in, as much
    /// as keeps what rounding changes positive.
    pub(super) fn rounded(blocks: &[Mat<Complex64>], output: usize) -> Option<Self> {
        let n = blocks.first().map_or(0, Mat::nrows);
        let input = n / output;
        let parts = blocks.len() as f64;
        let missing = |i: usize, j: usize| {
            let sum: Complex64 = blocks
                .iter()
                .flat_map(|block| (0..output).map(move |b| block[(i * output + b, j * output + b)]))
                .sum();
            (if i == j { Complex64::ONE } else { Complex64::ZERO }) - sum
        };
        let entries = (0..input).flat_map(|i| (0..input).map(move |j| (i, j)));
        let wrong = entries.map(|(i, j)| missing(i, j).norm()).fold(0.0, f64::max);
        // The last output takes up what the sum misses: a matrix of norm at most input·(wrong + rounding).
        let margin =
            parts * output as f64 * input as f64 * (2.0 * wrong + 8.0 * parts * output as f64 * GRID);
        let noise = margin / (parts * output as f64);
        let mut rounded: Vec<Mat<Complex64>> = blocks
            .iter()
            .map(|block| {
                Mat::from_fn(n, n, |row, column| {
                    let upper = block[(row.min(column), row.max(column))] * (1.0 - margin);
                    let upper = if row == column { Complex64::from(upper.re + noise) } else { upper };
                    let upper = Complex64::new(on_grid(upper.re), on_grid(upper.im));
                    if row <= column { upper } else { upper.conj() }
                })
            })
            .collect();
        let last = output - 1;
        for j in 0..input {
            for i in 0..input {
                let mut entry = if i == j { Complex64::ONE } else { Complex64::ZERO };
                for (part, block) in rounded.iter().enumerate() {
                    for b in (0..output).filter(|&b| part > 0 || b != last) {
                        entry -= block[(i * output + b, j * output + b)];
                    }
                }
                rounded[0][(i * output + last, j * output + last)] = entry;
            }
        }
        let exact = |block: &Mat<Complex64>| {
            let entry = |i, j| {
                let value: Complex64 = block[(i, j)];
                Number::dyadic(value).unwrap_or_else(|| Number::from_approx(value))
            };
            Matrix::from_fn(n, n, entry)
        };
        Self::from_parts(rounded.iter().map(exact).collect(), output).filter(Self::preserves_traces)
    }

    fn from_parts(parts: Vec<Matrix>, output: usize) -> Option<Self> {
        let mut parts = parts.into_iter();
        let direct = parts.next()?;
        let input = direct.rows() / output;
        Some(Self { direct, transposed: parts.next(), input, output })
    }

    /// Whether tr_out J = 1 exactly.
    fn preserves_traces(&self) -> bool {
        let sum = |i: usize, j: usize| {
            (0..self.output).fold(Number::zero(), |sum, b| &sum + &self.entry((i, b), (j, b)))
        };
        let mut pairs = (0..self.input).flat_map(|i| (0..self.input).map(move |j| (i, j)));
        pairs.all(|(i, j)| {
            let wanted = if i == j { Number::one() } else { Number::zero() };
            (&sum(i, j) - &wanted).is_exactly_zero()
        })
    }

    /// J at row (i, b) and column (j, c).
    fn entry(&self, (i, b): (usize, usize), (j, c): (usize, usize)) -> Number {
        let at = |i: usize, b: usize| i * self.output + b;
        let direct = self.direct.get(at(i, b), at(j, c));
        match &self.transposed {
            Some(transposed) => direct + transposed.get(at(i, c), at(j, b)),
            None => direct.clone(),
        }
    }

    /// E(X).
    pub fn apply(&self, operator: &Matrix) -> Matrix {
        Matrix::from_fn(self.output, self.output, |b, c| {
            let mut sum = Number::zero();
            for i in 0..self.input {
                for j in 0..self.input {
                    sum = &sum + &(operator.get(i, j) * &self.entry((i, b), (j, c)));
                }
            }
            sum
        })
    }

    /// The largest difference of a real or imaginary part of E(X) and a wanted matrix; exactly zero only if there is exactly
    /// none. Of a `diagonal` one only the diagonal counts.
    pub fn misses(&self, operator: &Matrix, wanted: &Matrix, diagonal: bool) -> f64 {
        let output = self.apply(operator);
        let mut largest: f64 = 0.0;
        for b in 0..self.output {
            for c in (0..self.output).filter(|&c| !diagonal || b == c) {
                let difference = output.get(b, c) - wanted.get(b, c);
                if !difference.is_exactly_zero() {
                    let value = difference.approx();
                    largest = largest.max(value.re.abs()).max(value.im.abs()).max(f64::MIN_POSITIVE);
                }
            }
        }
        largest
    }

    /// J = J¹ + (J²)^Γ in floating point.
    pub fn choi(&self) -> Mat<Complex64> {
        let direct = self.direct.to_faer();
        match &self.transposed {
            Some(transposed) => direct + partial_transpose(&transposed.to_faer(), self.output),
            None => direct,
        }
    }

    /// The Kraus operators of J¹, most important first.
    pub fn kraus(&self) -> Result<Vec<Mat<Complex64>>, EigenError> {
        kraus_operators(&self.direct.to_faer(), self.output, LEAST_KRAUS)
    }

    /// The Kraus operators of J², which act before the transposition.
    pub fn transposed_kraus(&self) -> Result<Option<Vec<Mat<Complex64>>>, EigenError> {
        let transposed = self.transposed.as_ref();
        transposed.map(|part| kraus_operators(&part.to_faer(), self.output, LEAST_KRAUS)).transpose()
    }
}

/// The matrix with a small fraction near every part of an entry.
fn fractions(matrix: &Mat<Complex64>) -> Option<Matrix> {
    let n = matrix.nrows();
    let near = |i: usize, j: usize| {
        let value = matrix[(i.min(j), i.max(j))];
        let (re, im) = (fraction(value.re)?, fraction(if i == j { 0.0 } else { value.im })?);
        let number = &re + &(&im * &Number::i());
        Some(if i <= j { number } else { number.conj() })
    };
    let rows: Option<Vec<Vec<Number>>> = (0..n).map(|i| (0..n).map(|j| near(i, j)).collect()).collect();
    let rows = rows?;
    Some(Matrix::from_fn(n, n, |i, j| rows[i][j].clone()))
}

fn fraction(value: f64) -> Option<Number> {
    let near = |q: &u32| ((value * f64::from(*q)).round() / f64::from(*q) - value).abs() < NEAR;
    let q = (1..=MAX_DENOMINATOR).find(near)?;
    Some(Number::ratio((value * f64::from(q)).round() as i64, q.into()))
}
