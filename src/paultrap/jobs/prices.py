"""What a job would cost, and how long it would take, on the machine that is emulated.

Nobody is billed, and the emulation takes its own time.
"""

import math

from paultrap.machines import Prices, Timing


def cost_usd(
    gates_1q: int, gates_2q: int, shots: int, prices: Prices | None, *, whole_job: bool = True
) -> float:
    """Return shots * (gates_1q * p_1q + gates_2q * p_2q), but the minimum at least, in US dollars.

    The formula and the prices are those of Azure's page on IonQ, as published for Harmony and Aria.

    Args:
        gates_1q: Gates on one qubit as submitted, over all circuits of the job.
        gates_2q: Gates on two or more qubits, likewise.
        shots: How many shots each circuit has.
        prices: The machine's prices; None, as for simulators, makes all free.
        whole_job: Whether the minimum counts; a child job has no minimum.
    """
    if prices is None:
        return 0.0
    cost = shots * (gates_1q * prices.one_qubit + gates_2q * prices.two_qubit)
    return max(cost, prices.minimum) if whole_job else cost


def machine_ms(
    gates_1q: int, gates_2q: int, shots: int, timing: Timing | None, *, circuits: int = 1
) -> int:
    """Return how long ions would be busy, in milliseconds, rounded up.

    In each shot gates follow one another, as they do in a chain with one pair of beams::

        shots * (gates_1q * t_1q + gates_2q * t_2q + circuits * (readout + reset))

    Args:
        gates_1q: Gates on one qubit, over all circuits.
        gates_2q: Gates on two or more qubits, likewise.
        shots: How many shots each circuit has.
        timing: The machine's times; None, as for simulators, answers 0.
        circuits: How many circuits the job has.
    """
    if timing is None:
        return 0
    gates = gates_1q * timing.one_qubit + gates_2q * timing.two_qubit
    return math.ceil(1000 * shots * (gates + circuits * (timing.readout + timing.reset)))
