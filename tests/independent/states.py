"""A plain state vector simulator: every gate is a tensor contraction.

A state has the shape (2,) * width; its last axis is qubit 0, so that qubit 0 is the lowest bit of
a flat index. Further axes may stand behind: each index there is a state of its own.
"""

from collections.abc import Sequence

import numpy as np

from independent.gates import Matrix


def zeros(width: int) -> Matrix:
    """Return the state in which all qubits are 0."""
    state = np.zeros((2,) * width, complex)
    state[(0,) * width] = 1
    return state


def every(width: int) -> Matrix:
    """Return all basis states; a circuit makes them the columns of its matrix."""
    return np.eye(2**width, dtype=complex).reshape((2,) * width + (2**width,))


def applied(
    state: Matrix, width: int, matrix: Matrix, targets: Sequence[int], controls: Sequence[int] = ()
) -> Matrix:
    """Return what a gate makes of a state; the first target is the matrix's lowest bit."""
    where: list[int | slice] = [slice(None)] * width
    for control in controls:
        where[width - 1 - control] = 1
    part = state[tuple(where)]
    # Axes of the part that remain, in the order of the matrix's index: the last target first.
    free = [axis for axis in range(width) if isinstance(where[axis], slice)]
    axes = [free.index(width - 1 - target) for target in reversed(targets)]
    n = len(axes)
    moved = np.tensordot(matrix.reshape((2,) * (2 * n)), part, axes=(list(range(n, 2 * n)), axes))
    changed = state.copy()
    changed[tuple(where)] = np.moveaxis(moved, list(range(n)), axes)
    return changed
