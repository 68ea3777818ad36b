"""The process that a Dask worker starts beside itself: a worker host, told by its standard input.

The first line of the input is a `Told` in JSON, so that no password is in its command line or its
environment. The end of the input means that the Dask worker is gone, and ends it at once; SIGTERM has
it end in order. It reports in lines of JSON on the standard output, each a `Report`.
"""

import os
import signal
from typing import TextIO

import msgspec
import structlog
from pydantic import ValidationError

from paultrap import logs
from paultrap.dask.errors import DaskError
from paultrap.errors import Error
from paultrap.hosting import worker_host, worker_options
from paultrap.logs import log_event
from paultrap.machines import Machines
from paultrap.release import release
from paultrap.settings import Settings
from paultrap.store import (
    DatabaseMissingError,
    HostKind,
    Store,
    StoreUnavailableError,
)
from paultrap.worker import Input, end_with_parent

# Exit codes: what may pass is tried again, what is refused is not.
UNAVAILABLE = 75
REFUSED = 78

_NO_DATABASE = (
    "no database is named for a Dask worker: pass its URL, or let PAULTRAP_DATABASE=postgresql://… "
    "be in the environment of the Dask workers, or `database` in a paultrap.toml there."
)

_log = structlog.get_logger("paultrap.worker")


class Told(msgspec.Struct, omit_defaults=True):
    """What the process is told.

    Attributes:
        settings: The settings that do not follow from its environment, by name.
        host: The name of what has the memory; None for the machine.
        until: Unix seconds at which all is to have ended; None for no end.
    """

    settings: dict[str, str | int | float | bool | list[str] | None]
    host: str | None = None
    until: float | None = None


class Report(msgspec.Struct, omit_defaults=True):
    """What the process says of itself.

    Attributes:
        is_running: Whether it takes work now; else it ends.
        reason: Why it ends, in a sentence.
    """

    is_running: bool = False
    reason: str = ""


def settings_of(told: dict[str, str | int | float | bool | list[str] | None]) -> Settings:
    """Return the settings of this process, among them those that were told.

    Raises:
        DaskError: One of them has a value that it cannot have.
    """
    try:
        return Settings(**told)  # type: ignore[arg-type]  # It judges them.
    except ValidationError as error:
        found = error.errors()[0]
        name = ".".join(map(str, found["loc"]))
        raise DaskError(f"{name}: {found['msg'].removeprefix('Value error, ')}") from error


def main() -> int:
    """Work until told to end; return the exit code."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the Dask worker decides
    told = msgspec.json.decode(_first_line(), type=Told)
    Input().listen(lambda _: None)
    out = _take_standard_output()
    try:
        _work(told, out)
    except (StoreUnavailableError, DatabaseMissingError) as error:
        return _end(out, error, UNAVAILABLE)
    except Error as error:
        return _end(out, error, REFUSED)
    return 0


def _work(told: Told, out: TextIO) -> None:
    settings = settings_of(told.settings)
    logs.configure(settings.log_level, settings.log_format)
    if settings.database is None:
        raise DaskError(_NO_DATABASE)
    options = worker_options(
        settings,
        Machines.load(),
        kind=HostKind.WORKER,
        until=told.until,
        host=told.host,
    )
    store = Store.join(settings.database, version=release(), on_event=log_event)
    try:
        host = worker_host(settings, store, options)
        _report(out, Report(is_running=True))
        host.run()
    finally:
        store.close()


def _end(out: TextIO, error: Error, code: int) -> int:
    _report(out, Report(reason=" ".join(str(error).split())))
    return code


def _report(out: TextIO, report: Report) -> None:
    print(msgspec.json.encode(report).decode(), file=out, flush=True)


def _first_line() -> bytes:
    """Return the first line of the standard input; who reads the rest gets it unbuffered."""
    line = b""
    while not line.endswith(b"\n"):
        found = os.read(0, 1)
        if not found:
            raise SystemExit(REFUSED)
        line += found
    return line


def _take_standard_output() -> TextIO:
    """Keep the standard output for reports: what anything else prints goes to standard error."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "w", encoding="utf-8")
