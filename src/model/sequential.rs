//! Every sequential assemblage is quantum, constructively [SHSA20, supplement].
//!
//! With the factor S_h of what has happened so far, σ_h = S_h S_h† for a history h = (a₁ … a_k | x₁ … x_k), Alice and Bob
//! share Σ_{bj} (S_h)_{bj} |j⟩|b⟩ after it, whose marginal on Bob's side is σ_h. No signalling to the past says
//! Σ_a σ_{ha|x} = σ_h, so that K_{a|x} = (S_h^{−1} S_{ha|x})ᵀ obeys Σ_a K†K = 1 on Alice's side: a measurement of hers, which
//! turns one state into the next. In the last step the operators K†K are all that is needed.
//!
//! What she measures may depend on the history: she keeps a record of it.

use faer::Mat;
use num_complex::Complex64;

use super::{hermitian_part, inverse_root};
use crate::linalg::{EigenError, hermitian_eigen};
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, History, Index, OperatorTable, Scenario, Steps};

/// Eigenvalues of Bob's states (of trace at most one) below this are rounding errors of zero.
const SUPPORT: f64 = 1e-14;

/// What Alice does in a step after one history.
#[derive(Debug, Clone)]
pub struct Branch {
    /// By setting, then outcome: Kraus operators, rows in her space after the step; in the last step the
    /// elements of her measurements. Of dimension zero where the history never happens.
    pub operators: Vec<Vec<Mat<Complex64>>>,
    /// The dimension of her space before the step.
    pub dimension: usize,
}

/// A pure state and what Alice does, step by step.
#[derive(Debug, Clone)]
pub struct SequentialModel {
    /// ψ: rows for Alice's basis, columns for Bob's.
    pub state: Mat<Complex64>,
    /// For each step what Alice does after each history, in the order of [`Steps::histories`].
    pub steps: Vec<Vec<Branch>>,
}

/// A model of the assemblage of a sequential scenario.
pub fn sequential_ghjw(scenario: &Scenario, assemblage: &Assemblage) -> Result<SequentialModel, EigenError> {
    let steps = Steps::of(scenario);
    let start = Factor::of(&steps.marginal(assemblage, 0, History { a: 0, x: 0 }, 0))?;
    let state = start.factor.transpose().to_owned();
    let mut before = vec![start];
    let mut done = Vec::with_capacity(steps.count());
    for k in 0..steps.count() {
        let is_last = k + 1 == steps.count();
        let after: Vec<Factor> = steps
            .histories(k + 1)
            .map(|history| Factor::of(&steps.marginal(assemblage, k + 1, history, 0)))
            .collect::<Result<_, _>>()?;
        let branch = |(history, given): (History, &Factor)| -> Result<Branch, EigenError> {
            let measurement = |x: usize| {
                let kraus = |a: usize| {
                    let next = &after[steps.place(k + 1, steps.then(k, history, a, x))];
                    (&given.inverse * &next.factor).transpose().to_owned()
                };
                instrument((0..steps.outcomes(k)).map(kraus).collect(), given.rank(), is_last)
            };
            let operators = (0..steps.settings(k)).map(measurement).collect::<Result<_, _>>()?;
            Ok(Branch { operators, dimension: given.rank() })
        };
        done.push(steps.histories(k).zip(&before).map(branch).collect::<Result<_, _>>()?);
        before = after;
    }
    Ok(SequentialModel { state, steps: done })
}

/// Kraus operators with Σ K†K = 1 up to rounding, or the elements K†K of the measurement, with what is missing put
/// right in the same way for every outcome.
fn instrument(
    kraus: Vec<Mat<Complex64>>,
    dimension: usize,
    is_last: bool,
) -> Result<Vec<Mat<Complex64>>, EigenError> {
    let mut sum = Mat::<Complex64>::zeros(dimension, dimension);
    kraus.iter().for_each(|k| sum += k.adjoint() * k);
    let root = inverse_root(&sum)?;
    let operators = kraus.iter().map(|k| k * &root);
    Ok(match is_last {
        false => operators.collect(),
        true => operators.map(|k| hermitian_part(&(k.adjoint() * &k))).collect(),
    })
}

/// S with σ = S S†, of as many columns as σ has rank, and S^{−1} on its support.
struct Factor {
    factor: Mat<Complex64>,
    inverse: Mat<Complex64>,
}

impl Factor {
    fn of(state: &Mat<Complex64>) -> Result<Self, EigenError> {
        let (values, vectors) = hermitian_eigen(state)?;
        let first = values.partition_point(|&p| p <= SUPPORT);
        let (d, rank) = (values.len(), values.len() - first);
        let roots: Vec<f64> = values[first..].iter().map(|p| p.sqrt()).collect();
        let vector = |i: usize, k: usize| vectors[(i, first + k)];
        Ok(Self {
            factor: Mat::from_fn(d, rank, |i, k| vector(i, k) * roots[k]),
            inverse: Mat::from_fn(rank, d, |k, i| vector(i, k).conj() / roots[k]),
        })
    }

    fn rank(&self) -> usize {
        self.factor.ncols()
    }
}

impl SequentialModel {
    /// The assemblage of the model, computed from its parts.
    pub fn assemblage(&self, scenario: &Scenario) -> Assemblage {
        let steps = Steps::of(scenario);
        let d = scenario.dimension();
        let element = |index: Index| {
            let mut state = self.state.clone();
            let mut result = Mat::<Complex64>::zeros(d, d);
            for (k, branches) in self.steps.iter().enumerate() {
                let branch = &branches[steps.place(k, steps.first(k, index))];
                let now = steps.first(k + 1, index);
                let operator = &branch.operators[now.x % steps.settings(k)][now.a % steps.outcomes(k)];
                if k + 1 < self.steps.len() {
                    state = operator * state;
                } else {
                    // tr_A[(M ⊗ 1)|ψ⟩⟨ψ|] in entry (b, c) is Σ_ij ψ_ib M_ji ψ*_jc.
                    result = hermitian_part(&(state.transpose() * operator.transpose() * state.conjugate()));
                }
            }
            Matrix::from_fn(d, d, |i, j| Number::from_approx(result[(i, j)]))
        };
        Assemblage(OperatorTable::from_fn(scenario, element))
    }

    /// The largest of Alice's dimensions.
    pub fn alice(&self) -> usize {
        self.steps.iter().flatten().map(|branch| branch.dimension).max().unwrap_or(0)
    }
}
