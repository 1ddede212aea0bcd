//! Exact real numbers built from rationals and square roots.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use dashu_base::{BitTest, Inverse, Sign, Signed, SquareRoot};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::display::write_surd;
use super::radical::{coprime_base, extract_square, multiply_radicals};

/// An exact real number Σ_d q_d √d with distinct squarefree integers d ≥ 1 and non-zero rationals q_d.
///
/// The form is unique, so `==` is equality of the numbers; `Ord` compares values. Sums, differences and products
/// always exist and never round; [`Surd::inverse`] and [`Surd::sqrt`] say when they give up.
#[derive(Clone, PartialEq, Eq)]
pub struct Surd {
    /// Sorted by radicand, no zero coefficient.
    terms: Vec<Term>,
}

#[derive(Clone, PartialEq, Eq)]
struct Term {
    radicand: UBig,
    coefficient: RBig,
}

/// [`Surd::inverse`] gives up beyond this many independent radicals (a field of degree 2⁶ over ℚ).
const MAX_RADICALS: usize = 6;

/// [`Surd::inverse`] gives up when the size in words times the field degree exceeds this.
const MAX_INVERSE_WORK: usize = 1024;

impl Surd {
    /// 0.
    pub fn zero() -> Self {
        Surd { terms: Vec::new() }
    }

    /// 1.
    pub fn one() -> Self {
        Self::from_integer(1)
    }

    /// An integer.
    pub fn from_integer(value: i64) -> Self {
        Self::from_rational(RBig::from(value))
    }

    /// A rational number.
    pub fn from_rational(value: RBig) -> Self {
        Self::single(UBig::ONE, value)
    }

    /// The dyadic rational that a float stands for; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        RBig::try_from(value).ok().map(Self::from_rational)
    }

    /// The non-negative square root of a rational number.
    ///
    /// `None` if the number is negative, or if the squarefree part of numerator times denominator is not found by
    /// bounded trial division or does not fit 64 bits. Whenever both are below 2⁴² and their product's squarefree
    /// part fits, it is found.
    pub fn sqrt_of_rational(value: &RBig) -> Option<Self> {
        if value.is_negative() {
            return None;
        }
        if value.is_zero() {
            return Some(Self::zero());
        }
        // √(p/q) = s_p √f_p / (s_q √f_q) = s_p/(s_q f_q) · √(f_p f_q); p and q are coprime, so f_p f_q is squarefree.
        let magnitude = UBig::try_from(value.numerator().clone()).ok()?;
        let (outside_top, top) = extract_square(&magnitude)?;
        let (outside_bottom, bottom) = extract_square(value.denominator())?;
        let radicand = top.checked_mul(bottom)?;
        let coefficient = RBig::from_parts(outside_top.into(), outside_bottom * bottom);
        Some(Self::single(radicand.into(), coefficient))
    }

    fn single(radicand: UBig, coefficient: RBig) -> Self {
        if coefficient.is_zero() {
            return Self::zero();
        }
        Surd { terms: vec![Term { radicand, coefficient }] }
    }

    /// The terms (d, q_d) in increasing order of the squarefree radicand d; d = 1 is the rational part.
    ///
    /// Radicands are arbitrary integers, not `u64`: a product of square roots may need a longer one.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&UBig, &RBig)> {
        self.terms.iter().map(|term| (&term.radicand, &term.coefficient))
    }

    /// Is this exactly zero?
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Is this exactly one?
    pub fn is_one(&self) -> bool {
        matches!(&self.terms[..], [term] if term.radicand.is_one() && term.coefficient.is_one())
    }

    /// Is this a rational number?
    pub fn is_rational(&self) -> bool {
        self.terms.iter().all(|term| term.radicand.is_one())
    }

    /// The value as a rational number, if it is one.
    pub fn to_rational(&self) -> Option<RBig> {
        match &self.terms[..] {
            [] => Some(RBig::ZERO),
            [term] if term.radicand.is_one() => Some(term.coefficient.clone()),
            _ => None,
        }
    }

    /// The product with a rational number.
    pub fn scale(&self, factor: &RBig) -> Self {
        if factor.is_zero() {
            return Self::zero();
        }
        let scaled =
            |term: &Term| Term { radicand: term.radicand.clone(), coefficient: &term.coefficient * factor };
        Surd { terms: self.terms.iter().map(scaled).collect() }
    }

    /// 1/self; `None` for zero, or beyond six independent radicals, or when the coefficients are so long that the
    /// exact inverse would be unwieldy.
    ///
    /// Multiplies by conjugates: for each radical b in turn, s·s̄ with √b → −√b no longer contains √b, and what is left
    /// at the end is the (rational) norm.
    pub fn inverse(&self) -> Option<Self> {
        if let Some(value) = self.to_rational() {
            return (!value.is_zero()).then(|| Self::from_rational(value.inv()));
        }
        let base = coprime_base(self.terms.iter().map(|term| &term.radicand).filter(|d| !d.is_one()));
        if base.len() > MAX_RADICALS || self.words() << base.len() > MAX_INVERSE_WORK {
            return None;
        }
        let mut numerator = Self::one();
        let mut norm = self.clone();
        for radical in &base {
            let conjugate = norm.conjugate(radical);
            if conjugate == norm {
                continue;
            }
            numerator = &numerator * &conjugate;
            norm = &norm * &conjugate;
        }
        let norm = norm.to_rational()?;
        (!norm.is_zero()).then(|| numerator.scale(&norm.inv()))
    }

    /// The field automorphism √b → −√b, for b in a coprime base of the radicands.
    fn conjugate(&self, radical: &UBig) -> Self {
        let mut terms = self.terms.clone();
        for term in &mut terms {
            if (&term.radicand % radical).is_zero() {
                term.coefficient = -&term.coefficient;
            }
        }
        Surd { terms }
    }

    /// The non-negative square root, if it is a surd that is cheap to find.
    ///
    /// Rationals go to [`Surd::sqrt_of_rational`]; a + b√d is denested when a² − b²d is the square of a rational s, by
    /// √(a + b√d) = √((a+s)/2) ± √((a−s)/2) with the sign of b. `None` otherwise, and for negative numbers.
    pub fn sqrt(&self) -> Option<Self> {
        if let Some(value) = self.to_rational() {
            return Self::sqrt_of_rational(&value);
        }
        let [rational, irrational] = &self.terms[..] else { return None };
        let (a, b) = (&rational.coefficient, &irrational.coefficient);
        if !rational.radicand.is_one() || a.is_negative() {
            return None;
        }
        let discriminant = a.sqr() - b.sqr() * &irrational.radicand;
        let s = Self::sqrt_of_rational(&discriminant)?.to_rational()?;
        let half = RBig::from_parts(IBig::ONE, UBig::from(2u8));
        let larger = Self::sqrt_of_rational(&((a + &s) * &half))?;
        let smaller = Self::sqrt_of_rational(&((a - &s) * &half))?;
        Some(if b.is_negative() { &larger - &smaller } else { &larger + &smaller })
    }

    /// The exact sign: −1, 0 or 1.
    ///
    /// Zero is read off the normal form; otherwise enclosures are refined until they exclude zero.
    pub fn signum(&self) -> i8 {
        let Some(first) = self.terms.first() else { return 0 };
        let negative = first.coefficient.is_negative();
        if self.terms.iter().all(|term| term.coefficient.is_negative() == negative) {
            return if negative { -1 } else { 1 };
        }
        let mut bits = 64;
        loop {
            let (low, high) = self.enclosure(bits);
            if low.is_positive() {
                return 1;
            }
            if high.is_negative() {
                return -1;
            }
            bits *= 2;
        }
    }

    /// Rational bounds low ≤ self ≤ high with high − low ≤ 2^−bits (an absolute width); equal for a rational number.
    pub fn enclosure(&self, bits: usize) -> (RBig, RBig) {
        let irrational = self.terms.iter().filter(|term| !term.radicand.is_one()).count();
        // Each of the irrational terms may use 1/2^shared of the width.
        let shared = irrational.next_power_of_two().trailing_zeros() as usize;
        let mut low = RBig::ZERO;
        let mut high = RBig::ZERO;
        for term in &self.terms {
            let (below, above) = term.enclosure(bits + shared);
            low += below;
            high += above;
        }
        (low, high)
    }

    /// The nearest `f64`, ties to even: correctly rounded whatever cancels. Infinite beyond the range of `f64`.
    pub fn to_f64(&self) -> f64 {
        if let Some(value) = self.to_rational() {
            return rational_to_f64(&value);
        }
        // An irrational number is no midpoint between floats, so both ends round to the same float in the end.
        let mut bits = 80;
        loop {
            let (low, high) = self.enclosure(bits);
            let (low, high) = (rational_to_f64(&low), rational_to_f64(&high));
            if low == high {
                return low;
            }
            bits *= 2;
        }
    }

    /// The absolute value.
    pub fn abs(&self) -> Self {
        if self.signum() < 0 { -self } else { self.clone() }
    }

    /// The length of the coefficients in 64-bit words, and of the longest one alone in bits.
    pub(super) fn size(&self) -> (usize, usize) {
        let mut words = 0;
        let mut longest = 0;
        for term in &self.terms {
            let bits = term.coefficient.numerator().bit_len().max(term.coefficient.denominator().bit_len());
            let bits = bits.max(term.radicand.bit_len());
            words += bits.div_ceil(64);
            longest = longest.max(bits);
        }
        (words, longest)
    }

    fn words(&self) -> usize {
        self.size().0
    }
}

impl Term {
    /// Bounds on q√d of width ≤ 2^−bits: q√d = ±√(p²d)/r for q = ±p/r, and ⌊√(p²d·4^k)⌋ is the root to k bits.
    fn enclosure(&self, bits: usize) -> (RBig, RBig) {
        if self.radicand.is_one() {
            return (self.coefficient.clone(), self.coefficient.clone());
        }
        let (sign, magnitude) = self.coefficient.numerator().clone().into_parts();
        let denominator = self.coefficient.denominator();
        let shift = (bits + 1).saturating_sub(denominator.bit_len());
        let root = ((magnitude.sqr() * &self.radicand) << (2 * shift)).sqrt();
        let scale = denominator << shift;
        let low = RBig::from_parts(root.clone().into(), scale.clone());
        let high = RBig::from_parts((root + UBig::ONE).into(), scale);
        match sign {
            Sign::Positive => (low, high),
            Sign::Negative => (-high, -low),
        }
    }
}

/// The nearest float to a rational number, ties to even.
pub(super) fn rational_to_f64(value: &RBig) -> f64 {
    const EXACT_BITS: usize = 53;
    let (numerator, denominator) = (value.numerator(), value.denominator());
    if numerator.bit_len() <= EXACT_BITS && denominator.bit_len() <= EXACT_BITS {
        // Both convert without rounding, and one IEEE division rounds correctly.
        if let (Ok(top), Ok(bottom)) = (i64::try_from(numerator), u64::try_from(denominator)) {
            return top as f64 / bottom as f64;
        }
    }
    value.to_f64().value()
}

impl Add for &Surd {
    type Output = Surd;
    fn add(self, other: &Surd) -> Surd {
        combine(self, other, RBig::clone, |a, b| a + b)
    }
}

impl Sub for &Surd {
    type Output = Surd;
    fn sub(self, other: &Surd) -> Surd {
        combine(self, other, |b| -b, |a, b| a - b)
    }
}

/// Merges two sorted lists of terms.
fn combine(
    left: &Surd,
    right: &Surd,
    alone: impl Fn(&RBig) -> RBig,
    both: impl Fn(&RBig, &RBig) -> RBig,
) -> Surd {
    let mut terms = Vec::with_capacity(left.terms.len() + right.terms.len());
    let mut left_terms = left.terms.iter().peekable();
    let mut right_terms = right.terms.iter().peekable();
    loop {
        let order = match (left_terms.peek(), right_terms.peek()) {
            (Some(a), Some(b)) => a.radicand.cmp(&b.radicand),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return Surd { terms },
        };
        let a = if order.is_le() { left_terms.next() } else { None };
        let b = if order.is_ge() { right_terms.next() } else { None };
        match (a, b) {
            (Some(a), Some(b)) => {
                let coefficient = both(&a.coefficient, &b.coefficient);
                if !coefficient.is_zero() {
                    terms.push(Term { radicand: a.radicand.clone(), coefficient });
                }
            }
            (Some(a), None) => terms.push(a.clone()),
            (None, Some(b)) => {
                terms.push(Term { radicand: b.radicand.clone(), coefficient: alone(&b.coefficient) });
            }
            (None, None) => return Surd { terms },
        }
    }
}

impl Mul for &Surd {
    type Output = Surd;
    fn mul(self, other: &Surd) -> Surd {
        let mut terms = Vec::with_capacity(self.terms.len() * other.terms.len());
        for a in &self.terms {
            for b in &other.terms {
                let (outside, radicand) = multiply_radicals(&a.radicand, &b.radicand);
                let mut coefficient = &a.coefficient * &b.coefficient;
                if !outside.is_one() {
                    coefficient = coefficient * outside;
                }
                terms.push(Term { radicand, coefficient });
            }
        }
        if terms.len() > 1 {
            terms = collect_terms(terms);
        }
        Surd { terms }
    }
}

/// Sorts terms and adds up those with the same radicand.
fn collect_terms(mut terms: Vec<Term>) -> Vec<Term> {
    terms.sort_by(|a, b| a.radicand.cmp(&b.radicand));
    let mut collected: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        match collected.last_mut() {
            Some(last) if last.radicand == term.radicand => last.coefficient += term.coefficient,
            _ => collected.push(term),
        }
    }
    collected.retain(|term| !term.coefficient.is_zero());
    collected
}

impl Neg for &Surd {
    type Output = Surd;
    fn neg(self) -> Surd {
        let negated = |term: &Term| Term { radicand: term.radicand.clone(), coefficient: -&term.coefficient };
        Surd { terms: self.terms.iter().map(negated).collect() }
    }
}

impl Ord for Surd {
    fn cmp(&self, other: &Self) -> Ordering {
        (self - other).signum().cmp(&0)
    }
}

impl PartialOrd for Surd {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Surd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_surd(out, self, "", true)
    }
}

impl fmt::Debug for Surd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Surd({self})")
    }
}
