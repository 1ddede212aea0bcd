//! Filling an (a, x, y) table of operators from a formula, a list of elements or a `.npy` file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rustc_hash::FxHashMap;
use toml::Spanned;

use super::diagnostic::{ProblemError, Source};
use super::file::{Element, Scalar};
use super::formula::{Context, Formula, FormulaError, Value};
use super::npy;
use crate::num::{Matrix, Number};
use crate::scenario::{Index, Kind, Labels, OperatorTable, Port, Scenario, TOLERANCE};

/// Where a table comes from, with its place in the file.
pub(super) enum Origin<'a> {
    Formula(&'a Spanned<String>),
    Elements(&'a [Spanned<Element>], Range<usize>),
    File(&'a Spanned<String>),
}

impl<'a> Origin<'a> {
    /// Exactly one of the three keys of a table.
    pub fn one_of(
        name: &str,
        text: &Source,
        span: Range<usize>,
        formula: &'a Option<Spanned<String>>,
        elements: &'a Option<Vec<Spanned<Element>>>,
        file: &'a Option<Spanned<String>>,
    ) -> Result<Self, ProblemError> {
        match (formula, elements, file) {
            (Some(formula), None, None) => Ok(Self::Formula(formula)),
            (None, Some(elements), None) => Ok(Self::Elements(elements, span)),
            (None, None, Some(file)) => Ok(Self::File(file)),
            (None, None, None) => Err(text
                .error(span, format!("the {name} is empty"))
                .label("nothing is given in this table")
                .help("give one of: formula, elements, file")),
            _ => Err(text
                .error(span, format!("the {name} is given twice"))
                .label("in this table")
                .help("keep one of: formula, elements, file")),
        }
    }

    /// The place to point at when the table as a whole is wrong.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Formula(text) | Self::File(text) => text.span(),
            Self::Elements(list, table) => match (list.first(), list.last()) {
                (Some(first), Some(last)) => first.span().start..last.span().end,
                _ => table.clone(),
            },
        }
    }
}

/// What the operators are, which decides what is asked of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Elements of an assemblage: checked later, together.
    State,
    /// Operators of a functional: Hermitian, each one.
    Hermitian,
}

/// Everything that reading a table needs to know.
pub(super) struct Reader<'a> {
    pub text: &'a Source,
    pub folder: &'a Path,
    pub scenario: &'a Scenario,
    pub parameters: &'a BTreeMap<String, Number>,
}

impl Reader<'_> {
    /// The table of an origin; entries are finite, and Hermitian if the form says so.
    pub fn table(&self, origin: &Origin<'_>, form: Form) -> Result<OperatorTable, ProblemError> {
        let place = |index: Index| match origin {
            Origin::Elements(list, table) => list
                .iter()
                .find(|element| self.position(element.get_ref()) == Some(index))
                .map_or(table.clone(), Spanned::span),
            _ => origin.span(),
        };
        let check = |index: Index, matrix: Matrix| self.check(matrix, index, form, &place);
        match origin {
            Origin::Formula(formula) => {
                let evaluate = self.formula(formula)?;
                OperatorTable::try_from_fn(self.scenario, |i| check(i, evaluate(i)?))
            }
            Origin::Elements(elements, _) => {
                let mut listed = self.elements(elements)?;
                let d = self.scenario.dimension();
                OperatorTable::try_from_fn(self.scenario, |i| {
                    check(i, listed.remove(&i).unwrap_or_else(|| Matrix::zeros(d, d)))
                })
            }
            Origin::File(file) => {
                let array = npy::read(&self.folder.join(file.get_ref()), self.scenario)
                    .map_err(|error| self.npy_error(file, error))?;
                OperatorTable::try_from_fn(self.scenario, |i| check(i, array.operator(i)))
            }
        }
    }

    /// A function from indices to the operators that a formula gives.
    fn formula<'f>(
        &'f self,
        written: &'f Spanned<String>,
    ) -> Result<impl Fn(Index) -> Result<Matrix, ProblemError> + 'f, ProblemError> {
        let locate = |error: FormulaError| formula_error(self.text, written, error);
        let formula = Formula::parse(written.get_ref()).map_err(locate)?;
        Ok(move |index: Index| {
            let mut variables = self.parameters.clone();
            let Scenario { kind, .. } = self.scenario;
            let mut set = |name: &str, label: i64| {
                variables.insert(name.to_owned(), Number::from_integer(label));
            };
            set("a", self.scenario.outcomes().get(index.a));
            set("x", self.scenario.settings().get(index.x));
            if *kind != Kind::Traditional {
                set("y", self.scenario.inputs().get(index.y));
            }
            let at = || self.scenario.element_name("", index);
            let explain = |error: FormulaError| {
                let message = format!("{} (at {})", error.message, at());
                locate(FormulaError { message, ..error })
            };
            let d = self.scenario.dimension();
            let Port::Classical(bob) = &self.scenario.bob.output else {
                let context = Context { dimension: d, variables: &variables };
                let value = formula.evaluate(&context).map_err(explain)?;
                return self.operator(value).map_err(|(message, help)| {
                    let span = 0..written.get_ref().len();
                    let label = "this".to_owned();
                    explain(FormulaError { message, span, label, help: Some(help) })
                });
            };
            // A classical Bob: one number for each of his outcomes b.
            let mut diagonal = Vec::with_capacity(d);
            for b in bob.iter() {
                variables.insert("b".to_owned(), Number::from_integer(b));
                let context = Context { dimension: 1, variables: &variables };
                match formula.evaluate(&context).map_err(explain)? {
                    Value::Scalar(number) => diagonal.push(number),
                    Value::Matrix(_) => {
                        return Err(explain(FormulaError {
                            message: "the formula gives a matrix".to_owned(),
                            span: 0..written.get_ref().len(),
                            label: "a number is needed for each a, b, x, y".to_owned(),
                            help: Some("in a bell problem everything is a number".to_owned()),
                        }));
                    }
                }
            }
            Ok(diagonal_matrix(&diagonal))
        })
    }

    /// A d×d matrix from a formula's value, or (message, help).
    fn operator(&self, value: Value) -> Result<Matrix, (String, String)> {
        let d = self.scenario.dimension();
        match value {
            Value::Matrix(matrix) if matrix.shape() == (d, d) => Ok(matrix),
            Value::Matrix(matrix) => Err((
                format!("the formula gives a {}×{} matrix", matrix.rows(), matrix.cols()),
                format!("Bob's system has dimension {d}, so {d}×{d} is needed"),
            )),
            Value::Scalar(number) if number.is_exactly_zero() => Ok(Matrix::zeros(d, d)),
            Value::Scalar(number) => Err((
                format!("the formula gives the number {number} instead of an operator"),
                "multiply by an operator, such as I for the identity".to_owned(),
            )),
        }
    }

    /// The listed elements by index.
    fn elements(&self, elements: &[Spanned<Element>]) -> Result<FxHashMap<Index, Matrix>, ProblemError> {
        let mut listed: FxHashMap<Index, Matrix> = FxHashMap::default();
        let mut seen: FxHashMap<(Index, Option<usize>), ()> = FxHashMap::default();
        let d = self.scenario.dimension();
        for spanned in elements {
            let element = spanned.get_ref();
            let index = self.index(spanned)?;
            let outcome = self.bob_outcome(spanned)?;
            if seen.insert((index, outcome), ()).is_some() {
                return Err(self
                    .text
                    .error(spanned.span(), "this element is given twice")
                    .label(self.scenario.element_name("element ", index))
                    .help("remove one of them"));
            }
            let Some(b) = outcome else {
                listed.insert(index, self.matrix(spanned)?);
                continue;
            };
            let Some(value) = &element.value else {
                return Err(self
                    .text
                    .error(spanned.span(), "the element has no value")
                    .help("in a bell problem write {a = 0, b = 0, x = 0, y = 0, value = \"1/2\"}"));
            };
            let number = scalar(self.text, value, self.parameters)?;
            let previous = listed.remove(&index).unwrap_or_else(|| Matrix::zeros(d, d));
            let changed = Matrix::from_fn(d, d, |i, j| {
                if i == b && j == b { number.clone() } else { previous.get(i, j).clone() }
            });
            listed.insert(index, changed);
        }
        Ok(listed)
    }

    /// Where an element belongs, if its labels exist.
    fn position(&self, element: &Element) -> Option<Index> {
        let y = match &element.y {
            Some(y) => self.scenario.inputs().position(*y.get_ref())?,
            None => 0,
        };
        Some(Index {
            a: self.scenario.outcomes().position(*element.a.get_ref())?,
            x: self.scenario.settings().position(*element.x.get_ref())?,
            y,
        })
    }

    /// The index of an element, with an error at the label that does not exist.
    fn index(&self, spanned: &Spanned<Element>) -> Result<Index, ProblemError> {
        let element = spanned.get_ref();
        let a = self.label(&element.a, "a", self.scenario.outcomes())?;
        let x = self.label(&element.x, "x", self.scenario.settings())?;
        let y = match (&element.y, self.scenario.kind) {
            (Some(y), Kind::Traditional) => {
                return Err(self
                    .text
                    .error(y.span(), "Bob has no input y in a traditional problem")
                    .help("remove it, or write kind = \"bob-with-input\""));
            }
            (None, Kind::Traditional) => 0,
            (Some(y), _) => self.label(y, "y", self.scenario.inputs())?,
            (None, _) => {
                return Err(self
                    .text
                    .error(spanned.span(), "the element does not say which input y it is for")
                    .help(format!("add y, one of: {}", self.scenario.inputs())));
            }
        };
        Ok(Index { a, x, y })
    }

    fn label(&self, label: &Spanned<i64>, name: &str, labels: &Labels) -> Result<usize, ProblemError> {
        labels.position(*label.get_ref()).ok_or_else(|| {
            self.text
                .error(label.span(), format!("{name} = {} is not a label", label.get_ref()))
                .help(format!("{name} is one of: {labels}"))
        })
    }

    /// The position of b in a Bell problem, `None` in the others.
    fn bob_outcome(&self, spanned: &Spanned<Element>) -> Result<Option<usize>, ProblemError> {
        match (&spanned.get_ref().b, &self.scenario.bob.output) {
            (Some(b), Port::Classical(labels)) => self.label(b, "b", labels).map(Some),
            (None, Port::Quantum(_)) => Ok(None),
            (Some(b), Port::Quantum(_)) => Err(self
                .text
                .error(b.span(), "Bob has no outcome b here: his system is quantum")
                .help("remove b and give the matrix, or write kind = \"bell\"")),
            (None, Port::Classical(labels)) => Err(self
                .text
                .error(spanned.span(), "the element does not say which outcome b it is for")
                .help(format!("add b, one of: {labels}"))),
        }
    }

    /// The matrix of an element.
    fn matrix(&self, spanned: &Spanned<Element>) -> Result<Matrix, ProblemError> {
        let d = self.scenario.dimension();
        let shape_help = format!("{d} rows of {d} entries: matrix = [[\"1/2\", 0], [0, \"1/2\"]]");
        let Some(rows) = &spanned.get_ref().matrix else {
            return Err(self.text.error(spanned.span(), "the element has no matrix").help(shape_help));
        };
        if rows.get_ref().len() != d {
            let found = rows.get_ref().len();
            return Err(self
                .text
                .error(rows.span(), format!("the matrix has {found} rows instead of {d}"))
                .help(shape_help));
        }
        let mut numbers = Vec::with_capacity(d * d);
        for row in rows.get_ref() {
            if row.get_ref().len() != d {
                let found = row.get_ref().len();
                return Err(self
                    .text
                    .error(row.span(), format!("the row has {found} entries instead of {d}"))
                    .help(shape_help));
            }
            for entry in row.get_ref() {
                numbers.push(scalar(self.text, entry, self.parameters)?);
            }
        }
        Ok(Matrix::from_fn(d, d, |i, j| numbers[i * d + j].clone()))
    }

    /// Finite entries, and a Hermitian matrix where one is needed.
    fn check(
        &self,
        matrix: Matrix,
        index: Index,
        form: Form,
        place: &dyn Fn(Index) -> Range<usize>,
    ) -> Result<Matrix, ProblemError> {
        let symbol = if form == Form::State { "σ" } else { "F" };
        let name = || self.scenario.element_name(symbol, index);
        if !matrix.is_finite() {
            return Err(self
                .text
                .error(place(index), format!("{} has an entry that is not a finite number", name()))
                .help("look for overflow, or for NaN and infinities in the data"));
        }
        if form == Form::State || matrix.is_exactly_hermitian() {
            return Ok(matrix);
        }
        let (defect, (i, j)) = matrix.hermitian_defect();
        let scale = (0..matrix.rows())
            .flat_map(|i| (0..matrix.cols()).map(move |j| (i, j)))
            .map(|(i, j)| matrix.get(i, j).approx().norm())
            .fold(1.0, f64::max);
        if defect > TOLERANCE * scale {
            let [left, right] = [matrix.get(i, j), matrix.get(j, i)];
            return Err(self
                .text
                .error(place(index), format!("{} is not Hermitian", name()))
                .label(format!("entry ({i},{j}) is {left} and entry ({j},{i}) is {right}"))
                .help("F must equal its conjugate transpose, or its value is not a real number"));
        }
        // Rounding noise of the data: what is meant is the Hermitian part.
        let half = Number::ratio(1, 2);
        let sum = matrix.add(&matrix.adjoint()).unwrap_or(matrix);
        Ok(sum.scale(&half))
    }

    fn npy_error(&self, file: &Spanned<String>, error: npy::NpyError) -> ProblemError {
        let problem = self.text.error(file.span(), error.message).label("named here");
        match error.help {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// A number written as one, or as a formula. A decimal is read from the text, digit by digit, so
/// that 0.1 is exactly 1/10.
pub(super) fn scalar(
    text: &Source,
    written: &Spanned<Scalar>,
    variables: &BTreeMap<String, Number>,
) -> Result<Number, ProblemError> {
    match written.get_ref() {
        Scalar::Number(value) => {
            if !value.is_finite() {
                return Err(text
                    .error(written.span(), format!("{value} is not a finite number"))
                    .help("write a number"));
            }
            let digits = text.text().get(written.span()).unwrap_or_default().replace('_', "");
            Ok(Number::from_decimal(digits.trim_start_matches('+'))
                .unwrap_or_else(|_| Number::from_approx((*value).into())))
        }
        Scalar::Formula(formula) => {
            let spanned = Spanned::new(written.span(), formula.clone());
            let locate = |error: FormulaError| formula_error(text, &spanned, error);
            let context = Context { dimension: 1, variables };
            match Formula::parse(formula).and_then(|f| f.evaluate(&context)).map_err(locate)? {
                Value::Scalar(number) if number.is_finite() => Ok(number),
                Value::Scalar(_) => Err(text.error(written.span(), "the value is not a finite number")),
                Value::Matrix(_) => Err(text
                    .error(written.span(), "the formula gives a matrix")
                    .help("an entry is a number, such as \"1/2\", \"0.25i\" or \"sqrt(2)/2\"")),
            }
        }
    }
}

/// An error in a formula as an error in the file. The formula's own offsets are used where the
/// TOML string holds it letter by letter; a string with escapes is pointed at as a whole.
fn formula_error(text: &Source, written: &Spanned<String>, error: FormulaError) -> ProblemError {
    let span = written.span();
    let formula = written.get_ref();
    let literal = text.text().get(span.clone()).unwrap_or_default();
    let inner = match literal.find(formula.as_str()) {
        Some(offset) if !formula.is_empty() => {
            let start = span.start + offset;
            start + error.span.start..start + error.span.end
        }
        _ => span,
    };
    let problem = text.error(inner, error.message).label(error.label);
    match error.help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// The diagonal matrix of Bob's classical outcomes.
pub(super) fn diagonal_matrix(diagonal: &[Number]) -> Matrix {
    let d = diagonal.len();
    Matrix::from_fn(d, d, |i, j| if i == j { diagonal[i].clone() } else { Number::zero() })
}
