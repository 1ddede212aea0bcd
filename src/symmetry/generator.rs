//! One symmetry, and the proof that it is one.

use std::fmt;

use num_complex::Complex64;

use super::profile::{Bob, Profile};
use crate::algebra::UnitaryBasis;
use crate::num::Number;

/// What becomes of Bob's operators of one input: the image of each letter (without the identity), or of each
/// outcome of a classical Bob, as (position, coefficient).
pub(super) type Images = Vec<Vec<(usize, Number)>>;

/// A relabelling of settings, outcomes and inputs with a unitary or antiunitary map for each of Bob's inputs:
/// M_{a|x} ↦ M_{s_x(a)|π(x)}, B_y(X) ↦ B_{τ(y)}(U_y X U_y†), or U_y X* U_y† if antilinear.
#[derive(Debug, Clone)]
pub struct Symmetry {
    /// π.
    pub(super) settings: Vec<usize>,
    /// s: \[x\]\[a\].
    pub(super) outcomes: Vec<Vec<usize>>,
    /// τ.
    pub(super) inputs: Vec<usize>,
    /// By input y.
    pub(super) images: Vec<Images>,
    /// Whether it conjugates numbers.
    pub(super) antilinear: bool,
    /// Whether no number of the proof was rounded.
    pub(super) exact: bool,
}

/// How a candidate was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Equal {
    Exactly,
    ToRounding,
    No,
}

/// What floating-point data may differ by, relative to their size: some roundings of each number.
const ROUNDING: f64 = 1e-13;

impl Symmetry {
    /// The candidate with its proof for all the tables, or `None`: exact numbers must agree exactly, floating-point
    /// ones to rounding.
    pub(super) fn proved(mut self, bob: &Bob, profiles: &[Profile]) -> Option<Self> {
        self.exact = true;
        if !self.images.iter().all(|images| is_automorphism(bob, images, self.antilinear)) {
            return None;
        }
        for profile in profiles {
            match self.keeps(profile) {
                Equal::Exactly => {}
                Equal::ToRounding => self.exact = false,
                Equal::No => return None,
            }
        }
        Some(self)
    }

    /// Whether every number went through the proof unrounded.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether it conjugates numbers.
    pub fn is_antilinear(&self) -> bool {
        self.antilinear
    }

    fn keeps(&self, profile: &Profile) -> Equal {
        let tolerance = ROUNDING * profile.size() * profile.bob.len() as f64;
        let mut equal = Equal::Exactly;
        let mut compare = |left: &Number, right: &Number| {
            let difference = left - right;
            if difference.is_exactly_zero() {
                return true;
            }
            equal = Equal::ToRounding;
            difference.exact().is_none() && difference.approx().norm() <= tolerance
        };
        for (x, outcomes) in self.outcomes.iter().enumerate() {
            for (a, &image) in outcomes.iter().enumerate() {
                let to = self.settings[x];
                if !compare(&profile.alice[to][image], &profile.alice[x][a]) {
                    return Equal::No;
                }
                for (y, &input) in self.inputs.iter().enumerate() {
                    let moved = self.moved(y, &profile.both[x][a][y]);
                    let target = &profile.both[to][image][input];
                    if !moved.iter().zip(target).all(|(left, right)| compare(left, right)) {
                        return Equal::No;
                    }
                }
            }
        }
        for (y, &input) in self.inputs.iter().enumerate() {
            let moved = self.moved(y, &profile.bob[y]);
            if !moved.iter().zip(&profile.bob[input]).all(|(left, right)| compare(left, right)) {
                return Equal::No;
            }
        }
        equal
    }

    /// The vector of an operator of input y after the map.
    fn moved(&self, y: usize, vector: &[Number]) -> Vec<Number> {
        let mut moved = vec![Number::zero(); vector.len()];
        for (coefficient, image) in vector.iter().zip(&self.images[y]) {
            if coefficient.is_exactly_zero() {
                continue;
            }
            let coefficient = if self.antilinear { coefficient.conj() } else { coefficient.clone() };
            for (position, factor) in image {
                moved[*position] = &moved[*position] + &(&coefficient * factor);
            }
        }
        moved
    }
}

/// Whether the images of Bob's letters are those of a unitary, or antiunitary, map: the table of products is kept,
/// which for a qubit is that the map of Bloch vectors is a rotation, or a rotation after the reflection Y ↦ −Y.
fn is_automorphism(bob: &Bob, images: &Images, antilinear: bool) -> bool {
    match bob {
        Bob::Classical(outcomes) => {
            let mut seen = vec![false; *outcomes];
            images.iter().for_each(|image| image.iter().for_each(|(to, _)| seen[*to] = true));
            seen.iter().all(|&seen| seen)
                && images.iter().all(|image| image.len() == 1 && image[0].1 == Number::one())
        }
        Bob::Quantum(UnitaryBasis::Pauli { qubits: 1 }) => is_rotation(images, antilinear),
        Bob::Quantum(basis) => keeps_products(basis, images, antilinear),
    }
}

fn is_rotation(images: &Images, antilinear: bool) -> bool {
    let mut matrix = vec![vec![Number::zero(); 3]; 3];
    for (column, image) in images.iter().enumerate() {
        image.iter().for_each(|(row, value)| matrix[*row][column] = value.clone());
    }
    let near = |left: &Number, right: &Number| {
        let difference = left - right;
        difference.is_exactly_zero() || difference.exact().is_none() && difference.approx().norm() <= ROUNDING
    };
    let orthonormal = (0..3).all(|i| {
        (0..3).all(|j| {
            let product = (0..3).fold(Number::zero(), |sum, k| &sum + &(&matrix[k][i] * &matrix[k][j]));
            near(&product, &Number::from_integer(i64::from(i == j)))
        })
    });
    let minor = |i: usize, j: usize| &(&matrix[1][i] * &matrix[2][j]) - &(&matrix[1][j] * &matrix[2][i]);
    let determinant = &(&(&matrix[0][0] * &minor(1, 2)) - &(&matrix[0][1] * &minor(0, 2)))
        + &(&matrix[0][2] * &minor(0, 1));
    orthonormal && near(&determinant, &Number::from_integer(if antilinear { -1 } else { 1 }))
}

/// α(V_g)α(V_h) = α(V_gV_h) for all letters, each image one letter times a root of unity: a sum of exponents.
fn keeps_products(basis: &UnitaryBasis, images: &Images, antilinear: bool) -> bool {
    let order = i64::from(roots(basis));
    let per_phase = order / i64::from(basis.phase_order());
    let mut known = vec![(0, 0)];
    for image in images {
        let [(position, factor)] = image.as_slice() else { return false };
        let value = factor.approx();
        let exponent = (value.arg() / std::f64::consts::TAU * order as f64).round() as i64;
        if root_near(value, order as u64).is_none_or(|root| root != *factor) {
            return false;
        }
        known.push((position + 1, exponent));
    }
    (1..basis.len()).all(|g| {
        (1..basis.len()).all(|h| {
            let (phase, product) = basis.multiply(g, h);
            let ((g, e), (h, f), (expected, total)) = (known[g], known[h], known[product]);
            let (own, found) = basis.multiply(g, h);
            let sign = if antilinear { -1 } else { 1 };
            let difference = e + f + per_phase * i64::from(own) - sign * per_phase * i64::from(phase) - total;
            found == expected && difference % order == 0
        })
    })
}

/// The order of the roots of unity that may stand in front of a letter's image: with their square roots.
pub(super) fn roots(basis: &UnitaryBasis) -> u16 {
    2 * basis.phase_order()
}

/// The exact number at a complex one that is a root of unity of this order, or `None`.
pub(super) fn root_near(value: Complex64, order: u64) -> Option<Number> {
    const NEAR: f64 = 1e-9;
    if (value.norm() - 1.0).abs() > NEAR {
        return None;
    }
    let steps = value.arg() / std::f64::consts::TAU * order as f64;
    let root = Number::root_of_unity(steps.round() as i64, order);
    ((root.approx() - value).norm() <= NEAR).then_some(root)
}

/// Relabellings as cycles of positions, such as `settings (#0 #1 #2), inputs (#0 #1), antiunitary`.
impl fmt::Display for Symmetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut part = |name: &str, permutation: &[usize]| {
            let cycles = cycles(permutation);
            if !cycles.is_empty() {
                parts.push(format!("{name} {cycles}"));
            }
        };
        part("settings", &self.settings);
        let moved: Vec<String> = (self.outcomes.iter().enumerate())
            .filter_map(|(x, outcomes)| match cycles(outcomes) {
                cycles if cycles.is_empty() => None,
                cycles => Some(format!("outcomes at x = #{x} {cycles}")),
            })
            .collect();
        part("inputs", &self.inputs);
        parts.extend(moved);
        if self.antilinear {
            parts.push("antiunitary".to_owned());
        }
        if parts.is_empty() {
            parts.push("a unitary of Bob's".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

fn cycles(permutation: &[usize]) -> String {
    let mut seen = vec![false; permutation.len()];
    let mut text = String::new();
    for start in 0..permutation.len() {
        if seen[start] || permutation[start] == start {
            continue;
        }
        let mut cycle = Vec::new();
        let mut at = start;
        while !seen[at] {
            seen[at] = true;
            cycle.push(format!("#{at}"));
            at = permutation[at];
        }
        text.push_str(&format!("({})", cycle.join(" ")));
    }
    text
}
