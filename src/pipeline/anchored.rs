//! Levels with an anchor: with one of Bob's inputs as his system itself (`program::anchored`).

use std::fmt;
use std::str::FromStr;

use super::ladder::Rung;
use super::own::{self, MAX_WORDS, OwnLevel};
use super::{Error, Options};
use crate::algebra::{Algebra, DeviceAlgebra};
use crate::backend::{Dimensions, check_memory};
use crate::moments::{Level, LevelError};
use crate::problem::Problem;
use crate::program::OwnProgram;
use crate::program::anchored::Anchored;
use crate::scenario::Functional;

/// What its name begins with.
const PREFIX: &str = "anchored-";
/// Those that are tried to close a gap.
const LADDER: [&str; 4] = ["1+AB", "1+AA+AB+AAB", "1+BB+AB+ABB", "2+AAB+ABB+AABB"];

/// A level behind all operators of Bob's first input: `anchored-1+AB`, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredLevel(pub(super) Level);

impl fmt::Display for AnchoredLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

impl FromStr for AnchoredLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let level = text.strip_prefix(PREFIX).ok_or_else(|| {
            format!("`{text}` is no level with an anchor; write `{PREFIX}1+AB`, `{PREFIX}2`, …")
        })?;
        level.parse().map(Self).map_err(|error: LevelError| error.to_string())
    }
}

impl AnchoredLevel {
    /// Those of a scenario whose certificates are of a size to be checked, with the dimensions of their programs. With one input
    /// there is nothing behind the anchor.
    pub(super) fn all(algebra: &Algebra) -> Vec<(Self, Dimensions)> {
        let several = algebra.devices().get(1).is_some_and(|bob| bob.inputs() > 1);
        let levels = LADDER.iter().filter_map(|text| text.parse().ok().map(Self)).filter(|_| several);
        let sized = levels.filter_map(|level| {
            let dimensions = level.dimensions(algebra)?;
            Some((level, dimensions))
        });
        sized.filter(|(level, _)| level.words(algebra).is_some_and(|words| words <= MAX_WORDS)).collect()
    }

    /// Refuses it where Bob has no quantum output, or where its program does not fit in memory: before it is built.
    pub(super) fn refuse(&self, problem: &Problem, options: &Options<'_>) -> Result<(), Error> {
        match self.dimensions(&Algebra::of_scenario(&problem.scenario)) {
            Some(dimensions) => Ok(check_memory(options.backend, &dimensions)?),
            None => Err(problem
                .wrong_kind(&format!("the anchor of the level {self} is Bob's system, and he has none"))
                .label("Bob's output is classical")
                .help("use a level of the hierarchy, such as 1+AB or 2")
                .into()),
        }
    }

    /// The words of its certificate; `None` where Bob has no quantum output.
    fn words(&self, algebra: &Algebra) -> Option<usize> {
        let [_, DeviceAlgebra::Matrices { basis, .. }] = algebra.devices() else { return None };
        Some(self.0.anchored_size(algebra).saturating_mul(basis.len()))
    }

    /// The dimensions of its program, with as many variables as its entries have room for: products that are the same word are fewer.
    pub(super) fn dimensions(&self, algebra: &Algebra) -> Option<Dimensions> {
        let [_, DeviceAlgebra::Matrices { basis, .. }] = algebra.devices() else { return None };
        let side = self.0.anchored_size(algebra).saturating_mul(basis.dimension());
        Some(Dimensions { blocks: vec![(side, false)], variables: side.saturating_mul(side), rows: 0 })
    }

    /// The bound of the level.
    pub(super) fn outer(
        &self,
        problem: &Problem,
        functional: &Functional,
        goal: Option<f64>,
        options: &Options<'_>,
    ) -> Result<Option<Rung>, Error> {
        own::outer(self, problem, functional, goal, options)
    }
}

impl OwnLevel for AnchoredLevel {
    fn program<'a>(&self, algebra: &'a Algebra) -> Option<Box<dyn OwnProgram + 'a>> {
        Some(Box::new(Anchored::new(algebra, &self.0)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::*;

    /// Eq. (6): 2√6, proved, as at the level without an anchor.
    #[test]
    fn an_anchored_level_is_no_weaker() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/eq6.toml");
        let problem = Problem::read(&file).unwrap();
        let functional = problem.require_functional("bound").unwrap();
        let options = Options { search: None, ..Options::default() };
        let level: AnchoredLevel = "anchored-1+AB".parse().unwrap();
        let rung = level.outer(&problem, functional, None, &options).unwrap().unwrap();
        assert!(rung.quantity.verified, "{:?}", rung.quantity);
        assert!((rung.number() - 24_f64.sqrt()).abs() < 1e-6, "{}", rung.number());
    }
}
