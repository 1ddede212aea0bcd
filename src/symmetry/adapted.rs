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
#[derive(Debug, Clone, Default)]
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
    /// The component of the first copy.
    home: usize,
    /// That copy.
    space: Mat<f64>,
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
        let mut bases = Bases::new(group);
        let mut place = vec![0; words.len()];
        for component in components {
            component.words.iter().enumerate().for_each(|(k, &word)| place[word] = k);
            let within: Vec<Sparse> =
                generators.iter().map(|generator| generator.restricted(&component.words, &place)).collect();
            bases.add_component(component, &within)?;
        }
        Ok(Some(bases.adapted))
    }

    /// What is left of it on some of the components, in order, their words numbered anew.
    pub fn restricted(&self, components: &[usize]) -> Self {
        let mut restricted = Self::default();
        let mut place = vec![None; self.components.len()];
        let mut words = 0;
        for &number in components {
            place[number] = Some(restricted.components.len());
            let component = &self.components[number];
            let numbers = words..words + component.words.len();
            words = numbers.end;
            restricted.components.push(Component { words: numbers.collect(), ..component.clone() });
        }
        let kept = |copy: &Copy| place[copy.component].map(|component| Copy { component, ..copy.clone() });
        let isotypics = self.isotypics.iter().map(|isotypic| Isotypic {
            copies: isotypic.copies.iter().filter_map(kept).collect(),
            ..*isotypic
        });
        restricted.isotypics = isotypics.filter(|isotypic| !isotypic.copies.is_empty()).collect();
        restricted
    }
}

/// Bases of more and more words.
pub struct Bases<'a> {
    group: &'a Group,
    adapted: Adapted,
    known: Vec<Known>,
    /// By component: the orbit of a vector.
    orbits: Vec<Orbit>,
    random: ChaCha8Rng,
    words: usize,
}

impl<'a> Bases<'a> {
    /// Of no words yet.
    pub fn new(group: &'a Group) -> Self {
        let random = ChaCha8Rng::seed_from_u64(0);
        let (known, orbits) = (Vec::new(), Vec::new());
        Self { group, adapted: Adapted::default(), known, orbits, random, words: 0 }
    }

    /// The bases so far.
    pub fn adapted(&self) -> &Adapted {
        &self.adapted
    }

    /// Adds an orbit of a group that takes words to multiples of words: all that one word becomes.
    pub fn add_orbit(&mut self, words: &[Word]) -> Result<(), EigenError> {
        let places: FxHashMap<&Word, usize> = words.iter().enumerate().map(|(k, word)| (word, k)).collect();
        let sparse = |generator: &super::Action| {
            let image = |word: &Word| {
                let terms = generator.word(word).into_iter();
                terms.filter_map(|(word, value)| Some((*places.get(&word)?, value))).collect()
            };
            Sparse { images: words.iter().map(image).collect(), antilinear: generator.is_antilinear() }
        };
        let generators: Vec<Sparse> = self.group.generators().map(sparse).collect();
        let numbers = (self.words..self.words + words.len()).collect();
        let component = Component { words: numbers, rows: vec![0], weight: words.len() as f64 };
        self.add_component(component, &generators)
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

/// The orbit of a vector: T_g v for every g, in ℝ²ⁿ.
enum Orbit {
    /// A column each.
    Dense(Mat<f64>),
    /// Of the first word, under a group that takes words to multiples of words: (word, factor) each.
    Sparse { rows: usize, images: Vec<(usize, Complex64)> },
}

impl Orbit {
    /// Σ_g (T_g w)(T_g v)ᵀ for another orbit w. It commutes with the group, and between two components, or two invariant
    /// subspaces, such a sum is a link between equivalent representations and zero between others (Schur).
    fn sum(&self, other: &Mat<f64>) -> Mat<f64> {
        match self {
            Self::Dense(vectors) => other * vectors.transpose(),
            Self::Sparse { rows, images } => {
                let mut sum = Mat::zeros(other.nrows(), *rows);
                for (g, &(word, factor)) in images.iter().enumerate() {
                    for (place, part) in [(word, factor.re), (word + rows / 2, factor.im)] {
                        if part != 0.0 {
                            let mut column = sum.col_mut(place);
                            column += other.col(g) * faer::Scale(part);
                        }
                    }
                }
                sum
            }
        }
    }

    /// The size of what a space sees of v.
    fn seen(&self, space: &Mat<f64>) -> f64 {
        match self {
            Self::Dense(vectors) => (space.transpose() * vectors.col(0)).norm_l2(),
            Self::Sparse { images, .. } => space.row(images[0].0).norm_l2(),
        }
    }
}

/// Half of a matrix and of what J, which is (u, v) ↦ (−v, u), makes of it: what of it commutes with J.
fn averaged(sum: &Mat<f64>) -> Mat<f64> {
    let n = sum.nrows() / 2;
    let turned = |i: usize| if i < n { (i + n, 1.0) } else { (i - n, -1.0) };
    Mat::from_fn(2 * n, 2 * n, |i, k| {
        let ((p, s), (q, t)) = (turned(i), turned(k));
        0.5 * (sum[(i, k)] + s * t * sum[(p, q)])
    })
}

/// What a component is split by.
struct Splitting {
    /// Two symmetric matrices that commute with the group.
    symmetric: [Mat<f64>; 2],
    /// Two that commute with it and need not be symmetric.
    others: [Mat<f64>; 2],
    /// The orbit of a random vector.
    random: Mat<f64>,
}

impl Bases<'_> {
    /// Splits a component.
    fn add_component(&mut self, component: Component, generators: &[Sparse]) -> Result<(), EigenError> {
        let (number, n) = (self.adapted.components.len(), component.words.len());
        // Where any word becomes any other, sums with the orbit of one are all that commutes with the group.
        let single = component.rows.len() == 1;
        self.words += n;
        self.adapted.components.push(component);
        let (orbit, splitting) = if single { self.by_one(n, generators) } else { self.by_all(n, generators) };
        self.orbits.push(orbit);
        let [commuting, other] = &splitting.symmetric;
        let mut links = FxHashMap::default();
        let size = other.norm_max();
        for space in eigenspaces(commuting, commuting.norm_max())? {
            // What commutes with an irreducible representation and is symmetric is a multiple of 1.
            let within = space.transpose() * other * &space;
            for part in eigenspaces(&within, size)? {
                self.place(number, n, &(&space * part), &splitting, &mut links);
            }
        }
        Ok(())
    }

    /// Adds a copy to the representation that it is one of, or as the first of a new one; `links` are those to homes of others.
    fn place(
        &mut self,
        component: usize,
        n: usize,
        space: &Mat<f64>,
        splitting: &Splitting,
        links: &mut FxHashMap<usize, Mat<f64>>,
    ) {
        let d = space.ncols();
        let j = {
            let space = complex(space, n);
            real_products(&space, &(&space * faer::Scale(Complex64::I)))
        };
        let order = self.group.order() as f64;
        let seen = (space.transpose() * splitting.random.col(0)).norm_l2();
        let mut link = |known: &Known| {
            if known.j.nrows() != d {
                return None;
            }
            let orbit = &self.orbits[known.home];
            let sum = links.entry(known.home).or_insert_with(|| orbit.sum(&splitting.random));
            let link = with_j(space.transpose() * &*sum * &known.space, &j, &known.j);
            (link.norm_l2() > LINKED * order * seen * orbit.seen(&known.space)).then_some(link)
        };
        let linked = self.known.iter().enumerate().find_map(|(k, known)| link(known).map(|link| (k, link)));
        let (number, aligned) = match linked {
            Some((number, link)) => {
                let scale = (d as f64).sqrt() / link.norm_l2();
                (number, space * link * faer::Scale(scale))
            }
            None => {
                let within = |sum: &Mat<f64>| with_j(space.transpose() * sum * space, &j, &j);
                let units = units(&splitting.others.each_ref().map(within));
                self.adapted.isotypics.push(Isotypic {
                    dimension: d,
                    units: units.len(),
                    copies: Vec::new(),
                });
                self.known.push(Known { home: component, space: space.clone(), j, units });
                (self.known.len() - 1, space.clone())
            }
        };
        let bases = self.known[number].units.iter().map(|unit| complex(&(&aligned * unit), n)).collect();
        self.adapted.isotypics[number].copies.push(Copy { component, bases });
    }

    /// The orbit of the first word of a component, and sums of it with those of random vectors.
    fn by_one(&mut self, n: usize, generators: &[Sparse]) -> (Orbit, Splitting) {
        let mut images = vec![(0, Complex64::ONE)];
        for &(generator, earlier) in self.group.steps() {
            let Sparse { images: moved, antilinear } = &generators[generator];
            let (word, factor) = images[earlier];
            let (to, value) = moved[word][0];
            images.push((to, value * if *antilinear { factor.conj() } else { factor }));
        }
        let orbit = Orbit::Sparse { rows: 2 * n, images };
        let others = [(); 2].map(|()| orbit.sum(&self.random_orbit(n, generators)));
        let symmetric = others.each_ref().map(|sum| averaged(&(sum + sum.transpose())));
        let random = self.random_orbit(n, generators);
        (orbit, Splitting { symmetric, others, random })
    }

    /// The orbit of a random vector of a component, and sums of it with others.
    fn by_all(&mut self, n: usize, generators: &[Sparse]) -> (Orbit, Splitting) {
        // Each has as many columns as the group has elements, and as many again with J, which stands for 2n rows: so many have
        // together more columns than rows, and sums of them no kernel but by chance.
        let needed = 1 + n.div_ceil(self.group.order());
        // The unit of a quaternion needs three.
        let orbits: Vec<Mat<f64>> = (0..needed.max(3)).map(|_| self.random_orbit(n, generators)).collect();
        let combined = |pairs: &mut dyn Iterator<Item = (usize, usize, f64)>| {
            let mut sum = Mat::<f64>::zeros(2 * n, 2 * n);
            for (i, k, weight) in pairs {
                sum += (&orbits[i] * orbits[k].transpose()) * faer::Scale(weight);
            }
            averaged(&sum)
        };
        let squares = combined(&mut (0..needed).map(|i| (i, i, 1.0 / (i + 1) as f64)));
        let mixed = combined(&mut (0..needed).map(|i| (i, (i + 1) % needed, 1.0 + i as f64)));
        let symmetric = [squares, &mixed + mixed.transpose()];
        let others = [1, 2].map(|k| &orbits[0] * orbits[k].transpose());
        let random = orbits[0].clone();
        (Orbit::Dense(random.clone()), Splitting { symmetric, others, random })
    }

    /// The orbit of a random vector, a column for each element of the group.
    fn random_orbit(&mut self, n: usize, generators: &[Sparse]) -> Mat<f64> {
        let mut part = || self.random.random_range(-1.0..1.0);
        let mut orbit = vec![Mat::from_fn(n, 1, |_, _| Complex64::new(part(), part()))];
        for &(generator, earlier) in self.group.steps() {
            let next = generators[generator].apply(&orbit[earlier]);
            orbit.push(next);
        }
        Mat::from_fn(
            2 * n,
            orbit.len(),
            |i, g| {
                if i < n { orbit[g][(i, 0)].re } else { orbit[g][(i - n, 0)].im }
            },
        )
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
