//! The quantum value of a functional from products of Alice's letters alone: a relaxation in which each input of Bob's is
//! looked at by itself.
//!
//! A state on Alice's words and the matrix algebra of Bob's input y has the moments ⟨w B_y(X)⟩ with X ∈ M_d. For words
//! w_1 … w_n of Alice's the matrices
//!
//! ```text
//! Γ^y = ( ⟨w_r† w_s B_y(|i⟩⟨j|)⟩ )   row (r, i), column (s, j), of side n·d, one for each y,
//! ```
//!
//! are positive, and have ⟨w⟩ = Σ_i ⟨w B_y(|i⟩⟨i|)⟩ in common. That is far less than the moment matrix of all words w and
//! w B_y(U), of side n(1 + k(d²−1)), of which they are parts. Nothing relates different inputs of Bob's but Alice's
//! marginal, which is all that quantum theory asks of them (`docs/theory.md`, §5: the states ρ^y of a see-saw, with words in the place of
//! measurements): with words of growing length the values converge to the quantum one.
//!
//! The multipliers are a Gram matrix for the words w B_y(U), which `lifted` writes.

use faer::Mat;
use num_complex::Complex64;

use super::units::{MatrixUnits, Moment, Moments, OwnProgram};
use super::{Block, BlockEntry, DualPoint, Program};
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Polynomial, Word};

/// Words of Alice's up to a length, and what they make of Bob's inputs.
#[derive(Debug)]
pub struct OneSide<'a> {
    algebra: &'a Algebra,
    units: MatrixUnits,
    inputs: usize,
    words: Vec<Word>,
}

/// Sizes, known before anything is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneSideSize {
    /// The side of each block, n·d.
    pub side: usize,
    /// The blocks, k.
    pub blocks: usize,
    /// Real moments.
    pub variables: usize,
    /// Words of the Gram matrix that the multipliers are.
    pub words: usize,
}

impl OneSideSize {
    /// For products of up to `length` of Alice's letters. `None` where Bob's output is classical; saturates.
    pub fn new(algebra: &Algebra, length: usize) -> Option<Self> {
        let [alice, bob] = algebra.devices() else { return None };
        let DeviceAlgebra::Matrices { inputs, basis } = bob else { return None };
        let operators = 1 + inputs * (basis.len() - 1);
        let n = count(alice, length);
        // Each word of twice the length is a product, and counts once: it is real, or half of a complex pair.
        let variables = count(alice, 2 * length).saturating_mul(operators).saturating_sub(1);
        Some(Self {
            side: n.saturating_mul(basis.dimension()),
            blocks: *inputs,
            variables,
            words: n.saturating_mul(operators),
        })
    }
}

/// How many words of up to so many letters a device has.
fn count(device: &DeviceAlgebra, length: usize) -> usize {
    let of_length = |length: usize| {
        (0..length).fold(1_usize, |product, position| {
            let inputs = if position == 0 { device.inputs() } else { device.inputs() - 1 };
            product.saturating_mul(inputs * device.letters_per_input())
        })
    };
    (0..=length).map(of_length).fold(0, usize::saturating_add)
}

impl<'a> OneSide<'a> {
    /// Products of up to `length` of Alice's letters. `None` where Bob's output is classical.
    pub fn new(algebra: &'a Algebra, length: usize) -> Option<Self> {
        let [_, DeviceAlgebra::Matrices { inputs, basis }] = algebra.devices() else { return None };
        let letters = algebra.letters(0);
        let mut words: Vec<Vec<Letter>> = vec![Vec::new()];
        let mut last = 0;
        for _ in 0..length {
            let longer: Vec<Vec<Letter>> = words[last..]
                .iter()
                .flat_map(|word| {
                    let before = word.last().map(|letter| letter.input());
                    let fits = letters.iter().filter(move |letter| Some(letter.input()) != before);
                    fits.map(move |&letter| word.iter().copied().chain([letter]).collect())
                })
                .collect();
            last = words.len();
            words.extend(longer);
        }
        Some(Self {
            algebra,
            units: MatrixUnits::new(basis),
            inputs: *inputs,
            words: words.iter().map(|letters| Word::from_letters(letters)).collect(),
        })
    }

    /// Γ^y.
    fn block(&self, y: usize, moments: &mut Moments<'_>) -> Block {
        let (n, d) = (self.words.len(), self.units.dimension());
        let adjoints: Vec<Word> = self.words.iter().map(|word| self.algebra.adjoint(word).1).collect();
        let mut entries = Vec::new();
        for s in 0..n {
            for (r, adjoint) in adjoints[..=s].iter().enumerate() {
                // Adjoints of Alice's letters are letters: there are no phases.
                let Some((_, product)) = self.algebra.product(adjoint, &self.words[s]) else { continue };
                for j in 0..d {
                    for i in (0..d).filter(|&i| r < s || i <= j) {
                        let (constant, terms) = self.unit((i, j), y, &product, moments);
                        let (row, column) = ((r * d + i) as u32, (s * d + j) as u32);
                        entries.push(BlockEntry { row, column, constant, terms });
                    }
                }
            }
        }
        Block { size: n * d, entries, trace_bound: n as f64 }
    }

    /// ⟨w B_y(|i⟩⟨j|)⟩.
    fn unit(&self, place: (usize, usize), y: usize, word: &Word, moments: &mut Moments<'_>) -> Moment {
        moments.sum(self.units.terms(place).map(|(g, factor)| (factor, 0, times(word, y, g))))
    }
}

impl OwnProgram for OneSide<'_> {
    /// maximise sign·Re⟨B⟩ over Γ^y ⪰ 0 with common marginals and ⟨1⟩ = 1. B has at most one letter of Bob's in a word.
    ///
    /// M_k = 1, and T = n: tr Γ^y = Σ_r ⟨w_r† w_r⟩, because words are contractions.
    fn bound(&self, objective: &Polynomial, sign: f64) -> Program {
        let mut moments = Moments::new(self.algebra);
        let blocks: Vec<Block> = (0..self.inputs).map(|y| self.block(y, &mut moments)).collect();
        moments.into_program(blocks, objective, sign)
    }

    /// The words w B_y(U), the identity first: Alice's, then for every y those with each U ≠ 1.
    fn gram_words(&self) -> Vec<Word> {
        let of_input =
            |y| self.words.iter().flat_map(move |word| (1..self.units.len()).map(move |g| times(word, y, g)));
        self.words.iter().cloned().chain((0..self.inputs).flat_map(of_input)).collect()
    }

    /// The multipliers of the blocks as one of the moment matrix of these words.
    fn lifted(&self, dual: &DualPoint) -> Mat<Complex64> {
        let (n, d, size) = (self.words.len(), self.units.dimension(), self.units.len());
        let words = n + self.inputs * n * (size - 1);
        let place = |y: usize, word: usize, g: usize| match g {
            0 => word,
            _ => n + (y * n + word) * (size - 1) + g - 1,
        };
        let mut gram = Mat::<Complex64>::zeros(words, words);
        for (y, z) in dual.blocks.iter().enumerate() {
            for r in 0..n {
                for s in 0..n {
                    let image = self.units.lifted(z.submatrix(r * d, s * d, d, d));
                    for h in 0..size {
                        for g in 0..size {
                            gram[(place(y, r, g), place(y, s, h))] += image[(g, h)];
                        }
                    }
                }
            }
        }
        gram
    }
}

/// w B_y(U_g).
fn times(word: &Word, y: usize, g: usize) -> Word {
    if g == 0 {
        return word.clone();
    }
    let letters: Vec<Letter> = word.letters().iter().copied().chain([Letter::new(1, y, g)]).collect();
    Word::from_letters(&letters)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::units::tests::paired_with;
    use super::*;
    use crate::linalg::{inner, spectrum_ends};

    fn algebra() -> Algebra {
        Algebra::new(vec![DeviceAlgebra::black_box(2, 3), DeviceAlgebra::matrices(2, 3)])
    }

    /// What is predicted of a size is the size.
    #[test]
    fn sizes_are_those_of_the_program() {
        let algebra = algebra();
        for length in 0..3 {
            let size = OneSideSize::new(&algebra, length).unwrap();
            let one_side = OneSide::new(&algebra, length).unwrap();
            let program = one_side.bound(&Polynomial::zero(), 1.0);
            assert_eq!(program.variables(), size.variables);
            assert_eq!(program.blocks.len(), size.blocks);
            assert!(program.blocks.iter().all(|block| block.size == size.side));
            assert_eq!(one_side.gram_words().len(), size.words);
        }
        assert_eq!(OneSideSize::new(&Algebra::new(vec![DeviceAlgebra::black_box(2, 2); 2]), 1), None);
    }

    /// ⟨Z, Γ⟩ is the same in both forms for the moments of any y, and Z ⪰ 0 stays so.
    #[test]
    fn a_lifted_multiplier_pairs_alike() {
        let algebra = algebra();
        let one_side = OneSide::new(&algebra, 1).unwrap();
        let program = one_side.bound(&Polynomial::zero(), 1.0);
        // Some numbers: no two alike, of both signs.
        let number = |k: usize| ((k * k % 101) as f64 - 50.0) / 50.0;
        let y: Vec<f64> = (0..program.variables()).map(number).collect();
        let block = |first: usize| {
            let n = program.blocks[0].size;
            let root = Mat::from_fn(n, 3, |i, j| {
                Complex64::new(number(first + 3 * i + j), number(first + 7 * i + 5 * j))
            });
            &root * root.adjoint()
        };
        let dual =
            DualPoint { blocks: vec![block(1), block(40)], inequalities: Vec::new(), equalities: Vec::new() };
        let paired: f64 =
            program.blocks.iter().zip(&dual.blocks).map(|(block, z)| inner(z, &block.at(&y))).sum();

        let mut moments = Moments::new(&algebra);
        // The same variables in the same order.
        (0..2).for_each(|y| drop(one_side.block(y, &mut moments)));
        let gram = one_side.lifted(&dual);
        let sum = paired_with(&gram, one_side.gram_words(), &mut moments, &y);
        assert!((sum - paired).abs() < 1e-10 * (1.0 + paired.abs()), "{sum} {paired}");
        assert!(spectrum_ends(&gram).unwrap().0 > -1e-12);
    }
}
