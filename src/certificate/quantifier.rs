//! How far an assemblage is from a set (`docs/certificate.md`, §13).

use faer::Mat;
use num_complex::Complex64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::classical::strategies_proof;
use super::general::multipliers_proof;
use super::inner::proof as model_proof;
use super::numbers::{self, Direction, decimal, decimal_to, dyadic_matrix};
use super::{Certificate, Claim, Gram};
use crate::linalg::EigenError;
use crate::model::Model;
use crate::program::DualPoint;
use crate::program::classical::ClassicalError;
use crate::program::trace_distance::choices;
use crate::scenario::{Assemblage, Functional, OperatorTable, Scenario, Sense};

/// The set that an assemblage is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Set {
    /// Common causes.
    Classical,
    /// Quantum theory.
    Quantum,
}

impl Set {
    /// Its name, in the words of a certificate.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classical => "classical",
            Self::Quantum => "quantum",
        }
    }
}

/// A bound on ⟨F, ω⟩ for all ω of a set, and its proof.
#[derive(Debug, Clone)]
pub struct SetBound {
    set: Set,
    /// The bound, evaluated in floating point.
    pub bound: f64,
    proof: Value,
}

impl SetBound {
    /// Of common causes.
    ///
    /// # Errors
    /// More strategies than can be listed, or no eigenvalues.
    pub fn classical(scenario: &Scenario, functional: &Functional) -> Result<Self, ClassicalError> {
        let (bound, proof) = strategies_proof(scenario, functional)?;
        Ok(Self { set: Set::Classical, bound, proof })
    }

    /// Of the quantum set.
    pub fn quantum(gram: &Gram) -> Self {
        Self { set: Set::Quantum, bound: gram.bound, proof: gram.proof.clone() }
    }
}

/// A value of F on the side of the set on which there is noise, or what is outside, and its proof.
#[derive(Debug, Clone)]
pub enum Opposite {
    /// The least ⟨F, π⟩ of all no-signalling π, with multipliers; the most ⟨F, γ⟩, for the weight.
    General(f64, Value),
    /// The least ⟨F, π⟩ of all no-signalling π with Bob's states of the assemblage.
    Consistent(f64, Value),
    /// ⟨F, ν⟩ of one noise ν.
    Given(Assemblage),
}

impl Opposite {
    /// The multipliers of a program over the general set, for the least or most value of F by its sense, with the states of Bob's of an
    /// assemblage if it is `consistent` with it.
    ///
    /// # Errors
    /// An eigenvalue that cannot be computed.
    pub fn new(
        scenario: &Scenario,
        functional: &Functional,
        dual: &DualPoint,
        consistent: Option<&Assemblage>,
    ) -> Result<Self, EigenError> {
        let (bound, proof) = multipliers_proof(scenario, functional, dual, consistent)?;
        let value = functional.sense.sign() * bound;
        Ok(match consistent {
            None => Self::General(value, proof),
            Some(_) => Self::Consistent(value, proof),
        })
    }

    /// That value of F, evaluated in floating point.
    pub fn value(&self, functional: &Functional) -> f64 {
        match self {
            Self::General(value, _) | Self::Consistent(value, _) => *value,
            Self::Given(noise) => functional.operators.pair(&noise.0).re(),
        }
    }
}

/// That an assemblage is at least so far from the set: the robustness (s − β)/(β − M) with the least value M of F, or the weight
/// (s − β)/(N − β) with the most value N, by F's sense. `None` if by the numbers F says nothing.
pub fn distance(
    scenario: &Scenario,
    functional: &Functional,
    within: &SetBound,
    opposite: &Opposite,
    assemblage: &Assemblage,
) -> Option<Certificate> {
    /// What f64 evaluations leave, relative to the numbers that are added.
    const ERRORS: f64 = 1e-14;
    let is_weight = functional.sense == Sense::Max;
    let other = opposite.value(functional);
    let signal = functional.operators.pair(&assemblage.0).re();
    let size = [within.bound, other, signal]
        .iter()
        .fold(functional.operators.largest_entry(), |s, v| v.abs().max(s));
    let bound = decimal(within.bound, size, Direction::Up);
    let other = decimal(other, size, if is_weight { Direction::Up } else { Direction::Down });
    let [proved, reference]: [f64; 2] = [bound.parse().ok()?, other.parse().ok()?];
    let unit = if is_weight { reference - proved } else { proved - reference };
    if unit <= ERRORS * size {
        return None;
    }
    let excess = (signal - proved) / unit;
    let number = decimal_to(excess - ERRORS * size / unit, excess.abs().max(1.0), Direction::Down);
    let set = within.set.name();
    let claim = if is_weight {
        Claim::Weight { set, bound, most: other, weight: number }
    } else {
        let noise = match opposite {
            Opposite::General(..) => "any",
            Opposite::Consistent(..) => "consistent",
            Opposite::Given(_) => "given",
        };
        Claim::Robustness { set, noise, bound, least: other, robustness: number }
    };
    let certificate = Certificate::new(scenario, claim, Some(&functional.operators), within.proof.clone());
    let certificate = certificate.of(scenario, assemblage);
    Some(match opposite {
        Opposite::General(_, proof) | Opposite::Consistent(_, proof) => {
            Certificate { general: Some(proof.clone()), ..certificate }
        }
        Opposite::Given(noise) => {
            Certificate { noise: Some(numbers::seen_table(scenario, &noise.0)), ..certificate }
        }
    })
}

/// That the trace distance of an assemblage from the set is at least (s − β)/(2n·c), by a functional whose elements have no eigenvalue
/// beyond ±c. `None` if by the numbers F says nothing.
pub fn trace_distance(
    scenario: &Scenario,
    functional: &Functional,
    within: &SetBound,
    most: f64,
    assemblage: &Assemblage,
) -> Option<Certificate> {
    /// What f64 evaluations leave of s, relative to the numbers that are added.
    const ERRORS: f64 = 1e-14;
    let signal = functional.operators.pair(&assemblage.0).re();
    let size =
        [within.bound, signal].iter().fold(functional.operators.largest_entry(), |s, v| v.abs().max(s));
    let bound = decimal(within.bound, size, Direction::Up);
    let most = decimal(most, most, Direction::Up);
    let [proved, limit]: [f64; 2] = [bound.parse().ok()?, most.parse().ok()?];
    let unit = 2.0 * choices(scenario) as f64 * limit;
    if unit <= 0.0 {
        return None;
    }
    let number = decimal_to((signal - proved - ERRORS * size) / unit, 1.0, Direction::Down);
    let claim = Claim::TraceDistance { set: within.set.name(), bound, most, distance: number };
    let certificate = Certificate::new(scenario, claim, Some(&functional.operators), within.proof.clone());
    Some(certificate.of(scenario, assemblage))
}

/// Which distance a member of a set proves an upper bound on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtMost {
    /// (1 + r)·ω ⪰ σ.
    Robustness,
    /// σ ⪰ (1 − w)·ω.
    Weight,
    /// P ⪰ σ − ω and P ⪰ 0 with Σ tr P ≤ n·D.
    TraceDistance,
}

/// An assemblage of a set, by what makes it one.
pub enum Member<'a> {
    /// A quantum model, exactly valid.
    Model(&'a Model),
    /// ρ_{λ,y} on a dyadic grid, with the same trace for all y, which sums to one.
    CommonCauses(&'a [Vec<Mat<Complex64>>]),
}

/// What a certificate has besides the member.
pub enum Besides {
    /// Nothing.
    Nothing,
    /// The assemblage with elements that are not seen, in an instrumental scenario.
    Completed(Assemblage),
    /// The P of a trace distance.
    Parts(OperatorTable),
}

/// That an assemblage is at most so far from the set of a member.
pub fn at_most(
    scenario: &Scenario,
    (what, number): (AtMost, f64),
    assemblage: &Assemblage,
    member: &Member<'_>,
    besides: &Besides,
) -> Certificate {
    let number = match what {
        AtMost::Robustness => decimal(number.max(0.0), 1.0, Direction::Up),
        // One is enough, whatever the assemblage.
        AtMost::Weight | AtMost::TraceDistance if number > 1.0 - 1e-10 => "1".to_owned(),
        AtMost::Weight | AtMost::TraceDistance => decimal(number.max(0.0), 1.0, Direction::Up),
    };
    let (set, mut proof) = match member {
        Member::Model(model) => (Set::Quantum, model_proof(model)),
        Member::CommonCauses(states) => {
            let states: Value =
                states.iter().map(|of| of.iter().map(dyadic_matrix).collect::<Value>()).collect();
            (Set::Classical, json!({"method": "common-causes", "states": states}))
        }
    };
    match besides {
        Besides::Nothing => {}
        Besides::Completed(whole) => proof["completion"] = numbers::hidden_table(scenario, &whole.0),
        Besides::Parts(parts) => proof["parts"] = numbers::seen_table(scenario, parts),
    }
    let set = set.name();
    let claim = match what {
        AtMost::Robustness => Claim::RobustnessAtMost { set, robustness: number },
        AtMost::Weight => Claim::WeightAtMost { set, weight: number },
        AtMost::TraceDistance => Claim::TraceDistanceAtMost { set, distance: number },
    };
    Certificate::new(scenario, claim, None, proof).of(scenario, assemblage)
}
