//! Where the optimum of a program lies, to more digits than a double has.

use dashu_ratio::RBig;

/// Both ends come from a solver's primal and dual objective, moved apart by what its points miss of their
/// constraints: an estimate as good as the solver's arithmetic, not a proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Enclosure {
    /// The lower end.
    pub lower: RBig,
    /// The upper end.
    pub upper: RBig,
    /// What rounding the program's coefficients to doubles may have changed, for those that were rounded.
    pub rounding: f64,
}

impl Enclosure {
    /// The enclosure for the objective times a factor.
    pub fn scaled(&self, factor: f64) -> Option<Self> {
        let exact = RBig::try_from(factor).ok()?;
        let (one, other) = (&self.lower * &exact, &self.upper * &exact);
        let (lower, upper) = if factor < 0.0 { (other, one) } else { (one, other) };
        Some(Self { lower, upper, rounding: self.rounding * factor.abs() })
    }

    /// The enclosure for the program before its coefficients were rounded.
    pub fn before_rounding(self) -> Option<Self> {
        let rounding = RBig::try_from(self.rounding).ok()?;
        Some(Self { lower: self.lower - &rounding, upper: self.upper + rounding, ..self })
    }
}
