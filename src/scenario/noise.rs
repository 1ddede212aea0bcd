//! What happens to an assemblage on its way: noise on Bob's system, and rounds that Alice loses.
//!
//! All of them are linear in the assemblage, keep its no-signalling conditions, and come from a channel of Bob's or from
//! Alice's answers, so that they take quantum assemblages to quantum ones. [Theory §3]

use super::{Assemblage, BlackBox, Functional, Given, Index, Labels, OperatorTable, Scenario};
use crate::num::{Matrix, Number, NumberError};

/// (1−p)·A + p·tr(A)·1/d of a square matrix.
pub fn depolarised(matrix: &Matrix, p: &Number) -> Matrix {
    let d = matrix.rows().max(1);
    let (trace, rest) = (matrix.trace().unwrap_or_else(Number::zero), &Number::one() - p);
    let share = &(&trace * p) * &Number::ratio(1, d as u64);
    Matrix::from_fn(matrix.rows(), matrix.cols(), |i, j| {
        let kept = matrix.get(i, j) * &rest;
        if i == j { &kept + &share } else { kept }
    })
}

/// (1−p)·A + p·diag(A), in the computational basis.
pub fn dephased(matrix: &Matrix, p: &Number) -> Matrix {
    let rest = &Number::one() - p;
    let entry = |i, j| if i == j { matrix.get(i, j).clone() } else { matrix.get(i, j) * &rest };
    Matrix::from_fn(matrix.rows(), matrix.cols(), entry)
}

/// A 2×2 matrix after amplitude damping with the probability `g` of decay: Kraus operators |0⟩⟨0| + √(1−g)|1⟩⟨1| and
/// √g|0⟩⟨1|. Exact where √(1−g) is.
///
/// # Errors
/// [`NumberError::Overflow`] where the root is beyond double precision.
pub fn damped(matrix: &Matrix, g: &Number) -> Result<Matrix, NumberError> {
    let rest = &Number::one() - g;
    let amplitude = rest.sqrt()?;
    Ok(Matrix::from_fn(matrix.rows(), matrix.cols(), |i, j| match (i, j) {
        (0, 0) => matrix.get(0, 0) + &(matrix.get(1, 1) * g),
        (1, 1) => matrix.get(1, 1) * &rest,
        _ => matrix.get(i, j) * &amplitude,
    }))
}

impl Assemblage {
    /// White noise with Alice's own statistics: tr(σ_{a|xy})·1/d for every element, the default
    /// noise of [Theory §3]. It is what depolarising Bob's system altogether leaves.
    pub fn white_noise(&self, scenario: &Scenario) -> Assemblage {
        let d = self.0.dimension();
        Assemblage(OperatorTable::from_fn(scenario, |index| {
            let weight = &self.0.trace(index) * &Number::ratio(1, d as u64);
            Matrix::identity(d).scale(&weight)
        }))
    }

    /// diag(σ_{a|xy}): what dephasing Bob's system altogether leaves.
    pub fn without_coherence(&self, scenario: &Scenario) -> Assemblage {
        let d = self.0.dimension();
        Assemblage(OperatorTable::from_fn(scenario, |index| {
            let element = self.0.get(index);
            let entry = |i, j| if i == j { element.get(i, i).clone() } else { Number::zero() };
            Matrix::from_fn(d, d, entry)
        }))
    }

    /// All rounds lost, and answered with the outcome at this position: Σ_a′ σ_{a′|xy} there, and zero elsewhere.
    pub fn all_lost(&self, scenario: &Scenario, answer: usize) -> Assemblage {
        let d = self.0.dimension();
        Assemblage(OperatorTable::from_fn(scenario, |index| {
            let zero = Matrix::zeros(d, d);
            if index.a != answer {
                return zero;
            }
            (0..scenario.outcomes().len()).fold(zero, |sum, a| {
                let element = self.0.get(Index { a, ..index });
                sum.add(element).unwrap_or(sum)
            })
        }))
    }

    /// The assemblage after amplitude damping of Bob's qubit, see [`damped`].
    pub fn amplitude_damped(&self, scenario: &Scenario, g: &Number) -> Result<Assemblage, NumberError> {
        OperatorTable::try_from_fn(scenario, |index| damped(self.0.get(index), g)).map(Assemblage)
    }
}

/// The label of a no-click outcome: the one after the greatest of Alice's, and never negative. `None` if it is no i64.
pub fn no_click_label(outcomes: &Labels) -> Option<i64> {
    outcomes.iter().max().unwrap_or(-1).max(-1).checked_add(1)
}

impl Scenario {
    /// The same with one more outcome of Alice's, the last, of this label. Not for sequential scenarios, whose outcomes are
    /// tuples.
    pub fn with_outcome(&self, label: i64) -> Scenario {
        let Self { alice: BlackBox { settings, outcomes }, .. } = self;
        let outcomes = Labels::new(outcomes.iter().chain([label]).collect());
        Scenario { alice: BlackBox { settings: settings.clone(), outcomes }, ..self.clone() }
    }
}

impl OperatorTable {
    /// The table in a scenario with more outcomes: zero at those that it does not have.
    pub fn padded(&self, scenario: &Scenario) -> OperatorTable {
        let (d, [outcomes, ..]) = (self.dimension(), self.shape());
        OperatorTable::from_fn(scenario, |index| match index.a < outcomes {
            true => self.get(index).clone(),
            false => Matrix::zeros(d, d),
        })
    }
}

impl Functional {
    /// The functional in a scenario with more outcomes, which count nothing.
    pub fn padded(&self, scenario: &Scenario) -> Functional {
        Functional { operators: self.operators.padded(scenario), sense: self.sense }
    }
}

impl Assemblage {
    /// The assemblage in a scenario with more outcomes, which never occur, and that all of its elements are given.
    pub fn padded(&self, scenario: &Scenario) -> (Assemblage, Given) {
        (Assemblage(self.0.padded(scenario)), Given::all(scenario))
    }
}
