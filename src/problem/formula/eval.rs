//! Expression trees to values.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use dashu_int::IBig;

use crate::num::{Matrix, Number, NumberError};
use crate::scenario::{damped, dephased, depolarised};

use super::ast::{Kind, Node, Side, Sign};
use super::builtin::{Constant, Function, Operator, value_names};
use super::dimension::{Size, factor_dimensions, kron_factors, size};
use super::error::{FormulaError, nearest};
use super::operators::{heisenberg_weyl, ket, pauli, proj};
use super::spectral::{SpectralError, eigenprojector};
use super::{Context, Value};

/// Matrices have at most this many rows and columns.
const MAX_DIMENSION: usize = 64;

/// The largest exponent of a matrix power.
const MAX_MATRIX_EXPONENT: i64 = 4096;

/// A formula may take about this many operations on machine words: a dense product of two 64×64 matrices takes 2¹⁸.
const MAX_WORK: u64 = 1 << 24;

type Outcome = Result<Value, FormulaError>;

/// Evaluates `node`, the root of the formula `text`; also gives about how many operations that took.
pub(super) fn evaluate(text: &str, node: &Node, context: &Context<'_>) -> (Outcome, u64) {
    let evaluator = Evaluator { text, variables: context.variables, work: Cell::new(0) };
    let finite = |value: &Value| match value {
        Value::Scalar(number) => number.is_finite(),
        Value::Matrix(matrix) => matrix.is_finite(),
    };
    let value = evaluator.eval(node, context.dimension);
    let value = value.and_then(|value| if finite(&value) { Ok(value) } else { Err(overflow(&node.span)) });
    (value, evaluator.work.get())
}

struct Evaluator<'c> {
    text: &'c str,
    variables: &'c BTreeMap<String, Number>,
    work: Cell<u64>,
}

impl Evaluator<'_> {
    /// The value of `node` where an operator would have dimension `d`.
    fn eval(&self, node: &Node, d: usize) -> Outcome {
        match &node.kind {
            Kind::Number(number) => Ok(Value::Scalar(number.clone())),
            Kind::Variable(name) => self.variable(name, &node.span),
            Kind::Constant(Constant::Pi) => Ok(Value::Scalar(Number::pi())),
            Kind::Constant(Constant::ImaginaryUnit) => Ok(Value::Scalar(Number::i())),
            Kind::Operator(operator) => self.operator(*operator, d, &node.span),
            Kind::Negate(inner) => {
                let value = self.eval(inner, d)?;
                Ok(value.map(|number| -number))
            }
            Kind::Sum(terms) => self.sum(terms, d),
            Kind::Product(factors) => self.product(factors, d),
            Kind::Power(base, exponent) => self.power(base, exponent, d, &node.span),
            Kind::Call(function, arguments) => self.call(node, *function, arguments, d),
        }
    }

    fn variable(&self, name: &str, span: &Range<usize>) -> Outcome {
        if let Some(value) = self.variables.get(name) {
            return Ok(Value::Scalar(value.clone()));
        }
        let mut known: Vec<&str> = self.variables.keys().map(String::as_str).collect();
        for name in value_names() {
            known.push(name);
        }
        let available = format!("known here: {}", known.join(", "));
        let help = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? ({available})"),
            None => available,
        };
        Err(FormulaError::new(format!("there is nothing called `{name}`"), span, "").help(help))
    }

    fn operator(&self, operator: Operator, d: usize, span: &Range<usize>) -> Outcome {
        let index = match operator {
            Operator::Identity => {
                check_dimension(d, span)?;
                return Ok(reduce(Matrix::identity(d)));
            }
            Operator::X => 1,
            Operator::Y => 2,
            Operator::Z => 3,
        };
        pauli(index).map(Value::Matrix).ok_or_else(|| unknown_pauli(&index.to_string(), span))
    }

    fn sum(&self, terms: &[(Sign, Node)], d: usize) -> Outcome {
        let mut total: Option<Value> = None;
        let start = terms.first().map_or(0, |(_, term)| term.span.start);
        let mut end = start;
        for (sign, term) in terms {
            let value = self.eval(term, d)?;
            total = Some(match total {
                None => value,
                Some(total) => self.add(total, *sign, value, &(start..end), &term.span)?,
            });
            end = term.span.end;
        }
        Ok(total.unwrap_or_else(|| Value::Scalar(Number::zero())))
    }

    /// left ± right, where they are written at the two spans.
    fn add(
        &self,
        left: Value,
        sign: Sign,
        right: Value,
        left_span: &Range<usize>,
        span: &Range<usize>,
    ) -> Outcome {
        let verb = if sign == Sign::Plus { "add" } else { "subtract" };
        match (left, right) {
            (Value::Scalar(left), Value::Scalar(right)) => {
                self.spend(left.weight() + right.weight(), span)?;
                let result = if sign == Sign::Plus { &left + &right } else { &left - &right };
                scalar(result, span)
            }
            (Value::Matrix(left), Value::Matrix(right)) => {
                self.spend(left.rows() * left.cols() * (left.weight() + right.weight()), span)?;
                let result = if sign == Sign::Plus { left.add(&right) } else { left.sub(&right) };
                match result {
                    Ok(result) => matrix(result, span),
                    Err(error) => Err(shape_mismatch(verb, error.left, error.right, span)),
                }
            }
            (Value::Scalar(_), Value::Matrix(right)) => {
                let message = format!("cannot {verb} a {} matrix and a scalar", shape(right.shape()));
                Err(FormulaError::new(message, left_span, "this is a scalar")
                    .help(self.as_identity(left_span)))
            }
            (Value::Matrix(left), Value::Scalar(_)) => {
                let message = format!("cannot {verb} a scalar and a {} matrix", shape(left.shape()));
                Err(FormulaError::new(message, span, "this is a scalar").help(self.as_identity(span)))
            }
        }
    }

    /// How to write a scalar as a multiple of the identity.
    fn as_identity(&self, span: &Range<usize>) -> String {
        const SHOWN: usize = 24;
        let text = &self.text[span.clone()];
        if text == "1" {
            "write 1*I for the identity".to_owned()
        } else if text.len() > SHOWN || text.contains(['+', '-', ' ']) && !text.starts_with('(') {
            format!("write 1*I for the identity, and ({})*I for this multiple of it", shorten(text, SHOWN))
        } else {
            format!("write 1*I for the identity, and {text}*I for this multiple of it")
        }
    }

    fn product(&self, factors: &[(Side, Node)], d: usize) -> Outcome {
        let mut total: Option<Value> = None;
        for (side, factor) in factors {
            let value = self.eval(factor, d)?;
            total = Some(match total {
                None => value,
                Some(total) => self.multiply(total, *side, value, &factor.span)?,
            });
        }
        Ok(total.unwrap_or_else(|| Value::Scalar(Number::one())))
    }

    /// left·right or left/right, where the right factor is written at `span`.
    fn multiply(&self, left: Value, side: Side, right: Value, span: &Range<usize>) -> Outcome {
        match (left, side, right) {
            (Value::Scalar(left), side, Value::Scalar(right)) => {
                self.spend(left.weight() * right.weight(), span)?;
                match side {
                    Side::Above => scalar(&left * &right, span),
                    Side::Below => {
                        left.div(&right).map(Value::Scalar).map_err(|error| arithmetic(error, span))
                    }
                }
            }
            (Value::Scalar(factor), Side::Above, Value::Matrix(right)) => self.scale(&right, &factor, span),
            (Value::Matrix(left), Side::Above, Value::Scalar(factor)) => self.scale(&left, &factor, span),
            (Value::Matrix(left), Side::Below, Value::Scalar(divisor)) => {
                let inverse = Number::one().div(&divisor).map_err(|error| arithmetic(error, span))?;
                self.scale(&left, &inverse, span)
            }
            (Value::Matrix(left), Side::Above, Value::Matrix(right)) => {
                let product = self.matrix_product(&left, &right, span)?;
                Ok(reduce(product))
            }
            (_, Side::Below, Value::Matrix(right)) => {
                let message = format!("cannot divide by a {} matrix", shape(right.shape()));
                Err(FormulaError::new(message, span, "this is a matrix")
                    .help("divide by scalars only; the inverse of a unitary U is dagger(U)"))
            }
        }
    }

    fn scale(&self, operand: &Matrix, factor: &Number, span: &Range<usize>) -> Outcome {
        self.spend(operand.rows() * operand.cols() * operand.weight() * factor.weight(), span)?;
        matrix(operand.scale(factor), span)
    }

    fn matrix_product(
        &self,
        left: &Matrix,
        right: &Matrix,
        span: &Range<usize>,
    ) -> Result<Matrix, FormulaError> {
        self.spend(left.rows() * left.cols() * right.cols() * left.weight() * right.weight(), span)?;
        let product =
            left.mul(right).map_err(|error| shape_mismatch("multiply", error.left, error.right, span))?;
        if product.entries().any(Number::has_overflowed) {
            return Err(overflow(span));
        }
        Ok(product)
    }

    fn power(&self, base: &Node, exponent: &Node, d: usize, span: &Range<usize>) -> Outcome {
        let base_value = self.eval(base, d)?;
        let exponent_value = match self.eval(exponent, d)? {
            Value::Scalar(number) => number,
            Value::Matrix(matrix) => {
                let message =
                    format!("the exponent is a {} matrix; exponents are scalars", shape(matrix.shape()));
                return Err(FormulaError::new(message, &exponent.span, "this is a matrix")
                    .help("exp and powers take numbers; eigproj(A,k) gives the projectors of a matrix"));
            }
        };
        match base_value {
            Value::Scalar(number) => {
                // A long base with a large exponent soon exceeds the bounds on exact numbers.
                let size = exponent_value.to_integer().map_or(1, i64::unsigned_abs);
                let work = number.weight().pow(2) * usize::try_from(size).unwrap_or(64).min(64);
                self.spend(work, span)?;
                number.pow(&exponent_value).map(Value::Scalar).map_err(|error| match error {
                    NumberError::UndefinedPower => {
                        let message = format!("{number}^({exponent_value}) is undefined");
                        FormulaError::new(message, span, error.to_string())
                    }
                    _ => arithmetic(error, span),
                })
            }
            Value::Matrix(matrix) => self.matrix_power(&matrix, &exponent_value, base, exponent),
        }
    }

    /// By repeated squaring.
    fn matrix_power(&self, matrix: &Matrix, exponent: &Number, base: &Node, exponent_node: &Node) -> Outcome {
        if !matrix.is_square() {
            let message =
                format!("a {} matrix has no powers; only square matrices have", shape(matrix.shape()));
            return Err(FormulaError::new(message, &base.span, "not square")
                .help("a column times its adjoint is square: ket(0)*dagger(ket(0))"));
        }
        let mut remaining = match exponent.to_integer() {
            Some(n) if (0..=MAX_MATRIX_EXPONENT).contains(&n) => n,
            _ => {
                let message = format!(
                    "the exponent of a matrix must be an integer from 0 to {MAX_MATRIX_EXPONENT}, found {exponent}"
                );
                return Err(FormulaError::new(message, &exponent_node.span, "not such an exponent")
                    .help("the inverse of a unitary U is dagger(U)"));
            }
        };
        let mut square = matrix.clone();
        let mut power = Matrix::identity(matrix.rows());
        while remaining > 0 {
            if remaining & 1 == 1 {
                power = self.matrix_product(&power, &square, &base.span)?;
            }
            remaining >>= 1;
            if remaining > 0 {
                square = self.matrix_product(&square, &square, &base.span)?;
            }
        }
        Ok(reduce(power))
    }

    fn call(&self, node: &Node, function: Function, arguments: &[Node], d: usize) -> Outcome {
        let span = &node.span;
        match (function, arguments) {
            (Function::Sqrt, [x]) => self.elementary(function, x, d, Number::sqrt),
            (Function::Exp, [x]) => self.elementary(function, x, d, Number::exp),
            (Function::Cos, [x]) => self.elementary(function, x, d, Number::cos),
            (Function::Sin, [x]) => self.elementary(function, x, d, Number::sin),
            (Function::Delta, [m, n]) => {
                let (left, right) = (self.scalar(function, m, d)?, self.scalar(function, n, d)?);
                Ok(Value::Scalar(if left.has_same_value(&right) { Number::one() } else { Number::zero() }))
            }
            (Function::Mod, [m, n]) => self.modulo(m, n, d),
            (Function::Pauli, [k]) => {
                let index = self.integer(function, k, d)?;
                let small = i64::try_from(&index).ok().and_then(pauli);
                small.map(Value::Matrix).ok_or_else(|| unknown_pauli(&index.to_string(), &k.span))
            }
            (Function::Ket, [k]) => Ok(reduce(ket(self.basis_index(function, k, d)?, d))),
            (Function::Proj, [k]) => Ok(reduce(proj(self.basis_index(function, k, d)?, d))),
            (Function::Hw, [p, q]) => {
                let (p, q) = (self.integer(function, p, d)?, self.integer(function, q, d)?);
                check_dimension(d, span)?;
                Ok(reduce(heisenberg_weyl(residue(&p, d), residue(&q, d), d)))
            }
            (Function::Kron, factors) => self.kron(node, factors, d),
            (Function::Dagger, [a]) => Ok(match self.eval(a, d)? {
                Value::Scalar(number) => Value::Scalar(number.conj()),
                Value::Matrix(matrix) => Value::Matrix(matrix.adjoint()),
            }),
            (Function::Transpose, [a]) => Ok(match self.eval(a, d)? {
                Value::Scalar(number) => Value::Scalar(number),
                Value::Matrix(matrix) => Value::Matrix(matrix.transpose()),
            }),
            (Function::Conj, [a]) => Ok(self.eval(a, d)?.map(Number::conj)),
            (Function::Eigproj, [a, k]) => self.eigproj(a, k, d),
            (Function::Depolarise | Function::Dephase | Function::Damp, [a, p]) => {
                self.noise(function, a, p, d)
            }
            // The parser has checked the number of arguments.
            _ => Err(FormulaError::new(format!("`{}` has the wrong arguments", function.name()), span, "")
                .help(format!("write {}", function.usage()))),
        }
    }

    fn elementary(
        &self,
        function: Function,
        argument: &Node,
        d: usize,
        apply: impl Fn(&Number) -> Result<Number, NumberError>,
    ) -> Outcome {
        let number = self.scalar(function, argument, d)?;
        self.spend(number.weight().pow(2), &argument.span)?;
        apply(&number).map(Value::Scalar).map_err(|error| arithmetic(error, &argument.span))
    }

    /// An argument that has to be a scalar.
    fn scalar(&self, function: Function, argument: &Node, d: usize) -> Result<Number, FormulaError> {
        match self.eval(argument, d)? {
            Value::Scalar(number) => Ok(number),
            Value::Matrix(matrix) => {
                let message =
                    format!("{} is for scalars, found a {} matrix", function.usage(), shape(matrix.shape()));
                Err(FormulaError::new(message, &argument.span, "this is a matrix")
                    .help("give it a number, such as a label or a parameter"))
            }
        }
    }

    /// An argument that has to be an integer.
    fn integer(&self, function: Function, argument: &Node, d: usize) -> Result<IBig, FormulaError> {
        let number = self.scalar(function, argument, d)?;
        number.to_big_integer().ok_or_else(|| {
            let rounded = if number.exact().is_none() { " (known in double precision only)" } else { "" };
            let message = format!("{} is for integers, found {number}{rounded}", function.usage());
            FormulaError::new(message, &argument.span, "not an integer")
                .help("write an expression that is an integer for all labels")
        })
    }

    /// A basis index, 0 ≤ k < d.
    fn basis_index(&self, function: Function, argument: &Node, d: usize) -> Result<usize, FormulaError> {
        let index = self.integer(function, argument, d)?;
        check_dimension(d, &argument.span)?;
        match usize::try_from(&index) {
            Ok(k) if k < d => Ok(k),
            _ => {
                let message = format!(
                    "{}({index}) is out of range: the basis of dimension {d} is numbered 0 to {}",
                    function.name(),
                    d - 1
                );
                Err(FormulaError::new(message, &argument.span, "no such basis vector")
                    .help(format!("mod(k,{d}) wraps an index around")))
            }
        }
    }

    fn modulo(&self, m: &Node, n: &Node, d: usize) -> Outcome {
        let (dividend, modulus) = (self.integer(Function::Mod, m, d)?, self.integer(Function::Mod, n, d)?);
        if modulus <= IBig::ZERO {
            let message = format!("mod(m,n) needs n > 0, found n = {modulus}");
            return Err(FormulaError::new(message, &n.span, "not positive")
                .help("write a positive integer, such as the number of outcomes"));
        }
        let mut rest = dividend % &modulus;
        if rest < IBig::ZERO {
            rest += modulus;
        }
        Ok(Value::Scalar(Number::from_rational(rest.into())))
    }

    fn kron(&self, node: &Node, arguments: &[Node], d: usize) -> Outcome {
        let factors = kron_factors(arguments);
        let dimensions = factor_dimensions(node, &factors, d)?;
        let mut product = Matrix::identity(1);
        for (factor, dimension) in factors.into_iter().zip(dimensions) {
            let factor_matrix = match self.eval(factor, dimension)? {
                Value::Matrix(matrix) => matrix,
                // An operator on a one-dimensional space.
                Value::Scalar(number) if dimension == 1 && size(factor) != Size::Scalar => {
                    Matrix::identity(1).scale(&number)
                }
                Value::Scalar(number) => {
                    let message = format!("kron is for matrices, found the scalar {number}");
                    return Err(FormulaError::new(message, &factor.span, "this is a scalar")
                        .help("multiply by scalars with `*`"));
                }
            };
            let rows = product.rows() * factor_matrix.rows();
            let cols = product.cols() * factor_matrix.cols();
            if rows.max(cols) > MAX_DIMENSION {
                let message = format!(
                    "this kron has {} entries; at most {MAX_DIMENSION}×{MAX_DIMENSION} are handled",
                    shape((rows, cols))
                );
                return Err(
                    FormulaError::new(message, &node.span, "too large").help("use fewer or smaller factors")
                );
            }
            self.spend(rows * cols * product.weight() * factor_matrix.weight(), &node.span)?;
            product = product.kron(&factor_matrix);
        }
        match matrix(product, &node.span)? {
            Value::Matrix(product) => Ok(reduce(product)),
            value @ Value::Scalar(_) => Ok(value),
        }
    }

    fn eigproj(&self, a: &Node, k: &Node, d: usize) -> Outcome {
        let operand = match self.eval(a, d)? {
            Value::Matrix(matrix) => matrix,
            Value::Scalar(number) if d == 1 => Matrix::identity(1).scale(&number),
            Value::Scalar(number) => {
                let message = format!("eigproj(A,k) needs a matrix A, found the scalar {number}");
                return Err(FormulaError::new(message, &a.span, "this is a scalar")
                    .help("give it an operator, such as X or hw(1,0)"));
            }
        };
        let index = self.integer(Function::Eigproj, k, d)?;
        // An index beyond i64 is out of range whatever the matrix is.
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        let n = operand.rows();
        self.spend(16 * n * n * n * operand.weight().pow(2), &a.span)?;
        eigenprojector(&operand, index).map(reduce).map_err(|error| {
            let (span, label) = match error {
                SpectralError::OutOfRange { .. } => (&k.span, "no such eigenvalue"),
                SpectralError::NotSquare { .. } => (&a.span, "not square"),
                SpectralError::NotNormal { .. } => (&a.span, "not normal"),
                SpectralError::NoConvergence => (&a.span, "no eigenvalues"),
            };
            FormulaError::new(format!("eigproj: {error}"), span, label)
                .help("eigproj(A,k) is for a normal matrix A and k = 0, 1, …, one for each eigenvalue")
        })
    }

    /// Noise on the operator `a`, with the probability `p`.
    fn noise(&self, function: Function, a: &Node, p: &Node, d: usize) -> Outcome {
        let d = if function == Function::Damp { 2 } else { d };
        let operand = match self.eval(a, d)? {
            Value::Matrix(matrix) => matrix,
            Value::Scalar(number) if d == 1 && size(a) != Size::Scalar => Matrix::identity(1).scale(&number),
            Value::Scalar(number) => {
                let message = format!("{} is for operators, found the scalar {number}", function.usage());
                return Err(FormulaError::new(message, &a.span, "this is a scalar")
                    .help("give it an operator of Bob's, such as proj(a) or 1/2*(I + X)"));
            }
        };
        let wrong = |message: String, help: &str| Err(FormulaError::new(message, &a.span, "").help(help));
        let found = shape(operand.shape());
        if !operand.is_square() {
            let message = format!("{} is for square matrices, found a {found} one", function.usage());
            return wrong(message, "a column times its adjoint is square: ket(0)*dagger(ket(0))");
        }
        if function == Function::Damp && operand.rows() != 2 {
            let message = format!("amplitude damping is for a qubit, found a {found} matrix");
            return wrong(message, "damp(A,g) takes a 2×2 matrix; depolarise and dephase take any dimension");
        }
        let share = self.probability(function, p, d)?;
        self.spend(operand.rows() * operand.cols() * operand.weight() * share.weight().pow(2), &a.span)?;
        let noisy = match function {
            Function::Depolarise => depolarised(&operand, &share),
            Function::Dephase => dephased(&operand, &share),
            _ => damped(&operand, &share).map_err(|error| arithmetic(error, &p.span))?,
        };
        match matrix(noisy, &a.span)? {
            Value::Matrix(noisy) => Ok(reduce(noisy)),
            value @ Value::Scalar(_) => Ok(value),
        }
    }

    /// An argument that has to be a real number from 0 to 1.
    fn probability(&self, function: Function, argument: &Node, d: usize) -> Result<Number, FormulaError> {
        let number = self.scalar(function, argument, d)?;
        let value = number.approx();
        if value.im == 0.0 && (0.0..=1.0).contains(&value.re) {
            return Ok(number);
        }
        let message = format!("{} needs a probability, found {number}", function.usage());
        Err(FormulaError::new(message, &argument.span, "not from 0 to 1")
            .help("its second argument is the strength of the noise: 0 is none, 1 is all"))
    }

    /// Counts operations, so that a short formula cannot run for minutes.
    fn spend(&self, operations: usize, span: &Range<usize>) -> Result<(), FormulaError> {
        let work =
            self.work.get().saturating_add(u64::try_from(operations).unwrap_or(u64::MAX)).saturating_add(1);
        self.work.set(work);
        if work <= MAX_WORK {
            return Ok(());
        }
        let message = format!("evaluating the formula takes more than {MAX_WORK} elementary operations");
        Err(FormulaError::new(message, span, "the limit is reached here")
            .help("write it in fewer or smaller steps"))
    }
}

/// A 1×1 matrix is a scalar.
fn reduce(matrix: Matrix) -> Value {
    if matrix.shape() == (1, 1) { Value::Scalar(matrix.get(0, 0).clone()) } else { Value::Matrix(matrix) }
}

fn scalar(number: Number, span: &Range<usize>) -> Outcome {
    if number.has_overflowed() { Err(overflow(span)) } else { Ok(Value::Scalar(number)) }
}

fn matrix(matrix: Matrix, span: &Range<usize>) -> Outcome {
    if matrix.entries().any(Number::has_overflowed) { Err(overflow(span)) } else { Ok(Value::Matrix(matrix)) }
}

fn overflow(span: &Range<usize>) -> FormulaError {
    arithmetic(NumberError::Overflow, span)
}

fn arithmetic(error: NumberError, span: &Range<usize>) -> FormulaError {
    let (label, help) = match error {
        NumberError::DivisionByZero => ("this is zero", "write it so that the divisor is never zero"),
        NumberError::Overflow => ("too large", "write it with smaller numbers"),
        NumberError::UndefinedPower => ("", "powers of zero need a positive exponent"),
        NumberError::NotADecimal => ("", "write a decimal number"),
    };
    FormulaError::new(error.to_string(), span, label).help(help)
}

fn check_dimension(d: usize, span: &Range<usize>) -> Result<(), FormulaError> {
    if (1..=MAX_DIMENSION).contains(&d) {
        return Ok(());
    }
    let message = format!("operators have dimension 1 to {MAX_DIMENSION}, and {d} is expected here");
    Err(FormulaError::new(message, span, format!("dimension {d}")))
}

fn unknown_pauli(index: &str, span: &Range<usize>) -> FormulaError {
    FormulaError::new(format!("there is no pauli({index}): k is 0, 1, 2 or 3"), span, "not 0, 1, 2 or 3")
        .help("pauli(0) is the identity, pauli(1), pauli(2), pauli(3) are X, Y, Z")
}

fn shape_mismatch(
    verb: &str,
    left: (usize, usize),
    right: (usize, usize),
    span: &Range<usize>,
) -> FormulaError {
    let sizes = format!("left is {}, right is {}", shape(left), shape(right));
    let help = match verb {
        "multiply" => "the left one needs as many columns as the right one has rows",
        _ => "they need the same shape",
    };
    FormulaError::new(format!("cannot {verb} these matrices: {sizes}"), span, "the right one").help(help)
}

fn shape((rows, cols): (usize, usize)) -> String {
    format!("{rows}×{cols}")
}

fn shorten(text: &str, length: usize) -> String {
    if text.len() <= length { text.to_owned() } else { "…".to_owned() }
}

/// The representative of an integer modulo d ≥ 1 in 0..d.
fn residue(value: &IBig, d: usize) -> usize {
    let modulus = IBig::from(d);
    let rest = (value % &modulus + &modulus) % &modulus;
    usize::try_from(&rest).unwrap_or(0)
}
