//! A level of the hierarchy for one problem: built once, refused early if too large, solved in
//! its real form where there is one, bounded on the original program.

use std::time::Instant;

use faer::Mat;
use num_complex::Complex64;

use super::{Error, Options};
use crate::algebra::{Algebra, Polynomial, Word};
use crate::backend::{Cost, Dimensions, Precision, Settings, SolveError, available_memory, check_memory};
use crate::moments::{Conjugation, Face, Level, MomentMatrix, nonzero_words};
use crate::num::Number;
use crate::program::{DualPoint, Enclosure, Program, Solution, Stop, dual_bound, positive, repair};
use crate::reduce::{Reduced, conjugation, face, symmetry, unitary};
use crate::report::{FaceUse, Size, SolverRun, SymmetryUse, common_digits};
use crate::scenario::{Assemblage, OperatorTable, Scenario};
use crate::symmetry::{Action, Group, symmetries};

/// A moment matrix, and what makes its programs smaller: the conjugation that makes them real, or the symmetries of their
/// data.
pub(super) struct Relaxation {
    pub level: Level,
    pub matrix: MomentMatrix,
    conjugation: Option<Conjugation>,
    symmetries: Option<Symmetries>,
    /// The kernel that it has in all that the programs are about.
    pub face: Option<Face>,
    /// What it took to find it.
    face_seconds: f64,
}

/// The symmetries of a problem's data.
#[derive(Debug, Clone)]
pub(super) struct Symmetries {
    /// In the letters that are all unitary.
    group: Group,
    /// Its generators in words.
    generators: Vec<String>,
    /// Whether each was proved without rounding.
    exact: bool,
    /// What it took to find them.
    seconds: f64,
}

impl Symmetries {
    /// The number of elements of the group that is used.
    pub fn order(&self) -> usize {
        self.group.order()
    }

    /// Those of them that take letters to multiples of letters; `None` if there are none but the identity.
    pub fn monomial(&self, scenario: &Scenario) -> Option<Group> {
        if self.group.is_monomial() {
            return Some(self.group.clone());
        }
        let letters = Algebra::of_scenario(scenario).in_unitaries();
        self.group.monomial(&letters).filter(|simple| simple.order() > 1)
    }

    /// What is to be said of a program of their moments that uses so many of them (of which some conjugate numbers), and took so many seconds to make.
    pub fn used(&self, (order, antiunitary): (usize, usize), program: &Program, seconds: f64) -> SymmetryUse {
        SymmetryUse {
            order,
            found: self.order(),
            antiunitary,
            exact: self.exact,
            generators: self.generators.clone(),
            blocks: program.blocks.iter().map(|block| block.size).collect(),
            variables: program.variables(),
            seconds: self.seconds + seconds,
        }
    }

    /// Those that all tables share; `None` if there are none, or they are not to be used.
    pub fn of(
        scenario: &Scenario,
        level: &Level,
        tables: &[&OperatorTable],
        options: &Options<'_>,
    ) -> Option<Self> {
        /// Larger groups than this and so many times the number of words are cut down to what fewer generators make: bases
        /// are found by averaging over all elements, and there is nothing left to save.
        const MOST: usize = 8192;
        const PER_WORD: usize = 16;
        // Bases are in double precision, and so would be what is solved in them.
        if !options.symmetry || options.settings.precision != Precision::F64 {
            return None;
        }
        let start = Instant::now();
        let found = symmetries(scenario, tables);
        let algebra = Algebra::of_scenario(scenario).in_unitaries();
        let actions: Vec<Action> = found.iter().map(|symmetry| Action::new(&algebra, symmetry)).collect();
        let most = level.size(&algebra).saturating_mul(PER_WORD).min(MOST);
        // Those that exchange inputs or conjugate numbers come last, and are worth the most.
        let (used, group) = match Group::generated(&algebra, &actions, most) {
            Some(group) => ((0..found.len()).collect(), group),
            None => within(&algebra, &actions, most),
        };
        (group.order() > 1).then(|| Self {
            group,
            generators: used.iter().map(|&k| found[k].to_string()).collect(),
            exact: used.iter().all(|&k| found[k].is_exact()),
            seconds: start.elapsed().as_secs_f64(),
        })
    }
}

/// As many actions as generate a group of at most `most` elements, taken from the last one on, and the group.
fn within(algebra: &Algebra, actions: &[Action], most: usize) -> (Vec<usize>, Group) {
    let (mut used, mut group) = (Vec::new(), Group::trivial(algebra));
    for number in (0..actions.len()).rev() {
        let with: Vec<Action> = used.iter().chain([&number]).map(|&k: &usize| actions[k].clone()).collect();
        if let Some(larger) = Group::generated(algebra, &with, most) {
            used.push(number);
            group = larger;
        }
    }
    (used, group)
}

/// What a solve gives: the only number that counts, and the dual that proves it.
pub(super) struct Outer {
    /// An upper bound on the program's value, evaluated in f64 on the original program.
    pub bound: f64,
    /// The multiplier of Γ ⪰ 0.
    pub dual: Mat<Complex64>,
    /// Those of the other blocks.
    pub others: Vec<Mat<Complex64>>,
    /// Those of the equalities of a face.
    pub equalities: Vec<f64>,
    /// The program's variables.
    pub y: Vec<f64>,
    /// Why the solver stopped.
    pub stop: Stop,
    pub solver: SolverRun,
    enclosure: Option<Enclosure>,
}

impl Outer {
    /// The digits of the optimum times a factor, as many as the solver and the program's coefficients give;
    /// `exact` says that none of these was rounded.
    pub fn digits(&self, factor: f64, exact: bool) -> Option<String> {
        let enclosure = self.enclosure.as_ref()?.scaled(factor)?;
        let enclosure = if exact { enclosure } else { enclosure.before_rounding()? };
        common_digits(&enclosure.lower, &enclosure.upper)
    }
}

/// How much closer a symmetric program, or one on a face, is solved: the last digits of a small one cost nothing.
pub(super) const STRICT_TOLERANCE: f64 = 0.2;

/// What a dual may lose on its way back, relative to its bound: far above rounding. A basis that fits the symmetries, or a face,
/// badly would show here, and the program is then solved without them.
const LOSS: f64 = 1e-7;

impl Relaxation {
    /// Builds the moment matrix of a level, unless it or its solution would not fit in memory.
    /// `fixed` are the words whose moments the program's data weigh or fix: a conjugation must
    /// leave them unchanged.
    pub fn new(
        scenario: &Scenario,
        level: Level,
        fixed: &[Word],
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        Self::unless(scenario, level, fixed, |dimensions| check_memory(options.backend, dimensions))
    }

    /// With the symmetries that its data were found to have.
    pub fn with(self, symmetries: Option<Symmetries>) -> Self {
        Self { symmetries, ..self }
    }

    /// Restricted to a face that it has taken from `start` to find; for programs that are [restricted](crate::program::face::restrict)
    /// to it.
    pub fn on(self, face: Face, start: Instant) -> Self {
        let face_seconds = start.elapsed().as_secs_f64();
        Self { face: Some(face), face_seconds, conjugation: None, ..self }
    }

    /// The same for a program with blocks besides the moment matrix, which has no real form here.
    pub fn of_several_blocks(
        scenario: &Scenario,
        level: Level,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let relaxation = Self::new(scenario, level, &[], options)?;
        Ok(Self { conjugation: None, ..relaxation })
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
        Ok(Self { level, matrix, conjugation, symmetries: None, face: None, face_seconds: 0.0 })
    }

    pub fn size(&self) -> Size {
        Size { words: self.matrix.size(), variables: self.matrix.real_moments() }
    }

    /// Solves a program whose first block is this moment matrix; its values times `scale` are those of the problem.
    pub fn solve(&self, program: &Program, scale: f64, options: &Options<'_>) -> Result<Outer, Error> {
        if let Some(face) = &self.face {
            return self.solve_on(face, program, scale, options);
        }
        let start = Instant::now();
        if let Some(reduced) = self.symmetric(program)? {
            let used = self.used(&reduced, start.elapsed().as_secs_f64());
            let reduced = Reduced::Symmetric(reduced);
            match self.solve_as(program, Some(&reduced), scale, options) {
                Ok((outer, lost)) if lost <= LOSS * outer.bound.abs().max(1.0) => {
                    let solver = SolverRun { symmetry: used, ..outer.solver };
                    return Ok(Outer { solver, ..outer });
                }
                Ok(_) | Err(Error::NoSolution { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let unitary = || self.unitary(program, options.settings.precision);
        let reduced = self.real_form(program).or_else(unitary);
        let (outer, _) = self.solve_as(program, reduced.as_ref(), scale, options)?;
        Ok(outer)
    }

    /// Solves a program that is restricted to a face.
    fn solve_on(
        &self,
        face: &Face,
        program: &Program,
        scale: f64,
        options: &Options<'_>,
    ) -> Result<Outer, Error> {
        let start = Instant::now();
        let none = || Error::NoSolution { level: self.level.clone() };
        let reduced = face::apply(program, &face.kernel)?.ok_or_else(none)?;
        let used = FaceUse {
            vanishing: face.dimension(),
            side: reduced.side(),
            variables: reduced.program.variables(),
            seconds: self.face_seconds + start.elapsed().as_secs_f64(),
        };
        let (outer, lost) = self.solve_as(program, Some(&Reduced::Face(reduced)), scale, options)?;
        if lost > LOSS * outer.bound.abs().max(1.0) {
            return Err(none());
        }
        let solver = SolverRun { face: Some(used), ..outer.solver };
        Ok(Outer { solver, ..outer })
    }

    /// Solves a program by way of a reduced one; by how much its bound is worse than that of the reduced one.
    fn solve_as(
        &self,
        program: &Program,
        reduced: Option<&Reduced>,
        scale: f64,
        options: &Options<'_>,
    ) -> Result<(Outer, f64), Error> {
        let what = format!("level {}: {} words", self.level, self.matrix.size());
        let given = reduced.map_or(program, Reduced::program);
        let cost = options.backend.predict(&Dimensions::of(given));
        let work = options.progress.start(&what, cost.seconds);
        let watch = options.watch(&*work, scale);
        let strict = match reduced {
            // Not where the dual may grow without bound, which scalar rows make possible.
            Some(Reduced::Symmetric(_)) => program.inequalities.is_empty(),
            Some(Reduced::Face(_)) => true,
            _ => false,
        };
        let tolerance = options.settings.tolerance * if strict { STRICT_TOLERANCE } else { 1.0 };
        let settings = Settings { watch, tolerance, ..options.settings.clone() };
        let solution = options.backend.solve(given, &settings)?;
        if solution.stop == Stop::Infeasible {
            return Err(Error::NoSolution { level: self.level.clone() });
        }
        let (solution, bound, lost) = match reduced {
            // What leaves no residual on a program of symmetric moments leaves none on that of all of them; nor does it on that of
            // a face, with multipliers of its equalities; and what is positive is so in other letters, in which little that is
            // negative would grow.
            Some(reduced @ (Reduced::Symmetric(_) | Reduced::Unitary(_) | Reduced::Face(_))) => {
                let (small, dual) = repair(given, solution.dual)?;
                let dual = positive(given, dual)?;
                let solution = reduced.pull_back(program, Solution { dual, ..solution });
                let bound = dual_bound(program, &solution.dual)?;
                (solution, bound, bound - small)
            }
            _ => {
                let solution = match reduced {
                    Some(reduced) => reduced.pull_back(program, solution),
                    None => solution,
                };
                let (bound, dual) = repair(program, solution.dual)?;
                (Solution { dual, ..solution }, bound, 0.0)
            }
        };
        if !bound.is_finite() {
            return Err(Error::Unsolved { stop: solution.stop });
        }
        let real = given.blocks.iter().all(|block| block.is_real());
        let solver = SolverRun::new(&solution, &options.settings, self.matrix.size(), real);
        let Solution { y, stop, enclosure, dual: DualPoint { blocks, equalities, .. }, .. } = solution;
        let mut blocks = blocks.into_iter();
        let dual = blocks.next().unwrap_or_else(|| Mat::zeros(0, 0));
        let others = blocks.collect();
        Ok((Outer { bound, dual, others, equalities, y, stop, solver, enclosure }, lost))
    }

    /// Whether a program with these data has coefficients that are doubles, none of them rounded.
    pub fn is_exact<'a>(&self, mut data: impl Iterator<Item = &'a Number>) -> bool {
        let phases = self.matrix.algebra().phases();
        data.all(Number::is_double) && (0..phases.order()).all(|phase| phases.value(phase).is_double())
    }

    /// The smaller program that is solved instead, if there is one.
    pub fn reduced(&self, program: &Program) -> Result<Option<Reduced>, Error> {
        let symmetric = self.symmetric(program)?.map(Reduced::Symmetric);
        Ok(symmetric.or_else(|| self.real_form(program)))
    }

    /// The program in a basis that is adapted to the symmetries of its data.
    fn symmetric(&self, program: &Program) -> Result<Option<symmetry::Reduced>, Error> {
        let Some(Symmetries { group, .. }) = &self.symmetries else { return Ok(None) };
        // A conjugation alone keeps the classes apart, which solvers make use of.
        if self.conjugation.is_some() && group.order() == 2 && group.antilinear() == 1 {
            return Ok(None);
        }
        let reduced = symmetry::apply(program, &self.matrix, group)?;
        if reduced.is_some() || group.is_monomial() {
            return Ok(reduced);
        }
        let simple = group.monomial(&self.matrix.algebra().in_unitaries());
        match simple.filter(|simple| simple.order() > 1) {
            Some(simple) => Ok(symmetry::apply(program, &self.matrix, &simple)?),
            None => Ok(None),
        }
    }

    /// The program in unitary letters, whose moments are in double precision.
    fn unitary(&self, program: &Program, precision: Precision) -> Option<Reduced> {
        let wanted = precision == Precision::F64;
        wanted.then(|| unitary::apply(program, &self.matrix)).flatten().map(Reduced::Unitary)
    }

    /// The program made real by a conjugation.
    fn real_form(&self, program: &Program) -> Option<Reduced> {
        let found = self.conjugation.as_ref()?;
        let flips = self.matrix.words().iter().map(|word| found.flips(word)).collect();
        conjugation::apply(program, vec![flips]).map(Reduced::Real)
    }

    /// What is to be said of a reduction that took so many seconds.
    fn used(&self, reduced: &symmetry::Reduced, seconds: f64) -> Option<SymmetryUse> {
        let symmetries = self.symmetries.as_ref()?;
        Some(symmetries.used((reduced.order, reduced.antilinear), &reduced.program, seconds))
    }
}

/// Refuses a level that does not fit in memory whatever the data are, before any of them is looked
/// at: as if it had a real form.
pub(super) fn refuse_too_large(
    scenario: &Scenario,
    level: &Level,
    options: &Options<'_>,
) -> Result<(), Error> {
    let words = level.size(&Algebra::of_scenario(scenario));
    check_memory(options.backend, &dimensions(words, true))?;
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

/// The dimensions of a level's program, before anything is built, with as few variables as there may
/// be: each class of a moment matrix has about eight entries or fewer. A number of words that saturated leaves room to be doubled.
pub(super) fn dimensions(words: usize, real: bool) -> Dimensions {
    let words = words.min(usize::MAX / 2);
    Dimensions { blocks: vec![(words, real)], variables: words.saturating_mul(words) / 8, rows: 2 }
}

/// The same where the moment matrix splits under a group of so many symmetries: as many numbers, of blocks and of moments,
/// are left as one block of this side has.
pub(super) fn symmetric_dimensions(words: usize, order: usize) -> Dimensions {
    if order <= 1 {
        return dimensions(words, false);
    }
    let side = (words as f64 / (order as f64).sqrt()).ceil() as usize;
    dimensions(side, false)
}

/// What the proof of a bound takes: an eigenvalue decomposition, and the certificate with its check.
pub(super) fn proof_seconds(words: usize) -> f64 {
    /// For each word cubed.
    const SECONDS: f64 = 4e-9;
    SECONDS * (words as f64).powi(3)
}

/// What a level of so many words costs where there are so many symmetries: the solve, the moment matrix, and the proof, which
/// is about all of its words whatever symmetry saves.
pub(super) fn symmetric_cost(options: &Options<'_>, words: usize, order: usize) -> Cost {
    let solve = options.backend.predict(&symmetric_dimensions(words, order));
    if order <= 1 {
        return solve;
    }
    Cost {
        bytes: solve.bytes.saturating_add(matrix_bytes(words)),
        seconds: solve.seconds + proof_seconds(words),
    }
}

/// The memory of a moment matrix and its program: a class entry (8 bytes) and a block entry
/// (about 120) for each entry of the upper triangle, and about 100 for each class.
fn matrix_bytes(words: usize) -> u64 {
    const BYTES_PER_ENTRY: u64 = 240;
    let words = words as u64;
    words.saturating_mul(words.saturating_add(1)) / 2 * BYTES_PER_ENTRY
}

/// The words of a polynomial, without those whose coefficients are what rounding errors leave of zero,
/// such as cos(π/2) in f64. A conjugation that does not fix these makes the rest real, and costs a bound
/// no more than their size.
pub(super) fn words(polynomial: &Polynomial) -> Vec<Word> {
    const ROUNDING: f64 = 1e-14;
    let size = |coefficient: &Number| coefficient.approx().norm();
    let largest = polynomial.terms().map(|(_, coefficient)| size(coefficient)).fold(0.0, f64::max);
    let kept = polynomial.terms().filter(|(_, coefficient)| size(coefficient) > ROUNDING * largest);
    kept.map(|(word, _)| word.clone()).collect()
}

/// The words whose moments a visibility program fixes to something other than zero.
pub(super) fn fixed_words(scenario: &Scenario, assemblages: [&Assemblage; 2]) -> Vec<Word> {
    let algebra = Algebra::of_scenario(scenario);
    assemblages.into_iter().flat_map(|assemblage| nonzero_words(&algebra, scenario, assemblage)).collect()
}
