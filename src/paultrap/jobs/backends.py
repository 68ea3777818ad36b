"""The backends whose names clients know. In this release jobs run on the simulator only."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["BACKENDS", "Backend"]


@dataclass(frozen=True, slots=True)
class Backend:
    """Something that a job can be addressed to.

    Attributes:
        name: Its name on the wire.
        qubits: How many it has; for the simulator, of a simulation without noise.
        status: Whether jobs for it are taken, will be taken by no release, or are not taken.
    """

    name: str
    qubits: int
    status: Literal["available", "unavailable", "retired"]


BACKENDS: dict[str, Backend] = {
    backend.name: backend
    for backend in (
        Backend("simulator", 29, "available"),
        Backend("qpu.harmony", 11, "retired"),
        Backend("qpu.aria-1", 25, "retired"),
        Backend("qpu.aria-2", 25, "retired"),
        Backend("qpu.forte-1", 36, "unavailable"),
        Backend("qpu.forte-enterprise-1", 36, "unavailable"),
    )
}
