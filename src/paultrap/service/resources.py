"""`Resources`: what the use cases of one server share."""

from dataclasses import dataclass, field

from paultrap.machines import Machines
from paultrap.service.threads import Threads
from paultrap.service.waiters import JobWaiters
from paultrap.service.workers import Workers
from paultrap.settings import Settings
from paultrap.store import Store
from paultrap.tracing import Tracing


@dataclass(frozen=True)
class Resources:
    """What the use cases of one server share.

    Attributes:
        settings: The settings of the server.
        store: The open store.
        workers: The workers that run the jobs.
        threads: The threads that blocking calls run in.
        machines: The backends and noise models that jobs can name.
        tracing: Makes spans, and sends them where tracing is on.
        waiters: The requests that wait for a job to end.
    """

    settings: Settings
    store: Store
    workers: Workers
    threads: Threads
    machines: Machines
    tracing: Tracing
    waiters: JobWaiters = field(default_factory=JobWaiters)
