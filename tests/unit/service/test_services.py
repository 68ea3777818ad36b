"""The use cases without HTTP: what they give, and the fields of what they raise."""

import asyncio
import json

import pytest
from harness.jobs import new_job

from paultrap.admission import Changes, Refusal
from paultrap.machines import Machines
from paultrap.service import (
    Client,
    JobStartedError,
    NoResultError,
    Origin,
    Resources,
    Services,
    Threads,
    UnfinishedJobError,
)
from paultrap.settings import Settings
from paultrap.store import JobFilter, JobNotFoundError, Store
from paultrap.submissions import read_v04
from paultrap.tracing import start_tracing

ORIGIN = Origin("a request")
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
UNKNOWN = "00000000-0000-0000-0000-000000000000"


class Idle:
    """Workers that note that they are woken, and do nothing."""

    def __init__(self) -> None:
        self.woken = self.checked = 0
        self.alive = True

    def wake(self) -> None:
        self.woken += 1

    def check_leases(self) -> None:
        self.checked += 1

    def on_event(self, listener) -> None: ...

    def is_alive(self) -> bool:
        return self.alive


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "paultrap.db")
    yield store
    store.close()


@pytest.fixture
def workers():
    return Idle()


@pytest.fixture
def resources(store, workers):
    threads, tracing = Threads(), start_tracing("server", on=False)
    yield Resources(Settings(), store, workers, threads, Machines.shipped(), tracing)
    threads.stop()


@pytest.fixture
def services(resources):
    return Services(resources)


@pytest.fixture
def key(store):
    return store.keys.find_open("a")


@pytest.fixture
def submit(services, key):
    """Submit a job and return it; members of the body can be changed."""

    def submit(**changed):
        circuit = {"gateset": "qis", "qubits": 2, "circuit": BELL}
        body = {"type": "ionq.circuit.v1", "backend": "simulator", "input": circuit} | changed
        text = json.dumps(body).encode()
        return asyncio.run(services.jobs.submit(ORIGIN, Client(key), text, read_v04))

    return submit


def test_a_job_is_stored_and_the_workers_are_woken(services, store, workers, key, submit):
    job = submit(name="mine")
    assert store.jobs.get(key.project_id, job.id).name == "mine"
    assert workers.woken == 1
    assert asyncio.run(services.jobs.find(key, job.id.upper())) == job


def test_what_is_refused_is_not_stored(store, key, workers, submit):
    with pytest.raises(Refusal) as caught:
        submit(backend="nowhere")
    assert caught.value.fields == ("backend",)
    assert store.jobs.page(key.project_id, JobFilter(), 10, None).jobs == []
    assert workers.woken == 0


@pytest.mark.parametrize("job_id", [UNKNOWN, "x" * 100])
def test_a_job_that_does_not_exist_is_named(services, key, job_id):
    with pytest.raises(JobNotFoundError) as caught:
        asyncio.run(services.jobs.find(key, job_id))
    assert caught.value.ids == [job_id[:64]]


def test_a_job_that_has_started_is_not_moved(services, store, key, submit):
    job = submit()
    assert store.queue.lease("a worker", 60_000) is not None
    with pytest.raises(JobStartedError) as caught:
        asyncio.run(services.jobs.move(ORIGIN, key, job.id, Changes()))
    assert caught.value.job_id == job.id


def test_an_unfinished_job_says_what_it_is(services, submit):
    job = submit()
    with pytest.raises(UnfinishedJobError) as caught:
        asyncio.run(services.results.probabilities(job))
    assert (caught.value.job_id, caught.value.reason) == (job.id, "is ready")


def test_a_job_of_gates_has_no_program(services, submit):
    job = submit()
    with pytest.raises(NoResultError) as caught:
        asyncio.run(services.results.source(job))
    assert (caught.value.job_id, caught.value.reason) == (job.id, "was not made from a program")


def test_a_canceled_job_wakes_those_who_wait_for_it(services, resources, key, submit):
    job = submit()

    async def cancel_while_waited_for():
        resources.waiters.attach()
        with resources.waiters.watch(job.id) as changed:
            await services.jobs.cancel(key, [job.id])
            await asyncio.wait_for(changed.wait(), 60)
        return await services.jobs.find(key, job.id)

    assert asyncio.run(cancel_while_waited_for()).status == "canceled"


def test_what_another_server_does_to_a_job_wakes_who_waits_and_the_workers(
    store, resources, workers, key, monkeypatch
):
    other = Store.open(resources.store.url)

    # As at an engine that passes on what other servers commit.
    monkeypatch.setattr(store, "on_notice", other.on_notice)
    Services(resources)
    job = other.jobs.add(new_job(other, 2, project_id=key.project_id))
    assert (workers.woken, workers.checked) == (1, 0)

    async def cancel_elsewhere():
        resources.waiters.attach()
        with resources.waiters.watch(job.id) as changed:
            child = other.jobs.child_ids(job.id)[0]
            await asyncio.to_thread(other.jobs.cancel, key.project_id, [child])
            await asyncio.wait_for(changed.wait(), 60)

    asyncio.run(cancel_elsewhere())
    assert (workers.woken, workers.checked) == (1, 1)
    other.close()


def test_servers_without_workers_are_in_trouble(services, workers):
    assert asyncio.run(services.health.trouble()) is None
    workers.alive = False
    assert asyncio.run(services.health.trouble()) == "No worker is alive."
