"""Jobs whose answers are known without running them: circuit i flips the bits of i."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from harness.circuits import read_job
from harness.waiting import until
from paultrap.admission import PlannedChunk, bill_of
from paultrap.circuits import Distributions, Program
from paultrap.engine import RunOptions
from paultrap.formats import CircuitBatch, CircuitLimits
from paultrap.jobs import Work, execute
from paultrap.machines import FindPlugin, Machines
from paultrap.store import JobRecord, Lease, NewJob, NewSession, SessionRecord, Store
from paultrap.worker.isolation import run_each
from paultrap.worker.stages import findings_of, with_circuits

WIDTH = 5


def flipping(index: int) -> list[dict[str, Any]]:
    """Return the gates of a circuit that ends in state ``index`` modulo 32; an H pair is no-op."""
    flips = [{"gate": "x", "target": bit} for bit in range(WIDTH) if index >> bit & 1]
    return [{"gate": "h", "target": 0}, {"gate": "h", "target": 0}, *flips]


def batch_of(circuits: int, *, single: bool = False) -> CircuitBatch:
    entries = [{"name": f"circuit {i}", "circuit": flipping(i)} for i in range(circuits)]
    content = {"circuit": flipping(0)} if single else {"circuits": entries}
    body = json.dumps({"input": {"qubits": WIDTH, **content}}).encode()
    return read_job(body, CircuitLimits())


def file_of(store: Store) -> Path:
    """Return the file of a store whose engine is SQLite."""
    assert store.url.database is not None
    return Path(store.url.database)


def new_job(
    store: Store, circuits: int = 2, chunks: int = 1, *, single: bool = False, **fields: Any
) -> NewJob:
    """Return a job of the default project, cut into ``chunks`` of the same size, and its bill."""
    key = store.keys.find_open("any")
    assert key is not None
    bounds = np.linspace(0, circuits, chunks + 1).astype(int).tolist()
    made = NewJob(
        **{
            "project_id": key.project_id,
            "submitter_id": key.submitter_id,
            "backend": "simulator",
            "batch": batch_of(circuits, single=single),
            "chunks": [PlannedChunk(first, stop, 1e3) for first, stop in pairwise(bounds)],
        }
        | fields
    )
    counts = made.batch.program.gate_counts().sum(axis=0).tolist()
    backend = Machines.shipped().backends.get(made.backend)
    return replace(made, bill=bill_of(backend, *counts, made.shots or 0, circuits))


def new_session(store: Store, **fields: Any) -> SessionRecord:
    """Store a session of the default project."""
    key = store.keys.find_open("any")
    assert key is not None
    shared = {"project_id": key.project_id, "creator_id": key.submitter_id, "backend": "simulator"}
    return store.sessions.create(NewSession(**shared | fields))


def right_answer(first: int, stop: int) -> Distributions:
    """Return the distributions of circuits ``first`` to ``stop - 1``."""
    n = stop - first
    return Distributions(
        offsets=np.arange(n + 1, dtype=np.int64),
        states=np.arange(first, stop, dtype=np.uint64) % np.uint64(2**WIDTH),
        probabilities=np.ones(n),
    )


def classical(program: Program) -> Distributions:
    """Run a program of X gates (and H pairs, which cancel) by flipping bits."""
    states = []
    for start, end in pairwise(program.gate_offsets.tolist()):
        flips = program.qubits[start:end][program.opcodes[start:end] == 0].tolist()
        states.append(sum(1 << bit for bit in flips))
    n = len(states)
    return Distributions(np.arange(n + 1), np.array(states, np.uint64), np.ones(n))


def finish(store: Store, lease: Lease, execution_us: int = 1_000) -> bool:
    return store.queue.finish(lease, right_answer(lease.first, lease.stop), execution_us)


def run(
    store: Store,
    lease: Lease,
    execution_us: int = 1_000,
    find_plugin: FindPlugin = lambda _: None,
) -> bool:
    """Run a chunk as a worker does."""

    def executed(part: Lease) -> Distributions:
        return execute(
            Work(part.program, part.sampling, readout=part.readout, first_index=part.first),
            RunOptions(part.precision),
            find_plugin,
        )

    lease = with_circuits(lease)
    answers, failures = run_each(executed, lease)
    findings = findings_of(lease, answers)
    return store.queue.finish(lease, answers, execution_us, findings, failures)


def finish_all(store: Store) -> int:
    """Run everything that is queued; return how many chunks that was."""
    done = 0
    while (lease := store.queue.lease("finisher", 60_000)) is not None:
        assert finish(store, lease)
        done += 1
    return done


def reread(store: Store, job: JobRecord) -> JobRecord:
    found = store.jobs.get(job.project_id, job.id)
    assert found is not None
    return found


def ended(store: Store, job: JobRecord) -> JobRecord:
    """Return a job as it is when it has ended."""
    until(lambda: reread(store, job).status.is_final)
    return reread(store, job)


def children(store: Store, job: JobRecord) -> list[JobRecord]:
    found = [store.jobs.get(job.project_id, child_id) for child_id in store.jobs.child_ids(job.id)]
    return [child for child in found if child is not None]


def answers(store: Store, job: JobRecord) -> list[dict[int, float]]:
    found: list[dict[int, float]] = []
    is_inside = False
    for _, part, is_continued in store.jobs.results(job):
        if is_inside:
            found[-1] |= part.as_dict(0)
        else:
            found += [part.as_dict(index) for index in range(part.n_circuits)]
        is_inside = is_continued
    return found


def expected(circuits: int) -> list[dict[int, float]]:
    return [{index % 2**WIDTH: 1.0} for index in range(circuits)]


def rows_of(store: Store) -> dict[str, int]:
    """Return how many rows there are of all jobs, by table."""
    tables = ("jobs", "circuits", "chunks", "chunk_programs", "result_slices")
    with store._database.read() as connection:
        return {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in tables
        }
