//! Words chosen by orbits: of what the next levels would add only what lowers the bound.
//!
//! Symmetries leave few variables to many words, and take words to each other orbit by orbit. Candidates are the orbits that are one
//! letter longer than one that was chosen. The multipliers of the bound so far tell of each about what it would take off
//! ([`Growing::estimate`]); the first few are tried, and those kept that take off most for what they cost. Where trials take long the
//! first are taken together without any. So a set of words does more than a level of as many.

use std::collections::{BTreeMap, BTreeSet};

use num_complex::Complex64;
use rayon::prelude::*;

use super::bound::COEFFICIENTS;
use super::ladder::Rung;
use super::outer::{STRICT_TOLERANCE, Symmetries, proof_seconds};
use super::prove::proved;
use super::{Error, Options};
use crate::algebra::{Algebra, Polynomial, functional_polynomial};
use crate::backend::{Backend, Dimensions, InteriorPoint, Settings, SolveError, check_memory};
use crate::moments::{Level, MomentMatrix};
use crate::problem::Problem;
use crate::program::{Block, Solution, Stop, positive, repair};
use crate::reduce::symmetry::{Estimate, Growing, Grown, Point};
use crate::report::{Quantity, Size, SolverRun};
use crate::scenario::Functional;
use crate::symmetry::Group;

/// How many candidates are tried at a time.
const TRIED: usize = 4;
/// Those of them are kept whose gain for what they cost is at least this share of the best one's.
const KEPT: f64 = 0.4;
/// What takes off less than this share of the gap is not worth its words.
const LEAST_SHARE: f64 = 1e-3;
/// What solves gain by chance, relative to the bound.
const CHANCE: f64 = 1e-7;
/// A bound on the way is proved if that is predicted to take less than this share of the solves since the last proof.
const PROOF_SHARE: f64 = 0.25;
/// Proofs of more words take minutes.
const MAX_WORDS: usize = 2600;
/// More candidates are as many small orbits, each of which does little.
const MAX_CANDIDATES: usize = 500;
/// The tolerance of the point at which candidates are compared.
const ROUGH: f64 = 1e-4;
/// Where trials are predicted to take longer together, candidates are added by their estimates alone, and all at once,
const LONG_SECONDS: f64 = 20.0;
/// as many as can be solved in this share of the time that is left.
const AT_ONCE: f64 = 0.25;
/// After more that do not fit none is looked for that would.
const MOST_LEFT_OUT: usize = 16;
/// What an orbit adds to the cost counts as at least this share of it: predictions are not finer.
const LEAST_COST: f64 = 1e-3;
/// All solves together are predicted to take no longer.
pub(super) const MAX_SECONDS: f64 = 400.0;

/// What is grown.
pub(super) struct Growth {
    /// Where it begins.
    level: Level,
    symmetries: Symmetries,
    group: Group,
}

/// What takes each bound on the way, and says whether to go on.
pub(super) type Taken<'a> = dyn FnMut(Rung) -> bool + 'a;

impl Growth {
    /// The number of symmetries that it uses.
    pub fn order(&self) -> usize {
        self.group.order()
    }

    /// From a level on, if there are symmetries that take words to multiples of words.
    pub fn new(problem: &Problem, level: Level, symmetries: Option<Symmetries>) -> Option<Self> {
        let symmetries = symmetries?;
        let group = symmetries.monomial(&problem.scenario)?;
        Some(Self { level, symmetries, group })
    }

    /// Grows the words until what takes the bounds has enough, no candidate takes anything off, or there are too many words. `inner` is what the
    /// bound can come down to.
    pub fn grow(
        &self,
        problem: &Problem,
        functional: &Functional,
        inner: Option<f64>,
        options: &Options<'_>,
        taken: &mut Taken<'_>,
    ) -> Result<(), Error> {
        let letters = Algebra::of_scenario(&problem.scenario).in_unitaries();
        match self.grower(problem, functional, options, &letters) {
            Some(mut grower) => grower.run(inner, taken),
            None => Ok(()),
        }
    }

    /// What grows it, in unitary letters.
    fn grower<'a>(
        &'a self,
        problem: &'a Problem,
        functional: &'a Functional,
        options: &'a Options<'a>,
        letters: &'a Algebra,
    ) -> Option<Grower<'a>> {
        Some(Grower {
            growth: self,
            problem,
            functional,
            options,
            growing: Growing::new(letters, &self.group)?,
            polynomial: functional_polynomial(letters, functional),
            extended: BTreeSet::new(),
            candidates: BTreeSet::new(),
            spent: 0.0,
        })
    }
}

struct Grower<'a> {
    growth: &'a Growth,
    problem: &'a Problem,
    functional: &'a Functional,
    options: &'a Options<'a>,
    growing: Growing<'a>,
    /// In unitary letters.
    polynomial: Polynomial,
    /// The orbits whose longer ones are candidates.
    extended: BTreeSet<usize>,
    candidates: BTreeSet<usize>,
    /// What the solves so far were predicted to take.
    spent: f64,
}

/// A set of orbits with its bound.
struct Solved {
    grown: Grown,
    unit: f64,
    /// The bound of the maximum of sign·functional.
    bound: f64,
    solution: Solution,
}

/// What interior points are predicted to take for a program of so many variables of which every one occurs in many entries, which
/// those of moment matrices do not.
fn seconds(variables: usize) -> f64 {
    const SECONDS: f64 = 4e-7;
    const POWER: f64 = 2.4;
    SECONDS * (variables as f64).powf(POWER)
}

fn seconds_of(grown: &Grown) -> f64 {
    seconds(grown.program.variables())
}

/// What it costs in predicted seconds to have a set: those that come later are solved as often as candidates are tried.
fn cost(variables: usize, words: usize) -> f64 {
    TRIED as f64 * seconds(variables) + proof_seconds(words)
}

fn cost_of(grown: &Grown) -> f64 {
    cost(grown.program.variables(), grown.words())
}

/// An orbit that may be added.
struct Candidate {
    orbit: usize,
    /// What it is estimated to take off the bound; negative where the estimate finds nothing.
    gain: f64,
    /// That for what it costs.
    rate: f64,
}

/// Candidates in the order in which they are tried: in turn one that gains most for what it costs, and one that gains most.
fn in_turn(candidates: &[Candidate]) -> Vec<usize> {
    let sorted = |key: fn(&Candidate) -> f64| {
        let mut sorted: Vec<&Candidate> = candidates.iter().collect();
        sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
        sorted
    };
    let (by_rate, by_gain) = (sorted(|candidate| candidate.rate), sorted(|candidate| candidate.gain));
    let mut known = BTreeSet::new();
    let both = by_rate.into_iter().zip(by_gain).flat_map(|(a, b)| [a.orbit, b.orbit]);
    both.filter(|&orbit| known.insert(orbit)).collect()
}

impl Grower<'_> {
    fn run(&mut self, inner: Option<f64>, taken: &mut Taken<'_>) -> Result<(), Error> {
        let sign = self.functional.sense.sign();
        let gap = |bound: f64| inner.map(|inner| bound - sign * inner);
        let Some(mut current) = self.begin()? else { return Ok(()) };
        // The level that it begins with may have been left before its last digits.
        let (mut unproved, mut pending) = (0.0, true);
        loop {
            let least = LEAST_SHARE * gap(current.bound).unwrap_or(0.0);
            let before = self.spent;
            let next = match self.round(&current, least.max(CHANCE * current.bound.abs())) {
                Err(Error::Solve(SolveError::Interrupted)) => None,
                next => next?,
            };
            let Some(next) = next else { break };
            current = next;
            unproved += self.spent - before;
            let closed = gap(current.bound).zip(self.options.gap).is_some_and(|(gap, target)| gap <= target);
            pending = !closed && proof_seconds(current.grown.words()) > PROOF_SHARE * unproved;
            if !pending {
                unproved = 0.0;
            }
            if !taken(self.rung(&current, !pending)?) {
                break;
            }
        }
        if pending {
            taken(self.rung(&current, true)?);
        }
        Ok(())
    }

    /// The words of the level that it begins with.
    fn begin(&mut self) -> Result<Option<Solved>, Error> {
        let mut orbits = BTreeSet::new();
        for word in self.growth.level.words(self.growing.algebra()) {
            orbits.insert(self.growing.orbit(&word)?);
        }
        let Some(grown) = self.program(orbits)? else { return Ok(None) };
        match self.solve(vec![grown]) {
            Err(Error::Solve(SolveError::Interrupted)) => Ok(None),
            solved => Ok(solved?.pop()),
        }
    }

    /// A set of orbits with a bound that is better by more than `least`; `None` if there is none, or none within the limits.
    fn round(&mut self, current: &Solved, least: f64) -> Result<Option<Solved>, Error> {
        let what = format!("words by orbits, {} so far", current.grown.words());
        let _work = self.options.progress.start(&what, (2 + TRIED) as f64 * seconds_of(&current.grown));
        let candidates = self.candidates(current)?;
        for some in in_turn(&candidates).chunks(TRIED) {
            let mut tried = Vec::new();
            for &orbit in some {
                tried.extend(self.with(current, &[orbit])?);
            }
            let seconds: f64 = tried.iter().map(seconds_of).sum();
            if seconds > LONG_SECONDS {
                return self.at_once(current, candidates, least);
            }
            if self.spent + seconds > MAX_SECONDS {
                break;
            }
            let solved = self.solve(tried)?;
            if let Some(better) = self.best_of(current, solved, least)? {
                return Ok(Some(better));
            }
        }
        Ok(None)
    }

    /// The current set with all candidates that fit into a share of the time, what gains most for what it costs first.
    fn at_once(
        &mut self,
        current: &Solved,
        mut candidates: Vec<Candidate>,
        least: f64,
    ) -> Result<Option<Solved>, Error> {
        let seconds = AT_ONCE * (MAX_SECONDS - self.spent);
        candidates.retain(|candidate| candidate.gain > 0.0);
        candidates.sort_by(|a, b| b.rate.total_cmp(&a.rate));
        let (mut taken, mut most) = (Vec::new(), None);
        let mut left_out = 0;
        for Candidate { orbit, .. } in candidates {
            taken.push(orbit);
            match self.with(current, &taken)?.filter(|grown| seconds_of(grown) <= seconds) {
                Some(grown) => most = Some(grown),
                None => {
                    taken.pop();
                    left_out += 1;
                }
            }
            if left_out > MOST_LEFT_OUT {
                break;
            }
        }
        let solved = self.solve(most.into_iter().collect())?;
        Ok(solved.into_iter().find(|solved| current.bound - solved.bound > least))
    }

    /// The current set with some orbits more; `None` if it is too large.
    fn with(&mut self, current: &Solved, orbits: &[usize]) -> Result<Option<Grown>, Error> {
        self.program(current.grown.orbits.iter().chain(orbits).copied().collect())
    }

    /// The orbits that may be added.
    fn candidates(&mut self, current: &Solved) -> Result<Vec<Candidate>, Error> {
        let grown = &current.grown;
        for &orbit in &grown.orbits {
            if self.extended.insert(orbit) && self.candidates.len() < MAX_CANDIDATES {
                self.candidates.extend(self.growing.longer(orbit)?);
            }
        }
        self.candidates.retain(|orbit| grown.orbits.binary_search(orbit).is_err());
        for &orbit in &self.candidates {
            self.growing.prepare(grown, orbit)?;
        }
        // At the optimum itself all estimates vanish but for a few; and they are for points on the way of this method.
        let settings = Settings { tolerance: ROUGH, ..self.options.settings.clone() };
        let point = Point::new(grown, InteriorPoint.solve(&grown.program, &settings)?);
        let own = cost_of(&current.grown);
        let candidate = |&orbit: &usize| {
            let Estimate { gain, variables } = self.growing.estimate(grown, &point, orbit);
            let variables = grown.program.variables() + variables;
            let cost = cost(variables, grown.words() + self.growing.words(orbit).len());
            Candidate { orbit, gain, rate: gain / (cost - own).max(LEAST_COST * own) }
        };
        Ok(self.candidates.par_iter().map(candidate).collect())
    }

    /// Of sets that have one orbit more than the current one those that gain most for what they cost, together.
    fn best_of(&mut self, current: &Solved, sets: Vec<Solved>, least: f64) -> Result<Option<Solved>, Error> {
        let gain = |solved: &Solved| current.bound - solved.bound;
        let own = cost_of(&current.grown);
        let rate = |solved: &Solved| gain(solved) / (cost_of(&solved.grown) - own).max(LEAST_COST * own);
        let mut sets: Vec<Solved> = sets.into_iter().filter(|solved| gain(solved) > least).collect();
        sets.sort_by(|a, b| rate(b).total_cmp(&rate(a)));
        let Some(best) = sets.first().map(rate) else { return Ok(None) };
        sets.retain(|solved| rate(solved) >= KEPT * best);
        let first = sets.swap_remove(0);
        if sets.is_empty() {
            return Ok(Some(first));
        }
        let orbits = |solved: &Solved| solved.grown.orbits.clone();
        let together = match self.program(sets.iter().chain([&first]).flat_map(orbits).collect())? {
            Some(grown) => self.solve(vec![grown])?.pop(),
            None => None,
        };
        Ok(Some(together.filter(|together| together.bound < first.bound).unwrap_or(first)))
    }

    /// A set of orbits with its program; `None` if it is too large.
    fn program(&mut self, orbits: BTreeSet<usize>) -> Result<Option<Grown>, Error> {
        let orbits: Vec<usize> = orbits.into_iter().collect();
        if orbits.iter().map(|&orbit| self.growing.words(orbit).len()).sum::<usize>() > MAX_WORDS {
            return Ok(None);
        }
        let grown = self.growing.program(&orbits, &self.polynomial, self.functional.sense.sign())?;
        let fits =
            |grown: &Grown| check_memory(self.options.backend, &Dimensions::of(&grown.program)).is_ok();
        Ok(grown.filter(fits))
    }

    /// The bounds of some sets, at the same time.
    fn solve(&mut self, sets: Vec<Grown>) -> Result<Vec<Solved>, Error> {
        self.spent += sets.iter().map(seconds_of).sum::<f64>();
        let options = self.options;
        let settings =
            Settings { tolerance: STRICT_TOLERANCE * options.settings.tolerance, ..options.settings.clone() };
        let solved = |mut grown: Grown| {
            let program = &mut grown.program;
            let unit = program.normalise().ok_or(COEFFICIENTS)?;
            let solution = options.backend.solve(program, &settings)?;
            if solution.stop == Stop::Infeasible {
                return Err(Error::Unsolved { stop: solution.stop });
            }
            let (bound, dual) = repair(program, solution.dual)?;
            Ok(Solved { grown, unit, bound: unit * bound, solution: Solution { dual, ..solution } })
        };
        sets.into_par_iter().map(solved).collect()
    }

    /// What is reported of a set, with a certificate or without.
    fn rung(&self, solved: &Solved, prove: bool) -> Result<Rung, Error> {
        let value = self.functional.sense.sign() * solved.bound;
        let Solved { grown, solution, .. } = solved;
        let level = self.name(grown);
        let note = format!("level {level}");
        let (quantity, variables) = if prove {
            let words = self.growing.all_words(&grown.orbits);
            let matrix = MomentMatrix::new(self.growing.algebra().clone(), words);
            (self.proved(solved, &matrix, (value, &note))?, matrix.real_moments())
        } else {
            (Quantity::numerical(value, note), grown.program.variables())
        };
        let group = &self.growth.group;
        let symmetry = self.growth.symmetries.used((group.order(), group.antilinear()), &grown.program, 0.0);
        let real = grown.program.blocks.iter().all(Block::is_real);
        let solver = SolverRun::new(solution, &self.options.settings, grown.words(), real);
        let solver = SolverRun { symmetry: Some(symmetry), ..solver };
        let size = Size { words: grown.words(), variables };
        Ok(Rung { level, value, quantity, size, stop: solution.stop, solver })
    }

    /// The bound with its certificate, for the moment matrix of all words.
    fn proved(&self, solved: &Solved, matrix: &MomentMatrix, note: (f64, &str)) -> Result<Quantity, Error> {
        let Solved { grown, unit, solution, .. } = solved;
        let dual = positive(&grown.program, solution.dual.clone())?;
        let solution = self.growing.reduced(grown).pull_back(Solution { dual, ..solution.clone() });
        let dual = &solution.dual.blocks[0] * faer::Scale(Complex64::from(*unit));
        proved(self.problem, self.functional, matrix, note, &dual)
    }

    /// The level that it began with, and how many words of which letters came to it.
    fn name(&self, grown: &Grown) -> String {
        let Growth { level, .. } = self.growth;
        let own = level.degrees_in(self.growing.algebra());
        let mut added: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
        for &orbit in &grown.orbits {
            let words = self.growing.words(orbit);
            let [alice, bob] = [0, 1].map(|device| words[0].of_device(device).len());
            if !own.contains(&(alice, bob)) {
                *added.entry((alice + bob, bob, alice)).or_default() += words.len();
            }
        }
        let mut name = level.to_string();
        for ((_, bob, alice), words) in added {
            name += &format!(" + {words} {}{}", "A".repeat(alice), "B".repeat(bob));
        }
        name
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::super::bound;
    use super::*;

    fn mub3() -> Problem {
        Problem::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/mub3-transpose.toml")).unwrap()
    }

    fn growth(problem: &Problem, level: &str, options: &Options<'_>) -> Growth {
        let level: Level = level.parse().unwrap();
        let tables = [&problem.functional.as_ref().unwrap().operators];
        let symmetries = Symmetries::of(&problem.scenario, &level, &tables, options);
        Growth::new(problem, level, symmetries).unwrap()
    }

    /// The bounds on the way from a level, as many as are asked for.
    fn grown(problem: &Problem, level: &str, count: usize) -> Vec<Rung> {
        let functional = problem.functional.as_ref().unwrap();
        let options = Options::default();
        let growth = growth(problem, level, &options);
        let mut rungs = Vec::new();
        let mut taken = |rung: Rung| {
            rungs.push(rung);
            rungs.len() < count
        };
        growth.grow(problem, functional, None, &options, &mut taken).unwrap();
        rungs
    }

    /// Orbits lower the bound of the level, but not below the best known model; the last bound is proved.
    #[test]
    fn orbits_lower_the_bound() {
        let rungs = grown(&mub3(), "1+AB", 1);
        let last = rungs.last().unwrap();
        assert!(last.quantity.verified, "{:?}", last.quantity);
        assert!((last.number() - rungs[0].value).abs() < 1e-6);
        assert!(last.number() > 6.783088 && last.number() < 6.8358, "{}", last.number());
        assert!(last.level.starts_with("1+AB + ") && last.size.words < 700, "{}", last.level);
    }

    /// Without trials as many orbits come as there is time for, and they lower the bound; without time none do.
    #[test]
    fn orbits_are_added_at_once() {
        let problem = mub3();
        let functional = problem.functional.as_ref().unwrap();
        let options = Options::default();
        let growth = growth(&problem, "1+AB", &options);
        let letters = Algebra::of_scenario(&problem.scenario).in_unitaries();
        let mut grower = growth.grower(&problem, functional, &options, &letters).unwrap();
        let first = grower.begin().unwrap().unwrap();
        let seconds = 0.05;
        grower.spent = MAX_SECONDS - seconds / AT_ONCE;
        let candidates = grower.candidates(&first).unwrap();
        let next = grower.at_once(&first, candidates, 1e-3).unwrap().unwrap();
        assert!(next.bound < first.bound - 1e-3 && next.bound > 6.783088, "{} {}", first.bound, next.bound);
        assert!(next.grown.orbits.len() > first.grown.orbits.len() + 1);
        assert!(seconds_of(&next.grown) <= seconds);
        grower.spent = MAX_SECONDS;
        let candidates = grower.candidates(&first).unwrap();
        assert!(grower.at_once(&first, candidates, 1e-3).unwrap().is_none());
    }

    /// Every candidate is tried, once, and the orders have the first places in turn.
    #[test]
    fn candidates_come_in_turn() {
        let candidate = |orbit, gain, rate| Candidate { orbit, gain, rate };
        let candidates = [
            candidate(0, 3.0, 0.1),
            candidate(1, 1.0, 0.4),
            candidate(2, 2.0, 0.2),
            candidate(3, -1.0, -0.1),
        ];
        assert_eq!(in_turn(&candidates), [1, 0, 2, 3]);
        assert_eq!(in_turn(&[]), [0; 0]);
    }

    /// The words of a level have the bound of that level, from as many variables.
    #[test]
    fn a_level_has_its_bound() {
        let problem = mub3();
        let functional = problem.functional.as_ref().unwrap();
        let options = Options::default();
        let growth = growth(&problem, "2", &options);
        let letters = Algebra::of_scenario(&problem.scenario).in_unitaries();
        let mut grower = growth.grower(&problem, functional, &options, &letters).unwrap();
        let solved = grower.begin().unwrap().unwrap();
        let options = Options { level: "2".parse().ok(), search: None, ..options };
        let report = bound(&problem, &options).unwrap();
        let expected = report.bounds.quantum_outer.value.unwrap();
        assert!((solved.bound - expected).abs() < 1e-7, "{} {expected}", solved.bound);
        let used = report.solver.symmetry.unwrap();
        assert_eq!(solved.grown.program.variables(), used.variables);
        let sides = |blocks: &mut dyn Iterator<Item = usize>| {
            let mut sides: Vec<usize> = blocks.collect();
            sides.sort_unstable();
            sides
        };
        let own = sides(&mut solved.grown.program.blocks.iter().map(|block| block.size));
        assert_eq!(own, sides(&mut used.blocks.iter().copied()));
    }
}
