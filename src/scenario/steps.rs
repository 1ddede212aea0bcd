//! Alice measures several times: how the tuples (a₁ … aₙ) and (x₁ … xₙ) are numbered, and what the first steps of
//! an assemblage are.
//!
//! Tuples are numbered with the last step running fastest, so the first k entries of the tuple with the number p are
//! the tuple with the number ⌊p / (what the later steps have together)⌋ of those of length k.

use faer::Mat;
use num_complex::Complex64;

use super::{Assemblage, Index, Labels, Scenario};

/// The numbers of outcomes and settings of each step. A device without steps has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    outcomes: Vec<usize>,
    settings: Vec<usize>,
}

/// What has happened in the first k steps: the numbers of (a₁ … a_k) and (x₁ … x_k).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The number of (a₁ … a_k).
    pub a: usize,
    /// The number of (x₁ … x_k).
    pub x: usize,
}

impl Steps {
    /// Those of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        let sizes = |labels: &Labels| match labels.steps() {
            [] => vec![labels.len()],
            steps => steps.iter().map(Labels::len).collect(),
        };
        Self { outcomes: sizes(scenario.outcomes()), settings: sizes(scenario.settings()) }
    }

    /// How many steps there are.
    pub fn count(&self) -> usize {
        self.settings.len()
    }

    /// The number of outcomes of step k, counted from 0.
    pub fn outcomes(&self, k: usize) -> usize {
        self.outcomes[k]
    }

    /// The number of settings of step k, counted from 0.
    pub fn settings(&self, k: usize) -> usize {
        self.settings[k]
    }

    /// How many tuples (a₁ … a_k) and (x₁ … x_k) there are.
    pub fn tuples(&self, k: usize) -> History {
        History { a: self.outcomes[..k].iter().product(), x: self.settings[..k].iter().product() }
    }

    /// How many tuples (a_{k+1} … aₙ) and (x_{k+1} … xₙ) there are.
    pub fn later(&self, k: usize) -> History {
        History { a: self.outcomes[k..].iter().product(), x: self.settings[k..].iter().product() }
    }

    /// What can have happened in the first k steps, a before x, the latter fastest.
    pub fn histories(&self, k: usize) -> impl Iterator<Item = History> + use<> {
        let History { a: outcomes, x: settings } = self.tuples(k);
        (0..outcomes).flat_map(move |a| (0..settings).map(move |x| History { a, x }))
    }

    /// The place of a history among those of k steps.
    pub fn place(&self, k: usize, History { a, x }: History) -> usize {
        a * self.tuples(k).x + x
    }

    /// What happened in the first k of all steps of an index.
    pub fn first(&self, k: usize, index: Index) -> History {
        let later = self.later(k);
        History { a: index.a / later.a, x: index.x / later.x }
    }

    /// The history that step k, counted from 0, adds an outcome and a setting to.
    pub fn then(&self, k: usize, History { a, x }: History, outcome: usize, setting: usize) -> History {
        History { a: a * self.outcomes[k] + outcome, x: x * self.settings[k] + setting }
    }

    /// The indices of an assemblage's elements that sum to σ_{a₁…a_k|x₁…x_k}, with these settings in the later steps.
    pub fn summands(&self, k: usize, History { a, x }: History, later: usize) -> impl Iterator<Item = Index> {
        let rest = self.later(k);
        (a * rest.a..(a + 1) * rest.a).map(move |a| Index { a, x: x * rest.x + later, y: 0 })
    }

    /// σ_{a₁…a_k|x₁…x_k}, summed over later outcomes at these later settings.
    pub fn marginal(
        &self,
        assemblage: &Assemblage,
        k: usize,
        history: History,
        later: usize,
    ) -> Mat<Complex64> {
        let d = assemblage.0.dimension();
        let elements = self.summands(k, history, later);
        elements.fold(Mat::zeros(d, d), |sum: Mat<Complex64>, index| sum + assemblage.0.value(index))
    }
}

/// The digits of a position in a mixed base, the last one fastest.
pub(super) fn digits(sizes: &[usize], mut position: usize) -> Vec<usize> {
    let mut digits = vec![0; sizes.len()];
    for (digit, &size) in digits.iter_mut().zip(sizes).rev() {
        *digit = position % size.max(1);
        position /= size.max(1);
    }
    digits
}

/// A tuple as an index: 01, or 0,10 where a label is no digit.
pub(super) fn shown(tuple: &[i64]) -> String {
    let separator = if tuple.iter().all(|label| (0..10).contains(label)) { "" } else { "," };
    tuple.iter().map(i64::to_string).collect::<Vec<_>>().join(separator)
}

/// The numbers of labels of the steps, as in 2·3, or 2 where they all have as many.
pub(super) fn shown_counts(labels: &Labels) -> String {
    let counts: Vec<String> = labels.steps().iter().map(|step| step.len().to_string()).collect();
    match counts.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => first.clone(),
        _ => counts.join("·"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{BlackBox, Device, Kind, Port};

    fn scenario() -> Scenario {
        let tuples = |labels: [&[i64]; 3]| Labels::tuples(labels.map(|l| Labels::new(l.to_vec())).to_vec());
        Scenario {
            kind: Kind::Sequential,
            alice: BlackBox {
                settings: tuples([&[1, 2, 3], &[0], &[5, 7]]),
                outcomes: tuples([&[0, 1], &[0, 1, 2], &[-1, 1]]),
            },
            bob: Device { inputs: Labels::count(1), output: Port::Quantum(2) },
        }
    }

    #[test]
    fn tuples_are_numbered_with_the_last_step_fastest() {
        let scenario = scenario();
        assert_eq!(scenario.shape(), [12, 6, 1]);
        assert_eq!(scenario.outcomes().tuple(0), [0, 0, -1]);
        assert_eq!(scenario.outcomes().tuple(1), [0, 0, 1]);
        assert_eq!(scenario.outcomes().tuple(11), [1, 2, 1]);
        assert_eq!(scenario.settings().tuple(3), [2, 0, 7]);
        assert_eq!(scenario.element_name("σ", Index { a: 11, x: 3, y: 0 }), "σ_{121|207}");
        assert_eq!(scenario.element_name("σ", Index { a: 0, x: 5, y: 0 }), "σ_{0,0,-1|307}");
        assert_eq!(scenario.to_string(), "sequential: 3 steps of 3·1·2 settings, 2·3·2 outcomes, d = 2");
    }

    #[test]
    fn histories_are_what_tuples_start_with() {
        let scenario = scenario();
        let steps = Steps::of(&scenario);
        for k in 0..=3 {
            for (seen, history) in steps.histories(k).enumerate() {
                assert_eq!(steps.place(k, history), seen);
                for index in steps.summands(k, history, 0) {
                    assert_eq!(steps.first(k, index), history);
                    let tuple = scenario.outcomes().tuple(index.a);
                    let first = steps.summands(k, history, 0).next().unwrap();
                    assert_eq!(tuple[..k], scenario.outcomes().tuple(first.a)[..k]);
                }
                if k < 3 {
                    let then = steps.then(k, history, 1, 0);
                    let index = steps.summands(k + 1, then, 0).next().unwrap();
                    assert_eq!(steps.first(k, index), history);
                }
            }
        }
    }
}
