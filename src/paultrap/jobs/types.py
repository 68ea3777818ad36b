"""What a job may be: its type, and the states of its life, as version 0.4 names them."""

from enum import StrEnum


class JobType(StrEnum):
    """The types of jobs without a function; children of a multicircuit job are circuits.

    Those of the others are in `paultrap.functions`.
    """

    CIRCUIT = "ionq.circuit.v1"
    MULTI_CIRCUIT = "ionq.multi-circuit.v1"
    QASM2 = "ionq.qasm2.v1"
    QASM3 = "ionq.qasm3.v1"
    QIR = "ionq.qir.v1"


#: Those of jobs that come as programs.
PROGRAM_TYPES = (JobType.QASM2, JobType.QASM3, JobType.QIR)


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
