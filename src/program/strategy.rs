//! The programs of a search for models, in their dual form: what is looked for are the multipliers.

use faer::Mat;
use num_complex::Complex64;

use super::matrices::{AffineMatrix, TracelessBasis, free_hermitian};
use super::{Affine, Program};
use crate::linalg::{inner, kron};
use crate::num::{Matrix, Number};
use crate::scenario::{Answers, Assemblage, Functional, Index, OperatorTable, Scenario, Sense};

/// The states ρ^y on Alice ⊗ Bob, with equal marginals on Alice's side, that maximise Σ_y tr(ρ^y W_y), are the
/// multipliers of the blocks of
///
/// ```text
/// maximise −λ   subject to   H_y ⊗ 1 − W_y ⪰ 0,   λ·1 − Σ_y H_y ⪰ 0,
/// ```
///
/// of the last block Alice's state; the negative of the program's value is their value.
pub fn states(operators: &[Mat<Complex64>], alice: usize, dimension: usize) -> Program {
    let basis = TracelessBasis::new(alice, false);
    let mut program = Program::default();
    let largest = program.add_variable(-1.0, f64::INFINITY);
    let mut last = AffineMatrix::zero(alice);
    last.add_variable(largest, &Mat::identity(alice, alice), 1.0);
    for operator in operators {
        let h = free_hermitian(&mut program, &basis);
        last.add(&h, -1.0);
        let mut block = h.beside(dimension);
        block.add_constant(operator, -1.0);
        program.blocks.push(block.into_block(f64::INFINITY));
    }
    program.blocks.push(last.into_block(f64::INFINITY));
    program
}

/// The measurement M_a that maximises Σ_a tr(M_a G_a): the multipliers of
///
/// ```text
/// maximise −tr K   subject to   K − G_a ⪰ 0.
/// ```
pub fn measurement(operators: &[Mat<Complex64>]) -> Program {
    let size = operators.first().map_or(0, Mat::nrows);
    let basis = TracelessBasis::new(size, false);
    let mut program = Program::default();
    let k = free_hermitian(&mut program, &basis);
    program.add_objective(&k.pair(&Mat::identity(size, size)), -1.0);
    for operator in operators {
        let mut block = k.clone();
        block.add_constant(operator, -1.0);
        program.blocks.push(block.into_block(f64::INFINITY));
    }
    program
}

/// The greatest v ≤ `cap` for which v·σ + (1−v)·ν is a mixture of models with the given measurements of Alice's, in its
/// dual form: an inequality F that no such model violates,
///
/// ```text
/// maximise ⟨F, ν⟩ − cap·(1 − ⟨F, σ − ν⟩)   subject to   ⟨F, σ − ν⟩ ≤ 1,
///          −Σ_{a,x} M_{a|x} ⊗ F_{a|xy} − H_y ⊗ 1 ⪰ 0 with Σ_y H_y = 0, for every set of measurements and every y.
/// ```
///
/// The negative of its value is v, and the multipliers are the unnormalised states ρ^y of every set. Where σ and ν never have
/// an answer, the measurements must not have it either; there F means nothing, and is zero.
pub struct Mixture {
    /// The program.
    pub program: Program,
    terms: Vec<Term>,
}

/// A variable of F: one coordinate of a no-signalling functional.
#[derive(Clone)]
struct Term {
    variable: u32,
    operator: Mat<Complex64>,
    /// `None` for all outcomes of the first setting, which sum to Bob's state.
    outcome: Option<(usize, usize)>,
    y: usize,
}

impl Mixture {
    /// For sets of measurements M_{a|x} by x, then a, zero where a is not one of the answers.
    pub fn new<'a>(
        scenario: &Scenario,
        [assemblage, noise]: [&Assemblage; 2],
        answers: &Answers,
        sets: impl Iterator<Item = &'a Vec<Vec<Mat<Complex64>>>>,
        cap: f64,
    ) -> Self {
        let d = scenario.dimension();
        let mut mixture = Self { program: Program::default(), terms: Vec::new() };
        mixture.add_terms(scenario, answers);
        let Self { program, terms } = &mut mixture;
        let mut slack = Affine { constant: 1.0, terms: Vec::new() };
        program.offset = -cap;
        for term in terms.iter() {
            let [signal, zero] = [assemblage, noise].map(|table| term.pair(scenario, table));
            program.objective[term.variable as usize] = zero + cap * (signal - zero);
            slack.terms.push((term.variable, zero - signal));
        }
        program.inequalities.push(slack);
        let inputs = scenario.inputs().len();
        for measurements in sets {
            let alice = measurements[0][0].nrows();
            let identity = Mat::<Complex64>::identity(alice, alice);
            let basis = TracelessBasis::new(alice, false);
            let mut rest = AffineMatrix::zero(alice);
            for y in 0..inputs {
                let shift = if y + 1 < inputs { free_hermitian(program, &basis) } else { rest.clone() };
                if y + 1 < inputs {
                    rest.add(&shift, -1.0);
                }
                let mut block = AffineMatrix::zero(alice * d);
                block.add(&shift.beside(d), -1.0);
                for term in terms.iter().filter(|term| term.y == y) {
                    let on_alice = term.outcome.map_or(&identity, |(a, x)| &measurements[x][a]);
                    block.add_variable(term.variable, &kron(on_alice, &term.operator), -1.0);
                }
                program.blocks.push(block.into_block(f64::INFINITY));
            }
        }
        mixture
    }

    /// Coordinates in which no two functionals agree on all no-signalling assemblages with these answers: the total trace,
    /// p(a|x) and the traceless part of σ_{a|xy} for all but the last answer, the traceless part of Σ_a σ_{a|xy}. Of what is
    /// seen in an instrumental scenario the traces, all but the last answer's of all but one setting, and the traceless parts.
    fn add_terms(&mut self, scenario: &Scenario, answers: &Answers) {
        let [_, settings, inputs] = scenario.shape();
        let d = scenario.dimension();
        let basis = TracelessBasis::new(d, scenario.is_diagonal());
        let mut add = |operator: &Mat<Complex64>, outcome, y| {
            let variable = self.program.add_variable(0.0, f64::INFINITY);
            self.terms.push(Term { variable, operator: operator.clone(), outcome, y });
        };
        let identity = Mat::<Complex64>::identity(d, d);
        if scenario.kind.is_instrumental() {
            for (x, &a) in (0..settings).flat_map(|x| answers.to(x).iter().map(move |a| (x, a))) {
                if x == 0 || !answers.is_last(a, x) {
                    add(&identity, Some((a, x)), a);
                }
                basis.elements().iter().for_each(|h| add(h, Some((a, x)), a));
            }
            return;
        }
        let all_but_last = || {
            let of_setting = |x| answers.to(x).iter().map(move |&a| (a, x));
            (0..settings).flat_map(of_setting).filter(|&(a, x)| !answers.is_last(a, x))
        };
        add(&identity, None, 0);
        all_but_last().for_each(|place| add(&identity, Some(place), 0));
        for y in 0..inputs {
            for h in basis.elements() {
                add(h, None, y);
                all_but_last().for_each(|place| add(h, Some(place), y));
            }
        }
    }

    /// The functional F of a solution.
    pub fn functional(&self, scenario: &Scenario, y: &[f64]) -> Functional {
        let d = scenario.dimension();
        let element = |index: Index| {
            let mut sum = Mat::<Complex64>::zeros(d, d);
            for term in self.terms.iter().filter(|term| term.acts_on(index)) {
                sum += &term.operator * faer::Scale(Complex64::from(y[term.variable as usize]));
            }
            Matrix::from_fn(d, d, |i, j| Number::from_approx(sum[(i, j)]))
        };
        Functional { operators: OperatorTable::from_fn(scenario, element), sense: Sense::Max }
    }
}

impl Term {
    fn acts_on(&self, index: Index) -> bool {
        let here = self.outcome.map_or(index.x == 0, |place| place == (index.a, index.x));
        here && index.y == self.y
    }

    /// The coordinate's coefficient in ⟨F, σ⟩.
    fn pair(&self, scenario: &Scenario, table: &Assemblage) -> f64 {
        let at = |a, x| inner(&self.operator, table.0.value(Index { a, x, y: self.y }));
        match self.outcome {
            Some((a, x)) => at(a, x),
            None => (0..scenario.outcomes().len()).map(|a| at(a, 0)).sum(),
        }
    }
}
