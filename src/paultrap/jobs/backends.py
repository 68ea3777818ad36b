"""The backends whose names clients know. The QPUs among them are emulated: their noise is simulated."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["ALIASES", "BACKENDS", "Backend"]


@dataclass(frozen=True, slots=True)
class Backend:
    """Something that a job can be addressed to.

    Attributes:
        name: Its name on the wire.
        qubits: How many it has; for the simulator, of a simulation without noise.
        status: Whether jobs for it are taken, will be taken by no release, or are not taken.
        entangler: Of an emulated QPU its native gate on two qubits; the simulator takes both.
    """

    name: str
    qubits: int
    status: Literal["available", "unavailable", "retired"]
    entangler: Literal["ms", "zz"] | None = None


BACKENDS: dict[str, Backend] = {
    backend.name: backend
    for backend in (
        Backend("simulator", 29, "available"),
        Backend("qpu.harmony", 11, "retired", "ms"),
        Backend("qpu.aria-1", 25, "available", "ms"),
        Backend("qpu.aria-2", 25, "retired", "ms"),
        Backend("qpu.forte-1", 36, "available", "zz"),
        Backend("qpu.forte-enterprise-1", 36, "available", "zz"),
    )
}

#: Names that clients send when their user names no machine.
ALIASES: dict[str, str] = {"qpu": "qpu.aria-1"}
