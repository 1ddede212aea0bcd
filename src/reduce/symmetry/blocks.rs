//! The blocks of a reduced program: entries of Γ between the copies of each representation.

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::linalg::EigenError;
use crate::moments::MomentMatrix;
use crate::program::{Block, BlockEntry};
use crate::reduce::moments::Value;
use crate::symmetry::{Adapted, Isotypic};

/// The unit r of what commutes with a representation as a complex number or a 2×2 matrix, entry (i, j).
pub(super) fn unit(units: usize, r: usize, i: usize, j: usize) -> Complex64 {
    let one = Complex64::ONE;
    match (units, r, i, j) {
        (1 | 2, 0, ..) | (4, 0, 0, 0) | (4, 0, 1, 1) | (4, 2, 0, 1) => one,
        (2, 1, ..) | (4, 1, 0, 0) | (4, 3, 0, 1) | (4, 3, 1, 0) => Complex64::I,
        (4, 1, 1, 1) => -Complex64::I,
        (4, 2, 1, 0) => -one,
        _ => Complex64::ZERO,
    }
}

/// Rows of a block that one copy has.
pub(super) fn rows(units: usize) -> usize {
    if units == 4 { 2 } else { 1 }
}

/// What the entries of a representation's block are multiplied by: its rows stand for d in ℝ²ⁿ, where inner products are
/// twice those in ℂⁿ, and the trace counts a quaternion's unit twice.
pub(super) fn scale(isotypic: &Isotypic) -> f64 {
    (isotypic.dimension as f64 / (2 * rows(isotypic.units)) as f64).sqrt()
}

/// Entries of Γ.
pub(super) trait Entries {
    /// The entry of two words as (variable or constant, coefficient).
    fn visit(
        &mut self,
        row: usize,
        column: usize,
        term: &mut dyn FnMut(Option<u32>, Complex64),
    ) -> Result<(), EigenError>;
}

/// A moment matrix whose classes are known.
pub(super) struct Classes<'a> {
    pub matrix: &'a MomentMatrix,
    /// By class.
    pub values: &'a [Value],
}

impl Entries for Classes<'_> {
    fn visit(
        &mut self,
        row: usize,
        column: usize,
        term: &mut dyn FnMut(Option<u32>, Complex64),
    ) -> Result<(), EigenError> {
        let (upper, lower) = (row.min(column), row.max(column));
        let Some((class, phase, conjugate)) = self.matrix.entry(upper, lower).parts() else { return Ok(()) };
        let phase = self.matrix.algebra().phases().approx(phase);
        let oriented = |value: Complex64| {
            let value = phase * if conjugate { value.conj() } else { value };
            if row > column { value.conj() } else { value }
        };
        let value = &self.values[class];
        if value.constant != Complex64::ZERO {
            term(None, oriented(value.constant));
        }
        value.terms.iter().for_each(|&(k, coefficient)| term(Some(k), oriented(coefficient)));
        Ok(())
    }
}

/// The entries of a representation's block, by row and column.
pub(super) type Filled = FxHashMap<(u32, u32), Value>;

/// The blocks of all representations.
pub(super) fn blocks(
    entries: &mut impl Entries,
    adapted: &Adapted,
    trace_bound: f64,
) -> Result<Vec<Block>, EigenError> {
    let mut filled: Vec<Filled> = vec![Filled::default(); adapted.isotypics.len()];
    for first in 0..adapted.components.len() {
        for second in first..adapted.components.len() {
            let cells = cells(entries, adapted, first, second)?;
            for (isotypic, filled) in adapted.isotypics.iter().zip(&mut filled) {
                add_pairs(adapted, isotypic, [first, second], &cells, filled);
            }
        }
    }
    let isotypics = adapted.isotypics.iter().zip(filled);
    Ok(isotypics
        .map(|(isotypic, filled)| block(isotypic, isotypic.copies.len(), filled, trace_bound))
        .collect())
}

/// A block of so many copies of a representation.
pub(super) fn block(isotypic: &Isotypic, copies: usize, filled: Filled, trace_bound: f64) -> Block {
    let entry = |((row, column), value): ((u32, u32), Value)| {
        let mut terms: SmallVec<[(u32, Complex64); 2]> = value.terms.into_iter().collect();
        terms.sort_by_key(|&(k, _)| k);
        BlockEntry { row, column, constant: value.constant, terms }
    };
    let mut entries: Vec<BlockEntry> = filled.into_iter().map(entry).collect();
    entries.sort_by_key(|entry| (entry.column, entry.row));
    // A block is a compression of Γ to orthonormal vectors, twice of one where there are quaternions.
    let trace_bound = trace_bound * scale(isotypic) * rows(isotypic.units) as f64;
    Block { size: copies * rows(isotypic.units), entries, trace_bound }
}

/// By variable (`None` for the constant): the entries of Γ between rows of one component and columns of another that it
/// occurs in, (row among the component's `rows`, column, coefficient).
pub(super) type Cells = Vec<(Option<u32>, Vec<(usize, usize, Complex64)>)>;

pub(super) fn cells(
    entries: &mut impl Entries,
    adapted: &Adapted,
    first: usize,
    second: usize,
) -> Result<Cells, EigenError> {
    let [left, right] = [first, second].map(|component| &adapted.components[component]);
    let mut cells: FxHashMap<Option<u32>, Vec<(usize, usize, Complex64)>> = FxHashMap::default();
    for (i, &row) in left.rows.iter().enumerate() {
        for (j, &column) in right.words.iter().enumerate() {
            entries.visit(left.words[row], column, &mut |variable, value| {
                cells.entry(variable).or_default().push((i, j, value));
            })?;
        }
    }
    let mut cells: Cells = cells.into_iter().collect();
    cells.sort_by_key(|&(k, _)| k);
    Ok(cells)
}

/// Adds the entries of one representation's block between the copies in two components.
pub(super) fn add_pairs(
    adapted: &Adapted,
    isotypic: &Isotypic,
    [first, second]: [usize; 2],
    cells: &Cells,
    filled: &mut Filled,
) {
    /// What rounding leaves of a coefficient that is zero, relative to those of the words.
    const ZERO: f64 = 1e-12;
    let component = &adapted.components[first];
    let factor = component.weight / isotypic.dimension as f64;
    let scale = scale(isotypic);
    let side = rows(isotypic.units);
    for (a, left) in isotypic.copies.iter().enumerate().filter(|(_, copy)| copy.component == first) {
        for (b, right) in isotypic.copies.iter().enumerate().filter(|(_, copy)| copy.component == second) {
            if a > b {
                continue;
            }
            for (r, basis) in left.bases.iter().enumerate() {
                if a == b && r > 0 {
                    continue;
                }
                let d = isotypic.dimension;
                // (E_b (E_a K_r)†)_ji for the rows i that count.
                let weights = Mat::from_fn(right.bases[0].nrows(), component.rows.len(), |j, i| {
                    let row = component.rows[i];
                    (0..d).map(|k| right.bases[0][(j, k)] * basis[(row, k)].conj()).sum::<Complex64>()
                });
                for (variable, list) in cells {
                    let sum: f64 = list.iter().map(|&(i, j, value)| (value * weights[(j, i)]).re).sum();
                    if (factor * sum).abs() <= ZERO {
                        continue;
                    }
                    let x = scale * factor * sum;
                    for (i, j) in (0..side).flat_map(|i| (0..side).map(move |j| (i, j))) {
                        let (row, column) = (a * side + i, b * side + j);
                        let value = unit(isotypic.units, r, i, j) * x;
                        if row > column || value == Complex64::ZERO {
                            continue;
                        }
                        let entry = filled.entry((row as u32, column as u32)).or_default();
                        match variable {
                            None => entry.constant += value,
                            Some(k) => match entry.terms.last_mut() {
                                Some((last, sum)) if last == k => *sum += value,
                                _ => entry.terms.push((*k, value)),
                            },
                        }
                    }
                }
            }
        }
    }
}
