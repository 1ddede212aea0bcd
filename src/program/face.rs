//! A program on a face: its moment matrix is known to have a kernel, Γ·v = 0 for every product v of a [`Face`].
//!
//! These are equalities, whose multipliers λ are a Hermitian matrix H = Σ_v (x_v v† + v x_v†) beside the dual Z ⪰ 0: what
//! ⟨Z + H, Γ⟩ proves ⟨Z, Γ⟩ proves on the face, whatever H is.

use faer::Mat;
use num_complex::Complex64;

use super::{Affine, Program};
use crate::moments::Face;

/// Adds Γ·v = 0 to a program without equalities whose first block is Γ: for every product v and every row of Γ the real and the
/// imaginary part.
pub fn restrict(program: &mut Program, face: &Face) {
    debug_assert!(program.equalities.is_empty());
    let Some(block) = program.blocks.first() else { return };
    let n = block.size;
    let mut places = vec![None; n * n];
    for (number, entry) in block.entries.iter().enumerate() {
        places[entry.row as usize * n + entry.column as usize] = Some((number, false));
        places[entry.column as usize * n + entry.row as usize].get_or_insert((number, true));
    }
    let mut equalities = Vec::with_capacity(2 * n * face.dimension());
    for product in &face.products {
        for i in 0..n {
            let [mut re, mut im] = [Affine::default(), Affine::default()];
            for &(j, factor) in &product.entries {
                let Some((number, conjugate)) = places[i * n + j] else { continue };
                let entry = &block.entries[number];
                let value = |z: Complex64| factor * if conjugate { z.conj() } else { z };
                re.constant += value(entry.constant).re;
                im.constant += value(entry.constant).im;
                for &(k, coefficient) in &entry.terms {
                    let coefficient = value(coefficient);
                    re.terms.push((k, coefficient.re));
                    im.terms.push((k, coefficient.im));
                }
            }
            for mut form in [re, im] {
                form.merge();
                form.terms.retain(|&(_, value)| value != 0.0);
                equalities.push(form);
            }
        }
    }
    program.equalities = equalities;
}

/// x_v of the multipliers of the equalities, for every product one number a row: ⟨H, Γ⟩ = 2 Re Σ_v x_v† Γ v.
pub fn multipliers(face: &Face, lambda: &[f64]) -> Vec<Vec<Complex64>> {
    let rows = face.kernel.nrows();
    let parts = lambda.chunks(2 * rows.max(1));
    let number = |part: &[f64]| part.chunks(2).map(|z| Complex64::new(z[0], z[1]) * 0.5).collect();
    parts.map(number).collect()
}

/// H.
pub fn hermitian(face: &Face, lambda: &[f64]) -> Mat<Complex64> {
    let n = face.kernel.nrows();
    let mut sum = Mat::<Complex64>::zeros(n, n);
    for (product, x) in face.products.iter().zip(multipliers(face, lambda)) {
        for &(j, factor) in &product.entries {
            for (i, x) in x.iter().enumerate() {
                let value = x * factor.conj();
                sum[(i, j)] += value;
                sum[(j, i)] += value.conj();
            }
        }
    }
    sum
}
