"""The worker: a process that leases chunks and runs them, and who keeps it alive."""

from paultrap.worker.host import WorkerHost
from paultrap.worker.parent import Input, end_with_parent
from paultrap.worker.supervisor import Supervisor, WorkerOptions, WorkersLoad, tell_workers

__all__ = [
    "Input",
    "Supervisor",
    "WorkerHost",
    "WorkerOptions",
    "WorkersLoad",
    "end_with_parent",
    "tell_workers",
]
