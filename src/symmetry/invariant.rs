//! The moments that a group leaves unchanged.
//!
//! A state that does not change under the group has ⟨α_g(w)⟩ = ⟨w⟩ for linear elements and ⟨w⟩* for antilinear ones.
//! These equations tie the classes of a moment matrix together, orbit by orbit: what is left of each orbit is a few real
//! numbers, most often one or none.

use faer::Mat;
use num_complex::Complex64;
use smallvec::SmallVec;

use super::action::{Action, Group};
use super::adapted::Sets;
use super::multiple::{self, Conditions, Multiple, oriented};
use crate::linalg::{EigenError, symmetric_eigen};
use crate::moments::MomentMatrix;

/// A moment as a combination of the remaining variables: (variable, coefficient).
pub type Terms = SmallVec<[(u32, Complex64); 2]>;

/// All moments of a group's invariant states.
#[derive(Debug, Clone)]
pub struct Invariants {
    /// By class of the moment matrix.
    pub moments: Vec<Terms>,
    /// By variable, the largest modulus that it may have if all moments are at most one in modulus.
    pub bounds: Vec<f64>,
}

/// m_c = Σ coefficient·m_{c'}, conjugated or not.
type Equation = Vec<(usize, Complex64, bool)>;

impl Invariants {
    /// Of the classes that are not `given`. `None` if more than `most` real numbers depend on each other in a way that
    /// is not one letter for one letter, or an image is not in the matrix.
    pub fn new(
        matrix: &MomentMatrix,
        group: &Group,
        given: &[bool],
        most: usize,
    ) -> Result<Option<Self>, EigenError> {
        let classes = matrix.classes().len();
        let mut equations: Vec<Vec<Equation>> = Vec::new();
        let mut sets = Sets::new(classes);
        for generator in group.generators() {
            let mut of_generator = vec![Equation::new(); classes];
            for class in (0..classes).filter(|&class| !given[class]) {
                let Some(equation) = equation(matrix, generator, class) else { return Ok(None) };
                let mixed = equation.len() > 1;
                let size = equation.iter().map(|&(other, ..)| sets.join(class, other)).max();
                if mixed && size > Some(most) {
                    return Ok(None);
                }
                of_generator[class] = equation;
            }
            equations.push(of_generator);
        }
        let mut invariants = Self { moments: vec![Terms::new(); classes], bounds: Vec::new() };
        let mut space = Propagation { matrix, equations: &equations, values: vec![None; classes] };
        for component in sets.groups() {
            if given[component[0]] {
                continue;
            }
            let single = |class: &usize| equations.iter().all(|equation| equation[*class].len() == 1);
            if component.iter().all(single) {
                space.propagate(component[0], &mut invariants)?;
            } else {
                let size: usize = component.iter().map(|&c| coordinates(matrix, c)).sum();
                if size > most {
                    return Ok(None);
                }
                solve(matrix, &equations, &component, &mut invariants)?;
            }
        }
        Ok(Some(invariants))
    }

    fn add_variable(&mut self, bound: f64) -> u32 {
        self.bounds.push(bound);
        (self.bounds.len() - 1) as u32
    }
}

fn coordinates(matrix: &MomentMatrix, class: usize) -> usize {
    if matrix.classes()[class].real { 1 } else { 2 }
}

/// What invariance under a generator says of a class.
fn equation(matrix: &MomentMatrix, generator: &Action, class: usize) -> Option<Equation> {
    let phases = matrix.algebra().phases();
    let word = &matrix.classes()[class].word;
    let (_, own, _) = matrix.locate(word).ok()?;
    let own = phases.approx(own);
    // ⟨w⟩^(*) = own^(*) m^(*) = Σ value·phase·m'^(').
    let mut equation = Equation::new();
    for (image, value) in generator.word(word) {
        let (other, phase, conjugate) = matrix.locate(&image).ok()?;
        let value = value * phases.approx(phase);
        let (value, conjugate) =
            if generator.is_antilinear() { (value.conj(), !conjugate) } else { (value, conjugate) };
        equation.push((other, value / own, conjugate));
    }
    Some(equation)
}

/// Orbits in which every moment is one other times a phase.
struct Propagation<'a> {
    matrix: &'a MomentMatrix,
    equations: &'a [Vec<Equation>],
    /// By class: its moment as one of the first.
    values: Vec<Option<Multiple>>,
}

impl Propagation<'_> {
    fn propagate(&mut self, first: usize, invariants: &mut Invariants) -> Result<(), EigenError> {
        let mut conditions = Conditions::default();
        self.values[first] = Some(Multiple::IDENTITY);
        let mut orbit = vec![first];
        let mut at = 0;
        while at < orbit.len() {
            let class = orbit[at];
            at += 1;
            let Some(own) = self.values[class] else { continue };
            if self.matrix.classes()[class].real {
                conditions.vanishes(|u| own.of(u).im);
            }
            for equations in self.equations {
                let (other, value, conjugate) = equations[class][0];
                // m = value·m'^(conjugate), so m' = (m/value)^(conjugate).
                let implied = Multiple {
                    factor: oriented(own.factor / value, conjugate),
                    conjugate: own.conjugate ^ conjugate,
                };
                match self.values[other] {
                    None => {
                        self.values[other] = Some(implied);
                        orbit.push(other);
                    }
                    Some(known) => conditions.same(known, implied),
                }
            }
        }
        for direction in conditions.directions()? {
            let variable = invariants.add_variable(1.0);
            for &class in &orbit {
                if let Some(value) = self.values[class] {
                    let coefficient = clean(value.of(direction), self.matrix, class);
                    invariants.moments[class].push((variable, coefficient));
                }
            }
        }
        Ok(())
    }
}

/// Without the imaginary part of a real moment, and without parts that are rounding errors.
fn clean(value: Complex64, matrix: &MomentMatrix, class: usize) -> Complex64 {
    let value = multiple::clean(value);
    if matrix.classes()[class].real { Complex64::from(value.re) } else { value }
}

/// Orbits in which moments mix: the kernel of all equations at once.
fn solve(
    matrix: &MomentMatrix,
    equations: &[Vec<Equation>],
    component: &[usize],
    invariants: &mut Invariants,
) -> Result<(), EigenError> {
    let mut places = rustc_hash::FxHashMap::default();
    let mut size = 0;
    for &class in component {
        places.insert(class, size);
        size += coordinates(matrix, class);
    }
    let mut square = Mat::<f64>::zeros(size, size);
    let mut row = vec![0.0; size];
    for of_generator in equations {
        for class in component {
            let parts: [fn(Complex64) -> f64; 2] = [|value| value.re, |value| value.im];
            for part in parts {
                let mut used: Vec<usize> = Vec::new();
                let mut add = |class: usize, value: Complex64, conjugate: bool| {
                    let place = places[&class];
                    for k in 0..coordinates(matrix, class) {
                        let unit = if k == 0 { Complex64::ONE } else { Complex64::I };
                        row[place + k] += part(value * oriented(unit, conjugate));
                        used.push(place + k);
                    }
                };
                for &(other, value, conjugate) in &of_generator[*class] {
                    add(other, value, conjugate);
                }
                add(*class, -Complex64::ONE, false);
                used.sort_unstable();
                used.dedup();
                for &i in &used {
                    used.iter().for_each(|&j| square[(i, j)] += row[i] * row[j]);
                }
                used.iter().for_each(|&i| row[i] = 0.0);
            }
        }
    }
    let (values, vectors) = symmetric_eigen(&square)?;
    for (k, _) in values.iter().enumerate().filter(|(_, value)| **value < Conditions::ZERO) {
        let bound = (0..size).map(|i| vectors[(i, k)].abs()).sum();
        let variable = invariants.add_variable(bound);
        for class in component {
            let place = places[class];
            let im = if coordinates(matrix, *class) == 2 { vectors[(place + 1, k)] } else { 0.0 };
            let value = clean(Complex64::new(vectors[(place, k)], im), matrix, *class);
            if value != Complex64::ZERO {
                invariants.moments[*class].push((variable, value));
            }
        }
    }
    Ok(())
}
