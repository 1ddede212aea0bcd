//! What a symmetry has to leave unchanged, free of what no device can tell apart.
//!
//! A functional's operators are not unique: adding to F_{a|xy} what does not depend on a moves only terms that no-signalling
//! fixes. Split into the parts that are even in the centred outcomes M_{a|x} − 1/k and in Bob's traceless operators
//!
//! ```text
//! constant + Σ_{a,x} alice_{a|x} (M_{a|x} − 1/k) + Σ_y B_y(bob_y) + Σ_{a,x,y} (M_{a|x} − 1/k) B_y(both_{a|xy}),
//! ```
//!
//! with Σ_a of each zero, they are unique, and relabelling outcomes permutes them. The same split of the states of an
//! assemblage keeps all that it says.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use faer::Mat;
use num_complex::Complex64;

use crate::algebra::UnitaryBasis;
use crate::num::{Matrix, Number};
use crate::scenario::{Index, OperatorTable, Scenario};

/// How an operator of Bob's is written as a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bob {
    /// Coefficients of the letters of a unitary basis, the identity left out.
    Quantum(UnitaryBasis),
    /// The diagonal of so many entries, made traceless.
    Classical(usize),
}

impl Bob {
    pub fn of_scenario(scenario: &Scenario) -> Self {
        if scenario.is_diagonal() {
            Self::Classical(scenario.dimension())
        } else {
            Self::Quantum(UnitaryBasis::of_dimension(scenario.dimension()))
        }
    }

    /// The length of the vectors.
    pub fn len(&self) -> usize {
        match self {
            Self::Quantum(basis) => basis.len() - 1,
            Self::Classical(outcomes) => *outcomes,
        }
    }

    /// The operator of a vector.
    pub fn operator(&self, vector: &[Complex64]) -> Mat<Complex64> {
        match self {
            Self::Quantum(basis) => {
                let d = basis.dimension();
                let mut sum = Mat::zeros(d, d);
                for (g, &value) in vector.iter().enumerate() {
                    if value != Complex64::ZERO {
                        sum += basis.matrix(g + 1).to_faer() * faer::Scale(value);
                    }
                }
                sum
            }
            Self::Classical(outcomes) => {
                Mat::from_fn(*outcomes, *outcomes, |i, j| if i == j { vector[i] } else { Complex64::ZERO })
            }
        }
    }

    /// (the part along the identity, the traceless rest).
    fn split(&self, operator: &Matrix) -> (Number, Vec<Number>) {
        match self {
            Self::Quantum(basis) => {
                let mut coefficients = basis.coefficients(operator).into_iter();
                let identity = coefficients.next().unwrap_or_else(Number::zero);
                (identity, coefficients.collect())
            }
            Self::Classical(outcomes) => {
                let entries: Vec<Number> = (0..*outcomes).map(|b| operator.get(b, b).clone()).collect();
                let (mean, rest) = centred(&entries);
                (mean, rest)
            }
        }
    }
}

/// The unique parts of a table, see the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Profile {
    /// \[x\]\[a\].
    pub alice: Vec<Vec<Number>>,
    /// \[y\].
    pub bob: Vec<Vec<Number>>,
    /// \[x\]\[a\]\[y\].
    pub both: Vec<Vec<Vec<Vec<Number>>>>,
}

impl Profile {
    pub fn new(scenario: &Scenario, table: &OperatorTable) -> Self {
        let form = Bob::of_scenario(scenario);
        let [outcomes, settings, inputs] = scenario.shape();
        let zero = || vec![Number::zero(); form.len()];
        let mut alice = vec![vec![Number::zero(); outcomes]; settings];
        let mut bob = vec![zero(); inputs];
        let mut both = vec![vec![vec![zero(); inputs]; outcomes]; settings];
        for x in 0..settings {
            for y in 0..inputs {
                let split = |a| form.split(table.get(Index { a, x, y }));
                let (identities, vectors): (Vec<_>, Vec<_>) = (0..outcomes).map(split).unzip();
                for (own, identity) in alice[x].iter_mut().zip(identities) {
                    *own = &*own + &identity;
                }
                for k in 0..form.len() {
                    let parts: Vec<Number> = vectors.iter().map(|vector| vector[k].clone()).collect();
                    let (mean, rest) = centred(&parts);
                    bob[y][k] = &bob[y][k] + &mean;
                    for (a, part) in rest.into_iter().enumerate() {
                        both[x][a][y][k] = part;
                    }
                }
            }
            alice[x] = centred(&alice[x]).1;
        }
        let mut profile = Self { alice, bob, both };
        profile.normalise();
        profile
    }

    /// Divides all numbers by a power of two, exactly, so that the largest is about one: products of four neither overflow
    /// nor vanish.
    fn normalise(&mut self) {
        let exponent = self.size().log2().floor();
        // Of zeros and of numbers of order one nothing is changed.
        if !exponent.is_finite() || exponent.abs() < 30.0 {
            return;
        }
        let power = UBig::ONE << (exponent.abs() as usize);
        let factor = match exponent > 0.0 {
            true => RBig::from_parts(IBig::ONE, power),
            false => RBig::from(power),
        };
        let both = self.both.iter_mut().flatten().flatten().flatten();
        let numbers = self.alice.iter_mut().flatten().chain(self.bob.iter_mut().flatten()).chain(both);
        numbers.for_each(|number| *number = number.scale(&factor));
    }

    /// The vectors of Bob's operators at input y: that of every (x, a), x running slowest, and his own, in this order.
    pub fn vectors(&self, y: usize) -> impl Iterator<Item = &Vec<Number>> {
        let both = self.both.iter().flatten().map(move |of_inputs| &of_inputs[y]);
        both.chain(std::iter::once(&self.bob[y]))
    }

    /// The largest modulus of any number.
    pub fn size(&self) -> f64 {
        let vectors = (0..self.bob.len()).flat_map(|y| self.vectors(y)).flatten();
        let numbers = vectors.chain(self.alice.iter().flatten());
        numbers.map(|number| number.approx().norm()).fold(0.0, f64::max)
    }
}

/// (mean, differences from it); of zeros without arithmetic.
fn centred(numbers: &[Number]) -> (Number, Vec<Number>) {
    if numbers.iter().all(Number::is_exactly_zero) {
        return (Number::zero(), numbers.to_vec());
    }
    let sum = numbers.iter().fold(Number::zero(), |sum, number| &sum + number);
    let mean = &sum * &Number::ratio(1, numbers.len() as u64);
    let rest = numbers.iter().map(|number| number - &mean).collect();
    (mean, rest)
}

/// The vector in floating point.
pub(super) fn approximate(vector: &[Number]) -> Vec<Complex64> {
    vector.iter().map(Number::approx).collect()
}
