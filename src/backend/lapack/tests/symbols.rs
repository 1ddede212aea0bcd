//! The symbols, called with the matrices of the tests.

use super::super::Real;
use super::super::blas::*;
use super::super::solve::*;
use super::super::spectrum::*;
use super::{Dense, Strided, UNSET, is_plain};

/// An element type with the symbols exported for it, called with the matrices of this module.
///
/// Options are passed as letters; sizes are taken from the matrices.
pub(super) trait Symbols: Real + std::fmt::Debug {
    /// A NaN that arithmetic does not produce.
    const SENTINEL: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: f64;

    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn bits(self) -> u64;

    fn gemm(ta: u8, tb: u8, alpha: f64, a: &Dense<Self>, b: &Dense<Self>, beta: f64, c: &mut Dense<Self>);
    fn syrk(uplo: u8, trans: u8, alpha: f64, a: &Dense<Self>, beta: f64, c: &mut Dense<Self>);
    fn syr2k(
        uplo: u8,
        trans: u8,
        alpha: f64,
        a: &Dense<Self>,
        b: &Dense<Self>,
        beta: f64,
        c: &mut Dense<Self>,
    );
    fn gemv(trans: u8, alpha: f64, a: &Dense<Self>, x: &Strided<Self>, beta: f64, y: &mut Strided<Self>);
    fn symv(uplo: u8, alpha: f64, a: &Dense<Self>, x: &Strided<Self>, beta: f64, y: &mut Strided<Self>);
    fn potrf(uplo: u8, a: &mut Dense<Self>) -> i32;
    fn potrs(uplo: u8, a: &Dense<Self>, b: &mut Dense<Self>) -> i32;
    fn gesv(a: &mut Dense<Self>, ipiv: &mut [i32], b: &mut Dense<Self>) -> i32;
    fn syevr(call: &mut Syevr<Self>) -> i32;
    fn gesdd(job: u8, call: &mut Svd<Self>) -> i32;
    fn gesvd(jobu: u8, jobvt: u8, call: &mut Svd<Self>) -> i32;
}

/// The arguments of `xSYEVR`.
pub(super) struct Syevr<T> {
    pub(super) jobz: u8,
    pub(super) range: u8,
    pub(super) uplo: u8,
    pub(super) a: Dense<T>,
    pub(super) vl: f64,
    pub(super) vu: f64,
    pub(super) il: i32,
    pub(super) iu: i32,
    pub(super) m: i32,
    pub(super) w: Vec<T>,
    pub(super) z: Dense<T>,
    pub(super) isuppz: Vec<i32>,
    pub(super) work: Vec<T>,
    pub(super) lwork: i32,
    pub(super) iwork: Vec<i32>,
    pub(super) liwork: i32,
}

/// The arguments of `xGESDD` and `xGESVD`.
pub(super) struct Svd<T> {
    pub(super) a: Dense<T>,
    pub(super) s: Vec<T>,
    pub(super) u: Dense<T>,
    pub(super) vt: Dense<T>,
    pub(super) work: Vec<T>,
    pub(super) lwork: i32,
    pub(super) iwork: Vec<i32>,
}

macro_rules! impl_symbols {
    ($T:ident, $sentinel:expr, $gemm:ident $syrk:ident $syr2k:ident $gemv:ident $symv:ident
     $potrf:ident $potrs:ident $gesv:ident $syevr:ident $gesdd:ident $gesvd:ident) => {
        impl Symbols for $T {
            const SENTINEL: Self = $T::from_bits($sentinel);
            const EPSILON: f64 = $T::EPSILON as f64;

            fn from_f64(x: f64) -> Self {
                x as Self
            }

            fn to_f64(self) -> f64 {
                self.into()
            }

            fn bits(self) -> u64 {
                self.to_bits().into()
            }

            fn gemm(
                ta: u8,
                tb: u8,
                alpha: f64,
                a: &Dense<Self>,
                b: &Dense<Self>,
                beta: f64,
                c: &mut Dense<Self>,
            ) {
                let (m, n) = (c.rows as i32, c.cols as i32);
                let k = if is_plain(ta) { a.cols } else { a.rows } as i32;
                let (ta, tb) = (ta as _, tb as _);
                // SAFETY: the sizes are those of the matrices.
                unsafe {
                    $gemm(
                        &ta,
                        &tb,
                        &m,
                        &n,
                        &k,
                        &(alpha as Self),
                        a.data.as_ptr(),
                        &a.ld,
                        b.data.as_ptr(),
                        &b.ld,
                        &(beta as Self),
                        c.data.as_mut_ptr(),
                        &c.ld,
                    );
                }
            }

            fn syrk(uplo: u8, trans: u8, alpha: f64, a: &Dense<Self>, beta: f64, c: &mut Dense<Self>) {
                let n = c.rows as i32;
                let k = if is_plain(trans) { a.cols } else { a.rows } as i32;
                let (uplo, trans) = (uplo as _, trans as _);
                // SAFETY: the sizes are those of the matrices.
                unsafe {
                    $syrk(
                        &uplo,
                        &trans,
                        &n,
                        &k,
                        &(alpha as Self),
                        a.data.as_ptr(),
                        &a.ld,
                        &(beta as Self),
                        c.data.as_mut_ptr(),
                        &c.ld,
                    );
                }
            }

            fn syr2k(
                uplo: u8,
                trans: u8,
                alpha: f64,
                a: &Dense<Self>,
                b: &Dense<Self>,
                beta: f64,
                c: &mut Dense<Self>,
            ) {
                let n = c.rows as i32;
                let k = if is_plain(trans) { a.cols } else { a.rows } as i32;
                let (uplo, trans) = (uplo as _, trans as _);
                // SAFETY: the sizes are those of the matrices.
                unsafe {
                    $syr2k(
                        &uplo,
                        &trans,
                        &n,
                        &k,
                        &(alpha as Self),
                        a.data.as_ptr(),
                        &a.ld,
                        b.data.as_ptr(),
                        &b.ld,
                        &(beta as Self),
                        c.data.as_mut_ptr(),
                        &c.ld,
                    );
                }
            }

            fn gemv(
                trans: u8,
                alpha: f64,
                a: &Dense<Self>,
                x: &Strided<Self>,
                beta: f64,
                y: &mut Strided<Self>,
            ) {
                let (m, n, trans) = (a.rows as i32, a.cols as i32, trans as _);
                // SAFETY: the sizes are those of the matrix and vectors.
                unsafe {
                    $gemv(
                        &trans,
                        &m,
                        &n,
                        &(alpha as Self),
                        a.data.as_ptr(),
                        &a.ld,
                        x.data.as_ptr(),
                        &x.inc,
                        &(beta as Self),
                        y.data.as_mut_ptr(),
                        &y.inc,
                    );
                }
            }

            fn symv(
                uplo: u8,
                alpha: f64,
                a: &Dense<Self>,
                x: &Strided<Self>,
                beta: f64,
                y: &mut Strided<Self>,
            ) {
                let (n, uplo) = (a.rows as i32, uplo as _);
                // SAFETY: the sizes are those of the matrix and vectors.
                unsafe {
                    $symv(
                        &uplo,
                        &n,
                        &(alpha as Self),
                        a.data.as_ptr(),
                        &a.ld,
                        x.data.as_ptr(),
                        &x.inc,
                        &(beta as Self),
                        y.data.as_mut_ptr(),
                        &y.inc,
                    );
                }
            }

            fn potrf(uplo: u8, a: &mut Dense<Self>) -> i32 {
                let (n, mut info, uplo) = (a.rows as i32, UNSET, uplo as _);
                // SAFETY: the sizes are those of the matrix.
                unsafe { $potrf(&uplo, &n, a.data.as_mut_ptr(), &a.ld, &mut info) };
                info
            }

            fn potrs(uplo: u8, a: &Dense<Self>, b: &mut Dense<Self>) -> i32 {
                let (n, nrhs, mut info, uplo) = (a.rows as i32, b.cols as i32, UNSET, uplo as _);
                // SAFETY: the sizes are those of the matrices.
                unsafe {
                    $potrs(&uplo, &n, &nrhs, a.data.as_ptr(), &a.ld, b.data.as_mut_ptr(), &b.ld, &mut info);
                }
                info
            }

            fn gesv(a: &mut Dense<Self>, ipiv: &mut [i32], b: &mut Dense<Self>) -> i32 {
                let (n, nrhs, mut info) = (a.rows as i32, b.cols as i32, UNSET);
                // SAFETY: the sizes are those of the matrices.
                unsafe {
                    $gesv(
                        &n,
                        &nrhs,
                        a.data.as_mut_ptr(),
                        &a.ld,
                        ipiv.as_mut_ptr(),
                        b.data.as_mut_ptr(),
                        &b.ld,
                        &mut info,
                    );
                }
                info
            }

            fn syevr(call: &mut Syevr<Self>) -> i32 {
                let (n, mut info) = (call.a.rows as i32, UNSET);
                let (jobz, range, uplo) = (call.jobz as _, call.range as _, call.uplo as _);
                // SAFETY: the tests give each array the size its description asks for.
                unsafe {
                    $syevr(
                        &jobz,
                        &range,
                        &uplo,
                        &n,
                        call.a.data.as_mut_ptr(),
                        &call.a.ld,
                        &(call.vl as Self),
                        &(call.vu as Self),
                        &call.il,
                        &call.iu,
                        &0.0,
                        &mut call.m,
                        call.w.as_mut_ptr(),
                        call.z.data.as_mut_ptr(),
                        &call.z.ld,
                        call.isuppz.as_mut_ptr(),
                        call.work.as_mut_ptr(),
                        &call.lwork,
                        call.iwork.as_mut_ptr(),
                        &call.liwork,
                        &mut info,
                    );
                }
                info
            }

            fn gesdd(job: u8, call: &mut Svd<Self>) -> i32 {
                let (m, n, mut info, job) = (call.a.rows as i32, call.a.cols as i32, UNSET, job as _);
                // SAFETY: the tests give each array the size its description asks for.
                unsafe {
                    $gesdd(
                        &job,
                        &m,
                        &n,
                        call.a.data.as_mut_ptr(),
                        &call.a.ld,
                        call.s.as_mut_ptr(),
                        call.u.data.as_mut_ptr(),
                        &call.u.ld,
                        call.vt.data.as_mut_ptr(),
                        &call.vt.ld,
                        call.work.as_mut_ptr(),
                        &call.lwork,
                        call.iwork.as_mut_ptr(),
                        &mut info,
                    );
                }
                info
            }

            fn gesvd(jobu: u8, jobvt: u8, call: &mut Svd<Self>) -> i32 {
                let (m, n, mut info) = (call.a.rows as i32, call.a.cols as i32, UNSET);
                let (jobu, jobvt) = (jobu as _, jobvt as _);
                // SAFETY: the tests give each array the size its description asks for.
                unsafe {
                    $gesvd(
                        &jobu,
                        &jobvt,
                        &m,
                        &n,
                        call.a.data.as_mut_ptr(),
                        &call.a.ld,
                        call.s.as_mut_ptr(),
                        call.u.data.as_mut_ptr(),
                        &call.u.ld,
                        call.vt.data.as_mut_ptr(),
                        &call.vt.ld,
                        call.work.as_mut_ptr(),
                        &call.lwork,
                        &mut info,
                    );
                }
                info
            }
        }
    };
}
impl_symbols!(
    f32, 0x7fc0_beef,
    sgemm_ ssyrk_ ssyr2k_ sgemv_ ssymv_ spotrf_ spotrs_ sgesv_ ssyevr_ sgesdd_ sgesvd_
);
impl_symbols!(
    f64, 0x7ff8_0000_dead_beef,
    dgemm_ dsyrk_ dsyr2k_ dgemv_ dsymv_ dpotrf_ dpotrs_ dgesv_ dsyevr_ dgesdd_ dgesvd_
);
