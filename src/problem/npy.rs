//! NumPy `.npy` files: complex128 or float64, shape (a, x, y, d, d), or (a1, …, an, x1, …, xn, d, d).
//!
//! The format is [numpy.lib.format]: a magic string, a version, the length of a header, the header
//! (a Python dictionary of `descr`, `fortran_order` and `shape`), and the numbers. Files come from
//! anywhere, so nothing is allocated or trusted before the header fits the scenario.
//!
//! [numpy.lib.format]: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use num_complex::Complex64;

use super::operators::diagonal_matrix;
use super::unreadable;
use crate::num::{Matrix, Number};
use crate::scenario::{Index, Kind, Labels, Scenario};

/// The longest header that is read; NumPy writes 118 bytes for what can fit.
const MAX_HEADER_BYTES: usize = 1 << 12;

/// What is wrong with a `.npy` file.
pub(super) struct NpyError {
    pub message: String,
    pub help: Option<String>,
}

/// The numbers of a `.npy` file, with y running faster than x, x faster than a.
pub(super) struct Array {
    /// Of the file: a single y where elements are not named by one.
    shape: [usize; 3],
    dimension: usize,
    /// Whether only the diagonals are stored, (a, x, y, b): a Bell problem.
    diagonal: bool,
    values: Vec<Complex64>,
}

impl Array {
    /// The matrix at an index: an f64 is an exact dyadic number, but the data are taken as what
    /// they are, floating-point numbers.
    pub fn operator(&self, Index { a, x, y }: Index) -> Matrix {
        let [_, settings, inputs] = self.shape;
        let y = if inputs == 1 { 0 } else { y };
        let position = (a * settings + x) * inputs + y;
        let d = self.dimension;
        if self.diagonal {
            let row = &self.values[position * d..][..d];
            let row: Vec<Number> = row.iter().map(|&value| Number::from_approx(value)).collect();
            return diagonal_matrix(&row);
        }
        let entries = &self.values[position * d * d..][..d * d];
        Matrix::from_fn(d, d, |i, j| Number::from_approx(entries[i * d + j]))
    }
}

/// Reads an array of the scenario's shape: (a, x, y, d, d), or (a, x, d, d) in a traditional or instrumental
/// problem, or (a, x, y, b) in a Bell problem, (a, x, b) in an instrumental one. In a sequential problem the axes are (a1, …, an, x1, …, xn, d, d), or
/// (a, x, d, d) with the tuples numbered, the last step fastest: the same numbers in the same order.
pub(super) fn read(path: &Path, scenario: &Scenario) -> Result<Array, NpyError> {
    let shown = path.display().to_string();
    let error = |message: String, help: &str| NpyError { message, help: Some(help.to_owned()) };
    let refuse = |e| error(unreadable(&shown, &e), "the path is relative to the problem file");
    // Opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(refuse)?.is_file() {
        return Err(error(format!("{shown} is not a file"), "name a .npy file"));
    }
    let mut file = BufReader::new(File::open(path).map_err(refuse)?);
    let header = Header::read(&mut file).map_err(|reason| {
        error(format!("{shown} is not a .npy file: {reason}"), "write it with numpy.save(path, array)")
    })?;
    let (axes, mut expected) = expected_shape(scenario);
    if scenario.kind == Kind::Sequential && header.shape == flattened_shape(scenario) {
        expected = flattened_shape(scenario);
    }
    if header.shape != expected {
        let message = format!("{shown} has shape {}", tuple(&header.shape));
        return Err(error(message, &format!("{axes} = {} is needed", tuple(&expected))));
    }
    let Some(format) = NumberFormat::of(&header.descr) else {
        let message = format!("{shown} holds numbers of type {}", header.descr);
        return Err(error(message, "complex128 or float64 is needed: array.astype(complex)"));
    };
    let count: usize = expected.iter().product();
    let mut bytes = Vec::new();
    let size = count * format.size();
    file.take(size as u64 + 1).read_to_end(&mut bytes).map_err(refuse)?;
    if bytes.len() != size {
        let found = if bytes.len() < size { "fewer" } else { "more" };
        let message = format!("{shown} has {found} numbers than its shape {} says", tuple(&expected));
        return Err(error(message, "the file is damaged: write it again with numpy.save(path, array)"));
    }
    let values: Vec<Complex64> =
        bytes.chunks_exact(format.size()).map(|chunk| format.number(chunk)).collect();
    let values = if header.fortran_order { to_row_major(&values, &expected) } else { values };
    let [a, x, y] = scenario.shape();
    Ok(Array {
        shape: [a, x, if scenario.kind.has_inputs() { y } else { 1 }],
        dimension: scenario.dimension(),
        diagonal: scenario.is_diagonal(),
        values,
    })
}

/// The axes by name, and their lengths.
fn expected_shape(scenario: &Scenario) -> (String, Vec<usize>) {
    let [a, x, y] = scenario.shape();
    let d = scenario.dimension();
    match scenario.kind {
        Kind::Traditional | Kind::Instrumental => ("(a, x, d, d)".to_owned(), vec![a, x, d, d]),
        Kind::BobWithInput => ("(a, x, y, d, d)".to_owned(), vec![a, x, y, d, d]),
        Kind::Bell => ("(a, x, y, b)".to_owned(), vec![a, x, y, d]),
        Kind::InstrumentalBell => ("(a, x, b)".to_owned(), vec![a, x, d]),
        Kind::Sequential => {
            let sizes = |labels: &Labels| labels.steps().iter().map(Labels::len).collect::<Vec<_>>();
            let count = scenario.settings().steps().len();
            let axes = ["a", "x"].map(|name| (1..=count).map(|k| format!("{name}{k}, ")).collect::<String>());
            let lengths = [sizes(scenario.outcomes()), sizes(scenario.settings()), vec![d, d]].concat();
            (format!("({}{}d, d)", axes[0], axes[1]), lengths)
        }
    }
}

/// (a, x, d, d) with numbered tuples.
fn flattened_shape(scenario: &Scenario) -> Vec<usize> {
    let [a, x, _] = scenario.shape();
    vec![a, x, scenario.dimension(), scenario.dimension()]
}

/// The header of a `.npy` file.
#[derive(Debug, PartialEq)]
struct Header {
    /// The type of the numbers, as written: `'<c16'`.
    descr: String,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Reads up to where the numbers start, or says what is wrong.
    fn read(file: &mut impl Read) -> Result<Self, String> {
        let mut take = |count: usize| {
            let mut bytes = vec![0; count];
            file.read_exact(&mut bytes).map(|()| bytes).map_err(|_| "it ends within its header".to_owned())
        };
        if take(6).ok().as_deref() != Some(b"\x93NUMPY") {
            return Err("it does not start like one".to_owned());
        }
        let version = take(2)?;
        let length = match version[0] {
            1 => take(2)?,
            2 | 3 => take(4)?,
            other => return Err(format!("version {other} of the format is not known")),
        };
        let length = length.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
        if length > MAX_HEADER_BYTES {
            return Err(format!("its header would have {length} bytes"));
        }
        let header = take(length)?;
        Self::parse(&String::from_utf8_lossy(&header))
    }

    fn parse(header: &str) -> Result<Self, String> {
        let field = |key: &str| field(header, key).ok_or(format!("its header has no '{key}'"));
        let fortran_order = match field("fortran_order")? {
            "True" => true,
            "False" => false,
            other => return Err(format!("'fortran_order' is {other} in its header")),
        };
        let shape = field("shape")?;
        let lengths = shape.trim_matches(['(', ')', '[', ']']).split(',').map(str::trim);
        let lengths: Result<Vec<usize>, _> = lengths.filter(|n| !n.is_empty()).map(str::parse).collect();
        let shape = lengths.map_err(|_| format!("'shape' is {shape} in its header"))?;
        Ok(Self { descr: field("descr")?.to_owned(), fortran_order, shape })
    }
}

/// The text of a value in a Python dictionary, up to the comma or brace after it.
fn field<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let rest = [format!("'{key}'"), format!("\"{key}\"")]
        .iter()
        .find_map(|quoted| Some(header.split_once(quoted.as_str())?.1))?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let mut depth = 0_usize;
    let end = value.find(|c: char| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ',' | ')' | ']' | '}' if depth == 0 => return true,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        false
    })?;
    Some(value[..end].trim_end())
}

/// How a number is stored.
#[derive(Clone, Copy)]
struct NumberFormat {
    complex: bool,
    big_endian: bool,
}

impl NumberFormat {
    /// By its name in the header; `None` for other types than complex128 and float64.
    fn of(descr: &str) -> Option<Self> {
        let name = descr.trim_matches(['\'', '"']);
        let (order, kind) = name.split_at_checked(1)?;
        let complex = match kind {
            "c16" => true,
            "f8" => false,
            _ => return None,
        };
        match order {
            "<" => Some(Self { complex, big_endian: false }),
            ">" => Some(Self { complex, big_endian: true }),
            _ => None,
        }
    }

    fn size(self) -> usize {
        if self.complex { 16 } else { 8 }
    }

    /// The number in that many bytes.
    fn number(self, bytes: &[u8]) -> Complex64 {
        let real = |bytes: &[u8]| {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            if self.big_endian { f64::from_be_bytes(word) } else { f64::from_le_bytes(word) }
        };
        Complex64::new(real(&bytes[..8]), if self.complex { real(&bytes[8..]) } else { 0.0 })
    }
}

/// The same array with its last axis running fastest.
fn to_row_major(values: &[Complex64], shape: &[usize]) -> Vec<Complex64> {
    (0..values.len())
        .map(|mut position| {
            // Digits of the row-major position, last axis first.
            let mut digits = vec![0; shape.len()];
            for (digit, &size) in digits.iter_mut().zip(shape).rev() {
                *digit = position % size;
                position /= size;
            }
            let offset = digits.iter().zip(shape).rev().fold(0, |sum, (&k, &n)| sum * n + k);
            values[offset]
        })
        .collect()
}

/// A shape as NumPy prints it.
fn tuple(shape: &[usize]) -> String {
    let list: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("({})", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of version 1, as NumPy pads it.
    fn file(header: &str) -> Vec<u8> {
        let header = format!("{header:117}\n");
        [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat()
    }

    #[test]
    fn headers_of_numpy() {
        let header =
            |text: &str| Header::read(&mut file(text).as_slice()).unwrap_or_else(|reason| panic!("{reason}"));
        let expected =
            Header { descr: "'<c16'".to_owned(), fortran_order: false, shape: vec![2, 3, 2, 2, 2] };
        assert_eq!(header("{'descr': '<c16', 'fortran_order': False, 'shape': (2, 3, 2, 2, 2), }"), expected);
        assert_eq!(header("{\"shape\":(2,3,2,2,2),\"descr\":'<c16',\"fortran_order\":False}"), expected);
        let vector = header("{'descr': '>f8', 'fortran_order': True, 'shape': (7,), }");
        assert_eq!((vector.fortran_order, vector.shape), (true, vec![7]));
        assert_eq!(
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }").shape,
            Vec::<usize>::new()
        );
        let record =
            header("{'descr': [('re', '<f8'), ('im', '<f8')], 'fortran_order': False, 'shape': (1,), }");
        assert_eq!(record.descr, "[('re', '<f8'), ('im', '<f8')]");
    }

    /// Cutting or garbling a file gives a reason, whatever is left.
    #[test]
    fn damaged_headers() {
        let whole = file("{'descr': '<c16', 'fortran_order': False, 'shape': (2, 3), }");
        for length in 0..whole.len() {
            assert!(Header::read(&mut &whole[..length]).is_err(), "{length} bytes");
        }
        for header in [
            "",
            "{}",
            "{'descr': '<c16', 'fortran_order': False, 'shape': (-1, 2)}",
            "{'descr': '<c16', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<c16', 'fortran_order': 0, 'shape': (2,)}",
            "{'descr': '<c16', 'fortran_order': False, 'shape': ((((((",
            "{'shape': )))",
        ] {
            assert!(Header::read(&mut file(header).as_slice()).is_err(), "{header}");
        }
    }

    #[test]
    fn both_byte_orders_and_both_types() {
        let bytes: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let swapped: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        let number = |descr: &str, bytes: &[u8]| {
            NumberFormat::of(descr).map(|format| format.number(&bytes[..format.size()]))
        };
        assert_eq!(number("'<c16'", &bytes), Some(Complex64::new(1.5, -2.0)));
        assert_eq!(number("'>c16'", &swapped), Some(Complex64::new(1.5, -2.0)));
        assert_eq!(number("'<f8'", &bytes), Some(Complex64::new(1.5, 0.0)));
        assert_eq!(number("'>f8'", &swapped), Some(Complex64::new(1.5, 0.0)));
        for other in ["'<i8'", "'<c8'", "'|O'", "''", "'σ'"] {
            assert_eq!(number(other, &bytes), None);
        }
    }
}
