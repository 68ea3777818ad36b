"""What is logged and how, for whatever logs: structlog, the standard library, or `write` itself."""

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, TextIO

import structlog

from paultrap.logs import folding
from paultrap.logs.rendering import (
    Line,
    Renderer,
    exception_text,
    json_line,
    terminal_line,
    text_line,
)

LogFormat = Literal["auto", "json", "text"]

_ALLOWED = 3  # lines that say the same, in each window
_MOST_OF_KIND = 200  # characters by which lines are told apart

_LEVELS = logging.getLevelNamesMapping()


class _Output:
    """Where lines go."""

    def __init__(self, stream: TextIO, level: int, render: Renderer) -> None:
        self.level = level
        self._stream = stream
        self._render = render
        self.lock = threading.Lock()
        self._repeats = folding.Folder(self._report, allowed=_ALLOWED)

    def write(self, line: Line) -> None:
        """Write a line, whatever was written before."""
        text = self._render(time.time(), line) + "\n"
        try:
            with self.lock:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):  # A log that nobody can read stops no server.
            pass

    def write_once(self, line: Line, kind: str, error: BaseException | None) -> None:
        """Write a line unless it repeats what was written just before.

        Args:
            line: What it says.
            kind: What of its event is the same each time.
            error: Its traceback is added to the line.
        """
        level, logger, event, fields = line
        what = "" if error is None else f"{type(error).__name__}: {error}"[:_MOST_OF_KIND]
        about = (level, logger, event, what)
        if not self._repeats.admit((level, logger, kind[:_MOST_OF_KIND], what), about):
            return
        if error is not None:
            line = line._replace(fields={**fields, "exception": exception_text(error)})
        self.write(line)

    def _report(self, about: tuple[str, str, str, str], hidden: int, seconds: float) -> None:
        level, logger, event, error = about
        (first, *_) = event.strip().splitlines() or [""]
        fields: dict[str, Any] = {"repeated": hidden, "seconds": round(seconds, 1)}
        if error:
            fields["error"] = error
        text = f"{first[:_MOST_OF_KIND]} (repeated {hidden:,} times in {seconds:.0f} s)"
        self.write(Line(level, logger, text, fields))


_output: _Output | None = None


def resolve(format_: LogFormat, stream: TextIO | None = None) -> Literal["json", "text"]:
    """Return the format that ``auto`` means for a stream, the standard error when None."""
    if format_ != "auto":
        return format_
    return "text" if (stream or sys.stderr).isatty() else "json"


def configure(level: str, format_: LogFormat = "auto", stream: TextIO | None = None) -> None:
    """Log from now on.

    Args:
        level: The least severe level that is logged: debug, info, warning or error.
        format_: How a line looks; text has colours at a terminal only.
        stream: Where to; the standard error when None.
    """
    global _output  # noqa: PLW0603  # A process has one log.
    stream = stream or sys.stderr
    number = _LEVELS[level.upper()]
    render: Renderer = json_line
    if resolve(format_, stream) == "text":
        colours = not os.environ.get("NO_COLOR")
        render = partial(terminal_line, colours=colours) if stream.isatty() else text_line
    _output = output = _Output(stream, number, render)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _take],
        logger_factory=_Named,
        wrapper_class=structlog.make_filtering_bound_logger(number),
    )
    logging.basicConfig(handlers=[_Handler(output)], level=number, force=True)
    logging.captureWarnings(capture=True)
    # Its account of each migration step is for the developer of a migration.
    logging.getLogger("alembic").setLevel(max(number, logging.WARNING))


def is_on(level: str) -> bool:
    """Return whether lines of a level are logged; none are before `configure`."""
    return _output is not None and _LEVELS[level.upper()] >= _output.level


def write(level: str, logger: str, event: str, fields: Mapping[str, Any]) -> None:
    """Write a line that is never taken for a repetition.

    Args:
        level: One for which `is_on`.
        logger: The name of the logger.
        event: What has happened, in a few words.
        fields: More about it, without None.
    """
    if _output is not None:
        _output.write(Line(level, logger, event, fields))


class _Named:
    """What structlog wraps: a name."""

    def __init__(self, name: str = "paultrap", *_: Any) -> None:
        self.name = name


def _take(logger: Any, method: str, event: structlog.typing.EventDict) -> Any:
    """Take an event from structlog, whose last processor this is."""
    level = {"exception": "error", "warn": "warning"}.get(method, method)
    text = str(event.pop("event", ""))
    error = _error_of(event.pop("exc_info", level == "error" and method == "exception"))
    if _output is not None:
        _output.write_once(Line(level, logger.name, text, event), text, error)
    raise structlog.DropEvent


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


class _Handler(logging.Handler):
    """Takes records of the standard library's loggers, which libraries use."""

    def __init__(self, output: _Output) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = record.getMessage()
        except Exception:  # noqa: BLE001  # arguments that do not fit are the library's mistake
            event = str(record.msg)
        level = record.levelname.lower()
        error = _error_of(record.exc_info)
        kind = str(record.msg)
        self._output.write_once(Line(level, record.name, event.strip(), {}), kind, error)


def _renew() -> None:
    folding.renew()
    if _output is not None:
        _output.lock = threading.Lock()


atexit.register(folding.flush)
os.register_at_fork(after_in_child=_renew)
