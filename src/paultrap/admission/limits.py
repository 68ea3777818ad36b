"""`Limits`: what one job may hold and take, as the server or `paultrap.run` is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from paultrap.circuits import Limit, Message, OverLimit
from paultrap.engine import MOST_CLIFFORD_QUBITS
from paultrap.formats import CircuitLimits
from paultrap.languages import ProgramLimits
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
        settings: The names of the settings that limits come from, for messages; none where
            there are no settings.
    """

    circuits: int = 5_000
    gates: int = 150_000
    qubits: int = 29
    clifford_qubits: int = MOST_CLIFFORD_QUBITS
    shots: int = 1_000_000
    program_bytes: int = 1_000_000
    program_seconds: float = 60.0
    predicted_seconds: float | None = None
    memory: int | None = None
    threads: int | None = None
    precision: Precision = "double"
    settings: Mapping[Limit, str] = field(default_factory=dict, repr=False)

    def circuit_limits(self, backend: Backend, *, is_plugin: bool) -> CircuitLimits:
        """Return what circuits for a backend may hold; a plug-in knows its own width."""
        return CircuitLimits(
            self.circuits,
            self.gates,
            backend.qubits if is_plugin else self.qubits,
            0 if is_plugin else self.clifford_qubits,
            backend.entangler,
        )

    @property
    def circuits_of_programs(self) -> CircuitLimits:
        """What the circuits of programs may hold, which are never too wide for a state vector."""
        return CircuitLimits(self.circuits, self.gates, self.qubits)

    @property
    def program_limits(self) -> ProgramLimits:
        """What a program may hold."""
        return ProgramLimits(self.gates, self.qubits)

    def said(self, message: Message) -> str:
        """Return a message that names the setting of the limit that it is about, if it has one."""
        if isinstance(message, OverLimit) and message.limit in self.settings:
            return message.naming(self.settings)
        return str(message)
