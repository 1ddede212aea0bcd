//! Eigenprojectors of normal matrices: exact where the spectrum is, by a numerical eigendecomposition otherwise.

use std::cmp::Ordering;
use std::f64::consts::TAU;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use faer::{Mat, Side, c64};
use thiserror::Error;

use crate::num::{Exact, Matrix, Number, Surd};

/// Why there is no k-th eigenprojector.
#[derive(Clone, Debug, PartialEq, Error)]
pub(super) enum SpectralError {
    #[error("the matrix is {}×{}, and only square matrices have eigenvalues", shape.0, shape.1)]
    NotSquare { shape: (usize, usize) },
    #[error("the matrix is not normal: A·A† and A†·A differ by {defect:.3e}")]
    NotNormal { defect: f64 },
    #[error(
        "there is no eigenvalue number {index}: the distinct eigenvalues are {}, counted from 0",
        list(eigenvalues)
    )]
    OutOfRange { index: i64, eigenvalues: Vec<String> },
    #[error("the eigenvalues could not be computed to working precision")]
    NoConvergence,
}

fn list(eigenvalues: &[String]) -> String {
    eigenvalues.join(", ")
}

/// Eigenvalues closer than this (relative to the largest entry) count as one; well above the rounding errors of a
/// 64×64 eigendecomposition, well below any difference that is meant.
const SAME: f64 = 1e-9;

/// A·A† − A†·A may be this large relative to the square of the largest entry.
const NORMAL: f64 = 1e-10;

/// Powers of a matrix up to this one are tried for being a multiple of the identity.
const MAX_ORDER: usize = 12;

struct Eigenspace {
    eigenvalue: Number,
    projector: Matrix,
}

/// The projector on the eigenspace of the k-th distinct eigenvalue of a normal matrix, counted from 0: in decreasing
/// order for a Hermitian matrix, by argument in [0, 2π) for any other (and by decreasing modulus at equal arguments).
pub(super) fn eigenprojector(matrix: &Matrix, index: i64) -> Result<Matrix, SpectralError> {
    if !matrix.is_square() {
        return Err(SpectralError::NotSquare { shape: matrix.shape() });
    }
    check_normal(matrix)?;
    let mut spaces = match exact_spectrum(matrix) {
        Some(spaces) => spaces,
        None => numerical_spectrum(matrix)?,
    };
    match usize::try_from(index) {
        Ok(k) if k < spaces.len() => Ok(spaces.swap_remove(k).projector),
        _ => {
            let eigenvalues = spaces.iter().map(|space| space.eigenvalue.to_string()).collect();
            Err(SpectralError::OutOfRange { index, eigenvalues })
        }
    }
}

fn check_normal(matrix: &Matrix) -> Result<(), SpectralError> {
    let adjoint = matrix.adjoint();
    let (Ok(left), Ok(right)) = (matrix.mul(&adjoint), adjoint.mul(matrix)) else {
        return Err(SpectralError::NotSquare { shape: matrix.shape() });
    };
    if matrix.is_exact() && left == right {
        return Ok(());
    }
    let defect = left.sub(&right).map_or(f64::INFINITY, |difference| largest(&difference));
    let allowed = if matrix.is_exact() { 0.0 } else { NORMAL * largest(matrix).powi(2) };
    if defect > allowed { Err(SpectralError::NotNormal { defect }) } else { Ok(()) }
}

/// The largest modulus of an entry.
fn largest(matrix: &Matrix) -> f64 {
    matrix.entries().map(|entry| entry.approx().norm()).fold(0.0, f64::max)
}

// ---- exact spectra ----

/// The spectrum of an exact normal matrix that is diagonal, has two eigenvalues, or has a power that is a multiple of
/// the identity; sorted. `None` for others, or where the eigenvalues are no surds.
fn exact_spectrum(matrix: &Matrix) -> Option<Vec<Eigenspace>> {
    if !matrix.is_exact() || matrix.rows() == 0 {
        return None;
    }
    let mut spaces = diagonal_spectrum(matrix)
        .or_else(|| quadratic_spectrum(matrix))
        .or_else(|| cyclic_spectrum(matrix))?;
    if spaces.iter().any(|space| space.eigenvalue.exact().is_none() || !space.projector.is_exact()) {
        return None;
    }
    spaces.sort_by(|a, b| compare_exact(&a.eigenvalue, &b.eigenvalue, matrix.is_exactly_hermitian()));
    Some(spaces)
}

fn compare_exact(a: &Number, b: &Number, hermitian: bool) -> Ordering {
    if let (true, Some(a), Some(b)) = (hermitian, a.exact(), b.exact()) {
        return b.re().cmp(a.re());
    }
    // Exact parts that are zero stay zero as floats, so the branch at angle 0 is safe.
    compare_by_argument(a.approx(), b.approx())
}

fn diagonal_spectrum(matrix: &Matrix) -> Option<Vec<Eigenspace>> {
    let d = matrix.rows();
    let is_diagonal = (0..d).all(|i| (0..d).all(|j| i == j || matrix.get(i, j).is_exactly_zero()));
    if !is_diagonal {
        return None;
    }
    let mut spaces: Vec<Eigenspace> = Vec::new();
    for k in 0..d {
        let eigenvalue = matrix.get(k, k);
        if spaces.iter().any(|space| &space.eigenvalue == eigenvalue) {
            continue;
        }
        let projector = Matrix::from_fn(d, d, |i, j| {
            if i == j && matrix.get(i, i) == eigenvalue { Number::one() } else { Number::zero() }
        });
        spaces.push(Eigenspace { eigenvalue: eigenvalue.clone(), projector });
    }
    Some(spaces)
}

/// A² = sA + t·1: the eigenvalues are the roots of λ² = sλ + t, and P± = (A − λ∓)/(λ± − λ∓). This covers every 2×2
/// matrix, reflections such as Pauli strings, and multiples of projectors.
fn quadratic_spectrum(matrix: &Matrix) -> Option<Vec<Eigenspace>> {
    let d = matrix.rows();
    let square = matrix.mul(matrix).ok()?;
    let (i, j) = (0..d)
        .flat_map(|i| (0..d).map(move |j| (i, j)))
        .find(|&(i, j)| i != j && !matrix.get(i, j).is_exactly_zero())?;
    let s = square.get(i, j).div(matrix.get(i, j)).ok()?;
    let t = square.get(0, 0) - &(&s * matrix.get(0, 0));
    let identity = Matrix::identity(d);
    if square != matrix.scale(&s).add(&identity.scale(&t)).ok()? {
        return None;
    }
    let half = RBig::from_parts(IBig::ONE, UBig::from(2u8));
    let discriminant = &(&s * &s) + &(&t * &Number::from_integer(4));
    let root = Number::from_exact(discriminant.exact()?.sqrt()?);
    let plus = (&s + &root).scale(&half);
    let minus = (&s - &root).scale(&half);
    let space = |eigenvalue: &Number, other: &Number| {
        let inverse = Number::one().div(&(eigenvalue - other)).ok()?;
        let projector = matrix.sub(&identity.scale(other)).ok()?.scale(&inverse);
        Some(Eigenspace { eigenvalue: eigenvalue.clone(), projector })
    };
    Some(vec![space(&plus, &minus)?, space(&minus, &plus)?])
}

/// A^n = c·1: the eigenvalues are among the n-th roots λ of c, and P_λ = (1/n) Σ_m λ^−m A^m. This covers the
/// Heisenberg–Weyl operators, with n the dimension.
fn cyclic_spectrum(matrix: &Matrix) -> Option<Vec<Eigenspace>> {
    let d = matrix.rows();
    let mut powers = vec![Matrix::identity(d)];
    let mut power = matrix.clone();
    while multiple_of_identity(&power).is_none() {
        powers.push(power.clone());
        if powers.len() == MAX_ORDER || !power.is_exact() {
            return None;
        }
        power = power.mul(matrix).ok()?;
    }
    let order = powers.len();
    let weight = RBig::from_parts(IBig::ONE, UBig::from(order));
    let mut spaces = Vec::new();
    for eigenvalue in exact_roots(multiple_of_identity(&power)?.exact()?, order)? {
        let inverse = eigenvalue.inverse()?;
        let mut factor = Exact::from_rational(weight.clone());
        let mut projector = Matrix::zeros(d, d);
        for power in &powers {
            projector = projector.add(&power.scale(&Number::from_exact(factor.clone()))).ok()?;
            factor = &factor * &inverse;
        }
        if projector.entries().any(|entry| !entry.is_exactly_zero()) {
            spaces.push(Eigenspace { eigenvalue: Number::from_exact(eigenvalue), projector });
        }
    }
    Some(spaces)
}

/// The number c of a matrix c·1.
fn multiple_of_identity(matrix: &Matrix) -> Option<&Number> {
    let c = matrix.get(0, 0);
    let d = matrix.rows();
    let is_multiple = (0..d).all(|i| {
        (0..d).all(|j| if i == j { matrix.get(i, i) == c } else { matrix.get(i, j).is_exactly_zero() })
    });
    is_multiple.then_some(c)
}

/// The n-th roots of a non-zero c = ρⁿe^{iφ}, where ρ² is rational and φ a multiple of π/12, if all of them are exact.
fn exact_roots(c: &Exact, n: usize) -> Option<Vec<Exact>> {
    let modulus_squared = rational_root(&c.norm_squared().to_rational()?, n)?;
    let modulus = Exact::from_real(Surd::sqrt_of_rational(&modulus_squared)?);
    let scale = modulus.powi(i64::try_from(n).ok()?)?;
    let angle = |numerator: usize, denominator: usize| {
        RBig::from_parts(IBig::from(numerator), UBig::from(denominator))
    };
    let twelfths = (0..24).find(|twelfths| {
        let phase = Number::phase(&angle(*twelfths, 12));
        phase.exact().is_some_and(|phase| &(phase * &scale) == c)
    })?;
    let root = |j: usize| {
        let phase = Number::phase(&(angle(twelfths, 12 * n) + angle(2 * j, n)));
        phase.exact().map(|phase| phase * &modulus)
    };
    (0..n).map(root).collect()
}

/// The rational n-th root of a positive rational number.
fn rational_root(value: &RBig, n: usize) -> Option<RBig> {
    if value.is_zero() {
        return None;
    }
    let numerator = UBig::try_from(value.numerator().clone()).ok()?;
    let root = RBig::from_parts(numerator.nth_root(n).into(), value.denominator().nth_root(n));
    (root.pow(isize::try_from(n).ok()?) == *value).then_some(root)
}

// ---- numerical spectra ----

/// By eigenvectors of a Hermitian matrix: A itself, or a generic combination of its commuting Hermitian and
/// anti-Hermitian parts, which has the same eigenspaces unless two eigenvalues happen to coincide in it.
fn numerical_spectrum(matrix: &Matrix) -> Result<Vec<Eigenspace>, SpectralError> {
    let a = matrix.to_faer();
    let scale = largest(matrix);
    let hermitian = matrix.hermitian_defect().0 <= 1e-12 * scale;
    // Slopes without a simple relation to each other or to sines and cosines; one suffices but by accident.
    for slope in [0.577_215_664_901_532_9, -1.324_717_957_244_746, 2.685_452_001_065_306] {
        let combination = if hermitian { a.clone() } else { combine_parts(&a, slope) };
        let eigen = combination.self_adjoint_eigen(Side::Lower).map_err(|_| SpectralError::NoConvergence)?;
        let vectors = eigen.U();
        let images = &a * vectors;
        let eigenvalues: Vec<c64> =
            (0..a.nrows()).map(|k| (vectors.col(k).adjoint() * images.col(k)).to_owned()).collect();
        let residual = (0..a.nrows())
            .flat_map(|k| (0..a.nrows()).map(move |i| (i, k)))
            .map(|(i, k)| (images[(i, k)] - eigenvalues[k] * vectors[(i, k)]).norm())
            .fold(0.0, f64::max);
        if residual <= SAME * scale {
            return Ok(group(&eigenvalues, vectors.to_owned(), scale, hermitian));
        }
    }
    Err(SpectralError::NoConvergence)
}

/// (A + A†)/2 + slope·(A − A†)/2i.
fn combine_parts(a: &Mat<c64>, slope: f64) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        let (entry, mirrored) = (a[(i, j)], a[(j, i)].conj());
        (entry + mirrored) * 0.5 + (entry - mirrored) * c64::new(0.0, -0.5 * slope)
    })
}

/// Joins eigenvectors whose eigenvalues agree, and sorts the eigenspaces.
fn group(eigenvalues: &[c64], vectors: Mat<c64>, scale: f64, hermitian: bool) -> Vec<Eigenspace> {
    let d = eigenvalues.len();
    let mut groups: Vec<(c64, Vec<usize>)> = Vec::new();
    for (k, eigenvalue) in eigenvalues.iter().enumerate() {
        // Rounding must not decide on which side of the branch a real eigenvalue falls.
        let snap = |part: f64| if part.abs() <= SAME * scale { 0.0 } else { part };
        let eigenvalue = c64::new(eigenvalue.re, if hermitian { 0.0 } else { snap(eigenvalue.im) });
        match groups.iter_mut().find(|(other, _)| (other - eigenvalue).norm() <= SAME * scale) {
            Some((_, members)) => members.push(k),
            None => groups.push((eigenvalue, vec![k])),
        }
    }
    groups.sort_by(
        |(a, _), (b, _)| if hermitian { b.re.total_cmp(&a.re) } else { compare_by_argument(*a, *b) },
    );
    let space = |(eigenvalue, members): (c64, Vec<usize>)| Eigenspace {
        eigenvalue: Number::from_approx(eigenvalue),
        projector: Matrix::from_fn(d, d, |i, j| {
            let sum = members.iter().map(|&k| vectors[(i, k)] * vectors[(j, k)].conj()).sum();
            Number::from_approx(sum)
        }),
    };
    groups.into_iter().map(space).collect()
}

/// By argument in [0, 2π), then by decreasing modulus.
fn compare_by_argument(a: c64, b: c64) -> Ordering {
    let argument = |z: c64| {
        let angle = z.im.atan2(z.re);
        if angle < 0.0 { angle + TAU } else { angle }
    };
    argument(a).total_cmp(&argument(b)).then(b.norm().total_cmp(&a.norm()))
}
