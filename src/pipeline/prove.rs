//! From a number to a verified one: write the certificate, have it checked, report what was proved.

use faer::Mat;
use num_complex::Complex64;

use super::Error;
use super::outer::{Outer, Relaxation};
use crate::algebra::{Polynomial, functional_polynomial};
use crate::certificate::{Certificate, Gram, GramError, gram};
use crate::moments::MomentMatrix;
use crate::problem::Problem;
use crate::program::face::{hermitian, restrict};
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

/// A level's bound with the certificate that a Gram matrix of words gives, if it gives one. The words may be in
/// [unitary letters](crate::algebra::Algebra::in_unitaries).
pub(super) fn proved(
    problem: &Problem,
    functional: &Functional,
    matrix: &MomentMatrix,
    (value, note): (f64, &str),
    dual: &Mat<Complex64>,
) -> Result<Quantity, Error> {
    let polynomial = functional_polynomial(matrix.algebra(), functional);
    match gram(matrix, &polynomial, functional.sense.sign(), dual, None) {
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
/// bound program. On a face it is a bound for what lies on the face, and may not hold elsewhere.
pub(super) fn inequality(
    relaxation: &Relaxation,
    scenario: &Scenario,
    outer: &Outer,
) -> Result<Option<Inequality>, Error> {
    let Relaxation { matrix, face, .. } = relaxation;
    let found = match face {
        Some(face) => witness(matrix, scenario, &(&outer.dual + hermitian(face, &outer.equalities))),
        None => witness(matrix, scenario, &outer.dual),
    };
    let Some(found) = found else { return Ok(None) };
    let point = DualPoint {
        blocks: vec![outer.dual.clone()],
        inequalities: Vec::new(),
        equalities: outer.equalities.clone(),
    };
    evaluated(relaxation, found.functional, point.scaled(1.0 / found.scale))
}

/// A functional to be maximised, with the bound that a dual point of its bound program proves.
pub(super) fn evaluated(
    relaxation: &Relaxation,
    functional: Functional,
    point: DualPoint,
) -> Result<Option<Inequality>, Error> {
    let Relaxation { matrix, face, .. } = relaxation;
    let polynomial = functional_polynomial(matrix.algebra(), &functional);
    let mut program = program::bound::bound(matrix, &polynomial, 1.0)?;
    if let Some(face) = face {
        restrict(&mut program, face);
    }
    let (bound, point) = repair(&program, point)?;
    let Some(dual) = point.blocks.first() else { return Ok(None) };
    let face = face.as_ref().map(|face| (face, point.equalities.as_slice()));
    let gram = gram(matrix, &polynomial, 1.0, dual, face)?;
    Ok(Some(Inequality { functional, polynomial, bound, gram }))
}

impl From<GramError> for Error {
    fn from(error: GramError) -> Self {
        match error {
            GramError::Missing(missing) => missing.into(),
            GramError::Eigen(eigen) => eigen.into(),
        }
    }
}
