//! What a symmetry does to words, in letters that are all unitary.
//!
//! There every letter becomes a combination of letters of one input, different inputs go to different ones, and so a
//! word becomes a combination of words with as many letters of each device: images need no normal form.

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::generator::Symmetry;
use crate::algebra::{Algebra, DeviceAlgebra, Letter, UnitaryBasis, Word, character};
use crate::num::Number;

/// The image of one letter: (index, coefficient).
type Image = Vec<(usize, Complex64)>;

/// A linear or antilinear automorphism, given by the images of letters.
#[derive(Debug, Clone)]
pub struct Action {
    /// Whether it conjugates coefficients.
    antilinear: bool,
    /// By device, by input: where the input goes, and by letter index the image (none for the identity's index).
    letters: Vec<Vec<(usize, Vec<Image>)>>,
}

impl Action {
    /// On the letters of the algebra [in unitaries](Algebra::in_unitaries).
    pub fn new(algebra: &Algebra, symmetry: &Symmetry) -> Self {
        let letters = algebra.devices().iter().enumerate().map(|(number, device)| {
            let moved = |input: usize| match number {
                0 => (
                    symmetry.settings[input],
                    relabelled(device, &symmetry.outcomes[input], symmetry.antilinear),
                ),
                _ => (
                    symmetry.inputs[input],
                    match device {
                        DeviceAlgebra::Matrices { basis, .. }
                            if !matches!(basis, UnitaryBasis::Diagonal { .. }) =>
                        {
                            let images = symmetry.images[input].iter();
                            let image = |image: &Vec<(usize, Number)>| {
                                let terms = image.iter().map(|(to, value)| (to + 1, value.approx()));
                                terms.filter(|(_, value)| value.norm() > ROUNDING).collect()
                            };
                            std::iter::once(Vec::new()).chain(images.map(image)).collect()
                        }
                        _ => {
                            let outcomes: Vec<usize> =
                                symmetry.images[input].iter().map(|image| image[0].0).collect();
                            relabelled(device, &outcomes, symmetry.antilinear)
                        }
                    },
                ),
            };
            (0..device.inputs()).map(moved).collect()
        });
        Self { antilinear: symmetry.antilinear, letters: letters.collect() }
    }

    /// The identity of an algebra in unitaries.
    pub fn identity(algebra: &Algebra) -> Self {
        let letters = (0..algebra.devices().len()).map(|device| {
            let letters = algebra.letters(device);
            let most = letters.iter().map(|letter| letter.index()).max().unwrap_or(0);
            let mut images = vec![Vec::new(); most + 1];
            letters.iter().for_each(|l| images[l.index()] = vec![(l.index(), Complex64::ONE)]);
            (0..algebra.devices()[device].inputs()).map(|input| (input, images.clone())).collect()
        });
        Self { antilinear: false, letters: letters.collect() }
    }

    /// Whether it conjugates coefficients.
    pub fn is_antilinear(&self) -> bool {
        self.antilinear
    }

    /// Whether every letter becomes a multiple of one letter.
    pub fn is_monomial(&self) -> bool {
        let mut images = self.letters.iter().flatten().flat_map(|(_, images)| images);
        images.all(|image| image.len() <= 1)
    }

    /// This one after another.
    pub fn after(&self, first: &Self) -> Self {
        let devices = first.letters.iter().zip(&self.letters);
        let letters = devices.map(|(first, second)| {
            let inputs = first.iter().map(|(middle, images)| {
                let (to, next) = &second[*middle];
                let image = |image: &Image| {
                    let mut sum = vec![Complex64::ZERO; next.len()];
                    for &(index, value) in image {
                        let value = if self.antilinear { value.conj() } else { value };
                        next[index].iter().for_each(|&(to, factor)| sum[to] += value * factor);
                    }
                    let terms = sum.into_iter().enumerate().filter(|(_, value)| value.norm() > ROUNDING);
                    terms.collect()
                };
                (*to, images.iter().map(image).collect())
            });
            inputs.collect()
        });
        Self { antilinear: self.antilinear ^ first.antilinear, letters: letters.collect() }
    }

    /// The image of a word.
    pub fn word(&self, word: &Word) -> Vec<(Word, Complex64)> {
        let mut terms: Vec<(Vec<Letter>, Complex64)> = vec![(Vec::with_capacity(word.len()), Complex64::ONE)];
        for letter in word.letters() {
            let (input, images) = &self.letters[letter.device()][letter.input()];
            let image = &images[letter.index()];
            let place = |index: usize| Letter::new(letter.device(), *input, index);
            if let [(index, factor)] = image.as_slice() {
                for (letters, value) in &mut terms {
                    letters.push(place(*index));
                    *value *= factor;
                }
                continue;
            }
            let longer = terms.iter().flat_map(|(letters, value)| {
                image.iter().map(move |&(index, factor)| {
                    (letters.iter().copied().chain([place(index)]).collect(), value * factor)
                })
            });
            terms = longer.collect();
        }
        terms.into_iter().map(|(letters, value)| (Word::from_letters(&letters), value)).collect()
    }

    /// What is the same for equal ones, however their coefficients are rounded: where inputs go, and which letters occur in
    /// the image of each.
    fn shape(&self) -> Vec<u32> {
        let mut shape = vec![u32::from(self.antilinear)];
        for (input, images) in self.letters.iter().flatten() {
            shape.push(*input as u32);
            for image in images {
                shape.push(image.len() as u32);
                shape.extend(image.iter().map(|&(to, _)| to as u32));
            }
        }
        shape
    }

    /// Whether the coefficients are those of another of the same shape, to rounding: different elements of a group that is not
    /// far too large differ by much more.
    fn is_near(&self, other: &Self) -> bool {
        const NEAR: f64 = 1e-6;
        let mut pairs = self.coefficients().zip(other.coefficients());
        pairs.all(|(a, b)| (a - b).norm_sqr() <= NEAR * NEAR)
    }

    fn coefficients(&self) -> impl Iterator<Item = Complex64> {
        let images = self.letters.iter().flatten().flat_map(|(_, images)| images);
        images.flatten().map(|&(_, value)| value)
    }
}

/// Actions that are told apart.
#[derive(Debug, Clone, Default)]
struct Elements {
    list: Vec<Action>,
    /// By shape.
    places: FxHashMap<Vec<u32>, Vec<usize>>,
}

impl Elements {
    fn position(&self, action: &Action) -> Option<usize> {
        let places = self.places.get(&action.shape())?;
        places.iter().copied().find(|&k| self.list[k].is_near(action))
    }

    fn push(&mut self, action: Action) {
        self.places.entry(action.shape()).or_default().push(self.list.len());
        self.list.push(action);
    }
}

/// Coefficients up to this are zero: far more than roundings of numbers of modulus one or less, far less than any that is not.
const ROUNDING: f64 = 1e-9;

/// The images of a black box's letters when outcome a becomes s(a): Z_k = Σ_a χ_k(a) M_a, and M_b = Σ_j χ_j(b)* Z_j / n.
fn relabelled(device: &DeviceAlgebra, outcomes: &[usize], antilinear: bool) -> Vec<Image> {
    let DeviceAlgebra::Matrices { basis, .. } = device else {
        // An observable changes its sign.
        let sign = if outcomes.first() == Some(&0) { 1.0 } else { -1.0 };
        return vec![vec![(0, sign.into())]];
    };
    let n = basis.dimension();
    let character = |k: usize, a: usize| character(n, k, a).approx();
    let image = |k: usize| {
        let coefficient = |j: usize| {
            let sum: Complex64 = outcomes
                .iter()
                .enumerate()
                .map(|(a, &b)| {
                    let own = character(k, a);
                    (if antilinear { own.conj() } else { own }) * character(j, b).conj()
                })
                .sum();
            sum / n as f64
        };
        let terms = (1..n).map(|j| (j, coefficient(j)));
        terms.filter(|(_, value)| value.norm() > ROUNDING).collect()
    };
    (0..n).map(|k| if k == 0 { Vec::new() } else { image(k) }).collect()
}

/// A finite group of actions: all products of its generators.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its elements, the identity first.
    elements: Vec<Action>,
    /// The generators' numbers among the elements.
    generators: Vec<usize>,
    /// Each element but the first as (number of a generator, number of an earlier element): that generator after it.
    products: Vec<(usize, usize)>,
}

impl Group {
    /// The identity alone.
    pub fn trivial(algebra: &Algebra) -> Self {
        Self { elements: vec![Action::identity(algebra)], generators: Vec::new(), products: vec![(0, 0)] }
    }

    /// The group that actions generate, unless it has more than `most` elements.
    pub fn generated(algebra: &Algebra, generators: &[Action], most: usize) -> Option<Self> {
        let mut elements = Elements::default();
        elements.push(Action::identity(algebra));
        let mut products = vec![(0, 0)];
        let mut at = 0;
        while at < elements.list.len() {
            for (number, generator) in generators.iter().enumerate() {
                let next = generator.after(&elements.list[at]);
                if elements.position(&next).is_none() {
                    if elements.list.len() == most {
                        return None;
                    }
                    elements.push(next);
                    products.push((number, at));
                }
            }
            at += 1;
        }
        let places = generators.iter().map(|generator| elements.position(generator));
        Some(Self { generators: places.collect::<Option<_>>()?, elements: elements.list, products })
    }

    /// The subgroup of the elements that take every letter to a multiple of one.
    pub fn monomial(&self, algebra: &Algebra) -> Option<Self> {
        let mut chosen: Vec<Action> = Vec::new();
        let mut group = Self::trivial(algebra);
        for element in self.elements.iter().filter(|element| element.is_monomial()) {
            let shape = element.shape();
            let known = group.elements.iter().any(|known| known.shape() == shape && known.is_near(element));
            if !known {
                chosen.push(element.clone());
                group = Self::generated(algebra, &chosen, self.elements.len() + 1)?;
            }
        }
        Some(group)
    }

    /// The number of elements.
    pub fn order(&self) -> usize {
        self.elements.len()
    }

    /// The number of elements that conjugate numbers.
    pub fn antilinear(&self) -> usize {
        self.elements.iter().filter(|element| element.antilinear).count()
    }

    /// Its elements, the identity first.
    pub fn elements(&self) -> &[Action] {
        &self.elements
    }

    /// The elements that generate it.
    pub fn generators(&self) -> impl Iterator<Item = &Action> {
        self.generators.iter().map(|&number| &self.elements[number])
    }

    /// Each element but the identity: (number of a generator, number of the earlier element that it comes after).
    pub(super) fn steps(&self) -> &[(usize, usize)] {
        &self.products[1..]
    }

    /// Whether all elements take letters to multiples of letters.
    pub fn is_monomial(&self) -> bool {
        self.elements.iter().all(Action::is_monomial)
    }
}
