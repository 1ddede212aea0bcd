//! Explicit quantum models: a state, Alice's measurements and Bob's channels [SHSA20, Def. 1].
//!
//! A model is a mixture of components that share its number as a classical label. Each is
//!
//! ```text
//! μ_{a|xy} = E_y( tr_A[(M_{a|x} ⊗ 1)|ψ⟩⟨ψ|] ) / ⟨ψ|ψ⟩,    E_y(X) = Σ_k K X K† + tr((1 − Σ_k K†K) X)·1/d
//! ```
//!
//! with a pure state, for whatever purifies a mixed one may be given to Bob, whose input has any dimension.
//! The last term makes a channel of operators that miss Σ_k K†K = 1 by rounding. In a Bell scenario Bob's outcomes are
//! the diagonal of the channel's output.

mod common_causes;
mod ghjw;
mod rounded;
mod sequential;
mod thinned;

pub use common_causes::CommonCauses;
pub use ghjw::{ghjw, ghjw_measurements};
pub use rounded::{GRID, on_grid};
pub use sequential::{Branch, SequentialModel, sequential_ghjw};

use faer::Mat;
use num_complex::Complex64;

use crate::linalg::{EigenError, hermitian_eigen, hermitian_part, trace};
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, Index, OperatorTable, Scenario};

/// One component of a [`Model`].
#[derive(Debug, Clone)]
pub struct Component {
    /// Its probability.
    pub weight: f64,
    /// ψ_{ij}: rows for Alice's basis, columns for Bob's input; not necessarily normalised.
    pub state: Mat<Complex64>,
    /// M_{a|x}, by x, then a.
    pub measurements: Vec<Vec<Mat<Complex64>>>,
    /// Kraus operators K (d rows, one column for each dimension of Bob's input), by y.
    pub channels: Vec<Vec<Mat<Complex64>>>,
}

/// A mixture of components whose weights sum to one.
#[derive(Debug, Clone)]
pub struct Model {
    /// The components.
    pub components: Vec<Component>,
}

impl Component {
    /// Alice's dimension.
    pub fn alice(&self) -> usize {
        self.state.nrows()
    }

    /// The dimension of Bob's input.
    pub fn bob(&self) -> usize {
        self.state.ncols()
    }

    /// The component of measurements M_{a|x} on Alice's side of states ρ^y on Alice ⊗ Bob's output, whose marginals
    /// on Alice's side agree.
    ///
    /// With ρ_A = Σ_i p_i |i⟩⟨i| on its support, |ψ⟩ = Σ_i √p_i |i⟩|i⟩, and
    /// Σ_ij |i⟩⟨j| ⊗ E_y(|i⟩⟨j|) = ρ_A^{−1/2} ρ^y ρ_A^{−1/2}, whose eigenvectors are the Kraus operators.
    pub fn from_states(
        measurements: &[Vec<Mat<Complex64>>],
        states: &[Mat<Complex64>],
        dimension: usize,
    ) -> Result<Self, EigenError> {
        /// Eigenvalues of Alice's state below this are what solvers leave of zero.
        const SUPPORT: f64 = 1e-10;
        /// Kraus operators whose squared norm is below this are rounding errors.
        const RANK: f64 = 1e-15;
        let inputs = states.len() as f64;
        let alice = states.first().map_or(0, |state| state.nrows() / dimension);
        let mut marginal = Mat::<Complex64>::zeros(alice, alice);
        for state in states {
            marginal += partial_trace(state, dimension) * faer::Scale(Complex64::from(1.0 / inputs));
        }
        let (values, vectors) = hermitian_eigen(&marginal)?;
        let first = values.partition_point(|&p| p < SUPPORT);
        let support = vectors.subcols(first, alice - first).to_owned();
        let roots: Vec<f64> = values[first..].iter().map(|p| p.sqrt()).collect();
        let rank = roots.len();
        let state = Mat::from_fn(rank, rank, |i, j| Complex64::from(if i == j { roots[i] } else { 0.0 }));
        let compress = |m: &Mat<Complex64>| hermitian_part(&(support.adjoint() * m * &support));
        let measurements = measurements
            .iter()
            .map(|of_x| with_unit_sum(of_x.iter().map(compress).collect()))
            .collect::<Result<_, _>>()?;
        let lift = Mat::from_fn(alice * dimension, rank * dimension, |row, column| {
            let (i, b) = (row / dimension, row % dimension);
            let (k, c) = (column / dimension, column % dimension);
            if b == c { support[(i, k)] / roots[k] } else { Complex64::ZERO }
        });
        let channel = |state: &Mat<Complex64>| -> Result<Vec<Mat<Complex64>>, EigenError> {
            let choi = hermitian_part(&(lift.adjoint() * state * &lift));
            with_unit_trace(kraus_operators(&choi, dimension, RANK)?, rank)
        };
        let channels = states.iter().map(channel).collect::<Result<_, _>>()?;
        Ok(Self { weight: 1.0, state, measurements, channels })
    }

    /// tr_A[(M_{a|x} ⊗ 1)|ψ⟩⟨ψ|]/⟨ψ|ψ⟩.
    fn steered(&self, x: usize, a: usize) -> Mat<Complex64> {
        let transposed = self.measurements[x][a].transpose();
        let norm = self.state.squared_norm_l2();
        // Σ_{ii'} ψ_{ij} M_{i'i} ψ*_{i'j'}.
        self.state.transpose()
            * transposed
            * self.state.conjugate()
            * faer::Scale(Complex64::from(1.0 / norm))
    }

    /// E_y(X), for the y-th input and an output of dimension d.
    pub fn through(&self, y: usize, input: &Mat<Complex64>, dimension: usize) -> Mat<Complex64> {
        let mut output = Mat::zeros(dimension, dimension);
        for kraus in &self.channels[y] {
            output += kraus * input * kraus.adjoint();
        }
        let missing = (trace(input) - trace(&output)) / dimension as f64;
        for b in 0..dimension {
            output[(b, b)] += missing;
        }
        output
    }
}

impl Model {
    /// A single component.
    pub fn pure(component: Component) -> Self {
        Self { components: vec![Component { weight: 1.0, ..component }] }
    }

    /// The assemblage of the model, computed from its parts.
    pub fn assemblage(&self, scenario: &Scenario) -> Assemblage {
        let whole = self.whole(scenario).0;
        let hidden = Matrix::zeros(whole.dimension(), whole.dimension());
        let seen = |index| if scenario.sees(index) { whole.get(index).clone() } else { hidden.clone() };
        Assemblage(OperatorTable::from_fn(scenario, seen))
    }

    /// The same with the elements that are not [seen](Scenario::sees).
    pub fn whole(&self, scenario: &Scenario) -> Assemblage {
        let d = scenario.dimension();
        let element = |Index { a, x, y }: Index| {
            let mut sum = Mat::<Complex64>::zeros(d, d);
            for component in &self.components {
                let output = component.through(y, &component.steered(x, a), d);
                sum += output * faer::Scale(Complex64::from(component.weight));
            }
            let zero = |i: usize, j: usize| scenario.is_diagonal() && i != j;
            let value =
                |i, j| if zero(i, j) { Complex64::ZERO } else { (sum[(i, j)] + sum[(j, i)].conj()) / 2.0 };
            Matrix::from_fn(d, d, |i, j| Number::from_approx(value(i, j)))
        };
        Assemblage(OperatorTable::from_fn(scenario, element))
    }

    /// This model with probability `share`, else Alice answers x with a with probability `answers[x][a]`, and Bob's
    /// device makes 1/d: white noise.
    pub fn with_white_noise(&self, share: f64, answers: &[Vec<f64>], dimension: usize) -> Self {
        let number = |p: f64| Mat::from_fn(1, 1, |_, _| Complex64::from(p));
        let inputs = self.components.first().map_or(0, |component| component.channels.len());
        let noise = Component {
            weight: 1.0 - share,
            state: number(1.0),
            measurements: answers.iter().map(|of_x| of_x.iter().copied().map(number).collect()).collect(),
            // What the operator misses of a channel goes to 1/d.
            channels: vec![vec![Mat::zeros(dimension, 1)]; inputs],
        };
        let scaled =
            |component: &Component| Component { weight: share * component.weight, ..component.clone() };
        Self { components: self.components.iter().map(scaled).chain([noise]).collect() }
    }

    /// The same model with fewer components: up to `group` of those in which Alice's system is trivial become one, in which
    /// it is a label that Bob reads too.
    pub fn merged(&self, group: usize) -> Self {
        let (labels, rest): (Vec<&Component>, Vec<&Component>) =
            self.components.iter().partition(|component| component.alice() == 1 && component.bob() == 1);
        let merged = labels.chunks(group.max(1)).map(label);
        Self { components: rest.into_iter().cloned().chain(merged).collect() }
    }

    /// The largest of Alice's dimensions.
    pub fn alice(&self) -> usize {
        self.components.iter().map(Component::alice).max().unwrap_or(0)
    }

    /// The same model with numbers of few binary digits that satisfy every condition *exactly*: measurements that
    /// sum to one and are positive with a margin, channels that do not increase the trace. Its assemblage differs
    /// from this one's by about 10⁻¹³.
    pub fn rounded(&self) -> Self {
        Self { components: rounded::components(&self.components) }
    }
}

/// The largest difference of a real or imaginary part of two assemblages.
pub fn deviation(one: &Assemblage, other: &Assemblage) -> f64 {
    let mut largest: f64 = 0.0;
    for index in one.0.indices() {
        let difference = one.0.value(index) - other.0.value(index);
        for j in 0..difference.ncols() {
            for i in 0..difference.nrows() {
                let Complex64 { re, im } = difference[(i, j)];
                largest = largest.max(re.abs()).max(im.abs());
            }
        }
    }
    largest
}

/// The mixture of components in one-dimensional systems as a single one: |ψ⟩ = Σ_k √p_k |k⟩|k⟩.
fn label(components: &[&Component]) -> Component {
    let n = components.len();
    let [settings, outcomes] = components
        .first()
        .map_or([0, 0], |first| [first.measurements.len(), first.measurements.first().map_or(0, Vec::len)]);
    let inputs = components.first().map_or(0, |first| first.channels.len());
    let diagonal = |value: &dyn Fn(usize) -> Complex64| {
        Mat::from_fn(n, n, |i, j| if i == j { value(i) } else { Complex64::ZERO })
    };
    let weight: f64 = components.iter().map(|component| component.weight).sum();
    let element = |x: usize, a: usize| diagonal(&|k| components[k].measurements[x][a][(0, 0)]);
    let channel = |y: usize| {
        let of_label = |(k, component): (usize, &&Component)| {
            let beside = |kraus: &Mat<Complex64>| {
                Mat::from_fn(kraus.nrows(), n, |b, i| if i == k { kraus[(b, 0)] } else { Complex64::ZERO })
            };
            component.channels[y].iter().map(beside).collect::<Vec<_>>()
        };
        components.iter().enumerate().flat_map(of_label).collect()
    };
    Component {
        weight,
        state: diagonal(&|k| Complex64::from((components[k].weight / weight).sqrt())),
        measurements: (0..settings).map(|x| (0..outcomes).map(|a| element(x, a)).collect()).collect(),
        channels: (0..inputs).map(channel).collect(),
    }
}

/// S^{−1/2} M_a S^{−1/2} with S = Σ_a M_a: what solvers and rounding leave of Σ_a M_a = 1 is put right in the same way
/// for every outcome.
pub(crate) fn with_unit_sum(elements: Vec<Mat<Complex64>>) -> Result<Vec<Mat<Complex64>>, EigenError> {
    let size = elements.first().map_or(0, Mat::nrows);
    let mut sum = Mat::<Complex64>::zeros(size, size);
    elements.iter().for_each(|m| sum += m);
    let root = inverse_root(&sum)?;
    Ok(elements.iter().map(|m| hermitian_part(&(&root * m * &root))).collect())
}

/// K of d rows and D columns with Σ_ij |i⟩⟨j| ⊗ Σ K|i⟩⟨j|K† = J, row i·d + b, orthogonal, the largest first. Those whose
/// squared norm is at most `least` are left out.
pub fn kraus_operators(
    choi: &Mat<Complex64>,
    output: usize,
    least: f64,
) -> Result<Vec<Mat<Complex64>>, EigenError> {
    let (values, vectors) = hermitian_eigen(choi)?;
    let input = choi.nrows() / output;
    let kraus = |k: usize| {
        let root = values[k].sqrt();
        Mat::from_fn(output, input, |b, i| vectors[(i * output + b, k)] * root)
    };
    Ok((0..values.len()).rev().filter(|&k| values[k] > least).map(kraus).collect())
}

/// K_k(Σ K†K)^{−1/2}.
fn with_unit_trace(kraus: Vec<Mat<Complex64>>, size: usize) -> Result<Vec<Mat<Complex64>>, EigenError> {
    let mut sum = Mat::<Complex64>::zeros(size, size);
    for k in &kraus {
        sum += k.adjoint() * k;
    }
    let root = inverse_root(&sum)?;
    Ok(kraus.iter().map(|k| k * &root).collect())
}

/// P^{−1/2} on the support of P ⪰ 0.
fn inverse_root(matrix: &Mat<Complex64>) -> Result<Mat<Complex64>, EigenError> {
    const SUPPORT: f64 = 1e-13;
    let (values, vectors) = hermitian_eigen(matrix)?;
    let scale = |p: f64| if p > SUPPORT { 1.0 / p.sqrt() } else { 0.0 };
    let n = matrix.nrows();
    let scaled = Mat::from_fn(n, n, |i, k| vectors[(i, k)] * scale(values[k]));
    Ok(scaled * vectors.adjoint())
}

/// tr_B of an operator on Alice ⊗ Bob.
pub fn partial_trace(operator: &Mat<Complex64>, dimension: usize) -> Mat<Complex64> {
    let alice = operator.nrows() / dimension;
    Mat::from_fn(alice, alice, |i, j| {
        (0..dimension).map(|b| operator[(i * dimension + b, j * dimension + b)]).sum()
    })
}
