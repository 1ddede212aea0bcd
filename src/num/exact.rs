//! Exact complex numbers.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use num_complex::Complex64;

use super::display::write_surd;
use super::surd::Surd;

/// An exact complex number re + i·im whose parts are [`Surd`]s. `==` is equality of the numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Exact {
    re: Surd,
    im: Surd,
}

/// The largest exponent that [`Exact::powi`] takes.
pub(super) const MAX_EXPONENT: u64 = 4096;

/// Beyond these sizes exact arithmetic costs more than it is worth, and [`Number`](super::Number) turns to floats.
const MAX_BITS: usize = 4096;
const MAX_TERMS: usize = 64;
const MAX_WORDS: usize = 1024;

impl Exact {
    /// re + i·im.
    pub fn new(re: Surd, im: Surd) -> Self {
        Exact { re, im }
    }

    /// 0.
    pub fn zero() -> Self {
        Self::from_real(Surd::zero())
    }

    /// 1.
    pub fn one() -> Self {
        Self::from_real(Surd::one())
    }

    /// The imaginary unit.
    pub fn i() -> Self {
        Self::new(Surd::zero(), Surd::one())
    }

    /// An integer.
    pub fn from_integer(value: i64) -> Self {
        Self::from_real(Surd::from_integer(value))
    }

    /// A rational number.
    pub fn from_rational(value: RBig) -> Self {
        Self::from_real(Surd::from_rational(value))
    }

    /// A real number.
    pub fn from_real(re: Surd) -> Self {
        Self::new(re, Surd::zero())
    }

    /// The real part.
    pub fn re(&self) -> &Surd {
        &self.re
    }

    /// The imaginary part.
    pub fn im(&self) -> &Surd {
        &self.im
    }

    /// Is the imaginary part exactly zero?
    pub fn is_real(&self) -> bool {
        self.im.is_zero()
    }

    /// Is this exactly zero?
    pub fn is_zero(&self) -> bool {
        self.re.is_zero() && self.im.is_zero()
    }

    /// Is this exactly one?
    pub fn is_one(&self) -> bool {
        self.re.is_one() && self.im.is_zero()
    }

    /// The value as a rational number, if it is one.
    pub fn to_rational(&self) -> Option<RBig> {
        if self.is_real() { self.re.to_rational() } else { None }
    }

    /// Both parts, each the nearest `f64`.
    pub fn to_complex(&self) -> Complex64 {
        Complex64::new(self.re.to_f64(), self.im.to_f64())
    }

    /// The complex conjugate.
    pub fn conj(&self) -> Self {
        Self::new(self.re.clone(), -&self.im)
    }

    /// |self|².
    pub fn norm_squared(&self) -> Surd {
        &(&self.re * &self.re) + &(&self.im * &self.im)
    }

    /// The product with a rational number.
    pub fn scale(&self, factor: &RBig) -> Self {
        Self::new(self.re.scale(factor), self.im.scale(factor))
    }

    /// 1/self; `None` for zero, and where [`Surd::inverse`] of the squared modulus gives up.
    pub fn inverse(&self) -> Option<Self> {
        if self.is_real() {
            return Some(Self::from_real(self.re.inverse()?));
        }
        let inverse = Self::from_real(self.norm_squared().inverse()?);
        Some(&self.conj() * &inverse)
    }

    /// self^exponent, with self⁰ = 1.
    ///
    /// `None` if |exponent| > 4096, for a negative power of zero, and when the result is too long to be kept exactly.
    pub fn powi(&self, exponent: i64) -> Option<Self> {
        let mut remaining = exponent.unsigned_abs();
        if remaining > MAX_EXPONENT {
            return None;
        }
        let mut square = if exponent < 0 { self.inverse()? } else { self.clone() };
        let mut power = Self::one();
        while remaining > 0 {
            if remaining & 1 == 1 {
                power = &power * &square;
            }
            remaining >>= 1;
            if remaining > 0 {
                square = &square * &square;
            }
            if !power.is_bounded() || !square.is_bounded() {
                return None;
            }
        }
        Some(power)
    }

    /// The principal square root (real part ≥ 0; on the negative axis, imaginary part > 0), where [`Surd::sqrt`]
    /// finds the real roots it takes: √z = √((|z|+re)/2) ± i√((|z|−re)/2).
    pub fn sqrt(&self) -> Option<Self> {
        if self.is_real() {
            let root = self.re.abs().sqrt()?;
            return Some(if self.re.signum() < 0 {
                Self::new(Surd::zero(), root)
            } else {
                Self::from_real(root)
            });
        }
        let half = RBig::from_parts(IBig::ONE, UBig::from(2u8));
        let modulus = self.norm_squared().sqrt()?;
        let re = (&modulus + &self.re).scale(&half).sqrt()?;
        let im = (&modulus - &self.re).scale(&half).sqrt()?;
        Some(Self::new(re, if self.im.signum() < 0 { -&im } else { im }))
    }

    /// The length of all coefficients in 64-bit words: what a product costs is about the product of these.
    pub(super) fn words(&self) -> usize {
        self.re.size().0 + self.im.size().0
    }

    /// A cheap sufficient condition for both parts to be within the range of `f64`: 64 terms of at most 2⁵⁰⁰·√2⁵⁰⁰.
    pub(super) fn is_surely_finite(&self) -> bool {
        const SAFE_BITS: usize = 500;
        self.is_bounded() && self.re.size().1.max(self.im.size().1) <= SAFE_BITS
    }

    /// Is the form short enough to go on with exactly?
    pub(super) fn is_bounded(&self) -> bool {
        let (re_words, re_bits) = self.re.size();
        let (im_words, im_bits) = self.im.size();
        let terms = self.re.terms().len() + self.im.terms().len();
        re_bits.max(im_bits) <= MAX_BITS && terms <= MAX_TERMS && re_words + im_words <= MAX_WORDS
    }
}

impl Add for &Exact {
    type Output = Exact;
    fn add(self, other: &Exact) -> Exact {
        Exact::new(&self.re + &other.re, &self.im + &other.im)
    }
}

impl Sub for &Exact {
    type Output = Exact;
    fn sub(self, other: &Exact) -> Exact {
        Exact::new(&self.re - &other.re, &self.im - &other.im)
    }
}

impl Mul for &Exact {
    type Output = Exact;
    fn mul(self, other: &Exact) -> Exact {
        let re = &self.re * &other.re;
        if self.is_real() && other.is_real() {
            return Exact::from_real(re);
        }
        Exact::new(&re - &(&self.im * &other.im), &(&self.re * &other.im) + &(&self.im * &other.re))
    }
}

impl Neg for &Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        Exact::new(-&self.re, -&self.im)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.im.is_zero() {
            return write_surd(out, &self.re, "", true);
        }
        let alone = self.re.is_zero();
        if !alone {
            write_surd(out, &self.re, "", true)?;
        }
        if self.im.terms().len() == 1 {
            return write_surd(out, &self.im, "i", alone);
        }
        let plus = if alone { "" } else { " + " };
        write!(out, "{plus}i({})", self.im)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Exact({self})")
    }
}
