"""What all tests share: no deadlines, and the mark of those that wait, which `make repeat` runs."""

import asyncio
import concurrent.futures
import multiprocessing
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import harness
import hypothesis
import pytest
from harness import attack, waiting
from harness.places import ALIKE, ON_POSTGRESQL
from harness.programs import WHY_NONE, has_postgresql

# No test depends on how fast the machine is.
hypothesis.settings.register_profile("paultrap", deadline=None)
hypothesis.settings.load_profile("paultrap")

# Whoever imports one of these waits for something, or can.
_WAITING = (
    asyncio,
    attack,
    concurrent.futures,
    concurrent.futures.ThreadPoolExecutor,
    harness.RunningServer,
    waiting,
    waiting.ended,
    waiting.until,
    multiprocessing,
    signal,
    socket,
    subprocess,
    threading,
    threading.Thread,
    time,
    time.sleep,
)
# Fixtures that start a process, and what holds or kills one. The clients' suite shares a server.
_STARTING = {"process", "serve", "server", "supervise"}
_STOPPING = {"crashing_workers", "paused_workers"}
_TESTS = Path(__file__).parent
_CLIENTS = _TESTS / "clients"


def pytest_report_header() -> str | None:
    if has_postgresql():
        return None
    return f"the store's tests run on SQLite alone: {WHY_NONE}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _waits(item):
            item.add_marker("processes")
        if ON_POSTGRESQL and (subject := _subject_besides_postgresql(item)) is not None:
            item.add_marker(pytest.mark.skip(f"is about {subject}"))


def _subject_besides_postgresql(item: pytest.Item) -> str | None:
    """Return what a test of whole servers is about that is not for PostgreSQL, if it is not."""
    engines = item.get_closest_marker("engine")
    if engines is not None and "postgresql" not in engines.args:
        return str(engines.args[0])
    if not item.path.is_relative_to(_TESTS):
        return None
    return ALIKE.get(item.path.relative_to(_TESTS).as_posix())


def _waits(item: pytest.Item) -> bool:
    if _CLIENTS in item.path.parents:
        function = getattr(item, "function", None)
        return function is not None and not _STOPPING.isdisjoint(function.__code__.co_names)
    if _STARTING.intersection(getattr(item, "fixturenames", ())):
        return True
    names = vars(getattr(item, "module", None) or item).values()
    return any(name is each for name in names for each in _WAITING)
