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

/// Eigenvalues closer than this, relative to the matrix, are one: those of a random matrix differ by much more, those of one
/// representation by rounding.
const EQUAL: f64 = 1e-8;

/// Links between representations that are equivalent are of order one, relative to what they are made of, others rounding.
const LINKED: f64 = 1e-7;

/// What is compared with further copies of a representation.
struct Known {
    /// What the basis sees of its component's first [orbit](Orbits).
    seen: Mat<f64>,
    /// J in the basis.
    j: Mat<f64>,
    /// 1, K₁ …
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
pub(crate) struct Sets {
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

/// The orbits of random vectors of a component of n words: matrices of 2n rows with a column T_g v for every g.
///
/// Σ_g (T_g v)(T_g w)ᵀ commutes with the group for any v and w, and between two components, or two invariant subspaces,
/// such a sum is a link between equivalent representations and zero between others (Schur).
struct Orbits {
    vectors: Vec<Mat<f64>>,
    /// How many of them a matrix must be made of that has no kernel but by chance: together they have more columns than rows.
    needed: usize,
}

impl Orbits {
    /// Σ over pairs of vectors (i, k) with weights of Σ_g (T_g v_i)(T_g v_k)ᵀ, averaged over J, which is (u, v) ↦ (−v, u).
    fn combined(&self, pairs: impl Iterator<Item = (usize, usize, f64)>) -> Mat<f64> {
        let rows = self.vectors[0].nrows();
        let mut sum = Mat::<f64>::zeros(rows, rows);
        for (i, k, weight) in pairs {
            sum += (&self.vectors[i] * self.vectors[k].transpose()) * faer::Scale(weight);
        }
        let n = rows / 2;
        let turned = |i: usize| if i < n { (i + n, 1.0) } else { (i - n, -1.0) };
        let scale = 0.5 / self.vectors[0].ncols() as f64;
        Mat::from_fn(rows, rows, |i, k| {
            let ((p, s), (q, t)) = (turned(i), turned(k));
            scale * (sum[(i, k)] + s * t * sum[(p, q)])
        })
    }

    /// Two symmetric matrices that commute with the group.
    fn commuting(&self) -> [Mat<f64>; 2] {
        let squares = (0..self.needed).map(|i| (i, i, 1.0 / (i + 1) as f64));
        let mixed = self.combined((0..self.needed).map(|i| (i, (i + 1) % self.needed, 1.0 + i as f64)));
        [self.combined(squares), &mixed + mixed.transpose()]
    }
}

impl Decomposition<'_> {
    /// Splits a component of n words.
    fn add(&mut self, component: usize, n: usize, generators: &[Sparse]) -> Result<(), EigenError> {
        let orbits = self.orbits(n, generators);
        let [commuting, other] = orbits.commuting();
        let size = other.norm_max();
        for space in eigenspaces(&commuting, commuting.norm_max())? {
            // What commutes with an irreducible representation and is symmetric is a multiple of 1.
            let within = space.transpose() * &other * &space;
            for part in eigenspaces(&within, size)? {
                self.place(component, n, &(&space * part), &orbits);
            }
        }
        Ok(())
    }

    /// Adds a copy to the representation that it is one of, or as the first of a new one.
    fn place(&mut self, component: usize, n: usize, space: &Mat<f64>, orbits: &Orbits) {
        let d = space.ncols();
        let j = {
            let space = complex(space, n);
            real_products(&space, &(&space * faer::Scale(Complex64::I)))
        };
        let seen = |k: usize| space.transpose() * &orbits.vectors[k];
        let first = seen(0);
        let link = |known: &Known| {
            (known.j.nrows() == d)
                .then(|| with_j(&first * known.seen.transpose(), &j, &known.j))
                .filter(|link| link.norm_l2() > LINKED * first.norm_l2() * known.seen.norm_l2())
        };
        let linked = self.known.iter().enumerate().find_map(|(k, known)| link(known).map(|link| (k, link)));
        let (number, aligned) = match linked {
            Some((number, link)) => {
                let scale = (d as f64).sqrt() / link.norm_l2();
                (number, space * link * faer::Scale(scale))
            }
            None => {
                let products = [1, 2].map(|k| with_j(&first * seen(k).transpose(), &j, &j));
                let units = units(&products);
                self.isotypics.push(Isotypic { dimension: d, units: units.len(), copies: Vec::new() });
                self.known.push(Known { seen: first, j, units });
                (self.known.len() - 1, space.clone())
            }
        };
        let bases = self.known[number].units.iter().map(|unit| complex(&(&aligned * unit), n)).collect();
        self.isotypics[number].copies.push(Copy { component, bases });
    }

    fn orbits(&mut self, n: usize, generators: &[Sparse]) -> Orbits {
        // Each has as many columns as the group has elements, and as many again with J, which stands for 2n rows.
        let needed = 1 + n.div_ceil(self.group.order());
        let mut orbit = || {
            let mut part = || self.random.random_range(-1.0..1.0);
            let mut orbit = vec![Mat::from_fn(n, 1, |_, _| Complex64::new(part(), part()))];
            for &(generator, earlier) in self.group.steps() {
                let next = generators[generator].apply(&orbit[earlier]);
                orbit.push(next);
            }
            Mat::from_fn(2 * n, orbit.len(), |i, g| {
                if i < n { orbit[g][(i, 0)].re } else { orbit[g][(i - n, 0)].im }
            })
        };
        // The unit of a quaternion needs three.
        Orbits { vectors: (0..needed.max(3)).map(|_| orbit()).collect(), needed }
    }
}

/// A sum over the group, of matrices between two representations, over J too.
fn with_j(sum: Mat<f64>, left: &Mat<f64>, right: &Mat<f64>) -> Mat<f64> {
    let turned = left * &sum * right.transpose();
    sum + turned
}

/// 1, and the other units of what commutes with an irreducible representation, from two random matrices that do: K₁, and
/// what the second has besides.
fn units(commuting: &[Mat<f64>; 2]) -> Vec<Mat<f64>> {
    let d = commuting[0].nrows();
    let mut units = vec![Mat::<f64>::identity(d, d)];
    for matrix in commuting {
        let mut rest = matrix - matrix.transpose();
        for unit in &units[1..] {
            let part = real_inner(unit, &rest) / d as f64;
            rest -= unit * faer::Scale(part);
        }
        let size = rest.norm_l2();
        if size <= LINKED * matrix.norm_l2() {
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

/// The eigenspaces of a symmetric matrix, values that differ by rounding of numbers of the given size taken as one.
fn eigenspaces(matrix: &Mat<f64>, size: f64) -> Result<Vec<Mat<f64>>, EigenError> {
    let (values, vectors) = symmetric_eigen(matrix)?;
    let mut spaces = Vec::new();
    let mut start = 0;
    for k in 1..=values.len() {
        if k == values.len() || values[k] - values[k - 1] > EQUAL * size {
            spaces.push(vectors.subcols(start, k - start).to_owned());
            start = k;
        }
    }
    Ok(spaces)
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
