//! Moment problems in a basis that is adapted to their symmetries.
//!
//! source: a program whose first and only block is a moment matrix Γ(y) ⪰ 0, its moments variables of their own, or given
//! as affine functions of the variables that scalar rows use; target: for every irreducible representation of the group
//! one block over ℝ or ℂ (quaternions as pairs of complex numbers), in the variables of the invariant moments.
//!
//! With the notation of [`symmetry`](crate::symmetry::Adapted) the entry of a representation's block at the copies a, b is
//! Σ_r x^r_ab ω_r, ω_r the units as complex numbers (or 2×2 matrices), and
//!
//! ```text
//! x^r_ab = (1/d) Re Σ_ij Γ_ij (E_b (E_a K_r)†)_ji ,
//! ```
//!
//! times a number [for each representation](scale) that keeps inner products: ⟨Γ, Γ'⟩ is the sum of those of the blocks, so
//! that moments whose matrices are orthogonal stay so.
//!
//! A dual Z of such a block (without that number) pulls back to (1/d) Σ_{abr} ζ^r_ab (E_a K_r) E_b† with ζ^r_ab = Re tr(ω_r† Z_ab): then
//! ⟨pulled back, Γ⟩ = ⟨Z, block of Γ⟩ for every invariant Γ, it is ⪰ 0 if Z is, and invariant itself, so that it leaves no
//! residual on the moments that are not.

mod blocks;
mod growing;

use faer::Mat;
use num_complex::Complex64;

use super::letters::{Columns, Letters, transformed};
use super::moments::{Rewritten, Value, moments, rewritten};
use crate::linalg::EigenError;
use crate::moments::MomentMatrix;
use crate::program::{PointStatus, Program, Solution};
use crate::symmetry::{Adapted, Group, Invariants, Isotypic};
use blocks::{Classes, blocks, rows, scale, unit};

pub use growing::{Estimate, Growing, Grown, Point};

/// A reduced program and the way back.
#[derive(Debug)]
pub struct Reduced {
    /// The target.
    pub program: Program,
    /// The number of the group's elements.
    pub order: usize,
    /// How many of them are antilinear.
    pub antilinear: usize,
    adapted: Adapted,
    /// The source's words as columns of combinations of them: (row, coefficient); none where the letters are the same.
    letters: Option<Columns>,
    /// The moments in unitary letters as affine functions of the target's variables.
    values: Vec<Value>,
    /// The source's variables that scalar rows use, in the order in which the target's variables begin.
    given: Vec<u32>,
    words: usize,
}

/// The target of a program; `None` if the program is not of this form, or images of words are not words of the matrix,
/// or parts are larger than what is worth the while.
pub fn apply(program: &Program, matrix: &MomentMatrix, group: &Group) -> Result<Option<Reduced>, EigenError> {
    /// Real numbers of one orbit that depend on each other, and words of one orbit: beyond this their eigenvectors take
    /// longer than what they save.
    const MOST: usize = 400;
    const MOST_WORDS: usize = 900;
    if program.blocks.len() > 1 {
        return Ok(None);
    }
    let Some(moments) = moments(program, matrix) else { return Ok(None) };
    let Some(letters) = Letters::new(matrix) else { return Ok(None) };
    let unitary = letters.matrix();
    let Some(known) = letters.known(&moments) else { return Ok(None) };
    let given: Vec<bool> = known.iter().map(Option::is_some).collect();
    let Some(invariants) = Invariants::new(unitary, group, &given, MOST)? else { return Ok(None) };
    let Some(adapted) = Adapted::new(unitary.words(), group, MOST_WORDS)? else { return Ok(None) };

    let free = (invariants.moments.as_slice(), invariants.bounds.as_slice());
    let rewritten = rewritten(program, &moments, &letters, &known, free);
    let Some(Rewritten { program: mut reduced, values, given: used }) = rewritten else { return Ok(None) };
    let trace_bound = program.blocks[0].trace_bound;
    reduced.blocks = blocks(&mut Classes { matrix: unitary, values: &values }, &adapted, trace_bound)?;
    let words = matrix.size();
    let letters = letters.into_columns();
    let (order, antilinear) = (group.order(), group.antilinear());
    Ok(Some(Reduced { program: reduced, order, antilinear, adapted, letters, values, given: used, words }))
}

/// Parts of a dual's entries up to this, relative to the largest, are rounding errors of a few products.
const DUST: f64 = 1e-15;

impl Reduced {
    /// The variables of the source at a point of the target; `None` for another program than that it was made of.
    pub fn point(&self, program: &Program, matrix: &MomentMatrix, z: &[f64]) -> Option<Vec<f64>> {
        let at = |value: &Value| Value {
            constant: value.constant + value.terms.iter().map(|&(k, c)| c * z[k as usize]).sum::<Complex64>(),
            terms: Vec::new(),
        };
        let values: Vec<Value> = self.values.iter().map(at).collect();
        let letters = Letters::new(matrix)?;
        let mut y = vec![0.0; program.variables()];
        self.given.iter().zip(z).for_each(|(&k, &value)| y[k as usize] = value);
        for (class, moment) in moments(program, matrix)?.iter().enumerate() {
            for (k, part) in moment.own() {
                y[k as usize] = part(letters.moment(class, &values)?.constant);
            }
        }
        Some(y)
    }

    /// A solution of the source from one of the target: its dual. Its moments, which nothing asks for, are as many as the
    /// source has, and are left to [`point`](Self::point).
    pub fn pull_back(&self, mut solution: Solution) -> Solution {
        let n = self.words;
        let mut sum = Mat::<Complex64>::zeros(n, n);
        for (isotypic, z) in self.adapted.isotypics.iter().zip(&solution.dual.blocks) {
            self.add_block(isotypic, z, &mut sum);
        }
        let sum = match &self.letters {
            None => sum,
            Some(columns) => transformed(columns, &sum),
        };
        // What rounding leaves of parts that vanish would keep moments complex that are real or imaginary.
        let negligible = DUST * sum.norm_max();
        let clean = |part: f64| if part.abs() <= negligible { 0.0 } else { part };
        let dual = Mat::from_fn(n, n, |i, j| {
            let value = 0.5 * (sum[(i, j)] + sum[(j, i)].conj());
            Complex64::new(clean(value.re), clean(value.im))
        });
        solution.y.clear();
        solution.primal_status = PointStatus::Unknown;
        solution.dual.blocks = vec![dual];
        solution
    }

    /// Adds (1/d) Σ_{abr} ζ^r_ab (E_a K_r) E_b†.
    fn add_block(&self, isotypic: &Isotypic, z: &Mat<Complex64>, sum: &mut Mat<Complex64>) {
        let (d, m, n) = (isotypic.dimension, isotypic.copies.len(), self.words);
        let side = rows(isotypic.units);
        let zeta = |r: usize| {
            Mat::from_fn(m, m, |a, b| {
                let cells = (0..side).flat_map(|i| (0..side).map(move |j| (i, j)));
                let value: f64 = cells
                    .map(|(i, j)| (unit(isotypic.units, r, i, j).conj() * z[(a * side + i, b * side + j)]).re)
                    .sum();
                Complex64::from(value * scale(isotypic) / d as f64)
            })
        };
        // Column (k, a) is column k of E_a K_r.
        let stacked = |r: usize| {
            let mut columns = Mat::<Complex64>::zeros(n, m * d);
            for (a, copy) in isotypic.copies.iter().enumerate() {
                let words = &self.adapted.components[copy.component].words;
                for k in 0..d {
                    for (i, &word) in words.iter().enumerate() {
                        columns[(word, k * m + a)] = copy.bases[r][(i, k)];
                    }
                }
            }
            columns
        };
        let right = stacked(0);
        let mut left = Mat::<Complex64>::zeros(n, m * d);
        for r in 0..isotypic.units {
            let zeta = zeta(r);
            let columns = if r == 0 { right.clone() } else { stacked(r) };
            for k in 0..d {
                let mut target = left.subcols_mut(k * m, m);
                target += columns.subcols(k * m, m) * &zeta;
            }
        }
        *sum += left * right.adjoint();
    }
}
