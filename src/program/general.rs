//! The general (no-signalling) set [SHSA20, Def. 2] as a program.

use super::matrices::{AffineMatrix, TracelessBasis};
use super::{Affine, Program};
use crate::scenario::{Assemblage, Functional, Index, Scenario, Steps};

/// maximise sign·Σ tr(F_{a|xy} σ_{a|xy}) over all no-signalling assemblages.
///
/// The constraints (2)–(4) are built into the variables: p(a|x) for all but the last a, shared by
/// every y; the traceless part of σ_{a|xy} for all but the last a; the traceless part of
/// ρ_y = Σ_a σ_{a|xy}, shared by every x. What is left of ρ_y is the last element. M = 1 (page of
/// [`super::matrices`]) and T = 1, for every element has trace at most one.
pub fn no_signalling(scenario: &Scenario, functional: &Functional) -> Program {
    with_states(scenario, functional, None)
}

/// The same over those with the states ρ_y of Bob's of an assemblage.
pub fn consistent(scenario: &Scenario, functional: &Functional, assemblage: &Assemblage) -> Program {
    with_states(scenario, functional, Some(assemblage))
}

fn with_states(scenario: &Scenario, functional: &Functional, given: Option<&Assemblage>) -> Program {
    let [outcomes, settings, inputs] = scenario.shape();
    let basis = TracelessBasis::new(scenario.dimension(), scenario.is_diagonal());
    let sign = functional.sense.sign();
    let mut program = Program::default();
    let unit = Affine { constant: 1.0, terms: Vec::new() };
    let mut probabilities = Vec::new();
    for _ in 0..settings * (outcomes - 1) {
        let p = program.add_variable(0.0, 1.0);
        probabilities.push(Affine { constant: 0.0, terms: vec![(p, 1.0)] });
    }
    for y in 0..inputs {
        let reduced = match given {
            Some(assemblage) => {
                let mut state = AffineMatrix::zero(scenario.dimension());
                (0..outcomes).for_each(|a| state.add_constant(assemblage.0.value(Index { a, x: 0, y }), 1.0));
                state
            }
            None => basis.matrix(&unit, &basis.add_coordinates(&mut program)),
        };
        for x in 0..settings {
            let mut rest = reduced.clone();
            for a in 0..outcomes - 1 {
                let coordinates = basis.add_coordinates(&mut program);
                let p = &probabilities[x * (outcomes - 1) + a];
                let element = basis.matrix(p, &coordinates);
                rest.add(&element, -1.0);
                add_element(&mut program, element, functional, Index { a, x, y }, sign);
            }
            let last = Index { a: outcomes - 1, x, y };
            add_element(&mut program, rest, functional, last, sign);
        }
    }
    program
}

/// The same over the assemblages of a sequential scenario, whose elements are the blocks, in the order of tables.
///
/// σ_{a₁…a_k|x₁…x_k} is a variable for all but the last outcome a_k, which takes what the others leave of the step
/// before; elements of the last step are positive, and so are their sums. M = 1 and T = 1 as above.
pub fn sequential(scenario: &Scenario, functional: &Functional) -> Program {
    let steps = Steps::of(scenario);
    let basis = TracelessBasis::new(scenario.dimension(), false);
    let sign = functional.sense.sign();
    let mut program = Program::default();
    let unit = Affine { constant: 1.0, terms: Vec::new() };
    let reduced = basis.add_coordinates(&mut program);
    let mut before = vec![basis.matrix(&unit, &reduced)];
    for k in 0..steps.count() {
        let mut after = vec![AffineMatrix::zero(scenario.dimension()); steps.histories(k + 1).count()];
        for (history, given) in steps.histories(k).zip(before) {
            for x in 0..steps.settings(k) {
                let mut rest = given.clone();
                for a in 0..steps.outcomes(k) - 1 {
                    let p = program.add_variable(0.0, 1.0);
                    let coordinates = basis.add_coordinates(&mut program);
                    let p = Affine { constant: 0.0, terms: vec![(p, 1.0)] };
                    let element = basis.matrix(&p, &coordinates);
                    rest.add(&element, -1.0);
                    after[steps.place(k + 1, steps.then(k, history, a, x))] = element;
                }
                after[steps.place(k + 1, steps.then(k, history, steps.outcomes(k) - 1, x))] = rest;
            }
        }
        before = after;
    }
    for (index, element) in functional.operators.indices().zip(before) {
        add_element(&mut program, element, functional, index, sign);
    }
    program
}

/// The indices of the program's blocks, in their order.
pub fn element_order(scenario: &Scenario) -> impl Iterator<Item = Index> + use<> {
    let [outcomes, settings, inputs] = scenario.shape();
    (0..inputs)
        .flat_map(move |y| (0..settings).flat_map(move |x| (0..outcomes).map(move |a| Index { a, x, y })))
}

fn add_element(
    program: &mut Program,
    element: AffineMatrix,
    functional: &Functional,
    index: Index,
    sign: f64,
) {
    program.add_objective(&element.pair(functional.operators.value(index)), sign);
    program.blocks.push(element.into_block(1.0));
}
