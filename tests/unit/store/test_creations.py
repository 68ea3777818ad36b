"""Requests that make something: what they have made is there with their answer, once."""

import pytest
import sqlalchemy as sa
from harness.jobs import new_job

from paultrap.store import (
    CreatingRequest,
    FirstAnswer,
    IdempotencyKeyError,
    JobFilter,
    NewSession,
    RepeatedRequestError,
)
from paultrap.store.tables import creations

KEEP_MS = 60_000


def creating(name="a", digest=b"1" * 32, key_id="key") -> CreatingRequest:
    return CreatingRequest(
        key_id=key_id,
        digest=digest,
        idempotency_key=name,
        keep_ms=KEEP_MS,
        answer=lambda made: FirstAnswer(201, made.id.encode(), {"x-more": "é"}),
    )


def jobs_of(store) -> list[str]:
    project = new_job(store).project_id
    return [job.id for job in store.jobs.page(project, JobFilter(), 1_000).jobs]


def rows(store) -> int:
    with store._database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(creations))


def test_a_request_that_comes_again_makes_nothing_and_has_the_first_answer(store):
    job = store.jobs.add(new_job(store), creating())

    with pytest.raises(RepeatedRequestError) as raised:
        store.jobs.add(new_job(store), creating())

    assert raised.value.creation.made_id == job.id
    assert raised.value.creation.answer == FirstAnswer(201, job.id.encode(), {"x-more": "é"})
    assert jobs_of(store) == [job.id]
    assert store.creations.find(creating()) == raised.value.creation


def test_another_request_with_the_same_name_is_refused_and_names_what_was_made(store):
    job = store.jobs.add(new_job(store), creating())

    for call in (
        lambda: store.jobs.add(new_job(store), creating(digest=b"2" * 32)),
        lambda: store.creations.find(creating(digest=b"2" * 32)),
    ):
        with pytest.raises(IdempotencyKeyError, match=job.id) as raised:
            call()
        assert raised.value.made_id == job.id
    assert jobs_of(store) == [job.id]


def test_names_are_each_keys_own(store):
    store.jobs.add(new_job(store), creating(key_id="one"))
    store.jobs.add(new_job(store), creating(key_id="other", digest=b"2" * 32))

    assert len(jobs_of(store)) == 2


def test_what_could_not_be_made_leaves_no_answer(store):
    with pytest.raises(ZeroDivisionError):
        store.creations.once(creating(), lambda _: 1 / 0)
    assert store.creations.once(creating(), lambda _: None) is None

    assert store.creations.find(creating()) is None
    store.jobs.add(new_job(store), creating())


def test_an_answer_is_kept_for_its_time_and_then_removed(store, clock):
    store.jobs.add(new_job(store), creating())

    clock.tick(KEEP_MS - 1)
    assert store.creations.find(creating()) is not None
    clock.tick(1)
    assert store.creations.find(creating()) is None
    again = store.jobs.add(new_job(store), creating(digest=b"2" * 32))

    assert len(jobs_of(store)) == 2
    assert store.creations.find(creating(digest=b"2" * 32)).made_id == again.id
    assert rows(store) == 1
    clock.tick(KEEP_MS)
    store.creations.remove_expired()
    assert rows(store) == 0


def test_an_answer_outlives_what_was_made(store):
    job = store.jobs.add(new_job(store), creating())
    store.jobs.delete(job.project_id, [job.id])

    assert store.creations.find(creating()).made_id == job.id


def test_an_answer_is_there_after_the_store_was_closed(open_store):
    first = open_store()
    job = first.jobs.add(new_job(first), creating())
    first.close()

    assert open_store().creations.find(creating()).made_id == job.id


def test_moves_and_sessions_are_made_once_too(store):
    old = store.jobs.add(new_job(store))
    moved = store.jobs.move(new_job(store), old.id, creating())
    with pytest.raises(RepeatedRequestError) as raised:
        store.jobs.move(new_job(store), old.id, creating())
    assert raised.value.creation.made_id == moved.id
    assert set(jobs_of(store)) == {old.id, moved.id}

    new = NewSession(project_id=old.project_id, creator_id="0" * 24, backend="simulator")
    session = store.sessions.create(new, creating("session"))
    with pytest.raises(RepeatedRequestError) as raised:
        store.sessions.create(new, creating("session"))
    assert raised.value.creation.made_id == session.id
    assert len(store.sessions.list_newest(old.project_id, 9)) == 1
