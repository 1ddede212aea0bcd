//! `[expected]`: the answers that are known, each refused where the problem does not have its question.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::CheckedAssemblage;
use super::compile::one_of;
use super::diagnostic::{ProblemError, Source};
use super::file::{ExpectedTable, Scalar};
use super::noise::{NO_LINE, Noise};
use super::operators::scalar;
use crate::num::Number;
use crate::scenario::Kind;

/// What is known of a problem before it is solved.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The verdict on the assemblage.
    pub verdict: Option<KnownVerdict>,
    /// The classical value of the functional.
    pub classical: Option<f64>,
    /// Its quantum value.
    pub quantum: Option<f64>,
    /// Its no-signalling value.
    pub no_signalling: Option<f64>,
    /// The greatest visibility with a quantum model.
    pub visibility: Option<f64>,
    /// The greatest visibility with a common-cause model.
    pub classical_visibility: Option<f64>,
}

/// A verdict that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownVerdict {
    /// No quantum model exists.
    PostQuantum,
    /// A quantum model exists.
    Quantum,
    /// Not an assemblage of the general set.
    Invalid,
}

impl KnownVerdict {
    const ALL: [Self; 3] = [Self::PostQuantum, Self::Quantum, Self::Invalid];

    /// As in a problem file.
    pub fn name(self) -> &'static str {
        match self {
            Self::PostQuantum => "post-quantum",
            Self::Quantum => "quantum",
            Self::Invalid => "invalid",
        }
    }
}

/// What decides whether an expectation makes sense.
pub(super) struct Known<'a> {
    pub text: &'a Source,
    pub kind: Kind,
    pub parameters: &'a BTreeMap<String, Number>,
    pub assemblage: Option<&'a CheckedAssemblage>,
    pub functional: bool,
    pub noise: &'a Noise,
}

impl Known<'_> {
    pub(super) fn expected(&self, table: &Spanned<ExpectedTable>) -> Result<Expected, ProblemError> {
        let ExpectedTable { verdict, classical, quantum, no_signalling, visibility, classical_visibility } =
            table.get_ref();
        let verdict = verdict.as_ref().map(|verdict| self.verdict(verdict)).transpose()?;
        let value = |key, written: &Option<Spanned<Scalar>>| {
            written.as_ref().map(|written| self.value(key, written)).transpose()
        };
        let share = |key, written: &Option<Spanned<Scalar>>| {
            written.as_ref().map(|written| self.visibility(key, written)).transpose()
        };
        let expected = Expected {
            verdict,
            classical: value("classical", classical)?,
            quantum: value("quantum", quantum)?,
            no_signalling: value("no-signalling", no_signalling)?,
            visibility: share("visibility", visibility)?,
            classical_visibility: share("classical-visibility", classical_visibility)?,
        };
        let Expected { classical, quantum, no_signalling, visibility, classical_visibility, .. } = expected;
        let numbers = [classical, quantum, no_signalling, visibility, classical_visibility];
        if verdict.is_none() && numbers.iter().all(Option::is_none) {
            return Err(self.text.error(table.span(), "[expected] is empty").help(
                "give what is known, such as verdict = \"post-quantum\" or quantum = \"2*sqrt(2)\", or leave the table out",
            ));
        }
        Ok(expected)
    }

    fn verdict(&self, written: &Spanned<String>) -> Result<KnownVerdict, ProblemError> {
        self.need_whole_assemblage("verdict", written.span())?;
        let names = KnownVerdict::ALL.map(KnownVerdict::name);
        let found = written.get_ref().as_str();
        KnownVerdict::ALL.into_iter().find(|verdict| verdict.name() == found).ok_or_else(|| {
            self.text
                .error(written.span(), format!("`{found}` is not a verdict that can be expected"))
                .help(one_of(found, &names))
        })
    }

    /// A value of the functional.
    fn value(&self, key: &str, written: &Spanned<Scalar>) -> Result<f64, ProblemError> {
        if !self.functional {
            return Err(self
                .text
                .error(written.span(), format!("`{key}` is a value of the functional, and the file has none"))
                .help(format!("add a [functional], or leave `{key}` out")));
        }
        self.real(key, written)
    }

    /// A visibility of the assemblage.
    fn visibility(&self, key: &str, written: &Spanned<Scalar>) -> Result<f64, ProblemError> {
        let error = |message: String| self.text.error(written.span(), message);
        let violation = self.need_whole_assemblage(key, written.span())?.violations.first();
        if self.kind == Kind::Sequential {
            return Err(error(format!("`{key}` does not apply to sequential scenarios")).help(
                "every sequential assemblage is quantum, at any visibility; expect verdict = \"quantum\"",
            ));
        }
        if !self.noise.is_a_line() {
            return Err(error(NO_LINE.to_owned()).help(format!("leave `{key}` out")));
        }
        if let Some(violation) = violation {
            return Err(error(format!(
                "there is no visibility, for the assemblage is not valid: {violation}"
            ))
            .help("expect verdict = \"invalid\", or correct the assemblage"));
        }
        let value = self.real(key, written)?;
        if !(0.0..=1.0).contains(&value) {
            return Err(error(format!("`{key}` is {value}, which is no visibility"))
                .help("a visibility is the weight of the assemblage in a mixture with noise, from 0 to 1"));
        }
        Ok(value)
    }

    fn real(&self, key: &str, written: &Spanned<Scalar>) -> Result<f64, ProblemError> {
        let number = scalar(self.text, written, &format!("`{key}`"), self.parameters)?;
        let value = number.approx();
        if value.im != 0.0 {
            return Err(self
                .text
                .error(written.span(), format!("`{key}` is {number}, which is not real"))
                .help("give a real number, such as 2 or \"2*sqrt(3)\""));
        }
        if !value.re.is_finite() {
            return Err(self
                .text
                .error(written.span(), format!("`{key}` is beyond double precision"))
                .help("numbers go up to about 1.8e308"));
        }
        Ok(value.re)
    }

    /// The assemblage, of which every element is known.
    fn need_whole_assemblage(
        &self,
        key: &str,
        span: Range<usize>,
    ) -> Result<&CheckedAssemblage, ProblemError> {
        let error = |message: &str| self.text.error(span.clone(), format!("`{key}` {message}"));
        match self.assemblage {
            None => Err(error("is about the assemblage, and the file has none")
                .help(format!("add an [assemblage], or leave `{key}` out"))),
            Some(checked) if !checked.given.is_all() => {
                Err(error("needs the whole assemblage, and this one is partial")
                    .help(format!("leave `{key}` out, or `partial = true` under [assemblage]")))
            }
            Some(checked) => Ok(checked),
        }
    }
}
