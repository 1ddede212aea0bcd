//! TOML text to the tables of [`super::file`], with the reader's complaints in our own words.

use serde_json::Value;

use super::diagnostic::{ProblemError, Source};
use super::file::ProblemFile;
use super::formula::nearest;
use super::schema;

/// TOML, and the shape of the tables.
pub(super) fn read(text: &Source) -> Result<ProblemFile, ProblemError> {
    toml::from_str(text.text()).map_err(|error| {
        let complaint = Complaint::new(text, error);
        let message = complaint.message.as_str();
        if let Some(rest) = message.strip_prefix("unknown field ") {
            complaint.unknown_key(rest)
        } else if let Some(rest) = message.strip_prefix("missing field ") {
            complaint.missing_key(rest.trim_matches('`'))
        } else if let Some(rest) = message.strip_prefix("invalid type: ") {
            complaint.wrong_type(rest)
        } else if message.starts_with("invalid value: integer") {
            complaint.too_large()
        } else if message.contains("overflowed") {
            complaint.error("this number is too large").help("numbers go up to about 1.8e308")
        } else {
            complaint.syntax()
        }
    })
}

/// What the `toml` crate has to say.
struct Complaint<'t> {
    text: &'t Source,
    message: String,
    span: std::ops::Range<usize>,
    /// The keys on the way to the place, such as `functional`, `elements`.
    path: Vec<String>,
}

impl<'t> Complaint<'t> {
    fn new(text: &'t Source, mut error: toml::de::Error) -> Self {
        let message = error.message().trim().to_owned();
        let span = error.span().unwrap_or(0..0);
        // The keys are only told where the input is not quoted.
        error.set_input(None);
        let told = error.to_string();
        let path = told.rsplit_once("\nin `").map_or("", |(_, path)| path.trim_end().trim_end_matches('`'));
        let path = path.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Self { text, message, span, path }
    }

    /// What stands at the place.
    fn found(&self) -> &'t str {
        self.text.slice(self.span.clone()).trim()
    }

    fn error(&self, message: impl Into<String>) -> ProblemError {
        self.text.error(self.span.clone(), message)
    }

    /// The table that the place is in, as a message names it.
    fn table(&self) -> String {
        match self.path.as_slice() {
            [] => "a problem file".to_owned(),
            [.., last] if last == "elements" => "an element".to_owned(),
            path => format!("[{}]", path.join(".")),
        }
    }

    /// `rest` is "`found`, expected one of `this`, `that`".
    fn unknown_key(&self, rest: &str) -> ProblemError {
        let mut quoted = rest.split('`').skip(1).step_by(2);
        let key = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        if key.starts_with("$__toml") {
            return self.error("expected a table, found a date");
        }
        let is_table = self.path.is_empty() && self.text.text()[..self.span.start].ends_with('[');
        let error = match is_table {
            true => self.error(format!("there is no table [{key}] in a problem file")),
            false => self.error(format!("`{key}` is not a key of {}", self.table())),
        };
        let keys = format!("keys of {}: {}", self.table(), known.join(", "));
        match (nearest(key, known.iter().copied()), tables_with(key).as_slice()) {
            (Some(meant), _) => error.help(format!("did you mean `{meant}`? ({keys})")),
            (None, [table]) if !is_table => error.help(format!("`{key}` belongs under [{table}] ({keys})")),
            _ => error.help(keys),
        }
    }

    fn missing_key(&self, key: &str) -> ProblemError {
        if self.path.is_empty() {
            return self
                .text
                .error_at_end(format!("the file has no [{key}]"))
                .help(format!("add, for example,\n{SCENARIO_EXAMPLE}"));
        }
        let table = if self.table().starts_with('[') { self.table() } else { "this element".to_owned() };
        self.error(format!("{table} has no `{key}`"))
            .maybe_help(self.describe(&[&self.path, [key.to_owned()].as_slice()].concat()))
    }

    /// `rest` is "string \"2\", expected i64".
    fn wrong_type(&self, rest: &str) -> ProblemError {
        let (found, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "something else"));
        let expected = match expected {
            "i64" => "a whole number",
            "f64" => "a number",
            "a sequence" => "a list",
            "a map" => "a table",
            other => other,
        };
        // Integers of more than 64 bits, such as "integer `99999999999999999999` as i128".
        if found.contains("` as ") {
            return self.too_large();
        }
        let written = self.found();
        let kind = found.split(' ').next().unwrap_or_default();
        let description = match kind {
            "string" => "a string",
            "sequence" if expected == "a table" && written.starts_with("[[") => "a list of tables",
            "sequence" => "a list",
            "map" if written.starts_with(|c: char| c.is_ascii_digit()) => "a date",
            "map" => "a table",
            _ => &format!("`{written}`"),
        };
        let error = self.error(format!("expected {expected}, found {description}"));
        let key = self.path.last().map_or("", String::as_str);
        let unquoted = written.trim_matches(['"', '\'']);
        match (expected, kind) {
            ("a table", _) if description == "a list of tables" => {
                error.help(format!("write [{key}], in one pair of brackets"))
            }
            ("a table", _) if self.path.len() == 1 => {
                error.help(format!("write [{key}] on a line of its own, and its keys below"))
            }
            ("a string", "integer" | "floating")
                if ["title", "source", "formula", "level"].contains(&key) =>
            {
                error.help(format!("write it in quotes: \"{written}\""))
            }
            (_, "string") if unquoted.parse::<f64>().is_ok() => {
                error.help(format!("write it without quotes: {unquoted}"))
            }
            _ => error.maybe_help(self.describe(&self.path)),
        }
    }

    fn too_large(&self) -> ProblemError {
        self.error("this number is too large").help(format!("whole numbers go up to {}", i64::MAX))
    }

    /// Text that is not TOML.
    fn syntax(&self) -> ProblemError {
        let found = self.found();
        if self.message.starts_with("duplicate key") {
            return self.duplicate(found);
        }
        if found.is_empty() && self.message.starts_with("string values must be quoted") {
            return self.error("a value is missing").help(KEY_VALUE);
        }
        match SYNTAX.iter().find(|(theirs, ..)| self.message.starts_with(theirs)) {
            Some((_, message, help)) => {
                self.error(message.replace("{}", found)).help(help.replace("{}", found))
            }
            // Theirs is better than none.
            None => self.error(self.message.trim_end_matches(", expected nothing")).help(TOML),
        }
    }

    fn duplicate(&self, key: &str) -> ProblemError {
        let before = &self.text.text()[..self.span.start];
        let is_table = before.ends_with('[');
        let defines = |line: &str| {
            let line = line.trim_start();
            let rest = line.strip_prefix(if is_table { "[" } else { "" }).and_then(|l| l.strip_prefix(key));
            rest.is_some_and(|rest| rest.trim_start().starts_with(if is_table { ']' } else { '=' }))
        };
        let lines: Vec<&str> = before.lines().collect();
        let shown = if is_table { format!("[{key}]") } else { format!("`{key}`") };
        let help = match lines.iter().rposition(|line| defines(line)) {
            Some(first) => format!("it is there already on line {}; keep one of them", first + 1),
            None => "keep one of them".to_owned(),
        };
        self.error(format!("{shown} is given twice")).help(help)
    }

    /// What the schema says about the last key of a path.
    fn describe(&self, path: &[String]) -> Option<String> {
        let schema = schema();
        let mut table = &schema;
        let mut meaning = None;
        for key in path {
            let Some(property) = table.get("properties").and_then(|properties| properties.get(key)) else {
                break;
            };
            meaning = property.get("description").and_then(Value::as_str).map(|text| (key, text));
            let Some(inner) = definition(&schema, property) else { break };
            table = inner;
        }
        let (key, text) = meaning?;
        Some(format!("`{key}`: {}", text.replace('\n', " ")))
    }
}

/// The definition that a property of the schema refers to: its own, that of what it may be, or that
/// of its items.
fn definition<'s>(schema: &'s Value, property: &'s Value) -> Option<&'s Value> {
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        return schema.get("$defs")?.get(reference.rsplit('/').next()?);
    }
    let choices = property.get("anyOf").and_then(Value::as_array);
    let of_choices = choices.and_then(|list| list.iter().find_map(|choice| definition(schema, choice)));
    of_choices.or_else(|| definition(schema, property.get("items")?))
}

/// The tables of a problem file that have this key.
fn tables_with(key: &str) -> Vec<String> {
    let schema = schema();
    let Some(tables) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let has_key = |table: &Value| {
        let definition = definition(&schema, table);
        definition.and_then(|definition| definition.get("properties")?.get(key)).is_some()
    };
    // A key that means something to the problem is not meant as an expectation.
    let asked = tables.iter().filter(|(name, table)| *name != "expected" && has_key(table));
    asked.map(|(name, _)| name.clone()).collect()
}

const SCENARIO_EXAMPLE: &str = "\
[scenario]
kind = \"bob-with-input\"
settings = 2
outcomes = 2
inputs = 2
dimension = 2";

/// How a complaint of the `toml` crate starts, what we say instead, and what would be right; `{}`
/// is the text at the place.
const SYNTAX: [(&str, &str, &str); 19] = [
    ("string values must be quoted", "`{}` needs quotes", "write \"{}\": names and formulas are strings"),
    ("invalid basic string, expected `\"`", "this string is not closed", CLOSE_STRING),
    ("invalid multi-line basic string, expected `\"`", "this string is not closed", "end it with \"\"\""),
    ("invalid literal string, expected `'`", "this string is not closed", "end it with ' on its line"),
    ("invalid basic string", "a control character stands in a string", "remove it"),
    ("missing escaped value", "no escape sequence starts like this", "formulas have no backslashes"),
    ("key with no value", "`=` is missing after the key", KEY_VALUE),
    ("invalid unquoted key", "no key has such a character", "keys are made of letters, digits, `-` and `_`"),
    ("missing assignment between key-value pairs", "`=` is missing after the key", ELEMENT),
    ("missing value", "a value is missing", KEY_VALUE),
    ("unclosed table", "`]` is missing", "a table starts with its name in brackets: [scenario]"),
    ("missing comma between array elements", "`,` or `]` is missing: a list is open here", LIST),
    ("unclosed array", "`]` is missing: a list is open here", LIST),
    ("unclosed inline table", "`}` is missing: a table is open here", ELEMENT),
    ("invalid inline table element", "`}` or a key is missing: a table is open here", ELEMENT),
    (
        "unexpected key or value",
        "the line should end here",
        "one `key = value` a line; decimals with a point: 0.5",
    ),
    ("invalid mantissa", "a digit is missing", "decimals have digits on both sides of the point: 0.5"),
    ("unexpected leading zero", "numbers do not start with 0", "write 2 for 02"),
    ("cannot recurse", "lists are nested too deeply", "a matrix is a list of rows"),
];
const CLOSE_STRING: &str = "end it with \" on its line, or put \"\"\" around several lines";
const KEY_VALUE: &str = "a line is `key = value`, or a [table]";
const TOML: &str = "a line is `key = value` or a [table]; strings stand in quotes, lists in brackets";
const LIST: &str = "a list is [1, 2, 3]";
const ELEMENT: &str = "an element is {a = 0, x = 0, y = 0, matrix = [[1, 0], [0, 1]]}";
