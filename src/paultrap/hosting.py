"""From settings to workers: what those of servers, worker hosts and Dask workers are told."""

import structlog

from paultrap.errors import Error
from paultrap.machines import SIMULATOR, Machines
from paultrap.settings import Settings
from paultrap.store import HEARTBEAT_S, HostBackend, HostKind, Store
from paultrap.worker import Supervisor, WorkerHost, WorkerOptions

_log = structlog.get_logger("paultrap.worker")


class UnknownBackendError(Error):
    """The setting `backends` names one that is not on this machine."""


def worker_options(
    settings: Settings,
    machines: Machines,
    *,
    kind: HostKind = HostKind.SERVER,
    until: float | None = None,
    host: str | None = None,
) -> WorkerOptions:
    """Return what the workers of a server or of a worker host are told.

    Args:
        settings: The settings.
        machines: What has the plug-ins of this machine.
        kind: What has them; a server runs everything that is there.
        until: Unix seconds at which all is to have ended; None for no end.
        host: The name of what has the memory; None for this machine.

    Raises:
        UnknownBackendError: The setting `backends` names one that is not here.
    """
    for plugin in machines.unavailable:
        _log.warning("plug-in not available", plugin=plugin.name, reason=plugin.reason)
    found = {
        name: HostBackend(
            name=name, qubits=each.qubits, gateset=each.gateset, entangler=each.entangler
        )
        for name, each in machines.plugins.items()
    }
    named = settings.backends if kind == HostKind.WORKER else ()
    wanted = set(named) or {SIMULATOR, *found}
    if unknown := sorted(wanted - {SIMULATOR, *found}):
        known = ", ".join((SIMULATOR, *sorted(found)))
        raise UnknownBackendError(
            f'--backends: there is no plug-in backend "{unknown[0]}" on this machine; '
            f"there is {known}, where {SIMULATOR} stands for all that paultrap computes itself."
        )
    return WorkerOptions(
        threads=settings.threads,
        precision=settings.precision,
        memory_limit=settings.memory_limit,
        backends=tuple(each for name, each in found.items() if name in wanted),
        runs_shipped=SIMULATOR in wanted,
        host=host,
        until=until,
        lease_s=settings.lease_seconds,
        log_level=settings.log_level,
        log_format=settings.log_format,
        tracing=settings.tracing,
        kind=kind,
        look_every_s=settings.exit_when_idle or HEARTBEAT_S,
    )


def worker_host(settings: Settings, store: Store, options: WorkerOptions) -> WorkerHost:
    """Return a worker host, which has not been started.

    Args:
        settings: The settings.
        store: The store that it has joined.
        options: What its workers are told.
    """
    supervisor = Supervisor(store, workers=settings.slots, options=options)
    store.on_notice(supervisor.hear)
    return WorkerHost(
        supervisor,
        idle_s=settings.exit_when_idle,
        until=options.until,
        drain_s=settings.drain_seconds,
    )
