//! Levels of Alice's words alone: bounds that look at each input of Bob's by itself (`program::one_side`), between and beyond
//! the levels of the hierarchy.

use std::str::FromStr;

use super::own::{MAX_WORDS, Misfit, OwnLevel};
use crate::algebra::Algebra;
use crate::backend::Dimensions;
use crate::program::OwnProgram;
use crate::program::one_side::{OneSide, OneSideSize};

/// The longest products that may be asked for: far beyond what fits in memory where Alice has a choice.
const MAX_LENGTH: usize = 12;
/// Products of up to so many letters of Alice's: `alice-1`, `alice-2`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneSideLevel(pub(super) usize);

impl std::fmt::Display for OneSideLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "alice-{}", self.0)
    }
}

impl FromStr for OneSideLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits =
            text.strip_prefix("alice-").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        let length = digits.and_then(|length| length.parse().ok());
        let length = length.filter(|length| (1..=MAX_LENGTH).contains(length));
        length
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no level of Alice's words; write `alice-1`, `alice-2`, … up to `alice-{MAX_LENGTH}`"))
    }
}

impl OneSideLevel {
    /// Those of a scenario whose certificates are of a size to be checked, with the dimensions of their programs.
    pub(super) fn all(algebra: &Algebra) -> Vec<(Self, Dimensions)> {
        let size = |length| OneSideSize::new(algebra, length).filter(|size| size.words <= MAX_WORDS);
        let mut levels: Vec<(Self, OneSideSize)> = Vec::new();
        // A device of one setting has no longer words.
        while levels.len() < MAX_LENGTH
            && let Some(size) = size(levels.len() + 1)
            && levels.last().is_none_or(|(_, last)| last.words < size.words)
        {
            levels.push((Self(levels.len() + 1), size));
        }
        levels.into_iter().map(|(level, size)| (level, dimensions(size))).collect()
    }
}

impl OwnLevel for OneSideLevel {
    fn dimensions(&self, algebra: &Algebra) -> Result<Dimensions, Misfit> {
        OneSideSize::new(algebra, self.0).map(dimensions).ok_or(Misfit::NoStates)
    }

    fn words(&self, algebra: &Algebra) -> Result<usize, Misfit> {
        OneSideSize::new(algebra, self.0).map(|size| size.words).ok_or(Misfit::NoStates)
    }

    fn program<'a>(&self, algebra: &'a Algebra) -> Option<Box<dyn OwnProgram + 'a>> {
        Some(Box::new(OneSide::new(algebra, self.0)?))
    }
}

fn dimensions(size: OneSideSize) -> Dimensions {
    Dimensions { blocks: vec![(size.side, false); size.blocks], variables: size.variables, rows: 0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::super::{Options, own};
    use super::*;
    use crate::problem::Problem;

    /// Eq. (6): from the no-signalling value down towards 2√6, and each step is proved.
    #[test]
    fn bounds_come_down_with_longer_words() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/eq6.toml");
        let problem = Problem::read(&file).unwrap();
        let functional = problem.require_functional("bound").unwrap();
        let options = Options { search: None, ..Options::default() };
        let value = |length| {
            let level = OneSideLevel(length);
            let rung = own::outer(&level, &problem, functional, None, &options).unwrap().unwrap();
            assert!(rung.quantity.verified, "{:?}", rung.quantity);
            rung.number()
        };
        let [one, two] = [value(1), value(2)];
        assert!((one - 6.0).abs() < 1e-6, "{one}");
        assert!(two > 24_f64.sqrt() && two < 5.0, "{two}");
    }

    /// No level is larger than what can be checked, and their sizes grow.
    #[test]
    fn levels_end_where_certificates_are_too_large() {
        let algebra = Algebra::new(vec![
            crate::algebra::DeviceAlgebra::black_box(3, 3),
            crate::algebra::DeviceAlgebra::matrices(2, 2),
        ]);
        let levels = OneSideLevel::all(&algebra);
        assert_eq!(levels.iter().map(|(level, _)| level.0).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
