"""`draw_trajectories`: shots of a circuit whose qubits are measured as soon as they can be.

Shots with the same errors and outcomes so far share a state. Every random number is a word of one
bit generator, so that an answer depends on the seed, the circuit and its index alone.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Opcode, Program
from paultrap.engine.draws import philox
from paultrap.engine.interruption import look_up
from paultrap.engine.reuse.schedule import most_at_once, shots_at_a_time, steps_of
from paultrap.engine.reuse.states import Rows, States, norms
from paultrap.engine.sites import NO_QUBIT, Sites

_PURPOSE = 0x7EA5E
_WORD = 64


class Errors(NamedTuple):
    """What goes wrong.

    Attributes:
        sites: Where noise acts.
        readout: Shape (width, 2): for each qubit the probabilities to read 1 for 0, and 0 for 1.
    """

    sites: Sites
    readout: NDArray[np.float64]


class Shots(NamedTuple):
    """Which shots are drawn.

    Attributes:
        number: How many.
        seed: The job's.
        circuit: The circuit's index in its job.
    """

    number: int
    seed: int
    circuit: int


def draw_trajectories(
    program: Program, shots: Shots, errors: Errors, read: frozenset[int]
) -> Distributions:
    """Return which states of the qubits that are read were seen, and in which share of the shots.

    Args:
        program: One circuit; qubits of it that are not read are 0 in states.
        shots: Which shots are drawn.
        errors: What goes wrong.
        read: The qubits that are read at the end.
    """
    words = _Words(shots)
    at_a_time = shots_at_a_time(most_at_once(program))
    found = []
    for first in range(0, shots.number, at_a_time):
        size = min(at_a_time, shots.number - first)
        found.append(_Trajectories(program, size, errors, words).run(read))
    states = np.concatenate(found)
    backwards, counts = np.unique(states[:, ::-1], axis=0, return_counts=True)
    seen = np.ascontiguousarray(backwards[:, ::-1])
    return Distributions(
        np.array([0, len(seen)]),
        seen if seen.shape[1] > 1 else seen[:, 0],
        counts / shots.number,
    )


class _Words:
    """Random numbers, one word of a bit generator each."""

    def __init__(self, shots: Shots) -> None:
        self._bits = philox(shots.seed, shots.circuit, _PURPOSE)

    def numbers(self, count: int) -> NDArray[np.float64]:
        """Return numbers from 0 to less than 1."""
        words = np.asarray(self._bits.random_raw(count), np.uint64)
        return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def hits(self, probability: float, count: int) -> NDArray[np.intp]:
        """Return at which of so many tries something of this probability happens."""
        if probability >= 1:
            return np.arange(count)
        found: list[NDArray[np.intp]] = []
        last = -1
        block = int(count * probability * 1.2) + 8
        while last < count:
            gaps = np.log1p(-self.numbers(block)) / np.log1p(-probability)
            places = last + np.cumsum(np.minimum(gaps, count).astype(np.intp) + 1)
            found.append(places)
            last = int(places[-1])
        whole = np.concatenate(found)
        return whole[whole < count]


class _Trajectories:
    def __init__(self, program: Program, shots: int, errors: Errors, words: _Words) -> None:
        self._program = program
        self._sites, self._readout = errors
        self._words = words
        self._states = States()
        self._state_of = np.zeros(shots, np.intp)  # the row of each shot
        n_words = max(-(-int(program.widths[0]) // _WORD), 1)
        self._bits = np.zeros((shots, n_words), np.uint64)

    def run(self, read: frozenset[int]) -> NDArray[np.uint64]:
        """Return the state of each shot, shape (shots, words)."""
        starts = np.searchsorted(self._sites.gates, np.arange(self._program.n_gates + 1))
        for step in steps_of(self._program):
            look_up()
            for qubit in step.entering:
                self._states.enter(qubit)
            if step.gate.opcode == Opcode.COPY:
                self._measure(step.gate.qubits[0], step.gate.qubits[1], is_kept=True)
            else:
                self._states.apply(step.gate)
                for site in range(starts[step.number], starts[step.number + 1]):
                    self._err(site)
            for qubit in step.leaving:
                self._measure(qubit, qubit, is_kept=False)
        for qubit in sorted(read):
            self._misread(qubit)
        return self._bits & _mask(read, self._bits.shape[1])

    def _err(self, site: int) -> None:
        first, second = int(self._sites.first[site]), int(self._sites.second[site])
        kinds = 4 if second == NO_QUBIT else 16
        strength = float(self._sites.strengths[site]) * (kinds - 1) / kinds
        hit = self._words.hits(strength, len(self._state_of))
        if not len(hit):
            return
        which = 1 + (self._words.numbers(len(hit)) * (kinds - 1)).astype(np.intp)
        if len(self._states.rows) > 2 * len(self._state_of):
            self._forget()
        keys, place = np.unique(self._state_of[hit] * kinds + which, return_inverse=True)
        rows, paulis = np.divmod(keys, kinds)
        old = len(self._states.rows)
        self._states.rows = np.concatenate([self._states.rows, self._states.rows[rows]])
        new = np.arange(old, old + len(keys))
        self._states.apply_paulis(new, first, paulis % 4)
        if second != NO_QUBIT:
            self._states.apply_paulis(new, second, paulis // 4)
        self._state_of[hit] = new[place.reshape(-1)]

    def _forget(self) -> None:
        """Drop the states that no shot has any more."""
        used, place = np.unique(self._state_of, return_inverse=True)
        self._states.rows, self._state_of = self._states.rows[used], place.reshape(-1)

    def _measure(self, qubit: int, to: int, *, is_kept: bool) -> None:
        parts = self._states.parts(qubit)
        weights = [norms(part) for part in parts]
        ones = weights[1] / (weights[0] + weights[1])
        bits = self._words.numbers(len(self._state_of)) < ones[self._state_of]
        keys, place = np.unique(self._state_of * 2 + bits, return_inverse=True)
        rows, outcomes = np.divmod(keys, 2)
        chosen: Rows = np.where(
            outcomes.reshape(-1, *[1] * (parts[0].ndim - 1)) == 1, parts[1][rows], parts[0][rows]
        )
        scale = np.sqrt(np.where(outcomes == 1, weights[1][rows], weights[0][rows]))
        chosen /= scale.reshape(-1, *[1] * (chosen.ndim - 1))
        if is_kept:
            self._states.rows = self._states.kept(qubit, chosen, outcomes)
        else:
            self._states.leave(qubit, chosen)
        self._state_of = place.reshape(-1)
        self._bits[:, to // _WORD] |= bits.astype(np.uint64) << np.uint64(to % _WORD)

    def _misread(self, qubit: int) -> None:
        of_zero, of_one = self._readout[qubit].tolist()
        if not of_zero and not of_one:
            return
        word, shift = self._bits[:, qubit // _WORD], np.uint64(qubit % _WORD)
        is_one = (word >> shift & np.uint64(1)).astype(np.bool_)
        wrong = self._words.numbers(len(word)) < np.where(is_one, of_one, of_zero)
        word ^= wrong.astype(np.uint64) << shift


def _mask(read: frozenset[int], words: int) -> NDArray[np.uint64]:
    found = np.zeros(words, np.uint64)
    for qubit in read:
        found[qubit // _WORD] |= np.uint64(1) << np.uint64(qubit % _WORD)
    return found
