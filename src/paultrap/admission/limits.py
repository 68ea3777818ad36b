"""`Limits`: what one job may hold and take, as the server or `paultrap.run` is told."""

from dataclasses import dataclass

from paultrap import defaults
from paultrap.circuits import Evolution
from paultrap.formats import CircuitLimits
from paultrap.machines import Backend
from paultrap.precision import Precision


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
        threads: How many threads a simulation has.
        precision: The precision of a simulation's amplitudes, "double" or "single".
        strict: Whether what is not understood is refused, where it would be ignored.
        evolution: What a ``pauliexp`` means where a job does not say.
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
    threads: int | None = None
    precision: Precision = "double"
    strict: bool = False
    evolution: Evolution = Evolution.PRODUCT

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
