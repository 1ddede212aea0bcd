//! From a start to the nearest top: a quasi-Newton ascent over pure models.
//!
//! Half steps of a see-saw are optimal each, and creep where the two sides have to move together. Here everything moves at once.
//! The value of a model is Σ tr(H_{a|x} R_{a|x}) with R_{a|x} = S K†K S†, Bob's part before the channels, and H_{a|x} = Σ_y V_y†(1 ⊗ F_{a|xy})V_y. The
//! ascent is L-BFGS [NW06, Alg. 7.5] in the tangent spaces of its matrices.

use std::collections::VecDeque;

use faer::Mat;
use num_complex::Complex64;

use super::frames::{Frames, Parts, add, difference, dot, orthonormal, tangent};
use super::{Measurements, Operators};
use crate::model::Component;
use crate::scenario::Answers;

/// Pairs of steps and changes of the gradient that are remembered.
const MEMORY: usize = 16;
/// The most steps.
const MAX_STEPS: usize = 3000;
/// It ends when so many steps together gain less than the tolerance.
const PATIENCE: usize = 15;
/// A step must gain this share of what the slope promises.
const SUFFICIENT: f64 = 1e-4;
/// Halvings of a step.
const MAX_HALVINGS: usize = 30;

/// sign·F, arranged for products with small matrices.
pub(super) struct Ascent {
    /// For every y: a row for each (x, a) that may be answered, a column for each (b, c), of F_{a|xy}[b, c].
    operators: Vec<Mat<Complex64>>,
    frames: Frames,
}

/// Where an ascent is.
struct Place {
    parts: Parts,
    value: f64,
    /// Of the steepest ascent, tangent.
    gradient: Parts,
}

impl Ascent {
    pub fn new(operators: &Operators, answers: &Answers, dimension: usize) -> Self {
        let inputs = operators[0][0].len();
        let rows: Vec<(usize, usize)> =
            (0..operators.len()).flat_map(|x| answers.to(x).iter().map(move |&a| (x, a))).collect();
        let of_input = |y: usize| {
            Mat::from_fn(rows.len(), dimension * dimension, |row, column| {
                let (x, a) = rows[row];
                operators[x][a][y][(column / dimension, column % dimension)]
            })
        };
        Self {
            operators: (0..inputs).map(of_input).collect(),
            frames: Frames {
                answers: answers.clone(),
                outcomes: operators[0].len(),
                settings: operators.len(),
                dimension,
            },
        }
    }

    /// The top above a model, to a tolerance relative to the value: measurements, and states on Alice ⊗ Bob. `None` if a
    /// matrix is degenerate.
    pub fn top(&self, start: &Component, tolerance: f64) -> Option<(Measurements, Vec<Mat<Complex64>>)> {
        let mut here = self.at(self.frames.parts(start)?);
        let mut memory: VecDeque<(Parts, Parts, f64)> = VecDeque::new();
        let mut before = here.value;
        for step in 1..=MAX_STEPS {
            let mut direction = two_loops(&memory, &here.gradient);
            let mut slope = dot(&direction, &here.gradient);
            if slope <= 0.0 {
                memory.clear();
                direction = here.gradient.clone();
                slope = dot(&direction, &here.gradient);
            }
            // Without memory the length of the gradient says nothing.
            let first = if memory.is_empty() { 1.0 / (1.0 + slope.sqrt()) } else { 1.0 };
            let Some(next) = self.search(&here, &direction, slope, first) else {
                if memory.is_empty() {
                    break;
                }
                memory.clear();
                continue;
            };
            // Both as vectors that are tangent at the new place.
            let s = tangent(&next.parts, &difference(&next.parts, &here.parts));
            let old = tangent(&next.parts, &here.gradient);
            let change = difference(&old, &next.gradient);
            let curvature = dot(&s, &change);
            if curvature > 1e-14 * dot(&change, &change) {
                if memory.len() == MEMORY {
                    memory.pop_front();
                }
                memory.push_back((s, change, 1.0 / curvature));
            }
            here = next;
            if step % PATIENCE == 0 {
                if here.value - before <= tolerance * (1.0 + here.value.abs()) {
                    break;
                }
                before = here.value;
            }
        }
        Some(self.frames.model(&here.parts))
    }

    /// The first of ever shorter steps that gains enough.
    fn search(&self, here: &Place, direction: &Parts, slope: f64, first: f64) -> Option<Place> {
        let mut length = first;
        for _ in 0..MAX_HALVINGS {
            let moved = here.parts.iter().zip(direction);
            let moved: Option<Parts> = moved
                .map(|(part, step)| orthonormal(part + step * faer::Scale(Complex64::from(length))))
                .collect();
            let next = self.at(moved?);
            if next.value >= here.value + SUFFICIENT * length * slope {
                return Some(next);
            }
            length /= 2.0;
        }
        None
    }

    /// The value and its gradient.
    fn at(&self, parts: Parts) -> Place {
        let Frames { answers, settings, dimension: d, .. } = &self.frames;
        let (settings, d) = (*settings, *d);
        let two = faer::Scale(Complex64::from(2.0));
        let state = self.frames.state(&parts);
        let [bob, alice] = [state.nrows(), state.ncols()];
        let (frames, channels) = (&parts[..settings], self.frames.channels(&parts));
        let kraus = |&(x, n): &(usize, usize)| frames[x].subrows(n * alice, alice);
        let places: Vec<(usize, usize)> =
            (0..settings).flat_map(|x| (0..answers.to(x).len()).map(move |n| (x, n))).collect();
        // Y = K S†, and R = Y†Y: row (x, a), column (j, i).
        let steered: Vec<Mat<Complex64>> =
            places.iter().map(|place| kraus(place) * state.adjoint()).collect();
        let mut conditional = Mat::<Complex64>::zeros(places.len(), bob * bob);
        for (row, y) in steered.iter().enumerate() {
            let r = y.adjoint() * y;
            (0..bob * bob).for_each(|k| conditional[(row, k)] = r[(k / bob, k % bob)]);
        }
        // H: row (x, a), column (i, j).
        let mut pulled = Mat::<Complex64>::zeros(places.len(), bob * bob);
        let mut of_channels: Parts = Vec::with_capacity(channels.len());
        for (operators, v) in self.operators.iter().zip(channels) {
            pulled += operators * choi(v, d);
            // Σ_{a,x} F[b, c] R[j, i]: row (b, c), column (j, i).
            let pushed = operators.transpose() * &conditional;
            of_channels.push(Mat::from_fn(v.nrows(), bob, |row, i| {
                let (first, b) = (row - row % d, row % d);
                let term = |(j, c)| pushed[(b * d + c, j * bob + i)] * v[(first + c, j)];
                2.0 * (0..bob).flat_map(|j| (0..d).map(move |c| (j, c))).map(term).sum::<Complex64>()
            }));
        }
        let mut value = 0.0;
        let mut of_state = Mat::<Complex64>::zeros(bob, alice);
        let mut gradient: Parts = frames.iter().map(|frame| Mat::zeros(frame.nrows(), alice)).collect();
        for (row, place) in places.iter().enumerate() {
            let h = Mat::from_fn(bob, bob, |i, j| pulled[(row, i * bob + j)]);
            let pair = |k: usize| (h[(k % bob, k / bob)] * conditional[(row, k)]).re;
            value += (0..bob * bob).map(pair).sum::<f64>();
            let across = &steered[row] * &h;
            let mut of_frame = gradient[place.0].subrows_mut(place.1 * alice, alice);
            of_frame.copy_from(&across * &state * two);
            of_state += across.adjoint() * kraus(place) * two;
        }
        gradient.push(Mat::from_fn(bob * alice, 1, |k, _| of_state[(k / alice, k % alice)]));
        gradient.extend(of_channels);
        let gradient = tangent(&parts, &gradient);
        Place { parts, value, gradient }
    }
}

/// Σ_e V_e[b, i]* V_e[c, j] of Kraus operators below each other: row (b, c), column (i, j).
fn choi(v: &Mat<Complex64>, d: usize) -> Mat<Complex64> {
    let bob = v.ncols();
    Mat::from_fn(d * d, bob * bob, |row, column| {
        let ([b, c], [i, j]) = ([row / d, row % d], [column / bob, column % bob]);
        (0..v.nrows()).step_by(d).map(|first| v[(first + b, i)].conj() * v[(first + c, j)]).sum()
    })
}

/// L-BFGS: the gradient times the inverse Hessian that the steps suggest.
fn two_loops(memory: &VecDeque<(Parts, Parts, f64)>, gradient: &Parts) -> Parts {
    let mut direction = gradient.clone();
    let mut weights = Vec::with_capacity(memory.len());
    for (s, change, inverse) in memory.iter().rev() {
        let weight = inverse * dot(s, &direction);
        add(&mut direction, -weight, change);
        weights.push(weight);
    }
    if let Some((_, change, inverse)) = memory.back() {
        let scale = 1.0 / (inverse * dot(change, change));
        direction.iter_mut().for_each(|part| *part *= faer::Scale(Complex64::from(scale)));
    }
    for ((s, change, inverse), weight) in memory.iter().zip(weights.into_iter().rev()) {
        let other = inverse * dot(change, &direction);
        add(&mut direction, weight - other, s);
    }
    direction
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::climb::Climb;
    use super::super::start;
    use super::*;
    use crate::backend::Watch;
    use crate::linalg::{inner, kron};
    use crate::num::{Matrix, Number};
    use crate::scenario::{
        BlackBox, Device, Functional, Index, Kind, Labels, OperatorTable, Port, Scenario, Sense,
    };

    /// Some number between −1 and 1 for every k.
    fn number(k: usize) -> f64 {
        ((k * k % 101) as f64 - 50.0) / 50.0
    }

    /// A functional with four settings, its ascent and a start for it in Alice's dimension 3.
    fn case(outcomes: usize, dimension: usize) -> (Operators, Ascent, Component) {
        let scenario = Scenario {
            kind: Kind::BobWithInput,
            alice: BlackBox { settings: Labels::count(4), outcomes: Labels::count(outcomes) },
            bob: Device { inputs: Labels::count(2), output: Port::Quantum(dimension) },
        };
        let entry = |Index { a, x, y }: Index, i: usize, j: usize| {
            let k = ((3 * a + x) * 5 + y) * 7;
            let (low, high) = (i.min(j), i.max(j));
            let sign = if i <= j { 1.0 } else { -1.0 };
            let im = if i == j { 0.0 } else { sign * number(k + 11 * low + 13 * high) };
            Number::from_approx(Complex64::new(number(k + 2 * low + 3 * high), im))
        };
        let element = |index| Matrix::from_fn(dimension, dimension, |i, j| entry(index, i, j));
        let operators = OperatorTable::from_fn(&scenario, element);
        let functional = Functional { operators, sense: Sense::Max };
        let answers = Answers::all(&scenario);
        let climb = Climb::new(&scenario, &functional, &answers, &Watch::default());
        let peak = climb.with_states(start::measurements(&scenario, &answers, 3, 3, 1)).unwrap();
        let component = Component::from_states(&peak.measurements, &peak.states, dimension).unwrap();
        let ascent = Ascent::new(&climb.operators, &answers, dimension);
        (climb.operators, ascent, component)
    }

    /// Along a tangent direction the value changes as the gradient says: central differences agree to their h².
    #[test]
    fn the_gradient_is_the_slope_of_the_value() {
        for (outcomes, dimension) in [(2, 2), (3, 3)] {
            let (_, ascent, start) = case(outcomes, dimension);
            let parts = ascent.frames.parts(&start).unwrap();
            let step = |part: &Mat<Complex64>| {
                let at =
                    |i: usize, j: usize| Complex64::new(number(3 * i + 7 * j + 1), number(5 * i + j + 2));
                Mat::from_fn(part.nrows(), part.ncols(), at)
            };
            let direction = tangent(&parts, &parts.iter().map(step).collect());
            let value = |length: f64| {
                let moved = parts.iter().zip(&direction);
                let moved = moved.map(|(p, d)| orthonormal(p + d * faer::Scale(length.into())).unwrap());
                ascent.at(moved.collect()).value
            };
            let h = 1e-5;
            let numerical = (value(h) - value(-h)) / (2.0 * h);
            let exact = dot(&ascent.at(parts.clone()).gradient, &direction);
            assert!((numerical - exact).abs() < 1e-7 * (1.0 + exact.abs()), "{numerical} {exact}");
        }
    }

    /// A top is a model, of the value that the ascent had, above the start, and there is no slope left.
    #[test]
    fn a_top_is_a_model_above_its_start() {
        let (operators, ascent, start) = case(3, 2);
        let before = ascent.at(ascent.frames.parts(&start).unwrap());
        let (measurements, states) = ascent.top(&start, 1e-14).unwrap();
        let mut value = 0.0;
        for (of_x, of_setting) in measurements.iter().zip(&operators) {
            let alice = of_x[0].nrows();
            let sum = of_x.iter().fold(Mat::<Complex64>::zeros(alice, alice), |sum, m| sum + m);
            assert!((sum - Mat::<Complex64>::identity(alice, alice)).norm_max() < 1e-12);
            for (m, of_outcome) in of_x.iter().zip(of_setting) {
                value += states.iter().zip(of_outcome).map(|(rho, f)| inner(rho, &kron(m, f))).sum::<f64>();
            }
        }
        assert!(value > before.value + 1e-3, "{} {value}", before.value);
        let top = Component::from_states(&measurements, &states, 2).unwrap();
        let there = ascent.at(ascent.frames.parts(&top).unwrap());
        assert!((there.value - value).abs() < 1e-9 * (1.0 + value.abs()), "{} {value}", there.value);
        let slope = |place: &Place| dot(&place.gradient, &place.gradient).sqrt();
        assert!(slope(&there) < 1e-4 * slope(&before), "{} {}", slope(&there), slope(&before));
    }
}
