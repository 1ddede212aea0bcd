//! Moments of words as variables, and matrix units in the place of a unitary basis: what programs over blocks
//! ( ⟨u_r† B_y(|i⟩⟨j|) u_s⟩ ) share.

use faer::{Mat, MatRef};
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Affine, Block, DualPoint, Program};
use crate::algebra::{Algebra, Phase, Polynomial, UnitaryBasis, Word};

/// A relaxation that has a program of its own, whose multipliers are a Gram matrix of words.
pub trait OwnProgram {
    /// maximise sign·Re⟨B⟩.
    fn bound(&self, objective: &Polynomial, sign: f64) -> Program;
    /// The words of the Gram matrix, the identity first.
    fn gram_words(&self) -> Vec<Word>;
    /// The multipliers of the blocks as a Gram matrix.
    fn lifted(&self, dual: &DualPoint) -> Mat<Complex64>;
}

/// A moment as a constant, or terms of variables.
pub(super) type Moment = (Complex64, SmallVec<[(u32, Complex64); 2]>);

/// The moments that have occurred, by the word that represents them and its adjoint.
pub(super) struct Moments<'a> {
    pub algebra: &'a Algebra,
    pub program: Program,
    /// The first variable of a word: its moment, or the real part of it before the imaginary one.
    variables: FxHashMap<Word, u32>,
}

impl<'a> Moments<'a> {
    pub fn new(algebra: &'a Algebra) -> Self {
        Self { algebra, program: Program::default(), variables: FxHashMap::default() }
    }

    /// factor·⟨word⟩. Words are contractions: M = 1.
    pub fn moment(&mut self, word: Word, factor: Complex64) -> Moment {
        if word.is_empty() {
            return (factor, SmallVec::new());
        }
        let canonical = self.algebra.canonical(word);
        let program = &mut self.program;
        let first = *self.variables.entry(canonical.representative).or_insert_with(|| {
            let first = program.add_variable(0.0, 1.0);
            if !canonical.real {
                program.add_variable(0.0, 1.0);
            }
            first
        });
        let factor = factor * self.algebra.phases().approx(canonical.phase);
        let imaginary = if canonical.conjugate { -Complex64::I } else { Complex64::I };
        let mut terms = SmallVec::new();
        terms.push((first, factor));
        if !canonical.real {
            terms.push((first + 1, factor * imaginary));
        }
        (Complex64::ZERO, terms)
    }

    /// Σ factor·phase·⟨word⟩.
    pub fn sum(&mut self, parts: impl IntoIterator<Item = (Complex64, Phase, Word)>) -> Moment {
        let mut sum: Moment = (Complex64::ZERO, SmallVec::new());
        for (factor, phase, word) in parts {
            let factor = factor * self.algebra.phases().approx(phase);
            let (constant, terms) = self.moment(word, factor);
            sum.0 += constant;
            for (k, slope) in terms {
                match sum.1.iter_mut().find(|(known, _)| *known == k) {
                    Some((_, total)) => *total += slope,
                    None => sum.1.push((k, slope)),
                }
            }
        }
        sum
    }

    /// The program of these blocks and this objective.
    pub fn into_program(mut self, blocks: Vec<Block>, objective: &Polynomial, sign: f64) -> Program {
        let mut form = Affine::default();
        for (word, coefficient) in objective.terms() {
            let (constant, terms) = self.moment(word.clone(), coefficient.approx() * sign);
            form.constant += constant.re;
            form.terms.extend(terms.into_iter().map(|(k, slope)| (k, slope.re)));
        }
        let mut program = self.program;
        program.blocks = blocks;
        program.add_objective(&form, 1.0);
        program
    }
}

/// |i⟩⟨j| in a basis of unitaries: Σ_g U_g[i,j]*/d · U_g.
#[derive(Debug)]
pub(super) struct MatrixUnits {
    /// By g: U_g[i,j]*/d.
    coefficients: Vec<Mat<Complex64>>,
    /// By s: those of |s⟩⟨i|, row g and column i.
    rows: Vec<Mat<Complex64>>,
}

impl MatrixUnits {
    pub fn new(basis: &UnitaryBasis) -> Self {
        let (d, size) = (basis.dimension(), basis.len());
        let share = 1.0 / d as f64;
        let of_element = |g| {
            let matrix = basis.matrix(g);
            Mat::from_fn(d, d, |i, j| matrix.get(i, j).approx().conj() * share)
        };
        let coefficients: Vec<Mat<Complex64>> = (0..size).map(of_element).collect();
        let row = |s| Mat::from_fn(size, d, |g, i| coefficients[g][(s, i)]);
        let rows = (0..d).map(row).collect();
        Self { coefficients, rows }
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.rows.len()
    }

    /// The size of the basis.
    pub fn len(&self) -> usize {
        self.coefficients.len()
    }

    /// The terms of |i⟩⟨j| that are not zero, as (g, coefficient).
    pub fn terms(&self, (i, j): (usize, usize)) -> impl Iterator<Item = (usize, Complex64)> + '_ {
        let all = self.coefficients.iter().map(move |matrix| matrix[(i, j)]).enumerate();
        all.filter(|(_, factor)| *factor != Complex64::ZERO)
    }

    /// A d×d block Z of multipliers of ⟨u† |i⟩⟨j| v⟩ as one of ⟨(U_g u)† U_h v⟩: |i⟩⟨j| is the mean over s of (|s⟩⟨i|)† |s⟩⟨j|.
    pub fn lifted(&self, pair: MatRef<'_, Complex64>) -> Mat<Complex64> {
        let share = faer::Scale(Complex64::from(1.0 / self.dimension() as f64));
        let mut sum = Mat::<Complex64>::zeros(self.len(), self.len());
        for row in &self.rows {
            sum += (row * pair) * row.adjoint() * share;
        }
        sum
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::moments::MomentMatrix;

    /// ⟨G, Γ⟩ of a Gram matrix, with moments that are the variables y, or 0 beyond them.
    pub fn paired_with(gram: &Mat<Complex64>, words: Vec<Word>, moments: &mut Moments<'_>, y: &[f64]) -> f64 {
        let algebra = moments.algebra;
        let matrix = MomentMatrix::new(algebra.clone(), words);
        let mut sum = 0.0;
        for column in 0..matrix.size() {
            for row in 0..matrix.size() {
                let (low, high) = (row.min(column), row.max(column));
                let Some((class, phase, conjugate)) = matrix.entry(low, high).parts() else { continue };
                if gram[(row, column)].norm() < 1e-14 {
                    continue;
                }
                let (constant, terms) = moments.moment(matrix.classes()[class].word.clone(), Complex64::ONE);
                let value =
                    |&(k, slope): &(u32, Complex64)| slope * y.get(k as usize).copied().unwrap_or(0.0);
                let moment = constant + terms.iter().map(value).sum::<Complex64>();
                let moment = if conjugate { moment.conj() } else { moment };
                let entry = algebra.phases().approx(phase) * moment;
                let entry = if row <= column { entry } else { entry.conj() };
                sum += (gram[(row, column)].conj() * entry).re;
            }
        }
        sum
    }
}
