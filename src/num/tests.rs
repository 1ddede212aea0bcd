//! Identities of exact arithmetic, and its agreement with double precision.

use std::f64::consts::PI;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use num_complex::Complex64;
use proptest::prelude::*;

use super::{Exact, Matrix, Number, NumberError, Surd};

fn ratio(numerator: i64, denominator: u64) -> RBig {
    RBig::from_parts(IBig::from(numerator), UBig::from(denominator))
}

fn rational(numerator: i64, denominator: u64) -> Surd {
    Surd::from_rational(ratio(numerator, denominator))
}

fn root(n: i64) -> Surd {
    Surd::sqrt_of_rational(&RBig::from(n)).unwrap()
}

fn int(n: i64) -> Number {
    Number::from_integer(n)
}

fn close(a: Complex64, b: Complex64) -> bool {
    (a - b).norm() <= 1e-14 * (1.0 + b.norm())
}

/// A few terms with small coefficients over √1 … √30 and two larger radicals.
fn surds() -> impl Strategy<Value = Surd> {
    let radicand = prop_oneof![1i64..=30, Just(1001), Just(65_537)];
    let term = (radicand, -9i64..=9, 1u64..=7).prop_map(|(d, p, q)| root(d).scale(&ratio(p, q)));
    prop::collection::vec(term, 0..4)
        .prop_map(|terms| terms.iter().fold(Surd::zero(), |sum, term| &sum + term))
}

fn exacts() -> impl Strategy<Value = Exact> {
    (surds(), surds()).prop_map(|(re, im)| Exact::new(re, im))
}

/// Any finite float.
fn floats() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite())
}

#[test]
fn squares_leave_the_root() {
    assert_eq!(root(12).to_string(), "2√3");
    assert_eq!(root(49), Surd::from_integer(7));
    assert_eq!(Surd::sqrt_of_rational(&ratio(8, 27)).unwrap().to_string(), "2/9·√6");
    assert_eq!(Surd::sqrt_of_rational(&RBig::from(-1)), None);
    // A square far beyond trial division, and a product of two primes of 20 bits.
    let large = UBig::from(10u8).pow(400);
    assert_eq!(Surd::sqrt_of_rational(&RBig::from(large)).unwrap().to_f64(), 1e200);
    assert_eq!(root(1_000_003 * 1_000_033).to_string(), "√1000036000099");
    // The square of such a prime next to another one: given up, not mistaken for squarefree.
    let prime = UBig::from(1_000_003u32);
    let hidden = &prime * &prime * UBig::from(1_000_033u32);
    assert_eq!(Surd::sqrt_of_rational(&RBig::from(hidden)), None);
}

#[test]
fn surd_identities() {
    let sum = &root(2) + &root(3);
    assert_eq!(&sum * &sum, &Surd::from_integer(5) + &(&root(6) + &root(6)));
    assert_eq!(sum.inverse().unwrap(), &root(3) - &root(2));
    assert_eq!(&root(6) * &root(10), root(60));
    let five = &(&sum + &root(5)) + &(&root(7) + &root(11));
    assert!((&five * &five.inverse().unwrap()).is_one());
    assert_eq!(Surd::zero().inverse(), None);
    let eight = [2, 3, 5, 7, 11, 13, 17].iter().fold(Surd::one(), |sum, p| &sum + &root(*p));
    assert_eq!(eight.inverse(), None);
}

#[test]
fn products_of_long_radicals_stay_exact() {
    // The product of these radicands needs more than 64 bits.
    let a = Surd::sqrt_of_rational(&RBig::from(4_294_967_291u64 * 4)).unwrap();
    let b = Surd::sqrt_of_rational(&RBig::from(4_294_967_279u64)).unwrap();
    let c = root(65_537);
    let product = &(&a * &b) * &c;
    assert_eq!(
        &product * &product,
        Surd::from_rational(
            RBig::from(4_294_967_291u64) * RBig::from(4) * RBig::from(4_294_967_279u64) * RBig::from(65_537),
        )
    );
}

#[test]
fn nested_roots_are_denested() {
    let nested = &Surd::from_integer(5) + &root(24);
    assert_eq!(nested.sqrt().unwrap(), &root(2) + &root(3));
    let nested = &Surd::from_integer(3) - &(&root(2) + &root(2));
    assert_eq!(nested.sqrt().unwrap(), &root(2) - &Surd::one());
    assert_eq!((&Surd::one() + &root(2)).sqrt(), None);
    assert_eq!(root(2).sqrt(), None);
    assert_eq!((&root(2) - &Surd::from_integer(2)).sqrt(), None);
}

#[test]
fn signs_survive_cancellation() {
    let close = &Surd::from_integer(99) - &root(2).scale(&RBig::from(70));
    assert_eq!(close.signum(), 1);
    // 99 − 70√2 = 1/(99 + 70√2).
    assert_eq!(close.inverse().unwrap(), &Surd::from_integer(99) + &root(2).scale(&RBig::from(70)));
    // (√2 − 1)^64 is about 3e-25, from terms of about 1e24.
    let small = Exact::from_real(&root(2) - &Surd::one()).powi(64).unwrap();
    assert_eq!(small.re().signum(), 1);
    assert_eq!((-small.re()).signum(), -1);
    assert!(root(2) < root(3));
    assert!(&root(2) + &root(3) > rational(3_146_264, 1_000_000));
    assert!(&root(2) + &root(3) < rational(3_146_265, 1_000_000));
}

#[test]
fn floats_are_correctly_rounded_under_cancellation() {
    // 99 − 70√2 = 1/(99 + 70√2) = 0.005050633883346583…
    let close = &Surd::from_integer(99) - &root(2).scale(&RBig::from(70));
    assert_eq!(close.to_f64(), 0.005050633883346584);
    // (√2 − 1)^n by the inverse of (√2 + 1)^n, which does not cancel.
    for n in [8, 32, 64, 128] {
        let power = Exact::from_real(&root(2) - &Surd::one()).powi(n).unwrap();
        let inverse = Exact::from_real(&root(2) + &Surd::one()).powi(n).unwrap();
        assert!((power.re().to_f64() * inverse.re().to_f64() - 1.0).abs() < 4e-16);
    }
    assert_eq!(root(2).to_f64(), std::f64::consts::SQRT_2);
    assert_eq!(rational(1, 3).to_f64(), 1.0 / 3.0);
    let tiny = Surd::from_rational(RBig::from_parts(IBig::ONE, UBig::from(10u8).pow(330)));
    assert_eq!((&tiny * &root(2)).to_f64(), 0.0);
}

#[test]
fn numbers_are_written_as_physicists_write_them() {
    let half = ratio(1, 2);
    let show = |value: &Surd| value.to_string();
    assert_eq!(show(&(&rational(1, 2) + &root(2).scale(&ratio(3, 4)))), "1/2 + 3/4·√2");
    assert_eq!(show(&root(24)), "2√6");
    assert_eq!(show(&root(3).scale(&ratio(-1, 3))), "-√3/3");
    assert_eq!(show(&Surd::zero()), "0");
    assert_eq!(Exact::new(rational(1, 2), root(3).scale(&-half)).to_string(), "1/2 - i√3/2");
    assert_eq!(Exact::i().to_string(), "i");
    assert_eq!(Exact::i().scale(&ratio(-3, 1)).to_string(), "-3i");
    assert_eq!(Exact::new(Surd::zero(), &Surd::one() + &root(2)).to_string(), "i(1 + √2)");
    assert_eq!(Number::pi().scale(&ratio(3, 4)).to_string(), "3/4·π");
    let float = |re, im| Number::from_approx(Complex64::new(re, im)).to_string();
    assert_eq!(float(1.0 / 3.0, 0.0), "0.333333333333");
    assert_eq!(float(-2.5e-9, 0.0), "-2.5e-9");
    assert_eq!(float(1e15, 0.0), "1e15");
    assert_eq!(float(120.0, -0.5), "120 - 0.5i");
    assert_eq!(float(0.0, 1.0), "1i");
}

#[test]
fn cosines_sines_and_phases_at_multiples_of_pi() {
    for denominator in 1..=24 {
        for numerator in -60..=60i64 {
            let angle = Number::pi().scale(&ratio(numerator, denominator));
            let turns = numerator.rem_euclid(2 * denominator as i64) as f64 / denominator as f64 * PI;
            let (cos, sin) = (angle.cos().unwrap(), angle.sin().unwrap());
            assert!(close(cos.approx(), turns.cos().into()), "cos {turns}");
            assert!(close(sin.approx(), turns.sin().into()), "sin {turns}");
            let phase = (&angle * &Number::i()).exp().unwrap();
            assert!(close(phase.approx(), Complex64::from_polar(1.0, turns)));
            let twelfths = 12 * numerator % denominator as i64 == 0;
            let fifths = 5 * numerator % denominator as i64 == 0;
            assert_eq!(cos.exact().is_some(), twelfths || fifths);
            assert_eq!(phase.exact().is_some(), twelfths);
            if let (Some(cos), Some(sin)) = (cos.exact(), sin.exact()) {
                assert!((&(cos * cos) + &(sin * sin)).is_one());
            }
        }
    }
    // sin π/10 = cos 2π/5.
    assert_eq!(Number::pi().scale(&ratio(1, 10)).sin().unwrap().to_string(), "-1/4 + √5/4");
    assert_eq!(Number::zero().cos().unwrap(), Number::one());
    assert_eq!(Number::zero().exp().unwrap(), Number::one());
}

#[test]
fn roots_of_unity() {
    for n in 1..=16 {
        for k in -5..=20 {
            let phase = Number::root_of_unity(k, n);
            let angle = 2.0 * PI * k as f64 / n as f64;
            assert!(close(phase.approx(), Complex64::from_polar(1.0, angle)));
        }
    }
    let omega = Number::root_of_unity(1, 3);
    assert_eq!(omega.to_string(), "-1/2 + i√3/2");
    assert_eq!(omega.pow(&int(3)).unwrap(), Number::one());
    assert!(close(Number::root_of_unity(i64::MAX, 0).approx(), Complex64::ONE));
}

#[test]
fn powers() {
    let pow = |base: &Number, exponent: &Number| base.pow(exponent).unwrap();
    assert_eq!(pow(&int(-1), &int(i64::MIN)), int(1));
    assert_eq!(pow(&Number::i(), &int(-5)), -&Number::i());
    assert_eq!(pow(&int(2), &Number::ratio(-1, 2)).to_string(), "√2/2");
    assert_eq!(pow(&int(-1), &Number::ratio(1, 3)).to_string(), "1/2 + i√3/2");
    assert_eq!(pow(&int(0), &int(0)), int(1));
    assert_eq!(int(0).pow(&int(-1)), Err(NumberError::DivisionByZero));
    assert_eq!(int(0).pow(&Number::ratio(-1, 2)), Err(NumberError::DivisionByZero));
    assert_eq!(int(0).pow(&Number::i()), Err(NumberError::UndefinedPower));
    assert_eq!(int(10).pow(&int(100_000)), Err(NumberError::Overflow));
    assert_eq!(int(10).pow(&int(-100_000)).unwrap().approx(), Complex64::ZERO);
    assert!(close(pow(&int(2), &Number::ratio(1, 3)).approx(), 2f64.cbrt().into()));
    assert!(close(pow(&Number::i(), &Number::i()).approx(), (-PI / 2.0).exp().into()));
    // Growth beyond 4096 bits is computed in floats.
    let large = pow(&Number::ratio(10_001, 10_000), &int(4000));
    assert!(large.exact().is_none());
    assert!((large.re() - 1.0001f64.powi(4000)).abs() < 1e-12);
}

#[test]
fn square_roots() {
    let sqrt = |value: &Number| value.sqrt().unwrap();
    assert_eq!(sqrt(&int(-2)).to_string(), "i√2");
    assert_eq!(sqrt(&Number::ratio(1, 2)).to_string(), "√2/2");
    assert_eq!(sqrt(&Number::i()).to_string(), "√2/2 + i√2/2");
    assert_eq!(sqrt(&-&Number::i()).to_string(), "√2/2 - i√2/2");
    let inexact = sqrt(&(&Number::one() + &sqrt(&int(2))));
    assert!(inexact.exact().is_none());
    assert!(close(inexact.approx(), (1.0 + 2f64.sqrt()).sqrt().into()));
    assert!(close(sqrt(&-&inexact).approx(), Complex64::new(0.0, inexact.re().sqrt())));
}

#[test]
fn multiples_of_pi_are_remembered() {
    let pi = Number::pi();
    assert!((&pi - &pi).is_exactly_zero());
    assert_eq!(pi.scale(&RBig::from(3)).div(&pi).unwrap(), int(3));
    assert_eq!(pi.div(&int(0)), Err(NumberError::DivisionByZero));
    assert!((&pi * &pi).exact().is_none());
    assert!(pi.has_same_value(&Number::pi()));
    assert!(!pi.has_same_value(&Number::from_approx(Complex64::new(3.0, 0.0))));
    assert_eq!(pi.approx(), Complex64::new(PI, 0.0));
}

#[test]
fn decimals_are_exact() {
    let decimal = |text: &str| Number::from_decimal(text).unwrap().to_rational().unwrap();
    assert_eq!(decimal("0.25"), ratio(1, 4));
    assert_eq!(decimal(".5"), ratio(1, 2));
    assert_eq!(decimal("3."), RBig::from(3));
    assert_eq!(decimal("1.5e-3"), ratio(15, 10_000));
    assert_eq!(decimal("2E+2"), RBig::from(200));
    for text in ["", ".", "-1", "1e", "1e1000", "1_0", "0x1", "1.2.3", &"9".repeat(1001)] {
        assert_eq!(Number::from_decimal(text), Err(NumberError::NotADecimal), "{text}");
    }
}

#[test]
fn floats_overflow_into_errors() {
    let large = Number::from_approx(Complex64::new(1e300, 0.0));
    assert!(!(&large * &large).is_finite());
    assert_eq!(large.pow(&int(2)), Err(NumberError::Overflow));
    assert_eq!(large.exp(), Err(NumberError::Overflow));
    assert_eq!(large.div(&Number::from_approx(Complex64::new(1e-300, 0.0))), Err(NumberError::Overflow));
    assert_eq!(large.div(&Number::from_approx(Complex64::ZERO)), Err(NumberError::DivisionByZero));
    // An exact number may be beyond the range of floats.
    let exact = int(10).pow(&int(400)).unwrap();
    assert!(exact.exact().is_some() && !exact.is_finite());
    assert_eq!(exact.div(&int(10).pow(&int(399)).unwrap()).unwrap(), int(10));
}

#[test]
fn matrices() {
    let x = Matrix::from_fn(2, 2, |i, j| int(i64::from(i != j)));
    let z = Matrix::from_fn(2, 2, |i, j| if i == j { int(1 - 2 * i as i64) } else { int(0) });
    let xz = x.mul(&z).unwrap();
    assert_eq!(xz, z.mul(&x).unwrap().scale(&int(-1)));
    assert_eq!(x.kron(&z).shape(), (4, 4));
    assert_eq!(*x.kron(&z).get(1, 3), int(-1));
    assert_eq!(x.kron(&z).mul(&z.kron(&x)).unwrap(), xz.kron(&z.mul(&x).unwrap()));
    assert_eq!(Matrix::identity(3).trace(), Some(int(3)));
    assert_eq!(Matrix::zeros(2, 3).trace(), None);
    let error = x.mul(&Matrix::identity(3)).unwrap_err();
    assert_eq!(error.to_string(), "the shapes do not match: left is 2×2, right is 3×3");
    assert!(x.add(&Matrix::zeros(2, 3)).is_err());
    let y = xz.scale(&Number::i());
    assert!(y.is_exactly_hermitian());
    assert!(!y.scale(&Number::i()).is_exactly_hermitian());
    assert_eq!(y.scale(&Number::i()).hermitian_defect(), (2.0, (0, 1)));
    assert_eq!(y.hermitian_defect().0, 0.0);
    assert_eq!(Matrix::zeros(2, 3).hermitian_defect().0, f64::INFINITY);
    assert_eq!(y.adjoint(), y);
    assert_eq!(y.transpose(), y.conj());
    let floats = y.to_faer();
    assert_eq!(floats[(0, 1)], y.get(0, 1).approx());
    let back = Matrix::from_fn(2, 2, |i, j| Number::from_approx(floats[(i, j)]));
    assert!(!back.is_exact() && back.is_finite() && y.is_exact());
    assert!(!back.is_exactly_hermitian());
    assert_eq!(back.hermitian_defect().0, 0.0);
}

proptest! {
    #[test]
    fn surds_form_a_ring(a in surds(), b in surds(), c in surds()) {
        prop_assert_eq!(&a + &b, &b + &a);
        prop_assert_eq!(&a * &b, &b * &a);
        prop_assert_eq!(&(&a + &b) + &c, &a + &(&b + &c));
        prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
        prop_assert_eq!(&a * &(&b + &c), &(&a * &b) + &(&a * &c));
        prop_assert!((&a - &a).is_zero());
        prop_assert_eq!(&a - &b, &a + &-&b);
    }

    #[test]
    fn surds_agree_with_floats(a in surds(), b in surds()) {
        let (x, y) = (a.to_f64(), b.to_f64());
        let scale = 1e-12 * (1.0 + x.abs()) * (1.0 + y.abs());
        prop_assert!(((&a + &b).to_f64() - (x + y)).abs() <= scale);
        prop_assert!(((&a * &b).to_f64() - x * y).abs() <= scale);
        if x != y {
            prop_assert_eq!(a < b, x < y);
        }
        prop_assert_eq!(f64::from(a.signum()), if a.is_zero() { 0.0 } else { x.signum() });
    }

    #[test]
    fn inverses_undo(a in surds(), z in exacts()) {
        match a.inverse() {
            Some(inverse) => prop_assert!((&a * &inverse).is_one()),
            None => prop_assert!(a.is_zero()),
        }
        if let Some(inverse) = z.inverse() {
            prop_assert!((&z * &inverse).is_one());
        }
    }

    #[test]
    fn enclosures_enclose(a in surds(), bits in 0usize..300) {
        let (low, high) = a.enclosure(bits);
        let width = &high - &low;
        prop_assert!(width * RBig::from(UBig::ONE << bits) <= RBig::ONE);
        prop_assert!(Surd::from_rational(low.clone()) <= a && a <= Surd::from_rational(high));
        // A tighter one lies inside (up to its own rounding outwards), so it is consistent.
        let (inner, _) = a.enclosure(bits + 60);
        prop_assert!(low <= inner + RBig::from_parts(IBig::ONE, UBig::ONE << (bits + 50)));
    }

    #[test]
    fn to_f64_is_the_nearest_float(a in surds()) {
        let value = a.to_f64();
        let error = (&a - &Surd::from_f64(value).unwrap()).abs();
        for neighbour in [value.next_up(), value.next_down()] {
            prop_assert!(error <= (&a - &Surd::from_f64(neighbour).unwrap()).abs());
        }
    }

    #[test]
    fn floats_pass_through(x in floats()) {
        let exact = Surd::from_f64(x).unwrap();
        prop_assert_eq!(exact.to_f64(), x);
        prop_assert!(exact.is_rational());
        // Multiplying and dividing by a long odd number goes through the general conversion.
        let third = exact.scale(&ratio(1, 3));
        prop_assert_eq!((&(&third + &third) + &third).to_f64(), x);
    }

    #[test]
    fn square_roots_square_back(p in 0i64..100_000, q in 1u64..1000, z in exacts()) {
        let value = ratio(p, q);
        let root = Surd::sqrt_of_rational(&value).unwrap();
        prop_assert_eq!(&root * &root, Surd::from_rational(value));
        let square = &z * &z;
        if let Some(root) = square.sqrt() {
            prop_assert_eq!(&root * &root, square);
            prop_assert!(root.re().signum() >= 0);
        }
    }

    #[test]
    fn exact_numbers_form_a_field(a in exacts(), b in exacts(), c in exacts()) {
        prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
        prop_assert_eq!(&a * &(&b + &c), &(&a * &b) + &(&a * &c));
        prop_assert_eq!((&a * &b).conj(), &a.conj() * &b.conj());
        prop_assert_eq!(Exact::from_real(a.norm_squared()), &a * &a.conj());
        prop_assert_eq!(a.powi(5).unwrap(), &(&a * &a) * &(&a * &(&a * &a)));
        let (x, y) = (a.to_complex(), b.to_complex());
        prop_assert!(((&a * &b).to_complex() - x * y).norm() <= 1e-12 * (1.0 + x.norm()) * (1.0 + y.norm()));
    }

    #[test]
    fn numbers_agree_with_floats(a in exacts(), b in exacts()) {
        let (a, b) = (Number::from_exact(a), Number::from_exact(b));
        let (x, y) = (a.approx(), b.approx());
        let scale = (1.0 + x.norm()) * (1.0 + y.norm());
        let near = |value: Number, expected: Complex64, scale: f64| (value.approx() - expected).norm() <= 1e-11 * scale;
        prop_assert!(near(&a + &b, x + y, scale));
        prop_assert!(near(&a - &b, x - y, scale));
        prop_assert!(near(&a * &b, x * y, scale));
        prop_assert!(near(a.sqrt().unwrap(), x.sqrt(), scale) || x.im.abs() < 1e-14);
        if y.norm() > 1e-6 {
            let quotient = a.div(&b).unwrap();
            prop_assert!(near(quotient, x / y, scale / y.norm().min(1.0)));
        }
    }
}

/// The rows annihilate the matrix exactly, there are as many as its rank leaves, and those of a diagonal matrix are diagonal.
#[test]
fn null_rows_of_exact_matrices() {
    let root = Number::from_integer(2).sqrt().unwrap();
    let [zero, one, two, i] = [Number::zero(), Number::one(), Number::from_integer(2), Number::i()];
    let matrix = |rows: &[&[&Number]]| Matrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j].clone());
    for (given, nullity) in [
        (matrix(&[&[&one, &root], &[&root, &two]]), 1),
        (matrix(&[&[&one, &i], &[&-&i, &one]]), 1),
        (matrix(&[&[&one, &i], &[&i, &one]]), 0),
        (matrix(&[&[&zero, &one, &i], &[&zero, &root, &(&root * &i)]]), 2),
        (matrix(&[&[&zero, &zero], &[&zero, &zero], &[&zero, &zero]]), 2),
        (matrix(&[&[&zero, &zero], &[&zero, &two]]), 1),
    ] {
        let null = given.null_rows().unwrap();
        assert_eq!(null.shape(), (given.cols(), given.cols()));
        assert!(given.mul(&null.transpose()).unwrap().entries().all(Number::is_exactly_zero), "{given:?}");
        let rows = (0..null.rows()).filter(|&row| !null.get(row, row).is_exactly_zero());
        assert_eq!(rows.count(), nullity, "{given:?}");
    }
    let diagonal = matrix(&[&[&zero, &zero], &[&zero, &two]]).null_rows().unwrap();
    assert!(diagonal.get(0, 1).is_exactly_zero() && diagonal.get(1, 0).is_exactly_zero());
    let rounded = Number::from_approx(std::f64::consts::PI.into());
    assert!(matrix(&[&[&rounded, &one]]).null_rows().is_none());
}
