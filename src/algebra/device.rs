//! What one device contributes to the algebra: its letters and how two letters of one input merge.

use super::{Letter, Phase, UnitaryBasis};

/// The operators of one device, the same set for each of its inputs.
#[derive(Debug, Clone)]
pub enum DeviceAlgebra {
    /// Two outcomes: one unitary observable A = 2M_0 − 1 per setting, A² = 1.
    Observables {
        /// Number of settings.
        settings: usize,
    },
    /// k > 2 outcomes: projectors M_0 … M_{k−2} per setting (M_{k−1} = 1 − Σ), M² = M, orthogonal.
    Projectors {
        /// Number of settings.
        settings: usize,
        /// Number of outcomes k.
        outcomes: usize,
    },
    /// A quantum output: for each input a copy of M_d, spanned by a unitary basis; or a classical one, as its diagonal.
    Matrices {
        /// Number of inputs.
        inputs: usize,
        /// The basis and its product table.
        basis: UnitaryBasis,
    },
}

/// The product of two letters of one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merged {
    /// Orthogonal projectors.
    Zero,
    /// A phase times the identity.
    Identity(Phase),
    /// A phase times the letter with this index.
    Letter(Phase, usize),
}

impl DeviceAlgebra {
    /// A device with a classical output.
    pub fn black_box(settings: usize, outcomes: usize) -> Self {
        if outcomes == 2 { Self::Observables { settings } } else { Self::Projectors { settings, outcomes } }
    }

    /// A device with a classical output, in unitary letters alone.
    pub fn unitary_black_box(settings: usize, outcomes: usize) -> Self {
        if outcomes == 2 {
            Self::Observables { settings }
        } else {
            Self::Matrices { inputs: settings, basis: UnitaryBasis::Diagonal { dimension: outcomes } }
        }
    }

    /// A device with a d-dimensional quantum output.
    pub fn matrices(inputs: usize, dimension: usize) -> Self {
        Self::Matrices { inputs, basis: UnitaryBasis::of_dimension(dimension) }
    }

    /// The number of inputs (settings).
    pub fn inputs(&self) -> usize {
        match self {
            Self::Observables { settings } | Self::Projectors { settings, .. } => *settings,
            Self::Matrices { inputs, .. } => *inputs,
        }
    }

    /// The number of letters of one input.
    pub fn letters_per_input(&self) -> usize {
        match self {
            Self::Observables { .. } => 1,
            Self::Projectors { outcomes, .. } => outcomes - 1,
            Self::Matrices { basis, .. } => basis.len() - 1,
        }
    }

    /// The order of the phases that its products produce.
    pub fn phase_order(&self) -> Phase {
        match self {
            Self::Observables { .. } | Self::Projectors { .. } => 1,
            Self::Matrices { basis, .. } => basis.phase_order(),
        }
    }

    /// All letters, as those of device number `device`. Index 0 of a unitary basis is the
    /// identity, which is no letter.
    pub(super) fn letters(&self, device: usize) -> Vec<Letter> {
        let first = usize::from(matches!(self, Self::Matrices { .. }));
        let indices = first..first + self.letters_per_input();
        (0..self.inputs())
            .flat_map(|input| indices.clone().map(move |index| Letter::new(device, input, index)))
            .collect()
    }

    /// The product of the letters with indices `left` and `right`, same input.
    pub(super) fn merge(&self, left: usize, right: usize) -> Merged {
        match self {
            Self::Observables { .. } => Merged::Identity(0),
            Self::Projectors { .. } if left == right => Merged::Letter(0, left),
            Self::Projectors { .. } => Merged::Zero,
            Self::Matrices { basis, .. } => match basis.multiply(left, right) {
                (phase, 0) => Merged::Identity(phase),
                (phase, index) => Merged::Letter(phase, index),
            },
        }
    }

    /// The adjoint of the letter with this index: a phase and an index of the same input.
    pub(super) fn adjoint(&self, index: usize) -> (Phase, usize) {
        match self {
            Self::Observables { .. } | Self::Projectors { .. } => (0, index),
            Self::Matrices { basis, .. } => basis.adjoint(index),
        }
    }

    /// The name of a letter as a physicist writes it, given the labels of its input and, for a
    /// projector, of its outcome.
    pub fn letter_name(&self, party: &str, input: i64, index: usize, outcome: i64) -> String {
        match self {
            Self::Observables { .. } => format!("{party}_{input}"),
            Self::Projectors { .. } => format!("{party}_{{{outcome}|{input}}}"),
            Self::Matrices { basis, .. } => format!("{party}_{input}({})", basis.name(index)),
        }
    }
}
