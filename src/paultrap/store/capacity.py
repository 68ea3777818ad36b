"""What the hosts that are registered could run: the largest chunk that some host can hold."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from paultrap.store.host_records import (
    Capacity,
    HostBackend,
    WorkerBackends,
)
from paultrap.store.tables import workers

_BACKENDS = msgspec.json.Decoder(tuple[HostBackend, ...])
_HOSTS = sa.select(
    workers.c.slots,
    workers.c.threads,
    workers.c.memory_limit,
    workers.c.runs_shipped,
    workers.c.backends,
).where(workers.c.slots > 0)


def capacity(connection: sa.Connection, backend: str | None) -> Capacity | None:
    """Return what the hosts could run that are not forgotten; None where none could.

    Args:
        connection: The connection of a transaction.
        backend: The name of a plug-in; None for what paultrap computes itself.
    """
    able = [row for row in connection.execute(_HOSTS) if _can_run(row, backend)]
    if not able:
        return None
    limits = [row.memory_limit for row in able]
    return Capacity(
        slots=sum(row.slots for row in able),
        threads=max(row.threads for row in able),
        memory_limit=None if None in limits else max(limits),
    )


def _can_run(row: sa.Row[*tuple[Any, ...]], backend: str | None) -> bool:
    names = tuple(each.name for each in backends_of(row.backends))
    return WorkerBackends(names, row.runs_shipped).has(backend)


def pack_backends(backends: Sequence[HostBackend]) -> bytes:
    """Return the plug-ins of a host as they are stored."""
    return msgspec.json.encode(list(backends))


def backends_of(packed: bytes) -> tuple[HostBackend, ...]:
    """Return the plug-ins of a host from what is stored."""
    return _BACKENDS.decode(packed)
