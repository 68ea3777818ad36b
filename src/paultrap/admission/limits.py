"""`Limits`: what one job may hold and take, as the server or `paultrap.run` is told."""

import reprlib
from dataclasses import dataclass
from typing import Any

from paultrap import defaults
from paultrap.arguments import check_kind, check_seconds, check_whole
from paultrap.circuits import Evolution
from paultrap.formats import CircuitLimits
from paultrap.machines import Backend
from paultrap.precision import Precision, check_precision

_MOST_QUBITS = 65_535  # that a `Program` can tell apart


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may hold and take. The defaults are those of a server's settings.

    Attributes:
        circuits: How many circuits.
        gates: How many gates all circuits have together; those of a program once it is unrolled.
        qubits: How many qubits one circuit may have.
        clifford_qubits: How many qubits a circuit of Clifford gates alone may have, if more.
        shots: How many shots each circuit may have.
        program_bytes: How long the text or bitcode of a program may be, in bytes.
        program_seconds: How long reading a program or an ansatz may take, in seconds.
        predicted_seconds: How long one circuit may take on one core, by a rough guess; None for
            any time.
        memory: Bytes that simulations may take; None where whoever runs the job judges that.
        hosts: How many hosts could run it, of which the largest may use ``memory``.
        precision: The precision of a simulation's amplitudes, "double" or "single".
        strict: Whether what is not understood is refused, where it would be ignored.
        evolution: What a ``pauliexp`` means where a job does not say, "product" or "exact".

    Raises:
        TypeError: One of them is of another type; the message names it.
        ValueError: One of them is below 0 or too large, or no such word.
    """

    circuits: int = defaults.CIRCUITS
    gates: int = defaults.GATES
    qubits: int = defaults.QUBITS
    clifford_qubits: int = defaults.CLIFFORD_QUBITS
    shots: int = defaults.SHOTS
    program_bytes: int = defaults.PROGRAM_BYTES
    program_seconds: float = defaults.PROGRAM_SECONDS
    predicted_seconds: float | None = None
    memory: int | None = None
    hosts: int = 1
    precision: Precision = "double"
    strict: bool = False
    evolution: Evolution = Evolution.PRODUCT

    def __post_init__(self) -> None:
        for name in ("circuits", "gates", "shots", "program_bytes"):
            check_whole(name, getattr(self, name), least=0)
        for name in ("qubits", "clifford_qubits"):
            check_whole(name, getattr(self, name), least=0, most=_MOST_QUBITS)
        check_seconds("program_seconds", self.program_seconds)
        if self.predicted_seconds is not None:
            check_seconds("predicted_seconds", self.predicted_seconds)
        if self.memory is not None:
            check_whole("memory", self.memory, least=0)
        check_whole("hosts", self.hosts, least=1)
        check_precision(self.precision)
        check_kind("strict", self.strict, bool, "True or False")
        object.__setattr__(self, "evolution", _evolution(self.evolution))

    def circuit_limits(self, backend: Backend, *, is_plugin: bool) -> CircuitLimits:
        """Return what circuits for a backend may hold; a plug-in knows its own width."""
        return CircuitLimits(
            self.circuits,
            self.gates,
            backend.qubits if is_plugin else self.qubits,
            0 if is_plugin else self.clifford_qubits,
            backend.entangler,
            machine=f'"{backend.name}"' if is_plugin else None,
        )


def _evolution(value: Any) -> Evolution:
    try:
        return Evolution(value)
    except ValueError:
        known = " or ".join(f"'{each}'" for each in Evolution)
        raise ValueError(f"evolution must be {known}, not {reprlib.repr(value)}") from None
