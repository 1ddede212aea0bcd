//! Tokens to an expression tree, by recursive descent.
//!
//! ```text
//! sum     = product (("+" | "-") product)*
//! product = signed (("*" | "/") signed)*
//! signed  = ("+" | "-")* power
//! power   = atom ["^" signed]
//! atom    = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"
//! ```

use std::ops::Range;

use crate::num::Number;

use super::ast::{Kind, Node, Side, Sign};
use super::builtin::{self, Builtin, Function};
use super::error::{FormulaError, nearest};
use super::lex::{Spanned, Token, tokens};

/// Parentheses, calls and powers may be nested this deep; it bounds the stack of every walk over the tree.
const MAX_NESTING: usize = 128;

/// Formulas may have this many bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// Reads a formula.
pub(super) fn parse(text: &str) -> Result<Node, FormulaError> {
    if text.len() > MAX_LENGTH {
        let message = format!("the formula is {} bytes long; at most {MAX_LENGTH} are read", text.len());
        return Err(FormulaError::new(message, &(0..text.len()), "")
            .help("give the operators as `elements` or as a .npy file"));
    }
    let tokens = tokens(text)?;
    if tokens.len() == 1 {
        return Err(FormulaError::new("the formula is empty", &(0..text.len()), "")
            .help("a formula is an expression such as 1/2*(I + (-1)^a*pauli(x))"));
    }
    let mut parser = Parser { text, tokens, position: 0, depth: 0 };
    let node = parser.sum()?;
    match parser.token() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected_after_operand(None)),
    }
}

struct Parser<'s> {
    text: &'s str,
    tokens: Vec<Spanned<'s>>,
    position: usize,
    depth: usize,
}

impl<'s> Parser<'s> {
    fn token(&self) -> Token<'s> {
        self.tokens.get(self.position).map_or(Token::End, |(token, _)| *token)
    }

    fn span(&self) -> Range<usize> {
        self.span_at(self.position)
    }

    fn span_at(&self, position: usize) -> Range<usize> {
        let end = self.text.len()..self.text.len();
        self.tokens.get(position).map_or(end, |(_, span)| span.clone())
    }

    fn advance(&mut self) {
        self.position += 1;
    }

    /// Takes one of `symbols` if it comes next.
    fn take(&mut self, symbols: &[char]) -> Option<char> {
        match self.token() {
            Token::Symbol(symbol) if symbols.contains(&symbol) => {
                self.advance();
                Some(symbol)
            }
            _ => None,
        }
    }

    /// Runs `inner` one level deeper.
    fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Node, FormulaError>,
    ) -> Result<Node, FormulaError> {
        if self.depth == MAX_NESTING {
            let message = format!("the formula is nested more than {MAX_NESTING} levels deep");
            return Err(FormulaError::new(message, &self.span(), "").help("use fewer parentheses"));
        }
        self.depth += 1;
        let node = inner(self);
        self.depth -= 1;
        node
    }

    fn sum(&mut self) -> Result<Node, FormulaError> {
        let first = self.product()?;
        let mut terms = vec![(Sign::Plus, first)];
        while let Some(symbol) = self.take(&['+', '-']) {
            let sign = if symbol == '+' { Sign::Plus } else { Sign::Minus };
            terms.push((sign, self.product()?));
        }
        Ok(collapse(terms, Kind::Sum))
    }

    fn product(&mut self) -> Result<Node, FormulaError> {
        let first = self.signed()?;
        let mut factors = vec![(Side::Above, first)];
        while let Some(symbol) = self.take(&['*', '/']) {
            let side = if symbol == '*' { Side::Above } else { Side::Below };
            factors.push((side, self.signed()?));
        }
        Ok(collapse(factors, Kind::Product))
    }

    fn signed(&mut self) -> Result<Node, FormulaError> {
        let start = self.span().start;
        let mut negative = false;
        while let Some(symbol) = self.take(&['+', '-']) {
            negative ^= symbol == '-';
        }
        let node = self.power()?;
        if !negative {
            return Ok(node);
        }
        let span = start..node.span.end;
        Ok(Node { kind: Kind::Negate(Box::new(node)), span })
    }

    fn power(&mut self) -> Result<Node, FormulaError> {
        let base = self.atom()?;
        if self.take(&['^']).is_none() {
            return Ok(base);
        }
        let exponent = self.nested(Self::signed)?;
        let span = base.span.start..exponent.span.end;
        Ok(Node { kind: Kind::Power(Box::new(base), Box::new(exponent)), span })
    }

    fn atom(&mut self) -> Result<Node, FormulaError> {
        let span = self.span();
        match self.token() {
            Token::Number { digits, imaginary } => {
                self.advance();
                number(digits, imaginary, span)
            }
            Token::Name(name) => {
                self.advance();
                self.named(name, span)
            }
            Token::Symbol('(') => {
                self.advance();
                self.parenthesis(span)
            }
            Token::Symbol(_) | Token::End => Err(self.expected_operand()),
        }
    }

    fn parenthesis(&mut self, open: Range<usize>) -> Result<Node, FormulaError> {
        if self.token() == Token::End {
            return Err(unclosed(&open));
        }
        let mut node = self.nested(Self::sum)?;
        let close = self.span();
        if self.take(&[')']).is_none() {
            return Err(self.unexpected_after_operand(Some((&open, false))));
        }
        node.span = open.start..close.end;
        Ok(node)
    }

    /// A name: a constant, an operator, a function with its arguments, or a variable.
    fn named(&mut self, name: &str, span: Range<usize>) -> Result<Node, FormulaError> {
        let called = self.token() == Token::Symbol('(');
        let kind = match builtin::lookup(name) {
            Some(Builtin::Function(function)) if called => return self.call(function, span),
            Some(Builtin::Function(function)) => {
                let message = format!("the function `{name}` stands here without arguments");
                return Err(FormulaError::new(message, &span, "").help(format!("write {}", function.usage())));
            }
            _ if called => return Err(self.not_a_function(name, &span)),
            Some(Builtin::Constant(constant)) => Kind::Constant(constant),
            Some(Builtin::Operator(operator)) => Kind::Operator(operator),
            None => Kind::Variable(name.to_owned()),
        };
        Ok(Node { kind, span })
    }

    fn call(&mut self, function: Function, name: Range<usize>) -> Result<Node, FormulaError> {
        let open = self.span();
        self.advance();
        let mut arguments = Vec::new();
        if self.token() != Token::Symbol(')') {
            loop {
                if self.token() == Token::End {
                    return Err(unclosed(&open));
                }
                arguments.push(self.nested(Self::sum)?);
                if self.take(&[',']).is_none() {
                    break;
                }
            }
        }
        let close = self.span();
        if self.take(&[')']).is_none() {
            return Err(self.unexpected_after_operand(Some((&open, true))));
        }
        let span = name.start..close.end;
        if !function.accepts(arguments.len()) {
            return Err(wrong_arity(function, arguments.len(), &span));
        }
        Ok(Node { kind: Kind::Call(function, arguments), span })
    }

    fn not_a_function(&self, name: &str, span: &Range<usize>) -> FormulaError {
        let multiply = format!("to multiply, write `{name}*(`");
        if builtin::lookup(name).is_some() {
            return FormulaError::new(format!("`{name}` is not a function"), span, "takes no arguments")
                .help(multiply);
        }
        let known: Vec<&str> = builtin::function_names().collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? (functions are {})", known.join(", ")),
            None => format!("functions are {}; {multiply}", known.join(", ")),
        };
        FormulaError::new(format!("there is no function `{name}`"), span, "").help(help)
    }

    /// The error where an operand should start.
    fn expected_operand(&self) -> FormulaError {
        let span = self.span();
        let found = self.describe();
        let before = match self.position.checked_sub(1).map(|position| &self.tokens[position]) {
            Some((Token::Symbol(symbol), _)) => format!(" after `{symbol}`"),
            _ => String::new(),
        };
        let error = FormulaError::new(
            format!("expected a number, a name or `(`{before}, found {found}"),
            &span,
            "an operand is missing",
        );
        match (self.token(), before.as_str()) {
            (Token::Symbol('*'), " after `*`") => error.help("powers are written with `^`, as in x^2"),
            (Token::Symbol(')'), " after `(`") => error.help("put an expression between the parentheses"),
            _ => error.help("write what belongs there, or remove the rest"),
        }
    }

    /// The error for a token that cannot follow a complete operand, inside the parenthesis `open` if there is one
    /// (`true` with it for that of a call).
    fn unexpected_after_operand(&self, open: Option<(&Range<usize>, bool)>) -> FormulaError {
        let span = self.span();
        match (self.token(), open) {
            (Token::End, Some((open, _))) => unclosed(open),
            (Token::Symbol(')'), _) => FormulaError::new("this `)` closes no parenthesis", &span, "")
                .help("remove it, or open a parenthesis before"),
            (Token::Symbol(','), _) => {
                FormulaError::new("a comma stands outside of a function's arguments", &span, "")
                    .help("decimals are written with a point, as in 0.5")
            }
            (Token::Number { .. } | Token::Name(_) | Token::Symbol('('), _) => {
                let left = &self.text[self.span_at(self.position.saturating_sub(1))];
                let right = &self.text[span.clone()];
                FormulaError::new(
                    format!("an operator is missing between `{left}` and `{right}`"),
                    &span,
                    "expected an operator before this",
                )
                .help(format!("to multiply, write `{left}*{right}`"))
            }
            (Token::Symbol(_) | Token::End, _) => {
                FormulaError::new(format!("unexpected {}", self.describe()), &span, "")
                    .help("a formula is one expression")
            }
        }
    }

    fn describe(&self) -> String {
        match self.token() {
            Token::End => "the end of the formula".to_owned(),
            _ => format!("`{}`", &self.text[self.span()]),
        }
    }
}

/// A list of one element is that element.
fn collapse<T>(mut list: Vec<(T, Node)>, kind: impl FnOnce(Vec<(T, Node)>) -> Kind) -> Node {
    if list.len() == 1
        && let Some((_, node)) = list.pop()
    {
        return node;
    }
    let start = list.first().map_or(0, |(_, node)| node.span.start);
    let end = list.last().map_or(0, |(_, node)| node.span.end);
    Node { kind: kind(list), span: start..end }
}

fn number(digits: &str, imaginary: bool, span: Range<usize>) -> Result<Node, FormulaError> {
    let value = Number::from_decimal(digits).map_err(|error| {
        let message = format!("the number `{}` cannot be read", shorten(digits));
        FormulaError::new(message, &span, "").help(format!("it is {error}"))
    })?;
    let value = if imaginary { &value * &Number::i() } else { value };
    Ok(Node { kind: Kind::Number(value), span })
}

fn shorten(digits: &str) -> String {
    const SHOWN: usize = 24;
    if digits.len() <= SHOWN { digits.to_owned() } else { format!("{}…", &digits[..SHOWN]) }
}

fn unclosed(open: &Range<usize>) -> FormulaError {
    FormulaError::new("this parenthesis is never closed", open, "opened here")
        .help("expected `)` before the end of the formula")
}

fn wrong_arity(function: Function, found: usize, span: &Range<usize>) -> FormulaError {
    let name = function.name();
    let wanted = match (function, function.arity()) {
        (Function::Kron, _) => "two or more arguments".to_owned(),
        (_, 1) => "1 argument".to_owned(),
        (_, arity) => format!("{arity} arguments"),
    };
    FormulaError::new(format!("`{name}` takes {wanted}, found {found}"), span, "")
        .help(format!("write {}", function.usage()))
}
