"""A database that cannot be reached for a while says so, in words that the packages above understand."""

import sqlite3

import pytest

from paultrap.store import Store, StoreUnavailableError
from paultrap.store.sqlite import connections


def test_a_lock_that_is_held_for_too_long_is_told_from_a_mistake(tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "_BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "paultrap.db"
    store = Store.open(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    try:
        blocker.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailableError, match="locked"):
            store.keys.create("late")

        blocker.execute("ROLLBACK")
        store.keys.create("in time")
        assert [key.name for key in store.keys.list_all()] == ["in time"]
    finally:
        blocker.close()
        store.close()
