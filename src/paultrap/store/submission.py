"""Statements that store a new job: the job, its circuits, its chunks and their programs."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Status, due_delays, new_ids, predicted_ms
from paultrap.store.blobs import pack_program
from paultrap.store.records import JobRecord, NewJob, Progress
from paultrap.store.tables import chunk_programs, chunks, circuits, jobs

__all__ = ["Submission"]

_Row = Mapping[str, Any]


class Submission:
    """The rows of a new job, made before the transaction so that this one is short."""

    def __init__(self, new: NewJob, now: int) -> None:
        batch = new.batch
        self._new = new
        self._now = now
        self._chunks = [] if new.dry_run else list(new.chunks)
        self._counts = batch.program.gate_counts()
        children = batch.program.n_circuits if batch.is_multicircuit else 0
        self.job_id, *self._child_ids = new_ids(1 + children)
        self._job = self._job_row()
        self._circuits = self._circuit_rows()
        self._chunk_rows = self._chunk_rows_due()
        self._programs = [
            {
                "job_id": self.job_id,
                "position": position,
                "data": pack_program(batch.program.slice(chunk.first, chunk.stop)),
            }
            for position, chunk in enumerate(self._chunks)
        ]

    def insert(self, connection: sa.Connection) -> None:
        """Write all rows."""
        connection.execute(sa.insert(jobs), self._job)
        for table, rows in (
            (circuits, self._circuits),
            (chunks, self._chunk_rows),
            (chunk_programs, self._programs),
        ):
            if rows:
                connection.execute(sa.insert(table), rows)

    def record(self) -> JobRecord:
        """Return the job as it stands once it is stored."""
        hidden = {"execution_us", "chunks_open", "circuits_done"}
        shown = {name: value for name, value in self._job.items() if name not in hidden}
        return JobRecord(
            **shown,
            parent_id=None,
            index=None,
            execution_ms=None,
            progress=Progress(0, self._job["circuits"]),
        )

    def _job_row(self) -> dict[str, Any]:
        new, batch = self._new, self._new.batch
        gates_1q, gates_2q = self._counts.sum(axis=0).tolist()
        gatesets = set(batch.gatesets)
        return {
            "id": self.job_id,
            "project_id": new.project_id,
            "submitter_id": new.submitter_id,
            "session_id": new.session_id,
            "status": Status.READY if self._chunks else Status.COMPLETED,
            "backend": new.backend,
            "name": new.name,
            "metadata": new.metadata,
            "noise": new.noise,
            "settings": new.settings,
            "registers": new.registers,
            "shots": new.shots,
            "dry_run": new.dry_run,
            "is_multicircuit": batch.is_multicircuit,
            "qubits": batch.qubits,
            "circuits": batch.program.n_circuits,
            "gates_1q": gates_1q,
            "gates_2q": gates_2q,
            "gateset": gatesets.pop() if len(gatesets) == 1 else None,
            "requested_at": self._now,
            "started_at": None,
            "completed_at": None if self._chunks else self._now,
            "execution_us": None,
            "predicted_execution_ms": predicted_ms(new.chunks),
            "chunks_open": len(self._chunks),
            "circuits_done": 0,
            "failure_code": None,
            "failure_message": None,
        }

    def _circuit_rows(self) -> list[_Row]:
        batch = self._new.batch
        numbers: list[int | None] = [None] * batch.program.n_circuits
        for number, chunk in enumerate(self._chunks):
            numbers[chunk.first : chunk.stop] = [number] * (chunk.stop - chunk.first)
        # Only children have rows: the columns may be longer than their ids.
        columns = zip(
            self._child_ids,
            numbers,
            batch.names,
            batch.program.widths.tolist(),
            self._counts.tolist(),
            batch.gatesets,
            batch.registers,
            strict=False,
        )
        return [
            {
                "job_id": self.job_id,
                "position": position,
                "id": child_id,
                "chunk": number,
                "name": name,
                "qubits": width,
                "gates_1q": gates_1q,
                "gates_2q": gates_2q,
                "gateset": gateset,
                "registers": registers,
            }
            for position, (
                child_id,
                number,
                name,
                width,
                (gates_1q, gates_2q),
                gateset,
                registers,
            ) in enumerate(columns)
        ]

    def _chunk_rows_due(self) -> Sequence[_Row]:
        return [
            {
                "job_id": self.job_id,
                "position": position,
                "first": chunk.first,
                "stop": chunk.stop,
                "cost": chunk.cost,
                "status": ChunkStatus.QUEUED,
                "due_at": self._now + delay,
                "attempts": 0,
                "deaths": 0,
            }
            for position, (chunk, delay) in enumerate(
                zip(self._chunks, due_delays(self._chunks), strict=True)
            )
        ]
