//! The cyclic group of phases e^{2πi·k/order}, as integers.

use num_complex::Complex64;

use super::Phase;
use crate::num::Number;

/// The group ℤ/order with its values as complex numbers.
#[derive(Debug, Clone)]
pub struct Phases {
    order: u16,
    values: Vec<Number>,
    /// The same in floating point.
    approximate: Vec<Complex64>,
}

impl Phases {
    /// The group of the order-th roots of unity; exact values where [`Number`] knows them.
    pub fn new(order: u16) -> Self {
        let values: Vec<Number> =
            (0..order).map(|k| Number::root_of_unity(i64::from(k), u64::from(order))).collect();
        let approximate = values.iter().map(Number::approx).collect();
        Self { order, values, approximate }
    }

    /// The number of phases.
    pub fn order(&self) -> u16 {
        self.order
    }

    /// The exponent of a product.
    pub fn add(&self, a: Phase, b: Phase) -> Phase {
        (a + b) % self.order
    }

    /// The exponent of the complex conjugate.
    pub fn negate(&self, a: Phase) -> Phase {
        (self.order - a) % self.order
    }

    /// An exponent h with 2h = a. Orders are odd, or such that only even exponents occur as the
    /// phase between a word and its own adjoint.
    pub fn half(&self, a: Phase) -> Phase {
        if a.is_multiple_of(2) {
            a / 2
        } else {
            debug_assert!(!self.order.is_multiple_of(2));
            (a + self.order) / 2
        }
    }

    /// The phase as a number, exact where possible.
    pub fn value(&self, a: Phase) -> &Number {
        &self.values[usize::from(a)]
    }

    /// The phase in floating point.
    pub fn approx(&self, a: Phase) -> Complex64 {
        self.approximate[usize::from(a)]
    }
}
