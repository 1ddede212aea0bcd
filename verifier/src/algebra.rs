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
    /// A projective measurement of more than two outcomes by its unitaries Z_q = Σ_a χ_q(a) M_a.
    Characters { outcomes: u32 },
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

    /// The same device with unitary letters.
    pub fn in_unitaries(self) -> Self {
        match self {
            Device::Measurement { outcomes } if outcomes > 2 => {
                Device::Characters { outcomes: outcomes as u32 }
            }
            _ => self,
        }
    }

    /// Whether it measures.
    pub fn measures(&self) -> bool {
        matches!(self, Device::Measurement { .. } | Device::Characters { .. })
    }

    /// The indices that are letters.
    pub fn letters(&self) -> Range<u32> {
        match *self {
            Device::Measurement { outcomes: 2 } => 0..1,
            Device::Measurement { outcomes } => 0..outcomes as u32 - 1,
            Device::Characters { outcomes } => 1..outcomes,
            Device::Pauli { qubits } => 1..1 << (2 * qubits),
            Device::Weyl { dimension: d } => 1..d * d,
        }
    }

    /// How many phases there are.
    pub fn order(&self) -> u32 {
        match *self {
            Device::Measurement { .. } => 1,
            Device::Characters { outcomes } => {
                if outcomes.is_power_of_two() {
                    2
                } else {
                    outcomes
                }
            }
            Device::Pauli { .. } => 4,
            Device::Weyl { dimension } => dimension,
        }
    }

    /// U_g U_h = ω^k U_m as (k, m), with m = `None` for the identity; `None` if the product is zero.
    fn multiply(&self, g: u32, h: u32) -> Option<(u32, Option<u32>)> {
        match *self {
            Device::Measurement { outcomes: 2 } => Some((0, None)), // A² = 1
            Device::Measurement { .. } => (g == h).then_some((0, Some(g))), // M_a M_b = δ_ab M_a
            Device::Characters { outcomes: o } => {
                let m = if o.is_power_of_two() { g ^ h } else { (g + h) % o };
                Some((0, Some(m).filter(|&m| m != 0)))
            }
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
            Device::Characters { outcomes: o } if !o.is_power_of_two() => (0, o - g),
            _ => (0, g),
        }
    }

    /// The one entry of column j of U_g, for any index with identity 0: (row, k) for ω^k in that row.
    pub fn column(&self, g: u32, j: u32) -> (u32, u32) {
        match *self {
            Device::Measurement { .. } | Device::Characters { .. } => (j, 0),
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
    order: u32,
    turns: [u32; 2],
}

impl Algebra {
    pub fn new(devices: [Device; 2]) -> Self {
        let orders = devices.map(|device| device.order());
        let order = orders[0] / common_divisor(orders[0], orders[1]) * orders[1];
        Self { devices, order, turns: orders.map(|own| order / own) }
    }

    /// How many phases there are.
    pub fn order(&self) -> u32 {
        self.order
    }

    /// How many of these phases are one of a device.
    pub fn turns(&self, device: u32) -> u32 {
        self.turns[device as usize]
    }

    /// left† · right as (k, word) for ω^k · word, or `None` for zero.
    pub fn adjoint_times(&self, left: &[Letter], right: &[Letter]) -> Option<(u32, Word)> {
        // Letters of different devices commute, so each device collects its own.
        let (mut phase, mut parts) = (0, [Word::new(), Word::new()]);
        for &letter in left.iter().rev() {
            let (k, index) = self.devices[letter.device as usize].adjoint(letter.index);
            phase += k * self.turns(letter.device) + self.append(&mut parts, Letter { index, ..letter })?;
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
                Some(phase * self.turns(letter.device))
            }
            _ => {
                part.push(letter);
                Some(0)
            }
        }
    }

    /// The projector of outcome `a` of a measurement as Σ ω^k q·word, in the form (k, q, word).
    pub fn projector(&self, device: u32, input: usize, a: usize) -> Vec<(u32, RBig, Word)> {
        let letter = |index| vec![Letter { device, input: input as u32, index }];
        let half = RBig::from_parts(1.into(), 2_u8.into());
        match self.devices[device as usize] {
            Device::Measurement { outcomes: 2 } if a == 0 => {
                vec![(0, half.clone(), vec![]), (0, half, letter(0))] // (1 + A)/2
            }
            Device::Measurement { outcomes: 2 } => vec![(0, half.clone(), vec![]), (0, -half, letter(0))], // (1 − A)/2
            Device::Measurement { outcomes } if a < outcomes - 1 => vec![(0, RBig::ONE, letter(a as u32))],
            measurement @ Device::Measurement { .. } => {
                let others = measurement.letters().map(|b| (0, RBig::NEG_ONE, letter(b)));
                std::iter::once((0, RBig::ONE, vec![])).chain(others).collect()
            }
            Device::Characters { outcomes: o } => {
                // M_a = 1/o Σ_q χ_q(a)* Z_q.
                let weight = RBig::from_parts(1.into(), o.into());
                let term = |q: u32| {
                    let turns = if o.is_power_of_two() {
                        (q & a as u32).count_ones() % 2
                    } else {
                        (o - q) * a as u32 % o
                    };
                    (turns * self.turns(device), weight.clone(), if q == 0 { vec![] } else { letter(q) })
                };
                (0..o).map(term).collect()
            }
            Device::Pauli { .. } | Device::Weyl { .. } => Vec::new(),
        }
    }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
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
        let algebra = Algebra::new([Device::Measurement { outcomes: 2 }, Device::of_dimension(2)]);
        let word = [letter(0, 0, 0), letter(0, 1, 0), letter(1, 0, 1), letter(1, 1, 2)];
        assert_eq!(algebra.adjoint_times(&word, &word), Some((0, vec![])));
        // (A0 A1)† A0 = A1 A0 A0 = A1; and X†·Y = iZ.
        let left = [letter(0, 0, 0), letter(0, 1, 0), letter(1, 0, 1)];
        let right = [letter(0, 0, 0), letter(1, 0, 2)];
        assert_eq!(algebra.adjoint_times(&left, &right), Some((1, vec![letter(0, 1, 0), letter(1, 0, 3)])));
    }

    #[test]
    fn projectors() {
        let algebra = Algebra::new([Device::Measurement { outcomes: 3 }; 2]);
        assert_eq!(algebra.adjoint_times(&[letter(0, 0, 0)], &[letter(0, 0, 1)]), None);
        assert_eq!(
            algebra.adjoint_times(&[letter(0, 0, 1)], &[letter(0, 0, 1)]),
            Some((0, vec![letter(0, 0, 1)]))
        );
        assert_eq!(algebra.projector(1, 4, 2).len(), 3);
        assert_eq!(algebra.projector(1, 4, 1), [(0, RBig::ONE, vec![letter(1, 4, 1)])]);
        let two = Algebra::new([Device::Measurement { outcomes: 2 }; 2]);
        assert_eq!(two.projector(0, 0, 1)[1].1, RBig::from_parts((-1).into(), 2_u8.into()));
    }

    /// The projectors of characters multiply as projectors do, which needs every rule of theirs: with numbers for the phases.
    #[test]
    fn projectors_of_characters_are_projectors() {
        for outcomes in [3, 4, 5, 6, 8] {
            let device = Device::Measurement { outcomes }.in_unitaries();
            // A partner with phases of its own.
            let algebra = Algebra::new([device, Device::of_dimension(4)]);
            let root = |k: u32| {
                let angle = std::f64::consts::TAU * f64::from(k) / f64::from(algebra.order());
                (angle.cos(), angle.sin())
            };
            let sum = |terms: Vec<(u32, f64, Word)>| {
                let mut sums = std::collections::BTreeMap::<Word, (f64, f64)>::new();
                for (k, weight, word) in terms {
                    let (re, im) = root(k);
                    let sum = sums.entry(word).or_default();
                    *sum = (sum.0 + weight * re, sum.1 + weight * im);
                }
                sums.retain(|_, (re, im)| re.hypot(*im) > 1e-12);
                sums
            };
            let projector = |a| {
                let terms = algebra.projector(0, 1, a).into_iter();
                terms.map(|(k, weight, word)| (k, weight.to_f64().value(), word)).collect::<Vec<_>>()
            };
            for (a, b) in (0..outcomes).flat_map(|a| (0..outcomes).map(move |b| (a, b))) {
                let mut product = Vec::new();
                for (k, p, left) in projector(a) {
                    for (l, q, right) in projector(b) {
                        let (phase, word) = algebra.adjoint_times(&left, &right).unwrap();
                        product.push((phase + l + algebra.order() - k, p * q, word));
                    }
                }
                let expected = if a == b { sum(projector(a)) } else { Default::default() };
                let product = sum(product);
                assert_eq!(product.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
                for (word, (re, im)) in &product {
                    assert!(
                        (re - expected[word].0).hypot(im - expected[word].1) < 1e-12,
                        "{outcomes}: {a}, {b}"
                    );
                }
            }
            let all = sum((0..outcomes).flat_map(projector).collect());
            assert_eq!(all.keys().collect::<Vec<_>>(), [&Word::new()]);
        }
    }
}
