//! `steerq info`: sizes and costs before solving.

use super::ladder::{AnyLevel, own_levels};
use super::outer::{Symmetries, dimensions, fixed_words, symmetric_cost, symmetric_dimensions, words};
use super::{Error, ExportedProgram, Options, level, subject};
use crate::algebra::{Algebra, Word, functional_polynomial};
use crate::backend::{Choice, Cost, Dimensions, available_memory};
use crate::moments::{Conjugation, Level, MomentMatrix};
use crate::problem::Problem;
use crate::report::{InfoReport, LevelInfo};

/// The levels that are always listed.
const LEVELS: [&str; 6] = ["1", "1+AB", "2", "1+AB+AAB", "1+AB+ABB", "3"];
/// Moment matrices up to this many words are built to count their classes; it takes about a
/// second.
const MAX_LISTED: usize = 2000;

/// Sizes, memory and time of the usual levels and of the one asked for.
pub fn info(problem: &Problem, options: &Options<'_>) -> Result<InfoReport, Error> {
    problem.refuse_sequential(
        "info",
        "they need no hierarchy of levels: `steerq certify` and `steerq bound` take what they are given",
    )?;
    let algebra = Algebra::of_scenario(&problem.scenario);
    let chosen = level(problem, options);
    let real = Conjugation::fixing(&algebra, &data_words(problem, &algebra)?).is_some();
    let symmetries = data_symmetries(problem, &chosen, options)?;
    let order = symmetries.as_ref().map_or(1, Symmetries::order);
    let mut levels: Vec<Level> = LEVELS.iter().filter_map(|text| text.parse().ok()).collect();
    if !levels.contains(&chosen) {
        levels.push(chosen.clone());
    }
    levels.sort_by_key(|level| level.size(&algebra));
    let same = |one: &Level, other: &Level| one.degrees_in(&algebra) == other.degrees_in(&algebra);
    let mut distinct: Vec<Level> = Vec::new();
    for level in levels {
        match distinct.iter_mut().find(|known| same(known, &level)) {
            // Levels with the same words are listed once, under the name that was asked for.
            Some(known) if level == chosen => *known = level,
            Some(_) => {}
            None => distinct.push(level),
        }
    }
    let available = available_memory();
    let line = |level: String,
                words: usize,
                variables: Option<usize>,
                real: bool,
                dimensions: &Dimensions,
                cost: Cost| {
        let Choice { backend, reason } = options.backend.choice(dimensions);
        let Cost { bytes, seconds } = cost;
        LevelInfo { level, words, variables, real, backend, reason, bytes, seconds, fits: bytes <= available }
    };
    let of_hierarchy = |level: &Level| {
        let words = level.size(&algebra);
        let matrix = (words <= MAX_LISTED).then(|| MomentMatrix::new(algebra.clone(), level.words(&algebra)));
        let mut dimensions = dimensions(words, real);
        if let Some(matrix) = &matrix {
            // In the real form of a class's two moments one is zero.
            dimensions.variables = if real { matrix.classes().len() } else { matrix.real_moments() };
        }
        let mut cost = options.backend.predict(&dimensions);
        if order > 1 {
            cost = symmetric_cost(options, words, order);
            dimensions = symmetric_dimensions(words, order);
        }
        let variables = matrix.map(|matrix| matrix.real_moments());
        line(level.to_string(), words, variables, real, &dimensions, cost)
    };
    let of_its_own = |level: &AnyLevel| {
        let (words, dimensions) = level.own_size(&algebra)?;
        let variables = Some(dimensions.variables);
        Some(line(
            level.to_string(),
            words,
            variables,
            false,
            &dimensions,
            options.backend.predict(&dimensions),
        ))
    };
    let mut levels: Vec<LevelInfo> = distinct.iter().map(of_hierarchy).collect();
    if problem.functional.is_some() {
        let own = own_levels(&algebra, order).into_iter().map(|(level, _)| level);
        levels.extend(own.filter(AnyLevel::is_listed).filter_map(|level| of_its_own(&level)));
    }
    let mut contains = Vec::new();
    if problem.assemblage_with_violations()?.is_some() {
        contains.push("an assemblage");
    }
    if problem.functional.is_some() {
        contains.push("a functional");
    }
    if !problem.noise_is_white() {
        contains.push("its own noise");
    }
    if problem.sweep.is_some() {
        contains.push("a sweep");
    }
    Ok(InfoReport {
        subject: subject(problem),
        contains,
        default_level: chosen.to_string(),
        backend: options.backend.name(),
        program: ExportedProgram::of(problem).name(),
        symmetries: order,
        levels,
    })
}

/// The symmetries of the main program's data.
fn data_symmetries(
    problem: &Problem,
    level: &Level,
    options: &Options<'_>,
) -> Result<Option<Symmetries>, Error> {
    let scenario = &problem.scenario;
    if let Some(functional) = &problem.functional {
        return Ok(Symmetries::of(scenario, level, &[&functional.operators], options));
    }
    // A visibility with another noise than white, or of what is seen of an instrumental assemblage, is solved as it is.
    let as_it_is = scenario.kind.is_instrumental() || !problem.noise_is_white();
    let Some(assemblage) = problem.assemblage()?.filter(|_| !as_it_is) else {
        return Ok(None);
    };
    let noise = problem.noise_for(assemblage);
    Ok(Symmetries::of(scenario, level, &[&assemblage.0, &noise.0], options))
}

/// The words that the main program's data involve: the functional's, else the assemblage's.
fn data_words(problem: &Problem, algebra: &Algebra) -> Result<Vec<Word>, Error> {
    if let Some(functional) = &problem.functional {
        return Ok(words(&functional_polynomial(algebra, functional)));
    }
    match problem.assemblage()? {
        Some(assemblage) => {
            let noise = problem.noise_for(assemblage);
            Ok(fixed_words(&problem.scenario, [assemblage, &noise]))
        }
        None => Ok(Vec::new()),
    }
}
