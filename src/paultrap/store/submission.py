"""Statements that store a new job: the job, its circuits, its chunks and their programs."""

from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from paultrap.admission import PlannedChunk, due_delays, labels_of, predicted_ms
from paultrap.jobs import ChunkStatus, Identifiers, JobType, Status
from paultrap.store import checksums, labels, sessions
from paultrap.store.blobs import pack_program, rows_of_blobs
from paultrap.store.clock import Moment
from paultrap.store.database import Database
from paultrap.store.events import EventKind, note
from paultrap.store.records import JobRecord, NewJob, Progress
from paultrap.store.tables import chunk_programs, chunks, circuits, job_labels, jobs

_SHOWN = frozenset(field.name for field in fields(JobRecord))


class Submission:
    """The rows of a new job, made before the transaction so that this one is short."""

    def __init__(self, new: NewJob, now: Moment, ids: Identifiers) -> None:
        batch = new.batch
        self._new = new
        self._now = now
        self._chunks = list(new.chunks)
        self._is_done = new.dry_run or not self._chunks
        self._counts = batch.gate_counts
        children = batch.program.n_circuits if batch.is_multicircuit else 0
        self.job_id, *self._child_ids = ids.some(1 + children)
        self._job = self._job_row()
        columns = self._columns_of_circuits() if self._child_ids else {}
        if columns:
            columns["checksum"] = checksums.of_columns(circuits, columns, children)
        self._circuit_columns = list(columns)
        self._circuits = list(zip(*columns.values(), strict=True))
        words = labels_of(new.name, new.metadata)
        self._labels = labels.rows_of(new.project_id, self.job_id, words)
        self._chunk_rows = self._chunk_rows_due()
        self._programs = {
            position: pack_program(batch.program.slice(chunk.first, chunk.stop))
            for position, chunk in enumerate(self._chunks)
        }

    def insert(self, database: Database, connection: sa.Connection) -> None:
        """Write all rows.

        Args:
            database: The database, which inserts many rows at once.
            connection: The connection of the transaction.

        Raises:
            SessionNotFoundError: The job names a session that does not exist.
            SessionClosedError: The session does not take it.
        """
        sessions.join(connection, self._new, self._now)
        checksums.insert_plain(database, connection, jobs, [self._job])
        if self._labels:
            database.insert_many(connection, job_labels, labels.COLUMNS, self._labels)
        if self._circuits:
            database.insert_many(connection, circuits, self._circuit_columns, self._circuits)
        if self._chunks:
            programs = rows_of_blobs(self.job_id, self._programs)
            checksums.insert_plain(database, connection, chunks, self._chunk_rows)
            checksums.insert_plain(database, connection, chunk_programs, programs)
        self._note(connection)

    def _note(self, connection: sa.Connection) -> None:
        record, failure = self.record, self._new.failure
        note(connection, EventKind.SUBMITTED, record, self._now.wall)
        if failure is not None:
            fields = {"code": failure.code, "message": failure.message}
            note(connection, EventKind.FAILED, record, self._now.wall, **fields)
        elif self._is_done:
            note(connection, EventKind.COMPLETED, record, self._now.wall)

    @cached_property
    def record(self) -> JobRecord:
        """The job as it is once it is stored."""
        shown = {name: value for name, value in self._job.items() if name in _SHOWN}
        shown |= {"sampling": self._new.sampling, "readout": self._new.readout}
        return JobRecord(
            **shown | ({"price_usd": None} if self._new.dry_run else {}),
            parent_id=None,
            index=None,
            execution_ms=None,
            progress=Progress(0, self._job["circuits"]),
        )

    def _job_row(self) -> dict[str, Any]:
        new, batch = self._new, self._new.batch
        gates_1q, gates_2q = self._counts.sum(axis=0).tolist()
        gatesets = set(batch.gatesets)
        circuits = batch.program.n_circuits
        return {
            "id": self.job_id,
            "project_id": new.project_id,
            "submitter_id": new.submitter_id,
            "session_id": new.session_id,
            "status": self._status(),
            "type": new.type
            or (JobType.MULTI_CIRCUIT if batch.is_multicircuit else JobType.CIRCUIT),
            "child_type": new.child_type,
            "stages": 1 + max((chunk.stage for chunk in self._chunks), default=0),
            "source": new.source,
            "source_checksum": None if new.source is None else checksums.of_value(new.source),
            "children_checksum": checksums.of_value("".join(self._child_ids)),
            "backend": new.backend,
            "name": new.name,
            "metadata": new.metadata,
            "noise": new.noise,
            "settings": new.settings,
            "registers": new.registers,
            "shots": new.shots,
            "sampling": None if new.sampling is None else new.sampling.to_bytes(),
            "readout": None if new.readout is None else new.readout.to_bytes(),
            "dry_run": new.dry_run,
            "precision": new.precision,
            "is_multicircuit": batch.is_multicircuit,
            "qubits": batch.qubits,
            "circuits": circuits,
            "gates_1q": gates_1q,
            "gates_2q": gates_2q,
            "gateset": gatesets.pop() if len(gatesets) == 1 else None,
            "requested_at": self._now.wall,
            "started_at": None,
            "completed_at": self._now.wall if self._is_done else None,
            "execution_us": None,
            "predicted_execution_ms": predicted_ms(new.chunks),
            "price_usd": 0.0 if new.dry_run else new.bill.price_usd,
            "machine_us": new.bill.machine_us,
            "rates": new.bill.rates,
            "chunks_open": 0 if self._is_done else len(self._chunks),
            "circuits_done": 0,
            "failure_code": None if new.failure is None else new.failure.code,
            "failure_message": None if new.failure is None else new.failure.message,
            "request_id": new.request_id,
            "traceparent": new.traceparent,
        }

    def _status(self) -> Status:
        if self._new.failure is not None:
            return Status.FAILED
        return Status.COMPLETED if self._is_done else Status.READY

    def _columns_of_circuits(self) -> dict[str, Sequence[Any]]:
        """Return the columns of the children, without those that hold nothing."""
        batch, children = self._new.batch, len(self._child_ids)
        numbers: list[int | None] = [None] * children
        for number, chunk in enumerate(self._chunks):
            numbers[chunk.first : chunk.stop] = [number] * (chunk.stop - chunk.first)
        gates_1q, gates_2q = self._counts.T.tolist()
        columns: dict[str, Sequence[Any]] = {
            "job_id": [self.job_id] * children,
            "position": range(children),
            "id": self._child_ids,
            "chunk": numbers,
            "name": batch.names,
            "qubits": batch.program.widths.tolist(),
            "gates_1q": gates_1q,
            "gates_2q": gates_2q,
            "gateset": batch.gatesets,
            "registers": batch.registers,
        }
        return {
            name: column
            for name, column in columns.items()
            if column[0] is not None or column.count(None) < children
        }

    @property
    def _plugin(self) -> str | None:
        return None if self._new.sampling is None else self._new.sampling.backend

    def _chunk_rows_due(self) -> list[dict[str, Any]]:
        def status(chunk: PlannedChunk) -> ChunkStatus:
            if self._is_done:  # The chunks of a dry run keep its circuits.
                return ChunkStatus.DONE
            return ChunkStatus.WAITING if chunk.stage else ChunkStatus.QUEUED

        return [
            {
                "job_id": self.job_id,
                "position": position,
                "first": chunk.first,
                "stop": chunk.stop,
                "cost": chunk.cost,
                "memory": chunk.memory,
                "thread_memory": chunk.thread_memory,
                "backend": self._plugin,
                "stage": chunk.stage,
                "status": status(chunk),
                "ended_at": self._now.wall if self._is_done else None,
                "due_at": self._now.steady + delay,
                "attempts": 0,
                "deaths": 0,
                "outages": 0,
            }
            for position, (chunk, delay) in enumerate(
                zip(self._chunks, due_delays(self._chunks), strict=True)
            )
        ]
