//! Levels that bound an inequality, and the order in which they are tried.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;

use super::anchored::AnchoredLevel;
use super::bound::{BOUND, COEFFICIENTS, finite};
use super::growth::Growth;
use super::one_side::OneSideLevel;
use super::outer::{Relaxation, Symmetries, refuse_too_large, symmetric_cost, words};
use super::own::{self, OwnLevel};
use super::prove::proved;
use super::{Error, Options};
use crate::algebra::{Algebra, Polynomial, functional_polynomial};
use crate::backend::{Bookmark, Dimensions};
use crate::moments::{Level, LevelError};
use crate::problem::Problem;
use crate::program::{self, Stop};
use crate::report::{Quantity, Size, SolverRun};
use crate::scenario::Functional;

/// A level's bound.
#[derive(Clone)]
pub(super) struct Rung {
    /// Its level's name.
    pub level: String,
    /// Evaluated in f64.
    pub value: f64,
    pub quantity: Quantity,
    pub size: Size,
    pub stop: Stop,
    pub solver: SolverRun,
}

impl Rung {
    /// The number that counts: the certified one, if there is one.
    pub fn number(&self) -> f64 {
        self.quantity.value.unwrap_or(self.value)
    }
}

/// The bound of a level of the hierarchy. With a goal it is only as near as it takes to tell on which side of that it is.
pub(super) fn outer(
    problem: &Problem,
    functional: &Functional,
    level: Level,
    goal: Option<f64>,
    options: &Options<'_>,
) -> Result<Rung, Error> {
    let scenario = &problem.scenario;
    let sign = functional.sense.sign();
    let polynomial = functional_polynomial(&Algebra::of_scenario(scenario), functional);
    let symmetries = Symmetries::of(scenario, &level, &[&functional.operators], options);
    let relaxation = Relaxation::new(scenario, level, &words(&polynomial), options)?.with(symmetries);
    let mut program = program::bound::bound(&relaxation.matrix, &polynomial, sign)?;
    let unit = program.normalise().ok_or(COEFFICIENTS)?;
    let scale = sign * unit;
    let towards = options.towards(goal.map(|goal| goal / scale));
    let outer = relaxation.solve(&program, scale, &towards).map_err(|error| match error {
        // There always is a solution: every quantum assemblage is one.
        Error::NoSolution { .. } => Error::Unsolved { stop: Stop::Infeasible },
        other => other,
    })?;
    let value = finite(scale * outer.bound).ok_or(BOUND)?;
    let dual = &outer.dual * faer::Scale(unit.into());
    let note = format!("level {}", relaxation.level);
    let found = proved(problem, functional, &relaxation.matrix, (value, &note), &dual)?;
    let exact = relaxation.is_exact(polynomial.terms().map(|(_, coefficient)| coefficient));
    let quantity = found.with_digits(outer.digits(scale, exact));
    let size = relaxation.size();
    let level = relaxation.level.to_string();
    Ok(Rung { level, value, quantity, size, stop: outer.stop, solver: outer.solver })
}

/// A level of one of the kinds.
#[derive(Debug, Clone)]
pub enum AnyLevel {
    /// Of the hierarchy.
    Full(Level),
    /// Of Alice's words alone.
    OneSide(OneSideLevel),
    /// With an anchor.
    Anchored(AnchoredLevel),
}

impl fmt::Display for AnyLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(level) => write!(f, "{level}"),
            Self::OneSide(level) => write!(f, "{level}"),
            Self::Anchored(level) => write!(f, "{level}"),
        }
    }
}

impl FromStr for AnyLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("alice") {
            return text.parse().map(Self::OneSide);
        }
        if text.starts_with("anchored") {
            return text.parse().map(Self::Anchored);
        }
        text.parse().map(Self::Full).map_err(|error: LevelError| error.to_string())
    }
}

impl AnyLevel {
    /// Its bound, as far as a goal asks for it; `None` if there is no room for it.
    pub(super) fn outer(
        &self,
        problem: &Problem,
        functional: &Functional,
        goal: Option<f64>,
        options: &Options<'_>,
    ) -> Result<Option<Rung>, Error> {
        match self.of_its_own() {
            Ok(level) => own::outer(level, problem, functional, goal, options),
            Err(level) => outer(problem, functional, level.clone(), goal, options).map(Some),
        }
    }

    /// Refuses it before anything is computed, where it makes no sense or does not fit in memory.
    pub(super) fn refuse(&self, problem: &Problem, options: &Options<'_>) -> Result<(), Error> {
        match self.of_its_own() {
            Ok(level) => own::refuse(level, problem, options),
            Err(level) => refuse_too_large(&problem.scenario, level, options),
        }
    }

    /// It as a level with a program of its own, or as one of the hierarchy.
    fn of_its_own(&self) -> Result<&dyn OwnLevel, &Level> {
        match self {
            Self::Full(level) => Err(level),
            Self::OneSide(level) => Ok(level),
            Self::Anchored(level) => Ok(level),
        }
    }

    /// The words of the Gram matrix that proves its bound, and the dimensions of the program that is solved, if it has one of its own.
    pub(super) fn own_size(&self, algebra: &Algebra) -> Option<(usize, Dimensions)> {
        let level = self.of_its_own().ok()?;
        let letters = algebra.in_unitaries();
        let program = level.program(&letters)?.bound(&Polynomial::zero(), 1.0);
        Some((level.words(algebra).ok()?, Dimensions::of(&program)))
    }

    /// Whether it is listed among the sizes of levels: not the long ones of one kind, which grow alike, and behind one of Bob's
    /// inputs alone, as all have the same size.
    pub(super) fn is_listed(&self) -> bool {
        const LONGEST: usize = 3;
        match self {
            Self::Full(_) => true,
            Self::OneSide(OneSideLevel(length)) => *length <= LONGEST,
            Self::Anchored(AnchoredLevel { anchor, .. }) => *anchor == 0,
        }
    }

    /// Whether it has all words of another level, and can therefore be no weaker. That is not asked about levels of the hierarchy,
    /// which use symmetries and have other solvers.
    fn implies(&self, other: &Self, algebra: &Algebra) -> bool {
        let all_of = |level: &Level, degrees: &BTreeSet<(usize, usize)>| {
            level.degrees_in(algebra).is_superset(degrees)
        };
        match (self, other) {
            (_, Self::Full(_)) | (Self::OneSide(_), Self::Anchored(_)) => false,
            (Self::OneSide(OneSideLevel(own)), Self::OneSide(OneSideLevel(length))) => own >= length,
            (
                Self::Full(level) | Self::Anchored(AnchoredLevel { level, .. }),
                Self::OneSide(OneSideLevel(length)),
            ) => {
                let degrees = (0..=*length).flat_map(|alice| [(alice, 0), (alice, 1)]).collect();
                all_of(level, &degrees)
            }
            (Self::Anchored(own), Self::Anchored(other)) => {
                own.anchor == other.anchor && all_of(&own.level, &other.level.degrees_in(algebra))
            }
            // It lacks products of two letters of Bob's that the anchor brings.
            (Self::Full(_), Self::Anchored(_)) => false,
        }
    }
}

/// A level that is still to come.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub level: AnyLevel,
    /// What its solve is predicted to take.
    pub seconds: f64,
    /// By which the steps are ordered.
    weight: f64,
    /// The first-order iterations that it gets to say whether it comes down to a goal; `None` for all.
    pub patience: Option<u32>,
    /// Where it was left.
    pub bookmark: Bookmark,
}

impl Step {
    /// What a level gets at first. Of the levels of random functionals that come down to the best model most do within this, and
    /// few of the others have shown by then that they do not.
    const PATIENCE: u32 = 1500;
    /// So many times as much it gets each time that it has its turn again, and goes on from where it was left.
    const MORE: u32 = 3;
    /// Beyond this it gets all.
    const MOST_PATIENCE: u32 = 4500;

    fn new(level: AnyLevel, seconds: f64) -> Self {
        let (patience, bookmark) = (Some(Self::PATIENCE), Bookmark::default());
        Self { level, seconds, weight: seconds, patience, bookmark }
    }

    /// The same with more patience.
    fn again(self) -> Self {
        let times = f64::from(Self::MORE);
        let patience = self.patience.map(|patience| Self::MORE * patience);
        Self {
            seconds: times * self.seconds,
            weight: times * self.weight.max(self.seconds),
            patience: patience.filter(|&patience| patience <= Self::MOST_PATIENCE),
            ..self
        }
    }
}

/// What comes next.
pub(super) enum Turn {
    Level(Step),
    Growth(Growth),
}

/// The levels that are still to come, the next one first, and words that are chosen instead of the longer ones.
pub(super) struct Ladder {
    steps: VecDeque<Step>,
    growth: Option<Growth>,
}

impl Ladder {
    /// Words are chosen before a level is tried that is predicted to take longer than this, and than the next over the number of
    /// symmetries: with few of them orbits are small, and levels come further.
    const GROWTH_SECONDS: f64 = 5.0;
    const GROWTH_WITHOUT: f64 = 600.0;

    /// What comes next.
    pub fn next(&mut self) -> Option<Turn> {
        let seconds =
            |growth: &mut Growth| Self::GROWTH_SECONDS.max(Self::GROWTH_WITHOUT / growth.order() as f64);
        let longer =
            |growth: &mut Growth| self.steps.front().is_none_or(|step| step.weight > seconds(growth));
        if let Some(growth) = self.growth.take_if(longer) {
            return Some(Turn::Growth(growth));
        }
        self.steps.pop_front().map(Turn::Level)
    }

    /// Puts a level back of which it is still open what it is good for: it has its turn again before those that cost more than
    /// what it then gets.
    pub fn postpone(&mut self, step: Step) {
        let step = step.again();
        let place = self.steps.partition_point(|other| other.weight <= step.weight);
        self.steps.insert(place, step);
    }
}

/// The levels that are tried to close a gap: the given one, those above it, those with an anchor and those of Alice's words, in the order
/// of what they are predicted to cost, which may begin below a level that nobody asked for if that costs much.
pub(super) fn ladder(
    problem: &Problem,
    functional: &Functional,
    level: Level,
    options: &Options<'_>,
) -> Ladder {
    /// A level that is predicted to take less comes first whatever the others cost.
    const QUICK_SECONDS: f64 = 2.0;
    /// How much longer than predicted the hierarchy takes with more than two outcomes: where `1+AB` is not tight, and
    /// often where it is, the programs are degenerate, and left to interior points. With two outcomes it was tight
    /// for all of some twenty random functionals, and quick.
    const DEGENERATE: f64 = 4.0;
    let algebra = Algebra::of_scenario(&problem.scenario);
    let factor = if problem.scenario.outcomes().len() > 2 { DEGENERATE } else { 1.0 };
    let symmetries = Symmetries::of(&problem.scenario, &level, &[&functional.operators], options);
    let order = symmetries.as_ref().map_or(1, Symmetries::order);
    let full = |level: Level| {
        let words = level.size(&algebra);
        let seconds = symmetric_cost(options, words, order).seconds;
        Step { weight: factor * seconds, ..Step::new(AnyLevel::Full(level), seconds) }
    };
    let mut first = full(level.clone());
    let asked = options.level.is_some() || problem.level.is_some();
    if asked || first.weight <= QUICK_SECONDS {
        first.weight = 0.0;
    }
    let higher: Vec<Level> = level.higher(&algebra);
    // What is quick has all its words, so that few moments of longer ones are new.
    let quick = |level: &&Level| full((*level).clone()).weight <= QUICK_SECONDS;
    let base = higher.iter().filter(quick).max_by_key(|level| level.size(&algebra)).unwrap_or(&level);
    let growth = Growth::new(problem, base.clone(), symmetries);
    let mut steps = vec![first];
    steps.extend(higher.into_iter().map(full));
    let by_its_cost = |(level, dimensions): (AnyLevel, Dimensions)| {
        Step::new(level, options.backend.predict(&dimensions).seconds)
    };
    steps.extend(own_levels(&algebra, order).into_iter().map(by_its_cost));
    // What was asked for comes first, of whatever size it is.
    let asked = options.own_level.as_ref().and_then(|level| {
        let dimensions = level.of_its_own().ok()?.dimensions(&algebra).ok()?;
        Some((level.clone(), dimensions))
    });
    steps.extend(asked.map(|asked| Step { weight: -1.0, patience: None, ..by_its_cost(asked) }));
    steps.sort_by(|one, other| one.weight.total_cmp(&other.weight));
    let implied = |k: usize| steps[..k].iter().any(|before| before.level.implies(&steps[k].level, &algebra));
    let kept: Vec<bool> = (0..steps.len()).map(|k| !implied(k)).collect();
    let steps = steps.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(step, _)| step);
    Ladder { steps: steps.collect(), growth }
}

/// The levels with programs of their own that are tried where a functional has so many symmetries.
pub(super) fn own_levels(algebra: &Algebra, symmetries: usize) -> Vec<(AnyLevel, Dimensions)> {
    let of_alice = OneSideLevel::all(algebra).into_iter();
    let mut levels: Vec<_> =
        of_alice.map(|(level, dimensions)| (AnyLevel::OneSide(level), dimensions)).collect();
    // Where there are symmetries the hierarchy, which uses them, goes further.
    if symmetries == 1 {
        let anchored = AnchoredLevel::all(algebra).into_iter();
        levels.extend(anchored.map(|(level, dimensions)| (AnyLevel::Anchored(level), dimensions)));
    }
    levels
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A postponed level has its turn again with more patience, after what costs less than that, and in the end with all.
    #[test]
    fn postponed_levels_come_back() {
        let step = |level: &str, seconds| Step::new(level.parse().unwrap(), seconds);
        let steps = VecDeque::from([step("1+AB", 1.0), step("2", 3.0), step("3", 5.0)]);
        let mut ladder = Ladder { steps, growth: None };
        let mut tried = Vec::new();
        while let Some(Turn::Level(step)) = ladder.next() {
            let limited = step.patience.is_some();
            tried.push((step.level.to_string(), step.patience, step.seconds));
            if limited {
                ladder.postpone(step);
            }
        }
        let expected = [
            ("1+AB", Some(1500), 1.0),
            ("2", Some(1500), 3.0),
            ("1+AB", Some(4500), 3.0),
            ("3", Some(1500), 5.0),
            ("2", Some(4500), 9.0),
            ("1+AB", None, 9.0),
            ("3", Some(4500), 15.0),
            ("2", None, 27.0),
            ("3", None, 45.0),
        ];
        assert_eq!(tried, expected.map(|(level, patience, seconds)| (level.to_owned(), patience, seconds)));
    }
}
