//! A group that takes every word to a multiple of one, and the moments that it leaves unchanged, one word at a time.
//!
//! Of all words that a word becomes, and of their adjoints, one is the least, and stands for all: whether two moments are one is
//! seen without listing what lies between them. The least is found letter by letter, among the elements that give the least
//! letters so far, of which few are left after the first.

use num_complex::Complex64;
use rustc_hash::{FxHashMap, FxHashSet};

use super::action::Group;
use super::invariant::Terms;
use super::multiple::{Conditions, Multiple, clean};
use crate::algebra::{Algebra, Letter, Word};
use crate::linalg::EigenError;

/// What the elements of a group do to letters.
struct Images {
    /// By element, whether it conjugates coefficients.
    antilinear: Vec<bool>,
    /// By letter, by element.
    letters: FxHashMap<Letter, Vec<(Letter, Complex64)>>,
    /// By letter, the least that it becomes, and the elements that make it so.
    first: FxHashMap<Letter, (Letter, Vec<u32>)>,
}

impl Images {
    /// `None` if a letter becomes a combination of several.
    fn new(algebra: &Algebra, group: &Group) -> Option<Self> {
        let mut letters: FxHashMap<Letter, Vec<(Letter, Complex64)>> = FxHashMap::default();
        for letter in (0..algebra.devices().len()).flat_map(|device| algebra.letters(device)) {
            let word = Word::from_letters(&[letter]);
            let image = |element: &super::Action| match element.word(&word).as_slice() {
                [(image, value)] => Some((image.letters()[0], *value)),
                _ => None,
            };
            letters.insert(letter, group.elements().iter().map(image).collect::<Option<_>>()?);
        }
        let first = letters.iter().filter_map(|(&letter, images)| {
            let least = images.iter().map(|&(image, _)| image).min()?;
            let elements = (0..images.len()).filter(|&g| images[g].0 == least).map(|g| g as u32);
            Some((letter, (least, elements.collect())))
        });
        let first = first.collect();
        let antilinear = group.elements().iter().map(super::Action::is_antilinear).collect();
        Some(Self { antilinear, letters, first })
    }

    /// The image of a word under an element, without its factor.
    fn word(&self, word: &Word, element: usize) -> Word {
        let letters: Vec<Letter> =
            word.letters().iter().map(|letter| self.letters[letter][element].0).collect();
        Word::from_letters(&letters)
    }
}

/// The moments of the states that a group leaves unchanged, as far as they were asked for.
pub struct OrbitMoments<'a> {
    algebra: &'a Algebra,
    images: Images,
    /// By least word: the variables that its moment is made of.
    least: FxHashMap<Word, Terms>,
    variables: u32,
}

impl<'a> OrbitMoments<'a> {
    /// Of a group on the letters of an algebra in unitaries. `None` if it mixes letters.
    pub fn new(algebra: &'a Algebra, group: &Group) -> Option<Self> {
        let images = Images::new(algebra, group)?;
        Some(Self { algebra, images, least: FxHashMap::default(), variables: 0 })
    }

    /// The algebra of the words.
    pub fn algebra(&self) -> &'a Algebra {
        self.algebra
    }

    /// All words that a word becomes, in order, without their factors.
    pub fn orbit(&self, word: &Word) -> Vec<Word> {
        let elements = 0..self.images.antilinear.len();
        let words: FxHashSet<Word> = elements.map(|element| self.images.word(word, element)).collect();
        let mut words: Vec<Word> = words.into_iter().collect();
        words.sort();
        words
    }

    /// The least word of an orbit, adjoints not among it.
    pub fn representative(&self, word: &Word) -> Word {
        let elements = 0..self.images.antilinear.len();
        elements.map(|element| self.images.word(word, element)).min().unwrap_or_else(Word::identity)
    }

    /// The moment of a word other than the identity in terms of variables, which are numbered as they come.
    pub fn moment(&mut self, word: &Word) -> Result<Terms, EigenError> {
        let (least, relations) = self.relations(word);
        if !self.least.contains_key(&least) {
            let (_, own) = self.relations(&least);
            let mut conditions = Conditions::default();
            own.iter().for_each(|&multiple| conditions.same(Multiple::IDENTITY, multiple));
            let terms = conditions.directions()?.into_iter().map(|direction| {
                self.variables += 1;
                (self.variables - 1, direction)
            });
            let terms = terms.collect();
            self.least.insert(least.clone(), terms);
        }
        let turned =
            |&(variable, direction): &(u32, Complex64)| (variable, clean(relations[0].of(direction)));
        Ok(self.least[&least].iter().map(turned).collect())
    }

    /// The least word that a word or its adjoint becomes, and all that the group says of the two moments.
    fn relations(&self, word: &Word) -> (Word, Vec<Multiple>) {
        let (phase, adjoint) = self.algebra.adjoint(word);
        let starts = [word.letters(), adjoint.letters()];
        let mut least = Vec::with_capacity(word.len());
        let mut ways: Vec<(usize, u32)> = Vec::new();
        for position in 0..word.len() {
            if position == 0 {
                let first = starts.map(|letters| &self.images.first[&letters[0]]);
                let letter = first[0].0.min(first[1].0);
                for (start, (_, elements)) in first.iter().enumerate().filter(|(_, (l, _))| *l == letter) {
                    ways.extend(elements.iter().map(|&element| (start, element)));
                }
                least.push(letter);
                continue;
            }
            let images = starts.map(|letters| &self.images.letters[&letters[position]]);
            let image = |&(start, element): &(usize, u32)| images[start][element as usize].0;
            if let Some(letter) = ways.iter().map(image).min() {
                ways.retain(|way| image(way) == letter);
                least.push(letter);
            }
        }
        let phase = self.algebra.phases().approx(phase);
        let relation = |&(start, element): &(usize, u32)| {
            let element = element as usize;
            let factors = starts[start].iter().map(|letter| self.images.letters[letter][element].1);
            let factor: Complex64 = factors.product();
            // ⟨v⟩ = factor·⟨least⟩ or, if antilinear, ⟨v⟩* = factor·⟨least⟩; and ⟨w⟩* = phase·⟨v⟩ where v is of the adjoint.
            match (start, self.images.antilinear[element]) {
                (0, false) => Multiple { factor, conjugate: false },
                (0, true) => Multiple { factor: factor.conj(), conjugate: true },
                (_, false) => Multiple { factor: (phase * factor).conj(), conjugate: true },
                (_, true) => Multiple { factor: phase.conj() * factor, conjugate: false },
            }
        };
        (Word::from_letters(&least), ways.iter().map(relation).collect())
    }
}
