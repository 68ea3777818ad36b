"""The work that circuits take, by kind, and what it takes in all: the cost model.

The kinds and their weights stand in ``src/kernels/statevector/cost.hpp``; ``bench/fit_costs.py``
measures them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paultrap import _kernels

#: By name of the kind of work: what one of it takes, in updates of one amplitude.
WORK_UPDATES: dict[str, float] = dict(_kernels.work_kinds())
_WEIGHTS = np.array(list(WORK_UPDATES.values()))
_PLACES = {kind: place for place, kind in enumerate(WORK_UPDATES)}


def no_work(n_circuits: int) -> NDArray[np.float64]:
    """Return amounts of 0, shape (N, kinds of work)."""
    return np.zeros((n_circuits, len(_WEIGHTS)))


def add_work(work: NDArray[np.float64], kind: str, amounts: ArrayLike) -> None:
    """Add so much of a kind of work to that of circuits; ``amounts`` has shape (N,), or none."""
    work[:, _PLACES[kind]] += np.asarray(amounts, np.float64)


def plugin_work(n_circuits: int) -> NDArray[np.float64]:
    """Return what circuits on a plug-in are assumed to take, shape (N, kinds of work)."""
    work = no_work(n_circuits)
    add_work(work, "plug-in", 1.0)
    return work


def as_work(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the kernels say of N circuits with shape (N, kinds of work)."""
    return amounts.reshape(-1, len(_WEIGHTS))


def updates_of(work: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the work of N circuits in amplitude updates, shape (N,).

    Args:
        work: Shape (N, kinds of work).
    """
    # Not a product of matrices: a circuit's sum is not to depend on the circuits beside it.
    found: NDArray[np.float64] = (work * _WEIGHTS).sum(axis=1)
    return found
