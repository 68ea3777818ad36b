"""Several threads and processes at one database: every chunk is run once, nothing is lost."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from harness.jobs import answers, expected, finish, new_job, reread

from paultrap.circuits import Distributions
from paultrap.jobs import Status
from paultrap.store import JobFilter, Store, written

RACER = """
import sys
from harness.jobs import finish
from paultrap.store import Store
store = Store.attach(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while (lease := store.queue.lease(sys.argv[2], 60_000)) is not None:
    assert finish(store, lease)
    print(lease.job_id, lease.chunk, flush=True)
store.close()
"""


@pytest.fixture
def racers(open_store):
    store = open_store()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, written(store.url), f"racer {number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(3)
    ]
    yield started
    for racer in started:
        racer.kill()
        racer.communicate()


def test_processes_share_the_chunks_without_running_one_twice(open_store, racers):
    store = open_store()
    jobs = [store.jobs.add(new_job(store, 16, chunks=8)) for _ in range(6)]
    assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 3
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    runs = [line for racer in racers for line in racer.stdout.read().splitlines()]

    assert [racer.wait() for racer in racers] == [0] * 3
    assert sorted(runs) == sorted(f"{job.id} {chunk}" for job in jobs for chunk in range(8))
    for job in jobs:
        assert reread(store, job).status is Status.COMPLETED
        assert answers(store, job) == expected(16)


class Crowd:
    """Threads at two stores on one database."""

    def __init__(self, stores):
        self.stores = stores
        self.submitted = []
        self.is_over = threading.Event()

    def submit(self, number):
        store = self.stores[number % 2]
        for _ in range(6):
            job = store.jobs.add(new_job(store, 6, chunks=3))
            self.submitted.append(job)
            if number == 0:
                store.jobs.cancel(job.project_id, [job.id])

    def work(self, number):
        store = self.stores[number % 2]
        while not self.is_over.is_set():
            lease = store.queue.lease(f"worker {number}", 60_000)
            if lease is not None:
                store.queue.extend(lease, 60_000)
                finish(store, lease)

    def read(self, number):
        store = self.stores[number % 2]
        key = store.keys.find_open("x")
        while not self.is_over.is_set():
            for job in store.jobs.page(key.project_id, JobFilter(), 50).jobs:
                done = job.status is Status.COMPLETED
                assert not done or answers(store, job) == expected(6)

    def has_work_left(self):
        return not all(reread(self.stores[0], job).status.is_final for job in self.submitted)


def test_threads_of_two_stores_submit_run_read_and_cancel_together(open_store):
    crowd = Crowd([open_store(), open_store()])
    with ThreadPoolExecutor(9) as pool:
        others = [pool.submit(crowd.work, number) for number in range(3)]
        others += [pool.submit(crowd.read, number) for number in range(2)]
        try:
            for done in [pool.submit(crowd.submit, number) for number in range(4)]:
                done.result()
            while crowd.has_work_left():
                time.sleep(0.01)
        finally:
            crowd.is_over.set()
        for other in others:
            other.result()

    final = [reread(crowd.stores[1], job) for job in crowd.submitted]
    assert len(final) == 24
    assert {job.status for job in final} <= {Status.COMPLETED, Status.CANCELED}
    assert sum(job.status is Status.COMPLETED for job in final) >= 18


def test_two_finishers_of_one_lease_leave_one_answer(store):
    job = store.jobs.add(new_job(store, 1, single=True))
    lease = store.queue.lease("worker", 60_000)
    both = threading.Barrier(2)

    def finish_with(state):
        both.wait()
        one = Distributions(np.array([0, 1]), np.array([state], np.uint64), np.ones(1))
        return store.queue.finish(lease, one, 1_000)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(finish_with, [1, 2])) == [True, True]

    assert answers(store, job) in ([{1: 1.0}], [{2: 1.0}])
    assert reread(store, job).execution_ms == 1


def test_only_one_of_two_openers_makes_the_tables(place):
    both = threading.Barrier(4)

    def open_and_close(_):
        both.wait()
        store = Store.open(place)
        key = store.keys.find_open("x")
        store.close()
        return key

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(open_and_close, range(4)))) == 1
