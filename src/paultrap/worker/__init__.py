"""The worker: a process that leases chunks and runs them, and who keeps it alive."""

from paultrap.worker.supervisor import Supervisor, WorkerOptions, WorkersLoad

__all__ = ["Supervisor", "WorkerOptions", "WorkersLoad"]
