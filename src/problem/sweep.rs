//! `[sweep]`: one problem at many values of one parameter, or of two.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::compile::one_of;
use super::diagnostic::{ProblemError, Source};
use super::file::{AxisTable, Element, List, Scalar, SweepTable};
use super::noise::NO_LINE;
use super::operators::scalar;
use crate::num::Number;

/// The most points of a sweep.
const MAX_POINTS: i64 = 1_000_000;
/// The most halvings of an interval: what is left is beyond double precision soon after.
const MAX_REFINE: u32 = 40;

/// A grid over one parameter, or over two.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The parameter along which verdicts are compared.
    pub first: Axis,
    /// The other one.
    pub second: Option<Axis>,
    /// What is computed at each point.
    pub compute: Computation,
    /// How many times an interval of the first parameter is halved where the verdict changes.
    pub refine: u32,
}

/// The values of one parameter.
#[derive(Debug, Clone)]
pub struct Axis {
    /// `visibility`, or a declared parameter.
    pub parameter: String,
    /// First value.
    pub from: Number,
    /// Last value.
    pub to: Number,
    /// Number of values, at least two.
    pub points: usize,
}

impl Axis {
    /// The values in order: evenly spaced, exactly where the ends are exact.
    pub fn values(&self) -> impl Iterator<Item = Number> + '_ {
        let steps = self.points.saturating_sub(1).max(1) as u64;
        (0..self.points).map(move |k| {
            let share = Number::ratio(k as i64, steps);
            &self.from + &(&(&self.to - &self.from) * &share)
        })
    }

    /// Whether the values grow.
    pub fn grows(&self) -> bool {
        self.from.re() < self.to.re()
    }
}

/// What a sweep computes at each of its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computation {
    /// Whether the assemblage is quantum.
    Certify,
    /// The thresholds of the assemblage along its noise.
    Visibility,
    /// The ladder of the functional.
    Bound,
}

impl Computation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Certify, Self::Visibility, Self::Bound];

    /// The name of the command that computes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certify => "certify",
            Self::Visibility => "visibility",
            Self::Bound => "bound",
        }
    }
}

/// What is written of the assemblage, the functional and the noise, where the file has them.
pub(super) struct Tables<'a> {
    pub assemblage: Option<[&'a str; 2]>,
    pub functional: Option<[&'a str; 2]>,
    pub noise: Option<[&'a str; 2]>,
}

impl Tables<'_> {
    /// Whether the line from the noise to the assemblage depends on a parameter.
    fn depend_on(&self, name: &str) -> bool {
        self.assemblage.is_some() && (mentions(self.assemblage, name) || mentions(self.noise, name))
    }
}

/// The text of a table's formula and of its elements.
pub(super) fn written<'a>(
    text: &'a Source,
    formula: &Option<Spanned<String>>,
    elements: &Option<List<Element>>,
) -> [&'a str; 2] {
    let slice = |span: Option<Range<usize>>| span.map_or("", |span| text.slice(span));
    [slice(formula.as_ref().map(Spanned::span)), slice(elements.as_ref().map(Spanned::span))]
}

/// Whether a name stands in what is written.
fn mentions(written: Option<[&str; 2]>, name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    written.is_some_and(|texts| texts.iter().any(|text| text.split(|c| !letter(c)).any(|word| word == name)))
}

/// What a sweep can be about.
pub(super) struct Swept<'a> {
    pub text: &'a Source,
    pub parameters: &'a BTreeMap<String, Number>,
    pub tables: Tables<'a>,
    pub noise_is_a_line: bool,
}

/// One axis as it is written.
type Written<'a> = (&'a Spanned<String>, [&'a Spanned<Scalar>; 2], &'a Spanned<i64>);

impl Swept<'_> {
    pub fn sweep(&self, table: &Spanned<SweepTable>) -> Result<Sweep, ProblemError> {
        let SweepTable { parameter, from, to, points, compute, refine, second } = table.get_ref();
        let first = self.axis((parameter, [from, to], points))?;
        let second = second.as_ref().map(|second| self.second(&first, second)).transpose()?;
        let compute = match compute {
            Some(written) => self.computation(written)?,
            None => self.usual(&first, second.as_ref()),
        };
        let refine = refine.as_ref().map(|refine| self.refine(refine, compute)).transpose()?.unwrap_or(0);
        Ok(Sweep { first, second, compute, refine })
    }

    fn second(&self, first: &Axis, table: &Spanned<AxisTable>) -> Result<Axis, ProblemError> {
        let AxisTable { parameter, from, to, points } = table.get_ref();
        if *parameter.get_ref() == first.parameter {
            return Err(self
                .text
                .error(parameter.span(), format!("`{}` is the first parameter already", first.parameter))
                .help("the second axis varies another parameter"));
        }
        let axis = self.axis((parameter, [from, to], points))?;
        let total = (first.points as i64).saturating_mul(axis.points as i64);
        if total > MAX_POINTS {
            return Err(self
                .text
                .error(
                    points.span(),
                    format!("the grid has {} × {} = {total} points", first.points, axis.points),
                )
                .help(format!("at most {MAX_POINTS} are possible")));
        }
        Ok(axis)
    }

    fn axis(&self, (parameter, ends, points): Written<'_>) -> Result<Axis, ProblemError> {
        let name = parameter.get_ref();
        let error = |message: String| self.text.error(parameter.span(), message);
        if name != "visibility" && !self.parameters.contains_key(name) {
            let mut known: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
            known.push("visibility");
            let message = format!("`{name}` is not a parameter of this file");
            return Err(error(message).help(one_of(name, &known)));
        }
        let [from, to] = ends;
        let (first, last) = (self.end(name, from)?, self.end(name, to)?);
        if first.re() == last.re() {
            return Err(self
                .text
                .error(to.span(), format!("the sweep ends where it starts, at {}", last.re()))
                .help("give `from` and `to` different values"));
        }
        if name == "visibility" && self.tables.assemblage.is_none() {
            return Err(error("there is no [assemblage] to be mixed with noise".to_owned())
                .help("add an [assemblage], or sweep a parameter of the functional"));
        }
        let count = *points.get_ref();
        if !(2..=MAX_POINTS).contains(&count) {
            return Err(self
                .text
                .error(points.span(), format!("`points` is {count}; 2 to {MAX_POINTS} are possible"))
                .help("it counts the values, both ends included"));
        }
        Ok(Axis { parameter: name.clone(), from: first, to: last, points: count as usize })
    }

    fn end(&self, name: &str, end: &Spanned<Scalar>) -> Result<Number, ProblemError> {
        let written = self.text.slice(end.span());
        let refuse = |message: String| {
            Err(self.text.error(end.span(), message).help("a sweep runs from one real number to another"))
        };
        let number = scalar(self.text, end, "an end of a sweep", &BTreeMap::new())?;
        if !number.is_finite() || number.approx().im != 0.0 {
            return refuse(format!("{written} is not a finite real number"));
        }
        if name == "visibility" && !(0.0..=1.0).contains(&number.re()) {
            return refuse(format!("{written} is no visibility: it must lie between 0 and 1"));
        }
        Ok(number)
    }

    /// What is computed where the file does not say.
    fn usual(&self, first: &Axis, second: Option<&Axis>) -> Computation {
        let names = || [Some(first), second].into_iter().flatten().map(|axis| axis.parameter.as_str());
        if names().any(|name| name == "visibility") {
            return Computation::Certify;
        }
        let has_functional = self.tables.functional.is_some();
        match names().any(|name| self.tables.depend_on(name)) || !has_functional {
            true if self.noise_is_a_line => Computation::Visibility,
            true => Computation::Certify,
            false => Computation::Bound,
        }
    }

    /// What is computed at every point.
    fn computation(&self, written: &Spanned<String>) -> Result<Computation, ProblemError> {
        let error = |message: String| self.text.error(written.span(), message);
        let name = written.get_ref().as_str();
        let Some(found) = Computation::ALL.into_iter().find(|one| one.name() == name) else {
            return Err(error(format!("`{name}` is nothing that a sweep computes"))
                .help(one_of(name, &Computation::ALL.map(Computation::name))));
        };
        let (needed, there) = match found {
            Computation::Bound => ("functional", self.tables.functional.is_some()),
            Computation::Certify | Computation::Visibility => {
                ("assemblage", self.tables.assemblage.is_some())
            }
        };
        if !there {
            return Err(error(format!("`{name}` needs a [{needed}], and the file has none"))
                .help("add one, or let the sweep compute something else"));
        }
        if found == Computation::Visibility && !self.noise_is_a_line {
            return Err(error(NO_LINE.to_owned()).help("write compute = \"certify\""));
        }
        Ok(found)
    }

    fn refine(&self, written: &Spanned<i64>, compute: Computation) -> Result<u32, ProblemError> {
        let error = |message: String| self.text.error(written.span(), message);
        if compute != Computation::Certify {
            let name = compute.name();
            return Err(error(format!("`refine` looks for changes of the verdict, and `{name}` gives none"))
                .help("write compute = \"certify\", or leave `refine` out"));
        }
        let count = u32::try_from(*written.get_ref()).ok();
        count.filter(|count| *count <= MAX_REFINE).ok_or_else(|| {
            error(format!("`refine` is {}; 0 to {MAX_REFINE} are possible", written.get_ref()))
                .help("it counts how many times an interval is halved: 10 make it about 1000 times as small")
        })
    }
}
