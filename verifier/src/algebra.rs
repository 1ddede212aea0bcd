//! Letters, words, and their products, letter by letter (docs/certificate.md §4).

use std::ops::Range;

use dashu_ratio::RBig;

/// A letter: the observable, projector or unitary number `index` of a device's input. Alice is device 0, Bob 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Letter {
    pub device: u32,
    pub input: u32,
    pub index: u32,
}

/// Letters in normal form: Alice's first, no two neighbours of one device and input. The empty word is the identity.
pub type Word = Vec<Letter>;

/// What the letters of one input of a device are. Phases are counted in units of 2π over [`Device::order`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Device {
    /// A projective measurement: one observable for two outcomes, otherwise all projectors but the last.
    Measurement { outcomes: usize },
    /// Images of the Pauli strings on `qubits` qubits.
    Pauli { qubits: u32 },
    /// Images of X^p Z^q in this dimension, with index p·d + q.
    Weyl { dimension: u32 },
}

impl Device {
    /// Bob's letters for d×d matrices.
    pub fn of_dimension(d: usize) -> Self {
        if d.is_power_of_two() {
            Device::Pauli { qubits: d.trailing_zeros() }
        } else {
            Device::Weyl { dimension: d as u32 }
        }
    }

    /// The indices that are letters.
    pub fn letters(&self) -> Range<u32> {
        match *self {
            Device::Measurement { outcomes: 2 } => 0..1,
            Device::Measurement { outcomes } => 0..outcomes as u32 - 1,
            Device::Pauli { qubits } => 1..1 << (2 * qubits),
            Device::Weyl { dimension: d } => 1..d * d,
        }
    }

    /// How many phases there are.
    pub fn order(&self) -> u32 {
        match *self {
            Device::Measurement { .. } => 1,
            Device::Pauli { .. } => 4,
            Device::Weyl { dimension } => dimension,
        }
    }

    /// U_g U_h = ω^k U_m as (k, m), with m = `None` for the identity; `None` if the product is zero.
    fn multiply(&self, g: u32, h: u32) -> Option<(u32, Option<u32>)> {
        match *self {
            Device::Measurement { outcomes: 2 } => Some((0, None)), // A² = 1
            Device::Measurement { .. } => (g == h).then_some((0, Some(g))), // M_a M_b = δ_ab M_a
            Device::Pauli { qubits } => {
                let phase = (0..qubits).map(|qubit| match ((g >> (2 * qubit)) & 3, (h >> (2 * qubit)) & 3) {
                    (1, 2) | (2, 3) | (3, 1) => 1, // XY = iZ, YZ = iX, ZX = iY
                    (2, 1) | (3, 2) | (1, 3) => 3, // YX = −iZ, …
                    _ => 0,
                });
                Some((phase.sum::<u32>() % 4, Some(g ^ h).filter(|&m| m != 0)))
            }
            Device::Weyl { dimension: d } => {
                let (p, q, r, s) = (g / d, g % d, h / d, h % d);
                let m = (p + r) % d * d + (q + s) % d;
                Some((q * r % d, Some(m).filter(|&m| m != 0))) // ω^{qr} X^{p+r} Z^{q+s}
            }
        }
    }

    /// U_g† = ω^k U_m as (k, m).
    fn adjoint(&self, g: u32) -> (u32, u32) {
        match *self {
            Device::Weyl { dimension: d } => {
                let (p, q) = (g / d, g % d);
                (p * q % d, (d - p) % d * d + (d - q) % d) // ω^{pq} X^{−p} Z^{−q}
            }
            _ => (0, g),
        }
    }

    /// The one entry of column j of U_g, for any index with identity 0: (row, k) for ω^k in that row.
    pub fn column(&self, g: u32, j: u32) -> (u32, u32) {
        match *self {
            Device::Measurement { .. } => (j, 0),
            Device::Pauli { qubits } => (0..qubits).fold((j, 0), |(row, k), qubit| {
                let down = (j >> qubit) & 1;
                match (g >> (2 * qubit)) & 3 {
                    0 => (row, k),
                    1 => (row ^ (1 << qubit), k),
                    2 => (row ^ (1 << qubit), (k + 1 + 2 * down) % 4), // Y|0⟩ = i|1⟩, Y|1⟩ = −i|0⟩
                    _ => (row, (k + 2 * down) % 4),
                }
            }),
            Device::Weyl { dimension: d } => ((j + g / d) % d, g % d * j % d),
        }
    }
}

/// The algebra of Alice's and Bob's letters.
#[derive(Clone, Copy, Debug)]
pub struct Algebra {
    pub devices: [Device; 2],
}

impl Algebra {
    /// How many phases there are: Alice's letters bring none.
    pub fn order(&self) -> u32 {
        self.devices[1].order()
    }

    /// left† · right as (k, word) for ω^k · word, or `None` for zero.
    pub fn adjoint_times(&self, left: &[Letter], right: &[Letter]) -> Option<(u32, Word)> {
        // Letters of different devices commute, so each device collects its own.
        let (mut phase, mut parts) = (0, [Word::new(), Word::new()]);
        for &letter in left.iter().rev() {
            let (k, index) = self.devices[letter.device as usize].adjoint(letter.index);
            phase += k + self.append(&mut parts, Letter { index, ..letter })?;
        }
        for &letter in right {
            phase += self.append(&mut parts, letter)?;
        }
        let [mut word, mut bob] = parts;
        word.append(&mut bob);
        Some((phase % self.order(), word))
    }

    /// Multiplies one letter onto the end of its device's part; the phase, or `None` if the product is zero.
    fn append(&self, parts: &mut [Word; 2], letter: Letter) -> Option<u32> {
        let part = &mut parts[letter.device as usize];
        match part.last_mut() {
            Some(last) if last.input == letter.input => {
                let (phase, product) =
                    self.devices[letter.device as usize].multiply(last.index, letter.index)?;
                match product {
                    Some(index) => last.index = index,
                    // What was before it has another input than the letter: still in normal form.
                    None => drop(part.pop()),
                }
                Some(phase)
            }
            _ => {
                part.push(letter);
                Some(0)
            }
        }
    }

    /// The projector of outcome `a` of a measurement as a combination of words.
    pub fn projector(&self, device: u32, input: usize, a: usize) -> Vec<(RBig, Word)> {
        let Device::Measurement { outcomes } = self.devices[device as usize] else {
            return Vec::new();
        };
        let letter = |index| vec![Letter { device, input: input as u32, index }];
        let half = RBig::from_parts(1.into(), 2_u8.into());
        match outcomes {
            2 if a == 0 => vec![(half.clone(), vec![]), (half, letter(0))], // (1 + A)/2
            2 => vec![(half.clone(), vec![]), (-half, letter(0))],          // (1 − A)/2
            _ if a < outcomes - 1 => vec![(RBig::ONE, letter(a as u32))],
            _ => {
                let others = self.devices[device as usize].letters().map(|b| (RBig::NEG_ONE, letter(b)));
                std::iter::once((RBig::ONE, vec![])).chain(others).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U_g as (row, phase) for each column; products by composition of columns.
    fn explicit(device: Device, d: u32, g: u32) -> Vec<(u32, u32)> {
        (0..d).map(|j| device.column(g, j)).collect()
    }

    fn compose(left: &[(u32, u32)], right: &[(u32, u32)], order: u32) -> Vec<(u32, u32)> {
        right.iter().map(|&(row, k)| (left[row as usize].0, (left[row as usize].1 + k) % order)).collect()
    }

    #[test]
    fn one_qubit_and_two_qubit_matrices() {
        let one = Device::of_dimension(2);
        assert_eq!(explicit(one, 2, 1), [(1, 0), (0, 0)]); // X
        assert_eq!(explicit(one, 2, 2), [(1, 1), (0, 3)]); // Y
        assert_eq!(explicit(one, 2, 3), [(0, 0), (1, 2)]); // Z
        let two = Device::of_dimension(4);
        // g = 1·4 + 3 = X ⊗ Z, first qubit most significant: |00⟩ → |10⟩, |01⟩ → −|11⟩.
        assert_eq!(explicit(two, 4, 7), [(2, 0), (3, 2), (0, 0), (1, 2)]);
    }

    #[test]
    fn shift_and_clock_of_a_qutrit() {
        let device = Device::of_dimension(3);
        assert_eq!(explicit(device, 3, 3), [(1, 0), (2, 0), (0, 0)]); // X
        assert_eq!(explicit(device, 3, 1), [(0, 0), (1, 1), (2, 2)]); // Z
        // ZX = ωXZ.
        assert_eq!(device.multiply(1, 3), Some((1, Some(4))));
        assert_eq!(device.multiply(3, 1), Some((0, Some(4))));
    }

    #[test]
    fn letters_multiply_as_their_matrices() {
        for d in [2, 3, 4, 5, 6, 8, 9] {
            let device = Device::of_dimension(d as usize);
            let order = device.order();
            for g in 0..d * d {
                let (k, m) = device.adjoint(g);
                let phased: Vec<_> =
                    explicit(device, d, m).iter().map(|&(row, e)| (row, (e + k) % order)).collect();
                let identity = explicit(device, d, 0);
                assert_eq!(compose(&explicit(device, d, g), &phased, order), identity, "{d}: {g}");
                for h in 0..d * d {
                    let (k, m) = device.multiply(g, h).unwrap();
                    let phased: Vec<_> = explicit(device, d, m.unwrap_or(0))
                        .iter()
                        .map(|&(row, e)| (row, (e + k) % order))
                        .collect();
                    let product = compose(&explicit(device, d, g), &explicit(device, d, h), order);
                    assert_eq!(product, phased, "{d}: {g}·{h}");
                }
            }
        }
    }

    fn letter(device: u32, input: u32, index: u32) -> Letter {
        Letter { device, input, index }
    }

    #[test]
    fn words_cancel_from_the_inside() {
        let algebra = Algebra { devices: [Device::Measurement { outcomes: 2 }, Device::of_dimension(2)] };
        let word = [letter(0, 0, 0), letter(0, 1, 0), letter(1, 0, 1), letter(1, 1, 2)];
        assert_eq!(algebra.adjoint_times(&word, &word), Some((0, vec![])));
        // (A0 A1)† A0 = A1 A0 A0 = A1; and X†·Y = iZ.
        let left = [letter(0, 0, 0), letter(0, 1, 0), letter(1, 0, 1)];
        let right = [letter(0, 0, 0), letter(1, 0, 2)];
        assert_eq!(algebra.adjoint_times(&left, &right), Some((1, vec![letter(0, 1, 0), letter(1, 0, 3)])));
    }

    #[test]
    fn projectors() {
        let algebra = Algebra { devices: [Device::Measurement { outcomes: 3 }; 2] };
        assert_eq!(algebra.adjoint_times(&[letter(0, 0, 0)], &[letter(0, 0, 1)]), None);
        assert_eq!(
            algebra.adjoint_times(&[letter(0, 0, 1)], &[letter(0, 0, 1)]),
            Some((0, vec![letter(0, 0, 1)]))
        );
        assert_eq!(algebra.projector(1, 4, 2).len(), 3);
        assert_eq!(algebra.projector(1, 4, 1), [(RBig::ONE, vec![letter(1, 4, 1)])]);
        let two = Algebra { devices: [Device::Measurement { outcomes: 2 }; 2] };
        assert_eq!(two.projector(0, 0, 1)[1].0, RBig::from_parts((-1).into(), 2_u8.into()));
    }
}
