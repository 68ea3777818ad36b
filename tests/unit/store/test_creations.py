"""Requests that make something: what they have made is there with their answer, once."""

import pytest
import sqlalchemy as sa
from harness.jobs import new_job

from paultrap.store import (
    CreatingRequest,
    DamagedError,
    Fate,
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
        answer=lambda made: FirstAnswer(201, made.id.encode(), ["é"]),
    )


def watched(digest=b"1" * 32, window_ms=0, *, is_watched=True) -> CreatingRequest:
    """Return a request without an idempotency key."""
    return CreatingRequest(
        key_id="key",
        digest=digest,
        idempotency_key=None,
        keep_ms=KEEP_MS,
        window_ms=window_ms,
        is_watched=is_watched,
        answer=lambda made: FirstAnswer(201, made.id.encode()),
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
    assert raised.value.creation.answer == FirstAnswer(201, job.id.encode(), ["é"])
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


def made_by(store, request: CreatingRequest) -> str:
    """Return the id that a request is answered with."""
    try:
        return store.jobs.add(new_job(store), request).id
    except RepeatedRequestError as error:
        found = error.creation
    assert found.answer.body == found.made_id.encode()
    return found.made_id


def answered(store, fate=None, **options) -> str:
    """Return the id that a new request is answered with, whose answer then has a fate."""
    request = watched(**options)
    made_id = made_by(store, request)
    assert request.ticket.made_id == made_id
    if fate is not None:
        store.creations.noted(request.ticket, fate)
    return made_id


def test_equal_requests_are_as_many_jobs_while_their_answers_are_taken_or_may_be(store):
    ids = [answered(store, fate) for fate in (Fate.TAKEN, None, None, Fate.TAKEN, None)]

    assert len(set(ids)) == len(jobs_of(store)) == 5


def test_an_equal_request_has_the_answer_that_was_lost_at_once(store):
    lost = answered(store, Fate.LOST)

    assert answered(store, digest=b"2" * 32) != lost
    assert answered(store) == lost
    assert answered(store) != lost  # The one before may have taken it.


def test_a_lost_answer_is_given_until_somebody_takes_it(store):
    lost = answered(store, Fate.LOST)

    assert [answered(store, Fate.LOST) for _ in range(40)] == [lost] * 40
    assert answered(store, Fate.TAKEN) == lost
    assert answered(store, Fate.TAKEN) != lost
    assert len(jobs_of(store)) == 2


def test_several_lost_answers_are_given_once_each_the_oldest_first(store, clock):
    requests = [watched() for _ in range(3)]
    ids = []
    for request in requests:
        ids.append(made_by(store, request))
        clock.tick(1)
    for request in requests[::-1]:
        store.creations.noted(request.ticket, Fate.LOST)

    assert [answered(store) for _ in range(3)] == ids
    assert answered(store) not in ids


def test_what_became_of_an_earlier_answer_says_nothing_about_a_later_one(store):
    first, second = watched(), watched()
    lost = made_by(store, first)
    store.creations.noted(first.ticket, Fate.LOST)
    assert made_by(store, second) == lost
    store.creations.noted(first.ticket, Fate.TAKEN)
    store.creations.write_notes()
    store.creations.noted(second.ticket, Fate.LOST)

    assert answered(store) == lost


def test_a_lost_answer_is_given_for_a_minute_after_it_was_lost(store, clock):
    request = watched()
    lost = made_by(store, request)
    clock.tick(120_000)  # It took its time.
    store.creations.noted(request.ticket, Fate.LOST)
    store.creations.write_notes()

    clock.tick(59_999)
    assert answered(store, Fate.LOST) == lost
    store.creations.write_notes()
    clock.tick(60_000)
    assert answered(store) != lost


def test_what_is_noted_is_not_lost_with_a_transaction(store):
    lost = answered(store, Fate.LOST)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            store.creations.once(watched(b"2" * 32), lambda _: 1 / 0)

    assert answered(store) == lost


def test_an_answer_of_a_server_that_died_counts_as_lost(open_store, clock):
    server = open_store(as_server=True)
    kept, taken = answered(server), answered(server, Fate.TAKEN, digest=b"2" * 32)
    server.creations.write_notes()
    clock.tick(59_000)
    server._resources.close()  # without a word

    other = open_store(as_server=True)
    assert answered(other, digest=b"2" * 32) != taken
    assert answered(other) == kept


def test_an_answer_of_a_server_that_died_is_given_for_a_minute_only(open_store, clock):
    server = open_store(as_server=True)
    kept = answered(server)
    clock.tick(60_000)
    server._resources.close()

    assert answered(open_store(as_server=True)) != kept


def test_an_answer_of_a_server_that_lives_stays_open(open_store):
    server = open_store(as_server=True)
    kept = answered(server)
    server.queue.release_dead_servers()
    server.maintenance.run()

    assert answered(server) != kept


def test_what_somebody_has_ended_is_known_and_not_given_again(store):
    project = new_job(store).project_id
    canceled = answered(store, Fate.LOST)
    store.jobs.cancel(project, [canceled])
    deleted = answered(store, Fate.LOST)
    store.jobs.delete(project, [deleted])
    moved = answered(store, Fate.LOST)
    store.jobs.move(new_job(store), moved)

    assert len({canceled, deleted, moved, answered(store)}) == 4


def test_a_session_is_given_again_until_it_is_ended(store):
    project = new_job(store).project_id
    new = NewSession(project_id=project, creator_id="0" * 24, backend="simulator")
    request = watched()
    session = store.sessions.create(new, request)
    store.creations.noted(request.ticket, Fate.LOST)
    with pytest.raises(RepeatedRequestError, match=session.id):
        store.sessions.create(new, again := watched())
    store.creations.noted(again.ticket, Fate.LOST)
    store.sessions.end(project, session.id, "0" * 24)

    assert store.sessions.create(new, watched()).id != session.id


def test_in_the_window_a_taken_answer_is_given_again_while_nobody_asks(store, clock):
    window = {"window_ms": 10_000}
    first = answered(store, Fate.TAKEN, **window)
    store.creations.write_notes()
    clock.tick(9_999)
    assert answered(store, Fate.TAKEN, **window) == first
    clock.tick(9_999)
    assert answered(store, None, **window) == first
    assert answered(store, Fate.LOST, **window, is_watched=False) == first
    store.creations.asked(first)

    second = answered(store, **window)
    assert second != first
    clock.tick(10_000)
    assert answered(store, **window) != second


def test_without_a_window_and_a_watch_nothing_is_kept(store):
    request = watched(is_watched=False)
    assert made_by(store, request) != made_by(store, request)
    assert rows(store) == 0


def test_rows_go_when_they_are_of_no_more_use(store, clock):
    answered(store, Fate.TAKEN)
    store.creations.write_notes()
    clock.tick(store.creations._kept_ms)  # in which another server may ask for it
    store.creations.remove_expired()
    assert rows(store) == 0

    answered(store, Fate.LOST)
    answered(store, digest=b"2" * 32)
    store.creations.write_notes()
    clock.tick(60_000)
    store.creations.remove_expired()
    assert rows(store) == 1
    clock.tick(3_600_000)
    store.creations.remove_expired()
    assert rows(store) == 0


def test_a_damaged_answer_is_not_given(store):
    request = watched()
    made_by(store, request)
    store.creations.noted(request.ticket, Fate.LOST)
    store.creations.write_notes()
    with store._database.write() as connection:
        connection.execute(sa.update(creations).values(body=b"damaged"))

    with pytest.raises(DamagedError):
        store.jobs.add(new_job(store), watched())
    store.close()  # Others are looked through for what a test has damaged.
