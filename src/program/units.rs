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
    elements: Vec<Mat<Complex64>>,
    dimension: usize,
}

impl MatrixUnits {
    pub fn new(basis: &UnitaryBasis) -> Self {
        let dimension = basis.dimension();
        let element = |g| {
            let matrix = basis.matrix(g);
            Mat::from_fn(dimension, dimension, |i, j| matrix.get(i, j).approx())
        };
        Self { elements: (0..basis.len()).map(element).collect(), dimension }
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The size of the basis.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// The terms of |i⟩⟨j| that are not zero, as (g, coefficient).
    pub fn terms(&self, (i, j): (usize, usize)) -> impl Iterator<Item = (usize, Complex64)> + '_ {
        let share = 1.0 / self.dimension as f64;
        let all =
            self.elements.iter().enumerate().map(move |(g, element)| (g, element[(i, j)].conj() * share));
        all.filter(|(_, factor)| *factor != Complex64::ZERO)
    }

    /// A d×d block Z of multipliers of ⟨u† |i⟩⟨j| v⟩ as one of ⟨(U_g u)† U_h v⟩: |i⟩⟨j| is the mean over s of (|s⟩⟨i|)† |s⟩⟨j|.
    pub fn lifted(&self, pair: MatRef<'_, Complex64>) -> Mat<Complex64> {
        let (d, size) = (self.dimension, self.len());
        let share = 1.0 / d as f64;
        let mut sum = Mat::<Complex64>::zeros(size, size);
        for s in 0..d {
            let part = Mat::from_fn(size, d, |g, i| self.elements[g][(s, i)].conj() * share);
            sum += (&part * pair) * part.adjoint() * faer::Scale(Complex64::from(share));
        }
        sum
    }
}
