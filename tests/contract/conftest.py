"""The store under contract: the same suite over every database that it supports."""

from collections.abc import Callable, Iterator

import pytest

from paultrap.store import Store


class Clock:
    """Unix milliseconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def tick(self, milliseconds: int) -> None:
        self.now += milliseconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite"])
def open_store(tmp_path, clock) -> Iterator[Callable[..., Store]]:
    """Open the same database again and again; all of it is closed at the end."""
    opened = []

    def open_again(**options) -> Store:
        store = Store.open(tmp_path / "data" / "paultrap.db", **({"clock": clock} | options))
        opened.append(store)
        return store

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store) -> Store:
    return open_store()
