//! Integers under a square root: squares taken out, products merged, common factors split off.

use dashu_base::{BitTest, Gcd, SquareRootRem};
use dashu_int::UBig;

/// Trial division stops here, so a squarefree part is found whenever what is left after dividing out smaller primes is
/// below the cube of this, 2⁴², or a perfect square.
const TRIAL_LIMIT: u64 = 1 << 14;

/// Integers longer than this many bits are only tested for being perfect squares.
const TRIAL_BITS: usize = 512;

/// Writes `n` = outside²·radicand with a squarefree radicand, for n > 0.
///
/// `None` when bounded trial division does not settle it, or when the radicand needs more than 64 bits.
pub(super) fn extract_square(n: &UBig) -> Option<(UBig, u64)> {
    let (root, rest) = n.sqrt_rem();
    if rest.is_zero() {
        return Some((root, 1));
    }
    if n.bit_len() > TRIAL_BITS {
        return None;
    }
    let mut rest = n.clone();
    let mut outside = UBig::ONE;
    let mut radicand = UBig::ONE;
    let mut candidate = 2u64;
    // Once all primes below p are gone, a rest below p³ has at most two prime factors.
    while rest >= UBig::from(candidate).pow(3) {
        if candidate > TRIAL_LIMIT {
            let (root, remainder) = rest.sqrt_rem();
            if !remainder.is_zero() {
                return None;
            }
            return Some((outside * root, u64::try_from(radicand).ok()?));
        }
        let mut odd = false;
        while &rest % candidate == 0 {
            rest /= candidate;
            if odd {
                outside *= candidate;
            }
            odd = !odd;
        }
        if odd {
            radicand *= candidate;
        }
        candidate += if candidate == 2 { 1 } else { 2 };
    }
    let (root, remainder) = rest.sqrt_rem();
    if remainder.is_zero() {
        outside *= root;
    } else {
        radicand *= rest;
    }
    Some((outside, u64::try_from(radicand).ok()?))
}

/// √a·√b = outside·√radicand for squarefree a and b; the radicand is squarefree again.
pub(super) fn multiply_radicals(a: &UBig, b: &UBig) -> (UBig, UBig) {
    if a.is_one() {
        return (UBig::ONE, b.clone());
    }
    if b.is_one() {
        return (UBig::ONE, a.clone());
    }
    if a == b {
        return (a.clone(), UBig::ONE);
    }
    let common = a.gcd(b);
    let radicand = (a / &common) * (b / &common);
    (common, radicand)
}

/// Pairwise coprime integers > 1 such that every one of the squarefree `radicands` is a product of some of them.
///
/// Changing the sign of √b for one element b is then a field automorphism of ℚ(√radicands): no factoring is needed,
/// because squarefree integers that are pairwise coprime are independent modulo squares.
pub(super) fn coprime_base<'a>(radicands: impl Iterator<Item = &'a UBig>) -> Vec<UBig> {
    let mut base: Vec<UBig> = Vec::new();
    for radicand in radicands {
        let mut rest = radicand.clone();
        let mut refined = Vec::with_capacity(base.len() + 1);
        for element in base {
            let common = (&element).gcd(&rest);
            if common.is_one() {
                refined.push(element);
                continue;
            }
            rest /= &common;
            let other = element / &common;
            refined.push(common);
            if !other.is_one() {
                refined.push(other);
            }
        }
        if !rest.is_one() {
            refined.push(rest);
        }
        base = refined;
    }
    base
}
