//! JSON as the certificate page allows it: nesting of at most 16, no key twice, numbers only as integers.
//!
//! `serde_json` does the syntax. Its own `Value` would silently keep the last of two equal keys, so the tree is
//! built here. [`At`] is a value together with its path, which every message about it names.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{Checked, Stop};

/// Largest file, in bytes (docs/certificate.md §1).
pub const MAX_BYTES: usize = 256 << 20;
/// Deepest nesting of arrays and objects (docs/certificate.md §1).
const MAX_DEPTH: usize = 16;
/// Keys of one object. The format has none with more than ten.
const MAX_KEYS: usize = 16;
/// Values in a file: keeps memory near 1 GiB. A Gram matrix of 4096 words has 2^24, a full table at most 2^23.3.
const MAX_VALUES: usize = 1 << 25;

/// A JSON value; numbers other than integers of 64 bits have no place in a certificate and keep no value.
#[derive(Debug)]
pub enum Json {
    Null,
    Bool,
    Integer(i64),
    OtherNumber,
    Text(String),
    /// A finite double of an archive's array, which no text has.
    Double(f64),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What the value is, for messages.
    fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool => "a truth value",
            Json::Integer(_) => "an integer",
            Json::OtherNumber => "a number that is not an integer of 64 bits",
            Json::Text(_) => "a string",
            Json::Double(_) => "a double",
            Json::List(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// Gives an object at a key a further key.
    pub fn insert(&mut self, object: &str, key: &str, value: Json) -> Checked<()> {
        let Json::Object(pairs) = self else {
            return Err(Stop::Incomplete("the certificate is not an object".to_owned()));
        };
        match pairs.iter_mut().find(|(name, _)| name == object) {
            Some((_, Json::Object(pairs))) if pairs.iter().all(|(name, _)| name != key) => {
                pairs.push((key.to_owned(), value));
                Ok(())
            }
            _ => Err(Stop::Incomplete(format!("{object} is no object without {key:?}"))),
        }
    }
}

/// Parses one JSON document.
pub fn parse(text: &str) -> Checked<Json> {
    if text.len() > MAX_BYTES {
        return Err(Stop::Incomplete(format!("the file has more than {MAX_BYTES} bytes")));
    }
    let count = Cell::new(0);
    let mut source = serde_json::Deserializer::from_str(text);
    let parsed = Node { depth: 0, count: &count }.deserialize(&mut source);
    parsed
        .and_then(|json| source.end().map(|()| json))
        .map_err(|error| Stop::Incomplete(format!("not the JSON of a certificate: {error}")))
}

/// Builds one value that lies inside `depth` arrays and objects.
#[derive(Clone, Copy)]
struct Node<'c> {
    depth: usize,
    count: &'c Cell<usize>,
}

impl Node<'_> {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format!("nested more than {MAX_DEPTH} deep")));
        }
        Ok(Node { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        self.count.set(self.count.get() + 1);
        if self.count.get() > MAX_VALUES {
            return Err(D::Error::custom(format!("more than {MAX_VALUES} values")));
        }
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Bool)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::OtherNumber, Json::Integer))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = source.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some(key) = source.next_key::<String>()? {
            if object.len() == MAX_KEYS || object.iter().any(|(other, _)| *other == key) {
                let key: String = key.chars().take(40).collect();
                return Err(A::Error::custom(format!("key {key:?} is there twice or is one key too many")));
            }
            object.push((key, source.next_value_seed(inner)?));
        }
        Ok(Json::Object(object))
    }
}

/// A value and where it stands.
#[derive(Clone, Copy)]
pub struct At<'a> {
    json: &'a Json,
    step: Step<'a>,
    parent: Option<&'a At<'a>>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) if self.parent.is_some_and(|parent| matches!(parent.step, Step::Root)) => {
                f.write_str(key)
            }
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl<'a> At<'a> {
    /// The whole certificate.
    pub fn root(json: &'a Json) -> Self {
        At { json, step: Step::Root, parent: None }
    }

    /// An error at this place.
    pub fn wrong<T>(&self, what: &str) -> Checked<T> {
        Err(Stop::Incomplete(match self.step {
            Step::Root => format!("the certificate {what}"),
            _ => format!("{self}: {what}"),
        }))
    }

    pub fn has(&self, key: &str) -> bool {
        matches!(self.json, Json::Object(pairs) if pairs.iter().any(|(name, _)| name == key))
    }

    pub fn key(&'a self, key: &'a str) -> Checked<At<'a>> {
        let Json::Object(pairs) = self.json else {
            return self.wrong(&format!("is {}, not an object", self.json.kind()));
        };
        match pairs.iter().find(|(name, _)| name == key) {
            Some((_, json)) => Ok(At { json, step: Step::Key(key), parent: Some(self) }),
            None => self.wrong(&format!("has no {key:?}")),
        }
    }

    /// Demands the keys of the first two lists and allows those of the third.
    pub fn keys(&self, required: &[&str], more: &[&str], optional: &[&str]) -> Checked<()> {
        let Json::Object(pairs) = self.json else {
            return self.wrong(&format!("is {}, not an object", self.json.kind()));
        };
        for key in required.iter().chain(more) {
            if !self.has(key) {
                return self.wrong(&format!("has no {key:?}"));
            }
        }
        let known = |key: &str| [required, more, optional].iter().any(|keys| keys.contains(&key));
        match pairs.iter().find(|(key, _)| !known(key)) {
            Some((key, _)) => self.wrong(&format!("has a key {:?} that has no place here", start(key))),
            None => Ok(()),
        }
    }

    /// Demands this `method` of a proof.
    pub fn method(&self, name: &str) -> Checked<()> {
        if self.key("method")?.text()? == name {
            return Ok(());
        }
        self.key("method")?.wrong(&format!("is not {name:?}, which this claim needs"))
    }

    /// The items of an array.
    pub fn list(&'a self) -> Checked<impl ExactSizeIterator<Item = At<'a>>> {
        let Json::List(list) = self.json else {
            return self.wrong(&format!("is {}, not an array", self.json.kind()));
        };
        let item = |(index, json)| At { json, step: Step::Index(index), parent: Some(self) };
        Ok(list.iter().enumerate().map(item))
    }

    /// The items of an array that must have `length`.
    pub fn list_of(&'a self, length: usize) -> Checked<impl ExactSizeIterator<Item = At<'a>>> {
        let list = self.list()?;
        match list.len() {
            found if found == length => Ok(list),
            found => self.wrong(&format!("has {found} items, not {length}")),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.json, Json::Null)
    }

    pub fn is_text(&self) -> bool {
        matches!(self.json, Json::Text(_))
    }

    pub fn is_object(&self) -> bool {
        matches!(self.json, Json::Object(_))
    }

    pub fn double(&self) -> Option<f64> {
        match self.json {
            Json::Double(double) => Some(*double),
            _ => None,
        }
    }

    pub fn text(&self) -> Checked<&'a str> {
        match self.json {
            Json::Text(text) => Ok(text),
            _ => self.wrong(&format!("is {}, not a string", self.json.kind())),
        }
    }

    pub fn integer(&self) -> Checked<i64> {
        match self.json {
            Json::Integer(value) => Ok(*value),
            _ => self.wrong(&format!("is {}, not an integer", self.json.kind())),
        }
    }

    /// An integer below 2^53 in modulus.
    pub fn short_integer(&self) -> Checked<i64> {
        match self.integer()? {
            value if value.unsigned_abs() < 1 << 53 => Ok(value),
            _ => self.wrong("is not below 2^53"),
        }
    }

    /// A list of integers below 2^53 in modulus.
    pub fn integers(&self, length: usize) -> Checked<Vec<i64>> {
        self.list_of(length)?.map(|at| at.short_integer()).collect()
    }
}

/// The first characters of a text from the file, for a message.
pub fn start(text: &str) -> String {
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_keys_depth_and_numbers() {
        assert!(matches!(parse("[1, -2]"), Ok(Json::List(list)) if matches!(list[1], Json::Integer(-2))));
        for (text, what) in [
            ("{\"a\": 1, \"a\": 2}", "twice"),
            ("[NaN]", "JSON"),
            ("[1] [2]", "JSON"),
            ("[1e999]", "JSON"),
            ("", "JSON"),
            (&"[".repeat(17), "16 deep"),
            (&"[".repeat(1_000_000), "16 deep"),
        ] {
            assert!(matches!(parse(text), Err(Stop::Incomplete(why)) if why.contains(what)), "{text:.40}");
        }
        let deepest = format!("{}{}", "[".repeat(16), "]".repeat(16));
        assert!(parse(&deepest).is_ok());
        for text in ["1e5", "1.0", "9223372036854775808", "123456789012345678901234567890", "-0"] {
            assert!(matches!(parse(text), Ok(Json::OtherNumber)), "{text}");
        }
    }
}
