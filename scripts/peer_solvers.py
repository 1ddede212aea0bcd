#!/usr/bin/env python3
"""One peer on one exported program, or the repair of its answer: the processes that compare_peers.py starts.

    peer_solvers.py solve PEER PROGRAM.dat-s ANSWER.npy SECONDS    writes the dual matrix, prints JSON
    peer_solvers.py certify PROGRAM.dat-s ANSWER                   prints the bound that follows from it

Needs numpy and scipy, and the peer that is asked for.

SDPA's form is min cᵀx such that Σ x_k F_k − F_0 ⪰ 0, all of side N, with the dual max ⟨F_0, Z⟩ such that ⟨F_k, Z⟩ = c_k,
Z ⪰ 0. A peer sees the matrices through an isometry T from the N² entries to the coordinates of its own cone:
T(Σ x_k F_k − F_0) is in the cone, and its dual vector z stands for Z = Tᵀz.
"""

import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg

TOLERANCE = 1e-8  # what every interior-point method is asked for


@dataclass
class Program:
    """An exported bound: the maximum is `offset` − min cᵀx; column k of `matrices` is F_k, entry by entry."""

    offset: float
    costs: np.ndarray
    side: int
    matrices: sp.csc_matrix


def read_program(path: str) -> Program:
    """Reads SDPA's sparse format with one block, as `steerq export --program bound` writes it."""
    lines = Path(path).read_text().split("\n")
    offset = float(re.search(r"= (\S+) - optimum", lines[1]).group(1))
    count, blocks, side = (int(line.split()[0]) for line in lines[2:5])
    if blocks != 1:
        raise ValueError(f"{blocks} blocks: only programs of one block are compared")
    costs = np.array(lines[5].split(), dtype=float)
    entries = np.array(" ".join(lines[6:]).split(), dtype=float).reshape(-1, 5)
    matrix, _, row, column = entries[:, :4].T.astype(int)
    row, column, value = row - 1, column - 1, entries[:, 4]
    off = row != column
    position = np.concatenate([row * side + column, (column * side + row)[off]])
    where = (position, np.concatenate([matrix, matrix[off]]))
    values = np.concatenate([value, value[off]])
    return Program(offset, costs, side, sp.csc_matrix((values, where), shape=(side * side, count + 1)))


# Coordinates of cones. Complex n × n matrices are 2n² numbers, real and imaginary parts in turn, by rows.


def undoubling(program: Program):
    """The isometry [[R, −S], [S, R]]/√2 ↦ R + iS if the program has that form throughout, else None."""
    side, n = program.side, program.side // 2
    if program.side % 2:
        return None
    i, j = (index.ravel() for index in np.indices((n, n)))
    real, imaginary = 2 * (i * n + j), 2 * (i * n + j) + 1
    to = np.concatenate([real, real, imaginary, imaginary])
    rows, columns = np.concatenate([i, i + n, i + n, i]), np.concatenate([j, j + n, j, j + n])
    signs = np.repeat([1.0, 1.0, 1.0, -1.0], n * n) / np.sqrt(2)
    isometry = sp.csr_matrix((signs, (to, rows * side + columns)), shape=(2 * n * n, side * side))
    rest = program.matrices - isometry.T @ (isometry @ program.matrices)
    return isometry if abs(rest).max() < 1e-12 else None


def triangle(n: int, upper: bool) -> sp.csr_matrix:
    """Real symmetric matrices as their upper or lower triangle by columns, with √2 off the diagonal."""
    low, high = np.triu_indices(n)  # the lower triangle by columns is the upper one by rows
    if upper:
        order = np.lexsort((low, high))
        low, high = low[order], high[order]
    weight = np.where(low == high, 0.5, np.sqrt(0.5))
    number = np.arange(len(low))
    where = (np.concatenate([number] * 2), np.concatenate([low * n + high, high * n + low]))
    return sp.csr_matrix((np.concatenate([weight] * 2), where), shape=(len(low), n * n))


def complex_triangle(n: int) -> sp.csr_matrix:
    """Hermitian matrices as their lower triangle by columns: the real diagonal, and √2 Re, √2 Im below it."""
    column, row = np.triu_indices(n)
    below = row != column
    start = column * (2 * n - column) + np.where(below, 2 * (row - column) - 1, 0)
    weight = np.where(below, np.sqrt(0.5), 0.5)
    lower, upper = 2 * (row * n + column), 2 * (column * n + row)
    to = np.concatenate([start, start, start[below] + 1, start[below] + 1])
    entry = np.concatenate([lower, upper, lower[below] + 1, upper[below] + 1])
    values = np.concatenate([weight, weight, weight[below], -weight[below]])
    return sp.csr_matrix((values, (to, entry)), shape=(n * n, 2 * n * n))


# The peers: program, seconds ↦ (Z, seconds of the solver alone).


def clarabel(program: Program, _limit: float):
    import clarabel as peer

    isometry = triangle(program.side, upper=True)
    data = (isometry @ program.matrices).tocsc()
    settings = peer.DefaultSettings()
    settings.verbose = False
    count = len(program.costs)
    cones = [peer.PSDTriangleConeT(program.side)]
    start = time.perf_counter()
    nothing = sp.csc_matrix((count, count))
    right = -data[:, [0]].toarray().ravel()
    answer = peer.DefaultSolver(nothing, program.costs, -data[:, 1:], right, cones, settings).solve()
    return isometry.T @ np.array(answer.z), time.perf_counter() - start


def scs(program: Program, limit: float, tolerance: float):
    """SCS, on the Hermitian matrices themselves where the program is the real form of a complex one."""
    import scs as peer

    isometry = undoubling(program)
    if isometry is None:
        isometry, cone = triangle(program.side, upper=False), {"s": [program.side]}
    else:
        isometry, cone = complex_triangle(program.side // 2) @ isometry, {"cs": [program.side // 2]}
    data = (isometry @ program.matrices).tocsc()
    problem = {"A": -data[:, 1:], "b": -data[:, [0]].toarray().ravel(), "c": program.costs}
    accuracy = {"eps_abs": tolerance, "eps_rel": tolerance, "max_iters": 10**7, "time_limit_secs": 0.9 * limit}
    start = time.perf_counter()
    answer = peer.SCS(problem, cone, verbose=False, **accuracy).solve()
    return isometry.T @ answer["y"], time.perf_counter() - start


def qics(program: Program, _limit: float):
    """QICS, on the Hermitian matrices themselves where the program is the real form of a complex one."""
    import qics as peer

    isometry = undoubling(program)
    is_complex = isometry is not None
    data = (isometry @ program.matrices if is_complex else program.matrices).tocsc()
    cone = peer.cones.PosSemidefinite(program.side // 2 if is_complex else program.side, iscomplex=is_complex)
    start = time.perf_counter()
    model = peer.Model(program.costs[:, None], G=-data[:, 1:], h=-data[:, [0]].toarray(), cones=[cone])
    answer = peer.Solver(model, verbose=0, tol_gap=TOLERANCE, tol_feas=TOLERANCE).solve()
    seconds = time.perf_counter() - start
    dual = np.ascontiguousarray(answer["z_opt"][0][0])
    return isometry.T @ dual.view(float).ravel() if is_complex else dual, seconds


def sdpa(program: Program, _limit: float):
    import sdpap as peer

    cone, free = peer.SymCone(s=(program.side,)), peer.SymCone(f=len(program.costs))
    equations = program.matrices[:, 1:].T.tocsc()
    option = {"print": "no", "epsilonStar": TOLERANCE, "epsilonDash": TOLERANCE}
    start = time.perf_counter()
    right, objective = sp.csc_matrix(program.costs[:, None]), -program.matrices[:, [0]]
    dual = peer.solve(equations, right, objective, cone, free, option)[0]
    return dual.toarray() if sp.issparse(dual) else dual, time.perf_counter() - start


def cvxopt(program: Program, _limit: float, solver=None):
    import cvxopt as peer

    def sparse(matrix):
        matrix = matrix.tocoo()
        rows, columns = matrix.row.tolist(), matrix.col.tolist()
        return peer.spmatrix(matrix.data.tolist(), rows, columns, matrix.shape)

    peer.solvers.options.update(show_progress=False, abstol=TOLERANCE, reltol=TOLERANCE, feastol=TOLERANCE)
    peer.solvers.options["dsdp"] = {"DSDP_Monitor": 0, "DSDP_GapTolerance": TOLERANCE}
    matrices, zeroth = sparse(-program.matrices[:, 1:]), -program.matrices[:, [0]].toarray()
    right = peer.matrix(zeroth.reshape(program.side, program.side))
    start = time.perf_counter()
    answer = peer.solvers.sdp(peer.matrix(program.costs), Gs=[matrices], hs=[right], solver=solver)
    seconds = time.perf_counter() - start
    lower = np.tril(np.array(answer["zs"][0]))  # DSDP leaves the upper triangle unset
    return lower + np.tril(lower, -1).T, seconds


PEERS = {
    "Clarabel": clarabel,
    "SCS 1e-6": lambda program, limit: scs(program, limit, 1e-6),
    "SCS 1e-9": lambda program, limit: scs(program, limit, 1e-9),
    "QICS": qics,
    "SDPA": sdpa,
    "CVXOPT": cvxopt,
    "DSDP": lambda program, limit: cvxopt(program, limit, "dsdp"),
}


def read_answer(path: str, side: int) -> np.ndarray:
    """The dual matrix: what `solve` wrote, or the entries of matrix 2 in CSDP's file of the solution."""
    if path.endswith(".npy"):
        return np.load(path)
    dual = np.zeros((side, side))
    for line in Path(path).read_text().splitlines()[1:]:
        kind, _, row, column, value = line.split()
        if kind == "2":
            dual[int(row) - 1, int(column) - 1] = dual[int(column) - 1, int(row) - 1] = float(value)
    return dual


def certified_bound(program: Program, dual: np.ndarray) -> float:
    """offset − ⟨F_0, Z⟩ + N·max(0, −λ_min(Z)) for Z moved onto ⟨F_k, Z⟩ = c_k: [Theory §4] in double precision.

    The nearest solution of the equations is Z + Σ w_k F_k; where the F_k share no entry the Gram matrix of the F_k is
    diagonal, and this is an average over each class of entries. The words are contractions, so the trace is at most N.
    """
    zeroth, matrices = program.matrices[:, [0]].toarray().ravel(), program.matrices[:, 1:]
    dual = ((dual + dual.T) / 2).ravel()
    missing = program.costs - matrices.T @ dual
    dual = dual + matrices @ sp.linalg.spsolve((matrices.T @ matrices).tocsc(), missing)
    least = np.linalg.eigvalsh(dual.reshape(program.side, -1))[0]
    return program.offset - zeroth @ dual + program.side * max(0.0, -least)


def main() -> None:
    command, *arguments = sys.argv[1:]
    if command == "solve":
        peer, path, target, limit = arguments
        program = read_program(path)
        dual, seconds = PEERS[peer](program, float(limit))
        np.save(target, np.asarray(dual).reshape(program.side, program.side))
        print(json.dumps({"seconds": seconds}))
    else:
        path, answer = arguments
        program = read_program(path)
        print(json.dumps({"bound": certified_bound(program, read_answer(answer, program.side))}))


if __name__ == "__main__":
    main()
