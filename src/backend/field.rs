//! The scalars that the interior-point method is written over: f64 and double-double, real and complex.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use faer::traits::{ComplexField, RealField};
use faer::{cx128, fx128};
use num_complex::Complex64;

/// Plain arithmetic on copies.
pub trait Arithmetic:
    Copy
    + Debug
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + 'static
{
    /// Whether faer has kernels for it; those for double-double numbers panic (0.24). See [`super::dense`].
    const NATIVE: bool;
}

impl Arithmetic for f64 {
    const NATIVE: bool = true;
}
impl Arithmetic for Complex64 {
    const NATIVE: bool = true;
}
impl Arithmetic for fx128 {
    const NATIVE: bool = false;
}
impl Arithmetic for cx128 {
    const NATIVE: bool = false;
}

/// A real or complex scalar.
pub trait Field: ComplexField<Real: Real> + Arithmetic {
    /// The nearest scalar; a real field drops the imaginary part.
    fn of(value: Complex64) -> Self;
    /// The scalar in f64.
    fn to_complex(self) -> Complex64;
    /// A real number as a scalar.
    fn from_real(value: Self::Real) -> Self;
    /// The real part.
    fn re(self) -> Self::Real;
    /// The complex conjugate.
    fn conjugate(self) -> Self;
}

/// A real scalar.
pub trait Real: RealField + Arithmetic + PartialOrd + Div<Output = Self> {
    /// The spacing of numbers at one.
    const EPSILON: f64;

    /// From f64.
    fn real(value: f64) -> Self;
    /// To f64.
    fn to_f64(self) -> f64;
    /// Doubles whose sum it is.
    fn parts(self) -> [f64; 2];
}

impl Field for f64 {
    fn of(value: Complex64) -> Self {
        value.re
    }
    fn to_complex(self) -> Complex64 {
        self.into()
    }
    fn from_real(value: f64) -> Self {
        value
    }
    fn re(self) -> f64 {
        self
    }
    fn conjugate(self) -> Self {
        self
    }
}

impl Real for f64 {
    const EPSILON: f64 = f64::EPSILON;

    fn real(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn parts(self) -> [f64; 2] {
        [self, 0.0]
    }
}

impl Field for Complex64 {
    fn of(value: Complex64) -> Self {
        value
    }
    fn to_complex(self) -> Complex64 {
        self
    }
    fn from_real(value: f64) -> Self {
        value.into()
    }
    fn re(self) -> f64 {
        self.re
    }
    fn conjugate(self) -> Self {
        self.conj()
    }
}

impl Field for fx128 {
    fn of(value: Complex64) -> Self {
        fx128::from(value.re)
    }
    fn to_complex(self) -> Complex64 {
        self.to_f64().into()
    }
    fn from_real(value: fx128) -> Self {
        value
    }
    fn re(self) -> fx128 {
        self
    }
    fn conjugate(self) -> Self {
        self
    }
}

impl Real for fx128 {
    // Two numbers of 53 bits.
    const EPSILON: f64 = f64::EPSILON * f64::EPSILON;

    fn real(value: f64) -> Self {
        fx128::from(value)
    }
    fn to_f64(self) -> f64 {
        self.0 + self.1
    }
    fn parts(self) -> [f64; 2] {
        [self.0, self.1]
    }
}

impl Field for cx128 {
    fn of(value: Complex64) -> Self {
        cx128::new(value.re.into(), value.im.into())
    }
    fn to_complex(self) -> Complex64 {
        Complex64::new(self.re.to_f64(), self.im.to_f64())
    }
    fn from_real(value: fx128) -> Self {
        cx128::new(value, fx128::from(0.0))
    }
    fn re(self) -> fx128 {
        self.re
    }
    fn conjugate(self) -> Self {
        cx128::new(self.re, -self.im)
    }
}
