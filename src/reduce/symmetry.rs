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

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::algebra::{Algebra, DeviceAlgebra, Letter, Word, character};
use crate::linalg::EigenError;
use crate::moments::MomentMatrix;
use crate::program::{Affine, Block, BlockEntry, Program, Solution};
use crate::symmetry::{Adapted, Group, Invariants, Isotypic};

/// An affine function with complex values: (constant, (variable, coefficient)).
#[derive(Debug, Clone, Default)]
struct Value {
    constant: Complex64,
    terms: Vec<(u32, Complex64)>,
}

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
    letters: Option<Vec<Vec<(usize, Complex64)>>>,
    /// Every variable of the source as an affine function of those of the target.
    variables: Vec<Affine>,
    words: usize,
}

/// What a moment of the source is.
enum Moment {
    /// Variables of its own: of the real part and, if it is complex, of the imaginary one.
    Own(u32, Option<u32>),
    /// An affine function of variables that scalar rows use.
    Given(Value),
}

/// The target of a program; `None` if the program is not of this form, or images of words are not words of the matrix,
/// or parts are larger than what is worth the while.
pub fn apply(program: &Program, matrix: &MomentMatrix, group: &Group) -> Result<Option<Reduced>, EigenError> {
    /// Real numbers of one orbit that depend on each other, and words of one orbit: beyond this their eigenvectors take
    /// longer than what they save.
    const MOST: usize = 400;
    const MOST_WORDS: usize = 900;
    let Some(moments) = moments(program, matrix) else { return Ok(None) };
    let Some(letters) = Letters::new(matrix) else { return Ok(None) };
    let unitary = letters.matrix();
    let Some(known) = letters.known(&moments) else { return Ok(None) };
    let given: Vec<bool> = known.iter().map(Option::is_some).collect();
    let Some(invariants) = Invariants::new(unitary, group, &given, MOST)? else { return Ok(None) };
    let Some(adapted) = Adapted::new(unitary.words(), group, MOST_WORDS)? else { return Ok(None) };

    // Variables: those that scalar rows use, then the invariants.
    let mut reduced = Program { offset: program.offset, ..Program::default() };
    let mut variables = vec![Affine::default(); program.variables()];
    let mut numbers = FxHashMap::default();
    for k in used_by_rows(program) {
        let number = reduced.add_variable(program.objective[k as usize], program.variable_bounds[k as usize]);
        numbers.insert(k, number);
        variables[k as usize].terms.push((number, 1.0));
    }
    let first = reduced.variables() as u32;
    let most = program.variable_bounds.iter().copied().fold(1.0, f64::max);
    for bound in &invariants.bounds {
        reduced.add_variable(0.0, bound * most);
    }
    let renumbered = |value: &Value| Value {
        constant: value.constant,
        terms: value.terms.iter().map(|&(k, c)| (numbers[&k], c)).collect(),
    };
    let values: Vec<Value> = known
        .iter()
        .zip(&invariants.moments)
        .map(|(known, terms)| match known {
            Some(value) => renumbered(value),
            None => Value {
                constant: Complex64::ZERO,
                terms: terms.iter().map(|&(k, c)| (first + k, c)).collect(),
            },
        })
        .collect();
    for (class, moment) in moments.iter().enumerate() {
        let Moment::Own(re, im) = moment else { continue };
        let Some(value) = letters.moment(class, &values) else { return Ok(None) };
        for (k, part) in [(Some(*re), (|c: Complex64| c.re) as fn(Complex64) -> f64), (*im, |c| c.im)] {
            let Some(k) = k else { continue };
            let terms = value.terms.iter().map(|&(variable, c)| (variable, part(c)));
            let form = Affine { constant: part(value.constant), terms: terms.collect() };
            reduced.add_objective(&form, program.objective[k as usize]);
            variables[k as usize] = form;
        }
    }
    let forms = |forms: &[Affine]| {
        let renumbered = |form: &Affine| Affine {
            constant: form.constant,
            terms: form.terms.iter().map(|&(k, c)| (numbers[&k], c)).collect(),
        };
        forms.iter().map(renumbered).collect()
    };
    reduced.inequalities = forms(&program.inequalities);
    reduced.equalities = forms(&program.equalities);
    let trace_bound = program.blocks[0].trace_bound;
    reduced.blocks = blocks(unitary, &adapted, &values, trace_bound);
    let words = matrix.size();
    let letters = letters.into_columns();
    let (order, antilinear) = (group.order(), group.antilinear());
    Ok(Some(Reduced { program: reduced, order, antilinear, adapted, letters, variables, words }))
}

/// The variables that scalar rows use, in order.
fn used_by_rows(program: &Program) -> Vec<u32> {
    let rows = program.inequalities.iter().chain(&program.equalities);
    let mut used: Vec<u32> = rows.flat_map(|row| &row.terms).map(|&(k, _)| k).collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// What the classes of the moment matrix are, read off the program's block.
fn moments(program: &Program, matrix: &MomentMatrix) -> Option<Vec<Moment>> {
    let [block] = program.blocks.as_slice() else { return None };
    let phases = matrix.algebra().phases();
    let used = used_by_rows(program);
    let given = |k: &u32| used.binary_search(k).is_ok();
    let mut moments: Vec<Option<Moment>> = (0..matrix.classes().len()).map(|_| None).collect();
    for entry in &block.entries {
        let (class, phase, conjugate) = matrix.entry(entry.row as usize, entry.column as usize).parts()?;
        if moments[class].is_some() {
            continue;
        }
        let own = |value: Complex64| {
            let value = value * phases.approx(phase).conj();
            if conjugate { value.conj() } else { value }
        };
        let value = Value {
            constant: own(entry.constant),
            terms: entry.terms.iter().map(|&(k, c)| (k, own(c))).collect(),
        };
        let near = |value: Complex64, other: Complex64| (value - other).norm() < 1e-12;
        moments[class] = Some(match value.terms.as_slice() {
            terms if terms.iter().all(|(k, _)| given(k)) => Moment::Given(value),
            _ if value.constant != Complex64::ZERO => return None,
            [(k, c)] if !given(k) && near(*c, Complex64::ONE) => Moment::Own(*k, None),
            [(k, c), (l, d)]
                if !given(k) && !given(l) && near(*c, Complex64::ONE) && near(*d, Complex64::I) =>
            {
                Moment::Own(*k, Some(*l))
            }
            _ => return None,
        });
    }
    // A class whose entries are all zero has the moment zero.
    Some(
        moments.into_iter().map(|moment| moment.unwrap_or_else(|| Moment::Given(Value::default()))).collect(),
    )
}

/// The same moment matrix in letters that are all unitary, and the way between the two.
struct Letters<'a> {
    source: &'a MomentMatrix,
    /// `None` where the letters are unitary already.
    unitary: Option<MomentMatrix>,
    /// Each of the unitary words as a combination of the source's: (number, coefficient).
    columns: Vec<Vec<(usize, Complex64)>>,
}

impl<'a> Letters<'a> {
    fn new(source: &'a MomentMatrix) -> Option<Self> {
        let algebra = source.algebra();
        let is_projector =
            |device: usize| matches!(algebra.devices()[device], DeviceAlgebra::Projectors { .. });
        if !(0..algebra.devices().len()).any(is_projector) {
            return Some(Self { source, unitary: None, columns: Vec::new() });
        }
        // As many unitaries as there are projectors: the place of M_a is that of Z_{a+1}.
        let place = |letter: &Letter| {
            if is_projector(letter.device()) { letter.with_index(letter.index() + 1) } else { *letter }
        };
        let words: Vec<Word> = source
            .words()
            .iter()
            .map(|word| Word::from_letters(&word.letters().iter().map(place).collect::<Vec<_>>()))
            .collect();
        let numbers: FxHashMap<&Word, usize> =
            source.words().iter().enumerate().map(|(number, word)| (word, number)).collect();
        let columns: Option<Vec<Vec<(usize, Complex64)>>> = words
            .iter()
            .map(|word| {
                let terms = combination(word, algebra, |letter| unitary_in_projectors(algebra, letter));
                terms.into_iter().map(|(word, value)| numbers.get(&word).map(|&k| (k, value))).collect()
            })
            .collect();
        let unitary = MomentMatrix::new(algebra.in_unitaries(), words);
        Some(Self { source, unitary: Some(unitary), columns: columns? })
    }

    fn matrix(&self) -> &MomentMatrix {
        self.unitary.as_ref().unwrap_or(self.source)
    }

    /// Of every class in unitary letters its value, where it follows from given moments.
    fn known(&self, moments: &[Moment]) -> Option<Vec<Option<Value>>> {
        let of_source = |class: usize| match &moments[class] {
            Moment::Given(value) => Some(value.clone()),
            Moment::Own(..) => None,
        };
        let Some(unitary) = &self.unitary else {
            return Some((0..moments.len()).map(of_source).collect());
        };
        let algebra = self.source.algebra();
        let mut known = Vec::with_capacity(unitary.classes().len());
        for class in unitary.classes() {
            let terms = combination(&class.word, algebra, |letter| unitary_in_projectors(algebra, letter));
            let mut sum = Some(Value::default());
            for (word, factor) in terms {
                let (class, phase, conjugate) = self.source.locate(&word).ok()?;
                match (&mut sum, &moments[class]) {
                    (Some(sum), Moment::Given(value)) => {
                        let factor = factor * self.source.algebra().phases().approx(phase);
                        sum.add(value, factor, conjugate);
                    }
                    _ => sum = None,
                }
            }
            let (_, phase, _) = unitary.locate(&class.word).ok()?;
            let own = unitary.algebra().phases().approx(phase).conj();
            known.push(sum.map(|value| value.times(own, class.real)));
        }
        Some(known)
    }

    /// The moment of a class of the source from those in unitary letters.
    fn moment(&self, class: usize, values: &[Value]) -> Option<Value> {
        let Some(unitary) = &self.unitary else { return Some(values[class].clone()) };
        let description = &self.source.classes()[class];
        let algebra = self.source.algebra();
        let terms = combination(&description.word, unitary.algebra(), |letter| {
            projector_in_unitaries(algebra, letter)
        });
        let mut sum = Value::default();
        for (word, factor) in terms {
            let (class, phase, conjugate) = unitary.locate(&word).ok()?;
            sum.add(&values[class], factor * unitary.algebra().phases().approx(phase), conjugate);
        }
        let (_, phase, _) = self.source.locate(&description.word).ok()?;
        Some(sum.times(self.source.algebra().phases().approx(phase).conj(), description.real))
    }

    fn into_columns(self) -> Option<Vec<Vec<(usize, Complex64)>>> {
        self.unitary.is_some().then_some(self.columns)
    }
}

impl Value {
    fn add(&mut self, other: &Self, factor: Complex64, conjugate: bool) {
        let oriented = |value: Complex64| factor * if conjugate { value.conj() } else { value };
        self.constant += oriented(other.constant);
        for &(k, value) in &other.terms {
            match self.terms.iter_mut().find(|(known, _)| *known == k) {
                Some((_, sum)) => *sum += oriented(value),
                None => self.terms.push((k, oriented(value))),
            }
        }
    }

    /// This value times a phase; of a real moment the real part.
    fn times(mut self, factor: Complex64, real: bool) -> Self {
        let clean =
            |value: Complex64| if real { Complex64::from((value * factor).re) } else { value * factor };
        self.constant = clean(self.constant);
        self.terms.iter_mut().for_each(|(_, value)| *value = clean(*value));
        self.terms.retain(|(_, value)| value.norm() > ROUNDING);
        self
    }
}

/// Sums that are zero leave this, for terms of order one.
const ROUNDING: f64 = 1e-13;

type Terms = Vec<(Option<Letter>, Complex64)>;

/// A word in other letters: each of its letters as a combination of letters of the target algebra (or the identity).
fn combination(
    word: &Word,
    target: &Algebra,
    letter: impl Fn(Letter) -> Option<Terms>,
) -> Vec<(Word, Complex64)> {
    let mut terms: Vec<(Word, Complex64)> = vec![(Word::identity(), Complex64::ONE)];
    for &own in word.letters() {
        let Some(images) = letter(own) else {
            let own = Word::from_letters(&[own]);
            terms = multiplied(target, &terms, &[(own, Complex64::ONE)]);
            continue;
        };
        let images: Vec<(Word, Complex64)> = images
            .into_iter()
            .map(|(letter, value)| (letter.map_or_else(Word::identity, |l| Word::from_letters(&[l])), value))
            .collect();
        terms = multiplied(target, &terms, &images);
    }
    let mut sums: FxHashMap<Word, Complex64> = FxHashMap::default();
    terms.into_iter().for_each(|(word, value)| *sums.entry(word).or_default() += value);
    let mut terms: Vec<(Word, Complex64)> = sums.into_iter().filter(|(_, v)| v.norm() > ROUNDING).collect();
    terms.sort_by(|a, b| a.0.cmp(&b.0));
    terms
}

fn multiplied(
    algebra: &Algebra,
    left: &[(Word, Complex64)],
    right: &[(Word, Complex64)],
) -> Vec<(Word, Complex64)> {
    let products = left.iter().flat_map(|(u, a)| {
        right.iter().filter_map(move |(v, b)| {
            let (phase, word) = algebra.product(u, v)?;
            Some((word, a * b * algebra.phases().approx(phase)))
        })
    });
    products.collect()
}

/// Z_q = χ_q(n−1) + Σ_{a<n−1} (χ_q(a) − χ_q(n−1)) M_a; `None` for letters that are the same in both algebras.
fn unitary_in_projectors(source: &Algebra, letter: Letter) -> Option<Terms> {
    let DeviceAlgebra::Projectors { outcomes: n, .. } = source.devices()[letter.device()] else {
        return None;
    };
    let value = |a: usize| character(n, letter.index(), a).approx();
    let last = value(n - 1);
    let projectors = (0..n - 1).map(|a| (Some(letter.with_index(a)), value(a) - last));
    Some(
        std::iter::once((None, last))
            .chain(projectors)
            .filter(|(_, value)| *value != Complex64::ZERO)
            .collect(),
    )
}

/// M_a = Σ_q χ_q(a)* Z_q / n.
fn projector_in_unitaries(source: &Algebra, letter: Letter) -> Option<Terms> {
    let DeviceAlgebra::Projectors { outcomes: n, .. } = source.devices()[letter.device()] else {
        return None;
    };
    let value = |q: usize| character(n, q, letter.index()).approx().conj() / n as f64;
    Some((0..n).map(|q| ((q > 0).then(|| letter.with_index(q)), value(q))).collect())
}

/// The unit r of what commutes with a representation as a complex number or a 2×2 matrix, entry (i, j).
fn unit(units: usize, r: usize, i: usize, j: usize) -> Complex64 {
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
fn rows(units: usize) -> usize {
    if units == 4 { 2 } else { 1 }
}

/// What the entries of a representation's block are multiplied by: its rows stand for d in ℝ²ⁿ, where inner products are
/// twice those in ℂⁿ, and the trace counts a quaternion's unit twice.
fn scale(isotypic: &Isotypic) -> f64 {
    (isotypic.dimension as f64 / (2 * rows(isotypic.units)) as f64).sqrt()
}

/// The blocks of all representations.
fn blocks(matrix: &MomentMatrix, adapted: &Adapted, values: &[Value], trace_bound: f64) -> Vec<Block> {
    let mut entries: Vec<FxHashMap<(u32, u32), Value>> = vec![FxHashMap::default(); adapted.isotypics.len()];
    for first in 0..adapted.components.len() {
        for second in first..adapted.components.len() {
            let cells = cells(matrix, adapted, values, first, second);
            for (isotypic, entries) in adapted.isotypics.iter().zip(&mut entries) {
                add_pairs(adapted, isotypic, [first, second], &cells, entries);
            }
        }
    }
    adapted
        .isotypics
        .iter()
        .zip(entries)
        .map(|(isotypic, entries)| {
            let mut entries: Vec<BlockEntry> = entries
                .into_iter()
                .map(|((row, column), value)| {
                    let mut terms: SmallVec<[(u32, Complex64); 2]> = value.terms.into_iter().collect();
                    terms.sort_by_key(|&(k, _)| k);
                    BlockEntry { row, column, constant: value.constant, terms }
                })
                .collect();
            entries.sort_by_key(|entry| (entry.column, entry.row));
            // A block is a compression of Γ to orthonormal vectors, twice of one where there are quaternions.
            let trace_bound = trace_bound * scale(isotypic) * rows(isotypic.units) as f64;
            Block { size: isotypic.copies.len() * rows(isotypic.units), entries, trace_bound }
        })
        .collect()
}

/// By variable (`None` for the constant): the entries of Γ between rows of one component and columns of another that it
/// occurs in, (row among the component's `rows`, column, coefficient).
type Cells = Vec<(Option<u32>, Vec<(usize, usize, Complex64)>)>;

fn cells(matrix: &MomentMatrix, adapted: &Adapted, values: &[Value], first: usize, second: usize) -> Cells {
    let phases = matrix.algebra().phases();
    let [left, right] = [first, second].map(|component| &adapted.components[component]);
    let mut cells: FxHashMap<Option<u32>, Vec<(usize, usize, Complex64)>> = FxHashMap::default();
    for (i, &row) in left.rows.iter().enumerate() {
        for (j, &column) in right.words.iter().enumerate() {
            let row = left.words[row];
            let (upper, lower) = (row.min(column), row.max(column));
            let Some((class, phase, conjugate)) = matrix.entry(upper, lower).parts() else { continue };
            let phase = phases.approx(phase);
            let oriented = |value: Complex64| {
                let value = phase * if conjugate { value.conj() } else { value };
                if row > column { value.conj() } else { value }
            };
            let value = &values[class];
            if value.constant != Complex64::ZERO {
                cells.entry(None).or_default().push((i, j, oriented(value.constant)));
            }
            for &(k, coefficient) in &value.terms {
                cells.entry(Some(k)).or_default().push((i, j, oriented(coefficient)));
            }
        }
    }
    let mut cells: Cells = cells.into_iter().collect();
    cells.sort_by_key(|&(k, _)| k);
    cells
}

/// The entries of one representation's block between the copies in two components.
fn add_pairs(
    adapted: &Adapted,
    isotypic: &Isotypic,
    [first, second]: [usize; 2],
    cells: &Cells,
    entries: &mut FxHashMap<(u32, u32), Value>,
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
                        let entry = entries.entry((row as u32, column as u32)).or_default();
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

impl Reduced {
    /// A solution of the source from one of the target.
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
        let dual = Mat::from_fn(n, n, |i, j| 0.5 * (sum[(i, j)] + sum[(j, i)].conj()));
        solution.y = self.variables.iter().map(|form| form.at(&solution.y)).collect();
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

/// W Z W† with the columns of W given as combinations.
fn transformed(columns: &[Vec<(usize, Complex64)>], z: &Mat<Complex64>) -> Mat<Complex64> {
    let n = columns.len();
    let mut half = Mat::<Complex64>::zeros(n, n);
    for j in 0..n {
        for (k, terms) in columns.iter().enumerate() {
            let value = z[(k, j)];
            if value != Complex64::ZERO {
                terms.iter().for_each(|&(i, factor)| half[(i, j)] += factor * value);
            }
        }
    }
    let mut full = Mat::<Complex64>::zeros(n, n);
    for (k, terms) in columns.iter().enumerate() {
        for &(j, factor) in terms {
            let factor = factor.conj();
            for i in 0..n {
                full[(i, j)] += half[(i, k)] * factor;
            }
        }
    }
    full
}
