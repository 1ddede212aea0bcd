//! Is a Hermitian matrix positive semidefinite? Exactly, by elimination without fractions; or, for the large Gram
//! matrices of docs/certificate.md §4, by a floating-point Cholesky decomposition with a proven bound on its error.

use dashu_base::{BitTest, Gcd, Sign};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use crate::certificate::Gram;
use crate::number::{Matrix, Real, dyadic, power_of_two, sum};
use crate::{Checked, Stop};

/// Cost of exact eliminations, in n³ · (64-bit words of the last pivot)²: 2^34 take some seconds. That much is spent on a
/// Gram matrix that floating point does not prove, and four times that on all the small matrices of one certificate.
const GRAM_WORK: u128 = 1 << 34;
const TOTAL_WORK: u128 = 1 << 36;

/// re + i·im with integers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaussian {
    pub re: IBig,
    pub im: IBig,
}

impl Gaussian {
    /// The bits of its longer part.
    pub fn bit_len(&self) -> usize {
        self.re.bit_len().max(self.im.bit_len())
    }
}

/// The upper triangle of a Hermitian matrix: `rows[i][j - i]` is the entry (i, j), j ≥ i.
pub type UpperTriangle = Vec<Vec<Gaussian>>;

/// Decides positive semidefiniteness exactly, by the fraction-free elimination of Bareiss (Math. Comp. 22, 565 (1968)).
///
/// A Hermitian matrix is positive semidefinite if and only if its corner p is ≥ 0 and, where p > 0, the Schur complement
/// m_ij − m_i0 m_0j / p is; where p = 0 the whole row has to vanish and the rest has to be positive semidefinite.
/// Elimination keeps, in place of the Schur complement, its multiple by the last pivot: these are minors of the matrix,
/// hence integers, and each step divides exactly by the pivot before. A row that vanishes beside its corner leaves the
/// rest as it is: from there on the matrix is one without that row and column, and the pivot before stays.
pub fn is_semidefinite(mut rows: UpperTriangle) -> bool {
    let mut before = IBig::ONE;
    while !rows.is_empty() {
        let first = rows.remove(0);
        let pivot = &first[0].re;
        let alone = first[1..].iter().all(|z| *z == Gaussian::default());
        if pivot.sign() == Sign::Negative || (pivot.is_zero() && !alone) {
            return false;
        }
        if alone {
            continue;
        }
        for (i, row) in rows.iter_mut().enumerate() {
            let left = &first[i + 1]; // m_0i; the elimination needs m_i0, its conjugate
            for (entry, right) in row.iter_mut().zip(&first[i + 1..]) {
                let re = pivot * &entry.re - &left.re * &right.re - &left.im * &right.im;
                let im = pivot * &entry.im - &left.re * &right.im + &left.im * &right.re;
                *entry = Gaussian { re: re / &before, im: im / &before };
            }
        }
        before = pivot.clone();
    }
    true
}

/// What `is_semidefinite` costs, from the bits of the diagonal and those of the longest entry.
fn cost(diagonal: impl ExactSizeIterator<Item = usize>, longest: usize) -> u128 {
    // Up to the step that finds a matrix not to be semidefinite, every pivot is at most the product of the diagonal so
    // far (Hadamard's inequality); no other minor has more than one further row and column.
    let n = diagonal.len() as u128;
    let words = 1 + (diagonal.sum::<usize>() + longest) as u128 / 64;
    n * n * n * words * words
}

/// Adds a cost to what is spent, up to the limit.
fn spend(spent: &mut u128, cost: u128) -> Checked<()> {
    *spent = spent.saturating_add(cost);
    if *spent > TOTAL_WORK {
        return Err(Stop::Incomplete(
            "the proof's matrices are too many or too large for this checker".to_owned(),
        ));
    }
    Ok(())
}

/// Whether a Hermitian matrix of reals is shown to be positive semidefinite. `spent` adds up the cost.
///
/// Every part is replaced by the middle of its enclosure, and each diagonal entry lowered by the radii r_ij of its row.
/// What this takes away is positive semidefinite, being diagonally dominant: its entries are at most r_ij in modulus off
/// the diagonal, and on it at least Σ_j r_ij − r_ii. A row without irrational parts is not changed.
pub fn is_semidefinite_real(matrix: &Matrix, spent: &mut u128) -> Checked<bool> {
    let n = matrix.len();
    let half = dyadic(1, 1);
    let mut middles: Vec<Vec<(RBig, RBig)>> = Vec::new();
    for (i, row) in matrix.iter().enumerate() {
        let mut radius = RBig::ZERO;
        let mut middle = |part: &Real| {
            let part = part.enclosure();
            radius += (&part.high - &part.low) * &half;
            (part.low + part.high) * &half
        };
        let mut row: Vec<_> = row.iter().map(|z| (middle(&z.re), middle(&z.im))).collect();
        row[i].0 -= radius;
        middles.push(row);
    }
    let parts = || middles.iter().flatten().flat_map(|(re, im)| [re.denominator(), im.denominator()]);
    let common = parts().fold(UBig::ONE, |common, q| &common / (&common).gcd(q) * q);
    let integer = |q: &RBig| q.numerator() * (&common / q.denominator());
    let gaussian = |(re, im): &(RBig, RBig)| Gaussian { re: integer(re), im: integer(im) };
    let rows: UpperTriangle = (0..n).map(|i| middles[i][i..].iter().map(gaussian).collect()).collect();
    decide(rows, spent)
}

/// Whether a Hermitian matrix of integers is positive semidefinite. `spent` adds up the cost.
pub fn decide(rows: UpperTriangle, spent: &mut u128) -> Checked<bool> {
    let n = rows.len();
    let longest = rows.iter().flatten().map(Gaussian::bit_len).max().unwrap_or(0);
    // A row of zeros beside the diagonal takes no part in the elimination.
    let mut is_coupled = vec![false; n];
    for (i, row) in rows.iter().enumerate() {
        for (j, _) in row.iter().enumerate().skip(1).filter(|(_, z)| **z != Gaussian::default()) {
            (is_coupled[i], is_coupled[i + j]) = (true, true);
        }
    }
    let (coupled, alone): (Vec<_>, Vec<_>) = (0..n).partition(|&i| is_coupled[i]);
    spend(spent, cost(coupled.iter().map(|&i| rows[i][0].re.bit_len()), longest))?;
    alone.iter().try_for_each(|&i| spend(spent, cost([rows[i][0].re.bit_len()].into_iter(), 0)))?;
    Ok(is_semidefinite(rows))
}

/// Whether G + margin·1 is positive semidefinite. Floating point, which takes a hundredth of the time, comes first; what
/// it does not prove is decided exactly unless that takes too long.
pub fn gram_is_semidefinite(gram: &Gram) -> bool {
    let n = gram.words.len();
    // In units of 2^−scale the matrix is g + a/b; multiplied by b it is one of integers.
    let shift = &gram.margin * RBig::from(power_of_two(gram.scale));
    let (a, b) = (shift.numerator(), shift.denominator());
    let row = |i: usize| {
        let entry = |j: usize| Gaussian {
            re: b * IBig::from(gram.entry(i, j).0) + if i == j { a.clone() } else { IBig::ZERO },
            im: b * IBig::from(gram.entry(i, j).1),
        };
        (i..n).map(entry).collect::<Vec<_>>()
    };
    let corner = |i| (b * IBig::from(gram.entry(i, i).0) + a).bit_len();
    let quick = || cost((0..n).map(corner), b.bit_len() + 53) <= GRAM_WORK;
    cholesky_proves(gram, &shift) || (quick() && is_semidefinite((0..n).map(row).collect()))
}

/// Length of the partial sums of `dot`.
const LANES: usize = 16;

/// Whether a floating-point Cholesky decomposition proves g + shift·1 positive definite, g in units of 2^−scale.
///
/// **The bound** (after Demmel and Higham, see N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed.,
/// §10.1, and S. M. Rump, *Verification of positive definiteness*, BIT 46, 433 (2006)). A complex matrix X + iY is
/// replaced by the real symmetric [[X, −Y], [Y, X]], which has the same eigenvalues; let m be the size of what is
/// decomposed, u = 2^−53, and γ_h = hu/(1 − hu). Row i and column j ≤ i of the factor L come from
///
/// s = a_ij − Σ_{k<j} l_ik l_jk, l_ij = s/l_jj (j < i) or √s (j = i).
///
/// With the 16 partial sums of `dot`, each product is rounded once itself, in at most ⌈m/16⌉ additions to its partial sum
/// and in 15 that join these: h = ⌈m/16⌉ + 16 roundings. Moving those of the subtraction, division or root to the other
/// side (at most 3 there, fewer than h) gives |a_ij − Σ_{k≤j} l_ik l_jk| ≤ γ_h Σ_{k≤j} |l_ik||l_jk| ≤ γ_h ‖l_i‖‖l_j‖. For
/// i = j: ‖l_i‖² ≤ a_ii/(1 − γ_h). So A = LLᵀ + Δ with |Δ_ij| ≤ α√(a_ii a_jj), α = γ_h/(1 − γ_h) = hu/(1 − 2hu) ≤ (h + 1)u,
/// and ‖Δ‖ ≤ α tr A: if the decomposition runs to its end, A ⪰ −(h + 1)u·tr A.
///
/// Underflow adds an error of at most 2^−1075 to each product and quotient, together less than m²·2^−1072 in norm as the
/// diagonal is at most 1; one more u·tr A ≥ 2^−106 is far above that. So the decomposition is done for a matrix A ⪯ T − c·1,
/// where T is g + shift·1 over a power of two, and c = (h + 2)u·tr T ≥ (h + 2)u·tr A. Then T ⪰ A + c ⪰ 0.
///
/// **Conversion.** Entries of g are below 2^53 and the power of two below 2^1000, so off the diagonal there is no error;
/// on it, entries of T − c·1 are rounded down to multiples of 2^−53, which floats hold as they are below 1.
fn cholesky_proves(gram: &Gram, shift: &RBig) -> bool {
    let n = gram.words.len();
    let is_real = gram.im.is_empty();
    let m = if is_real { n } else { 2 * n };
    let exact: Vec<RBig> = (0..n).map(|i| RBig::from(gram.entry(i, i).0) + shift).collect();
    let Some(largest) = exact.iter().max() else { return false };
    let exponent = largest.ceil().bit_len();
    if exact.iter().any(|t| *t <= RBig::ZERO) || exponent > 1000 {
        return false;
    }
    let unit = dyadic(1, 53);
    let trace = sum(&exact) * dyadic(1, exponent) * RBig::from(m / n);
    let c = RBig::from(m.div_ceil(LANES) + 16 + 2) * &unit * trace;
    let down = |t: &RBig| ((t * dyadic(1, exponent) - &c) / &unit).floor();
    let Ok(diagonal) = exact.iter().map(|t| i64::try_from(down(t))).collect::<Result<Vec<_>, _>>() else {
        return false;
    };
    let scale = f64::from_bits((1023 - exponent as u64) << 52); // 2^−exponent
    let entry = |i: usize, j: usize| {
        let (re, im) = gram.entry(i % n, j % n);
        if i == j {
            diagonal[i % n] as f64 * (0.5 * f64::EPSILON) // 2^−53
        } else if (i < n) == (j < n) {
            re as f64 * scale
        } else {
            // Below the diagonal blocks stands Y, above −Y.
            (if i >= n { im } else { -im }) as f64 * scale
        }
    };
    cholesky_completes(m, entry)
}

/// Whether the Cholesky decomposition of this symmetric matrix finds a positive number under every root.
fn cholesky_completes(m: usize, entry: impl Fn(usize, usize) -> f64) -> bool {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(m);
    for i in 0..m {
        // Zeros fill up the last lanes, and a row is zero from where it is not yet known: products with them are 0.
        let mut row = vec![0.0; (i + 1).next_multiple_of(LANES)];
        for (j, other) in rows.iter().enumerate() {
            row[j] = (entry(i, j) - dot(&row, other)) / other[j];
        }
        let under_root = entry(i, i) - dot(&row, &row);
        if !(under_root > 0.0 && under_root.is_finite()) {
            return false;
        }
        row[i] = under_root.sqrt();
        rows.push(row);
    }
    true
}

/// The scalar product over the length of `other`, in 16 partial sums.
fn dot(row: &[f64], other: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (left, right) in row.chunks_exact(LANES).zip(other.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Complex;

    /// Small pseudorandom integers, by a linear congruence.
    fn stream(mut state: u64) -> impl FnMut(i64) -> i64 {
        move |bound| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % (2 * bound + 1) - bound
        }
    }

    /// V†V for a random k×n matrix V of Gaussian integers, in full.
    fn square(n: usize, k: usize, bound: i64, real: bool, seed: u64) -> Vec<Vec<(i64, i64)>> {
        let mut next = stream(seed);
        let v: Vec<Vec<(i64, i64)>> = (0..k)
            .map(|_| (0..n).map(|_| (next(bound), if real { 0 } else { next(bound) })).collect())
            .collect();
        let entry = |i: usize, j: usize| {
            v.iter().fold((0, 0), |(re, im), row| {
                let ((a, b), (c, d)) = (row[i], row[j]);
                (re + a * c + b * d, im + a * d - b * c)
            })
        };
        (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
    }

    fn upper(matrix: &[Vec<(i64, i64)>]) -> UpperTriangle {
        let gaussian = |&(re, im): &(i64, i64)| Gaussian { re: re.into(), im: im.into() };
        matrix.iter().enumerate().map(|(i, row)| row[i..].iter().map(gaussian).collect()).collect()
    }

    fn gram(matrix: &[Vec<(i64, i64)>], scale: usize, margin: RBig) -> Gram {
        let n = matrix.len();
        let places = || (0..n).flat_map(|j| (0..=j).map(move |i| (i, j)));
        let re = places().map(|(i, j)| matrix[i][j].0).collect();
        let im: Vec<i64> = places().map(|(i, j)| matrix[i][j].1).collect();
        let im = if im.iter().all(|&x| x == 0) { Vec::new() } else { im };
        Gram { unitary: false, words: vec![vec![]; n], scale, re, im, margin, vanishing: Vec::new() }
    }

    fn proves(gram: &Gram) -> bool {
        cholesky_proves(gram, &(&gram.margin * RBig::from(power_of_two(gram.scale))))
    }

    /// Determinants of principal minors by expansion: semidefinite if and only if none is negative.
    fn naive(matrix: &[Vec<(i64, i64)>]) -> bool {
        fn determinant(m: &[Vec<(i64, i64)>], rows: &[usize], columns: &[usize]) -> (i64, i64) {
            let Some((&first, rest)) = rows.split_first() else { return (1, 0) };
            let mut sum = (0, 0);
            for (k, &column) in columns.iter().enumerate() {
                let others: Vec<_> = columns.iter().copied().filter(|&c| c != column).collect();
                let (a, b) = m[first][column];
                let (c, d) = determinant(m, rest, &others);
                let sign = if k % 2 == 0 { 1 } else { -1 };
                sum = (sum.0 + sign * (a * c - b * d), sum.1 + sign * (a * d + b * c));
            }
            sum
        }
        (1..1_usize << matrix.len()).all(|subset| {
            let kept: Vec<_> = (0..matrix.len()).filter(|i| (subset >> i) & 1 == 1).collect();
            determinant(matrix, &kept, &kept).0 >= 0
        })
    }

    #[test]
    fn elimination_agrees_with_principal_minors() {
        let (mut semidefinite, mut not) = (0, 0);
        for seed in 0..600 {
            let mut next = stream(seed);
            let n = 1 + seed as usize % 4;
            // Gram matrices of low rank are singular; lowering a corner makes some of them indefinite.
            let mut matrix = square(n, 1 + seed as usize % 3, 2, seed % 5 == 0, seed + 1000);
            let corner = (next(1000).unsigned_abs() as usize) % n;
            matrix[corner][corner].0 += next(1);
            let expected = naive(&matrix);
            assert_eq!(is_semidefinite(upper(&matrix)), expected, "{matrix:?}");
            if expected { semidefinite += 1 } else { not += 1 }
        }
        assert!(semidefinite > 100 && not > 100, "{semidefinite} {not}");
    }

    #[test]
    fn singular_matrices_are_decided() {
        let zero = vec![vec![(0, 0); 3]; 3];
        assert!(is_semidefinite(upper(&zero)));
        let mut swap = zero.clone();
        (swap[0][2], swap[2][0]) = ((0, 1), (0, -1));
        assert!(!is_semidefinite(upper(&swap)));
        let mut low = square(9, 4, 100, false, 7);
        assert!(is_semidefinite(upper(&low)));
        low[8][8].0 -= 1;
        assert!(!is_semidefinite(upper(&low)));
    }

    #[test]
    fn a_margin_is_added() {
        // [[1, 2], [2, 1]] has eigenvalues 3 and −1: in units of 2^−3 a margin of 1/8 suffices, 1/9 does not.
        let matrix = [vec![(1, 0), (2, 0)], vec![(2, 0), (1, 0)]];
        let eighth = RBig::from_parts(1.into(), 8_u8.into());
        assert!(gram_is_semidefinite(&gram(&matrix, 3, eighth.clone())));
        assert!(!gram_is_semidefinite(&gram(&matrix, 3, RBig::from_parts(1.into(), 9_u8.into()))));
        assert!(!proves(&gram(&matrix, 3, eighth.clone())));
        assert!(proves(&gram(&matrix, 3, eighth + dyadic(1, 40))));
    }

    #[test]
    fn floating_point_proves_what_is_well_conditioned() {
        for (n, real) in [(1, true), (5, false), (17, true), (40, false), (100, true)] {
            let matrix = square(n, 2 * n, 1 << 20, real, n as u64);
            assert!(proves(&gram(&matrix, 40, RBig::ZERO)), "{n}");
        }
    }

    #[test]
    fn floating_point_refuses_what_is_indefinite() {
        // Singular plus −ε on the diagonal: never proven, however small ε; plus a sufficient margin: proven.
        for (n, real) in [(2, true), (6, false), (33, true), (33, false), (60, true)] {
            let mut matrix = square(n, n - 1, 1 << 18, real, n as u64);
            let largest = (0..n).map(|i| matrix[i][i].0).max().unwrap();
            assert!(!proves(&gram(&matrix, 0, RBig::ZERO)));
            let relative = |k| RBig::from(largest) * dyadic(1, k);
            assert!(proves(&gram(&matrix, 0, relative(33))), "{n}");
            assert!(!proves(&gram(&matrix, 0, relative(60))), "{n}");
            (0..n).for_each(|i| matrix[i][i].0 -= 1);
            assert!(!is_semidefinite(upper(&matrix)));
            assert!(!proves(&gram(&matrix, 0, RBig::ZERO)));
        }
    }

    #[test]
    fn floating_point_never_contradicts_elimination() {
        let mut proven = 0;
        for seed in 0..400 {
            let n = 2 + seed as usize % 9;
            let mut next = stream(seed);
            let mut matrix = square(n, n, 3, seed % 2 == 0, seed);
            (0..n).for_each(|i| matrix[i][i].0 += next(2));
            if proves(&gram(&matrix, 0, RBig::ZERO)) {
                proven += 1;
                assert!(is_semidefinite(upper(&matrix)), "{matrix:?}");
            }
        }
        assert!(proven > 50);
    }

    #[test]
    fn extreme_scales_do_not_fool_the_floats() {
        let matrix = [vec![(1, 0), (0, 0)], vec![(0, 0), (1, 0)]];
        assert!(proves(&gram(&matrix, 1000, RBig::ZERO)));
        assert!(proves(&gram(&matrix, 900, RBig::ONE)));
        assert!(!proves(&gram(&matrix, 1000, RBig::from(power_of_two(60)))), "beyond 2^1000: not tried");
        let zero = [vec![(0, 0)]];
        assert!(!proves(&gram(&zero, 0, RBig::ZERO)));
        let negative = [vec![(-1, 0)]];
        assert!(!proves(&gram(&negative, 0, RBig::ZERO)));
        assert!(!proves(&gram(&negative, 0, RBig::ONE)));
    }

    #[test]
    fn reals_with_roots() {
        // [[√2, 1 + i], [1 − i, √2]] is singular, which enclosures cannot show; a little more on the diagonal they can.
        let root = |extra: i64| {
            let mut real = Real::default();
            real.add_term(2, &RBig::ONE);
            real.add_term(1, &dyadic(extra, 150));
            Complex { re: real, im: Real::default() }
        };
        let one = Complex { re: RBig::ONE.into(), im: RBig::ONE.into() };
        let matrix = |extra| vec![vec![root(extra), one.clone()], vec![one.conjugate(), root(extra)]];
        assert!(!is_semidefinite_real(&matrix(0), &mut 0).unwrap());
        assert!(!is_semidefinite_real(&matrix(-1), &mut 0).unwrap());
        assert!(is_semidefinite_real(&matrix(1), &mut 0).unwrap());
        // Diagonal and rational singular matrices are decided exactly.
        let zero = Complex::default();
        let diagonal = vec![vec![root(0), zero.clone()], vec![zero.clone(), zero.clone()]];
        assert!(is_semidefinite_real(&diagonal, &mut 0).unwrap());
        let third = Complex { re: RBig::from_parts(1.into(), 3_u8.into()).into(), im: Real::default() };
        assert!(is_semidefinite_real(&vec![vec![third; 3]; 3], &mut 0).unwrap());
        let half = Complex { re: dyadic(1, 1).into(), im: Real::default() };
        let one_half = vec![vec![zero.clone(), half.clone()], vec![half.clone(), half.clone()]];
        assert!(!is_semidefinite_real(&one_half, &mut 0).unwrap());
        assert!(is_semidefinite_real(&one_half, &mut TOTAL_WORK.clone()).is_err());
        // A singular rational block and a row of zeros stay as they are beside irrational ones.
        let mut blocks = vec![vec![zero.clone(); 5]; 5];
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            blocks[3 * i][3 * j] = half.clone();
            blocks[1 + i][1 + j] = matrix(1)[i][j].clone();
        }
        assert!(is_semidefinite_real(&blocks, &mut 0).unwrap());
        (blocks[0][4], blocks[4][0]) = (root(0), root(0));
        assert!(!is_semidefinite_real(&blocks, &mut 0).unwrap());
        blocks[4][4] = root(0);
        assert!(!is_semidefinite_real(&blocks, &mut 0).unwrap());
    }

    #[test]
    #[ignore = "measures; run with --release --ignored --nocapture"]
    fn timings() {
        for real in [true, false] {
            for n in [28, 52, 64, 80, 100, 120] {
                let rows = upper(&square(n, n + 4, 1 << 23, real, n as u64));
                let bits = rows.iter().map(|row| row[0].re.bit_len()).sum::<usize>();
                let words = 1 + (bits + 53) / 64;
                let start = std::time::Instant::now();
                assert!(is_semidefinite(rows));
                let cost = ((n * n * n * words * words) as f64).log2();
                println!("exact real {real} n {n}: {:.2?}, cost 2^{cost:.1}", start.elapsed());
            }
            for n in [250, 500, 1000] {
                let gram = gram(&square(n, n + 40, 1 << 10, real, n as u64), 30, RBig::ZERO);
                let start = std::time::Instant::now();
                println!("float real {real} n {n}: {} {:.2?}", proves(&gram), start.elapsed());
            }
        }
    }
}
