//! Filling an (a, x, y) table of operators from a formula, a list of elements or a `.npy` file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};
use toml::Spanned;

use super::diagnostic::{ProblemError, Source};
use super::file::{Element, Label, List, Scalar};
use super::formula::{Context, Formula, FormulaError, NotAnOperator, Value};
use super::{literal, npy, sequence};
use crate::num::{Matrix, Number};
use crate::scenario::{Given, Index, Kind, Labels, OperatorTable, Port, Scenario, TOLERANCE};

/// The formula of a table may take about this many operations on machine words for all its labels
/// together, which is about a second.
const MAX_WORK: u64 = 1 << 26;
const TOO_MUCH_WORK: &str =
    "write a simpler formula, or compute the table elsewhere and give it as a .npy file";

/// Where a table comes from: a formula, its elements one by one, or a file.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    Formula(&'a Spanned<String>),
    Elements(&'a List<Element>),
    File(&'a Spanned<String>),
}

impl<'a> Origin<'a> {
    /// Those of the three keys that a table has.
    pub fn given(
        formula: &'a Option<Spanned<String>>,
        elements: &'a Option<List<Element>>,
        file: &'a Option<Spanned<String>>,
    ) -> Vec<Self> {
        let formula = formula.as_ref().map(Self::Formula);
        let elements = elements.as_ref().map(Self::Elements);
        let file = file.as_ref().map(Self::File);
        [formula, elements, file].into_iter().flatten().collect()
    }

    /// The only one that is given in the table of this name, which stands at `table`.
    pub fn only(
        name: &str,
        text: &Source,
        table: Range<usize>,
        given: &[Self],
    ) -> Result<Self, ProblemError> {
        match given {
            [origin] => Ok(*origin),
            [] => Err(text
                .error(table, format!("the {name} is empty"))
                .help("give it a `formula`, `elements` or a `file`")),
            [first, second, ..] => Err(given_twice(name, text, first.key(), second)),
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Formula(_) => "formula",
            Self::Elements(_) => "elements",
            Self::File(_) => "file",
        }
    }

    /// The place to point at when the table as a whole is wrong.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Formula(text) | Self::File(text) => text.span(),
            Self::Elements(list) => list.span(),
        }
    }
}

/// The error for a table that has `second` besides the key `first`.
pub(super) fn given_twice(name: &str, text: &Source, first: &str, second: &Origin<'_>) -> ProblemError {
    let second_key = second.key();
    text.error(second.span(), format!("the {name} is given twice, by `{first}` and by `{second_key}`"))
        .help("keep one of them")
}

/// What the operators are, which decides what is asked of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Elements of an assemblage: checked later, together.
    State,
    /// Operators of a functional: Hermitian, each one.
    Hermitian,
}

impl Form {
    fn name(self, scenario: &Scenario, index: Index) -> String {
        let symbol = match (self, scenario.is_diagonal()) {
            (Form::Hermitian, _) => "F",
            (Form::State, false) => "σ",
            (Form::State, true) => "p",
        };
        scenario.element_name(symbol, index)
    }
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
        let locate = |index: Index, Wrong { message, label, help }: Wrong| {
            self.text.error(self.place(origin, index), message).label(label).help(help)
        };
        let check = |index: Index, matrix: Matrix| {
            finite(self.scenario, matrix, index, form).map_err(|wrong| locate(index, wrong))
        };
        let table = self.filled(origin, check)?;
        if form == Form::State || table.indices().all(|index| table.get(index).is_exactly_hermitian()) {
            return Ok(table);
        }
        let largest = table.largest_entry();
        OperatorTable::try_from_fn(self.scenario, |index| {
            hermitian(self.scenario, table.get(index), index, largest).map_err(|wrong| locate(index, wrong))
        })
    }

    /// The table of an origin, every operator as `check` leaves it.
    fn filled(
        &self,
        origin: &Origin<'_>,
        check: impl Fn(Index, Matrix) -> Result<Matrix, ProblemError>,
    ) -> Result<OperatorTable, ProblemError> {
        let d = self.scenario.dimension();
        let table = |mut operator: Box<dyn FnMut(Index) -> Result<Matrix, ProblemError> + '_>| {
            OperatorTable::try_from_fn(self.scenario, |index| match self.scenario.sees(index) {
                true => check(index, operator(index)?),
                false => Ok(Matrix::zeros(d, d)),
            })
        };
        match origin {
            Origin::Formula(written) => {
                let locate = |error| formula_error(self.text, written, error);
                let formula = self.parse(written.get_ref()).map_err(locate)?;
                let mut budget = MAX_WORK;
                table(Box::new(move |index| self.operator(&formula, index, &mut budget).map_err(locate)))
            }
            Origin::Elements(elements) => {
                let mut listed = self.elements(elements.get_ref())?;
                table(Box::new(move |index| Ok(listed.remove(&index).unwrap_or_else(|| Matrix::zeros(d, d)))))
            }
            Origin::File(file) => {
                let array = npy::read(&self.folder.join(file.get_ref()), self.scenario)
                    .map_err(|error| self.text.error(file.span(), error.message).maybe_help(error.help))?;
                table(Box::new(move |index| Ok(array.operator(index))))
            }
        }
    }

    /// The place to point at when one operator is wrong: its element, if it is listed.
    pub fn place(&self, origin: &Origin<'_>, index: Index) -> Range<usize> {
        let listed = match origin {
            Origin::Elements(list) => {
                list.get_ref().iter().find(|element| self.position(element.get_ref()) == Some(index))
            }
            Origin::Formula(_) | Origin::File(_) => None,
        };
        listed.map_or(origin.span(), Spanned::span)
    }

    /// The indices of the elements of a partial table, which `flag` declares.
    pub fn listed(&self, origin: &Origin<'_>, flag: &Spanned<bool>) -> Result<Given, ProblemError> {
        match (origin, self.scenario.is_diagonal()) {
            (Origin::Elements(list), _) if list.get_ref().is_empty() => Err(self
                .text
                .error(list.span(), "nothing of the assemblage is given")
                .help("list the known elements under `elements`")),
            (Origin::Elements(list), false) => {
                let elements = list.get_ref().iter();
                Ok(Given::only(elements.filter_map(|element| self.position(element.get_ref()))))
            }
            (Origin::Elements(_), true) => Err(self
                .text
                .error(flag.span(), "correlations of a bell problem cannot be partial")
                .help("leave `partial` out and give every p(ab|xy)")),
            (Origin::Formula(_) | Origin::File(_), _) => Err(self
                .text
                .error(flag.span(), format!("a {} gives every element, so nothing is left out", origin.key()))
                .help("leave `partial` out, or list the known elements under `elements`")),
        }
    }

    /// Reads a formula that uses no label of another kind of scenario.
    fn parse(&self, written: &str) -> Result<Formula, FormulaError> {
        let formula = Formula::parse(written)?;
        let names = formula.names();
        match names.iter().find_map(|(name, span)| self.label_of_another_kind(name, span)) {
            Some(error) => Err(error),
            None => Ok(formula),
        }
    }

    /// The operator that a formula gives; in a Bell problem the numbers for Bob's outcomes, on the
    /// diagonal. Takes its work from the `budget`.
    fn operator(&self, formula: &Formula, index: Index, budget: &mut u64) -> Result<Matrix, FormulaError> {
        let whole = 0..formula.source().len();
        let mut evaluate = |variables: &BTreeMap<String, Number>, dimension: usize| {
            let (value, work) = formula.evaluate_counting(&Context { dimension, variables });
            *budget = budget.saturating_sub(work);
            if *budget == 0 {
                let message = "evaluating the formula for all labels takes too long";
                return Err(FormulaError::new(message, &whole, "").help(TOO_MUCH_WORK));
            }
            value.map_err(|error| for_labels(error, &formula.names(), variables))
        };
        let mut variables = self.variables(index);
        let d = self.scenario.dimension();
        let Port::Classical(outcomes_of_bob) = &self.scenario.bob.output else {
            return match evaluate(&variables, d)? {
                Value::Scalar(number) if number.is_exactly_zero() => Ok(Matrix::zeros(d, d)),
                value => value.into_operator(d).map_err(|NotAnOperator { message, help }| FormulaError {
                    help,
                    ..FormulaError::new(message, &whole, "")
                }),
            };
        };
        let mut diagonal = Vec::with_capacity(d);
        for b in outcomes_of_bob.iter() {
            variables.insert("b".to_owned(), Number::from_integer(b));
            match evaluate(&variables, 1)? {
                Value::Scalar(number) => diagonal.push(number),
                Value::Matrix(_) => {
                    let message = "the formula gives a matrix; in a bell problem it is a number";
                    let help = match self.scenario.kind.has_inputs() {
                        true => "write it in a, b, x and y, without I, X, Y, Z or kets",
                        false => "write it in a, b and x, without I, X, Y, Z or kets",
                    };
                    return Err(FormulaError::new(message, &whole, "").help(help));
                }
            }
        }
        Ok(diagonal_matrix(&diagonal))
    }

    /// The parameters and the labels of an index, b excepted.
    fn variables(&self, index: Index) -> BTreeMap<String, Number> {
        let Scenario { kind, .. } = self.scenario;
        let mut variables = self.parameters.clone();
        let mut set = |name: &str, label: i64| {
            variables.insert(name.to_owned(), Number::from_integer(label));
        };
        if *kind == Kind::Sequential {
            sequence::each_label(self.scenario, index, set);
            return variables;
        }
        set("a", self.scenario.outcomes().get(index.a));
        set("x", self.scenario.settings().get(index.x));
        if kind.has_inputs() {
            set("y", self.scenario.inputs().get(index.y));
        }
        variables
    }

    /// The error for a label that scenarios of another kind have.
    fn label_of_another_kind(&self, name: &str, span: &Range<usize>) -> Option<FormulaError> {
        if self.parameters.contains_key(name) {
            return None;
        }
        if let Some((message, help)) = sequence::label_of_another_kind(self.scenario, name) {
            return Some(FormulaError::new(message, span, "").help(help));
        }
        let (message, help) = match (name, self.scenario.kind) {
            ("y", Kind::Sequential) => {
                ("Bob has no input y in a sequential problem", "remove y, or write kind = \"bob-with-input\"")
            }
            ("y", Kind::Traditional) => (
                "Bob has no input y in a traditional problem",
                "remove y, or write kind = \"bob-with-input\"",
            ),
            ("y", Kind::Instrumental | Kind::InstrumentalBell) => (
                "Bob's input is Alice's outcome in an instrumental problem",
                "write a in the place of y, or kind = \"bob-with-input\"",
            ),
            ("b", Kind::Instrumental) => (
                "Bob has no outcome b here: his system is quantum",
                "give an operator, or write kind = \"instrumental-bell\" for correlations p(ab|x)",
            ),
            ("b", Kind::Traditional | Kind::Sequential | Kind::BobWithInput) => (
                "Bob has no outcome b here: his system is quantum",
                "give an operator, or write kind = \"bell\" for correlations p(ab|xy)",
            ),
            _ => return None,
        };
        Some(FormulaError::new(message, span, "").help(help))
    }

    /// The listed elements by index.
    fn elements(&self, elements: &[Spanned<Element>]) -> Result<FxHashMap<Index, Matrix>, ProblemError> {
        let mut listed: FxHashMap<Index, Matrix> = FxHashMap::default();
        let mut seen = FxHashSet::default();
        let d = self.scenario.dimension();
        for spanned in elements {
            let index = self.index(spanned)?;
            let outcome = self.bob_outcome(spanned)?;
            if !seen.insert((index, outcome)) {
                let labels = element_labels(spanned.get_ref());
                return Err(self
                    .text
                    .error(spanned.span(), format!("the element {labels} is given twice"))
                    .help("remove one of them"));
            }
            let Some(b) = outcome else {
                listed.insert(index, self.matrix(spanned)?);
                continue;
            };
            let number = self.value(spanned)?;
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
        let a = sequence::position(self.scenario.outcomes(), element.a.get_ref())?;
        let x = sequence::position(self.scenario.settings(), element.x.get_ref())?;
        let Some(y) = &element.y else { return Some(self.scenario.first_seen(a, x)) };
        Some(Index { a, x, y: self.scenario.inputs().position(*y.get_ref())? })
    }

    /// The index of an element, with an error at the label that does not exist.
    fn index(&self, spanned: &Spanned<Element>) -> Result<Index, ProblemError> {
        let element = spanned.get_ref();
        let alice = |label: &Spanned<Label>, name: &str, labels: &Labels| match label.get_ref() {
            Label::One(one) if labels.steps().is_empty() => {
                self.label(&Spanned::new(label.span(), *one), name, labels)
            }
            _ => sequence::tuple(self.text, label, name, labels),
        };
        let a = alice(&element.a, "a", self.scenario.outcomes())?;
        let x = alice(&element.x, "x", self.scenario.settings())?;
        let kind = self.scenario.kind;
        match &element.y {
            Some(y) if !kind.has_inputs() => {
                let message = match kind.is_instrumental() {
                    true => format!("Bob's input is Alice's outcome in an {} problem", kind.name()),
                    false => format!("Bob has no input y in a {} problem", kind.name()),
                };
                let help = "remove it, or write kind = \"bob-with-input\"";
                Err(self.text.error(y.span(), message).help(help))
            }
            None if !kind.has_inputs() => Ok(self.scenario.first_seen(a, x)),
            Some(y) => Ok(Index { a, x, y: self.label(y, "y", self.scenario.inputs())? }),
            None => Err(self
                .text
                .error(spanned.span(), "the element does not say which input y it is for")
                .help(format!("add y, one of: {}", self.scenario.inputs()))),
        }
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

    /// The value of an element of a Bell problem.
    fn value(&self, spanned: &Spanned<Element>) -> Result<Number, ProblemError> {
        const HELP: &str = "write {a = 0, b = 0, x = 0, y = 0, value = \"1/2\"}";
        match (&spanned.get_ref().value, &spanned.get_ref().matrix) {
            (Some(value), None) => scalar(self.text, value, "a value", self.parameters),
            (_, Some(matrix)) => {
                let message = "in a bell problem an element has a `value`, not a `matrix`";
                Err(self.text.error(matrix.span(), message).help(HELP))
            }
            (None, None) => Err(self.text.error(spanned.span(), "the element has no `value`").help(HELP)),
        }
    }

    /// The matrix of an element of any other problem.
    fn matrix(&self, spanned: &Spanned<Element>) -> Result<Matrix, ProblemError> {
        let d = self.scenario.dimension();
        let shape_help = format!("a matrix is a list of {d} rows of {d} entries");
        if let Some(value) = &spanned.get_ref().value {
            let message = "an element has a `matrix`; a `value` belongs to bell problems";
            return Err(self.text.error(value.span(), message).help(shape_help));
        }
        let Some(rows) = &spanned.get_ref().matrix else {
            return Err(self.text.error(spanned.span(), "the element has no `matrix`").help(shape_help));
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
                numbers.push(scalar(self.text, entry, "an entry", self.parameters)?);
            }
        }
        Ok(Matrix::from_fn(d, d, |i, j| numbers[i * d + j].clone()))
    }
}

/// What is wrong with an operator.
struct Wrong {
    message: String,
    label: String,
    help: &'static str,
}

/// Finite entries.
fn finite(scenario: &Scenario, matrix: Matrix, index: Index, form: Form) -> Result<Matrix, Wrong> {
    let mut entries = (0..matrix.rows()).flat_map(|i| (0..matrix.cols()).map(move |j| (i, j)));
    match entries.find(|&(i, j)| !matrix.get(i, j).is_finite()) {
        None => Ok(matrix),
        Some((i, j)) => Err(Wrong {
            message: format!("{} has an entry that is not a finite number", form.name(scenario, index)),
            label: format!("entry ({i},{j}) is {}", matrix.get(i, j)),
            help: "look for overflow, or for NaN and infinities in the data",
        }),
    }
}

/// The Hermitian part of an operator that is Hermitian up to rounding noise, relative to the
/// `largest` entry of its table.
fn hermitian(scenario: &Scenario, matrix: &Matrix, index: Index, largest: f64) -> Result<Matrix, Wrong> {
    if matrix.is_exactly_hermitian() {
        return Ok(matrix.clone());
    }
    let (defect, (i, j)) = matrix.hermitian_defect();
    if defect > TOLERANCE * largest {
        let name = Form::Hermitian.name(scenario, index);
        let [left, right] = [matrix.get(i, j), matrix.get(j, i)];
        return Err(match &scenario.bob.output {
            Port::Classical(bob) => Wrong {
                message: format!("{name} is not real"),
                label: format!("it is {left} at b = {}", bob.get(i)),
                help: "the coefficients of a functional are real numbers",
            },
            Port::Quantum(_) => Wrong {
                message: format!("{name} is not Hermitian"),
                label: if i == j {
                    format!("diagonal entry ({i},{i}) is {left}")
                } else {
                    format!("entry ({i},{j}) is {left} and entry ({j},{i}) is {right}")
                },
                help: "F must equal its conjugate transpose, so that its value is a real number",
            },
        });
    }
    let sum = matrix.add(&matrix.adjoint()).unwrap_or_else(|_| matrix.clone());
    Ok(sum.scale(&Number::ratio(1, 2)))
}

/// The labels of an element as they are written.
fn element_labels(element: &Element) -> String {
    let Element { a, b, x, y, .. } = element;
    let shown = |label: &Option<Spanned<i64>>| label.as_ref().map(|label| label.get_ref().to_string());
    let alice = |label: &Spanned<Label>| Some(sequence::shown(label.get_ref()));
    let labels = [("a", alice(a)), ("b", shown(b)), ("x", alice(x)), ("y", shown(y))];
    let named = labels.iter().filter_map(|(name, label)| Some(format!("{name} = {}", label.as_ref()?)));
    named.collect::<Vec<_>>().join(", ")
}

/// A number written as one, or as a formula; `role` says what it is, for messages. A decimal is
/// read from the text, digit by digit, so that 0.1 is exactly 1/10.
pub(super) fn scalar(
    text: &Source,
    written: &Spanned<Scalar>,
    role: &str,
    variables: &BTreeMap<String, Number>,
) -> Result<Number, ProblemError> {
    let literal = text.slice(written.span());
    let formula = match written.get_ref() {
        Scalar::Number(value) if value.is_finite() => {
            return Ok(decimal(literal).unwrap_or_else(|| Number::from_approx((*value).into())));
        }
        Scalar::Number(_) => {
            return Err(text
                .error(written.span(), format!("{literal} is not a finite number"))
                .help(format!("{role} {EXAMPLE}")));
        }
        Scalar::Formula(formula) => Spanned::new(written.span(), formula.clone()),
    };
    let locate = |error: FormulaError| formula_error(text, &formula, error);
    let parsed = Formula::parse(formula.get_ref()).map_err(locate)?;
    for (name, span) in parsed.names() {
        if !variables.contains_key(&name) {
            let known: Vec<&str> =
                ["pi", "i"].into_iter().chain(variables.keys().map(String::as_str)).collect();
            let message = format!("there is nothing called `{name}` here");
            let help = format!("{role} can only use: {}", known.join(", "));
            return Err(locate(FormulaError::new(message, &span, "").help(help)));
        }
    }
    match parsed.evaluate(&Context { dimension: 1, variables }).map_err(locate)? {
        Value::Scalar(number) => Ok(number),
        Value::Matrix(_) => {
            Err(text.error(written.span(), "the formula gives a matrix").help(format!("{role} {EXAMPLE}")))
        }
    }
}

const EXAMPLE: &str = "is a number, such as 0.25, \"1/2\", \"0.25i\" or \"sqrt(2)/2\"";

/// The exact value of a TOML number; `None` for one in hexadecimal and the like.
fn decimal(literal: &str) -> Option<Number> {
    let digits = literal.replace('_', "");
    match digits.strip_prefix('-') {
        Some(digits) => Number::from_decimal(digits).ok().map(|number| -&number),
        None => Number::from_decimal(digits.trim_start_matches('+')).ok(),
    }
}

/// An error in a formula as an error in the file.
fn formula_error(text: &Source, written: &Spanned<String>, error: FormulaError) -> ProblemError {
    let span = written.span();
    let position = |byte: usize| {
        let inner = literal::position(text.slice(span.clone()), written.get_ref(), byte)?;
        Some(span.start + inner)
    };
    let FormulaError { message, span: Range { start, end }, label, help } = error;
    // An empty formula is pointed at with its quotes.
    let inner = match (position(start), position(end)) {
        (Some(start), Some(end)) if !written.get_ref().is_empty() => start..end,
        _ => span.clone(),
    };
    text.error(inner, message).label(label).maybe_help(help)
}

/// The error with the values of those labels that stand in the part it is about.
fn for_labels(
    error: FormulaError,
    names: &[(String, Range<usize>)],
    variables: &BTreeMap<String, Number>,
) -> FormulaError {
    let within = |span: &Range<usize>| error.span.start <= span.start && span.end <= error.span.end;
    let is_label = |name: &str| ["a", "b", "x", "y"].contains(&name) || sequence::is_label(name);
    let used = |label: &str| names.iter().any(|(name, span)| name == label && within(span));
    // In the order of their names, which is the papers'.
    let values: Vec<String> = variables
        .iter()
        .filter(|(name, _)| is_label(name) && used(name))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if values.is_empty() {
        return error;
    }
    FormulaError { message: format!("{} ({})", error.message, values.join(", ")), ..error }
}

/// The diagonal matrix of Bob's classical outcomes.
pub(super) fn diagonal_matrix(diagonal: &[Number]) -> Matrix {
    let d = diagonal.len();
    Matrix::from_fn(d, d, |i, j| if i == j { diagonal[i].clone() } else { Number::zero() })
}
