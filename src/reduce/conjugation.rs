//! Programs whose blocks become real when some rows are multiplied by i.
//!
//! source: C + Σ y_k A_k ⪰ 0; target: D†(C + Σ y_k A_k)D ⪰ 0 with D = diag(1 or i), restricted to
//! the y_k whose D†A_kD is real. The others, whose D†A_kD is imaginary, are set to zero: where the
//! data are invariant under the conjugation that D stands for (see
//! [`Conjugation`](crate::moments::Conjugation)), the averaging over it loses nothing. A dual Z of
//! the target pulls back to DZD†, which leaves no residual on the y_k that were dropped: for real Z
//! and imaginary D†A_kD, ⟨DZD†, A_k⟩ = ⟨Z, D†A_kD⟩ = 0.

use faer::Mat;
use num_complex::Complex64;

use crate::program::{Affine, Block, BlockEntry, Program, Solution};

/// Coefficients up to this, relative to the largest of the objective or of the blocks, count as zero: data
/// in floating point leave them where exact ones vanish. A dual of the target stays a dual point of the
/// source, whose bound is evaluated with them.
const ROUNDING: f64 = 2e-13;

/// A reduced program and the way back.
#[derive(Debug)]
pub struct Reduced {
    /// The target.
    pub program: Program,
    /// The source's variables that the target keeps.
    kept: Vec<u32>,
    /// The number of the source's variables.
    variables: usize,
    /// For each block, which rows were multiplied by i.
    flips: Vec<Vec<bool>>,
}

/// The target of a program for the given rows, or `None` if it is not of this form: a coefficient of
/// more than rounding errors that is neither real nor imaginary after rephasing, or a dropped variable that the objective or
/// a linear constraint needs.
pub fn apply(program: &Program, flips: Vec<Vec<bool>>) -> Option<Reduced> {
    let mut real = vec![false; program.variables()];
    let mut imaginary = vec![false; program.variables()];
    let scalar_rows = program.equalities.iter().chain(&program.inequalities);
    for (k, _) in scalar_rows.flat_map(|form| &form.terms) {
        real[*k as usize] = true;
    }
    let largest = program.objective.iter().fold(0.0, |largest: f64, b| largest.max(b.abs()));
    for (used, &coefficient) in real.iter_mut().zip(&program.objective) {
        *used |= coefficient.abs() > ROUNDING * largest;
    }
    let entries = || program.blocks.iter().flat_map(|block| &block.entries);
    let sizes = entries().flat_map(|entry| {
        let terms = entry.terms.iter().map(|(_, value)| value);
        std::iter::once(&entry.constant).chain(terms).map(|value| value.norm())
    });
    let negligible = ROUNDING * sizes.fold(0.0, f64::max);
    for (block, flips) in program.blocks.iter().zip(&flips) {
        for entry in &block.entries {
            if rephased(entry, flips, entry.constant).im.abs() > negligible {
                return None;
            }
            for &(k, value) in &entry.terms {
                let value = rephased(entry, flips, value);
                real[k as usize] |= value.re.abs() > negligible;
                imaginary[k as usize] |= value.im.abs() > negligible;
            }
        }
    }
    if real.iter().zip(&imaginary).any(|(re, im)| *re && *im) {
        return None;
    }
    let mut number = vec![None; program.variables()];
    let mut reduced = Program { offset: program.offset, ..Program::default() };
    let mut kept = Vec::new();
    for k in (0..program.variables()).filter(|&k| !imaginary[k]) {
        number[k] = Some(reduced.add_variable(program.objective[k], program.variable_bounds[k]));
        kept.push(k as u32);
    }
    let renumber = |k: u32| number[k as usize];
    let forms = |forms: &[Affine]| forms.iter().map(|form| form.renumbered(renumber)).collect();
    reduced.equalities = forms(&program.equalities);
    reduced.inequalities = forms(&program.inequalities);
    let blocks = program.blocks.iter().zip(&flips).map(|(block, flips)| {
        let entries = block.entries.iter().filter_map(|entry| {
            let constant = Complex64::from(rephased(entry, flips, entry.constant).re);
            let terms = entry
                .terms
                .iter()
                .filter_map(|&(k, value)| renumber(k).map(|k| (k, rephased(entry, flips, value).re.into())));
            let entry = BlockEntry { constant, terms: terms.collect(), ..*entry };
            (constant != Complex64::ZERO || !entry.terms.is_empty()).then_some(entry)
        });
        Block { entries: entries.collect(), ..*block }
    });
    reduced.blocks = blocks.collect();
    Some(Reduced { program: reduced, kept, variables: program.variables(), flips })
}

impl Reduced {
    /// A solution of the source from one of the target.
    pub fn pull_back(&self, mut solution: Solution) -> Solution {
        let mut y = vec![0.0; self.variables];
        for (&k, &value) in self.kept.iter().zip(&solution.y) {
            y[k as usize] = value;
        }
        solution.y = y;
        for (z, flips) in solution.dual.blocks.iter_mut().zip(&self.flips) {
            // (DZD†)_ij = d_i Z_ij d_j*.
            *z = Mat::from_fn(z.nrows(), z.ncols(), |i, j| match (flips[i], flips[j]) {
                (true, false) => z[(i, j)] * Complex64::I,
                (false, true) => z[(i, j)] * -Complex64::I,
                _ => z[(i, j)],
            });
        }
        solution
    }
}

/// d_i* · value · d_j for an entry (i, j), free of rounding.
fn rephased(entry: &BlockEntry, flips: &[bool], value: Complex64) -> Complex64 {
    match (flips[entry.row as usize], flips[entry.column as usize]) {
        (true, false) => Complex64::new(value.im, -value.re),
        (false, true) => Complex64::new(-value.im, value.re),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::algebra::{Algebra, DeviceAlgebra, Letter, Polynomial, Word};
    use crate::moments::{Conjugation, Level, MomentMatrix};
    use crate::num::Number;
    use crate::program::bound::bound;

    /// The conjugation of Eq. (6)'s functional exists, makes its program real, and halves it.
    #[test]
    fn eq6_is_real() {
        let algebra = Algebra::new(vec![DeviceAlgebra::black_box(3, 2), DeviceAlgebra::matrices(2, 2)]);
        let matrix = MomentMatrix::new(algebra.clone(), Level::default().words(&algebra));
        let mut polynomial = Polynomial::zero();
        for x in 0..3 {
            for y in 0..2 {
                let word = Word::from_letters(&[Letter::new(0, x, 0), Letter::new(1, y, x + 1)]);
                polynomial.add_term(word, &Number::from_integer(if (x, y) == (1, 1) { -1 } else { 1 }));
            }
        }
        let words: Vec<&Word> = polynomial.terms().map(|(word, _)| word).collect();
        let found = Conjugation::fixing(&algebra, words.iter().copied()).unwrap();
        assert!(words.iter().all(|word| !found.flips(word)));
        let program = bound(&matrix, &polynomial, 1.0).unwrap();
        let flips = matrix.words().iter().map(|word| found.flips(word)).collect();
        let reduced = apply(&program, vec![flips]).unwrap();
        assert!(reduced.program.blocks[0].is_real());
        assert!(!program.blocks[0].is_real());
        assert!(reduced.program.variables() < program.variables());
    }
}
