"""`States`: state vectors of the qubits that are in use, as many as there are outcomes to follow."""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, PlacedGate, unitary

Rows = NDArray[np.complex128]


class States:
    """State vectors of the same qubits.

    Attributes:
        rows: complex128, shape (B, 2, ..., 2): one axis for each qubit after the first axis.
        qubits: Which qubit each of these axes is, in their order.
    """

    def __init__(self) -> None:
        self.rows: Rows = np.ones(1, np.complex128)
        self.qubits: list[int] = []

    @property
    def flat(self) -> Rows:
        """The rows as vectors, shape (B, 2**k)."""
        return self.rows.reshape(len(self.rows), -1)

    def enter(self, qubit: int) -> None:
        """Take a qubit into use, which is |0>."""
        self.rows = np.stack([self.rows, np.zeros_like(self.rows)], axis=-1)
        self.qubits.append(qubit)

    def apply(self, gate: PlacedGate) -> None:
        """Apply a gate to all rows."""
        targets = gate.qubits[: gate.n_targets]
        matrix = unitary(Opcode(gate.opcode), gate.params, len(targets))
        place: list[slice | int] = [slice(None)] * self.rows.ndim
        for control in gate.qubits[gate.n_targets :]:
            place[self._axis(control)] = 1
        chosen = self.rows[tuple(place)]
        axes = [axis for axis, part in enumerate(place) if part != 1]
        # The highest bit of an index of the matrix is that of the last target.
        moved = [axes.index(self._axis(target)) for target in reversed(targets)]
        view = np.moveaxis(chosen, moved, range(-len(moved), 0))
        view[...] = (view.reshape(-1, len(matrix)) @ matrix.T).reshape(view.shape)

    def apply_paulis(self, rows: NDArray[np.intp], qubit: int, kinds: NDArray[np.integer]) -> None:
        """Apply X, Y or Z (1, 2 or 3; 0 for none) to a qubit of some rows."""
        axis = self._axis(qubit)
        for kind, opcode in enumerate((Opcode.X, Opcode.Y, Opcode.Z), 1):
            which = rows[kinds == kind]
            if len(which):
                found = np.moveaxis(self.rows[which], axis, -1) @ unitary(opcode).T
                self.rows[which] = np.moveaxis(found, -1, axis)

    def parts(self, qubit: int) -> tuple[Rows, Rows]:
        """Return what is left of each row where a qubit is 0, and where it is 1."""
        axis = self._axis(qubit)
        zero: Rows = np.take(self.rows, 0, axis)
        one: Rows = np.take(self.rows, 1, axis)
        return zero, one

    def leave(self, qubit: int, rows: Rows) -> None:
        """Take a qubit out of use; ``rows`` are what is left."""
        self.rows = rows
        self.qubits.remove(qubit)

    def kept(self, qubit: int, rows: Rows, bits: NDArray[np.intp]) -> Rows:
        """Return rows in which a qubit that has been measured is what it was found to be."""
        axis = self._axis(qubit)
        whole = np.zeros((*rows.shape[:axis], 2, *rows.shape[axis:]), np.complex128)
        np.moveaxis(whole, axis, 1)[np.arange(len(rows)), bits] = rows
        return whole

    def _axis(self, qubit: int) -> int:
        return 1 + self.qubits.index(qubit)


def norms(rows: Rows) -> NDArray[np.float64]:
    """Return the squared norm of each row, shape (B,)."""
    flat = rows.reshape(len(rows), -1)
    found: NDArray[np.float64] = np.einsum("ij,ij->i", flat.real, flat.real)
    found += np.einsum("ij,ij->i", flat.imag, flat.imag)
    return found
