//! Unitary operator bases of M_d whose products are again basis elements up to a phase.
//!
//! For d = 2^k the Pauli strings (Hermitian, phases i^m); for every other d the Heisenberg–Weyl
//! operators X^pZ^q with ZX = ωXZ, ω = e^{2πi/d}. Element 0 is the identity in both. Those that are diagonal span the
//! diagonal matrices: a classical output of d values.

use super::Phase;
use crate::num::{Matrix, Number};

/// An orthogonal basis of M_d, or of its diagonal, of unitaries that are closed under products up to a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitaryBasis {
    /// Strings of I, X, Y, Z on this many qubits. The index holds two bits a qubit, first qubit
    /// most significant: 0 = I, 1 = X, 2 = Y, 3 = Z. Phases are powers of i.
    Pauli {
        /// Number of qubits k, d = 2^k.
        qubits: u32,
    },
    /// X^pZ^q with index p·d + q. Phases are powers of e^{2πi/d}, or of e^{πi/d} for even d, so
    /// that the phase between an element and its adjoint always has a square root.
    HeisenbergWeyl {
        /// The dimension d.
        dimension: usize,
    },
    /// The diagonal ones among these, whose entries are the [characters](character) of a group. Without phases.
    Diagonal {
        /// The dimension d.
        dimension: usize,
    },
}

/// The product of two Pauli matrices 0…3 = I, X, Y, Z: (power of i, index).
const PAULI_PRODUCTS: [[(Phase, usize); 4]; 4] = [
    [(0, 0), (0, 1), (0, 2), (0, 3)],
    [(0, 1), (0, 0), (1, 3), (3, 2)],
    [(0, 2), (3, 3), (0, 0), (1, 1)],
    [(0, 3), (1, 2), (3, 1), (0, 0)],
];

/// χ_g(j), a character of ℤ_n, or of ℤ₂ᵏ for n = 2ᵏ: there more permutations of the j permute the characters up to
/// phases, for four outcomes all of them.
pub fn character(n: usize, g: usize, j: usize) -> Number {
    if n.is_power_of_two() {
        return Number::from_integer(if (g & j).count_ones().is_multiple_of(2) { 1 } else { -1 });
    }
    Number::root_of_unity((g * j % n) as i64, n as u64)
}

impl UnitaryBasis {
    /// The basis used for dimension d ≥ 1.
    pub fn of_dimension(dimension: usize) -> Self {
        if dimension.is_power_of_two() {
            Self::Pauli { qubits: dimension.trailing_zeros() }
        } else {
            Self::HeisenbergWeyl { dimension }
        }
    }

    /// d.
    pub fn dimension(&self) -> usize {
        match self {
            Self::Pauli { qubits } => 1 << qubits,
            Self::HeisenbergWeyl { dimension } | Self::Diagonal { dimension } => *dimension,
        }
    }

    /// The number of elements: d², or d of a diagonal.
    pub fn len(&self) -> usize {
        match self {
            Self::Diagonal { dimension } => *dimension,
            _ => self.dimension() * self.dimension(),
        }
    }

    /// Never: there is always the identity.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The order of the phases of products.
    pub fn phase_order(&self) -> Phase {
        match self {
            Self::Pauli { .. } => 4,
            Self::Diagonal { .. } => 1,
            Self::HeisenbergWeyl { dimension } if dimension % 2 == 1 => *dimension as Phase,
            Self::HeisenbergWeyl { dimension } => 2 * *dimension as Phase,
        }
    }

    /// U_g U_h = ω^phase U_k as (phase, k).
    pub fn multiply(&self, g: usize, h: usize) -> (Phase, usize) {
        match self {
            Self::Pauli { qubits } => {
                let (mut phase, mut index) = (0, 0);
                for shift in (0..*qubits).map(|qubit| 2 * qubit) {
                    let (p, k) = PAULI_PRODUCTS[(g >> shift) & 3][(h >> shift) & 3];
                    phase += p;
                    index |= k << shift;
                }
                (phase % 4, index)
            }
            // X^pZ^q X^rZ^s = ω^{qr} X^{p+r}Z^{q+s}.
            Self::HeisenbergWeyl { dimension: d } => {
                let (p, q, r, s) = (g / d, g % d, h / d, h % d);
                (self.root(q * r), (p + r) % d * d + (q + s) % d)
            }
            Self::Diagonal { dimension } if dimension.is_power_of_two() => (0, g ^ h),
            Self::Diagonal { dimension } => (0, (g + h) % dimension),
        }
    }

    /// U_g† = ω^phase U_k as (phase, k).
    pub fn adjoint(&self, g: usize) -> (Phase, usize) {
        match self {
            Self::Pauli { .. } => (0, g),
            // (X^pZ^q)† = Z^{−q}X^{−p} = ω^{pq} X^{−p}Z^{−q}.
            Self::HeisenbergWeyl { dimension: d } => {
                let (p, q) = (g / d, g % d);
                (self.root(p * q), (d - p) % d * d + (d - q) % d)
            }
            Self::Diagonal { dimension } if dimension.is_power_of_two() => (0, g),
            Self::Diagonal { dimension } => (0, (dimension - g) % dimension),
        }
    }

    /// The matrix of an element: one non-zero entry per column. Column j has entry
    /// `(row, value)`.
    fn column(&self, g: usize, j: usize) -> (usize, Number) {
        match self {
            Self::Pauli { qubits } => {
                let (mut row, mut power) = (j, 0);
                for qubit in 0..*qubits {
                    let bit = (j >> qubit) & 1;
                    // X|j⟩ = |1−j⟩, Y|0⟩ = i|1⟩, Y|1⟩ = −i|0⟩, Z|j⟩ = (−1)^j|j⟩.
                    let (flip, phase) = match (g >> (2 * qubit)) & 3 {
                        0 => (0, 0),
                        1 => (1, 0),
                        2 => (1, if bit == 0 { 1 } else { 3 }),
                        _ => (0, 2 * bit as i64),
                    };
                    row ^= flip << qubit;
                    power += phase;
                }
                (row, Number::root_of_unity(power, 4))
            }
            Self::HeisenbergWeyl { dimension: d } => {
                let (p, q) = (g / d, g % d);
                ((j + p) % d, Number::root_of_unity((q * j) as i64, *d as u64))
            }
            Self::Diagonal { dimension } => (j, character(*dimension, g, j)),
        }
    }

    /// The d×d matrix of an element.
    pub fn matrix(&self, g: usize) -> Matrix {
        let d = self.dimension();
        let columns: Vec<(usize, Number)> = (0..d).map(|j| self.column(g, j)).collect();
        Matrix::from_fn(d, d, |i, j| match &columns[j] {
            (row, value) if *row == i => value.clone(),
            _ => Number::zero(),
        })
    }

    /// The coefficients f_g = tr(U_g† F)/d with F = Σ_g f_g U_g.
    pub fn coefficients(&self, operator: &Matrix) -> Vec<Number> {
        let d = self.dimension();
        let scale = Number::ratio(1, d as u64);
        (0..self.len())
            .map(|g| {
                let mut sum = Number::zero();
                for j in 0..d {
                    let (row, value) = self.column(g, j);
                    sum = &sum + &(&value.conj() * operator.get(row, j));
                }
                &sum * &scale
            })
            .collect()
    }

    /// How an element is written: `X`, `XZ` for two qubits, `X^2Z` in Heisenberg–Weyl bases.
    pub fn name(&self, g: usize) -> String {
        let power = |letter: &str, exponent: usize| match exponent {
            0 => String::new(),
            1 => letter.to_owned(),
            _ => format!("{letter}^{exponent}"),
        };
        let product = |p: usize, q: usize| match power("X", p) + &power("Z", q) {
            name if name.is_empty() => "I".to_owned(),
            name => name,
        };
        match self {
            Self::Pauli { qubits } => {
                let letters = (0..*qubits).rev().map(|qubit| match (g >> (2 * qubit)) & 3 {
                    0 => 'I',
                    1 => 'X',
                    2 => 'Y',
                    _ => 'Z',
                });
                letters.collect()
            }
            Self::HeisenbergWeyl { dimension: d } => product(g / d, g % d),
            Self::Diagonal { dimension } if dimension.is_power_of_two() => {
                let bits = (0..dimension.trailing_zeros()).rev();
                bits.map(|qubit| if (g >> qubit) & 1 == 1 { 'Z' } else { 'I' }).collect()
            }
            Self::Diagonal { .. } => product(0, g),
        }
    }

    /// ω^k, ω = e^{2πi/d}, as an exponent of this basis's phase group.
    fn root(&self, k: usize) -> Phase {
        let d = self.dimension();
        let steps = usize::from(self.phase_order()) / d;
        (k % d * steps) as Phase
    }
}
