//! Explicit models (docs/certificate.md §7), and traditional assemblages (§8).

use dashu_ratio::RBig;

use crate::certificate::{Component, Kind, Model, ModelCertificate, ModelClaim, ModelProof, Scenario, Table};
use crate::number::{Complex, Enclosure, Matrix, Real, sum};
use crate::positive::is_semidefinite_real;
use crate::{Checked, Stop, check_assemblage, check_matrix, check_table, product};

/// Limit of this checker: multiplications of two rationals.
const MAX_WORK: usize = 1 << 24;

/// Checks a claim that some assemblage is quantum.
pub fn check(certificate: &ModelCertificate) -> Checked<()> {
    let ModelCertificate { scenario, claim, proof } = certificate;
    match claim {
        ModelClaim::Value { functional, .. } => check_table(scenario, functional, "functional")?,
        ModelClaim::Quantum { assemblage } | ModelClaim::Approximation { assemblage, .. } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
        }
        ModelClaim::Mixture { assemblage, noise, .. } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
            check_assemblage(scenario, noise, "noise")?;
        }
    }
    let model = match (proof, claim) {
        (ModelProof::Model(model), _) => model,
        (ModelProof::Ghjw, ModelClaim::Quantum { assemblage }) => return check_elements(assemblage),
        (ModelProof::Ghjw, _) => return rejected("ghjw proves no such claim"),
    };
    let table = assemblage_of(scenario, model)?;
    match claim {
        ModelClaim::Value { functional, minimum, value } => {
            let reached = product(functional, &table);
            let value = Real::from(value.value.clone());
            let excess = if *minimum { value.minus(&reached) } else { reached.minus(&value) };
            demand(excess.is_nonnegative(), "⟨F, model⟩ is not shown to reach the value")
        }
        ModelClaim::Approximation { assemblage, deviation } => {
            let near = |(one, other): (&Real, &Real)| {
                let difference = one.minus(other).enclosure();
                difference.high <= deviation.value && -&difference.low <= deviation.value
            };
            let parts = |table: &Table| -> Vec<Real> {
                table.iter().flatten().flatten().flat_map(|z| [z.re.clone(), z.im.clone()]).collect()
            };
            let (given, made) = (parts(assemblage), parts(&table));
            demand(given.iter().zip(&made).all(near), "the model is not shown to be so near the assemblage")
        }
        ModelClaim::Quantum { assemblage } => check_rest(scenario, assemblage, &table, model),
        ModelClaim::Mixture { assemblage, noise, visibility } => {
            let v = &visibility.value;
            demand(*v >= RBig::ZERO && *v <= RBig::ONE, "the visibility is not between 0 and 1")?;
            let mix = |(signal, zero): (&Complex, &Complex)| {
                let mut mixture = signal.scaled(v);
                mixture.add(&zero.scaled(&(RBig::ONE - v)));
                mixture
            };
            let target = map(assemblage, noise, mix);
            check_rest(scenario, &target, &table, model)
        }
    }
}

fn rejected<T>(reason: &str) -> Checked<T> {
    Err(Stop::Rejected(reason.to_owned()))
}

fn demand(holds: bool, what: &str) -> Checked<()> {
    if holds { Ok(()) } else { rejected(what) }
}

/// A table from two, entry by entry.
fn map(one: &Table, other: &Table, entry: impl Fn((&Complex, &Complex)) -> Complex) -> Table {
    let row = |(r, s): (&Vec<Complex>, &Vec<Complex>)| r.iter().zip(s).map(&entry).collect();
    let matrix = |(m, n): (&Matrix, &Matrix)| m.iter().zip(n).map(row).collect();
    one.iter().zip(other).map(matrix).collect()
}

/// Every element of a traditional assemblage is positive semidefinite.
fn check_elements(assemblage: &Table) -> Checked<()> {
    let mut spent = 0;
    for (place, element) in assemblage.iter().enumerate() {
        if !is_semidefinite_real(element, &mut spent)? {
            return rejected(&format!("assemblage[{place}] is not shown to be positive semidefinite"));
        }
    }
    Ok(())
}

/// The model's assemblage μ, once its parts are found to be what they are said to be.
fn assemblage_of(scenario: &Scenario, model: &Model) -> Checked<Table> {
    let Scenario { kind, settings, outcomes, inputs, dimension: d } = *scenario;
    let mut work = 0_usize;
    for Component { alice, bob, channels, .. } in &model.components {
        let kraus: usize = channels.iter().map(Vec::len).sum();
        let steering = settings * outcomes * (alice * alice * bob + alice * bob * bob);
        let channel =
            (settings * outcomes * (d * bob * bob + d * d * bob) + bob * bob * d).saturating_mul(kraus);
        work = work.saturating_add(steering).saturating_add(channel);
    }
    if work > MAX_WORK {
        return Err(Stop::Incomplete("the model is too large for this checker".to_owned()));
    }
    demand(sum(model.components.iter().map(|c| &c.weight)) == RBig::ONE, "the weights do not sum to 1")?;
    let mut table: Table = vec![vec![vec![Complex::default(); d]; d]; outcomes * settings * inputs];
    let mut spent = 0;
    for (number, component) in model.components.iter().enumerate() {
        let name = format!("proof.components[{number}]");
        let Component { weight, bob, .. } = component;
        demand(*weight > RBig::ZERO, &format!("{name}: the weight is not positive"))?;
        let norm = component.state.iter().flatten().fold(RBig::ZERO, |norm, z| norm + z.squared_modulus());
        demand(norm > RBig::ZERO, &format!("{name}: the state is zero"))?;
        check_measurements(scenario, component, &name, &mut spent)?;
        let mut rests = Vec::new();
        for (y, kraus) in component.channels.iter().enumerate() {
            let mut rest = identity(*bob);
            kraus.iter().for_each(|k| subtract(&mut rest, &adjoint(k), k));
            let proven = is_semidefinite_real(&rest.iter().map(|row| reals(row)).collect(), &mut spent)?;
            demand(proven, &format!("{name}.channels[{y}]: 1 − Σ K†K is not positive semidefinite"))?;
            rests.push(rest);
        }
        let share = weight / norm;
        for x in 0..settings {
            for a in 0..outcomes {
                let steered = steered(component, &component.measurements[x * outcomes + a]);
                for y in 0..inputs {
                    let element = &mut table[scenario.place(a, x, y)];
                    let output = output(&steered, &component.channels[y], &rests[y], d);
                    for (i, row) in output.iter().enumerate() {
                        for (j, z) in row.iter().enumerate() {
                            if kind != Kind::Bell || i == j {
                                element[i][j].add(&z.scaled(&share).into());
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(table)
}

fn check_measurements(
    scenario: &Scenario,
    component: &Component,
    name: &str,
    spent: &mut u128,
) -> Checked<()> {
    for (x, measurement) in component.measurements.chunks(scenario.outcomes).enumerate() {
        let mut rest = identity(component.alice);
        for (a, element) in measurement.iter().enumerate() {
            let name = format!("{name}.measurements: M_a|x for x = {x}, a = {a}");
            let matrix: Matrix = element.iter().map(|row| reals(row)).collect();
            check_matrix(&matrix, false, &name)?;
            demand(is_semidefinite_real(&matrix, spent)?, &format!("{name} is not positive semidefinite"))?;
            for (left, m) in rest.iter_mut().flatten().zip(element.iter().flatten()) {
                *left = left.minus(m);
            }
        }
        let whole = rest.iter().flatten().all(|z| z.re.is_zero() && z.im.is_zero());
        demand(whole, &format!("{name}.measurements: Σ_a M_a|x is not 1 for x = {x}"))?;
    }
    Ok(())
}

/// tr_A[(M ⊗ 1)|ψ⟩⟨ψ|] = ψᵀ Mᵀ ψ*.
fn steered(component: &Component, measurement: &Rationals) -> Rationals {
    let Component { alice, bob, state, .. } = component;
    // φ_{i'j} = Σ_i M_{i'i} ψ_{ij}.
    let mut applied = vec![vec![Rational::default(); *bob]; *alice];
    for (i, row) in applied.iter_mut().enumerate() {
        for (k, from) in state.iter().enumerate() {
            for (entry, z) in row.iter_mut().zip(from) {
                entry.add_product(&measurement[i][k], z);
            }
        }
    }
    let mut result = vec![vec![Rational::default(); *bob]; *bob];
    for (after, before) in applied.iter().zip(state) {
        for (row, left) in result.iter_mut().zip(after) {
            for (entry, right) in row.iter_mut().zip(before) {
                entry.add_product(left, &right.conjugate());
            }
        }
    }
    result
}

/// Σ K X K† + tr(rest·X)·1/d.
fn output(input: &Rationals, kraus: &[Rationals], rest: &Rationals, d: usize) -> Rationals {
    let mut result = vec![vec![Rational::default(); d]; d];
    for k in kraus {
        let mut half = vec![vec![Rational::default(); input.len()]; d];
        for (row, left) in half.iter_mut().zip(k) {
            for (from, z) in input.iter().zip(left) {
                for (entry, x) in row.iter_mut().zip(from) {
                    entry.add_product(z, x);
                }
            }
        }
        for (row, left) in result.iter_mut().zip(&half) {
            for (entry, right) in row.iter_mut().zip(k) {
                for (h, z) in left.iter().zip(right) {
                    entry.add_product(h, &z.conjugate());
                }
            }
        }
    }
    let mut missing = Rational::default();
    for (row, from) in rest.iter().enumerate() {
        for (column, z) in from.iter().enumerate() {
            missing.add_product(z, &input[column][row]);
        }
    }
    let each = missing.scaled(&RBig::from_parts(1.into(), d.into()));
    for (i, row) in result.iter_mut().enumerate() {
        row[i] = row[i].plus(&each);
    }
    result
}

/// What the model's share leaves of the target is in the ball of common-cause assemblages around white noise.
fn check_rest(scenario: &Scenario, target: &Table, table: &Table, model: &Model) -> Checked<()> {
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    let Some(share) = &model.share else { return rejected("there is no share") };
    demand(*share > RBig::ZERO && *share < RBig::ONE, "the share is not between 0 and 1")?;
    let q = RBig::ONE - share;
    let mut eta = map(target, table, |(whole, part)| {
        let mut rest = whole.clone();
        rest.sub(&part.scaled(share));
        rest
    });
    let mut least = vec![RBig::ZERO; outcomes * settings];
    for x in 0..settings {
        for a in 0..outcomes {
            let mut p = Real::default();
            let element = &eta[scenario.place(a, x, 0)];
            (0..d).for_each(|i| p.add(&element[i][i].re));
            let Enclosure { low, .. } = p.enclosure();
            demand(low > RBig::ZERO, "the model's share leaves some outcome without a positive probability")?;
            least[x * outcomes + a] = low;
            let white = p.scaled(&RBig::from_parts(1.into(), d.into()));
            for y in 0..inputs {
                let element = &mut eta[scenario.place(a, x, y)];
                (0..d).for_each(|i| element[i][i].re.sub(&white));
            }
        }
    }
    for y in 0..inputs {
        let mut reduced = vec![vec![Complex::default(); d]; d];
        for a in 0..outcomes {
            let element = &eta[scenario.place(a, 0, y)];
            reduced.iter_mut().flatten().zip(element.iter().flatten()).for_each(|(sum, z)| sum.add(z));
        }
        let mut used = norm_above(&reduced) * RBig::from(settings + 1) / &q;
        for x in 0..settings {
            let of = |a: usize| norm_above(&eta[scenario.place(a, x, y)]) / &least[x * outcomes + a];
            used += (0..outcomes).map(of).max().unwrap_or(RBig::ZERO);
        }
        let allowed = RBig::from_parts(1.into(), d.into());
        demand(
            used <= allowed,
            &format!("what the model's share leaves is not near white noise for y = {y}"),
        )?;
    }
    Ok(())
}

/// An upper bound on the greatest sum over a row of |Re| + |Im|.
fn norm_above(matrix: &Matrix) -> RBig {
    let part = |real: &Real| {
        let Enclosure { low, high } = real.enclosure();
        (-low).max(high)
    };
    let row = |row: &Vec<Complex>| row.iter().fold(RBig::ZERO, |sum, z| sum + part(&z.re) + part(&z.im));
    matrix.iter().map(row).max().unwrap_or(RBig::ZERO)
}

/// re + i·im with rationals.
#[derive(Clone, Debug, Default)]
pub struct Rational {
    pub re: RBig,
    pub im: RBig,
}

/// A matrix of such numbers, by rows.
pub type Rationals = Vec<Vec<Rational>>;

impl Rational {
    fn conjugate(&self) -> Self {
        Self { re: self.re.clone(), im: -&self.im }
    }

    fn plus(&self, other: &Self) -> Self {
        Self { re: &self.re + &other.re, im: &self.im + &other.im }
    }

    fn minus(&self, other: &Self) -> Self {
        Self { re: &self.re - &other.re, im: &self.im - &other.im }
    }

    fn scaled(&self, factor: &RBig) -> Self {
        Self { re: &self.re * factor, im: &self.im * factor }
    }

    fn squared_modulus(&self) -> RBig {
        &self.re * &self.re + &self.im * &self.im
    }

    /// Adds a·b.
    fn add_product(&mut self, a: &Self, b: &Self) {
        if (a.re.is_zero() && a.im.is_zero()) || (b.re.is_zero() && b.im.is_zero()) {
            return;
        }
        self.re += &a.re * &b.re - &a.im * &b.im;
        self.im += &a.re * &b.im + &a.im * &b.re;
    }
}

impl From<Rational> for Complex {
    fn from(z: Rational) -> Self {
        Self { re: z.re.into(), im: z.im.into() }
    }
}

impl From<&Rational> for Complex {
    fn from(z: &Rational) -> Self {
        z.clone().into()
    }
}

fn reals(row: &[Rational]) -> Vec<Complex> {
    row.iter().map(Complex::from).collect()
}

fn identity(n: usize) -> Rationals {
    let unit = |yes: bool| if yes { RBig::ONE } else { RBig::ZERO };
    let row = |i: usize| (0..n).map(|j| Rational { re: unit(i == j), im: RBig::ZERO }).collect();
    (0..n).map(row).collect()
}

fn adjoint(matrix: &Rationals) -> Rationals {
    let columns = matrix.first().map_or(0, Vec::len);
    (0..columns).map(|j| matrix.iter().map(|row| row[j].conjugate()).collect()).collect()
}

/// matrix − a·b.
fn subtract(matrix: &mut Rationals, a: &Rationals, b: &Rationals) {
    for (row, left) in matrix.iter_mut().zip(a) {
        for (z, from) in left.iter().zip(b) {
            let z = Rational { re: -&z.re, im: -&z.im };
            row.iter_mut().zip(from).for_each(|(entry, w)| entry.add_product(&z, w));
        }
    }
}
