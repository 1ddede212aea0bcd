//! From an archive of arrays to the certificate that it stands for (docs/certificate.md §12).

use crate::certificate::Scenario;
use crate::json::{self, At, Json};
use crate::read::{MAX_COMPONENTS, scenario};
use crate::{Checked, Stop, zip};

/// Numbers in all arrays (docs/certificate.md §12).
const MAX_NUMBERS: usize = 1 << 20;
/// The first bytes of an array, with its version.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Where the header of an array starts, after its length in two bytes.
const HEADER: usize = 10;

/// The certificate of an archive.
pub fn parse(bytes: &[u8]) -> Checked<Json> {
    let mut members = zip::members(bytes)?;
    let mut left = MAX_NUMBERS;
    let mut take = |name: &str| match members.remove(name) {
        Some(content) => Ok(content),
        None => Err(Stop::Incomplete(format!("the archive has no {name:?}"))),
    };
    let Ok(text) = std::str::from_utf8(take("certificate.json")?) else {
        return Err(Stop::Incomplete("certificate.json is not UTF-8".to_owned()));
    };
    let mut certificate = json::parse(text)?;
    let scenario = scenario(&At::root(&certificate).key("scenario")?)?;
    let mut array = |name: String| Array::read(take(&format!("{name}.npy"))?, name, &mut left);
    let weights = array("weights".to_owned())?;
    if weights.complex || weights.shape.len() != 1 || weights.shape[0] > MAX_COMPONENTS {
        return weights.wrong(&format!("is not a list of at most {MAX_COMPONENTS} float64 numbers"));
    }
    let components = weights.numbers.iter().enumerate();
    let components = components.map(|(k, weight)| component(k, weight, &scenario, &mut array));
    let components = components.collect::<Checked<_>>()?;
    if let Some(name) = members.keys().next() {
        return Err(Stop::Incomplete(format!("the archive has {:?}, which has no place", json::start(name))));
    }
    certificate.insert("proof", "components", Json::List(components))?;
    Ok(certificate)
}

/// Component k, its arrays of the shapes that the scenario and the state demand.
fn component(
    k: usize,
    weight: &[f64; 2],
    scenario: &Scenario,
    array: &mut impl FnMut(String) -> Checked<Array>,
) -> Checked<Json> {
    let Scenario { settings, outcomes, inputs, dimension, .. } = *scenario;
    let state = array(format!("state_{k}"))?;
    let [alice, bob] = state.shape[..] else { return state.wrong("does not have two axes") };
    let measurements = array(format!("measurements_{k}"))?;
    measurements.demand(&[settings, outcomes, alice, alice])?;
    let channel = |y: usize| {
        let channel = array(format!("channels_{k}_y{y}"))?;
        let matrices = channel.shape[0];
        channel.demand(&[matrices, dimension, bob])?;
        Ok(channel.matrices())
    };
    let channels = (0..inputs).map(channel).collect::<Checked<_>>()?;
    let pairs = [
        ("weight", Json::Double(weight[0])),
        ("alice", Json::Integer(alice as i64)),
        ("bob", Json::Integer(bob as i64)),
        ("state", Json::List(state.numbers.iter().map(complex).collect())),
        ("measurements", measurements.matrices()),
        ("channels", Json::List(channels)),
    ];
    Ok(Json::Object(pairs.map(|(key, value)| (key.to_owned(), value)).into()))
}

/// The contents of a `.npy` file.
struct Array {
    name: String,
    complex: bool,
    /// At least one axis, each of at least one.
    shape: Vec<usize>,
    /// Real and imaginary parts, the last axis running fastest.
    numbers: Vec<[f64; 2]>,
}

impl Array {
    /// Reads an array of at most `left` numbers, which are taken off.
    fn read(bytes: &[u8], name: String, left: &mut usize) -> Checked<Self> {
        let Some((header, content)) = split(bytes) else {
            return Err(Stop::Incomplete(format!("{name} is not a .npy file of version 1.0")));
        };
        let Some((complex, fortran, shape)) = parse_header(header) else {
            return Err(Stop::Incomplete(format!(
                "{name} is not of complex128 or float64 in the form of NumPy"
            )));
        };
        let mut array = Array { name, complex, shape, numbers: Vec::new() };
        let count = array.shape.iter().try_fold(1_usize, |count, &length| count.checked_mul(length));
        let Some(count) = count.filter(|count| count <= left) else {
            return array.wrong(&format!("exceeds the {MAX_NUMBERS} numbers that an archive may have"));
        };
        *left -= count;
        let size = if complex { 16 } else { 8 };
        if content.len() != count * size {
            return array.wrong("does not have as many numbers as its shape says");
        }
        let part = |bytes: &[u8]| bytes.try_into().map(f64::from_le_bytes).unwrap_or(f64::NAN);
        let number = |bytes: &[u8]| [part(&bytes[..8]), if complex { part(&bytes[8..]) } else { 0.0 }];
        array.numbers = content.chunks_exact(size).map(number).collect();
        if array.numbers.iter().flatten().any(|part| !part.is_finite()) {
            return array.wrong("has a number that is infinite or NaN");
        }
        if fortran {
            array.turn();
        }
        Ok(array)
    }

    fn wrong<T>(&self, what: &str) -> Checked<T> {
        Err(Stop::Incomplete(format!("{} {what}", self.name)))
    }

    fn demand(&self, shape: &[usize]) -> Checked<()> {
        if self.shape == shape {
            return Ok(());
        }
        self.wrong(&format!("has the shape {:?}, not {shape:?}", self.shape))
    }

    /// From the first axis running fastest to the last.
    fn turn(&mut self) {
        let mut turned = vec![[0.0; 2]; self.numbers.len()];
        let mut index = vec![0; self.shape.len()];
        for &number in &self.numbers {
            let place = index.iter().zip(&self.shape).fold(0, |place, (i, length)| place * length + i);
            turned[place] = number;
            for (i, length) in index.iter_mut().zip(&self.shape) {
                *i = (*i + 1) % length;
                if *i > 0 {
                    break;
                }
            }
        }
        self.numbers = turned;
    }

    /// A list of matrices, whose rows and columns are the last two axes.
    fn matrices(&self) -> Json {
        let columns = self.shape.last().copied().unwrap_or(1);
        let rows = self.shape.iter().rev().nth(1).copied().unwrap_or(1);
        let row = |numbers: &[[f64; 2]]| Json::List(numbers.iter().map(complex).collect());
        let matrix = |numbers: &[[f64; 2]]| Json::List(numbers.chunks(columns).map(row).collect());
        Json::List(self.numbers.chunks(rows * columns).map(matrix).collect())
    }
}

/// The header of an array, and what follows it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = bytes.strip_prefix(MAGIC)?.first_chunk().map(|length| u16::from_le_bytes(*length))?;
    bytes.get(HEADER..)?.split_at_checked(length.into())
}

/// Whether numbers are complex, whether the first axis runs fastest, and the shape.
fn parse_header(header: &[u8]) -> Option<(bool, bool, Vec<usize>)> {
    let header = std::str::from_utf8(header).ok()?;
    let header = header.strip_suffix('\n').unwrap_or(header).replace(' ', "");
    let (descr, rest) = header.strip_prefix("{'descr':'")?.split_once("','fortran_order':")?;
    let (order, rest) = rest.split_once(",'shape':(")?;
    let shape = rest.strip_suffix("),}")?;
    let complex = match descr {
        "<c16" => true,
        "<f8" => false,
        _ => return None,
    };
    let fortran = match order {
        "True" => true,
        "False" => false,
        _ => return None,
    };
    let length = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        digits.then(|| text.parse::<usize>().ok())?
    };
    // One axis is written with a comma after it, several without.
    let (one, many) = (shape.strip_suffix(','), shape.contains(',').then_some(shape));
    let shape = match one {
        Some(one) => vec![length(one)?],
        None => many?.split(',').map(length).collect::<Option<_>>()?,
    };
    Some((complex, fortran, shape))
}

fn complex(&[re, im]: &[f64; 2]) -> Json {
    match im == 0.0 {
        true => Json::Double(re),
        false => Json::Object(
            [("re", re), ("im", im)].map(|(key, part)| (key.to_owned(), Json::Double(part))).into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let header = |text: &str| parse_header(text.as_bytes());
        let known = "{'descr': '<c16', 'fortran_order': False, 'shape': (2, 3), }";
        assert_eq!(header(known), Some((true, false, vec![2, 3])));
        assert_eq!(header(&format!("{known:70}\n")), Some((true, false, vec![2, 3])));
        let vector = known.replace("(2, 3)", "(7,)").replace("<c16", "<f8").replace("False", "True");
        assert_eq!(header(&vector), Some((false, true, vec![7])));
        for (old, new) in [
            ("<c16", ">c16"),
            ("<c16", "<c8"),
            ("<c16", "<i8"),
            ("False", "0"),
            ("(2, 3)", "()"),
            ("(2, 3)", "(2)"),
            ("(2, 3)", "(,)"),
            ("(2, 3)", "(2, 3,)"),
            ("(2, 3)", "(2,, 3)"),
            ("(2, 3)", "(2, -3)"),
            ("(2, 3)", "(2, 03)"),
            ("(2, 3)", "(2, 0)"),
            ("(2, 3)", "(2, 99999999999999999999)"),
            (", }", "}"),
            (", }", ", }\n\n"),
            ("{", "{'x': 1, "),
        ] {
            assert_eq!(header(&known.replace(old, new)), None, "{new}");
        }
    }

    #[test]
    fn both_orders() {
        let shape = vec![2, 3];
        let numbers = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0].map(|number| [number, 0.0]).to_vec();
        let mut array = Array { name: String::new(), complex: false, shape, numbers };
        array.turn();
        assert_eq!(array.numbers, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|number| [number, 0.0]));
    }
}
