"""`paultrap worker`: runs jobs of the servers of a database, until it is told to end."""

import time
from typing import Any

import structlog

from paultrap import logs
from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError, UsageError
from paultrap.cli.flags import takes_settings
from paultrap.cli.stores import joined_store
from paultrap.hosting import worker_host, worker_options
from paultrap.machines import Machines
from paultrap.release import release
from paultrap.settings import WORKER, Settings, flag_of
from paultrap.store import HostKind
from paultrap.times import parse_end
from paultrap.tracing import is_installed

# What a Dask worker has of its own, and what its pull loop is told.
_OF_THE_CLUSTER = ("slots", "threads", "memory_limit", "exit_when_idle")
_PASSED_ON = {
    "backends",
    "precision",
    "lease_seconds",
    "drain_seconds",
    "log_level",
    "log_format",
    "tracing",
}

_log = structlog.get_logger("paultrap.worker")


@takes_settings(WORKER)
def worker(**flags: Any) -> None:
    """Run jobs of the servers of a PostgreSQL database on this machine.

    With --dask, on each worker of a Dask cluster. Ctrl-C or SIGTERM ends it once what runs has
    ended, a second one at once. Every flag is also a PAULTRAP_... variable and a key of
    paultrap.toml.
    """
    unknown: list[str] = []
    settings = read_settings(flags, warn=unknown.append)
    logs.configure(settings.log_level, settings.log_format)
    for variable in unknown:
        _log.warning("unknown variable is ignored: it is no setting", variable=variable)
    if settings.tracing and not is_installed():
        raise CommandError('tracing needs OpenTelemetry: pip install ".[otel]" in a checkout.')
    until = None if settings.until is None else parse_end(settings.until, time.time())
    if settings.dask is not None:
        _work_on_cluster(settings, until, [name for name in _OF_THE_CLUSTER if flags.get(name)])
        return
    machines = Machines.load()
    options = worker_options(settings, machines, kind=HostKind.WORKER, until=until)
    with joined_store(settings, release()) as store:
        worker_host(settings, store, options).run()


def _work_on_cluster(settings: Settings, until: float | None, wrong: list[str]) -> None:
    """Have the workers of a Dask cluster run jobs, until told to end."""
    if wrong:
        raise UsageError(
            f"{flag_of(wrong[0])} is not for --dask: each Dask worker is one slot with the threads and "
            "the memory limit that Dask has given it."
        )
    from paultrap.dask import follow  # noqa: PLC0415  # It is an extra, and much.

    # What is not given here follows from the settings where the Dask workers are.
    given = settings.model_dump(include=settings.model_fields_set & _PASSED_ON)
    follow(str(settings.dask), settings.database, until=until, **given)
