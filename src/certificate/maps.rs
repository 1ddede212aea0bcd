//! Claims about maps from a reference: `docs/certificate.md`, §9 and §10.

use faer::Mat;
use num_complex::Complex64;
use serde_json::{Value, json};

use super::numbers::{Direction, decimal, dyadic, dyadic_matrix, matrix, partial_table};
use super::{Certificate, Claim, Excess, Threshold, excess, threshold};
use crate::num::{Matrix, Number};
use crate::program::choi::Maps;
use crate::realise::{ChoiMap, Reference, SelfTest, Target, Witness};
use crate::scenario::{Functional, OperatorTable, Scenario, Sense};

impl Certificate {
    /// No maps make the target of the reference: it violates the witness. `None` if by the numbers it does not.
    pub fn not_realisable(
        scenario: &Scenario,
        reference: &Reference,
        target: Target<'_>,
        witness: &Witness,
        maps: Maps,
    ) -> Option<Self> {
        let functional = witness_functional(scenario, witness);
        let Excess { bound, violation } = excess(&functional, witness.bound, target.assemblage)?;
        let claim = Claim::NotRealisable { maps: name(maps), bound, violation };
        Some(Self::by_witness(scenario, claim, &functional, reference, witness).asked(target))
    }

    /// No maps make a mixture of the target with its noise of more visibility than claimed. `None` if the witness does not
    /// tell the two apart.
    pub fn realisable_visibility(
        scenario: &Scenario,
        reference: &Reference,
        target: Target<'_>,
        witness: &Witness,
        maps: Maps,
    ) -> Option<Self> {
        let functional = witness_functional(scenario, witness);
        let Threshold { bound, visibility } =
            threshold(&functional, witness.bound, target.assemblage, target.noise)?;
        let claim = Claim::RealisableVisibility { maps: name(maps), bound, visibility };
        let noise = partial_table(&target.noise.0, target.given);
        let certificate = Self::by_witness(scenario, claim, &functional, reference, witness).asked(target);
        Some(Self { noise: Some(noise), ..certificate })
    }

    /// Maps, one for each input, make of the reference what misses no entry of the target by more than the deviation: zero,
    /// or a number that is rounded up.
    pub fn realisable(
        scenario: &Scenario,
        reference: &Reference,
        target: Target<'_>,
        found: &[ChoiMap],
        maps: Maps,
        deviation: f64,
    ) -> Self {
        // With enough digits for the grid of a rounded map, 10⁻¹⁵.
        let deviation = match deviation {
            0.0 => "0".to_owned(),
            deviation => decimal(deviation, 1e-3, Direction::Up),
        };
        let parts = |map: &ChoiMap| match &map.transposed {
            Some(transposed) => json!({"direct": matrix(&map.direct), "transposed": matrix(transposed)}),
            None => json!({"direct": matrix(&map.direct)}),
        };
        let proof = json!({"method": "choi", "maps": found.iter().map(parts).collect::<Value>()});
        let claim = Claim::Realisable { maps: name(maps), deviation };
        Self::new(scenario, claim, None, proof).asked(target).with_reference(reference)
    }

    /// The target is post-quantum, as no channels make it of what it has at the input of a self-test. `None` if by the
    /// numbers it does not violate the witness.
    pub fn self_tested(
        scenario: &Scenario,
        target: Target<'_>,
        test: &SelfTest,
        witness: &Witness,
    ) -> Option<Self> {
        let functional = witness_functional(scenario, witness);
        let Excess { bound, violation } = excess(&functional, witness.bound, target.assemblage)?;
        let claim = Claim::SelfTested { input: test.input, bound, violation };
        let multipliers = multipliers(scenario, scenario.dimension(), witness);
        let proof = json!({"method": "self-test", "margin": dyadic(test.margin), "multipliers": multipliers});
        Some(Self::new(scenario, claim, Some(&functional.operators), proof).of(scenario, target.assemblage))
    }

    fn by_witness(
        scenario: &Scenario,
        claim: Claim,
        functional: &Functional,
        reference: &Reference,
        witness: &Witness,
    ) -> Self {
        let multipliers = multipliers(scenario, reference.dimension(), witness);
        let proof = json!({"method": "witness", "multipliers": multipliers});
        Self::new(scenario, claim, Some(&functional.operators), proof).with_reference(reference)
    }

    fn asked(self, target: Target<'_>) -> Self {
        Self { assemblage: Some(partial_table(&target.assemblage.0, target.given)), ..self }
    }

    fn with_reference(self, reference: &Reference) -> Self {
        let table = &reference.assemblage.0;
        let elements: Value = table.indices().map(|index| matrix(table.get(index))).collect();
        let reference = json!({"dimension": reference.dimension(), "elements": elements});
        Self { reference: Some(reference), ..self }
    }
}

fn name(maps: Maps) -> &'static str {
    match maps {
        Maps::Cptp => "cptp",
        Maps::Decomposable => "decomposable",
    }
}

/// F of a witness, zero where nothing is given.
pub fn witness_functional(scenario: &Scenario, witness: &Witness) -> Functional {
    let d = scenario.dimension();
    let operators = OperatorTable::from_fn(scenario, |index| {
        match witness.functional.iter().find(|(place, _)| *place == index) {
            Some((_, f)) => Matrix::from_fn(d, d, |i, j| exactly(f, i, j)),
            None => Matrix::zeros(d, d),
        }
    });
    Functional { operators, sense: Sense::Max }
}

/// An entry of a matrix that is Hermitian up to rounding, as one of an exactly Hermitian one.
fn exactly(matrix: &Mat<Complex64>, i: usize, j: usize) -> Number {
    let upper = matrix[(i.min(j), i.max(j))];
    let value = match i.cmp(&j) {
        std::cmp::Ordering::Less => upper,
        std::cmp::Ordering::Equal => upper.re.into(),
        std::cmp::Ordering::Greater => upper.conj(),
    };
    Number::dyadic(value).unwrap_or_else(|| Number::from_approx(value))
}

/// K at the witness's input, zero at the others.
fn multipliers(scenario: &Scenario, dimension: usize, witness: &Witness) -> Value {
    let input = witness.functional.first().map(|(index, _)| index.y);
    let zero = Mat::<Complex64>::zeros(dimension, dimension);
    let of_input = |y| dyadic_matrix(if Some(y) == input { &witness.multiplier } else { &zero });
    (0..scenario.inputs().len()).map(of_input).collect()
}
