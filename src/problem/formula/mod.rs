//! Operator-valued formulas: `1/4*(I + (-1)^(a + delta(x,2)*delta(y,1))*pauli(x))`.
//!
//! A formula is a scalar or a matrix, as a function of named scalars (the labels a, x, y, declared parameters).
//! Constants are rational and stay exact, and so do square roots, phases and cosines where they are
//! [surds](crate::num::Surd).
//!
//! | written | meaning |
//! |---|---|
//! | `2`, `0.25`, `1.5e-3`, `2i`, `0.5i` | numbers; decimals are exact, a digit followed by `i` is imaginary |
//! | `pi`, `i` | π and the imaginary unit |
//! | `a`, `x`, `visibility` | variables |
//! | `A + B`, `A - B`, `A*B`, `A/c`, `-A` | scalar with scalar, matrix with matrix, matrix times or over scalar |
//! | `b^c` | power: binds tighter than a sign on its left (`-x^2` = −(x²)), groups to the right, takes a sign in the exponent (`2^-1`); matrices have integer powers ≥ 0 |
//! | `sqrt(x)` `exp(x)` `cos(x)` `sin(x)` | of scalars |
//! | `delta(m,n)` | 1 where the scalars are equal, 0 elsewhere |
//! | `mod(m,n)` | the remainder of integers, 0 … n−1, n > 0 |
//! | `I` | the identity |
//! | `X` `Y` `Z`, `pauli(k)` | 2×2 Pauli operators; `pauli(0)` is the identity |
//! | `ket(k)`, `proj(k)` | the column \|k⟩ and \|k⟩⟨k\|, k = 0 … d−1 |
//! | `hw(p,q)` | X^p Z^q with X\|j⟩ = \|j+1⟩, Z\|j⟩ = ω^j\|j⟩, ω = e^{2πi/d} |
//! | `kron(A,B)` | the tensor product, of two or more factors |
//! | `dagger(A)` `transpose(A)` `conj(A)` | adjoint, transpose, complex conjugate |
//! | `eigproj(A,k)` | the projector on the eigenspace of the k-th distinct eigenvalue of a normal A, k = 0, 1, …: in decreasing order if A is Hermitian, by argument in [0, 2π) otherwise; `eigproj(X,0)` is (1+X)/2 |
//! | `depolarise(A,p)` | (1−p)·A + p·tr(A)·1/d, 0 ≤ p ≤ 1 |
//! | `dephase(A,p)` | (1−p)·A + p·diag(A), in the computational basis; in the basis of a unitary U's columns `U*dephase(dagger(U)*A*U,p)*dagger(U)` |
//! | `damp(A,g)` | amplitude damping of a qubit, 0 ≤ g ≤ 1: Kraus operators \|0⟩⟨0\| + √(1−g)\|1⟩⟨1\| and √g\|0⟩⟨1\| |
//!
//! A 1×1 matrix is a scalar: `dagger(ket(0))*ket(1)` is 0. `I`, `ket`, `proj` and `hw` take the dimension expected
//! where they stand: that of Bob's system, or inside `kron` their share of it (`kron(X,I)` in dimension 4 has a 2×2
//! identity). Spaces are insignificant. The grammar itself is in `parse.rs`.

mod ast;
mod builtin;
mod dimension;
mod error;
mod eval;
mod lex;
mod operators;
mod parse;
mod spectral;

use std::collections::BTreeMap;
use std::ops::Range;

use thiserror::Error;

use crate::num::{Matrix, Number};

pub use error::FormulaError;
pub(super) use error::nearest;

/// A formula that has been read; evaluate it as often as there are labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    root: ast::Node,
}

/// What a formula is evaluated with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The dimension d of the operators that are expected: that of Bob's system.
    pub dimension: usize,
    /// The values of the variables. A built-in name ([`is_reserved`]) is never looked up here.
    pub variables: &'a BTreeMap<String, Number>,
}

/// The value of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; 1×1 matrices are numbers too.
    Scalar(Number),
    /// A matrix, not necessarily square, of at most 64×64 entries.
    Matrix(Matrix),
}

/// A value that is not an operator of the dimension it should have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct NotAnOperator {
    /// What the formula gives, and what was expected.
    pub message: String,
    /// What would be right, where that is known.
    pub help: Option<String>,
}

impl Formula {
    /// Reads a formula of at most 64 KiB.
    ///
    /// # Errors
    /// What was found, what was expected there, and where. Names are not checked but against the functions; see
    /// [`Formula::names`].
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        let root = parse::parse(text)?;
        Ok(Formula { text: text.to_owned(), root })
    }

    /// The text that was read.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// The variables, with the bytes where they stand: each occurrence, from left to right.
    pub fn names(&self) -> Vec<(String, Range<usize>)> {
        let mut names = Vec::new();
        self.root.visit_variables(&mut |name, span| names.push((name.to_owned(), span.clone())));
        names
    }

    /// The value for these values of the variables. Every part of it is finite.
    ///
    /// # Errors
    /// An unknown variable, operands that do not fit, a division by zero, an overflow, or a formula that would take
    /// too long.
    pub fn evaluate(&self, context: &Context<'_>) -> Result<Value, FormulaError> {
        self.evaluate_counting(context).0
    }

    /// The value, and about how many operations on machine words it took.
    pub(super) fn evaluate_counting(&self, context: &Context<'_>) -> (Result<Value, FormulaError>, u64) {
        eval::evaluate(&self.text, &self.root, context)
    }
}

/// Is this the name of a built-in constant, operator or function, which no variable can have?
pub fn is_reserved(name: &str) -> bool {
    builtin::lookup(name).is_some()
}

impl Value {
    /// The value as an operator of dimension d. A scalar is one for d = 1.
    ///
    /// # Errors
    /// [`NotAnOperator`] for a scalar (if d > 1) and for a matrix of another shape.
    pub fn into_operator(self, d: usize) -> Result<Matrix, NotAnOperator> {
        match self {
            Value::Matrix(matrix) if matrix.shape() == (d, d) => Ok(matrix),
            Value::Scalar(number) if d == 1 => Ok(Matrix::from_fn(1, 1, |_, _| number.clone())),
            Value::Matrix(matrix) => {
                let (rows, cols) = matrix.shape();
                let help = match (rows, cols) {
                    (2, 2) => "X, Y, Z and pauli(k) are 2×2; combine them with kron",
                    (_, 1) => "write proj(k) for |k⟩⟨k|, and ket(j)*dagger(ket(k)) for |j⟩⟨k|",
                    _ => "kron multiplies the sizes of its factors",
                };
                Err(NotAnOperator {
                    message: format!(
                        "the formula gives a {rows}×{cols} matrix; a {d}×{d} matrix is expected"
                    ),
                    help: Some(help.to_owned()),
                })
            }
            Value::Scalar(number) => Err(NotAnOperator {
                message: format!("the formula gives the scalar {number}; a {d}×{d} matrix is expected"),
                help: Some("multiply by I for a multiple of the identity".to_owned()),
            }),
        }
    }

    /// Applies `change` to the scalar, or to every entry.
    fn map(&self, change: impl Fn(&Number) -> Number) -> Self {
        match self {
            Value::Scalar(number) => Value::Scalar(change(number)),
            Value::Matrix(matrix) => Value::Matrix(matrix.map(change)),
        }
    }
}

#[cfg(test)]
mod tests;
