//! Every construct of the language, its exactness, and its error messages.

use std::collections::BTreeMap;

use num_complex::Complex64;
use proptest::prelude::*;

use crate::num::{Matrix, Number};

use super::operators::{heisenberg_weyl, pauli, proj};
use super::{Context, Formula, FormulaError, Value, is_reserved};

fn variables(values: &[(&str, i64)]) -> BTreeMap<String, Number> {
    values.iter().map(|(name, value)| ((*name).to_owned(), Number::from_integer(*value))).collect()
}

fn evaluate_with(text: &str, dimension: usize, values: &[(&str, i64)]) -> Result<Value, FormulaError> {
    Formula::parse(text)?.evaluate(&Context { dimension, variables: &variables(values) })
}

fn value(text: &str, dimension: usize) -> Value {
    evaluate_with(text, dimension, &[]).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn number(text: &str) -> Number {
    match value(text, 2) {
        Value::Scalar(number) => number,
        Value::Matrix(_) => panic!("{text} is a matrix"),
    }
}

fn show(text: &str) -> String {
    number(text).to_string()
}

fn matrix(text: &str, dimension: usize) -> Matrix {
    match value(text, dimension) {
        Value::Matrix(matrix) => matrix,
        Value::Scalar(number) => panic!("{text} is the scalar {number}"),
    }
}

/// The message, the marked text and the help of the error that `text` gives.
fn failure(text: &str, dimension: usize) -> (String, String, String) {
    let error = evaluate_with(text, dimension, &[("a", 0), ("x", 1), ("visibility", 1)]).unwrap_err();
    (error.message, text[error.span].to_owned(), error.help.unwrap_or_default())
}

fn distance(a: &Matrix, b: &Matrix) -> f64 {
    a.sub(b).unwrap().entries().map(|entry| entry.approx().norm()).fold(0.0, f64::max)
}

#[test]
fn numbers_and_precedence() {
    assert_eq!(show("1 + 2*3"), "7");
    assert_eq!(show("(1 + 2)*3"), "9");
    assert_eq!(show("7 - 2 - 1"), "4");
    assert_eq!(show("8/2/2"), "2");
    assert_eq!(show("1/2*3"), "3/2");
    assert_eq!(show("-3^2"), "-9");
    assert_eq!(show("(-3)^2"), "9");
    assert_eq!(show("2^3^2"), "512");
    assert_eq!(show("2^-1"), "1/2");
    assert_eq!(show("2^-2^0"), "1/2");
    assert_eq!(show("2*-3"), "-6");
    assert_eq!(show("1 - -1"), "2");
    assert_eq!(show("--+-1"), "-1");
    assert_eq!(show("0.25"), "1/4");
    assert_eq!(show("1.5e-3"), "3/2000");
    assert_eq!(show("2e2 + .5 + 1."), "403/2");
    assert_eq!(show("0.25i"), "i/4");
    assert_eq!(show("2i*3i"), "-6");
    assert_eq!(show("i^2"), "-1");
    assert_eq!(show("2i^2"), "-4");
    assert_eq!(show(" 1\t+\n1 "), "2");
}

#[test]
fn scalar_functions_stay_exact() {
    assert_eq!(show("sqrt(8)"), "2√2");
    assert_eq!(show("sqrt(-1)"), "i");
    assert_eq!(show("1/sqrt(3)"), "√3/3");
    assert_eq!(show("(sqrt(2) + sqrt(3))^2"), "5 + 2√6");
    assert_eq!(show("cos(pi/4)"), "√2/2");
    assert_eq!(show("sin(pi/3)"), "√3/2");
    assert_eq!(show("cos(pi/12)^2"), "1/2 + √3/4");
    assert_eq!(show("exp(2*pi*i/3)"), "-1/2 + i√3/2");
    assert_eq!(show("exp(2*pi*i/3)^3"), "1");
    assert_eq!(show("exp(0)"), "1");
    assert_eq!(show("cos(1)"), "0.540302305868");
    assert_eq!(show("conj(1 + 2i)"), "1 - 2i");
    assert_eq!(show("dagger(i)"), "-i");
    assert_eq!(show("transpose(i)"), "i");
    assert_eq!(show("delta(1/2, 0.5)"), "1");
    assert_eq!(show("delta(1, 2)"), "0");
    assert_eq!(show("delta(cos(pi/5)*4, 1 + sqrt(5))"), "1");
    assert_eq!(show("mod(-1, 3)"), "2");
    assert_eq!(show("mod(7, 3)"), "1");
    assert_eq!(show("mod(6, 3)"), "0");
}

#[test]
fn operators() {
    for (text, index) in [("X", 1), ("Y", 2), ("Z", 3), ("pauli(0)", 0), ("pauli(2)", 2)] {
        assert_eq!(matrix(text, 2), pauli(index).unwrap());
        // Their size is their own.
        assert_eq!(matrix(text, 3), pauli(index).unwrap());
    }
    assert_eq!(matrix("I", 3), Matrix::identity(3));
    assert_eq!(matrix("X*Y", 2), matrix("i*Z", 2));
    assert_eq!(matrix("X^2", 2), matrix("I", 2));
    assert_eq!(matrix("X^0", 2), matrix("I", 2));
    assert_eq!(matrix("hw(1,2)^3", 3), matrix("hw(1,2)*hw(1,2)*hw(1,2)", 3));
    assert_eq!(matrix("-X/2", 2), matrix("X*(-0.5)", 2));
    assert_eq!(matrix("ket(0)*dagger(ket(1))", 2), matrix("(X + i*Y)/2", 2));
    assert_eq!(matrix("proj(2)", 4), proj(2, 4));
    assert_eq!(show("dagger(ket(0))*ket(1)"), "0");
    assert_eq!(show("dagger(ket(0))*X*ket(1)"), "1");
    assert_eq!(matrix("dagger(X*Y)", 2), matrix("Y*X", 2));
    assert_eq!(matrix("transpose(Y)", 2), matrix("-Y", 2));
    assert_eq!(matrix("conj(Y)", 2), matrix("-Y", 2));
    assert_eq!(value("I", 1), Value::Scalar(Number::one()));
    assert_eq!(value("kron(I, I)", 1), Value::Scalar(Number::one()));
    assert_eq!(value("eigproj(3*I, 0)", 1), Value::Scalar(Number::one()));
}

#[test]
fn assemblage_of_equation_6() {
    // [SHSA20, Eq. (6)] as corrected in [Theory §1]: Bob applies the identity or the transpose.
    let formula = Formula::parse("1/4*(I + (-1)^(a + delta(x,2)*delta(y,1))*pauli(x))").unwrap();
    for a in 0..2 {
        for x in 1..=3 {
            for y in 0..2 {
                let variables = variables(&[("a", a), ("x", x), ("y", y)]);
                let context = Context { dimension: 2, variables: &variables };
                let element = formula.evaluate(&context).unwrap().into_operator(2).unwrap();
                let sign = if (a + i64::from(x == 2 && y == 1)) % 2 == 0 { 1 } else { -1 };
                let sigma = pauli(x).unwrap();
                let expected = Matrix::from_fn(2, 2, |i, j| {
                    let identity = Number::ratio(i64::from(i == j), 4);
                    &identity + &(&Number::ratio(sign, 4) * sigma.get(i, j))
                });
                assert_eq!(element, expected);
                assert!(element.is_exactly_hermitian());
                assert_eq!(element.trace(), Some(Number::ratio(1, 2)));
            }
        }
    }
    let names: Vec<String> = formula
        .names()
        .into_iter()
        .map(|(name, span)| {
            assert_eq!(name, formula.source()[span]);
            name
        })
        .collect();
    assert_eq!(names, ["a", "x", "y", "x"]);
}

#[test]
fn heisenberg_weyl_relations() {
    for d in 2..=6usize {
        // Z X = ω X Z.
        let zx = matrix("hw(0,1)*hw(1,0)", d);
        let xz = matrix(&format!("exp(2*pi*i/{d})*hw(1,1)"), d);
        assert!(distance(&zx, &xz) < 1e-14);
        assert_eq!(matrix("hw(1,0)*hw(0,1)", d), heisenberg_weyl(1, 1, d));
        assert_eq!(matrix(&format!("hw(-1, {})", d + 1), d), heisenberg_weyl(d - 1, 1, d));
        assert!(matrix(&format!("hw(1,0)^{d}"), d) == Matrix::identity(d));
        if d != 5 {
            assert_eq!(zx, xz);
            assert_eq!(matrix(&format!("hw(0,1)^{d}"), d), Matrix::identity(d));
        }
    }
    assert_eq!(matrix("hw(1,0)", 2), matrix("X", 2));
    assert_eq!(matrix("hw(0,1)", 2), matrix("Z", 2));
    assert_eq!(matrix("hw(100000000000000000000, 0)", 3), matrix("hw(1, 0)", 3));
}

#[test]
fn kron_shares_the_dimension() {
    let x = pauli(1).unwrap();
    let z = pauli(3).unwrap();
    assert_eq!(matrix("kron(X, I)", 4), x.kron(&Matrix::identity(2)));
    assert_eq!(matrix("kron(hw(1,0), hw(0,1))", 9), heisenberg_weyl(1, 0, 3).kron(&heisenberg_weyl(0, 1, 3)));
    let two = Matrix::identity(2);
    assert_eq!(matrix("kron(kron(I, Z), I)", 8), two.kron(&z).kron(&two));
    assert_eq!(matrix("kron(I, kron(Z, I))", 8), two.kron(&z).kron(&two));
    assert_eq!(matrix("kron(I, Z, I)", 8), two.kron(&z).kron(&two));
    assert_eq!(matrix("kron(X, I)", 6), x.kron(&Matrix::identity(3)));
    assert_eq!(
        matrix("kron(kron(X,X)*kron(Z,Z), I)", 8),
        x.mul(&z).unwrap().kron(&x.mul(&z).unwrap()).kron(&two)
    );
    assert_eq!(matrix("kron(I + X, 2*I)", 4), matrix("2*(kron(I,I) + kron(X,I))", 4));
    assert_eq!(matrix("kron(X*ket(0), I)", 4).shape(), (4, 2));
    assert_eq!(matrix("kron(eigproj(Z,1), proj(2))", 6), proj(5, 6));
    assert_eq!(matrix("kron(proj(1), proj(2))", 9), proj(5, 9));
    assert_eq!(matrix("kron(X, Z)", 7), x.kron(&z));
    let (message, marked, _) = failure("I + kron(I, I)", 6);
    assert_eq!(
        message,
        "2 factors of this kron would share dimension 6, which is not the square of an integer"
    );
    assert_eq!(marked, "kron(I, I)");
    let (message, _, _) = failure("kron(X, I)", 9);
    assert_eq!(
        message,
        "the factors of fixed size in this kron make up dimension 2, which does not divide 9"
    );
}

#[test]
fn eigenprojectors_of_qubit_operators_are_exact() {
    for (name, index) in [("X", 1), ("Y", 2), ("Z", 3)] {
        let plus = matrix(&format!("eigproj({name},0)"), 2);
        assert_eq!(plus, matrix(&format!("(I + {name})/2"), 2));
        assert_eq!(matrix(&format!("eigproj(pauli({index}),1)"), 2), matrix(&format!("(I - {name})/2"), 2));
    }
    assert_eq!(matrix("eigproj((X+Z)/sqrt(2), 0)", 2), matrix("(I + (X+Z)/sqrt(2))/2", 2));
    assert_eq!(matrix("eigproj(X + Z, 0)", 2), matrix("(I + (X+Z)/sqrt(2))/2", 2));
    assert_eq!(matrix("eigproj((I+X)/2, 1)", 2), matrix("(I - X)/2", 2));
    assert_eq!(matrix("eigproj(kron(X,Y), 0)", 4), matrix("(kron(I,I) + kron(X,Y))/2", 4));
    assert_eq!(matrix("eigproj(I, 0)", 3), Matrix::identity(3));
    assert_eq!(matrix("eigproj(proj(0) + 3*proj(2), 1)", 3), proj(0, 3));
    // Eigenvalues i and −i of X·Z: at arguments π/2 and 3π/2.
    assert_eq!(matrix("eigproj(X*Z, 0)", 2), matrix("(I + Y)/2", 2).transpose());
    assert!(failure("eigproj(X,2)", 2).0.contains("the distinct eigenvalues are 1, -1, counted from 0"));
}

#[test]
fn eigenprojectors_of_heisenberg_weyl_operators_are_complete() {
    for d in [2usize, 3, 4, 5, 6, 7, 8] {
        for (p, q) in [(1, 0), (0, 1), (1, 1), (1, 2), (2, 1), (2, 2)] {
            let operator = format!("hw({p},{q})");
            let original = matrix(&operator, d);
            let mut total = Matrix::zeros(d, d);
            let mut rebuilt = Matrix::zeros(d, d);
            let mut arguments = Vec::new();
            let mut k = 0;
            while let Ok(value) = evaluate_with(&format!("eigproj({operator},{k})"), d, &[]) {
                let projector = value.into_operator(d).unwrap();
                let square = projector.mul(&projector).unwrap();
                assert!(distance(&square, &projector) < 1e-12, "{operator} in {d}");
                assert!(projector.hermitian_defect().0 < 1e-12);
                // The eigenvalues are multiples of e^{iπ/12} in these dimensions.
                if [2, 3, 4, 6].contains(&d) {
                    assert!(projector.is_exact(), "{operator} in {d}");
                    assert_eq!(square, projector);
                }
                // The eigenvalue λ = tr(AP)/tr(P).
                let weight = projector.trace().unwrap();
                let lambda = original.mul(&projector).unwrap().trace().unwrap().div(&weight).unwrap();
                total = total.add(&projector).unwrap();
                rebuilt = rebuilt.add(&projector.scale(&lambda)).unwrap();
                let lambda = lambda.approx();
                arguments.push((lambda.im.atan2(lambda.re) + 1e-9).rem_euclid(std::f64::consts::TAU));
                k += 1;
            }
            assert!(distance(&total, &Matrix::identity(d)) < 1e-12, "{operator} in {d}");
            assert!(distance(&rebuilt, &original) < 1e-12, "{operator} in {d}");
            if !original.is_exactly_hermitian() {
                assert!(arguments.is_sorted(), "{operator} in {d}: {arguments:?}");
            }
        }
    }
}

#[test]
fn eigenprojectors_in_general_are_numerical() {
    let text = "proj(0) + 2*proj(1) + cos(1)*(ket(0)*dagger(ket(2)) + ket(2)*dagger(ket(0)))";
    let operator = matrix(text, 3);
    let projectors: Vec<Matrix> = (0..3).map(|k| matrix(&format!("eigproj({text}, {k})"), 3)).collect();
    let expectation = |p: &Matrix| operator.mul(p).unwrap().trace().unwrap().re();
    assert!(expectation(&projectors[0]) > expectation(&projectors[1]));
    assert!(expectation(&projectors[1]) > expectation(&projectors[2]));
    let sum = projectors[0].add(&projectors[1]).unwrap().add(&projectors[2]).unwrap();
    assert!(distance(&sum, &Matrix::identity(3)) < 1e-13);
    // Normal, neither Hermitian nor unitary, with a degenerate eigenvalue.
    let text = "cos(1)*(2*proj(0) + 2*proj(1) + (1+3i)*proj(2))";
    assert!(distance(&matrix(&format!("eigproj({text}, 0)"), 3), &matrix("proj(0) + proj(1)", 3)) < 1e-13);
    // Two eigenvalues with one real part and two with one imaginary part.
    let turn = "(hw(1,0) + cos(1)*hw(2,0) + 0*I)";
    let total = (0..5)
        .map(|k| matrix(&format!("eigproj({turn}, {k})"), 5))
        .fold(Matrix::zeros(5, 5), |sum, p| sum.add(&p).unwrap());
    assert!(distance(&total, &Matrix::identity(5)) < 1e-12);
    let (message, marked, _) = failure("eigproj(X + i*Y, 0)", 2);
    assert!(message.starts_with("eigproj: the matrix is not normal"), "{message}");
    assert_eq!(marked, "X + i*Y");
    assert!(failure("eigproj(ket(0), 0)", 2).0.contains("the matrix is 2×1"));
    assert!(failure("eigproj(2, 0)", 2).0.contains("found the scalar 2"));
    assert!(failure("eigproj(X, -1)", 2).0.contains("no eigenvalue number -1"));
    assert!(failure("eigproj(cos(1)*X, 2)", 2).0.contains("0.540302305868, -0.540302305868"));
}

#[test]
fn syntax_errors_say_what_and_where() {
    let expect = |text: &str, message: &str, marked: &str, help: &str| {
        let found = failure(text, 2);
        assert_eq!(found, (message.to_owned(), marked.to_owned(), help.to_owned()), "{text}");
    };
    expect("2 x", "an operator is missing between `2` and `x`", "x", "to multiply, write `2*x`");
    expect("(1)(2)", "an operator is missing between `)` and `(`", "(", "to multiply, write `)*(`");
    expect("2in", "an operator is missing between `2` and `in`", "in", "to multiply, write `2*in`");
    expect("((1+2)", "this parenthesis is never closed", "(", "expected `)` before the end of the formula");
    expect("1+2)", "this `)` closes no parenthesis", ")", "remove it, or open a parenthesis before");
    let operand = "write what belongs there, or remove the rest";
    expect("1+", "expected a number, a name or `(` after `+`, found the end of the formula", "", operand);
    expect("1+*2", "expected a number, a name or `(` after `+`, found `*`", "*", operand);
    expect(
        "2**3",
        "expected a number, a name or `(` after `*`, found `*`",
        "*",
        "powers are written with `^`, as in x^2",
    );
    expect(
        "()",
        "expected a number, a name or `(` after `(`, found `)`",
        ")",
        "put an expression between the parentheses",
    );
    expect(
        "1,2",
        "a comma stands outside of a function's arguments",
        ",",
        "decimals are written with a point, as in 0.5",
    );
    expect("sqrt", "the function `sqrt` stands here without arguments", "sqrt", "write sqrt(x)");
    expect("hw(1)", "`hw` takes 2 arguments, found 1", "hw(1)", "write hw(p,q)");
    expect("sqrt()", "`sqrt` takes 1 argument, found 0", "sqrt()", "write sqrt(x)");
    expect("1 + kron(X)", "`kron` takes two or more arguments, found 1", "kron(X)", "write kron(A,B)");
    expect(
        "x(2)",
        "there is no function `x`",
        "x",
        "functions are sqrt, exp, cos, sin, delta, mod, pauli, ket, proj, hw, kron, dagger, transpose, conj, eigproj, depolarise, dephase, damp; to multiply, write `x*(`",
    );
    expect("I(2)", "`I` is not a function", "I", "to multiply, write `I*(`");
    expect(
        "σ + 1",
        "`σ` has no meaning in a formula",
        "σ",
        "write pauli(k) for a Pauli operator; names are made of ASCII letters",
    );
    expect("1 − 2", "`−` has no meaning in a formula", "−", "write the ASCII minus sign `-`");
    expect("1·2", "`·` has no meaning in a formula", "·", "write `*` for a product");
    expect("2×X", "`×` has no meaning in a formula", "×", "write `*` for a product");
    expect(
        "1\u{a0}+ 1",
        "the character U+00A0 has no meaning in a formula",
        "\u{a0}",
        "write an ordinary space",
    );
    let (message, _, help) = failure("qauli(1)", 2);
    assert_eq!(message, "there is no function `qauli`");
    assert!(help.starts_with("did you mean `pauli`?"));
    assert_eq!(message_of(""), "the formula is empty");
    assert_eq!(message_of("  "), "the formula is empty");
    assert!(message_of("1e5000").contains("the number `1e5000` cannot be read"));
    // The opening parenthesis that is not closed, not the last one.
    let error = Formula::parse("kron(X, (I + Z)").unwrap_err();
    assert_eq!(error.span, 4..5);
}

fn message_of(text: &str) -> String {
    Formula::parse(text).unwrap_err().message
}

#[test]
fn meaning_errors_say_what_and_where() {
    let expect = |text: &str, message: &str, marked: &str| {
        let found = failure(text, 2);
        assert_eq!((found.0.as_str(), found.1.as_str()), (message, marked), "{text}");
    };
    expect("1 + pauli(4)", "there is no pauli(4): k is 0, 1, 2 or 3", "4");
    expect("ket(7)", "ket(7) is out of range: the basis of dimension 2 is numbered 0 to 1", "7");
    expect("proj(-1)", "proj(-1) is out of range: the basis of dimension 2 is numbered 0 to 1", "-1");
    expect("pauli(1/2)", "pauli(k) is for integers, found 1/2", "1/2");
    expect(
        "pauli(cos(1))",
        "pauli(k) is for integers, found 0.540302305868 (known in double precision only)",
        "cos(1)",
    );
    expect("mod(1, x-1)", "mod(m,n) needs n > 0, found n = 0", "x-1");
    expect("delta(X, 1)", "delta(m,n) is for scalars, found a 2×2 matrix", "X");
    expect("sqrt(X)", "sqrt(x) is for scalars, found a 2×2 matrix", "X");
    expect("1/(x - 1)", "division by zero", "(x - 1)");
    expect("X/0", "division by zero", "0");
    expect("0^-1", "division by zero", "0^-1");
    expect("0^i", "0^(i) is undefined", "0^i");
    expect("1/X", "cannot divide by a 2×2 matrix", "X");
    expect("2^X", "the exponent is a 2×2 matrix; exponents are scalars", "X");
    expect("X^(1/2)", "the exponent of a matrix must be an integer from 0 to 4096, found 1/2", "(1/2)");
    expect("X^-1", "the exponent of a matrix must be an integer from 0 to 4096, found -1", "-1");
    expect("ket(0)^2", "a 2×1 matrix has no powers; only square matrices have", "ket(0)");
    expect("ket(0)*ket(0)", "cannot multiply these matrices: left is 2×1, right is 2×1", "ket(0)");
    expect("exp(1000)", "the result is beyond the range of double precision (about 1.8e308)", "1000");
    expect("10^400", "the result is beyond the range of double precision (about 1.8e308)", "10^400");
    expect("kron(2, X)", "kron is for matrices, found the scalar 2", "2");
    let (message, marked, help) = failure("1 + X", 2);
    assert_eq!((message.as_str(), marked.as_str()), ("cannot add a 2×2 matrix and a scalar", "1"));
    assert_eq!(help, "write 1*I for the identity");
    let (message, marked, help) = failure("X - 1/2", 2);
    assert_eq!((message.as_str(), marked.as_str()), ("cannot subtract a scalar and a 2×2 matrix", "1/2"));
    assert_eq!(help, "write 1*I for the identity, and 1/2*I for this multiple of it");
    let (message, _, _) = failure("X + I", 3);
    assert_eq!(message, "cannot add these matrices: left is 2×2, right is 3×3");
    let (message, _, help) = failure("visiblity*X", 2);
    assert_eq!(message, "there is nothing called `visiblity`");
    assert_eq!(help, "did you mean `visibility`? (known here: a, visibility, x, pi, i, I, X, Y, Z)");
    let (message, _, _) = failure("I", 65);
    assert_eq!(message, "operators have dimension 1 to 64, and 65 is expected here");
    let (message, _, _) = failure("I", 0);
    assert_eq!(message, "operators have dimension 1 to 64, and 0 is expected here");
    assert!(failure("kron(X,X,X,X,X,X,X)", 2).0.contains("this kron has 128×128 entries"));
}

#[test]
fn values_become_operators() {
    assert!(value("I", 3).into_operator(3).is_ok());
    assert!(value("2", 1).into_operator(1).is_ok());
    let error = value("X", 3).into_operator(3).unwrap_err();
    assert_eq!(error.to_string(), "the formula gives a 2×2 matrix; a 3×3 matrix is expected");
    let error = value("1/2", 2).into_operator(2).unwrap_err();
    assert_eq!(error.to_string(), "the formula gives the scalar 1/2; a 2×2 matrix is expected");
    assert!(is_reserved("pi") && is_reserved("kron") && !is_reserved("a"));
}

#[test]
fn float_parameters_work() {
    let variables = BTreeMap::from([("v".to_owned(), Number::from_approx(Complex64::new(0.3, 0.0)))]);
    let formula = Formula::parse("v*X + (1-v)*I/2").unwrap();
    let value = formula.evaluate(&Context { dimension: 2, variables: &variables }).unwrap();
    let matrix = value.into_operator(2).unwrap();
    assert!((matrix.get(0, 0).re() - 0.35).abs() < 1e-15);
    assert_eq!(matrix.get(0, 1).approx(), Complex64::new(0.3, 0.0));
}

#[test]
fn depth_length_and_work_are_bounded() {
    let deep = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    // In a thread with the stack that a worker of a thread pool has at least.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for n in [127, 128] {
            for (open, close) in [
                ("(", ")"),
                ("-(1+2*", ")"),
                ("2^-", ""),
                ("sqrt(", ")"),
                ("1+2*dagger(", ")"),
                ("2^(1*0+", ")"),
            ] {
                let text = deep(open, close, n / if open == "2^(1*0+" { 2 } else { 1 });
                let formula = Formula::parse(&text).unwrap_or_else(|error| panic!("{open} {n}: {error}"));
                let _ = evaluate_with(formula.source(), 2, &[]);
                drop(formula.clone());
            }
        }
        for open in ["(", "2^", "sqrt(", "-(", "kron(I,"] {
            let error = Formula::parse(&open.repeat(9_000)).unwrap_err();
            assert_eq!(error.message, "the formula is nested more than 128 levels deep", "{open}");
        }
        // Long but flat.
        assert!(evaluate_with(&format!("1{}", "+1".repeat(30_000)), 2, &[]).is_ok());
        assert!(evaluate_with(&format!("{}1", "-".repeat(60_000)), 2, &[]).is_ok());
        assert!(evaluate_with(&format!("X{}", "*X".repeat(30_000)), 2, &[]).is_ok());
        let kron = format!("kron({}I{}", "kron(".repeat(120), ",I)".repeat(121));
        assert!(evaluate_with(&kron, 2, &[]).is_err());
    });
    thread.unwrap().join().unwrap();
    assert!(Formula::parse(&" ".repeat(70_000)).unwrap_err().message.contains("70000 bytes long"));
    let heavy = format!("hw(1,1){}", "*(hw(1,1)+hw(2,1)+hw(3,2))".repeat(2_000));
    let error = evaluate_with(&heavy, 64, &[]).unwrap_err();
    assert!(error.message.contains("elementary operations"), "{}", error.message);
}

/// Pieces of formulas, well and badly put together.
fn token_soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "(",
        ")",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "^",
        " ",
        "0",
        "1",
        "2",
        "3",
        "0.5",
        "1e3",
        "1e-300",
        "9e99",
        "2i",
        "i",
        "pi",
        "a",
        "x",
        "b",
        "I",
        "X",
        "Y",
        "Z",
        "pauli(",
        "ket(",
        "proj(",
        "hw(",
        "kron(",
        "dagger(",
        "transpose(",
        "conj(",
        "eigproj(",
        "sqrt(",
        "exp(",
        "cos(",
        "sin(",
        "delta(",
        "mod(",
        "σ",
        "−",
        "sqrt(2)",
        "pauli(x)",
        "hw(1,2)",
    ]);
    prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
}

/// Well-formed formulas of all kinds.
fn well_formed() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "0", "1", "2", "-3", "0.5", "2i", "i", "pi", "a", "x", "I", "X", "Y", "Z", "pauli(x)", "ket(a)",
        "proj(1)", "hw(1,1)", "1e200", "sqrt(3)", "cos(1)",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 40, 3, |inner| {
        let binary = prop::sample::select(vec!["+", "-", "*", "/", "^"]);
        let unary = prop::sample::select(vec![
            "sqrt",
            "exp",
            "cos",
            "sin",
            "pauli",
            "ket",
            "dagger",
            "transpose",
            "conj",
            "-",
        ]);
        let pair = prop::sample::select(vec!["delta", "mod", "hw", "kron", "eigproj"]);
        prop_oneof![
            (inner.clone(), binary, inner.clone()).prop_map(|(a, op, b)| format!("({a}{op}{b})")),
            (unary, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (pair, inner.clone(), inner).prop_map(|(f, a, b)| format!("{f}({a},{b})")),
        ]
    })
}

/// Parses and evaluates; whatever the outcome, an error has a span inside the text.
fn survives(text: &str) {
    let labels = variables(&[("a", 1), ("x", 2)]);
    for dimension in [1, 2, 3, 4] {
        let outcome = Formula::parse(text)
            .and_then(|formula| formula.evaluate(&Context { dimension, variables: &labels }));
        match outcome {
            Ok(Value::Scalar(number)) => assert!(number.is_finite()),
            Ok(Value::Matrix(matrix)) => assert!(matrix.is_finite()),
            Err(error) => {
                assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
                assert!(!error.message.is_empty());
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text_is_survived(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn token_soup_is_survived(text in token_soup()) {
        survives(&text);
    }

    #[test]
    fn well_formed_formulas_are_survived(text in well_formed()) {
        prop_assert!(Formula::parse(&text).is_ok());
        survives(&text);
    }

    #[test]
    fn integer_arithmetic_is_that_of_integers(a in -99i64..99, b in -99i64..99, c in 1i64..99) {
        prop_assert_eq!(show(&format!("{a} + {b}*{c}")), (a + b * c).to_string());
        prop_assert_eq!(show(&format!("({a} - {b})*{c}")), ((a - b) * c).to_string());
        prop_assert_eq!(show(&format!("mod({a},{c})")), a.rem_euclid(c).to_string());
        prop_assert_eq!(number(&format!("{a}/{c}")), Number::ratio(a, c as u64));
    }
}

/// Each noise at its ends, between them, and against its Kraus operators; roots of rationals stay exact.
#[test]
fn noise() {
    let same = |left: &str, right: &str, d: usize| assert_eq!(value(left, d), value(right, d), "{left}");
    for (d, operator) in [(2, "1/2*(I + X) + Y"), (3, "hw(1,0) + 2*proj(1)")] {
        for name in ["depolarise", "dephase"] {
            same(&format!("{name}({operator}, 0)"), operator, d);
        }
    }
    same("depolarise(1/2*(I + X), 1)", "1/2*I", 2);
    same("depolarise(X + 2*proj(0), 1/3)", "2/3*(X + 2*proj(0)) + 1/3*I", 2);
    same("depolarise(3*proj(1) + hw(1,0), 1/2)", "3/2*proj(1) + 1/2*hw(1,0) + 1/2*I", 3);
    same("dephase(1/2*(I + X), 1/3)", "1/2*(I + 2/3*X)", 2);
    same("dephase(hw(1,1) + proj(2), 1)", "proj(2)", 3);
    let kraus = "(proj(0) + sqrt(2/3)*proj(1))*A*(proj(0) + sqrt(2/3)*proj(1)) \
                 + 1/3*ket(0)*dagger(ket(1))*A*ket(1)*dagger(ket(0))";
    let operator = "(I + 1/3*X + 2/5*Y - 1/7*Z + i*X)";
    same(&format!("damp({operator}, 1/3)"), &kraus.replace('A', operator), 2);
    same("damp(proj(1), 1)", "proj(0)", 2);
    same("damp(X, 1/2)", "sqrt(2)/2*X", 2);
    assert!(matrix("damp(X + Y, 0.37)", 2).is_exact());
    // The factors of a Kronecker product take their share.
    same("kron(damp(X, 0), dephase(I, 1))", "kron(X, I)", 6);
    // Along another axis by a unitary: (X + Z)/√2 exchanges X and Z.
    let along = |operator: &str| format!("1/2*(X + Z)*dephase((X + Z)*{operator}*(X + Z), 1)*1/2*(X + Z)");
    same(&along("X"), "X", 2);
    same(&along("Z"), "0*Z", 2);
}

#[test]
fn noise_refused() {
    for (text, dimension, at, message) in [
        ("dephase(X, 3/2)", 2, "3/2", "found 3/2"),
        ("depolarise(X, -0.1)", 2, "-0.1", "found -1/10"),
        ("damp(X, i)", 2, "i", "found i"),
        ("damp(X, X)", 2, "X", "is for scalars"),
        ("damp(kron(X, X), 1/2)", 4, "kron(X, X)", "4×4"),
        ("dephase(ket(0), 1/2)", 2, "ket(0)", "square"),
        ("dephase(x, 1/2)", 2, "x", "found the scalar 1"),
    ] {
        let (found, marked, help) = failure(text, dimension);
        assert!(found.contains(message) && !help.is_empty(), "{text}: {found}");
        assert_eq!(marked, at, "{text}");
    }
}
