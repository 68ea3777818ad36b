"""The workers of a real Dask cluster run jobs, and what they start ends with them."""

import contextlib
import json
import signal

import psutil
import pytest
from distributed import Client, LocalCluster
from harness import databases, places
from harness.circuits import read_job
from harness.dask import RunningDask, dask_worker_of
from harness.jobs import answers, ended, expected, new_job
from harness.waiting import PATIENCE_S, until
from harness.worker_host import RunningWorkerHost

from paultrap.dask import DaskError, LoopState, work
from paultrap.formats import CircuitLimits
from paultrap.store import Store

pytestmark = pytest.mark.skipif(places.ON_POSTGRESQL, reason="is over PostgreSQL in any case")

# Some tenths of a second of work in each circuit.
LONG = [{"gate": "rx", "target": qubit % 18, "rotation": 0.1 + qubit} for qubit in range(3_000)]


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",  # Another test run may have the port that is usual.
        scheduler_kwargs={"dashboard": False},
        host="127.0.0.1",
        memory_limit="2GiB",
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def client(cluster):
    with Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture
def store():
    with databases.shared().new() as url, contextlib.closing(Store.open(url)) as store:
        yield store


@pytest.fixture
def url(store):
    return store.url.render_as_string(hide_password=False)


@pytest.fixture
def working(client, url):
    """The pull loops of the cluster, of which each takes work."""
    made = work(client, url, lease_seconds=3.0)
    until(lambda: states(made) == [LoopState.RUNNING] * 2)
    yield made
    made.stop()


def states(made):
    return [each.state for each in made.workers().values()]


def registered(store):
    return {each.about.pid: each for each in store.workers.live()}


def busy(store):
    """Return the processes that have leased chunks."""
    return [pid for pid, each in registered(store).items() if each.running]


def long_job(store, circuits):
    body = {"input": {"qubits": 18, "circuits": [{"circuit": LONG}] * circuits}}
    batch = read_job(json.dumps(body).encode(), CircuitLimits())
    return store.jobs.add(new_job(store, circuits, circuits, batch=batch))


def test_each_runs_jobs_within_the_bounds_of_its_dask_worker_until_stopped(
    store, working, client, url
):
    job = ended(store, store.jobs.add(new_job(store, 40, chunks=10)))

    assert answers(store, job) == expected(40)
    loops = working.workers()
    found = registered(store)
    assert {each.pid for each in loops.values()} == set(found)
    for address, loop in loops.items():
        about = found[loop.pid].about
        assert (about.slots, about.threads, about.memory_limit) == (1, 1, 2 << 30)
        assert address in about.host
    # Asked for again, all goes on as it is.
    assert work(client, url, lease_seconds=3.0).workers() == loops

    working.stop()

    assert working.workers() == {}
    assert not any(psutil.pid_exists(each.pid) for each in loops.values())
    assert registered(store) == {}
    assert client.submit(sum, [1, 2]).result() == 3


def test_the_chunks_of_a_killed_dask_worker_are_run_by_others(store, working):
    job = long_job(store, 12)
    loop = until(lambda: busy(store))[0]

    psutil.Process(dask_worker_of(loop)).kill()

    until(lambda: not psutil.pid_exists(loop))
    assert ended(store, job).status == "completed"
    until(lambda: states(working) == [LoopState.RUNNING] * 2)  # Its nanny has started another.


def test_it_follows_a_cluster_that_grows_and_shrinks(store, working, cluster):
    cluster.scale(3)
    until(lambda: states(working) == [LoopState.RUNNING] * 3)
    job = long_job(store, 6)
    until(lambda: busy(store))

    cluster.scale(1)

    until(lambda: len(registered(store)) == 1)
    assert ended(store, job).status == "completed"
    cluster.scale(2)
    until(lambda: states(working) == [LoopState.RUNNING] * 2)


def test_where_none_can_start_none_is_left(client, url):
    nowhere = url.partition("?")[0].rpartition("/")[0] + "/nowhere"

    with pytest.raises(DaskError, match="nowhere"):
        work(client, f"{nowhere}?{url.partition('?')[2]}", name="nowhere")

    assert client.run(lambda dask_worker: "nowhere" in dask_worker.plugins) == dict.fromkeys(
        client.scheduler_info()["workers"], False
    )


def test_the_command_follows_a_cluster_until_it_is_told_to_end_or_the_scheduler_is_killed(
    store, url, tmp_path
):
    command = RunningWorkerHost(tmp_path, url)
    with RunningDask(tmp_path) as dask, contextlib.closing(command):
        nanny = dask.start_worker("--nthreads", "1", "--memory-limit", "2GiB")
        command.flags = ("--dask", dask.address)
        command.launch()
        until(lambda: registered(store))
        until(lambda: command.log().count("Dask worker joined") == 1)

        command.tell(signal.SIGTERM)

        assert command.wait() == 0
        assert registered(store) == {}
        assert nanny.poll() is None

        command.launch()
        (loop,) = until(lambda: list(registered(store)))
        assert ended(store, store.jobs.add(new_job(store))).status == "completed"
        until(lambda: command.log().count("Dask worker joined") == 2)

        dask.scheduler.kill()

        until(lambda: not psutil.pid_exists(loop))
        nanny.wait(PATIENCE_S)
        assert command.wait() == 1
        assert f"the Dask scheduler at {dask.address} is gone" in command.log().splitlines()[-1]
        assert "Traceback" not in command.log()
