//! The BLAS symbols.

use super::*;

in_both_precisions!(
    matrix_product,
    symmetric_rank_k_update,
    symmetric_rank_2k_update,
    matrix_vector_product,
    symmetric_matrix_vector_product,
    zero_factor_hides_the_product,
    illegal_inputs_give_nan,
    illegal_outputs_are_left_alone,
);

/// A C whose old value must not matter, one that is kept, and one that is scaled.
const BETAS: [f64; 3] = [0.0, 1.0, -0.5];

/// Bound on the error of a sum of `terms` products of numbers below 1 in magnitude, plus one more:
/// each operation rounds by ε/2 relative to a partial sum of at most terms + 1, and there are
/// 2·(terms + 2) of them.
fn tolerance<T: Symbols>(terms: usize) -> f64 {
    let terms = terms as f64;
    (terms + 1.0) * (terms + 2.0) * T::EPSILON
}

/// An old value for C: NaN where β = 0 must overwrite it.
fn old_value(rng: &mut ChaCha8Rng, beta: f64) -> f64 {
    if beta == 0.0 { f64::NAN } else { rng.random_range(-1.0..1.0) }
}

/// `product + β·old`, by BLAS's rule that β = 0 ignores the old value.
fn accumulate(product: f64, beta: f64, old: f64) -> f64 {
    if beta == 0.0 { product } else { product + beta * old }
}

fn matrix_product<T: Symbols>() {
    let rng = &mut generator(1);
    let sizes = [
        (1, 1, 1),
        (2, 3, 4),
        (5, 1, 7),
        (1, 6, 5),
        (4, 4, 1),
        (3, 3, 0),
        (0, 3, 2),
        (3, 0, 2),
        (17, 9, 33),
        (24, 40, 16),
    ];
    for (m, n, k) in sizes {
        for (ta, tb) in [(b'N', b'N'), (b't', b'N'), (b'n', b'C'), (b'T', b't')] {
            for beta in BETAS {
                for (alpha, padding) in [(1.0, 0), (-0.75, 3)] {
                    let shape = |trans, r, c| if is_plain(trans) { (r, c) } else { (c, r) };
                    let (rows, cols) = shape(ta, m, k);
                    let a = Dense::<T>::random(rng, rows, cols, padding);
                    let (rows, cols) = shape(tb, k, n);
                    let b = Dense::<T>::random(rng, rows, cols, 2 * padding);
                    let before = Dense::new(m, n, padding, |_, _| old_value(rng, beta));
                    let mut c = before.clone();
                    T::gemm(ta, tb, alpha, &a, &b, beta, &mut c);
                    c.check(
                        &before,
                        |_, _| true,
                        tolerance::<T>(k),
                        |i, j| {
                            let sum: f64 = (0..k).map(|l| a.op(ta, i, l) * b.op(tb, l, j)).sum();
                            accumulate(alpha * sum, beta, before[(i, j)].to_f64())
                        },
                    );
                }
            }
        }
    }
}

/// Calls `test` with each combination of triangle, transposition, β, sizes (n, k) and padding.
fn for_each_update(mut test: impl FnMut(u8, u8, f64, usize, usize, usize)) {
    for uplo in *b"ULul" {
        for trans in *b"NTc" {
            for beta in BETAS {
                for (n, k, padding) in [(1, 1, 0), (4, 0, 1), (0, 3, 0), (5, 3, 2), (16, 20, 0), (37, 18, 3)]
                {
                    test(uplo, trans, beta, n, k, padding);
                }
            }
        }
    }
}

fn symmetric_rank_k_update<T: Symbols>() {
    let rng = &mut generator(2);
    for_each_update(|uplo, trans, beta, n, k, padding| {
        let (rows, cols) = if is_plain(trans) { (n, k) } else { (k, n) };
        let a = Dense::<T>::random(rng, rows, cols, padding);
        let before = Dense::new(n, n, padding, |_, _| old_value(rng, beta)).hide_other_triangle(uplo);
        let mut c = before.clone();
        T::syrk(uplo, trans, -0.75, &a, beta, &mut c);
        c.check(
            &before,
            |i, j| in_triangle(uplo, i, j),
            tolerance::<T>(k),
            |i, j| {
                let sum: f64 = (0..k).map(|l| a.op(trans, i, l) * a.op(trans, j, l)).sum();
                accumulate(-0.75 * sum, beta, before[(i, j)].to_f64())
            },
        );
    });
}

fn symmetric_rank_2k_update<T: Symbols>() {
    let rng = &mut generator(3);
    for_each_update(|uplo, trans, beta, n, k, padding| {
        let (rows, cols) = if is_plain(trans) { (n, k) } else { (k, n) };
        let a = Dense::<T>::random(rng, rows, cols, padding);
        let b = Dense::<T>::random(rng, rows, cols, padding + 1);
        let before = Dense::new(n, n, padding, |_, _| old_value(rng, beta)).hide_other_triangle(uplo);
        let mut c = before.clone();
        T::syr2k(uplo, trans, 0.5, &a, &b, beta, &mut c);
        c.check(
            &before,
            |i, j| in_triangle(uplo, i, j),
            tolerance::<T>(2 * k),
            |i, j| {
                let sum: f64 = (0..k)
                    .map(|l| a.op(trans, i, l) * b.op(trans, j, l) + b.op(trans, i, l) * a.op(trans, j, l))
                    .sum();
                accumulate(0.5 * sum, beta, before[(i, j)].to_f64())
            },
        );
    });
}

/// Checks the elements of `y` against `expected`, and that the gaps between them are untouched.
fn check_vector<T: Symbols>(
    y: &Strided<T>,
    before: &Strided<T>,
    tolerance: f64,
    expected: impl Fn(usize) -> f64,
) {
    let mut remaining = before.clone();
    for i in 0..y.len {
        let (now, expected) = (y.get(i), expected(i));
        assert!((now - expected).abs() <= tolerance, "{i}: {now}, expected {expected}");
        remaining.data[y.offset(i)] = y.data[y.offset(i)];
    }
    assert!(y.data.iter().zip(&remaining.data).all(|(x, r)| x.bits() == r.bits()), "gap written");
}

fn matrix_vector_product<T: Symbols>() {
    let rng = &mut generator(4);
    for (m, n, padding) in [(1, 1, 0), (4, 7, 2), (7, 4, 0), (23, 18, 1)] {
        for trans in *b"NtC" {
            for (incx, incy) in [(1, 1), (2, -1), (-1, 3), (-3, -2)] {
                for beta in BETAS {
                    let a = Dense::<T>::random(rng, m, n, padding);
                    let (rows, cols) = if is_plain(trans) { (m, n) } else { (n, m) };
                    let x = Strided::<T>::new(cols, incx, || rng.random_range(-1.0..1.0));
                    let before = Strided::new(rows, incy, || old_value(rng, beta));
                    let mut y = before.clone();
                    T::gemv(trans, 0.75, &a, &x, beta, &mut y);
                    check_vector(&y, &before, tolerance::<T>(cols), |i| {
                        let sum: f64 = (0..cols).map(|j| a.op(trans, i, j) * x.get(j)).sum();
                        accumulate(0.75 * sum, beta, before.get(i))
                    });
                }
            }
        }
    }
    // An empty A leaves y unscaled, as in the reference.
    let mut y = Strided::<T>::new(3, 1, || 1.0);
    T::gemv(b'N', 1.0, &Dense::random(rng, 3, 0, 0), &Strided::new(0, 1, || 0.0), 5.0, &mut y);
    assert!((0..3).all(|i| y.get(i) == 1.0));
}

fn symmetric_matrix_vector_product<T: Symbols>() {
    let rng = &mut generator(5);
    for (n, padding) in [(0, 0), (1, 0), (4, 2), (21, 0), (40, 1)] {
        for uplo in *b"UlL" {
            for (incx, incy) in [(1, 1), (2, -1), (-1, 3), (-3, -2)] {
                for beta in BETAS {
                    let a = Dense::<T>::random(rng, n, n, padding).hide_other_triangle(uplo);
                    let x = Strided::<T>::new(n, incx, || rng.random_range(-1.0..1.0));
                    let before = Strided::new(n, incy, || old_value(rng, beta));
                    let mut y = before.clone();
                    T::symv(uplo, -0.75, &a, &x, beta, &mut y);
                    let element = |i, j| a[if in_triangle(uplo, i, j) { (i, j) } else { (j, i) }].to_f64();
                    check_vector(&y, &before, tolerance::<T>(n), |i| {
                        let sum: f64 = (0..n).map(|j| element(i, j) * x.get(j)).sum();
                        accumulate(-0.75 * sum, beta, before.get(i))
                    });
                }
            }
        }
    }
}

/// With α = 0 the factors are not looked at, even if they hold NaN.
fn zero_factor_hides_the_product<T: Symbols>() {
    let n = 6;
    let nan = Dense::<T>::new(n, n, 0, |_, _| f64::NAN);
    for beta in [0.0, 2.0] {
        let before = Dense::<T>::new(n, n, 1, |_, _| if beta == 0.0 { f64::NAN } else { 1.0 });
        let mut c = before.clone();
        T::gemm(b'N', b'T', 0.0, &nan, &nan, beta, &mut c);
        c.check(&before, |_, _| true, 0.0, |_, _| beta);
        let mut c = before.clone();
        T::syrk(b'L', b'N', 0.0, &nan, beta, &mut c);
        c.check(&before, |i, j| i >= j, 0.0, |_, _| beta);
        let mut c = before.clone();
        T::syr2k(b'U', b'T', 0.0, &nan, &nan, beta, &mut c);
        c.check(&before, |i, j| i <= j, 0.0, |_, _| beta);

        let x = Strided::<T>::new(n, 1, || f64::NAN);
        let before = Strided::<T>::new(n, 2, || if beta == 0.0 { f64::NAN } else { 1.0 });
        let mut y = before.clone();
        T::gemv(b'N', 0.0, &nan, &x, beta, &mut y);
        check_vector(&y, &before, 0.0, |_| beta);
        let mut y = before.clone();
        T::symv(b'U', 0.0, &nan, &x, beta, &mut y);
        check_vector(&y, &before, 0.0, |_| beta);
    }
}

fn illegal_inputs_give_nan<T: Symbols>() {
    let n = 3;
    let a = Dense::<T>::new(n, n, 0, |_, _| 1.0);
    let short = Dense { ld: n as i32 - 1, ..a.clone() };
    let is_nan = |c: &Dense<T>, i, j| c[(i, j)].to_f64().is_nan();
    for (ta, tb, a, b) in
        [(b'X', b'N', &a, &a), (b'N', b'?', &a, &a), (b'N', b'N', &short, &a), (b'T', b'T', &a, &short)]
    {
        let mut c = Dense::<T>::new(n, n, 0, |_, _| 1.0);
        T::gemm(ta, tb, 1.0, a, b, 1.0, &mut c);
        assert!((0..n).all(|i| (0..n).all(|j| is_nan(&c, i, j))));
    }
    let mut c = Dense::<T>::new(n, n, 0, |_, _| 1.0);
    T::syrk(b'U', b'N', 1.0, &short, 1.0, &mut c);
    assert!((0..n).all(|i| (0..n).all(|j| is_nan(&c, i, j) == (i <= j))));

    let x = Strided::<T>::new(n, 1, || 1.0);
    let standing = Strided { inc: 0, ..x.clone() };
    for (a, x) in [(&short, &x), (&a, &standing)] {
        let mut y = Strided::<T>::new(n, -2, || 1.0);
        T::gemv(b'T', 1.0, a, x, 1.0, &mut y);
        assert!((0..n).all(|i| y.get(i).is_nan()));
        let mut y = Strided::<T>::new(n, 1, || 1.0);
        T::symv(b'L', 1.0, a, x, 1.0, &mut y);
        assert!((0..n).all(|i| y.get(i).is_nan()));
    }
}

fn illegal_outputs_are_left_alone<T: Symbols>() {
    let n = 3;
    let a = Dense::<T>::new(n, n, 0, |_, _| 1.0);
    let before = Dense { ld: n as i32 - 1, ..a.clone() };
    let untouched = |c: &Dense<T>| c.data.iter().zip(&before.data).all(|(x, y)| x.bits() == y.bits());
    let mut c = before.clone();
    T::gemm(b'N', b'N', 1.0, &a, &a, 0.0, &mut c);
    T::syrk(b'U', b'N', 1.0, &a, 0.0, &mut c);
    T::syr2k(b'L', b'N', 1.0, &a, &a, 0.0, &mut c);
    assert!(untouched(&c));
    let mut y = Strided { inc: 0, ..Strided::<T>::new(n, 1, || 1.0) };
    T::gemv(b'N', 1.0, &a, &Strided::new(n, 1, || 1.0), 0.0, &mut y);
    T::symv(b'U', 1.0, &a, &Strided::new(n, 1, || 1.0), 0.0, &mut y);
    assert!(y.data[..n].iter().all(|x| x.to_f64() == 1.0));
}
