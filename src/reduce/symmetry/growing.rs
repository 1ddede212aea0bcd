//! Bound programs of sets of words that grow by orbits.
//!
//! The blocks are those of [`apply`](super::apply), of which only the entries between new orbits and the others are computed where
//! an orbit is added. Moments are told apart by [the least words](OrbitMoments) that they become, so that no moment matrix is
//! written down, whose entries are as many as the square of the words.

use std::collections::BTreeMap;

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::blocks::{Entries, Filled, add_pairs, block, cells, rows, scale};
use super::{Reduced, Value};
use crate::algebra::{Algebra, Letter, Polynomial, Word};
use crate::linalg::EigenError;
use crate::program::{Block, Program, Solution};
use crate::symmetry::{Bases, Group, OrbitMoments};

/// The orbits that were looked at so far, and what is known of them.
pub struct Growing<'a> {
    group: &'a Group,
    moments: OrbitMoments<'a>,
    bases: Bases<'a>,
    /// The words of all orbits, one after another.
    words: Vec<Word>,
    /// By representative: the number of its orbit.
    numbers: FxHashMap<Word, usize>,
    /// By pair of orbits, the first not after the second: (representation, rows of all its copies).
    pairs: FxHashMap<(usize, usize), Vec<(usize, Filled)>>,
}

/// The program of a set of orbits.
pub struct Grown {
    /// Their numbers, ascending.
    pub orbits: Vec<usize>,
    /// The program.
    pub program: Program,
    /// Its variables by those of all orbits.
    variables: FxHashMap<u32, u32>,
    /// By representation: its block.
    blocks: Vec<Option<usize>>,
    /// By representation: the rows of all copies that are in its block, and where.
    places: Vec<FxHashMap<u32, u32>>,
    words: usize,
}

impl Grown {
    /// The number of words.
    pub fn words(&self) -> usize {
        self.words
    }
}

/// A point on the way to the optimum of a program.
pub struct Point {
    y: Vec<f64>,
    z: Vec<Mat<Complex64>>,
    /// By block, tr(XZ) for each row.
    mu: Vec<f64>,
}

impl Point {
    /// What a solver has found.
    pub fn new(grown: &Grown, solution: Solution) -> Self {
        let Solution { y, dual, .. } = solution;
        let z = dual.blocks;
        let mu = |(block, z): (&Block, &Mat<Complex64>)| {
            let x = block.at(&y);
            let n = block.size;
            let products =
                (0..n).flat_map(|j| (0..n).map(move |i| (i, j))).map(|at| (x[at].conj() * z[at]).re);
            products.sum::<f64>() / n as f64
        };
        let mu = grown.program.blocks.iter().zip(&z).map(mu).collect();
        Self { y, z, mu }
    }
}

/// About what an orbit does.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    /// What it takes off a bound.
    pub gain: f64,
    /// The variables that it adds, but for those of products of its own words.
    pub variables: usize,
}

impl<'a> Growing<'a> {
    /// Of words in an algebra in unitaries. `None` if the group mixes letters.
    pub fn new(algebra: &'a Algebra, group: &'a Group) -> Option<Self> {
        let moments = OrbitMoments::new(algebra, group)?;
        let bases = Bases::new(group);
        let (words, numbers, pairs) = Default::default();
        Some(Self { group, moments, bases, words, numbers, pairs })
    }

    /// The algebra of the words.
    pub fn algebra(&self) -> &'a Algebra {
        self.moments.algebra()
    }

    /// The words of some orbits, one after another.
    pub fn all_words(&self, orbits: &[usize]) -> Vec<Word> {
        orbits.iter().flat_map(|&orbit| self.words(orbit)).cloned().collect()
    }

    /// The number of the orbit of a word, which may be new.
    pub fn orbit(&mut self, word: &Word) -> Result<usize, EigenError> {
        let representative = self.moments.representative(word);
        if let Some(&number) = self.numbers.get(&representative) {
            return Ok(number);
        }
        let orbit = self.moments.orbit(&representative);
        self.bases.add_orbit(&orbit)?;
        self.words.extend(orbit);
        let number = self.numbers.len();
        self.numbers.insert(representative, number);
        Ok(number)
    }

    /// The orbits of the words that have one letter more than those of an orbit, before or after their letters of the same device.
    pub fn longer(&mut self, orbit: usize) -> Result<Vec<usize>, EigenError> {
        let word = self.words(orbit)[0].clone();
        let algebra = self.moments.algebra();
        let mut orbits = Vec::new();
        for device in 0..algebra.devices().len() {
            let own = word.of_device(device);
            for letter in algebra.letters(device) {
                let apart =
                    |other: Option<&Letter>| other.is_none_or(|other| other.input() != letter.input());
                let before = apart(own.first()).then(|| [&[letter], own].concat());
                let after = apart(own.last()).then(|| [own, &[letter]].concat());
                for longer in before.into_iter().chain(after) {
                    let parts = (0..algebra.devices().len())
                        .map(|other| if other == device { longer.as_slice() } else { word.of_device(other) });
                    orbits.push(self.orbit(&Word::from_letters(&parts.collect::<Vec<_>>().concat()))?);
                }
            }
        }
        orbits.sort_unstable();
        orbits.dedup();
        Ok(orbits)
    }

    /// The words of an orbit.
    pub fn words(&self, orbit: usize) -> &[Word] {
        let numbers = &self.bases.adapted().components[orbit].words;
        &self.words[numbers[0]..numbers[0] + numbers.len()]
    }

    /// The program of maximising sign·Re⟨objective⟩ over the moment matrices of some orbits, in ascending order; `None` if a word
    /// of the objective is not a product of theirs. The objective must be one that the group leaves unchanged.
    pub fn program(
        &mut self,
        orbits: &[usize],
        objective: &Polynomial,
        sign: f64,
    ) -> Result<Option<Grown>, EigenError> {
        let pairs = || {
            orbits
                .iter()
                .enumerate()
                .flat_map(|(k, &second)| orbits[..=k].iter().map(move |&first| (first, second)))
        };
        for (first, second) in pairs() {
            self.fill(first, second)?;
        }
        let isotypics = &self.bases.adapted().isotypics;
        let mut program = Program::default();
        let mut variables: FxHashMap<u32, u32> = FxHashMap::default();
        let mut filled: Vec<Filled> = vec![Filled::default(); isotypics.len()];
        let mut places: Vec<FxHashMap<u32, u32>> = Vec::with_capacity(isotypics.len());
        for isotypic in isotypics {
            let kept =
                isotypic.copies.iter().enumerate().filter(|(_, copy)| orbits.contains(&copy.component));
            let side = rows(isotypic.units);
            let kept = kept.flat_map(|(a, _)| (0..side).map(move |i| (a * side + i) as u32));
            places.push(kept.enumerate().map(|(place, row)| (row, place as u32)).collect());
        }
        for pair in pairs() {
            for (isotypic, entries) in &self.pairs[&pair] {
                for (&(row, column), value) in entries {
                    let number = |&(k, value): &(u32, Complex64)| {
                        let number = variables.entry(k).or_insert_with(|| program.add_variable(0.0, 1.0));
                        (*number, value)
                    };
                    let terms = value.terms.iter().map(number).collect();
                    let cell = (places[*isotypic][&row], places[*isotypic][&column]);
                    filled[*isotypic].insert(cell, Value { constant: value.constant, terms });
                }
            }
        }
        for (word, coefficient) in objective.terms() {
            let weight = sign * coefficient.approx();
            if word.is_empty() {
                program.offset += weight.re;
                continue;
            }
            for (variable, value) in self.moments.moment(word)? {
                let Some(&number) = variables.get(&variable) else { return Ok(None) };
                program.objective[number as usize] += (weight * value).re;
            }
        }
        let words: usize = orbits.iter().map(|&orbit| self.words(orbit).len()).sum();
        let mut blocks = vec![None; isotypics.len()];
        for (number, filled) in filled.into_iter().enumerate() {
            if !places[number].is_empty() {
                blocks[number] = Some(program.blocks.len());
                let copies = places[number].len() / rows(isotypics[number].units);
                program.blocks.push(block(&isotypics[number], copies, filled, words as f64));
            }
        }
        Ok(Some(Grown { orbits: orbits.to_vec(), program, variables, blocks, places, words }))
    }

    /// Computes what an [estimate](Self::estimate) needs.
    pub fn prepare(&mut self, grown: &Grown, orbit: usize) -> Result<(), EigenError> {
        for &other in &grown.orbits {
            self.fill(other.min(orbit), other.max(orbit))?;
        }
        Ok(())
    }

    /// About what an orbit that is added takes off the bound of a program with variables y and multipliers Z at a point, once it
    /// is [prepared](Self::prepare).
    ///
    /// Rows of new words add to a block X the entries B beside it and C below. Multipliers M of B and N of C with N ⪰ M†Z⁻¹M take
    /// off −2 Re tr(M†B) − tr(NC), if M vanishes on the moments v that are new: at most, over M,
    ///
    /// ```text
    /// min_v tr(B(y, v)† Z B(y, v) C⁻¹) ,
    /// ```
    ///
    /// with C about its diagonal, a multiple of 1: a problem of least squares. It is zero if there are new moments with which the
    /// columns of B are in the range of X. What it leaves out is that the other multipliers have to remain positive.
    ///
    /// On the way to the optimum, where Z = μX⁻¹, X can be continued by a column b if b†X⁻¹b ≤ C, and then b†Zb/C ≤ μ: that is no
    /// gain, and is left out of it.
    pub fn estimate(&self, grown: &Grown, point: &Point, orbit: usize) -> Estimate {
        let mut unknown = FxHashMap::default();
        let mut columns: BTreeMap<(usize, u32), Vec<Cell>> = BTreeMap::new();
        for &other in &grown.orbits {
            for (isotypic, filled) in
                self.pairs.get(&(other.min(orbit), other.max(orbit))).into_iter().flatten()
            {
                let Some(block) = grown.blocks[*isotypic] else { continue };
                // Where the new orbit comes first these are the entries of the adjoint.
                let adjoint = other > orbit;
                let turned = |value: Complex64| if adjoint { value.conj() } else { value };
                for (&(row, column), value) in filled {
                    let (row, column) = if adjoint { (column, row) } else { (row, column) };
                    let place = grown.places[*isotypic][&row] as usize;
                    let mut cell = Cell { block, row: place, known: turned(value.constant), new: Vec::new() };
                    for &(k, value) in &value.terms {
                        match grown.variables.get(&k) {
                            Some(&number) => cell.known += turned(value) * point.y[number as usize],
                            None => {
                                let next = unknown.len();
                                cell.new.push((*unknown.entry(k).or_insert(next), turned(value)));
                            }
                        }
                    }
                    columns.entry((*isotypic, column)).or_default().push(cell);
                }
            }
        }
        let mut squares = LeastSquares::new(unknown.len());
        let mut feasible = 0.0;
        for ((isotypic, _), column) in &columns {
            let diagonal = scale(&self.bases.adapted().isotypics[*isotypic]);
            feasible += point.mu[column[0].block];
            for one in column {
                for other in column {
                    squares.add(point.z[one.block][(one.row, other.row)] / diagonal, one, other);
                }
            }
        }
        Estimate { gain: squares.least() - feasible, variables: unknown.len() }
    }

    /// The way back from such a program, to a moment matrix of the words of the orbits, one after another.
    pub fn reduced(&self, grown: &Grown) -> Reduced {
        let adapted = self.bases.adapted().restricted(&grown.orbits);
        Reduced {
            program: Program::default(),
            order: self.group.order(),
            antilinear: self.group.antilinear(),
            words: adapted.components.iter().map(|component| component.words.len()).sum(),
            adapted,
            letters: None,
            values: Vec::new(),
            given: Vec::new(),
        }
    }

    /// The entries between two orbits.
    fn fill(&mut self, first: usize, second: usize) -> Result<(), EigenError> {
        if self.pairs.contains_key(&(first, second)) {
            return Ok(());
        }
        let adapted = self.bases.adapted();
        let mut products = Products { words: &self.words, moments: &mut self.moments };
        let cells = cells(&mut products, adapted, first, second)?;
        let mut of_pair = Vec::new();
        for (number, isotypic) in adapted.isotypics.iter().enumerate() {
            let mut filled = Filled::default();
            add_pairs(adapted, isotypic, [first, second], &cells, &mut filled);
            if !filled.is_empty() {
                of_pair.push((number, filled));
            }
        }
        self.pairs.insert((first, second), of_pair);
        Ok(())
    }
}

/// An entry of B: what is known of it, and the terms of new moments.
struct Cell {
    block: usize,
    row: usize,
    known: Complex64,
    new: Vec<(usize, Complex64)>,
}

/// c + 2 aᵀv + vᵀQv.
struct LeastSquares {
    constant: f64,
    linear: Mat<f64>,
    square: Mat<f64>,
}

impl LeastSquares {
    fn new(unknown: usize) -> Self {
        Self { constant: 0.0, linear: Mat::zeros(unknown, 1), square: Mat::zeros(unknown, unknown) }
    }

    /// Adds Re(b* w b') for two entries.
    fn add(&mut self, weight: Complex64, one: &Cell, other: &Cell) {
        let right = weight * other.known;
        self.constant += (one.known.conj() * right).re;
        for &(k, a) in &one.new {
            self.linear[(k, 0)] += (a.conj() * right).re;
            for &(l, b) in &other.new {
                self.square[(k, l)] += (a.conj() * weight * b).re;
            }
        }
    }

    /// The least value, to rounding.
    fn least(mut self) -> f64 {
        /// Relative to the largest of the diagonal: what is flat to rounding gains nothing.
        const FLAT: f64 = 1e-11;
        let m = self.square.nrows();
        let largest = (0..m).map(|k| self.square[(k, k)]).fold(0.0, f64::max);
        if largest > 0.0 {
            (0..m).for_each(|k| self.square[(k, k)] += FLAT * largest);
            if let Ok(factor) = self.square.llt(Side::Lower) {
                let solution = factor.solve(&self.linear);
                self.constant -= (0..m).map(|k| solution[(k, 0)] * self.linear[(k, 0)]).sum::<f64>();
            }
        }
        self.constant.max(0.0)
    }
}

/// Moments of products of words.
struct Products<'a, 'b> {
    words: &'b [Word],
    moments: &'b mut OrbitMoments<'a>,
}

impl Entries for Products<'_, '_> {
    fn visit(
        &mut self,
        row: usize,
        column: usize,
        term: &mut dyn FnMut(Option<u32>, Complex64),
    ) -> Result<(), EigenError> {
        let algebra = self.moments.algebra();
        let (own, adjoint) = algebra.adjoint(&self.words[row]);
        let Some((phase, product)) = algebra.product(&adjoint, &self.words[column]) else { return Ok(()) };
        let phase = algebra.phases().approx(algebra.phases().add(own, phase));
        if product.is_empty() {
            term(None, phase);
            return Ok(());
        }
        for (variable, value) in self.moments.moment(&product)? {
            term(Some(variable), phase * value);
        }
        Ok(())
    }
}
