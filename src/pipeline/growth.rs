//! Words chosen by orbits: of what the next levels would add only what lowers the bound.
//!
//! Symmetries leave few variables to many words, and take words to each other orbit by orbit. Candidates are the orbits that are one
//! letter longer than one that was chosen. The multipliers of the bound so far tell of each about what it would take off
//! ([`Growing::estimate`]); the first few are tried, and those kept that take off most for what they cost. So a few hundred words do
//! more than the thousands of a level.

use std::collections::{BTreeMap, BTreeSet};

use faer::Mat;
use num_complex::Complex64;
use rayon::prelude::*;

use super::bound::COEFFICIENTS;
use super::ladder::Rung;
use super::outer::{STRICT_TOLERANCE, Symmetries, proof_seconds};
use super::prove::proved;
use super::{Error, Options};
use crate::algebra::{Algebra, Polynomial, functional_polynomial};
use crate::backend::{Dimensions, Settings, SolveError, check_memory};
use crate::moments::{Level, MomentMatrix};
use crate::problem::Problem;
use crate::program::{Solution, Stop, positive, repair};
use crate::reduce::symmetry::{Growing, Grown};
use crate::reduce::{in_projectors, of_unitaries};
use crate::report::{Quantity, Size, SolverRun};
use crate::scenario::Functional;
use crate::symmetry::Group;

/// How many candidates are tried at a time, those first that are estimated to take off most.
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
const MAX_WORDS: usize = 2200;
/// More candidates are as many small orbits, each of which does little.
const MAX_CANDIDATES: usize = 500;
/// The tolerance of the point at which candidates are compared.
const ROUGH: f64 = 1e-4;
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
        let algebra = Algebra::of_scenario(&problem.scenario);
        let letters = algebra.in_unitaries();
        match self.grower(problem, functional, options, (&algebra, &letters)) {
            Some(mut grower) => grower.run(inner, taken),
            None => Ok(()),
        }
    }

    /// What grows it, in an algebra and its unitary letters.
    fn grower<'a>(
        &'a self,
        problem: &'a Problem,
        functional: &'a Functional,
        options: &'a Options<'a>,
        (algebra, letters): (&'a Algebra, &'a Algebra),
    ) -> Option<Grower<'a>> {
        Some(Grower {
            growth: self,
            problem,
            functional,
            options,
            algebra,
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
    algebra: &'a Algebra,
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
    /// The words that the proof takes.
    proof_words: usize,
    unit: f64,
    /// The bound of the maximum of sign·functional.
    bound: f64,
    solution: Solution,
}

impl Solved {
    /// What it costs in predicted seconds to have it: those that come later are solved as often as candidates are tried.
    fn cost(&self) -> f64 {
        TRIED as f64 * seconds(&self.grown) + proof_seconds(self.proof_words)
    }
}

/// What interior points are predicted to take for a program in which every variable occurs in many entries, which those of moment
/// matrices do not.
fn seconds(grown: &Grown) -> f64 {
    const SECONDS: f64 = 4e-7;
    const POWER: f64 = 2.4;
    SECONDS * (grown.program.variables() as f64).powf(POWER)
}

impl Grower<'_> {
    fn run(&mut self, inner: Option<f64>, taken: &mut Taken<'_>) -> Result<(), Error> {
        let sign = self.functional.sense.sign();
        let gap = |bound: f64| inner.map(|inner| bound - sign * inner);
        let Some(mut current) = self.begin()? else { return Ok(()) };
        let (mut unproved, mut pending) = (0.0, false);
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
            pending = !closed && proof_seconds(current.proof_words) > PROOF_SHARE * unproved;
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
        let Some(grown) = self.program(&orbits)? else { return Ok(None) };
        match self.solve(vec![grown]) {
            Err(Error::Solve(SolveError::Interrupted)) => Ok(None),
            solved => Ok(solved?.pop()),
        }
    }

    /// A set of orbits with a bound that is better by more than `least`; `None` if there is none, or none within the limits.
    fn round(&mut self, current: &Solved, least: f64) -> Result<Option<Solved>, Error> {
        let what = format!("words by orbits, {} so far", current.grown.words());
        let _work = self.options.progress.start(&what, (2 + TRIED) as f64 * seconds(&current.grown));
        let candidates = self.candidates(current)?;
        let have = &current.grown.orbits;
        for some in candidates.chunks(TRIED) {
            let mut tried = Vec::new();
            for &orbit in some {
                tried.extend(self.program(&have.iter().copied().chain([orbit]).collect())?);
            }
            if self.spent + tried.iter().map(seconds).sum::<f64>() > MAX_SECONDS {
                break;
            }
            let solved = self.solve(tried)?;
            if let Some(better) = self.best_of(current, solved, least)? {
                return Ok(Some(better));
            }
        }
        Ok(None)
    }

    /// The orbits that may be added, what is estimated to take off most first.
    fn candidates(&mut self, current: &Solved) -> Result<Vec<usize>, Error> {
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
        // At the optimum itself all estimates vanish but for a few.
        let settings = Settings { tolerance: ROUGH, ..self.options.settings.clone() };
        let Solution { y, dual, .. } = self.options.backend.solve(&grown.program, &settings)?;
        let estimate = |&orbit: &usize| (self.growing.estimate(grown, &y, &dual.blocks, orbit), orbit);
        let mut estimates: Vec<(f64, usize)> = self.candidates.par_iter().map(estimate).collect();
        estimates.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(estimates.into_iter().map(|(_, orbit)| orbit).collect())
    }

    /// Of sets that have one orbit more than the current one those that gain most for what they cost, together.
    fn best_of(&mut self, current: &Solved, sets: Vec<Solved>, least: f64) -> Result<Option<Solved>, Error> {
        let gain = |set: &Solved| current.bound - set.bound;
        let own = current.cost();
        let rate = |set: &Solved| gain(set) / (set.cost() - own).max(1e-3 * own);
        let mut sets: Vec<Solved> = sets.into_iter().filter(|set| gain(set) > least).collect();
        sets.sort_by(|a, b| rate(b).total_cmp(&rate(a)));
        let Some(best) = sets.first().map(rate) else { return Ok(None) };
        sets.retain(|set| rate(set) >= KEPT * best);
        let first = sets.swap_remove(0);
        let orbits = sets.iter().chain([&first]).flat_map(|set| set.grown.orbits.iter().copied()).collect();
        let together = match self.program(&orbits)?.filter(|_| !sets.is_empty()) {
            Some(grown) => self.solve(vec![grown])?.pop(),
            None => None,
        };
        Ok(Some(together.filter(|together| together.bound < first.bound).unwrap_or(first)))
    }

    /// The program of a set of orbits; `None` if it is too large.
    fn program(&mut self, orbits: &BTreeSet<usize>) -> Result<Option<Grown>, Error> {
        let orbits: Vec<usize> = orbits.iter().copied().collect();
        if self.proof_words(&orbits)? > MAX_WORDS {
            return Ok(None);
        }
        let grown = self.growing.program(&orbits, &self.polynomial, self.functional.sense.sign())?;
        let fits =
            |grown: &Grown| check_memory(self.options.backend, &Dimensions::of(&grown.program)).is_ok();
        Ok(grown.filter(fits))
    }

    /// The words that the proof of a bound takes.
    fn proof_words(&mut self, orbits: &[usize]) -> Result<usize, Error> {
        let closed = self.growing.with_projectors(orbits, self.algebra)?;
        Ok(closed.iter().map(|&orbit| self.growing.words(orbit).len()).sum())
    }

    /// The bounds of some sets, at the same time.
    fn solve(&mut self, sets: Vec<Grown>) -> Result<Vec<Solved>, Error> {
        self.spent += sets.iter().map(seconds).sum::<f64>();
        let mut words = Vec::with_capacity(sets.len());
        for grown in &sets {
            words.push(self.proof_words(&grown.orbits)?);
        }
        let options = self.options;
        let settings =
            Settings { tolerance: STRICT_TOLERANCE * options.settings.tolerance, ..options.settings.clone() };
        let solved = |(mut grown, proof_words): (Grown, usize)| {
            let unit = grown.program.normalise().ok_or(COEFFICIENTS)?;
            let solution = options.backend.solve(&grown.program, &settings)?;
            if solution.stop == Stop::Infeasible {
                return Err(Error::Unsolved { stop: solution.stop });
            }
            let (bound, dual) = repair(&grown.program, solution.dual)?;
            Ok(Solved {
                grown,
                proof_words,
                unit,
                bound: unit * bound,
                solution: Solution { dual, ..solution },
            })
        };
        sets.into_par_iter().zip(words).map(solved).collect()
    }

    /// What is reported of a set, with a certificate or without.
    fn rung(&mut self, solved: &Solved, prove: bool) -> Result<Rung, Error> {
        let value = self.functional.sense.sign() * solved.bound;
        let level = self.name(&solved.grown);
        let note = format!("level {level}");
        let Solved { grown, solution, .. } = solved;
        let (quantity, variables) = if prove {
            let words = self.growing.all_words(&grown.orbits);
            let variables = MomentMatrix::new(self.growing.algebra().clone(), words).real_moments();
            (self.proved(solved, (value, &note))?, variables)
        } else {
            (Quantity::numerical(value, note), grown.program.variables())
        };
        let group = &self.growth.group;
        let symmetry = self.growth.symmetries.used((group.order(), group.antilinear()), &grown.program, 0.0);
        let solver = SolverRun {
            backend: solution.backend,
            precision: self.options.settings.precision.name(),
            status: solution.stop.to_string(),
            iterations: solution.iterations,
            seconds: solution.seconds,
            side: grown.words(),
            real: grown.program.blocks.iter().all(|block| block.is_real()),
            symmetry: Some(symmetry),
            face: None,
        };
        let size = Size { words: grown.words(), variables };
        Ok(Rung { level, value, quantity, size, stop: solution.stop, solver })
    }

    /// The bound with its certificate.
    fn proved(&mut self, solved: &Solved, note: (f64, &str)) -> Result<Quantity, Error> {
        let Solved { grown, unit, solution, .. } = solved;
        let dual = positive(&grown.program, solution.dual.clone())?;
        let solution = self.growing.reduced(grown).pull_back(Solution { dual, ..solution.clone() });
        let own = &solution.dual.blocks[0];
        let closed = self.growing.with_projectors(&grown.orbits, self.algebra)?;
        let words = of_unitaries(self.algebra, &self.growing.all_words(&closed));
        let (n, side) = (own.nrows(), words.len());
        let z = Mat::from_fn(
            side,
            side,
            |i, j| {
                if i < n && j < n { own[(i, j)] * unit } else { Complex64::ZERO }
            },
        );
        let matrix = MomentMatrix::new(self.algebra.clone(), words);
        let Some(z) = in_projectors(self.algebra, matrix.words(), z) else {
            return Ok(Quantity::numerical(note.0, format!("{}; no certificate: words are missing", note.1)));
        };
        let polynomial = functional_polynomial(self.algebra, self.functional);
        proved(self.problem, self.functional, (&matrix, &polynomial), note, &z)
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

    /// The bounds on the way from a level, as many as are asked for.
    fn grown(problem: &Problem, level: &str, count: usize) -> Vec<Rung> {
        let functional = problem.functional.as_ref().unwrap();
        let (level, options): (Level, _) = (level.parse().unwrap(), Options::default());
        let symmetries = Symmetries::of(&problem.scenario, &level, &[&functional.operators], &options);
        let growth = Growth::new(problem, level, symmetries).unwrap();
        let mut rungs = Vec::new();
        let mut taken = |rung: Rung| {
            rungs.push(rung);
            rungs.len() < count
        };
        growth.grow(problem, functional, None, &options, &mut taken).unwrap();
        rungs
    }

    /// Orbits lower the bound of the level, but not below the best known model; the last bound is proved, in the letters of the
    /// scenario, which are projectors.
    #[test]
    fn orbits_lower_the_bound() {
        let rungs = grown(&mub3(), "1+AB", 1);
        let last = rungs.last().unwrap();
        assert!(last.quantity.verified, "{:?}", last.quantity);
        assert!((last.number() - rungs[0].value).abs() < 1e-6);
        assert!(last.number() > 6.783088 && last.number() < 6.8358, "{}", last.number());
        assert!(last.level.starts_with("1+AB + ") && last.size.words < 700, "{}", last.level);
    }

    /// The words of a level have the bound of that level, from as many variables.
    #[test]
    fn a_level_has_its_bound() {
        let problem = mub3();
        let functional = problem.functional.as_ref().unwrap();
        let (level, options): (Level, _) = ("2".parse().unwrap(), Options::default());
        let symmetries = Symmetries::of(&problem.scenario, &level, &[&functional.operators], &options);
        let growth = Growth::new(&problem, level.clone(), symmetries).unwrap();
        let algebra = Algebra::of_scenario(&problem.scenario);
        let letters = algebra.in_unitaries();
        let mut grower = growth.grower(&problem, functional, &options, (&algebra, &letters)).unwrap();
        let solved = grower.begin().unwrap().unwrap();
        let options = Options { level: Some(level), search: None, ..options };
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
