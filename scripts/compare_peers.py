#!/usr/bin/env python3
"""Times steerq against other solvers on the same exported programs, and writes benches/results.md.

    python3 scripts/compare_peers.py --scratch DIR [--quick] [--limit SECONDS] [--out FILE]

Peers come from PyPI, into a virtual environment in DIR, and CSDP from the PATH (Debian: coinor-csdp); what is not to be
had is left out, with the reason. Everything runs one after the other, each solve in a process of its own under a time
limit. A peer reads what `steerq export` wrote (peer_solvers.py), and the dual matrix of every peer is turned into a bound
in the same way. This script imports nothing beyond the standard library: a child's peak memory counts from its parent's.
"""

import argparse
import json
import math
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SOLVERS = Path(__file__).resolve().with_name("peer_solvers.py")
PACKAGES = {
    "Clarabel": "clarabel",
    "SCS 1e-6": "scs",
    "SCS 1e-9": "scs",
    "QICS": "qics",
    "SDPA": "sdpa-python",
    "CVXOPT": "cvxopt",
    "DSDP": "cvxopt",
}
# Ours with their options. Peers get the program without symmetry, as whoever writes it down does.
OURS = {
    "steerq": ["--backend", "auto", "--no-symmetry"],
    "steerq interior-point": ["--backend", "interior-point", "--no-symmetry"],
    "steerq first-order": ["--backend", "first-order", "--no-symmetry"],
    "steerq with symmetry": ["--backend", "auto"],
}
TARGET = 1e-7  # the certified relative gap that counts as an answer
REPEAT_BELOW = 20.0  # seconds: what takes less is run twice, and the better run counts


@dataclass
class Case:
    """A problem at a level, the peers that are asked (None: all), its optimum where it is known in closed form, which of
    our methods are asked (None: all), and the seconds a process may take where that is more than for the others."""

    family: str
    file: Path
    level: str
    peers: list = None
    optimum: float = None
    ours: list = None
    limit: float = 0.0


@dataclass
class Run:
    """What one process took; `failure` says why there is no answer."""

    seconds: float
    mebibytes: float
    output: str = ""
    failure: str = ""


@dataclass
class Row:
    """One solver on one case."""

    solver: str
    run: Run
    solver_seconds: float = None
    bound: float = None
    ours: bool = False
    gap: float = field(default=None)

    def answers(self) -> bool:
        return self.gap is not None and self.gap <= TARGET


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scratch", type=Path, required=True, help="folder for the peers and the programs")
    parser.add_argument("--steerq", type=Path, default=REPOSITORY / "target/release/steerq", help="the program")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds a process may take")
    parser.add_argument("--memory", type=float, default=12.0, help="GiB of address space a process may take")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "benches/results.md", help="the table")
    parser.add_argument("--quick", action="store_true", help="the smallest problem of each kind")
    parser.add_argument("--only", metavar="WORD", default="", help="problems with this in their name or level")
    return parser.parse_args()


# The peers


def install(scratch: Path) -> tuple:
    """Peers by name with their versions, and the reasons for what is missing."""
    python = scratch / "venv/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", scratch / "venv"], check=True)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    found, missing = {}, {}
    subprocess.run([*pip, "install", "numpy", "scipy"], check=True)
    for name, package in PACKAGES.items():
        answer = subprocess.run([*pip, "install", package], capture_output=True, text=True)
        if answer.returncode:
            missing[name] = last_line(answer.stderr) or "pip failed"
        else:
            query = f"import importlib.metadata as m; print(m.version('{package}'))"
            version = subprocess.run([python, "-c", query], capture_output=True, text=True).stdout
            found[name] = f"{package} {version.strip()}"
    if shutil.which("csdp"):
        found["CSDP"] = "csdp on the PATH"
    else:
        missing["CSDP"] = "no csdp on the PATH"
    return found, missing


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:100] if lines else ""


# The problems


def random_functional(path: Path, seed: int, settings: int, dimension: int) -> Path:
    """A bob-with-input problem (two outcomes, two inputs) with Hermitian F_{a|xy} of Gaussian entries."""
    draw = random.Random(seed)
    lines = [f'title = "A random functional, d = {dimension}, seed {seed}"', "", "[scenario]", 'kind = "bob-with-input"']
    lines += [f"settings = {settings}", "outcomes = 2", "inputs = 2", f"dimension = {dimension}", "", "[functional]"]
    lines += ['sense = "max"', "elements = ["]
    for a, x, y in ((a, x, y) for a in range(2) for x in range(settings) for y in range(2)):
        rows = [["0"] * dimension for _ in range(dimension)]
        for i in range(dimension):
            rows[i][i] = f"{draw.gauss(0, 1):.6f}"
            for j in range(i):
                real, imaginary = draw.gauss(0, 1), draw.gauss(0, 1)
                rows[i][j], rows[j][i] = (f"{real:.6f}{sign * imaginary:+.6f}i" for sign in (1, -1))
        lines.append(f"  {{a = {a}, x = {x}, y = {y}, matrix = {json.dumps(rows)}}},")
    path.write_text("\n".join([*lines, "]", ""]))
    return path


def cases(scratch: Path, quick: bool) -> list:
    """The problems; within a family from small to large."""
    eq6, i3322 = REPOSITORY / "problems/eq6.toml", REPOSITORY / "problems/i3322.toml"
    qubit = random_functional(scratch / "random-qubit.toml", seed=6, settings=3, dimension=2)
    qutrit = random_functional(scratch / "random-qutrit.toml", seed=6, settings=2, dimension=3)
    large, best = "2+AAB+ABB+AABB", 2 * math.sqrt(6)
    small = [
        Case("Eq. (6)", eq6, "1+AB", optimum=best),
        Case("random qubit functional", qubit, "1+AB"),
        Case("I3322", i3322, "2"),
    ]
    if quick:
        return small
    return small + [
        Case("random qutrit functional", qutrit, "1+AB"),
        Case("Eq. (6)", eq6, "1+AB+AAB", optimum=best),
        Case("I3322", i3322, "3"),
        Case("random qubit functional", qubit, "1+AB+AAB"),
        Case("Eq. (6)", eq6, "1+AB+ABB", optimum=best),
        Case("random qubit functional", qubit, "1+AB+ABB"),
        Case("Eq. (6)", eq6, "1+AB+AAB+ABB", optimum=best),
        Case("I3322", i3322, "4", ["CSDP"]),
        Case("Eq. (6)", eq6, large, ["SCS 1e-6", "SCS 1e-9"], best),
        Case("random qubit functional", qubit, large, ["SCS 1e-6", "SCS 1e-9"]),
        # What no peer finishes: only its time and memory, and the certified gap to the known optimum.
        Case("Eq. (6)", eq6, "3+AABB+ABBB+AAAB", [], best, ["steerq"], 600.0),
        Case("Eq. (6)", eq6, "4+AAABB", [], best, ["steerq"], 1800.0),
    ]


# Measuring


def measured(command: list, scratch: Path, limit: float, memory: float) -> Run:
    """Runs a command with its output in files, and reads time and peak memory of it alone."""
    def bounded():
        os.setsid()
        size = int(memory * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    output, errors = scratch / "stdout", scratch / "stderr"
    with output.open("w") as out, errors.open("w") as err:
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, cwd=scratch, preexec_fn=bounded)
        overtime = threading.Timer(limit, os.killpg, (child.pid, signal.SIGKILL))
        overtime.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        overtime.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    run = Run(seconds, usage.ru_maxrss / 1024, output.read_text())
    if seconds >= limit:
        run.failure = f"over {limit:g} s"
    elif child.returncode:
        run.failure = last_line(errors.read_text()) or f"exit status {child.returncode}"
    return run


def best_run(command: list, arguments: argparse.Namespace, limit: float = 0.0) -> Run:
    """The better of two runs where the first is short, else the first."""
    first = measured(command, arguments.scratch, max(limit, arguments.limit), arguments.memory)
    if first.failure or first.seconds >= REPEAT_BELOW:
        return first
    second = measured(command, arguments.scratch, arguments.limit, arguments.memory)
    return min(first, second, key=lambda run: (bool(run.failure), run.seconds))


def our_row(name: str, case: Case, arguments: argparse.Namespace) -> tuple:
    """Our row, and the number of words."""
    command = [arguments.steerq, "bound", case.file, "--level", case.level, "--no-search", "--json", "--quiet"]
    run = best_run([*command, *OURS[name]], arguments, case.limit)
    row = Row(name, run, ours=True)
    if run.failure:
        return row, None
    answer = json.loads(run.output)
    outer = answer["bounds"]["quantum_outer"]
    row.bound, row.solver_seconds = float(outer.get("certified") or outer["value"]), answer["solver"]["seconds"]
    if "auto" in OURS[name]:
        row.solver = f"{name} ({answer['solver']['backend']})"
    if not outer["verified"]:
        row.solver += ", numerical"
    return row, answer["size"]["words"]


def peer_row(name: str, program: Path, arguments: argparse.Namespace) -> Row:
    """A peer's row, its bound certified from its dual."""
    python, scratch = arguments.scratch / "venv/bin/python", arguments.scratch
    answer = scratch / ("answer.sol" if name == "CSDP" else "answer.npy")
    answer.unlink(missing_ok=True)
    command = [python, SOLVERS, "solve", name, program, answer, arguments.limit]
    run = best_run(["csdp", program, answer] if name == "CSDP" else command, arguments)
    row = Row(name, run)
    if name == "CSDP" and answer.exists() and "over" not in run.failure:
        run.failure = ""  # its exit status is not zero when it stops short, with an answer
    if run.failure:
        return row
    row.solver_seconds = run.seconds if name == "CSDP" else json.loads(run.output.splitlines()[-1])["seconds"]
    repair = measured([python, SOLVERS, "certify", program, answer], scratch, 600.0, arguments.memory)
    if repair.failure:
        run.failure = f"no certificate: {repair.failure}"
    else:
        row.bound = json.loads(repair.output)["bound"]
    return row


def export(case: Case, arguments: argparse.Namespace) -> tuple:
    """Writes the program for the peers: its path, variables, and side."""
    program = arguments.scratch / "program.dat-s"
    command = [arguments.steerq, "export", case.file, "--level", case.level, "--program", "bound"]
    subprocess.run([*command, "--out", program], check=True, capture_output=True)
    with program.open() as text:
        head = [next(text).split() for _ in range(5)]
    return program, int(head[2][0]), int(head[4][0])


def compare(case: Case, peers: list, slow: set, arguments: argparse.Namespace) -> tuple:
    """A title and the rows of a case; `slow` collects who ran over the limit, and leaves them out of larger ones."""
    program, variables, side = export(case, arguments)
    rows, words = [], None
    for name in (name for name in OURS if case.ours is None or name in case.ours):
        row, counted = our_row(name, case, arguments)
        rows, words = [*rows, row], words or counted
    for name in (peer for peer in peers if case.peers is None or peer in case.peers):
        if (case.family, name) in slow:
            rows.append(Row(name, Run(math.nan, math.nan, failure="not run: over the limit on a smaller one")))
            continue
        rows.append(peer_row(name, program, arguments))
        if rows[-1].run.failure.startswith("over"):
            slow.add((case.family, name))
    known = [row.bound for row in rows if row.bound is not None] + ([case.optimum] if case.optimum else [])
    for row in (row for row in rows if row.bound is not None):
        row.gap = max(0.0, row.bound - min(known)) / max(1.0, abs(min(known)))
    form = "real" if side == words else "complex, exported with twice the side"
    return f"{case.family}, level {case.level}: {words} words, {variables} real variables, {form}", rows


# The table


def table(rows: list) -> str:
    """Markdown with aligned columns; the ratios are to the quickest peer whose gap is small enough."""
    quickest = {}
    for key, seconds in (("process", lambda row: row.run.seconds), ("solver", lambda row: row.solver_seconds)):
        times = [seconds(row) for row in rows if row.answers() and not row.ours]
        quickest[key] = min(times, default=None)

    def ratio(row: Row, key: str, seconds) -> str:
        return f"{seconds / quickest[key]:.2g} ×" if row.answers() and quickest[key] else "–"

    cells = [["solver", "process s", "solver s", "certified gap", "peak MiB", "process ratio", "solver ratio"]]
    cells.append(["---"] + ["---:"] * 6)
    for row in rows:
        if row.run.failure:
            cells.append([row.solver, row.run.failure] + ["–"] * 5)
            continue
        numbers = [f"{row.run.seconds:.3g}", f"{row.solver_seconds:.3g}", f"{row.gap:.1e}", f"{row.run.mebibytes:.0f}"]
        ratios = [ratio(row, "process", row.run.seconds), ratio(row, "solver", row.solver_seconds)]
        cells.append([row.solver, *numbers, *ratios])
    widths = [max(len(line[column]) for line in cells) for column in range(7)]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths)] for line in cells)
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)


def heading(found: dict, missing: dict, arguments: argparse.Namespace) -> str:
    """What was measured, where, and what the columns mean."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].split(":")[1].strip() if models else "unknown processor"
    versions = ", ".join(sorted(set(found.values())))
    absent = "".join(f" {name} is left out: {reason}." for name, reason in missing.items())
    return f"""# steerq beside other solvers

Written by `scripts/compare_peers.py`, on {os.cpu_count()} cores ({model}), {arguments.limit:g} s a process; the better of two
runs where the first took less than {REPEAT_BELOW:g} s. Peers: {versions}.{absent}

- Everybody gets the same program, from `steerq export`. Where steerq finds that the moment matrix can be taken real, the
  exported program is already real: peers profit from it too. A complex program is exported as a real one with twice the
  side; SCS and QICS solve it with their cones of Hermitian matrices.
  Symmetries of the problem are no part of it; the row *with symmetry* shows what steerq does by itself if not told otherwise.
- *Process* is the whole process. For steerq it holds building the program, the classical and no-signalling values and the
  exact verification; for peers reading the exported program, and starting Python where they live in it (about 0.3 s; not
  CSDP). *Solver* is the solver alone, without a modelling layer; CSDP is timed by its process.
- *Certified gap* is (bound − best)/max(1, |best|). A peer's bound comes from its dual matrix Z, projected onto the dual
  equations: ⟨C, Z⟩ + N·max(0, −λ_min(Z)), in double precision; ours is the number that `steerq-check` verified in the
  same process, or marked *numerical*. Best is the least of these bounds, or the optimum where it is known in closed
  form (2√6 for Eq. (6)); a lone solver is its own best.
- *Ratios* are to the quickest peer with a certified gap of at most {TARGET:g}, for who has that too; less than 1 is faster.
- Interior-point methods are asked for 1e-8; SCS for what its name says, and it stops at 0.9 of the time limit.
  Peak memory below {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB reads as that.
"""


def main() -> None:
    arguments = options()
    arguments.scratch, arguments.steerq = arguments.scratch.resolve(), arguments.steerq.resolve()
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    found, missing = install(arguments.scratch)
    text, slow = heading(found, missing, arguments), set()
    print(text)
    chosen = cases(arguments.scratch, arguments.quick)
    for case in (case for case in chosen if arguments.only in f"{case.family}, level {case.level}"):
        title, rows = compare(case, list(found), slow, arguments)
        part = f"## {title}\n\n{table(rows)}\n"
        print(part, flush=True)
        text += f"\n{part}"
        arguments.out.write_text(text)


if __name__ == "__main__":
    main()
