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
        clifford_qubits: Of one circuit of Clifford gates alone, if that is more. Readers let
            circuits of so many qubits pass; whoever runs them judges their gates.
        entangler: The one native gate on two qubits that the job's machine has; None for either.
    """

    circuits: int = 5_000
    gates: int = 150_000
    qubits: int = 29
    clifford_qubits: int = 0
    entangler: Literal["ms", "zz"] | None = None

    @property
    def widest(self) -> int:
        """The qubits of the widest circuit that can be run at all."""
        return max(self.qubits, self.clifford_qubits)

    @property
    def widest_setting(self) -> str:
        """The setting that `widest` comes from."""
        kind = "QUBITS" if self.qubits >= self.clifford_qubits else "CLIFFORD_QUBITS"
        return f"PAULTRAP_MAX_{kind}"

    def check_circuits(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where there are too many circuits at ``path``."""
        if found > self.circuits:
            raise _refusal(
                "the job has", found, "circuits", self.circuits, path, "PAULTRAP_MAX_CIRCUITS"
            )

    def check_gates(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where there are too many gates under ``path``."""
        if found > self.gates:
            raise _refusal(
                "the job has at least", found, "gates", self.gates, path, "PAULTRAP_MAX_GATES"
            )

    def check_qubits(self, found: int, path: str) -> None:
        """Raise a `CircuitError` where the declared width at ``path`` is too large."""
        if found > self.widest:
            who, setting = f"{path} asks for", self.widest_setting
            raise _refusal(who, found, "qubits", self.widest, path, setting)


def _refusal(  # noqa: PLR0913, PLR0917  # the words of one sentence, in its order
    who: str, found: int, what: str, limit: int, path: str, setting: str
) -> CircuitError:
    return CircuitError(
        f"{who} {shorten(found)} {what}; the limit is {limit} ({setting})",
        path=path,
        field=path.rpartition(".")[2],
    )
