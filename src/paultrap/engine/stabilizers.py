"""Exact answers of wide Clifford circuits, whose states need no separate memory.

The final state of a Clifford circuit has the same probability on every state of an affine subspace
(Aaronson and Gottesman, arXiv:quant-ph/0406196). Where that is small, it is the whole answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Program
from paultrap.engine.options import RunOptions

MOST_QUBITS = 64  # of a circuit with any gates
MOST_STATES = 2**20  # of an answer that is listed
WIDE = 20  # qubits from which on a state vector is worth avoiding


@dataclass(frozen=True, slots=True, eq=False)
class StatelessPart:
    """The circuits of a program that are answered without a state vector.

    Attributes:
        program: All N circuits.
        is_answered: bool, shape (N,): whether the circuit needs no state vector.
        answers: All N circuits; those that are not answered have no entries.
    """

    program: Program
    is_answered: NDArray[np.bool_]
    answers: Distributions

    def rest(self) -> Program:
        """Return the circuits that are left."""
        return self.program.select(~self.is_answered)

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

    def merged(self, other: StatelessPart | None) -> StatelessPart:
        """Return the answers of both parts of the same program; each circuit is in one at most."""
        if other is None:
            return self
        parts = [
            side.answers.slice(start, stop)
            for side, start, stop in sorted(
                [
                    *((self, *ends) for ends in stretches(self.is_answered)),
                    *((other, *ends) for ends in stretches(~self.is_answered)),
                ],
                key=lambda part: part[1],
            )
        ]
        both = self.is_answered | other.is_answered
        return StatelessPart(self.program, both, Distributions.concatenate(parts))


def clifford_part(program: Program, options: RunOptions) -> StatelessPart | None:
    """Return the part of circuits of 20 to 64 qubits that needs no state, or None without any.

    Raises:
        ValueError: The arrays are not a valid program.
    """
    judged = (program.widths >= WIDE) & (program.widths <= MOST_QUBITS)
    if not judged.any():
        return None
    found = _kernels.clifford_distributions(
        program.select(judged).arrays(),
        MOST_STATES,
        options.usable_threads(),
    )
    counts = np.zeros(program.n_circuits, np.int64)
    counts[judged] = np.diff(found[0])
    if not counts.any():
        return None
    offsets = np.concatenate([np.zeros(1, np.int64), counts.cumsum()])
    return StatelessPart(program, counts > 0, Distributions(offsets, found[1], found[2]))


def clifford_dimensions(program: Program) -> NDArray[np.int32]:
    """Return log2 of the number of states of each circuit that `clifford_part` answers, else -1."""
    judged = (program.widths >= WIDE) & (program.widths <= MOST_QUBITS)
    found = np.full(program.n_circuits, -1, np.int32)
    if judged.any():
        found[judged] = _kernels.clifford_dimensions(program.select(judged).arrays(), 1)
        found[found > np.log2(MOST_STATES)] = -1
    return found


def stretches(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where the stretches of True start and stop."""
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
