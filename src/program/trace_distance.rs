//! The trace distance of an assemblage from a set, as programs over cones [KCB18; BAC18].
//!
//! ```text
//! D(σ, ω)  =  1/n Σ_{a,x,y} ½‖σ_{a|xy} − ω_{a|xy}‖₁     over what is seen of them,
//! ```
//!
//! n the number of pairs x, y, or of x where Bob's input is Alice's outcome: at settings drawn at random σ is told from ω with
//! probability ½ + ½D. As Σ_a tr σ_{a|xy} = Σ_a tr ω_{a|xy},
//!
//! ```text
//! D  =  min 1/n Σ tr P_{a|xy}   subject to   P ⪰ 0,  P ⪰ σ − ω,
//! ```
//!
//! and the multipliers G of the last conditions, 0 ⪯ G ⪯ 1/n, are an inequality: F = 2n·G − 1 has −1 ⪯ F ⪯ 1, and ⟨F, ω⟩ ≤ β in the
//! set proves D ≥ (⟨F, σ⟩ − β)/2n.

use faer::Mat;
use num_complex::Complex64;

use super::classical::{ClassicalError, MAX_STRATEGIES_VISIBILITY, Strategies};
use super::matrices::{AffineMatrix, TracelessBasis, free_hermitian};
use super::quantifier::{States, element, hermitian, strategy_blocks};
use super::{Affine, DualPoint, MomentVariables, Program};
use crate::moments::{MissingMoment, MomentMatrix};
use crate::num::Matrix;
use crate::scenario::{Assemblage, Functional, Index, OperatorTable, Scenario, Sense};

/// n: over how many choices of x, and of y where it is one, the distance is a mean.
pub fn choices(scenario: &Scenario) -> usize {
    let [_, settings, inputs] = scenario.shape();
    if scenario.kind.is_instrumental() { settings } else { settings * inputs }
}

/// The operators of the elements that are seen, by their places in the list; zero for the others.
fn table(
    scenario: &Scenario,
    elements: &[Index],
    operator: impl Fn(usize) -> Mat<Complex64>,
) -> OperatorTable {
    let d = scenario.dimension();
    OperatorTable::from_fn(scenario, |index| {
        let place = elements.iter().position(|&known| known == index);
        place.map_or_else(|| Matrix::zeros(d, d), |k| hermitian(&operator(k), 1.0))
    })
}

fn seen(scenario: &Scenario, assemblage: &Assemblage) -> Vec<Index> {
    assemblage.0.indices().filter(|&index| scenario.sees(index)).collect()
}

/// The distance from a level of the hierarchy: the first block is the moment matrix of ω, and two follow for each element that is seen,
/// P and P − σ + ω.
///
/// M of the coordinates of P, and T of both blocks, are one: the best P are the positive parts of σ − ω, whose traces are at most tr σ.
#[derive(Debug)]
pub struct QuantumTraceDistance {
    /// Its value is −D.
    pub program: Program,
    elements: Vec<Index>,
    omega: Vec<AffineMatrix>,
}

impl QuantumTraceDistance {
    /// The program for an assemblage.
    ///
    /// # Errors
    /// A level without the moments of a letter of Alice's and one of Bob's.
    pub fn new(
        matrix: &MomentMatrix,
        scenario: &Scenario,
        assemblage: &Assemblage,
    ) -> Result<Self, MissingMoment> {
        let d = scenario.dimension();
        let share = 1.0 / choices(scenario) as f64;
        let basis = TracelessBasis::new(d, scenario.is_diagonal());
        let mut program = Program::default();
        let mut variables = MomentVariables::new(matrix);
        variables.release(&mut program, &[]);
        program.blocks.push(variables.block());
        let elements = seen(scenario, assemblage);
        let mut omega = Vec::new();
        for &index in &elements {
            let trace = program.add_variable(-share, 1.0);
            let coordinates = basis.add_coordinates(&mut program);
            let part = basis.matrix(&Affine { constant: 0.0, terms: vec![(trace, 1.0)] }, &coordinates);
            let member = element(&variables, scenario, index)?;
            let mut gap = part.clone();
            gap.add_constant(assemblage.0.value(index), -1.0);
            gap.add(&member, 1.0);
            program.blocks.extend([part.into_block(1.0), gap.into_block(1.0)]);
            omega.push(member);
        }
        Ok(Self { program, elements, omega })
    }

    /// F = 2n·G − 1, of the multipliers of the blocks after the moment matrix, two for each element. That of the moment matrix is one of F's
    /// bound, divided by 2n.
    pub fn functional(&self, scenario: &Scenario, others: &[Mat<Complex64>]) -> Functional {
        let d = scenario.dimension();
        let scale = faer::Scale(Complex64::from(2.0 * choices(scenario) as f64));
        let operator = |k: usize| &others[2 * k + 1] * scale - Mat::<Complex64>::identity(d, d);
        Functional { operators: table(scenario, &self.elements, operator), sense: Sense::Max }
    }

    /// ω at a point; elements that are not seen are zero.
    pub fn member(&self, scenario: &Scenario, y: &[f64]) -> Assemblage {
        Assemblage(table(scenario, &self.elements, |k| self.omega[k].at(y)))
    }
}

/// The distance from common causes, as the program of the best inequality:
///
/// ```text
/// maximise    ⟨F, σ⟩ − β
/// subject to  μ_{λ,y}·1 − Σ_x F_{λ(x)|xy} ⪰ 0,   Σ_y μ_{λ,y} = β,   −1 ⪯ F ⪯ 1,
/// ```
///
/// whose value is 2n·D. The multipliers of the first blocks are ρ_{λ,y} of ω_{a|xy} = Σ_{λ: λ(x) = a} ρ_{λ,y}.
#[derive(Debug)]
pub struct ClassicalTraceDistance {
    /// The program.
    pub program: Program,
    elements: Vec<(Index, AffineMatrix)>,
    strategies: Strategies,
    inputs: usize,
}

impl ClassicalTraceDistance {
    /// The program for an assemblage.
    ///
    /// # Errors
    /// More strategies than can be listed.
    pub fn new(scenario: &Scenario, assemblage: &Assemblage) -> Result<Self, ClassicalError> {
        let strategies = Strategies::new(scenario, MAX_STRATEGIES_VISIBILITY)?;
        let [_, _, inputs] = scenario.shape();
        let d = scenario.dimension();
        let basis = TracelessBasis::new(d, scenario.is_diagonal());
        let identity = Mat::<Complex64>::identity(d, d);
        let mut program = Program::default();
        let bound = program.add_variable(-1.0, f64::INFINITY);
        let elements: Vec<_> = seen(scenario, assemblage)
            .into_iter()
            .map(|index| (index, free_hermitian(&mut program, &basis)))
            .collect();
        for (index, element) in &elements {
            program.add_objective(&element.pair(assemblage.0.value(*index)), 1.0);
        }
        let total = Affine { constant: 0.0, terms: vec![(bound, 1.0)] };
        program.blocks = strategy_blocks(&mut program, &elements, strategies, (d, inputs), &total);
        for (_, element) in &elements {
            for sign in [1.0, -1.0] {
                let mut rest = AffineMatrix::zero(d);
                rest.add_constant(&identity, 1.0);
                rest.add(element, sign);
                // tr(1 ± F) ≤ 2d.
                rest.constrain(&mut program, scenario.is_diagonal(), 2.0 * d as f64);
            }
        }
        Ok(Self { program, elements, strategies, inputs })
    }

    /// F at a point.
    pub fn functional(&self, scenario: &Scenario, y: &[f64]) -> Functional {
        let elements: Vec<Index> = self.elements.iter().map(|(index, _)| *index).collect();
        let operators = table(scenario, &elements, |k| self.elements[k].1.at(y));
        Functional { operators, sense: Sense::Max }
    }

    /// The states ρ_{λ,y} of a solution, for each strategy one for each input.
    pub fn states(&self, dual: &DualPoint) -> States {
        let states = &dual.blocks[..self.strategies.count() as usize * self.inputs];
        states.chunks(self.inputs).map(<[_]>::to_vec).collect()
    }
}
