"""`Workers`: the servers and worker hosts of a database, as they have registered themselves.

Each renews its row every `HEARTBEAT_S`; one that was not heard of for three of these runs nothing, as
far as others know. What it could hold counts for `REMEMBERED_S` longer, also where it has ended: a large
host that starts again must not make large jobs fail meanwhile.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus
from paultrap.store.capacity import backends_of, capacity, pack_backends
from paultrap.store.choosing import signs_of_work, wanted
from paultrap.store.clock import Moment
from paultrap.store.database import Database
from paultrap.store.errors import ReleaseError
from paultrap.store.host_records import (
    Capacity,
    HostKind,
    HostRecord,
    HostRegistration,
    RunningChunk,
    WorkerBackends,
)
from paultrap.store.liveness import LIVE_MS
from paultrap.store.tables import chunks, jobs, processes, workers

REMEMBERED_S = 600.0
_NO_LIMIT = 2**62
_REMEMBERED_MS = round(REMEMBERED_S * 1000)

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
    workers.c.ended_at,
).order_by(workers.c.kind, workers.c.started_at, workers.c.id)
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


class Seen(NamedTuple):
    """What a heartbeat finds.

    Attributes:
        is_known: Whether the process is registered still.
        has_work: Whether its workers should look: something waits that they may take or refuse, or a
            lease has run out.
        could_take: Whether something waits that would fit, were nothing else running.
        is_busy: Whether one of them has something.
    """

    is_known: bool
    has_work: bool
    could_take: bool
    is_busy: bool


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
        ended = (workers.c.host == about.host, workers.c.ended_at.is_not(None))

        def register(connection: sa.Connection) -> int:
            now = self._database.moment()
            connection.execute(sa.delete(workers).where(*ended, workers.c.kind == about.kind))
            connection.execute(sa.delete(workers).where(workers.c.id == self._server))
            connection.execute(sa.insert(workers).values(**self._row(about, now)))
            return now.steady

        self._note_seen(self._database.change(register, durable=False))

    def _row(self, about: HostRegistration, now: Moment) -> dict[str, Any]:
        return {
            **asdict(about),
            "id": self._server,
            "backends": pack_backends(about.backends),
            "started_at": now.wall,
            "last_seen": now.steady,
            "is_draining": False,
        }

    def beat(self, about: HostRegistration, *, is_draining: bool = False) -> Seen:
        """Say that this process is there, and look for work for its workers, in one statement.

        Args:
            about: What it has registered.
            is_draining: Whether it takes no more chunks.
        """
        now = self._database.moment().steady
        said = {"is_draining_now": is_draining}
        row = self._database.pulse(_beat(self._wanted(about)), self._values(about, now) | said)
        if row is None:
            return Seen(is_known=False, has_work=True, could_take=True, is_busy=False)
        self._note_seen(now)
        return Seen(True, *map(bool, row))

    def look(self, about: HostRegistration) -> Seen:
        """Look for work as `beat` does, and say nothing."""
        values = self._values(about, self._database.moment().steady)
        with self._database.read() as connection:
            row = connection.execute(sa.select(*_signs(self._wanted(about))), values).one()
        return Seen(True, *map(bool, row))

    def _wanted(self, about: HostRegistration) -> WorkerBackends | None:
        return wanted(self._database, about.can_run)

    def _values(self, about: HostRegistration, now: int) -> dict[str, Any]:
        limit = _NO_LIMIT if about.memory_limit is None else about.memory_limit
        return {"own_id": self._server, "now": now, "most_memory": limit}

    def leave(self) -> None:
        """Say that this process ends, and that its workers have."""
        self._database.change(
            lambda connection: end(connection, self._server, self._database.moment()),
            durable=False,
        )

    def _note_seen(self, now: int) -> None:
        if self._seen_since is None or now - self._seen_at > LIVE_MS:
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

    def known(self) -> list[HostRecord]:
        """Return the processes that are registered, also those that are gone, until they are forgotten."""
        with self._database.read() as connection:
            now = self._database.moment()
            found = connection.execute(_ALL).all()
        return [_record(row, now, ()) for row in found]

    def capacity(self, backend: str | None = None) -> Capacity | None:
        """Return what the hosts could run that are not forgotten; None where none could.

        Args:
            backend: The name of a plug-in; None for what paultrap computes itself.
        """
        with self._database.read() as connection:
            return capacity(connection, backend)

    def forget(self) -> None:
        """Remove the rows of those that were not seen for long while this process could be.

        And of the processes that they have started.
        """
        now = self._database.moment().steady
        if self._seen_since is None or self._seen_since > now - _REMEMBERED_MS:
            return
        is_old = workers.c.last_seen < now - _REMEMBERED_MS
        with self._database.read() as connection:
            if not list(connection.scalars(sa.select(workers.c.id).where(is_old))):
                return

        def forget(connection: sa.Connection) -> None:
            connection.execute(sa.delete(workers).where(is_old))
            known = sa.select(workers.c.id)
            connection.execute(sa.delete(processes).where(processes.c.server.not_in(known)))

        self._database.change(forget, durable=False)


@cache
def _signs(backends: WorkerBackends | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what `Seen` has beside the first, as expressions."""
    own = sa.select(chunks.c.position).where(
        chunks.c.status == ChunkStatus.LEASED, chunks.c.server == sa.bindparam("own_id")
    )
    return (*signs_of_work(backends), own.exists())


@cache
def _beat(backends: WorkerBackends | None) -> sa.UpdateBase:
    return (
        sa.update(workers)
        .where(workers.c.id == sa.bindparam("own_id"))
        .values(
            last_seen=sa.bindparam("now"),
            is_draining=sa.bindparam("is_draining_now"),
            ended_at=None,
        )
        .returning(*_signs(backends))
    )


def _is_live(now: Moment) -> tuple[sa.ColumnElement[bool], ...]:
    return (workers.c.ended_at.is_(None), workers.c.last_seen >= now.steady - LIVE_MS)


def check_release(database: Database, version: str) -> None:
    """Refuse to run the jobs of servers of another release.

    Raises:
        ReleaseError: The newest server that is there is of another one.
    """
    with database.read() as connection:
        now = database.moment()
        query = sa.select(workers.c.version).where(
            *_is_live(now), workers.c.kind == HostKind.SERVER
        )
        found = list(connection.scalars(query))
    newest = max(found, key=_as_numbers, default=version)
    if newest != version:
        raise ReleaseError(
            f"{database.name} is used by a server of paultrap {newest}, and this is {version}: "
            f"install paultrap {newest} here, or start servers of {version}."
        )


def _as_numbers(version: str) -> tuple[list[int], str]:
    """Return what versions are ordered by."""
    return [int(each) for each in re.findall(r"\d+", version)], version


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
        about=HostRegistration(**said, backends=backends_of(row.backends)),
        started_at=row.started_at,
        last_seen=now.wall - (now.steady - row.last_seen),
        is_draining=row.is_draining,
        is_live=row.ended_at is None and row.last_seen >= now.steady - LIVE_MS,
        running=list(running),
    )
