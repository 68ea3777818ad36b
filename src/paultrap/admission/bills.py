"""What a job will have cost and taken on its machine once it is completed."""

from typing import NamedTuple

from paultrap.jobs import Backend
from paultrap.jobs.prices import cost_usd
from paultrap.jobs.timing import machine_ms

__all__ = ["FREE", "Bill", "bill_of"]


class Bill(NamedTuple):
    """A job in dollars and microseconds; see `paultrap.jobs.prices` and `paultrap.jobs.timing`.

    Attributes:
        price_usd: In US dollars; 0 on simulators.
        machine_us: Microseconds, or None where the time that is measured counts, as on simulators.
    """

    price_usd: float
    machine_us: int | None


#: Of a job on a simulator.
FREE = Bill(0.0, None)


def bill_of(
    machine: Backend | None, gates_1q: int, gates_2q: int, shots: int, circuits: int
) -> Bill:
    """Return what a whole job costs on a machine, and how long that is busy with it.

    Args:
        machine: The back end; one that is not known (any more) is free.
        gates_1q: Gates on one qubit as submitted, over all circuits.
        gates_2q: Gates on two or more qubits, likewise.
        shots: Of each circuit.
        circuits: How many the job has.
    """
    if machine is None or machine.timing is None:
        return FREE
    cost = cost_usd(gates_1q, gates_2q, shots, machine.prices)
    # Of whole milliseconds, as the job itself says.
    busy = machine_ms(gates_1q, gates_2q, shots, machine.timing, circuits=circuits)
    return Bill(cost, 1000 * busy)
