//! Levels as physicists write them: `1`, `2`, `1+AB`, `1+AB+AAB`, `2+AAB`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::algebra::{Algebra, Letter, Word};

/// The most letters of one device that a level term may ask for; beyond it even the smallest
/// scenario has more words than fit in memory.
const MAX_DEGREE: usize = 12;

/// A set of words: all of total degree ≤ `degree`, and those with the given numbers of letters of
/// Alice and Bob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    degree: usize,
    /// (letters of Alice, letters of Bob) of the extra terms, in the order written.
    extra: Vec<(usize, usize)>,
}

/// Why a text is not a level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.message(), Self::HELP)]
pub struct LevelError {
    text: String,
    reason: String,
}

impl LevelError {
    /// What would be right.
    pub const HELP: &'static str =
        "write a number, then products, as in `1`, `2`, `1+AB`, `1+AB+AAB`, `2+AAB`";

    /// What was found, without what would be right.
    pub fn message(&self) -> String {
        format!("`{}` is not a level: {}", self.text, self.reason)
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        let error = |reason: String| LevelError { text: text.to_owned(), reason };
        let mut terms = text.split('+').map(str::trim);
        let first = terms.next().unwrap_or_default();
        let degree: usize =
            first.parse().map_err(|_| error(format!("it starts with `{first}` instead of a number")))?;
        if !(1..=MAX_DEGREE).contains(&degree) {
            return Err(error(format!("the number must be between 1 and {MAX_DEGREE}")));
        }
        let mut extra = Vec::new();
        for term in terms {
            let alice = term.chars().filter(|&c| c == 'A').count();
            let bob = term.chars().filter(|&c| c == 'B').count();
            if term.is_empty() || alice + bob != term.chars().count() {
                let chosen = term.starts_with(|c: char| c.is_ascii_digit());
                let why = if chosen { ": only `--gap` chooses so many words of a kind" } else { "" };
                return Err(error(format!("`{term}` is not a product of the letters A and B{why}")));
            }
            if alice + bob > MAX_DEGREE {
                return Err(error(format!("`{term}` has more than {MAX_DEGREE} letters")));
            }
            if alice + bob > degree && !extra.contains(&(alice, bob)) {
                extra.push((alice, bob));
            }
        }
        Ok(Self { degree, extra })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.degree)?;
        for &(alice, bob) in &self.extra {
            write!(f, "+{}{}", "A".repeat(alice), "B".repeat(bob))?;
        }
        Ok(())
    }
}

impl Default for Level {
    /// `1+AB`: the least level at which bounds are usually tight for random qubit functionals.
    fn default() -> Self {
        Self { degree: 1, extra: vec![(1, 1)] }
    }
}

impl Level {
    /// The numbers of (Alice's, Bob's) letters of its words, each pair once, low degree first.
    fn degrees(&self) -> Vec<(usize, usize)> {
        let mut degrees: Vec<(usize, usize)> = (0..=self.degree)
            .flat_map(|total| (0..=total).rev().map(move |alice| (alice, total - alice)))
            .collect();
        degrees.extend(self.extra.iter().copied());
        degrees
    }

    /// Those of its degrees of which an algebra has words: levels that agree in them have the same words.
    pub fn degrees_in(&self, algebra: &Algebra) -> BTreeSet<(usize, usize)> {
        let exists =
            |&(alice, bob): &(usize, usize)| count(algebra, 0, alice) > 0 && count(algebra, 1, bob) > 0;
        self.degrees().into_iter().filter(exists).collect()
    }

    /// Levels that have all words of this one and more. Products of a few letters of both sides close gaps sooner than long
    /// ones of one side.
    pub fn higher(&self, algebra: &Algebra) -> Vec<Self> {
        const LADDER: [(usize, &[(usize, usize)]); 8] = [
            (1, &[(1, 1)]),
            (2, &[]),
            (1, &[(2, 0), (1, 1), (2, 1)]),
            (2, &[(2, 1), (1, 2)]),
            (2, &[(2, 1), (1, 2), (2, 2)]),
            (3, &[(2, 2)]),
            (4, &[]),
            (5, &[]),
        ];
        let mut known = vec![self.degrees_in(algebra)];
        let mut levels = Vec::new();
        for (degree, extra) in LADDER {
            let level = Self { degree, extra: extra.to_vec() };
            let degrees = level.degrees_in(algebra);
            if degrees.is_superset(&known[0]) && !known.contains(&degrees) {
                known.push(degrees);
                levels.push(level);
            }
        }
        levels
    }

    /// How many words the level has in an algebra, without listing them; saturates.
    pub fn size(&self, algebra: &Algebra) -> usize {
        self.degrees()
            .into_iter()
            .map(|(alice, bob)| count(algebra, 0, alice).saturating_mul(count(algebra, 1, bob)))
            .fold(0, usize::saturating_add)
    }

    /// How many of these words have a part of Bob's that does not begin with one given input of his, whichever it is; saturates.
    pub fn anchored_size(&self, algebra: &Algebra) -> usize {
        let inputs = algebra.devices()[1].inputs();
        // As many begin with each input.
        let bob = |length| match count(algebra, 1, length) {
            all if length > 0 => all / inputs * (inputs - 1),
            all => all,
        };
        let sizes =
            self.degrees().into_iter().map(|(alice, own)| count(algebra, 0, alice).saturating_mul(bob(own)));
        sizes.fold(0, usize::saturating_add)
    }

    /// The words of the level in an algebra of two devices, the identity first.
    pub fn words(&self, algebra: &Algebra) -> Vec<Word> {
        let mut words = Vec::new();
        for (alice, bob) in self.degrees() {
            let bob_words = alternating(algebra, 1, bob);
            for u in alternating(algebra, 0, alice) {
                for v in &bob_words {
                    let letters: Vec<Letter> = u.iter().chain(v).copied().collect();
                    words.push(Word::from_letters(&letters));
                }
            }
        }
        words
    }
}

/// All products of `length` letters of a device in which neighbours have different inputs.
fn alternating(algebra: &Algebra, device: usize, length: usize) -> Vec<Vec<Letter>> {
    let letters = algebra.letters(device);
    let mut products = vec![Vec::new()];
    for _ in 0..length {
        products = products
            .iter()
            .flat_map(|product: &Vec<Letter>| {
                let last = product.last().map(|letter| letter.input());
                letters.iter().filter(move |letter| last != Some(letter.input())).map(|&letter| {
                    let mut longer = product.clone();
                    longer.push(letter);
                    longer
                })
            })
            .collect();
    }
    products
}

/// How many products [`alternating`] lists.
fn count(algebra: &Algebra, device: usize, length: usize) -> usize {
    let inputs = algebra.devices()[device].inputs();
    let letters = algebra.devices()[device].letters_per_input();
    (0..length).fold(1_usize, |product, position| {
        let choices = if position == 0 { inputs } else { inputs - 1 };
        product.saturating_mul(choices * letters)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::DeviceAlgebra;

    fn eq6() -> Algebra {
        Algebra::new(vec![DeviceAlgebra::black_box(3, 2), DeviceAlgebra::matrices(2, 2)])
    }

    #[test]
    fn sizes_are_the_counted_words() {
        for text in ["1", "2", "3", "1+AB", "1+AB+AAB", "1+AB+ABB", "2+AAB", "2+AAB+ABB+AABB"] {
            let level: Level = text.parse().unwrap();
            assert_eq!(level.size(&eq6()), level.words(&eq6()).len(), "{text}");
            assert_eq!(level.to_string(), text);
        }
    }

    /// The sizes of Eq. (6): (1+m)(1+k(d²−1)) words at `1+AB` [Theory §2].
    #[test]
    fn sizes_of_eq6() {
        let size = |text: &str| text.parse::<Level>().unwrap().size(&eq6());
        assert_eq!(size("1"), 10);
        assert_eq!(size("1+AB"), 28);
        assert_eq!(size("2"), 52);
        assert_eq!(size("2+AAB+ABB+AABB"), 250);
    }

    #[test]
    fn refuses_what_is_no_level() {
        for text in ["", "AB", "0", "1+", "1+ab", "1+AC", "1.5", "-1", "99", "1+AAAAAAAABBBBBBBB"] {
            assert!(text.parse::<Level>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_term_within_the_degree_is_absorbed() {
        assert_eq!("2+AB".parse::<Level>().unwrap(), "2".parse::<Level>().unwrap());
        assert_eq!("1+BA+AB".parse::<Level>().unwrap().to_string(), "1+AB");
    }
}
