"""`Workers`: the servers and worker hosts of a database, as they have registered themselves.

Each renews its row every `HEARTBEAT_S`; one that was not heard of for three of these runs nothing, as
far as others know. What it could hold counts for `REMEMBERED_S` longer, also where it has ended: a large
host that starts again must not make large jobs fail meanwhile.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import msgspec
import sqlalchemy as sa

from paultrap.jobs import ChunkStatus
from paultrap.store.clock import Moment
from paultrap.store.database import Database
from paultrap.store.records import (
    Capacity,
    HostBackend,
    HostRecord,
    HostRegistration,
    RunningChunk,
)
from paultrap.store.tables import chunks, jobs, workers

HEARTBEAT_S = 10.0
REMEMBERED_S = 600.0

_LIVE_MS = round(3 * HEARTBEAT_S * 1000)
_REMEMBERED_MS = round(REMEMBERED_S * 1000)

_BACKENDS = msgspec.json.Decoder(tuple[HostBackend, ...])
_ABOUT = (
    workers.c.kind,
    workers.c.host,
    workers.c.hostname,
    workers.c.pid,
    workers.c.version,
    workers.c.slots,
    workers.c.threads,
    workers.c.memory_limit,
    workers.c.runs_shipped,
)
_ALL = sa.select(
    *_ABOUT,
    workers.c.id,
    workers.c.backends,
    workers.c.started_at,
    workers.c.last_seen,
    workers.c.is_draining,
).order_by(workers.c.kind, workers.c.started_at, workers.c.id)
_CAPACITIES = sa.select(
    workers.c.slots,
    workers.c.threads,
    workers.c.memory_limit,
    workers.c.runs_shipped,
    workers.c.backends,
).where(workers.c.slots > 0)
_RUNNING = (
    sa.select(
        chunks.c.server,
        chunks.c.job_id,
        jobs.c.project_id,
        chunks.c.position,
        chunks.c.stop - chunks.c.first,
        chunks.c.started_at,
    )
    .join(jobs, jobs.c.id == chunks.c.job_id)
    .where(chunks.c.status == ChunkStatus.LEASED)
    .order_by(chunks.c.started_at, chunks.c.job_id, chunks.c.position)
)


class Workers:
    """The registered processes of a database.

    Args:
        database: The database.
        server: The id of the process that registers; None where it does not.
    """

    def __init__(self, database: Database, server: str | None) -> None:
        self._database = database
        self._server = server
        # From when on this process was seen without a pause. After an outage of all, none is old.
        self._seen_since: int | None = None
        self._seen_at = 0

    def register(self, about: HostRegistration) -> None:
        """Say what this process is. It takes the place of what has ended on its host.

        Raises:
            ValueError: It has no id.
        """
        if self._server is None:
            raise ValueError("a process without an id cannot register")

        def insert(connection: sa.Connection) -> None:
            now = self._database.moment()
            ended = (workers.c.host == about.host, workers.c.ended_at.is_not(None))
            connection.execute(sa.delete(workers).where(*ended, workers.c.kind == about.kind))
            connection.execute(sa.delete(workers).where(workers.c.id == self._server))
            connection.execute(sa.insert(workers).values(**self._row(about, now)))

        self._database.change(insert, durable=False)
        self._seen(self._database.moment().steady)

    def _row(self, about: HostRegistration, now: Moment) -> dict[str, Any]:
        return {
            **asdict(about),
            "id": self._server,
            "backends": msgspec.json.encode(list(about.backends)),
            "started_at": now.wall,
            "last_seen": now.steady,
            "is_draining": False,
        }

    def beat(self, *, is_draining: bool = False) -> bool:
        """Say that this process is there; return False where it is not registered any more.

        Args:
            is_draining: Whether it takes no more chunks.
        """
        return self._change(is_draining=is_draining)

    def leave(self) -> None:
        """Say that this process ends, and that its workers have."""
        self._change(is_draining=True, ended=True)

    def _change(self, *, is_draining: bool, ended: bool = False) -> bool:
        def change(connection: sa.Connection) -> bool:
            now = self._database.moment().steady
            changed = connection.execute(
                sa.update(workers)
                .where(workers.c.id == self._server)
                .values(last_seen=now, is_draining=is_draining, ended_at=now if ended else None)
            )
            return bool(changed.rowcount == 1)

        is_there = self._database.change(change, durable=False)
        self._seen(self._database.moment().steady)
        return is_there

    def _seen(self, now: int) -> None:
        if self._seen_since is None or now - self._seen_at > _LIVE_MS:
            self._seen_since = now
        self._seen_at = now

    def live(self, *, running: bool = True) -> list[HostRecord]:
        """Return the processes that are there, servers first.

        Args:
            running: Whether with what they run.
        """
        with self._database.read() as connection:
            now = self._database.moment()
            found = connection.execute(_ALL.where(*_is_live(now))).all()
            leased = _running(connection) if running else {}
        return [_record(row, now, leased.get(row.id, ())) for row in found]

    def capacity(self, backend: str | None = None) -> Capacity | None:
        """Return what the hosts could run that are registered; None where none could.

        Args:
            backend: The name of a plug-in; None for what paultrap computes itself.
        """
        with self._database.read() as connection:
            return capacity(connection, backend)

    def forget(self) -> None:
        """Remove the rows of those that were not seen for long while this process could be."""
        now = self._database.moment().steady
        if self._seen_since is None or self._seen_since > now - _REMEMBERED_MS:
            return
        with self._database.read() as connection:
            long_ago = workers.c.last_seen < now - _REMEMBERED_MS
            found = list(connection.scalars(sa.select(workers.c.id).where(long_ago)))
        if found:
            gone = sa.delete(workers).where(workers.c.id.in_(found), long_ago)
            self._database.change(lambda connection: connection.execute(gone), durable=False)


def _is_live(now: Moment) -> tuple[sa.ColumnElement[bool], ...]:
    return (workers.c.ended_at.is_(None), workers.c.last_seen >= now.steady - _LIVE_MS)


def capacity(connection: sa.Connection, backend: str | None) -> Capacity | None:
    """Return what `Workers.capacity` does, within a transaction."""
    able = [row for row in connection.execute(_CAPACITIES) if _can_run(row, backend)]
    if not able:
        return None
    limits = [row.memory_limit for row in able]
    return Capacity(
        slots=sum(row.slots for row in able),
        threads=max(row.threads for row in able),
        memory_limit=None if None in limits else max(limits),
    )


def _can_run(row: sa.Row[*tuple[Any, ...]], backend: str | None) -> bool:
    if backend is None:
        return bool(row.runs_shipped)
    return any(each.name == backend for each in _BACKENDS.decode(row.backends))


def registered(connection: sa.Connection) -> list[str]:
    """Return the ids of those that have not ended, as far as is known."""
    return list(connection.scalars(sa.select(workers.c.id).where(workers.c.ended_at.is_(None))))


def end(connection: sa.Connection, host_id: str | None, now: Moment) -> None:
    """Note that a process has ended; should it live, its next heartbeat says so."""
    which = (workers.c.id == host_id, workers.c.ended_at.is_(None))
    connection.execute(sa.update(workers).where(*which).values(ended_at=now.steady))


def _running(connection: sa.Connection) -> dict[str | None, list[RunningChunk]]:
    found: dict[str | None, list[RunningChunk]] = {}
    for server, *about in connection.execute(_RUNNING):
        found.setdefault(server, []).append(RunningChunk(*about))
    return found


def _record(
    row: sa.Row[*tuple[Any, ...]], now: Moment, running: Iterable[RunningChunk]
) -> HostRecord:
    said: dict[str, Any] = {column.name: getattr(row, column.name) for column in _ABOUT}
    return HostRecord(
        id=row.id,
        about=HostRegistration(**said, backends=_BACKENDS.decode(row.backends)),
        started_at=row.started_at,
        last_seen=now.wall - (now.steady - row.last_seen),
        is_draining=row.is_draining,
        running=list(running),
    )
