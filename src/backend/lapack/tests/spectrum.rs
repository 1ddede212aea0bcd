//! The LAPACK symbols for eigenvalues and singular values.

use super::*;

in_both_precisions!(
    eigenvalues_and_vectors,
    eigenvalue_ranges,
    singular_values_and_vectors,
    extreme_scales,
    non_finite_input_fails,
    illegal_arguments,
    empty_matrices,
);

/// Bound on the entries of `QᵀQ − 1` for computed orthonormal vectors of n elements: c·n·ε.
fn orthogonality_tolerance<T: Symbols>(n: usize) -> f64 {
    8.0 * n as f64 * T::EPSILON
}

/// Checks that the vectors `get(·, k)` of `len` elements, k below `count`, are orthonormal.
fn assert_orthonormal<T: Symbols>(len: usize, count: usize, get: impl Fn(usize, usize) -> f64) {
    for k in 0..count {
        for l in 0..=k {
            let dot = product(len, |i| get(i, k), |i| get(i, l));
            let expected = if k == l { 1.0 } else { 0.0 };
            assert_close(dot, expected, orthogonality_tolerance::<T>(len));
        }
    }
}

impl<T: Symbols> Syevr<T> {
    /// A call for all eigenvalues of `a`, with work arrays of the size the routine asks for.
    fn new(jobz: u8, uplo: u8, a: Dense<T>) -> Self {
        let n = a.rows;
        let z = Dense::untouchable(n, if jobz.eq_ignore_ascii_case(&b'V') { n } else { 0 }, 1);
        let mut call = Self {
            jobz,
            range: b'A',
            uplo,
            a,
            vl: 0.0,
            vu: 0.0,
            il: 0,
            iu: 0,
            m: UNSET,
            w: vec![T::SENTINEL; n],
            z,
            isuppz: vec![UNSET; 2 * n],
            work: vec![T::SENTINEL],
            lwork: -1,
            iwork: vec![UNSET],
            liwork: -1,
        };
        let before = call.a.clone();
        assert_eq!(T::syevr(&mut call), 0);
        call.a.check(&before, |_, _| false, 0.0, |_, _| 0.0);
        call.lwork = call.work[0].to_f64() as i32;
        call.liwork = call.iwork[0];
        assert!(call.lwork >= 1 && call.liwork >= 1);
        call.work.resize(call.lwork as usize, T::SENTINEL);
        call.iwork.resize(call.liwork as usize, UNSET);
        call
    }
}

fn eigenvalues_and_vectors<T: Symbols>() {
    let rng = &mut generator(14);
    for n in ORDERS {
        let a = symmetric::<T>(rng, n, 0.0);
        let mut values_alone = Vec::new();
        for (jobz, uplo, padding) in [(b'n', b'L', 0), (b'N', b'u', 2), (b'V', b'U', 1), (b'v', b'l', 0)] {
            let before = padded(&a, padding).hide_other_triangle(uplo);
            if n == LARGE && uplo == b'l' {
                continue; // the check, not the routine, takes long
            }
            let mut call = Syevr::new(jobz, uplo, before.clone());
            let best = call.lwork;
            if padding == 1 {
                // The shortest work arrays serve too.
                (call.lwork, call.liwork) = (1, 1);
            }
            assert_eq!(T::syevr(&mut call), 0);
            assert_eq!(call.work[0].to_f64() as i32, best);
            assert_eq!(call.m as usize, n);
            assert!(call.w.windows(2).all(|pair| pair[0] <= pair[1]));
            call.a.check(&before, |i, j| in_triangle(uplo, i, j), f64::INFINITY, |_, _| 0.0);
            if jobz.eq_ignore_ascii_case(&b'N') {
                values_alone = call.w;
                continue;
            }
            let z = &call.z;
            for k in 0..n {
                let value = call.w[k].to_f64();
                assert_close(value, values_alone[k].to_f64(), residual_tolerance::<T>(n, 1.0));
                for i in 0..n {
                    let av = product(n, |l| a[(i, l)].to_f64(), |l| z[(l, k)].to_f64());
                    assert_close(av, value * z[(i, k)].to_f64(), residual_tolerance::<T>(n, 1.0));
                }
                assert_eq!(call.isuppz[2 * k..2 * k + 2], [1, n as i32]);
            }
            assert_orthonormal::<T>(n, n, |i, k| z[(i, k)].to_f64());
            z.check(&Dense::untouchable(n, n, 1), |_, _| true, f64::INFINITY, |_, _| 0.0);
        }
    }
}

fn eigenvalue_ranges<T: Symbols>() {
    let rng = &mut generator(15);
    let n = 12;
    let a = symmetric::<T>(rng, n, 0.0);
    let mut all = Syevr::new(b'V', b'L', a.clone());
    assert_eq!(T::syevr(&mut all), 0);
    // (vl, vu] from one eigenvalue, excluded, to another, included: 3..=6 of 0..n.
    let (vl, vu) = (all.w[2].to_f64(), all.w[6].to_f64());
    for (range, vl, vu, il, iu, expected) in [
        (b'V', vl, vu, 0, 0, 3..7),
        (b'v', -1e6, 1e6, 0, 0, 0..n),
        (b'V', 1e5, 1e6, 0, 0, 0..0),
        (b'I', 0.0, 0.0, 4, 7, 3..7),
        (b'i', 0.0, 0.0, n as i32, n as i32, n - 1..n),
    ] {
        for jobz in *b"NV" {
            let mut call = Syevr::new(b'V', b'U', a.clone());
            call.z = Dense::untouchable(n, if jobz == b'V' { expected.len() } else { 0 }, 2);
            call.isuppz.truncate(2 * expected.len());
            Syevr { jobz, range, vl, vu, il, iu, ..call }.check_selection(&all, expected.clone());
        }
    }
}

impl<T: Symbols> Syevr<T> {
    /// Runs the call and compares with the eigenpairs `expected` of the full decomposition.
    fn check_selection(mut self, all: &Self, expected: std::ops::Range<usize>) {
        let n = self.a.rows;
        let before = self.z.clone();
        assert_eq!(T::syevr(&mut self), 0);
        assert_eq!(self.m as usize, expected.len());
        for (k, source) in expected.clone().enumerate() {
            assert_close(self.w[k].to_f64(), all.w[source].to_f64(), residual_tolerance::<T>(n, 1.0));
        }
        if self.jobz == b'V' {
            // Up to sign: A here is given by the other triangle, and an eigenvector may flip.
            for (k, source) in expected.enumerate() {
                let dot = product(n, |i| self.z[(i, k)].to_f64(), |i| all.z[(i, source)].to_f64());
                assert_close(dot.abs(), 1.0, orthogonality_tolerance::<T>(n));
            }
        }
        self.z.check(&before, |_, _| self.jobz == b'V', f64::INFINITY, |_, _| 0.0);
    }
}

/// Which of the two singular value routines to call.
#[derive(Clone, Copy, Debug)]
enum SvdRoutine {
    DivideAndConquer,
    Qr,
}

impl<T: Symbols> Svd<T> {
    /// The arrays for the vectors that `jobu` and `jobvt` ask for.
    fn new(a: Dense<T>, jobu: u8, jobvt: u8, padding: usize) -> Self {
        let size = a.rows.min(a.cols);
        let count = |job: u8, full| match job.to_ascii_uppercase() {
            b'A' => full,
            b'S' => size,
            _ => 0,
        };
        Self {
            s: vec![T::SENTINEL; size],
            u: Dense::untouchable(a.rows, count(jobu, a.rows), padding),
            vt: Dense::untouchable(count(jobvt, a.cols), a.cols, padding),
            work: vec![T::SENTINEL],
            lwork: -1,
            iwork: vec![UNSET; 8 * size],
            a,
        }
    }

    fn call(&mut self, routine: SvdRoutine, jobu: u8, jobvt: u8) -> i32 {
        match routine {
            SvdRoutine::DivideAndConquer => T::gesdd(jobu, self),
            SvdRoutine::Qr => T::gesvd(jobu, jobvt, self),
        }
    }
}

fn singular_values_and_vectors<T: Symbols>() {
    let rng = &mut generator(16);
    let shapes = [(1, 1), (4, 4), (5, 3), (3, 5), (9, 2), (2, 9), (30, 30), (40, 20), (20, 40)];
    for (m, n) in shapes {
        let a = Dense::<T>::random(rng, m, n, 0);
        for (routine, jobu, jobvt) in [
            (SvdRoutine::DivideAndConquer, b'S', b'S'),
            (SvdRoutine::DivideAndConquer, b'a', b'a'),
            (SvdRoutine::DivideAndConquer, b'N', b'N'),
            (SvdRoutine::Qr, b's', b'S'),
            (SvdRoutine::Qr, b'A', b'n'),
            (SvdRoutine::Qr, b'N', b'A'),
        ] {
            check_svd(&a, 0, routine, jobu, jobvt);
            check_svd(&a, 2, routine, jobu, jobvt);
        }
    }
    let large = Dense::<T>::random(rng, LARGE, LARGE, 0);
    check_svd(&large, 1, SvdRoutine::DivideAndConquer, b'S', b'S');
}

fn check_svd<T: Symbols>(a: &Dense<T>, padding: usize, routine: SvdRoutine, jobu: u8, jobvt: u8) {
    let (m, n) = (a.rows, a.cols);
    let size = m.min(n);
    let before = padded(a, padding);
    let mut call = Svd::new(before.clone(), jobu, jobvt, padding);
    let (blank_u, blank_vt) = (call.u.clone(), call.vt.clone());
    assert_eq!(call.call(routine, jobu, jobvt), 0);
    call.a.check(&before, |_, _| false, 0.0, |_, _| 0.0);
    let best = call.work[0].to_f64() as i32;
    // Once with the size asked for, once with the shortest array.
    call.lwork = if padding == 0 { best } else { 1 };
    call.work.resize(call.lwork as usize, T::SENTINEL);
    assert_eq!(call.call(routine, jobu, jobvt), 0);
    assert_eq!(call.work[0].to_f64() as i32, best);

    let Svd { a: destroyed, s, u, vt, .. } = &call;
    destroyed.check(&before, |_, _| true, f64::INFINITY, |_, _| 0.0);
    u.check(&blank_u, |_, _| true, f64::INFINITY, |_, _| 0.0);
    vt.check(&blank_vt, |_, _| true, f64::INFINITY, |_, _| 0.0);
    assert!(s.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(s[size - 1].to_f64() >= 0.0);
    assert_orthonormal::<T>(m, u.cols, |i, k| u[(i, k)].to_f64());
    assert_orthonormal::<T>(n, vt.rows, |i, k| vt[(k, i)].to_f64());
    let sum_of_squares = |values: &[T]| values.iter().map(|x| x.to_f64().powi(2)).sum::<f64>();
    let frobenius = sum_of_squares(&a.data[..m * n]);
    assert_close(sum_of_squares(s), frobenius, residual_tolerance::<T>(m.max(n), 1.0) * frobenius.sqrt());
    let largest = m.max(n);
    for i in 0..m {
        for j in 0..n {
            if u.cols > 0 && vt.rows > 0 {
                let rebuilt = product(size, |k| u[(i, k)].to_f64() * s[k].to_f64(), |k| vt[(k, j)].to_f64());
                assert_close(rebuilt, a[(i, j)].to_f64(), residual_tolerance::<T>(largest, 1.0));
            }
        }
    }
    // One-sided: A·v = s·u and Aᵀ·u = s·v hold with vectors of length s.
    for k in 0..size {
        let norm_squared: f64 = if u.cols > 0 {
            (0..n).map(|j| product(m, |i| a[(i, j)].to_f64(), |i| u[(i, k)].to_f64()).powi(2)).sum()
        } else if vt.rows > 0 {
            (0..m).map(|i| product(n, |j| a[(i, j)].to_f64(), |j| vt[(k, j)].to_f64()).powi(2)).sum()
        } else {
            continue;
        };
        assert_close(norm_squared.sqrt(), s[k].to_f64(), residual_tolerance::<T>(largest, 1.0));
    }
}

/// Decompositions scale with the matrix, to the ends of the number range.
fn extreme_scales<T: Symbols>() {
    let rng = &mut generator(17);
    let n = 8;
    let reference = symmetric::<T>(rng, n, 0.0);
    // Exact powers of two near the ends of the range, and the zero matrix.
    let range = if T::EPSILON < 1e-10 { 1000 } else { 120 };
    for scale in [2f64.powi(range), 2f64.powi(-range), 0.0] {
        let scaled = |x: T| x.to_f64() * scale;
        let a = Dense::<T>::new(n, n, 0, |i, j| scaled(reference[(i, j)]));
        let mut expected = Syevr::new(b'V', b'L', reference.clone());
        assert_eq!(T::syevr(&mut expected), 0);
        let mut found = Syevr::new(b'V', b'L', a.clone());
        assert_eq!(T::syevr(&mut found), 0);
        for (x, y) in found.w.iter().zip(&expected.w) {
            assert_close(x.to_f64(), scaled(*y), residual_tolerance::<T>(n, scale));
        }
        assert_orthonormal::<T>(n, n, |i, k| found.z[(i, k)].to_f64());

        let decompose = |a: &Dense<T>| {
            let mut call = Svd::new(a.clone(), b'S', b'S', 0);
            call.lwork = 1;
            assert_eq!(T::gesdd(b'S', &mut call), 0);
            call
        };
        let (found, expected) = (decompose(&a), decompose(&reference));
        for (x, y) in found.s.iter().zip(&expected.s) {
            assert_close(x.to_f64(), scaled(*y), residual_tolerance::<T>(n, scale));
        }
        assert_orthonormal::<T>(n, n, |i, k| found.u[(i, k)].to_f64());
        assert_orthonormal::<T>(n, n, |i, k| found.vt[(k, i)].to_f64());
    }
}

fn non_finite_input_fails<T: Symbols>() {
    let rng = &mut generator(18);
    for n in [2, 6, 30] {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (i, j) in [(0, 0), (n - 1, 0), (n - 1, n - 1)] {
                let mut a = symmetric::<T>(rng, n, 0.0);
                a[(i, j)] = T::from_f64(bad);
                for jobz in *b"NV" {
                    assert!(T::syevr(&mut Syevr::new(jobz, b'L', a.clone())) > 0);
                }
                for job in *b"NSA" {
                    for routine in [SvdRoutine::DivideAndConquer, SvdRoutine::Qr] {
                        let mut call = Svd::new(a.clone(), job, job, 0);
                        call.lwork = 1;
                        assert!(call.call(routine, job, job) > 0);
                    }
                }
            }
        }
    }
}

fn illegal_arguments<T: Symbols>() {
    let n = 4;
    let a = Dense::<T>::new(n, n, 0, |i, j| if i == j { 1.0 } else { 0.0 });
    let syevr = |change: fn(&mut Syevr<T>)| {
        let mut call = Syevr::new(b'V', b'L', a.clone());
        change(&mut call);
        T::syevr(&mut call)
    };
    assert_eq!(syevr(|call| call.jobz = b'X'), -1);
    assert_eq!(syevr(|call| call.range = b'X'), -2);
    assert_eq!(syevr(|call| call.uplo = b'X'), -3);
    assert_eq!(syevr(|call| call.a.ld -= 1), -6);
    assert_eq!(syevr(|call| call.range = b'V'), -8);
    assert_eq!(syevr(|call| (call.range, call.il, call.iu) = (b'I', 0, 2)), -9);
    assert_eq!(syevr(|call| (call.range, call.il, call.iu) = (b'I', 2, 5)), -10);
    assert_eq!(syevr(|call| (call.range, call.il, call.iu) = (b'I', 3, 2)), -10);
    assert_eq!(syevr(|call| call.z.ld = 3), -15);
    assert_eq!(syevr(|call| call.lwork = 0), -18);
    assert_eq!(syevr(|call| call.liwork = 0), -20);

    let svd = |change: fn(&mut Svd<T>)| {
        let mut call = Svd::new(a.clone(), b'S', b'S', 0);
        change(&mut call);
        (T::gesdd(b'S', &mut call), T::gesvd(b'S', b'S', &mut call))
    };
    assert_eq!(svd(|call| call.a.ld -= 1), (-5, -6));
    assert_eq!(svd(|call| call.u.ld -= 1), (-8, -9));
    assert_eq!(svd(|call| call.vt.ld -= 1), (-10, -11));
    assert_eq!(svd(|call| call.lwork = 0), (-12, -13));
    let mut call = Svd::new(a, b'S', b'S', 0);
    for job in *b"OX" {
        assert_eq!(T::gesdd(job, &mut call), -1);
        assert_eq!(T::gesvd(job, b'S', &mut call), -1);
        assert_eq!(T::gesvd(b'S', job, &mut call), -2);
    }
}

fn empty_matrices<T: Symbols>() {
    let mut call = Syevr::new(b'V', b'U', Dense::<T>::untouchable(0, 0, 0));
    assert_eq!((T::syevr(&mut call), call.m), (0, 0));
    for (m, n) in [(0, 0), (0, 3), (3, 0)] {
        let mut call = Svd::new(Dense::<T>::untouchable(m, n, 0), b'A', b'A', 0);
        call.lwork = 1;
        assert_eq!(T::gesdd(b'A', &mut call), 0);
        assert_eq!(T::gesvd(b'A', b'A', &mut call), 0);
    }
}
