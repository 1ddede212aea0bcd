//! Changes to certificates, and what a test expects of the verdict.

#![allow(missing_docs)]

use serde_json::{Value, json};
use steerq_check::{Outcome, check_str};

/// The verdict on a certificate.
pub fn check(certificate: &Value) -> Outcome {
    check_str(&certificate.to_string())
}

#[track_caller]
pub fn verified(certificate: &Value) {
    let outcome = check(certificate);
    assert!(matches!(outcome, Outcome::Verified { .. }), "{outcome}");
}

#[track_caller]
pub fn rejected(certificate: &Value, what: &str) {
    let outcome = check(certificate);
    assert!(matches!(&outcome, Outcome::Rejected { reason, .. } if reason.contains(what)), "{outcome}");
}

#[track_caller]
pub fn incomplete(certificate: &Value, what: &str) {
    let outcome = check(certificate);
    assert!(matches!(&outcome, Outcome::Incomplete { reason, .. } if reason.contains(what)), "{outcome}");
}

/// The certificate with the value at a JSON pointer replaced.
pub fn with(certificate: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = certificate.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.insert(key.to_owned(), value)),
        Value::Array(array) => array[key.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    changed
}

pub fn without(certificate: &Value, pointer: &str) -> Value {
    let mut changed = certificate.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Object(object) => assert!(object.remove(key).is_some()),
        Value::Array(array) => drop(array.remove(key.parse::<usize>().unwrap())),
        _ => panic!("{pointer}"),
    }
    changed
}

/// Pseudorandom numbers by xorshift.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Checks certificates with a few bytes changed: no verdict is expected, and no panic.
pub fn damage_bytes(certificates: &[Value]) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let alphabet = b"0123456789-/.\"[]{},:e+ \\u\xff\0";
    for certificate in certificates {
        let text = certificate.to_string();
        for _ in 0..1500 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=random.below(3) {
                let place = random.below(bytes.len());
                match random.below(4) {
                    0 => drop(bytes.remove(place)),
                    1 => bytes.insert(place, alphabet[random.below(alphabet.len())]),
                    2 => bytes[place] = alphabet[random.below(alphabet.len())],
                    _ => bytes.truncate(place.max(bytes.len() - 1)),
                }
            }
            check_str(&String::from_utf8_lossy(&bytes));
        }
    }
}

/// A value and all inside it, outermost first.
pub fn leaves(value: &mut Value, act: &mut impl FnMut(&mut Value)) {
    act(value);
    match value {
        Value::Array(array) => array.iter_mut().for_each(|item| leaves(item, act)),
        Value::Object(object) => object.values_mut().for_each(|item| leaves(item, act)),
        _ => {}
    }
}

/// Checks certificates with one or two values replaced by hostile ones.
pub fn damage_structure(certificates: &[Value]) {
    let hostile = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(1e300),
        json!(i64::MIN),
        json!(u64::MAX),
        json!((1_i64 << 53) - 1),
        json!(""),
        json!("-"),
        json!("/"),
        json!("1"),
        json!("-1/3"),
        json!("0/0"),
        json!("1e999999999"),
        json!("0.000000000000000001"),
        json!("9".repeat(5000)),
        json!([]),
        json!({}),
        json!([["1", 2], ["-3/7", 3]]),
        json!({"re": [["1", 5]], "im": "1"}),
        json!([[["0", "0"], ["0", "0"]]]),
    ];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut verdicts = [0; 3];
    for certificate in certificates {
        let mut count = 0;
        leaves(&mut certificate.clone(), &mut |_| count += 1);
        for _ in 0..1500 {
            let mut changed = certificate.clone();
            for _ in 0..=random.below(2) {
                let (target, value) = (random.below(count), hostile[random.below(hostile.len())].clone());
                let mut seen = 0;
                leaves(&mut changed, &mut |place| {
                    if seen == target {
                        *place = value.clone();
                    }
                    seen += 1;
                });
            }
            verdicts[usize::from(check(&changed).exit_code())] += 1;
        }
    }
    assert!(verdicts[1] > 100 && verdicts[2] > 100, "{verdicts:?}");
}
