"""Results come back bit by bit equal, slice by slice."""

import numpy as np
import pytest
import sqlalchemy as sa
from harness.jobs import answers, children, expected, finish_all, new_job, reread, right_answer

from paultrap.circuits import BlobError, Distributions
from paultrap.store import ChildGoneError, blobs, leases, slices, tables, work_queue


def test_every_bit_comes_back(store):
    rng = np.random.default_rng(3)
    job = store.jobs.add(new_job(store, 2))
    sent = Distributions(
        np.array([0, 3, 4]),
        np.array([0, 7, 2**63 + 1, 5], np.uint64),
        np.array([*rng.dirichlet(np.ones(3)), 1.0]),
    )

    store.queue.finish(store.queue.lease("worker", 1000), sent, 1)

    ((_, found, _),) = store.jobs.results(job)
    for name in ("offsets", "states", "probabilities"):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name))


def test_the_program_comes_back(store):
    new = new_job(store, 7)
    store.jobs.add(new)

    found = store.queue.lease("worker", 1000).program

    assert found.to_bytes() == new.batch.program.to_bytes()


def test_results_come_chunk_by_chunk_in_order(store):
    job = store.jobs.add(new_job(store, 10, chunks=4))
    finish_all(store)

    assert [part.distributions.n_circuits for part in store.jobs.results(job)] == [2, 3, 2, 3]


def test_only_what_is_done_has_results(store):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    first, *_, last = store.jobs.child_ids(job.id)
    leased = store.queue.lease("worker", 1000)
    assert answers(store, job) == []
    store.queue.finish(
        leased, Distributions(np.zeros(3, int), np.zeros(0, np.uint64), np.zeros(0)), 1
    )

    assert answers(store, job) == [{}, {}]
    assert answers(store, store.jobs.get(job.project_id, first)) == [{}]
    assert answers(store, store.jobs.get(job.project_id, last)) == []


@pytest.mark.parametrize("circuits", [1, 3])
def test_a_child_has_its_own_answer(store, circuits):
    job = store.jobs.add(new_job(store, circuits, chunks=circuits))
    finish_all(store)

    for index, child_id in enumerate(store.jobs.child_ids(job.id)):
        child = store.jobs.get(job.project_id, child_id)
        assert answers(store, child) == [{index: 1.0}]


def test_a_single_circuit_has_one_answer(store):
    job = store.jobs.add(new_job(store, 1, single=True))
    finish_all(store)

    assert answers(store, reread(store, job)) == [{0: 1.0}]


def random_answer(rng: np.random.Generator, sizes: list[int], states: int) -> Distributions:
    parts = [np.sort(rng.choice(states, size, replace=False)) for size in sizes]
    probabilities = [rng.dirichlet(np.ones(size)) if size else np.zeros(0) for size in sizes]
    return Distributions(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate(parts).astype(np.uint64),
        np.concatenate(probabilities),
    )


def as_dicts(answer: Distributions) -> list[dict[int, float]]:
    return [answer.as_dict(index) for index in range(answer.n_circuits)]


@pytest.fixture
def small_slices(monkeypatch):
    monkeypatch.setattr(slices, "_MOST_ENTRIES", 100)
    monkeypatch.setattr(slices, "_MOST_CIRCUITS", 8)
    monkeypatch.setattr(blobs, "_SAMPLE_BYTES", 256)
    monkeypatch.setattr(work_queue, "_BATCH_BYTES", 2_000)


SIZES = [0, 3, 32, 32, 32, 32, 0, 1, *[2] * 20, 32, 7]


@pytest.mark.usefixtures("small_slices")
def test_results_in_many_slices_come_back(store):
    job = store.jobs.add(new_job(store, len(SIZES), chunks=1))
    sent = random_answer(np.random.default_rng(5), SIZES, 32)

    assert store.queue.finish(store.queue.lease("worker", 1000), sent, 1)

    assert len(list(store.jobs.results(job))) > 4
    assert answers(store, job) == as_dicts(sent)
    assert [answers(store, child)[0] for child in children(store, job)] == as_dicts(sent)


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("states", [1_050, 2**40, 2**60])
def test_a_circuit_larger_than_a_slice_comes_back(store, states):
    sizes = [5, 1_050, 0, 3]
    job = store.jobs.add(new_job(store, 4, chunks=1))
    rng = np.random.default_rng(6)
    states_ = [
        np.arange(n) if states == 1_050 else np.sort(rng.integers(0, states, n)) for n in sizes
    ]
    sent = Distributions(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate(states_).astype(np.uint64),
        rng.uniform(size=sum(sizes)),
    )

    assert store.queue.finish(store.queue.lease("worker", 1000), sent, 1)

    assert answers(store, job) == as_dicts(sent)
    assert [answers(store, child)[0] for child in children(store, job)] == as_dicts(sent)


@pytest.mark.usefixtures("small_slices")
def test_the_fates_of_children_hold_in_every_slice(store):
    job = store.jobs.add(new_job(store, 4, chunks=1))
    sent = random_answer(np.random.default_rng(7), [250, 120, 3, 5], 1_000)
    lease = store.queue.lease("worker", 1000)
    ids = store.jobs.child_ids(job.id)
    store.jobs.cancel(job.project_id, [ids[1]])
    store.queue.finish(lease, sent, 1)
    with pytest.raises(ChildGoneError, match=ids[1]):
        answers(store, job)

    store.jobs.delete(job.project_id, [ids[0]])

    with pytest.raises(ChildGoneError, match=ids[0]):
        answers(store, job)
    assert answers(store, store.jobs.get(job.project_id, ids[2])) == [sent.as_dict(2)]
    assert answers(store, store.jobs.get(job.project_id, ids[3])) == [sent.as_dict(3)]


@pytest.mark.usefixtures("small_slices")
def test_what_a_lost_lease_has_written_does_not_count(store, clock):
    job = store.jobs.add(new_job(store, 4, chunks=1))
    sent = random_answer(np.random.default_rng(8), [250, 120, 300, 5], 1_000)
    lost = store.queue.lease("slow", 1000)
    written = iter_batches(store, lost, sent)
    next(written)
    assert answers(store, job) == []

    clock.tick(2000)
    kept = store.queue.lease("quick", 1000)
    assert store.queue.finish(kept, right_answer(0, 4), 1)
    with pytest.raises(StopIteration):
        next(written)

    assert answers(store, job) == expected(4)


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("end", ["cancel", "fail"])
def test_a_chunk_that_ends_without_a_result_leaves_none_behind(store, end):
    job = store.jobs.add(new_job(store, 4, chunks=1))
    lease = store.queue.lease("worker", 1000)
    next(iter_batches(store, lease, random_answer(np.random.default_rng(9), [250] * 4, 1_000)))

    if end == "cancel":
        store.jobs.cancel(job.project_id, [job.id])
    else:
        store.queue.fail(lease, "InternalError", "it failed")

    with store._database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.result_slices)) == 0


def iter_batches(store, lease, answer):
    """Write an answer as `WorkQueue.finish` does, but transaction by transaction."""
    anew = True
    for batch in work_queue._batched(slices.pack_slices(answer, lease.first)):
        with store._database.write() as connection:
            if not leases.keep(store._database, connection, lease, batch, anew=anew):
                return
        anew = False
        yield


def test_equal_probabilities_take_little_room():
    n = 1 << 16
    equal = Distributions(np.array([0, n]), np.arange(n, dtype=np.uint64), np.full(n, 1 / n))
    (packed,) = slices.pack_slices(equal, 0)

    assert len(packed.data) < 2_000
    np.testing.assert_array_equal(slices.unpack_slice(packed.data).probabilities, 1 / n)


def test_a_damaged_slice_is_refused():
    (packed,) = slices.pack_slices(right_answer(0, 4), 0)

    for damaged in (packed.data[:-1], packed.data[:20], b"", b"JUNK" + packed.data[4:]):
        with pytest.raises(BlobError):
            slices.unpack_slice(damaged)
