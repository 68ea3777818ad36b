"""What one job may hold; each refusal names the limit, the value and the setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from paultrap.formats.errors import CircuitError, shorten

__all__ = ["CircuitLimits"]


@dataclass(frozen=True, slots=True)
class CircuitLimits:
    """What one job may hold.

    Attributes:
        circuits: How many.
        gates: Of all circuits together.
        qubits: Of one circuit.
        entangler: The one native gate on two qubits that the job's machine has; None for either.
    """

    circuits: int = 5_000
    gates: int = 150_000
    qubits: int = 29
    entangler: Literal["ms", "zz"] | None = None

    def check_circuits(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where there are too many circuits at ``path``."""
        if found > self.circuits:
            raise _refusal("the job has", found, "circuits", self.circuits, path)

    def check_gates(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where there are too many gates under ``path``."""
        if found > self.gates:
            raise _refusal("the job has at least", found, "gates", self.gates, path)

    def check_qubits(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where the declared width at ``path`` is too large."""
        if found > self.qubits:
            raise _refusal(f"{path} asks for", found, "qubits", self.qubits, path)


def _refusal(who: str, found: int, what: str, limit: int, path: str) -> CircuitError:
    return CircuitError(
        f"{who} {shorten(found)} {what}; the limit is {limit} (PAULTRAP_MAX_{what.upper()})",
        path=path,
        field=path.rpartition(".")[2],
    )
