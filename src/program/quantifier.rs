//! How far an assemblage is from a set: robustness and weight [Theory §3], as programs over cones.
//!
//! With unnormalised ω of the set (tr ω the scalar that its elements sum to) and ⪯ between all elements
//!
//! ```text
//! robustness  =  min tr ω − 1     subject to  σ ⪯ ω:   π = (ω − σ)/tr(ω − σ) is the noise,
//! weight      =  1 − max tr ω     subject to  ω ⪯ σ:   γ = (σ − ω)/tr(σ − ω) is what is outside.
//! ```
//!
//! The rest π or γ is no-signalling as both terms are; in an instrumental scenario only what is seen of it has to be
//! completed. A consistent noise has Bob's states of σ, and so has ω. Their duals are inequalities:
//! ⟨F, ω⟩ ≤ β in the set and ⟨F, π⟩ ≥ M for all noise give a robustness of at least (⟨F, σ⟩ − β)/(β − M).

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::classical::{ClassicalError, MAX_STRATEGIES_VISIBILITY, Strategies};
use super::matrices::{AffineMatrix, TracelessBasis, free_hermitian};
use super::witness::{Table, normalised};
use super::{Affine, Block, DualPoint, MomentVariables, Program};
use crate::algebra::element_polynomial;
use crate::linalg::trace;
use crate::moments::{MissingMoment, MomentMatrix, determined_moments};
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, Functional, Index, OperatorTable, Scenario};

/// Which distance from a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// The least share t of any no-signalling noise with which (σ + t·π)/(1 + t) is in the set.
    Robustness,
    /// The same of noise that has Bob's states of σ.
    ConsistentRobustness,
    /// The least share p outside the set with which σ = p·γ + (1−p)·ω.
    Weight,
}

impl Distance {
    /// 1 if ω covers σ, −1 if σ covers ω.
    fn sign(self) -> f64 {
        match self {
            Self::Robustness | Self::ConsistentRobustness => 1.0,
            Self::Weight => -1.0,
        }
    }

    /// The most that tr ω has to be: that of white noise, or of answers at random beside Bob's states, which cover σ; at most σ's own.
    fn most(self, scenario: &Scenario) -> f64 {
        match self {
            Self::Robustness => scenario.dimension() as f64,
            Self::ConsistentRobustness => scenario.outcomes().len() as f64,
            Self::Weight => 1.0,
        }
    }

    /// The distance that belongs to tr ω.
    pub fn of_total(self, total: f64) -> f64 {
        self.sign() * (total - 1.0)
    }
}

/// The distance from a level of the hierarchy: the first block is the moment matrix of ω, the first variable tr ω.
///
/// M of every moment and T / n of the moment matrix are the largest tr ω.
#[derive(Debug)]
pub struct QuantumDistance {
    /// Its value is ∓ tr ω.
    pub program: Program,
    elements: Vec<(Index, AffineMatrix)>,
    /// The unnormalised π or γ.
    rest: Vec<(Index, AffineMatrix)>,
}

/// Operators by index.
pub type Elements = FxHashMap<Index, Mat<Complex64>>;
/// ρ_{λ,y}, for each strategy λ one for each input y.
pub type States = Vec<Vec<Mat<Complex64>>>;

/// What a solution says of ω.
#[derive(Debug)]
pub struct Member {
    /// ω/tr ω; elements that are not seen are zero.
    pub assemblage: Assemblage,
    /// tr ω.
    pub total: f64,
    /// The unnormalised π or γ, of all elements.
    pub rest: Elements,
}

impl QuantumDistance {
    /// The variable that holds tr ω.
    const TOTAL: u32 = 0;

    /// The program for an assemblage.
    ///
    /// # Errors
    /// A level without the moments of a letter of Alice's and one of Bob's.
    pub fn new(
        matrix: &MomentMatrix,
        scenario: &Scenario,
        assemblage: &Assemblage,
        distance: Distance,
    ) -> Result<Self, MissingMoment> {
        let (sign, most) = (distance.sign(), distance.most(scenario));
        let mut program = Program::default();
        let total = program.add_variable(-sign, most);
        debug_assert_eq!(total, Self::TOTAL);
        program.inequalities.push(Affine { constant: most, terms: vec![(total, -1.0)] });
        let mut variables = MomentVariables::within(matrix, most);
        variables.pin(0, Complex64::ZERO, [(total, Complex64::ONE)]);
        if distance == Distance::ConsistentRobustness {
            for moment in determined_moments(matrix, scenario, assemblage) {
                if matrix.classes()[moment.class].word.of_device(0).is_empty() {
                    variables.pin(moment.class, Complex64::ZERO, [(total, moment.value)]);
                }
            }
        }
        variables.release(&mut program, &[]);
        program.blocks.push(variables.block());
        let seen = assemblage.0.indices().filter(|&index| scenario.sees(index));
        let element = |index| Ok((index, element(&variables, scenario, index)?));
        let elements: Vec<_> = seen.map(element).collect::<Result<_, MissingMoment>>()?;
        let mut rest = Vec::new();
        for (index, element) in &elements {
            let mut gap = AffineMatrix::zero(scenario.dimension());
            gap.add(element, sign);
            gap.add_constant(assemblage.0.value(*index), -sign);
            rest.push((*index, gap));
        }
        if scenario.kind.is_instrumental() {
            complete(&mut program, scenario, [sign, most], &mut rest);
        }
        for (_, gap) in &rest {
            gap.clone().constrain(&mut program, scenario.is_diagonal(), most);
        }
        Ok(Self { program, elements, rest })
    }

    /// ω at a point; `None` if it is zero.
    pub fn member(&self, scenario: &Scenario, y: &[f64]) -> Option<Member> {
        let total = *y.get(Self::TOTAL as usize)?;
        let d = scenario.dimension();
        let at = |index| self.elements.iter().find(|(known, _)| *known == index);
        let element = |index| at(index).map(|(_, element)| hermitian(&element.at(y), total));
        (total > f64::EPSILON).then(|| Member {
            assemblage: Assemblage(OperatorTable::from_fn(scenario, |index| {
                element(index).unwrap_or_else(|| Matrix::zeros(d, d))
            })),
            total,
            rest: self.rest.iter().map(|(index, gap)| (*index, gap.at(y))).collect(),
        })
    }
}

/// matrix/total, exactly Hermitian.
pub fn hermitian(matrix: &Mat<Complex64>, total: f64) -> Matrix {
    Matrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        let upper = matrix[(i.min(j), i.max(j))] / total;
        Number::from_approx(match i.cmp(&j) {
            std::cmp::Ordering::Less => upper,
            std::cmp::Ordering::Equal => upper.re.into(),
            std::cmp::Ordering::Greater => upper.conj(),
        })
    })
}

/// ω_{a|xy} in the moments: tr(h ω_{a|xy}) = ⟨M_{a|x} B_y(h)⟩ for the identity and a traceless basis.
pub(super) fn element(
    variables: &MomentVariables<'_>,
    scenario: &Scenario,
    index: Index,
) -> Result<AffineMatrix, MissingMoment> {
    let d = scenario.dimension();
    let basis = TracelessBasis::new(d, scenario.is_diagonal());
    let coordinate = |h: &Mat<Complex64>| {
        let operator = Matrix::from_fn(d, d, |i, j| Number::from_approx(h[(i, j)]));
        let polynomial = element_polynomial(variables.matrix().algebra(), index, &operator);
        Ok(variables.form(&variables.matrix().linear_form(&polynomial)?))
    };
    let identity = Mat::<Complex64>::identity(d, d);
    let mut element = AffineMatrix::zero(d);
    element.add_product(&coordinate(&identity)?, &identity, 1.0 / d as f64);
    for h in basis.elements() {
        element.add_product(&coordinate(h)?, h, 0.5);
    }
    Ok(element)
}

/// Adds the elements that are not seen to what is seen of a no-signalling rest, which is normalised like ω: their traces are known, and so is
/// that of Σ_a; the last one for each x and y is what the others leave of Σ_a.
fn complete(
    program: &mut Program,
    scenario: &Scenario,
    [sign, most]: [f64; 2],
    rest: &mut Vec<(Index, AffineMatrix)>,
) {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let basis = TracelessBasis::new(d, scenario.is_diagonal());
    let identity = Mat::<Complex64>::identity(d, d);
    let seen = std::mem::take(rest);
    let at = |a, x| seen.iter().find(|(index, _)| (index.a, index.x) == (a, x)).map(|(_, element)| element);
    let total = Affine { constant: -sign, terms: vec![(QuantumDistance::TOTAL, sign)] };
    for y in 0..inputs {
        let shared = basis.add_coordinates_within(program, most);
        let shared = basis.matrix(&total, &shared);
        for x in 0..settings {
            let Some(own) = at(y, x) else { continue };
            let mut left = shared.clone();
            left.add(own, -1.0);
            let hidden: Vec<usize> = (0..outcomes).filter(|&a| a != y).collect();
            for &a in &hidden {
                let Some(other) = at(a, x) else { continue };
                if Some(&a) == hidden.last() {
                    rest.push((Index { a, x, y }, left.clone()));
                    continue;
                }
                let coordinates = basis.add_coordinates_within(program, most);
                let element = basis.matrix(&other.pair(&identity), &coordinates);
                left.add(&element, -1.0);
                rest.push((Index { a, x, y }, element));
            }
        }
    }
    rest.extend(seen);
}

/// The best inequality that tells an assemblage from common causes by a distance: the program whose solution it is.
///
/// ```text
/// maximise    ⟨F, σ⟩
/// subject to  μ_{λ,y}·1 − Σ_x F_{λ(x)|xy} ⪰ 0,   Σ_y μ_{λ,y} = ±1,
///             ±F_{a|xy} − L_{xy} − t_{axy}·1 ⪰ 0
/// ```
///
/// with + for robustness and − for the weight, which are what is left of the value by ±1. L and t vanish on no-signalling
/// assemblages (Σ_x L_{xy} = 0, Σ_y t_{axy} = 0) or on those with Bob's states of σ (Σ_{x,y} tr(L_{xy} ρ_y) = 0), and are there only where
/// F ⪰ 0 would lose something: in instrumental scenarios and for consistent noise. The multipliers of the first blocks are ρ_{λ,y} of
/// ω_{a|xy} = Σ_{λ: λ(x) = a} ρ_{λ,y}, those of the last ones are π or γ.
#[derive(Debug)]
pub struct ClassicalDistance {
    /// The program.
    pub program: Program,
    elements: Vec<(Index, AffineMatrix)>,
    strategies: Strategies,
    inputs: usize,
}

impl ClassicalDistance {
    /// The program for an assemblage.
    ///
    /// # Errors
    /// More strategies than can be listed.
    pub fn new(
        scenario: &Scenario,
        assemblage: &Assemblage,
        distance: Distance,
    ) -> Result<Self, ClassicalError> {
        let strategies = Strategies::new(scenario, MAX_STRATEGIES_VISIBILITY)?;
        let [_, _, inputs] = scenario.shape();
        let (d, sign) = (scenario.dimension(), distance.sign());
        let basis = TracelessBasis::new(d, scenario.is_diagonal());
        let mut program = Program::default();
        let seen = assemblage.0.indices().filter(|&index| scenario.sees(index));
        let elements: Vec<_> = seen.map(|index| (index, free_hermitian(&mut program, &basis))).collect();
        for (index, element) in &elements {
            program.add_objective(&element.pair(assemblage.0.value(*index)), 1.0);
        }
        let bound = Affine { constant: sign, terms: Vec::new() };
        program.blocks = strategy_blocks(&mut program, &elements, strategies, (d, inputs), &bound);
        let vanishing = vanishing(&mut program, scenario, assemblage, distance);
        for index in assemblage.0.indices() {
            let mut floor = AffineMatrix::zero(d);
            if let Some((_, element)) = elements.iter().find(|(known, _)| *known == index) {
                floor.add(element, sign);
            }
            if let Some((_, part)) = vanishing.iter().find(|(known, _)| *known == index) {
                floor.add(part, -1.0);
            }
            program.blocks.push(floor.into_block(f64::INFINITY));
        }
        Ok(Self { program, elements, strategies, inputs })
    }

    /// The inequality of a solution, scaled so that its largest entry is one; `None` if it is trivial.
    pub fn functional(&self, scenario: &Scenario, y: &[f64]) -> Option<Functional> {
        let table: Table = self.elements.iter().map(|(index, element)| (*index, element.at(y))).collect();
        normalised(scenario, &without_constants(scenario, table)).map(|(functional, _)| functional)
    }

    /// The states ρ_{λ,y} of a solution, for each strategy one for each input, and the unnormalised π or γ.
    pub fn states(&self, assemblage: &Assemblage, dual: &DualPoint) -> (States, Elements) {
        let (states, rest) = dual.blocks.split_at(self.strategies.count() as usize * self.inputs);
        let states = states.chunks(self.inputs).map(<[_]>::to_vec).collect();
        (states, assemblage.0.indices().zip(rest.iter().cloned()).collect())
    }
}

/// μ_{λ,y}·1 − Σ_x F_{λ(x)|xy} for each strategy and each input, with Σ_y μ_{λ,y} the bound on F.
pub(super) fn strategy_blocks(
    program: &mut Program,
    elements: &[(Index, AffineMatrix)],
    strategies: Strategies,
    (d, inputs): (usize, usize),
    bound: &Affine,
) -> Vec<Block> {
    let identity = Mat::<Complex64>::identity(d, d);
    let mut blocks = Vec::new();
    for number in 0..strategies.count() {
        let mut last = AffineMatrix::zero(d);
        last.add_product(bound, &identity, 1.0);
        for y in 0..inputs {
            let mut gap = last.clone();
            if y + 1 < inputs {
                let share = program.add_variable(0.0, f64::INFINITY);
                last.add_variable(share, &identity, -1.0);
                gap = AffineMatrix::zero(d);
                gap.add_variable(share, &identity, 1.0);
            }
            for (x, a) in strategies.answers(number).enumerate() {
                let wanted = Index { a, x, y };
                if let Some((_, element)) = elements.iter().find(|(index, _)| *index == wanted) {
                    gap.add(element, -1.0);
                }
            }
            // A block even where it is diagonal: its multiplier is the state.
            blocks.push(gap.into_block(f64::INFINITY));
        }
    }
    blocks
}

/// The same functional on no-signalling assemblages but for a constant, with the smallest entries: what a solver adds of parts that are constant
/// there would drown the rest.
///
/// Parts without a trace: Σ_a F_{a|xy} matters only in its sum over x. Traces: only their mean over y, and that up to what all outcomes
/// share. Of what is seen in an instrumental scenario only the latter is constant.
fn without_constants(scenario: &Scenario, table: Table) -> Table {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let at = |a, x, y| table.get(&Index { a, x, y }).cloned().unwrap_or_else(|| Mat::zeros(d, d));
    let scalar = |matrix: &Mat<Complex64>| trace(matrix).re / d as f64;
    let ys = |a: usize| if scenario.kind.is_instrumental() { a..a + 1 } else { 0..inputs };
    let mean_trace = |a, x| ys(a).map(|y| scalar(&at(a, x, y))).sum::<f64>() / ys(a).len() as f64;
    let scaled = |matrix: &Mat<Complex64>, factor: f64| matrix * faer::Scale(Complex64::from(factor));
    let identity = Mat::<Complex64>::identity(d, d);
    let mean = |x: usize, y| {
        (0..outcomes)
            .fold(Mat::<Complex64>::zeros(d, d), |sum, a| sum + scaled(&at(a, x, y), 1.0 / outcomes as f64))
    };
    let mut result = Table::default();
    for y in 0..inputs {
        let overall = (0..settings)
            .fold(Mat::<Complex64>::zeros(d, d), |sum, x| sum + scaled(&mean(x, y), 1.0 / settings as f64));
        for x in 0..settings {
            let shared = match scenario.kind.is_instrumental() {
                true => Mat::zeros(d, d),
                false => mean(x, y) - &overall,
            };
            let common = (0..outcomes).map(|a| mean_trace(a, x)).sum::<f64>() / outcomes as f64;
            for a in (0..outcomes).filter(|&a| ys(a).contains(&y)) {
                let element = at(a, x, y) - &shared;
                let shift = mean_trace(a, x) - common - scalar(&element);
                result.insert(Index { a, x, y }, element + scaled(&identity, shift));
            }
        }
    }
    result
}

/// L_{xy} + t_{axy}·1 for every element, as far as it is needed.
fn vanishing(
    program: &mut Program,
    scenario: &Scenario,
    assemblage: &Assemblage,
    distance: Distance,
) -> Vec<(Index, AffineMatrix)> {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let basis = TracelessBasis::new(d, scenario.is_diagonal());
    let mut parts = Vec::new();
    if scenario.kind.is_instrumental() {
        let identity = Mat::<Complex64>::identity(d, d);
        let mut last_of_x = vec![AffineMatrix::zero(d); inputs];
        let mut last_of_y = vec![AffineMatrix::zero(d); outcomes * settings];
        for x in 0..settings {
            for (y, last) in last_of_x.iter_mut().enumerate() {
                let marginal = if x + 1 < settings {
                    let free = free_hermitian(program, &basis);
                    last.add(&free, -1.0);
                    free
                } else {
                    last.clone()
                };
                for a in 0..outcomes {
                    let left = &mut last_of_y[a * settings + x];
                    let mut part = marginal.clone();
                    if y + 1 < inputs {
                        let t = program.add_variable(0.0, f64::INFINITY);
                        part.add_variable(t, &identity, 1.0);
                        left.add_variable(t, &identity, -1.0);
                    } else {
                        part.add(left, 1.0);
                    }
                    parts.push((Index { a, x, y }, part));
                }
            }
        }
    } else if distance == Distance::ConsistentRobustness {
        let mut sum = Affine::default();
        for y in 0..inputs {
            let marginal = free_hermitian(program, &basis);
            let state = (0..outcomes).fold(Mat::zeros(d, d), |sum: Mat<Complex64>, a| {
                sum + assemblage.0.value(Index { a, x: 0, y })
            });
            sum.terms.extend(marginal.pair(&state).terms);
            parts.extend((0..outcomes).map(|a| (Index { a, x: 0, y }, marginal.clone())));
        }
        program.equalities.push(sum);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{BlackBox, Device, Kind, Labels, Port};

    fn random(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// ⟨F, σ⟩ changes by the same for all no-signalling σ, and what is constant already becomes zero.
    #[test]
    fn what_is_constant_is_taken_off() {
        let count = Labels::count;
        for (kind, inputs) in [(Kind::BobWithInput, 2), (Kind::Instrumental, 3)] {
            let scenario = Scenario {
                kind,
                alice: BlackBox { settings: count(2), outcomes: count(3) },
                bob: Device { inputs: count(inputs), output: Port::Quantum(2) },
            };
            let mut seed = 5;
            let mut hermitian = || {
                let [p, q, x, y] = [(); 4].map(|()| random(&mut seed));
                Mat::from_fn(2, 2, |i, j| match (i, j) {
                    (0, 0) => Complex64::from(p),
                    (1, 1) => Complex64::from(q),
                    (0, 1) => Complex64::new(x, y),
                    _ => Complex64::new(x, -y),
                })
            };
            let shape = OperatorTable::from_fn(&scenario, |_| Matrix::zeros(2, 2));
            let seen: Vec<Index> = shape.indices().filter(|&index| scenario.sees(index)).collect();
            let table: Table = seen.iter().map(|&index| (index, hermitian())).collect();
            let less = without_constants(&scenario, table.clone());
            // σ_{a|xy} = p(a|x)·ρ_y, and what differs from it by Δ for outcome 0, −Δ for 1.
            let state = |y: usize, k: f64| {
                Mat::from_fn(2, 2, |i, j| {
                    Complex64::from(if i == j { 0.5 } else { 0.1 * k + 0.05 * y as f64 })
                })
            };
            let mut differences = Vec::new();
            for k in 0..5 {
                let k = f64::from(k);
                let p = |a: usize, x: usize| [0.2 + 0.1 * k * x as f64, 0.3, 0.5 - 0.1 * k * x as f64][a];
                let pair = |table: &Table| -> f64 {
                    seen.iter()
                        .map(|index| {
                            let traceless = Mat::from_fn(2, 2, |i, j| {
                                let sign = [0.02 * k, -0.02 * k, 0.0][index.a];
                                Complex64::from(if i != j {
                                    0.0
                                } else if i == 0 {
                                    sign
                                } else {
                                    -sign
                                })
                            });
                            let sigma = state(index.y, k) * faer::Scale(Complex64::from(p(index.a, index.x)))
                                + if kind == Kind::Instrumental { Mat::zeros(2, 2) } else { traceless };
                            crate::linalg::inner(&table[index], &sigma)
                        })
                        .sum()
                };
                differences.push(pair(&table) - pair(&less));
            }
            let spread = differences.iter().map(|d| (d - differences[0]).abs()).fold(0.0, f64::max);
            assert!(spread < 1e-13, "{kind:?}: {differences:?}");
            let again = without_constants(&scenario, less.clone());
            assert!(seen.iter().all(|index| (&again[index] - &less[index]).norm_max() < 1e-14));
            let one: Table = seen.iter().map(|&index| (index, Mat::identity(2, 2))).collect();
            let none = without_constants(&scenario, one);
            assert!(none.values().all(|element| element.norm_max() < 1e-14));
        }
    }
}
