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
mod letters;

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use crate::linalg::EigenError;
use crate::moments::MomentMatrix;
use crate::program::{Affine, PointStatus, Program, Solution};
use crate::symmetry::{Adapted, Group, Invariants, Isotypic};
use blocks::{blocks, rows, scale, unit};
use letters::Letters;

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
    /// The moments in unitary letters as affine functions of the target's variables.
    values: Vec<Value>,
    /// The source's variables that scalar rows use, in the order in which the target's variables begin.
    given: Vec<u32>,
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
    let mut numbers = FxHashMap::default();
    let used = used_by_rows(program);
    for &k in &used {
        let number = reduced.add_variable(program.objective[k as usize], program.variable_bounds[k as usize]);
        numbers.insert(k, number);
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
        let weighed = moment.own().filter(|&(k, _)| program.objective[k as usize] != 0.0);
        for (k, part) in weighed {
            let Some(value) = letters.moment(class, &values) else { return Ok(None) };
            let terms = value.terms.iter().map(|&(variable, c)| (variable, part(c)));
            let form = Affine { constant: part(value.constant), terms: terms.collect() };
            reduced.add_objective(&form, program.objective[k as usize]);
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
    Ok(Some(Reduced { program: reduced, order, antilinear, adapted, letters, values, given: used, words }))
}

/// The real or the imaginary part.
type Part = fn(Complex64) -> f64;

impl Moment {
    /// The variables of its own, and which part of it each is.
    fn own(&self) -> impl Iterator<Item = (u32, Part)> {
        let (re, im) = match *self {
            Self::Own(re, im) => (Some(re), im),
            Self::Given(_) => (None, None),
        };
        let (real, imaginary): (Part, Part) = (|value| value.re, |value| value.im);
        re.map(|k| (k, real)).into_iter().chain(im.map(|k| (k, imaginary)))
    }
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
