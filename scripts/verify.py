#!/usr/bin/env python3
"""Check certificates about quantum steering: an independent reading of docs/certificate.md, version 1.

    python3 verify.py FILE [FILE ...]

For every file this prints the claim in words and then `verified`, `rejected: ...` or `incomplete: ...`; the exit code
is 0, 1 or 2, the largest of all files. It uses the standard library of Python 3.9 or later and nothing else, and it is
written to be read from the top: numbers (§1), reading (§1-§3), positivity, the proofs (§4 to §10, §13), archives of
arrays (§12), the output (§11).

Reading raises only `Incomplete`, checking only `Rejected`, or `Incomplete` where a limit of this checker is exceeded;
what raises neither is verified. All that a verdict rests on is integer and rational arithmetic. Floating point is used
in one place, to guess a matrix that is then checked exactly.
"""
import argparse
import itertools
import json
import math
import re
import struct
import sys
import zlib
from fractions import Fraction
from functools import lru_cache, reduce
from operator import add, mul

if hasattr(sys, "set_int_max_str_digits"):  # §1 allows 20,000 digits, more than Python converts by itself
    sys.set_int_max_str_digits(0)


class Incomplete(Exception):
    """Something is missing or malformed; the message says what and where."""


class Rejected(Exception):
    """A described condition fails; the message says which, and by how much."""


def about(value):
    """A short decimal approximation of a rational, for messages only."""
    try:
        return f"{float(value):.6g}"
    except OverflowError:
        return f"{'-' if value < 0 else ''}2^{math.floor(abs(value)).bit_length() - 1} or more"


# ---------------------------------------------------------------------------------------------- numbers (§1)

GRID = 256  # enclosures end at multiples of 2^-256


@lru_cache(maxsize=None)
def square_free(d):
    """(s, f) with d = s²·f and f square-free, so that √d = s·√f."""
    s, f, p = 1, 1, 2
    while p * p * p <= d:
        while d % (p * p) == 0:
            d, s = d // (p * p), s * p
        if d % p == 0:
            d, f = d // p, f * p
        p += 1
    root = math.isqrt(d)  # what is left of d has at most two prime factors: it is a square or square-free
    return (s * root, f) if root * root == d else (s, f * d)


@lru_cache(maxsize=None)
def root_enclosure(d):
    """Neighbouring multiples (low, high) of 2^-256 with low <= √d <= high; equal if √d is a multiple."""
    root = math.isqrt(d << 2 * GRID)
    return Fraction(root, 1 << GRID), Fraction(root + (root * root != d << 2 * GRID), 1 << GRID)


def root_above(q):
    """A rational >= √q for a rational q >= 0; √q itself where that is rational."""
    top, bottom = math.isqrt(q.numerator), math.isqrt(q.denominator)
    if top * top == q.numerator and bottom * bottom == q.denominator:
        return Fraction(top, bottom)
    return Fraction(math.isqrt((q.numerator << 2 * GRID) // q.denominator) + 1, 1 << GRID)


class Number:
    """A complex number Σ q·√d·i^e, held exactly as {(d, e): q} with d square-free, e = 0 or 1, rational q ≠ 0.

    Square roots of different square-free integers are linearly independent over the rationals, hence equal numbers
    have equal dictionaries, and a number is rational only if (1, 0) is its only key.
    """
    __slots__ = ("terms",)

    def __init__(self, terms):
        self.terms = {key: q for key, q in terms.items() if q}

    @staticmethod
    def gaussian(re, im=0):
        return Number({(1, 0): Fraction(re), (1, 1): Fraction(im)})

    def __add__(self, other):
        terms = dict(self.terms)
        for key, q in other.terms.items():
            terms[key] = terms.get(key, 0) + q
        return Number(terms)

    def __mul__(self, other):
        return sum_of_products([(self, other)])

    def __neg__(self):
        return Number({key: -q for key, q in self.terms.items()})

    def __sub__(self, other):
        return self + -other

    def __eq__(self, other):
        return self.terms == other.terms

    def conjugate(self):
        return Number({(d, e): -q if e else q for (d, e), q in self.terms.items()})

    def enclosure(self, part):
        """Rationals (low, high) around the real (part = 0) or imaginary (part = 1) part; equal if it is rational."""
        low = high = Fraction(0)
        for (d, e), q in self.terms.items():
            if e == part:
                ends = sorted(q * end for end in root_enclosure(d))
                low, high = low + ends[0], high + ends[1]
        return low, high


def sum_of_products(pairs):
    """Σ z·w over the pairs of Numbers (z, w)."""
    terms = {}
    for z, w in pairs:
        for (d, e), q in z.terms.items():
            for (d2, e2), q2 in w.terms.items():
                g = math.gcd(d, d2)  # √d·√d2 = g·√(d/g · d2/g), and i·i = -1
                key = (d // g * (d2 // g), e ^ e2)
                terms[key] = terms.get(key, 0) + q * q2 * (-g if e and e2 else g)
    return Number(terms)


ZERO, ONE, I = Number({}), Number.gaussian(1), Number.gaussian(0, 1)
HALF = Fraction(1, 2)


def exact_phase(turn):
    """(z, rest) with e^(2πi·turn) = z·e^(2πi·rest), z a power of i and 0 <= rest < 1/4."""
    quarters = math.floor(4 * turn)
    return [ONE, I, -ONE, -I][quarters % 4], turn - Fraction(quarters, 4)


def pi_enclosure():
    """π = 16·arctan(1/5) - 4·arctan(1/239); neighbouring partial sums of an alternating series enclose its limit."""
    def arctan(q):
        terms = [Fraction((-1) ** m, (2 * m + 1) * q ** (2 * m + 1)) for m in range(80)]
        return sum(terms), sum(terms[:-1])  # the last of the 80 terms is negative: (low, high)
    (low5, high5), (low239, high239) = arctan(5), arctan(239)
    return 16 * low5 - 4 * high239, 16 * high5 - 4 * low239


@lru_cache(maxsize=None)
def unit_enclosure(rest):
    """Enclosures of cos(x) and sin(x) for x = 2π·rest, 0 <= rest < 1/4, from 100 terms of their Taylor series.

    Each term x^m/m! is enclosed by two integers over 2^320, rounded outwards. As x < 2 the terms fall from the second
    on, so that what is left out of either alternating series is at most its first omitted term, at most x^100/100!.
    """
    if rest == 0:
        return (Fraction(1), Fraction(1)), (Fraction(0), Fraction(0))
    bits = 320
    low, high = (2 * rest * end * (1 << bits) for end in pi_enclosure())
    low, high = math.floor(low), math.ceil(high)
    smaller = larger = 1 << bits
    sums = [[0, 0], [0, 0]]
    for m in range(100):
        part = sums[m % 2]
        if m % 4 < 2:
            part[0], part[1] = part[0] + smaller, part[1] + larger
        else:
            part[0], part[1] = part[0] - larger, part[1] - smaller
        smaller = smaller * low // ((m + 1) << bits)
        larger = -(-larger * high // ((m + 1) << bits))
    return tuple((Fraction(part[0] - larger, 1 << bits), Fraction(part[1] + larger, 1 << bits)) for part in sums)


def enclosure_of_sum(coefficient):
    """Enclosures of the real and imaginary part of Σ z·e^(2πi·rest) over the items rest: z of a dictionary."""
    real = imaginary = (Fraction(0), Fraction(0))
    for rest, z in coefficient.items():
        re, im, (cos, sin) = z.enclosure(0), z.enclosure(1), unit_enclosure(rest)
        minus_im = (-im[1], -im[0])
        real = plus(real, plus(times(re, cos), times(minus_im, sin)))
        imaginary = plus(imaginary, plus(times(re, sin), times(im, cos)))
    return real, imaginary


def plus(u, v):
    return u[0] + v[0], u[1] + v[1]


def times(u, v):
    products = [a * b for a in u for b in v]
    return min(products), max(products)


def modulus_above(re, im):
    """A rational >= |z| for every z with real and imaginary part in these intervals."""
    re, im = (max(-low, high) for low, high in (re, im))
    return re + im if not (re and im) else root_above(re * re + im * im)


def require_at_least_zero(z, condition):
    """The comparison of §1, exact where z is rational: z >= 0 or Rejected."""
    low, high = z.enclosure(0)
    if low < 0:
        raise Rejected(f"{condition} fails by {about(-low)}" if high < 0 else f"{condition} is not decided")


# ------------------------------------------------------------------------------------------ reading (§1, §2)

MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_PAIRS, MAX_ROOTS, MAX_ENTRIES = 256 << 20, 16, 20000, 64, 128, 1 << 20
MAX_WORDS, MAX_LETTERS, MAX_STRATEGIES, MAX_CHOI, MAX_STEPS, MAX_TERMS = 4096, 64, 1 << 16, 1024, 16, 1 << 20


class Object(dict):
    """A JSON object that remembers whether a key was repeated."""
    def __init__(self, pairs):
        super().__init__(pairs)
        self.repeated = len(self) < len(pairs)


def parse(data):
    """The JSON value in these bytes, within the limits of §1. Numbers that are not integers stay floats; -0 and integers
    of more than 20 characters become infinite floats: no part of a certificate accepts a float."""
    if len(data) > MAX_BYTES:
        raise Incomplete("$: the file has more than 256 MiB")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=Object,
                           parse_int=lambda text: int(text) if len(text) <= 20 and text != "-0" else math.inf)
    except RecursionError:
        raise Incomplete("$: nested too deeply") from None
    except ValueError as error:
        raise Incomplete(f"$: not JSON in UTF-8 ({error})") from None
    level = [[value]]
    for _ in range(MAX_DEPTH + 1):
        level = [child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent)
                 if isinstance(child, (list, dict))]
    if level:
        raise Incomplete(f"$: nested more than {MAX_DEPTH} deep")
    return value


def need(condition, path, what):
    if not condition:
        raise Incomplete(f"{path}: {what}")


def fields(value, path, required, optional=()):
    """An object with all of the required keys, perhaps the optional ones, and no others."""
    need(isinstance(value, dict), path, "expected an object")
    need(not value.repeated, path, "a key is repeated")
    for key in required:
        need(key in value, path, f"'{key}' is missing")
    for key in value:
        need(key in required or key in optional, path, f"unknown key {json.dumps(key)[:60]}")
    return value


def array(value, path, length=None):
    need(isinstance(value, list), path, "expected an array")
    need(length is None or len(value) == length, path, f"expected {length} items, found {len(value)}")
    return value


def items(value, path, length, read):
    """An array of that length, every item read by `read(item, path)`."""
    return [read(item, f"{path}[{k}]") for k, item in enumerate(array(value, path, length))]


def integer(value, path, low, high):
    need(type(value) is int and low <= value <= high, path, f"expected an integer from {low} to {high}")
    return value


def choice(value, path, *names):
    need(isinstance(value, str) and value in names, path, f"expected one of {', '.join(names)}")
    return value


def number_text(value, path, pattern, name):
    need(isinstance(value, str), path, f"expected a {name} in a string")
    need(len(value) <= MAX_DIGITS + 2, path, f"more than {MAX_DIGITS} digits")
    need(re.fullmatch(pattern, value), path, f"not a {name}")
    need(len(re.sub("[^0-9]", "", value)) <= MAX_DIGITS, path, f"more than {MAX_DIGITS} digits")
    return value


def rational(value, path):
    if isinstance(value, Fraction):  # a double of an archive (§12); no JSON value is one
        return value
    top, _, bottom = number_text(value, path, r"-?[0-9]+(/[0-9]+)?", "rational").partition("/")
    need(int(bottom or 1) > 0, path, "the denominator is zero")
    return Fraction(int(top), int(bottom or 1))


def decimal(value, path):
    whole, _, digits = number_text(value, path, r"-?[0-9]+(\.[0-9]+)?", "decimal").partition(".")
    return Fraction(int(whole + digits), 10 ** len(digits))


radicands = set()  # those in the certificate that is being read: factoring them is the slow part of reading


def real(value, path):
    if isinstance(value, str):
        return Number.gaussian(rational(value, path))
    need(len(array(value, path)) <= MAX_PAIRS, path, f"more than {MAX_PAIRS} pairs")
    pairs = [(rational(array(pair, f"{path}[{k}]", 2)[0], f"{path}[{k}][0]"),
              integer(pair[1], f"{path}[{k}][1]", 1, 2 ** 63 - 1)) for k, pair in enumerate(value)]
    need(len({d for _, d in pairs}) == len(pairs), path, "a radicand is repeated")
    radicands.update(d for _, d in pairs)
    need(len(radicands) <= MAX_ROOTS, path, f"more than {MAX_ROOTS} different radicands up to here")
    total = ZERO
    for q, (s, f) in ((q, square_free(d)) for q, d in pairs):
        total += Number({(f, 0): q * s})
    return total


def rational_part(value, path):
    """The `part` of matrices of complex numbers whose parts are rationals."""
    return Number.gaussian(rational(value, path))


def complex_number(value, path, part=real):
    if isinstance(value, dict):
        fields(value, path, ("re", "im"))
        return part(value["re"], f"{path}.re") + I * part(value["im"], f"{path}.im")
    return part(value, path)


def square_matrix(value, path, d, part=real):
    return items(value, path, d, lambda row, row_path: items(
        row, row_path, d, lambda entry, entry_path: complex_number(entry, entry_path, part)))


class Scenario:
    """§2: how many settings x, outcomes a and inputs y there are, and the dimension d. In a sequential scenario x and a
    are tuples, and `steps` has the numbers (settings, outcomes) of each step. An instrumental scenario is the one with
    inputs of which only the elements with y = a are seen."""
    def __init__(self, value, path):
        fields(value, path, ("kind", "settings", "outcomes", "inputs", "dimension"))
        self.kind = choice(value["kind"], f"{path}.kind", "traditional", "sequential", "bob-with-input", "bell",
                           "instrumental", "instrumental-bell")
        self.inputs, self.dimension = (integer(value[key], f"{path}.{key}", low, MAX_ENTRIES)
                                       for key, low in (("inputs", 1), ("dimension", 2)))
        self.bell, self.sequential = self.kind in ("bell", "instrumental-bell"), self.kind == "sequential"
        self.instrumental = self.kind in ("instrumental", "instrumental-bell")
        numbers = [self.read_numbers(value[key], f"{path}.{key}", low) for key, low in (("settings", 1), ("outcomes", 2))]
        need(len(numbers[0]) == len(numbers[1]), path, "settings and outcomes of different numbers of steps")
        self.steps = list(zip(*numbers)) if self.sequential else []
        self.settings, self.outcomes = map(math.prod, numbers)
        self.steered_at_will = self.sequential or self.kind == "traditional"
        need(not self.steered_at_will or self.inputs == 1, f"{path}.inputs", "expected 1 in a scenario without inputs")
        need(not self.instrumental or self.inputs == self.outcomes, f"{path}.inputs",
             "expected the number of outcomes in an instrumental scenario")
        entries = self.outcomes * self.settings * self.inputs * self.dimension ** 2
        need(entries <= MAX_ENTRIES, path, f"tables of more than {MAX_ENTRIES} entries")

    def read_numbers(self, value, path, low):
        """One number, or that of each step."""
        if not self.sequential:
            return [integer(value, path, low, MAX_ENTRIES)]
        count = len(array(value, path))
        need(1 <= count <= MAX_STEPS, path, f"expected 1 to {MAX_STEPS} steps")
        return items(value, path, count, lambda number, place: integer(number, place, low, MAX_ENTRIES))

    def labels(self):
        """All (a, x, y) in the order of tables."""
        return itertools.product(range(self.outcomes), range(self.settings), range(self.inputs))

    def histories(self, outcomes, settings):
        """All pairs of tuples of the first so many outcomes and settings of a sequential scenario, in that order."""
        return itertools.product(itertools.product(*(range(step[1]) for step in self.steps[:outcomes])),
                                 itertools.product(*(range(step[0]) for step in self.steps[:settings])))

    def pairs(self):
        """All (a, x) in that order."""
        return itertools.product(range(self.outcomes), range(self.settings))

    def is_seen(self, label):
        """Whether an instrumental scenario has this element; every other one has them all."""
        return not self.instrumental or label[0] == label[2]

    def choices(self):
        """§13: over how many choices of x, and of y where it is one, a trace distance is a mean."""
        return self.settings * (1 if self.instrumental else self.inputs)

    def table(self, value, path, is_null=lambda label: False):
        """{label: matrix}, None in the place of null. `is_null` says whether null is due there, or None where it may be."""
        def element(m, place, due):
            need(m is None or not due, place, "expected null")
            return None if m is None and due is not False else square_matrix(m, place, self.dimension)
        labels = list(self.labels())
        return {label: element(m, f"{path}[{k}]", is_null(label))
                for k, (label, m) in enumerate(zip(labels, array(value, path, len(labels))))}

    def partial_table(self, value, path, has_reference):
        """An assemblage or noise: null where elements are not seen or, in the claims of §9, at will."""
        if self.instrumental:
            return self.table(value, path, lambda label: not self.is_seen(label))
        return self.table(value, path, (lambda label: None) if has_reference else lambda label: False)

    def __str__(self):
        if self.sequential:
            settings, outcomes = (", ".join(map(str, numbers)) for numbers in zip(*self.steps))
            return f"sequential scenario, settings {settings}, outcomes {outcomes} step by step, dimension {self.dimension}"
        dimension = f"Bob has {self.dimension} outcomes" if self.bell else f"dimension {self.dimension}"
        if self.instrumental:
            elements = "p(ab|x)" if self.bell else "sigma_{a|x}"
            return (f"{self.kind} scenario of elements {elements}, {self.settings} settings, {self.outcomes} outcomes a, which "
                    f"are Bob's inputs, {dimension}")
        return f"{self.kind} scenario, {self.settings} settings, {self.outcomes} outcomes, {self.inputs} inputs, {dimension}"


class Claim:
    """§3: the kind of claim and its numbers."""
    BOUNDS = {"quantum-bound": ("quantum", ()), "post-quantum": ("quantum", ("violation",)),
              "quantum-visibility": ("quantum", ("visibility",)), "classical-bound": ("common-cause", ()),
              "classical-visibility": ("common-cause", ("visibility",)), "no-signalling-bound": ("no-signalling", ()),
              "invalid": ("no-signalling", ("violation",)),
              "not-realisable": ("realisable", ("violation",)), "realisable-visibility": ("realisable", ("visibility",)),
              "self-tested": ("self-tested", ("violation",)),
              "robustness": (None, ("least", "robustness")), "weight": (None, ("most", "weight")),
              "trace-distance": (None, ("most", "distance"))}
    EXISTENCE = {"quantum-value": ("value",), "quantum": (), "quantum-mixture": ("visibility",),
                 "quantum-approximation": ("deviation",), "realisable": ("deviation",),
                 "robustness-at-most": ("robustness",), "weight-at-most": ("weight",), "trace-distance-at-most": ("distance",)}
    DISTANCES = ("robustness", "weight", "trace-distance",  # these say themselves from which set
                 "robustness-at-most", "weight-at-most", "trace-distance-at-most")
    SETS = {"quantum": "quantum", "classical": "common-cause"}
    NOISES = {"any": "any no-signalling noise pi", "given": "the given noise pi",
              "consistent": "any no-signalling noise pi with the assemblage's sums over a"}
    RANGES = {"quantum-mixture": ("visibility", 0, 1), "robustness-at-most": ("robustness", 0, math.inf),
              "weight-at-most": ("weight", 0, 1), "trace-distance-at-most": ("distance", 0, 1)}
    SEQUENTIAL = ("quantum-bound", "no-signalling-bound", "quantum", "quantum-value", "quantum-approximation")
    MAPS = {"cptp": "channels", "decomposable": "decomposable maps"}

    def __init__(self, value, path, scenario):
        need(isinstance(value, dict) and "kind" in value, path, "expected an object with a 'kind'")
        self.kind = choice(value["kind"], f"{path}.kind", *self.BOUNDS, *self.EXISTENCE)
        need(not scenario.sequential or self.kind in self.SEQUENTIAL, f"{path}.kind", "not for sequential scenarios")
        need(not scenario.instrumental or self.kind != "self-tested", f"{path}.kind", "not for instrumental scenarios")
        self.is_distance = self.kind in self.DISTANCES
        self.assemblage = "the instrumental assemblage" if scenario.instrumental else "the assemblage"
        self.existence = self.kind in self.EXISTENCE
        self.set, numbers = (None, self.EXISTENCE[self.kind]) if self.existence else self.BOUNDS[self.kind]
        numbers += () if self.existence else ("bound",)
        has_sense = self.kind.endswith("-bound") or self.kind == "quantum-value"
        self.has_reference = "realisable" in self.kind
        has_input, has_noise = self.kind == "self-tested", self.kind == "robustness"
        fields(value, path, ("kind",) + numbers + ("sense",) * has_sense + ("maps",) * self.has_reference +
               ("input",) * has_input + ("set",) * self.is_distance + ("noise",) * has_noise)
        self.sense = choice(value["sense"], f"{path}.sense", "max", "min") if has_sense else "max"
        self.maps = choice(value["maps"], f"{path}.maps", *self.MAPS) if self.has_reference else "cptp"
        self.input = integer(value["input"], f"{path}.input", 0, scenario.inputs - 1) if has_input else None
        if self.is_distance:
            self.set = self.SETS[choice(value["set"], f"{path}.set", *self.SETS)]
        self.noise = choice(value["noise"], f"{path}.noise", *self.NOISES) if has_noise else None
        need(not scenario.instrumental or self.noise != "consistent", f"{path}.noise", "not for instrumental scenarios")
        self.text = value
        self.numbers = {key: decimal(value[key], f"{path}.{key}") for key in numbers}
        key, low, high = self.RANGES.get(self.kind, (None, 0, 0))
        need(not key or low <= self.numbers[key] <= high, f"{path}.{key}", f"expected a decimal from {low} to {high}")
        has_noise_table = "visibility" in value or self.noise == "given"
        self.tables = () if has_sense else ("assemblage", "noise") if has_noise_table else ("assemblage",)
        self.has_functional = not self.existence or has_sense
        self.has_general = self.kind == "weight" or self.noise in ("any", "consistent")
        # About the quantum mixtures of two tables alone.
        self.of_mixtures = self.set == "quantum" and (self.kind == "quantum-visibility" or self.noise == "given")

    def __str__(self):
        this = self.assemblage
        if self.kind == "quantum-value":
            return f"<F, sigma> {'>=' if self.sense == 'max' else '<='} {self.text['value']} for some quantum sigma"
        if self.is_distance:
            return self.distance_in_words()
        if self.existence:
            return {"quantum": f"{this} is quantum",
                    "quantum-mixture": "v assemblage + (1 - v) noise is quantum for v = {visibility}",
                    "quantum-approximation": f"some quantum sigma differs from {this} by at most {{deviation}} in every "
                                             "real and imaginary part",
                    "realisable": f"{self.MAPS[self.maps]} make of the reference what differs from {this} by at "
                                  "most {deviation} in every real and imaginary part that is given",
                    }[self.kind].format(**self.text)
        if self.kind in ("not-realisable", "self-tested"):
            return {"not-realisable": f"no {self.MAPS[self.maps]} make {this} of the reference: ",
                    "self-tested": f"{this} is not quantum, as no channels make it of what it has at y = {self.input}: ",
                    }[self.kind] + (f"<F, sigma> <= {{bound}} for all sigma that they make, and {this} exceeds it by "
                                    "{violation}").format(**self.text)
        if self.kind == "realisable-visibility":
            return (f"no {self.MAPS[self.maps]} make v assemblage + (1 - v) noise of the reference for any v in "
                    "({visibility}, 1]: <F, sigma> <= {bound} for all sigma that they make").format(**self.text)
        bound = f"<F, sigma> {'<=' if self.sense == 'max' else '>='} {self.text['bound']} for every {self.set} sigma"
        if "violation" in self.numbers:
            fault = "invalid, for it is not no-signalling" if self.kind == "invalid" else "not quantum"
            return f"{this} is {fault}: {bound}, and {this} exceeds it by {self.text['violation']}"
        if self.tables:
            return (f"v assemblage + (1 - v) noise is not {self.set} for any v in ({self.text['visibility']}, 1]: "
                    f"{bound} among them")
        return bound

    def distance_in_words(self):
        mixture = f"p gamma + (1 - p) omega, gamma no-signalling and omega {self.set},"
        if self.existence:
            words = {"robustness-at-most": f"({self.assemblage} + t pi)/(1 + t) is {self.set} for t = {{robustness}} and some "
                                           "no-signalling noise pi",
                     "weight-at-most": f"{self.assemblage} is {mixture} for p = {{weight}}",
                     "trace-distance-at-most": f"the trace distance of {self.assemblage} from some {self.set} omega is at most "
                                               "{distance}"}[self.kind]
        else:
            among = " among them" * (self.noise == "given")
            bound = f"<F, sigma> <= {{bound}} for every {self.set} sigma{among}, and <F,"
            words = {"robustness": f"({self.assemblage} + t pi)/(1 + t) is not {self.set} for {self.NOISES.get(self.noise)} and "
                                   f"any t in [0, {{robustness}}): {bound} pi> >= {{least}}",
                     "weight": f"{self.assemblage} is not {mixture} for any p < {{weight}} in [0, 1]: {bound} gamma> <= {{most}}",
                     "trace-distance": f"the trace distance of {self.assemblage} from every {self.set} omega is at least "
                                       f"{{distance}}: <F, sigma> <= {{bound}} for every {self.set} sigma, and -{{most}} <= F <= {{most}}",
                     }[self.kind]
        return words.format(**self.text)


# ------------------------------------------------------------------------------------- positive semidefiniteness

def require_positive_exactly(rows, scale, what):
    """A Hermitian matrix of Gaussian integers is positive semidefinite, or Rejected. rows[i][j - i] = (re, im) of its
    entry i, j for j >= i; `scale` is only used to express a negative pivot in the message.

    Bareiss' elimination: after the steps before k, the entry i, j is a minor of the matrix, the determinant of the rows
    so far and i by the columns so far and j. So all divisions are exact, and (entry k, k) / (previous pivot) is the
    pivot of the Schur complement. Where that pivot is zero the matrix can be positive semidefinite only if the rest of
    its row is zero too. A row whose rest is zero is a block of its own, so row and column k may then be left out.
    """
    rows = [list(row) for row in rows]
    previous = 1
    for k, top in enumerate(rows):
        pivot = top[0][0]
        if pivot < 0:
            raise Rejected(f"{what}: pivot {k + 1} is {about(Fraction(pivot, previous) / scale)}")
        if not any(re or im for re, im in top[1:]):
            continue
        if pivot == 0:
            raise Rejected(f"{what}: pivot {k + 1} is zero and its row is not")
        for i in range(k + 1, len(rows)):
            a, b = top[i - k]  # row i minus conj(a + ib) / pivot times row k
            rows[i] = [((pivot * re - a * c - b * d) // previous, (pivot * im - a * d + b * c) // previous)
                       for (re, im), (c, d) in zip(rows[i], top[i - k:])]
        previous = pivot


MAX_ELIMINATION = 1 << 36  # n³ · (64-bit words of the last pivot)²: about half a minute


def elimination_cost(rows):
    """What require_positive_exactly costs at most: pivots are below the product of the diagonal so far (Hadamard), and
    rows of zeros beside the diagonal take no part."""
    coupled = {i + k for i, row in enumerate(rows) for j, z in enumerate(row) if j and any(z) for k in (0, j)}
    bits = sum(rows[i][0][0].bit_length() for i in coupled)
    longest = max((max(map(abs, z)).bit_length() for row in rows for z in row), default=0)
    return len(coupled) ** 3 * (1 + (bits + longest) // 64) ** 2


def require_positive_within(rows, scale, what, spent):
    """The same as require_positive_exactly, for matrices that together cost at most MAX_ELIMINATION; spent[0] is what
    those before have cost."""
    spent[0] += elimination_cost(rows)
    need(spent[0] <= MAX_ELIMINATION, "$", "the matrices are too large for this checker")
    require_positive_exactly(rows, scale, what)


def require_positive_matrix(matrix, what, spent=None):
    """§5, §6: a Hermitian matrix of Numbers is positive semidefinite, or Rejected.

    Every part is replaced by the middle of its enclosure, and each diagonal entry is lowered by the radii of all parts
    in its row. So the matrix is that one, C, plus a diagonally dominant one, and it is enough that C, which is rational,
    is positive semidefinite. Rows with rational parts only stay as they are.
    """
    rows = []
    for i, row in enumerate(matrix):
        ends = [(z.enclosure(0), z.enclosure(1)) for z in row]
        rows.append([tuple((low + high) / 2 for low, high in z) for z in ends[i:]])
        radii = sum((high - low) / 2 for z in ends for low, high in z)
        rows[i][0] = (rows[i][0][0] - radii, 0)
    scale = math.lcm(*{Fraction(q).denominator for row in rows for z in row for q in z})
    rows = [[(int(re * scale), int(im * scale)) for re, im in row] for row in rows]
    if spent is None:
        require_positive_exactly(rows, scale, what)
    else:
        require_positive_within(rows, scale, what, spent)


def require_positive_element(matrix, what, spent=None):
    """§8, §9: the same for an element of an assemblage, which may instead be zero or of rank one with a trace > 0 exactly."""
    try:
        require_positive_matrix(matrix, what, spent)
    except Rejected:
        if any(z.terms for row in matrix for z in row):
            if trace(matrix).enclosure(0)[0] <= 0 or not is_of_rank_one(matrix):
                raise


def is_of_rank_one(m):
    """Whether all minors of a matrix that is not zero vanish. Those with one entry i, j that is not zero are enough: where
    they are zero, every row is a multiple of row i."""
    n = range(len(m))
    i, j = next((i, j) for i in n for j in n if m[i][j].terms)
    return all(m[i][j] * m[k][l] == m[i][l] * m[k][j] for k in n for l in n)


def require_positive_large(n, entry, diagonal, scale, what):
    """A Hermitian matrix P with Gaussian integers off its diagonal is positive semidefinite, or Rejected. `entry(i, j)`
    are the two parts of the entry for j < i, and `diagonal` holds rationals.

    Find L such that R = P - L·L† is diagonally dominant: R_ii >= Σ_j |R_ij| over j ≠ i, for every i. Then R and L·L†
    are positive semidefinite, and so is P. L comes from a floating-point Cholesky factorisation of P - tau·1 and is
    rounded to a grid; how it was found does not matter, for R is computed from it in integers. So this rests on no
    bound for rounding errors; but where the least eigenvalue of P is too close to 0, no such L may be found.
    """
    largest = max(diagonal)
    size = largest.numerator.bit_length() - largest.denominator.bit_length()
    grid = max(0, 58 - size // 2)  # L has about 58 bits
    tau = float(largest) * n * 2.0 ** -53
    for _ in range(12):
        factor = cholesky(n, entry, [float(q) - tau for q in diagonal])
        if factor is None:
            raise Rejected(f"{what}, or its least eigenvalue is below about {about(Fraction(tau) / scale)}")
        if leaves_dominant(n, entry, diagonal, [[round(x * 2.0 ** grid) for x in row] for row in factor], grid):
            return
        tau *= 8
    raise Rejected(f"{what}, or this is not decided")


def inner(u, v):
    """Σ u_k·v_k over the length of the shorter list."""
    return sum(map(mul, u, v))


def turned(row):
    """From re, im, re, im, ... to -im, re, -im, re, ...: inner(u, turned(v)) is the imaginary part of Σ u_k·conj(v_k),
    as inner(u, v) is the real part."""
    return [x for k in range(0, len(row), 2) for x in (-row[k + 1], row[k])]


def cholesky(n, entry, diagonal):
    """The rows of a lower triangular L with L·L† about the matrix, in floating point and without any promise; None
    where a pivot is not positive. Row i is the list re, im, re, im, ... of its i + 1 entries."""
    rows, turned_rows = [], []
    for i in range(n):
        row = []
        for j in range(i):
            re, im = entry(i, j)
            pivot = rows[j][-2]
            row += [(re - inner(row, rows[j])) / pivot, (im - inner(row, turned_rows[j])) / pivot]
        square = diagonal[i] - inner(row, row)
        if not 0 < square < math.inf:
            return None
        rows.append(row + [math.sqrt(square), 0.0])
        turned_rows.append(turned(rows[i]))
    return rows


def leaves_dominant(n, entry, diagonal, rows, grid):
    """Whether P - L·L† is diagonally dominant, exactly: `rows` hold L·2^grid as integers, P is taken times 4^grid."""
    turned_rows = [turned(row) for row in rows]
    slack = [math.floor(diagonal[i] * 4 ** grid) - inner(rows[i], rows[i]) for i in range(n)]
    for i in range(n):
        for j in range(i):
            re, im = entry(i, j)
            size = (abs((re << 2 * grid) - inner(rows[i], rows[j]))
                    + abs((im << 2 * grid) - inner(rows[i], turned_rows[j])))
            slack[i] -= size
            slack[j] -= size
    return min(slack) >= 0


# ------------------------------------------------------------------------------------------- the quantum set (§4)

@lru_cache(maxsize=None)
def pauli_product(g, h):
    """(e, k) with U_g·U_h = i^e·U_k for Pauli strings in base 4. The digits of k are those of g and h, xor-ed."""
    e = 0
    for qubit in range(0, max(g, h).bit_length(), 2):
        pair = (g >> qubit & 3, h >> qubit & 3)
        e += 1 if pair in ((1, 2), (2, 3), (3, 1)) else 3 if pair in ((2, 1), (3, 2), (1, 3)) else 0
    return e % 4, g ^ h


def is_power_of_two(n):
    return n & (n - 1) == 0


class Algebra:
    """The letters of §4 and how they multiply. Phases are e^(2πi·exponent/order); index None is the identity.
    With `unitary`, devices that measure with more than two outcomes have the unitaries Z_q for letters, not projectors."""
    def __init__(self, scenario, unitary=False):
        self.scenario, self.unitary, d = scenario, unitary, scenario.dimension
        self.pauli = is_power_of_two(d)
        orders = [self.own_order(device) for device in (0, 1)]
        self.order = math.lcm(*orders)
        self.turns = [self.order // order for order in orders]  # an exponent of a device counts as so many

    def own_order(self, device):
        """The order of the phases of a device's letters."""
        k = self.outcomes(device)
        if k is None:
            return 4 if self.pauli else self.scenario.dimension
        return 1 if not self.has_characters(device) else 2 if is_power_of_two(k) else k

    def has_characters(self, device):
        """Whether the letters of a device are the Z_q."""
        return self.unitary and (self.outcomes(device) or 0) > 2

    def outcomes(self, device):
        """The number of outcomes of a device that measures; None for a Bob who has matrices."""
        return self.scenario.outcomes if device == 0 else self.scenario.dimension if self.scenario.bell else None

    def read_letter(self, value, path):
        """§4: a letter [device, input, index] with labels that exist."""
        device = integer(array(value, path, 3)[0], f"{path}[0]", 0, 1)
        inputs = self.scenario.inputs if device else self.scenario.settings
        k = self.outcomes(device)
        if k is None:
            low, high = 1, self.scenario.dimension ** 2 - 1
        else:
            low, high = (1, k - 1) if self.has_characters(device) else (0, max(k - 2, 0))
        return (device, integer(value[1], f"{path}[1]", 0, inputs - 1), integer(value[2], f"{path}[2]", low, high))

    def read_word(self, value, path):
        """§4: a word in normal form."""
        need(len(array(value, path)) <= MAX_LETTERS, path, f"more than {MAX_LETTERS} letters")
        word = tuple(items(value, path, len(value), self.read_letter))
        for k, (left, right) in enumerate(zip(word, word[1:])):
            need(left[0] <= right[0] and left[:2] != right[:2], f"{path}[{k + 1}]", "the word is not in normal form")
        return word

    def merge(self, device, g, h):
        """(exponent, index) of the product of letters g, h of one input; None where it is zero."""
        k, d = self.outcomes(device), self.scenario.dimension
        if k == 2:
            return 0, None                            # A² = 1
        if self.has_characters(device):               # Z_q·Z_r = Z_(q+r)
            return 0, (g ^ h if is_power_of_two(k) else (g + h) % k) or None
        if k is not None:
            return (0, g) if g == h else None         # M_a·M_a' = 0
        if self.pauli:
            e, index = pauli_product(g, h)
        else:
            (p, q), (r, s) = divmod(g, d), divmod(h, d)
            e, index = q * r, (p + r) % d * d + (q + s) % d
        return e * self.turns[device], index or None

    def product(self, first, second):
        """(exponent, word) of first·second, letter by letter; None where it is zero."""
        stacks = [letter for letter in first if not letter[0]], [letter for letter in first if letter[0]]
        exponent = 0
        for letter in second:
            stack = stacks[letter[0]]
            if stack and stack[-1][1] == letter[1]:
                merged = self.merge(letter[0], stack.pop()[2], letter[2])
                if merged is None:
                    return None
                exponent += merged[0]
                if merged[1] is not None:
                    stack.append((letter[0], letter[1], merged[1]))
            else:
                stack.append(letter)
        return exponent % self.order, tuple(stacks[0] + stacks[1])

    def adjoint(self, word):
        """(exponent, word) of the adjoint."""
        d, exponent, letters = self.scenario.dimension, 0, []
        for device, label, index in reversed(word):
            k = self.outcomes(device)
            if k is None and not self.pauli:
                p, q = divmod(index, d)
                exponent, index = exponent + p * q * self.turns[device], -p % d * d + -q % d
            elif self.has_characters(device) and not is_power_of_two(k):
                index = k - index
            letters.append((device, label, index))
        return exponent % self.order, tuple(sorted(letters, key=lambda letter: letter[0]))  # a stable sort

    def projector(self, device, label, outcome):
        """The projector of a device that measures: a list of (factor, exponent, word)."""
        k = self.outcomes(device)
        if k == 2:
            return [(HALF, 0, ()), (-HALF if outcome else HALF, 0, ((device, label, 0),))]
        if self.has_characters(device):  # M_a = 1/k·Σ_q χ_q(a)*·Z_q
            turns = [bin(q & outcome).count("1") if is_power_of_two(k) else -q * outcome for q in range(k)]
            return [(Fraction(1, k), turns[q] * self.turns[device], ((device, label, q),) if q else ()) for q in range(k)]
        if outcome < k - 1:
            return [(Fraction(1), 0, ((device, label, outcome),))]
        return [(Fraction(1), 0, ())] + [(Fraction(-1), 0, ((device, label, a),)) for a in range(k - 1)]

    def column(self, g, j):
        """(row, exponent): the only entry in column j of U_g."""
        d = self.scenario.dimension
        if not self.pauli:
            p, q = divmod(g, d)
            return (j + p) % d, q * j
        row, exponent = j, 0
        for qubit in range(d.bit_length() - 1):  # from the last, least significant one
            digit, bit = g >> 2 * qubit & 3, j >> qubit & 1
            row ^= (digit in (1, 2)) << qubit
            exponent += (0, 0, 3 if bit else 1, 2 * bit)[digit]
        return row, exponent

    def bob(self, y, matrix):
        """B_y(matrix), or Σ_b matrix_bb·N_{b|y} in a bell scenario: a list of (factor, exponent, word)."""
        d = self.scenario.dimension
        if self.scenario.bell:
            return [(matrix[b][b] * Number.gaussian(q), exponent, word)
                    for b in range(d) for q, exponent, word in self.projector(1, y, b)]
        terms = []  # K = Σ_g U_g·tr(U_g†·K)/d
        for g in range(d * d):
            for j in range(d):
                row, exponent = self.column(g, j)
                if matrix[row][j].terms:
                    z = matrix[row][j] * Number.gaussian(Fraction(1, d))
                    terms.append((z, -exponent * self.turns[1], ((1, y, g),) if g else ()))
        return terms


MAX_VANISHING = 1 << 22  # a limit of this checker on products of what vanishes, of words and of entries: a minute or two
TOO_MUCH_VANISHES = "$.proof.vanishing", "too large for this checker"


class Vanishing:
    """§4: K with K·σ_{a|xy} = 0, and the multiples of products with M_{a|x}·B_y(K), of which `left` more may follow."""
    def __init__(self, value, path, scenario, algebra, left):
        fields(value, path, ("outcome", "setting", "input", "operator", "terms"))
        self.label = a, _, y = tuple(integer(value[key], f"{path}.{key}", 0, count - 1) for key, count in (
            ("outcome", scenario.outcomes), ("setting", scenario.settings), ("input", scenario.inputs)))
        need(not scenario.instrumental or a == y, f"{path}.input", "expected the outcome, for this element is not seen")
        self.operator = square_matrix(value["operator"], f"{path}.operator", scenario.dimension)
        n = len(array(value["terms"], f"{path}.terms"))
        need(1 <= n <= left, f"{path}.terms", f"expected 1 to {left} terms, found {n}")
        self.terms = items(value["terms"], f"{path}.terms", n, lambda term, place: (
            algebra.read_word(array(term, place, 3)[0], f"{place}[0]"),
            *(below_53_bits(term[k], f"{place}[{k}]") for k in (1, 2))))

    def check(self, tables, diagonal):
        a, x, y = self.label
        where = f"for a = {a}, x = {x}, y = {y}"
        if diagonal and any(i != j and z.terms for i, row in enumerate(self.operator) for j, z in enumerate(row)):
            raise Rejected(f"what vanishes {where} is not diagonal")
        for name in ("assemblage", "noise"):
            columns = list(zip(*tables[name][self.label]))
            if any(sum_of_products(zip(row, column)).terms for row in self.operator for column in columns):
                raise Rejected(f"the operator that vanishes {where} times the {name} is not zero")


def below_53_bits(value, path):
    need(type(value) is int and -2 ** 53 < value < 2 ** 53, path, "expected an integer below 2^53")
    return value


class GramProof:
    """§4: words, gram and margin, perhaps letters, and for mixtures what vanishes."""
    def __init__(self, value, path, scenario, of_mixtures=False):
        optional = ("letters", "vanishing") if of_mixtures else ("letters",)
        fields(value, path, ("method", "words", "gram", "margin"), optional)
        choice(value["method"], f"{path}.method", "gram")
        if "letters" in value:
            choice(value["letters"], f"{path}.letters", "unitary")
        self.algebra = Algebra(scenario, "letters" in value)
        n = len(array(value["words"], f"{path}.words"))
        need(1 <= n <= MAX_WORDS, f"{path}.words", f"expected 1 to {MAX_WORDS} words, found {n}")
        self.words = items(value["words"], f"{path}.words", n, self.algebra.read_word)
        gram = fields(value["gram"], f"{path}.gram", ("scale", "re"), ("im",))
        self.scale = 2 ** integer(gram["scale"], f"{path}.gram.scale", 0, 1000)
        self.re, self.im = (self.read_parts(gram, key, f"{path}.gram.{key}", n * (n + 1) // 2) for key in ("re", "im"))
        for i in range(n):
            need(self.entry(i, i)[1] == 0, f"{path}.gram.im[{i * (i + 3) // 2}]", "expected 0 on the diagonal")
        self.margin = rational(value["margin"], f"{path}.margin")
        need(self.margin >= 0, f"{path}.margin", "expected a rational >= 0")
        self.vanishing = []
        if "vanishing" in value:
            path, left = f"{path}.vanishing", MAX_TERMS
            need(array(value["vanishing"], path), path, "expected one object or more")
            for k, part in enumerate(value["vanishing"]):
                self.vanishing.append(Vanishing(part, f"{path}[{k}]", scenario, self.algebra, left))
                left -= len(self.vanishing[-1].terms)

    @staticmethod
    def read_parts(gram, key, path, length):
        values = array(gram[key], path, length) if key in gram else [0] * length
        return [below_53_bits(value, f"{path}[{k}]") for k, value in enumerate(values)]

    def entry(self, i, j):
        """The integer parts of 2^s·G_ij, G_ji being the conjugate of G_ij."""
        k = max(i, j) * (max(i, j) + 1) // 2 + min(i, j)
        return self.re[k], self.im[k] if i <= j else -self.im[k]

    def check(self, functional, bound):
        """Conditions 1, 2 and 3 of §4."""
        self.check_positive()
        total = len(self.words) * self.margin
        for word, coefficient in self.coefficients(functional).items():
            re, im = enclosure_of_sum(coefficient)
            total += modulus_above(re, im) if word else re[1]
        if total > bound:
            raise Rejected(f"Re c + n delta + sum |r_u| <= bound fails by {about(total - bound)}")

    def check_vanishing(self, tables):
        """What vanishes does so in the assemblage and in the noise."""
        need(len(self.vanishing) * self.algebra.scenario.dimension ** 3 <= MAX_VANISHING, *TOO_MUCH_VANISHES)
        for part in self.vanishing:
            part.check(tables, self.algebra.scenario.bell)

    def check_positive(self):
        """Condition 1: P = G + δ·1 is positive semidefinite. P is taken times 2^s. A smaller margin can be put in the
        place of δ, so it is rounded down to keep the numbers short: to 2^70, which always suffices as the entries of a
        row have moduli below 2^54 and are at most 2^12; and to a multiple of 2^-64 if its denominator is long."""
        n, what = len(self.words), "G + margin is not positive semidefinite"
        margin = min(self.margin * self.scale, Fraction(2 ** 70))
        if margin.denominator.bit_length() > (1000 if n <= 20 else 64):
            margin = Fraction(math.floor(margin * 2 ** 64), 2 ** 64)
        if n <= 80:
            p, q = margin.numerator, margin.denominator
            rows = [[(q * re + (p if i == j else 0), q * im) for j in range(i, n) for re, im in [self.entry(i, j)]]
                    for i in range(n)]
            require_positive_exactly(rows, self.scale * q, what)
        else:
            diagonal = [self.entry(i, i)[0] + margin for i in range(n)]
            require_positive_large(n, self.entry, diagonal, self.scale, what)

    def coefficients(self, functional):
        """Condition 2: the coefficients of B + S, exactly, as {word: {rest: z}}: Σ z·e^(2πi·rest)."""
        algebra, total = self.algebra, {}

        def add(word, exponent, z):
            phase, rest = exact_phase(Fraction(exponent % algebra.order, algebra.order))
            coefficient = total.setdefault(word, {})
            coefficient[rest] = coefficient.get(rest, ZERO) + z * phase

        def element(label, matrix):
            a, x, y = label
            return [(z * Number.gaussian(q), exponent + turns, left + right) for z, exponent, right in algebra.bob(y, matrix)
                    for q, turns, left in algebra.projector(0, x, a)]

        for label, matrix in functional.items():
            for z, exponent, word in element(label, matrix):
                add(word, exponent, z)
        products = 0
        for part in self.vanishing:
            factors = element(part.label, part.operator)
            products += len(factors) * len(part.terms)
            need(products <= MAX_VANISHING, *TOO_MUCH_VANISHES)
            for left, re, im in part.terms:
                c, (turn, adjoint) = Number.gaussian(Fraction(re, self.scale), Fraction(im, self.scale)), algebra.adjoint(left)
                for z, exponent, right in factors:
                    product = algebra.product(adjoint, right)
                    if product is not None:
                        exponent, word = turn + exponent + product[0], product[1]
                        add(word, exponent, c * z)
                        back, word = algebra.adjoint(word)
                        add(word, back - exponent, (c * z).conjugate())
        for i, word in enumerate(self.words):
            turn, adjoint = algebra.adjoint(word)
            for j, other in enumerate(self.words):
                re, im = self.entry(i, j)
                product = algebra.product(adjoint, other) if re or im else None
                if product is not None:
                    z = Number.gaussian(Fraction(re, self.scale), Fraction(im, self.scale))
                    add(product[1], turn + product[0], z)
        return total


# ------------------------------------------------------------------- common causes (§5) and the general set (§6)

def add_matrices(m, n):
    return [[a + b for a, b in zip(row, row2)] for row, row2 in zip(m, n)]


def combined(z, m, w, n):
    """z·m + w·n of matrices for numbers z and w."""
    return [[z * p + w * q for p, q in zip(row, row2)] for row, row2 in zip(m, n)]


def negated(matrix):
    return [[-z for z in row] for row in matrix]


def less(q, matrix):
    """q·1 - matrix for a number q."""
    return [[q - z if i == j else -z for j, z in enumerate(row)] for i, row in enumerate(matrix)]


def total_of(matrices):
    """The sum of one or more matrices."""
    return reduce(add_matrices, matrices)


def strategies(scenario, path):
    """§5: how many deterministic strategies Alice has; the answer to x is the digit of weight outcomes^x."""
    need(scenario.settings <= 16 and scenario.outcomes ** scenario.settings <= MAX_STRATEGIES, path,
         f"more than {MAX_STRATEGIES} strategies")
    return scenario.outcomes ** scenario.settings


class StrategiesProof:
    """§5: upper bounds of the largest eigenvalues for every deterministic strategy of Alice."""
    def __init__(self, value, path, scenario):
        fields(value, path, ("method", "eigenvalue_bounds"))
        choice(value["method"], f"{path}.method", "strategies")
        self.scenario = scenario
        self.bounds = items(value["eigenvalue_bounds"], f"{path}.eigenvalue_bounds", strategies(scenario, path),
                            lambda row, row_path: items(row, row_path, scenario.inputs, rational))

    def check(self, functional, bound):
        for strategy, row in enumerate(self.bounds):
            if sum(row) > bound:
                raise Rejected(f"strategy {strategy}: sum of mu <= bound fails by {about(sum(row) - bound)}")
        for y in range(self.scenario.inputs):
            sums = [[[ZERO] * self.scenario.dimension] * self.scenario.dimension]
            for x in range(self.scenario.settings):
                sums = [add_matrices(m, functional[a, x, y]) for a in range(self.scenario.outcomes) for m in sums]
            for strategy, matrix in enumerate(sums):
                require_positive_matrix(less(Number.gaussian(self.bounds[strategy][y]), matrix),
                                        f"strategy {strategy}, input {y}: mu is below an eigenvalue")


class MultipliersProof:
    """§6: multipliers of the no-signalling conditions."""
    def __init__(self, value, path, scenario):
        fields(value, path, ("method", "marginal", "trace"))
        choice(value["method"], f"{path}.method", "multipliers")
        self.scenario = scenario
        pairs = list(itertools.product(range(scenario.settings), range(scenario.inputs)))
        self.marginal = dict(zip(pairs, items(value["marginal"], f"{path}.marginal", len(pairs), lambda m, m_path: (
            square_matrix(m, m_path, scenario.dimension, rational_part)))))
        labels = list(scenario.labels())
        self.trace = dict(zip(labels, items(value["trace"], f"{path}.trace", len(labels), rational)))

    def check(self, functional, bound, sums=None):
        """⟨F, σ⟩ <= bound for no-signalling σ; with `sums` ρ_y, for those alone whose sums over a they are (§13)."""
        settings, inputs = range(self.scenario.settings), range(self.scenario.inputs)
        left = Number.gaussian(bound)
        if sums:  # what is left has their denominators
            need_short(len(functional), common_denominator(terms_of(self.marginal)) * common_denominator(terms_of(sums)))
        for (x, y), matrix in self.marginal.items():
            require_hermitian(matrix, f"L for x = {x}, y = {y}", self.scenario.bell)
        for y in inputs:
            total = total_of(self.marginal[x, y] for x in settings)
            if sums:
                left -= product_trace(total, sums[y])
            elif any(z.terms for row in total for z in row):
                raise Rejected(f"the sum of L over x is not zero for y = {y}")
        for a, x in itertools.product(range(self.scenario.outcomes), settings):
            excess = sum(self.trace[a, x, y] for y in inputs)
            if excess:
                raise Rejected(f"the sum of t over y is {about(excess)} for a = {a}, x = {x}")
        mean = left * Number.gaussian(Fraction(1, self.scenario.settings * self.scenario.inputs))
        for (a, x, y), matrix in functional.items():
            slack = add_matrices(self.marginal[x, y], less(Number.gaussian(self.trace[a, x, y]) + mean, matrix))
            require_positive_matrix(slack, f"L + t + m - F is not positive semidefinite for a = {a}, x = {x}, y = {y}")


# ---------------------------------------------------- explicit models (§7) and traditional assemblages (§8)

MAX_COMPONENTS, MAX_KRAUS, MAX_DIMENSION = 64, 4096, 4096
MAX_WORK, MAX_INPUT_STATES = 1 << 31, 1 << 22  # limits of this checker, see Component.check_size
MAX_DENOMINATORS = 1 << 28  # and see common_denominator: some seconds


class StepsProof:
    """§6: multipliers L for each step of a sequential scenario, {(a_1 … a_k-1), (x_1 … x_k)} in the order of tuples."""
    def __init__(self, value, path, scenario):
        fields(value, path, ("method", "multipliers"))
        choice(value["method"], f"{path}.method", "steps")
        self.scenario = scenario
        lists = array(value["multipliers"], f"{path}.multipliers", len(scenario.steps))
        self.multipliers = []
        for k, entries in enumerate(lists):
            count = math.prod(o for _, o in scenario.steps[:k]) * math.prod(s for s, _ in scenario.steps[:k + 1])
            self.multipliers.append(items(entries, f"{path}.multipliers[{k}]", count, lambda m, place: square_matrix(
                m, place, scenario.dimension, rational_part)))

    def check(self, functional, bound):
        for k, matrices in enumerate(self.multipliers):
            for place, matrix in enumerate(matrices):
                require_hermitian(matrix, f"multipliers[{k}][{place}]", False)
        count = len(self.multipliers)
        follows = dict(zip(self.scenario.histories(count, count), functional.values()))
        spent = [0]
        for k in reversed(range(count)):
            before = {}
            for (a, x), matrix in zip(self.scenario.histories(k, k + 1), self.multipliers[k]):
                for outcome in range(self.scenario.steps[k][1]):
                    excess = add_matrices(matrix, negated(follows[a + (outcome,), x]))
                    require_positive_matrix(excess, f"L - W is not positive semidefinite in step {k + 1} for a = "
                                                    f"{a + (outcome,)}, x = {x}", spent)
                before[a, x[:-1]] = add_matrices(before[a, x[:-1]], matrix) if (a, x[:-1]) in before else matrix
            follows = before
        require_positive_matrix(less(Number.gaussian(bound), follows[(), ()]), "bound - W is not positive semidefinite", spent)


def common_denominator(rationals):
    """The least common denominator of these, as long as this checker can find it: the limit is on products of 64-bit words."""
    common, work = 1, 0
    for q in {q.denominator for q in rationals}:
        work += (1 + common.bit_length() // 64) * (1 + q.bit_length() // 64)
        need(work <= MAX_DENOMINATORS, "$", "the denominators are too many and too long for this checker")
        common = math.lcm(common, q)
    return common


def need_short(count, denominator):
    """A limit of this checker for that many fractions with denominators up to this one."""
    need(count * (1 + denominator.bit_length() // 64) ** 2 <= MAX_WORK, "$", "the denominators are too long for this checker")


class Integers:
    """Complex numbers with rational parts over one denominator: lists of rows [re, im, re, im, ...] of integers."""
    def __init__(self, rows):
        self.denominator = common_denominator(q for row in rows for q in row)
        self.rows = [[q.numerator * (self.denominator // q.denominator) for q in row] for row in rows]

    def bits(self):
        return max(abs(q) for row in self.rows for q in row).bit_length()


def read_row(value, path, length):
    """A list of that many complex numbers whose parts are rationals: re, im, re, im, ..."""
    row = []
    for k, entry in enumerate(array(value, path, length)):
        if isinstance(entry, dict):
            fields(entry, f"{path}[{k}]", ("re", "im"))
            row += [rational(entry["re"], f"{path}[{k}].re"), rational(entry["im"], f"{path}[{k}].im")]
        else:
            row += [rational(entry, f"{path}[{k}]"), Fraction(0)]
    return row


def read_rows(value, path, rows, columns):
    return [read_row(row, f"{path}[{k}]", columns) for k, row in enumerate(array(value, path, rows))]


def read_all_rows(value, path, rows, columns):
    """Several matrices, their rows one after the other over one denominator."""
    return Integers([row for k, matrix in enumerate(value) for row in read_rows(matrix, f"{path}[{k}]", rows, columns)])


def conjugated(row):
    return [-q if k % 2 else q for k, q in enumerate(row)]


def product(u, v):
    """(re, im) of Σ u_k·v_k for rows of re, im, re, im, ..."""
    return inner(u, conjugated(v)), inner(u, [v[k ^ 1] for k in range(len(v))])


def transposed(rows):
    """The transpose of rows of re, im, re, im, ..."""
    return [[q for row in rows for q in row[2 * j:2 * j + 2]] for j in range(len(rows[0]) // 2)]


def matrix_product(left, right):
    """left·right of matrices in rows of re, im, re, im, ..."""
    prepared = [(conjugated(column), [column[k ^ 1] for k in range(len(column))]) for column in transposed(right)]
    return [[part for column in prepared for part in (inner(row, column[0]), inner(row, column[1]))] for row in left]


def is_hermitian(rows):
    return rows == [conjugated(column) for column in transposed(rows)]


def upper(rows):
    """The upper triangle of a square matrix in the form of require_positive_exactly."""
    return [[(row[2 * j], row[2 * j + 1]) for j in range(i, len(rows))] for i, row in enumerate(rows)]


class Component:
    """§7: one of the models whose sum is taken."""
    def __init__(self, value, path, scenario):
        fields(value, path, ("weight", "alice", "bob", "state", "measurements", "channels"))
        self.scenario, self.eliminations = scenario, [0]
        s = scenario
        self.weight = rational(value["weight"], f"{path}.weight")
        need(self.weight > 0, f"{path}.weight", "expected a rational > 0")
        self.alice, self.bob = (integer(value[key], f"{path}.{key}", 1, MAX_DIMENSION) for key in ("alice", "bob"))
        need(self.alice * self.bob <= MAX_DIMENSION, path, f"alice times bob is more than {MAX_DIMENSION}")
        flat = read_row(value["state"], f"{path}.state", self.alice * self.bob)
        need(any(flat), f"{path}.state", "the state is zero")
        self.state = Integers([flat[2 * self.bob * i:2 * self.bob * (i + 1)] for i in range(self.alice)])
        self.measurements = read_all_rows(array(value["measurements"], f"{path}.measurements", s.settings * s.outcomes),
                                          f"{path}.measurements", self.alice, self.alice)
        self.channels = []
        for y, channel in enumerate(array(value["channels"], f"{path}.channels", s.inputs)):
            place = f"{path}.channels[{y}]"
            need(1 <= len(array(channel, place)) <= MAX_KRAUS, place, f"expected 1 to {MAX_KRAUS} matrices")
            self.channels.append(read_all_rows(channel, place, s.dimension, self.bob))

    def check_size(self):
        """A limit of this checker: about the products of numbers times the square of their 64-bit words. The work spent."""
        s, work = self.scenario, 0
        pairs, square, d2 = s.settings * s.outcomes, self.bob ** 2, s.dimension ** 2
        need(pairs * square <= MAX_INPUT_STATES, "$.proof", "a model is too large for this checker")
        bits = self.measurements.bits() + 2 * self.state.bits()
        work += (self.alice + self.bob) * self.alice * self.bob * pairs * (1 + bits // 64) ** 2
        for channel in self.channels:
            kraus = 2 * channel.bits()
            work += s.dimension * len(channel.rows) * square * (1 + kraus // 64) ** 2
            work += d2 * square * pairs * (1 + (bits + kraus) // 64) ** 2
        return work

    def positive(self, rows, what):
        require_positive_within(upper(rows), 1, what, self.eliminations)

    def check_measurements(self, name):
        s, n = self.scenario, self.alice
        for x in range(s.settings):
            matrices = [self.measurements.rows[k * n:(k + 1) * n] for k in range(x * s.outcomes, (x + 1) * s.outcomes)]
            for a, m in enumerate(matrices):
                if not is_hermitian(m):
                    raise Rejected(f"{name}: M is not Hermitian for a = {a}, x = {x}")
            for i, rows in enumerate(zip(*matrices)):
                unit = [self.measurements.denominator if k == 2 * i else 0 for k in range(2 * n)]
                if [sum(column) for column in zip(*rows)] != unit:
                    raise Rejected(f"{name}: the sum of M over a is not 1 for x = {x}")
            for a, m in enumerate(matrices):
                self.positive(m, f"{name}: M is not positive semidefinite for a = {a}, x = {x}")

    def assemblage(self, name):
        """(denominator, {label: rows}): the component's part of the model, in integers over one denominator."""
        s, d, n, psi = self.scenario, self.scenario.dimension, self.alice, self.state.rows
        self.check_measurements(name)
        norm = sum(q * q for row in psi for q in row)
        states = {}  # (tr_A[(M ⊗ 1)|ψ><ψ|])_jj' = Σ_i' (Mψ)_i'j ψ*_i'j'
        for k, (x, a) in enumerate(itertools.product(range(s.settings), range(s.outcomes))):
            half = matrix_product(self.measurements.rows[k * n:(k + 1) * n], psi)
            state = matrix_product(transposed(half), [conjugated(row) for row in psi])
            states[a, x] = [q for row in state for q in row]
        result, units = {}, []
        for y, channel in enumerate(self.channels):
            unit = channel.denominator ** 2
            # C_jj' = Σ_K K_bj K*_cj' gives the entry b, c as Σ C_jj' X_jj'; 1 - N_y is the transpose of `left`
            left = [[unit if k == 2 * j else 0 for k in range(2 * self.bob)] for j in range(self.bob)]
            matrices = {label: [[0] * (2 * d) for _ in range(d)] for label in states}
            for b in range(d):
                for c in range(b, b + 1 if s.bell else d):
                    first, second = channel.rows[b::d], [conjugated(row) for row in channel.rows[c::d]]
                    combined = matrix_product(transposed(first), second)
                    if b == c:
                        left = [[p - q for p, q in zip(row, row2)] for row, row2 in zip(left, combined)]
                    flat = [q for row in combined for q in row]
                    for label, state in states.items():
                        re, im = product(flat, state)
                        matrices[label][b][2 * c:2 * c + 2] = [d * re, d * im]
                        matrices[label][c][2 * b:2 * b + 2] = [d * re, -d * im]
            self.positive(left, f"{name}: 1 - N is not positive semidefinite for y = {y}")
            flat = [q for row in left for q in row]
            for (a, x), state in states.items():
                lost = product(flat, state)[0]
                for b in range(d):
                    matrices[a, x][b][2 * b] += lost
                result[a, x, y] = matrices[a, x]
            units.append(unit)
        common = math.lcm(*units)
        factors = [self.weight.numerator * (common // unit) for unit in units]
        return (common * d * self.measurements.denominator * norm * self.weight.denominator,
                {label: [[q * factors[label[2]] for q in row] for row in rows] for label, rows in result.items()})


class Completion:
    """§7, §13: the elements with y ≠ a that complete an instrumental target, where a proof has them."""
    def __init__(self, proof, path, scenario):
        self.scenario, self.table = scenario, None
        if "completion" in proof:
            self.table = scenario.table(proof["completion"], f"{path}.completion", scenario.is_seen)

    def of(self, target):
        """The target with all elements, by the rules of a scenario with inputs."""
        if not self.table:
            return target
        target = {label: self.table[label] if matrix is None else matrix for label, matrix in target.items()}
        for (a, x, y), matrix in target.items():
            require_hermitian(matrix, f"the completion for a = {a}, x = {x}, y = {y}", self.scenario.bell)
        require_no_signalling(target, self.scenario, "the completed target")
        return target


class Parts:
    """§13: matrices that are no less than 0 and than assemblage - omega, in the proof of a trace distance."""
    def __init__(self, value, path, scenario):
        self.scenario, self.table = scenario, scenario.table(value, path, lambda label: not scenario.is_seen(label))

    def check(self, distance):
        """They are positive, and as small as the distance has it."""
        spent, left = [0], Number.gaussian(self.scenario.choices() * distance)
        for (a, x, y), matrix in self.table.items():
            if matrix is not None:
                what = f"the part for a = {a}, x = {x}, y = {y}"
                require_hermitian(matrix, what, self.scenario.bell)
                require_positive_matrix(matrix, f"{what} is not positive semidefinite", spent)
                left = left - trace(matrix)
        require_at_least_zero(left, "n distance >= the sum of the traces of the parts")


class ModelProof:
    """§7: components, and the share of their sum if the claim has one; also what completes a target in an instrumental
    scenario, and the parts of a trace distance."""
    def __init__(self, value, path, scenario, has_share=False, has_target=False, has_parts=False):
        has_completion = has_target and scenario.instrumental
        fields(value, path, ("method", "components") + ("share",) * has_share + ("completion",) * has_completion +
               ("parts",) * has_parts)
        choice(value["method"], f"{path}.method", "model")
        self.scenario = scenario
        count = len(array(value["components"], f"{path}.components"))
        need(1 <= count <= MAX_COMPONENTS, f"{path}.components", f"expected 1 to {MAX_COMPONENTS} components")
        self.components = items(value["components"], f"{path}.components", count,
                                lambda component, place: Component(component, place, scenario))
        self.share = rational(value["share"], f"{path}.share") if has_share else Fraction(1)
        need(not has_share or 0 < self.share < 1, f"{path}.share", "expected a rational between 0 and 1")
        self.completion = Completion(value, path, scenario)
        self.parts = Parts(value["parts"], f"{path}.parts", scenario) if has_parts else None

    def assemblage(self):
        """(denominator, {label: rows}): the model, in integers over one denominator."""
        weights = sum(component.weight for component in self.components)
        if weights != 1:
            raise Rejected(f"the sum of the weights is {about(weights)}, not 1")
        work = sum(component.check_size() for component in self.components)
        need(work <= MAX_WORK, "$.proof", "the model is too large for this checker")
        for component in self.components:  # all count what they spend together
            component.eliminations = self.components[0].eliminations
        parts = [component.assemblage(f"component {k}") for k, component in enumerate(self.components)]
        common = math.lcm(*(denominator for denominator, _ in parts))
        total = {}
        for denominator, table in parts:
            factor = common // denominator
            for label, rows in table.items():
                old = total.get(label, [[0] * len(row) for row in rows])
                total[label] = [[p + factor * q for p, q in zip(row, row2)] for row, row2 in zip(old, rows)]
        return common, total

    def check_value(self, functional, value, sense):
        denominator, table = self.assemblage()
        total = ZERO
        for label, matrix in functional.items():
            for row, mu in zip(matrix, table[label]):  # tr(Fμ) = Σ F_ij μ_ji, and μ_ji is the conjugate of μ_ij
                for j, z in enumerate(row):
                    total += z * Number.gaussian(mu[2 * j], -mu[2 * j + 1])
        excess = total * Number.gaussian(Fraction(1, denominator)) - Number.gaussian(value)
        require_at_least_zero(excess if sense == "max" else -excess,
                              f"<F, model> {'>=' if sense == 'max' else '<='} value")

    def remainder(self, target):
        """(denominator, {label: rows}): η = target - share·model, where the target is given, in rows of intervals
        (low, high) of integers."""
        denominator, table = self.assemblage()
        denominator, numerator = denominator * self.share.denominator, self.share.numerator
        ends = {label: [[z.enclosure(part) for z in row for part in (0, 1)] for row in matrix]
                for label, matrix in target.items() if matrix is not None}
        common = math.lcm(denominator, *{q.denominator for rows in ends.values() for row in rows for z in row for q in z})
        factor = numerator * (common // denominator)
        return common, {label: [[tuple(q.numerator * (common // q.denominator) - factor * mu for q in z)
                                 for z, mu in zip(row, row2)] for row, row2 in zip(rows, table[label])]
                        for label, rows in ends.items()}

    def check_approximation(self, assemblage, deviation):
        denominator, rest = self.remainder(assemblage)
        largest = Fraction(max(modulus(z) for rows in rest.values() for row in rows for z in row), denominator)
        if largest > deviation:
            raise Rejected(f"the model differs from the assemblage by {about(largest)}, more than the deviation")

    def check_share(self, target):
        """The ball of §7, every interval taken at its worse end; ε is taken times d."""
        s, d = self.scenario, self.scenario.dimension
        denominator, eta = self.remainder(self.completion.of(target))
        p = {(a, x): tuple(sum(row[2 * i][end] for i, row in enumerate(eta[a, x, 0])) for end in (0, 1))
             for a in range(s.outcomes) for x in range(s.settings)}
        answers = {(a, x) for (a, x, _), rows in eta.items() if any(any(z) for row in rows for z in row)}  # others are left out
        for a, x in sorted(answers):
            if p[a, x][0] <= 0:
                raise Rejected(f"p > 0 fails for a = {a}, x = {x}, where not every element is zero: it is "
                               f"{about(Fraction(p[a, x][0], denominator))}")
        epsilon = {}
        for (a, x, y), rows in eta.items():
            low, high = p[a, x]
            epsilon[a, x, y] = [[(d * u - high, d * v - low) if k == 2 * i else (d * u, d * v)
                                 for k, (u, v) in enumerate(row)] for i, row in enumerate(rows)]
        for y in range(s.inputs):
            total = [[tuple(map(sum, zip(*parts))) for parts in zip(*rows)]
                     for rows in zip(*(epsilon[a, 0, y] for a in range(s.outcomes)))]
            left = (s.settings + 1) * Fraction(row_norm(total), denominator) / (1 - self.share)
            for x in range(s.settings):
                left += max((Fraction(row_norm(epsilon[a, x, y]), p[a, x][0]) for a in range(s.outcomes) if (a, x) in answers),
                            default=0)
            if left > 1:
                raise Rejected(f"what the share leaves is not shown to have a common cause for y = {y}: "
                               f"{about(left)} times the limit")


def modulus(z):
    return max(-z[0], z[1])


def row_norm(rows):
    """The greatest sum of moduli over a row."""
    return max(sum(map(modulus, row)) for row in rows)


class GhjwProof:
    """§8: the elements of a traditional or sequential assemblage are positive, or those of `near`."""
    def __init__(self, value, path, scenario, has_near):
        fields(value, path, ("method",) + ("near",) * has_near)
        choice(value["method"], f"{path}.method", "ghjw")
        need(scenario.steered_at_will, f"{path}.method", "'ghjw' is for traditional and sequential scenarios")
        self.scenario = scenario
        self.near = scenario.table(value["near"], f"{path}.near") if has_near else None

    @staticmethod
    def check_share(target):
        for (a, x, _), matrix in target.items():
            require_positive_element(matrix, f"the assemblage is not positive semidefinite for a = {a}, x = {x}")

    def check_near(self):
        for (a, x, _), matrix in self.near.items():
            require_hermitian(matrix, f"near for a = {a}, x = {x}", False)
        require_rules(self.near, self.scenario, "near")
        for (a, x, _), matrix in self.near.items():
            require_positive_element(matrix, f"near is not positive semidefinite for a = {a}, x = {x}")

    def check_value(self, functional, value, sense):
        self.check_near()
        excess = pairing(functional, self.near) - Number.gaussian(value)
        require_at_least_zero(excess if sense == "max" else -excess, f"<F, near> {'>=' if sense == 'max' else '<='} value")

    def check_approximation(self, assemblage, deviation):
        self.check_near()
        limit = Number.gaussian(deviation)
        for label, matrix in assemblage.items():
            for z, w in zip(itertools.chain(*matrix), itertools.chain(*self.near[label])):
                difference = w - z
                for part in (difference, -difference, I * difference, -(I * difference)):
                    require_at_least_zero(limit + part, f"near within the deviation for a, x, y = {label}")


# ----------------------------------------------------------------- distances from above (§13)

class CommonCausesProof:
    """§13: Bob's states for every deterministic strategy of Alice and every input, which make a common-cause assemblage."""
    def __init__(self, value, path, scenario, has_parts):
        has_completion = scenario.instrumental and not has_parts
        fields(value, path, ("method", "states") + ("completion",) * has_completion + ("parts",) * has_parts)
        choice(value["method"], f"{path}.method", "common-causes")
        self.scenario, self.count, d = scenario, strategies(scenario, path), scenario.dimension
        rows = items(value["states"], f"{path}.states", self.count, lambda states, place: items(
            states, place, scenario.inputs, lambda matrix, matrix_place: read_rows(matrix, matrix_place, d, d)))
        self.states = Integers([row for states in rows for matrix in states for row in matrix])
        self.completion = Completion(value, path, scenario)
        self.parts = Parts(value["parts"], f"{path}.parts", scenario) if has_parts else None

    def assemblage(self):
        """(denominator, {label: rows}): what the states make, in integers over one denominator."""
        s, d, unit = self.scenario, self.scenario.dimension, self.states.denominator
        need_short(len(self.states.rows) * d, unit)
        states = {(k, y): self.states.rows[(k * s.inputs + y) * d:(k * s.inputs + y + 1) * d]
                  for k in range(self.count) for y in range(s.inputs)}
        traces = {place: sum(row[2 * i] for i, row in enumerate(rows)) for place, rows in states.items()}
        spent = [0]
        for (k, y), rows in states.items():
            what = f"the state for strategy {k}, y = {y}"
            if not is_hermitian(rows):
                raise Rejected(f"{what} is not Hermitian")
            if s.bell and any(q for i, row in enumerate(rows) for j, q in enumerate(row) if j // 2 != i):
                raise Rejected(f"{what} is not diagonal")
            if traces[k, y] != traces[k, 0]:
                raise Rejected(f"{what} has another trace than for y = 0")
            require_positive_within(upper(rows), unit, f"{what} is not positive semidefinite", spent)
        total = sum(traces[k, 0] for k in range(self.count))
        if total != unit:
            raise Rejected(f"the sum of the traces of the states is {about(Fraction(total, unit))}, not 1")
        made = {label: [[0] * (2 * d) for _ in range(d)] for label in s.labels()}
        for (k, y), rows in states.items():
            for x in range(s.settings):
                for row, part in zip(made[k // s.outcomes ** x % s.outcomes, x, y], rows):
                    row[:] = map(add, row, part)
        return unit, made


def check_from_above(claim, assemblage, proof):
    """The assemblage, or what completes it, is below (1 + robustness)·ω or above (1 - weight)·ω in every element; or below ω and a
    part that is small."""
    if claim.kind == "trace-distance-at-most":
        proof.parts.check(claim.numbers["distance"])
        what, first, second = "part - assemblage + omega", Fraction(1), -1
    elif claim.kind == "robustness-at-most":
        what, first, second = "(1 + robustness) omega - assemblage", 1 + claim.numbers["robustness"], -1
    else:
        what, first, second = "assemblage - (1 - weight) omega", claim.numbers["weight"] - 1, 1
    denominator, omega = proof.assemblage()
    need_short(len(omega) * proof.scenario.dimension ** 2, denominator)
    first, second, spent = Number.gaussian(first / denominator), Number.gaussian(second), [0]
    for (a, x, y), matrix in proof.completion.of(assemblage).items():
        if proof.parts:
            if matrix is None:  # not seen
                continue
            matrix = combined(Number.gaussian(1), matrix, Number.gaussian(-1), proof.parts.table[a, x, y])
        numbers = [[Number.gaussian(*row[k:k + 2]) for k in range(0, len(row), 2)] for row in omega[a, x, y]]
        require_positive_element(combined(first, numbers, second, matrix),
                                 f"{what} is not positive semidefinite for a = {a}, x = {x}, y = {y}", spent)


# ---------------------------------------------------------- maps from a reference (§9) and the self-test (§10)

MAX_PRODUCTS = 1 << 25  # a limit of this checker on products of terms times those of their 64-bit words: about a minute


class Reference:
    """§9, §10: the elements that Bob's maps act on, matrices τ of D rows, as {(a, x): τ}."""
    def __init__(self, dimension, elements):
        self.dimension, self.elements = dimension, elements

    @staticmethod
    def read(value, path, scenario):
        fields(value, path, ("dimension", "elements"))
        d = integer(value["dimension"], f"{path}.dimension", 1, MAX_CHOI)
        need(d * scenario.dimension <= MAX_CHOI, f"{path}.dimension", f"the maps have matrices of more than {MAX_CHOI} rows")
        labels = list(scenario.pairs())
        return Reference(d, dict(zip(labels, items(value["elements"], f"{path}.elements", len(labels),
                                                   lambda m, m_path: square_matrix(m, m_path, d)))))

    @staticmethod
    def at_input(assemblage, y, scenario):
        """What an assemblage has at input y."""
        need(scenario.dimension ** 2 <= MAX_CHOI, "$.scenario.dimension", f"the maps have matrices of more than {MAX_CHOI} rows")
        return Reference(scenario.dimension, {(a, x): assemblage[a, x, y] for a, x in scenario.pairs()})

    def check(self):
        """The rules of §9."""
        for (a, x), matrix in self.elements.items():
            require_hermitian(matrix, f"reference for a = {a}, x = {x}", False)
        require_common_sum(self.elements, "reference", "")


def terms_of(table):
    """The rational factors of all numbers of a table, leaving out what is null."""
    return (q for matrix in table.values() if matrix is not None for row in matrix for z in row for q in z.terms.values())


def in_integers(table):
    """(denominator, table): the same matrices as Numbers with integer factors over one denominator."""
    common = common_denominator(terms_of(table))
    return common, {label: [[Number({key: q.numerator * (common // q.denominator) for key, q in z.terms.items()})
                             for z in row] for row in matrix] for label, matrix in table.items()}


def words_of(z):
    """The 64-bit words of a Number with integer factors, and one more."""
    return 1 + sum(1 + q.bit_length() // 64 for q in z.terms.values())


def weight(matrix):
    """A product of every entry of one matrix with every entry of another costs about the product of their weights."""
    return sum(words_of(z) for row in matrix for z in row)


class WitnessProof:
    """§9: multipliers K of tr_out J = 1 that bound a functional."""
    METHOD, KEYS = "witness", ()

    def __init__(self, value, path, scenario, maps, reference):
        fields(value, path, ("method", "multipliers") + self.KEYS)
        choice(value["method"], f"{path}.method", self.METHOD)
        self.scenario, self.maps, self.reference, self.spent = scenario, maps, reference, [0]
        self.multipliers = items(value["multipliers"], f"{path}.multipliers", scenario.inputs, lambda m, m_path: (
            square_matrix(m, m_path, reference.dimension, rational_part)))

    def check(self, functional, bound):
        common = common_denominator(terms_of(dict(enumerate(self.multipliers))))
        for y, k in enumerate(self.multipliers):
            require_hermitian(k, f"K for y = {y}", False)
        total = sum((trace(k) for k in self.multipliers), ZERO)
        require_at_least_zero(Number.gaussian(bound) - total, "sum of tr K <= bound")
        t, elements = in_integers(self.reference.elements)
        f, functional = in_integers(functional)
        weights = {label: weight(matrix) for label, matrix in elements.items()}
        work = sum(weights[a, x] * weight(matrix) for (a, x, _), matrix in functional.items())
        need(work <= MAX_PRODUCTS, "$", "the reference and the functional are too large for this checker")
        unit = Number.gaussian(Fraction(1, t * f))
        d, n = self.scenario.dimension, self.reference.dimension * self.scenario.dimension
        need_short(n * n * self.scenario.inputs, t * f * common)
        for y, k in enumerate(self.multipliers):
            pairs = [(elements[a, x], functional[a, x, y]) for a, x in self.scenario.pairs()]
            slack = [[ZERO] * n for _ in range(n)]  # K ⊗ 1 - W
            for row in range(n):
                for column in range(row, n):
                    (i, b), (j, c) = divmod(row, d), divmod(column, d)
                    w = sum_of_products((tau[j][i], matrix[b][c]) for tau, matrix in pairs) * unit
                    slack[row][column] = (k[i][j] if b == c else ZERO) - w
                    slack[column][row] = slack[row][column].conjugate()
            require_positive_matrix(slack, f"K (x) 1 - W is not positive semidefinite for y = {y}", self.spent)
            if self.maps == "decomposable":
                slack = [[slack[row - row % d + column % d][column - column % d + row % d] for column in range(n)]
                         for row in range(n)]
                require_positive_matrix(slack, f"K (x) 1 - the partial transpose of W is not positive semidefinite for y = {y}",
                                        self.spent)


class SelfTestProof(WitnessProof):
    """§10: the reference is what the assemblage has at one input, and it allows of no other dilation."""
    METHOD, KEYS = "self-test", ("margin",)

    def __init__(self, value, path, scenario, reference):
        super().__init__(value, path, scenario, "cptp", reference)
        self.margin = rational(value["margin"], f"{path}.margin")
        need(self.margin > 0, f"{path}.margin", "expected a rational > 0")

    def check(self, functional, bound):
        t, elements = in_integers(self.reference.elements)
        work = 2 * sum(len(m) * max(words_of(z) for row in m for z in row) for m in elements.values()) ** 2
        need(work <= MAX_PRODUCTS, "$", "the reference is too large for this checker")
        need_short(len(elements) ** 2, t * t)
        self.check_rank(elements)
        self.check_kernel([(x, m) for (_, x), m in elements.items() if any(z.terms for row in m for z in row)],
                          Number.gaussian(Fraction(1, t * t)))
        super().check(functional, bound)

    @staticmethod
    def check_rank(elements):
        """Condition 1."""
        for (a, x), m in elements.items():
            if not any(z.terms for row in m for z in row):
                continue
            if trace(m).enclosure(0)[0] <= 0:
                raise Rejected(f"the reference has no trace > 0 for a = {a}, x = {x}")
            if not is_of_rank_one(m):
                raise Rejected(f"the reference is not of rank one for a = {a}, x = {x}")

    def check_kernel(self, elements, unit):
        """Condition 2, for pairs (x, τ) with integers over one denominator, whose square `unit` undoes."""
        n, m = len(elements), self.scenario.settings
        q = [[ZERO] * n for _ in range(n)]
        for k, (x, tau) in enumerate(elements):
            for l, (x2, tau2) in list(enumerate(elements))[k:]:
                overlap = product_trace(tau, tau2) * unit
                q[k][l] = q[l][k] = overlap * Number.gaussian(m * (x == x2) - 1) + ONE
            q[k][k] -= Number.gaussian(self.margin)
        require_positive_matrix(q, "Q + 1 1^T - margin is not positive semidefinite", self.spent)


class ChoiProof:
    """§9: the maps, one for each input, as one or two Choi matrices."""
    def __init__(self, value, path, scenario, maps, reference):
        fields(value, path, ("method", "maps"))
        choice(value["method"], f"{path}.method", "choi")
        self.scenario, self.reference, self.spent = scenario, reference, [0]
        n, optional = reference.dimension * scenario.dimension, ("transposed",) if maps == "decomposable" else ()
        self.maps = items(value["maps"], f"{path}.maps", scenario.inputs, lambda parts, place: {
            key: Integers(read_rows(parts[key], f"{place}.{key}", n, n))
            for key in fields(parts, place, ("direct",), optional)})

    def choi(self, y):
        """The Choi matrix of the map for input y, as Integers, whose conditions are checked."""
        d, parts = self.scenario.dimension, self.maps[y]
        for key, part in parts.items():
            if not is_hermitian(part.rows):
                raise Rejected(f"'{key}' is not Hermitian for y = {y}")
            require_positive_within(upper(part.rows), part.denominator, f"'{key}' is not positive semidefinite for y = {y}",
                                    self.spent)
        common = math.lcm(*(part.denominator for part in parts.values()))
        n = len(parts["direct"].rows)
        total = [[0] * (2 * n) for _ in range(n)]
        for key, part in parts.items():
            factor = common // part.denominator
            for row in range(n):
                for column in range(n):
                    (i, b), (j, c) = divmod(row, d), divmod(column, d)
                    if key == "transposed":
                        b, c = c, b
                    place = part.rows[i * d + b]
                    total[row][2 * column] += factor * place[2 * (j * d + c)]
                    total[row][2 * column + 1] += factor * place[2 * (j * d + c) + 1]
        for i, j in itertools.product(range(self.reference.dimension), repeat=2):
            for e in (0, 1):
                if sum(total[i * d + b][2 * (j * d + b) + e] for b in range(d)) != (common if i == j and e == 0 else 0):
                    raise Rejected(f"tr_out J = 1 fails for y = {y} at row {i}, column {j}")
        return common, total

    def check(self, assemblage, deviation):
        """All conditions. What a map gives and the assemblage are Hermitian: entries b, c with b <= c are enough."""
        for (a, x), matrix in self.reference.elements.items():
            require_positive_element(matrix, f"the reference is not positive semidefinite for a = {a}, x = {x}", self.spent)
        t, elements = in_integers(self.reference.elements)
        weights = {label: weight(matrix) for label, matrix in elements.items()}
        d, inputs = self.scenario.dimension, range(self.reference.dimension)
        work, largest, where = 0, Fraction(0), ""
        for y in range(self.scenario.inputs):
            common, rows = self.choi(y)
            choi = [[Number({(1, 0): row[2 * k], (1, 1): row[2 * k + 1]}) for k in range(len(rows))] for row in rows]
            need_short(len(elements) * d * d * self.scenario.inputs, t * common)
            unit = Number.gaussian(Fraction(1, t * common))
            longest = max(words_of(z) for row in choi for z in row)
            for (a, x), tau in elements.items():
                sigma = assemblage[a, x, y]
                if sigma is None:
                    continue
                work += weights[a, x] * longest * d * d
                need(work <= MAX_PRODUCTS, "$", "the reference and the maps are too large for this checker")
                for b in range(d):
                    for c in range(b, b + 1 if self.scenario.bell else d):
                        image = sum_of_products((tau[i][j], choi[i * d + b][j * d + c]) for i in inputs for j in inputs)
                        difference = image * unit - sigma[b][c]
                        size = max(modulus(difference.enclosure(part)) for part in (0, 1))
                        if size >= largest:
                            largest, where = size, f"for a = {a}, x = {x}, y = {y}"
        if largest > deviation:
            raise Rejected(f"the maps give what differs from the assemblage by {about(largest)} {where}, more than the deviation")


def read_proof(value, path, scenario, claim, reference):
    need(isinstance(value, dict) and "method" in value, path, "expected an object with a 'method'")
    if claim.is_distance and claim.existence:
        has_parts = claim.kind == "trace-distance-at-most"
        if claim.set == "quantum":
            return ModelProof(value, path, scenario, has_target=not has_parts, has_parts=has_parts)
        return CommonCausesProof(value, path, scenario, has_parts)
    if claim.of_mixtures:
        return GramProof(value, path, scenario, of_mixtures=True)
    if claim.set in PROOFS:
        return (StepsProof if scenario.sequential else PROOFS[claim.set])(value, path, scenario)
    if claim.kind == "self-tested":
        return SelfTestProof(value, path, scenario, reference)
    if claim.has_reference:
        return (ChoiProof if claim.existence else WitnessProof)(value, path, scenario, claim.maps, reference)
    if scenario.sequential or value["method"] == "ghjw" and claim.kind in GHJW_CLAIMS:
        return GhjwProof(value, path, scenario, claim.kind != "quantum")
    has_share = claim.kind in ("quantum", "quantum-mixture")
    return ModelProof(value, path, scenario, has_share, has_target=has_share)


def check_existence(claim, tables, proof):
    """§3: the claims that something is quantum, that there are maps, or that a set is near."""
    if claim.kind == "quantum-value":
        proof.check_value(tables["functional"], claim.numbers["value"], claim.sense)
    elif claim.kind == "quantum-approximation":
        proof.check_approximation(tables["assemblage"], claim.numbers["deviation"])
    elif claim.kind == "realisable":
        proof.check(tables["assemblage"], claim.numbers["deviation"])
    elif claim.is_distance:
        check_from_above(claim, tables["assemblage"], proof)
    elif claim.kind == "quantum":
        proof.check_share(tables["assemblage"])
    else:
        v = claim.numbers["visibility"]
        first, second = Number.gaussian(v), Number.gaussian(1 - v)
        proof.check_share({label: None if matrix is None else combined(first, matrix, second, tables["noise"][label])
                           for label, matrix in tables["assemblage"].items()})


GHJW_CLAIMS = ("quantum", "quantum-value", "quantum-approximation")
PROOFS = {"quantum": GramProof, "common-cause": StrategiesProof, "no-signalling": MultipliersProof}


# -------------------------------------------------------------------------------- tables and claims (§2, §3)

def require_hermitian(matrix, what, diagonal):
    for i, row in enumerate(matrix):
        for j, z in enumerate(row):
            if z != matrix[j][i].conjugate():
                raise Rejected(f"{what} is not Hermitian at row {i}, column {j}")
            if diagonal and i != j and z.terms:
                raise Rejected(f"{what} is not diagonal at row {i}, column {j}")


def require_common_sum(elements, name, where):
    """§2, §9: the sum over a of {(a, x): matrix} does not depend on x, and its trace is 1, exactly."""
    sums = {}
    for (_, x), matrix in elements.items():
        sums[x] = add_matrices(sums[x], matrix) if x in sums else matrix
    for x, matrix in sums.items():
        if matrix != sums[0]:
            raise Rejected(f"{name}: the sum over a depends on x at x = {x}{where}")
    if trace(sums[0]) != ONE:
        raise Rejected(f"{name}: the trace of the sum over a is not 1{where}")


def require_rules(table, scenario, name):
    """§2: what an assemblage or noise must satisfy, exactly."""
    if scenario.instrumental:
        require_unit_trace(table, scenario, name)
    else:
        require_no_signalling(table, scenario, name)


def require_unit_trace(table, scenario, name):
    """§2: the rule for the elements that are seen in an instrumental scenario."""
    for x in range(scenario.settings):
        if sum((trace(table[a, x, a]) for a in range(scenario.outcomes)), ZERO) != ONE:
            raise Rejected(f"{name}: the sum of the traces over a is not 1 for x = {x}")


def require_no_signalling(table, scenario, name):
    """§2: the rules where every element is seen."""
    for y in range(scenario.inputs):
        require_common_sum({(a, x): table[a, x, y] for a, x in scenario.pairs()}, name, f" for y = {y}")
    require_no_signalling_to_the_past(table, scenario, name)
    for (a, x, y), matrix in table.items():
        if trace(matrix) != trace(table[a, x, 0]):
            raise Rejected(f"{name}: the trace for a = {a}, x = {x} depends on y at y = {y}")


def require_no_signalling_to_the_past(table, scenario, name):
    """§2: what happens in the first steps of a sequential scenario does not depend on later settings."""
    count = len(scenario.steps)
    sums = dict(zip(scenario.histories(count, count), table.values())) if count else {}
    for k in reversed(range(1, count)):
        totals, first = {}, {}
        for (a, x), matrix in sums.items():
            totals[a[:-1], x] = add_matrices(totals[a[:-1], x], matrix) if (a[:-1], x) in totals else matrix
        for (a, x), matrix in totals.items():
            if first.setdefault((a, x[:-1]), matrix) != matrix:
                raise Rejected(f"{name}: the sum over the outcomes from step {k + 1} on depends on its setting after "
                               f"a = {a}, x = {x[:-1]}")
        sums = first


def trace(matrix):
    return sum((row[i] for i, row in enumerate(matrix)), ZERO)


def product_trace(m, n):
    """tr(m·n)."""
    return sum_of_products((z, n[j][i]) for i, row in enumerate(m) for j, z in enumerate(row))


def pairing(functional, table):
    """⟨F, σ⟩ = Σ tr(F_{a|xy}·σ_{a|xy}) over the given elements σ."""
    pairs = [(z, table[label][j][i]) for label, matrix in functional.items() if table[label] is not None
             for i, row in enumerate(matrix) for j, z in enumerate(row)]
    need(sum(len(z.terms) * len(w.terms) for z, w in pairs) <= MAX_PRODUCTS, "$", "the tables are too large for this checker")
    return sum_of_products(pairs)


def check_claim(claim, functional, tables, general, scenario):
    """§3: what a claim about an assemblage needs besides F <= bound."""
    bound = claim.numbers["bound"]
    if claim.tables:
        value = pairing(functional, tables["assemblage"])
    if "violation" in claim.numbers:
        violation = claim.numbers["violation"]
        if violation <= 0:
            raise Rejected(f"violation > 0 fails by {about(-violation)}")
        require_at_least_zero(value - Number.gaussian(bound + violation), "<F, assemblage> >= bound + violation")
    if "visibility" in claim.numbers:
        t, visibility = pairing(functional, tables["noise"]), Number.gaussian(claim.numbers["visibility"])
        low, high = (value - t).enclosure(0)
        if low <= 0:
            raise Rejected(f"<F, assemblage> > <F, noise> fails: the difference is about {about(high)}")
        require_at_least_zero(t + visibility * (value - t) - Number.gaussian(bound), "t + visibility (s - t) >= bound")
    if claim.kind == "trace-distance":
        check_trace_distance(claim, functional, value, scenario)
    elif claim.is_distance:
        check_from_below(claim, functional, tables, general, value)


def check_from_below(claim, functional, tables, general, value):
    """§13: how far the value of the assemblage is above the bound of the set, as a part of how far noise is below it or
    no-signalling σ can be above it."""
    bound, distance = claim.numbers["bound"], claim.numbers[claim.kind]
    other, name = ("least", "bound > least") if claim.kind == "robustness" else ("most", "most > bound")
    limit = claim.numbers[other]
    if claim.kind == "weight":
        general.check(functional, limit)
    elif claim.noise == "given":
        require_at_least_zero(pairing(functional, tables["noise"]) - Number.gaussian(limit), "<F, noise> >= least")
    else:
        sums = {y: total_of(tables["assemblage"][a, 0, y] for a in range(general.scenario.outcomes))
                for y in range(general.scenario.inputs)} if claim.noise == "consistent" else None
        general.check({label: negated(matrix) for label, matrix in functional.items()}, -limit, sums)
    gap = limit - bound if claim.kind == "weight" else bound - limit
    if gap <= 0:
        raise Rejected(f"{name} fails by {about(-gap)}")
    require_at_least_zero(value - Number.gaussian(bound + distance * gap),
                          f"<F, assemblage> - bound >= {claim.kind} times the difference of bound and {other}")


def check_trace_distance(claim, functional, value, scenario):
    """§13: how far the value of the assemblage is above the bound of the set, as a part of what trace distance can do."""
    bound, most, distance = (claim.numbers[key] for key in ("bound", "most", "distance"))
    if most <= 0:
        raise Rejected(f"most > 0 fails by {about(-most)}")
    limit, spent = Number.gaussian(most), [0]
    for (a, x, y), matrix in functional.items():
        for signed in (matrix, negated(matrix)):
            require_positive_matrix(less(limit, signed), f"F is not between -most and most for a = {a}, x = {x}, y = {y}", spent)
    require_at_least_zero(value - Number.gaussian(bound + 2 * scenario.choices() * most * distance),
                          "<F, assemblage> - bound >= 2 n most distance")


# ------------------------------------------------------------------------------------- archives of arrays (§12)

ARCHIVE_START = b"PK\3\4"
MAX_NUMBERS = 1 << 20
HEADER = re.compile(r"{'descr':'<(c16|f8)','fortran_order':(True|False),'shape':\(([1-9][0-9]*,|[1-9][0-9]*(?:,[1-9][0-9]*)+)\),}")


def members(data):
    """{name: content} of a ZIP archive, read by the rules of §12 and not by zipfile, which forgives more."""
    end = len(data) - 22
    need(end >= 0 and data[end:end + 4] == b"PK\5\6", "$", "no ZIP archive: no end record without a comment at the end")
    disks, here, count, size, start, comment = struct.unpack("<IHHIIH", data[end + 4:])
    need(disks == 0 and here == count and comment == 0 and start + size == end and data[max(end - 20, 0):end][:4] != b"PK\6\7",
         "$", "the end record of the archive is damaged or not as it has to be")
    extents, at = [], start
    for _ in range(count):
        need(at + 46 <= end and data[at:at + 4] == b"PK\1\2", "$", "the directory of the archive is damaged")
        version, flags, method, _, crc, packed, length, name_length, extra, comment, _, _, offset = struct.unpack(
            "<HHHIIIIHHHIII", data[at + 6:at + 46])
        name, at = data[at + 46:at + 46 + name_length], at + 46 + name_length
        need(at <= end, "$", "the directory of the archive is damaged")
        path = f"$: {name.decode('latin-1')[:40]!r}"
        need(method == 0, path, "is compressed; numpy.savez does not compress")
        need(packed == length and version <= 45 and flags & ~0x0808 == 0 and extra == comment == 0, path,
             "has sizes, a version, flags, an extra field or a comment that are not allowed")
        need(offset + 30 <= start and data[offset:offset + 4] == ARCHIVE_START, path, "has no local header")
        local_length, local_extra = struct.unpack("<HH", data[offset + 26:offset + 30])
        first = offset + 30 + local_length + local_extra
        need(data[offset + 30:first - local_extra] == name, path, "has another name in its local header")
        extents.append((offset, first, first + length, crc, path, name))
    need(at == end, "$", "the directory of the archive has more entries than it says")
    extents.sort()
    for extent, after in zip(extents, [offset for offset, *_ in extents[1:]] + [start]):
        need(extent[2] <= after, extent[4], "overlaps what follows")
    contents = {}
    for _, first, last, crc, path, name in extents:
        content = data[first:last]
        need(zlib.crc32(content) == crc, path, "does not have its checksum")
        need(name not in contents, path, "is there twice")
        contents[name] = content
    return contents


class Archive:
    """The arrays of an archive, each of which is to be taken once."""
    def __init__(self, data):
        self.contents, self.left = members(data), MAX_NUMBERS

    def take(self, name):
        need(name.encode() in self.contents, "$", f"the archive has no {name!r}")
        return self.contents.pop(name.encode())

    def array(self, name, *shape):
        """(shape, numbers) of an array of that shape, where None is any length; the last index runs fastest."""
        data = self.take(f"{name}.npy")
        need(data[:8] == b"\x93NUMPY\1\0" and len(data) >= 10, name, "not a .npy file of version 1.0")
        start = 10 + int.from_bytes(data[8:10], "little")
        need(len(data) >= start, name, "the header is cut off")
        header = HEADER.fullmatch(data[10:start].decode("latin-1").removesuffix("\n").replace(" ", ""))
        need(header, name, "expected complex128 or float64 in little-endian order, with a header as NumPy writes it")
        kind, fortran, lengths = header.groups()
        found = [int(length) if len(length) < 10 else MAX_NUMBERS + 1 for length in lengths.split(",") if length]
        need(len(found) == len(shape) and all(length in (None, n) for n, length in zip(found, shape)), name,
             f"the shape is {found}, not {['any' if length is None else length for length in shape]}")
        count, parts = math.prod(found), 2 if kind == "c16" else 1
        self.left -= count
        need(self.left >= 0, name, f"more than {MAX_NUMBERS} numbers in the archive")
        need(len(data) - start == 8 * parts * count, name, "not as many numbers as the shape says")
        need(name != "weights" or parts == 1, name, "expected float64")
        doubles = struct.unpack(f"<{parts * count}d", data[start:])
        need(all(map(math.isfinite, doubles)), name, "a number is infinite or NaN")
        numbers = [Fraction(double) for double in doubles]
        if parts == 2:
            numbers = [Object([("re", re), ("im", im)]) for re, im in zip(numbers[::2], numbers[1::2])]
        if fortran == "True":
            steps = [math.prod(found[:k]) for k in range(len(found))]
            numbers = [numbers[sum(i * step for i, step in zip(index, steps))]
                       for index in itertools.product(*map(range, found))]
        return found, numbers

    def matrices(self, name, *shape):
        """The same as a list of matrices, whose rows and columns are the last two indices."""
        found, numbers = self.array(name, *shape)
        rows = [numbers[k:k + found[-1]] for k in range(0, len(numbers), found[-1])]
        return [rows[k:k + found[-2]] for k in range(0, len(rows), found[-2])]


def parse_archive(data):
    """The object that an archive stands for."""
    need(len(data) <= MAX_BYTES, "$", "the file has more than 256 MiB")
    archive = Archive(data)
    document = parse(archive.take("certificate.json"))
    need(isinstance(document, dict) and "scenario" in document, "$", "expected an object with a 'scenario'")
    scenario = Scenario(document["scenario"], "$.scenario")
    proof = document.get("proof")
    need(isinstance(proof, dict) and "components" not in proof, "$.proof", "expected an object without 'components'")
    _, weights = archive.array("weights", None)
    need(len(weights) <= MAX_COMPONENTS, "weights", f"more than {MAX_COMPONENTS}")
    components = []
    for k, weight in enumerate(weights):
        (alice, bob), state = archive.array(f"state_{k}", None, None)
        components.append(Object([
            ("weight", weight), ("alice", alice), ("bob", bob), ("state", state),
            ("measurements", archive.matrices(f"measurements_{k}", scenario.settings, scenario.outcomes, alice, alice)),
            ("channels", [archive.matrices(f"channels_{k}_y{y}", None, scenario.dimension, bob)
                          for y in range(scenario.inputs)])]))
    need(not archive.contents, "$", f"the archive has {next(iter(archive.contents), b'')[:40]!r}, which has no place")
    proof["components"] = components
    return document


# ---------------------------------------------------------------------------------------------- the output (§11)

def verify(data, say=lambda line: None):
    """Check the certificate in these bytes: returns if it is verified, else raises Incomplete or Rejected. The claim is
    said as soon as it is read."""
    document = (parse_archive if data.startswith(ARCHIVE_START) else parse)(data)
    radicands.clear()
    fields(document, "$", ("format", "version", "scenario", "claim", "proof"),
           ("title", "functional", "assemblage", "noise", "reference", "general"))
    choice(document["format"], "$.format", "steerq-certificate")
    integer(document["version"], "$.version", 1, 1)
    title = document.get("title", "")
    need(isinstance(title, str), "$.title", "expected text")
    need(not re.search("[\ud800-\udfff]", title), "$.title", "an unpaired surrogate")
    scenario = Scenario(document["scenario"], "$.scenario")
    claim = Claim(document["claim"], "$.claim", scenario)
    say(f"{claim.kind}; {scenario}: {claim}")
    used = ("functional",) * claim.has_functional + claim.tables
    for name in ("functional", "assemblage", "noise", "reference", "general"):
        is_used = {"reference": claim.has_reference, "general": claim.has_general}.get(name, name in used)
        need((name in document) == is_used, "$", f"'{name}' is {'missing' if is_used else 'not for this claim'}")
    tables = {name: scenario.table(document[name], f"$.{name}") if name == "functional" else
              scenario.partial_table(document[name], f"$.{name}", claim.has_reference) for name in used}
    need("assemblage" not in used or any(tables["assemblage"].values()), "$.assemblage", "no element is given")
    for k, label in enumerate(scenario.labels() if "noise" in used else ()):
        need((tables["noise"][label] is None) == (tables["assemblage"][label] is None), f"$.noise[{k}]",
             "expected null where the assemblage has null, and nowhere else")
    reference = (Reference.read(document["reference"], "$.reference", scenario) if claim.has_reference else
                 Reference.at_input(tables["assemblage"], claim.input, scenario) if claim.kind == "self-tested" else None)
    proof = read_proof(document["proof"], "$.proof", scenario, claim, reference)
    general = MultipliersProof(document["general"], "$.general", scenario) if claim.has_general else None

    if reference:  # no sum of what follows has a longer denominator
        need_short(scenario.outcomes * scenario.settings * scenario.inputs * scenario.dimension ** 2, math.prod(
            common_denominator(terms_of(table)) for table in (*tables.values(), reference.elements)))
    for name, table in tables.items():
        for (a, x, y), matrix in table.items():
            if matrix is not None:
                require_hermitian(matrix, f"{name} for a = {a}, x = {x}, y = {y}", scenario.bell)
    for (a, x, y), matrix in tables.get("functional", {}).items():
        is_null = "assemblage" in tables and tables["assemblage"][a, x, y] is None
        if (is_null or not scenario.is_seen((a, x, y))) and any(z.terms for row in matrix for z in row):
            raise Rejected(f"functional for a = {a}, x = {x}, y = {y} is not zero where no element is given")
    if claim.has_reference:
        reference.check()
    else:
        for name in claim.tables:
            require_rules(tables[name], scenario, name)
    if claim.existence:
        check_existence(claim, tables, proof)
        return
    functional = tables["functional"]
    check_claim(claim, functional, tables, general, scenario)
    if claim.of_mixtures:
        proof.check_vanishing(tables)
    if claim.sense == "max":
        proof.check(functional, claim.numbers["bound"])
    else:
        proof.check({label: negated(m) for label, m in functional.items()}, -claim.numbers["bound"])


def verdict(path, say):
    """The verdict on one file and its exit code. No input may end in a traceback; what this program cannot handle is
    not verified."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        verify(data, say)
    except Rejected as failure:
        return f"rejected: {failure}", 1
    except Incomplete as failure:
        return f"incomplete: {failure}", 2
    except OSError as error:
        return f"incomplete: $: the file cannot be read ({error.strerror})", 2
    except Exception as error:
        return f"incomplete: $: this checker failed ({type(error).__name__})", 2
    return "verified", 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check certificates about quantum steering (docs/certificate.md).")
    parser.add_argument("files", metavar="FILE", nargs="+")
    sys.stdout.reconfigure(errors="backslashreplace")
    worst = 0
    for path in parser.parse_args(arguments).files:
        print(path)
        line, code = verdict(path, lambda text: print(f"  {text}", flush=True))
        print(f"  {line}", flush=True)
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
