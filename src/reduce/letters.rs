//! A moment matrix in letters that are all unitary, and the way between the two.
//!
//! Relabelling the outcomes of projectors takes the last one to the identity minus the others, and words to sums of
//! words of fewer letters. The characters Z_q = Σ_a χ_q(a) M_a of more than two outcomes are unitary, and relabelling
//! takes them to combinations of each other.

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::moments::{Moment, Value};
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Word, character};
use crate::moments::MomentMatrix;

/// A combination of letters of one input and the identity: (index or identity, coefficient).
type Terms = Vec<(Option<usize>, Complex64)>;

/// By device, where its letters differ, and by index: a letter as a combination of those of the other algebra.
type Table = Vec<Option<Vec<Terms>>>;

/// A sparse matrix, column by column: (row, value).
pub(super) type Columns = Vec<Vec<(usize, Complex64)>>;

/// The letters of an algebra and the unitary ones in terms of each other.
struct Alphabet {
    in_projectors: Table,
    in_unitaries: Table,
}

impl Alphabet {
    fn of(algebra: &Algebra) -> Self {
        let [in_projectors, in_unitaries] = [unitary_in_projectors, projector_in_unitaries].map(|terms| {
            let of_device = |device: &DeviceAlgebra| match *device {
                DeviceAlgebra::Projectors { outcomes, .. } => {
                    Some((0..outcomes).map(|index| terms(outcomes, index)).collect())
                }
                _ => None,
            };
            algebra.devices().iter().map(of_device).collect::<Table>()
        });
        Self { in_projectors, in_unitaries }
    }

    fn is_unitary(&self) -> bool {
        self.in_projectors.iter().all(Option::is_none)
    }

    /// Words with the unitary Z_{a+1} in the place of each M_a: there are as many of these as of projectors.
    fn unitary(&self, words: &[Word]) -> Vec<Word> {
        let place = |letter: &Letter| match self.in_projectors[letter.device()] {
            Some(_) => letter.with_index(letter.index() + 1),
            None => *letter,
        };
        let word = |word: &Word| Word::from_letters(&word.letters().iter().map(place).collect::<Vec<_>>());
        words.iter().map(word).collect()
    }
}

/// See the [module](self).
pub(super) struct Letters<'a> {
    source: &'a MomentMatrix,
    /// `None` where the letters are unitary already.
    unitary: Option<MomentMatrix>,
    /// Each of the unitary words as a combination of the source's.
    columns: Columns,
    alphabet: Alphabet,
}

impl<'a> Letters<'a> {
    /// `None` if a unitary word is no combination of words of the matrix: a level without products of fewer letters.
    pub fn new(source: &'a MomentMatrix) -> Option<Self> {
        let algebra = source.algebra();
        let alphabet = Alphabet::of(algebra);
        if alphabet.is_unitary() {
            return Some(Self { source, unitary: None, columns: Vec::new(), alphabet });
        }
        let words = alphabet.unitary(source.words());
        let columns = columns(&words, source.words(), algebra, &alphabet.in_projectors)?;
        let unitary = Some(MomentMatrix::new(algebra.in_unitaries(), words));
        Some(Self { source, unitary, columns, alphabet })
    }

    /// The matrix in unitary letters.
    pub fn matrix(&self) -> &MomentMatrix {
        self.unitary.as_ref().unwrap_or(self.source)
    }

    /// Of every class in unitary letters its value, where it follows from given moments. `None` if one occurs in no entry, or
    /// what is given of the source is more than what is known in these letters, as where some outcomes of a setting are.
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
            for (word, factor) in
                combination(&class.word, self.source.algebra(), &self.alphabet.in_projectors)
            {
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
        let numbers = |real: bool| if real { 1 } else { 2 };
        let of_source: usize =
            (0..classes.len()).filter(|&c| given(c).is_some()).map(|c| numbers(classes[c].real)).sum();
        let of_known = known.iter().zip(unitary.classes()).filter(|(known, _)| known.is_some());
        let of_known: usize = of_known.map(|(_, class)| numbers(class.real)).sum();
        (of_known == of_source).then_some(known)
    }

    /// The moment of a class of the source from those in unitary letters.
    pub fn moment(&self, class: usize, values: &[Value]) -> Option<Value> {
        let Some(unitary) = &self.unitary else { return Some(values[class].clone()) };
        let description = &self.source.classes()[class];
        let mut sum = Value::default();
        for (word, factor) in combination(&description.word, unitary.algebra(), &self.alphabet.in_unitaries) {
            let (class, phase, conjugate) = unitary.locate(&word).ok()?;
            sum.add(&values[class], factor * unitary.algebra().phases().approx(phase), conjugate);
        }
        let (_, phase, _) = self.source.locate(&description.word).ok()?;
        Some(sum.times(self.source.algebra().phases().approx(phase).conj(), description.real))
    }

    /// The source's words as columns of combinations of unitary ones; `None` if they are the same.
    pub fn inverse(&self) -> Option<Columns> {
        let unitary = self.unitary.as_ref()?;
        columns(self.source.words(), unitary.words(), unitary.algebra(), &self.alphabet.in_unitaries)
    }

    /// The columns of W, if it is not the identity.
    pub fn into_columns(self) -> Option<Columns> {
        self.unitary.is_some().then_some(self.columns)
    }
}

/// Words as combinations of others in other letters; `None` if they are not.
fn columns(words: &[Word], others: &[Word], algebra: &Algebra, table: &Table) -> Option<Columns> {
    let numbers: FxHashMap<&Word, usize> =
        others.iter().enumerate().map(|(number, word)| (word, number)).collect();
    let column = |word: &Word| {
        let terms = combination(word, algebra, table).into_iter();
        terms.map(|(word, value)| numbers.get(&word).map(|&k| (k, value))).collect()
    };
    words.iter().map(column).collect()
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

/// W Z W† with the columns of W given as combinations.
pub(super) fn transformed(columns: &Columns, z: &Mat<Complex64>) -> Mat<Complex64> {
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
