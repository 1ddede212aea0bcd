//! A level of the hierarchy for one problem: built once, refused early if too large, solved in
//! its real form where there is one, bounded on the original program.

use faer::Mat;
use num_complex::Complex64;

use super::{BACKEND, Error, Options};
use crate::algebra::{Algebra, Polynomial, Word};
use crate::backend::{Cost, Dimensions, SolveError, available_memory, check_memory};
use crate::moments::{Conjugation, Level, MomentMatrix, nonzero_words};
use crate::program::{Program, Solution, Stop, repair};
use crate::reduce::conjugation;
use crate::report::{Size, SolverRun};
use crate::scenario::{Assemblage, Scenario};

/// A moment matrix, and the conjugation that makes its programs real.
pub(super) struct Relaxation {
    pub level: Level,
    pub matrix: MomentMatrix,
    conjugation: Option<Conjugation>,
    cost: Cost,
}

/// What a solve gives: the only number that counts, and the dual that proves it.
pub(super) struct Outer {
    /// An upper bound on the program's value, evaluated in f64 on the original program.
    pub bound: f64,
    /// The multiplier of Γ ⪰ 0.
    pub dual: Mat<Complex64>,
    pub solver: SolverRun,
}

impl Relaxation {
    /// Builds the moment matrix of a level, unless it or its solution would not fit in memory.
    /// `fixed` are the words whose moments the program's data weigh or fix: a conjugation must
    /// leave them unchanged.
    pub fn new(scenario: &Scenario, level: Level, fixed: &[Word]) -> Result<Self, Error> {
        Self::unless(scenario, level, fixed, |dimensions| check_memory(BACKEND, dimensions))
    }

    /// The same for a program that is not solved here: only the matrix itself must fit.
    pub fn to_export(scenario: &Scenario, level: Level, fixed: &[Word]) -> Result<Self, Error> {
        Self::unless(scenario, level, fixed, |_| Ok(()))
    }

    fn unless(
        scenario: &Scenario,
        level: Level,
        fixed: &[Word],
        refuse: impl FnOnce(&Dimensions) -> Result<(), SolveError>,
    ) -> Result<Self, Error> {
        let algebra = Algebra::of_scenario(scenario);
        let words = level.size(&algebra);
        let conjugation = Conjugation::fixing(&algebra, fixed);
        let dimensions = dimensions(words, conjugation.is_some());
        refuse(&dimensions)?;
        check_matrix(words)?;
        let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
        Ok(Self { level, matrix, conjugation, cost: BACKEND.predict(&dimensions) })
    }

    pub fn size(&self) -> Size {
        Size { words: self.matrix.size(), variables: self.matrix.real_moments() }
    }

    /// Solves a program whose first block is this moment matrix.
    pub fn solve(&self, program: &Program, options: &Options<'_>) -> Result<Outer, Error> {
        let what = format!("level {}: {} words", self.level, self.matrix.size());
        let _shown = options.progress.start(&what, self.cost.seconds);
        let reduced = self.reduced(program);
        let solution = match &reduced {
            Some(reduced) => reduced.pull_back(BACKEND.solve(&reduced.program, &options.settings)?),
            None => BACKEND.solve(program, &options.settings)?,
        };
        if solution.stop == Stop::Infeasible {
            return Err(Error::NoSolution { level: self.level.clone() });
        }
        let (bound, dual) = repair(program, solution.dual.clone())?;
        if !bound.is_finite() {
            return Err(Error::Unsolved { stop: solution.stop });
        }
        let real = reduced.is_some() || program.blocks.iter().all(|block| block.is_real());
        let solver = self.run(&solution, real);
        let dual = dual.blocks.into_iter().next().unwrap_or_else(|| Mat::zeros(0, 0));
        Ok(Outer { bound, dual, solver })
    }

    /// The program as it is handed to the solver.
    pub fn reduced(&self, program: &Program) -> Option<conjugation::Reduced> {
        let found = self.conjugation.as_ref()?;
        let flips = self.matrix.words().iter().map(|word| found.flips(word)).collect();
        conjugation::apply(program, vec![flips])
    }

    fn run(&self, solution: &Solution, real: bool) -> SolverRun {
        SolverRun {
            backend: BACKEND.name(),
            precision: "f64",
            status: solution.stop.to_string(),
            iterations: solution.iterations,
            seconds: solution.seconds,
            side: if real { self.matrix.size() } else { 2 * self.matrix.size() },
            real,
        }
    }
}

/// Refuses a level that does not fit in memory whatever the data are, before any of them is looked
/// at: as if it had a real form.
pub(super) fn refuse_too_large(scenario: &Scenario, level: &Level) -> Result<(), Error> {
    let words = level.size(&Algebra::of_scenario(scenario));
    check_memory(BACKEND, &dimensions(words, true))?;
    check_matrix(words)
}

/// The same for a program that is not solved here.
pub(super) fn refuse_large_matrix(scenario: &Scenario, level: &Level) -> Result<(), Error> {
    check_matrix(level.size(&Algebra::of_scenario(scenario)))
}

fn check_matrix(words: usize) -> Result<(), Error> {
    let (needed, available) = (matrix_bytes(words), available_memory());
    if needed > available {
        return Err(SolveError::TooLarge { backend: "moment matrix", needed, available }.into());
    }
    Ok(())
}

/// The dimensions of a level's program, before anything is built; variables are at most as many
/// as entries and do not dominate. A number of words that saturated leaves room to be doubled.
pub(super) fn dimensions(words: usize, real: bool) -> Dimensions {
    let words = words.min(usize::MAX / 2);
    Dimensions { blocks: vec![(words, real)], variables: words.saturating_mul(words) / 4, rows: 2 }
}

/// The memory of a moment matrix and its program: a class entry (8 bytes) and a block entry
/// (about 120) for each entry of the upper triangle, and about 100 for each class.
fn matrix_bytes(words: usize) -> u64 {
    const BYTES_PER_ENTRY: u64 = 240;
    let words = words as u64;
    words.saturating_mul(words.saturating_add(1)) / 2 * BYTES_PER_ENTRY
}

/// The words of a polynomial.
pub(super) fn words(polynomial: &Polynomial) -> Vec<Word> {
    polynomial.terms().map(|(word, _)| word.clone()).collect()
}

/// The words whose moments a visibility program fixes to something other than zero.
pub(super) fn fixed_words(scenario: &Scenario, assemblages: [&Assemblage; 2]) -> Vec<Word> {
    let algebra = Algebra::of_scenario(scenario);
    assemblages.into_iter().flat_map(|assemblage| nonzero_words(&algebra, scenario, assemblage)).collect()
}
