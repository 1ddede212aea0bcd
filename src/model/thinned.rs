//! Fewer components for the same assemblage, as Carathéodory's theorem has it.
//!
//! The assemblages of components lie in a space of some dimension r, which no-signalling makes much smaller than their entries are many:
//! of more than r + 1 components there is a combination n_k that makes nothing and sums to zero, Σ_k n_k μ_k = 0. Taken off the weights until
//! one of them is zero, it leaves the assemblage as it is.

use faer::Mat;

use super::{Component, Model};
use crate::linalg::EigenError;
use crate::scenario::Scenario;

/// Singular values below this, relative to the largest, are zero: the assemblage changes by as much at most.
const ZERO: f64 = 1e-13;

impl Model {
    /// A model of the same assemblage, of what is seen of it, to rounding, with as few of the components as combinations leave.
    ///
    /// # Errors
    /// Singular values that cannot be computed.
    pub fn thinned(&self, scenario: &Scenario) -> Result<Self, EigenError> {
        let mut components = self.components.clone();
        let mut columns: Vec<Vec<f64>> =
            components.iter().map(|component| seen(component, scenario)).collect();
        while let Some(combination) = vanishing(&columns)? {
            let last = taken_off(&mut components, &combination);
            components.remove(last);
            columns.remove(last);
        }
        Ok(Self { components })
    }
}

/// The entries of a component's assemblage, and 1.
fn seen(component: &Component, scenario: &Scenario) -> Vec<f64> {
    let table = Model::pure(component.clone()).assemblage(scenario).0;
    let elements = table.indices().filter(|&index| scenario.sees(index)).map(|index| table.value(index));
    let entries = elements.flat_map(|element| {
        let pairs = (0..element.ncols()).flat_map(|j| (0..element.nrows()).map(move |i| (i, j)));
        pairs.flat_map(|(i, j)| [element[(i, j)].re, element[(i, j)].im])
    });
    entries.chain([1.0]).collect()
}

/// A combination of columns that vanishes; `None` if they are independent.
fn vanishing(columns: &[Vec<f64>]) -> Result<Option<Vec<f64>>, EigenError> {
    let count = columns.len();
    let rows = columns.first().map_or(0, Vec::len);
    // Rows of zeros make it at least square, so that there is a last singular value.
    let matrix = Mat::from_fn(rows.max(count), count, |i, j| columns[j].get(i).copied().unwrap_or_default());
    let svd = matrix.thin_svd().map_err(|_| EigenError { size: count })?;
    let value = |k: usize| svd.S()[k];
    let is_zero = count > 0 && value(count - 1) <= ZERO * value(0);
    Ok(is_zero.then(|| (0..count).map(|k| svd.V()[(k, count - 1)]).collect()))
}

/// Takes as much of the combination off the weights as they allow, in the direction that takes less; which is left with none.
fn taken_off(components: &mut [Component], combination: &[f64]) -> usize {
    let reach = |sign: f64| {
        let ratios = components.iter().zip(combination).enumerate().filter(|(_, (_, n))| sign * **n > 0.0);
        let ratios = ratios.map(|(k, (component, n))| (k, component.weight / (sign * n)));
        ratios.min_by(|(_, one), (_, other)| one.total_cmp(other))
    };
    let [up, down] = [reach(1.0), reach(-1.0)];
    let infinite = (0, f64::INFINITY);
    let ((k, step), sign) = match (up.unwrap_or(infinite), down.unwrap_or(infinite)) {
        (up, down) if up.1 <= down.1 => (up, 1.0),
        (_, down) => (down, -1.0),
    };
    for (component, n) in components.iter_mut().zip(combination) {
        component.weight = (component.weight - sign * step * n).max(0.0);
    }
    k
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use num_complex::Complex64;

    use super::*;
    use crate::model::deviation;
    use crate::scenario::{BlackBox, Device, Kind, Labels, Port};

    /// Ninety shared dice for two settings of a qubit.
    #[test]
    fn the_assemblage_stays() {
        let count = Labels::count;
        let scenario = Scenario {
            kind: Kind::Traditional,
            alice: BlackBox { settings: count(2), outcomes: count(2) },
            bob: Device { inputs: count(1), output: Port::Quantum(2) },
        };
        let number = |k: usize| ((k * k * 37 % 101) as f64 + 0.5) / 102.0;
        let one = |p: f64| Mat::from_fn(1, 1, |_, _| Complex64::from(p));
        let component = |k: usize| {
            let ket = [Complex64::from(number(3 * k)), Complex64::new(number(5 * k), number(7 * k) - 0.5)];
            let norm = ket.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
            let answers = |x: usize| vec![one(number(k + 11 * x)), one(1.0 - number(k + 11 * x))];
            Component {
                weight: 1.0 / 90.0,
                state: one(1.0),
                measurements: vec![answers(1), answers(2)],
                channels: vec![vec![Mat::from_fn(2, 1, |i, _| ket[i] / norm)]],
            }
        };
        let model = Model { components: (0..90).map(component).collect() };
        let thinned = model.thinned(&scenario).unwrap();
        // Two elements of four numbers each for both settings, with one sum: 4 + 4 + 4, of which the trace is one.
        assert!(thinned.components.len() <= 12, "{}", thinned.components.len());
        let sum: f64 = thinned.components.iter().map(|component| component.weight).sum();
        assert!((sum - 1.0).abs() < 1e-13);
        assert!(thinned.components.iter().all(|component| component.weight >= 0.0));
        assert!(deviation(&model.assemblage(&scenario), &thinned.assemblage(&scenario)) < 1e-12);
    }
}
