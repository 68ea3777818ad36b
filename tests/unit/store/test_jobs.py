"""What is stored can be read again: jobs, children, lists and pages, within a project."""

import sqlite3
from contextlib import closing

import pytest
from harness.jobs import (
    batch_of,
    children,
    file_of,
    finish,
    finish_all,
    new_job,
    new_session,
    reread,
)
from harness.schemas import forget_checksums, go_back

from paultrap.jobs import JobType, Status
from paultrap.store import JobFilter, Progress

RAW = b'{"b": 1,  "a":"\xc3\xa9"}'


def test_a_stored_job_reads_as_it_was_answered(store, clock):
    session = new_session(store)
    new = new_job(
        store,
        3,
        name="n",
        shots=10,
        metadata=RAW,
        noise=b'{"model":"ideal"}',
        settings=b"{ }",
        registers=RAW,
        session_id=session.id,
    )

    job = store.jobs.add(new)

    assert reread(store, job) == job
    assert (job.project_id, job.submitter_id) == (new.project_id, new.submitter_id)
    assert (job.backend, job.name, job.shots) == ("simulator", "n", 10)
    assert job.session_id == session.id
    assert (job.metadata, job.registers, job.settings) == (RAW, RAW, b"{ }")
    assert (job.status, job.dry_run, job.progress) == (Status.READY, False, Progress(0, 3))
    assert (job.requested_at, job.started_at, job.completed_at) == (clock.now, None, None)
    assert (job.qubits, job.circuits, job.is_multicircuit) == (5, 3, True)
    assert (job.gates_1q, job.gates_2q, job.gateset) == (8, 0, "qis")
    assert (job.parent_id, job.index) == (None, None)
    assert (job.failure_code, job.failure_message, job.execution_ms) == (None, None, None)
    assert job.predicted_execution_ms == 1


def test_children_are_jobs_in_submission_order(store, clock):
    job = store.jobs.add(new_job(store, 4, name="parent", shots=7, metadata=RAW))

    found = children(store, job)

    assert [child.index for child in found] == [0, 1, 2, 3]
    assert [child.name for child in found] == [f"circuit {i}" for i in range(4)]
    assert [child.gates_1q for child in found] == [2, 3, 3, 4]
    ids = [child.id for child in found]
    assert sorted({job.id, *ids}) == [job.id, *ids]
    for child in found:
        assert (child.parent_id, child.project_id) == (job.id, job.project_id)
        assert (child.status, child.circuits, child.is_multicircuit) == (Status.READY, 1, False)
        assert (child.shots, child.metadata, child.requested_at) == (7, None, clock.now)
        assert child.progress == Progress(0, 1)


def test_a_single_circuit_has_no_children_and_a_list_of_one_has_one(store):
    single = store.jobs.add(new_job(store, 1, single=True))
    listed = store.jobs.add(new_job(store, 1))

    assert (single.is_multicircuit, store.jobs.child_ids(single.id)) == (False, [])
    assert (listed.is_multicircuit, len(store.jobs.child_ids(listed.id))) == (True, 1)


def test_a_dry_run_is_completed_and_never_run(store, clock):
    job = store.jobs.add(new_job(store, 2, dry_run=True))

    assert store.queue.lease("worker", 1000) is None
    assert reread(store, job) == job
    assert (job.status, job.dry_run, job.completed_at) == (Status.COMPLETED, True, clock.now)
    assert [child.status for child in children(store, job)] == [Status.COMPLETED] * 2
    assert list(store.jobs.results(job)) == []
    assert [child.progress for child in children(store, job)] == [Progress(0, 1)] * 2


@pytest.mark.engine("sqlite")
def test_a_dry_run_of_an_earlier_release_has_no_chunks_and_reads_alike(store):
    job = store.jobs.add(new_job(store, 2, dry_run=True))
    before = children(store, job)
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute("DELETE FROM chunk_programs")
        connection.execute("DELETE FROM chunks")
        connection.execute("UPDATE circuits SET chunk = NULL")
        forget_checksums(connection)

    assert reread(store, job) == job
    assert children(store, job) == before
    assert store.jobs.circuit(before[0]) is None


@pytest.mark.parametrize("dry_run", [False, True])
def test_each_circuit_can_be_read_again(store, dry_run):
    single = store.jobs.add(new_job(store, 1, single=True, dry_run=dry_run))
    job = store.jobs.add(new_job(store, 7, chunks=3, dry_run=dry_run))
    program = batch_of(7).program

    for index, child in enumerate(children(store, job)):
        found = store.jobs.circuit(child)
        assert found.to_bytes() == program.slice(index, index + 1).to_bytes()
    assert store.jobs.circuit(single).to_bytes() == program.slice(0, 1).to_bytes()


def test_a_job_of_mixed_gatesets_names_none(store):
    batch = batch_of(2)
    batch.gatesets[1] = "native"

    job = store.jobs.add(new_job(store, batch=batch))

    assert job.gateset is None
    assert [child.gateset for child in children(store, job)] == ["qis", "native"]


def test_a_maximal_job_keeps_every_circuit(store):
    job = store.jobs.add(new_job(store, 5000, chunks=9))

    assert len(set(store.jobs.child_ids(job.id))) == 5000


def test_other_projects_see_nothing(store):
    job = store.jobs.add(new_job(store))
    (child, _) = store.jobs.child_ids(job.id)
    _, stranger = store.keys.create("theirs", project="another")

    assert store.jobs.get(stranger.project_id, job.id) is None
    assert store.jobs.get(stranger.project_id, child) is None
    for wanted in (JobFilter(), JobFilter(ids=[job.id, child]), JobFilter(parent_id=job.id)):
        assert store.jobs.page(stranger.project_id, wanted, 10).jobs == []


def test_an_unknown_id_is_none(store):
    job = store.jobs.add(new_job(store))

    assert store.jobs.get(job.project_id, "nothing") is None
    assert store.jobs.child_ids("nothing") == []


def ids_of(page):
    return [job.id for job in page.jobs]


def test_lists_run_newest_first_in_pages(store):
    jobs = [store.jobs.add(new_job(store)) for _ in range(7)]
    project = jobs[0].project_id
    newest_first = [job.id for job in reversed(jobs)]

    pages, cursor = [], None
    while not pages or cursor is not None:
        page = store.jobs.page(project, JobFilter(), 3, cursor)
        pages.append(ids_of(page))
        cursor = page.next

    assert pages == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    assert store.jobs.page(project, JobFilter(), 7).next is None


def test_a_new_job_does_not_shift_the_pages(store):
    jobs = [store.jobs.add(new_job(store)) for _ in range(4)]
    first = store.jobs.page(jobs[0].project_id, JobFilter(), 2)

    store.jobs.add(new_job(store))
    second = store.jobs.page(jobs[0].project_id, JobFilter(), 2, first.next)

    assert ids_of(second) == [jobs[1].id, jobs[0].id]


def test_children_are_listed_in_submission_order_in_pages(store):
    job = store.jobs.add(new_job(store, 5))
    wanted = JobFilter(parent_id=job.id)

    first = store.jobs.page(job.project_id, wanted, 3)
    second = store.jobs.page(job.project_id, wanted, 3, first.next)

    assert ids_of(first) + ids_of(second) == store.jobs.child_ids(job.id)
    assert second.next is None


def test_ids_name_parents_and_children(store):
    jobs = [store.jobs.add(new_job(store)) for _ in range(3)]
    (child, _) = store.jobs.child_ids(jobs[0].id)
    project = jobs[0].project_id

    wanted = JobFilter(ids=[jobs[2].id, child, jobs[0].id, "nothing", child])
    page = store.jobs.page(project, wanted, 2)
    rest = store.jobs.page(project, wanted, 2, page.next)

    assert ids_of(page) + ids_of(rest) == [jobs[2].id, child, jobs[0].id]
    assert rest.next is None
    assert store.jobs.page(project, JobFilter(ids=[]), 2).jobs == []


def test_very_many_ids_can_be_named(store):
    job = store.jobs.add(new_job(store))

    page = store.jobs.page(job.project_id, JobFilter(ids=[f"x{i}" for i in range(40_000)]), 5)

    assert page.jobs == []


@pytest.fixture
def zoo(store):
    """Return jobs by name, each of another kind."""
    _, other = store.keys.create("other")
    jobs = {
        "done": store.jobs.add(new_job(store)),
        "forte": store.jobs.add(new_job(store, backend="qpu.forte-1")),
    }
    finish_all(store)
    session = new_session(store)
    jobs["started"] = store.jobs.add(new_job(store, 2, chunks=2, session_id=session.id))
    assert finish(store, store.queue.lease("worker", 60_000))
    jobs["theirs"] = store.jobs.add(new_job(store, submitter_id=other.submitter_id))
    return jobs


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["done", "forte"], {"statuses": [Status.COMPLETED]}),
        (["started", "theirs"], {"statuses": [Status.READY, Status.STARTED]}),
        ([], {"statuses": [Status.FAILED]}),
        ([], {"statuses": []}),
        (["forte"], {"backends": ["qpu.forte-1", "qpu.aria-1"]}),
        (["done"], {"backends": ["simulator"], "statuses": [Status.COMPLETED]}),
        ([], {"session_id": "another"}),
    ],
)
def test_filters_select(store, zoo, names, wanted):
    page = store.jobs.page(zoo["done"].project_id, JobFilter(**wanted), 10)

    assert sorted(ids_of(page)) == sorted(zoo[name].id for name in names)


def test_a_session_has_its_jobs(store, zoo):
    started = zoo["started"]
    wanted = JobFilter(session_id=started.session_id)

    assert ids_of(store.jobs.page(started.project_id, wanted, 10)) == [started.id]


def test_submitters_see_what_is_theirs(store, zoo):
    theirs = zoo["theirs"]
    wanted = JobFilter(submitter_id=theirs.submitter_id)

    assert ids_of(store.jobs.page(theirs.project_id, wanted, 10)) == [theirs.id]


def test_filters_select_children_by_their_own_status(store, zoo):
    job = zoo["started"]
    first, second = store.jobs.child_ids(job.id)

    for status, expected in ((Status.COMPLETED, first), (Status.READY, second)):
        wanted = JobFilter(parent_id=job.id, statuses=[status])
        assert ids_of(store.jobs.page(job.project_id, wanted, 10)) == [expected]
        wanted = JobFilter(ids=[first, second], statuses=[status])
        assert ids_of(store.jobs.page(job.project_id, wanted, 10)) == [expected]


@pytest.mark.engine("sqlite")
def test_a_job_has_the_type_that_it_says_or_that_its_circuits_say(store, open_store):
    single = store.jobs.add(new_job(store, 1, single=True))
    several = store.jobs.add(new_job(store, 2))
    assert (single.type, several.type) == (JobType.CIRCUIT, JobType.MULTI_CIRCUIT)
    store.close()

    # As it was before types were kept.
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        go_back(connection, "0003")
    again = open_store()

    assert reread(again, single).type == JobType.CIRCUIT
    assert reread(again, several).type == JobType.MULTI_CIRCUIT
    assert {child.type for child in children(again, several)} == {JobType.CIRCUIT}
