"""A pretended machine of five qubits: a gpi flips a qubit, a gpi2 makes it a tossed coin.

A zz changes nothing that it shows.

For a real machine, call its control system in `CoinTrap.run`, which gets compiled circuits and
returns how often each state was seen.
"""

from collections import Counter

import numpy as np

from paultrap.machines import Chunk

__all__ = ["TRAP", "CoinTrap"]


class CoinTrap:
    """Flips a qubit for every gpi, and tosses a coin for one that has had a gpi2."""

    name = "qpu.coin-trap"
    qubits = 5
    gateset = "native"
    entangler = "zz"

    def run(self, chunk: Chunk) -> list[dict[int, int]]:
        """Return each circuit's histogram."""
        return [
            self._run(gates, width, chunk.shots, [chunk.seed, chunk.first_index + number])
            for number, (gates, width) in enumerate(
                zip(chunk.circuits(), chunk.widths(), strict=True)
            )
        ]

    def _run(self, gates: list, width: int, shots: int, seed: list[int]) -> dict[int, int]:
        flipped = np.zeros(width, bool)
        tossed = np.zeros(width, bool)
        for gate in gates:
            if gate["gate"] == "gpi":
                flipped[gate["targets"]] ^= True
            elif gate["gate"] == "gpi2":
                tossed[gate["targets"]] = True
            elif gate["gate"] != "zz":  # which changes phases, and a coin has none
                raise ValueError(f"this trap cannot do {gate['gate']}")
        coins = np.random.default_rng(np.abs(seed)).integers(0, 2, (shots, width)).astype(bool)
        bits = np.where(tossed, coins, flipped)
        states = bits @ (1 << np.arange(width))
        return dict(Counter(states.tolist()))


TRAP = CoinTrap()
