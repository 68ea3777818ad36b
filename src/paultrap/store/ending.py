"""Statements that end a chunk, and with the last one its job."""

from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.admission import bill_of_part
from paultrap.jobs import ChunkStatus, CircuitFailure, Failure, Failures, Status, in_summary
from paultrap.store import checksums, quick, sessions
from paultrap.store.clock import Moment
from paultrap.store.errors import DamagedError
from paultrap.store.events import EventKind, note
from paultrap.store.tables import (
    chunks,
    circuit_failures,
    circuits,
    executions,
    jobs,
    result_slices,
)

#: No circuit of a chunk has failed.
NONE_FAILED: Failures = MappingProxyType({})

_JOB_ID: sa.BindParameter[str] = sa.bindparam("id_of_job")
_COMPLETED = sa.select(
    sa.func.sum(circuits.c.gates_1q).label("gates_1q"),
    sa.func.sum(circuits.c.gates_2q).label("gates_2q"),
    sa.func.count().label("circuits"),
).where(
    circuits.c.job_id == _JOB_ID,
    circuits.c.position.not_in(
        sa.select(circuit_failures.c.position).where(circuit_failures.c.job_id == _JOB_ID)
    ),
)
_COUNTED = sa.select(executions.c.cost_usd).where(executions.c.job_id == _JOB_ID)
_DROP = sa.delete(result_slices).where(
    result_slices.c.job_id == _JOB_ID, result_slices.c.position == sa.bindparam("position")
)
_SLICES = sa.select(sa.func.count().label("slices")).where(
    result_slices.c.job_id == _JOB_ID, result_slices.c.position == sa.bindparam("position")
)
_FIRST: sa.BindParameter[int] = sa.bindparam("first")
_STOP: sa.BindParameter[int] = sa.bindparam("stop")
_NAMES = sa.select(circuits.c.position, circuits.c.name).where(
    circuits.c.job_id == _JOB_ID,
    circuits.c.position >= _FIRST,
    circuits.c.position < _STOP,
    circuits.c.name.is_not(None),
)
_FIRST_FAILURE = (
    sa.select(circuit_failures.c.code, circuit_failures.c.message)
    .where(circuit_failures.c.job_id == _JOB_ID)
    .order_by(circuit_failures.c.position)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """Which chunk, and which circuits it holds."""

    job_id: str
    position: int
    first: int
    stop: int

    def key(self) -> dict[str, Any]:
        """Return what tells it from others, as the parameters of a statement."""
        return {"id_of_job": self.job_id, "position": self.position}

    def as_fields(self) -> dict[str, Any]:
        """Return what an event of the chunk says of it."""
        return {
            "chunk": self.position,
            "first": self.first,
            "circuits": self.stop - self.first,
            "gates_1q": 0,
            "gates_2q": 0,
        }


def update_chunk(connection: sa.Connection, chunk: ChunkKey, **values: Any) -> None:
    """Change columns of one chunk."""
    key = {"job_id": chunk.job_id, "position": chunk.position}
    checksums.change_one(connection, chunks, key, values)


def drop_slices(connection: sa.Connection, job_id: str, position: int) -> None:
    """Delete what has been written of a chunk's result."""
    quick.run(connection, _DROP, {"id_of_job": job_id, "position": position})


def give_up(
    connection: sa.Connection, chunk: ChunkKey, now: Moment, failure: CircuitFailure
) -> None:
    """End a chunk all of whose circuits fail, for one reason."""
    drop_slices(connection, chunk.job_id, chunk.position)
    failures = dict.fromkeys(range(chunk.first, chunk.stop), failure)
    end_chunk(connection, chunk, now, failures=failures)


def end_chunk(
    connection: sa.Connection,
    chunk: ChunkKey,
    now: Moment,
    *,
    execution_us: int = 0,
    failures: Failures = NONE_FAILED,
) -> None:
    """End a chunk; the caller has made sure that it is leased.

    Each circuit fails alone, but where circuits come in stages the whole chunk does. The job ends
    with its last chunk: failed when a circuit has, else with a record of its execution. The chunks
    of later stages, which wait for the chunk, are queued when it was the last of its stage, or fail
    with it.
    """
    row = checksums.locked(connection, jobs, {"id": chunk.job_id})
    if row is None:
        raise DamagedError(chunk.job_id, f"chunk {chunk.position} of no job")
    job = SimpleNamespace(**row)
    first = _recorded(connection, job, chunk, failures) if failures else None
    failed = chunk.stop - chunk.first if first and job.stages > 1 else len(failures)
    is_done = failed < chunk.stop - chunk.first
    values: dict[str, Any] = {
        "status": ChunkStatus.DONE if is_done else ChunkStatus.FAILED,
        "ended_at": now.wall,
        "lease_until": None,
        "execution_us": execution_us,
        "slices": quick.fetch(connection, _SLICES, chunk.key())[0].slices,
    }
    if first is not None and job.stages > 1:
        values |= {"failure_code": first.code, "failure_message": first.message}
    update_chunk(connection, chunk, **values)
    fields: dict[str, Any] = {} if first is None else {"code": first.code, "message": first.message}
    if is_done:
        fields["execution_ms"] = execution_us / 1000
    kind = EventKind.CHUNK_DONE if is_done else EventKind.CHUNK_FAILED
    note(connection, kind, job, now.wall, **chunk.as_fields(), circuits_failed=failed, **fields)
    still_open = job.chunks_open - 1
    if job.stages > 1:
        if first is None:
            _queue_next_stage(connection, job, now)
        else:
            still_open -= _fail_waiting(connection, chunk.job_id, now.wall, first)
    changed: dict[str, Any] = {
        "chunks_open": still_open,
        "execution_us": (job.execution_us or 0) + execution_us,
        "circuits_done": job.circuits_done + chunk.stop - chunk.first - failed,
    }
    if first is not None:
        changed |= _as_failed(job, failed, first)
    ended = None
    if still_open == 0:
        ended = _ended(connection, SimpleNamespace(**row | changed), now)
        changed |= ended.values
    checksums.change_known(connection, jobs, [row], changed)
    if ended is not None:
        note(connection, ended.kind, job, now.wall, **ended.fields)
        _book(connection, SimpleNamespace(**row | changed), now)


def _recorded(
    connection: sa.Connection,
    job: SimpleNamespace,
    chunk: ChunkKey,
    failures: Failures,
) -> Failure:
    """Write the rows of the circuits that have failed; return what the first one's says."""
    first = min(failures)
    if job.stages > 1:
        return failures[first].of_circuits(chunk.first, chunk.stop)
    within = {"id_of_job": chunk.job_id, "first": chunk.first, "stop": chunk.stop}
    names = {position: name for position, name in connection.execute(_NAMES, within)}  # noqa: C416  # of rows
    found = {index: failures[index].of_circuit(index, names.get(index)) for index in failures}
    rows = [
        {"job_id": chunk.job_id, "position": index, "code": each.code, "message": each.message}
        for index, each in found.items()
    ]
    checksums.insert(connection, circuit_failures, rows)
    return found[first]


def _as_failed(job: SimpleNamespace, failed: int, first: Failure) -> dict[str, Any]:
    """Return what changes of a job of which circuits have failed, before it ends."""
    if job.stages == 1:
        return {"circuits_failed": job.circuits_failed + failed}
    if job.failure_code is None:  # The first failure speaks for the job.
        return {"failure_code": first.code, "failure_message": first.message}
    return {}


class _Ended(NamedTuple):
    """How a job ends: what of it changes, and the event with what that says."""

    values: dict[str, Any]
    kind: EventKind
    fields: dict[str, Any]


def _ended(connection: sa.Connection, job: SimpleNamespace, now: Moment) -> _Ended:
    """Return how a job ends whose chunks have all ended."""
    failure = None
    if job.circuits_failed:
        (first,) = quick.fetch(connection, _FIRST_FAILURE, {"id_of_job": job.id})
        failure = Failure(first.code, in_summary(job.circuits_failed, job.circuits, first.message))
    elif job.failure_code is not None:
        failure = Failure(job.failure_code, job.failure_message)
    values: dict[str, Any] = {"status": Status.COMPLETED, "completed_at": now.wall}
    fields: dict[str, Any] = {"execution_ms": (job.execution_us or 0) / 1000}
    if failure is None:
        return _Ended(values, EventKind.COMPLETED, fields)
    told = {"code": failure.code, "message": failure.message}
    values |= {"status": Status.FAILED} | {f"failure_{key}": told[key] for key in told}
    fields |= told | {"circuits_failed": job.circuits_failed}
    if _counts_in_part(job):
        values |= _bill_of_completed(connection, job)
    return _Ended(values, EventKind.FAILED, fields)


def _book(connection: sa.Connection, job: SimpleNamespace, now: Moment) -> None:
    """Count a job that has just ended for its organization and its session.

    Its circuits that completed count. Searches count as a whole. A job that was retried has been
    counted before.
    """
    if job.circuits_done == job.circuits or _counts_in_part(job):
        found = _execution(job)
        before = quick.fetch(connection, _COUNTED, {"id_of_job": job.id})
        if before:
            connection.execute(sa.delete(executions).where(executions.c.job_id == job.id))
        checksums.insert(connection, executions, [found])
        if job.session_id is not None:
            counted = (before[0].cost_usd or 0.0) if before else 0.0
            sessions.count_cost(connection, job.session_id, found["cost_usd"] - counted)
    if job.session_id is not None:
        sessions.settle(connection, now, job.session_id)


def _execution(job: SimpleNamespace) -> dict[str, Any]:
    """Return what is recorded of a job that has ended; it outlives the job."""
    busy = (job.completed_us, job.machine_us, job.execution_us, 0)
    return {
        "job_id": job.id,
        "project_id": job.project_id,
        "submitter_id": job.submitter_id,
        "backend": job.backend,
        "completed_at": job.completed_at,
        "circuits": job.circuits_done,
        "shots": job.shots,
        "execution_us": next(each for each in busy if each is not None),
        "cost_usd": job.price_usd if job.completed_usd is None else job.completed_usd,
    }


def _counts_in_part(job: SimpleNamespace) -> bool:
    """Return whether some circuits of a job completed, and count, although others have failed."""
    return bool(job.stages == 1 and 0 < job.circuits_done < job.circuits)


def _bill_of_completed(connection: sa.Connection, job: SimpleNamespace) -> dict[str, float | None]:
    """Return what the circuits of a job that completed cost, and how long its machine was busy.

    It is a share by number where the gates of each are not known, as of functions without children,
    and where an earlier release has stored the job, which does not say by what it is billed.
    """
    found = connection.execute(_COMPLETED, {"id_of_job": job.id}).one()
    if job.rates is not None and found.circuits == job.circuits_done:
        bill = bill_of_part(
            job.rates, found.gates_1q, found.gates_2q, job.shots or 0, found.circuits
        )
        return {"completed_usd": bill.price_usd, "completed_us": bill.machine_us}
    share = job.circuits_done / job.circuits
    busy = None if job.machine_us is None else round(job.machine_us * share)
    return {"completed_usd": job.price_usd * share, "completed_us": busy}


def _queue_next_stage(connection: sa.Connection, job: SimpleNamespace, now: Moment) -> None:
    """Queue the chunks of the next stage, unless some of this one are still to be done."""
    open_chunks = sa.select(chunks.c.position).where(
        chunks.c.job_id == job.id,
        chunks.c.status.in_([ChunkStatus.QUEUED, ChunkStatus.LEASED]),
    )
    if connection.execute(open_chunks.limit(1)).first() is not None:
        return
    waiting = (chunks.c.job_id == job.id, chunks.c.status == ChunkStatus.WAITING)
    stage, due_at = connection.execute(
        sa.select(sa.func.min(chunks.c.stage), sa.func.min(chunks.c.due_at)).where(*waiting)
    ).one()
    if stage is not None:
        # As far from each other as they were planned; the first one now.
        def queued(chunk: checksums.Row) -> dict[str, Any]:
            return {"status": ChunkStatus.QUEUED, "due_at": chunk["due_at"] + now.steady - due_at}

        checksums.change(connection, chunks, queued, *waiting, chunks.c.stage == stage)
        note(connection, EventKind.QUEUED, job, now.wall)


def _fail_waiting(connection: sa.Connection, job_id: str, now: int, failure: Failure) -> int:
    """Fail the chunks that wait for one that has failed, and return how many they are."""
    values = {
        "status": ChunkStatus.FAILED,
        "ended_at": now,
        "failure_code": failure.code,
        "failure_message": failure.message,
    }
    waiting = (chunks.c.job_id == job_id, chunks.c.status == ChunkStatus.WAITING)
    return len(checksums.change(connection, chunks, values, *waiting))
