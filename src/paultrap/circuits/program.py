"""`Program`: all circuits of a job as flat arrays, with no Python object per gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits.blob import BlobError, pack, unpack
from paultrap.circuits.gates import Opcode

__all__ = ["Program"]

_MAGIC = b"PTPR"
_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """N circuits with G gates in total, in submission order. Immutable.

    A gate's qubits are its targets followed by its controls. All offsets start at 0 and
    their last entry is the length of the array that they cut.

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
        single = np.diff(self.qubit_offsets) == 1
        several = ~single & (self.opcodes != Opcode.COPY)
        running = np.zeros((self.n_gates + 1, 2), np.int64)
        np.cumsum(np.stack((single, several), axis=1), axis=0, out=running[1:])
        counts: NDArray[np.int64] = np.diff(running[self.gate_offsets], axis=0)
        return counts

    def slice(self, start: int, stop: int) -> Self:
        """Return circuits ``start`` to ``stop - 1`` as a program of their own (arrays shared)."""
        first, last = int(self.gate_offsets[start]), int(self.gate_offsets[stop])
        qubit_offsets = self.qubit_offsets[first : last + 1]
        param_offsets = self.param_offsets[first : last + 1]
        return type(self)(
            widths=self.widths[start:stop],
            gate_offsets=self.gate_offsets[start : stop + 1] - first,
            opcodes=self.opcodes[first:last],
            control_counts=self.control_counts[first:last],
            qubit_offsets=qubit_offsets - qubit_offsets[0],
            qubits=self.qubits[qubit_offsets[0] : qubit_offsets[-1]],
            param_offsets=param_offsets - param_offsets[0],
            params=self.params[param_offsets[0] : param_offsets[-1]],
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Return the circuits of all parts, one part after the other."""

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(part, name) for part in parts])

        def counted(name: str) -> NDArray[np.int64]:
            counts = [np.diff(getattr(part, name)) for part in parts]
            return np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()

        return cls(
            widths=joined("widths"),
            gate_offsets=counted("gate_offsets"),
            opcodes=joined("opcodes"),
            control_counts=joined("control_counts"),
            qubit_offsets=counted("qubit_offsets"),
            qubits=joined("qubits"),
            param_offsets=counted("param_offsets"),
            params=joined("params"),
        )

    def to_bytes(self) -> bytes:
        """Return one blob: offsets as counts, and integers in as few bytes as they need."""
        integers = (
            self.widths,
            np.diff(self.gate_offsets),
            self.opcodes,
            self.control_counts,
            np.diff(self.qubit_offsets),
            self.qubits,
            np.diff(self.param_offsets),
        )
        return b"".join(pack(_MAGIC, _VERSION, (*map(_narrow, integers), self.params)))

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """Return the program that `to_bytes` wrote.

        Raises:
            BlobError: It is not such a blob, or its arrays do not fit together.
        """
        widths, gates, opcodes, controls, qubit_counts, qubits, param_counts, params = unpack(
            _MAGIC, _VERSION, blob
        )
        program = cls(
            widths=widths.astype(np.uint16),
            gate_offsets=_offsets(gates),
            opcodes=opcodes,
            control_counts=controls.astype(np.uint16),
            qubit_offsets=_offsets(qubit_counts),
            qubits=qubits.astype(np.uint16),
            param_offsets=_offsets(param_counts),
            params=params,
        )
        program._check()
        return program

    def _check(self) -> None:
        fits = (
            len(self.gate_offsets) == self.n_circuits + 1
            and self.gate_offsets[-1] == self.n_gates == len(self.control_counts)
            and len(self.qubit_offsets) == len(self.param_offsets) == self.n_gates + 1
            and self.qubit_offsets[-1] == len(self.qubits)
            and self.param_offsets[-1] == len(self.params)
        )
        if not fits:
            raise BlobError("the arrays of a program do not fit together")


def _narrow(integers: NDArray[Any]) -> NDArray[Any]:
    return integers.astype(np.min_scalar_type(integers.max(initial=0)))


def _offsets(counts: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets
