"""The states of the life of a job, in the words of version 0.4 of the API, and of its chunks."""

from enum import StrEnum


class Status(StrEnum):
    """How far a job is.

    A stored job begins as `READY`; `SUBMITTED` is only ever said to a client.
    """

    SUBMITTED = "submitted"
    READY = "ready"
    STARTED = "started"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended and nothing changes any more."""
        return self in {Status.COMPLETED, Status.FAILED, Status.CANCELED}


class ChunkStatus(StrEnum):
    """How far a chunk of a job is."""

    WAITING = "waiting"  # for the answers of others
    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
