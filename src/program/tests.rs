//! Identities of the standard form, and that a bound is one whatever the dual.

use faer::Mat;
use num_complex::Complex64;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Affine, DualPoint, Program, bound::bound, dual_bound, positive, repair};
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Polynomial, Word};
use crate::linalg::{inner, spectrum_ends};
use crate::moments::{Conjugation, Level, MomentMatrix};
use crate::num::Number;

fn random_hermitian(n: usize, random: &mut ChaCha8Rng) -> Mat<Complex64> {
    let mut entry = || Complex64::new(random.random_range(-1.0..1.0), random.random_range(-1.0..1.0));
    let noise = Mat::from_fn(n, n, |_, _| entry());
    &noise + noise.adjoint()
}

/// The CHSH operator A_0(B_0 + B_1) + A_1(B_0 − B_1) over observables.
fn chsh() -> (MomentMatrix, Polynomial) {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(2, 2), DeviceAlgebra::black_box(2, 2)]);
    let matrix = MomentMatrix::new(algebra.clone(), "1".parse::<Level>().unwrap().words(&algebra));
    let mut polynomial = Polynomial::zero();
    for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let word = Word::from_letters(&[Letter::new(0, x, 0), Letter::new(1, y, 0)]);
        polynomial.add_term(word, &Number::from_integer(if x * y == 1 { -1 } else { 1 }));
    }
    (matrix, polynomial)
}

fn random_dual(program: &Program, random: &mut ChaCha8Rng) -> DualPoint {
    let multipliers =
        |n: usize, random: &mut ChaCha8Rng| (0..n).map(|_| random.random_range(-1.0..1.0)).collect();
    DualPoint {
        blocks: program.blocks.iter().map(|block| random_hermitian(block.size, random)).collect(),
        inequalities: multipliers(program.inequalities.len(), random),
        equalities: multipliers(program.equalities.len(), random),
    }
}

proptest! {
    /// Tsirelson's model reaches 2√2, so no dual point whatever may bound CHSH below it.
    #[test]
    fn any_dual_bounds_chsh(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (matrix, polynomial) = chsh();
        let program = bound(&matrix, &polynomial, 1.0).unwrap();
        let dual = random_dual(&program, &mut random);
        let plain = dual_bound(&program, &dual).unwrap();
        let (repaired, point) = repair(&program, dual).unwrap();
        prop_assert!(plain >= 8_f64.sqrt() - 1e-12);
        prop_assert!(repaired >= 8_f64.sqrt() - 1e-12);
        prop_assert!(repaired <= plain);
        prop_assert!((dual_bound(&program, &point).unwrap() - repaired).abs() < 1e-12);
        // Words of observables are unitary: what is missed of positivity is made up for at the same cost.
        let lifted = positive(&program, point).unwrap();
        prop_assert!(spectrum_ends(&lifted.blocks[0]).unwrap().0 >= 0.0);
        prop_assert!((dual_bound(&program, &lifted).unwrap() - repaired).abs() < 1e-12);
    }

    /// The Lagrangian identity of the module page, with all kinds of constraints.
    #[test]
    fn lagrangian_identity(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (matrix, polynomial) = chsh();
        let mut program = bound(&matrix, &polynomial, 1.0).unwrap();
        program.offset = 0.3;
        let terms = vec![(0, 1.5), (3, -0.5)];
        program.inequalities.push(Affine { constant: 0.7, terms: terms.clone() });
        program.equalities.push(Affine { constant: -0.2, terms });
        let mut dual = random_dual(&program, &mut random);
        dual.inequalities[0] = dual.inequalities[0].abs();
        let y: Vec<f64> = (0..program.variables()).map(|_| random.random_range(-1.0..1.0)).collect();
        let lagrangian = program.value(&y)
            + inner(&dual.blocks[0], &program.blocks[0].at(&y))
            + dual.inequalities[0] * program.inequalities[0].at(&y)
            + dual.equalities[0] * program.equalities[0].at(&y);
        // The same from the bracket and the residual: dual_bound without its penalties.
        let image = super::repair::apply(&program, &dual);
        let residual: Vec<f64> = image.iter().zip(&program.objective).map(|(r, b)| r + b).collect();
        let bracket = lagrangian - residual.iter().zip(&y).map(|(r, y)| r * y).sum::<f64>();
        let origin = vec![0.0; y.len()];
        let expected = program.offset
            + inner(&dual.blocks[0], &program.blocks[0].at(&origin))
            + dual.inequalities[0] * 0.7
            - dual.equalities[0] * 0.2;
        prop_assert!((bracket - expected).abs() < 1e-12);
    }
}

/// ⟨M†M⟩ of a projector is a moment of its own, so that a multiple of the identity would leave a residual.
#[test]
fn duals_stay_where_traces_vary() {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(1, 3), DeviceAlgebra::black_box(1, 2)]);
    let matrix = MomentMatrix::new(algebra.clone(), "1".parse::<Level>().unwrap().words(&algebra));
    let program = bound(&matrix, &Polynomial::zero(), 1.0).unwrap();
    let dual = random_dual(&program, &mut ChaCha8Rng::seed_from_u64(3));
    assert!(spectrum_ends(&dual.blocks[0]).unwrap().0 < 0.0);
    assert_eq!(positive(&program, dual.clone()).unwrap().blocks, dual.blocks);
}

/// Three anticommuting letters of one input with their product's sign cannot all be fixed: X, Y
/// and Z together have no real form, and the functional X + Y + Z is found to have none.
#[test]
fn a_functional_without_conjugation_has_none() {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(1, 2), DeviceAlgebra::matrices(1, 2)]);
    let words: Vec<Word> = (1..4).map(|pauli| Word::from_letters(&[Letter::new(1, 0, pauli)])).collect();
    assert!(Conjugation::fixing(&algebra, &words[..2]).is_some());
    assert!(Conjugation::fixing(&algebra, &words).is_none());
}

/// Powers of two change no digit, and the largest coefficient ends up in [1, 2).
#[test]
fn objectives_of_any_size_are_normalised() {
    for size in [5e-324, 1e-300, 1e-6, 0.75, 1.0, 3.0, 1e12, 1e200, 1e308] {
        let mut program = Program { offset: -size, ..Program::default() };
        program.add_variable(size, 1.0);
        program.add_variable(-size / 4.0, 1.0);
        let unit = program.normalise().unwrap();
        assert_eq!(unit * program.objective[0], size);
        assert_eq!(unit * program.offset, -size);
        if size > 1e-307 && size < 4e307 {
            assert!((1.0..2.0).contains(&program.objective[0]), "{size} {unit}");
        }
    }
    let mut zero = Program { objective: vec![0.0], variable_bounds: vec![1.0], ..Program::default() };
    assert_eq!(zero.normalise(), Some(1.0));
    let mut infinite = Program { objective: vec![f64::INFINITY], ..Program::default() };
    assert_eq!(infinite.normalise(), None);
}
