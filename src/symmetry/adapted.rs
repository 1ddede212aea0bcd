//! Bases in which everything that commutes with a group is block diagonal.
//!
//! Antilinear elements are real-linear, so ℂⁿ is taken as ℝ²ⁿ, on which the group together with J, the multiplication by i,
//! acts by orthogonal matrices. There ℝ²ⁿ is a sum of irreducible representations; what commutes with one is ℝ, ℂ or ℍ
//! (Frobenius), spanned by 1, or by 1 and K₁, or by 1, K₁, K₂, K₃ = K₁K₂. With bases E_a of all copies of one
//! representation, of d dimensions, in which it has the same matrices, whatever commutes with the group is
//!
//! ```text
//! E_aᵀ M E_b = Σ_r x^r_ab K_r,
//! ```
//!
//! so M is one matrix over ℝ, ℂ or ℍ for each representation, of as many rows as there are copies, and M ⪰ 0 if all of
//! these are. The bases are found by the eigenvectors of random matrices that commute with the group (Murota, Kanno,
//! Kojima, Kojima, Japan J. Indust. Appl. Math. 27, 125 (2010)), one orbit of words at a time: the matrices are as small
//! as the group, and the bases as sparse.

use faer::Mat;
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashMap;

use super::action::Group;
use crate::algebra::Word;
use crate::linalg::{EigenError, symmetric_eigen};

/// Words that the group takes to combinations of each other.
#[derive(Debug, Clone)]
pub struct Component {
    /// Their numbers.
    pub words: Vec<usize>,
    /// Positions in `words` such that, for matrices that commute with the group, sums over all rows are `weight` times
    /// those over these rows.
    pub rows: Vec<usize>,
    /// See `rows`.
    pub weight: f64,
}

/// A copy of an irreducible representation.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The component that it lies in.
    pub component: usize,
    /// E K_r for every unit r, as complex matrices of a row for each word of the component and d columns.
    pub bases: Vec<Mat<Complex64>>,
}

/// All copies of one irreducible representation.
#[derive(Debug, Clone)]
pub struct Isotypic {
    /// Its real dimension d.
    pub dimension: usize,
    /// How many units K_r what commutes with it has: 1, 2 or 4.
    pub units: usize,
    /// The copies.
    pub copies: Vec<Copy>,
}

/// A basis of the words that is adapted to a group.
#[derive(Debug, Clone)]
pub struct Adapted {
    /// The words, apart from each other.
    pub components: Vec<Component>,
    /// The representations.
    pub isotypics: Vec<Isotypic>,
}

/// Eigenvalues closer than this, relative to the largest, are one: those of a random matrix differ by much more, those
/// of one representation by rounding.
const EQUAL: f64 = 1e-7;

/// An irreducible representation with its matrices.
struct Known {
    elements: Vec<Mat<f64>>,
    j: Mat<f64>,
    characters: Vec<f64>,
    units: Vec<Mat<f64>>,
}

impl Adapted {
    /// For a list of words that the group keeps: all combinations of images must be of words of the list. `None` if
    /// they are not, or a component has more than `most` words.
    pub fn new(words: &[Word], group: &Group, most: usize) -> Result<Option<Self>, EigenError> {
        let numbers: FxHashMap<&Word, usize> = words.iter().enumerate().map(|(k, word)| (word, k)).collect();
        let mut generators = Vec::new();
        for generator in group.generators() {
            let image = |word: &Word| -> Option<Vec<(usize, Complex64)>> {
                let terms = generator.word(word).into_iter();
                terms.map(|(word, value)| numbers.get(&word).map(|&k| (k, value))).collect()
            };
            let images: Option<Vec<_>> = words.iter().map(image).collect();
            let Some(images) = images else { return Ok(None) };
            generators.push(Sparse { images, antilinear: generator.is_antilinear() });
        }
        let components = components(words.len(), &generators, group.is_monomial());
        if components.iter().any(|component| component.words.len() > most) {
            return Ok(None);
        }
        let mut decomposition = Decomposition {
            group,
            known: Vec::new(),
            isotypics: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(0),
        };
        let mut place = vec![0; words.len()];
        for (number, component) in components.iter().enumerate() {
            component.words.iter().enumerate().for_each(|(k, &word)| place[word] = k);
            let within: Vec<Sparse> =
                generators.iter().map(|generator| generator.restricted(&component.words, &place)).collect();
            decomposition.add(number, component.words.len(), &within)?;
        }
        Ok(Some(Self { components, isotypics: decomposition.isotypics }))
    }
}

/// A generator on words: for each the combination that it becomes.
struct Sparse {
    images: Vec<Vec<(usize, Complex64)>>,
    antilinear: bool,
}

impl Sparse {
    fn restricted(&self, words: &[usize], place: &[usize]) -> Self {
        let image = |&word: &usize| self.images[word].iter().map(|&(k, value)| (place[k], value)).collect();
        Self { images: words.iter().map(image).collect(), antilinear: self.antilinear }
    }

    /// The images of combinations, one a column.
    fn apply(&self, vectors: &Mat<Complex64>) -> Mat<Complex64> {
        let mut moved = Mat::zeros(vectors.nrows(), vectors.ncols());
        for column in 0..vectors.ncols() {
            for (word, image) in self.images.iter().enumerate() {
                let value = vectors[(word, column)];
                let value = if self.antilinear { value.conj() } else { value };
                if value != Complex64::ZERO {
                    image.iter().for_each(|&(to, factor)| moved[(to, column)] += value * factor);
                }
            }
        }
        moved
    }
}

fn components(words: usize, generators: &[Sparse], monomial: bool) -> Vec<Component> {
    let mut sets = Sets::new(words);
    for generator in generators {
        for (word, image) in generator.images.iter().enumerate() {
            for &(other, _) in image {
                sets.join(word, other);
            }
        }
    }
    sets.groups()
        .into_iter()
        .map(|words| {
            // A monomial group takes any word of a component to any other.
            let rows = if monomial { vec![0] } else { (0..words.len()).collect() };
            let weight = words.len() as f64 / rows.len() as f64;
            Component { words, rows, weight }
        })
        .collect()
}

/// Disjoint sets of 0 … n−1.
pub(super) struct Sets {
    parent: Vec<usize>,
    /// Of roots: how many are in the set.
    size: Vec<usize>,
}

impl Sets {
    pub fn new(n: usize) -> Self {
        Self { parent: (0..n).collect(), size: vec![1; n] }
    }

    fn root(&mut self, mut k: usize) -> usize {
        while self.parent[k] != k {
            self.parent[k] = self.parent[self.parent[k]];
            k = self.parent[k];
        }
        k
    }

    /// Joins the sets of two members; the size of what they are then in.
    pub fn join(&mut self, a: usize, b: usize) -> usize {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (root, other) = (a.min(b), a.max(b));
            self.parent[other] = root;
            self.size[root] += self.size[other];
        }
        self.size[a.min(b)]
    }

    /// The sets, each in ascending order, by their first members.
    pub fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut number = vec![usize::MAX; self.parent.len()];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for k in 0..self.parent.len() {
            let root = self.root(k);
            if number[root] == usize::MAX {
                number[root] = groups.len();
                groups.push(Vec::new());
            }
            groups[number[root]].push(k);
        }
        groups
    }
}

struct Decomposition<'a> {
    group: &'a Group,
    known: Vec<Known>,
    isotypics: Vec<Isotypic>,
    random: ChaCha8Rng,
}

impl Decomposition<'_> {
    /// Splits a component of n words.
    fn add(&mut self, component: usize, n: usize, generators: &[Sparse]) -> Result<(), EigenError> {
        let commuting = self.commuting(n, generators);
        let mut pending: Vec<Mat<Complex64>> =
            eigenspaces(&commuting)?.iter().map(|space| complex(space, n)).collect();
        while let Some(space) = pending.pop() {
            let d = space.ncols();
            let matrices: Vec<Mat<f64>> =
                generators.iter().map(|generator| real_products(&space, &generator.apply(&space))).collect();
            let j = real_products(&space, &(&space * faer::Scale(Complex64::I)));
            let identity = Mat::<f64>::identity(d, d);
            let elements = self.group.extended(identity, &matrices, |a, b| a * b);
            // What commutes with an irreducible representation and is symmetric is a multiple of 1.
            let noise = self.noise(d, d);
            let symmetric = averaged(&elements, &elements, (&j, &j), &(&noise + noise.transpose()));
            let parts = eigenspaces(&symmetric)?;
            if parts.len() > 1 {
                pending.extend(parts.iter().map(|part| &space * real(part)));
                continue;
            }
            self.place(component, &space, elements, j);
        }
        Ok(())
    }

    /// Adds a copy to the representation that it is one of, or as the first of a new one.
    fn place(&mut self, component: usize, space: &Mat<Complex64>, elements: Vec<Mat<f64>>, j: Mat<f64>) {
        let characters = characters(&elements, &j);
        let same = |known: &Known| {
            known.j.nrows() == j.nrows()
                && known.characters.iter().zip(&characters).all(|(a, b)| (a - b).abs() < 1e-6)
        };
        let place = self.known.iter().position(same);
        let (number, aligned) = match place {
            Some(number) => {
                let noise = self.noise(j.nrows(), j.nrows());
                let known = &self.known[number];
                let link = averaged(&elements, &known.elements, (&j, &known.j), &noise);
                let scale = (j.nrows() as f64).sqrt() / link.norm_l2();
                (number, space * real(&link) * faer::Scale(Complex64::from(scale)))
            }
            None => {
                let units = self.units(&elements, &j);
                let dimension = j.nrows();
                self.isotypics.push(Isotypic { dimension, units: units.len(), copies: Vec::new() });
                self.known.push(Known { elements, j, characters, units });
                (self.known.len() - 1, space.clone())
            }
        };
        let bases = self.known[number].units.iter().map(|unit| &aligned * real(unit)).collect();
        self.isotypics[number].copies.push(Copy { component, bases });
    }

    /// A random symmetric 2n×2n matrix that commutes with the group and J.
    fn commuting(&mut self, n: usize, generators: &[Sparse]) -> Mat<f64> {
        /// Orbits of so many random vectors: one alone leaves representations of more copies than dimensions a kernel.
        const VECTORS: usize = 3;
        let order = self.group.order();
        let mut sum = Mat::<f64>::zeros(2 * n, 2 * n);
        for weight in 1..=VECTORS {
            let vector = {
                let noise = self.noise(2 * n, 1);
                Mat::from_fn(n, 1, |i, _| Complex64::new(noise[(i, 0)], noise[(n + i, 0)]))
            };
            let mut orbit = vec![vector];
            for &(generator, earlier) in self.group.steps() {
                let next = generators[generator].apply(&orbit[earlier]);
                orbit.push(next);
            }
            let columns =
                Mat::from_fn(
                    2 * n,
                    order,
                    |i, g| {
                        if i < n { orbit[g][(i, 0)].re } else { orbit[g][(i - n, 0)].im }
                    },
                );
            sum += (&columns * columns.transpose()) * faer::Scale(weight as f64 / order as f64);
        }
        // (S + JSJᵀ)/2 with J(u, v) = (−v, u).
        Mat::from_fn(2 * n, 2 * n, |i, k| {
            let turned = |i: usize| if i < n { (i + n, 1.0) } else { (i - n, -1.0) };
            let ((p, s), (q, t)) = (turned(i), turned(k));
            0.5 * (sum[(i, k)] + s * t * sum[(p, q)])
        })
    }

    /// 1, and the other units of what commutes with an irreducible representation.
    fn units(&mut self, elements: &[Mat<f64>], j: &Mat<f64>) -> Vec<Mat<f64>> {
        let d = j.nrows();
        let mut units = vec![Mat::<f64>::identity(d, d)];
        // K₁, then K₂: what is left of a random antisymmetric matrix, or nothing.
        for _ in 0..2 {
            let noise = self.noise(d, d);
            let antisymmetric = &noise - noise.transpose();
            let mut rest = averaged(elements, elements, (j, j), &antisymmetric);
            for unit in &units[1..] {
                let part = real_inner(unit, &rest) / d as f64;
                rest -= unit * faer::Scale(part);
            }
            let size = rest.norm_l2();
            if size <= 1e-6 * antisymmetric.norm_l2() {
                break;
            }
            units.push(rest * faer::Scale((d as f64).sqrt() / size));
        }
        if let [_, first, second] = units.as_slice() {
            let third = first * second;
            units.push(third);
        }
        units
    }

    fn noise(&mut self, rows: usize, columns: usize) -> Mat<f64> {
        Mat::from_fn(rows, columns, |_, _| self.random.random_range(-1.0..1.0))
    }
}

/// The eigenspaces of a symmetric matrix.
fn eigenspaces(matrix: &Mat<f64>) -> Result<Vec<Mat<f64>>, EigenError> {
    let (values, vectors) = symmetric_eigen(matrix)?;
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let mut spaces = Vec::new();
    let mut start = 0;
    for k in 1..=values.len() {
        if k == values.len() || values[k] - values[k - 1] > EQUAL * largest {
            spaces.push(vectors.subcols(start, k - start).to_owned());
            start = k;
        }
    }
    Ok(spaces)
}

/// Σ_g ρ(g) X τ(g)ᵀ and J likewise, over their number.
fn averaged(left: &[Mat<f64>], right: &[Mat<f64>], (j, k): (&Mat<f64>, &Mat<f64>), x: &Mat<f64>) -> Mat<f64> {
    let mut sum = Mat::<f64>::zeros(x.nrows(), x.ncols());
    for (a, b) in left.iter().zip(right) {
        sum += a * x * b.transpose();
    }
    let turned = j * &sum * k.transpose();
    (sum + turned) * faer::Scale(0.5 / left.len() as f64)
}

/// tr ρ(g) and tr ρ(g)J of all elements.
fn characters(elements: &[Mat<f64>], j: &Mat<f64>) -> Vec<f64> {
    let trace = |matrix: &Mat<f64>| (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum::<f64>();
    let turned = j.transpose().to_owned();
    elements.iter().flat_map(|g| [trace(g), real_inner(&turned, g)]).collect()
}

/// tr AᵀB.
fn real_inner(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    (0..a.ncols()).map(|j| (0..a.nrows()).map(|i| a[(i, j)] * b[(i, j)]).sum::<f64>()).sum()
}

/// Re A†B.
fn real_products(a: &Mat<Complex64>, b: &Mat<Complex64>) -> Mat<f64> {
    let products = a.adjoint() * b;
    Mat::from_fn(products.nrows(), products.ncols(), |i, j| products[(i, j)].re)
}

/// Vectors of ℝ²ⁿ as ones of ℂⁿ.
fn complex(vectors: &Mat<f64>, n: usize) -> Mat<Complex64> {
    Mat::from_fn(n, vectors.ncols(), |i, j| Complex64::new(vectors[(i, j)], vectors[(n + i, j)]))
}

fn real(matrix: &Mat<f64>) -> Mat<Complex64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)].into())
}
