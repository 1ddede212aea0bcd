//! Models as NumPy archives: `docs/certificate.md`, §12. Made from a certificate's text, so that the two are one claim
//! by construction: a number that no double equals is refused.

use dashu_base::Approximation;
use dashu_ratio::RBig;
use num_complex::Complex64;
use serde_json::Value;

/// Numbers in all arrays (`docs/certificate.md`, §12).
const MAX_NUMBERS: usize = 1 << 20;

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The certificate has no components.
    #[error("its proof has no explicit model")]
    NoModel,
    /// A number of the model is not a double.
    #[error("{0} is not a double")]
    NotADouble(String),
    /// More than the format holds.
    #[error("the model is too large for an archive")]
    TooLarge,
    /// The checker does not accept the archive, or the certificate is malformed.
    #[error("{0}")]
    Refused(String),
}

/// The archive that stands for a certificate by an explicit model, accepted by the checker.
pub fn archive(text: &str) -> Result<Vec<u8>, ArchiveError> {
    let mut rest: Value =
        serde_json::from_str(text).map_err(|error| ArchiveError::Refused(error.to_string()))?;
    let proof = rest.pointer_mut("/proof").and_then(Value::as_object_mut);
    let components = proof.and_then(|proof| proof.shift_remove("components")).ok_or(ArchiveError::NoModel)?;
    let components = list(&components)?;
    let [settings, outcomes] = [size(&rest["scenario"]["settings"])?, size(&rest["scenario"]["outcomes"])?];
    let mut archive = Archive::default();
    archive.member("certificate.json", rest.to_string().as_bytes())?;
    let weights = components.iter().map(|component| double(&component["weight"]));
    let weights = weights.collect::<Result<Vec<_>, _>>()?;
    archive.member("weights.npy", &npy("<f8", &[weights.len()], &weights))?;
    for (k, component) in components.iter().enumerate() {
        let [alice, bob] = [size(&component["alice"])?, size(&component["bob"])?];
        archive.array(&format!("state_{k}"), &[alice, bob], &component["state"])?;
        let shape = [settings, outcomes, alice, alice];
        archive.array(&format!("measurements_{k}"), &shape, &component["measurements"])?;
        for (y, kraus) in list(&component["channels"])?.iter().enumerate() {
            let kraus_list = list(kraus)?;
            let rows = kraus_list.first().map_or(Ok(0), |first| list(first).map(Vec::len))?;
            archive.array(&format!("channels_{k}_y{y}"), &[kraus_list.len(), rows, bob], kraus)?;
        }
    }
    let bytes = archive.finish()?;
    match steerq_check::check_bytes(&bytes) {
        steerq_check::Outcome::Verified { .. } => Ok(bytes),
        other => Err(ArchiveError::Refused(other.to_string())),
    }
}

fn malformed() -> ArchiveError {
    ArchiveError::Refused("the certificate is malformed".to_owned())
}

fn list(value: &Value) -> Result<&Vec<Value>, ArchiveError> {
    value.as_array().ok_or_else(malformed)
}

fn size(value: &Value) -> Result<usize, ArchiveError> {
    value.as_u64().and_then(|size| usize::try_from(size).ok()).ok_or_else(malformed)
}

/// The double that a rational is, exactly.
fn double(value: &Value) -> Result<f64, ArchiveError> {
    let text = value.as_str().ok_or_else(malformed)?;
    match text.parse::<RBig>().map_err(|_| malformed())?.to_f64() {
        Approximation::Exact(double) if double.is_finite() => Ok(double),
        _ => Err(ArchiveError::NotADouble(text.to_owned())),
    }
}

/// The complex numbers in nested lists, from first to last.
fn flatten(value: &Value, numbers: &mut Vec<Complex64>) -> Result<(), ArchiveError> {
    match value {
        Value::Array(items) => return items.iter().try_for_each(|item| flatten(item, numbers)),
        Value::Object(parts) if parts.len() == 2 => {
            numbers.push(Complex64::new(double(&value["re"])?, double(&value["im"])?));
        }
        _ => numbers.push(double(value)?.into()),
    }
    Ok(())
}

/// A `.npy` file of version 1.0.
fn npy(descr: &str, shape: &[usize], numbers: &[f64]) -> Vec<u8> {
    /// Headers are padded so that numbers start at a multiple of this.
    const ALIGNMENT: usize = 64;
    /// Magic string, version and the header's length.
    const BEFORE: usize = 10;
    let shape = match shape {
        [length] => format!("({length},)"),
        lengths => format!("({})", lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let length = (BEFORE + header.len() + 1).next_multiple_of(ALIGNMENT) - BEFORE;
    header += &" ".repeat(length - header.len() - 1);
    header.push('\n');
    // Five axes of a usize each are far from 65535 characters.
    let mut bytes = [b"\x93NUMPY\x01\x00".as_slice(), &(length as u16).to_le_bytes()].concat();
    bytes.extend(header.as_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

/// A ZIP archive of members without compression [APPNOTE, 4.3].
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
    numbers: usize,
}

impl Archive {
    fn array(&mut self, name: &str, shape: &[usize], value: &Value) -> Result<(), ArchiveError> {
        let mut numbers = Vec::new();
        flatten(value, &mut numbers)?;
        if numbers.len() != shape.iter().product::<usize>() {
            return Err(malformed());
        }
        self.numbers += numbers.len();
        if self.numbers > MAX_NUMBERS {
            return Err(ArchiveError::TooLarge);
        }
        let parts: Vec<f64> = numbers.iter().flat_map(|z| [z.re, z.im]).collect();
        self.member(&format!("{name}.npy"), &npy("<c16", shape, &parts))
    }

    fn member(&mut self, name: &str, content: &[u8]) -> Result<(), ArchiveError> {
        let four = |size: usize| u32::try_from(size).map_err(|_| ArchiveError::TooLarge);
        let (offset, length) = (four(self.bytes.len())?, four(content.len())?);
        self.count = self.count.checked_add(1).ok_or(ArchiveError::TooLarge)?;
        // What local header and directory have in common: version needed 1.0, no flags, method 0, midnight of
        // 1980-01-01, checksum, both sizes, the lengths of the name and of no extra field.
        let mut common = Vec::new();
        for word in [10, 0, 0, 0, 0x0021_u16] {
            common.extend(word.to_le_bytes());
        }
        for word in [crc32fast::hash(content), length, length, name.len() as u32] {
            common.extend(word.to_le_bytes());
        }
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&common);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(content);
        // Made by version 2.0 on Unix; no comment, first disk, no internal attributes; a file that all may read.
        self.directory.extend(b"PK\x01\x02\x14\x03");
        self.directory.extend(&common);
        self.directory.extend([0; 6]);
        self.directory.extend((0o100_644_u32 << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, ArchiveError> {
        let four = |size: usize| u32::try_from(size).map_err(|_| ArchiveError::TooLarge);
        let (offset, length) = (four(self.bytes.len())?, four(self.directory.len())?);
        self.bytes.append(&mut self.directory);
        self.bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
        self.bytes.extend([self.count.to_le_bytes(); 2].concat());
        self.bytes.extend([length.to_le_bytes(), offset.to_le_bytes()].concat());
        self.bytes.extend([0; 2]);
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn doubles_are_exact_or_refused() {
        for (text, value) in [("0", 0.0), ("1/4", 0.25), ("-3/1125899906842624", -3.0 / 2_f64.powi(50))] {
            assert_eq!(double(&json!(text)).ok(), Some(value), "{text}");
        }
        for text in ["1/3", "9007199254740993", "1/10"] {
            assert!(matches!(double(&json!(text)), Err(ArchiveError::NotADouble(_))), "{text}");
        }
        let huge = format!("1{}", "0".repeat(400));
        assert!(matches!(double(&json!(huge)), Err(ArchiveError::NotADouble(_))));
    }

    /// As `numpy.lib.format` writes it.
    #[test]
    fn headers_are_padded() {
        let bytes = npy("<f8", &[2], &[1.0, -2.0]);
        assert_eq!(bytes.len(), 128 + 16);
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(bytes[10..].starts_with(b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }  "));
        assert_eq!(bytes[127], b'\n');
        assert!(bytes[128..].starts_with(&1_f64.to_le_bytes()));
    }
}
