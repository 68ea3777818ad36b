"""What the workers of servers and of worker hosts are told."""

from collections.abc import Collection

import structlog

from paultrap.cli.errors import CommandError
from paultrap.machines import SIMULATOR, Machines
from paultrap.settings import Settings
from paultrap.store import HEARTBEAT_S, HostBackend, HostKind, Store
from paultrap.worker import WorkerOptions

_log = structlog.get_logger("paultrap.worker")


def worker_options(
    settings: Settings,
    machines: Machines,
    *,
    kind: HostKind = HostKind.SERVER,
    wanted: Collection[str] = (),
    until: float | None = None,
) -> WorkerOptions:
    """Return what the workers of a server or of a worker host are told.

    Args:
        settings: The settings.
        machines: What has the plug-ins of this machine.
        kind: What has them.
        wanted: The names of what they run, `SIMULATOR` for what paultrap computes itself; none of them
            for everything.
        until: Unix seconds at which all is to have ended; None for no end.

    Raises:
        CommandError: ``wanted`` names one that is not here.
    """
    for plugin in machines.unavailable:
        _log.warning("plug-in not available", plugin=plugin.name, reason=plugin.reason)
    found = {
        name: HostBackend(
            name=name, qubits=each.qubits, gateset=each.gateset, entangler=each.entangler
        )
        for name, each in machines.plugins.items()
    }
    wanted = set(wanted) or {SIMULATOR, *found}
    if unknown := sorted(wanted - {SIMULATOR, *found}):
        known = ", ".join((SIMULATOR, *sorted(found)))
        raise CommandError(
            f'--backends: there is no plug-in backend "{unknown[0]}" on this machine; '
            f"there is {known}, where {SIMULATOR} stands for all that paultrap computes itself."
        )
    return WorkerOptions(
        threads=settings.threads,
        precision=settings.precision,
        memory_limit=settings.memory_limit,
        backends=tuple(each for name, each in found.items() if name in wanted),
        runs_shipped=SIMULATOR in wanted,
        until=until,
        lease_s=settings.lease_seconds,
        log_level=settings.log_level,
        log_format=settings.log_format,
        tracing=settings.tracing,
        kind=kind,
        look_every_s=settings.exit_when_idle or HEARTBEAT_S,
    )


def check_workers(settings: Settings, store: Store) -> None:
    """Refuse a server without workers on a database where nobody else could have some.

    Raises:
        CommandError: Nothing would ever run.
    """
    if settings.workers == 0 and not store.is_shared:
        raise CommandError(
            "--workers: with 0 nothing would run, as an SQLite file is one server's alone. Let it be 1 "
            "or more, or name a PostgreSQL database with PAULTRAP_DATABASE (--database)."
        )
