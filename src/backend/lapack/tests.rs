//! Every symbol against its definition, written out naively, in both precisions.
//!
//! Whatever a routine must not touch (padding between columns, the strict other triangle, gaps in
//! strided vectors) holds a NaN with a telltale bit pattern: reading it would spoil the result,
//! writing it would change the bits.

mod products;
mod sdp;
mod solve;
mod spectrum;
mod symbols;

use std::ops::{Index, IndexMut};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{FAILED, Op, Part, report};
use symbols::{Svd, Syevr, Symbols};

/// Makes each generic test run as `single::name` and `double::name`.
macro_rules! in_both_precisions {
    ($($test:ident),* $(,)?) => {
        mod single { $(#[test] fn $test() { super::$test::<f32>(); })* }
        mod double { $(#[test] fn $test() { super::$test::<f64>(); })* }
    };
}
use in_both_precisions;

/// An `info` no routine returns.
const UNSET: i32 = i32::MIN;

fn is_plain(trans: u8) -> bool {
    Op::parse(trans) == Some(Op::Plain)
}

/// A column-major matrix with sentinels in the padding below its columns.
#[derive(Clone, Debug)]
struct Dense<T> {
    rows: usize,
    cols: usize,
    ld: i32,
    data: Vec<T>,
}

impl<T: Symbols> Dense<T> {
    /// Element (i, j) is `element(i, j)`; the leading dimension exceeds `rows` by `padding`.
    fn new(rows: usize, cols: usize, padding: usize, mut element: impl FnMut(usize, usize) -> f64) -> Self {
        let mut matrix = Self::untouchable(rows, cols, padding);
        for j in 0..cols {
            for i in 0..rows {
                matrix[(i, j)] = T::from_f64(element(i, j));
            }
        }
        matrix
    }

    /// All elements are sentinels.
    fn untouchable(rows: usize, cols: usize, padding: usize) -> Self {
        let ld = rows.max(1) + padding;
        // A spare element, so that an empty matrix has an address to check too.
        let data = vec![T::SENTINEL; ld * cols + 1];
        Self { rows, cols, ld: ld as i32, data }
    }

    fn random(rng: &mut ChaCha8Rng, rows: usize, cols: usize, padding: usize) -> Self {
        Self::new(rows, cols, padding, |_, _| rng.random_range(-1.0..1.0))
    }

    /// Sentinels in the triangle opposite to `uplo`.
    fn hide_other_triangle(mut self, uplo: u8) -> Self {
        for j in 0..self.cols {
            for i in 0..self.rows {
                if !in_triangle(uplo, i, j) {
                    self[(i, j)] = T::SENTINEL;
                }
            }
        }
        self
    }

    /// Element (i, j) of `op(self)`.
    fn op(&self, trans: u8, i: usize, j: usize) -> f64 {
        let index = if is_plain(trans) { (i, j) } else { (j, i) };
        self[index].to_f64()
    }

    /// Checks each addressed element against `expected`, and that the others are as `before`.
    fn check(
        &self,
        before: &Self,
        addressed: impl Fn(usize, usize) -> bool,
        tolerance: f64,
        expected: impl Fn(usize, usize) -> f64,
    ) {
        let ld = self.ld as usize;
        for (offset, (now, then)) in self.data.iter().zip(&before.data).enumerate() {
            let (i, j) = (offset % ld, offset / ld);
            if i < self.rows && j < self.cols && addressed(i, j) {
                let expected = expected(i, j);
                let error = (now.to_f64() - expected).abs();
                assert!(error <= tolerance, "({i}, {j}): {now:?}, expected {expected}");
            } else {
                assert_eq!(now.bits(), then.bits(), "({i}, {j}) was written");
            }
        }
    }
}

impl<T> Index<(usize, usize)> for Dense<T> {
    type Output = T;

    fn index(&self, (i, j): (usize, usize)) -> &T {
        &self.data[i + j * self.ld as usize]
    }
}

impl<T> IndexMut<(usize, usize)> for Dense<T> {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        &mut self.data[i + j * self.ld as usize]
    }
}

/// A vector with sentinels between its elements.
#[derive(Clone)]
struct Strided<T> {
    len: usize,
    inc: i32,
    data: Vec<T>,
}

impl<T: Symbols> Strided<T> {
    fn new(len: usize, inc: i32, mut element: impl FnMut() -> f64) -> Self {
        let mut vector = Self { len, inc, data: vec![T::SENTINEL; len * inc.unsigned_abs() as usize + 1] };
        for i in 0..len {
            let offset = vector.offset(i);
            vector.data[offset] = T::from_f64(element());
        }
        vector
    }

    /// Where BLAS keeps element i: from the far end if the increment is negative.
    fn offset(&self, i: usize) -> usize {
        let step = self.inc.unsigned_abs() as usize;
        if self.inc > 0 { i * step } else { (self.len - 1 - i) * step }
    }

    fn get(&self, i: usize) -> f64 {
        self.data[self.offset(i)].to_f64()
    }
}

fn in_triangle(uplo: u8, i: usize, j: usize) -> bool {
    if uplo.eq_ignore_ascii_case(&b'L') { i >= j } else { i <= j }
}

fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Bound on the entries of residuals like `A − L·Lᵀ` for A of order n with ‖A‖₂ ≤ n·scale (where
/// the largest entry may serve as scale). Backward stable algorithms give c·n·ε·‖A‖₂ with a modest
/// c.
fn residual_tolerance<T: Symbols>(n: usize, scale: f64) -> f64 {
    4.0 * (n * n) as f64 * T::EPSILON * scale
}

/// An order from which the kernels divide and conquer, and run on all threads.
const LARGE: usize = 201;

/// Orders below and above the block sizes of the kernels.
const ORDERS: [usize; 7] = [1, 2, 3, 5, 20, 67, LARGE];

/// A symmetric matrix of entries below 1 in magnitude, plus `shift` on the diagonal.
fn symmetric<T: Symbols>(rng: &mut ChaCha8Rng, n: usize, shift: f64) -> Dense<T> {
    let half = Dense::<T>::random(rng, n, n, 0);
    Dense::new(n, n, 0, |i, j| {
        let sum = half[(i.max(j), i.min(j))].to_f64();
        if i == j { sum + shift } else { sum }
    })
}

/// `matrix` with `padding` more rows of sentinels.
fn padded<T: Symbols>(matrix: &Dense<T>, padding: usize) -> Dense<T> {
    Dense::new(matrix.rows, matrix.cols, padding, |i, j| matrix[(i, j)].to_f64())
}

/// `Σ_l left(i, l)·right(l, j)` for `l` below `terms`.
fn product(terms: usize, left: impl Fn(usize) -> f64, right: impl Fn(usize) -> f64) -> f64 {
    (0..terms).map(|l| left(l) * right(l)).sum()
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected} ± {tolerance}");
}

#[test]
fn panics_stop_at_the_symbol() {
    let mut info = 0;
    // SAFETY: info is writable.
    unsafe { report(&mut info, || panic!("for the test")) };
    assert_eq!(info, FAILED);

    let mut c = faer::Mat::<f64>::zeros(3, 3);
    super::blas::or_nan(c.as_mut(), Part::Lower, |_| panic!("for the test"));
    assert!((0..3).all(|i| (0..3).all(|j| c[(i, j)].is_nan() == (i >= j))));
}
