//! The named operators and vectors, as matrices.

use crate::num::{Matrix, Number};

/// The Pauli operators: 0 is the 2×2 identity, then X, Y, Z. `None` for another index.
pub(super) fn pauli(index: i64) -> Option<Matrix> {
    let entries: [[Number; 2]; 2] = match index {
        0 => return Some(Matrix::identity(2)),
        1 => [[Number::zero(), Number::one()], [Number::one(), Number::zero()]],
        2 => [[Number::zero(), -&Number::i()], [Number::i(), Number::zero()]],
        3 => [[Number::one(), Number::zero()], [Number::zero(), Number::from_integer(-1)]],
        _ => return None,
    };
    Some(Matrix::from_fn(2, 2, |i, j| entries[i][j].clone()))
}

/// The column |k⟩ in dimension d.
pub(super) fn ket(k: usize, d: usize) -> Matrix {
    Matrix::from_fn(d, 1, |i, _| if i == k { Number::one() } else { Number::zero() })
}

/// The projector |k⟩⟨k| in dimension d.
pub(super) fn proj(k: usize, d: usize) -> Matrix {
    Matrix::from_fn(d, d, |i, j| if i == k && j == k { Number::one() } else { Number::zero() })
}

/// The Heisenberg–Weyl operator X^p Z^q in dimension d ≥ 1: X|j⟩ = |j+1 mod d⟩, Z|j⟩ = ω^j|j⟩, ω = e^{2πi/d}
/// [Theory §2]. Column j is ω^{qj}|j+p mod d⟩.
pub(super) fn heisenberg_weyl(p: usize, q: usize, d: usize) -> Matrix {
    let phases: Vec<Number> = (0..d)
        .map(|j| {
            let power = i64::try_from(q * j % d).unwrap_or(0);
            Number::root_of_unity(power, d as u64)
        })
        .collect();
    Matrix::from_fn(d, d, |i, j| if i == (j + p) % d { phases[j].clone() } else { Number::zero() })
}
