"""What a job will have cost and taken on its machine once it is completed, or a part of it."""

from typing import NamedTuple

import msgspec

from paultrap.jobs import cost_usd, machine_ms
from paultrap.machines import Backend, Prices, Timing


class _Rates(msgspec.Struct, frozen=True):
    prices: Prices | None
    timing: Timing


class Bill(NamedTuple):
    """A job in dollars and microseconds; see `paultrap.jobs.prices`.

    Attributes:
        price_usd: The price of the job in US dollars; 0 on simulators.
        machine_us: Microseconds, or None where the time that is measured counts, as on simulators.
        rates: By what numbers of the machine, so that `bill_of_part` needs no machine: JSON, or None
            on simulators.
    """

    price_usd: float = 0.0
    machine_us: int | None = None
    rates: bytes | None = None


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
    rates = _Rates(backend.prices, backend.timing)
    return _bill_by(rates, gates_1q, gates_2q, shots, circuits)


def bill_of_part(rates: bytes, gates_1q: int, gates_2q: int, shots: int, circuits: int) -> Bill:
    """Return what some circuits of a job cost, as a job of these alone would have.

    Args:
        rates: The `Bill.rates` of the whole job.
        gates_1q: Gates on one qubit, over these circuits, and likewise the others of `bill_of`.
        gates_2q: Gates on two or more qubits.
        shots: How many shots each circuit has.
        circuits: How many circuits these are.
    """
    found = msgspec.json.decode(rates, type=_Rates)
    return _bill_by(found, gates_1q, gates_2q, shots, circuits)


def _bill_by(rates: _Rates, gates_1q: int, gates_2q: int, shots: int, circuits: int) -> Bill:
    cost = cost_usd(gates_1q, gates_2q, shots, rates.prices)
    # Of whole milliseconds, as the job itself says.
    busy = machine_ms(gates_1q, gates_2q, shots, rates.timing, circuits=circuits)
    return Bill(cost, 1000 * busy, msgspec.json.encode(rates))
