//! JSON as the certificate page allows it: nesting of at most 16, no key twice, numbers only as integers.
//!
//! `serde_json` does the syntax. Its own `Value` would silently keep the last of two equal keys, so the tree is
//! built here.

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
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool => "a truth value",
            Json::Integer(_) => "an integer",
            Json::OtherNumber => "a number that is not an integer of 64 bits",
            Json::Text(_) => "a string",
            Json::List(_) => "an array",
            Json::Object(_) => "an object",
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
