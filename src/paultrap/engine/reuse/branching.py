"""`simulate_reused`: all outcomes of a circuit whose qubits are measured as soon as they can be.

A row is the unnormalized state after one sequence of outcomes; its squared norm is their
probability. Outcomes that nothing reads are not told apart: rows that differ in these alone are a
mixture, which has as many rows as it has dimensions at most.
"""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Opcode, Program, SimulationError
from paultrap.engine.interruption import look_up
from paultrap.engine.reuse.schedule import MOST_AMPLITUDES, steps_of
from paultrap.engine.reuse.states import Rows, States, norms

_LEAST = 1e-18  # of a probability that is followed; of 2**22 all are less than 1e-11
_DROPPED = 1e-10  # of all probabilities that are no part of an answer together
_WORD = 64


def simulate_reused(program: Program, read: frozenset[int]) -> Distributions:
    """Return the exact distribution of the qubits of a circuit that are read; others are 0.

    Args:
        program: One circuit.
        read: The qubits that are read at the end.

    Raises:
        SimulationError: There are too many outcomes to follow.
    """
    run = _Branching(int(program.widths[0]), read)
    for step in steps_of(program):
        look_up()
        for qubit in step.entering:
            run.states.enter(qubit)
        run.check()
        if step.gate.opcode == Opcode.COPY:
            run.copy(*step.gate.qubits)
        else:
            run.states.apply(step.gate)
        for qubit in step.leaving:
            run.leave(qubit)
    return run.answer()


class _Branching:
    def __init__(self, width: int, read: frozenset[int]) -> None:
        self.states = States()
        self._read = read
        words = max(-(-width // _WORD), 1)
        self._bits = np.zeros((1, words), np.uint64)  # of each row, those that are read

    def check(self) -> None:
        if self.states.rows.size > MOST_AMPLITUDES:
            raise SimulationError(
                " measures or resets qubits before its end and goes on with them, and has too many "
                f"outcomes: more than {MOST_AMPLITUDES} amplitudes would have to be followed. "
                "Sampled with a noise model of so many qubits it can be run.",
                0,
            )

    def copy(self, qubit: int, to: int) -> None:
        """Measure a qubit that is used on."""
        zero, one = self.states.parts(qubit)
        bits = np.repeat([0, 1], len(zero))
        self._set(self.states.kept(qubit, np.concatenate([zero, one]), bits), to, bits)

    def leave(self, qubit: int) -> None:
        """Measure a qubit that is not used any more."""
        zero, one = self.states.parts(qubit)
        bits = np.repeat([0, 1], len(zero))
        self.states.leave(qubit, np.concatenate([zero, one]))
        self._set(self.states.rows, qubit, bits)

    def _set(self, rows: Rows, qubit: int, bits: NDArray[np.intp]) -> None:
        found = np.concatenate([self._bits, self._bits])
        is_read = qubit in self._read
        if is_read:
            found[:, qubit // _WORD] |= bits.astype(np.uint64) << np.uint64(qubit % _WORD)
        kept = norms(rows) > _LEAST
        self.states.rows, self._bits = rows[kept], found[kept]
        if not is_read:
            self._mix()
        self.check()

    def _mix(self) -> None:
        """Leave as few rows of each outcome as make up its mixture."""
        seen, place, counts = np.unique(self._bits, axis=0, return_inverse=True, return_counts=True)
        if len(seen) == len(self._bits):
            return
        order = np.argsort(place.reshape(-1), kind="stable")
        flat = self.states.flat
        rows, bits = [], []
        for outcome, those in zip(seen, np.split(order, np.cumsum(counts)[:-1]), strict=True):
            found = flat[those]
            if len(those) > 1:
                _, scales, vectors = np.linalg.svd(found, full_matrices=False)
                found = (scales[:, None] * vectors)[scales**2 > _LEAST]
            rows.append(found)
            bits += [outcome] * len(found)
        self.states.rows = np.concatenate(rows).reshape(-1, *self.states.rows.shape[1:])
        self._bits = np.array(bits)

    def answer(self) -> Distributions:
        backwards, place = np.unique(self._bits[:, ::-1], axis=0, return_inverse=True)
        seen = np.ascontiguousarray(backwards[:, ::-1])
        weights = norms(self.states.rows)
        sums = np.bincount(place.reshape(-1), weights, len(seen)).astype(np.float64)
        kept = sums > _DROPPED / len(sums)
        states = seen[kept] if seen.shape[1] > 1 else seen[kept, 0]
        return Distributions(np.array([0, len(states)]), states, sums[kept])
