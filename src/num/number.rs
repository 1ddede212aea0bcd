//! What a formula computes: exact as long as it can be, a float otherwise.

use std::f64::consts::PI;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use num_complex::Complex64;
use thiserror::Error;

use super::angle::{cis_pi, cos_pi, cos_pi_f64, sin_pi, sin_pi_f64};
use super::display::{write_complex, write_term};
use super::exact::Exact;
use super::surd::rational_to_f64;

/// A complex number, exact if everything it came from was.
///
/// Exact operands give exact results for `+ − ·`, division, integer powers, square roots that are surds, and for
/// cosines, sines and exponentials at the rational multiples of π where they are surds (multiples of π are remembered
/// as such for this). Anything else, and anything whose exact form grows beyond 4096 bits a coefficient or 64
/// radicals, is computed in double precision from there on.
///
/// `==` compares the form as well as the value: an exact ½ is not equal to a float 0.5. See
/// [`Number::has_same_value`].
#[derive(Clone, PartialEq)]
pub struct Number {
    form: Form,
}

#[derive(Clone, PartialEq)]
enum Form {
    Exact(Exact),
    /// A non-zero exact multiple of π.
    TimesPi(Exact),
    Approximate(Complex64),
}

/// Why an operation on [`Number`]s has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// A quotient by zero, or a negative power of zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A result beyond the range of `f64`.
    #[error("the result is beyond the range of double precision (about 1.8e308)")]
    Overflow,
    /// A power of zero with a complex exponent.
    #[error("zero to a power whose real part is not positive is undefined")]
    UndefinedPower,
    /// Text that is no decimal number, or one with more than 1000 digits or an exponent beyond ±999.
    #[error("not a decimal number of at most 1000 digits with an exponent of at most ±999")]
    NotADecimal,
}

/// Bounds on decimal literals, so that their exact form stays small.
const MAX_DIGITS: usize = 1000;
const MAX_DECIMAL_EXPONENT: i64 = 999;

impl Number {
    /// 0.
    pub fn zero() -> Self {
        Self::from_exact(Exact::zero())
    }

    /// 1.
    pub fn one() -> Self {
        Self::from_exact(Exact::one())
    }

    /// The imaginary unit.
    pub fn i() -> Self {
        Self::from_exact(Exact::i())
    }

    /// π. It has no exact form, but `cos(π/4)` does.
    pub fn pi() -> Self {
        Number { form: Form::TimesPi(Exact::one()) }
    }

    /// An integer.
    pub fn from_integer(value: i64) -> Self {
        Self::from_exact(Exact::from_integer(value))
    }

    /// A rational number.
    pub fn from_rational(value: RBig) -> Self {
        Self::from_exact(Exact::from_rational(value))
    }

    /// An exact number; turned into a float if its form is too long to go on with.
    pub fn from_exact(value: Exact) -> Self {
        if value.is_bounded() {
            Number { form: Form::Exact(value) }
        } else {
            Self::from_approx(value.to_complex())
        }
    }

    /// A float, without an exact form.
    pub fn from_approx(value: Complex64) -> Self {
        // A negative zero would put numbers on the wrong side of the branch cut of √.
        let positive_zero = |part: f64| if part == 0.0 { 0.0 } else { part };
        let value = Complex64::new(positive_zero(value.re), positive_zero(value.im));
        Number { form: Form::Approximate(value) }
    }

    /// The exact value of a decimal such as `3`, `0.25`, `.5` or `1.5e-3` (no sign).
    ///
    /// # Errors
    /// [`NumberError::NotADecimal`] for other text, more than 1000 digits, or an exponent beyond ±999.
    pub fn from_decimal(text: &str) -> Result<Self, NumberError> {
        parse_decimal(text).map(Self::from_rational).ok_or(NumberError::NotADecimal)
    }

    /// The exact value, if it is known. (Multiples of π have none.)
    pub fn exact(&self) -> Option<&Exact> {
        match &self.form {
            Form::Exact(value) => Some(value),
            Form::TimesPi(_) | Form::Approximate(_) => None,
        }
    }

    /// The value in double precision; each part of an exact number is rounded to the nearest float.
    pub fn approx(&self) -> Complex64 {
        match &self.form {
            Form::Exact(value) => value.to_complex(),
            Form::TimesPi(factor) => {
                let factor = factor.to_complex();
                Complex64::new(PI * factor.re, PI * factor.im)
            }
            Form::Approximate(value) => *value,
        }
    }

    /// The real part in double precision.
    pub fn re(&self) -> f64 {
        match &self.form {
            Form::Exact(value) => value.re().to_f64(),
            _ => self.approx().re,
        }
    }

    /// Whether [`Number::approx`] is known to be exact.
    pub fn is_double(&self) -> bool {
        self.exact().is_some() && Self::dyadic(self.approx()).as_ref() == Some(self)
    }

    /// The value as a rational number, if it is known to be one.
    pub fn to_rational(&self) -> Option<RBig> {
        self.exact().and_then(Exact::to_rational)
    }

    /// The value as an integer, if it is known to be one and fits.
    pub fn to_integer(&self) -> Option<i64> {
        self.to_big_integer().and_then(|value| i64::try_from(value).ok())
    }

    /// The value as an integer of any size, if it is known to be one.
    pub fn to_big_integer(&self) -> Option<IBig> {
        self.to_rational().filter(RBig::is_int).map(|value| value.numerator().clone())
    }

    /// Is the value known to be exactly zero?
    pub fn is_exactly_zero(&self) -> bool {
        self.exact().is_some_and(Exact::is_zero)
    }

    /// Is the double-precision value finite?
    pub fn is_finite(&self) -> bool {
        match &self.form {
            Form::Approximate(value) => value.is_finite(),
            Form::Exact(value) | Form::TimesPi(value) => {
                value.is_surely_finite() || self.approx().is_finite()
            }
        }
    }

    /// Has float arithmetic left the range of `f64`? Cheaper than [`Number::is_finite`], and false for exact numbers.
    pub(crate) fn has_overflowed(&self) -> bool {
        matches!(&self.form, Form::Approximate(value) if !value.is_finite())
    }

    /// Equality of values: exact for exact numbers and multiples of π, and of the floats otherwise.
    pub fn has_same_value(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            (Form::Approximate(_), _) | (_, Form::Approximate(_)) => self.approx() == other.approx(),
            // π is transcendental, so a non-zero multiple of it is no surd.
            (left, right) => left == right,
        }
    }

    /// The complex conjugate.
    pub fn conj(&self) -> Self {
        let form = match &self.form {
            Form::Exact(value) => Form::Exact(value.conj()),
            Form::TimesPi(factor) => Form::TimesPi(factor.conj()),
            Form::Approximate(value) => return Self::from_approx(value.conj()),
        };
        Number { form }
    }

    /// The product with a rational number.
    pub fn scale(&self, factor: &RBig) -> Self {
        self * &Self::from_rational(factor.clone())
    }

    /// self/divisor.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`]; [`NumberError::Overflow`] where the quotient is computed in floats.
    pub fn div(&self, divisor: &Self) -> Result<Self, NumberError> {
        if divisor.is_exactly_zero() {
            return Err(NumberError::DivisionByZero);
        }
        match (&self.form, &divisor.form) {
            (Form::Exact(a), Form::Exact(b)) | (Form::TimesPi(a), Form::TimesPi(b)) => {
                if let Some(inverse) = b.inverse() {
                    return Ok(Self::from_exact(a * &inverse));
                }
            }
            (Form::TimesPi(a), Form::Exact(b)) => {
                if let Some(inverse) = b.inverse() {
                    return Ok(Self::times_pi(a * &inverse));
                }
            }
            _ => {}
        }
        if self.is_exactly_zero() {
            return Ok(Self::zero());
        }
        let quotient = divide_floats(self.approx(), divisor.approx());
        quotient.ok_or(NumberError::DivisionByZero).and_then(Self::finite)
    }

    /// self^exponent, the principal value, with 0⁰ = 1.
    ///
    /// Exact for an exact base and an integer exponent of at most 4096 in size (any size for a base of ±1, ±i), a
    /// half-integer exponent where the square root is exact, and for (−1)^r where e^{iπr} is.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`] and [`NumberError::UndefinedPower`] for a base of zero,
    /// [`NumberError::Overflow`].
    pub fn pow(&self, exponent: &Self) -> Result<Self, NumberError> {
        if let Some(exponent) = exponent.to_rational() {
            if exponent.is_int() {
                return self.integer_power(exponent.numerator());
            }
            if let Some(power) = self.exact_fractional_power(&exponent) {
                return Ok(power);
            }
        }
        let (base, power) = (self.approx(), exponent.approx());
        if base == Complex64::ZERO {
            return match (power.re > 0.0, power.im == 0.0) {
                (true, _) => Ok(self.clone()),
                (false, true) => Err(NumberError::DivisionByZero),
                (false, false) => Err(NumberError::UndefinedPower),
            };
        }
        Self::finite(if base.im == 0.0 && base.re > 0.0 && power.im == 0.0 {
            base.re.powf(power.re).into()
        } else {
            base.powc(power)
        })
    }

    fn integer_power(&self, exponent: &IBig) -> Result<Self, NumberError> {
        if exponent.is_zero() {
            return Ok(Self::one());
        }
        if exponent.is_one() {
            return Ok(self.clone());
        }
        if self.is_exactly_zero() {
            let negative = *exponent < IBig::ZERO;
            return if negative { Err(NumberError::DivisionByZero) } else { Ok(Self::zero()) };
        }
        if let Some(base) = self.exact() {
            // ±1 and ±i have period four, so a parity may be any integer.
            let is_phase = base == &Exact::one()
                || base == &-&Exact::one()
                || base == &Exact::i()
                || base == &-&Exact::i();
            let small = if is_phase {
                i64::try_from(exponent % IBig::from(4)).ok()
            } else {
                i64::try_from(exponent).ok()
            };
            if let Some(power) = small.and_then(|small| base.powi(small)) {
                return Ok(Self::from_exact(power));
            }
        }
        let base = self.approx();
        if base == Complex64::ZERO {
            // An exact base that underflows, or a float zero.
            let negative = *exponent < IBig::ZERO;
            return if negative { Err(NumberError::DivisionByZero) } else { Ok(Self::from_approx(base)) };
        }
        let float_exponent = rational_to_f64(&RBig::from(exponent.clone()));
        Self::finite(match (base.im == 0.0, i32::try_from(exponent)) {
            (true, Ok(small)) => base.re.powi(small).into(),
            (true, Err(_)) => base.re.powf(float_exponent).into(),
            (false, Ok(small)) if small > 0 => base.powi(small),
            (false, Ok(small)) => divide_floats(Complex64::ONE, base)
                .ok_or(NumberError::DivisionByZero)?
                .powi(small.saturating_neg()),
            (false, Err(_)) => base.powf(float_exponent),
        })
    }

    /// Half-integer powers through an exact square root, and (−1)^r = e^{iπr}.
    fn exact_fractional_power(&self, exponent: &RBig) -> Option<Self> {
        let base = self.exact()?;
        if exponent.denominator() == &UBig::from(2u8) {
            let twice = i64::try_from(exponent.numerator()).ok()?;
            return base.sqrt()?.powi(twice).map(Self::from_exact);
        }
        if base == &-&Exact::one() {
            return cis_pi(exponent).map(Self::from_exact);
        }
        None
    }

    /// The principal square root; i√|x| on the negative axis.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn sqrt(&self) -> Result<Self, NumberError> {
        if let Some(root) = self.exact().and_then(Exact::sqrt) {
            return Ok(Self::from_exact(root));
        }
        let value = self.approx();
        Self::finite(if value.im == 0.0 {
            let root = value.re.abs().sqrt();
            if value.re < 0.0 { Complex64::new(0.0, root) } else { root.into() }
        } else {
            value.sqrt()
        })
    }

    /// e^self, exact at 0 and at iπ times multiples of 1/12.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn exp(&self) -> Result<Self, NumberError> {
        if self.is_exactly_zero() {
            return Ok(Self::one());
        }
        if let Form::TimesPi(factor) = &self.form
            && factor.re().is_zero()
            && let Some(turns) = factor.im().to_rational()
        {
            return Ok(Self::phase(&turns));
        }
        let value = self.approx();
        if value.im == 0.0 {
            return Self::finite(value.re.exp().into());
        }
        Self::finite(value.exp())
    }

    /// The cosine, exact at multiples of π/12 and of π/5.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] (for a large imaginary part).
    pub fn cos(&self) -> Result<Self, NumberError> {
        if self.is_exactly_zero() {
            return Ok(Self::one());
        }
        if let Some(turns) = self.turns() {
            return Ok(match cos_pi(&turns) {
                Some(cosine) => Self::from_exact(Exact::from_real(cosine)),
                None => Self::from_approx(cos_pi_f64(&turns).into()),
            });
        }
        let value = self.approx();
        Self::finite(if value.im == 0.0 { value.re.cos().into() } else { value.cos() })
    }

    /// The sine, exact at multiples of π/12 and where π/2 minus the angle is a multiple of π/5.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] (for a large imaginary part).
    pub fn sin(&self) -> Result<Self, NumberError> {
        if self.is_exactly_zero() {
            return Ok(Self::zero());
        }
        if let Some(turns) = self.turns() {
            return Ok(match sin_pi(&turns) {
                Some(sine) => Self::from_exact(Exact::from_real(sine)),
                None => Self::from_approx(sin_pi_f64(&turns).into()),
            });
        }
        let value = self.approx();
        Self::finite(if value.im == 0.0 { value.re.sin().into() } else { value.sin() })
    }

    /// The rational r of a value rπ.
    fn turns(&self) -> Option<RBig> {
        match &self.form {
            Form::TimesPi(factor) => factor.to_rational(),
            Form::Exact(_) | Form::Approximate(_) => None,
        }
    }

    /// About how many machine words an exact form takes, one for a float: a measure of what arithmetic with it costs.
    pub(crate) fn weight(&self) -> usize {
        match &self.form {
            Form::Exact(value) | Form::TimesPi(value) => value.words().max(1),
            Form::Approximate(_) => 1,
        }
    }

    fn times_pi(factor: Exact) -> Self {
        if factor.is_zero() {
            return Self::zero();
        }
        if factor.is_bounded() {
            Number { form: Form::TimesPi(factor) }
        } else {
            Self::from_approx(factor.to_complex() * PI)
        }
    }

    fn finite(value: Complex64) -> Result<Self, NumberError> {
        if value.is_finite() { Ok(Self::from_approx(value)) } else { Err(NumberError::Overflow) }
    }
}

/// The quotient without avoidable overflow; `None` for a zero divisor.
fn divide_floats(dividend: Complex64, divisor: Complex64) -> Option<Complex64> {
    if divisor == Complex64::ZERO {
        return None;
    }
    if divisor.im == 0.0 {
        return Some(Complex64::new(dividend.re / divisor.re, dividend.im / divisor.re));
    }
    // Scaling by the larger part keeps |divisor|² within range.
    let size = divisor.re.abs().max(divisor.im.abs());
    let scaled = Complex64::new(divisor.re / size, divisor.im / size);
    let quotient = dividend / scaled;
    Some(Complex64::new(quotient.re / size, quotient.im / size))
}

fn multiply_floats(a: Complex64, b: Complex64) -> Complex64 {
    // Two real factors, spelled out: an overflowing real part must not make the imaginary part NaN.
    if a.im == 0.0 && b.im == 0.0 { Complex64::new(a.re * b.re, 0.0) } else { a * b }
}

fn parse_decimal(text: &str) -> Option<RBig> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let count = whole.len() + decimals.len();
    let all_digits = whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
    if !all_digits || count == 0 || count > MAX_DIGITS || exponent.abs() > MAX_DECIMAL_EXPONENT {
        return None;
    }
    let digits = UBig::from_str_radix(&format!("{whole}{decimals}"), 10).ok()?;
    let power = exponent - i64::try_from(decimals.len()).ok()?;
    let scale = UBig::from(10u8).pow(usize::try_from(power.unsigned_abs()).ok()?);
    Some(if power >= 0 { RBig::from(digits * scale) } else { RBig::from_parts(digits.into(), scale) })
}

impl Add for &Number {
    type Output = Number;
    /// Floats beyond the range of `f64` become infinite: see [`Number::is_finite`].
    fn add(self, other: &Number) -> Number {
        match (&self.form, &other.form) {
            (Form::Exact(a), Form::Exact(b)) => Number::from_exact(a + b),
            (Form::TimesPi(a), Form::TimesPi(b)) => Number::times_pi(a + b),
            _ if self.is_exactly_zero() => other.clone(),
            _ if other.is_exactly_zero() => self.clone(),
            _ => Number::from_approx(self.approx() + other.approx()),
        }
    }
}

impl Sub for &Number {
    type Output = Number;
    /// Floats beyond the range of `f64` become infinite: see [`Number::is_finite`].
    fn sub(self, other: &Number) -> Number {
        match (&self.form, &other.form) {
            (Form::Exact(a), Form::Exact(b)) => Number::from_exact(a - b),
            (Form::TimesPi(a), Form::TimesPi(b)) => Number::times_pi(a - b),
            _ if self.is_exactly_zero() => -other,
            _ if other.is_exactly_zero() => self.clone(),
            _ => Number::from_approx(self.approx() - other.approx()),
        }
    }
}

impl Mul for &Number {
    type Output = Number;
    /// An exact zero times anything is an exact zero. Floats beyond the range of `f64` become infinite: see
    /// [`Number::is_finite`].
    fn mul(self, other: &Number) -> Number {
        match (&self.form, &other.form) {
            (Form::Exact(a), Form::Exact(b)) => Number::from_exact(a * b),
            (Form::TimesPi(a), Form::Exact(b)) | (Form::Exact(b), Form::TimesPi(a)) => {
                Number::times_pi(a * b)
            }
            _ if self.is_exactly_zero() || other.is_exactly_zero() => Number::zero(),
            _ => Number::from_approx(multiply_floats(self.approx(), other.approx())),
        }
    }
}

impl Neg for &Number {
    type Output = Number;
    fn neg(self) -> Number {
        let form = match &self.form {
            Form::Exact(value) => Form::Exact(-value),
            Form::TimesPi(factor) => Form::TimesPi(-factor),
            Form::Approximate(value) => return Number::from_approx(-value),
        };
        Number { form }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Exact(value) => write!(out, "{value}"),
            Form::TimesPi(factor) => match factor.to_rational() {
                Some(turns) => write_term(out, &turns, "π", true),
                None => write_complex(out, self.approx()),
            },
            Form::Approximate(value) => write_complex(out, *value),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Exact(value) => write!(out, "Exact({value})"),
            Form::TimesPi(factor) => write!(out, "TimesPi({factor})"),
            Form::Approximate(value) => write!(out, "Approximate({value})"),
        }
    }
}
