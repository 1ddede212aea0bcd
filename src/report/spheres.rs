//! Qubits as Bloch spheres: what of an assemblage, a model or maps is drawn there.

use faer::Mat;
use num_complex::Complex64;

use super::ChannelReport;
use super::figure::{BlochFigure, BlochMap, BlochPanel, ChannelFigure, SteeredState};
use crate::linalg::{EigenError, symmetric_eigen};
use crate::model::Component;
use crate::scenario::{Assemblage, Given, Index, Kind, Labels, Scenario};

/// More spheres than this are not drawn.
const MOST: usize = 12;

/// (tr X σ, tr Y σ, tr Z σ).
fn expectations(matrix: &Mat<Complex64>) -> [f64; 3] {
    let off = (matrix[(0, 1)] + matrix[(1, 0)].conj()) / 2.0;
    [2.0 * off.re, -2.0 * off.im, (matrix[(0, 0)] - matrix[(1, 1)]).re]
}

/// X, Y, Z by number.
fn pauli(k: usize) -> Mat<Complex64> {
    let entry = |i: usize, j: usize| match (k, i, j) {
        (0, 0, 1) | (0, 1, 0) | (2, 0, 0) => Complex64::ONE,
        (1, 0, 1) => -Complex64::I,
        (1, 1, 0) => Complex64::I,
        (2, 1, 1) => -Complex64::ONE,
        _ => Complex64::ZERO,
    };
    Mat::from_fn(2, 2, entry)
}

/// The steered states of a qubit assemblage, as far as they are given.
pub fn steered_states(
    title: &str,
    scenario: &Scenario,
    assemblage: &Assemblage,
    given: &Given,
) -> BlochFigure {
    let (settings, outcomes) = (scenario.settings(), scenario.outcomes());
    let inputs = scenario.inputs();
    let joined = |labels: &Labels, position: usize, between: &str| {
        let tuple = labels.tuple(position);
        tuple.iter().map(i64::to_string).collect::<Vec<_>>().join(between)
    };
    let names = |letter: &str, labels: &Labels| -> Vec<String> {
        let name = |k| match labels.steps().is_empty() {
            true => format!("{letter} = {}", labels.get(k)),
            false => format!("{letter} = ({})", joined(labels, k, ", ")),
        };
        (0..labels.len()).map(name).collect()
    };
    // Digits need nothing between them.
    let short =
        |labels: &Labels| labels.tuple(0).len() > 1 && labels.steps().iter().all(|s| s.iter().all(digit));
    let label = |labels: &Labels, k: usize| joined(labels, k, if short(labels) { "" } else { "," });
    let state = |index: Index| {
        let matrix = assemblage.0.value(index);
        let probability = (matrix[(0, 0)] + matrix[(1, 1)]).re;
        let vector =
            expectations(matrix).map(|part| if probability > 0.0 { part / probability } else { 0.0 });
        let label = format!("{}|{}", label(outcomes, index.a), label(settings, index.x));
        SteeredState { setting: index.x, outcome: index.a, label, probability, vector }
    };
    let panel = |name: String, shown: &dyn Fn(Index) -> bool| {
        let indices = assemblage.0.indices().filter(|&index| given.has(index) && shown(index));
        BlochPanel { name, states: indices.map(state).collect() }
    };
    let panels = match scenario.kind {
        Kind::BobWithInput | Kind::Bell => (0..inputs.len().min(MOST))
            .map(|y| {
                let label = inputs.get(y);
                let place = if digit(label) { format!("x{label}") } else { format!("x,{label}") };
                panel(format!("y = {label}: σ_{{a|{place}}}"), &|index| index.y == y)
            })
            .collect(),
        Kind::Instrumental | Kind::InstrumentalBell => {
            vec![panel("σ_{a|x}, with Bob's input y = a".to_owned(), &|_| true)]
        }
        Kind::Traditional => vec![panel("σ_{a|x}".to_owned(), &|_| true)],
        Kind::Sequential => vec![panel("σ_{a₁…|x₁…}".to_owned(), &|_| true)],
    };
    let left_out = inputs.len().saturating_sub(MOST);
    let note = (scenario.kind.has_inputs() && left_out > 0)
        .then(|| format!("the first {MOST} of {} inputs", inputs.len()));
    BlochFigure {
        title: title.to_owned(),
        settings: names("x", settings),
        outcomes: names("a", outcomes),
        panels,
        note,
    }
}

fn digit(label: i64) -> bool {
    (0..10).contains(&label)
}

/// The affine map of a linear one, E((1 + r·σ)/2) = (1 + (T r + t)·σ)/2.
fn affine(name: String, map: impl Fn(&Mat<Complex64>) -> Mat<Complex64>) -> Result<BlochMap, EigenError> {
    let half = faer::Scale(Complex64::from(0.5));
    let shift = expectations(&map(&(Mat::<Complex64>::identity(2, 2) * half)));
    let columns: [[f64; 3]; 3] = std::array::from_fn(|k| expectations(&map(&(pauli(k) * half))));
    let matrix: [[f64; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| columns[j][i]));
    let gram = Mat::from_fn(3, 3, |i, j| (0..3).map(|k| matrix[k][i] * matrix[k][j]).sum::<f64>());
    let (squares, _) = symmetric_eigen(&gram)?;
    let axes: Vec<String> = squares.iter().rev().map(|square| short(square.max(0.0).sqrt())).collect();
    let about =
        vec![format!("semi-axes {}", axes.join(", ")), format!("centre ({})", shift.map(short).join(", "))];
    Ok(BlochMap { name, matrix, shift, about })
}

/// Three decimals, without those that are zero.
fn short(value: f64) -> String {
    let text = format!("{:.3}", if value.abs() < 5e-4 { 0.0 } else { value });
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "−")
}

/// Why there are no spheres.
#[derive(Debug, thiserror::Error)]
pub enum NoSpheres {
    /// Other dimensions than those of qubits.
    #[error("maps from dimension {from} to dimension {to} have no image of the Bloch sphere: both must be 2")]
    Dimensions {
        /// Of the input.
        from: usize,
        /// Of the output.
        to: usize,
    },
    /// An eigenvalue could not be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
}

/// Bob's channels in the heaviest component of a model that takes a qubit to a qubit.
pub fn model_channels(title: &str, components: &[Component]) -> Result<ChannelFigure, NoSpheres> {
    let output = |component: &Component| component.channels.iter().flatten().next().map_or(0, Mat::nrows);
    let fits = |component: &Component| component.bob() == 2 && output(component) == 2;
    let candidates = components.iter().enumerate().filter(|(_, component)| fits(component));
    let best = candidates.max_by(|(i, s), (j, t)| s.weight.total_cmp(&t.weight).then(j.cmp(i)));
    let Some((number, component)) = best else {
        let first = components.first();
        let (from, to) = (first.map_or(0, Component::bob), first.map_or(0, output));
        return Err(NoSpheres::Dimensions { from, to });
    };
    let channels = (0..component.channels.len().min(MOST))
        .map(|y| affine(format!("E_y, y = {y}"), |input| component.through(y, input, 2)))
        .collect::<Result<Vec<_>, _>>()?;
    let heaviest = components.iter().all(|other| other.weight <= component.weight);
    let mut notes = Vec::new();
    if components.len() > 1 {
        let which = if heaviest { "the heaviest" } else { "the heaviest of those with qubits" };
        let weight = short(component.weight);
        notes.push(format!("component {} of {}, {which}, of weight {weight}", number + 1, components.len()));
    }
    if component.channels.len() > MOST {
        notes.push(format!("the first {MOST} of {} inputs", component.channels.len()));
    }
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Ok(ChannelFigure { title: title.to_owned(), channels, note })
}

/// Maps by their Choi matrices, from a reference of dimension `from`.
pub fn choi_maps(title: &str, from: usize, maps: &[ChannelReport]) -> Result<ChannelFigure, NoSpheres> {
    let side = |map: &ChannelReport| map.choi.len();
    let square = |map: &ChannelReport| map.choi.iter().all(|row| row.len() == 4);
    if let Some(map) = maps.iter().find(|map| from != 2 || side(map) != 4 || !square(map)) {
        return Err(NoSpheres::Dimensions { from, to: side(map) / from.max(1) });
    }
    let channels = maps
        .iter()
        .take(MOST)
        .map(|map| {
            // E(X)_{bc} = Σ_ij X_ij J_{ib,jc}.
            let choi = |row: usize, column: usize| {
                let [re, im] = map.choi[row][column];
                Complex64::new(re, im)
            };
            let image = |input: &Mat<Complex64>| {
                Mat::from_fn(2, 2, |b, c| {
                    let terms = (0..4).map(|k| (k / 2, k % 2));
                    terms.map(|(i, j)| input[(i, j)] * choi(2 * i + b, 2 * j + c)).sum::<Complex64>()
                })
            };
            affine(format!("E_y, y = {}", map.input), image)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let note = (maps.len() > MOST).then(|| format!("the first {MOST} of {} inputs", maps.len()));
    Ok(ChannelFigure { title: title.to_owned(), channels, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(rows: [[[f64; 2]; 4]; 4]) -> ChannelReport {
        let choi = rows.map(|row| row.to_vec()).to_vec();
        ChannelReport { input: 1, choi, rank: 1, kraus: Vec::new(), transposed_kraus: None }
    }

    /// The transpose turns Y around; amplitude damping with γ = 3/4 shrinks X and Y to 1/2, Z to 1/4, towards Z = 1.
    #[test]
    fn choi_matrices_give_affine_maps() {
        let (o, z, h) = ([1.0, 0.0], [0.0, 0.0], [0.5, 0.0]);
        let transpose = channel([[o, z, z, z], [z, z, o, z], [z, o, z, z], [z, z, z, o]]);
        let damping = channel([[o, z, z, h], [z, z, z, z], [z, z, [0.75, 0.0], z], [h, z, z, [0.25, 0.0]]]);
        let figure = choi_maps("", 2, &[transpose, damping]).unwrap();
        let [transpose, damping] = figure.channels.as_slice() else { panic!("two maps") };
        // Products and sums of a few halves are exact.
        assert_eq!(transpose.matrix, [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(transpose.about, ["semi-axes 1, 1, 1", "centre (0, 0, 0)"]);
        assert_eq!(damping.matrix, [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.25]]);
        assert_eq!(damping.shift, [0.0, 0.0, 0.75]);
        assert_eq!(damping.about, ["semi-axes 0.5, 0.5, 0.25", "centre (0, 0, 0.75)"]);
    }

    #[test]
    fn other_dimensions_are_refused() {
        let qutrit = ChannelReport { choi: vec![vec![[0.0; 2]; 9]; 9], ..channel([[[0.0; 2]; 4]; 4]) };
        let error = choi_maps("", 3, &[qutrit]).unwrap_err();
        assert!(error.to_string().starts_with("maps from dimension 3 to dimension 3"), "{error}");
    }
}
