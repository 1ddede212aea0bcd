"""Tests of scripts/verify.py: hand-made certificates, tampered and malformed ones. Run: python3 -m unittest (in scripts).
"""
import cmath
import contextlib
import copy
import io
import itertools
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import warnings
import zipfile
import zlib
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import verify  # noqa: E402

Z = [["1", "0"], ["0", "-1"]]
MINUS_Z = [["-1", "0"], ["0", "1"]]
X = [["0", "1"], ["1", "0"]]
MINUS_X = [["0", "-1"], ["-1", "0"]]
SIGNS = [[[1, 1], [1, -1]], [[-1, -1], [-1, 1]]]  # (-1)^(a + xy)


def outcome(certificate):
    """'verified', or 'rejected: ...', or 'incomplete: ...'; other exceptions are errors of the checker."""
    data = certificate if isinstance(certificate, bytes) else json.dumps(certificate).encode()
    try:
        verify.verify(data)
    except verify.Rejected as failure:
        return f"rejected: {failure}"
    except verify.Incomplete as failure:
        return f"incomplete: {failure}"
    return "verified"


def certificate(kind, dimension, settings, outcomes, inputs, claim, functional, proof):
    return {"format": "steerq-certificate", "version": 1,
            "scenario": {"kind": kind, "settings": settings, "outcomes": outcomes, "inputs": inputs,
                         "dimension": dimension},
            "claim": claim, "functional": functional, "proof": proof}


def parsed(value):
    """The value as the checker's parser delivers it."""
    return verify.parse(json.dumps(value).encode())


def bound(kind, value, sense="max"):
    return {"kind": kind, "sense": sense, "bound": value}


def chsh_proof(index):
    """2√2 - B = (1/√2)·[(A0 - (B0+B1)/√2)² + (A1 - (B0-B1)/√2)²], with 1/√2 rounded up to 40 binary digits."""
    s, half = math.isqrt(2 ** 79) + 1, 2 ** 39
    return {"method": "gram", "words": [[[0, 0, 0]], [[0, 1, 0]], [[1, 0, index]], [[1, 1, index]]], "margin": "1/2000000000000",
            "gram": {"scale": 40, "re": [s, 0, s, -half, -half, s, -half, half, 0, s]}}


def chsh():
    return certificate("bell", 2, 2, 2, 2, bound("quantum-bound", "2.8284271248"),
                       [Z if SIGNS[a][x][y] > 0 else MINUS_Z for a in (0, 1) for x in (0, 1) for y in (0, 1)],
                       chsh_proof(0))


def chsh_steering():
    """Bob has an input and a qubit, F = (-1)^(a + xy) Z."""
    return dict(chsh(), scenario=dict(chsh()["scenario"], kind="bob-with-input"), proof=chsh_proof(3))


def two_paulis():
    """A0 X + A1 Z <= 2 by half the sum of squares (A0 - X)² + (A1 - Z)²: a singular Gram matrix, margin 0."""
    return certificate("traditional", 2, 2, 2, 1, bound("quantum-bound", "2"), [X, Z, MINUS_X, MINUS_Z],
                       {"method": "gram", "words": [[[0, 0, 0]], [[1, 0, 1]], [[0, 1, 0]], [[1, 0, 3]]], "margin": "0",
                        "gram": {"scale": 1, "re": [1, -1, 1, 0, 0, 1, 0, 0, -1, 1]}})


def pauli_y():
    """A0 Y <= 1 from the words A0 Z and X, by the imaginary part of the Gram matrix: Z X = iY."""
    y = [["0", {"re": "0", "im": "-1"}], [{"re": "0", "im": "1"}, "0"]]
    minus_y = [["0", {"re": "0", "im": "1"}], [{"re": "0", "im": "-1"}, "0"]]
    return certificate("bob-with-input", 2, 1, 2, 1, bound("quantum-bound", "1"), [y, minus_y],
                       {"method": "gram", "words": [[[0, 0, 0], [1, 0, 3]], [[1, 0, 1]]], "margin": "0",
                        # w1†w2 = A0 Z X = i A0 Y, so G_12 = i/2 and its conjugate give -A0 Y/2 each
                        "gram": {"scale": 1, "re": [1, 0, 1], "im": [0, 1, 0]}})


def qutrit():
    """M_0 (U + U†) <= 2 for U = XZ, from the words M_0 and M_0 U; U† = ω X^2 Z^2."""
    half, r = "-1/2", [["1/2", 3]]
    omega, omega2 = {"re": half, "im": r}, {"re": half, "im": [["-1/2", 3]]}
    # XZ|j> = ω^j|j+1>: entries (1,0) = 1, (2,1) = ω, (0,2) = ω²; and the adjoint
    k = [["0", "1", omega2], ["1", "0", omega2], [omega, omega, "0"]]
    zero = [["0"] * 3] * 3
    slack = "2." + "0" * 50 + "1"  # sums of powers of ω are only enclosed
    return certificate("traditional", 3, 1, 3, 1, bound("quantum-bound", slack), [k, zero, zero],
                       {"method": "gram", "words": [[[0, 0, 0]], [[0, 0, 0], [1, 0, 4]]], "margin": "0",
                        "gram": {"scale": 0, "re": [1, -1, 1]}})


def guess(kind, outcomes, words, re, scale=0):
    """outcomes·Σ_a M_a P_a = Σ_q V_q by unitary letters, V_q = Z_q and a unitary on Bob's side: 2 - V_1 - V_2 is a square for three
    outcomes, 3 - Σ V_q a sum of halves of (1 - V_q)^2 for four."""
    functional = [[[str(outcomes * (a == b == c)) for c in range(outcomes)] for b in range(outcomes)] for a in range(outcomes)]
    return certificate(kind, outcomes, 1, outcomes, 1, bound("quantum-bound", f"{outcomes}." + "0" * 50 + "1"), functional,
                       {"method": "gram", "letters": "unitary", "words": words, "margin": "0", "gram": {"scale": scale, "re": re}})


def unitary_qutrit():
    return guess("traditional", 3, [[], [[0, 0, 1], [1, 0, 2]]], [1, -1, 1])


def unitary_bell():
    return guess("bell", 3, [[], [[0, 0, 2], [1, 0, 1]]], [1, -1, 1])


FOUR = [3, -1, 1, -1, 0, 1, -1, 0, 0, 1]


def unitary_ququart():
    words = [[]] + [[[0, 0, q], [1, 0, g]] for q, g in ((1, 3), (2, 12), (3, 15))]  # 1Z, Z1, ZZ
    return guess("traditional", 4, words, FOUR, 1)


def unitary_bell_of_four():
    return guess("bell", 4, [[]] + [[[0, 0, q], [1, 0, q]] for q in (1, 2, 3)], FOUR, 1)


UNITARY = [unitary_qutrit, unitary_bell, unitary_ququart, unitary_bell_of_four]


def minimum():
    """A0 X + A1 Z >= -2."""
    result = two_paulis()
    result["claim"] = bound("quantum-bound", "-2", "min")
    result["proof"]["gram"]["re"] = [1, 1, 1, 0, 0, 1, 0, 0, 1, 1]
    return result


def common_cause():
    """The steering inequality of two Paulis has the classical bound √2."""
    return dict(two_paulis(), claim=bound("classical-bound", "1.4142135624"),
                proof={"method": "strategies", "eigenvalue_bounds": [["14142135624/10000000000"]] * 4})


def common_cause_chsh():
    """Strategy λ answers λ(0), λ(1); y = 0 has F of ±1 ±1 and y = 1 of ±1 ∓1."""
    return dict(chsh_steering(), claim=bound("classical-bound", "2"),
                proof={"method": "strategies", "eigenvalue_bounds": [["2", "0"], ["0", "2"], ["0", "2"], ["2", "0"]]})


def irrational():
    """max eigenvalue of √2 X + Z is √3."""
    functional = [[["1", [["1", 2]]], [[["1", 8], ["-1", 2]], "-1"]], [["0", "0"], ["0", "0"]]]
    return certificate("traditional", 2, 1, 2, 1, bound("classical-bound", "1.7320508076"), functional,
                       {"method": "strategies", "eigenvalue_bounds": [["17320508076/10000000000"], ["0"]]})


def general():
    """CHSH has the no-signalling bound 4. The functional also has ±Z/3 and ±1/5, which vanish on no-signalling σ and are
    taken away by the multipliers."""
    third, minus = [["1/3", "0"], ["0", "-1/3"]], [["-1/3", "0"], ["0", "1/3"]]
    functional = []
    for a in (0, 1):
        for x in (0, 1):
            for y in (0, 1):
                s, u = SIGNS[a][x][y], Fraction(1 if x == 0 else -1, 3)
                v = Fraction(1 if y == 0 else -1, 5)
                functional.append([[str(s + u + v), "0"], ["0", str(-s - u + v)]])
    return dict(chsh_steering(), claim=bound("no-signalling-bound", "4"), functional=functional,
                proof={"method": "multipliers", "marginal": [third, third, minus, minus],
                       "trace": ["1/5", "-1/5"] * 4})


def pr_box(a, x, y):
    return [["1/2", "0"], ["0", "0"]] if a == x * y else [["0", "0"], ["0", "1/2"]]


def post_quantum():
    return dict(chsh_steering(), claim={"kind": "post-quantum", "bound": "2.8284271248", "violation": "1.1715728752"},
                assemblage=[pr_box(a, x, y) for a in (0, 1) for x in (0, 1) for y in (0, 1)])


def visibility():
    return dict(post_quantum(), noise=[[["1/4", "0"], ["0", "1/4"]]] * 8,
                claim={"kind": "quantum-visibility", "bound": "2.8284271248", "visibility": "0.7071067812"})


def classical_visibility():
    return dict(visibility(), claim={"kind": "classical-visibility", "bound": "2", "visibility": "0.5"},
                proof=common_cause_chsh()["proof"])


def bell_visibility():
    """The same in a Bell scenario with irrational data: with √2 CHSH, s = 4√2 and t = 0, the bound 2√2 <= 2.83 is reached at
    2.83/(4√2) = 0.50027...; F's irrational off-diagonal entries are zero."""
    def times_root(matrix):
        return [[[[q, 2]] for q in row] for row in matrix]
    bell = dict(classical_visibility(), scenario=chsh()["scenario"],
                claim={"kind": "classical-visibility", "bound": "2.83", "visibility": "0.5003"})
    bell["functional"] = [times_root(matrix) for matrix in chsh()["functional"]]
    bell["proof"] = {"method": "strategies", "eigenvalue_bounds": [
        [q.replace("2", "283/100") for q in row] for row in common_cause_chsh()["proof"]["eigenvalue_bounds"]]}
    return bell


def component(effects, channels, weight="1"):
    """Both are given for a maximally entangled pair of qubits: (effect, complement) for every x, lists of K for every y."""
    return {"weight": weight, "alice": 2, "bob": 2, "state": ["1", "0", "0", "1"],
            "measurements": [m for pair in effects for m in pair], "channels": channels}


def effect(pauli, sign, divisor=1):
    """(1 ± P)/2 over the divisor."""
    half, part = f"1/{2 * divisor}", f"{sign}/{2 * divisor}"
    return {"X": [[half, part], [part, half]],
            "Y": [[half, {"re": "0", "im": f"{-sign}/{2 * divisor}"}], [{"re": "0", "im": part}, half]],
            "Z": [[f"{1 + sign}/{2 * divisor}", "0"], ["0", f"{1 - sign}/{2 * divisor}"]]}[pauli]


def effects(paulis):
    return [(effect(pauli, 1), effect(pauli, -1)) for pauli in paulis]


UNIT = [["1", "0"], ["0", "1"]]


def model(kind, numbers, components, share=None, **tables):
    proof = {"method": "model", "components": components}
    if share:
        proof["share"] = share
    result = certificate("traditional", 2, 3, 2, 1, dict(kind=kind, **numbers), None, proof)
    del result["functional"]
    return dict(result, **tables)


def chsh_value():
    """Alice measures Z and X, Bob (Z ± X)/√2 by rotations of nearly π/8."""
    t = Fraction(19891, 100000)  # tan(π/16)
    c, s, minus = (str(q / (1 + t * t)) for q in (1 - t * t, 2 * t, -2 * t))
    channels = [[[[c, s], [minus, c]]], [[[c, minus], [s, c]]]]
    return dict(chsh(), claim={"kind": "quantum-value", "sense": "max", "value": "2.8284271"},
                proof={"method": "model", "components": [component(effects("ZX"), channels)]})


def steered():
    """The transposed effects, halved."""
    return [effect(pauli, -sign if pauli == "Y" else sign, 2) for sign in (1, -1) for pauli in "XYZ"]


def approximation():
    return model("quantum-approximation", {"deviation": "0"}, [component(effects("XYZ"), [[UNIT]])], assemblage=steered())


def two_components():
    """The same in two parts that differ by a rotation of both sides by -iY."""
    rotated = [(effect("X", -1), effect("X", 1)), (effect("Y", 1), effect("Y", -1)), (effect("Z", -1), effect("Z", 1))]
    parts = [component(effects("XYZ"), [[UNIT]], "1/3"), component(rotated, [[[["0", "-1"], ["1", "0"]]]], "2/3")]
    return model("quantum-approximation", {"deviation": "0"}, parts, assemblage=steered())


def mixture():
    return model("quantum-mixture", {"visibility": "0.9"}, [component(effects("XYZ"), [[UNIT]])], "9/10",
                 assemblage=steered(), noise=[[["1/4", "0"], ["0", "1/4"]]] * 6)


def remainder():
    """The share leaves (1 ± f·Z)/4 with 3f/q = 1/2."""
    half = [["1/2", "0"], ["0", "1/2"]]
    result = model("quantum", {}, [component([(half, half)], [[UNIT]])], "1/2", assemblage=[[["7/24", "0"], ["0", "5/24"]]] * 2)
    result["scenario"]["settings"] = 1
    return result


def with_input():
    """Bob's channels are the identity and one that keeps a quarter; of the result (1 ± r·P)/4, r has 9/10."""
    def element(x, y, sign):
        p = (9 if y else 36) * sign
        return [[f"{40 + p}/160", "0"], ["0", f"{40 - p}/160"]] if x else [["1/4", f"{p}/160"], [f"{p}/160", "1/4"]]
    result = model("quantum", {}, [component(effects("XZ"), [[UNIT], [[["1/2", "0"], ["0", "1/2"]]]])], "9/10",
                   assemblage=[element(x, y, 1 - 2 * a) for a in (0, 1) for x in (0, 1) for y in (0, 1)])
    result["scenario"] = {"kind": "bob-with-input", "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 2}
    return result


def left_out():
    """The same with a third answer that is never given: 2 to the first setting, 0 to the second."""
    result = with_input()
    elements, places = result["assemblage"], [(0, 0), (1, 0), (None, 0), (None, 1), (0, 1), (1, 1)]
    result["assemblage"] = [NULL if places[3 * x + a][0] is None else elements[4 * places[3 * x + a][0] + 2 * x + y]
                            for a in range(3) for x in (0, 1) for y in (0, 1)]
    (one, other), (third, last) = effects("XZ")
    result["proof"]["components"][0]["measurements"] = [one, other, NULL, NULL, third, last]
    result["scenario"]["outcomes"] = 3
    return fresh(result)


def ghjw():
    return dict(model("quantum", {}, [], assemblage=steered()), proof={"method": "ghjw"})


MODELS = [chsh_value, approximation, two_components, mixture, remainder, with_input, left_out, ghjw]


NULL, HALF_UNIT = [["0", "0"], ["0", "0"]], [["1/2", "0"], ["0", "1/2"]]
IDENTITY = [["1", "0", "0", "1"], ["0"] * 4, ["0"] * 4, ["1", "0", "0", "1"]]  # Σ|ii><jj|
NOTHING = [["0"] * 4] * 4


def pauli(name, sign):
    part = str(sign)
    return {"X": [["0", part], [part, "0"]], "Z": [[part, "0"], ["0", str(-sign)]],
            "Y": [["0", {"re": "0", "im": str(-sign)}], [{"re": "0", "im": part}, "0"]]}[name]


def fresh(certificate):
    """A copy in which no matrix stands in two places."""
    return json.loads(json.dumps(certificate))


def transposing(kind, claim, proof, reference=True, inputs=2):
    """The elements (1 ± P)/4 for P = X, Y, Z, and at y = 1 their transposes; F has ±Pᵀ there, and ⟨F, σ⟩ = 3."""
    def sign(a, x, y):
        return -1 if a ^ (x == 1 and y == 1) else 1
    labels = [(a, x, y) for a in (0, 1) for x in range(3) for y in range(inputs)]
    result = certificate("bob-with-input", 2, 3, 2, inputs, dict(kind=kind, **claim),
                         [pauli("XYZ"[x], sign(a, x, y)) if y else NULL for a, x, y in labels], proof)
    result["assemblage"] = [effect("XYZ"[x], sign(a, x, y), 2) for a, x, y in labels]
    if reference:
        result["reference"] = {"dimension": 2, "elements": [effect(p, sign, 2) for sign in (1, -1) for p in "XYZ"]}
    return fresh(result)


def not_realisable():
    """W = (X⊗X + Y⊗Y + Z⊗Z)/2 has the eigenvalues 1/2 and -3/2: channels reach a third of what the transposition does."""
    return transposing("not-realisable", {"maps": "cptp", "bound": "1", "violation": "2"},
                       {"method": "witness", "multipliers": [NULL, HALF_UNIT]})


def realisable_visibility():
    return dict(transposing("realisable-visibility", {"maps": "cptp", "bound": "1", "visibility": "0.3333333334"},
                            {"method": "witness", "multipliers": [NULL, HALF_UNIT]}),
                noise=[[["1/4", "0"], ["0", "1/4"]]] * 12)


def without_functional(certificate):
    del certificate["functional"]
    return certificate


def realisable():
    return without_functional(transposing("realisable", {"maps": "decomposable", "deviation": "0"}, {"method": "choi", "maps": [
        {"direct": IDENTITY}, {"direct": NOTHING, "transposed": IDENTITY}]}))


def depolarised():
    """Channels come to within a third: X ↦ (1 + Xᵀ)/3 takes r to r/3 with the transposition."""
    choi = [["2/3", "0", "0", "0"], ["0", "1/3", "1/3", "0"], ["0", "1/3", "1/3", "0"], ["0", "0", "0", "2/3"]]
    result = changed(realisable(), "claim", {"kind": "realisable", "maps": "cptp", "deviation": "0.16666666667"})
    return changed(result, "proof", "maps", 1, {"direct": choi})


def self_tested():
    """On the complement of the equal vector Q has the eigenvalues 1/2 and 3/4."""
    return transposing("self-tested", {"input": 0, "bound": "1", "violation": "2"},
                       {"method": "self-test", "margin": "1/2", "multipliers": [NULL, HALF_UNIT]}, False)


def turned_by_45(certificate, length=1):
    """X and Z are replaced by (X ± Z)/√2, in two forms of √2, and all Paulis multiplied by a length. The entries of a matrix
    [[t + u, r], [r*, t - u]] are those for the Pauli at its place."""
    result, inputs = fresh(certificate), certificate["scenario"]["inputs"]
    tables = [(result[name], inputs) for name in ("functional", "assemblage") if name in result]
    tables += [(result["reference"]["elements"], 1)] if "reference" in result else []
    for table, n in tables:
        for k, m in enumerate(table):
            x = k // n % 3
            t = (Fraction(m[0][0]) + Fraction(m[1][1])) / 2
            if x == 1:
                for row in m:
                    for z in row:
                        if isinstance(z, dict):
                            z["im"] = str(Fraction(z["im"]) * length)
                continue
            r = (Fraction(m[0][1]) if x == 0 else Fraction(m[0][0]) - t) * length / 2
            u = r if x == 0 else -r
            m[0] = [[[str(t), 1], [str(u), 2]], [[str(r / 2), 8]]]
            m[1] = [[[str(r), 2]], [[str(t), 1], [str(-u), 2]]]
    return result


def irrational_witness():
    return turned_by_45(not_realisable())  # W is what it was: rational, as √2·√2 = 2


def irrational_maps():
    """The elements have to be positive by enclosures, hence not of rank one. Entries of the reference and of the assemblage
    are the same real in two forms, so that the difference is exactly zero."""
    result = turned_by_45(realisable(), Fraction(1, 2))
    for k, m in enumerate(result["assemblage"]):
        if k // 2 % 3 != 1:
            m[0][1], m[1][0] = m[1][0], m[0][1]
    return result


def irrational_self_test():
    return turned_by_45(self_tested())


def text_of(z):
    re, im = z if isinstance(z, tuple) else (z, 0)
    return {"re": str(re), "im": str(im)} if im else str(re)


def gaussian_product(u, v):
    return u[0] * v[0] - u[1] * v[1], u[0] * v[1] + u[1] * v[0]


def projector_text(vector, factor):
    """factor·|v><v| for a list of pairs (re, im)."""
    return [[text_of(tuple(q * factor for q in gaussian_product(u, (v[0], -v[1])))) for v in vector] for u in vector]


def sum_text(m, n):
    """The sum of two matrices of texts."""
    def parts(z):
        return (Fraction(z["re"]), Fraction(z["im"])) if isinstance(z, dict) else (Fraction(z), Fraction(0))
    return [[text_of(tuple(map(sum, zip(parts(z), parts(w))))) for z, w in zip(row, row2)] for row, row2 in zip(m, n)]


def three_to_two(maps="decomposable"):
    """D = 3 and d = 2: W = Σ_a f_a ψ_a*ψ_a*† ⊗ φ_aφ_a† and K = Σ_a f_a ψ_a*ψ_a*†, which is singular and not real."""
    q, zero = Fraction(1, 5), (0, 0)
    psi = [[(3 * q, 0), (0, 4 * q), zero], [(0, 4 * q), (3 * q, 0), zero]]
    phi = [[(4 * q, 0), (0, 3 * q)], [(0, 3 * q), (4 * q, 0)]]
    conjugate = [[(re, -im) for re, im in v] for v in psi]
    result = certificate("traditional", 2, 1, 2, 1, {"kind": "not-realisable", "maps": maps, "bound": "3", "violation": "1"},
                         [projector_text(phi[0], 2), projector_text(phi[1], 4)],
                         {"method": "witness", "multipliers": [sum_text(projector_text(conjugate[0], 1),
                                                                        projector_text(conjugate[1], 2))]})
    result["assemblage"] = [NULL, projector_text(phi[1], 1)]
    result["reference"] = {"dimension": 3, "elements": [projector_text(v, Fraction(1, 2)) for v in psi]}
    return result


def one_to_two():
    """D = 1: the reference has only p(a|x), and Bob knows nothing of a; in a bell scenario."""
    result = certificate("bell", 2, 1, 2, 1, {"kind": "not-realisable", "maps": "decomposable", "bound": "0.5", "violation": "0.5"},
                         [[["1", "0"], ["0", "0"]], [["0", "0"], ["0", "1"]]],
                         {"method": "witness", "multipliers": [[["1/2"]]]})
    result["assemblage"] = [[["1/2", "0"], ["0", "0"]], [["0", "0"], ["0", "1/2"]]]
    result["reference"] = {"dimension": 1, "elements": [[["1/2"]], [["1/2"]]]}
    return result


def not_given():
    """Only what the functional looks at is given."""
    result = transposing("realisable-visibility", {"maps": "cptp", "bound": "1", "visibility": "0.3333333334"},
                         not_realisable()["proof"])
    for name, element in (("assemblage", None), ("noise", [["1/4", "0"], ["0", "1/4"]])):
        result[name] = [(element or result[name][k]) if k % 2 else None for k in range(12)]
    return result


def bell_maps():
    """In a bell scenario only the diagonal of what the map gives is compared."""
    result = without_functional(transposing("realisable", {"maps": "cptp", "deviation": "0"},
                                            {"method": "choi", "maps": [{"direct": IDENTITY}]}, inputs=1))
    result["scenario"]["kind"] = "bell"
    result["assemblage"] = [[[m[0][0], "0"], ["0", m[1][1]]] for m in result["assemblage"]]
    return result


MAPS = [not_realisable, realisable_visibility, realisable, depolarised, self_tested, irrational_witness, irrational_maps,
        irrational_self_test, three_to_two, one_to_two, not_given, bell_maps]


STEPS = {"settings": [2, 1, 2], "outcomes": [2, 3, 2]}


def tuples(key, count=3):
    return list(itertools.product(*map(range, STEPS[key][:count])))


def chance(k, a, x, b):
    """p(a_k | x_k, a_{k-1}, b): Alice's outcomes depend on Bob's bit and on what has happened, not on what follows."""
    before = a[k - 1] if k else 0
    parts = (Fraction(2, 3), Fraction(1, 3)) if k != 1 else (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
    return parts[(a[k] + x[k] + before * (k + 1) + b) % len(parts)]


def diagonal_table(entry):
    return [[[str(entry(a, x, 0)), "0"], ["0", str(entry(a, x, 1))]] for a in tuples("outcomes") for x in tuples("settings")]


def steps_table(chance=chance):
    return diagonal_table(lambda a, x, b: math.prod(chance(k, a, x, b) for k in range(3)) / 2)


def steps_certificate(claim, proof, **tables):
    result = certificate("sequential", 2, STEPS["settings"], STEPS["outcomes"], 1, claim, None, proof)
    del result["functional"]
    return dict(result, **tables)


def sequence():
    return steps_certificate({"kind": "quantum"}, {"method": "ghjw"}, assemblage=steps_table())


def sequence_near():
    """A real off-diagonal part that the two outcomes of the last step share with opposite signs."""
    table = fresh(steps_table())
    for place, part in ((0, "1/1000"), (4, "-1/1000")):
        table[place][0][1] = table[place][1][0] = part
    return steps_certificate({"kind": "quantum-approximation", "deviation": "0.001"},
                             {"method": "ghjw", "near": steps_table()}, assemblage=table)


def coefficient(a, x, b):
    return (3 * a[0] + 5 * a[1] + 7 * a[2] + 2 * x[0] + 4 * x[2] + 6 * b * (1 + a[1])) % 13


def sequence_value():
    value = sum(coefficient(a, x, b) * math.prod(chance(k, a, x, b) for k in range(3)) / 2
                for a in tuples("outcomes") for x in tuples("settings") for b in (0, 1))
    return steps_certificate({"kind": "quantum-value", "sense": "max", "value": f"{float(value) - 1e-9:.9f}"},
                             {"method": "ghjw", "near": steps_table()}, functional=diagonal_table(coefficient))


def sequence_bound():
    """The best answers, last step first, if Alice knew Bob's bit."""
    best = {(a, x): [coefficient(a, x, b) for b in (0, 1)] for a in tuples("outcomes") for x in tuples("settings")}
    multipliers = []
    for k in (2, 1, 0):
        rows = {(a, x): [max(best[a + (last,), x][b] for last in range(STEPS["outcomes"][k])) for b in (0, 1)]
                for a in tuples("outcomes", k) for x in tuples("settings", k + 1)}
        multipliers.insert(0, [[[str(p), "0"], ["0", str(q)]] for p, q in rows.values()])
        best = {(a, x): [sum(rows[a, x + (s,)][b] for s in range(STEPS["settings"][k])) for b in (0, 1)]
                for a in tuples("outcomes", k) for x in tuples("settings", k)}
    return steps_certificate(bound("quantum-bound", str(max(best[(), ()]))), {"method": "steps", "multipliers": multipliers},
                             functional=diagonal_table(coefficient))


def sequence_general():
    return changed(sequence_bound(), "claim", "kind", "no-signalling-bound")


def ghjw_near():
    return dict(approximation(), proof={"method": "ghjw", "near": steered()})


SEQUENCES = [sequence, sequence_near, sequence_value, sequence_bound, sequence_general, ghjw_near]


def many_words(n, seed=1, is_real=False):
    """n different words with a random Gram matrix V V† on a coarse grid; the bound is far from tight."""
    rng = random.Random(seed)
    words = {()}
    while len(words) < n:
        word, length = [], rng.randint(0, 3)
        for device, inputs in ((0, 3), (1, 2)):
            last = None
            for _ in range(length):
                last = rng.choice([k for k in range(inputs) if k != last])
                word.append((device, last, rng.randint(1, 3) if device else 0))
        words.add(tuple(word))
    rank = n + 5
    v = [[(rng.randint(-9, 9), 0 if is_real else rng.randint(-9, 9)) for _ in range(rank)] for _ in range(n)]
    flat = [[x for z in row for x in z] for row in v]
    turn = [verify.turned(row) for row in flat]
    re = [verify.inner(flat[i], flat[j]) << 20 for j in range(n) for i in range(j + 1)]
    im = [verify.inner(flat[i], turn[j]) << 20 for j in range(n) for i in range(j + 1)]
    return certificate("bob-with-input", 2, 3, 2, 2, bound("quantum-bound", str(10 ** 9)), [X] * 12,
                       {"method": "gram", "words": [list(map(list, word)) for word in sorted(words)], "margin": "1/1000",
                        "gram": {"scale": 20, "re": re, "im": im}})


def ket(x, q="1"):
    """q|x><x|."""
    return [[q if i == j == x else "0" for j in (0, 1)] for i in (0, 1)]


def seen(element, other=None):
    """A table of element(a, x) where y = a, and of the other elsewhere."""
    return [element(a, x) if y == a else other for a in (0, 1) for x in (0, 1) for y in (0, 1)]


def part_of_pauli(kind, x, q):
    """(1 + qP)/4 with P = Z, X for x = 0, 1; in a Bell scenario its diagonal."""
    q = Fraction(q)
    off = str(q / 4) if x and "bell" not in kind else "0"
    diagonal = Fraction(0) if x else q
    return [[str((1 + diagonal) / 4), off], [off, str((1 - diagonal) / 4)]]


PARTS = [["1", "1/4"], ["-1", "-1/4"]]  # of P for a, y: what Bob's channels leave of it
WHITE = [["1/4", "0"], ["0", "1/4"]]


def instrumental(kind):
    """Certificates of every claim. Most are about F_{0|x} = |x><x|, of which a no-signalling σ has at most 1 since Σ_x <x|ρ|x> = 1:
    a strengthening of the instrumental inequality. σ_{0|x} = |x><x| has 2. With z = ±1 for Bob's outcome or his Z,
    1 - B = Σ_x ((1 - A_x)/2 (1 ± z)/2), each of which is its own square."""
    z = 0 if "bell" in kind else 3
    rows = [1, -1, 0, 1, -1, 0], [1, 0, -1, -1, 0, 1]  # over 4, and the words that they belong to
    words = [[], [[0, 0, 0]], [[0, 1, 0]], [[1, 0, z]], [[0, 0, 0], [1, 0, z]], [[0, 1, 0], [1, 0, z]]]
    gram = {"method": "gram", "words": words, "margin": "0",
            "gram": {"scale": 4, "re": [sum(row[i] * row[j] for row in rows) for j in range(6) for i in range(j + 1)]}}
    strategies = {"method": "strategies", "eigenvalue_bounds": [["1", "0"]] * 3 + [["0", "0"]]}
    plus, minus = ([[q, "0"], ["0", r]] for q, r in (("1/2", "-1/2"), ("-1/2", "1/2")))
    multipliers = {"method": "multipliers", "marginal": [plus, NULL, minus, NULL], "trace": ["1/4", "-1/4"] * 4}
    witness = {"method": "witness", "multipliers": [[["1/2"]], [["0"]]]}
    constant = {"weight": "1", "alice": 1, "bob": 1, "state": ["1"], "measurements": [[["1"]], [["0"]]] * 2,
                "channels": [[[["1"], ["0"]]], [[["0"], ["1"]]]]}
    pair = component(effects("ZX"), [[UNIT], [[["1/2", "0"], ["0", "1/2"]]]])

    def shrunk(factor):
        """The model that the pair gives, with Bob's channels the identity and one that keeps a quarter, mixed with noise."""
        return [part_of_pauli(kind, x, factor * Fraction(PARTS[a][y])) for a in (0, 1) for x in (0, 1) for y in (0, 1)]

    functional = seen(lambda a, x: ket(x) if a == 0 else NULL, NULL)
    best, white = seen(lambda a, x: ket(x) if a == 0 else NULL), seen(lambda a, x: WHITE)
    steered, half = ([m if k in (0, 2, 5, 7) else None for k, m in enumerate(shrunk(q))] for q in (1, Fraction(1, 2)))
    shared = {"method": "model", "components": [pair], "share": "1/2",
              "completion": [None if k in (0, 2, 5, 7) else m for k, m in enumerate(shrunk(Fraction(1, 2)))]}
    reference = {"dimension": 1, "elements": [[["1/2"]]] * 4}
    made = {"method": "choi", "maps": [{"direct": ket(0)}, {"direct": [["1/3", "0"], ["0", "2/3"]]}]}

    def about(name, proof, numbers, **tables):
        result = certificate(kind, 2, 2, 2, 2, dict(kind=name, **numbers), functional, proof)
        if name in ("quantum", "quantum-mixture", "quantum-approximation", "realisable"):
            del result["functional"]
        return fresh(dict(result, **tables))

    top, low = {"sense": "max", "bound": "1"}, {"sense": "min", "bound": "-1"}
    more, visible = {"bound": "1", "violation": "1"}, {"bound": "1", "visibility": "0.34"}
    negative = seen(lambda a, x: ket(x, "-1") if a == 0 else NULL, NULL)
    return [about("quantum-bound", gram, top), about("quantum-bound", gram, low, functional=negative),
            about("post-quantum", gram, more, assemblage=best),
            about("quantum-visibility", gram, visible, assemblage=best, noise=white),
            about("classical-bound", strategies, top),
            about("classical-visibility", strategies, visible, assemblage=best, noise=white),
            about("no-signalling-bound", multipliers, top), about("invalid", multipliers, more, assemblage=best),
            about("quantum-value", {"method": "model", "components": [constant]}, {"sense": "max", "value": "1"}),
            about("quantum", shared, {}, assemblage=half),
            about("quantum-mixture", shared, {"visibility": "0.5"}, assemblage=steered, noise=white),
            about("quantum-approximation", {"method": "model", "components": [pair]}, {"deviation": "0"}, assemblage=steered),
            about("not-realisable", witness, {"maps": "cptp", "bound": "0.5", "violation": "1.5"}, assemblage=best,
                  reference=reference),
            about("realisable-visibility", witness, {"maps": "decomposable", "bound": "0.5", "visibility": "0"}, assemblage=best,
                  noise=white, reference=reference),
            about("realisable", made, {"maps": "cptp", "deviation": "0"}, reference=reference,
                  assemblage=seen(lambda a, x: [["1/6", "0"], ["0", "1/3"]] if a else ket(0, "1/2")))]


def instrumental_claim(name, kind="instrumental"):
    """The first of these certificates with that claim."""
    return next(c for c in instrumental(kind) if c["claim"]["kind"] == name)


def listed(name, make, k):
    def one():
        return make()[k]
    one.__name__ = f"{name} {k}"
    return one


def named(kind, k):
    return listed(kind, lambda: instrumental(kind), k)


def invalid():
    """Two elements with the trace 1/2 and longer Bloch vectors, which are not positive: F = ±Z has at most 1 on positive ones."""
    return dict(certificate("traditional", 2, 1, 2, 1, {"kind": "invalid", "bound": "1", "violation": "0.5"}, [Z, MINUS_Z],
                            {"method": "multipliers", "marginal": [NULL], "trace": ["0", "0"]}),
                assemblage=[[["5/8", "0"], ["0", "-1/8"]], [["-1/8", "0"], ["0", "5/8"]]])


def invalid_qutrit():
    """The same with three settings and a qutrit: 1 for σ without signalling, as all L are |x><x| - 1/3, and 3 for |x><x|."""
    def diagonal(entries):
        return [[str(q) if i == j else "0" for j in range(3)] for i, q in enumerate(entries)]
    kets, zero = [diagonal([int(b == x) for b in range(3)]) for x in range(3)], diagonal([0] * 3)
    labels = [(a, x, y) for a in (0, 1) for x in range(3) for y in (0, 1)]
    thirds = [diagonal([Fraction(int(b == x)) - Fraction(1, 3) for b in range(3)]) for x in range(3)]
    result = certificate("instrumental-bell", 3, 3, 2, 2, {"kind": "invalid", "bound": "1", "violation": "2"},
                         [kets[x] if a == y == 1 else zero for a, x, y in labels],
                         {"method": "multipliers", "marginal": [m for x in range(3) for m in (zero, thirds[x])],
                          "trace": ["-1/6", "1/6"] * 6})
    return fresh(dict(result, assemblage=[None if a != y else kets[x] if a else zero for a, x, y in labels]))


def unsharp(q):
    """The elements (1 ± qP)/4 for P = Z, X."""
    return [part_of_pauli("traditional", x, sign * Fraction(q)) for sign in (1, -1) for x in (0, 1)]


def strategies(*bounds):
    return {"method": "strategies", "eigenvalue_bounds": list(bounds)}


def multipliers(marginal, trace):
    return {"method": "multipliers", "marginal": marginal, "trace": trace}


def diagonal(*entries):
    return [[str(q) if i == j else "0" for j in range(len(entries))] for i, q in enumerate(entries)]


def from_below(kind, dimension, claim, functional, proof, assemblage, **others):
    """A traditional certificate, or one with CHSH's scenario, of two settings and outcomes."""
    inputs = 1 if kind == "traditional" else 2
    return fresh(dict(certificate(kind, dimension, 2, 2, inputs, claim, functional, proof), assemblage=assemblage, **others))


def steering_robustness():
    """s = 2, all no-signalling σ have -2 at least and common causes √2 at most: (2 - √2)/(2 + √2) = 3 - 2√2 = 0.17157287525."""
    return from_below("traditional", 2, {"kind": "robustness", "set": "classical", "noise": "any", "bound": "1.4142135624",
                                         "least": "-2", "robustness": "0.1715728752"},
                      [Z, X, MINUS_Z, MINUS_X], common_cause()["proof"], unsharp(1), general=multipliers([NULL] * 2, ["0"] * 4))


def consistent_robustness():
    """The same behind Bob's filter √ρ with ρ = diag(16, 9)/25, along noise with that sum. With R = ρ^{-1}/2 the functional
    ±√R P √R has 2, and at least -2 where the sum is ρ, as √R P √R <= R and tr(Rρ) = 1; R·k with k > √2 at x = 0 takes k away
    from both, and what is left has at most 0."""
    r, k = (Fraction(25, 32), Fraction(25, 18)), Fraction("1.4142135624")
    off = Fraction(25, 24)
    functional = [diagonal(*(q * (sign * u - k) for q, u in zip(r, (1, -1)))) if x == 0 else
                  [["0", str(sign * off)], [str(sign * off), "0"]] for sign in (1, -1) for x in (0, 1)]
    assemblage = [diagonal("16/25", 0), [["8/25", "6/25"], ["6/25", "9/50"]],
                  diagonal(0, "9/25"), [["8/25", "-6/25"], ["-6/25", "9/50"]]]
    return from_below("traditional", 2, {"kind": "robustness", "set": "classical", "noise": "consistent", "bound": "0",
                                         "least": "-3.4142135624", "robustness": "0.1715728752"},
                      functional, strategies(*[["0"]] * 4), assemblage,
                      general=multipliers([diagonal(*(q * (1 + k) for q in r)), diagonal(*r)], ["0"] * 4))


def irrational_consistent_robustness():
    """Elements ρ/4 and 3ρ/4 with <Z> = √2/2, F = Z for x = 0: noise with the same sum has √2/2 too. It has no robustness: at least -1."""
    parts = [scaled([[[["1/8", 1], ["1/16", 2]], "0"], ["0", [["1/8", 1], ["-1/16", 2]]]], f) for f in (1, 1, 3, 3)]
    return from_below("traditional", 2, {"kind": "robustness", "set": "classical", "noise": "consistent", "bound": "1",
                                         "least": "0.7071067811", "robustness": "-1"},
                      [Z, NULL, Z, NULL], strategies(*[["1"]] * 4), parts, general=multipliers([MINUS_Z, NULL], ["0"] * 4))


def consistent_robustness_with_inputs():
    """The same in a scenario with inputs, <Z> = 1 for y = 0 and 3/5 for y = 1, where F looks."""
    table = [diagonal(f, 0) if y == 0 else diagonal(f * Fraction(4, 5), f * Fraction(1, 5))
             for f in (Fraction(1, 4), Fraction(3, 4)) for x in (0, 1) for y in (0, 1)]
    return from_below("bell", 2, {"kind": "robustness", "set": "classical", "noise": "consistent", "bound": "1", "least": "0.6",
                                  "robustness": "-1"},
                      [NULL, Z, NULL, NULL] * 2, strategies(*[["0", "1"]] * 4), table,
                      general=multipliers([NULL, MINUS_Z, NULL, NULL], ["0"] * 8))


def white_robustness():
    """White noise has 0: (2 - √2)/√2 = √2 - 1 = 0.41421356237, and 1/√2 is left of the assemblage."""
    result = changed(steering_robustness(), "claim", {"kind": "robustness", "set": "classical", "noise": "given",
                                                      "bound": "1.4142135624", "least": "0", "robustness": "0.4142135623"})
    del result["general"]
    return dict(result, noise=unsharp(0))


def steering_weight():
    """F = -(1 ∓ P)/2, what is not there in a pure assemblage: s = 0 = most, and common causes have at most √1/2 - 1 < 0."""
    functional = [negative(effect(pauli, -sign)) for sign in (1, -1) for pauli in "ZX"]
    return from_below("traditional", 2, {"kind": "weight", "set": "classical", "bound": "-0.2928932188", "most": "0", "weight": "1"},
                      functional, strategies(*[["-2928932188/10000000000"]] * 4), unsharp(1), general=multipliers([NULL] * 2, ["0"] * 4))


def scaled(matrix, factor):
    """The matrix times an integer."""
    def times(z):
        if isinstance(z, dict):
            return {part: times(q) for part, q in z.items()}
        return str(factor * Fraction(z)) if isinstance(z, str) else [[str(factor * Fraction(q)), d] for q, d in z]
    return [[times(z) for z in row] for row in matrix]


def negative(matrix):
    return scaled(matrix, -1)


def isotropic(v):
    """(1 ± vZ)/4, with the sign of CHSH; v = 1 is the PR box."""
    return [diagonal((1 + s) / 4, (1 - s) / 4) for a in (0, 1) for x in (0, 1) for y in (0, 1)
            for s in [SIGNS[a][x][y] * Fraction(v)]]


def signed(proof, sign):
    """The multipliers for F or -F."""
    return multipliers([m if sign > 0 else negative(m) for m in proof["marginal"]],
                       [str(sign * Fraction(t)) for t in proof["trace"]])


def chsh_distance(kind, measure, of, visibility, **numbers):
    """CHSH with the terms of `general`, which vanish on no-signalling σ: classical 2, quantum 2√2, no-signalling ±4."""
    proof = chsh_proof(0 if kind == "bell" else 3)
    if of == "classical":  # the terms ±1/5 with the sign of y, for two settings
        proof = strategies(*[[str(Fraction(p) + Fraction(2, 5)), str(Fraction(q) - Fraction(2, 5))]
                             for p, q in common_cause_chsh()["proof"]["eigenvalue_bounds"]])
    claim = dict(kind=measure, set=of, bound="2" if of == "classical" else "2.8284271248", **numbers)
    return from_below(kind, 2, claim, general()["functional"], proof, isotropic(visibility),
                      general=signed(general()["proof"], -1 if measure == "robustness" else 1))


def chsh_distances():
    """s = 4v. Robustness (4v - b)/(b + 4), weight (4v - b)/(4 - b)."""
    any_noise = {"noise": "any", "least": "-4"}
    return [chsh_distance("bob-with-input", "robustness", "classical", 1, robustness="0.333333333333", **any_noise),
            chsh_distance("bell", "robustness", "classical", 1, robustness="0.333333333333", **any_noise),
            chsh_distance("bob-with-input", "robustness", "quantum", 1, robustness="0.1715728752", **any_noise),
            chsh_distance("bell", "robustness", "quantum", "9/10", robustness="0.1129942314", **any_noise),
            chsh_distance("bob-with-input", "weight", "classical", "3/4", most="4", weight="0.5"),
            chsh_distance("bell", "weight", "classical", "3/4", most="4", weight="0.5"),
            chsh_distance("bob-with-input", "weight", "quantum", 1, most="4", weight="1"),
            chsh_distance("bell", "weight", "quantum", "9/10", most="4", weight="0.6585786437")]


def from_above(kind, claim, proof, assemblage, dimension=2, settings=2, outcomes=2):
    inputs = {"traditional": 1}.get(kind, 2)
    return fresh(dict(without_functional(certificate(kind, dimension, settings, outcomes, inputs, claim, None, proof)),
                      assemblage=assemblage))


def at_most(measure, of, value):
    return {"kind": f"{measure}-at-most", "set": of, measure: value}


def common_causes(states, **others):
    return dict({"method": "common-causes", "states": states}, **others)


def steering_causes(v):
    """For every strategy (1 ± vZ ± vX)/8, positive for 2v² <= 1: they make (1 ± vP)/4."""
    v = Fraction(v) / 8
    return common_causes([[[[str(Fraction(1, 8) + s * v), str(t * v)], [str(t * v), str(Fraction(1, 8) - s * v)]]]
                          for t in (1, -1) for s in (1, -1)])


def steering_robustness_at_most(v="3/5", r="0.25", q=1):
    """(1 + r)(1 + v) = 2 is what the pure assemblage needs, singular."""
    return from_above("traditional", at_most("robustness", "classical", r), steering_causes(v), unsharp(q))


def near_steering_robustness_at_most():
    """v = 70/99 < 1/√2 and r = 2/(1 + v) - 1 = 29/169 = 0.17159763314."""
    return steering_robustness_at_most("70/99", "0.1715976332")


def steering_robustness_zero():
    return steering_robustness_at_most("3/5", "0", "3/5")


def steering_weight_at_most():
    """17/20 is half of 1 and half of 7/10."""
    return from_above("traditional", at_most("weight", "classical", "0.5"), steering_causes("7/10"), unsharp("17/20"))


def steering_weight_zero():
    return from_above("traditional", at_most("weight", "classical", "0"), steering_causes("7/10"), unsharp("7/10"))


def irrational_weight_one():
    """A pure assemblage is positive by its rank alone."""
    return from_above("traditional", at_most("weight", "classical", "1"), steering_causes(0),
                      [turned_by_45(approximation())["assemblage"][k] for k in (2, 0, 5, 3)])


def quantum_steering_at_most():
    """A traditional assemblage is quantum."""
    return from_above("traditional", at_most("robustness", "quantum", "0.0"),
                      {"method": "model", "components": [component(effects("ZX"), [[UNIT]])]}, unsharp(1))


def chsh_causes(weight=Fraction(1, 4)):
    """Alice's four strategies alike, Bob's best answer to each: Z = ±1 for y = 0 where the answers are the same, for y = 1 where they
    differ, and 1/2 for the other input. They make the isotropic assemblage with v = 1/2."""
    return common_causes([[diagonal(*(weight * (1 + s * z) / 2 for z in (1, -1))) for s in signs]
                          for signs in ((1, 0), (0, -1), (0, 1), (-1, 0))])


def chsh_at_most(kind, measure, value, v):
    return from_above(kind, at_most(measure, "classical", value), chsh_causes(), isotropic(v))


def chsh_model(kind):
    """Visibilities of nearly 1/√2; in steering Bob's channel dephases after its rotation."""
    result = chsh_value()["proof"]
    if kind != "bell":
        channels = result["components"][0]["channels"]
        for y, ((first, second),) in enumerate(channels):
            channels[y] = [[first, ["0", "0"]], [["0", "0"], second]]
    return {"method": "model", "components": result["components"]}


def chsh_distances_at_most():
    """Robustness 4/3·(1 ± 1/2)/4 >= 0, 1/2; weight (1 ± 3/4)/4 >= (1 ± 1/2)/8; for the model r = 2/(1 + v) - 1, v = 0.70710034."""
    return ([chsh_at_most(kind, "robustness", "0.333333333334", 1) for kind in ("bob-with-input", "bell")] +
            [chsh_at_most(kind, "weight", "0.5", "3/4") for kind in ("bob-with-input", "bell")] +
            [from_above(kind, at_most("robustness", "quantum", "0.1715772958"), chsh_model(kind), isotropic(1))
             for kind in ("bob-with-input", "bell")] +
            [from_above(kind, at_most("weight", "quantum", "1"), chsh_model(kind), isotropic(1))
             for kind in ("bob-with-input", "bell")])


def qutrit_causes(measure="robustness"):
    """Three outcomes, two settings and inputs, d = 3: states of their own for every strategy, and what they make by the definition."""
    rng = random.Random(3)
    vectors = {(first, second, y): [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(3)]
               for second in range(3) for first in range(3) for y in (0, 1)}
    states = {place: projector_text(v, Fraction(1, 9 * sum(re * re + im * im for re, im in v))) for place, v in vectors.items()}

    def made(a, x, y):
        total = [["0"] * 3] * 3
        for place, state in states.items():
            total = sum_text(total, state) if place[x] == a and place[2] == y else total
        return total
    proof = common_causes([[states[first, second, y] for y in (0, 1)] for second in range(3) for first in range(3)])
    return from_above("bob-with-input", at_most(measure, "classical", "0"), proof,
                      [made(a, x, y) for a in range(3) for x in (0, 1) for y in (0, 1)], dimension=3, outcomes=3)


def qutrit_causes_weight():
    return qutrit_causes("weight")


def instrumental_distances(kind):
    """σ_{0|x} = |x><x| has 2 where no-signalling σ have 0 to 1: robustness 1. It is completed by ∓Z/2 for a = 1, y = 0 and by 1/2 for
    a = 0, y = 1. ω has the causes (a for x = 0, 1) = (0, 0), (1, 0), (0, 1) with 1/2, 1/4, 1/4, when Bob has 1/2, |1>, |0> at y = 0, and
    1/2 at y = 1. Last a weight: (1 ± P/2)/4 less 3/4 of (1 ± P)/4 is (1 ∓ P)/16, positive and singular."""
    best, half = instrumental_claim("post-quantum", kind), instrumental_claim("quantum", kind)
    claims = [{"kind": "robustness", "noise": "any", "bound": "1", "least": "0", "robustness": "1"},
              {"kind": "robustness", "noise": "given", "bound": "1", "least": "0.5", "robustness": "2"},
              {"kind": "weight", "bound": "1", "most": "3", "weight": "0.5"}]
    proofs = {"quantum": best["proof"], "classical": instrumental_claim("classical-bound", kind)["proof"]}
    # of -F <= 0, with terms that cancel in every element; and of F <= 3
    tables = [{"general": multipliers([negative(UNIT), UNIT, UNIT, negative(UNIT)], ["1", "-1", "-1", "1"] * 2)},
              {"noise": instrumental_claim("classical-visibility", kind)["noise"]}, {"general": instrumental_claim("no-signalling-bound", kind)["proof"]}]
    below = [fresh(dict(best, claim=dict(claim, set=of), proof=proof, **table))
             for of, proof in proofs.items() for claim, table in zip(claims, tables)]
    half_z = diagonal("1/2", "-1/2")
    completion = [None, HALF_UNIT, None, HALF_UNIT, negative(half_z), None, half_z, None]  # a = 0 at y = 1, a = 1 at y = 0
    causes = common_causes([[diagonal("1/4", "1/4")] * 2, [ket(1, "1/4"), diagonal("1/8", "1/8")],
                            [ket(0, "1/4"), diagonal("1/8", "1/8")], [NULL, NULL]], completion=completion)

    def constant(weight, answers, channel):
        """Alice's answers to x = 0, 1; Bob's channel for y = 0, and nothing passes the other, which leaves 1/2."""
        return {"weight": weight, "alice": 1, "bob": 1, "state": ["1"], "channels": [[channel], [[["0"], ["0"]]]],
                "measurements": [[[str(int(a == answer))]] for answer in answers for a in (0, 1)]}
    model = {"method": "model", "completion": completion, "components": [
        constant("1/2", (0, 0), [["0"], ["0"]]), constant("1/4", (1, 0), [["0"], ["1"]]), constant("1/4", (0, 1), [["1"], ["0"]])]}
    shared = dict(half["proof"])
    del shared["share"]
    above = [(at_most("robustness", "classical", "1"), causes, best), (at_most("robustness", "quantum", "1"), model, best),
             (at_most("weight", "quantum", "0.25"), shared, half)]
    return below + [fresh(without_functional(dict(table, claim=claim, proof=proof)) if "functional" in table else
                          dict(table, claim=claim, proof=proof)) for claim, proof, table in above]


def steering_trace_distance():
    """s = 2 for F = ±Z, ±X, common causes √2 at most, two settings: (2 - √2)/4 = 0.14644660940."""
    return from_below("traditional", 2, {"kind": "trace-distance", "set": "classical", "bound": "1.4142135624", "most": "1",
                                         "distance": "0.1464466094"},
                      [Z, X, MINUS_Z, MINUS_X], common_cause()["proof"], unsharp(1))


def chsh_trace_distance(kind):
    """The PR box, whose functional has terms of 1/5 and 1/3 besides ±Z: (4 - 2√2)/(2·4·8/5) = 0.091529130875."""
    result = chsh_distance(kind, "trace-distance", "quantum", 1, most="1.6", distance="0.0915291308")
    del result["general"]
    return result


def scaled_by(matrix, factor):
    return [[str(factor * Fraction(z)) for z in row] for row in matrix]


def steering_trace_distance_at_most(v="7/10", distance="0.15"):
    """(1 ± P)/4 less (1 ± vP)/4 has the positive part (1 - v)/4·(1 ± P)/2: (1 - v)/2 of distance."""
    result = from_above("traditional", {"kind": "trace-distance-at-most", "set": "classical", "distance": distance},
                        steering_causes(v), unsharp(1))
    result["proof"]["parts"] = [scaled_by(part, (1 - Fraction(v)) / 2) for part in unsharp(1)]
    return result


def chsh_trace_distance_at_most(kind):
    """The model has visibilities above 0.7071: (1 - v)/4 of every element, four times for every setting, at most."""
    result = from_above(kind, {"kind": "trace-distance-at-most", "set": "quantum", "distance": "0.14645"}, chsh_model(kind), isotropic(1))
    result["proof"]["parts"] = [scaled_by(part, Fraction("0.1464499")) for part in isotropic(1)]
    return result


def instrumental_trace_distances(kind):
    """What is seen of instrumental_distances: ω has 1/4 more of one ket and 1/2 less of the other in two elements, and 1/8 more of both in
    what σ does not have: parts of 1/2 in two of n = 2 settings."""
    robust, causes = instrumental_distances(kind)[3], instrumental_distances(kind)[6]
    below = dict(robust, claim={"kind": "trace-distance", "set": "classical", "bound": "1", "most": "2", "distance": "0.125"})
    del below["general"]
    above = dict(causes, claim={"kind": "trace-distance-at-most", "set": "classical", "distance": "0.5"}, proof=dict(causes["proof"]))
    del above["proof"]["completion"]
    above["proof"]["parts"] = [ket(0, "1/2"), None, ket(1, "1/2"), None, None, NULL, None, NULL]
    return [fresh(below), fresh(above)]


DISTANCES = [steering_robustness, consistent_robustness, irrational_consistent_robustness, consistent_robustness_with_inputs,
             white_robustness, steering_weight,
             steering_robustness_at_most, near_steering_robustness_at_most, steering_robustness_zero, steering_weight_at_most,
             steering_weight_zero, irrational_weight_one, quantum_steering_at_most, qutrit_causes, qutrit_causes_weight]
DISTANCES += [listed("chsh_distances", chsh_distances, k) for k in range(8)]
DISTANCES += [listed("chsh_distances_at_most", chsh_distances_at_most, k) for k in range(8)]
DISTANCES += [listed(f"{kind}_distances", lambda kind=kind: instrumental_distances(kind), k)
              for kind in ("instrumental", "instrumental-bell") for k in range(9)]
DISTANCES += [steering_trace_distance, steering_trace_distance_at_most]
DISTANCES += [listed(f"{kind}_trace_distances", lambda kind=kind: [chsh_trace_distance(kind), chsh_trace_distance_at_most(kind)], k)
              for kind in ("bob-with-input", "bell") for k in range(2)]
DISTANCES += [listed(f"{kind}_trace_distances", lambda kind=kind: instrumental_trace_distances(kind), k)
              for kind in ("instrumental", "instrumental-bell") for k in range(2)]


INSTRUMENTS = [named(kind, k) for kind in ("instrumental", "instrumental-bell") for k in range(15)]
ALL = [chsh, chsh_steering, two_paulis, pauli_y, qutrit, minimum, common_cause, common_cause_chsh, irrational, general,
       post_quantum, visibility, classical_visibility, bell_visibility, invalid, invalid_qutrit]
ALL += UNITARY + MODELS + MAPS + SEQUENCES + INSTRUMENTS + DISTANCES


def changed(certificate, *path_and_value):
    """A copy with the value at a path replaced; an integer path entry is an index."""
    *path, last, value = path_and_value
    result = copy.deepcopy(certificate)
    place = result
    for key in path:
        place = place[key]
    place[last] = value
    return result


def without(certificate, *path):
    """A copy without the value at a path."""
    *path, last = path
    result = copy.deepcopy(certificate)
    place = result
    for key in path:
        place = place[key]
    del place[last]
    return result


JUNK = [None, True, 0, -1, 7, 1.5, math.nan, 2 ** 53, 2 ** 63, 10 ** 40, "", "1", "-1/3", "1e5", "1/0", "0.5", " 1", "x", "1" * 20001,
        "\u0661", "\ud800", [], {}, [[]], [["1", 12]], [["1", 2], ["1", 2]], [["1", 2 ** 63 - 1]], {"re": "1", "im": "1"},
        {"re": [["1", 2]], "im": "0"}, [0, 0, 0], [1, 1, 2], "max", "min", "bell", "traditional", "classical-bound", "multipliers"]
TOKENS = ["-0", "1e2", "1e999", "NaN", "01", "1" * 25, "-9223372036854775809", '"\\ud83d"', '"\\u0031"', '"\t"', '{"a": 1, "a": 2}', "[1,]",
          "\ufeff1", "[" * 15 + "]" * 15, "[" * 3000 + "]" * 3000]


def nearby(value, rng):
    """A number that is another one of the same form."""
    if type(value) is int:
        return value + rng.choice((-1, 1, 2 ** 20, -value, -2 * value))
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,99}(/0*[1-9]\d{0,99})?", value):
        return str(Fraction(value) * rng.choice((-1, 0, 1, 2)) + rng.choice((0, 1, -1, Fraction(1, 10 ** 12))))
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,99}\.\d{1,99}", value):
        return rng.choice((value[1:] if value[0] == "-" else "-" + value, value + "1", value[:-1] + "0", "1" + value.lstrip("-")))
    return value


def mutant(rng):
    """The bytes of a certificate with one or two random changes, mostly of its structure or of its numbers."""
    result, token = json.loads(json.dumps(rng.choice(ALL)())), rng.choice(TOKENS)
    gentle = rng.random() < 0.5
    for _ in range(rng.randint(1, 2)):
        place = result
        while place:
            key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if isinstance(place[key], (dict, list)) and place[key] and rng.random() < 0.9:
                place = place[key]
                continue
            action = rng.randrange(3 if gentle else 8)
            if action < 2:
                place[key] = nearby(place[key], rng)
            elif action == 2 and isinstance(place, list):
                place[key] = copy.deepcopy(rng.choice(place))
            elif action == 3:
                del place[key]
            elif action == 4 and isinstance(place, list):
                place.insert(key, copy.deepcopy(place[key]))
            elif action == 5:
                place[key] = "TOKEN"
            elif not gentle:
                place[key] = copy.deepcopy(rng.choice(JUNK))
            break
    data = json.dumps(result).replace('"TOKEN"', token).encode()
    if rng.random() < 0.1:
        k = rng.randrange(len(data))
        data = data[:k] + bytes([rng.randrange(256)]) + data[k + rng.randrange(2):]
    return data


def other_verdicts(test, texts):
    """What steerq-check finds of files with these contents; the test is skipped if it is not built in the folder target."""
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target")
    programs = [os.path.join(target, kind, "steerq-check") for kind in ("release", "debug")]
    program = next(filter(os.path.exists, programs), None)
    if program is None:
        test.skipTest("steerq-check is not built")
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(k)) for k in range(len(texts))]
        for path, data in zip(paths, texts):
            with open(path, "wb") as file:
                file.write(data)
        lines = subprocess.run([program] + paths, stdout=subprocess.PIPE).stdout.decode().split("\n")
    verdicts = [line for line in lines if re.match("verified$|rejected: |incomplete: ", line)]
    test.assertEqual(len(verdicts), len(texts))
    return verdicts


class Certificates(unittest.TestCase):
    def test_verified(self):
        for make in ALL:
            with self.subTest(make.__name__):
                self.assertEqual(outcome(make()), "verified")

    def test_many_words(self):
        for is_real in (False, True):
            good = many_words(90, is_real=is_real)
            self.assertEqual(outcome(good), "verified")
            bad = changed(good, "proof", "gram", "re", 90 * 91 // 2 - 1, 0)
            self.assertRegex(outcome(bad), "rejected: G \\+ margin")

    def assert_rejected(self, certificate, pattern=""):
        self.assertRegex(outcome(certificate), "^rejected: .*" + pattern)

    def test_tampered_gram(self):
        for make, lower in ((chsh, "2.8284271247"), (chsh_steering, "2.8284271247"), (two_paulis, "1.9999999999999"),
                            (pauli_y, "0.99999999999"), (qutrit, "1.99999999999")):
            self.assert_rejected(changed(make(), "claim", "bound", lower), "<= bound fails by")
        self.assert_rejected(changed(two_paulis(), "proof", "gram", "re", 1, -2), "G \\+ margin")
        self.assert_rejected(changed(two_paulis(), "proof", "gram", "re", 1, 1), "<= bound")
        self.assert_rejected(changed(two_paulis(), "proof", "words", 1, [[1, 0, 2]]), "<= bound")
        self.assert_rejected(changed(two_paulis(), "functional", 0, Z), "<= bound")
        self.assert_rejected(changed(two_paulis(), "claim", "sense", "min"), "<= bound")
        self.assert_rejected(changed(chsh(), "proof", "margin", "1/2"), "<= bound")
        self.assert_rejected(changed(chsh(), "functional", 3, Z), "<= bound")
        # conjugation and phases
        self.assert_rejected(changed(pauli_y(), "proof", "gram", "im", 1, -1), "<= bound")
        self.assert_rejected(changed(qutrit(), "proof", "words", 1, 1, 2, 8), "<= bound")
        self.assert_rejected(changed(qutrit(), "proof", "words", 1, 1, 2, 3), "<= bound")
        flipped = json.loads(json.dumps(qutrit()).replace('"re": "-1/2", "im": [["1/2"', '"re": "-1/2", "im": [["X"')
                             .replace('"im": [["-1/2"', '"im": [["1/2"').replace('"im": [["X"', '"im": [["-1/2"'))
        self.assert_rejected(flipped, "<= bound")

    def test_unitary_letters(self):
        for make in UNITARY:
            self.assert_rejected(changed(make(), "claim", "bound", "2.9999"), "<= bound fails by")
            self.assert_rejected(changed(make(), "proof", "gram", "re", 1, 0), "<= bound fails by")
            for letters in ("projectors", True, None):
                self.assertRegex(outcome(changed(make(), "proof", "letters", letters)), r"incomplete: .*proof\.letters")
            for index in (0, make()["scenario"]["outcomes"]):
                self.assertRegex(outcome(changed(make(), "proof", "words", 1, 0, 2, index)), "incomplete")
        self.assert_rejected(changed(unitary_qutrit(), "proof", "words", 1, 1, 2, 1), "<= bound")
        self.assert_rejected(changed(unitary_bell(), "proof", "words", 1, 1, 2, 2), "<= bound")
        self.assert_rejected(changed(unitary_ququart(), "proof", "words", 3, 1, 2, 3), "<= bound")
        projectors = changed(unitary_qutrit(), "proof", "words", 1, 0, 2, 0)
        del projectors["proof"]["letters"]
        self.assert_rejected(projectors, "<= bound")
        self.assertEqual(outcome(changed(chsh(), "proof", "letters", "unitary")), "verified")
        self.assertRegex(outcome(changed(common_cause(), "proof", "letters", "unitary")), "incomplete")

    def test_tampered_other_proofs(self):
        self.assert_rejected(changed(common_cause(), "claim", "bound", "1.4142135623"), "sum of mu")
        self.assert_rejected(changed(common_cause(), "proof", "eigenvalue_bounds", 2, ["14142135623/10000000000"]),
                             "strategy 2, input 0")
        self.assert_rejected(changed(common_cause_chsh(), "proof", "eigenvalue_bounds", 1, ["2", "0"]), "strategy 1, input 1")
        self.assert_rejected(changed(irrational(), "proof", "eigenvalue_bounds", 0, ["17320508075/10000000000"]), "mu")
        self.assert_rejected(changed(general(), "claim", "bound", "3.999999999"), "L \\+ t \\+ m")
        self.assert_rejected(changed(general(), "proof", "trace", 0, "0"), "sum of t")
        self.assert_rejected(changed(general(), "proof", "marginal", 0, Z), "sum of L")
        self.assert_rejected(changed(general(), "proof", "marginal", 0, [["0", "1"], ["0", "0"]]), "Hermitian")
        self.assert_rejected(changed(chsh(), "functional", 0, X), "not diagonal")
        self.assert_rejected(changed(two_paulis(), "functional", 0, [["0", "1"], ["2", "0"]]), "not Hermitian")

    def test_tampered_assemblages(self):
        self.assert_rejected(changed(post_quantum(), "claim", "violation", "1.1715728753"), "bound \\+ violation")
        self.assert_rejected(changed(post_quantum(), "claim", "violation", "0"), "violation > 0")
        self.assert_rejected(changed(post_quantum(), "assemblage", 0, [["0", "0"], ["0", "1/2"]]), "depends on x")
        self.assert_rejected(changed(post_quantum(), "assemblage", [[["1/3", "0"], ["0", "0"]]] * 8), "is not 1")
        # p(a|x) may depend on x, not on y
        table = [[[str(p), "0"], ["0", "0"]] for a in (0, 1) for x in (0, 1) for p in ("1/4", "3/4")[::1 - 2 * a]]
        self.assert_rejected(changed(post_quantum(), "assemblage", table), "depends on y")
        self.assert_rejected(changed(visibility(), "claim", "visibility", "0.7071067811"), "t \\+ visibility")
        self.assert_rejected(changed(visibility(), "noise", visibility()["assemblage"]), "difference")
        for make, visible in ((classical_visibility, "0.49999"), (bell_visibility, "0.5002")):
            self.assert_rejected(changed(make(), "claim", "visibility", visible), "t \\+ visibility")
            self.assert_rejected(changed(make(), "claim", "bound", "1.99"), "sum of mu|t \\+ visibility")
            self.assert_rejected(changed(make(), "proof", "eigenvalue_bounds", 1, ["0", "1"]), "strategy 1, input 1")
            self.assert_rejected(changed(make(), "noise", make()["assemblage"]), "difference")

    def test_tampered_models(self):
        tiny, first = 2 ** 60, ("proof", "components", 0)
        base = chsh_value()
        for path_and_value, pattern in [
                (("claim", "value", "2.8284272"), "value"), (("claim", "sense", "min"), "value"),
                (first + ("weight", "2"), "weights"), (first + ("weight", "999/1000"), "weights"),
                (first + ("measurements", 0, 0, 1, "1/7"), "Hermitian"),
                (first + ("measurements", 0, 0, 0, {"re": "1", "im": "1"}), "Hermitian"),
                (first + ("measurements", 0, 0, 0, "2"), "is not 1"), (first + ("channels", 0, 0, 0, 0, "1"), "1 - N"),
                (first + ("state", ["1", "0", "0", "-1"]), "value"), (("functional", 0, X), "not diagonal")]:
            self.assert_rejected(changed(base, *path_and_value), pattern)
        self.assertEqual(outcome(changed(changed(base, "claim", "sense", "min"), "claim", "value", "2.8284272")), "verified")
        negative = changed(changed(base, *first, "measurements", 0, 1, 1, f"-1/{tiny}"),
                           *first, "measurements", 1, 1, 1, f"{tiny + 1}/{tiny}")
        self.assert_rejected(negative, "M is not positive")
        unit = changed(changed(base, *first, "channels", 0, 0, UNIT), "claim", "value", "2.4")
        self.assertEqual(outcome(unit), "verified")
        self.assert_rejected(changed(unit, *first, "channels", 0, 0, 0, 0, f"{tiny + 1}/{tiny}"), "1 - N")

        self.assert_rejected(changed(approximation(), "claim", "deviation", "-1"), "deviation")
        self.assert_rejected(changed(two_components(), "proof", "components", 1, "channels", 0, 0, UNIT), "deviation")
        conjugated = changed(changed(approximation(), "assemblage", 1, effect("Y", 1, 2)), "assemblage", 4, effect("Y", -1, 2))
        self.assert_rejected(changed(conjugated, "claim", "deviation", "0.4999"), "deviation")
        self.assertEqual(outcome(changed(conjugated, "claim", "deviation", "0.5")), "verified")
        root = approximation()
        for k, q in ((0, "1/4"), (3, "-1/4")):
            root = changed(changed(root, "assemblage", k, 0, 1, [[q, 2]]), "assemblage", k, 1, 0, [[q, 2]])
        self.assertEqual(outcome(changed(root, "claim", "deviation", "0.1036")), "verified")
        self.assert_rejected(changed(root, "claim", "deviation", "0.1035"), "deviation")

        for share, good in (("17/20", 1), ("849999/1000000", 0), ("37/40", 1), ("925001/1000000", 0), ("1/1000", 0)):
            changed_share = changed(mixture(), "proof", "share", share)
            if good:
                self.assertEqual(outcome(changed_share), "verified")
            else:
                self.assert_rejected(changed_share, "common cause")
        self.assert_rejected(changed(mixture(), "claim", "visibility", "1"), "common cause")
        self.assert_rejected(changed(mixture(), "noise", 0, 0, 0, "1/2"), "noise")
        self.assert_rejected(changed(remainder(), "proof", "share", "500001/1000000"), "common cause")
        uneven = [[["7000001/24000000", "0"], ["0", "4999999/24000000"]]] * 2
        self.assert_rejected(changed(remainder(), "assemblage", uneven), "common cause")
        self.assert_rejected(changed(remainder(), "assemblage", [[["1/2", "0"], ["0", "1/2"]], [["0", "0"]] * 2]), "p > 0")
        half = [["1/2", "0"], ["0", "1/2"]]
        self.assert_rejected(changed(with_input(), *first, "channels", 0, 0, half), "y = 0")
        self.assert_rejected(changed(with_input(), *first, "channels", 1, 0, UNIT), "y = 1")
        negative = changed(changed(ghjw(), "assemblage", 2, [["1/2", "0"], ["0", f"-1/{tiny}"]]),
                           "assemblage", 5, [["0", "0"], ["0", f"{tiny // 2 + 1}/{tiny}"]])
        self.assert_rejected(negative, "not positive semidefinite for a = 0, x = 2")

    def test_incomplete_models(self):
        first = ("proof", "components", 0)
        for make, *path_and_value in [
                (chsh_value, *first, "weight", "0"), (chsh_value, *first, "weight", "-1"), (chsh_value, *first, "weight", [["1", 1]]),
                (chsh_value, *first, "alice", 0), (chsh_value, *first, "alice", 3), (chsh_value, *first, "bob", 4096),
                (chsh_value, *first, "state", ["0"] * 4), (chsh_value, *first, "state", ["1"] * 3),
                (chsh_value, *first, "state", 0, [["1", 2]]), (chsh_value, *first, "state", 0, {"re": "1"}),
                (chsh_value, *first, "measurements", 0, [["1"], ["0"]]), (chsh_value, *first, "measurements", []),
                (chsh_value, *first, "channels", []), (chsh_value, *first, "channels", 1, []),
                (chsh_value, *first, "channels", 1, 0, [["1", "0"]]), (chsh_value, *first, "extra", "1"),
                (chsh_value, "proof", "share", "1/2"), (chsh_value, "proof", "components", []),
                (chsh_value, "proof", "components", chsh_value()["proof"]["components"] * 65),
                (chsh_value, "proof", "method", "ghjw"), (chsh_value, "assemblage", steered()),
                (chsh_value, "claim", "value", "14/5"), (chsh_value, "claim", "bound", "3"), (chsh_value, "claim", "sense", "least"),
                (approximation, "functional", steered()), (approximation, "claim", "sense", "max"),
                (mixture, "proof", "share", "0"), (mixture, "proof", "share", "1"), (mixture, "proof", "share", "-1/2"),
                (mixture, "claim", "visibility", "1.1"), (mixture, "claim", "visibility", "-0.1"),
                (mixture, "functional", steered()), (mixture, "proof", {"method": "ghjw"}),
                (with_input, "proof", {"method": "ghjw"}), (with_input, "proof", "method", "gram"),
                (ghjw, "proof", "share", "1/2"), (ghjw, "noise", steered()), (ghjw, "scenario", "kind", "bell")]:
            with self.subTest(path_and_value[:-1]):
                self.assertRegex(outcome(changed(make(), *path_and_value)), r"^incomplete: \$")
        for make, *path, key in [(chsh_value, "functional"), (chsh_value, "claim", "sense"), (chsh_value, *first, "bob"),
                                 (mixture, "noise"), (mixture, "proof", "share"), (ghjw, "assemblage")]:
            place = without = copy.deepcopy(make())
            for step in path:
                place = place[step]
            del place[key]
            self.assertRegex(outcome(without), f"^incomplete: .*'{key}' is missing")

    def test_tampered_witnesses(self):
        tiny, base = 2 ** 60, not_realisable()
        for path_and_value, pattern in [
                (("claim", "violation", "2.0000001"), "bound \\+ violation"), (("claim", "violation", "0"), "violation > 0"),
                (("claim", "violation", "-1"), "violation > 0"), (("claim", "bound", "0.9999999"), "tr K"),
                (("claim", "maps", "decomposable"), "partial transpose"),
                (("proof", "multipliers", 1, 0, 0, f"{tiny // 2 - 1}/{tiny}"), "W is not positive semidefinite for y = 1"),
                (("proof", "multipliers", 0, [["-1", "0"], ["0", "1"]]), "W is not positive semidefinite for y = 0"),
                (("proof", "multipliers", 0, 0, 1, "1"), "Hermitian"),
                (("proof", "multipliers", 0, 0, 0, {"re": "0", "im": "1"}), "Hermitian"),
                (("functional", 0, X), "y = 0"), (("functional", 0, 0, 1, "1"), "Hermitian"),
                (("functional", 1, pauli("X", -1)), "bound \\+ violation"), (("assemblage", 0, 0, 1, "1"), "Hermitian"),
                (("reference", "elements", 0, 0, 1, "1"), "reference .*Hermitian"),
                (("reference", "elements", 0, effect("X", -1, 2)), "depends on x"),
                (("reference", "elements", [effect(p, 1, 4) for p in "XXXXXX"]), "is not 1")]:
            with self.subTest(path_and_value[:-1]):
                self.assert_rejected(changed(base, *path_and_value), pattern)
        # an assemblage of these claims only has to be Hermitian
        for k, (matrix, violation) in enumerate([(NULL, "1.5"), ([["7", "1/4"], ["1/4", "-9"]], "2"), ([["0", "5/4"], ["5/4", "0"]], "4")]):
            self.assertEqual(outcome(changed(changed(base, "assemblage", 1, matrix), "claim", "violation", violation)), "verified", k)
        self.assertRegex(outcome(changed(base, "assemblage", [None] * 12)), "^incomplete: .*no element is given")
        self.assert_rejected(changed(base, "assemblage", 3, None), "functional for a = 0, x = 1, y = 1 is not zero")
        self.assertEqual(outcome(changed(base, "assemblage", 2, None)), "verified")

        # decomposable maps: 3 bounds ⟨F, σ⟩ for both signs of Y, W or its partial transpose having the eigenvalue 3/2
        larger = changed(changed(base, "claim", {"kind": "not-realisable", "maps": "decomposable", "bound": "3", "violation": "3"}),
                         "proof", "multipliers", 1, [["3/2", "0"], ["0", "3/2"]])
        for k in range(1, 12, 2):
            larger = changed(larger, "assemblage", k, pauli("XYZ"[k // 2 % 3], Fraction(1 if (k < 6) != (k % 6 == 3) else -1, 2)))
        self.assertEqual(outcome(larger), "verified")
        straight = larger
        for k, sign in ((3, 1), (9, -1)):
            straight = changed(changed(straight, "functional", k, pauli("Y", sign)), "assemblage", k, pauli("Y", Fraction(sign, 2)))
        self.assertEqual(outcome(straight), "verified")
        smaller = [["3/2", "0"], ["0", f"{3 * tiny // 2 - 1}/{tiny}"]]
        self.assert_rejected(changed(larger, "proof", "multipliers", 1, smaller), "partial transpose of W is not .* y = 1")
        self.assert_rejected(changed(straight, "proof", "multipliers", 1, smaller), "1 - W is not .* y = 1")

        for maps in ("cptp", "decomposable"):
            other = three_to_two(maps)
            self.assertEqual(outcome(other), "verified")
            k = other["proof"]["multipliers"][0]
            self.assert_rejected(changed(other, "proof", "multipliers", 0, list(map(list, zip(*k)))), "not positive semidefinite")
            self.assert_rejected(changed(other, "proof", "multipliers", 0, 2, 2, f"-1/{tiny}"), "not positive semidefinite")
        self.assert_rejected(changed(one_to_two(), "proof", "multipliers", 0, 0, 0, "4999/10000"), "not positive semidefinite")
        self.assert_rejected(changed(one_to_two(), "functional", 0, X), "not diagonal")
        self.assert_rejected(changed(one_to_two(), "assemblage", 0, X), "not diagonal")

        for make in (realisable_visibility, not_given):
            self.assert_rejected(changed(make(), "claim", "visibility", "0.3333333333"), "t \\+ visibility")
            self.assert_rejected(changed(make(), "noise", make()["assemblage"]), "difference")
        self.assert_rejected(changed(realisable_visibility(), "noise", 0, 0, 1, "1"), "Hermitian")

    def test_irrational_witnesses(self):
        """An irrational W has only an enclosure: a slack that is singular fails, one that has a margin holds."""
        base = certificate("traditional", 2, 1, 2, 1, {"kind": "not-realisable", "maps": "cptp", "bound": "1.0001", "violation": "0.5"},
                           [X, MINUS_X], {"method": "witness", "multipliers": [[["1/2", "0"], ["0", "1/2"]]]})
        base["assemblage"] = [effect("X", sign) for sign in (1, -1)]
        base["reference"] = {"dimension": 2, "elements": [
            [[[["1/4", 1], [f"{s}/8", 2]], [[f"{s}/8", 2]]], [[[f"{s}/8", 2]], [["1/4", 1], [f"{-s}/8", 2]]]] for s in (1, -1)]}
        self.assert_rejected(base, "not positive semidefinite")
        margin = f"{2 ** 199 + 1}/{2 ** 200}"
        self.assertEqual(outcome(changed(base, "proof", "multipliers", 0, [[margin, "0"], ["0", margin]])), "verified")
        self.assert_rejected(changed(base, "reference", "elements", 0, 0, 0, [["1/4", 1], ["1/8", 3]]), "is not 1")
        self.assert_rejected(changed(irrational_witness(), "proof", "multipliers", 1, 0, 0, "4999999/10000000"), "y = 1")
        self.assert_rejected(changed(irrational_witness(), "claim", "violation", "2.000001"), "bound \\+ violation")

    def test_tampered_maps(self):
        tiny, base = 2 ** 60, realisable()
        second = ("proof", "maps", 1)
        tilted = [["0"] * 4, ["0", f"1/{tiny}", "0", "0"], ["0"] * 4, ["0", "0", "0", f"-1/{tiny}"]]
        for path_and_value, pattern in [
                (("claim", "deviation", "-1"), "deviation"), (second + ("transposed", 0, 3, "0"), "Hermitian"),
                (second + ("direct", 0, 0, {"re": "0", "im": "1"}), "Hermitian"), (second + ("direct", tilted), "'direct' is not positive"),
                (second + ("direct", IDENTITY), "tr_out"), (second + ("direct", [["1", "0", "0", "0"]] + [["0"] * 4] * 3), "tr_out"),
                (second + ("transposed", 3, 3, f"{tiny - 1}/{tiny}"), "'transposed' is not positive"),
                (second + ({"direct": IDENTITY},), "differs from the assemblage by 0.5 for a = 1, x = 1, y = 1"),
                (("proof", "maps", 0, {"direct": NOTHING, "transposed": IDENTITY}), "y = 0"),
                (("assemblage", 0, 0, 0, f"{tiny // 4 + 1}/{tiny}"), "deviation"),
                (("reference", "elements", [[["5/4", "0"], ["0", "0"]]] * 3 + [[["-1/4", "0"], ["0", "0"]]] * 3), "reference is not positive"),
                (("reference", "elements", 0, effect("X", -1, 2)), "depends on x")]:
            with self.subTest(path_and_value[:-1]):
                self.assert_rejected(changed(base, *path_and_value), pattern)
        # off the diagonal and in the partial trace over the output only
        shifted = [["1/2", "0", "0", "0"], ["0", "1/2", "0", "0"], ["0", "0", "1/2", "0"], ["0", "0", "0", "1/2"]]
        mixed = changed(changed(base, *second, {"direct": shifted}), "claim", "deviation", "0.25")
        self.assertEqual(outcome(mixed), "verified")
        for z, conjugate, minus, minus_conjugate in [("1/4", "1/4", "-1/4", "-1/4"), (*(
                {"re": "0", "im": im} for im in ("1/4", "-1/4", "-1/4", "1/4")),)]:
            wrong = changed(changed(mixed, *second, "direct", 0, 2, z), *second, "direct", 2, 0, conjugate)
            self.assert_rejected(wrong, "tr_out J = 1 fails for y = 1 at row 0, column 1")
            balanced = changed(changed(wrong, *second, "direct", 1, 3, minus), *second, "direct", 3, 1, minus_conjugate)
            self.assertEqual(outcome(changed(balanced, "claim", "deviation", "0.5")), "verified")
        self.assert_rejected(changed(mixed, "claim", "deviation", "0.2499999"), "deviation")
        self.assert_rejected(changed(depolarised(), "claim", "deviation", "0.1666666666"), "deviation")
        # what is not given is not compared
        wrong = changed(base, *second, {"direct": IDENTITY})
        self.assertEqual(outcome(changed(changed(wrong, "assemblage", 3, None), "assemblage", 9, None)), "verified")
        self.assert_rejected(changed(wrong, "assemblage", 3, None), "a = 1, x = 1, y = 1")
        self.assertRegex(outcome(changed(wrong, "assemblage", [None] * 12)), "^incomplete: .*no element is given")
        # both parts together, with different denominators
        third = [[{"1": "1/3"}.get(q, q) for q in row] for row in IDENTITY]
        parts = {"direct": third, "transposed": [[{"1": "2/3"}.get(q, q) for q in row] for row in IDENTITY]}
        mixture = changed(changed(base, "proof", "maps", 0, parts), "claim", "deviation", "0.3333333334")
        self.assertEqual(outcome(mixture), "verified")
        self.assert_rejected(changed(mixture, "claim", "deviation", "0.3333333333"), "a = 1, x = 1, y = 0")
        halves = {"direct": [[{"1": "1/2"}.get(q, q) for q in row] for row in IDENTITY],
                  "transposed": [["1/4" if i == j else "0" for j in range(4)] for i in range(4)]}
        halved = changed(changed(base, "proof", "maps", 0, halves), "claim", "deviation", "0.125")
        self.assertEqual(outcome(halved), "verified")
        self.assert_rejected(changed(halved, "claim", "deviation", "0.1249999"), "y = 0")
        # irrational entries: an exact zero, or the enclosure
        # pure and irrational: positive by its rank, or not at all
        self.assertEqual(outcome(turned_by_45(base)), "verified")
        self.assert_rejected(turned_by_45(base, Fraction(2)), "reference is not positive")
        root = irrational_maps()
        for i in (0, 1):
            root["assemblage"][0][i][1 - i] += [[f"1/{tiny}", 3]]
        self.assert_rejected(root, "deviation")
        self.assertEqual(outcome(changed(root, "claim", "deviation", "0.000000000000000002")), "verified")
        # in a bell scenario only the diagonal counts, and it does count
        moved = [[["1/3", "0"], ["0", "1/6"]]]
        self.assert_rejected(changed(bell_maps(), "assemblage", bell_maps()["assemblage"][:5] + moved), "a = 1, x = 2, y = 0")

    def test_tampered_self_tests(self):
        base = self_tested()
        rank_two = [["1/4", "0"], ["0", "1/4"]]
        for path_and_value, pattern in [
                (("claim", "violation", "2.0000001"), "bound \\+ violation"), (("claim", "violation", "0"), "violation > 0"),
                (("claim", "bound", "0.9999999"), "tr K"), (("claim", "input", 1), "W is not positive"),
                (("proof", "margin", "500000001/1000000000"), "Q \\+ 1"), (("proof", "multipliers", 1, NULL), "W is not positive"),
                (("proof", "multipliers", 0, 0, 1, "1"), "Hermitian"), (("assemblage", 0, effect("X", -1, 2)), "depends on x"),
                (("assemblage", 1, [["1/3", "1/4"], ["1/4", "1/4"]]), "depends on"), (("assemblage", 0, 0, 1, "1"), "Hermitian"),
                (("assemblage", [m if k % 2 else rank_two for k, m in enumerate(base["assemblage"])]), "rank one"),
                (("assemblage", [effect("X", 1 - 2 * (k // 6), 2) for k in range(12)]), "bound \\+ violation")]:
            with self.subTest(path_and_value[:-1]):
                self.assert_rejected(changed(base, *path_and_value), pattern)
        self.assertEqual(outcome(changed(base, "proof", "margin", f"1/{2 ** 200}")), "verified")
        self.assert_rejected(changed(irrational_self_test(), "proof", "margin", "500000001/1000000000"), "Q \\+ 1")
        # the other input is a self-test too
        other = changed(changed(base, "claim", "input", 1), "proof", "multipliers", [HALF_UNIT, NULL])
        other["functional"] = [pauli("XYZ"[x], 1 - 2 * a) if y == 0 else NULL for a in (0, 1) for x in range(3) for y in (0, 1)]
        self.assertEqual(outcome(other), "verified")
        # outcomes that never happen take no part
        third = changed(base, "scenario", "outcomes", 3)
        third["functional"], third["assemblage"] = base["functional"] + [X] * 6, base["assemblage"] + [NULL] * 6
        self.assertEqual(outcome(third), "verified")
        # a trace > 0 is needed where rank one is not enough; and every minor counts
        alone = certificate("traditional", 2, 1, 2, 1, {"kind": "self-tested", "input": 0, "bound": "1", "violation": "1"},
                            [[["2", "0"], ["0", "2"]]] * 2, {"method": "self-test", "margin": "1", "multipliers": [[["1", "0"], ["0", "0"]]]})
        alone["assemblage"] = [[["3/2", "0"], ["0", "0"]], [["-1/2", "0"], ["0", "0"]]]
        self.assert_rejected(alone, "no trace > 0 for a = 1, x = 0")
        one = [["1", "0"], ["0", "0"]]
        single = changed(changed(alone, "assemblage", [one, NULL]), "functional", [one, X])
        # one element with Q = 0: the bound is that of a state, so no violation can be shown
        self.assert_rejected(single, "bound \\+ violation")
        for size in (3, 4):
            for i in range(size):
                # |v><v| of all ones, with one diagonal entry changed
                matrix = [[verify.ONE] * size for _ in range(size)]
                verify.SelfTestProof.check_rank({(0, 0): matrix, (1, 0): [[verify.ZERO] * size] * size})
                matrix[i] = [verify.ONE + verify.ONE if j == i else verify.ONE for j in range(size)]
                self.assertRaises(verify.Rejected, verify.SelfTestProof.check_rank, {(0, 0): matrix})

    def test_no_self_test(self):
        """A PR box as an assemblage: what it has at y = 0 allows of other dilations."""
        base = dict(post_quantum(), claim={"kind": "self-tested", "input": 0, "bound": "3", "violation": "1"},
                    proof={"method": "self-test", "margin": "1/1000000", "multipliers": [UNIT, HALF_UNIT]})
        self.assert_rejected(base, "Q \\+ 1")
        # the multipliers alone hold: with σ at y = 0 alone Bob reaches 2 there and 0 at y = 1
        given = changed(changed(base, "claim", {"kind": "not-realisable", "maps": "cptp", "bound": "3", "violation": "1"}),
                        "proof", {"method": "witness", "multipliers": base["proof"]["multipliers"]})
        given["reference"] = {"dimension": 2, "elements": base["assemblage"][::2]}
        self.assertEqual(outcome(given), "verified")

    def test_maps_against_kraus_operators(self):
        """A Choi matrix from random rational Kraus operators gives Σ K τ K†, and its partial transpose the transpose."""
        rng = random.Random(12)

        def number():
            return Fraction(rng.randint(-99, 99), 360), Fraction(rng.randint(-99, 99), 360)

        def multiply(a, b):
            return [[tuple(map(sum, zip(*(gaussian_product(u, v) for u, v in zip(row, column))))) for column in zip(*b)] for row in a]

        def adjoint(a):
            return [[(re, -im) for re, im in column] for column in zip(*a)]

        for n, d in ((2, 3), (3, 2), (1, 2)):
            kraus = [[[number() for _ in range(n)] for _ in range(d)] for _ in range(2)]
            lost = [[(Fraction(int(i == j)), Fraction(0)) for j in range(n)] for i in range(n)]
            for k in kraus:
                lost = [[(z[0] - w[0], z[1] - w[1]) for z, w in zip(*rows)] for rows in zip(lost, multiply(adjoint(k), k))]
            choi = [[None] * (n * d) for _ in range(n * d)]
            for i, b, j, c in ((i, b, j, c) for i in range(n) for b in range(d) for j in range(n) for c in range(d)):
                terms = [gaussian_product(k[b][i], (k[c][j][0], -k[c][j][1])) for k in kraus]
                terms.append(tuple(q / d for q in lost[j][i]) if b == c else (0, 0))
                choi[i * d + b][j * d + c] = tuple(map(sum, zip(*terms)))
            reference = []
            for p in (Fraction(1, 3), Fraction(2, 3)):
                v = [[(Fraction(rng.randint(1, 9)), Fraction(rng.randint(-9, 9)))] for _ in range(n)]
                norm = sum(re * re + im * im for [(re, im)] in v)
                reference.append([[tuple(q * p / norm for q in z) for z in row] for row in multiply(v, adjoint(v))])
            images = []
            for tau in reference:
                image = [[(Fraction(0), Fraction(0))] * d for _ in range(d)]
                kept = [multiply(multiply(k, tau), adjoint(k)) for k in kraus]
                rest = sum(tau[i][i][0] for i in range(n)) - sum(m[b][b][0] for m in kept for b in range(d))
                for m in kept:
                    image = [[(z[0] + w[0], z[1] + w[1]) for z, w in zip(*rows)] for rows in zip(image, m)]
                images.append([[(z[0] + (rest / d if b == c else 0), z[1]) for c, z in enumerate(row)] for b, row in enumerate(image)])

            def text(m):
                return [[text_of(z) for z in row] for row in m]
            base = certificate("bob-with-input", d, 1, 2, 2, {"kind": "realisable", "maps": "decomposable", "deviation": "0"}, None,
                               {"method": "choi", "maps": [{"direct": text(choi)},
                                                           {"direct": [["0"] * n * d] * (n * d), "transposed": text(choi)}]})
            del base["functional"]
            base["reference"] = {"dimension": n, "elements": [text(m) for m in reference]}
            base["assemblage"] = [text(m) for image in images for m in (image, list(zip(*image)))]
            self.assertEqual(outcome(base), "verified")
            conjugated = changed(base, "proof", "maps", 0, "direct", text(zip(*choi)))
            if n > 1:
                self.assert_rejected(conjugated, "deviation")
            self.assert_rejected(changed(base, "proof", "maps", base["proof"]["maps"][::-1]), "deviation")

    def test_incomplete_maps(self):
        first = ("proof", "maps", 0)
        long = [["1/2" for _ in range(3)] for _ in range(3)]
        for make, *path_and_value in [
                (not_realisable, "claim", "maps", "positive"), (not_realisable, "claim", "maps", None),
                (not_realisable, "claim", "sense", "max"), (not_realisable, "claim", "input", 0), (not_realisable, "claim", "bound", "1/1"),
                (not_realisable, "claim", "visibility", "1"), (not_realisable, "noise", []), (not_realisable, "functional", 0, None),
                (not_realisable, "assemblage", 0, []), (not_realisable, "assemblage", 0, 0, None),
                (not_realisable, "assemblage", None), (not_realisable, "reference", None), (not_realisable, "reference", "extra", "1"),
                (not_realisable, "reference", "dimension", 0), (not_realisable, "reference", "dimension", "2"),
                (not_realisable, "reference", "dimension", 3), (not_realisable, "reference", "dimension", 513),
                (not_realisable, "reference", "elements", 0, None), (not_realisable, "reference", "elements", []),
                (not_realisable, "reference", "elements", 0, long), (not_realisable, "reference", "elements", 0, 0, 0, "0.25"),
                (not_realisable, "proof", "multipliers", [NULL]), (not_realisable, "proof", "multipliers", 0, long),
                (not_realisable, "proof", "multipliers", 0, 0, 0, [["1", 1]]), (not_realisable, "proof", "multipliers", 0, None),
                (not_realisable, "proof", "method", "choi"), (not_realisable, "proof", "method", "self-test"),
                (not_realisable, "proof", "margin", "1"), (not_realisable, "proof", realisable()["proof"]),
                (not_given, "noise", 0, [["1/4", "0"], ["0", "1/4"]]), (not_given, "noise", 1, None),
                (not_given, "assemblage", 0, [["1/4", "0"], ["0", "1/4"]]), (not_given, "assemblage", 1, None),
                (realisable, "functional", not_realisable()["functional"]), (realisable, "claim", "maps", "cptp"),
                (realisable, "claim", "bound", "1"), (realisable, "proof", "method", "witness"), (realisable, "proof", "method", "model"),
                (realisable, "proof", not_realisable()["proof"]), (realisable, "proof", {"method": "ghjw"}),
                (realisable, *first, {"transposed": IDENTITY}), (realisable, *first, "extra", IDENTITY), (realisable, *first, IDENTITY),
                (realisable, *first, "direct", None), (realisable, *first, "direct", UNIT), (realisable, *first, "direct", 3, ["0"] * 3),
                (realisable, *first, "direct", 0, 0, [["1", 1]]), (realisable, "proof", "maps", []),
                (realisable, "claim", "deviation", "1/2"), (realisable, "claim", "deviation", 0),
                (self_tested, "claim", "input", 2), (self_tested, "claim", "input", -1), (self_tested, "claim", "input", "0"),
                (self_tested, "claim", "input", True), (self_tested, "claim", "maps", "cptp"), (self_tested, "claim", "sense", "max"),
                (self_tested, "proof", "margin", "0"), (self_tested, "proof", "margin", "-1"), (self_tested, "proof", "margin", "0.1"),
                (self_tested, "proof", "method", "witness"), (self_tested, "proof", "multipliers", 0, long),
                (self_tested, "assemblage", 0, None), (self_tested, "reference", not_realisable()["reference"]),
                (post_quantum, "reference", not_realisable()["reference"]), (post_quantum, "assemblage", 0, None),
                (ghjw, "assemblage", 0, None), (visibility, "noise", 0, None)]:
            with self.subTest((make.__name__,) + tuple(path_and_value[:-1])):
                self.assertRegex(outcome(changed(make(), *path_and_value)), r"^incomplete: \$")
        for make, *path, key in [(not_realisable, "reference"), (not_realisable, "functional"), (not_realisable, "claim", "maps"),
                                 (not_realisable, "reference", "dimension"), (realisable, "assemblage"), (realisable, *first, "direct"),
                                 (realisable_visibility, "noise"), (self_tested, "claim", "input"), (self_tested, "proof", "margin")]:
            place = without = copy.deepcopy(make())
            for step in path:
                place = place[step]
            del place[key]
            self.assertRegex(outcome(without), f"^incomplete: .*'{key}' is missing")
        # what is malformed is never rejected
        self.assertRegex(outcome(changed(changed(realisable(), "reference", "elements", 0, NULL), *first, {})), "^incomplete")
        # D·d is at most 1024, and the self-test has D = d
        self.assertRegex(outcome(changed(not_realisable(), "reference", "dimension", 513)), "incomplete: .*more than 1024 rows")
        table = [[["1/2" if i == j else "0" for j in range(33)] for i in range(33)]] * 2
        wide = certificate("traditional", 33, 1, 2, 1, {"kind": "self-tested", "input": 0, "bound": "1", "violation": "1"}, table,
                           {"method": "self-test", "margin": "1", "multipliers": table[:1]})
        self.assertRegex(outcome(dict(wide, assemblage=table)), "incomplete: .*more than 1024 rows")

    def test_tampered_sequences(self):
        other = steps_table(lambda k, a, x, b: chance(k, a, (x[2], 0, x[2]), b))
        self.assert_rejected(changed(sequence(), "assemblage", other), "step 2|step 3")
        self.assert_rejected(changed(sequence(), "scenario", dict(sequence()["scenario"], outcomes=[2, 2, 3])), "from step 3")
        self.assert_rejected(changed(sequence(), "assemblage", 0, 0, 0, "1/7"), "sum over")
        one, last = (Fraction(sequence()["assemblage"][place][0][0]) for place in (0, 4))
        negative = changed(sequence(), "assemblage", 0, 0, 0, f"-1/{10 ** 30}")
        self.assert_rejected(changed(negative, "assemblage", 4, 0, 0, str(one + last + Fraction(1, 10 ** 30))), "not positive")
        self.assert_rejected(changed(sequence_near(), "claim", "deviation", "0.00099999"), "deviation")
        self.assert_rejected(changed(sequence_near(), "proof", "near", other), "near")
        self.assert_rejected(changed(sequence_near(), "proof", "near", 0, 0, 1, "1/7"), "Hermitian")
        value = Fraction(sequence_value()["claim"]["value"])
        self.assert_rejected(changed(sequence_value(), "claim", "value", f"{float(value) + 1e-8:.9f}"), "<F, near>")
        for make in (sequence_bound, sequence_general):
            top = int(make()["claim"]["bound"])
            self.assert_rejected(changed(make(), "claim", "bound", f"{top - 1}.999"), "bound - W")
            for k, matrices in enumerate(make()["proof"]["multipliers"]):
                for place, matrix in enumerate(matrices):
                    for b in (0, 1):
                        less = str(Fraction(matrix[b][b]) - Fraction(1, 100))
                        self.assert_rejected(changed(make(), "proof", "multipliers", k, place, b, b, less), f"in step {k + 1}")

    def test_incomplete_sequences(self):
        for make, *path_and_value in [
                (sequence, "scenario", "settings", 4), (sequence, "scenario", "settings", []), (sequence, "scenario", "settings", [4]),
                (sequence, "scenario", "settings", [2, 0, 2]), (sequence, "scenario", "outcomes", [12, 1, 1]),
                (sequence, "scenario", "inputs", 2), (sequence, "scenario", "kind", "traditional"), (sequence, "proof", "near", []),
                (sequence, "scenario", "settings", [2 ** 20] * 3), (sequence, "proof", "method", "model"),
                (sequence_near, "proof", {"method": "ghjw"}), (sequence_near, "proof", "near", 0, None),
                (sequence_bound, "proof", "method", "gram"), (sequence_bound, "proof", "method", "multipliers"),
                (sequence_bound, "proof", "multipliers", 1, []), (sequence_bound, "claim", "kind", "classical-bound"),
                (sequence_bound, "proof", "multipliers", 1, 0, 0, 0, [["1", 2]]), (ghjw_near, "scenario", "kind", "bell"),
                (sequence_value, "claim", {"kind": "quantum-visibility", "bound": "1", "visibility": "1"})]:
            with self.subTest(path_and_value):
                self.assertRegex(outcome(changed(make(), *path_and_value)), r"^incomplete: \$")

    def test_tampered_instruments(self):
        for kind in ("instrumental", "instrumental-bell"):
            for c in instrumental(kind):
                name = c["claim"]["kind"]
                with self.subTest(kind=kind, claim=name):
                    if "functional" in c:
                        self.assert_rejected(changed(c, "functional", 1, ket(1)), "a = 0, x = 0, y = 1 is not zero")
                        self.assert_rejected(changed(c, "functional", 6, ket(1, "-1")), "a = 1, x = 1, y = 0 is not zero")
                    for table in ("assemblage", "noise"):
                        if table in c:
                            self.assert_rejected(changed(c, table, 0, [["1", "1"], ["0", "0"]]), "Hermitian")
                            if "realis" not in name:
                                self.assert_rejected(changed(c, table, 2, WHITE[::-1]), "Hermitian|diagonal|is not 1 for x = 1")
                                self.assert_rejected(changed(c, table, 5, ket(1, "1/3")), "is not 1 for x = 0")
                    for key, less in (("bound", "0.4999"), ("value", "1.0001"), ("violation", "1.5001"), ("deviation", "-0.0001")):
                        if key in c["claim"] and c["claim"].get("sense") != "min":
                            self.assert_rejected(changed(c, "claim", key, less))
            bell = "bell" in kind
            for name in ("quantum-visibility", "classical-visibility"):
                self.assert_rejected(changed(instrumental_claim(name, kind), "claim", "visibility", "0.33"), "t \\+ visibility")
            self.assert_rejected(changed(instrumental_claim("invalid", kind), "proof", "marginal", 1, ket(1)), "sum of L")
            self.assert_rejected(changed(instrumental_claim("invalid", kind), "proof", "trace", 7, "0"), "sum of t")
            self.assert_rejected(changed(instrumental_claim("classical-bound", kind), "proof", "eigenvalue_bounds", 2, 1, "-1"), "mu")
            # the seen elements alone are compared, and each with what Bob's channel for y = a makes
            approximation = instrumental_claim("quantum-approximation", kind)
            swapped = changed(approximation, "proof", "components", 0, "channels",
                              approximation["proof"]["components"][0]["channels"][::-1])
            self.assert_rejected(changed(swapped, "claim", "deviation", "0.1874"), "deviation")
            self.assertEqual(outcome(changed(swapped, "claim", "deviation", "0.1875")), "verified")
            made = instrumental_claim("realisable", kind)
            self.assert_rejected(changed(made, "proof", "maps", made["proof"]["maps"][::-1]), "the maps give")
            # what completes the target obeys the rules of the scenario with inputs
            for name in ("quantum", "quantum-mixture"):
                base, place = instrumental_claim(name, kind), ("proof", "completion")
                self.assertEqual([m is None for m in base["proof"]["completion"]], [True, False] * 2 + [False, True] * 2)
                for k, matrix, pattern in [(1, [["1/4", "1/9"], ["0", "1/4"]], "completion .*Hermitian"),
                                           (1, ket(0, "1/3"), "completed target: the sum over a depends on x"),
                                           (4, WHITE, "completed target: the sum over a depends on x at x = 1 for y = 0"),
                                           (6, [["1/4", "1/9"], ["1/9", "1/4"]], "diagonal" if bell else "depends on x")]:
                    self.assert_rejected(changed(base, *place, k, matrix), pattern)
                self.assert_rejected(changed(base, "proof", "share", "9/10"), "common cause|p > 0")
                # other elements complete it too, with irrational parts
                for part in ([["1/1000", 2]], [["1/9", 2]]):
                    other = base
                    for k in (1, 3):  # a = 0 and y = 1
                        low, high = (Fraction(base["proof"]["completion"][k][b][b]) for b in (0, 1))
                        turned = [[part[0][0], 2]], [["-" + part[0][0], 2]]
                        off = base["proof"]["completion"][k][0][1]
                        other = changed(other, *place, k, [[[[str(low), 1]] + turned[0], off], [off, [[str(high), 1]] + turned[1]]])
                    if part == [["1/1000", 2]]:
                        self.assertEqual(outcome(other), "verified")
                    else:
                        self.assert_rejected(other, "common cause .* y = 1")
        self.assert_rejected(changed(invalid_qutrit(), "claim", "violation", "2.01"), "bound \\+ violation")
        self.assert_rejected(changed(invalid_qutrit(), "claim", "bound", "0.99"), "L \\+ t \\+ m")
        self.assert_rejected(changed(invalid_qutrit(), "functional", 8, 0, 0, "1"), "a = 1, x = 1, y = 0 is not zero")
        self.assert_rejected(changed(invalid_qutrit(), "assemblage", 11, 0, 0, "1"), "is not 1 for x = 2")
        self.assert_rejected(changed(invalid(), "claim", "violation", "0.51"), "bound \\+ violation")
        self.assert_rejected(changed(invalid(), "claim", "bound", "0.9"), "L \\+ t \\+ m")
        self.assert_rejected(changed(invalid(), "assemblage", 0, ket(0)), "is not 1")

    def assert_incomplete(self, certificate, pattern=""):
        self.assertRegex(outcome(certificate), r"^incomplete: \$.*" + pattern)

    def test_incomplete_instruments(self):
        for kind in ("instrumental", "instrumental-bell"):
            for c in instrumental(kind):
                with self.subTest(kind=kind, claim=c["claim"]["kind"]):
                    for table in ("assemblage", "noise"):
                        if table in c:
                            self.assert_incomplete(changed(c, table, 2, None), table)
                            for matrix in (WHITE, NULL):
                                self.assert_incomplete(changed(c, table, 3, matrix), table + r"\[3\]: expected null")
                            self.assert_incomplete(changed(c, table, [None] * 8), table)
                            self.assert_incomplete(changed(c, table, [m for m in c[table] if m]), table)
                    if "functional" in c:
                        self.assert_incomplete(changed(c, "functional", 1, None), "functional")
                    self.assert_incomplete(changed(c, "scenario", "inputs", 1), "inputs")
                    self.assert_incomplete(changed(c, "scenario", "inputs", 3), "inputs")
                    self.assert_incomplete(changed(c, "proof", "method", "ghjw"))
                    if "completion" not in c["proof"]:
                        self.assert_incomplete(changed(c, "proof", "completion", [None] * 8), "completion")
                    else:
                        missing = fresh(c)
                        del missing["proof"]["completion"]
                        self.assert_incomplete(missing, "'completion' is missing")
                        self.assert_incomplete(changed(c, "proof", "completion", 1, None), "completion")
                        self.assert_incomplete(changed(c, "proof", "completion", 2, WHITE), r"completion\[2\]: expected null")
                        self.assert_incomplete(changed(c, "proof", "completion", []), "completion")
                    # the other scenarios have no such table, and their functionals may be anything
                    other = changed(c, "scenario", "kind", "bell" if "bell" in kind else "bob-with-input")
                    if "assemblage" in c and "realis" not in c["claim"]["kind"]:
                        self.assert_incomplete(other)
                    else:
                        self.assertEqual(outcome(other), "verified")
        refused = changed(instrumental_claim("invalid"), "claim", {"kind": "self-tested", "input": 0, "bound": "1", "violation": "1"})
        proof = {"method": "self-test", "margin": "1", "multipliers": [NULL] * 2}
        self.assert_incomplete(changed(refused, "proof", proof), "not for instrumental scenarios")
        quantum = instrumental_claim("quantum")
        self.assert_incomplete(changed(quantum, "proof", {"method": "ghjw"}), "ghjw")
        self.assert_incomplete(changed(instrumental_claim("quantum-value"), "proof", {"method": "ghjw", "near": quantum["assemblage"]}))
        self.assert_incomplete(changed(with_input(), "proof", "completion", quantum["proof"]["completion"]), "completion")
        self.assert_incomplete(changed(sequence_general(), "claim", {"kind": "invalid", "bound": "1", "violation": "1"}), "sequential")
        self.assert_incomplete(changed(invalid(), "claim", "sense", "max"), "unknown key")
        self.assert_incomplete(changed(invalid(), "proof", "method", "gram"), "multipliers")

    def test_limits_of_the_work(self):
        for make, name in [(not_realisable, "MAX_PRODUCTS"), (not_realisable, "MAX_ELIMINATION"), (not_realisable, "MAX_WORK"),
                           (not_realisable, "MAX_DENOMINATORS"), (realisable, "MAX_PRODUCTS"), (realisable, "MAX_ELIMINATION"),
                           (realisable, "MAX_WORK"), (self_tested, "MAX_PRODUCTS"), (self_tested, "MAX_ELIMINATION")]:
            with unittest.mock.patch.object(verify, name, 1):
                self.assertRegex(outcome(make()), "^incomplete: .*for this checker")

    def test_claims_in_words(self):
        for make, words in [
                (not_realisable, "no channels make the assemblage of the reference: <F, sigma> <= 1 for all sigma that they make, and "
                                 "the assemblage exceeds it by 2"),
                (three_to_two, "no decomposable maps make the assemblage"),
                (realisable_visibility, "no channels make v assemblage + (1 - v) noise of the reference for any v in (0.3333333334, 1]: "
                                        "<F, sigma> <= 1 for all sigma that they make"),
                (realisable, "decomposable maps make of the reference what differs from the assemblage by at most 0 in every"),
                (invalid, "the assemblage is invalid, for it is not no-signalling: <F, sigma> <= 1 for every no-signalling sigma, and "
                          "the assemblage exceeds it by 0.5"),
                (INSTRUMENTS[0], "<F, sigma> <= 1 for every quantum sigma"),
                (INSTRUMENTS[7], "the instrumental assemblage is invalid, for it is not no-signalling: <F, sigma> <= 1 for every "),
                (INSTRUMENTS[9], "the instrumental assemblage is quantum"),
                (INSTRUMENTS[12], "no channels make the instrumental assemblage of the reference: "),
                (self_tested, "the assemblage is not quantum, as no channels make it of what it has at y = 0: <F, sigma> <= 1")]:
            said = []
            verify.verify(json.dumps(make()).encode(), said.append)
            self.assertEqual(len(said), 1)
            self.assertIn(f": {words}", said[0])
        for make, words in [(INSTRUMENTS[0], "instrumental scenario of elements sigma_{a|x}, 2 settings, 2 outcomes a, which are Bob's "
                                             "inputs, dimension 2: "),
                            (INSTRUMENTS[15], "instrumental-bell scenario of elements p(ab|x), 2 settings, 2 outcomes a, which are "
                                              "Bob's inputs, Bob has 2 outcomes: ")]:
            said = []
            verify.verify(json.dumps(make()).encode(), said.append)
            self.assertIn(f"; {words}", said[0])

    def test_visibility_may_be_any_decimal(self):
        """With noise at CHSH value t = 3 the mixture t + v(4 - t) reaches 2 at v = -1."""
        noise = [[["7/16", "0"], ["0", "1/16"]], [["1/16", "0"], ["0", "7/16"]]]
        table = [noise[a ^ (x * y)] for a in (0, 1) for x in (0, 1) for y in (0, 1)]
        base = changed(classical_visibility(), "noise", table)
        self.assertEqual(outcome(changed(base, "claim", "visibility", "-1")), "verified")
        self.assertEqual(outcome(changed(base, "claim", "visibility", "3.5")), "verified")
        self.assert_rejected(changed(base, "claim", "visibility", "-1.01"), "t \\+ visibility")

    def test_incomplete(self):
        base = two_paulis()
        for path_and_value in [
                ("format", "other"), ("version", 2), ("version", True), ("version", 1.0), ("title", 3), ("extra", 1),
                ("noise", []), ("scenario", "inputs", 2), ("scenario", "kind", "none"), ("scenario", "settings", 0),
                ("scenario", "dimension", 1), ("scenario", "settings", 10 ** 30), ("scenario", "x", 1),
                ("claim", "kind", "classical"), ("claim", "kind", []), ("claim", "bound", 2), ("claim", "bound", "2."),
                ("claim", "bound", "4/2"), ("claim", "bound", "+2"), ("claim", "bound", "2\n"), ("claim", "bound", "٢"),
                ("claim", "bound", "1" * 20001), ("claim", "sense", "both"), ("claim", "kind", "classical-bound"),
                ("functional", []), ("functional", 0, [["1"]]), ("functional", 0, 0, 0, 0), ("functional", 0, 0, 0, "1.0"),
                ("functional", 0, 0, 0, "1/0"), ("functional", 0, 0, 0, "1/-2"), ("functional", 0, 0, 0, None),
                ("functional", 0, 0, 0, {"re": "0"}), ("functional", 0, 0, 0, [["1", 0]]),
                ("functional", 0, 0, 0, [["1", 2], ["1", 2]]), ("functional", 0, 0, 0, [["1", 2 ** 63]]),
                ("functional", 0, 0, 0, [["1", d] for d in range(1, 66)]), ("functional", 0, 0, 0, ["1", 2]),
                ("proof", "method", "multipliers"), ("proof", "words", []), ("proof", "words", 0, [[0, 0, 1]]),
                ("proof", "words", 0, [[0, 0, 0], [0, 0, 0]]), ("proof", "words", 0, [[1, 0, 1], [0, 0, 0]]),
                ("proof", "words", 0, [[2, 0, 0]]), ("proof", "words", 0, [[1, 0, 0]]), ("proof", "words", 0, [[1, 0, 4]]),
                ("proof", "words", 0, [[0, 2, 0]]), ("proof", "words", 0, [[0, -1, 0]]), ("proof", "words", 0, [[0, 0]]),
                ("proof", "words", 0, [[0, k % 2, 0] for k in range(65)]), ("proof", "words", 0, [[0, False, 0]]),
                ("proof", "words", [[]] * 4097), ("proof", "gram", "scale", 1001), ("proof", "gram", "scale", -1),
                ("proof", "gram", "re", [1]), ("proof", "gram", "re", 0, 1.0), ("proof", "gram", "re", 0, 2 ** 53),
                ("proof", "gram", "re", 0, True), ("proof", "gram", "re", 0, math.nan), ("proof", "gram", "re", 0, "1"),
                ("proof", "gram", "im", [1] * 10), ("proof", "margin", "-1"), ("proof", "margin", 0)]:
            with self.subTest(path_and_value[:-1]):
                self.assertRegex(outcome(changed(base, *path_and_value)), r"^incomplete: \$")
        for key in ("format", "version", "scenario", "claim", "functional", "proof"):
            self.assertRegex(outcome({k: v for k, v in base.items() if k != key}), f"'{key}' is missing")
        self.assertRegex(outcome(changed(base, "proof", "gram", "re", 3, None)), r"\$\.proof\.gram\.re\[3\]")
        self.assertRegex(outcome(changed(post_quantum(), "noise", [])), "not for this claim")

    def test_edges_of_the_form(self):
        base, entry = json.loads(json.dumps(chsh())), ("functional", 0, 0, 1)  # no matrix stands in two places

        def roots(first, last):
            return [["0", d] for d in range(first, last + 1)]

        for zero in ([], "-0", "0/7", [["1", 8], ["-2", 2]], {"re": [], "im": []}):
            self.assertEqual(outcome(changed(base, *entry, zero)), "verified")
        digits = "0" * 9000 + "/1" + "0" * 10999  # p and q count together
        self.assertEqual(outcome(changed(base, *entry, digits)), "verified")
        self.assertRegex(outcome(changed(base, *entry, digits + "0")), "incomplete: .*digits")
        self.assertEqual(outcome(changed(base, *entry, roots(1, 64))), "verified")
        self.assertRegex(outcome(changed(base, *entry, roots(1, 65))), "incomplete: .*pairs")
        many = changed(changed(base, *entry, roots(1, 64)), "functional", 0, 1, 0, roots(65, 128))
        self.assertEqual(outcome(changed(many, "functional", 1, 0, 1, roots(50, 113))), "verified")
        self.assertRegex(outcome(changed(many, "functional", 1, 0, 1, roots(129, 129))), "incomplete: .*radicands")
        self.assertEqual(outcome(many), "verified")  # what one certificate holds is not counted in the next
        # repeated words; only half of the proof of two_paulis is left
        repeated = changed(changed(two_paulis(), "proof", "words", 2, [[0, 0, 0]]), "proof", "words", 3, [[1, 0, 1]])
        self.assert_rejected(repeated, "<= bound")
        self.assertEqual(outcome(changed(repeated, "claim", "bound", "4")), "verified")
        # what is malformed is never rejected
        self.assertRegex(outcome(changed(changed(base, *entry, "1"), "proof", "margin", "x")), "incomplete: .*margin")
        for name in ("assemblage", "noise"):
            self.assertRegex(outcome(dict(base, **{name: visibility()[name]})), "incomplete: .*not for this claim")
        self.assertRegex(outcome(changed(post_quantum(), "claim", "sense", "max")), "incomplete: .*unknown key")
        text = json.dumps(base)
        for bad in ("-0", "0.0", "0e0", "00", "+0"):
            self.assertRegex(outcome(text.replace("[[0, 0, 0]]", f"[[{bad}, 0, 0]]", 1).encode()), "^incomplete")
        self.assertRegex(outcome(changed(general(), "proof", "marginal", 0, 0, 0, [["1/3", 1]])), "incomplete: .*rational")
        self.assertRegex(outcome(changed(general(), "proof", "trace", 0, [["1/5", 1]])), "incomplete: .*rational")
        as_object = changed(general(), "proof", "marginal", 0, 0, 0, {"re": "1/3", "im": "0"})
        self.assertEqual(outcome(as_object), "verified")

    def test_malformed_json(self):
        text = json.dumps(two_paulis())
        for bad in ["", "{", "[]", "null", "NaN", "\ufeff" + text, text + "x", text[:-1] + ', "version": 1}',
                    text.replace('"scale": 1', '"scale": 1, "scale": 1'), text.replace('"scale": 1', '"scale": 1e0'),
                    text.replace('"scale": 1', '"scale": ' + "1" * 10000), "[" * 10 ** 6, '{"a":' * 10 ** 5,
                    text[:-1] + ', "title": ' + "[" * 20 + "]" * 20 + "}", '"\\ud800"']:
            self.assertRegex(outcome(bad.encode()), "^incomplete")
        self.assertRegex(outcome(b"\xff\xfe"), "^incomplete")
        self.assertRegex(outcome(changed(two_paulis(), "title", "\ud800")), "unpaired surrogate")
        self.assertEqual(outcome(changed(two_paulis(), "title", "\U0001f600\0")), "verified")

    def test_long_numbers(self):
        self.assertEqual(outcome(changed(two_paulis(), "claim", "bound", "2." + "0" * 19999)), "verified")
        self.assertRegex(outcome(changed(two_paulis(), "claim", "bound", "-" + "9" * 20000)), "rejected.*or more")
        self.assertEqual(outcome(changed(chsh(), "proof", "margin", "1/" + "9" * 19999)), "verified")

    def test_mutations(self):
        rng = random.Random(7)
        words = {outcome(mutant(rng)).split(":")[0] for _ in range(3000)}
        self.assertEqual(words, {"verified", "rejected", "incomplete"})

    def test_answers_that_are_left_out(self):
        """Where p is zero all of η has to be, for every input; the elements of (a, x) = (0, 0) and (2, 0) are 0, 1 and 8, 9."""
        base = left_out()
        first = base["assemblage"][:2]
        tiny = "1/1000000"

        def moved(matrices):
            """The assemblage with these elements for a = 2, x = 0, taken off those for a = 0."""
            result = base
            for y, matrix in enumerate(matrices):
                rest = [[str(Fraction(p) - Fraction(q)) for p, q in zip(*rows)] for rows in zip(first[y], matrix)]
                result = changed(changed(result, "assemblage", y, rest), "assemblage", 8 + y, matrix)
            return result
        for matrices in ([NULL, [[tiny, "0"], ["0", "-" + tiny]]], [[["0", tiny], [tiny, "0"]], NULL]):
            self.assert_rejected(moved(matrices), "p > 0 fails for a = 2, x = 0, where not every element is zero: it is 0")
        self.assert_rejected(moved([[["-" + tiny, "0"], ["0", "-" + tiny]]] * 2), "p > 0 fails")
        self.assert_rejected(moved([[["3/1000000", "0"], ["0", "-" + tiny]]] * 2), "common cause")
        self.assertEqual(outcome(moved([[[tiny, "0"], ["0", "0"]]] * 2)), "verified")
        self.assertEqual(outcome(changed(base, "assemblage", 8, 0, 0, [["1", 8], ["-2", 2]])), "verified")
        for k in (0, 2):  # a model that gives the answer
            base = changed(base, "proof", "components", 0, "measurements", k, effect("X", 1, 2))
        self.assert_rejected(base, "p > 0 fails for a = 2, x = 0")

    def test_agrees_with_the_other_checker(self):
        """Both checkers find the same of damaged certificates; needs steerq-check, built in the folder target."""
        rng = random.Random(int(os.environ.get("SEED", 8)))
        texts = [mutant(rng) for _ in range(1500)]
        verdicts = other_verdicts(self, texts)
        for data, verdict in zip(texts, verdicts):
            own = outcome(data)
            self.assertEqual(own.split(":")[0], verdict.split(":")[0], f"{own}\n{verdict}\n{data[:2000]}")

    def test_command_line(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, text in (("good", json.dumps(chsh())), ("bad", json.dumps(changed(chsh(), "claim", "bound", "2"))),
                               ("ugly", "{")):
                paths.append(os.path.join(folder, name))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    file.write(text)
            paths.append(os.path.join(folder, "absent"))
            for chosen, code in ((paths[:1], 0), (paths[:2], 1), (paths[:3], 2), (paths[3:], 2)):
                output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
                with contextlib.redirect_stdout(output):
                    self.assertEqual(verify.main(chosen), code)
                output.seek(0)
                text = output.read()
            self.assertIn("incomplete: $: the file cannot be read", text)


class Distances(unittest.TestCase):
    """§13: robustness and weight."""
    TINY = f"1/{10 ** 30}"
    SIGNALLING = [ket(1, "1/2")] + unsharp(1)[1:]
    TRACE_OF_Y = [diagonal(("3/4", "1/4")[a ^ y], 0) for a in (0, 1) for x in (0, 1) for y in (0, 1)]
    BELOW, ABOVE = "omega - assemblage is not positive semidefinite for a", "assemblage - \\(1 - weight\\) omega is not positive"

    def finds(self, word, c, *changes, what):
        """What is found of a certificate, or of what makes it, with these changes: each two of a path and a value, or one
        path of what is left out."""
        c = c if isinstance(c, dict) else c()
        for path, value in zip(changes[::2], changes[1::2]):
            c = changed(c, *path, value)
        with self.subTest(changes):
            self.assertRegex(outcome(c), f"^{word}: .*({what})")

    def rejects(self, c, *changes, what):
        self.finds("rejected", c, *changes, what=what)

    def test_common_conditions(self):
        """Tables, whatever the claim."""
        for make in DISTANCES:
            c = make()
            is_bell, is_instrumental = c["scenario"]["kind"].endswith("bell"), c["scenario"]["kind"].startswith("instrumental")
            for name in ("functional", "assemblage", "noise"):
                if name not in c:
                    continue
                self.rejects(c, (name, 0, 0, 0), {"re": "1/2", "im": "1"}, what=f"{name} for a = 0, x = 0, y = 0 is not Hermitian")
                self.rejects(c, (name, 0, 0, 1), "1/9", (name, 0, 1, 0), "1/8", what=f"{name} .* not (Hermitian|diagonal)")
                if is_bell:
                    self.rejects(c, (name, 0, 0, 1), "1/9", (name, 0, 1, 0), "1/9", what=f"{name} .* is not diagonal")
                if name != "functional":
                    self.rejects(c, (name, 0, 0, 0), "1/9", what=f"{name}: the (sum over a depends on x|sum of the traces over a is not 1)")
                    self.rejects(c, (name,), [m and scaled(m, 2) for m in c[name]], what=f"{name}: the .* is not 1")
                    if c["scenario"]["kind"] in ("bell", "bob-with-input") and c["scenario"]["outcomes"] == 2:
                        self.rejects(c, (name,), self.TRACE_OF_Y, what=f"{name}: the trace .* depends on y at y = 1")
                elif is_instrumental:
                    self.rejects(c, (name, 1), ket(0), what="functional for a = 0, x = 0, y = 1 is not zero")
            if "general" in c:
                self.rejects(c, ("general", "trace", 1), self.TINY, what="the sum of t over y is")
                self.rejects(c, ("general", "marginal", 1, 0, 1), "1", what="L for .* is not Hermitian")
                self.rejects(c, ("general", "marginal", 1, 0, 0), {"re": "0", "im": "1"}, what="L for .* is not Hermitian")
                if c["claim"].get("noise") != "consistent":
                    self.rejects(c, ("general", "marginal", 0, 0, 0), "1/9", what="the sum of L over x is not zero for y = 0")
                if is_bell:
                    self.rejects(c, ("general", "marginal", 0, 0, 1), "1", ("general", "marginal", 0, 1, 0), "1",
                                 what="L for x = 0, y = 0 is not diagonal")
            if "components" in c["proof"]:
                first = ("proof", "components", 0)
                self.rejects(c, first + ("weight",), "1/999", what="the sum of the weights")
                self.rejects(c, first + ("measurements", 0, 0, 0), {"re": "1", "im": "1"}, what="M is not Hermitian")
                self.rejects(c, first + ("measurements", 0, 0, 0), "2", what="sum of M over a is not 1")
                self.rejects(c, first + ("channels", 0, 0, 0, 0), "2", what="1 - N is not positive")
            if "states" in c["proof"]:
                second, d = ("proof", "states", 1, 0), c["scenario"]["dimension"]
                self.rejects(c, second + (0, 0), {"re": "1/8", "im": "1"}, what="strategy 1, y = 0 is not Hermitian")
                self.rejects(c, second + (0, 1), "1", what="strategy 1, y = 0 is not Hermitian")
                negative = [diagonal(*[1] * (d - 1), "-" + self.TINY)] * c["scenario"]["inputs"]
                self.rejects(c, second[:-1], negative, what="strategy 1, y = 0 is not positive semidefinite")
                one = [diagonal(*[1] * d)] * c["scenario"]["inputs"]
                self.rejects(c, second[:-1], one, what="sum of the traces of the states is .*, not 1")
                if c["scenario"]["inputs"] > 1:
                    self.rejects(c, second, one[0], what="strategy 1, y = 1 has another trace than for y = 0")
                if is_bell:
                    self.rejects(c, second + (0, 1), self.TINY, second + (1, 0), self.TINY, what="strategy 1, y = 0 is not diagonal")

    def test_robustness(self):
        for make in (steering_robustness, white_robustness):
            self.rejects(make, ("claim", "bound"), "1.4142135623", what="sum of mu")
            self.rejects(make, ("proof", "eigenvalue_bounds", 3, 0), "14142135623/10000000000", what="strategy 3, input 0: mu")
            self.rejects(make, ("claim", "bound"), "1.5", what="robustness times the difference of bound and least")
            self.rejects(make, ("assemblage",), unsharp("0.9999999"), what="robustness times")
            self.rejects(make, ("claim", "least"), "-2.0001", what="robustness times")
        for least in ("-1.999999999999", "1.4142135624", "2"):
            self.rejects(steering_robustness, ("claim", "least"), least, what="L \\+ t \\+ m - F")
        self.rejects(steering_robustness, ("claim", "robustness"), "0.1715728753", what="robustness times")
        self.rejects(steering_robustness, ("general", "marginal"), [Z, MINUS_Z], what="L \\+ t \\+ m - F")
        self.rejects(white_robustness, ("claim", "robustness"), "0.4142135624", what="robustness times")
        self.rejects(white_robustness, ("claim", "least"), self.decimal(-30), what="<F, noise> >= least")
        self.rejects(white_robustness, ("noise",), unsharp("-1/2"), what="<F, noise> >= least")
        # any number that is not reached is one that is claimed of the set's own members
        for robustness in ("0", "-1", "-0.5"):
            self.assertEqual(outcome(changed(steering_robustness(), "claim", "robustness", robustness)), "verified")

    @staticmethod
    def decimal(exponent):
        return "0." + "0" * (-exponent - 1) + "1"

    def test_bound_has_to_exceed_least(self):
        """Else everything would follow from s - bound >= robustness·(bound - least): from noise above the bound, or from F = 0."""
        nothing = changed(changed(steering_robustness(), "functional", [NULL] * 4), "proof", strategies(*[["0"]] * 4))
        for bound in ("0", "-0", "0.00"):
            self.rejects(nothing, ("claim", "bound"), bound, ("claim", "least"), "0", ("claim", "robustness"), "5",
                         what="bound > least fails by 0")
        own_noise = changed(white_robustness(), "noise", unsharp(1))
        for least in ("2", "1.5", "1.4142135624"):
            self.rejects(own_noise, ("claim", "least"), least, ("claim", "robustness"), "100", what="bound > least fails by")
        self.rejects(own_noise, ("claim", "least"), "2.0001", what="<F, noise> >= least")
        nothing = changed(changed(steering_weight(), "functional", [NULL] * 4), "proof", strategies(*[["0"]] * 4))
        for bound in ("0", "1"):
            self.rejects(nothing, ("claim", "bound"), bound, ("claim", "weight"), "1", what=f"most > bound fails by {bound}")

    def test_consistent_noise(self):
        self.rejects(consistent_robustness, ("claim", "noise"), "any", what="the sum of L over x is not zero for y = 0")
        self.rejects(consistent_robustness, ("claim", "least"), "-3.41421356239", what="L \\+ t \\+ m - F")
        self.rejects(consistent_robustness, ("claim", "robustness"), "0.1715728753", what="robustness times")
        self.rejects(consistent_robustness, ("claim", "bound"), "-" + self.decimal(-10), what="sum of mu")
        for entry in ("78124/100000", "78126/100000"):  # 25/32: too little for F, or it lowers m
            self.rejects(consistent_robustness, ("general", "marginal", 1, 0, 0), entry, what="L \\+ t \\+ m - F")
        mirrored = [[row[::-1] for row in m[::-1]] for m in consistent_robustness()["assemblage"]]  # ρ = diag(9, 16)/25
        self.rejects(consistent_robustness, ("assemblage",), mirrored, ("claim", "robustness"), "-1",
                     what="L \\+ t \\+ m - F|robustness times")
        self.rejects(irrational_consistent_robustness, ("claim", "least"), "0.7071067812", what="L \\+ t \\+ m - F")
        self.rejects(irrational_consistent_robustness, ("claim", "robustness"), "-0.9999", what="robustness times")
        self.rejects(consistent_robustness_with_inputs, ("claim", "least"), "0.6000000001", what="L \\+ t \\+ m - F")
        self.rejects(consistent_robustness_with_inputs, ("general", "marginal"), [MINUS_Z, NULL, NULL, NULL], what="L \\+ t \\+ m - F")
        plus = changed(irrational_consistent_robustness(), "general", "marginal", 0, Z)  # the sign of L
        self.rejects(plus, what="L \\+ t \\+ m - F")
        # with L = 0 it is the condition for any noise
        self.assertEqual(outcome(changed(steering_robustness(), "claim", "noise", "consistent")), "verified")

    def test_weight(self):
        self.rejects(steering_weight, ("claim", "weight"), "1.0000000001", what="weight times the difference of bound and most")
        self.rejects(steering_weight, ("claim", "most"), "-0.0001", what="L \\+ t \\+ m - F")
        self.rejects(steering_weight, ("claim", "most"), "0.0001", what="weight times")
        self.rejects(steering_weight, ("claim", "bound"), "-0.2928932189", what="sum of mu")
        self.rejects(steering_weight, ("assemblage",), unsharp("0.9999"), what="weight times")
        less = changed(steering_weight(), "assemblage", unsharp("0.85"))  # 1 - 0.15/(1 - √1/2) = 0.4878679
        self.assertEqual(outcome(changed(less, "claim", "weight", "0.487867")), "verified")
        self.rejects(less, ("claim", "weight"), "0.487868", what="weight times")

    def test_trace_distance(self):
        self.rejects(steering_trace_distance, ("claim", "distance"), "0.1464466095", what="2 n most distance")
        self.rejects(steering_trace_distance, ("claim", "most"), "0.9999999999", what="F is not between -most and most")
        self.rejects(steering_trace_distance, ("claim", "most"), "0", what="most > 0 fails")
        self.rejects(steering_trace_distance, ("claim", "bound"), "1.4142135623", what="eigenvalue|mu")
        self.rejects(steering_trace_distance, ("assemblage",), unsharp("0.9999"), what="2 n most distance")
        for kind in ("bob-with-input", "bell"):
            self.rejects(chsh_trace_distance(kind), ("claim", "distance"), "0.0915291309", what="2 n most distance")
            self.rejects(chsh_trace_distance(kind), ("claim", "most"), "1.5333", ("claim", "distance"), "0", what="F is not between")
            model = chsh_trace_distance_at_most(kind)
            self.rejects(model, ("claim", "distance"), "0.1464", what="sum of the traces of the parts")
            self.rejects(model, ("proof", "parts", 0), NULL, what="part - assemblage \\+ omega is not positive semidefinite for a = 0")
        for kind in ("instrumental", "instrumental-bell"):
            below, above = instrumental_trace_distances(kind)
            self.rejects(below, ("claim", "distance"), "0.1250000001", what="2 n most distance")
            self.rejects(above, ("claim", "distance"), "0.4999999999", what="sum of the traces of the parts")
            self.rejects(above, ("proof", "parts", 0), ket(1, "1/2"), what="part - assemblage \\+ omega")
            self.rejects(above, ("proof", "parts", 5), diagonal("-1/10", 0), what="the part for .* is not positive semidefinite")
        base = steering_trace_distance_at_most
        self.assertEqual(outcome(changed(base(), "claim", "distance", "1")), "verified")
        self.rejects(base, ("claim", "distance"), "0.1499999999", what="sum of the traces of the parts")
        self.rejects(base, ("proof", "parts", 0), diagonal(0, "3/40"), what="part - assemblage \\+ omega")
        self.rejects(base, ("proof", "parts", 0, 0, 1), "1", what="the part for .* is not Hermitian")

    def test_with_inputs(self):
        more = ("0.333333333334", "0.333333333334", "0.1715728753", "0.1129942315",
                "0.500000001", "0.500000001", "1.000000001", "0.6585786438")
        for c, value in zip(chsh_distances(), more):
            key, (other, closer) = c["claim"]["kind"], ("least", "-3.9999999") if "least" in c["claim"] else ("most", "3.9999999")
            self.rejects(c, ("claim", key), value, what=f"{key} times")
            self.rejects(c, ("claim", other), closer, what="L \\+ t \\+ m - F")
            self.rejects(c, ("general",), signed(c["general"], -1), what="L \\+ t \\+ m - F")
            self.rejects(c, ("claim", "bound"), "1.99999", what="sum of mu|Re c")
            self.rejects(c, ("functional",), c["functional"][::-1], what=f"{key} times|L \\+ t \\+ m - F")
            if c["claim"]["set"] == "quantum":
                self.rejects(c, ("proof", "gram", "re", 0), 0, what="G \\+ margin is not")
            else:
                self.rejects(c, ("proof", "eigenvalue_bounds", 1), ["12/5", "-2/5"], what="strategy 1, input 1: mu")

    def test_from_above(self):
        self.rejects(steering_robustness_at_most, ("claim", "robustness"), "0." + "24" + "9" * 40, what=self.BELOW)
        self.rejects(near_steering_robustness_at_most, ("claim", "robustness"), "0.1715976331", what=self.BELOW)
        for q in ("0.60001", "0.59999"):
            self.rejects(steering_robustness_zero, ("assemblage",), unsharp(q), what=self.BELOW)
        self.rejects(steering_weight_at_most, ("claim", "weight"), "0.4" + "9" * 40, what=self.ABOVE)
        for q in ("0.70001", "0.69999"):
            self.rejects(steering_weight_zero, ("assemblage",), unsharp(q), what=self.ABOVE)
        self.rejects(steering_weight_at_most, ("assemblage",), unsharp("1"), what=self.ABOVE)
        self.rejects(steering_weight_at_most, ("assemblage",), unsharp("1.0001"), ("claim", "weight"), "1", what=self.ABOVE)
        self.assertEqual(outcome(changed(steering_weight_at_most(), "claim", "weight", "1")), "verified")
        for make, what in ((steering_robustness_at_most, self.BELOW), (steering_weight_at_most, self.ABOVE)):
            states = make()["proof"]["states"]
            self.rejects(make, ("proof", "states"), states[::-1], what=what)
            self.rejects(make, ("proof", "states"), [states[k] for k in (0, 2, 1, 3)], what=what)  # the settings exchanged
            self.rejects(make, ("proof",), steering_causes("71/100"), what="strategy 0, y = 0 is not positive semidefinite")
        for make in (qutrit_causes, qutrit_causes_weight):
            states = make()["proof"]["states"]
            self.rejects(make, ("proof", "states"), [states[3 * (k % 3) + k // 3] for k in range(9)], what="omega")
            self.rejects(make, ("proof", "states", 5), states[5][::-1], what="omega")
        less = ("0.333333333333", "0.333333333333", "0.499999999", "0.499999999", "0.1715772957", "0.1715772957", "0.999", "0.999")
        for c, value in zip(chsh_distances_at_most(), less):
            key = "robustness" if "robustness" in c["claim"] else "weight"
            self.rejects(c, ("claim", key), value, what=self.BELOW if key == "robustness" else self.ABOVE)
            if "states" in c["proof"]:
                self.rejects(c, ("proof", "states"), [row[::-1] for row in c["proof"]["states"]], what="omega")

    def test_both_sides(self):
        """Deterministic π with F = -1 wherever it is not zero, the least possible, and a best strategy ω: of (1 + r)·ω - r·π the
        robustness is r, from below and from above."""
        rng = random.Random(13)
        for kind in ("bell", "bob-with-input"):
            for settings, outcomes, inputs, d in ((2, 2, 2, 2), (3, 2, 1, 3), (1, 4, 3, 2), (2, 3, 2, 3)):
                labels = list(itertools.product(range(outcomes), range(settings), range(inputs)))
                worst = [rng.randrange(outcomes) for _ in range(settings)], [rng.randrange(d) for _ in range(inputs)]
                f = {(a, x, y): [-1 if (a, b) == (worst[0][x], worst[1][y]) else rng.randint(-1, 3) for b in range(d)]
                     for a, x, y in labels}
                answers = [a[::-1] for a in itertools.product(range(outcomes), repeat=settings)]  # the first is the fastest digit
                best = [[max((sum(f[a[x], x, y][b] for x in range(settings)), b) for b in range(d)) for y in range(inputs)]
                        for a in answers]
                top = max(range(len(best)), key=lambda k: sum(q for q, _ in best[k]))
                r = Fraction(rng.randint(1, 40), 20)

                def element(a, x, y):
                    chosen = [Fraction(0)] * d
                    chosen[best[top][y][1]] += (1 + r) * (a == answers[top][x])
                    chosen[worst[1][y]] -= r * (a == worst[0][x])
                    return diagonal(*chosen)
                least, value = -settings * inputs, str(float(r))
                claim = {"kind": "robustness", "set": "classical", "noise": "any", "bound": str(sum(q for q, _ in best[top])),
                         "least": str(least), "robustness": value}
                zero = diagonal(*[0] * d)
                below = dict(certificate(kind, d, settings, outcomes, inputs, claim, [diagonal(*f[label]) for label in labels],
                                         strategies(*[[str(q) for q, _ in row] for row in best])),
                             assemblage=[element(*label) for label in labels],
                             general=multipliers([zero] * (settings * inputs), ["0"] * len(labels)))
                states = [[diagonal(*(int(k == top and b == row[y][1]) for b in range(d))) for y in range(inputs)]
                          for k, row in enumerate(best)]
                above = without_functional(dict(below, claim=at_most("robustness", "classical", value), proof=common_causes(states)))
                del above["general"]
                for c, sign, what in ((below, 1, "robustness times"), (above, -1, self.BELOW)):
                    self.assertEqual(outcome(fresh(c)), "verified")
                    self.rejects(fresh(c), ("claim", "robustness"), f"{float(r) + sign * 1e-9:.9f}", what=what)

    def test_irrational_assemblage(self):
        """What is left of an irrational element is positive by its rank, where it is of rank one."""
        base = irrational_weight_one()
        self.rejects(base, ("claim", "weight"), "0." + "9" * 40, what=self.ABOVE)
        self.rejects(base, ("claim",), at_most("robustness", "classical", "0.9999999999"), what=self.BELOW)
        self.assertEqual(outcome(changed(base, "claim", at_most("robustness", "classical", "1.0000000001"))), "verified")
        pure = base["assemblage"][0]
        self.rejects(base, ("assemblage",), [scaled(pure, f) for f in (-2, -2, 4, 4)], what=self.ABOVE)
        with_zero = changed(base, "assemblage", [scaled(pure, f) for f in (0, 2, 2, 0)])
        self.assertEqual(outcome(with_zero), "verified")
        # so is what is left of it where ω is zero and the element is pure
        left = from_above("traditional", at_most("weight", "classical", "0.5"), common_causes([[HALF_UNIT], [NULL]]),
                          [diagonal("1/4", "1/4"), pure], settings=1)
        self.assertEqual(outcome(left), "verified")
        self.assertEqual(outcome(changed(left, "claim", "weight", "1")), "verified")
        # (1 ± √2/2)/4 and three times as much, of ω (1 ± 7/10)/4: 1 + r >= (1 + √2/2)·10/17 and 1 - w <= (1 - √2/2)·10/3
        near = from_above("traditional", at_most("robustness", "classical", "0.0041804596"), common_causes(
            [[diagonal(f"{17 * f}/80", f"{3 * f}/80")] for f in (1, 0, 0, 3)]),
            irrational_consistent_robustness()["assemblage"])
        self.assertEqual(outcome(near), "verified")
        self.rejects(near, ("claim", "robustness"), "0.0041804595", what=self.BELOW)
        near["claim"] = at_most("weight", "classical", "0.0236892707")
        self.assertEqual(outcome(near), "verified")
        self.rejects(near, ("claim", "weight"), "0.0236892706", what=self.ABOVE)

    def test_instruments(self):
        for kind in ("instrumental", "instrumental-bell"):
            certificates = instrumental_distances(kind)
            for robust, given, weight in (certificates[:3], certificates[3:6]):
                self.rejects(robust, ("claim", "robustness"), "1.0001", what="robustness times")
                self.rejects(robust, ("claim", "least"), "0.0001", what="L \\+ t \\+ m - F")
                self.rejects(given, ("claim", "robustness"), "2.0001", what="robustness times")
                self.rejects(given, ("claim", "least"), "0.5001", what="<F, noise> >= least")
                self.rejects(weight, ("claim", "weight"), "0.5001", what="weight times")
                self.rejects(weight, ("claim", "most"), "0.9999", what="L \\+ t \\+ m - F")
                self.rejects(weight, ("claim", "most"), "1", what="most > bound fails by 0")
            for c, less in zip(certificates[6:], ("0.9999", "0.9999", "0.2499")):
                key = "robustness" if "robustness" in c["claim"] else "weight"
                self.rejects(c, ("claim", key), less, what="omega")
                first = ("proof", "completion", 1)
                self.rejects(c, first + (0, 1), "1", what="the completion for a = 0, x = 0, y = 1 is not Hermitian")
                self.rejects(c, first, diagonal("1/8", "1/8"), what="completed target: the sum over a depends on x at x = 1 for y = 1")
                if kind == "instrumental-bell":
                    self.rejects(c, first + (0, 1), "1", first + (1, 0), "1", what="the completion .* is not diagonal")
            for robust in certificates[6:8]:
                completion = robust["proof"]["completion"]
                for x in (4, 6):
                    flipped = [negative(m) if k == x else m for k, m in enumerate(completion)]
                    self.rejects(robust, ("proof", "completion"), flipped, what="completed target: the sum over a depends on x")
                self.rejects(robust, ("proof", "completion", 4), NULL, ("proof", "completion", 6), Z, what=self.BELOW)
                self.rejects(robust, ("proof", "completion", 4), UNIT, ("proof", "completion", 6), [["2", "0"], ["0", "0"]],
                             what="completed target: the trace of the sum over a is not 1|the trace for")
                uneven = diagonal("4/5", "1/5")
                self.rejects(robust, ("proof", "completion", 1), uneven, ("proof", "completion", 3), uneven, what=self.BELOW)

    def is_incomplete(self, c, *changes, what="\\$"):
        self.finds("incomplete", c, *changes, what=what)

    def test_keys(self):
        """Every key is needed, and there are no others."""
        for make in DISTANCES:
            c = make()
            for path in ((), ("claim",), ("proof",), ("general",)):
                place = c
                for key in path:
                    place = place.get(key, {})
                for key in list(place):
                    found = outcome(without(c, *path, key))
                    self.assertRegex(found, f"^incomplete: .*('{key}' is missing|with a '{key}')", (make.__name__, path, key))
                if place:
                    self.is_incomplete(c, path + ("x",), "1", what='unknown key "x"')
            for key, value in (("functional", [NULL] * 4), ("noise", unsharp(0)), ("general", steering_robustness()["general"]),
                               ("reference", not_realisable()["reference"])):
                if key not in c:
                    self.is_incomplete(c, (key,), value, what=f"'{key}' is not for this claim")
            for key, value in (("sense", "max"), ("violation", "0"), ("visibility", "0"), ("noise", "any"), ("least", "-9"), ("most", "9"),
                               ("bound", "1"), ("set", "classical"), ("maps", "cptp"), ("input", 0), ("deviation", "0")):
                if key not in c["claim"]:
                    self.is_incomplete(c, ("claim", key), value, what=f'unknown key "{key}"')
            for key, value in (("share", "1/2"), ("completion", [None] * 8), ("near", []), ("margin", "0")):
                if key not in c["proof"]:
                    self.is_incomplete(c, ("proof", key), value, what=f'unknown key "{key}"')

    def test_forms(self):
        for make in DISTANCES:
            c = make()
            for key in ("bound", "least", "most", "robustness", "weight", "distance"):
                if key in c["claim"]:
                    for value in ("1/2", 1, None, [["1", 2]], "1e0", "1" * 20001):
                        self.is_incomplete(c, ("claim", key), value, what=f"claim.{key}")
            for word in ("common-cause", "no-signalling", "any", "", None, []):
                self.is_incomplete(c, ("claim", "set"), word, what="claim.set")
                self.is_incomplete(c, ("proof", "method"), word)
            if "noise" in c["claim"]:
                for word in ("white", "Any", "classical", None, []):
                    self.is_incomplete(c, ("claim", "noise"), word, what="claim.noise")
            other = "classical" if c["claim"]["set"] == "quantum" else "quantum"
            self.is_incomplete(c, ("claim", "set"), other, what="\\$.proof")
            for method in ("gram", "strategies", "multipliers", "steps", "model", "common-causes", "ghjw", "witness", "choi", "self-test"):
                if method != c["proof"]["method"]:
                    self.is_incomplete(c, ("proof", "method"), method)
            for name in ("functional", "assemblage", "noise"):
                if name in c:
                    self.is_incomplete(c, (name,), c[name] + c[name][:1], what=f"{name}: expected")
                    self.is_incomplete(c, (name, 0), None)
                    self.is_incomplete(c, (name,), [None] * len(c[name]))
            if "general" in c:
                marginal, trace = c["general"]["marginal"], c["general"]["trace"]
                for path_and_value in [(("marginal",), marginal + marginal), (("marginal",), marginal[1:]), (("trace",), trace[1:]),
                                       (("marginal", 0), None), (("marginal", 0, 0, 0), [["1", 1]]), (("trace", 0), [["1", 1]]),
                                       (("trace", 0), 0), (("method",), "steps"), (("method",), "strategies"), (("marginal", 0), [["0"]])]:
                    self.is_incomplete(c, ("general",) + path_and_value[0], path_and_value[1], what="\\$.general")
                self.is_incomplete(c, ("general",), None, what="\\$.general")
                self.is_incomplete(c, ("general",), [], what="\\$.general")
            if "states" in c["proof"]:
                states = c["proof"]["states"]
                for path, value in [((), states[1:]), ((), states + states[:1]), ((0,), states[0] * 2), ((0,), []), ((0, 0), None),
                                    ((0, 0), [["1"]]), ((0, 0, 0, 0), [["1", 1]]), ((0, 0, 0, 0), {"re": "1"}), ((0, 0, 0, 0), 1)]:
                    self.is_incomplete(c, ("proof", "states") + path, value, what="\\$.proof.states")
            if "completion" in c["proof"]:
                for place, value in ((0, NULL), (1, None), (4, None), (7, NULL), (1, [["1"]])):
                    self.is_incomplete(c, ("proof", "completion", place), value, what="\\$.proof.completion")

    def test_ranges(self):
        for value in ("-0.0001", "-1"):
            for make in (steering_robustness_at_most, steering_robustness_zero, quantum_steering_at_most):
                self.is_incomplete(make, ("claim", "robustness"), value, what="claim.robustness: expected a decimal from 0")
        for value in ("-0.0001", "1.0001", "2"):
            for make in (steering_weight_at_most, steering_weight_zero, irrational_weight_one):
                self.is_incomplete(make, ("claim", "weight"), value, what="claim.weight: expected a decimal from 0 to 1")
        self.assertEqual(outcome(changed(steering_robustness_at_most(), "claim", "robustness", "7")), "verified")
        for make, key in ((steering_robustness_zero, "robustness"), (steering_weight_zero, "weight")):
            self.assertEqual(outcome(changed(make(), "claim", key, "-0.0")), "verified")

    def test_not_for_this_scenario(self):
        sequential = {"kind": "sequential", "settings": [2], "outcomes": [2], "inputs": 1, "dimension": 2}
        for make in (steering_robustness, white_robustness, steering_weight, steering_robustness_at_most, steering_weight_at_most):
            self.is_incomplete(make, ("scenario",), sequential, what="not for sequential scenarios")
        for kind in ("instrumental", "instrumental-bell"):
            for k in (0, 3):
                self.is_incomplete(instrumental_distances(kind)[k], ("claim", "noise"), "consistent", what="not for instrumental scenarios")
        many = changed(steering_robustness_at_most(), "scenario", "settings", 17)
        self.is_incomplete(many, ("assemblage",), [WHITE] * 34, what="more than 65536 strategies")

    def test_all_is_read_before_any_condition(self):
        """What is malformed at the end is never rejected for what comes first."""
        c = changed(steering_robustness(), "assemblage", 0, 0, 1, "1")
        self.is_incomplete(c, ("general", "trace", 3), "x", what="general.trace")
        self.is_incomplete(c, ("proof", "eigenvalue_bounds", 3, 0), "x", what="proof.eigenvalue_bounds")
        c = changed(instrumental_distances("instrumental")[6], "assemblage", 0, 0, 1, "1")
        self.is_incomplete(c, ("proof", "completion", 6, 1, 1), "x", what="proof.completion")
        self.is_incomplete(c, ("proof", "states", 3, 1, 1, 1), "x", what="proof.states")

    def test_limits_of_the_work(self):
        for make, name in [(steering_robustness_at_most, "MAX_ELIMINATION"), (steering_robustness_at_most, "MAX_WORK"),
                           (steering_robustness_at_most, "MAX_DENOMINATORS"), (steering_robustness, "MAX_PRODUCTS"),
                           (steering_robustness_at_most, "MAX_STRATEGIES")]:
            with unittest.mock.patch.object(verify, name, 1):
                self.assertRegex(outcome(make()), "^incomplete: ")

    def test_claims_in_words(self):
        for make, words in [
                (steering_robustness, "(the assemblage + t pi)/(1 + t) is not common-cause for any no-signalling noise pi and any t in "
                                      "[0, 0.1715728752): <F, sigma> <= 1.4142135624 for every common-cause sigma, and <F, pi> >= -2"),
                (consistent_robustness, "for any no-signalling noise pi with the assemblage's sums over a and any t in"),
                (white_robustness, "for the given noise pi and any t in"),
                (steering_weight, "the assemblage is not p gamma + (1 - p) omega, gamma no-signalling and omega common-cause, for any "
                                  "p < 1 in [0, 1]: <F, sigma> <= -0.2928932188 for every common-cause sigma, and <F, gamma> <= 0"),
                (quantum_steering_at_most, "(the assemblage + t pi)/(1 + t) is quantum for t = 0.0 and some no-signalling noise pi"),
                (steering_weight_at_most, "the assemblage is p gamma + (1 - p) omega, gamma no-signalling and omega common-cause, for "
                                          "p = 0.5"),
                (steering_trace_distance, "the trace distance of the assemblage from every common-cause omega is at least 0.1464466094: "
                                          "<F, sigma> <= 1.4142135624 for every common-cause sigma, and -1 <= F <= 1"),
                (steering_trace_distance_at_most, "the trace distance of the assemblage from some common-cause omega is at most 0.15"),
                (lambda: instrumental_distances("instrumental-bell")[8], "the instrumental assemblage is p gamma + (1 - p) omega, gamma no-signalling and omega quantum, "
                                                                         "for p = 0.25")]:
            said = []
            verify.verify(json.dumps(make()).encode(), said.append)
            self.assertEqual(len(said), 1)
            self.assertIn(words, said[0])


# -------------------------------------------------------------------------------------------- archives of arrays

def npy(shape, numbers, descr="<c16", fortran=False, header=None):
    """A .npy file of complex numbers that are given with the last index fastest."""
    if fortran:
        places = {index: k for k, index in enumerate(itertools.product(*map(range, shape)))}
        numbers = [numbers[places[index[::-1]]] for index in itertools.product(*map(range, shape[::-1]))]
    doubles = [part for z in numbers for part in ([z.real, z.imag] if descr == "<c16" else [z.real])]
    header = header or f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {tuple(shape)}, }}\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(doubles)}d", *doubles)


def arrays_of(document):
    """(document without components, {name: (shape, numbers)}) of a model in doubles."""
    def numbers(value):
        if isinstance(value, list):
            return [z for item in value for z in numbers(item)]
        return [complex(*(float(Fraction(value[part])) for part in ("re", "im"))) if isinstance(value, dict)
                else complex(Fraction(value))]
    rest = copy.deepcopy(document)
    components, scenario = rest["proof"].pop("components"), rest["scenario"]
    arrays = {"weights": ([len(components)], [numbers(c["weight"])[0] for c in components])}
    for k, c in enumerate(components):
        alice, bob = c["alice"], c["bob"]
        arrays[f"state_{k}"] = [alice, bob], numbers(c["state"])
        arrays[f"measurements_{k}"] = ([scenario["settings"], scenario["outcomes"], alice, alice], numbers(c["measurements"]))
        for y, channel in enumerate(c["channels"]):
            arrays[f"channels_{k}_y{y}"] = [len(channel), len(channel[0]), bob], numbers(channel)
    return rest, arrays


def members_of(document, fortran=False, descr="<c16"):
    rest, arrays = arrays_of(document)
    members = {"certificate.json": json.dumps(rest).encode()}
    for name, (shape, numbers) in arrays.items():
        kind = "<f8" if name == "weights" or all(z.imag == 0 for z in numbers) else "<c16"
        members[name + ".npy"] = npy(shape, numbers, kind if name == "weights" else min(kind, descr), fortran)
    return members


def zipped(members, compression=zipfile.ZIP_STORED, before=lambda archive: None):
    """The archive of {name: content} or pairs of these."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(zipfile.ZipInfo(name) if compression == zipfile.ZIP_STORED else name, content)
        before(archive)
    return buffer.getvalue()


DYADIC = [approximation, mixture, remainder, with_input, left_out, quantum_steering_at_most]
DYADIC += [named(kind, k) for kind in ("instrumental", "instrumental-bell") for k in range(8, 12)]
DYADIC += [make for make in DISTANCES if make.__name__ in ("instrumental_distances 7", "instrumental-bell_distances 8")]


def halves():
    """A component in two equal parts."""
    result = approximation()
    result["proof"]["components"] = [dict(c, weight="1/2") for c in result["proof"]["components"] * 2]
    return result


def damaged_archive(rng):
    """An archive with a change to what it holds, or to its bytes."""
    members = members_of(rng.choice(DYADIC + [halves])(), rng.random() < 0.2)
    names = list(members)
    for _ in range(rng.randrange(3)):
        name = rng.choice(names)
        content = bytearray(members.get(name, b""))
        kind = rng.randrange(6)
        if kind == 0:
            members.pop(name, None)
        elif kind == 1:
            members[name.replace("0", "1") if rng.random() < 0.5 else "x.npy"] = bytes(content)
        elif content:
            place = rng.randrange(len(content)) if kind == 2 else rng.choice((6, 8, 9, -8, -1, -2, len(content) // 2))
            if kind == 3:
                content[-8:] = struct.pack("<d", rng.choice((0.0, -0.0, 1.0, -1.0, 0.5, 5e-324, 1e308, math.nan, math.inf, 0.1)))
            elif kind == 4:
                del content[place:]
            elif -len(content) <= place < len(content):
                content[place] = rng.choice((0, 1, 32, 39, 48, 49, 50, 127, 255, rng.randrange(256)))
            members[name] = bytes(content)
    data = bytearray(zipped(members))
    for _ in range(rng.choice((0, 0, 1, 2))):
        start = data.rfind(b"PK\1\2") if rng.random() < 0.5 else data.find(b"PK\1\2")
        place = rng.choice((rng.randrange(len(data)), len(data) - 1 - rng.randrange(50), start + rng.randrange(47)))
        data[min(max(place, 4), len(data) - 1)] = rng.choice((0, 1, 2, 4, 8, 10, 20, 45, 46, 64, 255))
    return bytes(data)


class Archives(unittest.TestCase):
    def check(self, data, word, what=""):
        found = outcome(data)
        self.assertTrue(found.startswith(word) and what in found, found)

    def test_verified(self):
        for document in DYADIC + [halves]:
            for fortran in (False, True):
                for descr in ("<c16", "<f8"):
                    self.check(zipped(members_of(document(), fortran, descr)), "verified")

    def test_stands_for_the_same_numbers(self):
        """Shapes with lengths that differ, in both orders."""
        numbers = [complex(k, -k / 8) for k in range(24)]
        for fortran in (False, True):
            archive = verify.Archive(zipped({"m.npy": npy([2, 3, 4], numbers, fortran=fortran)}))
            found = archive.matrices("m", None, 3, 4)
            self.assertEqual([[[complex(*(float(Fraction(z[part])) for part in ("re", "im"))) for z in row] for row in m]
                              for m in found], [[numbers[12 * k + 4 * i:][:4] for i in range(3)] for k in range(2)])
        doubles = [0.1, -0.0, 5e-324, 1.7976931348623157e308, -2.0 ** -50]
        _, found = verify.Archive(zipped({"v.npy": npy([5], list(map(complex, doubles)), "<f8")})).array("v", None)
        self.assertEqual([verify.rational(q, "$") for q in found], [Fraction(x) for x in doubles])

    def test_rejected(self):
        members = members_of(approximation())
        rest, arrays = arrays_of(approximation())

        def with_entry(name, place, value):
            shape, numbers = arrays[name]
            numbers = list(numbers)
            numbers[place] = value
            return zipped(dict(members, **{name + ".npy": npy(shape, numbers, "<f8" if name == "weights" else "<c16")}))
        self.check(with_entry("weights", 0, complex(0.5)), "rejected", "weights")
        self.check(with_entry("weights", 0, complex(1 - 2 ** -53)), "rejected", "weights")
        self.check(with_entry("state_0", 0, complex(1, 2 ** -52)), "rejected", "differs")
        self.check(with_entry("measurements_0", 0, complex(0.5 + 2 ** -53)), "rejected")
        self.check(with_entry("channels_0_y0", 0, complex(1 + 2 ** -52)), "rejected")
        rest["claim"]["deviation"] = "-1"
        self.check(zipped(dict(members, **{"certificate.json": json.dumps(rest).encode()})), "rejected")

    def test_incomplete(self):
        good = members_of(approximation())
        rest, arrays = arrays_of(approximation())
        shape, state = arrays["state_0"]

        def replaced(name, content):
            return zipped(dict(good, **{name: content}))
        for name in good:
            self.check(zipped({key: value for key, value in good.items() if key != name}), "incomplete", "has no")
            self.check(zipped(list(good.items()) + [(name, good[name])]), "incomplete", "twice")
            for length in (0, 9, 40, len(good[name]) - 1):
                self.check(replaced(name, good[name][:length]), "incomplete")
            if name.endswith(".npy"):
                self.check(replaced(name, good[name] + b"\0"), "incomplete", "numbers")
        for name in ("state_1.npy", "weights", "channels_0_y00.npy", "channels_0_y1.npy", "é"):
            self.check(replaced(name, good["state_0.npy"]), "incomplete", "no place")
        for value in (math.nan, math.inf, -math.inf):
            self.check(replaced("state_0.npy", npy(shape, [complex(0, value)] + state[1:])), "incomplete", "NaN")
        for wrong in ([4], [1, 4], [2, 2, 1]):
            self.check(replaced("state_0.npy", npy(wrong, state)), "incomplete", "shape" if len(wrong) != 2 else "")
        for wrong in ([2, 3, 2, 2], [6, 1, 2, 2], [3, 2, 4], [3, 2, 4, 1]):
            self.check(replaced("measurements_0.npy", npy(wrong, arrays["measurements_0"][1])), "incomplete", "shape")
        self.check(replaced("channels_0_y0.npy", npy([1, 1, 4], arrays["channels_0_y0"][1])), "incomplete", "shape")
        self.check(replaced("state_0.npy", npy(shape, [0j] * 4)), "incomplete", "zero")
        self.check(replaced("weights.npy", npy([1], [1 + 0j])), "incomplete", "float64")
        self.check(replaced("weights.npy", npy([1], [0j], "<f8")), "incomplete")
        self.check(replaced("weights.npy", npy([65], [1 / 64 + 0j] * 65, "<f8")), "incomplete", "64")
        header = "{'descr': '<c16', 'fortran_order': False, 'shape': (2, 2), }\n"
        self.assertEqual(outcome(replaced("state_0.npy", npy(shape, state, header=header.replace(" ", "   ")))), "verified")
        for old, new in (("<", ">"), ("c16", "c8"), ("c16", "i8"), ("False", "false"), ("(2, 2)", "(2, 2,)"), ("(2, 2)", "(02, 2)"),
                         ("(2, 2)", "(4)"), ("(2, 2)", "()"), ("(2, 2)", f"({2 ** 32 + 2}, 2)"), ("(2, 2)", f"({10 ** 30}, 2)"),
                         ("(2, 2)", "(2, 0)"), (", }", "}"), ("}\n", "}\n\n"), ("}\n", "}\n "), ("'descr'", "'dtype'"), ("{", "{'a': 1, ")):
            self.check(replaced("state_0.npy", npy(shape, state, header=header.replace(old, new))), "incomplete")
        self.check(replaced("state_0.npy", good["state_0.npy"].replace(b"\1\0", b"\2\0", 1)), "incomplete", "version")
        for change in (lambda d: d["proof"].update(components=[]), lambda d: d.pop("proof"), lambda d: d.update(proof=[]),
                       lambda d: d["proof"].update(method="ghjw"), lambda d: d["scenario"].update(settings=2)):
            document = copy.deepcopy(rest)
            change(document)
            self.check(replaced("certificate.json", json.dumps(document).encode()), "incomplete")
        for content in (b"[]", b"{", b"\xff", b""):
            self.check(replaced("certificate.json", content), "incomplete")
        with unittest.mock.patch.object(verify, "MAX_NUMBERS", 20):
            self.check(zipped(good), "incomplete", "20 numbers")

    def test_structure_of_the_archive(self):
        good = members_of(approximation())
        data = zipped(good)
        for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            self.check(zipped(good, compression), "incomplete", "compressed")
        for length in range(len(data)):
            self.check(data[:length], "incomplete")
        self.check(data + b"\0", "incomplete", "end record")
        self.check(b"PK\3\4" + data, "incomplete", "end record")
        self.check(zipped(good, before=lambda archive: setattr(archive, "comment", b"!")), "incomplete", "end record")

        def change_entry(**change):
            def act(archive):
                for key, value in change.items():
                    setattr(archive.filelist[1], key, value)
            return zipped(good, before=act)
        self.assertEqual(outcome(change_entry(extract_version=45)), "verified")
        for change in ({"extra": b"\1\2\0\0"}, {"comment": b"!"}, {"extract_version": 46}, {"reserved": 1}, {"flag_bits": 1},
                       {"flag_bits": 2}, {"compress_type": 8}, {"file_size": 3}, {"compress_size": 3}, {"CRC": 0},
                       {"header_offset": 0}, {"header_offset": 1}, {"header_offset": len(data)}):
            self.check(change_entry(**change), "incomplete")
        # overlapping members: the content of one holds another
        state = good["state_0.npy"]
        inner_header = zipped({"weights.npy": good["weights.npy"]})
        inner_header = inner_header[:inner_header.find(b"PK\1\2")]
        members = {key: value for key, value in good.items() if key != "weights.npy"}
        start = zipped(dict(members, **{"state_0.npy": state + inner_header})).find(state + inner_header) + len(state)

        def add(archive):
            hidden = zipfile.ZipInfo("weights.npy")
            hidden.file_size = hidden.compress_size = len(good["weights.npy"])
            hidden.CRC, hidden.header_offset = zlib.crc32(good["weights.npy"]), start
            archive.filelist.append(hidden)
        self.check(zipped(dict(members, **{"state_0.npy": state + inner_header}), before=add), "incomplete", "overlap")
        # as written to a pipe: sizes after the contents
        class Pipe(io.RawIOBase):
            def __init__(self):
                self.data = b""

            def writable(self):
                return True

            def write(self, part):
                self.data += bytes(part)
                return len(part)
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w") as archive:
            for name, content in reversed(good.items()):
                archive.writestr(name, content)
        self.assertEqual(outcome(pipe.data), "verified")

    def test_by_numpy(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("there is no NumPy")
        rest, arrays = arrays_of(halves())
        arrays = {name: numpy.array(numbers).reshape(shape) for name, (shape, numbers) in arrays.items()}
        arrays["weights"] = arrays["weights"].real
        arrays["state_1"] = numpy.asfortranarray(arrays["state_1"])
        for save, word in ((numpy.savez, "verified"), (numpy.savez_compressed, "incomplete")):
            buffer = io.BytesIO()
            save(buffer, **arrays)
            with zipfile.ZipFile(buffer, "a") as archive:
                archive.writestr("certificate.json", json.dumps(rest))
            self.check(buffer.getvalue(), word)
        with numpy.load(io.BytesIO(zipped(members_of(halves())))) as archive:
            for name, expected in arrays.items():
                self.assertTrue((archive[name] == expected).all())

    def test_agrees_with_the_other_checker(self):
        rng = random.Random(int(os.environ.get("SEED", 9)))
        count = int(os.environ.get("ARCHIVES", 1000))
        datas = [damaged_archive(rng) for _ in range(count)]
        verdicts = other_verdicts(self, datas)
        for data, verdict in zip(datas, verdicts):
            own = outcome(data)
            self.assertEqual(own.split(":")[0], verdict.split(":")[0], f"{own}\n{verdict}\n{data[:4000]}")
        self.assertEqual({verdict.split(":")[0] for verdict in verdicts}, {"verified", "rejected", "incomplete"})


# ------------------------------------------------------------------------ words against explicit complex matrices

def matmul(a, b):
    columns = list(zip(*b))
    return [[sum(p * q for p, q in zip(row, column)) for column in columns] for row in a]


def dagger(a):
    return [[z.conjugate() for z in column] for column in zip(*a)]


def kron(a, b):
    return [[p * q for p in row for q in row2] for row in a for row2 in b]


def combine(pairs, n):
    total = [[0j] * n for _ in range(n)]
    for factor, matrix in pairs:
        total = [[z + factor * w for z, w in zip(row, row2)] for row, row2 in zip(total, matrix)]
    return total


def unitary(n, rng):
    rows = []
    while len(rows) < n:
        v = [complex(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(n)]
        for u in rows:
            overlap = sum(p.conjugate() * q for p, q in zip(u, v))
            v = [q - overlap * p for p, q in zip(u, v)]
        norm = math.sqrt(sum(abs(z) ** 2 for z in v))
        rows.append([z / norm for z in v])
    return rows


def to_complex(z):
    return complex(*(float(sum(z.enclosure(part)) / 2) for part in (0, 1)))


class Model:
    """Random projectors for the devices that measure and randomly rotated matrices for the others, as explicit matrices
    that are written here from §4 a second time."""
    def __init__(self, scenario, rng, characters=False):
        self.scenario, self.characters, d = scenario, characters, scenario.dimension
        self.sizes = scenario.outcomes, d
        self.bases = [[unitary(scenario.outcomes, rng) for _ in range(scenario.settings)],
                      [unitary(d, rng) for _ in range(scenario.inputs)]]

    def rotated(self, device, label, matrix):
        v = self.bases[device][label]
        small = matmul(matmul(v, matrix), dagger(v))
        unit = [[[float(i == j) for j in range(n)] for i in range(n)] for n in self.sizes]
        return kron(small, unit[1]) if device == 0 else kron(unit[0], small)

    def projector(self, device, label, a):
        n = self.sizes[device]
        return self.rotated(device, label, [[float(i == j == a) for j in range(n)] for i in range(n)])

    def basis_matrix(self, g):
        d = self.scenario.dimension
        if d & (d - 1) == 0:
            paulis = [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]
            result, k = [[1]], d.bit_length() - 1
            for digit in [g // 4 ** (k - 1 - position) % 4 for position in range(k)]:
                result = kron(result, paulis[digit])
            return [[complex(z) for z in row] for row in result]
        p, q = divmod(g, d)
        omega = cmath.exp(2j * cmath.pi / d)
        return [[omega ** (j * q) if i == (j + p) % d else 0j for j in range(d)] for i in range(d)]

    def letter(self, device, label, index):
        if device == 1 and not self.scenario.bell:
            return self.rotated(1, label, self.basis_matrix(index))
        if self.sizes[device] == 2:
            return combine([(1, self.projector(device, label, 0)), (-1, self.projector(device, label, 1))], len(self.unit()))
        if self.characters:
            n = self.sizes[device]
            if n in (4, 8):
                values = [(-1) ** sum(index >> k & a >> k & 1 for k in range(3)) for a in range(n)]
            else:
                values = [cmath.exp(2j * cmath.pi * index * a / n) for a in range(n)]
            return combine([(value, self.projector(device, label, a)) for a, value in enumerate(values)], len(self.unit()))
        return self.projector(device, label, index)

    def unit(self):
        n = self.sizes[0] * self.sizes[1]
        return [[float(i == j) for j in range(n)] for i in range(n)]

    def word(self, word):
        result = self.unit()
        for letter in word:
            result = matmul(result, self.letter(*letter))
        return result


class Words(unittest.TestCase):
    SCENARIOS = [("bob-with-input", 2, 2), ("bob-with-input", 2, 3), ("bob-with-input", 3, 3), ("bob-with-input", 4, 2),
                 ("bob-with-input", 5, 2), ("bob-with-input", 6, 2), ("bell", 2, 3), ("bell", 3, 2),
                 # with unitary letters: one order of phases or two, powers of two or not, and two outcomes as ever
                 ("bob-with-input", 2, 2, True), ("bob-with-input", 2, 3, True), ("bob-with-input", 3, 3, True),
                 ("bob-with-input", 3, 4, True), ("bob-with-input", 2, 4, True), ("bob-with-input", 2, 6, True),
                 ("bell", 3, 2, True), ("bell", 4, 3, True), ("bell", 5, 3, True)]

    def setting(self, kind, d, outcomes, unitary, rng):
        scenario = verify.Scenario(parsed({"kind": kind, "settings": 2, "outcomes": outcomes, "inputs": 2, "dimension": d}),
                                   "$")
        return scenario, verify.Algebra(scenario, unitary), Model(scenario, rng, unitary)

    def random_word(self, algebra, rng, length=3):
        d = algebra.scenario.dimension
        word = []
        for device in (0, 1):
            k = algebra.outcomes(device)
            last = rng.randint(0, 1)
            for _ in range(rng.randint(0, length)):
                last = 1 - last
                low, high = (1, d * d - 1) if k is None else (1, k - 1) if algebra.unitary and k > 2 else (0, max(0, k - 2))
                word.append((device, last, rng.randint(low, high)))
        return tuple(word)

    def assert_close(self, a, b):
        self.assertLess(max(abs(z - w) for row, row2 in zip(a, b) for z, w in zip(row, row2)), 1e-8)

    def test_products_and_adjoints(self):
        rng = random.Random(3)
        for scenario in self.SCENARIOS:
            _, algebra, model = self.setting(*scenario[:3], len(scenario) > 3, rng)
            root = cmath.exp(2j * cmath.pi / algebra.order)
            for _ in range(12):
                u, v = self.random_word(algebra, rng), self.random_word(algebra, rng)
                e, adjoint = algebra.adjoint(u)
                self.assert_close(dagger(model.word(u)), combine([(root ** e, model.word(adjoint))], len(model.unit())))
                product = algebra.product(u, v)
                pairs = [] if product is None else [(root ** product[0], model.word(product[1]))]
                self.assert_close(matmul(model.word(u), model.word(v)), combine(pairs, len(model.unit())))
                if product is not None:
                    as_json = [list(letter) for letter in product[1]]
                    self.assertEqual(algebra.read_word(as_json, "$"), product[1])

    def test_sum_of_functional_and_squares(self):
        """B + S from its coefficients, against Σ M B_y(F) + Σ G w†w in explicit matrices."""
        rng = random.Random(4)
        for name in self.SCENARIOS:
            scenario, algebra, model = self.setting(*name[:3], len(name) > 3, rng)
            d, size = scenario.dimension, len(model.unit())
            functional, operator = {}, []
            for a, x, y in scenario.labels():
                m = [[None] * d for _ in range(d)]
                for i in range(d):
                    for j in range(i, d):
                        z = verify.Number({(rng.choice((1, 2, 3)), e): Fraction(rng.randint(-9, 9), 7)
                                           for e in ((0,) if i == j else (0, 1))})
                        m[i][j] = z if i == j or not scenario.bell else verify.ZERO
                        m[j][i] = m[i][j].conjugate()
                functional[a, x, y] = m
                f = model.rotated(1, y, [[to_complex(z) for z in row] for row in m])
                operator.append((1, matmul(model.projector(0, x, a), f)))
            words = [self.random_word(algebra, rng, 2) for _ in range(4)]
            re, im = ([rng.randint(-99, 99) for _ in range(10)] for _ in range(2))
            for k in (0, 2, 5, 9):
                im[k] = 0
            letters = {"letters": "unitary"} if algebra.unitary else {}
            proof = verify.GramProof(parsed({"method": "gram", "margin": "0", "gram": {"scale": 5, "re": re, "im": im},
                                             "words": words, **letters}), "$", scenario)
            explicit = [model.word(word) for word in words]
            for j in range(4):
                for i in range(j + 1):
                    g = complex(re[j * (j + 1) // 2 + i], im[j * (j + 1) // 2 + i]) / 32
                    operator.append((g, matmul(dagger(explicit[i]), explicit[j])))
                    if i < j:
                        operator.append((g.conjugate(), matmul(dagger(explicit[j]), explicit[i])))
            found = []
            for word, coefficient in proof.coefficients(functional).items():
                real, imaginary = verify.enclosure_of_sum(coefficient)
                for low, high in (real, imaginary):
                    self.assertTrue(low <= high and float(high - low) < 1e-60)
                found.append((complex(float(real[0]), float(imaginary[0])), model.word(word)))
            self.assert_close(combine(operator, size), combine(found, size))


def random_model(rng, kind="bob-with-input"):
    """Two components with 3 and 1 levels for Alice, 2 and 3 for Bob's input, 3 for his output: no two sizes are alike."""
    def complex_text(size):
        return {part: f"{rng.randint(-size, size)}/64" for part in ("re", "im")}

    def effects_of(n):
        m = [[complex_text(8) for _ in range(n)] for _ in range(n)]
        rest = [[None] * n for _ in range(n)]
        for i in range(n):
            m[i][i], rest[i][i] = "1/3", "2/3"
            for j in range(n):
                if i < j:
                    m[j][i] = dict(m[i][j], im=str(-Fraction(m[i][j]["im"])))
                if i != j:
                    rest[i][j] = {part: str(-Fraction(q)) for part, q in m[min(i, j)][max(i, j)].items()}
                    if i > j:
                        rest[i][j]["im"] = str(-Fraction(rest[i][j]["im"]))
        return [m, rest]

    components = [{"weight": weight, "alice": n, "bob": k, "state": [complex_text(64) for _ in range(n * k)],
                   "measurements": effects_of(n) + effects_of(n),
                   "channels": [[[[complex_text(12) for _ in range(k)] for _ in range(3)] for _ in range(1 + y)] for y in (0, 1)]}
                  for weight, n, k in (("2/7", 3, 2), ("5/7", 1, 3))]
    return dict(model("quantum-value", {"sense": "max", "value": "-3"}, components), functional=[[["0"] * 3] * 3] * 8,
                scenario={"kind": kind, "settings": 2, "outcomes": 2, "inputs": 2, "dimension": 3})


class Models(unittest.TestCase):
    def test_against_explicit_matrices(self):
        """The model by the formulas of §7 in floating point, with the full density matrix."""
        def number(z):
            return complex(Fraction(z)) if isinstance(z, str) else complex(Fraction(z["re"]), Fraction(z["im"]))

        rng = random.Random(11)
        for kind in ("bob-with-input", "bell"):
            document = random_model(rng, kind)
            scenario = verify.Scenario(parsed(document["scenario"]), "$")
            proof = verify.ModelProof(parsed(document["proof"]), "$", scenario, False)
            denominator, table = proof.assemblage()
            for (a, x, y), rows in table.items():
                expected = [[0j] * 3 for _ in range(3)]
                for part in document["proof"]["components"]:
                    n, k, psi = part["alice"], part["bob"], [number(z) for z in part["state"]]
                    m = [[number(z) for z in row] for row in part["measurements"][2 * x + a]]
                    unit = [[complex(i == j) for j in range(k)] for i in range(k)]
                    rho = matmul(kron(m, unit), [[u * v.conjugate() for v in psi] for u in psi])
                    norm = sum(abs(z) ** 2 for z in psi)
                    state = [[sum(rho[i * k + j][i * k + l] for i in range(n)) / norm for l in range(k)] for j in range(k)]
                    kraus = [[[number(z) for z in row] for row in matrix] for matrix in part["channels"][y]]
                    out = combine([(1, matmul(matmul(matrix, state), dagger(matrix))) for matrix in kraus], 3)
                    lost = sum(state[j][j] for j in range(k)) - sum(out[b][b] for b in range(3))
                    for b in range(3):
                        out[b][b] += lost / 3
                    expected = combine([(1, expected), (float(Fraction(part["weight"])), out)], 3)
                for b in range(3):
                    for c in range(3):
                        z = expected[b][c] if kind == "bob-with-input" or b == c else 0
                        found = complex(*(Fraction(q, denominator) for q in rows[b][2 * c:2 * c + 2]))
                        self.assertLess(abs(found - z), 1e-12)
            # the same with all entries demanded exactly
            exact = [[[{part: str(Fraction(row[2 * c + e], denominator)) for e, part in enumerate(("re", "im"))}
                       for c in range(3)] for row in table[label]] for label in scenario.labels()]
            claim = {"kind": "quantum-approximation", "deviation": "0"}
            target = dict(document, claim=claim, assemblage=exact)
            del target["functional"]
            self.assertEqual(outcome(target), "verified")
            swapped = changed(target, "proof", "components", 0, "measurements",
                              target["proof"]["components"][0]["measurements"][::-1])
            self.assertRegex(outcome(swapped), "^rejected: .*deviation")


class Numbers(unittest.TestCase):
    def test_square_free(self):
        for d in list(range(1, 300)) + [2 ** 62, 3037000493 ** 2, 2 ** 63 - 25, 6 * 1000003 ** 2]:
            s, f = verify.square_free(d)
            self.assertEqual(s * s * f, d)
            self.assertFalse(any(f % (p * p) == 0 for p in range(2, 200)))
        self.assertEqual(verify.square_free(3037000493 ** 2), (3037000493, 1))

    def test_enclosures(self):
        for d in (2, 3, 4, 2 ** 63 - 25):
            low, high = verify.root_enclosure(d)
            self.assertTrue(low * low <= d <= high * high and high - low <= Fraction(1, 2 ** 200))
        low, high = verify.pi_enclosure()
        self.assertTrue(low < high < low + Fraction(1, 2 ** 320))
        self.assertEqual(str(int(low * 10 ** 30)), "3141592653589793238462643383279")
        for d in (5, 7, 9, 11, 24, 1000):
            for k in range(d):
                z, rest = verify.exact_phase(Fraction(k, d))
                real, imaginary = verify.enclosure_of_sum({rest: z})
                expected = cmath.exp(2j * cmath.pi * k / d)
                self.assertAlmostEqual(float(real[0]), expected.real, 14)
                self.assertAlmostEqual(float(imaginary[0]), expected.imag, 14)
                square = [verify.times(part, part) for part in (real, imaginary)]
                low, high = verify.plus(*square)
                self.assertTrue(low <= 1 <= high and high - low < Fraction(1, 2 ** 200))

    def test_field(self):
        a = verify.Number({(2, 0): Fraction(1), (1, 0): Fraction(1)})   # √2 + 1
        b = verify.Number({(2, 0): Fraction(1), (1, 0): Fraction(-1)})  # √2 - 1
        self.assertEqual(a * b, verify.ONE)
        six = verify.Number({(2, 0): Fraction(1)}) * verify.Number({(3, 1): Fraction(1)})
        self.assertEqual(six * six, verify.Number.gaussian(-6))
        self.assertEqual(verify.real([["1", 8], ["-2", 2]], "$"), verify.ZERO)
        self.assertEqual(verify.modulus_above((Fraction(3, 5),) * 2, (Fraction(-4, 5),) * 2), 1)


class Positivity(unittest.TestCase):
    def exact(self, rows):
        try:
            verify.require_positive_exactly(rows, 1, "")
        except verify.Rejected:
            return False
        return True

    def test_exact(self):
        rng = random.Random(5)
        for trial in range(300):
            n, rank = rng.randint(1, 6), rng.randint(0, 6)
            v = [[(rng.randint(-2, 2), rng.randint(-2, 2)) for _ in range(rank)] for _ in range(n)]
            rows = [[tuple(map(sum, zip((0, 0), *((a * c + b * d, b * c - a * d) for (a, b), (c, d) in zip(v[i], v[j])))))
                     for j in range(i, n)] for i in range(n)]
            self.assertTrue(self.exact(rows))
            if rank < n:  # singular, so any smaller diagonal makes it indefinite
                k = rng.randrange(n)
                lower = [[(re * 1000 - (i == 0), im * 1000) for i, (re, im) in enumerate(row)] for row in rows]
                self.assertFalse(self.exact(lower), k)
        self.assertFalse(self.exact([[(0, 0), (1, 0)], [(5, 0)]]))
        self.assertFalse(self.exact([[(0, 0), (0, 1)], [(5, 0)]]))
        self.assertTrue(self.exact([[(0, 0), (0, 0)], [(5, 0)]]))

    def test_reals(self):
        """The same matrices as in the tests of the other checker."""
        def root(extra):
            return verify.Number({(2, 0): Fraction(1), (1, 0): Fraction(extra, 2 ** 150)})

        def accepted(matrix):
            try:
                verify.require_positive_matrix(matrix, "")
            except verify.Rejected:
                return False
            return True

        zero, one, half = verify.ZERO, verify.Number.gaussian(1, 1), verify.Number.gaussian(Fraction(1, 2))
        for extra, good in ((0, False), (-1, False), (1, True)):  # [[√2, 1+i], [1-i, √2]] is singular
            self.assertEqual(accepted([[root(extra), one], [one.conjugate(), root(extra)]]), good)
        self.assertTrue(accepted([[root(0), zero], [zero, zero]]))
        self.assertTrue(accepted([[verify.Number.gaussian(Fraction(1, 3))] * 3] * 3))
        self.assertFalse(accepted([[zero, half], [half, half]]))
        # a singular rational block and a row of zeros stay as they are beside irrational ones
        blocks = [[zero] * 5 for _ in range(5)]
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            blocks[3 * i][3 * j] = half
            blocks[1 + i][1 + j] = [[root(1), one], [one.conjugate(), root(1)]][i][j]
        self.assertTrue(accepted(blocks))
        blocks[0][4] = blocks[4][0] = root(0)
        self.assertFalse(accepted(blocks))
        blocks[4][4] = root(0)
        self.assertFalse(accepted(blocks))

    def test_large(self):
        rng = random.Random(6)
        for n, is_real in ((1, True), (2, False), (7, False), (12, True)):
            v = [[complex(rng.randint(-9, 9), 0 if is_real else rng.randint(-9, 9)) for _ in range(n)] for _ in range(n)]
            p = [[sum(a * b.conjugate() for a, b in zip(v[i], v[j])) for j in range(n)] for i in range(n)]

            def entry(i, j):
                return int(p[i][j].real), int(p[i][j].imag)

            for extra, good in ((Fraction(1, 10), True), (-Fraction(10 ** 4), False)):
                diagonal = [Fraction(int(p[i][i].real)) + extra for i in range(n)]
                if good:
                    verify.require_positive_large(n, entry, diagonal, 1, "")
                else:
                    self.assertRaises(verify.Rejected, verify.require_positive_large, n, entry, diagonal, 1, "")
        for diagonal in ([Fraction(0)] * 3, [Fraction(2 ** 1000)] * 3, [Fraction(1, 10 ** 400)] * 3, [Fraction(1, 10 ** 322)] * 3):
            try:
                verify.require_positive_large(3, lambda i, j: (0, 0), diagonal, 1, "")
            except verify.Rejected:
                self.assertLess(diagonal[0], 1)

    def test_wrong_factor_is_noticed(self):
        """The factor is not trusted: with one wrong entry the remainder is not diagonally dominant."""
        rows = [[1 << 20, 0], [0, 0, 1 << 20, 0]]
        diagonal = [Fraction(2), Fraction(2)]
        self.assertTrue(verify.leaves_dominant(2, lambda i, j: (0, 0), diagonal, rows, 20))
        self.assertFalse(verify.leaves_dominant(2, lambda i, j: (0, 0), diagonal, [[1 << 20, 0], [3 << 20, 0, 1 << 20, 0]], 20))
        self.assertFalse(verify.leaves_dominant(2, lambda i, j: (9, 0), diagonal, rows, 20))


if __name__ == "__main__":
    unittest.main()
