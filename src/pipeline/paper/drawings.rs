//! The figures of a study.

use super::super::Error;
use super::claims::shown;
use super::study::Study;
use crate::report::figure::{self, LadderFigure, Rung, VisibilityFigure};
use crate::scenario::violations;

fn rung(name: &str, value: Option<f64>) -> Option<Rung> {
    value.map(|value| Rung { name: name.to_owned(), value, label: shown(value) })
}

pub(super) fn ladder_figure(equation: &str, study: &Study) -> Result<String, Error> {
    let bounds = &study.bound.bounds;
    let rungs = [
        rung("classical", bounds.classical.value),
        rung("inner: a model", bounds.quantum_inner.value),
        rung("quantum bound", bounds.quantum_outer.value),
        rung("no-signalling", bounds.no_signalling.value),
    ];
    let assemblage = study.bound.assemblage.as_ref().map(|assemblage| assemblage.value);
    let drawing = figure::ladder(&LadderFigure {
        title: format!("{equation}: the ladder of its inequality"),
        quantity: "Σ tr(F σ)".to_owned(),
        rungs: rungs.into_iter().flatten().collect(),
        assemblage: rung(equation, assemblage),
    })?;
    Ok(drawing.into_svg())
}

pub(super) fn visibility_figure(equation: &str, study: &Study) -> Result<String, Error> {
    let functional = study.problem.require_functional("paper")?;
    let assemblage = study.problem.require_assemblage("paper")?;
    let noise = study.problem.noise_for(assemblage);
    debug_assert!(violations(&study.problem.scenario, &noise).is_empty());
    let bounds = &study.bound.bounds;
    let visibilities = &study.visibility.visibility;
    let horizontal =
        [rung("classical", bounds.classical.value), rung("quantum bound", bounds.quantum_outer.value)];
    let vertical = [
        rung("classical", visibilities.classical.value),
        rung("inner: a model", visibilities.inner.value),
        rung("quantum bound", visibilities.outer.value),
    ];
    let drawing = figure::visibility_curve(&VisibilityFigure {
        title: format!("{equation} under white noise"),
        quantity: "Σ tr(F σ)".to_owned(),
        at_zero: functional.operators.pair(&noise.0).re(),
        at_one: functional.operators.pair(&assemblage.0).re(),
        bounds: horizontal.into_iter().flatten().collect(),
        thresholds: vertical.into_iter().flatten().collect(),
    })?;
    Ok(drawing.into_svg())
}
