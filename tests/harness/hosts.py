"""Worker hosts that register, and run nothing."""

from typing import Any

from paultrap.store import HostBackend, HostKind, HostRegistration, Store, Workers


def register(store: Store, name: str, *plugins: str | HostBackend, **fields: Any) -> Workers:
    """Register a worker host that has plug-ins, of three qubits where only a name is given."""
    host = Workers(store._database, name)
    host.register(about(name, *plugins, **fields))
    return host


def about(name: str, *plugins: str | HostBackend, **fields: Any) -> HostRegistration:
    """Return what such a host says of itself."""
    backends = [
        HostBackend(name=each, qubits=3, gateset="qis", entangler="ms")
        if isinstance(each, str)
        else each
        for each in plugins
    ]
    said: dict[str, Any] = {
        "kind": HostKind.WORKER,
        "host": name,
        "hostname": name,
        "pid": 1,
        "version": "1",
        "slots": 1,
        "threads": 1,
        "backends": backends,
    }
    return HostRegistration(**said | fields)
