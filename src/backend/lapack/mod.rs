//! The BLAS and LAPACK routines that Clarabel's semidefinite cones call, in Rust on faer kernels.
//!
//! Clarabel calls a dense linear-algebra library by its Fortran symbol names (`dgemm_`, `dsyevr_`,
//! …) and leaves it to the final program to supply them. This module supplies them, so that the
//! program needs no system BLAS. Eleven operations are covered, each for `f32` (`s…`) and `f64`
//! (`d…`): the BLAS products in [`blas`], LAPACK's linear solvers in [`solve`], and its eigenvalue
//! and singular value decompositions in [`spectrum`]. They follow the reference BLAS 3 / LAPACK 3
//! interface, with the exceptions stated on each symbol, so any other caller of these symbols in
//! the same program is served as well. The linker finds them once the program refers to this crate
//! at all; `use steerq as _;` is enough.
//!
//! Conventions shared by all routines, as in the Fortran originals:
//!
//! - every argument is passed by address; integers are 32-bit, option letters are ASCII in either
//!   case;
//! - matrices are column-major with a leading dimension `ld`: element (i, j), counted from 0, of an
//!   r × c matrix lies at offset `i + j·ld`, with `ld ≥ max(1, r)`. Elements between `r` and `ld`
//!   are neither read nor written;
//! - a routine given one triangle of a symmetric or triangular matrix (`uplo`) neither reads nor
//!   writes the strict other triangle;
//! - LAPACK routines report through `info`: 0 for success, −k when argument k is illegal, positive
//!   when the computation failed. BLAS routines have no `info`; where an input argument is illegal
//!   or the computation fails they fill their output with NaN, and where the output's own shape
//!   is illegal they leave it alone. (The reference library stops the program instead.)
//!
//! Nothing unwinds out of a symbol: a panic in a kernel is caught and reported in the same way.

// The only place in the package that needs raw pointers: the interface is C's.
#![allow(unsafe_code)]
// The argument lists are those of the Fortran routines.
#![allow(clippy::too_many_arguments)]

pub mod blas;
pub mod solve;
pub mod spectrum;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use faer::linalg::zip::Diag;
use faer::traits::RealField;
use faer::{MatMut, MatRef, Par, unzip, zip};

/// Side of a cubic operation (n³ multiplications) from which faer's kernels use all threads.
///
/// Handing work to the thread pool costs more than it gains on small matrices. Measured with two
/// threads: singular value decompositions were slower than with one thread up to side 150 and up
/// to 1.3 times as fast at 200; products were slower at 56, undecided around 120 and 1.7 times as
/// fast at 200; eigenvalues alone gained nothing at any of these.
/// Solves are also run side by side on the same pool, which keeps the cores busy anyway.
const PARALLEL_SIDE: usize = 200;

/// `info` of a decomposition that did not converge, and of a caught panic.
const FAILED: i32 = 1;

/// The element types the symbols exist for.
trait Real: RealField + Copy {}
impl Real for f32 {}
impl Real for f64 {}

/// The threads to use for an operation of about `m·n·k` multiplications.
fn threads(m: usize, n: usize, k: usize) -> Par {
    if m.saturating_mul(n).saturating_mul(k) < PARALLEL_SIDE.pow(3) { Par::Seq } else { Par::rayon(0) }
}

/// `op(A)`: a matrix as stored or transposed (`trans` arguments).
#[derive(Clone, Copy, PartialEq)]
enum Op {
    Plain,
    Transposed,
}

impl Op {
    /// Reads 'N', 'T' or 'C'; conjugation changes nothing on real matrices.
    fn parse(letter: u8) -> Option<Self> {
        match letter.to_ascii_uppercase() {
            b'N' => Some(Self::Plain),
            b'T' | b'C' => Some(Self::Transposed),
            _ => None,
        }
    }
}

/// Which triangle of a square matrix is addressed (`uplo` arguments).
///
/// The upper triangle of a matrix is the lower triangle of its transposed view, and every routine
/// here that takes `uplo` computes something symmetric under that exchange. So each is written for
/// the lower triangle only, and applied to the view these methods return.
#[derive(Clone, Copy)]
enum Triangle {
    Lower,
    Upper,
}

impl Triangle {
    fn parse(letter: u8) -> Option<Self> {
        match letter.to_ascii_uppercase() {
            b'L' => Some(Self::Lower),
            b'U' => Some(Self::Upper),
            _ => None,
        }
    }

    fn as_lower<'a, T>(self, matrix: MatRef<'a, T>) -> MatRef<'a, T> {
        match self {
            Self::Lower => matrix,
            Self::Upper => matrix.transpose(),
        }
    }

    fn as_lower_mut<'a, T>(self, matrix: MatMut<'a, T>) -> MatMut<'a, T> {
        match self {
            Self::Lower => matrix,
            Self::Upper => matrix.transpose_mut(),
        }
    }
}

/// The part of a matrix that a routine addresses.
#[derive(Clone, Copy)]
enum Part {
    All,
    Lower,
}

/// Applies `update` to each addressed element.
fn for_each<T: Real>(matrix: MatMut<'_, T>, part: Part, mut update: impl FnMut(&mut T)) {
    match part {
        Part::All => zip!(matrix).for_each(|unzip!(x)| update(x)),
        Part::Lower => {
            zip!(matrix).for_each_triangular_lower(Diag::Include, |unzip!(x)| update(x));
        }
    }
}

/// The matrix `op(A)`, `rows × cols`, where A is stored column-major at `data`.
///
/// `None` if a size is negative or `ld` is less than A's number of rows (or than 1).
///
/// # Safety
///
/// If the arguments are legal, A's elements must be readable and not written to during `'a`.
unsafe fn input<'a, T>(op: Op, data: *const T, rows: i32, cols: i32, ld: i32) -> Option<MatRef<'a, T>> {
    let (stored_rows, stored_cols) = match op {
        Op::Plain => (rows, cols),
        Op::Transposed => (cols, rows),
    };
    let shape = Shape::new(stored_rows, stored_cols, ld)?;
    // SAFETY: the shape is legal, so by this function's contract the elements are readable; an
    // empty matrix has none, and its pointer is replaced because it may be null.
    let matrix = unsafe {
        MatRef::from_raw_parts(
            if shape.is_empty() { NonNull::dangling().as_ptr() } else { data },
            shape.rows,
            shape.cols,
            1,
            shape.ld,
        )
    };
    Some(match op {
        Op::Plain => matrix,
        Op::Transposed => matrix.transpose(),
    })
}

/// The `rows × cols` matrix stored column-major at `data`, to be written.
///
/// `None` if a size is negative or `ld` is less than `rows` (or than 1).
///
/// # Safety
///
/// If the arguments are legal, the elements must be readable and writable, and reached through
/// nothing but the result, during `'a`.
unsafe fn output<'a, T>(data: *mut T, rows: i32, cols: i32, ld: i32) -> Option<MatMut<'a, T>> {
    let shape = Shape::new(rows, cols, ld)?;
    // SAFETY: as for `input`.
    Some(unsafe {
        MatMut::from_raw_parts_mut(
            if shape.is_empty() { NonNull::dangling().as_ptr() } else { data },
            shape.rows,
            shape.cols,
            1,
            shape.ld,
        )
    })
}

/// A legal combination of sizes and leading dimension.
struct Shape {
    rows: usize,
    cols: usize,
    ld: isize,
}

impl Shape {
    fn new(rows: i32, cols: i32, ld: i32) -> Option<Self> {
        let legal = rows >= 0 && cols >= 0 && ld >= rows.max(1);
        legal.then_some(Self { rows: rows as usize, cols: cols as usize, ld: ld as isize })
    }

    fn is_empty(&self) -> bool {
        self.rows == 0 || self.cols == 0
    }
}

/// A matrix size given as an argument; `None` if negative.
fn dimension(n: i32) -> Option<usize> {
    usize::try_from(n).ok()
}

/// Runs a routine and writes its outcome to `info`; a panic counts as [`FAILED`].
///
/// # Safety
///
/// `info` must be writable.
unsafe fn report(info: *mut i32, run: impl FnOnce() -> Result<(), i32>) {
    // What a panic leaves half written is, by its info, no result.
    let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(FAILED));
    // SAFETY: by this function's contract.
    unsafe { *info = outcome.err().unwrap_or(0) };
}

/// Defines the exported symbols of generic routines, for `f32` and `f64`.
///
/// Each entry names the two symbols, the routine, and its arguments by kind: `letter` and `int` and
/// `real` are read at their address and passed by value; `input`, `output` and `int_output` are
/// arrays, passed on as pointers.
macro_rules! export {
    ($(
        $(#[$doc:meta])*
        $single:ident, $double:ident = $routine:ident($($arg:ident: $kind:ident),* $(,)?);
    )*) => {$(
        export!(@symbol f32 { $(#[$doc])* } $single $routine $($arg: $kind),*);
        export!(@symbol f64 { $(#[$doc])* } $double $routine $($arg: $kind),*);
    )*};
    (@symbol $T:ident { $(#[$doc:meta])* } $symbol:ident $routine:ident
        $($arg:ident: $kind:ident),*) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// Every address must be valid for its argument: arrays must have the sizes stated by the
        /// other arguments, and an output must overlap no other argument.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $symbol($($arg: export!(@type $kind $T)),*) {
            // SAFETY: the caller vouches for the addresses; the routine asks no more.
            unsafe { $routine::<$T>($(export!(@value $kind $arg)),*) }
        }
    };
    (@type letter $T:ident) => { *const std::ffi::c_char };
    (@type int $T:ident) => { *const std::ffi::c_int };
    (@type int_output $T:ident) => { *mut std::ffi::c_int };
    (@type real $T:ident) => { *const $T };
    (@type input $T:ident) => { *const $T };
    (@type output $T:ident) => { *mut $T };
    (@value letter $arg:ident) => { *$arg as u8 };
    (@value int $arg:ident) => { *$arg };
    (@value real $arg:ident) => { *$arg };
    (@value $array:ident $arg:ident) => { $arg };
}
use export;
