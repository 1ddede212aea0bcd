//! Explicit models: that something is quantum (docs/certificate.md §7). All in integers over common denominators.

use dashu_base::{Abs, BitTest};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use crate::certificate::{Component, Numbers, Scenario, Shared, Table};
use crate::number::{Real, common_multiple, sum};
use crate::positive::{Gaussian, decide};
use crate::{Checked, Stop, about, check_assemblage, demand};

/// Limits of this checker: products of numbers × (64-bit words of the longest)², of which 2^27 take about one second, and
/// complex numbers in all of Bob's input states of one component.
const MAX_WORK: u128 = 1 << 31;
const MAX_INPUT_STATES: usize = 1 << 22;

/// Checks ⟨F, model⟩ ≥ value, or ≤ value if `minimum`.
pub fn check_value(
    scenario: &Scenario,
    functional: &Table,
    minimum: bool,
    value: &RBig,
    model: &[Component],
) -> Checked<()> {
    let mu = assemblage(scenario, model)?;
    let mut total = Real::default();
    for (f, mu) in functional.iter().flatten().flatten().zip(&mu.numerators) {
        // tr(F μ) = Σ F_ij μ_ji, and μ_ji is the conjugate of μ_ij.
        total.add(&f.re.scaled(&mu.re.clone().into()));
        total.add(&f.im.scaled(&mu.im.clone().into()));
    }
    let total = total.scaled(&RBig::from_parts(IBig::ONE, mu.denominator));
    let value = Real::from(value.clone());
    let (excess, what) = if minimum { (value.minus(&total), "≤") } else { (total.minus(&value), "≥") };
    demand(excess.is_nonnegative(), || {
        format!("⟨F, model⟩ is not shown to be {what} the value, but is {}", about(&total.enclosure().low))
    })
}

/// Checks that no part of an entry of the model differs from the assemblage by more than the deviation, where the assemblage
/// has an element.
pub fn check_approximation(
    scenario: &Scenario,
    assemblage: &Table,
    deviation: &RBig,
    model: &[Component],
) -> Checked<()> {
    let rest = Rest::new(assemblage, &RBig::ONE, &self::assemblage(scenario, model)?)?;
    let size = scenario.dimension * scenario.dimension;
    let seen = rest.spans.chunks(size).zip(scenario.seen()).filter(|(_, seen)| *seen);
    let parts = seen.flat_map(|(element, _)| element.iter().flatten());
    let largest = parts.map(Span::modulus).max().unwrap_or(IBig::ZERO);
    let largest = RBig::from_parts(largest, rest.denominator);
    demand(largest <= *deviation, || {
        format!("the model differs from the assemblage by {}, more than the deviation", about(&largest))
    })
}

/// The target with what completes an instrumental one, which then obeys the rules of the scenario with all elements.
pub fn completed(scenario: &Scenario, mut target: Table, completion: &Table) -> Checked<Table> {
    // Either has zeros where the other has elements.
    for (entry, other) in target.iter_mut().flatten().flatten().zip(completion.iter().flatten().flatten()) {
        entry.add(other);
    }
    check_assemblage(&scenario.with_all_seen(), &target, "the target with proof.completion")?;
    Ok(target)
}

/// Checks that what the model's share leaves of the target is in the ball of common-cause assemblages of §7.
pub fn check_share(scenario: &Scenario, mut target: Table, shared: &Shared) -> Checked<()> {
    if let Some(completion) = &shared.completion {
        target = completed(scenario, target, completion)?;
    }
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    // η = τ − w·μ in units of 1/R, so that d·ε is in the same units.
    let rest = Rest::new(&target, &shared.share, &assemblage(scenario, &shared.model)?)?;
    let eta = |a, x, y| &rest.spans[scenario.place(a, x, y) * d * d..][..d * d];
    let trace = |a, x| (0..d).fold(Span::default(), |sum, i| sum.plus(&eta(a, x, 0)[i * (d + 1)][0]));
    // Answers that the rest never gives are left out.
    let is_zero = |span: &Span| span.low == IBig::ZERO && span.high == IBig::ZERO;
    let occurs = |a, x| (0..inputs).any(|y| !eta(a, x, y).iter().flatten().all(is_zero));
    let answers: Vec<Vec<usize>> =
        (0..settings).map(|x| (0..outcomes).filter(|&a| occurs(a, x)).collect()).collect();
    for (x, a) in answers.iter().enumerate().flat_map(|(x, of_x)| of_x.iter().map(move |&a| (x, a))) {
        demand(trace(a, x).low > IBig::ZERO, || {
            format!(
                "what the share leaves of tr τ_axy is not shown to be positive for a = {a}, x = {x}, nor is all of it zero"
            )
        })?;
    }
    let epsilon = |a, x, y| {
        let p = trace(a, x);
        let mut epsilon: Vec<[Span; 2]> = eta(a, x, y).to_vec();
        for part in epsilon.iter_mut().flatten() {
            *part = Span { low: &part.low * IBig::from(d), high: &part.high * IBig::from(d) };
        }
        for i in 0..d {
            let entry = &mut epsilon[i * (d + 1)][0];
            *entry = Span { low: &entry.low - &p.high, high: &entry.high - &p.low };
        }
        epsilon
    };
    let norm = |matrix: &[[Span; 2]]| {
        let row = |row: &[[Span; 2]]| row.iter().flatten().map(Span::modulus).fold(IBig::ZERO, |s, x| s + x);
        matrix.chunks(d).map(row).max().unwrap_or(IBig::ZERO)
    };
    let q = RBig::ONE - &shared.share;
    for y in 0..inputs {
        let mut total = vec![<[Span; 2]>::default(); d * d];
        for a in 0..outcomes {
            for (total, part) in total.iter_mut().flatten().zip(epsilon(a, 0, y).iter().flatten()) {
                *total = total.plus(part);
            }
        }
        let factor = RBig::from(settings + 1) / &q;
        let mut left = factor * RBig::from_parts(norm(&total), rest.denominator.clone());
        for (x, of_x) in answers.iter().enumerate() {
            let ratio = |&a| {
                let p = trace(a, x).low.into_parts().1;
                RBig::from_parts(norm(&epsilon(a, x, y)), p)
            };
            left += of_x.iter().map(ratio).max().unwrap_or(RBig::ZERO);
        }
        demand(left <= RBig::ONE, || {
            format!(
                "what the share leaves is not shown to have a common cause for y = {y}: {} times the limit",
                about(&left)
            )
        })?;
    }
    Ok(())
}

/// A closed interval with integers as ends.
#[derive(Clone, Debug, Default)]
struct Span {
    low: IBig,
    high: IBig,
}

impl Span {
    fn plus(&self, other: &Span) -> Span {
        Span { low: &self.low + &other.low, high: &self.high + &other.high }
    }

    fn modulus(&self) -> IBig {
        (&self.low).abs().max((&self.high).abs())
    }
}

/// The parts of τ − w·μ, enclosed in units of 1/denominator.
struct Rest {
    denominator: UBig,
    spans: Vec<[Span; 2]>,
}

impl Rest {
    fn new(target: &Table, share: &RBig, mu: &Numbers) -> Checked<Rest> {
        let parts = target.iter().flatten().flatten().map(|z| [z.re.enclosure(), z.im.enclosure()]);
        let parts: Vec<_> = parts.collect();
        let mut denominator = share.denominator() * &mu.denominator;
        for part in parts.iter().flatten() {
            denominator = common_multiple(denominator, part.low.denominator());
            denominator = common_multiple(denominator, part.high.denominator());
            let words = 1 + denominator.bit_len() as u128 / 64;
            afford(parts.len() as u128 * words * words)?;
        }
        let factor = share.numerator() * (&denominator / (share.denominator() * &mu.denominator));
        let integer = |q: &RBig| q.numerator() * (&denominator / q.denominator());
        let span = |part: &crate::number::Enclosure, mu: &IBig| {
            let mu = mu * &factor;
            let low = integer(&part.low);
            let high = if part.low == part.high { low.clone() } else { integer(&part.high) };
            Span { low: low - &mu, high: high - mu }
        };
        let entry = |([re, im], mu): (&[_; 2], &Gaussian)| [span(re, &mu.re), span(im, &mu.im)];
        let spans = parts.iter().zip(&mu.numerators).map(entry).collect();
        Ok(Rest { denominator, spans })
    }
}

fn afford(cost: u128) -> Checked<()> {
    if cost > MAX_WORK {
        return Err(Stop::Incomplete("the model is too large for this checker".to_owned()));
    }
    Ok(())
}

/// cost ↦ cost × words², added to what is spent.
fn spend(work: &mut u128, products: u128, bits: usize) -> Checked<()> {
    let words = 1 + bits as u128 / 64;
    *work = work.saturating_add(products.saturating_mul(words * words));
    afford(*work)
}

/// The model's assemblage: the entries of one table in rows.
pub fn assemblage(scenario: &Scenario, model: &[Component]) -> Checked<Numbers> {
    let total = sum(model.iter().map(|component| &component.weight));
    demand(total == RBig::ONE, || format!("the weights sum to {}, not 1", about(&total)))?;
    let (mut work, mut spent) = (0, 0);
    let mut mu = Numbers { denominator: UBig::ONE, numerators: Vec::new() };
    for (k, component) in model.iter().enumerate() {
        let name = format!("proof.components[{k}]");
        check_measurements(scenario, component, &name, &mut spent)?;
        let part = contribution(scenario, component, &name, &mut work, &mut spent)?;
        let denominator = common_multiple(mu.denominator.clone(), &part.denominator);
        spend(&mut work, part.numerators.len() as u128, denominator.bit_len())?;
        let (old, new) = (&denominator / &mu.denominator, &denominator / &part.denominator);
        mu.numerators.resize(part.numerators.len(), Gaussian::default());
        for (sum, part) in mu.numerators.iter_mut().zip(&part.numerators) {
            sum.re = &sum.re * &old + &part.re * &new;
            sum.im = &sum.im * &old + &part.im * &new;
        }
        mu.denominator = denominator;
    }
    Ok(mu)
}

/// Demands Hermitian, positive semidefinite M_{a|x} that sum to 1.
fn check_measurements(
    scenario: &Scenario,
    component: &Component,
    name: &str,
    spent: &mut u128,
) -> Checked<()> {
    let n = component.alice;
    let one = IBig::from(component.measurements.denominator.clone());
    let size = n * n;
    for (x, measurement) in component.measurements.numerators.chunks(size * scenario.outcomes).enumerate() {
        for (a, m) in measurement.chunks(size).enumerate() {
            let places = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
            let conjugate = |z: &Gaussian, w: &Gaussian| z.re == w.re && z.im == -&w.im;
            demand(places.into_iter().all(|(i, j)| conjugate(&m[i * n + j], &m[j * n + i])), || {
                format!("{name}: M_ax is not Hermitian for a = {a}, x = {x}")
            })?;
        }
        for (place, i) in (0..size).map(|place| (place, place / n)) {
            let (mut re, mut im) = (IBig::ZERO, IBig::ZERO);
            for m in measurement.chunks(size) {
                re += &m[place].re;
                im += &m[place].im;
            }
            let expected = if place == i * (n + 1) { &one } else { &IBig::ZERO };
            demand(re == *expected && im.is_zero(), || format!("{name}: Σ_a M_ax is not 1 for x = {x}"))?;
        }
        for (a, m) in measurement.chunks(size).enumerate() {
            let rows = (0..n).map(|i| m[i * (n + 1)..(i + 1) * n].to_vec()).collect();
            demand(decide(rows, spent)?, || {
                format!("{name}: M_ax is not positive semidefinite for a = {a}, x = {x}")
            })?;
        }
    }
    Ok(())
}

/// sum += z·w, or z·w* if `conjugate`.
fn add_product(sum: &mut Gaussian, z: &Gaussian, w: &Gaussian, conjugate: bool) {
    let zero = |x: &Gaussian| x.re.is_zero() && x.im.is_zero();
    if zero(z) || zero(w) {
        return;
    }
    let (mut im_im, mut re_im) = (&z.im * &w.im, &z.re * &w.im);
    if conjugate {
        (im_im, re_im) = (-im_im, -re_im);
    }
    sum.re += &z.re * &w.re - im_im;
    sum.im += &z.im * &w.re + re_im;
}

/// What a component adds to the model, once its channels are checked.
fn contribution(
    scenario: &Scenario,
    component: &Component,
    name: &str,
    work: &mut u128,
    spent: &mut u128,
) -> Checked<Numbers> {
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    let Component { alice, bob, state, measurements, channels, .. } = component;
    let (alice, bob, pairs) = (*alice, *bob, settings * outcomes);
    let bits = |numbers: &Numbers| numbers.numerators.iter().map(Gaussian::bit_len).max().unwrap_or(0);
    let input_bits = bits(measurements) + 2 * bits(state);
    if pairs.saturating_mul(bob * bob) > MAX_INPUT_STATES {
        return Err(Stop::Incomplete(format!("{name}: Bob's input states are too large for this checker")));
    }
    spend(work, ((alice + bob) * alice * bob * pairs) as u128, input_bits)?;
    for channel in channels {
        let products = (d * channel.numerators.len() * bob) as u128;
        spend(work, products, 2 * bits(channel))?;
        spend(work, (d * d * bob * bob) as u128 * pairs as u128, input_bits + 2 * bits(channel))?;
    }

    // X_jj' = Σ_ii' ψ_ij M_i'i ψ*_i'j', in units of 1/(denominator of M · denominator of ψ squared), with ⟨ψ|ψ⟩ likewise.
    let psi = &state.numerators;
    let norm = psi.iter().fold(IBig::ZERO, |sum, z| sum + &z.re * &z.re + &z.im * &z.im).into_parts().1;
    let inputs_of_bob: Vec<Vec<Gaussian>> = (measurements.numerators.chunks(alice * alice))
        .map(|m| {
            let mut half = vec![Gaussian::default(); alice * bob]; // Σ_i M_i'i ψ_ij
            for (row, m) in half.chunks_mut(bob).zip(m.chunks(alice)) {
                for (m, psi) in m.iter().zip(psi.chunks(bob)) {
                    row.iter_mut().zip(psi).for_each(|(sum, psi)| add_product(sum, m, psi, false));
                }
            }
            let mut x = vec![Gaussian::default(); bob * bob];
            for (half, psi) in half.chunks(bob).zip(psi.chunks(bob)) {
                for (row, half) in x.chunks_mut(bob).zip(half) {
                    row.iter_mut().zip(psi).for_each(|(sum, psi)| add_product(sum, half, psi, true));
                }
            }
            x
        })
        .collect();

    let mut result: Vec<Vec<Gaussian>> = vec![vec![Gaussian::default(); d * d]; pairs * inputs];
    let mut units = Vec::new();
    for (y, channel) in channels.iter().enumerate() {
        let unit = &channel.denominator * &channel.denominator;
        // Entry (j, j') is that of unit·(1 − N) in the place (j', j): what the trace with X takes.
        let mut rest = vec![Gaussian::default(); bob * bob];
        (0..bob).for_each(|j| rest[j * (bob + 1)].re = unit.clone().into());
        let apply = |map: &[Gaussian], x: &[Gaussian]| {
            let mut sum = Gaussian::default();
            map.iter().zip(x).for_each(|(map, x)| add_product(&mut sum, map, x, false));
            sum
        };
        for (b, c) in (0..d).flat_map(|b| (b..d).map(move |c| (b, c))) {
            if b != c && scenario.is_bell() {
                continue;
            }
            // (K X K†)_bc = Σ_jj' K_bj K*_cj' X_jj'.
            let mut map = vec![Gaussian::default(); bob * bob];
            for k in channel.numerators.chunks(d * bob) {
                let (left, right) = (&k[b * bob..(b + 1) * bob], &k[c * bob..(c + 1) * bob]);
                for (row, left) in map.chunks_mut(bob).zip(left) {
                    row.iter_mut().zip(right).for_each(|(sum, right)| add_product(sum, left, right, true));
                }
            }
            if b == c {
                for (rest, map) in rest.iter_mut().zip(&map) {
                    rest.re -= &map.re;
                    rest.im -= &map.im;
                }
            }
            for (pair, x) in inputs_of_bob.iter().enumerate() {
                let (x_label, a) = (pair / outcomes, pair % outcomes);
                let entry = apply(&map, x);
                let matrix = &mut result[scenario.place(a, x_label, y)];
                let d_times = |z: &IBig| z * IBig::from(d);
                matrix[c * d + b] = Gaussian { re: d_times(&entry.re), im: -d_times(&entry.im) };
                matrix[b * d + c] = Gaussian { re: d_times(&entry.re), im: d_times(&entry.im) };
            }
        }
        for (pair, x) in inputs_of_bob.iter().enumerate() {
            let lost = apply(&rest, x).re; // times 1/d, in units of 1/d
            let matrix = &mut result[scenario.place(pair % outcomes, pair / outcomes, y)];
            (0..d).for_each(|b| matrix[b * (d + 1)].re += &lost);
        }
        // The transpose is positive semidefinite as the matrix is.
        let rows = (0..bob).map(|j| rest[j * (bob + 1)..(j + 1) * bob].to_vec()).collect();
        demand(decide(rows, spent)?, || format!("{name}: 1 − N_y is not positive semidefinite for y = {y}"))?;
        units.push(unit);
    }

    // Result for y is in units of 1/(d · denominator of M · ⟨ψ|ψ⟩ · unit of y).
    let common = units.iter().fold(UBig::ONE, common_multiple);
    let weight = &component.weight;
    let factors: Vec<IBig> = units.iter().map(|unit| weight.numerator() * (&common / unit)).collect();
    let denominator = common * UBig::from(d) * &measurements.denominator * norm * weight.denominator();
    spend(work, (result.len() * d * d) as u128, denominator.bit_len())?;
    let mut numerators = Vec::with_capacity(result.len() * d * d);
    for (place, matrix) in result.into_iter().enumerate() {
        let factor = &factors[place % inputs];
        numerators.extend(matrix.into_iter().map(|z| Gaussian { re: z.re * factor, im: z.im * factor }));
    }
    Ok(Numbers { denominator, numerators })
}
