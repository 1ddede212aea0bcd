//! An assemblage that satisfies Eqs. (2)–(4) exactly, next to one that does so to rounding.
//!
//! A certificate is about exact data. Exact files are taken as they are; floating-point data, and
//! decimals that were cut off, are moved by no more than they miss the conditions.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::{Answers, Assemblage, History, Index, Kind, OperatorTable, Scenario, Steps};
use crate::linalg::{EigenError, spectrum_ends};
use crate::num::{Matrix, Number};

/// The grid of the adjusted entries. Entries of an assemblage are at most one, so sums of hundreds of
/// them are exact in f64.
const UNIT: f64 = 1.0 / (1_u64 << 44) as f64;

impl Assemblage {
    /// The assemblage itself if its data are exact and satisfy the conditions exactly, else the
    /// nearest on a grid of 2⁻⁴⁴ that does, up to a small factor.
    pub fn exactly_no_signalling(&self, scenario: &Scenario) -> Assemblage {
        if scenario.kind.is_instrumental() {
            return self.exactly_normalised(scenario);
        }
        let steps = Steps::of(scenario);
        if self.is_exactly_no_signalling() && self.is_exactly_causal(&steps) {
            return self.clone();
        }
        match scenario.kind {
            Kind::Sequential => self.adjusted_step_by_step(scenario, &steps),
            _ => self.adjusted(scenario),
        }
    }

    /// The same for what is seen in an instrumental scenario: Σ_a tr σ_{a|x} = 1, where entry (0, 0) of the first outcome
    /// that occurs takes up what is missing.
    fn exactly_normalised(&self, scenario: &Scenario) -> Assemblage {
        let [outcomes, settings, _] = self.0.shape();
        let total = |table: &Assemblage, x| {
            (0..outcomes).fold(Number::zero(), |sum, a| &sum + &table.probability(scenario, a, x))
        };
        let hermitian = self.0.indices().all(|index| self.0.get(index).is_exactly_hermitian());
        if hermitian && (0..settings).all(|x| (&total(self, x) - &Number::one()).is_exactly_zero()) {
            return self.clone();
        }
        let answers = Answers::of(scenario, &[self]);
        let rounded = |index: Index| dyadic(&self.rounded(&answers, index));
        let rounded = Assemblage(OperatorTable::from_fn(scenario, rounded));
        Assemblage(OperatorTable::from_fn(scenario, |index| {
            let missing = &Number::one() - &total(&rounded, index.x);
            let matrix = rounded.0.get(index);
            match answers.to(index.x).first() == Some(&index.a) && index.y == index.a {
                true => plus_at_corner(matrix, &missing),
                false => matrix.clone(),
            }
        }))
    }

    /// What is seen of an instrumental assemblage, exactly, completed by elements near those of `near` to one of the
    /// bob-with-input scenario that obeys Eqs. (2)–(4) exactly. It is not necessarily positive.
    pub fn completed(&self, scenario: &Scenario, near: &Assemblage) -> Assemblage {
        let [outcomes, settings, inputs] = self.0.shape();
        let rounded = |matrix: &faer::Mat<Complex64>, wanted: &Number| {
            let matrix = dyadic(&on_grid(matrix));
            let trace = matrix.trace().unwrap_or_else(Number::zero);
            plus_at_corner(&matrix, &(wanted - &trace))
        };
        let answers = Answers::of(scenario, &[self]);
        let mut found = BTreeMap::new();
        for y in 0..inputs {
            let mut state = faer::Mat::zeros(self.0.dimension(), self.0.dimension());
            (0..outcomes).for_each(|a| state += near.0.value(Index { a, x: 0, y }));
            let state = rounded(&state, &Number::one());
            for x in 0..settings {
                // The last outcome that is not seen makes up the sum, one that occurs if there is any.
                let unseen = |a: &usize| *a != y;
                let last = answers.to(x).iter().copied().rfind(unseen);
                let last = last.or_else(|| (0..outcomes).rfind(unseen)).unwrap_or(0);
                let mut rest = state.clone();
                for a in (0..outcomes).filter(|&a| a != last) {
                    let index = Index { a, x, y };
                    let element = match scenario.sees(index) {
                        true => self.0.get(index).clone(),
                        false => rounded(near.0.value(index), &self.probability(scenario, a, x)),
                    };
                    rest = difference(&rest, &element);
                    found.insert(index, element);
                }
                found.insert(Index { a: last, x, y }, rest);
            }
        }
        Assemblage(OperatorTable::from_fn(scenario, |index| found[&index].clone()))
    }

    /// An assemblage near this one that satisfies the same conditions exactly and is positive with a margin: a little
    /// of what has no signal at all is mixed in, as much as the least eigenvalue needs.
    pub fn positive_nearby(&self, scenario: &Scenario) -> Result<Assemblage, EigenError> {
        /// In every step the last outcome takes the rounding errors of the others, half a unit of the grid each in real
        /// and imaginary parts; this is for each of them, and twice what an eigenvalue of a matrix of side one needs.
        const MARGIN: f64 = 2.0 * UNIT;
        let [outcomes, ..] = self.0.shape();
        let d = self.0.dimension();
        let mut least: f64 = 0.0;
        for index in self.0.indices() {
            least = least.min(spectrum_ends(self.0.value(index))?.0);
        }
        let steps = Steps::of(scenario);
        let rounded: usize = (0..steps.count()).map(|k| steps.outcomes(k)).sum();
        let needed = MARGIN * (d * rounded) as f64 - least;
        let uniform = 1.0 / (d * outcomes) as f64;
        // (1−w)·least + w·uniform ≥ needed + least.
        let weight = (needed / uniform).min(1.0);
        let mixed = OperatorTable::from_fn(scenario, |index| {
            let element = self.0.value(index);
            Matrix::from_fn(d, d, |i, j| {
                let noise = if i == j { weight * uniform } else { 0.0 };
                Number::from_approx(element[(i, j)] * (1.0 - weight) + noise)
            })
        });
        let mixed = Assemblage(mixed);
        Ok(match scenario.kind {
            Kind::Sequential => mixed.adjusted_step_by_step(scenario, &steps),
            _ => mixed.adjusted(scenario),
        })
    }

    /// Whether what happens in the first steps is exactly independent of the later settings.
    fn is_exactly_causal(&self, steps: &Steps) -> bool {
        let d = self.0.dimension();
        let entry = |k, history, later, i, j| {
            let elements = steps.summands(k, history, later);
            elements.fold(Number::zero(), |sum, index| &sum + self.0.get(index).get(i, j))
        };
        (1..steps.count()).all(|k| {
            steps.histories(k).all(|history| {
                (0..d * d).all(|at| {
                    let (i, j) = (at / d, at % d);
                    let first = entry(k, history, 0, i, j);
                    let same = |later| (&entry(k, history, later, i, j) - &first).is_exactly_zero();
                    (1..steps.later(k).x).all(same)
                })
            })
        })
    }

    /// σ_{a₁…a_k|x₁…x_k} from the first step to the last, each rounded to the grid, with the last outcome of every
    /// step as what the others leave of the step before; entry (0, 0) of Bob's state takes up what its trace misses.
    fn adjusted_step_by_step(&self, scenario: &Scenario, steps: &Steps) -> Assemblage {
        let d = self.0.dimension();
        let start = History { a: 0, x: 0 };
        let mut state = on_grid(&steps.marginal(self, 0, start, 0));
        let trace: f64 = (0..d).map(|i| state[(i, i)].re).sum();
        state[(0, 0)] += 1.0 - trace;
        let mut before = vec![state];
        for k in 0..steps.count() {
            let mut after = vec![faer::Mat::zeros(d, d); steps.histories(k + 1).count()];
            for (history, given) in steps.histories(k).zip(&before) {
                for x in 0..steps.settings(k) {
                    let mut rest = given.clone();
                    for a in 0..steps.outcomes(k) {
                        let then = steps.then(k, history, a, x);
                        let element = match a + 1 == steps.outcomes(k) {
                            true => rest.clone(),
                            false => on_grid(&steps.marginal(self, k + 1, then, 0)),
                        };
                        rest -= &element;
                        after[steps.place(k + 1, then)] = element;
                    }
                }
            }
            before = after;
        }
        // The histories of all steps are numbered as the table is.
        let position = |Index { a, x, .. }: Index| steps.place(steps.count(), History { a, x });
        Assemblage(OperatorTable::from_fn(scenario, |index| dyadic(&before[position(index)])))
    }

    fn is_exactly_no_signalling(&self) -> bool {
        let table = &self.0;
        let [outcomes, settings, inputs] = table.shape();
        let d = table.dimension();
        let entry_sum = |x: usize, y: usize, i: usize, j: usize| {
            (0..outcomes).fold(Number::zero(), |sum, a| &sum + table.get(Index { a, x, y }).get(i, j))
        };
        let equal = |one: &Number, other: &Number| (one - other).is_exactly_zero();
        table.indices().all(|index| {
            table.get(index).is_exactly_hermitian()
                && equal(&table.trace(index), &table.trace(Index { y: 0, ..index }))
        }) && (0..inputs).all(|y| {
            let entries = (0..d).flat_map(|i| (0..d).map(move |j| (i, j)));
            let trace = (0..d).fold(Number::zero(), |sum, i| &sum + &entry_sum(0, y, i, i));
            equal(&trace, &Number::one())
                && entries.into_iter().all(|(i, j)| {
                    let first = entry_sum(0, y, i, j);
                    (1..settings).all(|x| equal(&entry_sum(x, y, i, j), &first))
                })
        })
    }

    /// The element on the grid: zero where the answer does not occur.
    fn rounded(&self, answers: &Answers, index: Index) -> faer::Mat<Complex64> {
        let element = self.0.value(index);
        match answers.has(index.a, index.x) {
            true => on_grid(element),
            false => faer::Mat::zeros(element.nrows(), element.ncols()),
        }
    }

    /// Rounded to the grid; then the last outcome that occurs makes up Eq. (2), and entry (0, 0) takes up what
    /// the traces miss: Eq. (3) and (4), where the first outcome that occurs is the one that Eq. (4) changes.
    fn adjusted(&self, scenario: &Scenario) -> Assemblage {
        let [outcomes, settings, inputs] = self.0.shape();
        let d = self.0.dimension();
        let position = |Index { a, x, y }: Index| (a * settings + x) * inputs + y;
        let answers = Answers::of(scenario, &[self]);
        let rounded = |index: Index| self.rounded(&answers, index);
        let mut elements: Vec<faer::Mat<Complex64>> = self.0.indices().map(rounded).collect();
        let trace = |matrix: &faer::Mat<Complex64>| (0..d).map(|i| matrix[(i, i)].re).sum::<f64>();
        for y in 0..inputs {
            let sum = |elements: &[faer::Mat<Complex64>], x: usize, answers: &[usize]| {
                answers.iter().fold(faer::Mat::zeros(d, d), |sum: faer::Mat<Complex64>, &a| {
                    sum + &elements[position(Index { a, x, y })]
                })
            };
            let reduced = sum(&elements, 0, answers.to(0));
            for x in 1..settings {
                if let Some((&a, others)) = answers.to(x).split_last() {
                    let last = &reduced - sum(&elements, x, others);
                    elements[position(Index { a, x, y })] = last;
                }
            }
        }
        let total: f64 = (0..outcomes).map(|a| trace(&elements[position(Index { a, x: 0, y: 0 })])).sum();
        for x in 0..settings {
            for a in 0..outcomes {
                let first = trace(&elements[position(Index { a, x, y: 0 })]);
                let takes = answers.to(x).first() == Some(&a);
                let wanted = first + if takes { 1.0 - total } else { 0.0 };
                for y in 0..inputs {
                    let element = &mut elements[position(Index { a, x, y })];
                    let missing = wanted - trace(element);
                    element[(0, 0)] += missing;
                }
            }
        }
        Assemblage(OperatorTable::from_fn(scenario, |index| dyadic(&elements[position(index)])))
    }
}

/// The matrix with a number added to entry (0, 0).
fn plus_at_corner(matrix: &Matrix, number: &Number) -> Matrix {
    Matrix::from_fn(matrix.rows(), matrix.cols(), |i, j| match (i, j) {
        (0, 0) => matrix.get(0, 0) + number,
        _ => matrix.get(i, j).clone(),
    })
}

fn difference(one: &Matrix, other: &Matrix) -> Matrix {
    Matrix::from_fn(one.rows(), one.cols(), |i, j| one.get(i, j) - other.get(i, j))
}

/// The Hermitian matrix with the entries of the upper triangle on the grid.
fn on_grid(matrix: &faer::Mat<Complex64>) -> faer::Mat<Complex64> {
    faer::Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        let upper = matrix[(i.min(j), i.max(j))];
        let (re, im) = ((upper.re / UNIT).round() * UNIT, (upper.im / UNIT).round() * UNIT);
        let im = if i == j { 0.0 } else { im };
        Complex64::new(re, if i <= j { im } else { -im })
    })
}

/// The same matrix in exact numbers, which numbers on the grid have.
fn dyadic(matrix: &faer::Mat<Complex64>) -> Matrix {
    Matrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        Number::dyadic(matrix[(i, j)]).unwrap_or_else(|| Number::from_approx(matrix[(i, j)]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{BlackBox, Device, Kind, Labels, Port};

    #[test]
    fn noisy_data_become_exact() {
        let scenario = Scenario {
            kind: Kind::BobWithInput,
            alice: BlackBox { settings: Labels::count(3), outcomes: Labels::count(3) },
            bob: Device { inputs: Labels::count(2), output: Port::Quantum(2) },
        };
        // White noise with a thousandth of a billionth wrong everywhere.
        let mut wrong = 0.0;
        let noisy = Assemblage(OperatorTable::from_fn(&scenario, |_| {
            wrong += 1e-13;
            let value = Complex64::from(1.0 / 6.0 + wrong);
            Matrix::identity(2).scale(&Number::from_approx(value))
        }));
        assert!(!noisy.is_exactly_no_signalling());
        let exact = noisy.exactly_no_signalling(&scenario);
        assert!(exact.is_exactly_no_signalling());
        for index in exact.0.indices() {
            assert!((exact.0.value(index) - noisy.0.value(index)).norm_max() < 1e-11);
        }
    }
}
