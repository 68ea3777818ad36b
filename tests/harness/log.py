"""The log of this process, for tests that read what is logged."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from paultrap import logs
from paultrap.logs import configuration


class Log:
    """What was logged since `configure`."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def configure(self, level: str = "info", format_: logs.LogFormat = "json") -> None:
        logs.configure(level, format_, self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # The client in the same process, whose lines are not the server's.
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)
    log = Log()
    log.configure()
    yield log
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    configuration._output = None
    structlog.reset_defaults()
