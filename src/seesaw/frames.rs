//! Pure models as tuples of matrices with orthonormal columns, in which searches move.
//!
//! ```text
//! K_x   the rows of K_{a|x}, a = 0, 1, …, below each other:    M_{a|x}ᵀ = K_{a|x}† K_{a|x}
//! S     ψᵀ as one column
//! V_y   the Kraus operators of Bob's channel below each other
//! ```
//!
//! A step is a vector in their tangent spaces, from which Gram–Schmidt leads back.

use faer::{Mat, MatRef};
use num_complex::Complex64;

use super::Measurements;
use crate::linalg::hermitian_eigen;
use crate::model::Component;
use crate::scenario::{Answers, Index, Scenario};

/// Kraus operators of a smaller squared norm are what solvers leave of zero.
const RANK: f64 = 1e-6;

/// Matrices with orthonormal columns, or vectors tangent to them: K_x for every x, then S, then V_y for every y.
pub(super) type Parts = Vec<Mat<Complex64>>;

/// Which matrices they are.
pub(super) struct Frames {
    pub answers: Answers,
    pub outcomes: usize,
    pub settings: usize,
    pub dimension: usize,
}

impl Frames {
    pub fn new(scenario: &Scenario, answers: &Answers) -> Self {
        let [outcomes, settings, _] = scenario.shape();
        Self { answers: answers.clone(), outcomes, settings, dimension: scenario.dimension() }
    }

    /// The matrices of a model.
    pub fn parts(&self, model: &Component) -> Option<Parts> {
        let (alice, bob, d) = (model.alice(), model.bob(), self.dimension);
        let mut parts = Vec::new();
        for (x, of_x) in model.measurements.iter().enumerate() {
            let answers = self.answers.to(x);
            let roots: Option<Vec<Mat<Complex64>>> = answers.iter().map(|&a| root(&of_x[a])).collect();
            let roots = roots?;
            let rows =
                Mat::from_fn(answers.len() * alice, alice, |i, j| roots[i / alice][(i % alice, j)].conj());
            parts.push(orthonormal(rows)?);
        }
        let state = &model.state;
        parts.push(orthonormal(Mat::from_fn(bob * alice, 1, |k, _| state[(k % alice, k / alice)]))?);
        let seen = |channel: &Vec<Mat<Complex64>>| -> Vec<Mat<Complex64>> {
            channel.iter().filter(|kraus| kraus.squared_norm_l2() > RANK).cloned().collect()
        };
        let channels: Vec<Vec<Mat<Complex64>>> = model.channels.iter().map(seen).collect();
        for channel in &channels {
            let kraus = channel.len();
            let entry = |row: usize, j| channel[row / d][(row % d, j)];
            parts.push(orthonormal(Mat::from_fn(kraus * d, bob, entry))?);
        }
        Some(parts)
    }

    /// M_{a|x}, and the states ρ^y on Alice ⊗ Bob.
    pub fn model(&self, parts: &Parts) -> (Measurements, Vec<Mat<Complex64>>) {
        let alice = parts[0].ncols();
        let of_setting = |x: usize| {
            let mut elements = vec![Mat::<Complex64>::zeros(alice, alice); self.outcomes];
            for (position, &a) in self.answers.to(x).iter().enumerate() {
                let rows = parts[x].subrows(position * alice, alice);
                elements[a] = (rows.adjoint() * rows).transpose().to_owned();
            }
            elements
        };
        let state = self.state(parts);
        let d = self.dimension;
        let of_input = |v: &Mat<Complex64>| {
            let mut rho = Mat::<Complex64>::zeros(alice * d, alice * d);
            for e in 0..v.nrows() / d {
                // Row b, column i.
                let kept = v.subrows(e * d, d) * &state;
                let vector = Mat::from_fn(alice * d, 1, |k, _| kept[(k % d, k / d)]);
                rho += &vector * vector.adjoint();
            }
            rho
        };
        let states = self.channels(parts).iter().map(of_input).collect();
        ((0..self.settings).map(of_setting).collect(), states)
    }

    /// S: a row for each of Bob's dimensions, a column for each of Alice's.
    pub fn state(&self, parts: &Parts) -> Mat<Complex64> {
        let (alice, column) = (parts[0].ncols(), &parts[self.of_state()]);
        Mat::from_fn(column.nrows() / alice, alice, |r, i| column[(r * alice + i, 0)])
    }

    /// Where S is among the parts.
    pub fn of_state(&self) -> usize {
        self.settings
    }

    /// Where V_y is.
    pub fn of_channel(&self, y: usize) -> usize {
        self.settings + 1 + y
    }

    /// V_y for every y.
    pub fn channels<'a>(&self, parts: &'a Parts) -> &'a [Mat<Complex64>] {
        &parts[self.of_channel(0)..]
    }

    /// K_{a|x}.
    pub fn kraus<'a>(&self, parts: &'a Parts, index: &Index) -> MatRef<'a, Complex64> {
        let alice = parts[index.x].ncols();
        parts[index.x].subrows(self.first_row(index, alice), alice)
    }

    /// Where K_{a|x} begins in K_x, in a dimension of Alice's.
    pub fn first_row(&self, index: &Index, alice: usize) -> usize {
        alice * self.answers.to(index.x).iter().take_while(|&&a| a != index.a).count()
    }
}

/// Re Σ tr(a†b).
pub(super) fn dot(a: &Parts, b: &Parts) -> f64 {
    let of_part = |(a, b): (&Mat<Complex64>, &Mat<Complex64>)| {
        let columns = (0..a.ncols()).flat_map(|j| a.col_as_slice(j).iter().zip(b.col_as_slice(j)));
        columns.map(|(a, b)| a.re * b.re + a.im * b.im).sum::<f64>()
    };
    a.iter().zip(b).map(of_part).sum()
}

/// a += factor·b.
pub(super) fn add(a: &mut Parts, factor: f64, b: &Parts) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b * faer::Scale(Complex64::from(factor)));
}

/// a − b.
pub(super) fn difference(a: &Parts, b: &Parts) -> Parts {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// What is tangent of a vector, part by part.
pub(super) fn tangent(parts: &Parts, vector: &Parts) -> Parts {
    parts.iter().zip(vector).map(|(part, vector)| tangent_to(part, vector)).collect()
}

/// What is tangent of G at a matrix P with orthonormal columns: G − P·(P†G + G†P)/2.
pub(super) fn tangent_to(part: &Mat<Complex64>, vector: &Mat<Complex64>) -> Mat<Complex64> {
    let overlap = part.adjoint() * vector;
    let symmetric = (&overlap + overlap.adjoint()) * faer::Scale(Complex64::from(0.5));
    vector - part * symmetric
}

/// Gram–Schmidt on the columns; `None` if they are dependent.
pub(super) fn orthonormal(mut matrix: Mat<Complex64>) -> Option<Mat<Complex64>> {
    /// Columns that lose more are dependent.
    const DEPENDENT: f64 = 1e-8;
    for j in 0..matrix.ncols() {
        let before = matrix.col(j).norm_l2();
        for i in 0..j {
            let overlap: Complex64 =
                matrix.col_as_slice(i).iter().zip(matrix.col_as_slice(j)).map(|(u, v)| u.conj() * v).sum();
            for k in 0..matrix.nrows() {
                let part = overlap * matrix[(k, i)];
                matrix[(k, j)] -= part;
            }
        }
        let norm = matrix.col(j).norm_l2();
        if !(norm > DEPENDENT * before && norm.is_normal()) {
            return None;
        }
        matrix.col_as_slice_mut(j).iter_mut().for_each(|value| *value /= norm);
    }
    Some(matrix)
}

/// The positive root of a positive matrix.
fn root(matrix: &Mat<Complex64>) -> Option<Mat<Complex64>> {
    let (values, vectors) = hermitian_eigen(matrix).ok()?;
    let scaled = Mat::from_fn(values.len(), values.len(), |i, k| vectors[(i, k)] * values[k].max(0.0).sqrt());
    Some(scaled * vectors.adjoint())
}
