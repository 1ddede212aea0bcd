//! Which answers Alice gives at all.

use super::{Assemblage, Scenario};

/// Answers that are less likely are what rounding leaves of none.
const LEAST: f64 = 1e-12;

/// The outcomes that occur, by setting.
///
/// What is known never to occur takes no part in a search for models: strategies that answer so have no weight, and
/// what a functional has there has no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers(Vec<Vec<usize>>);

impl Answers {
    /// Every outcome of every setting.
    pub fn all(scenario: &Scenario) -> Self {
        Self::which(scenario, |_, _| true)
    }

    /// Those that one of these assemblages has.
    pub fn of(scenario: &Scenario, assemblages: &[&Assemblage]) -> Self {
        Self::which(scenario, |a, x| {
            assemblages.iter().any(|table| table.probability(scenario, a, x).re() >= LEAST)
        })
    }

    fn which(scenario: &Scenario, occurs: impl Fn(usize, usize) -> bool) -> Self {
        let [outcomes, settings, _] = scenario.shape();
        let of_setting = |x| {
            let found: Vec<usize> = (0..outcomes).filter(|&a| occurs(a, x)).collect();
            // What is normalised has one.
            if found.is_empty() { (0..outcomes).collect() } else { found }
        };
        Self((0..settings).map(of_setting).collect())
    }

    /// The answers to setting x, in order.
    pub fn to(&self, x: usize) -> &[usize] {
        self.0.get(x).map_or(&[], Vec::as_slice)
    }

    /// Whether a is an answer to x.
    pub fn has(&self, a: usize, x: usize) -> bool {
        self.to(x).contains(&a)
    }

    /// Whether a is the one answer to x that follows from the others: the last.
    pub fn is_last(&self, a: usize, x: usize) -> bool {
        self.to(x).last() == Some(&a)
    }
}
