//! What the moments of a program are, and the same program in other variables for them.

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::letters::Letters;
use crate::moments::MomentMatrix;
use crate::program::{Affine, Program};
use crate::symmetry::Terms;

/// An affine function with complex values: (constant, (variable, coefficient)).
#[derive(Debug, Clone, Default)]
pub(super) struct Value {
    pub constant: Complex64,
    pub terms: Vec<(u32, Complex64)>,
}

/// What a moment of the source is.
pub(super) enum Moment {
    /// Variables of its own: of the real part and, if it is complex, of the imaginary one.
    Own(u32, Option<u32>),
    /// An affine function of variables that are used [elsewhere](used_elsewhere).
    Given(Value),
}

/// The real or the imaginary part.
pub(super) type Part = fn(Complex64) -> f64;

impl Moment {
    /// The variables of its own, and which part of it each is.
    pub fn own(&self) -> impl Iterator<Item = (u32, Part)> {
        let (re, im) = match *self {
            Self::Own(re, im) => (Some(re), im),
            Self::Given(_) => (None, None),
        };
        let (real, imaginary): (Part, Part) = (|value| value.re, |value| value.im);
        re.map(|k| (k, real)).into_iter().chain(im.map(|k| (k, imaginary)))
    }
}

/// The variables that scalar rows and blocks besides the moment matrix use, in order.
fn used_elsewhere(program: &Program) -> Vec<u32> {
    let rows = program.inequalities.iter().chain(&program.equalities);
    let in_rows = rows.flat_map(|row| &row.terms).map(|&(k, _)| k);
    let entries = program.blocks.iter().skip(1).flat_map(|block| &block.entries);
    let in_blocks = entries.flat_map(|entry| &entry.terms).map(|&(k, _)| k);
    let mut used: Vec<u32> = in_rows.chain(in_blocks).collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// What the classes of the moment matrix are, read off the program's first block.
pub(super) fn moments(program: &Program, matrix: &MomentMatrix) -> Option<Vec<Moment>> {
    let block = program.blocks.first()?;
    let phases = matrix.algebra().phases();
    let used = used_elsewhere(program);
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
    pub fn add(&mut self, other: &Self, factor: Complex64, conjugate: bool) {
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
    pub fn times(mut self, factor: Complex64, real: bool) -> Self {
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

/// A program without its moment matrix, in variables for the moments in unitary letters: those that are used elsewhere, in order, then others.
pub(super) struct Rewritten {
    pub program: Program,
    /// By class in unitary letters.
    pub values: Vec<Value>,
    /// The source's variables that are used elsewhere.
    pub given: Vec<u32>,
}

/// The program in new variables, which are within `bounds`: of the classes whose value is not `known` the moments are `free`, as
/// combinations of them. `None` if a moment that is weighed does not follow from these.
pub(super) fn rewritten(
    program: &Program,
    moments: &[Moment],
    letters: &Letters<'_>,
    known: &[Option<Value>],
    (free, bounds): (&[Terms], &[f64]),
) -> Option<Rewritten> {
    let mut target = Program { offset: program.offset, ..Program::default() };
    let mut numbers = FxHashMap::default();
    let given = used_elsewhere(program);
    for &k in &given {
        let number = target.add_variable(program.objective[k as usize], program.variable_bounds[k as usize]);
        numbers.insert(k, number);
    }
    let first = target.variables() as u32;
    let most = program.variable_bounds.iter().copied().fold(1.0, f64::max);
    for bound in bounds {
        target.add_variable(0.0, bound * most);
    }
    let value = |(known, free): (&Option<Value>, &Terms)| match known {
        Some(value) => Value {
            constant: value.constant,
            terms: value.terms.iter().map(|&(k, c)| (numbers[&k], c)).collect(),
        },
        None => {
            Value { constant: Complex64::ZERO, terms: free.iter().map(|&(k, c)| (first + k, c)).collect() }
        }
    };
    let values: Vec<Value> = known.iter().zip(free).map(value).collect();
    for (class, moment) in moments.iter().enumerate() {
        let weighed = moment.own().filter(|&(k, _)| program.objective[k as usize] != 0.0);
        for (k, part) in weighed {
            let value = letters.moment(class, &values)?;
            let terms = value.terms.iter().map(|&(variable, c)| (variable, part(c)));
            let form = Affine { constant: part(value.constant), terms: terms.collect() };
            target.add_objective(&form, program.objective[k as usize]);
        }
    }
    let forms = |forms: &[Affine]| {
        let renumbered = |form: &Affine| Affine {
            constant: form.constant,
            terms: form.terms.iter().map(|&(k, c)| (numbers[&k], c)).collect(),
        };
        forms.iter().map(renumbered).collect()
    };
    target.inequalities = forms(&program.inequalities);
    target.equalities = forms(&program.equalities);
    target.blocks = program.blocks.iter().skip(1).cloned().collect();
    let terms =
        target.blocks.iter_mut().flat_map(|block| &mut block.entries).flat_map(|entry| &mut entry.terms);
    terms.for_each(|(k, _)| *k = numbers[k]);
    Some(Rewritten { program: target, values, given })
}
