//! Everything that is computed about one assemblage.

use super::super::{Error, Options, bound, certify, visibility};
use super::embedded;
use crate::problem::Problem;
use crate::report::{BoundReport, CertifyReport, VisibilityReport};

/// A problem with the three answers about it.
pub(super) struct Study {
    pub problem: Problem,
    pub certify: CertifyReport,
    pub bound: BoundReport,
    pub visibility: VisibilityReport,
}

impl Study {
    pub fn new(name: &str, text: &str, options: &Options<'_>) -> Result<Self, Error> {
        let problem = embedded(name, text)?;
        let (certify, (bound, visibility)) = rayon::join(
            || certify(&problem, options),
            || rayon::join(|| bound(&problem, options), || visibility(&problem, options)),
        );
        Ok(Self { certify: certify?, bound: bound?, visibility: visibility?, problem })
    }

    /// The accepted certificates by the name of what they prove.
    pub fn certificates(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let bounds = &self.bound.bounds;
        [
            ("classical-bound", &bounds.classical.certificate),
            ("quantum-bound", &bounds.quantum_outer.certificate),
            ("no-signalling-bound", &bounds.no_signalling.certificate),
            ("post-quantum", &self.certify.certificate),
            ("quantum-visibility", &self.visibility.visibility.outer.certificate),
            ("classical-visibility", &self.visibility.visibility.classical.certificate),
        ]
        .into_iter()
        .filter_map(|(what, certificate)| certificate.as_deref().map(|text| (what, text)))
    }
}
