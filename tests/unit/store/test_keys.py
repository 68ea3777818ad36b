"""API keys: shown once, found by their secret, revoked."""

import re
import sqlite3

import pytest
from harness.jobs import file_of
from harness.schemas import forget_checksums

from paultrap.store import StoreError


def test_a_key_is_found_by_its_secret_alone(store):
    secret, key = store.keys.create("laptop")

    assert re.fullmatch(r"pt_[\w-]{32}", secret)
    assert store.keys.find(secret) == key
    assert store.keys.find(secret[:-1]) is None
    assert store.keys.find(key.prefix) is None
    assert store.keys.find("") is None


@pytest.mark.engine("sqlite")
def test_the_secret_is_not_kept(store):
    secret, key = store.keys.create("laptop")
    store.close()

    stored = b"".join(path.read_bytes() for path in file_of(store).parent.iterdir())
    assert key.prefix.encode() in stored
    assert secret.encode() not in stored


def test_keys_are_listed_oldest_first_with_their_prefix(store, clock):
    secrets_and_keys = [store.keys.create(name) for name in ("one", "two")]

    listed = store.keys.list_all()

    assert listed == [key for _, key in secrets_and_keys]
    assert [key.prefix for key in listed] == [secret[:11] for secret, _ in secrets_and_keys]
    assert all(key.created_at == clock.now and key.revoked_at is None for key in listed)


def test_submitters_are_24_digits_of_their_own(store):
    submitters = {store.keys.create("same")[1].submitter_id for _ in range(5)}

    assert len(submitters) == 5
    assert all(re.fullmatch(r"[0-9a-f]{24}", submitter) for submitter in submitters)


@pytest.mark.parametrize("by", ["id", "prefix"])
def test_a_revoked_key_is_not_found_but_listed(store, clock, by):
    secret, key = store.keys.create("lost")
    kept, _ = store.keys.create("kept")

    assert store.keys.revoke(getattr(key, by))

    assert store.keys.find(secret) is None
    assert store.keys.find(kept) is not None
    assert store.keys.list_all()[0].revoked_at == clock.now
    assert not store.keys.revoke(getattr(key, by))


def test_revoking_what_is_not_there_says_so(store):
    assert not store.keys.revoke("nothing")
    assert not store.keys.revoke("")


@pytest.mark.engine("sqlite")
def test_a_prefix_of_two_keys_revokes_neither(store):
    _, one = store.keys.create("one")
    secret, _ = store.keys.create("two")
    with sqlite3.connect(file_of(store)) as connection:
        connection.execute("UPDATE api_keys SET prefix = ? WHERE name = 'two'", [one.prefix])
        forget_checksums(connection)
    connection.close()

    with pytest.raises(StoreError, match="2 keys begin with"):
        store.keys.revoke(one.prefix)

    assert store.keys.find(secret) is not None


def test_projects_are_made_once(store):
    _, one = store.keys.create("one", project="lab")
    _, two = store.keys.create("two", project="lab")
    _, other = store.keys.create("three")

    assert one.project_id == two.project_id != other.project_id


def test_any_secret_opens_the_default_project(store):
    _, key = store.keys.create("laptop")

    one, two = store.keys.find_open("a"), store.keys.find_open("b")

    assert one == two
    assert (one.name, one.project_id) == ("open", key.project_id)
    assert one not in store.keys.list_all()
    assert store.keys.find_open("") is None
    assert not store.keys.revoke(one.id)


def test_keys_outlive_the_store(store, open_store):
    secret, key = store.keys.create("laptop")
    opened = store.keys.find_open("x")
    store.close()
    again = open_store()

    assert again.keys.find(secret) == key
    assert again.keys.find_open("x") == opened
