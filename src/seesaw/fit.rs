//! From a start to a model of an assemblage: a least-squares fit over pure models.
//!
//! What a model misses, Σ_e W_e W_e† − τ_{a|xy} with W_e = V_{y,e} S K_{a|x}†, is quadratic in its matrices, of which there are more than
//! conditions: where the target τ lies inside of what models of this dimension make, Levenberg–Marquardt steps [NW06, §10.3] double the
//! digits at the end. Where it lies on the boundary they creep; targets inside, each nearer than the one before, lead up to it.

use std::sync::atomic::{AtomicU64, Ordering};

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Measurements;
use super::frames::{Frames, Parts, orthonormal, tangent_to};
use crate::backend::Watch;
use crate::scenario::{Answers, Assemblage, Index, Scenario};

/// The most steps to a target.
const MAX_STEPS: usize = 300;
/// It ends when so many steps together take less than this share off what is missed (its square).
const PATIENCE: usize = 8;
const GAIN: f64 = 0.05;
/// Attempts at a step, each with more damping.
const MAX_ATTEMPTS: usize = 20;
/// The step at which the bend of the way is looked at, and how much of the step may follow it.
const PROBE: f64 = 0.1;
const MAX_BEND: f64 = 0.5;
/// A model that misses no more, in the root of the sum of all squares, is one of the target.
const FOUND: f64 = 1e-11;
/// What the first target is short of σ, what of that remains in each of the next, from where beyond σ is tried, and what is not
/// short any more.
const FIRST_SHORT: f64 = 0.25;
const SHORTER: f64 = 0.25;
const NEARLY: f64 = 0.02;
const NOT_SHORT: f64 = 2e-8;

/// σ and ν, arranged for fits.
pub(super) struct Fit {
    frames: Frames,
    /// What is to be met: elements that are seen, of answers that are given.
    places: Vec<Index>,
    signal: Vec<Mat<Complex64>>,
    noise: Vec<Mat<Complex64>>,
    inputs: usize,
    /// An orthonormal basis of what Bob's elements may be: matrices G as terms f·|b⟩⟨c|.
    basis: Vec<Vec<(usize, usize, Complex64)>>,
    /// What the steps so far are predicted to take, in nanoseconds: a sum that no order changes.
    effort: AtomicU64,
}

/// How far an approach came.
pub(super) struct Approach {
    /// v: 1 if it came to σ, but for less than certificates of approximations ask.
    pub visibility: f64,
    /// The next target, which was not met; infinite if none is left.
    failed: f64,
    parts: Parts,
}

/// A model, and what it misses.
struct Place {
    parts: Parts,
    /// Coordinates of the model's elements less the target's.
    missed: Mat<f64>,
}

impl Place {
    fn is_exact(&self) -> bool {
        self.missed.norm_l2() <= FOUND
    }
}

/// The slopes of the coordinates along one of the matrices: those that are not zero.
struct Slopes {
    /// Their rows.
    rows: Vec<usize>,
    /// A column for each real number of the matrix.
    values: Mat<f64>,
}

impl Fit {
    pub fn new(scenario: &Scenario, [signal, noise]: [&Assemblage; 2], answers: &Answers) -> Self {
        let seen = |index: &Index| scenario.sees(*index) && answers.has(index.a, index.x);
        let places: Vec<Index> = signal.0.indices().filter(seen).collect();
        let of = |table: &Assemblage| places.iter().map(|index| table.0.value(*index).clone()).collect();
        Self {
            frames: Frames::new(scenario, answers),
            signal: of(signal),
            noise: of(noise),
            places,
            inputs: scenario.inputs().len(),
            basis: basis(scenario.dimension(), scenario.is_diagonal()),
            effort: AtomicU64::new(0),
        }
    }

    /// About how long a step takes in a dimension of Alice's.
    fn seconds_of_step(&self, alice: usize) -> f64 {
        /// For an entry of the slopes, and for a product of two of them.
        const NANOSECONDS: [f64; 2] = [20.0, 0.2];
        let d = self.frames.dimension;
        let rows = (self.places.len() * self.basis.len()) as f64;
        let [state, kraus, channel] =
            [alice * alice, alice * alice * self.frames.outcomes, alice * alice * d].map(|n| 2.0 * n as f64);
        let products = state + kraus / self.frames.settings as f64 + channel / self.inputs as f64;
        let [slope, product] = NANOSECONDS;
        1e-9 * rows * (slope * (state + kraus + channel) + product * rows * (products + rows / 3.0))
    }

    /// About how long an approach takes.
    pub fn predicted_seconds(&self, alice: usize) -> f64 {
        const STEPS: f64 = 100.0;
        STEPS * self.seconds_of_step(alice)
    }

    /// The predicted seconds of all steps so far: the same on any machine, whatever its load and its threads.
    pub fn effort(&self) -> f64 {
        self.effort.load(Ordering::Relaxed) as f64 * 1e-9
    }

    /// Random matrices for a dimension of Alice's.
    fn start(&self, alice: usize, seed: u64, number: u64) -> Option<Parts> {
        let Frames { answers, settings, dimension, .. } = &self.frames;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number * 64 + alice as u64);
        let mut matrix = |rows: usize, columns: usize| {
            let mut part = || random.random_range(-1.0..1.0);
            orthonormal(Mat::from_fn(rows, columns, |_, _| Complex64::new(part(), part())))
        };
        let mut parts = Vec::new();
        for x in 0..*settings {
            parts.push(matrix(answers.to(x).len() * alice, alice)?);
        }
        parts.push(matrix(alice * alice, 1)?);
        for _ in 0..self.inputs {
            // As many Kraus operators as channels that are not mixtures have.
            parts.push(matrix(alice * dimension, alice)?);
        }
        Some(parts)
    }

    /// Models of v·σ + (1−v)·ν with ever more visibility, from a random start: up to `beyond` if what lies between is inside of what
    /// models in this dimension of Alice's make, and else as near to 1 as they come. `None` if not even the first target is met.
    pub fn approach(
        &self,
        alice: usize,
        beyond: f64,
        (seed, number): (u64, u64),
        watch: &Watch,
    ) -> Option<Approach> {
        let to_the_end = |visibility, place: Place| {
            Some(Approach { visibility, failed: f64::INFINITY, parts: place.parts })
        };
        let mut short = FIRST_SHORT;
        let mut place = self.nearest(self.start(alice, seed, number)?, 1.0 - short, watch);
        if !place.is_exact() {
            return None;
        }
        let mut tried = false;
        while short > NOT_SHORT {
            if short <= NEARLY && !tried {
                tried = true;
                let last = self.nearest(place.parts.clone(), beyond, watch);
                if last.is_exact() {
                    return to_the_end(beyond, last);
                }
            }
            let target = 1.0 - SHORTER * short;
            let next = self.nearest(place.parts.clone(), target, watch);
            if !next.is_exact() {
                return Some(Approach { visibility: 1.0 - short, failed: target, parts: place.parts });
            }
            place = next;
            short *= SHORTER;
        }
        to_the_end(1.0, place)
    }

    /// An approach, carried on between the last target that was met and the one that was not.
    pub fn refined(&self, mut approach: Approach, watch: &Watch) -> Approach {
        /// What may be left between them.
        const OPEN: f64 = 1e-3;
        while approach.failed - approach.visibility > OPEN && approach.failed.is_finite() {
            let middle = (approach.visibility + approach.failed) / 2.0;
            let next = self.nearest(approach.parts.clone(), middle, watch);
            if next.is_exact() {
                approach = Approach { visibility: middle, parts: next.parts, ..approach };
            } else {
                approach.failed = middle;
            }
        }
        approach
    }

    /// The measurements of an approach's model, and its ρ^y on Alice ⊗ Bob.
    pub fn model(&self, approach: &Approach) -> (Measurements, Vec<Mat<Complex64>>) {
        self.frames.model(&approach.parts)
    }

    /// Steps from a start to the nearest model of v·σ + (1−v)·ν.
    fn nearest(&self, start: Parts, visibility: f64, watch: &Watch) -> Place {
        let [v, rest] = [visibility, 1.0 - visibility].map(|share| faer::Scale(Complex64::from(share)));
        let target: Vec<Mat<Complex64>> =
            self.signal.iter().zip(&self.noise).map(|(signal, noise)| signal * v + noise * rest).collect();
        let seconds = self.seconds_of_step(start[0].ncols());
        let mut here = self.at(start, &target);
        let mut before = here.missed.squared_norm_l2();
        let mut damping: Option<Damping> = None;
        for step in 1..=MAX_STEPS {
            if here.is_exact() || watch.is_interrupted() {
                break;
            }
            self.effort.fetch_add((1e9 * seconds) as u64, Ordering::Relaxed);
            let slopes = self.slopes(&here.parts);
            let gram = gram(&slopes, here.missed.nrows());
            let damping = damping.get_or_insert_with(|| Damping::new(&gram));
            let Some(next) = self.step(&here, &target, (&slopes, &gram), damping) else { break };
            here = next;
            if step % PATIENCE == 0 {
                let now = here.missed.squared_norm_l2();
                if now > (1.0 - GAIN) * before {
                    break;
                }
                before = now;
            }
        }
        here
    }

    /// A step to where less is missed, if there is one. Where the way bends, it follows [TS12].
    fn step(
        &self,
        here: &Place,
        target: &[Mat<Complex64>],
        (slopes, gram): (&[Slopes], &Mat<f64>),
        damping: &mut Damping,
    ) -> Option<Place> {
        let scaled = |vector: &Mat<f64>, factor: f64| vector * faer::Scale(factor);
        let length = |weights: &Mat<f64>| (weights.transpose() * gram * weights)[(0, 0)].max(0.0).sqrt();
        let moved = |weights: &Mat<f64>| Some(self.at(stepped(&here.parts, slopes, weights)?, target));
        for _ in 0..MAX_ATTEMPTS {
            let mut damped = gram.clone();
            (0..gram.nrows()).for_each(|i| damped[(i, i)] += damping.amount);
            let factor = damped.llt(Side::Lower).ok()?;
            let straight = factor.solve(&here.missed);
            // The second derivative along the step, from a difference.
            let probe = moved(&scaled(&straight, PROBE))?;
            let change = scaled(&(&probe.missed - &here.missed), 1.0 / PROBE);
            let second = scaled(&(change + gram * &straight), 2.0 / PROBE);
            let bend = scaled(&factor.solve(&second), 0.5);
            let follows = length(&bend) <= MAX_BEND * length(&straight);
            let next = moved(&if follows { &straight + bend } else { straight.clone() })?;
            let [now, then] = [here, &next].map(|place| place.missed.squared_norm_l2());
            if then < now {
                let promised = now - damping.amount * damping.amount * straight.squared_norm_l2();
                damping.ease((now - then) / promised);
                return Some(next);
            }
            damping.tighten();
        }
        None
    }

    fn at(&self, parts: Parts, target: &[Mat<Complex64>]) -> Place {
        let d = self.frames.dimension;
        let state = self.frames.state(&parts);
        let mut missed = Vec::new();
        for (index, target) in self.places.iter().zip(target) {
            let channel = &self.frames.channels(&parts)[index.y];
            let w = channel * (&state * self.frames.kraus(&parts, index).adjoint());
            let mut sum = -target;
            for e in 0..w.nrows() / d {
                let of_kraus = w.subrows(e * d, d);
                sum += of_kraus * of_kraus.adjoint();
            }
            missed.extend(self.coordinates(&sum));
        }
        Place { parts, missed: Mat::from_fn(missed.len(), 1, |i, _| missed[i]) }
    }

    /// tr(G X) of a Hermitian matrix X for every G of the basis.
    fn coordinates(&self, matrix: &Mat<Complex64>) -> impl Iterator<Item = f64> {
        let of = |terms: &Vec<(usize, usize, Complex64)>| {
            terms.iter().map(|&(b, c, factor)| (factor * matrix[(c, b)]).re).sum()
        };
        self.basis.iter().map(of)
    }

    /// The slopes of the coordinates along every matrix, tangent.
    fn slopes(&self, parts: &Parts) -> Vec<Slopes> {
        let frames = &self.frames;
        let (d, state) = (frames.dimension, frames.state(parts));
        let [bob, alice] = [state.nrows(), state.ncols()];
        let mut slopes: Vec<Slopes> = Vec::with_capacity(parts.len());
        for (k, part) in parts.iter().enumerate() {
            let acts = |index: &Index| [index.x, frames.of_state(), frames.of_channel(index.y)].contains(&k);
            let of_place = |(n, _): (usize, &Index)| n * self.basis.len()..(n + 1) * self.basis.len();
            let rows: Vec<usize> =
                self.places.iter().enumerate().filter(|(_, index)| acts(index)).flat_map(of_place).collect();
            let values = Mat::zeros(rows.len(), 2 * part.nrows() * part.ncols());
            slopes.push(Slopes { rows, values });
        }
        let mut filled = vec![0; parts.len()];
        let mut put = |k: usize, vector: &Mat<Complex64>| {
            let tangent = tangent_to(&parts[k], vector);
            let row = filled[k];
            filled[k] += 1;
            for j in 0..tangent.ncols() {
                for (i, value) in tangent.col_as_slice(j).iter().enumerate() {
                    let column = 2 * (j * tangent.nrows() + i);
                    slopes[k].values[(row, column)] = value.re;
                    slopes[k].values[(row, column + 1)] = value.im;
                }
            }
        };
        for index in &self.places {
            let (v, kraus) = (&frames.channels(parts)[index.y], frames.kraus(parts, index));
            let steered = &state * kraus.adjoint();
            let count = v.nrows() / d;
            let w = v * &steered;
            // Row b of every Kraus operator: of V, of W, and of what stands beside the operator that varies.
            let split = |matrix: &Mat<Complex64>| -> Vec<Mat<Complex64>> {
                let of_output = |b| Mat::from_fn(count, matrix.ncols(), |e, j| matrix[(e * d + b, j)]);
                (0..d).map(of_output).collect()
            };
            let [vs, ws] = [v, &w].map(split);
            let [beside_v, beside_s, beside_k] =
                [&w * steered.adjoint(), &w * kraus, v * &state].map(|matrix| split(&matrix));
            for terms in &self.basis {
                let mut of_channel = Mat::<Complex64>::zeros(count * d, bob);
                let mut of_state = Mat::<Complex64>::zeros(bob, alice);
                let mut of_kraus = Mat::<Complex64>::zeros(parts[index.x].nrows(), alice);
                let mut of_answer = of_kraus.subrows_mut(frames.first_row(index, alice), alice);
                for &(b, c, factor) in terms {
                    let twice = faer::Scale(2.0 * factor);
                    for j in 0..bob {
                        for e in 0..count {
                            of_channel[(e * d + b, j)] += 2.0 * factor * beside_v[c][(e, j)];
                        }
                    }
                    of_state += vs[b].adjoint() * &beside_s[c] * twice;
                    of_answer += ws[b].adjoint() * &beside_k[c] * twice;
                }
                put(index.x, &of_kraus);
                let of_state = Mat::from_fn(bob * alice, 1, |k, _| of_state[(k / alice, k % alice)]);
                put(frames.of_state(), &of_state);
                put(frames.of_channel(index.y), &of_channel);
            }
        }
        slopes
    }
}

/// How much steps are shortened, and how that follows their success: Nielsen's rule [MNT04, §3.2].
struct Damping {
    amount: f64,
    growth: f64,
}

impl Damping {
    fn new(gram: &Mat<f64>) -> Self {
        let largest = (0..gram.nrows()).map(|i| gram[(i, i)]).fold(0.0, f64::max);
        Self { amount: 1e-3 * largest, growth: 2.0 }
    }

    /// After a step that gained this share of what it promised.
    fn ease(&mut self, ratio: f64) {
        self.amount *= (1.0 - (2.0 * ratio - 1.0).powi(3)).clamp(1.0 / 3.0, 2.0);
        self.growth = 2.0;
    }

    /// After a step that gained nothing.
    fn tighten(&mut self) {
        self.amount *= self.growth;
        self.growth *= 2.0;
    }
}

/// Hermitian matrices with tr(G G') = δ, the diagonal ones alone for classical outcomes: terms f·|b⟩⟨c|.
fn basis(d: usize, diagonal: bool) -> Vec<Vec<(usize, usize, Complex64)>> {
    let mut basis: Vec<Vec<_>> = (0..d).map(|b| vec![(b, b, Complex64::ONE)]).collect();
    if !diagonal {
        let root = Complex64::from(std::f64::consts::FRAC_1_SQRT_2);
        for (b, c) in (0..d).flat_map(|b| (b + 1..d).map(move |c| (b, c))) {
            basis.push(vec![(b, c, root), (c, b, root)]);
            basis.push(vec![(b, c, root * Complex64::I), (c, b, -root * Complex64::I)]);
        }
    }
    basis
}

/// The products of the slopes of every two coordinates.
fn gram(slopes: &[Slopes], size: usize) -> Mat<f64> {
    let mut gram = Mat::<f64>::zeros(size, size);
    for Slopes { rows, values } in slopes {
        let products = values * values.transpose();
        for (j, &column) in rows.iter().enumerate() {
            for (i, &row) in rows.iter().enumerate() {
                gram[(row, column)] += products[(i, j)];
            }
        }
    }
    gram
}

/// The matrices less the slopes times weights. `None` if they are degenerate then.
fn stepped(parts: &Parts, slopes: &[Slopes], weights: &Mat<f64>) -> Option<Parts> {
    let of_part = |(part, Slopes { rows, values }): (&Mat<Complex64>, &Slopes)| {
        let own = Mat::from_fn(rows.len(), 1, |i, _| weights[(rows[i], 0)]);
        let change = values.transpose() * own;
        let at = |i: usize, j: usize| 2 * (j * part.nrows() + i);
        let step = |i, j| Complex64::new(change[(at(i, j), 0)], change[(at(i, j) + 1, 0)]);
        orthonormal(Mat::from_fn(part.nrows(), part.ncols(), |i, j| part[(i, j)] - step(i, j)))
    };
    parts.iter().zip(slopes).map(of_part).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::start;
    use super::*;
    use crate::model::{Component, Model, deviation};
    use crate::num::{Matrix, Number};
    use crate::scenario::{BlackBox, Device, Kind, Labels, OperatorTable, Port};

    /// Some number between −1 and 1 for every k.
    fn number(k: usize) -> f64 {
        ((k * k % 101) as f64 - 50.0) / 50.0
    }

    fn scenario(kind: Kind, output: Port) -> Scenario {
        Scenario {
            kind,
            alice: BlackBox { settings: Labels::count(3), outcomes: Labels::count(2) },
            bob: Device { inputs: Labels::count(2), output },
        }
    }

    /// Sharp measurements on a pure state of two systems of dimension `alice`, and channels of two Kraus operators: its
    /// assemblage, and that with white noise alone.
    fn sharp(scenario: &Scenario, alice: usize) -> [Assemblage; 2] {
        let d = scenario.dimension();
        let measurements = start::measurements(scenario, &Answers::all(scenario), alice, 7, 1);
        let entry = |i: usize, j: usize, k: usize| {
            Complex64::new(number(3 * i + 7 * j + 11 * k + 1), number(5 * i + j + 13 * k + 2))
        };
        let channel = |y: usize| -> Vec<Mat<Complex64>> {
            let v = orthonormal(Mat::from_fn(2 * d, alice, |i, j| entry(i, j, y))).unwrap();
            (0..2).map(|e| v.subrows(e * d, d).to_owned()).collect()
        };
        let state = Mat::from_fn(alice, alice, |i, j| entry(i, j, 5));
        let channels = (0..scenario.inputs().len()).map(channel).collect();
        let model = Model::pure(Component { weight: 1.0, state, measurements, channels });
        let assemblage = model.assemblage(scenario);
        let noise = assemblage.white_noise(scenario);
        [assemblage, noise]
    }

    fn fit(scenario: &Scenario, [signal, noise]: &[Assemblage; 2]) -> Fit {
        Fit::new(scenario, [signal, noise], &Answers::all(scenario))
    }

    fn component(fit: &Fit, found: &Approach) -> Component {
        let (measurements, states) = fit.model(found);
        Component::from_states(&measurements, &states, 2).unwrap()
    }

    fn scenarios() -> Vec<Scenario> {
        let quantum = |kind| scenario(kind, Port::Quantum(2));
        vec![
            quantum(Kind::BobWithInput),
            quantum(Kind::Instrumental),
            scenario(Kind::Bell, Port::Classical(Labels::count(2))),
        ]
    }

    /// Along a tangent direction what is missed changes as the slopes say: central differences agree to their h².
    #[test]
    fn slopes_are_those_of_what_is_missed() {
        for scenario in scenarios() {
            let tables = sharp(&scenario, 2);
            let fit = fit(&scenario, &tables);
            let parts = fit.start(3, 1, 0).unwrap();
            let slopes = fit.slopes(&parts);
            let rows = fit.places.len() * fit.basis.len();
            // A step −Jᵀw changes what is missed by −JJᵀw.
            let weights = Mat::from_fn(rows, 1, |i, _| number(i + 3));
            let at = |length: f64| {
                let moved = stepped(&parts, &slopes, &(&weights * faer::Scale(length))).unwrap();
                fit.at(moved, &fit.signal).missed
            };
            let h = 1e-5;
            let numerical = (at(h) - at(-h)) * faer::Scale(0.5 / h);
            let exact = gram(&slopes, rows) * &weights;
            assert!(
                (&numerical + &exact).norm_max() < 1e-7 * (1.0 + exact.norm_max()),
                "{:?}",
                scenario.kind
            );
        }
    }

    /// With noise the assemblage of a sharp model lies inside, and a model of it and of what lies beyond it is found.
    #[test]
    fn what_lies_inside_is_met_exactly() {
        for scenario in scenarios() {
            let [sharp, noise] = sharp(&scenario, 2);
            let v = Number::from_approx(0.95.into());
            let tables = [sharp.mixed(&scenario, &v, &noise), noise];
            let beyond = 1.001;
            let fit = fit(&scenario, &tables);
            let found = fit.approach(3, beyond, (0, 0), &Watch::default()).unwrap();
            assert_eq!(found.visibility, beyond, "{:?}", scenario.kind);
            let component = component(&fit, &found);
            let target = tables[0].mixed(&scenario, &Number::from_approx(beyond.into()), &tables[1]);
            let missed = deviation(&Model::pure(component).assemblage(&scenario), &target);
            assert!(missed < 1e-10, "{:?} {missed}", scenario.kind);
        }
    }

    /// A sharp model lies on the boundary, which is approached to what is called not short.
    #[test]
    fn the_boundary_is_approached() {
        let scenario = scenario(Kind::BobWithInput, Port::Quantum(2));
        let tables = sharp(&scenario, 2);
        let fit = fit(&scenario, &tables);
        let starts = (0..4).filter_map(|start| fit.approach(3, 1.01, (0, start), &Watch::default()));
        let found = starts.max_by(|one, other| one.visibility.total_cmp(&other.visibility)).unwrap();
        assert_eq!(found.visibility, 1.0);
        let component = component(&fit, &found);
        let missed = deviation(&Model::pure(component).assemblage(&scenario), &tables[0]);
        assert!(missed < 2.0 * NOT_SHORT, "{missed}");
    }

    /// Popescu and Rohrlich's box needs noise: what is above the threshold is not met, what is below it is.
    #[test]
    fn what_no_model_makes_is_not_met() {
        let scenario = Scenario {
            kind: Kind::Bell,
            alice: BlackBox { settings: Labels::count(2), outcomes: Labels::count(2) },
            bob: Device { inputs: Labels::count(2), output: Port::Classical(Labels::count(2)) },
        };
        // Popescu and Rohrlich's box: a + b = xy modulo 2.
        let entry = |Index { a, x, y }, b: usize| if (a + b) % 2 == x * y { 0.5 } else { 0.0 };
        let element = |index| {
            Matrix::from_fn(2, 2, |i, j| {
                Number::from_approx(if i == j { entry(index, i).into() } else { 0.0.into() })
            })
        };
        let signal = Assemblage(OperatorTable::from_fn(&scenario, element));
        let noise = signal.white_noise(&scenario);
        let fit = fit(&scenario, &[signal, noise]);
        // The threshold is 1/√2 = 0.70711; the first target is above it.
        assert!(fit.approach(2, 1.001, (0, 0), &Watch::default()).is_none());
        let below = fit.nearest(fit.start(2, 0, 0).unwrap(), 0.707, &Watch::default());
        assert!(below.is_exact(), "{}", below.missed.norm_l2());
        // With a tenth of noise the threshold is 1/(0.9·√2) = 0.78567, between the first target and the second.
        let [signal, noise] = [&fit.signal, &fit.noise];
        let tenth = [0.9, 0.1].map(|share| faer::Scale(Complex64::from(share)));
        let signal = signal.iter().zip(noise).map(|(s, n)| s * tenth[0] + n * tenth[1]).collect();
        let fit = Fit { signal, ..fit };
        let found = fit.approach(2, 1.001, (0, 0), &Watch::default()).unwrap();
        assert_eq!(found.visibility, 0.75);
        let refined = fit.refined(found, &Watch::default()).visibility;
        assert!((0.78567 - 2e-3..0.78568).contains(&refined), "{refined}");
    }
}
