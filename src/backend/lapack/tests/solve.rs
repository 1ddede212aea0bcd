//! The LAPACK symbols for linear systems.

use super::*;

in_both_precisions!(
    cholesky_factor_and_solve,
    cholesky_names_the_failing_minor,
    linear_solve,
    linear_solve_names_the_zero_pivot,
    non_finite_input_returns,
    illegal_arguments,
    empty_matrices,
);

fn cholesky_factor_and_solve<T: Symbols>() {
    let rng = &mut generator(11);
    for n in ORDERS {
        // Diagonally dominant, hence positive definite, with condition number below 3.
        let shift = 2.0 * n as f64;
        let a = symmetric::<T>(rng, n, shift);
        for (uplo, padding) in [(b'L', 0), (b'u', 2)] {
            let before = padded(&a, padding).hide_other_triangle(uplo);
            let mut factor = before.clone();
            assert_eq!(T::potrf(uplo, &mut factor), 0);
            let lower = |i: usize, j: usize| {
                let index = if uplo.eq_ignore_ascii_case(&b'L') { (i, j) } else { (j, i) };
                if i >= j { factor[index].to_f64() } else { 0.0 }
            };
            let rebuilt = Dense::<T>::new(n, n, padding, |i, j| product(n, |l| lower(i, l), |l| lower(j, l)));
            let rebuilt = rebuilt.hide_other_triangle(uplo);
            rebuilt.check(
                &before,
                |i, j| in_triangle(uplo, i, j),
                residual_tolerance::<T>(n, 3.0),
                |i, j| a[(i, j)].to_f64(),
            );
            // The strict other triangle and the padding of the factor itself.
            factor.check(&before, |i, j| in_triangle(uplo, i, j), f64::INFINITY, |_, _| 0.0);

            let b = Dense::<T>::random(rng, n, 3, padding);
            let mut x = b.clone();
            assert_eq!(T::potrs(uplo, &factor, &mut x), 0);
            for j in 0..3 {
                for i in 0..n {
                    let ax = product(n, |l| a[(i, l)].to_f64(), |l| x[(l, j)].to_f64());
                    assert_close(ax, b[(i, j)].to_f64(), residual_tolerance::<T>(n, 3.0));
                }
            }
            x.check(&b, |_, _| true, f64::INFINITY, |_, _| 0.0);
        }
    }
}

fn cholesky_names_the_failing_minor<T: Symbols>() {
    let rng = &mut generator(12);
    for n in [4, 9, 37, 150] {
        let definite = symmetric::<T>(rng, n, 2.0 * n as f64);
        for k in [0, 1, n / 2, n - 1] {
            for spoiled in [0.0, -1.0, f64::NAN, f64::INFINITY] {
                for uplo in *b"LU" {
                    let mut a = definite.clone().hide_other_triangle(uplo);
                    a[(k, k)] = T::from_f64(spoiled);
                    let before = a.clone();
                    assert_eq!(T::potrf(uplo, &mut a), k as i32 + 1);
                    a.check(&before, |_, _| false, 0.0, |_, _| 0.0);
                }
            }
        }
    }
}

fn linear_solve<T: Symbols>() {
    let rng = &mut generator(13);
    for n in ORDERS {
        for padding in if n < LARGE { 0..2 } else { 1..2 } {
            let a = Dense::<T>::random(rng, n, n, padding);
            let b = Dense::<T>::random(rng, n, 2, padding);
            let (mut lu, mut x, mut ipiv) = (a.clone(), b.clone(), vec![0; n]);
            assert_eq!(T::gesv(&mut lu, &mut ipiv, &mut x), 0);
            // P·A = L·U, with P the exchanges of row i with row ipiv[i] in turn.
            let mut rows: Vec<usize> = (0..n).collect();
            for (i, &pivot) in ipiv.iter().enumerate() {
                assert!(pivot as usize > i && pivot as usize <= n);
                rows.swap(i, pivot as usize - 1);
            }
            for i in 0..n {
                for j in 0..n {
                    let lower = |l: usize| if l == i { 1.0 } else { lu[(i, l)].to_f64() };
                    let rebuilt = product(i.min(j) + 1, lower, |l| lu[(l, j)].to_f64());
                    assert_close(rebuilt, a[(rows[i], j)].to_f64(), residual_tolerance::<T>(n, 1.0));
                    assert!(i <= j || lu[(i, j)].to_f64().abs() <= 1.0);
                }
            }
            let largest = (0..2 * n).map(|k| x[(k % n, k / n)].to_f64().abs()).fold(0.0, f64::max);
            for i in 0..n {
                for j in 0..2 {
                    let ax = product(n, |l| a[(i, l)].to_f64(), |l| x[(l, j)].to_f64());
                    assert_close(ax, b[(i, j)].to_f64(), residual_tolerance::<T>(n, largest.max(1.0)));
                }
            }
            lu.check(&a, |_, _| true, f64::INFINITY, |_, _| 0.0);
            x.check(&b, |_, _| true, f64::INFINITY, |_, _| 0.0);
        }
    }
}

fn linear_solve_names_the_zero_pivot<T: Symbols>() {
    for n in [1, 5, 40] {
        for k in [0, n / 2, n - 1] {
            // Upper triangular with one zero on the diagonal.
            let mut a = Dense::<T>::new(n, n, 0, |i, j| if i > j || (i, j) == (k, k) { 0.0 } else { 1.0 });
            let before = Dense::<T>::new(n, 1, 1, |i, _| i as f64);
            let mut b = before.clone();
            assert_eq!(T::gesv(&mut a, &mut vec![0; n], &mut b), k as i32 + 1);
            b.check(&before, |_, _| false, 0.0, |_, _| 0.0);
        }
    }
}

/// Cholesky refuses such matrices (see above); the others must come back, with whatever result.
fn non_finite_input_returns<T: Symbols>() {
    for n in [1, 4, 30] {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut a = Dense::<T>::random(&mut generator(19), n, n, 0);
            a[(n - 1, n / 2)] = T::from_f64(bad);
            assert_eq!(T::potrs(b'L', &a, &mut a.clone()), 0);
            T::gesv(&mut a.clone(), &mut vec![0; n], &mut a.clone());
        }
    }
}

fn illegal_arguments<T: Symbols>() {
    let n = 4;
    let a = Dense::<T>::new(n, n, 0, |i, j| if i == j { 1.0 } else { 0.0 });
    let short = Dense { ld: n as i32 - 1, ..a.clone() };
    assert_eq!(T::potrf(b'X', &mut a.clone()), -1);
    assert_eq!(T::potrf(b'L', &mut short.clone()), -4);
    assert_eq!(T::potrs(b'X', &a, &mut a.clone()), -1);
    assert_eq!(T::potrs(b'L', &short, &mut a.clone()), -5);
    assert_eq!(T::potrs(b'L', &a, &mut short.clone()), -7);
    assert_eq!(T::gesv(&mut short.clone(), &mut [0; 4], &mut a.clone()), -4);
    assert_eq!(T::gesv(&mut a.clone(), &mut [0; 4], &mut short.clone()), -7);
}

fn empty_matrices<T: Symbols>() {
    let empty = Dense::<T>::untouchable(0, 0, 0);
    let mut right = Dense::<T>::untouchable(0, 3, 0);
    assert_eq!(T::potrf(b'L', &mut empty.clone()), 0);
    assert_eq!(T::potrs(b'U', &empty, &mut right), 0);
    assert_eq!(T::gesv(&mut empty.clone(), &mut [], &mut right), 0);
}
