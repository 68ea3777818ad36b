"""One SELECT for parents and one for children, with the same columns, and rows to records."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from paultrap.circuits import Readout
from paultrap.jobs import ChunkStatus, Sampling, Status
from paultrap.store.records import JobRecord, Progress
from paultrap.store.tables import chunks, circuit_failures, circuits, jobs


def _status(status: Status) -> sa.ColumnElement[Any]:
    return sa.literal(status, jobs.c.status.type)


# Dry runs of earlier releases have no chunks, and all of such a one is as its job is.
CHILD_STATUS = sa.case(
    (circuits.c.canceled_at.is_not(None), _status(Status.CANCELED)),
    (circuit_failures.c.position.is_not(None), _status(Status.FAILED)),
    (chunks.c.status.is_(None), jobs.c.status),
    (chunks.c.status == ChunkStatus.DONE, _status(Status.COMPLETED)),
    (chunks.c.status == ChunkStatus.FAILED, _status(Status.FAILED)),
    (chunks.c.status == ChunkStatus.CANCELED, _status(Status.CANCELED)),
    (chunks.c.started_at.is_not(None), _status(Status.STARTED)),
    else_=_status(Status.READY),
)

_HAS_RESULT = sa.and_(
    chunks.c.status == ChunkStatus.DONE,
    circuit_failures.c.position.is_(None),
    sa.not_(jobs.c.dry_run),
)

_SHARED = (
    jobs.c.project_id,
    jobs.c.submitter_id,
    jobs.c.session_id,
    jobs.c.backend,
    jobs.c.shots,
    jobs.c.noise,
    jobs.c.settings,
    jobs.c.sampling,
    jobs.c.dry_run,
    jobs.c.requested_at,
    jobs.c.request_id,
    jobs.c.traceparent,
)

PARENTS = sa.select(
    *_SHARED,
    jobs.c.id,
    sa.null().label("parent_id"),
    sa.null().label("index"),
    jobs.c.status,
    jobs.c.type,
    jobs.c.name,
    jobs.c.metadata,
    jobs.c.registers,
    jobs.c.readout,
    jobs.c.is_multicircuit,
    jobs.c.qubits,
    jobs.c.circuits,
    jobs.c.gates_1q,
    jobs.c.gates_2q,
    jobs.c.gateset,
    jobs.c.started_at,
    jobs.c.completed_at,
    jobs.c.execution_us,
    jobs.c.predicted_execution_ms,
    jobs.c.failure_code,
    jobs.c.failure_message,
    jobs.c.circuits_done,
    jobs.c.circuits_failed,
    sa.case((sa.not_(jobs.c.dry_run), jobs.c.price_usd)).label("price_usd"),
    jobs.c.machine_us,
    jobs.c.completed_usd,
    jobs.c.completed_us,
).where(jobs.c.deleted_at.is_(None))

# What a child's status follows from: beside its job its chunk, and why it has failed by itself.
FATES = (
    circuits.join(jobs, jobs.c.id == circuits.c.job_id)
    .outerjoin(
        chunks,
        sa.and_(chunks.c.job_id == circuits.c.job_id, chunks.c.position == circuits.c.chunk),
    )
    .outerjoin(
        circuit_failures,
        sa.and_(
            circuit_failures.c.job_id == circuits.c.job_id,
            circuit_failures.c.position == circuits.c.position,
        ),
    )
)

CHILDREN = (
    sa.select(
        *_SHARED,
        circuits.c.id,
        jobs.c.id.label("parent_id"),
        circuits.c.position.label("index"),
        CHILD_STATUS.label("status"),
        jobs.c.child_type.label("type"),
        circuits.c.name,
        sa.null().label("metadata"),
        circuits.c.registers,
        sa.null().label("readout"),
        sa.false().label("is_multicircuit"),
        circuits.c.qubits,
        sa.literal(1).label("circuits"),
        circuits.c.gates_1q,
        circuits.c.gates_2q,
        circuits.c.gateset,
        chunks.c.started_at,
        sa.case(
            (chunks.c.status.is_(None), jobs.c.completed_at),
            else_=sa.func.coalesce(circuits.c.canceled_at, chunks.c.ended_at),
        ).label("completed_at"),
        chunks.c.execution_us,
        sa.null().label("predicted_execution_ms"),
        sa.func.coalesce(circuit_failures.c.code, chunks.c.failure_code).label("failure_code"),
        sa.func.coalesce(circuit_failures.c.message, chunks.c.failure_message).label(
            "failure_message"
        ),
        sa.case((_HAS_RESULT, 1), else_=0).label("circuits_done"),
        sa.case((CHILD_STATUS == Status.FAILED, 1), else_=0).label("circuits_failed"),
        sa.null().label("price_usd"),
        sa.null().label("machine_us"),
        sa.null().label("completed_usd"),
        sa.null().label("completed_us"),
    )
    .select_from(FATES)
    .where(circuits.c.deleted_at.is_(None), jobs.c.deleted_at.is_(None))
)


@lru_cache(maxsize=64)  # The children of a job have the same.
def _sampling_of(text: bytes) -> Sampling:
    return Sampling.from_bytes(text)


def record_of(row: sa.Row[*tuple[Any, ...]]) -> JobRecord:
    """Return a row of `PARENTS` or `CHILDREN` as a record."""
    columns = row._asdict()
    columns["is_multicircuit"] = bool(columns["is_multicircuit"])  # SQLite's constants are numbers
    if columns["sampling"] is not None:
        columns["sampling"] = _sampling_of(columns["sampling"])
    if columns["readout"] is not None:
        columns["readout"] = Readout.from_bytes(columns["readout"])
    execution_us = columns.pop("execution_us")
    done, failed = columns.pop("circuits_done"), columns.pop("circuits_failed")
    return JobRecord(
        **columns,
        execution_ms=None if execution_us is None else -(-execution_us // 1000),
        progress=Progress(done, columns["circuits"], failed),
    )
