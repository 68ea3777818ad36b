"""What one job may hold; each refusal names the limit and the value."""

from dataclasses import dataclass

from paultrap import defaults
from paultrap.circuits import Limit, OverLimit
from paultrap.compiler import Entangler
from paultrap.formats.errors import CircuitError, shorten


@dataclass(frozen=True, slots=True)
class CircuitLimits:
    """What one job may hold.

    Attributes:
        circuits: How many circuits a job may have.
        gates: How many gates all circuits may have together.
        qubits: How many qubits one circuit may have.
        clifford_qubits: Of one circuit of Clifford gates alone, if that is more. Readers let
            circuits of so many qubits pass; whoever runs them judges their gates.
        entangler: The one native gate on two qubits that the job's machine has; None for either.
        machine: The name of the machine that has no more than ``qubits``, where no setting says
            how many there may be.
    """

    circuits: int = defaults.CIRCUITS
    gates: int = defaults.GATES
    qubits: int = defaults.QUBITS
    clifford_qubits: int = 0
    entangler: Entangler | None = None
    machine: str | None = None

    @property
    def widest(self) -> int:
        """The qubits of the widest circuit that can be run at all."""
        return max(self.qubits, self.clifford_qubits)

    @property
    def widest_limit(self) -> Limit:
        """The limit that `widest` is."""
        return Limit.QUBITS if self.qubits >= self.clifford_qubits else Limit.CLIFFORD_QUBITS

    def check_circuits(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where there are too many circuits at ``path``."""
        if found > self.circuits:
            raise _refusal(f"the job has {found} circuits", self.circuits, Limit.CIRCUITS, path)

    def check_gates(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where there are too many gates under ``path``."""
        if found > self.gates:
            raise _refusal(f"the job has at least {found} gates", self.gates, Limit.GATES, path)

    def check_qubits(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where the declared width at ``path`` is too large."""
        if found > self.widest:
            asked = f"{path} asks for {shorten(found)} qubits"
            if self.machine is not None:
                raise CircuitError(
                    f"{asked}; {self.machine} has {self.widest}",
                    path=path,
                    field=path.rpartition(".")[2],
                )
            raise _refusal(asked, self.widest, self.widest_limit, path)


def _refusal(found: str, most: int, limit: Limit, path: str) -> CircuitError:
    return CircuitError(
        OverLimit(limit, f"{found}; the limit is {most}"),
        path=path,
        field=path.rpartition(".")[2],
    )
