"""How a job is cut into chunks, when each chunk is due, and how long the job should take.

A chunk is what a worker takes at once: a range of circuits. Costs are amplitude updates, as
`paultrap.engine.estimate_costs` gives them.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# One chunk holds at most this much. Leasing and finishing a chunk takes some ten milliseconds,
# most of it until the disk has it, and what equal or similar circuits share is computed once in
# each chunk: so a full chunk runs for some tenths of a second, and a job whose circuits are small
# is one. Its result, at most 16 bytes for each amplitude that some gate touched, must be no burden.
_CHUNK_COST = 2**31
_CHUNK_AMPLITUDES = 2**24
_CHUNK_CIRCUITS = 2**13

_FAST = 5e6  # updates per millisecond of one good core, to predict
_SLOW = 1e6  # the same of a slow one, to space the chunks of a job
_LEAST_DELAY_MS = 1_000

#: A chunk of at most this cost is predicted to end within a second.
SHORT_COST = 1_000 * _FAST


class PlannedChunk(NamedTuple):
    """Circuits ``first`` to ``stop - 1``, and their cost in amplitude updates.

    Attributes:
        memory: Bytes that they need at peak where one thread runs them.
        stage: A chunk of a stage after the first, which is 0, waits for all chunks of the one before.
        thread_memory: Bytes that each further thread needs at most.
    """

    first: int
    stop: int
    cost: float
    memory: int = 0
    stage: int = 0
    thread_memory: int = 0


def plan_chunks(
    costs: NDArray[np.float64], widths: NDArray[np.uint16], start_cost: float = 0.0
) -> list[PlannedChunk]:
    """Cut a job into contiguous chunks of about the same work.

    A small job is one chunk. A circuit that would fill a chunk has one for itself, so that no
    other circuit waits for it.

    Args:
        costs: Shape (N,): the estimated amplitude updates of each circuit.
        widths: Shape (N,): the number of qubits of each circuit.
        start_cost: What a chunk takes beside its circuits.
    """
    if len(costs) == 0:
        return []
    amplitudes = np.minimum(np.ldexp(1.0, widths), costs)
    weights = costs / _CHUNK_COST + amplitudes / _CHUNK_AMPLITUDES + 1 / _CHUNK_CIRCUITS
    ends = np.cumsum(weights)
    # Rounded first: a sum of many shares can be a little more than the whole.
    size = ends[-1] / np.ceil(np.round(ends[-1], 9))
    bins = ((ends - weights / 2) / size).astype(np.int64)
    large = weights >= 1
    is_cut = (np.diff(bins) > 0) | large[1:] | large[:-1]
    cuts = [0, *(np.flatnonzero(is_cut) + 1).tolist(), len(costs)]
    sums = (start_cost + np.add.reduceat(costs, cuts[:-1])).tolist()
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


def cost_within(seconds: float) -> float:
    """Return what a chunk may cost that is predicted to end in time on one core."""
    return seconds * 1000 * _FAST


def predicted_seconds(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a rough guess of how long each circuit takes on one core, in seconds.

    Args:
        costs: Shape (N,): the estimated amplitude updates of each circuit.
    """
    return costs / (1000 * _FAST)
