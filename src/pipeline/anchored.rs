//! Levels with an anchor: with one of Bob's inputs as his system itself (`program::anchored`).

use std::fmt;
use std::str::FromStr;

use super::own::{MAX_WORDS, Misfit, OwnLevel};
use crate::algebra::{Algebra, DeviceAlgebra, UnitaryBasis};
use crate::backend::Dimensions;
use crate::moments::{Level, LevelError};
use crate::program::OwnProgram;
use crate::program::anchored::Anchored;

/// What its name begins with.
const PREFIX: &str = "anchored-";
/// What comes before the number of an input that is not the first.
const SEPARATOR: char = '@';
/// Those that are tried to close a gap.
const LADDER: [&str; 4] = ["1+AB", "1+AA+AB+AAB", "1+BB+AB+ABB", "2+AAB+ABB+AABB"];

/// A level behind all operators of one of Bob's inputs: `anchored-1+AB` of the first, `anchored-1+AB@1` of the second, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredLevel {
    pub(super) level: Level,
    /// The input, counted from zero.
    pub(super) anchor: usize,
}

impl fmt::Display for AnchoredLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.level)?;
        if self.anchor > 0 { write!(f, "{SEPARATOR}{}", self.anchor) } else { Ok(()) }
    }
}

impl FromStr for AnchoredLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix(PREFIX).filter(|rest| !rest.is_empty()).ok_or_else(|| {
            format!("`{text}` is no level with an anchor; write `{PREFIX}1+AB`, `{PREFIX}2`, …")
        })?;
        let (level, anchor) = match rest.split_once(SEPARATOR) {
            None => (rest, 0),
            Some((level, anchor)) => {
                let number = anchor.parse().map_err(|_| {
                    format!("`{anchor}` is no number of an input; write `{PREFIX}{level}{SEPARATOR}1` for the second of Bob's")
                })?;
                (level, number)
            }
        };
        let level = level.parse().map_err(|error: LevelError| error.to_string())?;
        Ok(Self { level, anchor })
    }
}

impl AnchoredLevel {
    /// Those of a scenario whose certificates are of a size to be checked, with the dimensions of their programs. With one input
    /// there is nothing behind the anchor.
    pub(super) fn all(algebra: &Algebra) -> Vec<(Self, Dimensions)> {
        let inputs = algebra.devices().get(1).map_or(0, DeviceAlgebra::inputs);
        if inputs < 2 {
            return Vec::new();
        }
        let behind = |level: Level| (0..inputs).map(move |anchor| Self { level: level.clone(), anchor });
        let levels = LADDER.iter().filter_map(|text| text.parse().ok()).flat_map(behind);
        let sized = |level: Self| {
            let dimensions = level.dimensions(algebra).ok()?;
            (level.words(algebra).ok()? <= MAX_WORDS).then_some((level, dimensions))
        };
        levels.filter_map(sized).collect()
    }

    /// The operators of the anchor.
    fn basis<'a>(&self, algebra: &'a Algebra) -> Result<&'a UnitaryBasis, Misfit> {
        match algebra.devices() {
            &[_, DeviceAlgebra::Matrices { inputs, .. }] if self.anchor >= inputs => {
                Err(Misfit::NoInput { inputs })
            }
            [_, DeviceAlgebra::Matrices { basis, .. }] => Ok(basis),
            _ => Err(Misfit::NoStates),
        }
    }
}

impl OwnLevel for AnchoredLevel {
    /// With as many variables as its entries have room for: products that are the same word are fewer.
    fn dimensions(&self, algebra: &Algebra) -> Result<Dimensions, Misfit> {
        let side = self.level.anchored_size(algebra).saturating_mul(self.basis(algebra)?.dimension());
        Ok(Dimensions { blocks: vec![(side, false)], variables: side.saturating_mul(side), rows: 0 })
    }

    fn words(&self, algebra: &Algebra) -> Result<usize, Misfit> {
        Ok(self.level.anchored_size(algebra).saturating_mul(self.basis(algebra)?.len()))
    }

    fn program<'a>(&self, algebra: &'a Algebra) -> Option<Box<dyn OwnProgram + 'a>> {
        Some(Box::new(Anchored::new(algebra, &self.level, self.anchor)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::super::{Options, own};
    use super::*;
    use crate::problem::Problem;

    /// Names are read as they are written.
    #[test]
    fn names() {
        for name in ["anchored-1+AB", "anchored-1+AB@1", "anchored-2@2"] {
            assert_eq!(name.parse::<AnchoredLevel>().unwrap().to_string(), name);
        }
        assert_eq!("anchored-2@0".parse::<AnchoredLevel>().unwrap().to_string(), "anchored-2");
        for wrong in ["anchored", "anchored-", "anchored-2@", "anchored-2@y", "anchored-2@-1", "anchored-@1"]
        {
            assert!(wrong.parse::<AnchoredLevel>().is_err(), "{wrong}");
        }
    }

    /// Eq. (6): 2√6, proved, as at the level without an anchor, whichever it is.
    #[test]
    fn an_anchored_level_is_no_weaker() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/eq6.toml");
        let problem = Problem::read(&file).unwrap();
        let functional = problem.require_functional("bound").unwrap();
        let options = Options { search: None, ..Options::default() };
        for name in ["anchored-1+AB", "anchored-1+AB@1"] {
            let level: AnchoredLevel = name.parse().unwrap();
            let rung = own::outer(&level, &problem, functional, None, &options).unwrap().unwrap();
            assert!(rung.quantity.verified, "{:?}", rung.quantity);
            assert!((rung.number() - 24_f64.sqrt()).abs() < 1e-6, "{}", rung.number());
        }
    }
}
