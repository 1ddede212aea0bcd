//! Symmetries: what may be relabelled or turned around without changing a problem [Theory §7].
//!
//! A relabelling of settings, outcomes and inputs together with a unitary or antiunitary map on Bob's side is an
//! automorphism of the algebra. If it leaves a functional (or an assemblage and its noise) unchanged, averaging a
//! solution over it is a solution of the same value, so only invariant ones need be looked at: classes of moments merge,
//! and the moment matrix is block diagonal in an [adapted basis](Adapted).
//!
//! Data flow: the unique parts of a table (`profile`) → candidates (`find`), Bob's maps (`fit`) and the proof (`generator`)
//! → the [group](Group) that they generate, acting on words → [adapted bases](Adapted) and [invariant moments](Invariants),
//! of which [`reduce::symmetry`](crate::reduce::symmetry) makes a smaller program. Sets of words that grow have [bases that grow](Bases), and
//! their moments are told apart [one word at a time](OrbitMoments).
//!
//! No bound rests on any of it: a dual of the smaller program is a dual of the original one, and that is where bounds
//! are evaluated.

mod action;
mod adapted;
mod find;
mod fit;
mod generator;
mod images;
mod invariant;
mod multiple;
mod profile;

pub use action::{Action, Group};
pub(crate) use adapted::Sets;
pub use adapted::{Adapted, Bases, Component, Copy, Isotypic};
pub use generator::Symmetry;
pub use images::OrbitMoments;
pub use invariant::{Invariants, Terms};

use find::Finder;
use profile::{Bob, Profile};

use crate::num::Number;
use crate::scenario::{OperatorTable, Scenario};

/// Symmetries that all the tables share, none of them a product of others that are listed before it; empty if there are
/// none but the identity.
///
/// Tables that are too large to look through in a moment are taken to have none.
pub fn symmetries(scenario: &Scenario, tables: &[&OperatorTable]) -> Vec<Symmetry> {
    /// Points (x, a).
    const MOST_POINTS: usize = 96;
    /// What fitting one candidate takes: points, inputs and d⁴ multiplied.
    const MOST_WORK: usize = 200_000;
    let [outcomes, settings, inputs] = scenario.shape();
    let points = outcomes * settings;
    if points > MOST_POINTS || points * inputs * scenario.dimension().pow(4) > MOST_WORK {
        return Vec::new();
    }
    let found = |tables: &[&OperatorTable]| {
        let profiles: Vec<Profile> = tables.iter().map(|table| Profile::new(scenario, table)).collect();
        Finder::new(Bob::of_scenario(scenario), &profiles).map(Finder::generators).unwrap_or_default()
    };
    // Most tables have none, and that shows sooner without exact arithmetic.
    let rounded: Vec<OperatorTable> = tables.iter().map(|table| rounded(scenario, table)).collect();
    if found(&rounded.iter().collect::<Vec<_>>()).is_empty() { Vec::new() } else { found(tables) }
}

/// The table in floating point.
fn rounded(scenario: &Scenario, table: &OperatorTable) -> OperatorTable {
    let number = |number: &Number| Number::from_approx(number.approx());
    OperatorTable::from_fn(scenario, |index| table.get(index).map(number))
}
