//! Text to tokens.

use std::ops::Range;

use winnow::ascii::{digit0, digit1};
use winnow::combinator::{alt, not, opt, terminated};
use winnow::stream::Location;
use winnow::token::{one_of, take_while};
use winnow::{LocatingSlice, ModalResult, Parser};

use super::error::FormulaError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'s> {
    /// A decimal literal, without the `i` of an imaginary one.
    Number {
        digits: &'s str,
        imaginary: bool,
    },
    Name(&'s str),
    /// One of `+ - * / ^ ( ) ,`.
    Symbol(char),
    End,
}

pub(super) type Spanned<'s> = (Token<'s>, Range<usize>);

type Input<'s> = LocatingSlice<&'s str>;

/// The tokens of a formula, closed by [`Token::End`] at its last byte.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned<'_>>, FormulaError> {
    let mut input = LocatingSlice::new(text);
    let mut tokens = Vec::new();
    loop {
        skip_space(&mut input);
        let start = input.current_token_start();
        let Some(next) = text[start..].chars().next() else {
            tokens.push((Token::End, start..start));
            return Ok(tokens);
        };
        match token.with_span().parse_next(&mut input) {
            Ok(spanned) => tokens.push(spanned),
            Err(_) => return Err(unexpected(next, &(start..start + next.len_utf8()))),
        }
    }
}

fn skip_space(input: &mut Input<'_>) {
    // Taking nothing is fine, so this parser does not fail.
    let skipped: ModalResult<&str> = take_while(0.., |c: char| c.is_ascii_whitespace()).parse_next(input);
    debug_assert!(skipped.is_ok());
}

fn token<'s>(input: &mut Input<'s>) -> ModalResult<Token<'s>> {
    alt((number, name.map(Token::Name), one_of(['+', '-', '*', '/', '^', '(', ')', ',']).map(Token::Symbol)))
        .parse_next(input)
}

fn number<'s>(input: &mut Input<'s>) -> ModalResult<Token<'s>> {
    let whole = (digit1, opt(('.', digit0))).void();
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1);
    let digits = (alt((whole, ('.', digit1).void())), opt(exponent)).take();
    // `2i` is imaginary, but `2in` is a number followed by a name.
    let suffix = opt(terminated('i', not(one_of(is_name_part)))).map(|suffix| suffix.is_some());
    (digits, suffix).map(|(digits, imaginary)| Token::Number { digits, imaginary }).parse_next(input)
}

fn name<'s>(input: &mut Input<'s>) -> ModalResult<&'s str> {
    let start = one_of(|c: char| c.is_ascii_alphabetic() || c == '_');
    (start, take_while(0.., is_name_part)).take().parse_next(input)
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A character that starts no token, with the ASCII spelling if it is mathematics.
fn unexpected(found: char, span: &Range<usize>) -> FormulaError {
    let help = match found {
        '−' | '–' | '—' | '‐' | '‑' => "write the ASCII minus sign `-`",
        '·' | '×' | '⋅' | '∙' | '∗' | '•' => "write `*` for a product",
        '÷' | '∕' => "write `/` for a quotient",
        '⊗' => "write kron(A,B) for a tensor product",
        '†' => "write dagger(A) for the adjoint",
        '√' => "write sqrt(x) for a square root",
        'π' => "write `pi`",
        'ⅈ' => "write `i` for the imaginary unit",
        'σ' => "write pauli(k) for a Pauli operator; names are made of ASCII letters",
        'δ' => "write delta(m,n); names are made of ASCII letters",
        'ω' => "write exp(2*pi*i/d) for a root of unity; names are made of ASCII letters",
        '𝟙' | '𝕀' => "write `I` for the identity",
        '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' | '⁻' => "write powers with `^`, as in x^2",
        '½' | '¼' | '¾' => "write the fraction out, as in 1/2",
        '|' | '⟨' | '⟩' | '〈' | '〉' | '<' | '>' => {
            "write ket(k), dagger(ket(k)) or proj(k) for |k>, <k|, |k><k|"
        }
        '[' | ']' | '{' | '}' => "group with round parentheses",
        '%' => "write mod(m,n) for a remainder",
        '=' => "a formula is one expression; delta(m,n) is 1 where m = n and 0 elsewhere",
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{feff}' => "write an ordinary space",
        c if c.is_alphabetic() => "names are made of ASCII letters, digits and `_`",
        _ => "a formula is made of numbers, names, + - * / ^, commas and parentheses",
    };
    let shown = if found.is_control() || found.is_whitespace() || found == '\u{200b}' || found == '\u{feff}' {
        format!("the character U+{:04X}", found as u32)
    } else {
        format!("`{found}`")
    };
    FormulaError::new(format!("{shown} has no meaning in a formula"), span, "").help(help)
}
