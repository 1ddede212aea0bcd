//! Archives of arrays (docs/certificate.md §12).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(missing_docs)]

#[allow(dead_code, reason = "shared with other tests")]
mod common;

use common::Random;
use serde_json::{Value, json};
use steerq_check::check_bytes;

/// CRC-32, a bit at a time.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| sum >> 1 ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// A ZIP archive without compression.
fn zip(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::<u8>::new(), Vec::<u8>::new());
    for (name, content) in members {
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        for word in [checksum(content), content.len() as u32, content.len() as u32, name.len() as u32] {
            common.extend(word.to_le_bytes());
        }
        let offset = bytes.len() as u32;
        for part in [b"PK\x03\x04", common.as_slice(), name.as_bytes(), content] {
            bytes.extend(part);
        }
        let place = offset.to_le_bytes();
        for part in [b"PK\x01\x02\x14\x00", common.as_slice(), &[0; 10], &place, name.as_bytes()] {
            directory.extend(part);
        }
    }
    let (start, size) = (bytes.len() as u32, directory.len() as u32);
    let count = (members.len() as u16).to_le_bytes();
    bytes.extend(directory);
    for part in
        [b"PK\x05\x06\0\0\0\0", count.as_slice(), &count, &size.to_le_bytes(), &start.to_le_bytes(), &[0; 2]]
    {
        bytes.extend(part);
    }
    bytes
}

/// A `.npy` file of real numbers, or of complex ones as pairs.
fn npy(descr: &str, shape: &str, numbers: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    let mut bytes = [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes()].concat();
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

/// ⟨Z⟩ of a qubit that Alice's and Bob's |00⟩ + |11⟩ leaves when she finds 0, minus the same for 1.
fn certificate() -> Value {
    json!({
        "format": "steerq-certificate",
        "version": 1,
        "scenario": {"kind": "traditional", "settings": 1, "outcomes": 2, "inputs": 1, "dimension": 2},
        "claim": {"kind": "quantum-value", "sense": "max", "value": "1"},
        "functional": [[["1", "0"], ["0", "-1"]], [["-1", "0"], ["0", "1"]]],
        "proof": {"method": "model"},
    })
}

type Members = Vec<(&'static str, Vec<u8>)>;

fn members() -> Members {
    vec![
        ("certificate.json", certificate().to_string().into_bytes()),
        ("weights.npy", npy("<f8", "(1,)", &[1.0])),
        ("state_0.npy", npy("<c16", "(2, 2)", &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0])),
        ("measurements_0.npy", npy("<f8", "(1, 2, 2, 2)", &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])),
        ("channels_0_y0.npy", npy("<f8", "(1, 2, 2)", &[1.0, 0.0, 0.0, 1.0])),
    ]
}

fn with(name: &str, content: Vec<u8>) -> Members {
    let mut members = members();
    members.iter_mut().find(|(other, _)| *other == name).unwrap().1 = content;
    members
}

#[track_caller]
fn expect(members: &Members, code: u8, what: &str) {
    let outcome = check_bytes(&zip(members));
    assert!(outcome.exit_code() == code && outcome.to_string().contains(what), "{outcome}");
}

#[test]
fn arrays_are_what_is_verified() {
    expect(&members(), 0, "verified");
    assert_eq!(check_bytes(&zip(&members())).claim().map(|claim| claim.contains("≥ 1 for some")), Some(true));
    expect(&with("weights.npy", npy("<f8", "(1,)", &[0.5])), 1, "weights");
    let state = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    for (place, value, code) in [(2, 0.001, 1), (3, 0.001, 1), (0, 1.5, 0), (7, 1.0, 0), (1, -0.0, 0)] {
        let mut state = state;
        state[place] = value;
        expect(&with("state_0.npy", npy("<c16", "(2, 2)", &state)), code, "");
    }
    let off = 1.0 - f64::EPSILON;
    let measurement = [off, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    expect(&with("measurements_0.npy", npy("<f8", "(1, 2, 2, 2)", &measurement)), 1, "");
    let channel = [1.0 + f64::EPSILON, 0.0, 0.0, 1.0];
    expect(&with("channels_0_y0.npy", npy("<f8", "(1, 2, 2)", &channel)), 1, "");
}

#[test]
fn malformed_archives() {
    for k in 0..members().len() {
        let mut fewer = members();
        fewer.remove(k);
        expect(&fewer, 2, "has no");
        let mut twice = members();
        twice.push(twice[k].clone());
        expect(&twice, 2, "twice");
    }
    let mut more = members();
    more.push(("state_1.npy", more[2].1.clone()));
    expect(&more, 2, "no place");
    let state = |descr: &str, shape: &str, numbers: &[f64]| with("state_0.npy", npy(descr, shape, numbers));
    let numbers = [1.0, 0.0, 0.0, 1.0];
    expect(&state("<f8", "(2, 2)", &numbers), 0, "");
    expect(&state("<f8", "(2, 2)", &[1.0, 0.0, f64::NAN, 1.0]), 2, "NaN");
    expect(&state("<f8", "(2, 2)", &[1.0, 0.0, 0.0, f64::NEG_INFINITY]), 2, "infinite");
    expect(&state("<f8", "(2, 2)", &[0.0; 4]), 2, "zero");
    expect(&state("<f8", "(4,)", &numbers), 2, "axes");
    expect(&state("<f8", "(2, 3)", &numbers), 2, "as many");
    expect(&state("<f8", "(1, 4)", &numbers), 2, "shape");
    expect(&state("<f8", "(4294967296, 4294967296)", &numbers), 2, "1048576");
    expect(&state(">f8", "(2, 2)", &numbers), 2, "float64");
    expect(&with("weights.npy", npy("<c16", "(1,)", &[1.0, 0.0])), 2, "float64");
    expect(&with("weights.npy", npy("<f8", "(65,)", &[1.0; 65])), 2, "64");
    let measurement = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    expect(&with("measurements_0.npy", npy("<f8", "(2, 1, 2, 2)", &measurement)), 2, "shape");
    expect(&with("channels_0_y0.npy", npy("<f8", "(1, 4, 1)", &numbers)), 2, "shape");
    for (pointer, value) in [
        ("/proof", json!({"method": "model", "components": []})),
        ("/proof", json!("model")),
        ("/proof", json!({"method": "ghjw"})),
        ("/scenario/inputs", json!(2)),
        ("/scenario/settings", json!(0)),
    ] {
        let text = common::with(&certificate(), pointer, value).to_string();
        expect(&with("certificate.json", text.into_bytes()), 2, "");
    }
    expect(&with("certificate.json", b"\xff".to_vec()), 2, "UTF-8");
    expect(&with("certificate.json", b"[]".to_vec()), 2, "");
}

#[test]
fn cut_archives_and_others() {
    let whole = zip(&members());
    for length in 0..whole.len() {
        assert_eq!(check_bytes(&whole[..length]).exit_code(), 2, "{length} bytes");
    }
    assert_eq!(check_bytes(&[whole.as_slice(), b"\0"].concat()).exit_code(), 2);
    assert_eq!(check_bytes(b"\xff\xfe").exit_code(), 2);
    let mut json = certificate();
    json["proof"] = json!({"method": "model", "components": [{
        "weight": "1", "alice": 2, "bob": 2, "state": ["1", "0", "0", "1"],
        "measurements": [[["1", "0"], ["0", "0"]], [["0", "0"], ["0", "1"]]],
        "channels": [[[["1", "0"], ["0", "1"]]]],
    }]});
    assert_eq!(check_bytes(json.to_string().as_bytes()).exit_code(), 0);
    // A compressed member, by its method in the directory.
    let mut compressed = whole.clone();
    let place = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    compressed[place + 10] = 8;
    assert!(check_bytes(&compressed).to_string().contains("compressed"));
}

/// Whatever bytes become others, in the archive or in a member of it: no panic.
#[test]
fn damaged_archives_never_panic() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut verdicts = [0; 3];
    for round in 0..6000 {
        let mut members = members();
        let mut damage = |bytes: &mut Vec<u8>| {
            let place = random.below(bytes.len());
            match random.below(3) {
                0 => bytes.truncate(place),
                1 => bytes[place] = [0, 1, 2, 0x20, 0x27, 0x30, 0x7f, 0xff][random.below(8)],
                _ => bytes[place] ^= 1 << random.below(8),
            }
        };
        if round % 2 == 0 {
            let which = round / 2 % members.len();
            damage(&mut members[which].1);
        }
        let mut bytes = zip(&members);
        if round % 2 == 1 {
            damage(&mut bytes);
        }
        verdicts[usize::from(check_bytes(&bytes).exit_code())] += 1;
    }
    assert!(verdicts.iter().all(|&count| count > 20), "{verdicts:?}");
}
