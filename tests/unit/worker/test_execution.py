"""What a worker computes with is what the lease says, not what the worker was started with."""

import json

import numpy as np
import pytest
from harness.circuits import read_job
from harness.jobs import finish, new_job

from paultrap.engine import (
    ENGINE_VERSION,
    MemoryLimitError,
    RunOptions,
    estimate_memory,
    simulate,
)
from paultrap.formats import CircuitLimits
from paultrap.jobs import RULES
from paultrap.store import Store, WorkerEngine
from paultrap.worker.execution import run_lease


def test_a_chunk_is_run_by_the_version_that_its_lease_names(tmp_path, monkeypatch):
    monkeypatch.setitem(RULES, "3", lambda work, _, __: work.program.n_circuits)
    both = WorkerEngine(tuple(RULES))
    store = Store.open(tmp_path / "paultrap.db")
    for versions in (["3"], [ENGINE_VERSION]):
        job = store.jobs.add(new_job(store, circuits=4, chunks=2))
        assert finish(store, store.queue.lease("worker", 60_000, engine=WorkerEngine(versions)))

        lease = store.queue.lease("worker", 60_000, engine=both)

        found = run_lease(lease, RunOptions(), lambda _: None)
        assert (found == 2) is (versions == ["3"])
        assert finish(store, lease)
        assert store.jobs.engine_of(job).ran == versions
    store.close()


@pytest.mark.parametrize("precision", ["single", "double"])
def test_a_chunk_is_computed_with_the_precision_of_its_job(tmp_path, precision):
    store = Store.open(tmp_path / "paultrap.db")
    gates = [{"gate": "rx", "target": k, "rotation": 0.1 + k} for k in range(3)]
    body = json.dumps({"input": {"circuit": gates}}).encode()
    batch = read_job(body, CircuitLimits())
    store.jobs.add(new_job(store, circuits=1, batch=batch))
    lease = store.queue.lease("worker", 60_000, engine=WorkerEngine(precision=precision))

    other = {"single": "double", "double": "single"}[precision]
    found = run_lease(lease, RunOptions(other, 1), lambda _: None)
    store.close()

    same = simulate(lease.program, RunOptions(precision, 1))
    assert found.probabilities.tolist() == same.probabilities.tolist()
    others = simulate(lease.program, RunOptions(other, 1)).probabilities
    assert not np.array_equal(found.probabilities, others)


@pytest.fixture
def many_states(tmp_path):
    """A lease of circuits of which each thread has states of its own."""
    store = Store.open(tmp_path / "paultrap.db")
    gates = [
        [{"gate": "ry", "target": k, "rotation": 0.1 + k + at} for k in range(10)]
        for at in range(40)
    ]
    body = json.dumps({"input": {"circuits": [{"circuit": each} for each in gates]}}).encode()
    store.jobs.add(new_job(store, circuits=40, batch=read_job(body, CircuitLimits())))
    yield store.queue.lease("worker", 60_000)
    store.close()


def test_fewer_threads_run_what_does_not_fit_with_all(many_states):
    program = many_states.program
    two, eight = (estimate_memory(program, RunOptions(threads=k)) for k in (2, 8))
    assert two < eight

    found = run_lease(many_states, RunOptions(threads=8, memory_limit=two), lambda _: None)

    whole = simulate(program, RunOptions(threads=8))
    assert found.probabilities.tobytes() == whole.probabilities.tobytes()


def test_what_does_not_fit_with_one_thread_fails(many_states):
    least = estimate_memory(many_states.program, RunOptions(threads=1))

    with pytest.raises(MemoryLimitError):
        run_lease(many_states, RunOptions(threads=8, memory_limit=least - 1), lambda _: None)
