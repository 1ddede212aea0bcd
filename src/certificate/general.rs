//! The bound of a functional over the general set (`docs/certificate.md`, §6).

use faer::Mat;
use num_complex::Complex64;
use serde_json::{Value, json};

use super::numbers::{dyadic, dyadic_matrix};
use super::{Certificate, Claim, Excess, excess, outward};
use crate::linalg::{EigenError, inner, spectrum_ends};
use crate::program::general::element_order;
use crate::program::{DualPoint, power_of_two_near};
use crate::scenario::{Assemblage, Functional, Index, Scenario};

/// The grid on which multipliers are rounded, so that sums which must vanish do so exactly: relative to
/// the power of two near the largest entry of the functional.
const RELATIVE_UNIT: f64 = 1.0 / (1_u64 << 45) as f64;

/// The least bound that the multipliers Z_{a|xy} of a no-signalling program prove.
pub fn no_signalling_bound(
    scenario: &Scenario,
    functional: &Functional,
    dual: &DualPoint,
) -> Result<Certificate, EigenError> {
    let (bound, proof) = multipliers_proof(scenario, functional, dual, None)?;
    let (sense, bound) = outward(functional, bound);
    let claim = Claim::NoSignallingBound { sense, bound };
    Ok(Certificate::new(scenario, claim, Some(&functional.operators), proof))
}

/// The assemblage exceeds that bound: it is not no-signalling. `Ok(None)` if by the numbers it does not.
pub fn invalid(
    scenario: &Scenario,
    functional: &Functional,
    dual: &DualPoint,
    assemblage: &Assemblage,
) -> Result<Option<Certificate>, EigenError> {
    let (bound, proof) = multipliers_proof(scenario, functional, dual, None)?;
    Ok(excess(functional, bound, assemblage).map(|Excess { bound, violation }| {
        let claim = Claim::Invalid { bound, violation };
        let certificate = Certificate::new(scenario, claim, Some(&functional.operators), proof);
        certificate.of(scenario, assemblage)
    }))
}

/// A bound for maximising sign·F, and the proof that holds it.
///
/// At an optimum sign·F_{a|xy} + Z_{a|xy} = L_{xy} + (t_{axy} + m)·1. So L_{xy} is read off the mean
/// over a of the traceless parts of the left-hand side, t from its traces; both are rounded and made to
/// sum to zero, and then m is what positivity of every L + (t + m)·1 − sign·F needs.
///
/// The bound on assemblages that are `consistent` with one, having its states of Bob's, needs no Σ_x L_{xy} = 0 (§13).
pub(super) fn multipliers_proof(
    scenario: &Scenario,
    functional: &Functional,
    dual: &DualPoint,
    consistent: Option<&Assemblage>,
) -> Result<(f64, Value), EigenError> {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let sign = Complex64::from(functional.sense.sign());
    let size = functional.operators.largest_entry();
    let unit = (RELATIVE_UNIT * power_of_two_near(size)).max(f64::MIN_POSITIVE);
    let operator = |index: Index| functional.operators.value(index) * faer::Scale(sign);
    // sign·F + Z by index, from the program's order of blocks.
    let mut sums: Vec<Mat<Complex64>> = functional.operators.indices().map(|_| Mat::zeros(d, d)).collect();
    let position = |Index { a, x, y }: Index| (a * settings + x) * inputs + y;
    for (index, z) in element_order(scenario).zip(&dual.blocks) {
        sums[position(index)] = operator(index) + z;
    }
    let trace = |matrix: &Mat<Complex64>| (0..d).map(|i| matrix[(i, i)].re).sum::<f64>() / d as f64;
    let scalar = |a: usize, x: usize, y: usize| trace(&sums[position(Index { a, x, y })]);
    // Scalar parts: τ_{axy} = l_x + t_{axy} + m with Σ_y t = 0 and Σ_x l = 0.
    let mean_over_y = |a: usize, x: usize| (0..inputs).map(|y| scalar(a, x, y)).sum::<f64>() / inputs as f64;
    let overall = (0..settings).map(|x| mean_over_y(0, x)).sum::<f64>() / settings as f64;
    let mut marginal: Vec<Mat<Complex64>> = Vec::new();
    for x in 0..settings {
        for y in 0..inputs {
            let mut mean: Mat<Complex64> = Mat::zeros(d, d);
            for a in 0..outcomes {
                mean +=
                    &sums[position(Index { a, x, y })] * faer::Scale(Complex64::from(1.0 / outcomes as f64));
            }
            let shift = mean_over_y(0, x) - overall - trace(&mean);
            marginal.push(on_grid(&mean, shift, unit));
        }
    }
    for y in (0..inputs).filter(|_| consistent.is_none()) {
        // The last setting balances the others, exactly: differences on one grid.
        let others = (0..settings - 1)
            .fold(Mat::zeros(d, d), |sum: Mat<Complex64>, x| sum + &marginal[x * inputs + y]);
        marginal[(settings - 1) * inputs + y] = others * faer::Scale(Complex64::from(-1.0));
    }
    let mut traces = vec![0.0; outcomes * settings * inputs];
    for a in 0..outcomes {
        for x in 0..settings {
            let mut others = 0.0;
            for y in 0..inputs {
                let t = if y + 1 == inputs {
                    -others
                } else {
                    ((scalar(a, x, y) - mean_over_y(a, x)) / unit).round() * unit
                };
                others += t;
                traces[position(Index { a, x, y })] = t;
            }
        }
    }
    let mut needed = f64::NEG_INFINITY;
    for index in functional.operators.indices() {
        let Index { x, y, .. } = index;
        let excess = operator(index) - &marginal[x * inputs + y];
        let (_, greatest) = spectrum_ends(&excess)?;
        needed = needed.max(greatest - traces[position(index)]);
    }
    // A relative 10⁻¹³ of the size for the eigenvalues' errors.
    let mut bound = (needed + 1e-13 * size) * (settings * inputs) as f64;
    if let Some(assemblage) = consistent {
        for (place, multiplier) in marginal.iter().enumerate() {
            let y = place % inputs;
            bound += (0..outcomes)
                .map(|a| inner(multiplier, assemblage.0.value(Index { a, x: 0, y })))
                .sum::<f64>();
        }
    }
    let marginal: Vec<Value> = marginal.iter().map(dyadic_matrix).collect();
    let traces: Vec<Value> = traces.into_iter().map(dyadic).collect();
    Ok((bound, json!({"method": "multipliers", "marginal": marginal, "trace": traces})))
}

/// The Hermitian matrix `matrix + shift·1`, entries rounded to multiples of the unit.
pub(super) fn on_grid(matrix: &Mat<Complex64>, shift: f64, unit: f64) -> Mat<Complex64> {
    let round = |x: f64| (x / unit).round() * unit;
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        let upper = matrix[(i.min(j), i.max(j))];
        let (re, im) = (round(upper.re), round(upper.im));
        match i.cmp(&j) {
            std::cmp::Ordering::Less => Complex64::new(re, im),
            std::cmp::Ordering::Equal => round(upper.re + shift).into(),
            std::cmp::Ordering::Greater => Complex64::new(re, -im),
        }
    })
}
