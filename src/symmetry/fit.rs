//! Bob's unitary at one input, from the operators that it has to take to others.

use faer::Mat;
use num_complex::Complex64;

use super::generator::{Images, root_near, roots};
use super::profile::{Bob, approximate};
use crate::algebra::UnitaryBasis;
use crate::linalg::hermitian_eigen;
use crate::num::Number;

/// What rounding leaves of zero, relative to the size of the operators: far above the errors of eigenvectors, far below
/// what distinguishes data; candidates are proved afterwards.
pub(super) const NEAR: f64 = 1e-8;

/// Eigenvalues of K†K up to this, relative to the largest, are zero: above their rounding, and K is then zero to a
/// few parts in 10⁷.
const SOLVED: f64 = 1e-13;

/// The images of Bob's letters under a unitary (antiunitary) map that takes each source to its target; vectors in the
/// form of [`Bob`]. `None` if none was found.
pub(super) fn images(bob: &Bob, pairs: &[(&Vec<Number>, &Vec<Number>)], antilinear: bool) -> Option<Images> {
    match bob {
        Bob::Classical(outcomes) => permutation(*outcomes, pairs, antilinear),
        Bob::Quantum(basis) => {
            let unitary = unitary(basis, pairs, antilinear)?;
            let action = action(basis, &unitary, antilinear);
            monomial(basis, &action)
                .or_else(|| match basis {
                    UnitaryBasis::Pauli { qubits: 1 } => rotation(pairs, antilinear),
                    _ => None,
                })
                .or_else(|| rounded(&action, pairs))
        }
    }
}

/// The permutation of a classical Bob's outcomes.
fn permutation(outcomes: usize, pairs: &[(&Vec<Number>, &Vec<Number>)], antilinear: bool) -> Option<Images> {
    let oriented = |value: Complex64| if antilinear { value.conj() } else { value };
    let size = pairs.iter().flat_map(|pair| pair.0).map(|v| v.approx().norm()).fold(0.0, f64::max);
    let equal = |b: usize, to: usize| {
        pairs.iter().all(|(source, target)| {
            (oriented(source[b].approx()) - target[to].approx()).norm() <= NEAR * size
        })
    };
    let mut taken = vec![false; outcomes];
    let mut images = Vec::with_capacity(outcomes);
    for b in 0..outcomes {
        let to = (0..outcomes).find(|&to| !taken[to] && equal(b, to))?;
        taken[to] = true;
        images.push(vec![(to, Number::one())]);
    }
    Some(images)
}

/// A unitary U with U S = T U for all pairs (S* instead of S for an antiunitary).
fn unitary(
    basis: &UnitaryBasis,
    pairs: &[(&Vec<Number>, &Vec<Number>)],
    antilinear: bool,
) -> Option<Mat<Complex64>> {
    let d = basis.dimension();
    let form = Bob::Quantum(basis.clone());
    let operator = |vector: &[Number]| form.operator(&approximate(vector));
    // K(U) = U S − T U on U column by column: K = Sᵀ⊗1 − 1⊗T; Σ K†K is zero on the solutions.
    let mut normal = Mat::<Complex64>::zeros(d * d, d * d);
    for (source, target) in pairs {
        let source = operator(source);
        let source = if antilinear { source.conjugate().to_owned() } else { source };
        let target = operator(target);
        let k = Mat::from_fn(d * d, d * d, |to, from| {
            let ((i, j), (p, q)) = ((to % d, to / d), (from % d, from / d));
            let mut value = Complex64::ZERO;
            if i == p {
                value += source[(q, j)];
            }
            if j == q {
                value -= target[(i, p)];
            }
            value
        });
        normal += k.adjoint() * &k;
    }
    let (values, vectors) = hermitian_eigen(&normal).ok()?;
    let largest = values.last().copied().unwrap_or(0.0);
    let solutions = values.iter().take_while(|&&value| value <= SOLVED * largest.max(f64::MIN_POSITIVE));
    let solutions = solutions.count();
    if solutions == 0 {
        return None;
    }
    let span = vectors.subcols(0, solutions);
    let flat = |matrix: &Mat<Complex64>| Mat::from_fn(d * d, 1, |k, _| matrix[(k % d, k / d)]);
    let square = |flat: &Mat<Complex64>| Mat::from_fn(d, d, |i, j| flat[(i + j * d, 0)]);
    if solutions > 1 {
        // Where the operators leave a choice, one that permutes the letters, if there is any.
        for candidate in simple(basis) {
            let vector = flat(&candidate);
            let projected = span * (span.adjoint() * &vector);
            if (&projected - &vector).norm_l2() <= NEAR * vector.norm_l2() {
                return Some(candidate);
            }
        }
        return None;
    }
    let found = square(&span.to_owned());
    let scale = Complex64::from((d as f64).sqrt());
    let found = found * faer::Scale(scale);
    let defect = found.adjoint() * &found - Mat::<Complex64>::identity(d, d);
    (defect.norm_l2() <= NEAR * d as f64).then_some(found)
}

/// Unitaries that permute the letters of a basis up to phases: its own, and for a qubit those of a cube's rotations.
fn simple(basis: &UnitaryBasis) -> Vec<Mat<Complex64>> {
    let matrices: Vec<Mat<Complex64>> = (0..basis.len()).map(|g| basis.matrix(g).to_faer()).collect();
    let mut candidates = matrices.clone();
    if basis.dimension() == 2 {
        let half = Complex64::from(std::f64::consts::FRAC_1_SQRT_2);
        for i in 1..4 {
            for j in i + 1..4 {
                candidates.push((&matrices[i] + &matrices[j]) * faer::Scale(half));
            }
            candidates.push((&matrices[0] + &matrices[i] * faer::Scale(Complex64::I)) * faer::Scale(half));
        }
    }
    candidates
}

/// L with α(V_g) = Σ_h L_hg V_h, letters from 1.
fn action(basis: &UnitaryBasis, unitary: &Mat<Complex64>, antilinear: bool) -> Mat<Complex64> {
    let d = basis.dimension();
    let matrices: Vec<Mat<Complex64>> = (1..basis.len()).map(|g| basis.matrix(g).to_faer()).collect();
    let images: Vec<Mat<Complex64>> = matrices
        .iter()
        .map(|v| {
            let v = if antilinear { v.conjugate().to_owned() } else { v.clone() };
            unitary * v * unitary.adjoint()
        })
        .collect();
    Mat::from_fn(matrices.len(), matrices.len(), |h, g| {
        let mut sum = Complex64::ZERO;
        for j in 0..d {
            for i in 0..d {
                sum += matrices[h][(i, j)].conj() * images[g][(i, j)];
            }
        }
        sum / d as f64
    })
}

/// The action as one that takes letters to letters times roots of unity, if it is one.
fn monomial(basis: &UnitaryBasis, action: &Mat<Complex64>) -> Option<Images> {
    let order = u64::from(roots(basis));
    (0..action.ncols())
        .map(|g| {
            let (row, value) =
                (0..action.nrows()).map(|h| (h, action[(h, g)])).find(|(_, v)| v.norm() > 0.5)?;
            Some(vec![(row, root_near(value, order)?)])
        })
        .collect()
}

/// A qubit's rotation of Bloch vectors exactly, from three pairs of independent ones: R = TS⁻¹, the third of them the
/// cross product of the others where all lie in a plane.
fn rotation(pairs: &[(&Vec<Number>, &Vec<Number>)], antilinear: bool) -> Option<Images> {
    let cross = |u: &[Number], v: &[Number]| -> Vec<Number> {
        let part = |i: usize, j: usize| &(&u[i] * &v[j]) - &(&u[j] * &v[i]);
        vec![part(1, 2), part(2, 0), part(0, 1)]
    };
    let norm = |v: &[Number]| approximate(v).iter().map(|c| c.norm_sqr()).sum::<f64>().sqrt();
    let largest = pairs.iter().map(|(source, _)| norm(source)).fold(0.0, f64::max);
    let independent = |value: f64, scale: f64| value > 1e-3 * scale;
    let (first, to_first) = pairs.iter().find(|(source, _)| independent(norm(source), largest))?;
    let (second, to_second) =
        pairs.iter().find(|(source, _)| independent(norm(&cross(first, source)), largest * largest))?;
    let sign = Number::from_integer(if antilinear { -1 } else { 1 });
    let normal = cross(first, second);
    let to_normal: Vec<Number> = cross(to_first, to_second).iter().map(|c| c * &sign).collect();
    let columns = [first.to_vec(), second.to_vec(), normal];
    let targets = [to_first.to_vec(), to_second.to_vec(), to_normal];
    // S⁻¹ by cofactors: its rows are the cross products of S's columns over the determinant.
    let determinant = columns[2].iter().fold(Number::zero(), |sum, c| &sum + &(c * c));
    let rows = [(1, 2), (2, 0), (0, 1)].map(|(i, j)| cross(&columns[i], &columns[j]));
    let mut images: Images = vec![Vec::new(); 3];
    for (column, image) in images.iter_mut().enumerate() {
        for row in 0..3 {
            let mut sum = Number::zero();
            for (target, inverse) in targets.iter().zip(&rows) {
                sum = &sum + &(&target[row] * &inverse[column]);
            }
            let entry = sum.div(&determinant).ok()?;
            if !entry.is_exactly_zero() {
                image.push((row, entry));
            }
        }
    }
    Some(images)
}

/// The action in floating point, for data that are themselves rounded; exact data need an exact map.
fn rounded(action: &Mat<Complex64>, pairs: &[(&Vec<Number>, &Vec<Number>)]) -> Option<Images> {
    let exact = pairs.iter().flat_map(|pair| pair.0).all(|number| number.exact().is_some());
    if exact {
        return None;
    }
    let image = |g: usize| {
        let entries = (0..action.nrows()).map(|h| (h, action[(h, g)]));
        let entries = entries.filter(|(_, value)| value.norm() > NEAR);
        entries.map(|(h, value)| (h, Number::from_approx(value))).collect()
    };
    Some((0..action.ncols()).map(image).collect())
}
