"""How a job is cut into chunks, when each chunk is due, and how long the job should take.

A chunk is what a worker takes at once: a range of circuits. Costs are amplitude updates, as
`paultrap.engine.estimate_costs` gives them.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PlannedChunk", "due_delays", "plan_chunks", "predicted_ms"]

# One chunk holds at most this much. Leasing and finishing a chunk takes a few milliseconds, so
# a full chunk should run for much longer; and its result, at most 16 bytes for each amplitude
# that some gate touched, must be no burden in memory.
_CHUNK_COST = 2**28
_CHUNK_CIRCUITS = 625

_FAST = 1e6  # updates per millisecond of one good core, to predict
_SLOW = 1e5  # the same of a slow one, to space the chunks of a job
_LEAST_DELAY_MS = 1_000


class PlannedChunk(NamedTuple):
    """Circuits ``first`` to ``stop - 1`` and their cost in amplitude updates."""

    first: int
    stop: int
    cost: float


def plan_chunks(costs: NDArray[np.float64]) -> list[PlannedChunk]:
    """Cut a job into contiguous chunks of about the same work.

    A small job is one chunk. A circuit that would fill a chunk has one for itself, so that no
    other circuit waits for it.

    Args:
        costs: Shape (N,): the estimated amplitude updates of each circuit.
    """
    if len(costs) == 0:
        return []
    weights = costs / _CHUNK_COST + 1 / _CHUNK_CIRCUITS
    ends = np.cumsum(weights)
    # Rounded first: 625 times 1/625 is a little more than 1.
    size = ends[-1] / np.ceil(np.round(ends[-1], 9))
    bins = ((ends - weights / 2) / size).astype(np.int64)
    large = weights >= 1
    is_cut = (np.diff(bins) > 0) | large[1:] | large[:-1]
    cuts = [0, *(np.flatnonzero(is_cut) + 1).tolist(), len(costs)]
    sums = np.add.reduceat(costs, cuts[:-1]).tolist()
    return [PlannedChunk(*chunk) for chunk in zip(cuts[:-1], cuts[1:], sums, strict=True)]


def due_delays(chunks: Sequence[PlannedChunk]) -> list[int]:
    """Return how many milliseconds after its job's submission each chunk is due.

    Workers take the chunk that is due first, of all jobs. A job's next chunk is due at least a
    second after the one before it, and as much later as that one takes on a slow core. So jobs
    that come together take turns, a small job that comes later overtakes the rest of a large
    one, and yet no chunk waits for ever, because its time comes.
    """
    steps = (max(_LEAST_DELAY_MS, round(chunk.cost / _SLOW)) for chunk in chunks[:-1])
    return list(accumulate(steps, initial=0))[: len(chunks)]


def predicted_ms(chunks: Sequence[PlannedChunk]) -> int:
    """Return a rough guess of the job's execution time on one core in milliseconds."""
    return max(1, round(sum(chunk.cost for chunk in chunks) / _FAST))
