//! Dense matrices of exact numbers.

use faer::c64;
use num_complex::Complex64;
use thiserror::Error;

use super::number::Number;

/// A dense rows×cols matrix of [`Number`]s.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    /// Row by row.
    entries: Vec<Number>,
}

/// Two matrices (rows, cols) that cannot be added or multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the shapes do not match: left is {}×{}, right is {}×{}", left.0, left.1, right.0, right.1)]
pub struct ShapeError {
    /// Rows and columns of the left operand.
    pub left: (usize, usize),
    /// Rows and columns of the right operand.
    pub right: (usize, usize),
}

impl Matrix {
    /// The rows×cols matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self::from_fn(rows, cols, |_, _| Number::zero())
    }

    /// The n×n identity.
    pub fn identity(n: usize) -> Self {
        Self::from_fn(n, n, |i, j| if i == j { Number::one() } else { Number::zero() })
    }

    /// The matrix with entries `entry(i, j)`, row i and column j counted from 0.
    pub fn from_fn(rows: usize, cols: usize, mut entry: impl FnMut(usize, usize) -> Number) -> Self {
        let mut entries = Vec::with_capacity(rows * cols);
        for i in 0..rows {
            entries.extend((0..cols).map(|j| entry(i, j)));
        }
        Matrix { rows, cols, entries }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// (rows, columns).
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// Are there as many rows as columns?
    pub fn is_square(&self) -> bool {
        self.rows == self.cols
    }

    /// The entry in row i, column j, counted from 0.
    ///
    /// # Panics
    /// Outside the matrix, like indexing a slice.
    pub fn get(&self, i: usize, j: usize) -> &Number {
        assert!(j < self.cols, "column {j} of a matrix with {} columns", self.cols);
        &self.entries[i * self.cols + j]
    }

    /// All entries, row by row.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Number> {
        self.entries.iter()
    }

    /// The matrix of `change(entry)`.
    pub fn map(&self, change: impl FnMut(&Number) -> Number) -> Self {
        Matrix { rows: self.rows, cols: self.cols, entries: self.entries.iter().map(change).collect() }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`ShapeError`] if the shapes differ.
    pub fn add(&self, other: &Self) -> Result<Self, ShapeError> {
        self.zip(other, |a, b| a + b)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`ShapeError`] if the shapes differ.
    pub fn sub(&self, other: &Self) -> Result<Self, ShapeError> {
        self.zip(other, |a, b| a - b)
    }

    fn zip(&self, other: &Self, combine: impl Fn(&Number, &Number) -> Number) -> Result<Self, ShapeError> {
        if self.shape() != other.shape() {
            return Err(self.mismatch(other));
        }
        let entries = self.entries.iter().zip(&other.entries).map(|(a, b)| combine(a, b)).collect();
        Ok(Matrix { rows: self.rows, cols: self.cols, entries })
    }

    /// The matrix product.
    ///
    /// # Errors
    /// [`ShapeError`] unless self has as many columns as `other` has rows.
    pub fn mul(&self, other: &Self) -> Result<Self, ShapeError> {
        if self.cols != other.rows {
            return Err(self.mismatch(other));
        }
        let mut product = Self::zeros(self.rows, other.cols);
        for i in 0..self.rows {
            for k in 0..self.cols {
                let left = self.get(i, k);
                // Operators of quantum mechanics are mostly zeros.
                if left.is_exactly_zero() {
                    continue;
                }
                for j in 0..other.cols {
                    let right = other.get(k, j);
                    if !right.is_exactly_zero() {
                        let target = &mut product.entries[i * other.cols + j];
                        *target = &*target + &(left * right);
                    }
                }
            }
        }
        Ok(product)
    }

    fn mismatch(&self, other: &Self) -> ShapeError {
        ShapeError { left: self.shape(), right: other.shape() }
    }

    /// The product with a number.
    pub fn scale(&self, factor: &Number) -> Self {
        self.map(|entry| entry * factor)
    }

    /// The Kronecker product self ⊗ other: entry (i·r + k, j·c + l) is self_ij other_kl for an r×c matrix `other`.
    pub fn kron(&self, other: &Self) -> Self {
        Self::from_fn(self.rows * other.rows, self.cols * other.cols, |i, j| {
            self.get(i / other.rows, j / other.cols) * other.get(i % other.rows, j % other.cols)
        })
    }

    /// The conjugate transpose.
    pub fn adjoint(&self) -> Self {
        Self::from_fn(self.cols, self.rows, |i, j| self.get(j, i).conj())
    }

    /// The transpose.
    pub fn transpose(&self) -> Self {
        Self::from_fn(self.cols, self.rows, |i, j| self.get(j, i).clone())
    }

    /// The complex conjugate, entry by entry.
    pub fn conj(&self) -> Self {
        self.map(Number::conj)
    }

    /// The sum of the diagonal entries; `None` unless the matrix is square.
    pub fn trace(&self) -> Option<Number> {
        if !self.is_square() {
            return None;
        }
        Some((0..self.rows).fold(Number::zero(), |sum, i| &sum + self.get(i, i)))
    }

    /// The matrix in double precision.
    pub fn to_faer(&self) -> faer::Mat<c64> {
        faer::Mat::from_fn(self.rows, self.cols, |i, j| self.get(i, j).approx())
    }

    /// Does every entry have an exact form?
    pub fn is_exact(&self) -> bool {
        self.entries.iter().all(|entry| entry.exact().is_some())
    }

    /// A square matrix of as many rows as columns whose rows r span all with A·rᵀ = 0: where there is one it stands in the row of the
    /// column that it is free in, and the other rows are zero. Diagonal if A is. `None` if an entry is not exact.
    pub fn null_rows(&self) -> Option<Self> {
        let mut rows: Vec<Vec<Number>> =
            (0..self.rows).map(|i| (0..self.cols).map(|j| self.get(i, j).clone()).collect()).collect();
        let mut pivots = Vec::new();
        for column in 0..self.cols {
            let size = |row: &Vec<Number>| row[column].approx().norm();
            let below = (pivots.len()..self.rows).filter(|&i| !rows[i][column].is_exactly_zero());
            let Some(best) = below.max_by(|&i, &j| size(&rows[i]).total_cmp(&size(&rows[j]))) else {
                continue;
            };
            let rank = pivots.len();
            rows.swap(rank, best);
            let pivot = rows[rank][column].clone();
            let scaled = rows[rank].iter().map(|entry| entry.div(&pivot).ok()).collect::<Option<Vec<_>>>()?;
            rows[rank] = scaled.clone();
            for (i, row) in rows.iter_mut().enumerate() {
                let factor = row[column].clone();
                if i != rank && !factor.is_exactly_zero() {
                    row.iter_mut().zip(&scaled).for_each(|(entry, p)| *entry = &*entry - &(&factor * p));
                }
            }
            pivots.push(column);
        }
        if !rows.iter().flatten().all(|entry| entry.exact().is_some()) {
            return None;
        }
        let mut null = Self::zeros(self.cols, self.cols);
        for free in (0..self.cols).filter(|column| !pivots.contains(column)) {
            null.entries[free * self.cols + free] = Number::one();
            for (row, &pivot) in rows.iter().zip(&pivots) {
                null.entries[free * self.cols + pivot] = -&row[free];
            }
        }
        Some(null)
    }

    /// Is every entry finite in double precision?
    pub fn is_finite(&self) -> bool {
        self.entries.iter().all(Number::is_finite)
    }

    /// The largest |A_ij − conj(A_ji)| and where it is, i ≤ j; infinite, at (0, 0), for a matrix that is not square.
    ///
    /// Zero for a matrix that [is exactly Hermitian](Self::is_exactly_hermitian).
    pub fn hermitian_defect(&self) -> (f64, (usize, usize)) {
        if !self.is_square() {
            return (f64::INFINITY, (0, 0));
        }
        let mut worst = (0.0, (0, 0));
        for i in 0..self.rows {
            for j in i..self.cols {
                let difference: Complex64 = (self.get(i, j) - &self.get(j, i).conj()).approx();
                // A NaN counts as the worst defect there is.
                let defect = if difference.is_nan() { f64::INFINITY } else { difference.norm() };
                if defect > worst.0 {
                    worst = (defect, (i, j));
                }
            }
        }
        worst
    }

    /// Is this a square matrix of exact numbers that equals its adjoint?
    pub fn is_exactly_hermitian(&self) -> bool {
        self.is_square()
            && (0..self.rows).all(|i| {
                (i..self.cols).all(|j| match (self.get(i, j).exact(), self.get(j, i).exact()) {
                    (Some(a), Some(b)) => *a == b.conj(),
                    _ => false,
                })
            })
    }

    /// The largest [`Number::weight`] among the entries, at least one.
    pub(crate) fn weight(&self) -> usize {
        self.entries.iter().map(Number::weight).max().unwrap_or(1)
    }
}
