"""The backends of version 0.4."""

from typing import get_args

import msgspec
from msgspec import UNSET, UnsetType

from paultrap.api.machines import LOCATION
from paultrap.api.times import iso_time
from paultrap.circuits import ALIASES, GATES
from paultrap.compiler import Entangler
from paultrap.machines import SIMULATOR, Backend, Machines


class BackendView(msgspec.Struct):
    """A backend as version 0.4 shows it; the queue time is in milliseconds."""

    backend: str
    status: str
    qubits: int
    average_queue_time: int
    last_updated: str
    degraded: bool
    has_access: bool
    supported_gates: list[str]
    supported_native_gates: list[str]
    supported_error_mitigations: list[str]
    noise_models: list[str] | UnsetType = UNSET
    location: str | UnsetType = UNSET
    characterization_id: str | UnsetType = UNSET


_GATES = [name for gateset, name in GATES if gateset == "qis"] + list(ALIASES)
_NATIVE_GATES = [name for gateset, name in GATES if gateset == "native"]


def backends_of(machines: Machines, started_at: int) -> list[BackendView]:
    """Return all backends.

    Args:
        machines: The machines of the server.
        started_at: When their status last changed, in Unix milliseconds.
    """
    return [_view(machines, backend, started_at) for backend in machines.backends.values()]


def backend_of(machines: Machines, name: str, started_at: int) -> BackendView | None:
    """Return the backend called ``name``, or None."""
    backend = machines.backends.get(name)
    return None if backend is None else _view(machines, backend, started_at)


def _view(machines: Machines, backend: Backend, started_at: int) -> BackendView:
    characterization = machines.characterization_of(backend)
    return BackendView(
        backend=backend.name,
        status=backend.status,
        qubits=backend.qubits,
        average_queue_time=0,
        last_updated=iso_time(started_at),
        degraded=False,
        has_access=backend.status == "available",
        supported_gates=_GATES,
        supported_native_gates=_native_gates(backend),
        supported_error_mitigations=["debiasing"] if backend.is_emulated else [],
        noise_models=machines.noise_names() if backend.name == SIMULATOR else UNSET,
        location=LOCATION if backend.is_emulated else UNSET,
        characterization_id=UNSET if characterization is None else characterization.id,
    )


def _native_gates(backend: Backend) -> list[str]:
    others = set(get_args(Entangler)) - {backend.entangler} if backend.entangler else set()
    return [name for name in _NATIVE_GATES if name not in others]
