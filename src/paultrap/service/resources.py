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
        settings: Its limits.
        store: Open.
        workers: Whoever runs the jobs.
        threads: Where blocking calls run.
        machines: What jobs can be addressed to.
        tracing: Where spans go.
        waiters: Who waits for which job.
    """

    settings: Settings
    store: Store
    workers: Workers
    threads: Threads
    machines: Machines
    tracing: Tracing
    waiters: JobWaiters = field(default_factory=JobWaiters)
