//! From the classes of a moment matrix to the variables of a program.

use num_complex::Complex64;
use smallvec::SmallVec;

use super::{Affine, Block, BlockEntry, Program};
use crate::moments::{Determined, MomentMatrix, Other};

/// A moment as an affine function of the program's variables.
#[derive(Debug, Clone, Default)]
struct MomentValue {
    constant: Complex64,
    terms: SmallVec<[(u32, Complex64); 2]>,
}

/// Which variables stand for which class of a moment matrix.
///
/// A real class has one variable, a complex class two (real and imaginary part); a class may
/// instead be pinned to an affine function of other variables, as class 0 is to 1. Words are
/// contractions, so every variable has M = 1, or the largest ⟨1⟩ of states that are not normalised.
#[derive(Debug)]
pub struct MomentVariables<'a> {
    matrix: &'a MomentMatrix,
    /// The largest ⟨1⟩.
    most: f64,
    values: Vec<Option<MomentValue>>,
}

impl<'a> MomentVariables<'a> {
    /// Only ⟨1⟩ = 1 pinned.
    pub fn new(matrix: &'a MomentMatrix) -> Self {
        let mut variables = Self::within(matrix, 1.0);
        variables.pin(0, Complex64::ONE, []);
        variables
    }

    /// Nothing pinned: of states that are not normalised, with ⟨1⟩ up to `most`.
    pub fn within(matrix: &'a MomentMatrix, most: f64) -> Self {
        Self { matrix, most, values: vec![None; matrix.classes().len()] }
    }

    /// The moment matrix.
    pub fn matrix(&self) -> &'a MomentMatrix {
        self.matrix
    }

    /// Σ_c Re(g_c* m_c) for the given weights, once every class is released.
    pub fn form(&self, weights: &[(usize, Complex64)]) -> Affine {
        let mut form = Affine::default();
        for &(class, weight) in weights {
            if let Some(value) = &self.values[class] {
                form.constant += (weight.conj() * value.constant).re;
                form.terms.extend(value.terms.iter().map(|&(k, slope)| (k, (weight.conj() * slope).re)));
            }
        }
        form
    }

    /// Pins the moment of a class to constant + Σ slope·y_variable.
    pub fn pin(
        &mut self,
        class: usize,
        constant: Complex64,
        terms: impl IntoIterator<Item = (u32, Complex64)>,
    ) {
        self.values[class] = Some(MomentValue { constant, terms: terms.into_iter().collect() });
    }

    /// Pins the moment of a class to what is said of it at v = 0 and v = 1, in terms of the classes of which nothing
    /// is said, which become variables.
    pub fn pin_between(&mut self, program: &mut Program, v: u32, [zero, one]: [&Determined; 2]) {
        let mut constant = zero.value;
        let mut terms: SmallVec<[(u32, Complex64); 2]> = SmallVec::new();
        terms.push((v, one.value - zero.value));
        for &Other { class, conjugate, coefficient } in &zero.others {
            let other = self.free(program, class);
            let oriented = |value: Complex64| coefficient * if conjugate { value.conj() } else { value };
            constant += oriented(other.constant);
            terms.extend(other.terms.iter().map(|&(k, slope)| (k, oriented(slope))));
        }
        if self.matrix.classes()[zero.class].real {
            constant.im = 0.0;
            terms.iter_mut().for_each(|(_, slope)| slope.im = 0.0);
        }
        self.pin(zero.class, constant, terms);
    }

    /// The moment of a class, with variables of its own unless it is pinned.
    fn free(&mut self, program: &mut Program, class: usize) -> &MomentValue {
        let (real, most) = (self.matrix.classes()[class].real, self.most);
        self.values[class].get_or_insert_with(|| {
            let mut terms = SmallVec::new();
            terms.push((program.add_variable(0.0, most), Complex64::ONE));
            if !real {
                terms.push((program.add_variable(0.0, most), Complex64::I));
            }
            MomentValue { constant: Complex64::ZERO, terms }
        })
    }

    /// Adds a variable for the real and imaginary part of every class that is not pinned, and
    /// sets the program's objective to Σ_c Re(g_c* m_c) for the given weights.
    pub fn release(&mut self, program: &mut Program, objective: &[(usize, Complex64)]) {
        for class in 0..self.values.len() {
            self.free(program, class);
        }
        program.add_objective(&self.form(objective), 1.0);
    }

    /// Γ ⪰ 0 as a block. Words are contractions, so tr Γ ≤ n times the largest ⟨1⟩.
    pub fn block(&self) -> Block {
        let size = self.matrix.size();
        let phases = self.matrix.algebra().phases();
        let mut entries = Vec::with_capacity(size * (size + 1) / 2);
        for column in 0..size {
            for row in 0..=column {
                let Some((class, phase, conjugate)) = self.matrix.entry(row, column).parts() else {
                    continue;
                };
                let Some(moment) = &self.values[class] else { continue };
                let phase = phases.approx(phase);
                let coefficient = |value: Complex64| phase * if conjugate { value.conj() } else { value };
                entries.push(BlockEntry {
                    row: row as u32,
                    column: column as u32,
                    constant: coefficient(moment.constant),
                    terms: moment.terms.iter().map(|&(k, value)| (k, coefficient(value))).collect(),
                });
            }
        }
        Block { size, entries, trace_bound: size as f64 * self.most }
    }
}
