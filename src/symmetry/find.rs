//! The search for all symmetries of a table: a tree of choices, cut where inner products differ.
//!
//! The first choice is where Bob's inputs go and whether numbers are conjugated, then one for every point (x, a): where it
//! goes. Whatever unitaries Bob may apply, the traces of products of his operators at one input stay, so those of two and of
//! four of the points chosen so far must agree with those of their images. What is left at the leaves is
//! [fitted](super::fit) and [proved](Symmetry::proved). As in computations with permutation groups (Sims 1970), only
//! one symmetry is looked for of those that agree with the identity up to some choice and take that choice to a new place:
//! all the others are products.

use std::cell::{Cell, OnceCell};
use std::hash::Hash;

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashSet;

use super::fit::{self, NEAR};
use super::generator::{Images, Symmetry};
use super::profile::{Bob, Profile, approximate};
use crate::algebra::UnitaryBasis;
use crate::num::Number;

/// How many partial choices are looked at before the search gives up what it has not found.
const MAX_NODES: usize = 100_000;
/// How many complete choices are fitted, for the same reason.
const MAX_LEAVES: usize = 2_000;
/// Multiplications for comparing products of four operators: a tenth of a second or two.
const MAX_WORK: usize = 100_000_000;

/// Up to so many points (x, a) products of four operators are compared too: those of every two are kept.
const MOST_POINTS: usize = 48;
/// Of the points chosen so far, so many and the last are in these products.
const FIRST_POINTS: usize = 8;
/// More inputs than this are not permuted: all their orders are tried.
const MOST_INPUTS: usize = 6;

pub(super) struct Finder<'a> {
    bob: Bob,
    profiles: &'a [Profile],
    outcomes: usize,
    settings: usize,
    inputs: usize,
    /// By profile: its numbers in floating point.
    numbers: Vec<Numbers>,
    nodes: usize,
    leaves: usize,
    /// Multiplications so far.
    work: Cell<usize>,
}

/// What is compared, each up to its tolerance. A point is x·outcomes + a.
struct Numbers {
    /// By point.
    alice: Vec<f64>,
    /// By input: inner products of the vectors of all points and of Bob's own, which comes last.
    gram: Vec<Vec<Vec<f64>>>,
    /// By input: the products of the operators of two points, p·points + q; made when inner products do not decide alone.
    products: OnceCell<Vec<Vec<Mat<Complex64>>>>,
    alice_tolerance: f64,
    gram_tolerance: f64,
    /// Of traces of products of four.
    product_tolerance: f64,
}

impl Numbers {
    fn new(profile: &Profile) -> Self {
        let alice: Vec<f64> = profile.alice.iter().flatten().map(Number::re).collect();
        let gram: Vec<Vec<Vec<f64>>> = (0..profile.bob.len())
            .map(|y| {
                let vectors: Vec<Vec<Complex64>> =
                    profile.vectors(y).map(|vector| approximate(vector)).collect();
                let product = |u: &[Complex64], v: &[Complex64]| {
                    u.iter().zip(v).map(|(u, v)| (u.conj() * v).re).sum::<f64>()
                };
                vectors.iter().map(|u| vectors.iter().map(|v| product(u, v)).collect()).collect()
            })
            .collect();
        // Of all numbers together: parts that vanish by symmetry are noise in floating point.
        let size = profile.size();
        Self {
            alice,
            gram,
            products: OnceCell::new(),
            alice_tolerance: NEAR * size,
            gram_tolerance: NEAR * size.powi(2),
            product_tolerance: NEAR * size.powi(4),
        }
    }

    fn products(&self, bob: &Bob, profile: &Profile) -> &[Vec<Mat<Complex64>>] {
        self.products.get_or_init(|| {
            let of_input = |y: usize| {
                let points = self.alice.len();
                let operators: Vec<Mat<Complex64>> = profile
                    .vectors(y)
                    .take(points)
                    .map(|vector| bob.operator(&approximate(vector)))
                    .collect();
                operators.iter().flat_map(|p| operators.iter().map(move |q| p * q)).collect()
            };
            (0..self.gram.len()).map(of_input).collect()
        })
    }
}

/// The choices made so far.
struct Choice {
    inputs: Vec<usize>,
    antilinear: bool,
    /// Where the first points go.
    images: Vec<usize>,
}

impl<'a> Finder<'a> {
    pub fn new(bob: Bob, profiles: &'a [Profile]) -> Option<Self> {
        let first = profiles.first()?;
        Some(Self {
            bob,
            profiles,
            outcomes: first.alice.first()?.len(),
            settings: first.alice.len(),
            inputs: first.bob.len(),
            numbers: profiles.iter().map(Numbers::new).collect(),
            nodes: 0,
            leaves: 0,
            work: Cell::new(0),
        })
    }

    fn points(&self) -> usize {
        self.settings * self.outcomes
    }

    /// Symmetries of which all others that were found are products.
    pub fn generators(mut self) -> Vec<Symmetry> {
        let mut found = self.local();
        for point in (0..self.points()).rev() {
            let mut reached = orbit(point, |&p| found.iter().map(|g| self.image(g, p)).collect());
            for image in 0..self.points() {
                let mut choice = self.identity(point);
                if reached.contains(&image) || !self.is_free(&choice, image) {
                    continue;
                }
                choice.images.push(image);
                if self.agrees(&choice)
                    && let Some(symmetry) = self.complete(&mut choice)
                {
                    found.push(symmetry);
                    reached = orbit(point, |&p| found.iter().map(|g| self.image(g, p)).collect());
                }
            }
        }
        let mut reached = self.reached(&found);
        for inputs in permutations(self.inputs) {
            for antilinear in [false, true] {
                let mut choice = Choice { inputs: inputs.clone(), antilinear, images: Vec::new() };
                if !reached.contains(&(inputs.clone(), antilinear))
                    && self.agrees(&choice)
                    && let Some(symmetry) = self.complete(&mut choice)
                {
                    found.push(symmetry);
                    reached = self.reached(&found);
                }
            }
        }
        found
    }

    /// What products of symmetries do to the inputs, and whether they conjugate.
    fn reached(&self, found: &[Symmetry]) -> FxHashSet<(Vec<usize>, bool)> {
        orbit(((0..self.inputs).collect(), false), |(inputs, antilinear): &(Vec<usize>, bool)| {
            let step =
                |g: &Symmetry| (inputs.iter().map(|&y| g.inputs[y]).collect(), antilinear ^ g.antilinear);
            found.iter().map(step).collect()
        })
    }

    /// The identity on the points before one.
    fn identity(&self, point: usize) -> Choice {
        Choice { inputs: (0..self.inputs).collect(), antilinear: false, images: (0..point).collect() }
    }

    fn image(&self, symmetry: &Symmetry, point: usize) -> usize {
        let (x, a) = (point / self.outcomes, point % self.outcomes);
        symmetry.settings[x] * self.outcomes + symmetry.outcomes[x][a]
    }

    /// Whether the next point may go somewhere: points of one setting go to one setting, different ones to different ones.
    fn is_free(&self, choice: &Choice, image: usize) -> bool {
        let next = choice.images.len();
        if !next.is_multiple_of(self.outcomes) {
            let first = choice.images[next - next % self.outcomes];
            return image / self.outcomes == first / self.outcomes && !choice.images.contains(&image);
        }
        choice.images.iter().all(|taken| taken / self.outcomes != image / self.outcomes)
    }

    /// Completes a choice in all ways until one is a symmetry.
    fn complete(&mut self, choice: &mut Choice) -> Option<Symmetry> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || self.leaves > MAX_LEAVES || self.work.get() > MAX_WORK {
            return None;
        }
        if choice.images.len() == self.points() {
            self.leaves += 1;
            return self.symmetry(choice);
        }
        for image in 0..self.points() {
            if !self.is_free(choice, image) {
                continue;
            }
            choice.images.push(image);
            let found = if self.agrees(choice) { self.complete(choice) } else { None };
            choice.images.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether the last point has the inner products with all before it that its image has with theirs.
    fn agrees(&self, choice: &Choice) -> bool {
        let own = self.points();
        self.numbers.iter().zip(self.profiles).all(|(numbers, profile)| {
            let same = |left: f64, right: f64| (left - right).abs() <= numbers.gram_tolerance;
            let mut inputs = choice.inputs.iter().enumerate();
            let mut grams = inputs.by_ref().map(|(y, &to)| (&numbers.gram[y], &numbers.gram[to]));
            let Some((last, &image)) = choice.images.iter().enumerate().next_back() else {
                return grams.all(|(from, to)| same(from[own][own], to[own][own]));
            };
            (numbers.alice[last] - numbers.alice[image]).abs() <= numbers.alice_tolerance
                && grams.all(|(from, to)| {
                    let others = choice.images.iter().enumerate();
                    same(from[last][own], to[image][own])
                        && others.into_iter().all(|(q, &other)| same(from[last][q], to[image][other]))
                })
                && (last < 2 || own > MOST_POINTS || self.products_agree(numbers, profile, choice))
        })
    }

    /// Whether traces of products of four operators, the last point's among them, are those of the images.
    fn products_agree(&self, numbers: &Numbers, profile: &Profile, choice: &Choice) -> bool {
        let own = self.points();
        let products = numbers.products(&self.bob, profile);
        let last = choice.images.len() - 1;
        let image = choice.images[last];
        // The first points and the last: whatever they do not tell apart, the proof will.
        let chosen = || choice.images.iter().enumerate().filter(|(p, _)| *p < FIRST_POINTS || *p == last);
        choice.inputs.iter().enumerate().all(|(y, &to)| {
            chosen().all(|(q, &q_image)| {
                let (left, left_image) = (&products[y][last * own + q], &products[to][image * own + q_image]);
                chosen().all(|(r, &r_image)| {
                    chosen().take(r + 1).all(|(s, &s_image)| {
                        self.work.set(self.work.get() + 2 * left.nrows() * left.ncols());
                        let value = trace(left, &products[y][r * own + s]);
                        let value = if choice.antilinear { value.conj() } else { value };
                        let other = trace(left_image, &products[to][r_image * own + s_image]);
                        (value - other).norm_sqr() <= numbers.product_tolerance.powi(2)
                    })
                })
            })
        })
    }

    /// The symmetry of a complete choice, if Bob has the maps for it.
    fn symmetry(&self, choice: &Choice) -> Option<Symmetry> {
        let images: Option<Vec<Images>> = (0..self.inputs)
            .map(|y| {
                let to = choice.inputs[y];
                let mut pairs = Vec::new();
                for profile in self.profiles {
                    let vector = |point: usize, y: usize| {
                        &profile.both[point / self.outcomes][point % self.outcomes][y]
                    };
                    pairs.extend(
                        choice.images.iter().enumerate().map(|(p, &image)| (vector(p, y), vector(image, to))),
                    );
                    pairs.push((&profile.bob[y], &profile.bob[to]));
                }
                pairs.retain(|(source, _)| !source.iter().all(Number::is_exactly_zero));
                fit::images(&self.bob, &pairs, choice.antilinear)
            })
            .collect();
        let of_setting = |x: usize| &choice.images[x * self.outcomes..(x + 1) * self.outcomes];
        let symmetry = Symmetry {
            settings: (0..self.settings).map(|x| of_setting(x)[0] / self.outcomes).collect(),
            outcomes: (0..self.settings)
                .map(|x| of_setting(x).iter().map(|image| image % self.outcomes).collect())
                .collect(),
            inputs: choice.inputs.clone(),
            images: images?,
            antilinear: choice.antilinear,
            exact: false,
        };
        symmetry.proved(&self.bob, self.profiles)
    }

    /// Unitaries of the basis that leave all operators of one input alone, or outcomes of a classical Bob that nothing
    /// distinguishes.
    fn local(&self) -> Vec<Symmetry> {
        let mut found = Vec::new();
        let outcomes: Vec<usize> = (0..self.outcomes).collect();
        let identity: Images = (0..self.bob.len()).map(|g| vec![(g, Number::one())]).collect();
        let candidates: Vec<Images> = match &self.bob {
            Bob::Quantum(basis) => (1..basis.len()).map(|g| conjugation(basis, g)).collect(),
            Bob::Classical(outcomes) => {
                let swap = |b: usize| {
                    let to = |c: usize| {
                        if c == b {
                            b + 1
                        } else if c == b + 1 {
                            b
                        } else {
                            c
                        }
                    };
                    (0..*outcomes).map(|c| vec![(to(c), Number::one())]).collect()
                };
                (0..outcomes.saturating_sub(1)).map(swap).collect()
            }
        };
        // What is noise beside the rest is left to the proof.
        let size = self.profiles.iter().map(Profile::size).fold(f64::INFINITY, f64::min);
        for y in 0..self.inputs {
            for candidate in &candidates {
                let used = self.profiles.iter().flat_map(|profile| profile.vectors(y));
                let moves = |vector: &Vec<Number>| match &self.bob {
                    Bob::Quantum(_) => vector.iter().zip(candidate).any(|(value, image)| {
                        image[0].1 != Number::one() && value.approx().norm() > NEAR * size
                    }),
                    Bob::Classical(_) => {
                        vector.iter().zip(candidate).any(|(value, image)| vector[image[0].0] != *value)
                    }
                };
                if used.into_iter().any(moves) {
                    continue;
                }
                let mut images = vec![identity.clone(); self.inputs];
                images[y] = candidate.clone();
                let symmetry = Symmetry {
                    settings: (0..self.settings).collect(),
                    outcomes: vec![outcomes.clone(); self.settings],
                    inputs: (0..self.inputs).collect(),
                    images,
                    antilinear: false,
                    exact: false,
                };
                found.extend(symmetry.proved(&self.bob, self.profiles));
            }
        }
        found
    }
}

/// tr AB, over the dimension: of operators of length one in the inner product of coefficients.
fn trace(a: &Mat<Complex64>, b: &Mat<Complex64>) -> Complex64 {
    let d = a.nrows();
    let mut sum = Complex64::ZERO;
    for j in 0..d {
        for i in 0..d {
            sum += a[(i, j)] * b[(j, i)];
        }
    }
    sum / d as f64
}

/// V_h ↦ V_g V_h V_g† = phase · V_h.
fn conjugation(basis: &UnitaryBasis, g: usize) -> Images {
    let (adjoint_phase, adjoint) = basis.adjoint(g);
    let order = basis.phase_order();
    let image = |h: usize| {
        let (first, product) = basis.multiply(g, h);
        let (second, _) = basis.multiply(product, adjoint);
        let phase = (adjoint_phase + first + second) % order;
        vec![(h - 1, Number::root_of_unity(i64::from(phase), u64::from(order)))]
    };
    (1..basis.len()).map(image).collect()
}

/// All orders of 0 … n−1, the identity first; it alone where they are too many.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n > MOST_INPUTS {
        return vec![(0..n).collect()];
    }
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        all = all
            .into_iter()
            .flat_map(|start: Vec<usize>| {
                let free = (0..n).filter(|k| !start.contains(k)).collect::<Vec<_>>();
                free.into_iter().map(move |k| start.iter().copied().chain([k]).collect())
            })
            .collect();
    }
    all
}

/// All that steps lead to.
fn orbit<T: Eq + Hash + Clone>(start: T, steps: impl Fn(&T) -> Vec<T>) -> FxHashSet<T> {
    let mut seen: FxHashSet<T> = std::iter::once(start.clone()).collect();
    let mut pending = vec![start];
    while let Some(point) = pending.pop() {
        for next in steps(&point) {
            if seen.insert(next.clone()) {
                pending.push(next);
            }
        }
    }
    seen
}
