//! The bound on the quantum set (docs/certificate.md §4).

use std::collections::BTreeMap;

use dashu_ratio::RBig;

use crate::algebra::{Algebra, Device, Word};
use crate::certificate::{Gram, Scenario, Table, Vanishing};
use crate::number::{Complex, Enclosure, Matrix, dyadic, is_diagonal, root_of_unity, square_root_above};
use crate::positive::gram_is_semidefinite;
use crate::{Checked, Stop, about};

/// Limits of this checker: entries of the functional times Bob's dimension, letters of all products of words, and products of
/// what vanishes: of words, and of entries of matrices.
const MAX_EXPANSION: usize = 1 << 22;
const MAX_LETTERS: usize = 1 << 26;
const MAX_VANISHING: usize = 1 << 22;

/// What multiplies one word: Σ_k ω^k z_k, from k to z_k. Powers of i are multiplied out at once.
type Coefficient = BTreeMap<u32, Complex>;

/// Checks ⟨F, σ⟩ ≤ bound for all quantum σ.
pub fn check(scenario: &Scenario, functional: &Table, bound: &RBig, gram: &Gram) -> Checked<()> {
    let n = gram.words.len();
    let algebra = scenario.algebra(gram.unitary);
    let mut words = functional_in_words(scenario, &algebra, functional)?;
    add_vanishing(&algebra, &mut words, gram)?;
    let total = upper_bound(&algebra, words, gram)?;
    if total > *bound {
        let excess = about(&(&total - bound));
        return Err(Stop::Rejected(format!(
            "proof.gram proves only Re c + n·δ + Σ|r_u| ≤ {}, above the bound by {excess}",
            about(&total)
        )));
    }
    if !gram_is_semidefinite(gram) {
        return Err(Stop::Rejected(format!(
            "proof.gram: the {n}×{n} matrix G + margin·1 is not shown to be positive semidefinite"
        )));
    }
    Ok(())
}

/// Demands K·σ_{a|xy} = 0 of whatever is said to vanish, for σ the assemblage and the noise.
pub fn check_vanishing(scenario: &Scenario, vanishing: &[Vanishing], tables: [&Table; 2]) -> Checked<()> {
    if vanishing.len().saturating_mul(scenario.dimension.pow(3)) > MAX_VANISHING {
        return Err(too_much_vanishes());
    }
    for (number, Vanishing { outcome, setting, input, operator, .. }) in vanishing.iter().enumerate() {
        if scenario.is_bell() && !is_diagonal(operator) {
            return Err(Stop::Rejected(format!(
                "proof.vanishing[{number}].operator is not diagonal, as a bell scenario demands"
            )));
        }
        let place = scenario.place(*outcome, *setting, *input);
        for (table, name) in tables.into_iter().zip(["assemblage", "noise"]) {
            if !product_is_zero(operator, &table[place]) {
                return Err(Stop::Rejected(format!(
                    "proof.vanishing[{number}]: the product of its operator and {name}[{place}] is not zero"
                )));
            }
        }
    }
    Ok(())
}

fn too_much_vanishes() -> Stop {
    Stop::Incomplete("proof.vanishing is too large for this checker".to_owned())
}

fn product_is_zero(left: &Matrix, right: &Matrix) -> bool {
    left.iter().all(|row| {
        (0..right.len()).all(|j| {
            let mut sum = Complex::default();
            row.iter().zip(right).for_each(|(z, other)| sum.add_product(z, &other[j]));
            sum.is_zero()
        })
    })
}

/// B = Σ M_{a|x} B_y(F_{a|xy}), word by word.
fn functional_in_words(
    scenario: &Scenario,
    algebra: &Algebra,
    functional: &Table,
) -> Checked<BTreeMap<Word, Coefficient>> {
    let d = scenario.dimension;
    let terms = match algebra.devices[0] {
        Device::Characters { outcomes } => outcomes as usize,
        _ => 1,
    };
    if functional.len().saturating_mul(terms) * d * d * d > MAX_EXPANSION {
        return Err(Stop::Incomplete(
            "the scenario is too large for this checker's expansion of F".to_owned(),
        ));
    }
    let mut words = BTreeMap::new();
    for (a, x, y) in scenario.labels() {
        for (k, z, word) in element_in_words(algebra, (a, x, y), &functional[scenario.place(a, x, y)]) {
            add(words.entry(word).or_default(), algebra, k, z);
        }
    }
    Ok(words)
}

/// M_{a|x} B_y(K) as Σ ω^k z·word, in the form (k, z, word).
fn element_in_words(
    algebra: &Algebra,
    (a, x, y): (usize, usize, usize),
    matrix: &Matrix,
) -> Vec<(u32, Complex, Word)> {
    let bob = matrix_in_letters(algebra, y, matrix);
    let mut terms = Vec::new();
    for (turns, weight, alice) in algebra.projector(0, x, a) {
        let product = |(k, z, word): &(u32, Complex, Word)| {
            (turns + k, z.scaled(&weight), [alice.as_slice(), word].concat())
        };
        terms.extend(bob.iter().map(product));
    }
    terms
}

/// Adds c·word†·M_{a|x} B_y(K) and its adjoint for every term of what vanishes.
fn add_vanishing(algebra: &Algebra, words: &mut BTreeMap<Word, Coefficient>, gram: &Gram) -> Checked<()> {
    let mut products = 0;
    for Vanishing { outcome, setting, input, operator, terms } in &gram.vanishing {
        let element = element_in_words(algebra, (*outcome, *setting, *input), operator);
        products += terms.len().saturating_mul(element.len());
        if products > MAX_VANISHING {
            return Err(too_much_vanishes());
        }
        for (left, (re, im)) in terms {
            let c = Complex { re: dyadic(*re, gram.scale).into(), im: dyadic(*im, gram.scale).into() };
            for (k, z, right) in &element {
                let mut factor = Complex::default();
                factor.add_product(&c, z);
                // ω^k z·right has the adjoint ω^−k z*·right†.
                if let Some((phase, word)) = algebra.adjoint_times(right, left) {
                    let turns = phase + algebra.order() - k % algebra.order();
                    add(words.entry(word).or_default(), algebra, turns, factor.conjugate());
                }
                if let Some((phase, word)) = algebra.adjoint_times(left, right) {
                    add(words.entry(word).or_default(), algebra, phase + k, factor);
                }
            }
        }
    }
    Ok(())
}

/// B_y(K) as Σ ω^k z·word, in the form (k, z, word).
fn matrix_in_letters(algebra: &Algebra, y: usize, matrix: &Matrix) -> Vec<(u32, Complex, Word)> {
    let (device, d) = (algebra.devices[1], matrix.len());
    let mut terms = Vec::new();
    if device.measures() {
        for (b, row) in matrix.iter().enumerate() {
            let effect = algebra.projector(1, y, b).into_iter();
            terms.extend(effect.map(|(k, weight, word)| (k, row[b].scaled(&weight), word)));
        }
        return terms;
    }
    // K = Σ_g f_g U_g with f_g = tr(U_g† K)/d, as tr(U_g† U_h) = d·δ_gh; each U_g has one entry in every column.
    let weight = RBig::from_parts(1.into(), d.into());
    for g in 0..(d * d) as u32 {
        let input = y as u32;
        let word = if g == 0 { vec![] } else { vec![crate::algebra::Letter { device: 1, input, index: g }] };
        for column in 0..d as u32 {
            let (row, k) = device.column(g, column);
            let k = k * algebra.turns(1);
            let entry = &matrix[row as usize][column as usize];
            if !entry.is_zero() {
                terms.push((algebra.order() - k, entry.scaled(&weight), word.clone()));
            }
        }
    }
    terms
}

/// Adds ω^k z to a coefficient.
fn add(coefficient: &mut Coefficient, algebra: &Algebra, k: u32, z: Complex) {
    let (k, order) = (k % algebra.order(), algebra.order());
    let (k, z) = if 4 * k % order == 0 { (0, z.turned(4 * k / order)) } else { (k, z) };
    coefficient.entry(k).or_default().add(&z);
}

/// An upper bound of Re c + n·δ + Σ_u |r_u|, the coefficients being those of B + Σ_ij G_ij w_i† w_j.
fn upper_bound(algebra: &Algebra, mut b: BTreeMap<Word, Coefficient>, gram: &Gram) -> Checked<RBig> {
    let n = gram.words.len();
    // In units of 2^−scale; n² ≤ 2^24 terms below 2^54 do not overflow.
    let mut products: BTreeMap<Word, BTreeMap<u32, (i128, i128)>> = BTreeMap::new();
    let mut letters = 0;
    for i in 0..n {
        for j in 0..n {
            let (re, im) = gram.entry(i, j);
            if (re, im) == (0, 0) {
                continue;
            }
            let Some((k, word)) = algebra.adjoint_times(&gram.words[i], &gram.words[j]) else { continue };
            let length = word.len() + 1;
            let sum = products.entry(word).or_insert_with(|| {
                letters += length;
                BTreeMap::new()
            });
            let sum = sum.entry(k).or_default();
            *sum = (sum.0 + i128::from(re), sum.1 + i128::from(im));
            if letters > MAX_LETTERS {
                return Err(Stop::Incomplete("proof.words: too many different products of words".to_owned()));
            }
        }
    }
    let roots: Vec<_> = (0..algebra.order()).map(|k| root_of_unity(k, algebra.order())).collect();
    let mut total = RBig::from(n) * &gram.margin;
    let mut count = |word: &Word, coefficient: &Coefficient| {
        let (re, im) = value(coefficient, &roots);
        total += if word.is_empty() { re.high } else { modulus_above(&re, &im) };
    };
    for (word, sum) in products {
        let mut coefficient = b.remove(&word).unwrap_or_default();
        for (k, (re, im)) in sum {
            let z = Complex { re: dyadic(re, gram.scale).into(), im: dyadic(im, gram.scale).into() };
            add(&mut coefficient, algebra, k, z);
        }
        count(&word, &coefficient);
    }
    b.iter().for_each(|(word, coefficient)| count(word, coefficient));
    Ok(total)
}

/// Enclosures of the real and the imaginary part of Σ_k ω^k z_k.
fn value(coefficient: &Coefficient, roots: &[(Enclosure, Enclosure)]) -> (Enclosure, Enclosure) {
    let zero = || Enclosure::exactly(RBig::ZERO);
    coefficient.iter().fold((zero(), zero()), |(re, im), (&k, z)| {
        let (cosine, sine) = &roots[k as usize];
        let (x, y) = (z.re.enclosure(), z.im.enclosure());
        (re.plus(&cosine.times(&x).minus(&sine.times(&y))), im.plus(&cosine.times(&y).plus(&sine.times(&x))))
    })
}

/// An upper bound of |re + i·im|; equality where that is rational and the enclosures are exact.
fn modulus_above(re: &Enclosure, im: &Enclosure) -> RBig {
    let (re, im) = (re.modulus(), im.modulus());
    square_root_above(&(&re * &re + &im * &im))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Kind;
    use crate::number::Real;

    fn scenario(kind: Kind, dimension: usize, outcomes: usize) -> Scenario {
        Scenario { kind, settings: 1, outcomes, inputs: 1, dimension, steps: Vec::new() }
    }

    /// A Hermitian matrix with entries of small integers, different for each pair (i, j).
    fn hermitian(d: usize) -> Matrix {
        let part = |p: usize| Real::from(RBig::from(p as i64 % 13 - 6));
        let entry = |i: usize, j: usize| {
            let (row, column) = (i.min(j), i.max(j));
            let z = Complex { re: part(5 * row + 7 * column + 1), im: part(3 * row + 11 * column) };
            match i.cmp(&j) {
                std::cmp::Ordering::Less => z,
                std::cmp::Ordering::Equal => Complex { im: Real::default(), ..z },
                std::cmp::Ordering::Greater => z.conjugate(),
            }
        };
        (0..d).map(|i| (0..d).map(|j| entry(i, j)).collect()).collect()
    }

    #[test]
    fn letters_add_up_to_the_matrix() {
        for d in [2, 3, 4, 5, 6, 8] {
            let algebra = scenario(Kind::Traditional, d, 2).algebra(false);
            let (device, order) = (algebra.devices[1], algebra.order());
            let roots: Vec<_> = (0..order).map(|k| root_of_unity(k, order)).collect();
            let matrix = hermitian(d);
            // Σ_g f_g U_g, entry by entry, as enclosures that must hold the integers of the matrix.
            let mut sums = vec![vec![Coefficient::new(); d]; d];
            for (k, z, word) in matrix_in_letters(&algebra, 0, &matrix) {
                let g = word.first().map_or(0, |letter| letter.index);
                for column in 0..d as u32 {
                    let (row, e) = device.column(g, column);
                    add(&mut sums[row as usize][column as usize], &algebra, k + e, z.clone());
                }
            }
            for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
                let (re, im) = value(&sums[i][j], &roots);
                for (found, part) in [(re, &matrix[i][j].re), (im, &matrix[i][j].im)] {
                    let expected = part.enclosure().low;
                    assert!(found.low <= expected && expected <= found.high, "{d}: {i}, {j}");
                    assert!(order != 4 || found.low == expected);
                    assert!(found.high - found.low < dyadic(1, 240));
                }
            }
        }
    }

    #[test]
    fn effects_add_up_to_the_identity() {
        // F_{a|x} = 1 for every a: B = Σ_a M_a ⊗ 1 = 1, also in a Bell scenario.
        let one = Complex { re: RBig::ONE.into(), im: Real::default() };
        for (kind, d, outcomes) in
            [(Kind::Traditional, 2, 2), (Kind::Traditional, 3, 4), (Kind::Bell, 2, 3), (Kind::Bell, 5, 2)]
        {
            let scenario = scenario(kind, d, outcomes);
            let identity: Matrix = (0..d)
                .map(|i| (0..d).map(|j| if i == j { one.clone() } else { Complex::default() }).collect())
                .collect();
            for unitary in [false, true] {
                let algebra = scenario.algebra(unitary);
                let words =
                    functional_in_words(&scenario, &algebra, &vec![identity.clone(); outcomes]).unwrap();
                let roots: Vec<_> = (0..algebra.order()).map(|k| root_of_unity(k, algebra.order())).collect();
                for (word, coefficient) in words {
                    let (re, im) = value(&coefficient, &roots);
                    let expected = if word.is_empty() { RBig::ONE } else { RBig::ZERO };
                    assert!((re.high - expected) < dyadic(1, 240) && im.modulus() < dyadic(1, 240));
                }
            }
        }
    }

    #[test]
    fn moduli() {
        let point = |p: i64| Enclosure::exactly(p.into());
        assert_eq!(modulus_above(&point(-3), &point(4)), RBig::from(5));
        assert_eq!(modulus_above(&point(0), &point(-7)), RBig::from(7));
        let root = modulus_above(&point(1), &point(1));
        assert!(&root * &root > RBig::from(2) && root < RBig::from_parts(15.into(), 10_u8.into()));
    }
}
