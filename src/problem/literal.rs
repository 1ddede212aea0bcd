//! Where the characters of a TOML string stand in the file.

use std::iter::Peekable;
use std::str::CharIndices;

/// The byte in `literal`, a TOML string with its quotes, from which the byte at `position` of its
/// `value` comes (for the end of the value, the closing quote). `None` if the two do not belong
/// together.
pub(super) fn position(literal: &str, value: &str, position: usize) -> Option<usize> {
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| literal.starts_with(quotes))?;
    let body = literal.strip_prefix(quotes)?.strip_suffix(quotes)?;
    let mut offset = quotes.len();
    let lines = quotes.len() == 3;
    let body = match body.strip_prefix("\r\n").or(body.strip_prefix('\n')) {
        Some(rest) if lines => {
            offset += body.len() - rest.len();
            rest
        }
        _ => body,
    };
    let mut written = body.char_indices().peekable();
    for (index, expected) in value.char_indices() {
        let (start, found) = next(&mut written, quotes.starts_with('"'))?;
        if index == position {
            return Some(offset + start);
        }
        // A line may end with \r\n in the file and with \n in the value.
        let found = match found {
            '\r' if expected == '\n' => written.next()?.1,
            found => found,
        };
        if found != expected {
            return None;
        }
    }
    (position == value.len()).then_some(offset + body.len())
}

/// The next character of the value and where it is written.
fn next(written: &mut Peekable<CharIndices<'_>>, escapes: bool) -> Option<(usize, char)> {
    loop {
        let (start, first) = written.next()?;
        if first != '\\' || !escapes {
            return Some((start, first));
        }
        let digits = |written: &mut Peekable<CharIndices<'_>>, count: usize| {
            let code = (0..count).try_fold(0, |code, _| Some(code * 16 + written.next()?.1.to_digit(16)?))?;
            char::from_u32(code)
        };
        let character = match written.next()?.1 {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            'x' => digits(written, 2)?,
            'u' => digits(written, 4)?,
            'U' => digits(written, 8)?,
            // A backslash at the end of a line: what follows up to the next text is left out.
            space if space.is_whitespace() => {
                while written.next_if(|(_, c)| c.is_whitespace()).is_some() {}
                continue;
            }
            other => other,
        };
        return Some((start, character));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(literal: &str) {
        let document = format!("key = {literal}");
        let table: toml::Table = toml::from_str(&document).unwrap();
        let value = table["key"].as_str().unwrap();
        for (index, character) in value.char_indices() {
            let found = position(literal, value, index).unwrap();
            let there = literal[found..].chars().next().unwrap();
            assert!(
                there == character || there == '\\' || (there == '\r' && character == '\n'),
                "{literal}: byte {index} {character:?} found at {found} {there:?}"
            );
        }
        let end = position(literal, value, value.len()).unwrap();
        assert!(literal[end..].starts_with(['"', '\'']), "{literal}: ends at {end}");
    }

    #[test]
    fn every_character_is_found() {
        for literal in [
            "\"\"",
            "''",
            "\"a + b\"",
            "'a \\ b'",
            "\"a\\t\\u03b7 \\\"q\\\" \\x41 \\U0001d7d9 \\\\ z\"",
            "\"\"\"\na +\nb\"\"\"",
            "\"\"\"a + \\\n    b \\  \n\n c\"\"\"",
            "\"\"\"\r\na\r\nb\"\"\"",
            "'''\na\\n''b'''",
            "\"σ ⊗ ρ\"",
        ] {
            check(literal);
        }
    }

    #[test]
    fn strangers_are_refused() {
        assert_eq!(position("\"ab\"", "ac", 2), None);
        assert_eq!(position("ab", "ab", 0), None);
        assert_eq!(position("\"", "", 0), None);
    }
}
