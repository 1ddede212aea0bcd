//! A moment matrix in letters that are all unitary, and the way between the two.
//!
//! Relabelling the outcomes of projectors takes the last one to the identity minus the others, and words to sums of
//! words of fewer letters. The characters Z_q = Σ_a χ_q(a) M_a of more than two outcomes are unitary, and relabelling
//! takes them to combinations of each other.

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::{Moment, Value};
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Word, character};
use crate::moments::MomentMatrix;

/// A combination of letters of one input and the identity: (index or identity, coefficient).
type Terms = Vec<(Option<usize>, Complex64)>;

/// By device, where its letters differ, and by index: a letter as a combination of those of the other algebra.
type Table = Vec<Option<Vec<Terms>>>;

/// See the [module](self).
pub(super) struct Letters<'a> {
    source: &'a MomentMatrix,
    /// `None` where the letters are unitary already.
    unitary: Option<MomentMatrix>,
    /// Each of the unitary words as a combination of the source's: (number, coefficient).
    columns: Vec<Vec<(usize, Complex64)>>,
    in_projectors: Table,
    in_unitaries: Table,
}

impl<'a> Letters<'a> {
    /// `None` if a unitary word is no combination of words of the matrix: a level without products of fewer letters.
    pub fn new(source: &'a MomentMatrix) -> Option<Self> {
        let algebra = source.algebra();
        let [in_projectors, in_unitaries] = [unitary_in_projectors, projector_in_unitaries].map(|terms| {
            let of_device = |device: &DeviceAlgebra| match *device {
                DeviceAlgebra::Projectors { outcomes, .. } => {
                    Some((0..outcomes).map(|index| terms(outcomes, index)).collect())
                }
                _ => None,
            };
            algebra.devices().iter().map(of_device).collect::<Table>()
        });
        let mut letters = Self { source, unitary: None, columns: Vec::new(), in_projectors, in_unitaries };
        if letters.in_projectors.iter().all(Option::is_none) {
            return Some(letters);
        }
        // As many unitaries as there are projectors: the place of M_a is that of Z_{a+1}.
        let place = |letter: &Letter| match letters.in_projectors[letter.device()] {
            Some(_) => letter.with_index(letter.index() + 1),
            None => *letter,
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
                let terms = combination(word, algebra, &letters.in_projectors).into_iter();
                terms.map(|(word, value)| numbers.get(&word).map(|&k| (k, value))).collect()
            })
            .collect();
        letters.columns = columns?;
        letters.unitary = Some(MomentMatrix::new(algebra.in_unitaries(), words));
        Some(letters)
    }

    /// The matrix in unitary letters.
    pub fn matrix(&self) -> &MomentMatrix {
        self.unitary.as_ref().unwrap_or(self.source)
    }

    /// Of every class in unitary letters its value, where it follows from given moments. `None` if one occurs in no entry.
    pub fn known(&self, moments: &[Moment]) -> Option<Vec<Option<Value>>> {
        let given = |class: usize| match &moments[class] {
            Moment::Given(value) => Some(value),
            Moment::Own(..) => None,
        };
        let Some(unitary) = &self.unitary else {
            return Some((0..moments.len()).map(|class| given(class).cloned()).collect());
        };
        let classes = self.source.classes();
        let longest = (0..classes.len())
            .filter(|&c| given(c).is_some())
            .map(|c| classes[c].word.len())
            .max()
            .unwrap_or(0);
        let mut known = Vec::with_capacity(unitary.classes().len());
        for class in unitary.classes() {
            if class.word.len() > longest {
                known.push(None);
                continue;
            }
            let mut sum = Some(Value::default());
            for (word, factor) in combination(&class.word, self.source.algebra(), &self.in_projectors) {
                let (class, phase, conjugate) = self.source.locate(&word).ok()?;
                match (&mut sum, given(class)) {
                    (Some(sum), Some(value)) => {
                        sum.add(value, factor * self.source.algebra().phases().approx(phase), conjugate);
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
    pub fn moment(&self, class: usize, values: &[Value]) -> Option<Value> {
        let Some(unitary) = &self.unitary else { return Some(values[class].clone()) };
        let description = &self.source.classes()[class];
        let mut sum = Value::default();
        for (word, factor) in combination(&description.word, unitary.algebra(), &self.in_unitaries) {
            let (class, phase, conjugate) = unitary.locate(&word).ok()?;
            sum.add(&values[class], factor * unitary.algebra().phases().approx(phase), conjugate);
        }
        let (_, phase, _) = self.source.locate(&description.word).ok()?;
        Some(sum.times(self.source.algebra().phases().approx(phase).conj(), description.real))
    }

    /// The columns of W, if it is not the identity.
    pub fn into_columns(self) -> Option<Vec<Vec<(usize, Complex64)>>> {
        self.unitary.is_some().then_some(self.columns)
    }
}

/// Coefficients up to this are zero: sums of a few products of numbers of modulus one.
const ROUNDING: f64 = 1e-13;

/// A word in other letters.
fn combination(word: &Word, target: &Algebra, table: &Table) -> Vec<(Word, Complex64)> {
    let mut terms: Vec<(Word, Complex64)> = vec![(Word::identity(), Complex64::ONE)];
    for &letter in word.letters() {
        let images: Vec<(Word, Complex64)> = match &table[letter.device()] {
            None => vec![(Word::from_letters(&[letter]), Complex64::ONE)],
            Some(images) => images[letter.index()]
                .iter()
                .map(|&(index, value)| {
                    let word =
                        index.map_or_else(Word::identity, |k| Word::from_letters(&[letter.with_index(k)]));
                    (word, value)
                })
                .collect(),
        };
        let products = terms.iter().flat_map(|(u, a)| {
            images.iter().filter_map(move |(v, b)| {
                let (phase, word) = target.product(u, v)?;
                Some((word, a * b * target.phases().approx(phase)))
            })
        });
        terms = products.collect();
    }
    let mut sums: FxHashMap<Word, Complex64> = FxHashMap::default();
    terms.into_iter().for_each(|(word, value)| *sums.entry(word).or_default() += value);
    let mut terms: Vec<(Word, Complex64)> = sums.into_iter().filter(|(_, v)| v.norm() > ROUNDING).collect();
    terms.sort_by(|a, b| a.0.cmp(&b.0));
    terms
}

/// Z_q = χ_q(n−1) + Σ_{a<n−1} (χ_q(a) − χ_q(n−1)) M_a.
fn unitary_in_projectors(n: usize, q: usize) -> Terms {
    let value = |a: usize| character(n, q, a).approx();
    let last = value(n - 1);
    let projectors = (0..n - 1).map(|a| (Some(a), value(a) - last));
    std::iter::once((None, last)).chain(projectors).filter(|(_, value)| *value != Complex64::ZERO).collect()
}

/// M_a = Σ_q χ_q(a)* Z_q / n.
fn projector_in_unitaries(n: usize, a: usize) -> Terms {
    let value = |q: usize| character(n, q, a).approx().conj() / n as f64;
    (0..n).map(|q| ((q > 0).then_some(q), value(q))).collect()
}
