#!/usr/bin/env python3
"""Writes problems/measured.npy: Eq. (6) of the paper at visibility 0.9, as NumPy data.

Needs numpy. Shows the index order that steerq reads: (a, x, y, row, column).
"""

from pathlib import Path

import numpy as np

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def main() -> None:
    sigma = np.zeros((2, 3, 2, 2, 2), dtype=complex)
    for a in range(2):
        for x in range(3):
            for y in range(2):
                transposed = x == 1 and y == 1  # Y changes sign under the transpose
                sign = (-1) ** (a + transposed)
                sigma[a, x, y] = (np.eye(2) + 0.9 * sign * PAULI[x]) / 4
    target = Path(__file__).resolve().parent.parent / "problems" / "measured.npy"
    np.save(target, sigma)
    print(f"wrote {target.name}, shape {sigma.shape}")


if __name__ == "__main__":
    main()
