//! A problem file as it is written: serde types that mirror the TOML, with spans and without
//! meaning. Their meaning is given in [`super::compile`]; their JSON Schema is `steerq schema`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// A TOML list, and where it and each of its items stand.
pub(super) type List<T> = Spanned<Vec<Spanned<T>>>;

/// A problem of quantum steering: a scenario, and an assemblage or a functional (or both).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "steerq problem file")]
pub(super) struct ProblemFile {
    /// A line that says what the problem is.
    #[serde(default)]
    pub title: Option<String>,
    /// Where it comes from: a paper, an equation, a database.
    #[serde(default)]
    pub source: Option<String>,
    /// Who has which device.
    #[schemars(with = "ScenarioTable")]
    pub scenario: Spanned<ScenarioTable>,
    /// Named constants for the formulas: numbers, or formulas without variables such as "sqrt(2)/2".
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub parameters: BTreeMap<Spanned<String>, Spanned<Scalar>>,
    /// The states σ_{a|xy}, or the correlations p(ab|xy) in a bell problem.
    #[serde(default)]
    #[schemars(with = "Option<AssemblageTable>")]
    pub assemblage: Option<Spanned<AssemblageTable>>,
    /// The steering functional Σ tr(F_{a|xy} σ_{a|xy}).
    #[serde(default)]
    #[schemars(with = "Option<FunctionalTable>")]
    pub functional: Option<Spanned<FunctionalTable>>,
    /// What happens to the assemblage as the visibility v falls from 1 to 0; white noise by default.
    #[serde(default)]
    #[schemars(with = "Option<NoiseTable>")]
    pub noise: Option<Spanned<NoiseTable>>,
    /// The level of the hierarchy of outer approximations.
    #[serde(default)]
    pub hierarchy: Option<HierarchyTable>,
    /// A grid of problems.
    #[serde(default)]
    #[schemars(with = "Option<SweepTable>")]
    pub sweep: Option<Spanned<SweepTable>>,
    /// What is known of the problem, for `steerq atlas` to compare with.
    #[serde(default)]
    #[schemars(with = "Option<ExpectedTable>")]
    pub expected: Option<Spanned<ExpectedTable>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct ScenarioTable {
    /// `traditional`, `sequential`, `bob-with-input`, `instrumental`, `bell` or `instrumental-bell`.
    #[schemars(with = "KindName")]
    pub kind: Spanned<String>,
    /// Alice's settings x: a count, or labels. In a sequential scenario a list of counts or of lists of labels, one
    /// for each step.
    #[schemars(with = "LabelList")]
    pub settings: Spanned<LabelList>,
    /// Alice's outcomes a: a count, or labels; at least two. In a sequential scenario a list of counts or of lists of
    /// labels, one for each step.
    #[schemars(with = "LabelList")]
    pub outcomes: Spanned<LabelList>,
    /// Bob's inputs y: a count, or labels. Only in a bob-with-input or bell scenario; in an instrumental one they are
    /// Alice's outcomes.
    #[serde(default)]
    #[schemars(with = "Option<LabelList>")]
    pub inputs: Option<Spanned<LabelList>>,
    /// The dimension d of Bob's system; in a bell or instrumental-bell scenario the number of his outcomes (by default
    /// he has Alice's). They have Alice's labels if they are as many; else both count from 0.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub dimension: Option<Spanned<i64>>,
}

/// The kinds, for the schema only: the reader's own message for a wrong one says more than serde's.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum KindName {
    Traditional,
    Sequential,
    BobWithInput,
    Instrumental,
    Bell,
    InstrumentalBell,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct AssemblageTable {
    /// Whether elements that are left out are unknown rather than zero; for `steerq realise` only.
    #[serde(default)]
    #[schemars(with = "Option<bool>")]
    pub partial: Option<Spanned<bool>>,
    /// σ_{a|xy} as a formula in a, x, y; in an instrumental problem σ_{a|x} in a, x; in a bell problem p(ab|xy) in a, b, x, y; in a sequential problem in a1, a2, …,
    /// x1, x2, ….
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub formula: Option<Spanned<String>>,
    /// The elements one by one, such as [{a = 0, x = 1, y = 0, matrix = [[1, 0], [0, 1]]}]; what is
    /// left out is zero.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Element>>")]
    pub elements: Option<List<Element>>,
    /// A NumPy `.npy` file, relative to the problem file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct FunctionalTable {
    /// `max` (default) or `min`.
    #[serde(default)]
    #[schemars(with = "Option<SenseName>")]
    pub sense: Option<Spanned<String>>,
    /// F_{a|xy} as a formula in a, x, y; in a bell problem the coefficient of p(ab|xy); in a sequential problem in a1, a2,
    /// …, x1, x2, ….
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub formula: Option<Spanned<String>>,
    /// The operators one by one, such as [{a = 0, x = 1, y = 0, matrix = [[1, 0], [0, 1]]}]; what is
    /// left out is zero.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Element>>")]
    pub elements: Option<List<Element>>,
    /// A NumPy `.npy` file, relative to the problem file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
    /// `assemblage`: the assemblage's own elements as the operators.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub from: Option<Spanned<String>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum SenseName {
    Max,
    Min,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct NoiseTable {
    /// `white` (default) or `depolarising`, which is the same: tr(σ_{a|xy})·1/d. `dephasing`: diag(σ_{a|xy}). `loss`: the
    /// share 1−v of Alice's rounds is lost. `amplitude-damping`: of Bob's qubit, with decay probability 1−v.
    /// `coloured` (default if there is one): a formula, elements or a file.
    #[serde(default)]
    #[schemars(with = "Option<NoiseName>")]
    pub kind: Option<Spanned<String>>,
    /// Only with kind = "loss": the outcome that Alice answers with when a round is lost. Without it there is one more
    /// outcome, no click.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    pub binned: Option<Spanned<i64>>,
    /// The assemblage mixed in, as a formula.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub formula: Option<Spanned<String>>,
    /// The assemblage mixed in, element by element.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Element>>")]
    pub elements: Option<List<Element>>,
    /// The assemblage mixed in, as a NumPy `.npy` file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum NoiseName {
    White,
    Depolarising,
    Dephasing,
    Loss,
    AmplitudeDamping,
    Coloured,
}

/// One operator: its labels, and a matrix (or, in a bell problem, a value).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct Element {
    /// Alice's outcome; in a sequential problem a list of them, one for each step.
    #[schemars(with = "Label")]
    pub a: Spanned<Label>,
    /// Alice's setting; in a sequential problem a list of them, one for each step.
    #[schemars(with = "Label")]
    pub x: Spanned<Label>,
    /// Bob's input; only in a bob-with-input or bell problem.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    pub y: Option<Spanned<i64>>,
    /// Bob's outcome; only in a bell problem.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    pub b: Option<Spanned<i64>>,
    /// The rows of the matrix, such as [["1/2", 0], [0, "1/2"]].
    #[serde(default)]
    #[schemars(with = "Option<Vec<Vec<Scalar>>>")]
    pub matrix: Option<List<Vec<Spanned<Scalar>>>>,
    /// p(ab|xy), only in a bell problem.
    #[serde(default)]
    #[schemars(with = "Option<Scalar>")]
    pub value: Option<Spanned<Scalar>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct HierarchyTable {
    /// The level, such as "1", "2", "1+AB" or "1+AB+AAB".
    #[schemars(with = "String")]
    pub level: Spanned<String>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum ComputationName {
    Certify,
    Visibility,
    Bound,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct SweepTable {
    /// `visibility`, or a name under [parameters].
    #[schemars(with = "String")]
    pub parameter: Spanned<String>,
    /// First value: a number, or a formula without variables.
    #[schemars(with = "Scalar")]
    pub from: Spanned<Scalar>,
    /// Last value.
    #[schemars(with = "Scalar")]
    pub to: Spanned<Scalar>,
    /// Number of values, at least two.
    #[schemars(with = "u32")]
    pub points: Spanned<i64>,
    /// What is computed at each: `certify` (default if the visibility is swept), `visibility` (default if the assemblage
    /// has the parameter in its formula or elements) or `bound`.
    #[serde(default)]
    #[schemars(with = "Option<ComputationName>")]
    pub compute: Option<Spanned<String>>,
    /// How many times the interval between two neighbours of different verdicts is halved, for compute = "certify".
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub refine: Option<Spanned<i64>>,
    /// Another parameter: every value of the first with every value of the second.
    #[serde(default)]
    #[schemars(with = "Option<AxisTable>")]
    pub second: Option<Spanned<AxisTable>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct AxisTable {
    /// `visibility`, or a name under [parameters]; another one than the first.
    #[schemars(with = "String")]
    pub parameter: Spanned<String>,
    /// First value: a number, or a formula without variables.
    #[schemars(with = "Scalar")]
    pub from: Spanned<Scalar>,
    /// Last value.
    #[schemars(with = "Scalar")]
    pub to: Spanned<Scalar>,
    /// Number of values, at least two.
    #[schemars(with = "u32")]
    pub points: Spanned<i64>,
}

/// Known answers: published, or in closed form. Numbers may be formulas that use the [parameters].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ExpectedTable {
    /// The verdict on the assemblage: `post-quantum`, `quantum` or `invalid`.
    #[serde(default)]
    #[schemars(with = "Option<KnownVerdictName>")]
    pub verdict: Option<Spanned<String>>,
    /// The greatest (or least) value of the functional with common causes, such as 2 or "2*sqrt(3)".
    #[serde(default)]
    #[schemars(with = "Option<Scalar>")]
    pub classical: Option<Spanned<Scalar>>,
    /// The greatest (or least) quantum value of the functional.
    #[serde(default)]
    #[schemars(with = "Option<Scalar>")]
    pub quantum: Option<Spanned<Scalar>>,
    /// The greatest (or least) value of the functional without signalling.
    #[serde(default)]
    #[schemars(with = "Option<Scalar>")]
    pub no_signalling: Option<Spanned<Scalar>>,
    /// The greatest v with a quantum model of v·σ + (1−v)·noise.
    #[serde(default)]
    #[schemars(with = "Option<Scalar>")]
    pub visibility: Option<Spanned<Scalar>>,
    /// The greatest v with a common-cause model of v·σ + (1−v)·noise.
    #[serde(default)]
    #[schemars(with = "Option<Scalar>")]
    pub classical_visibility: Option<Spanned<Scalar>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum KnownVerdictName {
    PostQuantum,
    Quantum,
    Invalid,
}

/// A TOML table for each: what serde derives would also take a list of the values, in the order of
/// the fields.
macro_rules! tables {
    ($($table:ident),+) => {$(
        impl<'de> Deserialize<'de> for $table {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Table;
                impl<'de> Visitor<'de> for Table {
                    type Value = $table;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a table")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<$table, A::Error> {
                        // The derived function, which is inherent because of `remote = "Self"`.
                        $table::deserialize(MapAccessDeserializer::new(keys))
                    }
                }
                deserializer.deserialize_map(Table)
            }
        }
    )+};
}

tables!(
    ScenarioTable,
    AssemblageTable,
    FunctionalTable,
    NoiseTable,
    Element,
    HierarchyTable,
    SweepTable,
    AxisTable,
    ExpectedTable
);

/// A label. In a sequential problem also a list of one label for each step, or of the labels of one step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Label {
    One(i64),
    List(#[schemars(with = "Vec<i64>")] Vec<Spanned<i64>>),
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrList;
        impl<'de> Visitor<'de> for OneOrList {
            type Value = Label;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E: de::Error>(self, label: i64) -> Result<Label, E> {
                Ok(Label::One(label))
            }

            fn visit_u64<E: de::Error>(self, label: u64) -> Result<Label, E> {
                // Those that fit are i64.
                Err(E::invalid_value(de::Unexpected::Unsigned(label), &self))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Label, A::Error> {
                let mut labels = Vec::new();
                while let Some(label) = list.next_element()? {
                    labels.push(label);
                }
                Ok(Label::List(labels))
            }
        }
        deserializer.deserialize_any(OneOrList)
    }
}

/// A count n (labels 0 … n−1), or a list of labels; in a sequential problem a list with either of them for each step.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub(super) enum LabelList {
    Count(i64),
    Labels(#[schemars(with = "Vec<Label>")] Vec<Spanned<Label>>),
}

impl<'de> Deserialize<'de> for LabelList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Labels;
        impl<'de> Visitor<'de> for Labels {
            type Value = LabelList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count such as 2, or a list of integer labels such as [1, 2, 3]")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<LabelList, E> {
                Ok(LabelList::Count(count))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<LabelList, A::Error> {
                let mut labels = Vec::new();
                while let Some(label) = list.next_element()? {
                    labels.push(label);
                }
                Ok(LabelList::Labels(labels))
            }
        }
        deserializer.deserialize_any(Labels)
    }
}

/// A number, or a formula for one such as "1/2", "0.25i", "sqrt(2)/2".
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Scalar {
    Number(f64),
    Formula(String),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        impl Visitor<'_> for ScalarVisitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a formula for one such as \"1/2\" or \"0.25i\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Number(value as f64))
            }

            // Only roughly the number: its digits are read from the text.
            fn visit_i128<E: de::Error>(self, value: i128) -> Result<Scalar, E> {
                Ok(Scalar::Number(value as f64))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar::Number(value as f64))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar::Number(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Formula(text.to_owned()))
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}
