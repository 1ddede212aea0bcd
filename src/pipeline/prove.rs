//! From a number to a verified one: write the certificate, have it checked, report what was proved.

use faer::Mat;
use num_complex::Complex64;

use super::Error;
use super::outer::Relaxation;
use crate::algebra::{Polynomial, functional_polynomial};
use crate::certificate::{Certificate, Gram, GramError, gram};
use crate::moments::MomentMatrix;
use crate::problem::Problem;
use crate::program::witness::witness;
use crate::program::{self, DualPoint, repair};
use crate::report::Quantity;
use crate::scenario::{Functional, Scenario};

/// The quantity that a certificate proves, or the numerical one with the checker's words.
pub(super) fn quantity(numerical: f64, note: &str, certificate: Option<Certificate>) -> Quantity {
    match certificate.map(|certificate| certificate.verify()) {
        Some(Ok(verified)) => Quantity::verified(verified, note),
        Some(Err(reason)) => Quantity::numerical(numerical, format!("{note}; no certificate: {reason}")),
        None => Quantity::numerical(numerical, note),
    }
}

/// A level's bound with the certificate that a Gram matrix of words gives, if it gives one.
pub(super) fn proved(
    problem: &Problem,
    functional: &Functional,
    (matrix, polynomial): (&MomentMatrix, &Polynomial),
    (value, note): (f64, &str),
    dual: &Mat<Complex64>,
) -> Result<Quantity, Error> {
    match gram(matrix, polynomial, functional.sense.sign(), dual) {
        Ok(gram) => {
            let certificate = Certificate::quantum_bound(&problem.scenario, functional, &gram);
            Ok(quantity(value, note, Some(certificate.titled(problem.title.as_deref()))))
        }
        Err(GramError::Missing(missing)) => Err(missing.into()),
        Err(GramError::Eigen(error)) => {
            Ok(Quantity::numerical(value, format!("{note}; no certificate: {error}")))
        }
    }
}

/// The steering inequality in the dual of a visibility program, with the proof of its bound.
pub(super) struct Inequality {
    pub functional: Functional,
    pub polynomial: Polynomial,
    /// Σ tr(Fσ) ≤ bound on the quantum set, evaluated in f64.
    pub bound: f64,
    pub gram: Gram,
}

/// The inequality of a dual; `None` if it is trivial.
///
/// The bound is evaluated afresh: F is a functional in its own right, and Z a dual point of *its*
/// bound program.
pub(super) fn inequality(
    relaxation: &Relaxation,
    scenario: &Scenario,
    dual: &Mat<Complex64>,
) -> Result<Option<Inequality>, Error> {
    let Some(found) = witness(&relaxation.matrix, scenario, dual) else { return Ok(None) };
    let polynomial = functional_polynomial(relaxation.matrix.algebra(), &found.functional);
    let program = program::bound::bound(&relaxation.matrix, &polynomial, 1.0)?;
    let point = DualPoint { blocks: vec![found.dual], inequalities: Vec::new(), equalities: Vec::new() };
    let (bound, point) = repair(&program, point)?;
    let Some(dual) = point.blocks.first() else { return Ok(None) };
    let gram = gram(&relaxation.matrix, &polynomial, 1.0, dual)?;
    Ok(Some(Inequality { functional: found.functional, polynomial, bound, gram }))
}

impl From<GramError> for Error {
    fn from(error: GramError) -> Self {
        match error {
            GramError::Missing(missing) => missing.into(),
            GramError::Eigen(eigen) => eigen.into(),
        }
    }
}
