"""`Program`: all circuits of a job as flat arrays, with no Python object per gate.

Nothing else in Python depends on the arrays' layout: programs are made by the class methods here, and read
through its methods. In C++ it is defined in `program/view.hpp`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits.blob import BlobError, pack, unpack
from paultrap.circuits.gates import Opcode

_MAGIC = b"PTPR"
_VERSION = 1
# Of the arrays, in their order.
_TYPES = tuple(map(np.dtype, ("u2", "i8", "u1", "u2", "i8", "u2", "i8", "f8")))


class PlacedGate(NamedTuple):
    """A gate on its qubits.

    Attributes:
        opcode: A value of `paultrap.circuits.Opcode`.
        qubits: Its targets, then its controls.
        controls: How many of them are controls.
        params: Angles and other numbers, as in `Program.params`.
    """

    opcode: int
    qubits: tuple[int, ...]
    controls: int = 0
    params: tuple[float, ...] = ()

    @property
    def n_targets(self) -> int:
        """How many of its qubits are targets; these come first."""
        return len(self.qubits) - self.controls


class _Columns(NamedTuple):
    """What a program is joined, rearranged and stored as: its arrays, with counts for offsets."""

    widths: NDArray[Any]
    gate_counts: NDArray[Any]
    opcodes: NDArray[Any]
    control_counts: NDArray[Any]
    qubit_counts: NDArray[Any]
    qubits: NDArray[Any]
    param_counts: NDArray[Any]
    params: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """N circuits with G gates in total, in submission order. Immutable.

    A gate's qubits are its targets followed by its controls. All offsets start at 0 and
    their last entry is the length of the array that they cut.

    Every angle is a number. Angles that come from a table would be two more arrays beside ``params``,
    cut by ``param_offsets`` too: the table's column (int32, -1 for a plain number) and a factor, with
    the number in ``params`` as the offset. Only `_Columns`, `select` and `_cut` would change.

    Attributes:
        widths: uint16, shape (N,): the number of qubits of each circuit.
        gate_offsets: int64, shape (N + 1,): where each circuit's gates start.
        opcodes: uint8, shape (G,): values of `paultrap.circuits.Opcode`.
        control_counts: uint16, shape (G,): how many of the gate's qubits are controls.
        qubit_offsets: int64, shape (G + 1,): where each gate's qubits start.
        qubits: uint16: qubit 0 is the least significant bit of a state.
        param_offsets: int64, shape (G + 1,): where each gate's parameters start.
        params: float64: radians for qis gates, turns for native ones; see
            `paultrap.circuits.unitary` for the layout of ``pauliexp``.
    """

    widths: NDArray[np.uint16]
    gate_offsets: NDArray[np.int64]
    opcodes: NDArray[np.uint8]
    control_counts: NDArray[np.uint16]
    qubit_offsets: NDArray[np.int64]
    qubits: NDArray[np.uint16]
    param_offsets: NDArray[np.int64]
    params: NDArray[np.float64]

    @classmethod
    def empty(cls, n_circuits: int = 0) -> Self:
        """Return circuits without qubits and gates."""
        return cls.build([()] * n_circuits, [0] * n_circuits)

    @classmethod
    def build(cls, circuits: Iterable[Sequence[PlacedGate]], widths: Sequence[int]) -> Self:
        """Return circuits whose gates are at hand one by one.

        Args:
            circuits: The gates of each circuit, in their order.
            widths: The number of qubits of each.
        """
        circuits = list(circuits)
        gates = [gate for circuit in circuits for gate in circuit]
        return cls._of(
            _Columns(
                widths=np.array(widths, np.uint16),
                gate_counts=np.array([len(circuit) for circuit in circuits], np.int64),
                opcodes=np.array([gate.opcode for gate in gates], np.uint8),
                control_counts=np.array([gate.controls for gate in gates], np.uint16),
                qubit_counts=np.array([len(gate.qubits) for gate in gates], np.int64),
                qubits=np.array([qubit for gate in gates for qubit in gate.qubits], np.uint16),
                param_counts=np.array([len(gate.params) for gate in gates], np.int64),
                params=np.array([param for gate in gates for param in gate.params], np.float64),
            )
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Return the circuits of all parts, one part after the other."""
        return cls._of(_joined(parts))

    @classmethod
    def compose(cls, parts: Sequence[Self]) -> Self:
        """Return one circuit of the gates of all parts in their order, as wide as the widest."""
        joined = _joined(parts)
        widths, gates = joined.widths.max(keepdims=True), joined.gate_counts.sum(keepdims=True)
        return cls._of(joined._replace(widths=widths, gate_counts=gates))

    def arrays(self) -> _kernels.ProgramArrays:
        """Return it as the kernels take it.

        Raises:
            ValueError: The arrays contradict each other, or an opcode or qubit is out of range.
        """
        return _kernels.ProgramArrays(*map(np.ascontiguousarray, _ARRAYS_OF(self), _TYPES))

    @property
    def n_circuits(self) -> int:
        """The number of circuits, N."""
        return len(self.widths)

    @property
    def n_gates(self) -> int:
        """The number of gates of all circuits, G."""
        return len(self.opcodes)

    def gate_counts(self) -> NDArray[np.int64]:
        """Return shape (N, 2): each circuit's gates on one qubit, and on two or more.

        Copies of measured bits are none.
        """
        is_single = self.qubits_per_gate() == 1
        single = self._count(is_single)
        several = self.gates_per_circuit() - single
        is_copy = ~is_single & (self.opcodes == Opcode.COPY)
        if is_copy.any():
            several -= self._count(is_copy)
        return np.stack((single, several), axis=1)

    def _count(self, gates: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return how many gates of each circuit are marked, shape (N,)."""
        running = np.zeros(self.n_gates + 1, np.int64)
        np.cumsum(gates, out=running[1:])
        counts: NDArray[np.int64] = np.diff(running[self.gate_offsets])
        return counts

    def gates_per_circuit(self) -> NDArray[np.int64]:
        """Return each circuit's number of gates, shape (N,)."""
        return np.diff(self.gate_offsets)

    def qubits_per_gate(self) -> NDArray[np.int64]:
        """Return each gate's number of targets and controls, shape (G,)."""
        return np.diff(self.qubit_offsets)

    def has_controls(self) -> NDArray[np.bool_]:
        """Return whether each gate has controls, shape (G,)."""
        return self.control_counts > 0

    def circuit_of_each_gate(self) -> NDArray[np.int64]:
        """Return the index of each gate's circuit, shape (G,)."""
        return np.repeat(np.arange(self.n_circuits), self.gates_per_circuit())

    def first_gates(self) -> NDArray[np.int64]:
        """Return the index, among all gates, of each circuit's first gate, shape (N,)."""
        return self.gate_offsets[:-1]

    def qubits_at(self, gates: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.uint16]:
        """Return a qubit of each of some gates.

        Args:
            gates: Shape (K,): indices among all gates.
            places: Shape (K,): the place among the gate's qubits, its targets first.
        """
        found: NDArray[np.uint16] = self.qubits[self.qubit_offsets[gates] + places]
        return found

    def gates_of(self, circuit: int, start: int = 0, stop: int | None = None) -> list[PlacedGate]:
        """Return gates ``start`` to ``stop - 1`` of one circuit as Python objects; by default all."""
        first, last = self.gate_offsets[circuit : circuit + 2].tolist()
        first, last = first + start, last if stop is None else min(first + stop, last)
        return [
            PlacedGate(opcode, tuple(qubits), controls, tuple(params))
            for opcode, qubits, controls, params in zip(
                self.opcodes[first:last].tolist(),
                _rows(self.qubits, self.qubit_offsets[first : last + 1]),
                self.control_counts[first:last].tolist(),
                _rows(self.params, self.param_offsets[first : last + 1]),
                strict=True,
            )
        ]

    def slice(self, start: int, stop: int) -> Self:
        """Return circuits ``start`` to ``stop - 1`` as a separate program (arrays shared)."""
        if start == 0 and stop == self.n_circuits:
            return self
        return self._cut(self.widths[start:stop], self.gate_offsets[start : stop + 1])

    def gate_slice(self, start: int, stop: int) -> Self:
        """Return gates ``start`` to ``stop - 1`` of the only circuit as a circuit (arrays shared)."""
        return self._cut(self.widths, np.array([start, stop]))

    def select(self, circuits: NDArray[np.bool_] | NDArray[np.integer]) -> Self:
        """Return some of the circuits.

        Args:
            circuits: Whether each is wanted, shape (N,); or indices in any order, as often as wanted.
        """
        if circuits.dtype == np.bool_ and circuits.all():
            return self
        which = np.arange(self.n_circuits)[circuits]
        gates = _places(self.gate_offsets, which)
        every = self._columns()
        return self._of(
            _Columns(
                widths=every.widths[which],
                gate_counts=every.gate_counts[which],
                opcodes=every.opcodes[gates],
                control_counts=every.control_counts[gates],
                qubit_counts=every.qubit_counts[gates],
                qubits=every.qubits[_places(self.qubit_offsets, gates)],
                param_counts=every.param_counts[gates],
                params=every.params[_places(self.param_offsets, gates)],
            )
        )

    def repeat(self, times: int) -> Self:
        """Return every circuit so many times, one after the other."""
        return self.select(np.repeat(np.arange(self.n_circuits), times))

    def with_widths(self, widths: NDArray[np.integer]) -> Self:
        """Return the same gates in circuits of other widths, shape (N,)."""
        return replace(self, widths=widths.astype(np.uint16))

    def without_idle_qubits(self, circuits: NDArray[np.bool_], least: int) -> Self:
        """Return some circuits on the qubits alone that gates act on, in their order.

        Args:
            circuits: Whether each is narrowed, shape (N,); the others stay as they are.
            least: The least number of qubits that they keep.
        """
        cuts = self.qubit_offsets[self.gate_offsets]
        owners = np.repeat(np.arange(self.n_circuits), np.diff(cuts))
        found, places = np.unique((owners << 16) | self.qubits, return_inverse=True)
        first = np.searchsorted(found, np.arange(self.n_circuits + 1) << 16)
        widths = np.maximum(np.diff(first), least)
        qubits = places.reshape(-1) - first[owners]
        return replace(
            self,
            widths=np.where(circuits, widths, self.widths).astype(np.uint16),
            qubits=np.where(circuits[owners], qubits, self.qubits).astype(np.uint16),
        )

    def to_bytes(self) -> bytes:
        """Return one blob: offsets as counts, and integers in as few bytes as they need."""
        *integers, params = self._columns()
        return b"".join(pack(_MAGIC, _VERSION, (*map(_narrow, integers), params)))

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """Return the program that `to_bytes` wrote.

        Raises:
            BlobError: It is not such a blob, or its arrays do not fit together.
        """
        arrays = unpack(_MAGIC, _VERSION, blob)
        if len(arrays) == len(_Columns._fields):
            program = cls._of(_Columns(*arrays))
            if program._fits():  # noqa: SLF001  # its own
                return program
        raise BlobError("the arrays of a program do not fit together")

    def _columns(self) -> _Columns:
        return _Columns(
            widths=self.widths,
            gate_counts=np.diff(self.gate_offsets),
            opcodes=self.opcodes,
            control_counts=self.control_counts,
            qubit_counts=np.diff(self.qubit_offsets),
            qubits=self.qubits,
            param_counts=np.diff(self.param_offsets),
            params=self.params,
        )

    @classmethod
    def _of(cls, columns: _Columns) -> Self:
        return cls(
            widths=columns.widths.astype(np.uint16, copy=False),
            gate_offsets=_offsets(columns.gate_counts),
            opcodes=columns.opcodes,
            control_counts=columns.control_counts.astype(np.uint16, copy=False),
            qubit_offsets=_offsets(columns.qubit_counts),
            qubits=columns.qubits.astype(np.uint16, copy=False),
            param_offsets=_offsets(columns.param_counts),
            params=columns.params,
        )

    def _cut(self, widths: NDArray[np.uint16], gate_offsets: NDArray[np.int64]) -> Self:
        """Return circuits that these offsets cut out of all gates (arrays shared)."""
        first, last = int(gate_offsets[0]), int(gate_offsets[-1])
        qubit_offsets = self.qubit_offsets[first : last + 1]
        param_offsets = self.param_offsets[first : last + 1]
        return type(self)(
            widths=widths,
            gate_offsets=gate_offsets - first,
            opcodes=self.opcodes[first:last],
            control_counts=self.control_counts[first:last],
            qubit_offsets=qubit_offsets - qubit_offsets[0],
            qubits=self.qubits[qubit_offsets[0] : qubit_offsets[-1]],
            param_offsets=param_offsets - param_offsets[0],
            params=self.params[param_offsets[0] : param_offsets[-1]],
        )

    def _fits(self) -> bool:
        return bool(
            len(self.gate_offsets) == self.n_circuits + 1
            and self.gate_offsets[-1] == self.n_gates == len(self.control_counts)
            and len(self.qubit_offsets) == len(self.param_offsets) == self.n_gates + 1
            and self.qubit_offsets[-1] == len(self.qubits)
            and self.param_offsets[-1] == len(self.params)
        )


_ARRAYS_OF = attrgetter(*Program.__slots__)


def _joined(parts: Sequence[Program]) -> _Columns:
    columns = zip(*(part._columns() for part in parts), strict=True)  # noqa: SLF001  # of its module
    return _Columns(*(np.concatenate(column) for column in columns))


def _narrow(integers: NDArray[Any]) -> NDArray[Any]:
    return integers.astype(np.min_scalar_type(integers.max(initial=0)))


def _offsets(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _places(offsets: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the entries of some rows are, one row after the other."""
    counts = np.diff(offsets)[which]
    starts = np.cumsum(counts) - counts
    found: NDArray[np.int64] = np.repeat(offsets[which] - starts, counts)
    found += np.arange(len(found))
    return found


def _rows(values: NDArray[Any], offsets: NDArray[np.int64]) -> list[list[Any]]:
    """Return the values between each offset and the next."""
    first = int(offsets[0])
    found = values[first : offsets[-1]].tolist()
    return [found[begin:end] for begin, end in pairwise((offsets - first).tolist())]
