//! Models read back from certificates (`docs/certificate.md`, §7), in floating point: to be shown, never to prove anything.

use dashu_ratio::RBig;
use faer::Mat;
use num_complex::Complex64;
use serde_json::Value;

use crate::model::Component;

/// Why a certificate gives no model.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// Its proof is another one.
    #[error("the proof of this certificate, `{0}`, has no explicit model")]
    NoModel(String),
    /// Not what `docs/certificate.md` describes.
    #[error("{place} of the model must be {wanted}")]
    Malformed {
        /// Where.
        place: String,
        /// What is expected.
        wanted: &'static str,
    },
}

/// The components of the model in a certificate.
pub fn components(certificate: &Value) -> Result<Vec<Component>, ComponentError> {
    let proof = &certificate["proof"];
    let Some(components) = proof["components"].as_array() else {
        let method = proof["method"].as_str().unwrap_or("none");
        return Err(ComponentError::NoModel(method.to_owned()));
    };
    if components.is_empty() {
        return Err(malformed("components", "a list of at least one component"));
    }
    let size = |key: &str| count(&certificate["scenario"][key], key);
    let dimension = size("dimension")?;
    // In a sequential scenario settings and outcomes are lists, and there are no models of this form.
    let (settings, outcomes) = (size("settings")?, size("outcomes")?);
    components
        .iter()
        .map(|component| {
            let (alice, bob) = (count(&component["alice"], "alice")?, count(&component["bob"], "bob")?);
            let amplitudes = list(&component["state"], "state")?;
            if amplitudes.len() != alice * bob {
                return Err(malformed("state", "a list of alice × bob numbers"));
            }
            let amplitudes = amplitudes.iter().map(complex).collect::<Result<Vec<_>, _>>()?;
            // By x, then a.
            let measurements = matrices(&component["measurements"], "measurements", alice, alice)?;
            if measurements.len() != settings * outcomes {
                return Err(malformed("measurements", "one matrix for each setting and outcome"));
            }
            let measurements = measurements.chunks(outcomes).map(<[_]>::to_vec).collect();
            let channels = list(&component["channels"], "channels")?
                .iter()
                .map(|of_y| matrices(of_y, "channels", dimension, bob))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Component {
                weight: rational(&component["weight"])?,
                state: Mat::from_fn(alice, bob, |i, j| amplitudes[bob * i + j]),
                measurements,
                channels,
            })
        })
        .collect()
}

fn malformed(place: &str, wanted: &'static str) -> ComponentError {
    ComponentError::Malformed { place: format!("`{place}`"), wanted }
}

fn list<'a>(value: &'a Value, place: &str) -> Result<&'a Vec<Value>, ComponentError> {
    value.as_array().ok_or_else(|| malformed(place, "a list"))
}

fn count(value: &Value, place: &str) -> Result<usize, ComponentError> {
    let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
    // As many as the format allows; nothing larger is multiplied.
    size.filter(|size| (1..=4096).contains(size)).ok_or_else(|| malformed(place, "a small positive integer"))
}

fn matrices(
    value: &Value,
    place: &str,
    rows: usize,
    columns: usize,
) -> Result<Vec<Mat<Complex64>>, ComponentError> {
    list(value, place)?.iter().map(|rows_of| matrix(rows_of, place, rows, columns)).collect()
}

fn matrix(value: &Value, place: &str, rows: usize, columns: usize) -> Result<Mat<Complex64>, ComponentError> {
    let given = list(value, place)?;
    let mut entries = Vec::with_capacity(rows * columns);
    for row in given {
        let row = list(row, place)?;
        if row.len() != columns {
            return Err(malformed(place, "a matrix of the dimensions of the component"));
        }
        for entry in row {
            entries.push(complex(entry)?);
        }
    }
    if given.len() != rows {
        return Err(malformed(place, "a matrix of the dimensions of the component"));
    }
    Ok(Mat::from_fn(rows, columns, |i, j| entries[columns * i + j]))
}

fn complex(value: &Value) -> Result<Complex64, ComponentError> {
    match value {
        Value::Object(parts) if parts.len() == 2 => {
            Ok(Complex64::new(rational(&value["re"])?, rational(&value["im"])?))
        }
        _ => rational(value).map(Complex64::from),
    }
}

fn rational(value: &Value) -> Result<f64, ComponentError> {
    let number =
        value.as_str().and_then(|text| text.parse::<RBig>().ok()).map(|number| number.to_f64().value());
    number.filter(|number| number.is_finite()).ok_or_else(|| malformed("a number", "a rational as text"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_component_is_read_as_it_is_written() {
        let component = json!({
            "weight": "1/4", "alice": 1, "bob": 2, "state": ["3/5", {"re": "0", "im": "-4/5"}],
            "measurements": [[["1"]], [["0"]]],
            "channels": [[[["1", "0"], ["0", {"re": "0", "im": "1/2"}]]]],
        });
        let certificate = |component: Value| {
            json!({
                "scenario": {"kind": "bob-with-input", "settings": 1, "outcomes": 2, "inputs": 1, "dimension": 2},
                "proof": {"method": "model", "components": [component]},
            })
        };
        let read = components(&certificate(component.clone())).unwrap();
        let [one] = read.as_slice() else { panic!("one component") };
        assert_eq!((one.weight, one.alice(), one.bob()), (0.25, 1, 2));
        assert_eq!(one.state[(0, 1)], Complex64::new(0.0, -0.8));
        assert_eq!(one.channels[0][0][(1, 1)], Complex64::new(0.0, 0.5));
        for (key, wrong) in [
            ("weight", json!(0.25)),
            ("bob", json!(0)),
            ("state", json!(["1"])),
            ("measurements", json!([])),
            ("channels", json!([[[["1"]]]])),
            ("channels", json!([[[["1", "0"]]]])),
        ] {
            let mut changed = component.clone();
            changed[key] = wrong;
            let error = components(&certificate(changed)).unwrap_err();
            assert!(matches!(error, ComponentError::Malformed { .. }), "{key}: {error}");
        }
        let none = json!({"proof": {"method": "model", "components": []}});
        assert!(matches!(components(&none), Err(ComponentError::Malformed { .. })));
        let other = json!({"proof": {"method": "gram"}});
        assert_eq!(
            components(&other).unwrap_err().to_string(),
            "the proof of this certificate, `gram`, has no explicit model"
        );
    }
}
