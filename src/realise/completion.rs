//! Is what is seen of an instrumental assemblage part of a no-signalling one [SHSA20, Def. 4]?
//!
//! Elements σ_{b|x,y=a} with b ≠ a that complete σ_{a|x} exist exactly if for every a there is a state ρ with ρ ⪰ σ_{a|x} for all
//! x: the rest ρ − σ_{a|x} is shared out among the b in proportion to p(b|x). The least trace of such a ρ is the greatest
//! Σ_x tr(Z_x σ_{a|x}) of a measurement {Z_x}, by duality; more than one is a proof that there is none. For classical outputs
//! that is Σ_b max_x p(ab|x) ≤ 1, the instrumental inequality (Pearl, UAI 1995).

use faer::Mat;
use num_complex::Complex64;

use super::RealiseError;
use crate::backend::{Backend, InteriorPoint, Settings};
use crate::linalg::inner;
use crate::model::with_unit_sum;
use crate::num::{Matrix, Number};
use crate::program::strategy;
use crate::scenario::{
    Assemblage, Condition, Functional, Index, OperatorTable, Scenario, Sense, TOLERANCE, Violation,
};

/// A measurement that tells Alice's settings apart better than no signalling allows.
#[derive(Debug, Clone)]
pub struct Obstruction {
    /// Alice's outcome.
    pub outcome: usize,
    /// Z_x.
    pub measurement: Vec<Mat<Complex64>>,
    /// Σ_x tr(Z_x σ_{a|x}) − 1.
    pub excess: f64,
}

/// The worst obstruction of more than [`TOLERANCE`], if there is one; none in scenarios that are not instrumental.
pub fn obstruction(
    scenario: &Scenario,
    assemblage: &Assemblage,
) -> Result<Option<Obstruction>, RealiseError> {
    let [outcomes, settings, _] = scenario.shape();
    let mut worst: Option<Obstruction> = None;
    for a in (0..outcomes).filter(|_| scenario.kind.is_instrumental()) {
        let elements: Vec<&Mat<Complex64>> =
            (0..settings).map(|x| assemblage.0.value(scenario.first_seen(a, x))).collect();
        let measurement = best_measurement(scenario, &elements)?;
        let excess =
            measurement.iter().zip(elements).map(|(z, element)| inner(z, element)).sum::<f64>() - 1.0;
        if excess > worst.as_ref().map_or(TOLERANCE, |worst| worst.excess) {
            worst = Some(Obstruction { outcome: a, measurement, excess });
        }
    }
    Ok(worst)
}

/// The measurement {Z_x} of the greatest Σ_x tr(Z_x σ_x).
fn best_measurement(
    scenario: &Scenario,
    elements: &[&Mat<Complex64>],
) -> Result<Vec<Mat<Complex64>>, RealiseError> {
    let d = scenario.dimension();
    if !scenario.is_diagonal() {
        let elements: Vec<Mat<Complex64>> = elements.iter().map(|&element| element.clone()).collect();
        let settings = Settings { threads: 1, ..Settings::default() };
        let multipliers = InteriorPoint.solve(&strategy::measurement(&elements), &settings)?.dual.blocks;
        return Ok(with_unit_sum(multipliers)?);
    }
    let value = |x: usize, b: usize| elements[x][(b, b)].re;
    let best = |b| (0..elements.len()).max_by(|&one, &other| value(one, b).total_cmp(&value(other, b)));
    let best: Vec<Option<usize>> = (0..d).map(best).collect();
    let entry = |x, b: usize, c| Complex64::from(if b == c && best[b] == Some(x) { 1.0 } else { 0.0 });
    Ok((0..elements.len()).map(|x| Mat::from_fn(d, d, |b, c| entry(x, b, c))).collect())
}

impl Obstruction {
    /// As a violated condition.
    pub fn violation(&self, scenario: &Scenario) -> Violation {
        let a = scenario.outcomes().get(self.outcome);
        Violation {
            condition: Condition::Instrumental,
            kind: scenario.kind,
            place: match scenario.is_diagonal() {
                true => format!("Σ_b max_x p({a}b|x)"),
                false => format!("Σ_x tr(Z_x σ_{{{a}|x}}) for the best measurement"),
            },
            amount: self.excess,
            index: scenario.first_seen(self.outcome, 0),
        }
    }

    /// F_{a|x} = Z_x for the outcome, zero for the others: at most one on every no-signalling assemblage.
    pub fn functional(&self, scenario: &Scenario) -> Functional {
        let d = scenario.dimension();
        let element = |index: Index| {
            if index.a != self.outcome || !scenario.sees(index) {
                return Matrix::zeros(d, d);
            }
            let z = &self.measurement[index.x];
            Matrix::from_fn(d, d, |i, j| {
                let value = (z[(i, j)] + z[(j, i)].conj()) / 2.0;
                Number::dyadic(value).unwrap_or_else(|| Number::from_approx(value))
            })
        };
        Functional { operators: OperatorTable::from_fn(scenario, element), sense: Sense::Max }
    }
}
