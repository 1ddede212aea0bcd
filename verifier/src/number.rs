//! Exact numbers: rationals, reals Σ q·√d, complex numbers of these; and rational enclosures for what is irrational.

use dashu_base::{Abs, Gcd, SquareRoot};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// Binary digits after the point of every enclosure: √d and roots of unity are enclosed to 2^−256 or better, more
/// than the 2^−200 that docs/certificate.md §1 asks for.
const DIGITS: usize = 256;

/// 2^k.
pub fn power_of_two(k: usize) -> UBig {
    UBig::ONE << k
}

/// p/2^k.
pub fn dyadic(p: impl Into<IBig>, k: usize) -> RBig {
    RBig::from_parts(p.into(), power_of_two(k))
}

/// The least common multiple.
pub fn common_multiple(p: UBig, q: &UBig) -> UBig {
    if (&p % q).is_zero() {
        return p;
    }
    let common = (&p).gcd(q);
    p / common * q
}

/// The sum of some rationals.
pub fn sum<'q>(terms: impl IntoIterator<Item = &'q RBig>) -> RBig {
    terms.into_iter().fold(RBig::ZERO, |sum, term| sum + term)
}

/// A closed interval with rational ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Enclosure {
    pub low: RBig,
    pub high: RBig,
}

impl Enclosure {
    /// The interval of one point.
    pub fn exactly(value: RBig) -> Self {
        Enclosure { low: value.clone(), high: value }
    }

    pub fn plus(&self, other: &Self) -> Self {
        Enclosure { low: &self.low + &other.low, high: &self.high + &other.high }
    }

    pub fn minus(&self, other: &Self) -> Self {
        Enclosure { low: &self.low - &other.high, high: &self.high - &other.low }
    }

    pub fn times(&self, other: &Self) -> Self {
        if self.low == self.high {
            // Keeps products with the exact 0 and ±1 of roots of unity cheap.
            return other.scaled(&self.low);
        }
        let ends = [
            &self.low * &other.low,
            &self.low * &other.high,
            &self.high * &other.low,
            &self.high * &other.high,
        ];
        let mut result = Enclosure::exactly(ends[0].clone());
        for end in ends {
            if end < result.low {
                result.low = end;
            } else if end > result.high {
                result.high = end;
            }
        }
        result
    }

    fn scaled(&self, q: &RBig) -> Self {
        let (one, other) = (&self.low * q, &self.high * q);
        if one <= other { Enclosure { low: one, high: other } } else { Enclosure { low: other, high: one } }
    }

    /// An upper bound of |x| for every x inside; attained.
    pub fn modulus(&self) -> RBig {
        let (low, high) = (self.low.clone().abs(), self.high.clone().abs());
        if low > high { low } else { high }
    }
}

/// √d between two rationals 2^−256 apart, or exactly.
fn square_root(d: u128) -> Enclosure {
    let shifted = UBig::from(d) << (2 * DIGITS);
    let root = shifted.sqrt();
    let low = dyadic(root.clone(), DIGITS);
    if &root * &root == shifted {
        return Enclosure::exactly(low);
    }
    Enclosure { low, high: dyadic(root + UBig::ONE, DIGITS) }
}

/// An upper bound of √q for q ≥ 0: equality for the square of a rational, otherwise at most 2^−255 above.
pub fn square_root_above(q: &RBig) -> RBig {
    let (p, q_below) = (q.numerator().clone().abs().into_parts().1, q.denominator());
    let (top, bottom) = (p.sqrt(), q_below.sqrt());
    if &top * &top == p && &bottom * &bottom == *q_below {
        return RBig::from_parts(top.into(), bottom);
    }
    let shifted = (RBig::from(power_of_two(2 * DIGITS)) * q).ceil().into_parts().1;
    dyadic(shifted.sqrt() + UBig::ONE, DIGITS)
}

/// Writes d = k²·m with m free of squares and returns (k, m).
///
/// Trial division up to the cube root: what is then left has at most two prime factors, so it is a square or free.
pub fn square_free(d: u64) -> (u64, u64) {
    let (mut k, mut m, mut rest, mut p) = (1, 1, d, 2_u64);
    while u128::from(p).pow(3) <= u128::from(rest) {
        while rest % (p * p) == 0 {
            k *= p;
            rest /= p * p;
        }
        if rest % p == 0 {
            m *= p;
            rest /= p;
        }
        p += 1;
    }
    let root = rest.isqrt();
    if root * root == rest { (k * root, m) } else { (k, m * rest) }
}

/// Σ q_d·√d over different square-free d, in the order of d, every q_d ≠ 0.
///
/// The √d of different square-free d are linearly independent over the rationals (Besicovitch, J. London Math. Soc. 15,
/// 3 (1940)): such a sum is zero only if it is empty, and equality of these sums is equality of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Real(Vec<(u128, RBig)>);

impl From<RBig> for Real {
    fn from(q: RBig) -> Self {
        let mut real = Real::default();
        real.add_term(1, &q);
        real
    }
}

impl Real {
    /// Adds q·√d for a square-free d.
    pub fn add_term(&mut self, d: u128, q: &RBig) {
        if q.is_zero() {
            return;
        }
        match self.0.binary_search_by_key(&d, |term| term.0) {
            Err(place) => self.0.insert(place, (d, q.clone())),
            Ok(place) => {
                self.0[place].1 += q;
                if self.0[place].1.is_zero() {
                    self.0.remove(place);
                }
            }
        }
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The q of all terms q·√d.
    pub fn coefficients(&self) -> impl ExactSizeIterator<Item = &RBig> {
        self.0.iter().map(|(_, q)| q)
    }

    pub fn add(&mut self, other: &Real) {
        other.0.iter().for_each(|(d, q)| self.add_term(*d, q));
    }

    pub fn sub(&mut self, other: &Real) {
        other.0.iter().for_each(|(d, q)| self.add_term(*d, &-q));
    }

    /// self − other.
    pub fn minus(&self, other: &Real) -> Real {
        let mut result = self.clone();
        result.sub(other);
        result
    }

    pub fn scaled(&self, factor: &RBig) -> Real {
        let mut result = Real::default();
        self.0.iter().for_each(|(d, q)| result.add_term(*d, &(q * factor)));
        result
    }

    pub fn times(&self, other: &Real) -> Real {
        let mut result = Real::default();
        for (d, p) in &self.0 {
            for (e, q) in &other.0 {
                // √d·√e = g·√(d/g · e/g) with g the common factor of the square-free d and e.
                let g = d.gcd(*e);
                result.add_term((d / g) * (e / g), &(p * q * RBig::from(g)));
            }
        }
        result
    }

    /// An enclosure, exact if the number is rational.
    pub fn enclosure(&self) -> Enclosure {
        let zero = Enclosure::exactly(RBig::ZERO);
        self.0.iter().fold(zero, |sum, (d, q)| sum.plus(&square_root(*d).scaled(q)))
    }

    /// Whether the number is shown to be > 0.
    pub fn is_positive(&self) -> bool {
        self.enclosure().low > RBig::ZERO
    }

    /// Whether the number is shown to be ≥ 0.
    pub fn is_nonnegative(&self) -> bool {
        self.enclosure().low >= RBig::ZERO
    }
}

/// re + i·im.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Complex {
    pub re: Real,
    pub im: Real,
}

impl Complex {
    pub fn is_zero(&self) -> bool {
        self.re.is_zero() && self.im.is_zero()
    }

    /// The number of terms q·√d of both parts.
    pub fn terms(&self) -> usize {
        self.re.coefficients().len() + self.im.coefficients().len()
    }

    pub fn add(&mut self, other: &Complex) {
        self.re.add(&other.re);
        self.im.add(&other.im);
    }

    pub fn sub(&mut self, other: &Complex) {
        self.re.sub(&other.re);
        self.im.sub(&other.im);
    }

    /// Adds z·w.
    pub fn add_product(&mut self, z: &Complex, w: &Complex) {
        self.re.add(&z.re.times(&w.re));
        self.re.sub(&z.im.times(&w.im));
        self.im.add(&z.re.times(&w.im));
        self.im.add(&z.im.times(&w.re));
    }

    pub fn scaled(&self, factor: &RBig) -> Complex {
        Complex { re: self.re.scaled(factor), im: self.im.scaled(factor) }
    }

    pub fn conjugate(&self) -> Complex {
        Complex { re: self.re.clone(), im: self.im.scaled(&RBig::NEG_ONE) }
    }

    /// i^turns times the number.
    pub fn turned(self, turns: u32) -> Complex {
        (0..turns % 4).fold(self, |z, _| Complex { re: z.im.scaled(&RBig::NEG_ONE), im: z.re })
    }
}

/// A square matrix in rows.
pub type Matrix = Vec<Vec<Complex>>;

/// Whether all that is not on the diagonal is zero.
pub fn is_diagonal(matrix: &Matrix) -> bool {
    let mut rows = matrix.iter().enumerate();
    rows.all(|(i, row)| row.iter().enumerate().all(|(j, z)| i == j || z.is_zero()))
}

/// The first (i, j) at which the matrix is not exactly Hermitian.
pub fn not_hermitian_at(matrix: &Matrix) -> Option<(usize, usize)> {
    let places = (0..matrix.len()).flat_map(|j| (0..=j).map(move |i| (i, j)));
    places.into_iter().find(|&(i, j)| matrix[i][j] != matrix[j][i].conjugate())
}

/// Enclosures of the real and the imaginary part of e^{2πi·k/n}.
pub fn root_of_unity(k: u32, n: u32) -> (Enclosure, Enclosure) {
    let exact = |re: i8, im: i8| (Enclosure::exactly(re.into()), Enclosure::exactly(im.into()));
    match (4 * u64::from(k % n), u64::from(n)) {
        (0, _) => return exact(1, 0),
        (turn, n) if turn == n => return exact(0, 1),
        (turn, n) if turn == 2 * n => return exact(-1, 0),
        (turn, n) if turn == 3 * n => return exact(0, -1),
        _ => {}
    }
    // Fixed point with 64 digits more than are claimed. The steps below err by less than 2^40 units of the last
    // place: π by Machin's formula has some 140 truncated terms of weight ≤ 16, and in e^{iθ} = Σ (iθ)^j/j!,
    // 0 ≤ θ < 7, the errors of θ (2^13 units) and of each truncated term grow at most by a factor e^7 < 2^11 and
    // meet in fewer than 2^9 terms. The series stops when a term is zero to all digits; then j > 2θ, and what is
    // missing is below one unit too.
    let point = DIGITS + 64;
    let one = IBig::ONE << point;
    let arctan_of_inverse = |m: u32| {
        let (mut sum, mut power, mut j) = (IBig::ZERO, &one / m, 0_u32);
        while !power.is_zero() {
            let term = &power / (2 * j + 1);
            sum += if j % 2 == 0 { term } else { -term };
            power /= m * m;
            j += 1;
        }
        sum
    };
    let pi = arctan_of_inverse(5) * 16 - arctan_of_inverse(239) * 4;
    let theta = pi * 2 * (k % n) / n;
    let (mut sums, mut term, mut j) = ([IBig::ZERO, IBig::ZERO], one, 0_u32);
    while !term.is_zero() {
        let signed = if j % 4 < 2 { term.clone() } else { -&term };
        sums[(j % 2) as usize] += signed;
        j += 1;
        term = ((term * &theta) >> point) / j;
    }
    let enclose = |sum: IBig| {
        let (middle, radius) = (dyadic(sum, point), dyadic(1, DIGITS));
        Enclosure { low: &middle - &radius, high: middle + radius }
    };
    let [cosine, sine] = sums;
    (enclose(cosine), enclose(sine))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(p: i64, d: u64) -> RBig {
        RBig::from_parts(p.into(), d.into())
    }

    fn root(d: u64) -> Real {
        let (k, m) = square_free(d);
        let mut real = Real::default();
        real.add_term(m.into(), &k.into());
        real
    }

    #[test]
    fn square_free_parts() {
        for d in 1..3000_u64 {
            let (k, m) = square_free(d);
            assert_eq!(k * k * m, d);
            assert!((2..60).all(|p| m % (p * p) != 0), "{d}");
        }
        let p = 2_097_143; // a prime near the cube root of 2^63
        assert_eq!(square_free(p * p), (p, 1));
        assert_eq!(square_free(p * p * 2), (p, 2));
        assert_eq!(square_free(4 * 1_000_000_007 * 1_000_000_009), (2, 1_000_000_007 * 1_000_000_009));
        assert_eq!(square_free(1_000_000_007 * 1_000_000_007), (1_000_000_007, 1));
    }

    #[test]
    fn reals_are_exact() {
        // √8 = 2√2, √2·√8 = 4, √6·√15 = 3√10.
        assert!(root(8).minus(&root(2).scaled(&q(2, 1))).is_zero());
        assert_eq!(root(2).times(&root(8)), Real::from(q(4, 1)));
        assert_eq!(root(6).times(&root(15)), root(10).scaled(&q(3, 1)));
        assert_eq!(root(4), Real::from(q(2, 1)));
        // √2 + √3 > 3.146264369941972, and < …973.
        let mut sum = root(2);
        sum.add(&root(3));
        assert!(sum.minus(&q(3_146_264_369_941_972, 1_000_000_000_000_000).into()).is_positive());
        assert!(!sum.minus(&q(3_146_264_369_941_973, 1_000_000_000_000_000).into()).is_nonnegative());
    }

    #[test]
    fn undecided_signs_fail_both_ways() {
        // √2 rounded to 300 binary digits differs from √2 by less than the enclosure sees.
        let close: RBig = dyadic((UBig::from(2_u8) << 600).sqrt(), 300);
        let below = root(2).minus(&close.clone().into());
        assert!(!below.is_positive() && !below.is_nonnegative());
        let above = Real::from(close).minus(&root(2));
        assert!(!above.is_positive() && !above.is_nonnegative());
    }

    #[test]
    fn roots_above() {
        assert_eq!(square_root_above(&q(9, 25)), q(3, 5));
        assert_eq!(square_root_above(&RBig::ZERO), RBig::ZERO);
        for value in [q(2, 1), q(1, 3), q(7, 1_000_000), q(123_456_789, 2)] {
            let above = square_root_above(&value);
            assert!(&above * &above > value);
            let below = &above - dyadic(1, 254);
            assert!(&below * &below < value);
        }
    }

    #[test]
    fn floors_and_ceilings_of_the_library() {
        for (p, floor, ceil) in [(7, 3, 4), (-7, -4, -3), (8, 4, 4), (-8, -4, -4), (1, 0, 1), (-1, -1, 0)] {
            assert_eq!((q(p, 2).floor(), q(p, 2).ceil()), (IBig::from(floor), IBig::from(ceil)));
        }
        assert_eq!(IBig::from(-7) >> 1, IBig::from(-4)); // rounds down: an error below one unit, as assumed
    }

    #[test]
    fn roots_of_unity() {
        for n in 1..40_u32 {
            for k in 0..n {
                let (re, im) = root_of_unity(k, n);
                let (float_im, float_re) = (std::f64::consts::TAU * f64::from(k) / f64::from(n)).sin_cos();
                assert!((re.low.to_f64().value() - float_re).abs() < 1e-14, "{k}/{n}");
                assert!((im.low.to_f64().value() - float_im).abs() < 1e-14, "{k}/{n}");
                // |e^{iθ}| = 1 must lie in the enclosure of the squares, which is narrow.
                let norm = re.times(&re).plus(&im.times(&im));
                assert!(norm.low <= RBig::ONE && norm.high >= RBig::ONE);
                assert!(norm.high - norm.low < dyadic(1, DIGITS - 4));
            }
        }
        // The enclosure of cos(2π/6) holds 1/2, that of sin(2π/3) holds √3/2, that of cos(2π/5) holds (√5 − 1)/4.
        let cosine = root_of_unity(1, 6).0;
        assert!(cosine.low < q(1, 2) && cosine.high > q(1, 2));
        let (sine, half_root) = (root_of_unity(1, 3).1, square_root(3).scaled(&q(1, 2)));
        assert!(sine.low < half_root.low && sine.high > half_root.high);
        let (cosine, root5) = (root_of_unity(1, 5).0, square_root(5));
        let golden = root5.minus(&Enclosure::exactly(RBig::ONE)).scaled(&q(1, 4));
        assert!(cosine.low < golden.low && cosine.high > golden.high);
    }

    #[test]
    fn intervals() {
        let one = Enclosure { low: q(-2, 1), high: q(3, 1) };
        let other = Enclosure { low: q(-5, 1), high: q(1, 1) };
        assert_eq!(one.times(&other), Enclosure { low: q(-15, 1), high: q(10, 1) });
        assert_eq!(one.minus(&other), Enclosure { low: q(-3, 1), high: q(8, 1) });
        assert_eq!(other.modulus(), q(5, 1));
        assert_eq!(one.scaled(&q(-1, 1)), Enclosure { low: q(-3, 1), high: q(2, 1) });
    }

    #[test]
    fn turning() {
        let z = Complex { re: q(2, 1).into(), im: q(3, 1).into() };
        assert_eq!(z.clone().turned(1), Complex { re: q(-3, 1).into(), im: q(2, 1).into() });
        assert_eq!(z.clone().turned(7).turned(1), z);
        assert_eq!(z.conjugate().im, q(-3, 1).into());
    }
}
