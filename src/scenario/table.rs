//! Operators indexed by (a, x, y): assemblages and functionals.

use std::collections::BTreeSet;

use faer::Mat;
use num_complex::Complex64;

use super::Scenario;
use crate::num::{Matrix, Number};

/// Positions (not labels) of an outcome a, a setting x and an input y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Index {
    /// Position of Alice's outcome.
    pub a: usize,
    /// Position of Alice's setting.
    pub x: usize,
    /// Position of Bob's input.
    pub y: usize,
}

/// One d×d matrix for every (a, x, y), stored with y running fastest.
#[derive(Debug, Clone)]
pub struct OperatorTable {
    shape: [usize; 3],
    dimension: usize,
    operators: Vec<Matrix>,
    /// The f64 values of `operators`: what every numerical program reads.
    values: Vec<Mat<Complex64>>,
}

impl OperatorTable {
    /// Fills a table of the scenario's shape; the first error of `element` ends it.
    pub fn try_from_fn<E>(
        scenario: &Scenario,
        mut element: impl FnMut(Index) -> Result<Matrix, E>,
    ) -> Result<Self, E> {
        let shape = scenario.shape();
        let mut operators = Vec::with_capacity(shape.iter().product());
        for index in indices(shape) {
            operators.push(element(index)?);
        }
        let values = operators.iter().map(Matrix::to_faer).collect();
        Ok(Self { shape, dimension: scenario.dimension(), operators, values })
    }

    /// Fills a table of the scenario's shape.
    pub fn from_fn(scenario: &Scenario, mut element: impl FnMut(Index) -> Matrix) -> Self {
        let filled: Result<Self, std::convert::Infallible> =
            Self::try_from_fn(scenario, |index| Ok(element(index)));
        match filled {
            Ok(table) => table,
            Err(never) => match never {},
        }
    }

    /// (outcomes, settings, inputs).
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The side of every matrix.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// All indices in storage order.
    pub fn indices(&self) -> impl Iterator<Item = Index> + use<> {
        indices(self.shape)
    }

    /// The matrix at an index, with its exact entries where they are known.
    pub fn get(&self, index: Index) -> &Matrix {
        &self.operators[self.position(index)]
    }

    /// The matrix at an index, in floating point.
    pub fn value(&self, index: Index) -> &Mat<Complex64> {
        &self.values[self.position(index)]
    }

    /// The trace of the matrix at an index.
    pub fn trace(&self, index: Index) -> Number {
        let matrix = self.get(index);
        (0..self.dimension).fold(Number::zero(), |sum, i| &sum + matrix.get(i, i))
    }

    /// The largest modulus of an entry.
    pub fn largest_entry(&self) -> f64 {
        let entries = |matrix: &Mat<Complex64>| {
            let (rows, columns) = (matrix.nrows(), matrix.ncols());
            let moduli = (0..columns).flat_map(|j| (0..rows).map(move |i| matrix[(i, j)].norm()));
            moduli.fold(0.0, f64::max)
        };
        self.values.iter().map(entries).fold(0.0, f64::max)
    }

    /// Whether every entry has an exact form.
    pub fn is_exact(&self) -> bool {
        self.operators.iter().all(Matrix::is_exact)
    }

    /// Σ_{a,x,y} tr(F_{a|xy} σ_{a|xy}) with self as F: real for Hermitian tables.
    pub fn pair(&self, other: &OperatorTable) -> Number {
        let mut sum = Number::zero();
        for (f, s) in self.operators.iter().zip(&other.operators) {
            for i in 0..self.dimension {
                for j in 0..self.dimension {
                    sum = &sum + &(f.get(i, j) * s.get(j, i));
                }
            }
        }
        sum
    }

    fn position(&self, Index { a, x, y }: Index) -> usize {
        let [_, settings, inputs] = self.shape;
        (a * settings + x) * inputs + y
    }
}

fn indices([outcomes, settings, inputs]: [usize; 3]) -> impl Iterator<Item = Index> {
    (0..outcomes)
        .flat_map(move |a| (0..settings).flat_map(move |x| (0..inputs).map(move |y| Index { a, x, y })))
}

/// The unnormalised states σ_{a|xy} that Bob is steered to; p(ab|xy) on the diagonals in a Bell
/// scenario.
#[derive(Debug, Clone)]
pub struct Assemblage(pub OperatorTable);

impl Assemblage {
    /// v·self + (1−v)·noise.
    pub fn mixed(&self, scenario: &Scenario, v: &Number, noise: &Assemblage) -> Assemblage {
        let rest = &Number::one() - v;
        Assemblage(OperatorTable::from_fn(scenario, |index| {
            let (signal, noise) = (self.0.get(index), noise.0.get(index));
            let entry = |i, j| &(signal.get(i, j) * v) + &(noise.get(i, j) * &rest);
            Matrix::from_fn(signal.rows(), signal.cols(), entry)
        }))
    }

    /// p(a|x).
    pub fn probability(&self, scenario: &Scenario, a: usize, x: usize) -> Number {
        self.0.trace(scenario.first_seen(a, x))
    }
}

/// Which elements of an assemblage are given: all that are [seen](Scenario::sees), unless a file says that it is partial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    indices: BTreeSet<Index>,
    all: bool,
}

impl Given {
    /// All of them.
    pub fn all(scenario: &Scenario) -> Self {
        let indices = indices(scenario.shape()).filter(|index| scenario.sees(*index)).collect();
        Self { indices, all: true }
    }

    /// These alone.
    pub fn only(indices: impl IntoIterator<Item = Index>) -> Self {
        Self { indices: indices.into_iter().collect(), all: false }
    }

    /// Whether nothing that is seen is left out.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// Whether the element at an index is given.
    pub fn has(&self, index: Index) -> bool {
        self.indices.contains(&index)
    }
}

/// Whether a functional is to be maximised or minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// Upper bounds are wanted.
    Max,
    /// Lower bounds are wanted.
    Min,
}

impl Sense {
    /// +1 for max, −1 for min: programs maximise sign·value.
    pub fn sign(self) -> f64 {
        match self {
            Sense::Max => 1.0,
            Sense::Min => -1.0,
        }
    }
}

/// A steering functional Σ_{a,x,y} tr(F_{a|xy} σ_{a|xy}); in a Bell scenario F_{a|xy} is the
/// diagonal matrix of coefficients of p(ab|xy).
#[derive(Debug, Clone)]
pub struct Functional {
    /// The Hermitian operators F_{a|xy}.
    pub operators: OperatorTable,
    /// Which end of its range is asked for.
    pub sense: Sense,
}

impl Functional {
    /// The functional, or its negative, such that upper bounds are wanted.
    pub fn maximised(&self, scenario: &Scenario) -> Functional {
        let sign = Number::from_integer(if self.sense == Sense::Max { 1 } else { -1 });
        let operators = OperatorTable::from_fn(scenario, |index| self.operators.get(index).scale(&sign));
        Functional { operators, sense: Sense::Max }
    }
}
