//! What a certificate is: scenario, claim, tables and proof (docs/certificate.md §2 and §3).

use std::fmt;

use dashu_int::UBig;
use dashu_ratio::RBig;

use crate::algebra::{Algebra, Device, Word};
use crate::number::Matrix;
use crate::positive::Gaussian;

/// What kind of scenario (docs/certificate.md §2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Traditional,
    Sequential,
    BobWithInput,
    Bell,
    Instrumental,
    InstrumentalBell,
}

/// A scenario; `dimension` is Bob's dimension or, in a Bell scenario, his number of outcomes.
///
/// In a sequential scenario settings and outcomes are counted as tuples.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub kind: Kind,
    pub settings: usize,
    pub outcomes: usize,
    pub inputs: usize,
    pub dimension: usize,
    /// Settings and outcomes of each step of a sequential scenario.
    pub steps: Vec<Step>,
}

/// Numbers of labels in one step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub settings: usize,
    pub outcomes: usize,
}

impl Scenario {
    /// The place of F_{a|xy} in a table.
    pub fn place(&self, a: usize, x: usize, y: usize) -> usize {
        (a * self.settings + x) * self.inputs + y
    }

    /// Every (a, x, y), in the order of tables.
    pub fn labels(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let Scenario { settings, outcomes, inputs, .. } = *self;
        (0..outcomes).flat_map(move |a| (0..settings).flat_map(move |x| (0..inputs).map(move |y| (a, x, y))))
    }

    /// Whether Bob has outcomes instead of a quantum system, so that his elements are diagonal.
    pub fn is_bell(&self) -> bool {
        matches!(self.kind, Kind::Bell | Kind::InstrumentalBell)
    }

    /// Whether Bob's input is Alice's outcome, so that only the elements with y = a are seen.
    pub fn is_instrumental(&self) -> bool {
        matches!(self.kind, Kind::Instrumental | Kind::InstrumentalBell)
    }

    /// Whether an assemblage of the scenario has an element, for every (a, x, y) in the order of tables.
    pub fn seen(&self) -> impl Iterator<Item = bool> + use<> {
        let all = !self.is_instrumental();
        self.labels().map(move |(a, _, y)| all || a == y)
    }

    /// Over how many choices of x, and of y where it is one, a trace distance is a mean (docs/certificate.md §13).
    pub fn choices(&self) -> usize {
        if self.is_instrumental() { self.settings } else { self.settings * self.inputs }
    }

    /// The scenario in which the elements that are not seen in an instrumental one are elements as well.
    pub fn with_all_seen(&self) -> Scenario {
        let kind = match self.kind {
            Kind::Instrumental => Kind::BobWithInput,
            Kind::InstrumentalBell => Kind::Bell,
            kind => kind,
        };
        Scenario { kind, ..self.clone() }
    }

    /// What an assemblage of the scenario is called.
    pub fn assemblage(&self) -> &'static str {
        if self.is_instrumental() { "instrumental assemblage" } else { "assemblage" }
    }

    /// The algebra of docs/certificate.md §4.
    pub fn algebra(&self, unitary: bool) -> Algebra {
        let bob = if self.is_bell() {
            Device::Measurement { outcomes: self.dimension }
        } else {
            Device::of_dimension(self.dimension)
        };
        let devices = [Device::Measurement { outcomes: self.outcomes }, bob];
        Algebra::new(if unitary { devices.map(Device::in_unitaries) } else { devices })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scenario { settings, outcomes, inputs, dimension, .. } = self;
        match self.kind {
            Kind::Traditional => {
                write!(f, "traditional scenario ({settings} settings, {outcomes} outcomes, d = {dimension})")
            }
            Kind::Sequential => {
                let list = |number: fn(&Step) -> usize| {
                    self.steps.iter().map(|step| number(step).to_string()).collect::<Vec<_>>().join(", ")
                };
                let (settings, outcomes) = (list(|step| step.settings), list(|step| step.outcomes));
                write!(
                    f,
                    "sequential scenario (settings step by step: {settings}; outcomes: {outcomes}; d = {dimension})"
                )
            }
            Kind::BobWithInput => write!(
                f,
                "bob-with-input scenario ({settings} settings, {outcomes} outcomes, {inputs} inputs, d = {dimension})"
            ),
            Kind::Bell => write!(
                f,
                "bell scenario (Alice: {settings} settings, {outcomes} outcomes; Bob: {inputs} settings, {dimension} outcomes)"
            ),
            Kind::Instrumental => write!(
                f,
                "instrumental scenario (elements σ_{{a|x}}: {settings} settings x, {outcomes} outcomes a, which are Bob's \
                 inputs, d = {dimension})"
            ),
            Kind::InstrumentalBell => write!(
                f,
                "instrumental-bell scenario (elements p(ab|x): {settings} settings x, {outcomes} outcomes a, which are \
                 Bob's settings, {dimension} outcomes b)"
            ),
        }
    }
}

/// One matrix for every (a, x, y).
pub type Table = Vec<Matrix>;

/// A decimal fraction as it was written, and its value.
#[derive(Clone, Debug)]
pub struct Decimal {
    pub text: String,
    pub value: RBig,
}

/// A set of assemblages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Set {
    Quantum,
    CommonCause,
    NoSignalling,
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Set::Quantum => "quantum",
            Set::CommonCause => "common-cause",
            Set::NoSignalling => "no-signalling",
        })
    }
}

/// What is claimed beyond the bound (docs/certificate.md §3).
#[derive(Debug)]
pub enum Claim {
    /// ⟨F, σ⟩ ≤ bound on the set, or ≥ bound if `minimum`.
    Bound { minimum: bool },
    /// The assemblage exceeds the bound by `violation`. Elements that it does not have are zero in it.
    Violation { assemblage: Table, violation: Decimal },
    /// Mixtures with noise are outside the set above `visibility`.
    Visibility { assemblage: Table, noise: Table, visibility: Decimal },
    /// The assemblage is not in the set with less noise than `robustness`; ⟨F, noise⟩ ≥ least.
    Robustness { assemblage: Table, noise: Noise, least: Decimal, robustness: Decimal },
    /// No less than `weight` of the assemblage is outside the set; ⟨F, γ⟩ ≤ most for all no-signalling γ.
    Weight { assemblage: Table, general: Multipliers, most: Decimal, weight: Decimal },
    /// The assemblage is no nearer to the set than `distance`; −most ≤ F ≤ most in every element.
    TraceDistance { assemblage: Table, most: Decimal, distance: Decimal },
}

impl Claim {
    /// The assemblage and the noise whose mixtures it is about, if it is about these.
    pub fn mixed(&self) -> Option<[&Table; 2]> {
        match self {
            Claim::Visibility { assemblage, noise, .. }
            | Claim::Robustness { assemblage, noise: Noise::Given(noise), .. } => Some([assemblage, noise]),
            _ => None,
        }
    }
}

/// Which noise, and what proves the least ⟨F, noise⟩ (docs/certificate.md §13).
#[derive(Debug)]
pub enum Noise {
    /// Every no-signalling assemblage.
    Any(Multipliers),
    /// Those with Bob's states of the assemblage.
    Consistent(Multipliers),
    /// One table.
    Given(Table),
}

/// The Gram matrix of docs/certificate.md §4: upper triangle column by column, in units of 2^−scale.
#[derive(Debug)]
pub struct Gram {
    /// Whether measurements of more than two outcomes have unitary letters.
    pub unitary: bool,
    pub words: Vec<Word>,
    pub scale: usize,
    pub re: Vec<i64>,
    /// Empty if the matrix is real.
    pub im: Vec<i64>,
    pub margin: RBig,
    /// What vanishes for the mixtures that the claim is about; nothing, for most claims.
    pub vanishing: Vec<Vanishing>,
}

/// K with K·σ_{a|xy} = 0, and the multiples of products with M_{a|x} B_y(K) that are added (docs/certificate.md §4).
#[derive(Debug)]
pub struct Vanishing {
    pub outcome: usize,
    pub setting: usize,
    pub input: usize,
    pub operator: Matrix,
    /// The word, and 2^scale times its coefficient as (re, im).
    pub terms: Vec<(Word, (i64, i64))>,
}

impl Gram {
    /// 2^scale·G_ij as (re, im).
    pub fn entry(&self, i: usize, j: usize) -> (i64, i64) {
        let (row, column) = (i.min(j), i.max(j));
        let place = column * (column + 1) / 2 + row;
        let im = self.im.get(place).copied().unwrap_or(0);
        (self.re[place], if i <= j { im } else { -im })
    }
}

/// L_{xy} and t_{axy}, of docs/certificate.md §6.
#[derive(Debug)]
pub struct Multipliers {
    pub marginal: Vec<Matrix>,
    pub trace: Vec<RBig>,
}

/// What proves the bound.
#[derive(Debug)]
pub enum Proof {
    Gram(Gram),
    /// μ_{λ,y}, of docs/certificate.md §5.
    Strategies(Vec<Vec<RBig>>),
    Multipliers(Multipliers),
    /// L_{a_1…a_{k−1}|x_1…x_k} for each step k, of docs/certificate.md §6.
    Steps(Vec<Vec<Matrix>>),
    Witness(Witness),
    SelfTest(SelfTest),
}

/// What makes an assemblage of a reference (docs/certificate.md §9).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Maps {
    Channels,
    Decomposable,
}

impl fmt::Display for Maps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Maps::Channels => "channels",
            Maps::Decomposable => "decomposable maps",
        })
    }
}

/// τ_{a|x}, a, then x fastest, of its own dimension (docs/certificate.md §9).
#[derive(Debug)]
pub struct Reference {
    pub dimension: usize,
    pub elements: Vec<Matrix>,
}

/// A table some elements of which may not be given; they are zero in it.
#[derive(Debug)]
pub struct Partial {
    pub table: Table,
    pub given: Vec<bool>,
}

/// A bound on what maps make of a reference (docs/certificate.md §9).
#[derive(Debug)]
pub struct Witness {
    pub maps: Maps,
    pub reference: Reference,
    /// Which elements of the claim's tables are given.
    pub given: Vec<bool>,
    /// K_y.
    pub multipliers: Vec<Matrix>,
}

/// A bound on what channels make of the assemblage's own elements for one y (docs/certificate.md §10).
#[derive(Debug)]
pub struct SelfTest {
    /// The elements for that y: a, then x fastest.
    pub reference: Vec<Matrix>,
    pub margin: RBig,
    /// K_y.
    pub multipliers: Vec<Matrix>,
}

/// The Choi matrix J¹ + (J²)^Γ of a map (docs/certificate.md §9).
#[derive(Debug)]
pub struct Choi {
    pub direct: Matrix,
    pub transposed: Option<Matrix>,
}

/// Numbers over a common denominator.
#[derive(Debug)]
pub struct Numbers {
    pub denominator: UBig,
    pub numerators: Vec<Gaussian>,
}

/// One of the models that docs/certificate.md §7 adds up.
#[derive(Debug)]
pub struct Component {
    pub weight: RBig,
    pub alice: usize,
    pub bob: usize,
    /// ψ_ij, j fastest.
    pub state: Numbers,
    /// M_{a|x} one after the other, x and then a fastest, each in rows.
    pub measurements: Numbers,
    /// For each y all K one after the other, each in rows.
    pub channels: Vec<Numbers>,
}

/// A model, and its share in the target (docs/certificate.md §7).
#[derive(Debug)]
pub struct Shared {
    pub model: Vec<Component>,
    pub share: RBig,
    /// The elements that an instrumental target lacks; those that it has are zero here.
    pub completion: Option<Table>,
}

/// That something is quantum, by a model or, in the scenarios of docs/certificate.md §8, as it is positive.
#[derive(Debug)]
pub enum Example {
    Model(Vec<Component>),
    Near(Table),
}

/// An assemblage of a set, by what makes it one (docs/certificate.md §13).
#[derive(Debug)]
pub enum Member {
    Model(Vec<Component>),
    /// ρ_{λ,y}.
    CommonCauses(Vec<Vec<Matrix>>),
}

/// How far an assemblage is from a set at most (docs/certificate.md §13).
#[derive(Debug)]
pub enum Distance {
    Robustness(Decimal),
    Weight(Decimal),
    /// With what is no less than 0 and than assemblage − ω in every element.
    Trace(Decimal, Table),
}

/// What is claimed to exist, by giving it (docs/certificate.md §3).
#[derive(Debug)]
pub enum Existence {
    /// ⟨F, σ⟩ ≥ value for some quantum σ, or ≤ value if `minimum`.
    Value { functional: Table, minimum: bool, value: Decimal, example: Example },
    /// The assemblage: by a model, or of itself as §8 has it.
    Quantum { assemblage: Table, proof: Option<Shared> },
    /// v·assemblage + (1−v)·noise for v = visibility.
    Mixture { assemblage: Table, noise: Table, visibility: Decimal, proof: Shared },
    /// Something that differs by at most `deviation` from the assemblage.
    Approximation { assemblage: Table, deviation: Decimal, example: Example },
    /// Maps that make of the reference what differs by at most `deviation` from the assemblage.
    Realisable { reference: Reference, assemblage: Partial, deviation: Decimal, maps: Vec<Choi> },
    /// A member of a set that is as near to the assemblage; `completion` has the elements that an instrumental one lacks.
    Near { assemblage: Table, completion: Option<Table>, distance: Distance, member: Member },
}

/// A bound on a set, and what follows from it.
#[derive(Debug)]
pub struct Bounded {
    pub claim: Claim,
    pub bound: Decimal,
    pub functional: Table,
    pub proof: Proof,
}

/// The two sorts of claims.
#[derive(Debug)]
pub enum Statement {
    Bounded(Box<Bounded>),
    Existence(Box<Existence>),
}

/// A well-formed certificate.
#[derive(Debug)]
pub struct Certificate {
    pub scenario: Scenario,
    pub statement: Statement,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_a_gram_matrix() {
        let gram = Gram {
            unitary: false,
            words: vec![vec![]; 3],
            scale: 0,
            re: (1..7).collect(),
            im: (11..17).collect(),
            margin: RBig::ZERO,
            vanishing: Vec::new(),
        };
        // Column by column: (0,0), (0,1), (1,1), (0,2), (1,2), (2,2).
        assert_eq!([gram.entry(0, 1), gram.entry(0, 2), gram.entry(1, 2)], [(2, 12), (4, 14), (5, 15)]);
        assert_eq!([gram.entry(1, 0), gram.entry(2, 1), gram.entry(2, 2)], [(2, -12), (5, -15), (6, 16)]);
    }

    #[test]
    fn order_of_tables() {
        let (kind, steps) = (Kind::BobWithInput, Vec::new());
        let scenario = Scenario { kind, settings: 3, outcomes: 2, inputs: 4, dimension: 2, steps };
        let places: Vec<_> = scenario.labels().map(|(a, x, y)| scenario.place(a, x, y)).collect();
        assert_eq!(places, (0..24).collect::<Vec<_>>());
        assert_eq!(scenario.place(1, 2, 3), 23);
        assert_eq!(scenario.place(0, 1, 0), 4);
    }
}
