//! The one algebra of all scenarios [Theory §2]: words over the letters of commuting devices.
//!
//! Alice's letters are observables A_x (two outcomes) or projectors M_{a|x}; Bob's are the
//! non-identity elements of a unitary basis of M_d, one copy for each input y, or, in a Bell
//! scenario, observables or projectors too. A word is a product of letters in normal form:
//!
//! - letters of different devices commute, so a word lists device 0's letters, then device 1's;
//! - neighbouring letters of one device and one input merge by that device's product table.
//!
//! Every product is a phase times one word, or zero; phases are integers modulo
//! [`Algebra::phase_order`], never floats. Every word is a contraction.

mod device;
mod letter;
mod phase;
mod polynomial;
mod unitary;

pub use device::DeviceAlgebra;
pub use letter::{Letter, Word};
pub use phase::Phases;
pub use polynomial::{Polynomial, element_polynomial, functional_polynomial};
pub use unitary::{UnitaryBasis, character};

use device::Merged;

use crate::scenario::{Port, Scenario};

/// A phase exponent: the number e^{2πi·k/order} of the algebra it belongs to.
pub type Phase = u16;

/// A word up to adjoint: which of w, w† represents the pair, and how its moment relates.
///
/// ⟨w⟩ = ω^phase · m if not `conjugate`, else ω^phase · m*, where m is the moment of
/// `representative`, or for a self-adjoint pair (w† ∝ w) the real number with ⟨w⟩ = ω^phase·m.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The smaller of w and w† in the order of words.
    pub representative: Word,
    /// The phase in front of the moment.
    pub phase: Phase,
    /// Whether the moment enters conjugated.
    pub conjugate: bool,
    /// Whether the moment is real.
    pub real: bool,
}

/// The algebra of a list of mutually commuting devices.
#[derive(Debug, Clone)]
pub struct Algebra {
    devices: Vec<DeviceAlgebra>,
    phases: Phases,
}

impl Algebra {
    /// Alice's black box and Bob's device.
    pub fn of_scenario(scenario: &Scenario) -> Self {
        let alice = DeviceAlgebra::black_box(scenario.settings().len(), scenario.outcomes().len());
        let inputs = scenario.inputs().len();
        let bob = match &scenario.bob.output {
            Port::Quantum(dimension) => DeviceAlgebra::matrices(inputs, *dimension),
            Port::Classical(outcomes) => DeviceAlgebra::black_box(inputs, outcomes.len()),
        };
        Self::new(vec![alice, bob])
    }

    /// The same algebra in letters that are all unitary: relabelling outcomes takes them to combinations of letters,
    /// without the identity.
    pub fn in_unitaries(&self) -> Self {
        let devices = self.devices.iter().map(|device| match device {
            DeviceAlgebra::Projectors { settings, outcomes } => {
                DeviceAlgebra::unitary_black_box(*settings, *outcomes)
            }
            other => other.clone(),
        });
        Self::new(devices.collect())
    }

    /// Whether letters are [characters](character) in the place of projectors.
    pub fn has_characters(&self) -> bool {
        let diagonal = |device: &DeviceAlgebra| {
            matches!(device, DeviceAlgebra::Matrices { basis: UnitaryBasis::Diagonal { .. }, .. })
        };
        self.devices.iter().any(diagonal)
    }

    /// The algebra of the given devices, device number = position.
    pub fn new(devices: Vec<DeviceAlgebra>) -> Self {
        let order = devices.iter().fold(1, |order, device| lcm(order, device.phase_order()));
        Self { devices, phases: Phases::new(order) }
    }

    /// The devices in order.
    pub fn devices(&self) -> &[DeviceAlgebra] {
        &self.devices
    }

    /// The group of phases that products produce.
    pub fn phases(&self) -> &Phases {
        &self.phases
    }

    /// All letters of one device, in order.
    pub fn letters(&self, device: usize) -> Vec<Letter> {
        self.devices[device].letters(device)
    }

    /// u·v in normal form, or `None` for zero.
    pub fn product(&self, u: &Word, v: &Word) -> Option<(Phase, Word)> {
        let mut phase = 0;
        let mut result = Word::identity();
        for device in 0..self.devices.len() {
            let start = result.len();
            let letters = u.of_device(device).iter().chain(v.of_device(device));
            for &letter in letters {
                phase = self.phases.add(phase, self.push(&mut result, start, letter)?);
            }
        }
        Some((phase, result))
    }

    /// w† = ω^phase · word.
    pub fn adjoint(&self, word: &Word) -> (Phase, Word) {
        let mut phase = 0;
        let mut result = Word::identity();
        for (device, algebra) in self.devices.iter().enumerate() {
            for &letter in word.of_device(device).iter().rev() {
                let (exponent, index) = algebra.adjoint(letter.index());
                phase = self.phases.add(phase, self.embed(device, exponent));
                result.push(letter.with_index(index));
            }
        }
        (phase, result)
    }

    /// The class of a word under w ~ w†, and the relation between the two moments.
    pub fn canonical(&self, word: Word) -> Canonical {
        let (phase, adjoint) = self.adjoint(&word);
        match word.cmp(&adjoint) {
            std::cmp::Ordering::Less => {
                Canonical { representative: word, phase: 0, conjugate: false, real: false }
            }
            // ⟨w⟩ = ⟨w†⟩* = (ω^phase ⟨adjoint⟩)* = ω^{−phase} ⟨adjoint⟩*.
            std::cmp::Ordering::Greater => Canonical {
                representative: adjoint,
                phase: self.phases.negate(phase),
                conjugate: true,
                real: false,
            },
            // ⟨w⟩* = ω^phase ⟨w⟩, hence ω^{phase/2} ⟨w⟩ is real.
            std::cmp::Ordering::Equal => Canonical {
                representative: word,
                phase: self.phases.negate(self.phases.half(phase)),
                conjugate: false,
                real: true,
            },
        }
    }

    /// Appends a letter to the part of `word` from `start` on (one device's), merging it with its
    /// neighbour; the phase that this produced, or `None` for zero. One merge suffices: the letter
    /// before the neighbour has another input.
    fn push(&self, word: &mut Word, start: usize, letter: Letter) -> Option<Phase> {
        let neighbour = word.last().filter(|last| {
            word.len() > start && last.device() == letter.device() && last.input() == letter.input()
        });
        let Some(neighbour) = neighbour else {
            word.push(letter);
            return Some(0);
        };
        let device = letter.device();
        match self.devices[device].merge(neighbour.index(), letter.index()) {
            Merged::Zero => None,
            Merged::Identity(phase) => {
                word.pop();
                Some(self.embed(device, phase))
            }
            Merged::Letter(phase, index) => {
                word.pop();
                word.push(letter.with_index(index));
                Some(self.embed(device, phase))
            }
        }
    }

    /// A device's phase exponent in the algebra's phase group.
    fn embed(&self, device: usize, phase: Phase) -> Phase {
        phase * (self.phases.order() / self.devices[device].phase_order())
    }
}

fn lcm(a: u16, b: u16) -> u16 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests;
