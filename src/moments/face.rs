//! What vanishes for every mixture of two assemblages, and with it a part of their moment matrices.
//!
//! Where K·σ_{a|xy} = 0 for both, X = M_{a|x}B_y(K) has ⟨X†X⟩ = tr(K†K σ_{a|xy}) = 0 in every state of a mixture, hence ⟨w X⟩ = 0 for
//! every word w, by the inequality of Cauchy and Schwarz. So Γ has a kernel for all of them, there is no Γ ≻ 0, and a solver's dual
//! grows without bound: the words have to be restricted to those that are left [Theory §3].

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::MomentMatrix;
use crate::algebra::{Algebra, Word, element_polynomial};
use crate::linalg::{EigenError, hermitian_eigen};
use crate::num::Matrix;
use crate::scenario::{Assemblage, Index, Scenario};

/// K with K·σ_{a|xy} = 0, exactly.
#[derive(Debug, Clone)]
pub struct Vanishing {
    /// a, x and y.
    pub index: Index,
    /// K, whose rows span all that annihilate the element.
    pub operator: Matrix,
}

/// The elements of which something vanishes in both assemblages, as far as these are exact numbers.
pub fn vanishing(scenario: &Scenario, assemblages: [&Assemblage; 2]) -> Vec<Vanishing> {
    let [one, other] = assemblages.map(|assemblage| &assemblage.0);
    let d = scenario.dimension();
    let of = |index: Index| {
        // K σ = 0 says that σᵀ annihilates the transposed rows of K.
        let both = Matrix::from_fn(2 * d, d, |i, j| {
            let table = if i < d { one } else { other };
            table.get(index).get(j, i % d).clone()
        });
        let operator = both.null_rows()?;
        let something = operator.entries().any(|entry| !entry.is_exactly_zero());
        something.then_some(Vanishing { index, operator })
    };
    one.indices().filter(|&index| scenario.sees(index)).filter_map(of).collect()
}

/// Σ coefficient·left·M_{a|x}·B_y(K), in the words of a level.
#[derive(Debug, Clone)]
pub struct VanishingProduct {
    /// (word on the left, which of the elements, coefficient).
    pub terms: Vec<(Word, usize, Complex64)>,
    /// (row of the moment matrix, coefficient).
    pub entries: Vec<(usize, Complex64)>,
}

/// The kernel that a moment matrix has for all mixtures of two assemblages.
#[derive(Debug)]
pub struct Face {
    /// What vanishes.
    pub elements: Vec<Vanishing>,
    /// Products that span the kernel, as many as its dimension.
    pub products: Vec<VanishingProduct>,
    /// An orthonormal basis of the kernel, n × p.
    pub kernel: Mat<Complex64>,
}

/// Relative to one, what rounding errors leave of zero.
const ROUNDING: f64 = 1e-12;

impl Face {
    /// The face of a level; `None` if none of its words vanish.
    ///
    /// Elements of one x and one y are taken together: M_{0|x}B_y(K) and M_{1|x}B_y(K') may have words that the level lacks, and a
    /// combination of them may not.
    pub fn new(matrix: &MomentMatrix, elements: Vec<Vanishing>) -> Result<Option<Self>, EigenError> {
        let rows: FxHashMap<&Word, usize> =
            matrix.words().iter().enumerate().map(|(row, word)| (word, row)).collect();
        let mut places: Vec<(usize, usize)> = elements.iter().map(|e| (e.index.x, e.index.y)).collect();
        places.sort_unstable();
        places.dedup();
        let mut basis: Vec<Vec<Complex64>> = Vec::new();
        let mut products = Vec::new();
        for place in places {
            let local = local_products(matrix.algebra(), &elements, place);
            for left in matrix.words() {
                for product in within(matrix.algebra(), &rows, left, &local)? {
                    let mut vector = vec![Complex64::ZERO; matrix.size()];
                    product.entries.iter().for_each(|&(row, value)| vector[row] = value);
                    if let Some(direction) = beside(&basis, vector) {
                        basis.push(direction);
                        products.push(product);
                    }
                }
            }
        }
        let kernel = Mat::from_fn(matrix.size(), basis.len(), |i, k| basis[k][i]);
        Ok((!basis.is_empty()).then_some(Self { elements, products, kernel }))
    }

    /// The dimension p of the kernel.
    pub fn dimension(&self) -> usize {
        self.products.len()
    }
}

/// B_y(U)·M_{a|x}·B_y(K), for a letter U of Bob's or none.
struct Local {
    letter: Word,
    element: usize,
    polynomial: Vec<(Word, Complex64)>,
}

/// Those of one x and y.
fn local_products(algebra: &Algebra, elements: &[Vanishing], (x, y): (usize, usize)) -> Vec<Local> {
    let letters = algebra.letters(1).into_iter().filter(|letter| letter.input() == y);
    let letters: Vec<Word> = std::iter::once(Word::identity())
        .chain(letters.map(|letter| Word::from_letters(&[letter])))
        .collect();
    let mut products = Vec::new();
    for (element, Vanishing { index, operator }) in elements.iter().enumerate() {
        if (index.x, index.y) != (x, y) {
            continue;
        }
        let polynomial: Vec<(Word, Complex64)> = element_polynomial(algebra, *index, operator)
            .terms()
            .map(|(word, coefficient)| (word.clone(), coefficient.approx()))
            .collect();
        for letter in &letters {
            let polynomial = times(algebra, letter, &polynomial);
            products.push(Local { letter: letter.clone(), element, polynomial });
        }
    }
    products
}

/// left·polynomial.
fn times(algebra: &Algebra, left: &Word, polynomial: &[(Word, Complex64)]) -> Vec<(Word, Complex64)> {
    let mut sums: FxHashMap<Word, Complex64> = FxHashMap::default();
    for (word, coefficient) in polynomial {
        if let Some((phase, product)) = algebra.product(left, word) {
            *sums.entry(product).or_default() += coefficient * algebra.phases().approx(phase);
        }
    }
    let mut terms: Vec<_> = sums.into_iter().filter(|(_, value)| value.norm() > ROUNDING).collect();
    terms.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    terms
}

/// The combinations of left·(local products) that have no words but those of rows: what the parts outside have as their kernel.
fn within(
    algebra: &Algebra,
    rows: &FxHashMap<&Word, usize>,
    left: &Word,
    local: &[Local],
) -> Result<Vec<VanishingProduct>, EigenError> {
    let products: Vec<_> = local.iter().map(|product| times(algebra, left, &product.polynomial)).collect();
    let mut outside: FxHashMap<&Word, usize> = FxHashMap::default();
    for (word, _) in products.iter().flatten().filter(|(word, _)| !rows.contains_key(word)) {
        let next = outside.len();
        outside.entry(word).or_insert(next);
    }
    let mut parts = Mat::<Complex64>::zeros(outside.len(), local.len());
    for (column, product) in products.iter().enumerate() {
        for (word, value) in product {
            if let Some(&row) = outside.get(word) {
                parts[(row, column)] = *value;
            }
        }
    }
    let (values, vectors) = hermitian_eigen(&(parts.adjoint() * &parts))?;
    let mut combinations = Vec::new();
    for k in (0..local.len()).filter(|&k| values[k] < ROUNDING) {
        let mut terms = Vec::new();
        let mut entries: FxHashMap<usize, Complex64> = FxHashMap::default();
        for (i, (part, product)) in local.iter().zip(&products).enumerate() {
            let factor = vectors[(i, k)];
            if factor.norm() <= ROUNDING {
                continue;
            }
            if let Some((phase, word)) = algebra.product(left, &part.letter) {
                terms.push((word, part.element, factor * algebra.phases().approx(phase)));
            }
            for (word, value) in product {
                if let Some(&row) = rows.get(word) {
                    *entries.entry(row).or_default() += factor * value;
                }
            }
        }
        let mut entries: Vec<_> = entries.into_iter().filter(|(_, value)| value.norm() > ROUNDING).collect();
        entries.sort_unstable_by_key(|&(row, _)| row);
        if !entries.is_empty() {
            combinations.push(VanishingProduct { terms, entries });
        }
    }
    Ok(combinations)
}

/// The direction of what a vector has beside an orthonormal basis; `None` if it is a combination of its vectors.
fn beside(basis: &[Vec<Complex64>], mut vector: Vec<Complex64>) -> Option<Vec<Complex64>> {
    /// What is left, relative to the vector's size, of one that is no combination.
    const INDEPENDENT: f64 = 1e-6;
    let before = norm(&vector);
    // Twice is enough for orthogonality to rounding.
    for _ in 0..2 {
        for direction in basis {
            let overlap: Complex64 = direction.iter().zip(&vector).map(|(b, v)| b.conj() * v).sum();
            vector.iter_mut().zip(direction).for_each(|(v, b)| *v -= overlap * b);
        }
    }
    let after = norm(&vector);
    vector.iter_mut().for_each(|entry| *entry /= after);
    (after > INDEPENDENT * before).then_some(vector)
}

fn norm(vector: &[Complex64]) -> f64 {
    vector.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::linalg::kron;
    use crate::moments::{Level, letter_operator};
    use crate::num::Number;
    use crate::scenario::{BlackBox, Device, Kind, Labels, OperatorTable, Port};

    fn scenario() -> Scenario {
        Scenario {
            kind: Kind::BobWithInput,
            alice: BlackBox { settings: Labels::count(2), outcomes: Labels::count(2) },
            bob: Device { inputs: Labels::count(2), output: Port::Quantum(2) },
        }
    }

    /// ⟨w_i† w_j⟩ of Alice and Bob with (|00⟩ + |11⟩)/√2, Alice's Z and X, and Bob's identity or Hadamard map.
    fn moments(matrix: &MomentMatrix) -> Mat<Complex64> {
        let real = |rows: [[f64; 2]; 2], f: f64| Mat::from_fn(2, 2, |i, j| Complex64::from(rows[i][j] * f));
        let hadamard = real([[1.0, 1.0], [1.0, -1.0]], 0.5_f64.sqrt());
        let [z, x] = [real([[1.0, 0.0], [0.0, -1.0]], 1.0), real([[0.0, 1.0], [1.0, 0.0]], 1.0)];
        let identity = Mat::<Complex64>::identity(2, 2);
        let mut vectors: BTreeMap<usize, Mat<Complex64>> = BTreeMap::new();
        for (number, word) in matrix.words().iter().enumerate() {
            let mut vector = Mat::from_fn(4, 1, |i, _| {
                Complex64::from(if i == 0 || i == 3 { 0.5_f64.sqrt() } else { 0.0 })
            });
            for letter in word.letters().iter().rev() {
                let operator = match (letter.device(), letter.input()) {
                    (0, 0) => kron(&z, &identity),
                    (0, _) => kron(&x, &identity),
                    (_, y) => {
                        let bob = &matrix.algebra().devices()[1];
                        let own = letter_operator(bob, Some(*letter), 2).to_faer();
                        kron(&identity, &if y == 0 { own } else { &hadamard * &own * &hadamard })
                    }
                };
                vector = operator * vector;
            }
            vectors.insert(number, vector);
        }
        Mat::from_fn(matrix.size(), matrix.size(), |i, j| (vectors[&i].adjoint() * &vectors[&j])[(0, 0)])
    }

    /// The model's assemblage: half the eigenprojectors of Z and X, for y = 1 those of X and Z.
    fn assemblage(scenario: &Scenario) -> Assemblage {
        Assemblage(OperatorTable::from_fn(scenario, |Index { a, x, y }| {
            let sign = if a == 0 { 1 } else { -1 };
            Matrix::from_fn(2, 2, |i, j| match (x == y, i == j) {
                (true, true) if i == a => Number::ratio(1, 2),
                (false, true) => Number::ratio(1, 4),
                (false, false) => Number::ratio(sign, 4),
                _ => Number::zero(),
            })
        }))
    }

    /// What is said to vanish does so in the moments of a model, at levels with and without the words that single products need.
    #[test]
    fn products_vanish_in_a_model() {
        let scenario = scenario();
        let assemblage = assemblage(&scenario);
        for level in ["1+AB", "2", "1+AB+BB", "3"] {
            let algebra = Algebra::of_scenario(&scenario);
            let level: Level = level.parse().unwrap();
            let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
            let elements = vanishing(&scenario, [&assemblage, &assemblage]);
            assert_eq!(elements.len(), 8);
            let face = Face::new(&matrix, elements).unwrap().unwrap();
            let gamma = moments(&matrix);
            assert!((&gamma * &face.kernel).norm_max() < 1e-12, "{level}");
            let gram = face.kernel.adjoint() * &face.kernel;
            assert!(
                (gram - Mat::<Complex64>::identity(face.dimension(), face.dimension())).norm_max() < 1e-12
            );
            for product in &face.products {
                let mut vector = Mat::<Complex64>::zeros(matrix.size(), 1);
                product.entries.iter().for_each(|&(row, value)| vector[(row, 0)] = value);
                assert!((&gamma * vector).norm_max() < 1e-12, "{level}");
            }
            // B_0(Y) and B_1(Y) are both A_0 A_1, up to a phase; without that product their difference is not found.
            if level.to_string() == "1+AB" {
                let values = crate::linalg::hermitian_eigenvalues(&gamma).unwrap();
                let zeros = values.iter().filter(|value| value.abs() < 1e-9).count();
                assert_eq!(face.dimension() + 1, zeros, "{values:?}");
            }
        }
    }

    /// Only what is zero in both vanishes, and nothing of an element with a full rank.
    #[test]
    fn both_have_to_vanish() {
        let scenario = scenario();
        let pure = assemblage(&scenario);
        let white = pure.white_noise(&scenario);
        assert!(vanishing(&scenario, [&pure, &white]).is_empty());
        let half = Assemblage(OperatorTable::from_fn(&scenario, |index| {
            if index.y == 0 { pure.0.get(index).clone() } else { white.0.get(index).clone() }
        }));
        let found = vanishing(&scenario, [&pure, &half]);
        assert!(found.len() == 4 && found.iter().all(|vanishing| vanishing.index.y == 0));
        for Vanishing { index, operator } in found {
            let product = operator.mul(pure.0.get(index)).unwrap();
            assert!(product.entries().all(Number::is_exactly_zero) && operator.trace().is_some());
        }
    }
}
