"""`Sessions`, and the statements that count jobs in them and end those that are over."""

from dataclasses import asdict
from functools import partial
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import Identifiers, Status
from paultrap.store import checksums, quick
from paultrap.store.changes import cancel_whole
from paultrap.store.clock import Moment
from paultrap.store.creating import CreatingRequest
from paultrap.store.creations import Creations, forget
from paultrap.store.database import Database
from paultrap.store.errors import SessionClosedError, SessionNotFoundError
from paultrap.store.events import EventReason
from paultrap.store.records import NewJob, NewSession, SessionRecord
from paultrap.store.tables import jobs, sessions
from paultrap.store.texts import storable

_MINUTE_MS = 60_000
_WAITING = (Status.SUBMITTED, Status.READY)
_OPEN = (*_WAITING, Status.STARTED)

_NOW: sa.BindParameter[int] = sa.bindparam("now")  # steady
_HAS_OPEN_JOBS = sa.exists().where(
    jobs.c.project_id == sessions.c.project_id,
    jobs.c.session_id == sessions.c.id,
    jobs.c.status.in_(_OPEN),
    jobs.c.deleted_at.is_(None),
)
_IS_OVERDUE = sessions.c.deadline <= _NOW
# A session that its time has ended was as long as that, whatever the wall clock shows by then.
_OPEN_SESSIONS = sa.select(
    sessions.c.id,
    sessions.c.project_id,
    sa.case((_IS_OVERDUE, sessions.c.expires_at)).label("ended_at"),
).where(sessions.c.ended_at.is_(None))
_LOCKED = (
    sa.select(sessions.c.id)
    .where(sessions.c.id == sa.bindparam("session_id"))
    .with_for_update(key_share=True)
)
_OVERDUE = _OPEN_SESSIONS.where(_IS_OVERDUE)
_ANY_OVERDUE = _OVERDUE.limit(1)
# A full session ends with its last job: ended at once, it would cancel that one.
_OVER = _OPEN_SESSIONS.where(
    sa.or_(
        _IS_OVERDUE,
        sessions.c.spent_usd >= sessions.c.usd_limit,
        sa.and_(sessions.c.jobs >= sessions.c.job_limit, sa.not_(_HAS_OPEN_JOBS)),
    ),
)


class Sessions:
    """The sessions of a database.

    Args:
        database: The database.
        creations: Which requests have made something in it.
        ids: Makes the ids of sessions, by which they are listed.
    """

    def __init__(self, database: Database, creations: Creations, ids: Identifiers) -> None:
        self._database = database
        self._ids = ids
        self._creations = creations

    def now(self) -> int:
        """Return the database's time, in Unix milliseconds."""
        return self._database.now()

    def create(self, new: NewSession, request: CreatingRequest | None = None) -> SessionRecord:
        """Store a session.

        Args:
            new: The session.
            request: The request that asks for it, where it may come again.

        Raises:
            RepeatedRequestError, IdempotencyKeyError: As of `Creations.once`.
        """
        record = SessionRecord(
            **asdict(new),
            id=self._ids.new(),
            ender_id=None,
            created_at=self._database.now(),
            started_at=None,
            ended_at=None,
            expires_at=None,
            jobs=0,
            spent_usd=0.0,
        )

        def insert(connection: sa.Connection) -> SessionRecord:
            checksums.insert(connection, sessions, [asdict(record)])
            return record

        return self._creations.once(request, insert)

    def get(self, project_id: str, session_id: str) -> SessionRecord:
        """Return a session of the project.

        Raises:
            SessionNotFoundError: There is none.
        """
        self._settle()
        with self._database.damage.watch(session_id), self._database.read() as connection:
            found = _get(connection, project_id, session_id)
        if found is None:
            raise SessionNotFoundError(session_id)
        return found

    def list_newest(
        self, project_id: str, limit: int, *, active: bool | None = None
    ) -> list[SessionRecord]:
        """Return the project's newest sessions, or those of them that have ended or have not."""
        self._settle()
        query = sa.select(sessions).where(sessions.c.project_id == project_id)
        if active is not None:
            ended = sessions.c.ended_at
            query = query.where(ended.is_(None) if active else ended.is_not(None))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(sessions.c.id.desc()).limit(limit)).all()
            for row in rows:
                checksums.check(connection, sessions, row.id)
            return [_record(row) for row in rows]

    def end(self, project_id: str, session_id: str, ender_id: str) -> None:
        """End a session, and cancel its jobs that have not started.

        One that has ended stays as it is.

        Raises:
            SessionNotFoundError: The project has no such session.
        """
        now = self._database.moment()

        def end(connection: sa.Connection) -> None:
            settle(connection, now, session_id)
            found = _get(connection, project_id, session_id)
            if found is None:
                raise SessionNotFoundError(session_id)
            if found.ended_at is None:
                forget(connection, [session_id])
                _end(connection, project_id, session_id, now.wall, ender_id)

        self._database.change(end)

    def _settle(self) -> None:
        """End the sessions that are over; a write only where there are any."""
        now = self._database.moment()
        with self._database.read() as connection:
            if connection.execute(_OVER, {"now": now.steady}).first() is None:
                return
        self._database.change(partial(settle, now=now))


def _get(connection: sa.Connection, project_id: str, session_id: str) -> SessionRecord | None:
    """Return a session of the project, or None."""
    if not storable(session_id):
        return None
    query = sa.select(sessions).where(
        sessions.c.id == session_id, sessions.c.project_id == project_id
    )
    checksums.check(connection, sessions, session_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _record(row)


def join(connection: sa.Connection, new: NewJob, now: Moment) -> None:
    """Count a job that is about to be stored as one of its session's, if it has one.

    Raises:
        SessionNotFoundError: There is no such session.
        SessionClosedError: It has ended or is full, or it is for another backend.
    """
    if new.session_id is None:
        return
    # Two that join at once must not both be the last one.
    connection.execute(_LOCKED, {"session_id": new.session_id})
    settle(connection, now, new.session_id)
    found = _get(connection, new.project_id, new.session_id)
    if found is None:
        raise SessionNotFoundError(new.session_id)
    _check_open(found, new)
    values: dict[str, int] = {"jobs": found.jobs + 1}
    if found.started_at is None:
        values["started_at"] = now.wall
        if found.minutes_limit is not None:
            until = now.after(found.minutes_limit * _MINUTE_MS)
            values |= {"expires_at": until.wall, "deadline": until.steady}
    checksums.change(connection, sessions, values, sessions.c.id == found.id)


def _check_open(session: SessionRecord, new: NewJob) -> None:
    if session.ended_at is not None:
        raise SessionClosedError(f'session "{session.id}" has ended; create another.')
    if session.job_limit is not None and session.jobs >= session.job_limit:
        raise SessionClosedError(
            f'session "{session.id}" has taken {session.jobs} jobs, which is its limit; '
            "create another."
        )
    if session.backend != new.backend:
        raise SessionClosedError(
            f'session "{session.id}" is for "{session.backend}", the job for "{new.backend}".'
        )


def count_cost(connection: sa.Connection, session_id: str, usd: float) -> None:
    """Count what a job that is completed has cost."""

    def spent(session: checksums.Row) -> dict[str, Any]:
        return {"spent_usd": session["spent_usd"] + usd}

    checksums.change(connection, sessions, spent, sessions.c.id == session_id)


def settle(connection: sa.Connection, now: Moment, session_id: str | None = None) -> None:
    """End the sessions, or the one, that have reached a limit."""
    if not storable(session_id):
        return
    query = _OVER if session_id is None else _OVER.where(sessions.c.id == session_id)
    _end_all(connection, query, now)


def has_overdue(connection: sa.Connection, now: Moment) -> bool:
    """Return whether there are sessions whose time is over."""
    return bool(quick.fetch(connection, _ANY_OVERDUE, {"now": now.steady}))


def settle_overdue(connection: sa.Connection, now: Moment) -> None:
    """End the sessions whose time is over; the other limits are reached with the end of a job."""
    _end_all(connection, _OVERDUE, now)


def _end_all(connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], now: Moment) -> None:
    locked = query.order_by(sessions.c.id).with_for_update(key_share=True, of=sessions)
    for row in connection.execute(locked, {"now": now.steady}).all():
        ended_at = now.wall if row.ended_at is None else row.ended_at
        _end(connection, row.project_id, row.id, ended_at, None)


def _end(
    connection: sa.Connection, project_id: str, session_id: str, now: int, ender_id: str | None
) -> None:
    values = {"ended_at": now, "ender_id": ender_id}
    # One that is damaged stays so, and must not come here again and again.
    which = sessions.c.id == session_id
    checksums.change(connection, sessions, values, which, even_damaged=True)
    waiting = connection.scalars(
        sa.select(jobs.c.id)
        .where(
            jobs.c.project_id == project_id,
            jobs.c.session_id == session_id,
            jobs.c.status.in_(_WAITING),
        )
        .order_by(jobs.c.id)
        .with_for_update(key_share=True)
    ).all()
    cancel_whole(connection, waiting, now, EventReason.SESSION_ENDED)


def _record(row: sa.Row[*tuple[Any, ...]]) -> SessionRecord:
    columns = row._asdict()
    del columns["deadline"], columns["checksum"]
    return SessionRecord(**columns)
