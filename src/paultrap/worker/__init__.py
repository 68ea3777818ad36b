"""The worker: a process that leases chunks and runs them, and who keeps it alive."""

from paultrap.worker.host import WorkerHost
from paultrap.worker.supervisor import Supervisor, WorkerOptions, WorkersLoad, tell_workers

__all__ = ["Supervisor", "WorkerHost", "WorkerOptions", "WorkersLoad", "tell_workers"]
