//! Which dimension `I`, `ket`, `proj` and `hw` have where they stand.
//!
//! They take the dimension expected of them: that of Bob's system at the top of a formula, and inside `kron` a share
//! of it. Factors whose size is known keep it (`X`, `Y`, `Z` and `pauli(k)` are 2×2), and the others share the rest
//! in equal parts.

use super::ast::{Kind, Node};
use super::builtin::{Function, Operator};
use super::error::FormulaError;

/// What an expression says about its own size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// A number.
    Scalar,
    /// An operator on a space of this dimension.
    Fixed(usize),
    /// An operator on a space of whatever dimension is expected.
    Free,
}

/// The size of an expression, as far as its text tells.
pub(super) fn size(node: &Node) -> Size {
    match &node.kind {
        Kind::Number(_) | Kind::Variable(_) | Kind::Constant(_) => Size::Scalar,
        Kind::Operator(Operator::Identity) => Size::Free,
        Kind::Operator(Operator::X | Operator::Y | Operator::Z) => Size::Fixed(2),
        Kind::Negate(inner) | Kind::Power(inner, _) => size(inner),
        Kind::Sum(terms) => joint(terms.iter().map(|(_, term)| term)),
        Kind::Product(factors) => joint(factors.iter().map(|(_, factor)| factor)),
        Kind::Call(function, arguments) => call_size(*function, arguments),
    }
}

fn call_size(function: Function, arguments: &[Node]) -> Size {
    match function {
        Function::Sqrt | Function::Exp | Function::Cos | Function::Sin | Function::Delta | Function::Mod => {
            Size::Scalar
        }
        Function::Pauli => Size::Fixed(2),
        Function::Ket | Function::Proj | Function::Hw => Size::Free,
        Function::Dagger
        | Function::Transpose
        | Function::Conj
        | Function::Eigproj
        | Function::Depolarise
        | Function::Dephase => arguments.first().map_or(Size::Free, size),
        Function::Damp => Size::Fixed(2),
        Function::Kron => {
            arguments.iter().map(size).fold(Size::Fixed(1), |total, factor| match (total, factor) {
                (Size::Fixed(total), Size::Fixed(factor)) => Size::Fixed(total.saturating_mul(factor)),
                (Size::Fixed(total), Size::Scalar) => Size::Fixed(total),
                _ => Size::Free,
            })
        }
    }
}

/// The size of operands that are added or multiplied: the first that is fixed decides.
fn joint<'n>(operands: impl Iterator<Item = &'n Node>) -> Size {
    let mut joint = Size::Scalar;
    for operand in operands {
        match size(operand) {
            Size::Fixed(size) => return Size::Fixed(size),
            Size::Free => joint = Size::Free,
            Size::Scalar => {}
        }
    }
    joint
}

/// The factors of a Kronecker product; a `kron` that is itself a factor is opened up.
pub(super) fn kron_factors(arguments: &[Node]) -> Vec<&Node> {
    let mut factors = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match &argument.kind {
            Kind::Call(Function::Kron, inner) => factors.extend(kron_factors(inner)),
            _ => factors.push(argument),
        }
    }
    factors
}

/// The dimension of each factor of the Kronecker product `node`, of which dimension `expected` is expected.
///
/// # Errors
/// If the fixed factors do not divide the expected dimension, or what they leave has no integer r-th root for the r
/// free factors to share. (With fixed factors only, nothing is expected of the product.)
pub(super) fn factor_dimensions(
    node: &Node,
    factors: &[&Node],
    expected: usize,
) -> Result<Vec<usize>, FormulaError> {
    let sizes: Vec<Size> = factors.iter().map(|factor| size(factor)).collect();
    let fixed: Vec<usize> =
        sizes.iter().filter_map(|size| if let Size::Fixed(n) = size { Some(*n) } else { None }).collect();
    let free = sizes.iter().filter(|size| **size == Size::Free).count();
    let share = if free == 0 { 1 } else { free_share(node, &fixed, free, expected)? };
    let dimension = |size: &Size| match size {
        Size::Scalar => 1,
        Size::Fixed(dimension) => *dimension,
        Size::Free => share,
    };
    Ok(sizes.iter().map(dimension).collect())
}

/// The dimension of each of `free` factors.
fn free_share(node: &Node, fixed: &[usize], free: usize, expected: usize) -> Result<usize, FormulaError> {
    let product = fixed.iter().fold(1usize, |product, size| product.saturating_mul(*size));
    if product == 0 || !expected.is_multiple_of(product) {
        let sizes = fixed.iter().map(usize::to_string).collect::<Vec<_>>().join("·");
        let sizes = if fixed.len() > 1 { format!("{sizes} = {product}") } else { sizes };
        return Err(FormulaError::new(
            format!(
                "the factors of fixed size in this kron make up dimension {sizes}, which does not divide {expected}"
            ),
            &node.span,
            format!("dimension {expected} is expected here"),
        )
        .help("X, Y, Z and pauli(k) are 2×2; write hw(p,q) for operators of other dimensions"));
    }
    let rest = expected / product;
    integer_root(rest, free).ok_or_else(|| {
        let power = match free {
            2 => "the square".to_owned(),
            3 => "the cube".to_owned(),
            _ => format!("the power {free}"),
        };
        FormulaError::new(
            format!("{free} factors of this kron would share dimension {rest}, which is not {power} of an integer"),
            &node.span,
            format!("expected dimension {expected}"),
        )
        .help("I, ket, proj and hw take their dimension from where they stand: equal shares of what the factors of fixed size leave")
    })
}

/// The integer r with r^degree = value.
fn integer_root(value: usize, degree: usize) -> Option<usize> {
    let degree = u32::try_from(degree).ok()?;
    // 64-bit dimensions have no root above 1 of a higher degree than 63.
    if value == 1 || degree == 1 {
        return Some(value);
    }
    (2..=value)
        .take_while(|root| root.checked_pow(degree).is_some_and(|power| power <= value))
        .find(|root| root.checked_pow(degree) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::integer_root;

    #[test]
    fn roots() {
        assert_eq!(integer_root(9, 2), Some(3));
        assert_eq!(integer_root(8, 3), Some(2));
        assert_eq!(integer_root(6, 2), None);
        assert_eq!(integer_root(1, 500), Some(1));
        assert_eq!(integer_root(64, 6), Some(2));
        assert_eq!(integer_root(5, 1), Some(5));
        assert_eq!(integer_root(0, 2), None);
    }
}
