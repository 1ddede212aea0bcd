//! How far an assemblage is from a set: robustness, weight and trace distance (docs/certificate.md §13).

use dashu_int::IBig;
use dashu_ratio::RBig;

use crate::certificate::{Component, Distance, Member, Multipliers, Noise, Scenario, Table};
use crate::number::{Complex, Matrix, Real};
use crate::positive::is_semidefinite_real;
use crate::self_test::is_pure;
use crate::{Checked, check_assemblage, check_matrix, demand, general, model, negative, product};

/// Checks what follows from a bound on F in the set and the least ⟨F, π⟩ of a noise, and that least value.
pub fn check_robustness(
    scenario: &Scenario,
    functional: &Table,
    [bound, least, robustness]: [&RBig; 3],
    assemblage: &Table,
    noise: &Noise,
) -> Checked<()> {
    demand(bound > least, || "bound is not above least".to_owned())?;
    let needed = bound + robustness * (bound - least);
    demand(reaches(functional, assemblage, &needed), || {
        "⟨F, assemblage⟩ is not shown to be ≥ bound + robustness·(bound − least)".to_owned()
    })?;
    let most = || (negative(functional), -least);
    match noise {
        Noise::Any(multipliers) => {
            let (functional, bound) = most();
            general::check(scenario, &functional, &bound, multipliers, "general")
        }
        Noise::Consistent(multipliers) => {
            let (functional, bound) = most();
            general::check_consistent(scenario, &functional, &bound, multipliers, assemblage, "general")
        }
        Noise::Given(noise) => {
            check_assemblage(scenario, noise, "noise")?;
            demand(reaches(functional, noise, least), || "⟨F, noise⟩ is not shown to be ≥ least".to_owned())
        }
    }
}

/// Checks what follows from a bound on F in the set and the most ⟨F, γ⟩ of no-signalling γ, and that most value.
pub fn check_weight(
    scenario: &Scenario,
    functional: &Table,
    [bound, most, weight]: [&RBig; 3],
    assemblage: &Table,
    multipliers: &Multipliers,
) -> Checked<()> {
    demand(most > bound, || "most is not above bound".to_owned())?;
    let needed = bound + weight * (most - bound);
    demand(reaches(functional, assemblage, &needed), || {
        "⟨F, assemblage⟩ is not shown to be ≥ bound + weight·(most − bound)".to_owned()
    })?;
    general::check(scenario, functional, most, multipliers, "general")
}

/// Checks what follows from a bound on F in the set and on the operators of F themselves, and the latter.
pub fn check_trace_distance(
    scenario: &Scenario,
    functional: &Table,
    [bound, most, distance]: [&RBig; 3],
    assemblage: &Table,
) -> Checked<()> {
    demand(*most > RBig::ZERO, || "most is not positive".to_owned())?;
    let needed = bound + RBig::from(2 * scenario.choices()) * most * distance;
    demand(reaches(functional, assemblage, &needed), || {
        "⟨F, assemblage⟩ is not shown to be ≥ bound + 2·n·most·distance".to_owned()
    })?;
    let mut spent = 0;
    for ((a, x, y), element) in scenario.labels().zip(functional) {
        for sign in [RBig::ONE, RBig::NEG_ONE] {
            let mut rest: Matrix =
                element.iter().map(|row| row.iter().map(|z| z.scaled(&sign)).collect()).collect();
            for (i, row) in rest.iter_mut().enumerate() {
                row[i].re.add(&most.clone().into());
            }
            demand(is_semidefinite_real(&rest, &mut spent)?, || {
                format!("F is not shown to be between −most and most for a = {a}, x = {x}, y = {y}")
            })?;
        }
    }
    Ok(())
}

fn reaches(functional: &Table, assemblage: &Table, value: &RBig) -> bool {
    product(functional, assemblage).minus(&value.clone().into()).is_nonnegative()
}

/// Checks that the member of the set is as near to the assemblage as claimed.
pub fn check_above(
    scenario: &Scenario,
    mut assemblage: Table,
    completion: Option<&Table>,
    distance: &Distance,
    member: &Member,
) -> Checked<()> {
    if let Some(completion) = completion {
        assemblage = model::completed(scenario, assemblage, completion)?;
    }
    // The sign of the assemblage and the factor of ω in what has to be positive.
    let (sign, factor) = match distance {
        Distance::Robustness(robustness) => (RBig::NEG_ONE, RBig::ONE + &robustness.value),
        Distance::Weight(weight) => (RBig::ONE, &weight.value - RBig::ONE),
        Distance::Trace(..) => (RBig::NEG_ONE, RBig::ONE),
    };
    let mut omega = match member {
        Member::Model(components) => from_model(scenario, components, &factor)?,
        Member::CommonCauses(states) => from_common_causes(scenario, states, &factor)?,
    };
    let mut spent = 0;
    if let Distance::Trace(distance, parts) = distance {
        add_parts(scenario, &mut omega, parts, &distance.value, &mut spent)?;
    }
    // A trace distance is of what is seen; elsewhere the completed assemblage counts.
    let counts = |seen: bool| seen || !matches!(distance, Distance::Trace(..));
    let elements = scenario.labels().zip(assemblage.iter().zip(omega)).zip(scenario.seen());
    for (((a, x, y), (sigma, omega)), _) in elements.filter(|(_, seen)| counts(*seen)) {
        let mut rest = omega;
        for (entry, sigma) in rest.iter_mut().flatten().zip(sigma.iter().flatten()) {
            entry.add(&sigma.scaled(&sign));
        }
        let holds = is_semidefinite_real(&rest, &mut spent)? || is_pure(&rest)?;
        demand(holds, || {
            format!("what ω leaves is not shown to be positive semidefinite for a = {a}, x = {x}, y = {y}")
        })?;
    }
    Ok(())
}

/// Adds the positive parts P to the elements of ω that are seen, which must not sum to more than the distance allows.
fn add_parts(
    scenario: &Scenario,
    omega: &mut Table,
    parts: &Table,
    distance: &RBig,
    spent: &mut u128,
) -> Checked<()> {
    let mut left = Real::from(RBig::from(scenario.choices()) * distance);
    for (((a, x, y), omega), part) in scenario.labels().zip(omega).zip(parts) {
        check_matrix(part, scenario.is_bell(), "proof.parts")?;
        demand(is_semidefinite_real(part, spent)?, || {
            format!("proof.parts is not positive semidefinite for a = {a}, x = {x}, y = {y}")
        })?;
        for (i, row) in part.iter().enumerate() {
            left = left.minus(&row[i].re);
        }
        for (entry, part) in omega.iter_mut().flatten().zip(part.iter().flatten()) {
            entry.add(part);
        }
    }
    demand(left.is_nonnegative(), || "the traces of proof.parts sum to more than n·distance".to_owned())
}

/// The model's assemblage times a factor.
fn from_model(scenario: &Scenario, components: &[Component], factor: &RBig) -> Checked<Table> {
    let d = scenario.dimension;
    let mu = model::assemblage(scenario, components)?;
    let unit = factor / RBig::from(mu.denominator);
    let part = |integer: &IBig| Real::from(RBig::from(integer.clone()) * &unit);
    let entries: Vec<Complex> =
        mu.numerators.iter().map(|z| Complex { re: part(&z.re), im: part(&z.im) }).collect();
    Ok(entries.chunks(d * d).map(|matrix| matrix.chunks(d).map(<[Complex]>::to_vec).collect()).collect())
}

/// Σ_{λ: λ(x) = a} ρ_{λ,y} times a factor.
fn from_common_causes(scenario: &Scenario, states: &[Vec<Matrix>], factor: &RBig) -> Checked<Table> {
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    let mut omega: Table = vec![vec![vec![Complex::default(); d]; d]; outcomes * settings * inputs];
    let mut total = Real::default();
    let mut spent = 0;
    for (strategy, states) in states.iter().enumerate() {
        let trace = |state: &Matrix| {
            let mut trace = Real::default();
            state.iter().enumerate().for_each(|(i, row)| trace.add(&row[i].re));
            trace
        };
        let first = trace(&states[0]);
        for (y, state) in states.iter().enumerate() {
            let name = format!("proof.states[{strategy}][{y}]");
            check_matrix(state, scenario.is_bell(), &name)?;
            demand(is_semidefinite_real(state, &mut spent)?, || {
                format!("{name} is not positive semidefinite")
            })?;
            demand(trace(state) == first, || {
                format!("{name} has another trace than that of the first input")
            })?;
            let mut digits = strategy;
            for x in 0..settings {
                let element = &mut omega[scenario.place(digits % outcomes, x, y)];
                digits /= outcomes;
                for (sum, entry) in element.iter_mut().flatten().zip(state.iter().flatten()) {
                    sum.add(&entry.scaled(factor));
                }
            }
        }
        total.add(&first);
    }
    let one = Real::from(RBig::ONE);
    demand(total == one, || "proof.states: their traces do not sum to 1".to_owned())?;
    Ok(omega)
}
