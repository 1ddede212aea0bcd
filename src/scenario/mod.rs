//! Who has which device, and what an assemblage of it looks like.
//!
//! A scenario is two devices, Alice's and Bob's, each with an input port and an output port that
//! is classical (a set of labels) or quantum (a dimension). The kinds of [Theory §1] that this
//! version knows are
//!
//! | kind | Alice | Bob |
//! |---|---|---|
//! | traditional | settings → outcomes | one input → quantum |
//! | sequential | a setting → an outcome, step after step | one input → quantum |
//! | bob-with-input | settings → outcomes | inputs → quantum |
//! | instrumental | settings → outcomes | Alice's outcome → quantum |
//! | bell | settings → outcomes | inputs → outcomes |
//! | instrumental-bell | settings → outcomes | Alice's outcome → outcomes |
//!
//! A classical output of k values is treated as the diagonal part of the k×k matrices, so that one
//! [`OperatorTable`] indexed by (a, x, y) holds assemblages, functionals and correlations alike:
//! in a Bell scenario its matrices are diagonal and entry (b, b) belongs to Bob's outcome b.
//! In an instrumental scenario y runs over Alice's outcomes, and only the elements with y = a are
//! [seen](Scenario::sees): the others are zero in a table, and mean nothing in an assemblage.
//! In a sequential scenario a and x are the tuples (a₁ … aₙ) and (x₁ … xₙ), see [`Steps`].

mod answers;
mod exact;
mod noise;
mod steps;
mod table;
mod validity;

pub use answers::Answers;
pub use noise::{damped, dephased, depolarised, no_click_label};
pub use steps::{History, Steps};
pub use table::{Assemblage, Functional, Given, Index, OperatorTable, Sense};
pub use validity::{Condition, TOLERANCE, Violation, violations};

use std::fmt;

/// The names that a paper gives to settings, outcomes or inputs, in order.
///
/// Those of a sequential scenario are tuples, with one label for each step: they are numbered, the last step
/// fastest, and the number is what [`Labels::get`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    names: Vec<i64>,
    /// The labels of each step; none where the labels are no tuples.
    steps: Vec<Labels>,
}

impl Labels {
    /// The labels as written; they must be distinct (the problem reader checks it).
    pub fn new(names: Vec<i64>) -> Self {
        Self { names, steps: Vec::new() }
    }

    /// 0, 1, …, count − 1.
    pub fn count(count: usize) -> Self {
        Self::new((0..count as i64).collect())
    }

    /// All tuples of a label of each step, the last one running fastest.
    pub fn tuples(steps: Vec<Labels>) -> Self {
        let count = steps.iter().map(Labels::len).product();
        Self { steps, ..Self::count(count) }
    }

    /// The labels of each step; empty where these labels are no tuples.
    pub fn steps(&self) -> &[Labels] {
        &self.steps
    }

    /// The tuple at a position, of one label where the labels are no tuples.
    pub fn tuple(&self, position: usize) -> Vec<i64> {
        if self.steps.is_empty() {
            return vec![self.get(position)];
        }
        let sizes: Vec<usize> = self.steps.iter().map(Labels::len).collect();
        let digits = steps::digits(&sizes, position);
        self.steps.iter().zip(digits).map(|(labels, digit)| labels.get(digit)).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The label at a position.
    pub fn get(&self, position: usize) -> i64 {
        self.names[position]
    }

    /// The position of a label.
    pub fn position(&self, label: i64) -> Option<usize> {
        self.names.iter().position(|&l| l == label)
    }

    /// All labels in order.
    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.names.iter().copied()
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list: Vec<String> = self.names.iter().map(i64::to_string).collect();
        write!(f, "{}", list.join(", "))
    }
}

/// What goes into or comes out of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// A label from a finite set.
    Classical(Labels),
    /// A quantum system of this dimension.
    Quantum(usize),
}

impl Port {
    /// The number of labels, or the dimension.
    pub fn size(&self) -> usize {
        match self {
            Port::Classical(labels) => labels.len(),
            Port::Quantum(dimension) => *dimension,
        }
    }
}

/// An untrusted device: a label in, a label out. Alice's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlackBox {
    /// The settings x.
    pub settings: Labels,
    /// The outcomes a.
    pub outcomes: Labels,
}

/// A device whose output may be quantum. Bob's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The inputs y.
    pub inputs: Labels,
    /// What the device gives back.
    pub output: Port,
}

/// The kinds of scenario, [Theory §1].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Alice measures, Bob holds a quantum system: σ_{a|x}.
    Traditional,
    /// Alice measures her share several times in a row: σ_{a₁…aₙ|x₁…xₙ}.
    Sequential,
    /// Bob chooses an input before his system is produced: σ_{a|xy} [SHSA20, Def. 1 and 2].
    BobWithInput,
    /// Bob's input is Alice's outcome: σ_{a|x} [SHSA20, Def. 3 and 4].
    Instrumental,
    /// Bob's output is classical: p(ab|xy).
    Bell,
    /// Both: p(ab|x).
    InstrumentalBell,
}

impl Kind {
    /// The name used in problem files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Traditional => "traditional",
            Kind::Sequential => "sequential",
            Kind::BobWithInput => "bob-with-input",
            Kind::Instrumental => "instrumental",
            Kind::Bell => "bell",
            Kind::InstrumentalBell => "instrumental-bell",
        }
    }

    /// Whether Bob's input is Alice's outcome.
    pub fn is_instrumental(self) -> bool {
        matches!(self, Kind::Instrumental | Kind::InstrumentalBell)
    }

    /// Whether Bob chooses an input y, so that elements are named by one.
    pub fn has_inputs(self) -> bool {
        matches!(self, Kind::BobWithInput | Kind::Bell)
    }

    /// Whether Bob's output is classical.
    pub fn is_black_box(self) -> bool {
        matches!(self, Kind::Bell | Kind::InstrumentalBell)
    }
}

/// Two devices and the name of the arrangement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The kind, which decides how results are worded and which files describe it.
    pub kind: Kind,
    /// Alice's black box: settings x → outcomes a.
    pub alice: BlackBox,
    /// Bob's device: inputs y → a quantum system or outcomes b.
    pub bob: Device,
}

impl Scenario {
    /// Alice's settings x.
    pub fn settings(&self) -> &Labels {
        &self.alice.settings
    }

    /// Alice's outcomes a.
    pub fn outcomes(&self) -> &Labels {
        &self.alice.outcomes
    }

    /// Bob's inputs y: a single one in the traditional scenario, Alice's outcomes in an instrumental one.
    pub fn inputs(&self) -> &Labels {
        &self.bob.inputs
    }

    /// Bob's dimension d, or the number of his outcomes in a Bell scenario: the side of every
    /// matrix in an [`OperatorTable`].
    pub fn dimension(&self) -> usize {
        self.bob.output.size()
    }

    /// Whether Bob's operators are diagonal (his output is classical).
    pub fn is_diagonal(&self) -> bool {
        matches!(self.bob.output, Port::Classical(_))
    }

    /// Whether the element at an index is one of an assemblage's: in an instrumental scenario, if y = a.
    pub fn sees(&self, index: Index) -> bool {
        !self.kind.is_instrumental() || index.y == index.a
    }

    /// Where Alice's answer a to x is seen first: the trace there is p(a|x).
    pub fn first_seen(&self, a: usize, x: usize) -> Index {
        Index { a, x, y: if self.kind.is_instrumental() { a } else { 0 } }
    }

    /// The shape (outcomes, settings, inputs) of an [`OperatorTable`].
    pub fn shape(&self) -> [usize; 3] {
        [self.outcomes().len(), self.settings().len(), self.inputs().len()]
    }

    /// The element at an index as the paper writes it: σ_{a|xy} with the labels put in.
    pub fn element_name(&self, symbol: &str, index: Index) -> String {
        let a = self.outcomes().get(index.a);
        let x = self.settings().get(index.x);
        match self.kind {
            Kind::Traditional | Kind::Instrumental => format!("{symbol}_{{{a}|{x}}}"),
            Kind::Sequential => {
                let [a, x] = [(self.outcomes(), index.a), (self.settings(), index.x)]
                    .map(|(labels, position)| steps::shown(&labels.tuple(position)));
                format!("{symbol}_{{{a}|{x}}}")
            }
            Kind::BobWithInput => {
                let y = self.inputs().get(index.y);
                if [a, x, y].iter().all(|l| (0..10).contains(l)) {
                    format!("{symbol}_{{{a}|{x}{y}}}")
                } else {
                    format!("{symbol}_{{{a}|{x},{y}}}")
                }
            }
            Kind::Bell => format!("{symbol}({a},·|{x},{})", self.inputs().get(index.y)),
            Kind::InstrumentalBell => format!("{symbol}({a},·|{x})"),
        }
    }

    /// What row `b` of an element of an assemblage belongs to: p(a,b|x,y) in a Bell scenario, else
    /// the whole element.
    pub fn part_name(&self, index: Index, b: usize) -> String {
        match &self.bob.output {
            Port::Quantum(_) => self.element_name("σ", index),
            Port::Classical(outcomes) => {
                let a = self.outcomes().get(index.a);
                let (b, x) = (outcomes.get(b), self.settings().get(index.x));
                match self.kind.has_inputs() {
                    true => format!("p({a},{b}|{x},{})", self.inputs().get(index.y)),
                    false => format!("p({a},{b}|{x})"),
                }
            }
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [outcomes, settings, inputs] = self.shape();
        if self.kind == Kind::Sequential {
            let [settings, outcomes] = [self.settings(), self.outcomes()].map(steps::shown_counts);
            let steps = self.settings().steps().len();
            let noun = if steps == 1 { "step" } else { "steps" };
            write!(f, "{}: {steps} {noun} of {settings} settings, {outcomes} outcomes", self.kind.name())?;
        } else {
            write!(f, "{}: {settings} settings, {outcomes} outcomes", self.kind.name())?;
        }
        if self.kind.has_inputs() {
            write!(f, ", {inputs} inputs")?;
        }
        match &self.bob.output {
            Port::Quantum(d) => write!(f, ", d = {d}"),
            Port::Classical(labels) => write!(f, ", {} outcomes of Bob's", labels.len()),
        }
    }
}
