//! Levels with an anchor: with one of Bob's inputs as his system itself (`program::anchored`).

use std::fmt;
use std::str::FromStr;

use super::own::{MAX_WORDS, OwnLevel};
use crate::algebra::{Algebra, DeviceAlgebra, UnitaryBasis};
use crate::backend::Dimensions;

use crate::moments::{Level, LevelError};
use crate::program::OwnProgram;
use crate::program::anchored::Anchored;

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
        let sized = |level: Self| {
            let words = level.0.anchored_size(algebra).saturating_mul(anchor(algebra)?.len());
            let dimensions = level.dimensions(algebra)?;
            (words <= MAX_WORDS).then_some((level, dimensions))
        };
        levels.filter_map(sized).collect()
    }
}

/// The operators of one of Bob's inputs; `None` where he has no quantum output.
fn anchor(algebra: &Algebra) -> Option<&UnitaryBasis> {
    match algebra.devices() {
        [_, DeviceAlgebra::Matrices { basis, .. }] => Some(basis),
        _ => None,
    }
}

impl OwnLevel for AnchoredLevel {
    /// With as many variables as its entries have room for: products that are the same word are fewer.
    fn dimensions(&self, algebra: &Algebra) -> Option<Dimensions> {
        let side = self.0.anchored_size(algebra).saturating_mul(anchor(algebra)?.dimension());
        Some(Dimensions { blocks: vec![(side, false)], variables: side.saturating_mul(side), rows: 0 })
    }

    fn program<'a>(&self, algebra: &'a Algebra) -> Option<Box<dyn OwnProgram + 'a>> {
        Some(Box::new(Anchored::new(algebra, &self.0)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::super::{Options, own};
    use super::*;
    use crate::problem::Problem;

    /// Eq. (6): 2√6, proved, as at the level without an anchor.
    #[test]
    fn an_anchored_level_is_no_weaker() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/eq6.toml");
        let problem = Problem::read(&file).unwrap();
        let functional = problem.require_functional("bound").unwrap();
        let options = Options { search: None, ..Options::default() };
        let level: AnchoredLevel = "anchored-1+AB".parse().unwrap();
        let rung = own::outer(&level, &problem, functional, None, &options).unwrap().unwrap();
        assert!(rung.quantity.verified, "{:?}", rung.quantity);
        assert!((rung.number() - 24_f64.sqrt()).abs() < 1e-6, "{}", rung.number());
    }
}
