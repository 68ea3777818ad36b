"""What comes out of the store about servers and worker hosts, and what they say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from paultrap.circuits import Gateset
from paultrap.compiler import Entangler


class HostKind(StrEnum):
    """What a process is that is registered as one that may have workers."""

    SERVER = "server"  # takes jobs, and may run some
    WORKER = "worker"  # runs jobs


class WorkerBackends(NamedTuple):
    """What a worker can run.

    Attributes:
        plugins: The names of the plug-in backends that it has.
        shipped: Whether it runs what paultrap computes itself: the simulator and emulated QPUs.
    """

    plugins: tuple[str, ...] = ()
    shipped: bool = True

    def has(self, plugin: str | None) -> bool:
        """Return whether a plug-in is among them, or for None what paultrap computes itself."""
        return self.shipped if plugin is None else plugin in self.plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBackend:
    """A plug-in backend that a host's workers have.

    Attributes:
        name: What jobs call it.
        qubits: How many it has.
        gateset: "qis" or "native".
        entangler: The native gate on two qubits to compile to.
    """

    name: str
    qubits: int
    gateset: Gateset
    entangler: Entangler


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRegistration:
    """What a process says of itself when it registers.

    Attributes:
        kind: What it is.
        host: The name of what has its memory: a machine in one boot, a Dask worker.
        hostname: What people call the machine.
        pid: The number of the process there.
        version: The release that it is of.
        slots: How many chunks it runs at once, beside short work; 0 where it runs none.
        threads: How many threads each of them computes with.
        memory_limit: Bytes that all chunks leased on ``host`` together may need; None for no limit.
        runs_shipped: Whether it runs what paultrap computes itself: the simulator and emulated QPUs.
        backends: The plug-ins that it has.
    """

    kind: HostKind
    host: str
    hostname: str
    pid: int
    version: str
    slots: int
    threads: int
    memory_limit: int | None = None
    runs_shipped: bool = True
    backends: Sequence[HostBackend] = ()

    @property
    def can_run(self) -> WorkerBackends:
        """What its workers run, where it has any."""
        return WorkerBackends(tuple(each.name for each in self.backends), self.runs_shipped)


class RunningChunk(NamedTuple):
    """A chunk that is leased.

    Attributes:
        job_id: The id of its job; ``project_id``: of the project whose job it is.
        chunk: Its position among the chunks of the job.
        circuits: How many it has.
        started_at: When it was first begun, in Unix milliseconds.
    """

    job_id: str
    project_id: str
    chunk: int
    circuits: int
    started_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRecord:
    """A process that is registered.

    Attributes:
        id: Its id, which is also that of the server whose leases its workers have.
        about: What it said of itself.
        started_at: When it registered, in Unix milliseconds.
        last_seen: When it was last heard of, likewise.
        is_draining: Whether it takes no more chunks and ends once those that run have.
        is_live: Whether it is there, as far as is known.
        running: What it runs.
    """

    id: str
    about: HostRegistration
    started_at: int
    last_seen: int
    is_draining: bool
    is_live: bool = True
    running: Sequence[RunningChunk] = ()


class QueuedNeed(NamedTuple):
    """What queued chunks of a job need to be run.

    Attributes:
        backend: The plug-in that they are for; None for what paultrap computes itself.
        memory: The bytes that the largest of them needs with one thread.
    """

    backend: str | None
    memory: int


class Capacity(NamedTuple):
    """What the registered hosts could run of one kind.

    Attributes:
        slots: How many chunks at once.
        threads: With how many threads at most, in the host that has most of them.
        memory_limit: The largest limit of a host, in bytes; None where one has no limit.
    """

    slots: int
    threads: int
    memory_limit: int | None
