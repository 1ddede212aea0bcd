//! `steerq export`: the program that would be solved, in SDPA's sparse format.
//!
//! SDPA's form is min Σ c_k x_k subject to Σ x_k F_k − F_0 ⪰ 0, so x = y, c = −b, F_k = A_k and
//! F_0 = −C; b₀ is stated in a comment. Scalar rows form a last, diagonal block: each inequality
//! once, each equality as two inequalities.

use std::fmt::Write as _;

use super::outer::{Relaxation, fixed_words, refuse_large_matrix, words};
use super::{Error, Options, level};
use crate::algebra::{Algebra, functional_polynomial};
use crate::problem::Problem;
use crate::program::{self, Program};
use crate::reduce::Reduced;
use crate::reduce::real_form;
use crate::report::ExportReport;

/// The programs that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportedProgram {
    /// The quantum bound of the functional.
    Bound,
    /// The visibility of the assemblage.
    Visibility,
}

impl ExportedProgram {
    /// Its name, which is that of the command that solves it.
    pub fn name(self) -> &'static str {
        match self {
            ExportedProgram::Bound => "bound",
            ExportedProgram::Visibility => "visibility",
        }
    }

    /// The one that a problem is mainly about: the bound of its functional, or the visibility of its
    /// assemblage if it has no functional.
    pub(super) fn of(problem: &Problem) -> Self {
        if problem.functional.is_some() { Self::Bound } else { Self::Visibility }
    }
}

/// The chosen program of a problem, else the one that it is mainly about.
pub fn sdpa(
    problem: &Problem,
    chosen: Option<ExportedProgram>,
    options: &Options<'_>,
) -> Result<ExportReport, Error> {
    problem.refuse_sequential("export", "they have no hierarchy of levels to export")?;
    let scenario = &problem.scenario;
    let level = level(problem, options);
    let what = chosen.unwrap_or(ExportedProgram::of(problem));
    refuse_large_matrix(scenario, &level)?;
    let (relaxation, program) = match what {
        ExportedProgram::Bound => {
            let functional = problem.require_functional("export --program bound")?;
            let polynomial = functional_polynomial(&Algebra::of_scenario(scenario), functional);
            let relaxation = Relaxation::to_export(scenario, level, &words(&polynomial))?;
            let program = program::bound::bound(&relaxation.matrix, &polynomial, functional.sense.sign())?;
            (relaxation, program)
        }
        ExportedProgram::Visibility => {
            problem.refuse_curve("export --program visibility")?;
            let assemblage = problem.require_assemblage("export --program visibility")?;
            let noise = problem.noise_for(assemblage);
            let fixed = fixed_words(scenario, [assemblage, &noise]);
            let relaxation = Relaxation::to_export(scenario, level, &fixed)?;
            let program = program::visibility::visibility(&relaxation.matrix, scenario, assemblage, &noise);
            (relaxation, program)
        }
    };
    let reduced = relaxation.reduced(&program)?;
    let program = reduced.as_ref().map_or(&program, Reduced::program);
    let title = problem.title.as_deref().unwrap_or("untitled").replace(['\n', '\r'], " ");
    let mut text = format!("\"{title}: {} at level {}\n", what.name(), relaxation.level);
    let _ = writeln!(
        text,
        "\"maximum of the problem (with min: minus its minimum) = {} - optimum",
        program.offset
    );
    write_program(&mut text, program);
    Ok(ExportReport {
        format: "sdpa",
        program: what.name(),
        level: relaxation.level.to_string(),
        text: Some(text),
        file: None,
    })
}

fn write_program(text: &mut String, program: &Program) {
    let blocks: Vec<_> = program.blocks.iter().map(real_form::apply).collect();
    let rows = program.inequalities.len() + 2 * program.equalities.len();
    let mut sizes: Vec<String> = blocks.iter().map(|block| block.size.to_string()).collect();
    if rows > 0 {
        sizes.push(format!("-{rows}"));
    }
    let costs: Vec<String> = program.objective.iter().map(|b| exact(-b)).collect();
    let _ = writeln!(text, "{} = mDIM", program.variables());
    let _ = writeln!(text, "{} = nBLOCK", sizes.len());
    let _ = writeln!(text, "{} = bLOCKsTRUCT", sizes.join(" "));
    let _ = writeln!(text, "{}", costs.join(" "));
    // Matrix 0 holds −C; matrices from 1 on hold the A_k.
    let mut entries: Vec<(u32, usize, usize, usize, f64)> = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        for entry in &block.entries {
            let (row, column) = (entry.row + 1, entry.column + 1);
            entries.push((0, number + 1, row, column, -entry.constant));
            let terms = entry.terms.iter();
            entries.extend(terms.map(|&(k, value)| (k + 1, number + 1, row, column, value)));
        }
    }
    let scalar = program.inequalities.iter().map(|form| (form, 1.0));
    let both = program.equalities.iter().flat_map(|form| [(form, 1.0), (form, -1.0)]);
    for (row, (form, sign)) in scalar.chain(both).enumerate() {
        let (number, row) = (blocks.len() + 1, row + 1);
        entries.push((0, number, row, row, -sign * form.constant));
        entries.extend(form.terms.iter().map(|&(k, value)| (k + 1, number, row, row, sign * value)));
    }
    entries.retain(|entry| entry.4 != 0.0);
    entries.sort_by_key(|&(matrix, block, row, column, _)| (matrix, block, row, column));
    for (matrix, block, row, column, value) in entries {
        let _ = writeln!(text, "{matrix} {block} {row} {column} {}", exact(value));
    }
}

/// An f64 in the shortest notation that reads back as the same number; no negative zero.
fn exact(value: f64) -> String {
    format!("{}", value + 0.0)
}
