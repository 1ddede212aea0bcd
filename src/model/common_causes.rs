//! Common causes, explicitly: σ_{a|xy} = Σ_{λ: λ(x) = a} ρ_{λ,y} over Alice's deterministic strategies [Theory §3].

use std::cmp::Ordering;

use faer::Mat;
use num_complex::Complex64;

use super::on_grid;
use crate::linalg::{hermitian_part, spectrum_ends, trace};
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, Index, OperatorTable, Scenario};

/// States ρ_{λ,y}, for each strategy λ one for each input y; the answer of λ to x is its digit of weight outcomes^x. The traces are
/// the same for all y and sum to one over λ.
#[derive(Debug, Clone)]
pub struct CommonCauses {
    states: Vec<Vec<Mat<Complex64>>>,
}

impl CommonCauses {
    /// What a solver gives as states of any total trace, with a share of white noise, as numbers that satisfy every condition exactly.
    pub fn rounded(scenario: &Scenario, states: &[Vec<Mat<Complex64>>], share: f64) -> Self {
        let total: f64 = states.iter().map(|of| trace(&of[0]).re).sum();
        let weight = |of: &Vec<Mat<Complex64>>| on_grid(trace(&of[0]).re.max(0.0) / total);
        let mut weights: Vec<f64> = states.iter().map(weight).collect();
        // The largest takes up what rounding leaves of their sum.
        let missing = 1.0 - weights.iter().sum::<f64>();
        if let Some(largest) = weights.iter_mut().max_by(|p, q| p.total_cmp(q)) {
            *largest += missing;
        }
        let of_strategy = |(of, &weight): (&Vec<Mat<Complex64>>, &f64)| {
            of.iter().map(|state| rounded(state, weight, share, scenario.is_diagonal())).collect()
        };
        Self { states: states.iter().zip(&weights).map(of_strategy).collect() }
    }

    /// ρ_{λ,y}.
    pub fn states(&self) -> &[Vec<Mat<Complex64>>] {
        &self.states
    }

    /// The assemblage that they make, with all its elements.
    pub fn assemblage(&self, scenario: &Scenario) -> Assemblage {
        let [outcomes, settings, _] = scenario.shape();
        let d = scenario.dimension();
        let mut weight = vec![1_usize; settings];
        (1..settings).for_each(|x| weight[x] = weight[x - 1] * outcomes);
        Assemblage(OperatorTable::from_fn(scenario, |Index { a, x, y }| {
            let mut sum = Mat::<Complex64>::zeros(d, d);
            let mut of = self.states.iter().enumerate();
            of.by_ref().filter(|(k, _)| k / weight[x] % outcomes == a).for_each(|(_, of)| sum += &of[y]);
            Matrix::from_fn(d, d, |i, j| Number::from_approx(sum[(i, j)]))
        }))
    }
}

/// A state of exactly the given trace: this one with a share of white noise, or, if rounding makes that negative, as it may where the trace is
/// tiny, all of it in one entry.
fn rounded(state: &Mat<Complex64>, weight: f64, share: f64, diagonal: bool) -> Mat<Complex64> {
    let d = state.nrows();
    let state = hermitian_part(state);
    let own = trace(&state).re;
    let (factor, noise) = if own > 0.0 { ((1.0 - share) / own, share) } else { (0.0, 1.0) };
    let mut result = Mat::from_fn(d, d, |i, j| {
        if diagonal && i != j {
            return Complex64::ZERO;
        }
        let upper = state[(i.min(j), i.max(j))] * (factor * weight);
        let (re, im) = (on_grid(upper.re), on_grid(upper.im));
        match i.cmp(&j) {
            Ordering::Less => Complex64::new(re, im),
            Ordering::Equal => on_grid(upper.re + noise * weight / d as f64).into(),
            Ordering::Greater => Complex64::new(re, -im),
        }
    });
    let most = (0..d).max_by(|&i, &j| result[(i, i)].re.total_cmp(&result[(j, j)].re)).unwrap_or(0);
    let missing = weight - (0..d).map(|i| result[(i, i)].re).sum::<f64>();
    result[(most, most)] += missing;
    if spectrum_ends(&result).is_ok_and(|(least, _)| least >= 0.0) {
        return result;
    }
    Mat::from_fn(d, d, |i, j| if (i, j) == (most, most) { weight.into() } else { Complex64::ZERO })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{BlackBox, Device, Kind, Labels, Port};

    /// Whatever the states, traces agree and sum to one exactly, and every state is positive.
    #[test]
    fn rounded_states_are_exactly_valid() {
        let two = || Labels::count(2);
        let scenario = Scenario {
            kind: Kind::BobWithInput,
            alice: BlackBox { settings: two(), outcomes: two() },
            bob: Device { inputs: two(), output: Port::Quantum(2) },
        };
        let state = |p: f64, x: f64, y: f64| {
            Mat::from_fn(2, 2, |i, j| match (i, j) {
                (0, 0) => Complex64::from(0.7 * p),
                (1, 1) => Complex64::from(0.3 * p),
                (0, 1) => Complex64::new(x, -y) * p,
                _ => Complex64::new(x, y) * p,
            })
        };
        for share in [0.0, 1e-9, 0.3] {
            let states: Vec<Vec<_>> = [0.31, 1e-13, 0.17, 0.9]
                .iter()
                .map(|&p| vec![state(p, 0.1, 0.2), state(p * (1.0 + 1e-9), -0.3, 0.3)])
                .collect();
            let found = CommonCauses::rounded(&scenario, &states, share);
            let traces: Vec<[f64; 2]> =
                found.states().iter().map(|of| [trace(&of[0]).re, trace(&of[1]).re]).collect();
            assert!(traces.iter().all(|[one, other]| one == other));
            assert_eq!(traces.iter().map(|of| of[0]).sum::<f64>(), 1.0);
            for state in found.states().iter().flatten() {
                assert!(spectrum_ends(state).unwrap().0 >= 0.0);
            }
            let made = found.assemblage(&scenario);
            let total: f64 = (0..2).map(|a| trace(made.0.value(Index { a, x: 1, y: 1 })).re).sum();
            assert!((total - 1.0).abs() < 1e-12);
        }
    }
}
