//! The expression tree of a formula.

use std::ops::Range;

use crate::num::Number;

use super::builtin::{Constant, Function, Operator};

/// An expression and the bytes it was read from (with its parentheses, if it has any around it).
///
/// Sums and products are lists, so the depth of the tree is bounded by the nesting that the parser allows, and
/// walking or dropping it cannot exhaust the stack however long the formula is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Number(Number),
    Variable(String),
    Constant(Constant),
    Operator(Operator),
    Negate(Box<Node>),
    /// Two or more terms; the first is added.
    Sum(Vec<(Sign, Node)>),
    /// Two or more factors; the first is multiplied.
    Product(Vec<(Side, Node)>),
    Power(Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// On which side of the fraction bar a factor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

impl Node {
    /// Calls `visit` on every variable, from left to right.
    pub(super) fn visit_variables(&self, visit: &mut impl FnMut(&str, &Range<usize>)) {
        match &self.kind {
            Kind::Number(_) | Kind::Constant(_) | Kind::Operator(_) => {}
            Kind::Variable(name) => visit(name, &self.span),
            Kind::Negate(inner) => inner.visit_variables(visit),
            Kind::Sum(terms) => terms.iter().for_each(|(_, term)| term.visit_variables(visit)),
            Kind::Product(factors) => factors.iter().for_each(|(_, factor)| factor.visit_variables(visit)),
            Kind::Power(base, exponent) => {
                base.visit_variables(visit);
                exponent.visit_variables(visit);
            }
            Kind::Call(_, arguments) => arguments.iter().for_each(|argument| argument.visit_variables(visit)),
        }
    }
}
