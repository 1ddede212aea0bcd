//! The moment matrix Γ_ij = ⟨w_i† w_j⟩ as a partition of its entries into classes.

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use crate::algebra::{Algebra, Canonical, Phase, Polynomial, Word};

/// All entries that are one moment up to a phase and conjugation.
#[derive(Debug, Clone)]
pub struct Class {
    /// The word whose moment it is.
    pub word: Word,
    /// Whether the moment is a real number (the word is self-adjoint up to a phase).
    pub real: bool,
}

/// One entry of Γ: zero, or ω^phase times a moment or its conjugate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    class: u32,
    phase: Phase,
    conjugate: bool,
}

impl Entry {
    const ZERO: Entry = Entry { class: u32::MAX, phase: 0, conjugate: false };

    /// (class number, phase exponent, whether conjugated); `None` for an entry that is zero
    /// because the product of its words is.
    pub fn parts(self) -> Option<(usize, Phase, bool)> {
        (self != Self::ZERO).then_some((self.class as usize, self.phase, self.conjugate))
    }
}

/// The moment matrix of a list of words.
///
/// Class 0 is the identity, ⟨1⟩ = 1. Entries of the upper triangle (row ≤ column) are stored
/// column by column.
#[derive(Debug, Clone)]
pub struct MomentMatrix {
    algebra: Algebra,
    words: Vec<Word>,
    classes: Vec<Class>,
    entries: Vec<Entry>,
    numbers: FxHashMap<Word, u32>,
}

/// A word whose moment does not occur in the moment matrix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the moment of a product of {letters} letters does not occur at this level; raise it")]
pub struct MissingMoment {
    letters: usize,
}

impl MomentMatrix {
    /// Sorts the products w_i† w_j, i ≤ j, into classes. The first word must be the identity, so
    /// that class 0 is too. Memory: eight bytes an entry and one hash entry a class.
    pub fn new(algebra: Algebra, words: Vec<Word>) -> Self {
        debug_assert!(words.first().is_some_and(Word::is_empty));
        let adjoints: Vec<(Phase, Word)> = words.iter().map(|w| algebra.adjoint(w)).collect();
        let mut matrix = Self {
            entries: Vec::with_capacity(words.len() * (words.len() + 1) / 2),
            classes: Vec::new(),
            numbers: FxHashMap::default(),
            words: Vec::new(),
            algebra,
        };
        for (j, word) in words.iter().enumerate() {
            for (phase, adjoint) in &adjoints[..=j] {
                let entry = match matrix.algebra.product(adjoint, word) {
                    Some((p, product)) => {
                        let phase = matrix.algebra.phases().add(*phase, p);
                        matrix.classify(phase, product)
                    }
                    None => Entry::ZERO,
                };
                matrix.entries.push(entry);
            }
        }
        matrix.words = words;
        matrix
    }

    /// The entry ω^phase·⟨word⟩, its class created if new.
    fn classify(&mut self, phase: Phase, word: Word) -> Entry {
        let canonical = self.algebra.canonical(word);
        let phase = self.algebra.phases().add(phase, canonical.phase);
        let Canonical { representative, conjugate, real, .. } = canonical;
        let next = self.classes.len() as u32;
        let class = match self.numbers.get(&representative) {
            Some(&class) => class,
            None => {
                self.numbers.insert(representative.clone(), next);
                self.classes.push(Class { word: representative, real });
                next
            }
        };
        Entry { class, phase, conjugate }
    }

    /// The algebra of the words.
    pub fn algebra(&self) -> &Algebra {
        &self.algebra
    }

    /// The words of rows and columns.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The number of words n.
    pub fn size(&self) -> usize {
        self.words.len()
    }

    /// The classes; class 0 is the identity.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Entry (row, column) of the upper triangle, row ≤ column.
    pub fn entry(&self, row: usize, column: usize) -> Entry {
        self.entries[column * (column + 1) / 2 + row]
    }

    /// The number of real unknowns: one a real class, two a complex one, without the identity.
    pub fn real_moments(&self) -> usize {
        self.classes[1..].iter().map(|class| if class.real { 1 } else { 2 }).sum()
    }

    /// Where ⟨word⟩ is found: a class, the phase in front of it, and whether it is conjugated.
    pub fn locate(&self, word: &Word) -> Result<(usize, Phase, bool), MissingMoment> {
        let canonical = self.algebra.canonical(word.clone());
        match self.class_of(&canonical.representative) {
            Some(class) => Ok((class, canonical.phase, canonical.conjugate)),
            None => Err(MissingMoment { letters: word.len() }),
        }
    }

    /// The class of a word that represents itself and its adjoint, if its moment occurs.
    pub fn class_of(&self, representative: &Word) -> Option<usize> {
        self.numbers.get(representative).map(|&class| class as usize)
    }

    /// Re⟨polynomial⟩ as a linear form in the class moments: for every class the weight g with
    /// Re⟨polynomial⟩ = Σ_c Re(g_c* m_c); imaginary parts of weights of real classes are dropped,
    /// for they multiply nothing.
    pub fn linear_form(&self, polynomial: &Polynomial) -> Result<Vec<(usize, Complex64)>, MissingMoment> {
        let mut weights: FxHashMap<usize, Complex64> = FxHashMap::default();
        for (word, coefficient) in polynomial.terms() {
            let (class, phase, conjugate) = self.locate(word)?;
            let factor = coefficient.approx() * self.algebra.phases().approx(phase);
            // Re(f·m) = Re((f*)*·m) and Re(f·m*) = Re(f*·m).
            let mut weight = if conjugate { factor } else { factor.conj() };
            if self.classes[class].real {
                weight.im = 0.0;
            }
            *weights.entry(class).or_default() += weight;
        }
        let mut form: Vec<_> = weights.into_iter().collect();
        form.sort_unstable_by_key(|&(class, _)| class);
        Ok(form)
    }
}

#[cfg(test)]
mod tests;
