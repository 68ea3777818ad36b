"""What a backend's own code prints, as lines of the log under its name.

It is Python's standard output and error that are taken. What a library in C prints goes to the
worker's standard error as it is: passed on by Python, it could block the library that prints it.
"""

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import structlog

from paultrap import logs
from paultrap.store import Lease

_LOGGER = "paultrap.printed"
_MOST_OF_LINE = 2_000  # bytes
_MOST_LINES = 200  # of one backend in ten seconds

_log = structlog.get_logger("paultrap.worker")


class PrintedLines:
    """Takes what is printed in this process, line by line."""

    def __init__(self, most_lines: int = _MOST_LINES) -> None:
        self._about: dict[str, Any] = {}
        self._folder = logs.Folder(_report, allowed=most_lines)
        self._streams = {name: _Lines(name, self._take) for name in ("stdout", "stderr")}

    def take_over(self) -> None:
        """Take all that is printed from now on, and errors that nobody catches."""
        sys.stdout, sys.stderr = map(_text_of, self._streams.values())
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_of_thread

    @contextmanager
    def under(self, lease: Lease) -> Iterator[None]:
        """Name the backend and the job of a lease in the lines that are printed meanwhile."""
        about = {
            "backend": lease.backend,
            "job": lease.job_id,
            "request_id": lease.request_id,
        }
        self._about = {name: value for name, value in about.items() if value is not None}
        try:
            yield
        finally:
            for lines in self._streams.values():
                lines.end()
            self._about = {}

    def _take(self, stream: str, text: str) -> None:
        about = {**self._about, "stream": stream, "text": text}
        if logs.is_on("info") and self._folder.admit(about.get("backend"), about):
            logs.write("info", _LOGGER, "printed", about)


class _Lines(io.RawIOBase):
    """A stream that cuts what is written to it into lines of bounded length."""

    def __init__(self, name: str, take: Any) -> None:
        super().__init__()
        self._name = name
        self._take = take
        self._begun = bytearray()
        self._left_out = 0
        self._lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2  # Where a process that a backend starts may print.

    def write(self, data: Any) -> int:
        given = bytes(data)
        with self._lock:
            *whole, rest = given.replace(b"\r", b"\n").split(b"\n")
            for piece in whole:
                self._add(piece)
                self.end()
            self._add(rest)
        return len(given)

    def end(self) -> None:
        """Have what was begun taken as a line."""
        with self._lock:
            text = self._begun.decode(errors="backslashreplace")
            if self._left_out:
                text += f"... ({self._left_out:,} more bytes)"
            self._begun.clear()
            self._left_out = 0
        if text.strip():
            self._take(self._name, text)

    def _add(self, piece: bytes) -> None:
        kept = piece[: _MOST_OF_LINE - len(self._begun)]
        self._begun += kept
        self._left_out += len(piece) - len(kept)


def _text_of(lines: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(lines, "utf-8", "backslashreplace", write_through=True)


def _report(about: dict[str, Any], hidden: int, seconds: float) -> None:
    fields = {"backend": about.get("backend"), "repeated": hidden, "seconds": round(seconds, 1)}
    shown = {name: value for name, value in fields.items() if value is not None}
    logs.write("info", _LOGGER, f"{hidden:,} more lines printed in {seconds:.0f} s", shown)


def _log_uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    _log.error("the worker failed", exc_info=error)


def _log_of_thread(caught: threading.ExceptHookArgs) -> None:
    name = None if caught.thread is None else caught.thread.name
    _log.error("unexpected error in a thread", thread=name, exc_info=caught.exc_value)
