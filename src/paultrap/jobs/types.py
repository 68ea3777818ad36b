"""What a job may be: its type as version 0.4 names it."""

from enum import StrEnum


class JobType(StrEnum):
    """The types of jobs without a function; children of a multicircuit job are circuits.

    Those of the others are in `paultrap.functions`.
    """

    CIRCUIT = "ionq.circuit.v1"
    MULTI_CIRCUIT = "ionq.multi-circuit.v1"
    QASM3 = "ionq.qasm3.v1"
    QIR = "ionq.qir.v1"


#: Those of jobs that come as programs.
PROGRAM_TYPES = (JobType.QASM3, JobType.QIR)
