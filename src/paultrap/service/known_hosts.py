"""`KnownHosts`: the servers and worker hosts of the database, as they were last read.

Which backends there are, and how much memory a job may need, follows from who is there.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import structlog

from paultrap.admission import Limits
from paultrap.limits import limits_of
from paultrap.machines import DistantPlugin, Machines
from paultrap.service.threads import Threads
from paultrap.service.waiting import Waiting, able, waiting_for
from paultrap.settings import Settings
from paultrap.store import HostBackend, HostRecord, QueuedNeed, Store, StoreUnavailableError

_RENEW_S = 3.0

_log = structlog.get_logger("paultrap.server")


class KnownHosts:
    """Who could run a job.

    Args:
        settings: The settings of the server.
        store: Where hosts register, this server among them.
        threads: The threads in which the store is read.
        machines: The backends and noise models of this server.

    Attributes:
        hosts: Those that are registered, until they are forgotten.
        machines: The backends and noise models that jobs can name: the plug-ins are those of the
            hosts.
    """

    def __init__(
        self, settings: Settings, store: Store, threads: Threads, machines: Machines
    ) -> None:
        self.hosts: Sequence[HostRecord] = ()
        self._store = store
        self._threads = threads
        self._limits = limits_of(settings)
        # A plug-in that is installed where no job runs is none.
        self._has_workers = settings.workers > 0
        self._own = machines if self._has_workers else machines.with_distant((), own=False)
        self.machines = self._own
        self._plugins: tuple[DistantPlugin, ...] = ()
        self._gone: dict[str, HostBackend] = {}
        self._contradictions: set[frozenset[HostBackend]] = set()
        self._renewal: asyncio.Task[bool] | None = None

    async def keep(self) -> None:
        """Read them again and again, until this is canceled."""
        while True:
            await self.renew()
            await asyncio.sleep(_RENEW_S)

    async def renew(self) -> bool:
        """Read who is there; return whether that has changed. Many that ask share one question.

        Where the store does not answer, what was known stays.
        """
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._read())
        return await asyncio.shield(self._renewal)

    async def _read(self) -> bool:
        try:
            hosts = await self._threads.read(self._store.workers.known)
        except StoreUnavailableError:
            return False
        before = self._abilities()
        self.hosts = hosts
        self._take(tuple(self._plugins_of(hosts)))
        return self._abilities() != before

    def _abilities(self) -> tuple[object, ...]:
        about = (each.about for each in self.hosts)
        return self._plugins, *(
            (each.slots > 0, each.runs_shipped, each.memory_limit) for each in about
        )

    def _take(self, plugins: tuple[DistantPlugin, ...]) -> None:
        if plugins != self._plugins:
            self._plugins = plugins
            self.machines = self._own.with_distant(plugins)

    def _plugins_of(self, hosts: Sequence[HostRecord]) -> Iterator[DistantPlugin]:
        """Yield the plug-ins of all hosts, and those that some had which are forgotten."""
        said: dict[str, HostBackend] = {}
        ready: dict[str, HostBackend] = {}
        for host in sorted(hosts, key=lambda each: each.started_at):
            for backend in host.about.backends if host.about.slots else ():
                said[backend.name] = backend  # The newest says what it is.
                if host.is_live and not host.is_draining:
                    self._compare(ready.get(backend.name), backend)
                    ready[backend.name] = backend
        self._gone |= said
        for name, backend in sorted(self._gone.items()):
            if name in said or self._own.plugin(name) is None:
                yield DistantPlugin(
                    name=name,
                    qubits=backend.qubits,
                    gateset=backend.gateset,
                    entangler=backend.entangler,
                    is_there=name in ready,
                    takes_jobs=name in said,
                )

    def _compare(self, earlier: HostBackend | None, newer: HostBackend) -> None:
        if earlier in {None, newer}:
            return
        pair = frozenset({earlier, newer})
        if pair not in self._contradictions:
            self._contradictions.add(pair)
            _log.warning(
                "two hosts say different things of one plug-in; the newest counts",
                plugin=newer.name,
                counts=_facts_of(newer),
                other=_facts_of(earlier),
            )

    def waiting(self, needs: Iterable[QueuedNeed]) -> Waiting | None:
        """Return what queued chunks wait for that nobody who is there can give them."""
        is_unknown = self._has_workers and not self.hosts
        return None if is_unknown else waiting_for(needs, self.hosts)

    def limits(self, backend: str) -> Limits:
        """Return what a job may hold and take: as much memory as the largest host has.

        Where none is known the settings count, and the job waits for one.

        Args:
            backend: What the job says where it is to run.
        """
        found = self.machines.resolve(backend)
        is_plugin = found is not None and self.machines.is_plugin(found.name)
        hosts = able(self.hosts, found.name if found is not None and is_plugin else None)
        if not hosts:
            return self._limits
        bounds = [each.about.memory_limit for each in hosts]
        memory = None if None in bounds else max(each for each in bounds if each is not None)
        return replace(self._limits, memory=memory, hosts=len({each.about.host for each in hosts}))


def _facts_of(backend: HostBackend) -> str:
    return f"{backend.qubits} qubits, {backend.gateset}, {backend.entangler}"
