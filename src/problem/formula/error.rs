//! What is wrong with a formula, and where.

use std::ops::Range;

use thiserror::Error;

/// A formula that cannot be read or evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FormulaError {
    /// What is wrong, with the offending values.
    pub message: String,
    /// The bytes of the formula that it is about; always at character boundaries.
    pub span: Range<usize>,
    /// A few words to write below the span, where they say more than the message.
    pub label: String,
    /// What would be right, where that is known.
    pub help: Option<String>,
}

impl FormulaError {
    pub(in crate::problem) fn new(
        message: impl Into<String>,
        span: &Range<usize>,
        label: impl Into<String>,
    ) -> Self {
        FormulaError { message: message.into(), span: span.clone(), label: label.into(), help: None }
    }

    pub(in crate::problem) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The candidate that `name` is most likely a slip for: the same up to case, or else at most two edits away.
pub(in crate::problem) fn nearest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let allowed = match name.chars().count() {
        0 | 1 => 0,
        2 | 3 => 1,
        _ => 2,
    };
    let score = |candidate: &'c str| -> (usize, &'c str) {
        let distance = if name.eq_ignore_ascii_case(candidate) { 0 } else { edit_distance(name, candidate) };
        (distance, candidate)
    };
    candidates
        .into_iter()
        .map(score)
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
fn edit_distance(left: &str, right: &str) -> usize {
    const LONGEST: usize = 40;
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    if left.len().max(right.len()) > LONGEST {
        return usize::MAX;
    }
    let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            if i == 0 || j == 0 {
                table[i][j] = i + j;
                continue;
            }
            let replace = table[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replace.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = best;
        }
    }
    table[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_find_their_word() {
        let words = ["sqrt", "pauli", "pi", "delta", "a", "visibility"];
        assert_eq!(nearest("sqtr", words), Some("sqrt"));
        assert_eq!(nearest("Pauli", words), Some("pauli"));
        assert_eq!(nearest("visiblity", words), Some("visibility"));
        assert_eq!(nearest("A", words), Some("a"));
        assert_eq!(nearest("b", words), None);
        assert_eq!(nearest("matrix", words), None);
    }
}
