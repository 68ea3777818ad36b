"""What a job will have cost and taken on its machine once it is completed."""

from typing import NamedTuple

from paultrap.jobs import cost_usd, machine_ms
from paultrap.machines import Backend


class Bill(NamedTuple):
    """A job in dollars and microseconds; see `paultrap.jobs.prices`.

    Attributes:
        price_usd: The price of the job in US dollars; 0 on simulators.
        machine_us: Microseconds, or None where the time that is measured counts, as on simulators.
    """

    price_usd: float = 0.0
    machine_us: int | None = None


def bill_of(
    backend: Backend | None, gates_1q: int, gates_2q: int, shots: int, circuits: int
) -> Bill:
    """Return what a whole job costs on ``backend``, and how long that is busy with it.

    Args:
        backend: Where it runs; one that is not known (any more) is free.
        gates_1q: Gates on one qubit, over all circuits: native ones, as the machine runs them.
        gates_2q: Gates on two or more qubits, likewise.
        shots: How many shots each circuit has.
        circuits: How many circuits the job has.
    """
    if backend is None or backend.timing is None:
        return Bill()
    cost = cost_usd(gates_1q, gates_2q, shots, backend.prices)
    # Of whole milliseconds, as the job itself says.
    busy = machine_ms(gates_1q, gates_2q, shots, backend.timing, circuits=circuits)
    return Bill(cost, 1000 * busy)
