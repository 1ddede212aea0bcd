//! The quantum value of a functional with one of Bob's inputs as an anchor: words that begin with any operator of that input's.
//!
//! The operators B_y(X) of one input are a matrix algebra M_d. Let u_1 … u_n be words in normal form, none of whose parts of Bob's
//! begins with the anchor y. The words B_y(U) u_s, all U of the basis, span the same as B_y(|k⟩⟨i|) u_s, and
//!
//! ```text
//! ⟨(B_y(|k⟩⟨i|) u_r)† B_y(|l⟩⟨j|) u_s⟩ = δ_kl ⟨u_r† B_y(|i⟩⟨j|) u_s⟩ :
//! ```
//!
//! the moment matrix of n·d² words is d copies of one block of side n·d. For the words of a level that is hardly more than
//! the moment matrix of the level has (for `1+AB` of two inputs less than twice the side), of which it is a part: products B_y(U) B_y′(V) come with it.
//! No generality is lost by an anchor: it is Bob's system itself, and the other inputs act on it and on what is left. But levels behind
//! different anchors are different, and where one is tight another may not be.
//!
//! The multipliers are a Gram matrix for the words B_y(U) u_s.

use faer::Mat;
use num_complex::Complex64;

use super::units::{MatrixUnits, Moments, OwnProgram};
use super::{Block, BlockEntry, DualPoint, Program};
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Polynomial, Word};
use crate::moments::Level;

/// The words of a level behind those of the anchor.
#[derive(Debug)]
pub struct Anchored<'a> {
    algebra: &'a Algebra,
    units: MatrixUnits,
    /// y.
    anchor: usize,
    /// u_1 = 1, …, u_n.
    words: Vec<Word>,
}

impl<'a> Anchored<'a> {
    /// Of a level, behind one of Bob's inputs. `None` where Bob's output is classical, or he has no such input.
    pub fn new(algebra: &'a Algebra, level: &Level, anchor: usize) -> Option<Self> {
        let [_, DeviceAlgebra::Matrices { inputs, basis }] = algebra.devices() else { return None };
        if anchor >= *inputs {
            return None;
        }
        let mut words = level.words(algebra);
        words.retain(|word| word.of_device(1).first().is_none_or(|letter| letter.input() != anchor));
        Some(Self { algebra, units: MatrixUnits::new(basis), anchor, words })
    }

    /// Γ.
    fn block(&self, moments: &mut Moments<'_>) -> Block {
        let (n, d) = (self.words.len(), self.units.dimension());
        let phases = self.algebra.phases();
        let adjoints: Vec<_> = self.words.iter().map(|word| self.algebra.adjoint(word)).collect();
        let mut entries = Vec::with_capacity(n * d * (n * d + 1) / 2);
        for s in 0..n {
            let behind: Vec<Word> = (0..self.units.len()).map(|g| self.behind(g, s)).collect();
            for (r, (phase, adjoint)) in adjoints[..=s].iter().enumerate() {
                let products: Vec<_> =
                    behind.iter().map(|behind| self.algebra.product(adjoint, behind)).collect();
                for j in 0..d {
                    for i in (0..d).filter(|&i| r < s || i <= j) {
                        let terms = self.units.terms((i, j)).filter_map(|(g, factor)| {
                            let (further, word) = products[g].clone()?;
                            Some((factor, phases.add(*phase, further), word))
                        });
                        let (constant, terms) = moments.sum(terms);
                        let (row, column) = ((r * d + i) as u32, (s * d + j) as u32);
                        entries.push(BlockEntry { row, column, constant, terms });
                    }
                }
            }
        }
        Block { size: n * d, entries, trace_bound: n as f64 }
    }

    /// B_y(U_g) u_s, in normal form and without a phase.
    fn behind(&self, g: usize, s: usize) -> Word {
        let word = &self.words[s];
        if g == 0 {
            return word.clone();
        }
        let anchor = [Letter::new(1, self.anchor, g)];
        let letters: Vec<Letter> = [word.of_device(0), &anchor, word.of_device(1)].concat();
        Word::from_letters(&letters)
    }
}

impl OwnProgram for Anchored<'_> {
    /// maximise sign·Re⟨B⟩ over Γ ⪰ 0 with ⟨1⟩ = 1.
    ///
    /// M_k = 1, and T = n: tr Γ = Σ_s ⟨u_s† u_s⟩, because words are contractions.
    fn bound(&self, objective: &Polynomial, sign: f64) -> Program {
        let mut moments = Moments::new(self.algebra);
        let block = self.block(&mut moments);
        moments.into_program(vec![block], objective, sign)
    }

    /// B_y(U_g) u_s: for each s all g.
    fn gram_words(&self) -> Vec<Word> {
        (0..self.words.len()).flat_map(|s| (0..self.units.len()).map(move |g| self.behind(g, s))).collect()
    }

    fn lifted(&self, dual: &DualPoint) -> Mat<Complex64> {
        let (n, d, size) = (self.words.len(), self.units.dimension(), self.units.len());
        let mut gram = Mat::<Complex64>::zeros(n * size, n * size);
        for z in &dual.blocks {
            for r in 0..n {
                for s in 0..n {
                    let image = self.units.lifted(z.submatrix(r * d, s * d, d, d));
                    gram.submatrix_mut(r * size, s * size, size, size).copy_from(image);
                }
            }
        }
        gram
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::units::tests::paired_with;
    use super::*;
    use crate::linalg::{inner, spectrum_ends};

    /// ⟨Z, Γ⟩ is the same in both forms for any moments, and Z ⪰ 0 stays so; for qubits and for a basis with phases.
    #[test]
    fn a_lifted_multiplier_pairs_alike() {
        for dimension in [2, 3] {
            let devices = vec![DeviceAlgebra::black_box(2, 2), DeviceAlgebra::matrices(2, dimension)];
            let algebra = Algebra::new(devices);
            let anchored = Anchored::new(&algebra, &"1+AB".parse().unwrap(), 1).unwrap();
            let mut moments = Moments::new(&algebra);
            let block = anchored.block(&mut moments);
            // Some numbers: no two alike, of both signs.
            let number = |k: usize| ((k * k % 101) as f64 - 50.0) / 50.0;
            let y: Vec<f64> = (0..moments.program.variables()).map(number).collect();
            let n = block.size;
            let root =
                Mat::from_fn(n, 3, |i, j| Complex64::new(number(1 + 3 * i + j), number(7 * i + 5 * j)));
            let z = &root * root.adjoint();
            let paired = inner(&z, &block.at(&y));

            let dual = DualPoint { blocks: vec![z], inequalities: Vec::new(), equalities: Vec::new() };
            let gram = anchored.lifted(&dual);
            let sum = paired_with(&gram, anchored.gram_words(), &mut moments, &y);
            assert!((sum - paired).abs() < 1e-9 * (1.0 + paired.abs()), "{sum} {paired}");
            assert!(spectrum_ends(&gram).unwrap().0 > -1e-9);
        }
    }

    /// What a level says of its size is the size.
    #[test]
    fn sizes_are_those_of_the_program() {
        let algebra = Algebra::new(vec![DeviceAlgebra::black_box(2, 3), DeviceAlgebra::matrices(3, 2)]);
        for level in ["1", "1+AB", "2", "1+AA+AB+AAB", "2+AAB+ABB"] {
            let level: Level = level.parse().unwrap();
            for anchor in 0..3 {
                let anchored = Anchored::new(&algebra, &level, anchor).unwrap();
                assert_eq!(anchored.words.len(), level.anchored_size(&algebra));
            }
            assert!(Anchored::new(&algebra, &level, 3).is_none());
        }
    }
}
