"""Characterizations of emulated QPUs: what a benchmark of the emulation would measure, and history.

Fidelities of the newest follow from the noise model, so that they describe the noise that jobs
really get and cannot disagree with it. Those before it are what was published about the machine.
"""

from datetime import UTC, date, datetime, time
from statistics import mean, median
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from paultrap.engine import NoiseModel
from paultrap.machines.devices import Backend, Timing


class Fidelity(NamedTuple):
    """Mean and median over qubits or pairs."""

    mean: float
    median: float


class Characterization(NamedTuple):
    """A characterization of one backend.

    Attributes:
        id: A UUID that follows from the backend's name and the date.
        backend: The name of the backend.
        date: Midnight UTC of the day, in Unix milliseconds.
        qubits: How many the machine has.
        connectivity: The unordered pairs that gates can act on.
        one_qubit: Average gate fidelity of native gates on one qubit; ``two_qubit`` on two.
        spam: Probability that a prepared state is read as itself, averaged over both states.
        timing: The times of gates, readout and reset, in seconds.
    """

    id: str
    backend: str
    date: int
    qubits: int
    connectivity: list[tuple[int, int]]
    one_qubit: Fidelity
    two_qubit: Fidelity
    spam: Fidelity
    timing: Timing


def fidelity_of(strength: float, qubits: int) -> float:
    """Return the average fidelity 1 - r (d - 1) / d of a gate with depolarizing parameter r.

    The channel is rho -> (1 - r) rho + r I / d, with d = 2**qubits.
    """
    d: int = 2**qubits
    return 1 - strength * (d - 1) / d


def present_of(backend: Backend, model: NoiseModel) -> Characterization | None:
    """Return the newest characterization, or None for what is not emulated.

    Args:
        backend: The emulated QPU.
        model: The noise that its jobs get.
    """
    if backend.characterized is None or backend.timing is None:
        return None
    one = [fidelity_of(model.gates.get(name, model.one_qubit), 1) for name in ("gpi", "gpi2")]
    return _characterization(
        backend,
        backend.characterized,
        [_over(one), _over(_two_qubit(backend, model)), _over(_spam(backend, model))],
        backend.timing,
    )


def past_of(backend: Backend, timing: Timing) -> list[Characterization]:
    """Return the characterizations before the newest, newest first.

    One figure is published of each fidelity, which is given as mean and as median.

    Args:
        backend: The emulated QPU.
        timing: The times of today, used where none were published with the fidelities.
    """
    past = [
        _characterization(
            backend,
            each.date,
            [Fidelity(value, value) for value in (each.one_qubit, each.two_qubit, each.spam)],
            each.timing or timing,
        )
        for each in backend.history
    ]
    return sorted(past, key=lambda each: each.date, reverse=True)


def _characterization(
    backend: Backend, day: date, fidelities: list[Fidelity], timing: Timing
) -> Characterization:
    one_qubit, two_qubit, spam = fidelities
    return Characterization(
        id=str(uuid5(NAMESPACE_URL, f"paultrap:{backend.name}:{day}")),
        backend=backend.name,
        date=int(datetime.combine(day, time(), UTC).timestamp() * 1000),
        qubits=backend.qubits,
        connectivity=backend.pairs,
        one_qubit=one_qubit,
        two_qubit=two_qubit,
        spam=spam,
        timing=timing,
    )


def _two_qubit(backend: Backend, model: NoiseModel) -> list[float]:
    usual = model.gates.get(model.entangler, model.two_qubit)
    strengths = model.pair_strengths
    return [fidelity_of(strengths.get(pair, usual), 2) for pair in backend.pairs]


def _spam(backend: Backend, model: NoiseModel) -> list[float]:
    misread = [(one + other) / 2 for one, other in model.readout]
    return [1 - rate for rate in misread] + [1.0] * (backend.qubits - len(misread))


def _over(values: list[float]) -> Fidelity:
    # A machine with one qubit has no pair: nothing can go wrong there.
    return Fidelity(mean(values), median(values)) if values else Fidelity(1.0, 1.0)
