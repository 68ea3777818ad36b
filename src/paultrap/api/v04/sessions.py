"""Sessions: `/sessions`. Jobs join one by naming it when they are submitted.

A session ends when it is told to, or when it reaches one of its limits; its jobs that have not
started are canceled then, and those that have run to their end. See docs/reference/sessions.md.
"""

import math
from typing import Any, Literal

import msgspec
from litestar import Response, post
from msgspec import UNSET, UnsetType

from paultrap.admission import check_backend, check_understood
from paultrap.api.creating import Maker, answer_once
from paultrap.api.errors import invalid
from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get
from paultrap.api.machines import MAX_INT32
from paultrap.api.queries import read_flag, word
from paultrap.api.requests import notices_of
from paultrap.api.responses import answer
from paultrap.api.times import iso_time
from paultrap.api.v04.lists import answer_jobs
from paultrap.api.v04.shapes import CostLimit, Session, Sessions, SessionSettings
from paultrap.formats import whole_number
from paultrap.machines import Machines
from paultrap.notices import Notices
from paultrap.service import Origin
from paultrap.store import KeyRecord, NewSession, SessionRecord
from paultrap.submissions import decode

_QISKIT_PREFIX = "ionq_"  # qiskit-ionq sends its own name of the simulator
_USD = "usd"


class _CostLimit(msgspec.Struct, forbid_unknown_fields=True):
    value: Any
    unit: str | None = None


class _Limits(msgspec.Struct, forbid_unknown_fields=True):
    job_count_limit: Any = None
    duration_limit_min: Any = None
    cost_limit: _CostLimit | None = None


class _SessionBody(msgspec.Struct, forbid_unknown_fields=True):
    backend: str | None = None
    settings: _Limits | None = None


@post("/sessions", status_code=201)
async def create_session(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Make a session; it starts with its first job."""
    notices = notices_of(request.scope)

    async def create(origin: Origin, body: bytes) -> SessionRecord:
        new = _read(body, notices, key, service.machines)
        return await service.sessions.create(new, origin.creating)

    return await answer_once(
        request,
        service,
        key,
        Maker(create, lambda made: _session_of(made, key, service.sessions.now())),
    )


@get("/sessions")
async def list_sessions(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Answer the newest sessions, or those of them that have ended or have not."""
    active = None if word(request, "active") is None else read_flag(request, "active")
    found = await service.sessions.list_newest(key, active=active)
    now = service.sessions.now()
    sessions = [_session_of(each, key, now) for each in found]
    return answer(request, Sessions(key.organization_id, sessions))


@get("/sessions/{session_id:str}")
async def get_session(
    request: HttpRequest, service: Service, key: Caller, session_id: PathWord
) -> Response[bytes]:
    """Answer one session."""
    session = await service.sessions.find(key, session_id)
    return answer(request, _session_of(session, key, service.sessions.now()))


@post("/sessions/{session_id:str}/end", status_code=200)
async def end_session(
    request: HttpRequest, service: Service, key: Caller, session_id: PathWord
) -> Response[bytes]:
    """End a session and cancel its jobs that wait; one that has ended stays as it is."""
    session = await service.sessions.end(key, session_id)
    return answer(request, _session_of(session, key, service.sessions.now()))


@get("/sessions/{session_id:str}/jobs")
async def list_session_jobs(
    request: HttpRequest, service: Service, key: Caller, session_id: PathWord
) -> Response[bytes]:
    """Answer one page of a session's jobs, newest first."""
    session = await service.sessions.find(key, session_id)
    return await answer_jobs(request, service, key, session.id)


SESSION_ROUTES = (create_session, list_sessions, get_session, end_session, list_session_jobs)


def _read(body: bytes, notices: Notices, key: KeyRecord, machines: Machines) -> NewSession:
    sent = decode(body, _SessionBody, notices)
    check_understood(notices)
    if sent.backend is None:
        raise invalid("backend", 'missing; name the backend of the session, such as "simulator".')
    limits = sent.settings or _Limits()
    return NewSession(
        project_id=key.project_id,
        creator_id=key.submitter_id,
        backend=check_backend("backend", sent.backend.removeprefix(_QISKIT_PREFIX), machines).name,
        job_limit=_count("job_count_limit", limits.job_count_limit),
        minutes_limit=_count("duration_limit_min", limits.duration_limit_min),
        usd_limit=None if limits.cost_limit is None else _usd(limits.cost_limit),
    )


def _count(field: str, value: Any) -> int | None:
    if value is None:
        return None
    count = whole_number(value)
    if count is None or not 1 <= count <= MAX_INT32:
        raise invalid(f"settings.{field}", f"expected a whole number from 1 to {MAX_INT32:,}.")
    return count


def _usd(limit: _CostLimit) -> float:
    if (limit.unit or _USD).lower() != _USD:
        raise invalid("settings.cost_limit.unit", f'expected "{_USD}"; costs have no other unit.')
    try:
        value = float(limit.value)
    except (TypeError, ValueError):
        value = math.nan
    if isinstance(limit.value, bool) or not (math.isfinite(value) and value > 0):
        raise invalid("settings.cost_limit.value", "expected a number above 0.")
    return value


def _session_of(session: SessionRecord, key: KeyRecord, now: int) -> Session:
    status = _status(session)
    return Session(
        id=session.id,
        created_at=iso_time(session.created_at),
        organization_id=key.organization_id,
        backend=session.backend,
        project_id=session.project_id,
        creator_id=session.creator_id,
        ended_at=_time(session.ended_at),
        ender_id=session.ender_id,
        settings=_settings_of(session),
        active=session.ended_at is None,
        status=status,
        started_at=_time(session.started_at),
        state=status,
        usage_time=_usage_seconds(session, now),
    )


def _settings_of(session: SessionRecord) -> SessionSettings:
    return SessionSettings(
        job_count_limit=_or_unset(session.job_limit),
        duration_limit_min=_or_unset(session.minutes_limit),
        cost_limit=UNSET if session.usd_limit is None else CostLimit(_USD, session.usd_limit),
        expires_at=UNSET if session.expires_at is None else iso_time(session.expires_at),
    )


def _or_unset(value: int | None) -> int | UnsetType:
    return UNSET if value is None else value


def _status(session: SessionRecord) -> Literal["created", "started", "ended"]:
    if session.ended_at is not None:
        return "ended"
    return "created" if session.started_at is None else "started"


def _usage_seconds(session: SessionRecord, now: int) -> float | None:
    if session.started_at is None:
        return None
    until = now if session.ended_at is None else session.ended_at
    return max(0, until - session.started_at) / 1000  # The wall clock may have been set back.


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso_time(milliseconds)
