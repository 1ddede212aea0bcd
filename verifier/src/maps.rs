//! What maps make of a reference (docs/certificate.md §9): bounds on it, and the maps themselves.

use dashu_base::BitTest;
use dashu_int::UBig;
use dashu_ratio::RBig;

use crate::certificate::{Choi, Kind, Maps, Partial, Reference, Scenario, Table, Witness};
use crate::number::{Complex, Matrix, Real, common_multiple};
use crate::positive::is_semidefinite_real;
use crate::{Checked, Stop, about, check_assemblage, check_matrix, check_positive, demand, is_zero};

/// Limit of this checker: products of terms q·√d × (64-bit words of what they may add up to)², and what entries cost
/// beside them. 2^25 take some ten seconds.
const MAX_WORK: u128 = 1 << 25;
/// What it costs to set up and enclose an entry of a matrix, and each of its terms.
const ENTRY: usize = 8;

/// An account of products of exact numbers.
pub struct Work {
    spent: u128,
    squared_words: u128,
}

impl Work {
    /// For sums of products of an entry of one list of matrices and an entry of another.
    pub fn new(left: &[Matrix], right: &[Matrix]) -> Work {
        let words = 1 + (bits(left) + bits(right)) as u128 / 64;
        Work { spent: 0, squared_words: words * words }
    }

    /// Adds a cost to what is spent, up to the limit.
    fn spend(&mut self, cost: u128) -> Checked<()> {
        self.spent = self.spent.saturating_add(cost);
        if self.spent > MAX_WORK {
            return Err(Stop::Incomplete(
                "the matrices are too many or too large for this checker".to_owned(),
            ));
        }
        Ok(())
    }

    /// Adds the cost of some entries, or terms of entries.
    pub fn spend_on_entries(&mut self, entries: usize) -> Checked<()> {
        self.spend((entries * ENTRY) as u128)
    }

    /// sum += z·w.
    pub fn add_product(&mut self, sum: &mut Complex, z: &Complex, w: &Complex) -> Checked<()> {
        // A new term of a sum moves half of the others, which are few unless there are many different roots.
        let products = z.terms() * w.terms() * (1 + sum.terms() / 16);
        self.spend((products as u128).saturating_mul(self.squared_words))?;
        sum.add_product(z, w);
        Ok(())
    }
}

/// Bits of the common denominator and of the longest numerator.
fn bits(matrices: &[Matrix]) -> usize {
    let (mut denominator, mut longest) = (UBig::ONE, 0);
    for z in matrices.iter().flatten().flatten() {
        for q in z.re.coefficients().chain(z.im.coefficients()) {
            denominator = common_multiple(denominator, q.denominator());
            longest = longest.max(q.numerator().bit_len());
        }
    }
    denominator.bit_len() + longest
}

/// Demands what every reference must satisfy: the rules of a traditional assemblage.
fn check_reference(scenario: &Scenario, reference: &Reference) -> Checked<()> {
    let own =
        Scenario { kind: Kind::Traditional, inputs: 1, dimension: reference.dimension, ..scenario.clone() };
    check_assemblage(&own, &reference.elements, "reference.elements")
}

/// Checks ⟨F, σ⟩ ≤ bound for all σ that the maps make of the reference, F being zero where no element is given.
pub fn check_witness(
    scenario: &Scenario,
    functional: &Table,
    bound: &RBig,
    witness: &Witness,
) -> Checked<()> {
    let Witness { maps, reference, given, multipliers } = witness;
    check_reference(scenario, reference)?;
    for (place, (f, given)) in functional.iter().zip(given).enumerate() {
        demand(*given || is_zero(f), || {
            format!("functional[{place}] is not zero, where the assemblage has null")
        })?;
    }
    check_bound(scenario, functional, bound, *maps, &reference.elements, multipliers)
}

/// Checks ⟨F, σ⟩ ≤ bound for all σ_{a|xy} = E_y(τ_{a|x}), with the multipliers K_y: K_y ⊗ 1 − W_y has to be positive
/// semidefinite, W_y = Σ_{a,x} τ_{a|x}ᵀ ⊗ F_{a|xy}.
pub fn check_bound(
    scenario: &Scenario,
    functional: &Table,
    bound: &RBig,
    maps: Maps,
    reference: &[Matrix],
    multipliers: &[Matrix],
) -> Checked<()> {
    let Scenario { inputs, dimension: d, .. } = *scenario;
    let mut total = Real::default();
    for (y, multiplier) in multipliers.iter().enumerate() {
        check_matrix(multiplier, false, &format!("proof.multipliers[{y}]"))?;
        multiplier.iter().enumerate().for_each(|(i, row)| total.add(&row[i].re));
    }
    demand(Real::from(bound.clone()).minus(&total).is_nonnegative(), || {
        format!("Σ_y tr K_y is {}, above the bound", about(&total.enclosure().high))
    })?;
    let entries: Vec<_> = reference.iter().map(nonzero).collect();
    let (mut work, mut spent) = (Work::new(reference, functional), 0);
    for (y, multiplier) in multipliers.iter().enumerate() {
        let n = multiplier.len() * d;
        work.spend_on_entries(n * n)?;
        let mut left = vec![vec![Complex::default(); n]; n]; // W_y, then K_y ⊗ 1 − W_y
        for (place, tau) in entries.iter().enumerate() {
            let f = nonzero(&functional[place * inputs + y]);
            for &(i, j, t) in if f.is_empty() { &[] } else { tau.as_slice() } {
                for &(b, c, f) in &f {
                    work.add_product(&mut left[j * d + b][i * d + c], t, f)?;
                }
            }
        }
        for (row, entry) in left.iter_mut().enumerate() {
            for (column, entry) in entry.iter_mut().enumerate() {
                *entry = entry.scaled(&RBig::NEG_ONE);
                if row % d == column % d {
                    entry.add(&multiplier[row / d][column / d]);
                }
            }
        }
        work.spend_on_entries(left.iter().flatten().map(Complex::terms).sum())?;
        demand(is_semidefinite_real(&left, &mut spent)?, || {
            format!("K_y ⊗ 1 − W_y is not shown to be positive semidefinite for y = {y}")
        })?;
        if maps == Maps::Decomposable {
            // K_y ⊗ 1 is its own partial transpose.
            let left = partial_transpose(&left, d);
            demand(is_semidefinite_real(&left, &mut spent)?, || {
                format!("K_y ⊗ 1 − W_y^Γ is not shown to be positive semidefinite for y = {y}")
            })?;
        }
    }
    Ok(())
}

/// The entries other than zero, as (i, j, entry).
fn nonzero(matrix: &Matrix) -> Vec<(usize, usize, &Complex)> {
    let rows = matrix.iter().enumerate();
    let entries = rows.flat_map(|(i, row)| row.iter().enumerate().map(move |(j, z)| (i, j, z)));
    entries.filter(|(_, _, z)| !z.is_zero()).collect()
}

/// X^Γ, with (X^Γ)_{id+b, jd+c} = X_{id+c, jd+b}.
fn partial_transpose(matrix: &Matrix, d: usize) -> Matrix {
    let n = matrix.len();
    let entry =
        |row: usize, column: usize| matrix[row / d * d + column % d][column / d * d + row % d].clone();
    (0..n).map(|row| (0..n).map(|column| entry(row, column)).collect()).collect()
}

/// Checks that the maps make of the reference what differs from the given elements by at most the deviation, in every
/// part of an entry; in a Bell scenario on the diagonal, as the rest of what they make is dropped.
pub fn check_realisable(
    scenario: &Scenario,
    reference: &Reference,
    assemblage: &Partial,
    deviation: &RBig,
    maps: &[Choi],
) -> Checked<()> {
    let Scenario { inputs, dimension: d, .. } = *scenario;
    check_reference(scenario, reference)?;
    let mut spent = 0;
    check_positive(&reference.elements, "reference.elements", &mut spent)?;
    let maps = maps.iter().enumerate();
    let maps = maps.map(|(y, map)| check_map(map, d, &format!("proof.maps[{y}]"), &mut spent));
    let maps = maps.collect::<Checked<Vec<_>>>()?;

    let entries: Vec<_> = reference.elements.iter().map(nonzero).collect();
    let mut work = Work::new(&reference.elements, &maps);
    let deviation = Real::from(deviation.clone());
    let pairs: Vec<_> = (0..d).flat_map(|b| (0..d).map(move |c| (b, c))).collect();
    for (place, sigma) in assemblage.table.iter().enumerate().filter(|(place, _)| assemblage.given[*place]) {
        let (tau, choi) = (&entries[place / inputs], &maps[place % inputs]);
        for &(b, c) in pairs.iter().filter(|(b, c)| b == c || !scenario.is_bell()) {
            work.spend_on_entries(1 + sigma[b][c].terms())?;
            work.spend(tau.len() as u128)?;
            let mut difference = Complex::default();
            for &(i, j, t) in tau {
                work.add_product(&mut difference, t, &choi[i * d + b][j * d + c])?;
            }
            difference.sub(&sigma[b][c]);
            work.spend_on_entries(difference.terms())?;
            for part in [&difference.re, &difference.im] {
                let mut above = deviation.clone();
                above.add(part);
                let holds = above.is_nonnegative() && deviation.minus(part).is_nonnegative();
                demand(holds, || {
                    let part = about(&part.enclosure().modulus());
                    format!(
                        "assemblage[{place}][{b}][{c}] differs from what the map makes by {part}, which is not \
                         shown to be within the deviation"
                    )
                })?;
            }
        }
    }
    Ok(())
}

/// The Choi matrix of a map, of which it demands positive terms and that the map preserves traces.
fn check_map(map: &Choi, d: usize, name: &str, spent: &mut u128) -> Checked<Matrix> {
    let mut check_term = |matrix: &Matrix, term: &str| {
        let name = format!("{name}.{term}");
        check_matrix(matrix, false, &name)?;
        demand(is_semidefinite_real(matrix, spent)?, || format!("{name} is not positive semidefinite"))
    };
    check_term(&map.direct, "direct")?;
    let mut whole = map.direct.clone();
    if let Some(transposed) = &map.transposed {
        check_term(transposed, "transposed")?;
        let transposed = partial_transpose(transposed, d);
        for (entry, term) in whole.iter_mut().flatten().zip(transposed.iter().flatten()) {
            entry.add(term);
        }
    }
    let dimension = whole.len() / d;
    for (i, j) in (0..dimension).flat_map(|i| (0..dimension).map(move |j| (i, j))) {
        let mut trace = Complex::default();
        (0..d).for_each(|b| trace.add(&whole[i * d + b][j * d + b]));
        let expected = if i == j { RBig::ONE } else { RBig::ZERO };
        let holds = trace.im.is_zero() && trace.re == Real::from(expected);
        demand(holds, || format!("{name} does not preserve traces: tr_out J differs from 1 at [{i}][{j}]"))?;
    }
    Ok(whole)
}
