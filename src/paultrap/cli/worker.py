"""`paultrap worker`: runs jobs of the servers of a database, until it is told to end."""

import time
from typing import Any

import structlog

from paultrap import logs
from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.cli.flags import takes_settings
from paultrap.cli.hosts import worker_options
from paultrap.cli.stores import joined_store
from paultrap.machines import Machines
from paultrap.release import release
from paultrap.settings import WORKER
from paultrap.store import HostKind
from paultrap.times import parse_end
from paultrap.tracing import is_installed
from paultrap.worker import Supervisor, WorkerHost

_log = structlog.get_logger("paultrap.worker")


@takes_settings(WORKER)
def worker(**flags: Any) -> None:
    """Run jobs of the servers of a PostgreSQL database on this machine.

    Ctrl-C or SIGTERM ends it once what runs has ended, a second one at once. Every flag is also a
    PAULTRAP_... variable and a key of paultrap.toml.
    """
    unknown: list[str] = []
    settings = read_settings(flags, warn=unknown.append)
    logs.configure(settings.log_level, settings.log_format)
    for variable in unknown:
        _log.warning("unknown variable is ignored: it is no setting", variable=variable)
    if settings.tracing and not is_installed():
        raise CommandError('tracing needs OpenTelemetry: pip install ".[otel]" in a checkout.')
    until = None if settings.until is None else parse_end(settings.until, time.time())
    machines = Machines.load()
    options = worker_options(
        settings, machines, kind=HostKind.WORKER, wanted=settings.backends, until=until
    )
    with joined_store(settings, release()) as store:
        supervisor = Supervisor(store, workers=settings.slots, options=options)
        store.on_notice(supervisor.hear)
        WorkerHost(
            supervisor,
            idle_s=settings.exit_when_idle,
            until=until,
            drain_s=settings.drain_seconds,
        ).run()
