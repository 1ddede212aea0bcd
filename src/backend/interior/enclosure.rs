//! Where the optimum lies, from a primal and a dual point in any arithmetic.

use dashu_ratio::RBig;
use faer::Mat;

use super::method::{Point, Residuals};
use crate::backend::data::Data;
use crate::backend::field::{Field, Real};
use crate::program::{Enclosure, Program};

/// Roundings that one term of an objective may have gone through, at most.
const ROUNDINGS: f64 = 64.0;

/// The objectives with what both points miss: a dual residual r_k costs at most M_k|r_k|, a primal residual in a
/// constraint, to first order, its size times the multiplier. `None` if a number is not finite.
pub fn enclosure<E: Field>(
    program: &Program,
    data: &Data<E>,
    point: &Point<E>,
    residuals: &Residuals<E>,
    [primal, dual]: [E::Real; 2],
) -> Option<Enclosure> {
    let size = |values: &[E::Real]| -> Vec<f64> { values.iter().map(|value| value.to_f64().abs()).collect() };
    let y = size(&point.y);
    let missed = |misses: &[E::Real], multipliers: &[E::Real]| dot(&size(misses), &size(multipliers));
    let mut below = missed(&residuals.s, &point.u) + missed(&residuals.equalities, &point.lambda);
    below += residuals.slack.iter().zip(&point.z).map(|(miss, z)| pairing(miss, z)).sum::<f64>();
    let mut above = 0.0;
    for ((miss, &y), &bound) in size(&residuals.dual).iter().zip(&y).zip(&program.variable_bounds) {
        // Variables without a bound are about as large as they are.
        above += miss * bound.min(1.0 + y);
    }
    let mut terms = program.offset.abs() + dot(&size(&data.objective), &y) + dual.to_f64().abs();
    for ((block, slack), z) in data.blocks.iter().zip(&point.slack).zip(&point.z) {
        // C and 𝒜*y = S − C.
        terms += 2.0 * pairing(&block.constant, z) + pairing(slack, z);
    }
    for ((row, &s), &u) in data.inequalities.iter().zip(&point.s).zip(&point.u) {
        terms += (2.0 * row.constant.to_f64().abs() + s.to_f64().abs()) * u.to_f64().abs();
    }
    let own = ROUNDINGS * E::Real::EPSILON * terms;
    let exact = |value: f64| RBig::try_from(value).ok();
    let sum = |value: E::Real, change: f64| {
        let [high, low] = value.parts();
        Some(exact(high)? + exact(low)? + exact(program.offset)? + exact(change)?)
    };
    Some(Enclosure {
        lower: sum(primal, -below - own)?,
        upper: sum(dual, above + own)?,
        rounding: f64::EPSILON * terms,
    })
}

/// Σ |a_ij||b_ij|.
fn pairing<E: Field>(a: &Mat<E>, b: &Mat<E>) -> f64 {
    let columns = (0..a.ncols()).flat_map(|j| a.col_as_slice(j).iter().zip(b.col_as_slice(j)));
    columns.map(|(a, b)| a.to_complex().norm() * b.to_complex().norm()).sum()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
