"""Single shots in order: an order for what was counted.

Shots are exchangeable, so an order that is drawn after they were counted is as good as the one in
which they might have come; nothing but counts is stored.
"""

import numpy as np
from numpy.typing import NDArray

_WORD = 2**64 - 1


def shots_in_order(
    states: NDArray[np.uint64], counts: NDArray[np.int64], seed: int, index: int
) -> NDArray[np.uint64]:
    """Return the shots of one circuit, shape (sum of counts,), in an order drawn from the seed.

    Each shot gets a random word of Philox4x64-10 with the key (seed, index), counted from its
    start, and they are in the words' order. NumPy keeps the words of a bit generator for ever,
    which it does not promise for its own permutations.

    Args:
        states: Shape (K,): the states that were seen.
        counts: Shape (K,), integers: how often each state was seen.
        seed: Any whole number; its lowest 64 bits count.
        index: The index of the circuit in its job.
    """
    key = np.array([seed & _WORD, index], dtype=np.uint64)
    shots = np.repeat(states, counts, axis=0)
    words = np.random.Philox(key=key).random_raw(len(shots))
    return shots[np.argsort(words, kind="stable")]
