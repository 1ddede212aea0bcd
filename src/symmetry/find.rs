//! The search for all symmetries of a table: a tree of choices, cut where inner products differ.
//!
//! The first choice is where Bob's inputs go and whether numbers are conjugated, then one for every setting: where it goes,
//! and its outcomes. Whatever unitaries Bob may apply, the inner products tr(F†G) of his operators at one input stay, so
//! those of all points chosen so far must agree with those of their images. What is left at the leaves is
//! [fitted](super::fit) and [proved](Symmetry::proved). As in computations with permutation groups (Sims 1970), only
//! one symmetry is looked for of those that agree with the identity up to some choice and take that choice to a new place:
//! all the others are products.

use std::cell::OnceCell;

use faer::Mat;
use num_complex::Complex64;

use super::fit::{self, NEAR};
use super::generator::{Images, Symmetry};
use super::profile::{Bob, Profile, approximate};
use crate::algebra::UnitaryBasis;
use crate::num::Number;

/// How many partial choices are looked at before the search gives up what it has not found.
const MAX_NODES: usize = 100_000;
/// Up to so many points (x, a) the products of three operators are compared too: their number cubed for every input.
const MOST_POINTS: usize = 64;
/// How many complete choices are fitted, for the same reason.
const MAX_LEAVES: usize = 2_000;

/// Where a setting goes, and its outcomes.
type Move = (usize, Vec<usize>);

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
    permutations: Vec<Vec<usize>>,
}

/// What is compared, each up to its tolerance.
struct Numbers {
    /// By point (x, a), x running slowest.
    alice: Vec<f64>,
    /// By input: inner products of the vectors of all points and of Bob's own.
    gram: Vec<Vec<Vec<f64>>>,
    /// By input: tr(PQR) of all points, made when inner products do not decide alone.
    triples: OnceCell<Vec<Vec<Complex64>>>,
    alice_tolerance: f64,
    gram_tolerance: f64,
    triple_tolerance: f64,
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
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |m: f64, v| m.max(v.abs()));
        let alice_tolerance = NEAR * largest(&mut alice.iter().copied());
        let square = largest(&mut gram.iter().flatten().flatten().copied());
        Self {
            alice,
            gram,
            triples: OnceCell::new(),
            alice_tolerance,
            gram_tolerance: NEAR * square,
            triple_tolerance: NEAR * square.powf(1.5),
        }
    }
}

/// tr(PQR) at place (p·n + q)·n + r, of the operators of all points of one input.
fn triples(bob: &Bob, profile: &Profile, y: usize) -> Vec<Complex64> {
    let own = profile.both.len() * profile.both[0].len();
    let operators: Vec<Mat<Complex64>> =
        profile.vectors(y).take(own).map(|vector| bob.operator(&approximate(vector))).collect();
    let mut traces = Vec::with_capacity(own * own * own);
    for p in &operators {
        for q in &operators {
            let product = p * q;
            for r in &operators {
                let mut trace = Complex64::ZERO;
                for j in 0..r.ncols() {
                    for i in 0..r.nrows() {
                        trace += product[(j, i)] * r[(i, j)];
                    }
                }
                // Of vectors of length one in the coefficients' inner product.
                traces.push(trace / r.ncols() as f64);
            }
        }
    }
    traces
}

/// The choices made so far.
struct Choice {
    inputs: Vec<usize>,
    antilinear: bool,
    moves: Vec<Move>,
}

impl<'a> Finder<'a> {
    pub fn new(bob: Bob, profiles: &'a [Profile]) -> Option<Self> {
        let first = profiles.first()?;
        let outcomes = first.alice.first()?.len();
        Some(Self {
            bob,
            profiles,
            outcomes,
            settings: first.alice.len(),
            inputs: first.bob.len(),
            numbers: profiles.iter().map(Numbers::new).collect(),
            nodes: 0,
            leaves: 0,
            permutations: permutations(outcomes),
        })
    }

    /// Symmetries of which all others that were found are products.
    pub fn generators(mut self) -> Vec<Symmetry> {
        let mut found = self.local();
        for depth in (0..=self.settings).rev() {
            for first in self.candidates(depth, &found) {
                let mut choice = self.identity(depth);
                match first {
                    Candidate::Inputs(inputs, antilinear) => (choice.inputs, choice.antilinear) = (inputs, antilinear),
                    Candidate::Setting(step) => choice.moves.push(step),
                }
                if self.is_covered(depth, &choice, &found) || !self.agrees(&choice) {
                    continue;
                }
                if let Some(symmetry) = self.complete(&mut choice) {
                    found.push(symmetry);
                }
            }
        }
        found
    }

    fn candidates(&self, depth: usize, _: &[Symmetry]) -> Vec<Candidate> {
        if depth == 0 {
            let inputs = permutations(self.inputs);
            let both = [false, true].into_iter();
            return both
                .flat_map(|anti| inputs.iter().map(move |inputs| Candidate::Inputs(inputs.clone(), anti)))
                .collect();
        }
        (depth - 1..self.settings)
            .flat_map(|x| self.permutations.iter().map(move |outcomes| Candidate::Setting((x, outcomes.clone()))))
            .collect()
    }

    /// The identity for everything that is chosen before a depth.
    fn identity(&self, depth: usize) -> Choice {
        let outcomes: Vec<usize> = (0..self.outcomes).collect();
        let moves = (0..depth.saturating_sub(1)).map(|x| (x, outcomes.clone())).collect();
        Choice { inputs: (0..self.inputs).collect(), antilinear: false, moves }
    }

    /// Whether products of what was found reach the last choice.
    fn is_covered(&self, depth: usize, choice: &Choice, found: &[Symmetry]) -> bool {
        if depth == 0 {
            let start = ((0..self.inputs).collect::<Vec<_>>(), false);
            return reaches(start, &(choice.inputs.clone(), choice.antilinear), |(inputs, antilinear)| {
                let step = |g: &Symmetry| {
                    (inputs.iter().map(|&y| g.inputs[y]).collect(), antilinear ^ g.antilinear)
                };
                found.iter().map(step).collect()
            });
        }
        let start: Move = (depth - 1, (0..self.outcomes).collect());
        choice.moves.last().is_some_and(|last| {
            reaches(start, last, |(x, outcomes)| {
                let step = |g: &Symmetry| {
                    (g.settings[*x], outcomes.iter().map(|&a| g.outcomes[*x][a]).collect())
                };
                found.iter().map(step).collect()
            })
        })
    }

    /// Completes a choice in all ways until one is a symmetry.
    fn complete(&mut self, choice: &mut Choice) -> Option<Symmetry> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || self.leaves > MAX_LEAVES {
            return None;
        }
        if choice.moves.len() == self.settings {
            self.leaves += 1;
            return self.symmetry(choice);
        }
        for x in 0..self.settings {
            if choice.moves.iter().any(|(taken, _)| *taken == x) {
                continue;
            }
            for k in 0..self.permutations.len() {
                choice.moves.push((x, self.permutations[k].clone()));
                let found = if self.agrees(choice) { self.complete(choice) } else { None };
                choice.moves.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// Whether the inner products of the last choice with all before it are those of its image.
    fn agrees(&self, choice: &Choice) -> bool {
        let own = self.settings * self.outcomes;
        let points = |x: usize| {
            let (to, outcomes) = &choice.moves[x];
            outcomes.iter().enumerate().map(move |(a, &image)| {
                (x * self.outcomes + a, to * self.outcomes + image)
            })
        };
        self.numbers.iter().zip(self.profiles).all(|(numbers, profile)| {
            let same = |left: f64, right: f64| (left - right).abs() <= numbers.gram_tolerance;
            let grams = || choice.inputs.iter().enumerate().map(|(y, &to)| (&numbers.gram[y], &numbers.gram[to]));
            let Some(last) = choice.moves.len().checked_sub(1) else {
                return grams().all(|(from, to)| same(from[own][own], to[own][own]));
            };
            let agree = points(last).all(|(p, image)| {
                (numbers.alice[p] - numbers.alice[image]).abs() <= numbers.alice_tolerance
                    && grams().all(|(from, to)| {
                        same(from[p][own], to[image][own])
                            && (0..=last)
                                .flat_map(points)
                                .all(|(q, other)| same(from[p][q], to[image][other]))
                    })
            });
            // A product of one setting's operators, or of two settings', is decided by less.
            agree && (last < 1 || own > MOST_POINTS || self.triples_agree(profile, numbers, choice, &points))
        })
    }

    /// Whether the traces of products of three operators, one of them of the last setting, are those of the images.
    fn triples_agree<P: Iterator<Item = (usize, usize)>>(
        &self,
        profile: &Profile,
        numbers: &Numbers,
        choice: &Choice,
        points: &dyn Fn(usize) -> P,
    ) -> bool {
        let own = self.settings * self.outcomes;
        let triples = numbers
            .triples
            .get_or_init(|| (0..self.inputs).map(|y| triples(&self.bob, profile, y)).collect());
        let chosen: Vec<(usize, usize)> = (0..choice.moves.len()).flat_map(points).collect();
        let last = choice.moves.len() - 1;
        choice.inputs.iter().enumerate().all(|(y, &to)| {
            points(last).all(|(p, image)| {
                chosen.iter().all(|&(q, other)| {
                    let (from, at) = ((p * own + q) * own, (image * own + other) * own);
                    chosen.iter().all(|&(r, third)| {
                        let value = triples[y][from + r];
                        let value = if choice.antilinear { value.conj() } else { value };
                        (value - triples[to][at + third]).norm() <= numbers.triple_tolerance
                    })
                })
            })
        })
    }

    /// The symmetry of a complete choice, if Bob has the maps for it.
    fn symmetry(&self, choice: &Choice) -> Option<Symmetry> {
        let images: Option<Vec<Images>> = (0..self.inputs)
            .map(|y| {
                let mut pairs = Vec::new();
                for profile in self.profiles {
                    let to = choice.inputs[y];
                    for (x, (setting, outcomes)) in choice.moves.iter().enumerate() {
                        for (a, &image) in outcomes.iter().enumerate() {
                            pairs.push((&profile.both[x][a][y], &profile.both[*setting][image][to]));
                        }
                    }
                    pairs.push((&profile.bob[y], &profile.bob[to]));
                }
                pairs.retain(|(source, _)| !source.iter().all(Number::is_exactly_zero));
                fit::images(&self.bob, &pairs, choice.antilinear)
            })
            .collect();
        let (settings, outcomes) = choice.moves.iter().cloned().unzip();
        let symmetry = Symmetry {
            settings,
            outcomes,
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
                    let to = |c: usize| if c == b { b + 1 } else if c == b + 1 { b } else { c };
                    (0..*outcomes).map(|c| vec![(to(c), Number::one())]).collect()
                };
                (0..outcomes.saturating_sub(1)).map(swap).collect()
            }
        };
        for y in 0..self.inputs {
            for candidate in &candidates {
                let used = self.profiles.iter().flat_map(|profile| profile.vectors(y));
                let moves = |vector: &Vec<Number>| match &self.bob {
                    Bob::Quantum(_) => vector.iter().zip(candidate).any(|(value, image)| {
                        !value.is_exactly_zero() && image[0].1 != Number::one()
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

enum Candidate {
    Inputs(Vec<usize>, bool),
    Setting(Move),
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

/// All orders of 0 … n−1, the identity first.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    /// Beyond this many relabellings of one thing are not all tried: only the identity is.
    const MOST: usize = 6;
    if n > MOST {
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

/// Whether steps lead from one point to another.
fn reaches<T: PartialEq + Clone>(start: T, goal: &T, steps: impl Fn(&T) -> Vec<T>) -> bool {
    let mut seen = vec![start];
    let mut at = 0;
    while at < seen.len() {
        if seen[at] == *goal {
            return true;
        }
        for next in steps(&seen[at]) {
            if !seen.contains(&next) {
                seen.push(next);
            }
        }
        at += 1;
    }
    false
}
