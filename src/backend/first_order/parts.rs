//! The parts of an iteration by themselves, for `benches/parts.rs`.

use num_complex::Complex64;

use super::cone::ConeForm;
use crate::program::Program;

/// The projection onto the cone of a program.
pub struct Projection {
    form: ConeForm,
    complex: bool,
}

impl Projection {
    /// That of a program.
    pub fn new(program: &Program) -> Self {
        let complex = !program.blocks.iter().all(|block| block.is_real());
        Self { form: ConeForm::new(program, complex), complex }
    }

    /// The coordinates of C + 𝒜*y.
    pub fn point(&self, y: &[f64]) -> Vec<f64> {
        self.form.linear(y).iter().zip(&self.form.constant).map(|(x, c)| x + c).collect()
    }

    /// The nearest point of the cone; `None` if an eigendecomposition fails.
    pub fn project(&self, point: &[f64]) -> Option<Vec<f64>> {
        if self.complex { self.form.project::<Complex64>(point) } else { self.form.project::<f64>(point) }
    }
}
