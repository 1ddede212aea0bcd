//! Facial reduction: a program whose first block has a known kernel, in what is left of block and variables.
//!
//! With Γ(y)·N = 0 at every feasible y, Γ ⪰ 0 says that V†ΓV ⪰ 0 for an orthonormal basis V of what is orthogonal to N; and the
//! program's equalities, of which these are, determine some variables by others. On the way back Z = V Z' V†, and the multipliers of the
//! equalities are those that leave no residual.

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::linalg::{EigenError, hermitian_eigen};
use crate::program::{Affine, Block, BlockEntry, DualPoint, Program, Solution, multipliers_of_equalities};
use crate::symmetry::Sets;

/// Coefficients below this, of numbers of order one, are what rounding errors leave of zero.
const ROUNDING: f64 = 1e-12;

/// Terms that may be left for each one of the original program, or stand in what its equalities say of variables; and products for
/// each that may be added to find them. Mostly there are fewer, and where there are more the program as it is takes less time.
const MOST_FILL: usize = 4;
const MOST_PRODUCTS: usize = 100;

/// A program on a face.
#[derive(Debug)]
pub struct Reduced {
    /// The program, without equalities.
    pub program: Program,
    /// V, n × n'.
    complement: Mat<Complex64>,
    /// Each of the original variables in those that are left.
    variables: Vec<Affine>,
}

/// The program on the face that the orthonormal columns of `kernel` leave. `None` if its equalities have no solution, or if what is
/// left is much denser.
pub fn apply(program: &Program, kernel: &Mat<Complex64>) -> Result<Option<Reduced>, EigenError> {
    let size = terms(program);
    let Some(variables) = solved(program, MOST_FILL * size) else { return Ok(None) };
    let complement = orthogonal(kernel)?;
    let mut numbers = vec![None; program.variables()];
    let mut reduced = Program { offset: program.offset, ..Program::default() };
    for (k, form) in variables.iter().enumerate() {
        if form.is_none() {
            numbers[k] = Some(reduced.add_variable(0.0, program.variable_bounds[k]));
        }
    }
    let variables: Vec<Affine> = (0..)
        .zip(&variables)
        .map(|(k, form)| {
            let own = Affine { constant: 0.0, terms: vec![(k, 1.0)] };
            form.as_ref().unwrap_or(&own).renumbered(|k| numbers[k as usize])
        })
        .collect();
    for (form, &b) in variables.iter().zip(&program.objective) {
        reduced.add_objective(form, b);
    }
    let composed = |form: &Affine| {
        let mut sum = Affine { constant: form.constant, terms: Vec::new() };
        form.terms.iter().for_each(|&(k, value)| add(&mut sum, &variables[k as usize], value));
        sum
    };
    reduced.inequalities = program.inequalities.iter().map(composed).collect();
    for (number, block) in program.blocks.iter().enumerate() {
        let basis = (number == 0).then_some(&complement);
        let Some(block) = restricted(block, basis, &variables, MOST_PRODUCTS * size) else { return Ok(None) };
        reduced.blocks.push(block);
    }
    let filled = terms(&reduced) > MOST_FILL * size;
    Ok((!filled).then_some(Reduced { program: reduced, complement, variables }))
}

impl Reduced {
    /// A solution of the original program from one of this.
    pub fn pull_back(&self, original: &Program, solution: Solution) -> Solution {
        let mut blocks = solution.dual.blocks;
        if let Some(first) = blocks.first_mut() {
            *first = &self.complement * &*first * self.complement.adjoint();
        }
        let equalities = vec![0.0; original.equalities.len()];
        let mut dual = DualPoint { blocks, inequalities: solution.dual.inequalities, equalities };
        dual.equalities = multipliers_of_equalities(original, &dual);
        let y = self.variables.iter().map(|form| form.at(&solution.y)).collect();
        // What is known of the optimum was of another program, whose coefficients are rounded.
        Solution { y, dual, enclosure: None, ..solution }
    }

    /// The side n' of what is left of the first block.
    pub fn side(&self) -> usize {
        self.complement.ncols()
    }
}

/// The terms of all blocks.
fn terms(program: &Program) -> usize {
    program.blocks.iter().flat_map(|block| &block.entries).map(|entry| entry.terms.len()).sum()
}

/// sum + factor·form, every variable once, in order.
fn add(sum: &mut Affine, form: &Affine, factor: f64) {
    sum.constant += factor * form.constant;
    for &(k, value) in &form.terms {
        match sum.terms.binary_search_by_key(&k, |&(known, _)| known) {
            Ok(at) => sum.terms[at].1 += factor * value,
            Err(at) => sum.terms.insert(at, (k, factor * value)),
        }
    }
}

/// For each variable that the equalities determine by others these others, by Gauss and Jordan with the largest coefficient as pivot.
/// `None` if that is impossible, or takes more than so many terms.
fn solved(program: &Program, most: usize) -> Option<Vec<Option<Affine>>> {
    let mut count = 0;
    let mut solved: Vec<Option<Affine>> = vec![None; program.variables()];
    // Which solutions a variable occurs in.
    let mut uses: Vec<Vec<usize>> = vec![Vec::new(); program.variables()];
    for equality in &program.equalities {
        let mut form = Affine { constant: equality.constant, terms: Vec::new() };
        for &(k, value) in &equality.terms {
            let own = Affine { constant: 0.0, terms: vec![(k, 1.0)] };
            add(&mut form, solved[k as usize].as_ref().unwrap_or(&own), value);
        }
        form.terms.retain(|(_, value)| value.abs() > ROUNDING);
        let largest = form.terms.iter().max_by(|(_, p), (_, q)| p.abs().total_cmp(&q.abs()));
        let Some(&(pivot, value)) = largest else {
            if form.constant.abs() > ROUNDING {
                return None;
            }
            continue;
        };
        form.terms.retain(|&(k, _)| k != pivot);
        let mut solution = Affine::default();
        add(&mut solution, &form, -1.0 / value);
        for other in std::mem::take(&mut uses[pivot as usize]) {
            let Some(form) = &mut solved[other] else { continue };
            let Ok(at) = form.terms.binary_search_by_key(&pivot, |&(k, _)| k) else { continue };
            count -= form.terms.len();
            let (_, factor) = form.terms.remove(at);
            add(form, &solution, factor);
            form.terms.retain(|(_, value)| value.abs() > ROUNDING);
            count += form.terms.len();
            solution.terms.iter().for_each(|&(k, _)| uses[k as usize].push(other));
        }
        solution.terms.iter().for_each(|&(k, _)| uses[k as usize].push(pivot as usize));
        count += solution.terms.len();
        if count > most {
            return None;
        }
        solved[pivot as usize] = Some(solution);
    }
    Some(solved)
}

/// An orthonormal basis of what is orthogonal to the orthonormal columns of N, with few entries that are not zero: rows that
/// no column of N connects stay apart, and in each set of connected rows it is the eigenvectors of N N† for 0.
fn orthogonal(kernel: &Mat<Complex64>) -> Result<Mat<Complex64>, EigenError> {
    let n = kernel.nrows();
    let mut columns: Vec<Vec<(usize, Complex64)>> = Vec::new();
    for rows in connected(kernel) {
        if let [row] = rows[..]
            && (0..kernel.ncols()).all(|k| kernel[(row, k)].norm() <= ROUNDING)
        {
            columns.push(vec![(row, Complex64::ONE)]);
            continue;
        }
        let part = Mat::from_fn(rows.len(), kernel.ncols(), |i, k| kernel[(rows[i], k)]);
        let (values, vectors) = hermitian_eigen(&(&part * part.adjoint()))?;
        // The eigenvalues are zeros and ones.
        for k in (0..rows.len()).filter(|&k| values[k] < 0.5) {
            columns.push(rows.iter().enumerate().map(|(i, &row)| (row, vectors[(i, k)])).collect());
        }
    }
    let mut basis = Mat::zeros(n, columns.len());
    for (k, column) in columns.into_iter().enumerate() {
        column.into_iter().for_each(|(row, value)| basis[(row, k)] = value);
    }
    Ok(basis)
}

/// The rows in sets, two being in the same where a column has entries in both, or a chain of columns has.
fn connected(matrix: &Mat<Complex64>) -> Vec<Vec<usize>> {
    let mut sets = Sets::new(matrix.nrows());
    for column in 0..matrix.ncols() {
        let mut rows = (0..matrix.nrows()).filter(|&row| matrix[(row, column)].norm() > ROUNDING);
        let Some(first) = rows.next() else { continue };
        for row in rows {
            sets.join(first, row);
        }
    }
    sets.groups()
}

/// V†·block·V, by the entries of V that are not zero, or the block itself, in the variables that are left. `None` if that takes more
/// than so many products.
fn restricted(
    block: &Block,
    basis: Option<&Mat<Complex64>>,
    variables: &[Affine],
    most: usize,
) -> Option<Block> {
    let mut products = 0;
    let size = basis.map_or(block.size, Mat::ncols);
    let rows: Vec<Vec<(usize, Complex64)>> = (0..block.size)
        .map(|row| match basis {
            Some(v) => {
                let entries = (0..size).map(|k| (k, v[(row, k)]));
                entries.filter(|(_, value)| value.norm() > ROUNDING).collect()
            }
            None => vec![(row, Complex64::ONE)],
        })
        .collect();
    // Of every cell of the upper triangle the coefficients by variable, and the constant.
    let mut cells: Vec<FxHashMap<u32, Complex64>> = vec![FxHashMap::default(); size * (size + 1) / 2];
    let mut add = |row: usize, column: usize, k: u32, value: Complex64| {
        *cells[column * (column + 1) / 2 + row].entry(k).or_default() += value;
    };
    for entry in &block.entries {
        let (row, column) = (entry.row as usize, entry.column as usize);
        let coefficients = in_variables(entry, variables);
        products += coefficients.len() * rows[row].len() * rows[column].len();
        if products > most {
            return None;
        }
        for (k, value) in coefficients {
            for &(i, left) in &rows[row] {
                for &(j, right) in &rows[column] {
                    let product = left.conj() * value * right;
                    if i <= j {
                        add(i, j, k, product);
                    }
                    // The entry's mirror image has its conjugate in (j, i).
                    if row != column && j <= i {
                        add(j, i, k, product.conj());
                    }
                }
            }
        }
    }
    let mut entries = Vec::new();
    let places = (0..size).flat_map(|column| (0..=column).map(move |row| (row, column)));
    for ((row, column), mut cell) in places.zip(cells) {
        if row == column {
            cell.values_mut().for_each(|value| value.im = 0.0);
        }
        cell.retain(|_, value| value.norm() > ROUNDING);
        let constant = cell.remove(&CONSTANT).unwrap_or_default();
        if constant != Complex64::ZERO || !cell.is_empty() {
            let mut terms: SmallVec<[(u32, Complex64); 2]> = cell.into_iter().collect();
            terms.sort_unstable_by_key(|&(k, _)| k);
            entries.push(BlockEntry { row: row as u32, column: column as u32, constant, terms });
        }
    }
    Some(Block { size, entries, trace_bound: block.trace_bound })
}

/// Stands for the constant where coefficients are listed by variable.
const CONSTANT: u32 = u32::MAX;

/// An entry's coefficients in the variables that are left, and its constant.
fn in_variables(entry: &BlockEntry, variables: &[Affine]) -> FxHashMap<u32, Complex64> {
    let mut sums: FxHashMap<u32, Complex64> = FxHashMap::default();
    *sums.entry(CONSTANT).or_default() += entry.constant;
    for &(k, value) in &entry.terms {
        let form = &variables[k as usize];
        *sums.entry(CONSTANT).or_default() += value * form.constant;
        for &(k, factor) in &form.terms {
            *sums.entry(k).or_default() += value * factor;
        }
    }
    sums.retain(|_, value| *value != Complex64::ZERO);
    sums
}
