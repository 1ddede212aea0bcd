//! Models that are exactly valid, in dyadic numbers.

use faer::Mat;
use num_complex::Complex64;

use super::Component;

/// Every number becomes a multiple of this: numbers up to one then have 50 binary digits, and their sums are
/// exact in f64.
pub const GRID: f64 = 1.0 / (1_u64 << 50) as f64;
/// What is mixed in, or taken off, for each row of a matrix to absorb rounding: the errors of an eigenvalue
/// of a matrix with entries off by a few units of the grid.
const MARGIN: f64 = 16.0 * GRID;

pub(super) fn components(components: &[Component]) -> Vec<Component> {
    let mut rounded: Vec<Component> = components.iter().map(component).collect();
    let others: f64 = rounded.iter().skip(1).map(|component| component.weight).sum();
    if let Some(first) = rounded.first_mut() {
        first.weight = 1.0 - others;
    }
    rounded
}

fn component(given: &Component) -> Component {
    Component {
        weight: on_grid(given.weight),
        state: matrix(&given.state, 1.0),
        measurements: given.measurements.iter().map(|of_x| measurement(of_x)).collect(),
        channels: given.channels.iter().map(|kraus| channel(kraus, given.bob())).collect(),
    }
}

/// (1 − o·t)·M_a + t·1, rounded, with the last outcome as what is left of one; outcomes that never occur, M_a = 0, stay so.
fn measurement(given: &[Mat<Complex64>]) -> Vec<Mat<Complex64>> {
    let Some(n) = given.first().map(Mat::nrows) else { return Vec::new() };
    let mut elements = vec![Mat::<Complex64>::zeros(n, n); given.len()];
    let occurs: Vec<usize> = (0..given.len()).filter(|&a| given[a].norm_max() > 0.0).collect();
    let Some((&last, others)) = occurs.split_last() else { return elements };
    let margin = MARGIN * (n * occurs.len()) as f64;
    let mut rest = Mat::<Complex64>::identity(n, n);
    for &a in others {
        let mut element = hermitian_on_grid(&given[a], 1.0 - margin * occurs.len() as f64);
        for i in 0..n {
            element[(i, i)] += on_grid(margin);
        }
        rest -= &element;
        elements[a] = element;
    }
    elements[last] = rest;
    elements
}

/// (1 − t)·K, rounded.
fn channel(given: &[Mat<Complex64>], input: usize) -> Vec<Mat<Complex64>> {
    let margin = MARGIN * (input * given.len().max(1)) as f64;
    given.iter().map(|kraus| matrix(kraus, 1.0 - margin)).collect()
}

fn matrix(given: &Mat<Complex64>, scale: f64) -> Mat<Complex64> {
    Mat::from_fn(given.nrows(), given.ncols(), |i, j| complex_on_grid(given[(i, j)] * scale))
}

fn hermitian_on_grid(given: &Mat<Complex64>, scale: f64) -> Mat<Complex64> {
    Mat::from_fn(given.nrows(), given.ncols(), |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => complex_on_grid(given[(i, j)] * scale),
        std::cmp::Ordering::Equal => on_grid(given[(i, i)].re * scale).into(),
        std::cmp::Ordering::Greater => complex_on_grid(given[(j, i)] * scale).conj(),
    })
}

fn complex_on_grid(value: Complex64) -> Complex64 {
    Complex64::new(on_grid(value.re), on_grid(value.im))
}

/// The multiple of [`GRID`] nearest to a number.
pub fn on_grid(value: f64) -> f64 {
    (value / GRID).round() * GRID
}
