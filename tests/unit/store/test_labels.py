"""Jobs are found by their name and their metadata, newest first and page by page."""

import json
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from harness.jobs import file_of, new_job
from harness.schemas import go_back

from paultrap.admission import NAME, Label, labels_of
from paultrap.store import JobFilter
from paultrap.store.labels import digest_of
from paultrap.store.tables import job_labels


def add(store, name=None, **metadata) -> str:
    raw = json.dumps(metadata).encode() if metadata else None
    return store.jobs.add(new_job(store, name=name, metadata=raw)).id


def found(store, *labels, **more) -> list[str]:
    project = new_job(store).project_id
    wanted = JobFilter(labels=[Label(*each) for each in labels], **more)
    pages, cursor = [], None
    while True:
        page = store.jobs.page(project, wanted, 2, cursor)
        pages += [job.id for job in page.jobs]
        cursor = page.next
        if cursor is None:
            return pages


def rows(store) -> int:
    with store._database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(job_labels))


def test_jobs_are_found_by_name_and_by_each_member_of_their_metadata(store):
    one = [add(store, "one", run="a", step=str(step)) for step in range(5)]
    other = add(store, "other", run="a", step="0")
    add(store)

    assert found(store, (NAME, "one")) == one[::-1]
    assert found(store, (NAME, "other")) == [other]
    assert found(store, ("metadata.run", "a")) == [other, *one[::-1]]
    assert found(store, ("metadata.step", "0")) == [other, one[0]]
    assert found(store, (NAME, "one"), ("metadata.step", "0")) == [one[0]]
    assert found(store, ("metadata.step", "0"), ("metadata.step", "1")) == []
    for label in [(NAME, "on"), ("metadata.run", "b"), ("metadata.a", "run"), ("run", "a")]:
        assert found(store, label) == []


def test_other_filters_narrow_further(store):
    one, other = add(store, "n", k="v"), add(store, "n", k="v")

    assert found(store, (NAME, "n"), ids=[one]) == [one]
    assert found(store, (NAME, "n"), ("metadata.k", "w"), ids=[one]) == []
    assert found(store, (NAME, "n"), backends=["simulator"]) == [other, one]
    assert found(store, (NAME, "n"), backends=["qpu.forte-1"]) == []


def test_children_have_their_own_name_and_their_jobs_metadata(store):
    job = add(store, "parent", k="v")
    first, second = store.jobs.child_ids(job)

    assert found(store, (NAME, "circuit 1"), parent_id=job) == [second]
    assert found(store, (NAME, "parent"), parent_id=job) == []
    assert found(store, ("metadata.k", "v"), parent_id=job) == [first, second]
    assert found(store, ("metadata.k", "w"), parent_id=job) == []


def test_words_do_not_run_into_each_other():
    labels = [
        (NAME, "a"),
        ("metadata.name", "a"),
        ("metadata.", "name"),
        ("metadata.a\0b", "c"),
        ("metadata.a", "b\0c"),
        ('metadata.a","b', "c"),
        ("metadata.a", 'b","c'),
        ("metadata.a", ""),
    ]
    digests = [digest_of(project, Label(*each)) for each in labels for project in ("p", "q")]

    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("word", ["", " ", "a,b", "\U0001f600", '"', "x" * 1_000])
def test_any_word_is_found(store, word):
    job = add(store, word, **{word: word})

    assert found(store, (NAME, word)) == [job]
    assert found(store, (f"metadata.{word}", word)) == [job]


def test_labels_are_bounded_in_number_and_in_length():
    many = json.dumps({f"key {i}": "v" for i in range(1_000)}).encode()
    assert labels_of("n", many)[:2] == [(NAME, "n"), ("metadata.key 0", "v")]
    assert len(labels_of("n", many)) == 64
    assert labels_of(None, None) == []
    assert labels_of(None, b'{"k": 1, "l": null, "m": {"n": "o"}, "p": "q"}') == [
        ("metadata.p", "q")
    ]
    assert labels_of(None, json.dumps({"k": "v" * 1_001, "k" * 1_001: "v"}).encode()) == []


@pytest.mark.engine("sqlite")  # whose server alone removes what is left
def test_labels_go_with_their_job(store):
    job = add(store, "n", k="v")
    assert rows(store) == 2
    store.jobs.delete(new_job(store).project_id, [job])

    assert found(store, (NAME, "n")) == []
    store.maintenance.run()
    assert rows(store) == 2  # This store is no server's, which alone removes.


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM job_labels WHERE job_id = ? AND label IN (SELECT min(label) FROM job_labels)",
        "UPDATE job_labels SET label = substr(label, 2) WHERE job_id = ?",
        "INSERT INTO job_labels SELECT x'00', ?",
    ],
)
def test_a_check_finds_labels_that_are_not_the_jobs(store, change):
    job_id = add(store, "walk", who="somebody", why="é")
    assert store.check().damage == []

    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute(change, [job_id])

    assert [(each.owner_id, each.part) for each in store.check().damage] == [(job_id, "job_labels")]


@pytest.mark.engine("sqlite")  # which says what it will do in words
def test_a_list_reads_the_index_of_labels_and_sorts_nothing(store):
    add(store, "n", k="v")
    project = new_job(store).project_id
    plans: list[str] = []
    engine = store._database._reader

    @sa.event.listens_for(engine, "before_cursor_execute")
    def explain(*event):
        _, cursor, statement, parameters, *_ = event
        if statement.startswith("SELECT") and "job_labels" in statement:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[-1] for row in cursor.fetchall())

    store.jobs.page(project, JobFilter(labels=[Label(NAME, "n"), Label("metadata.k", "v")]), 25)
    sa.event.remove(engine, "before_cursor_execute", explain)

    assert plans[0].startswith("SEARCH job_labels USING PRIMARY KEY (label=?)"), plans
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in plans), plans


@pytest.mark.engine("sqlite")
def test_jobs_of_an_earlier_release_are_found_too(open_store):
    store = open_store()
    jobs = [add(store, f"job {i % 3}", step=str(i)) for i in range(2_500)]
    file = file_of(store)
    store.close()
    with closing(sqlite3.connect(file)) as connection, connection:
        go_back(connection, "0016")

    again = open_store()

    assert found(again, ("metadata.step", "2345")) == [jobs[2345]]
    assert len(found(again, (NAME, "job 2"))) == 833
    assert rows(again) == 5_000
