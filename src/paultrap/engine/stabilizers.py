"""Exact answers of wide Clifford circuits, whose states need no memory of their own.

The final state of a Clifford circuit has the same probability on every state of an affine subspace
(Aaronson and Gottesman, arXiv:quant-ph/0406196). Where that is small, it is the whole answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Program
from paultrap.engine.arguments import arrays_of

__all__ = ["MOST_STATES", "WIDE", "CliffordPart", "clifford_part", "stretches"]

MOST_STATES = 2**20  # of an answer that is listed
WIDE = 20  # qubits from which on a state vector is worth avoiding


class CliffordPart:
    """The circuits of a program that are answered without a state vector.

    Attributes:
        is_answered: bool, shape (N,).
        answers: All N circuits; those that are not answered have no entries.
    """

    def __init__(
        self, program: Program, is_answered: NDArray[np.bool_], answers: Distributions
    ) -> None:
        self.is_answered = is_answered
        self.answers = answers
        self._program = program

    def rest(self) -> Program:
        """Return the circuits that are left."""
        kept = [self._program.slice(a, b) for a, b in stretches(~self.is_answered)]
        return Program.concatenate(kept or [self._program.slice(0, 0)])

    def joined(self, rest: Distributions) -> Distributions:
        """Return the answers of all circuits, those of `rest` among them."""
        parts, done = [], 0
        position = 0
        for start, stop in [*stretches(~self.is_answered), (len(self.is_answered),) * 2]:
            parts.append(self.answers.slice(position, start))
            parts.append(rest.slice(done, done + stop - start))
            done += stop - start
            position = stop
        return Distributions.concatenate(parts)


def clifford_part(program: Program, threads: int) -> CliffordPart | None:
    """Return the part of a program with wide circuits that needs no state, or None without any.

    Raises:
        ValueError: The program is none.
    """
    wide = program.widths >= WIDE
    if not wide.any():
        return None
    parts = [program.slice(a, b) for a, b in stretches(wide)]
    found = _kernels.clifford_distributions(
        _kernels.ProgramArrays(**arrays_of(Program.concatenate(parts))), MOST_STATES, threads
    )
    counts = np.zeros(program.n_circuits, np.int64)
    counts[wide] = np.diff(found[0])
    if not counts.any():
        return None
    offsets = np.concatenate([np.zeros(1, np.int64), counts.cumsum()])
    return CliffordPart(program, counts > 0, Distributions(offsets, found[1], found[2]))


def stretches(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where the stretches of True start and stop."""
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
