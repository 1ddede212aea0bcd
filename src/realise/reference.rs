//! What Bob might have held before his maps.

use faer::Mat;
use num_complex::Complex64;

use super::map::ChoiMap;
use crate::linalg::EigenError;
use crate::model::{Model, ghjw};
use crate::num::Matrix;
use crate::scenario::{
    Assemblage, Device, Index, Kind, Labels, OperatorTable, Port, Scenario, Violation, violations,
};

/// A traditional assemblage τ_{a|x} with the settings and outcomes of a target.
#[derive(Debug, Clone)]
pub struct Reference {
    /// A traditional scenario; its dimension is D.
    pub scenario: Scenario,
    /// τ_{a|x}, at y = 0; its conditions hold exactly.
    pub assemblage: Assemblage,
}

/// Why something is no reference.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// Bob has several inputs there.
    #[error("the reference has {inputs} inputs of Bob's; it must have one, as a traditional assemblage has")]
    Inputs {
        /// How many.
        inputs: usize,
    },
    /// Alice's device is another one.
    #[error(
        "the reference has settings {found_settings} and outcomes {found_outcomes} of Alice's, the problem has \
         {settings} and {outcomes}; they must be the same"
    )]
    Labels {
        /// The reference's settings.
        found_settings: String,
        /// The reference's outcomes.
        found_outcomes: String,
        /// The problem's settings.
        settings: String,
        /// The problem's outcomes.
        outcomes: String,
    },
    /// It is no assemblage.
    #[error("the reference is not a valid assemblage: {0}")]
    Invalid(Violation),
}

impl std::fmt::Display for ShownLabels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}]", self.0)
    }
}

struct ShownLabels<'a>(&'a Labels);

impl Reference {
    /// The elements of an assemblage at one of Bob's inputs.
    pub fn at_input(scenario: &Scenario, assemblage: &Assemblage, y: usize) -> Result<Self, ReferenceError> {
        let element = |Index { a, x, .. }: Index| assemblage.0.get(Index { a, x, y }).clone();
        Self::new(scenario, assemblage.0.dimension(), element)
    }

    /// An assemblage in which Bob has one input, for targets of a scenario with the same device of Alice's.
    pub fn of(
        scenario: &Scenario,
        given: &Scenario,
        assemblage: &Assemblage,
    ) -> Result<Self, ReferenceError> {
        if given.inputs().len() != 1 {
            return Err(ReferenceError::Inputs { inputs: given.inputs().len() });
        }
        if given.alice != scenario.alice {
            let shown = |labels| ShownLabels(labels).to_string();
            return Err(ReferenceError::Labels {
                found_settings: shown(given.settings()),
                found_outcomes: shown(given.outcomes()),
                settings: shown(scenario.settings()),
                outcomes: shown(scenario.outcomes()),
            });
        }
        Self::at_input(given, assemblage, 0)
    }

    fn new(
        scenario: &Scenario,
        dimension: usize,
        element: impl FnMut(Index) -> Matrix,
    ) -> Result<Self, ReferenceError> {
        let scenario = Scenario {
            kind: Kind::Traditional,
            alice: scenario.alice.clone(),
            bob: Device { inputs: Labels::count(1), output: Port::Quantum(dimension) },
        };
        let assemblage = Assemblage(OperatorTable::from_fn(&scenario, element));
        if let Some(violation) = violations(&scenario, &assemblage).into_iter().next() {
            return Err(ReferenceError::Invalid(violation));
        }
        let assemblage = assemblage.exactly_no_signalling(&scenario);
        Ok(Self { scenario, assemblage })
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.scenario.dimension()
    }

    /// τ_{a|x}.
    pub fn element(&self, a: usize, x: usize) -> &Matrix {
        self.assemblage.0.get(Index { a, x, y: 0 })
    }

    /// The quantum model in which Bob sends his share of the reference through channels, one for each input.
    pub fn model(&self, channels: &[ChoiMap]) -> Result<Model, EigenError> {
        let mut model = ghjw(&self.scenario, &self.assemblage)?;
        for component in &mut model.components {
            // The embedding of the reference's support.
            let embeddings = component.channels.first().cloned().unwrap_or_default();
            let through = |channel: &ChoiMap| -> Result<Vec<Mat<Complex64>>, EigenError> {
                let kraus = channel.kraus()?;
                Ok(kraus.iter().flat_map(|k| embeddings.iter().map(move |embedding| k * embedding)).collect())
            };
            component.channels = channels.iter().map(through).collect::<Result<_, _>>()?;
        }
        Ok(model)
    }
}
