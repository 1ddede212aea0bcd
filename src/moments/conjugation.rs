//! Complex conjugation as a symmetry: when a moment matrix may be taken real.
//!
//! Let Θ be an antilinear automorphism of the algebra that multiplies every letter by a sign:
//! A_x ↦ ±A_x (a relabelling of outcomes), projectors fixed, and on each of Bob's copies of M_d
//! complex conjugation followed by a Pauli unitary, which multiplies the string P by
//! (−1)^{number of Ys in P} · (−1)^{P and the unitary anticommute}. If Θ leaves the data of a program
//! unchanged, then Γ_ij ↦ ±conj(Γ_ij) maps solutions to solutions of the same value, so only those
//! with Γ_ij = ±conj(Γ_ij) need be looked at, and those are real once the rows of words w with
//! Θ(w) = −w are multiplied by i. Finding Θ is a linear system over GF(2).
//!
//! Nothing rests on it: a dual of the smaller program is a dual of the original one, and that is
//! where bounds are evaluated.

use crate::algebra::{Algebra, DeviceAlgebra, Letter, UnitaryBasis, Word};

/// A sign for every letter.
#[derive(Debug, Clone)]
pub struct Conjugation {
    /// For each device, for each input: whether the observable flips, or the Pauli unitary as the
    /// bits of its symplectic vector.
    frames: Vec<Vec<u64>>,
    devices: Vec<DeviceAlgebra>,
}

impl Conjugation {
    /// A sign-changing conjugation that fixes all the given words, which must be self-adjoint (so
    /// that their coefficients are real); `None` if there is none of this form.
    pub fn fixing<'a>(algebra: &Algebra, words: impl IntoIterator<Item = &'a Word>) -> Option<Self> {
        let devices = algebra.devices().to_vec();
        let widths: Vec<usize> = devices.iter().map(frame_bits).collect::<Option<_>>()?;
        // Unknown bits: device by device, input by input.
        let mut offsets = Vec::new();
        let mut unknowns = 0;
        for (device, &width) in devices.iter().zip(&widths) {
            offsets.push(unknowns);
            unknowns += device.inputs() * width;
        }
        let mut system = LinearSystem::new(unknowns);
        for word in words {
            let mut equation = vec![false; unknowns];
            let mut right = false;
            for letter in word.letters() {
                let width = widths[letter.device()];
                let start = offsets[letter.device()] + letter.input() * width;
                let (coefficients, constant) = sign_equation(&devices[letter.device()], *letter);
                right ^= constant;
                for bit in 0..width {
                    equation[start + bit] ^= (coefficients >> bit) & 1 == 1;
                }
            }
            system.add(equation, right)?;
        }
        let solution = system.solution();
        let frames = devices
            .iter()
            .zip(&widths)
            .zip(&offsets)
            .map(|((device, &width), &offset)| {
                let bits = |input: usize| {
                    (0..width).fold(0_u64, |frame, bit| {
                        frame | (u64::from(solution[offset + input * width + bit]) << bit)
                    })
                };
                (0..device.inputs()).map(bits).collect()
            })
            .collect();
        Some(Self { frames, devices })
    }

    /// Whether Θ(w) = −w.
    pub fn flips(&self, word: &Word) -> bool {
        word.letters().iter().fold(false, |flips, letter| {
            let (coefficients, constant) = sign_equation(&self.devices[letter.device()], *letter);
            let frame = self.frames[letter.device()][letter.input()];
            flips ^ constant ^ ((coefficients & frame).count_ones() % 2 == 1)
        })
    }
}

/// How many bits describe the choices for one input; `None` if conjugation is no sign change.
fn frame_bits(device: &DeviceAlgebra) -> Option<usize> {
    match device {
        DeviceAlgebra::Observables { .. } => Some(1),
        DeviceAlgebra::Projectors { .. } => Some(0),
        DeviceAlgebra::Matrices { basis: UnitaryBasis::Pauli { qubits }, .. } => Some(2 * *qubits as usize),
        DeviceAlgebra::Matrices { .. } => None,
    }
}

/// The sign exponent of a letter: (coefficients of its input's bits, constant).
///
/// A Pauli letter holds two bits a qubit, 0…3 = I, X, Y, Z; in the symplectic form (x, z) of a
/// qubit X = (1, 0), Y = (1, 1), Z = (0, 1), and P anticommutes with the frame (x′, z′) if
/// xz′ + zx′ = 1. The frame stores x′ in the lower, z′ in the upper bit.
fn sign_equation(device: &DeviceAlgebra, letter: Letter) -> (u64, bool) {
    match device {
        DeviceAlgebra::Observables { .. } => (1, false),
        DeviceAlgebra::Matrices { basis: UnitaryBasis::Pauli { qubits }, .. } => {
            (0..*qubits).fold((0, false), |(coefficients, constant), qubit| {
                let pauli = (letter.index() >> (2 * qubit)) & 3;
                let (x, z) = (matches!(pauli, 1 | 2), matches!(pauli, 2 | 3));
                let bits = u64::from(z) | (u64::from(x) << 1);
                (coefficients | (bits << (2 * qubit)), constant ^ (x && z))
            })
        }
        DeviceAlgebra::Projectors { .. } | DeviceAlgebra::Matrices { .. } => (0, false),
    }
}

/// Linear equations over GF(2) in echelon form.
struct LinearSystem {
    unknowns: usize,
    /// (pivot, coefficients, right-hand side); no equation contains another's pivot.
    rows: Vec<(usize, Vec<bool>, bool)>,
}

impl LinearSystem {
    fn new(unknowns: usize) -> Self {
        Self { unknowns, rows: Vec::new() }
    }

    /// Adds an equation; `None` if it contradicts the others.
    fn add(&mut self, mut equation: Vec<bool>, mut right: bool) -> Option<()> {
        for (pivot, row, value) in &self.rows {
            if equation[*pivot] {
                xor(&mut equation, row);
                right ^= value;
            }
        }
        let Some(pivot) = equation.iter().position(|&bit| bit) else {
            return (!right).then_some(());
        };
        for (_, row, value) in &mut self.rows {
            if row[pivot] {
                xor(row, &equation);
                *value ^= right;
            }
        }
        self.rows.push((pivot, equation, right));
        Some(())
    }

    /// The solution with every free unknown zero.
    fn solution(&self) -> Vec<bool> {
        let mut solution = vec![false; self.unknowns];
        for (pivot, _, value) in &self.rows {
            solution[*pivot] = *value;
        }
        solution
    }
}

fn xor(left: &mut [bool], right: &[bool]) {
    left.iter_mut().zip(right).for_each(|(l, r)| *l ^= r);
}
