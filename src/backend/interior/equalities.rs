//! The Newton equations with equalities: M Δy − EᵀΔλ = r, E Δy = −e.

use faer::Mat;

use super::schur::Schur;
use crate::backend::data::Row;
use crate::backend::dense::Symmetric;
use crate::backend::field::Real;

/// M with the factorised E M⁻¹ Eᵀ.
pub struct Newton<'a, R: Real> {
    schur: &'a Schur<R>,
    /// M·vector without M.
    operator: &'a dyn Fn(&[R]) -> Vec<R>,
    rows: &'a [Row<R>],
    /// M⁻¹Eᵀ, row by row.
    images: Vec<Vec<R>>,
    factor: Option<Symmetric<R>>,
}

impl<'a, R: Real> Newton<'a, R> {
    /// Solves once for every equality; `None` if that fails.
    pub fn new(
        schur: &'a Schur<R>,
        operator: &'a dyn Fn(&[R]) -> Vec<R>,
        rows: &'a [Row<R>],
    ) -> Option<Self> {
        let variables = schur.variables();
        let images: Option<Vec<Vec<R>>> =
            rows.iter().map(|row| schur.solve(&dense(row, variables), operator)).collect();
        let images = images?;
        let product = Mat::from_fn(rows.len(), rows.len(), |i, j| rows[i].linear(&images[j]));
        let factor = (!rows.is_empty()).then(|| Symmetric::new(product));
        Some(Self { schur, operator, rows, images, factor })
    }

    /// (Δy, Δλ): Δy = M⁻¹(r + EᵀΔλ) with E M⁻¹ Eᵀ Δλ = −e − E M⁻¹ r.
    pub fn solve(&self, right: &[R], equalities: &[R]) -> Option<(Vec<R>, Vec<R>)> {
        let mut y = self.schur.solve(right, self.operator)?;
        let Some(factor) = &self.factor else { return Some((y, Vec::new())) };
        let missing = self.rows.iter().zip(equalities).map(|(row, &value)| -value - row.linear(&y));
        let mut lambda: Vec<R> = missing.collect();
        factor.solve(&mut lambda);
        for (&step, image) in lambda.iter().zip(&self.images) {
            y.iter_mut().zip(image).for_each(|(y, &dy)| *y += step * dy);
        }
        Some((y, lambda))
    }
}

fn dense<R: Real>(row: &Row<R>, variables: usize) -> Vec<R> {
    let mut vector = vec![R::real(0.0); variables];
    row.terms.iter().for_each(|&(k, value)| vector[k as usize] += value);
    vector
}
