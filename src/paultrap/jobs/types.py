"""What a job may be: its type as version 0.4 names it."""

from enum import StrEnum

__all__ = ["JobType"]


class JobType(StrEnum):
    """The types of jobs; children of a multicircuit job are circuits."""

    CIRCUIT = "ionq.circuit.v1"
    MULTI_CIRCUIT = "ionq.multi-circuit.v1"
    QASM3 = "ionq.qasm3.v1"
    QIR = "ionq.qir.v1"
    QUANTUM_FUNCTION = "quantum-function"
    QAOA = "qctrl.qaoa.v1"
    QAOA_CIRCUIT = "qctrl.qaoa-circuit.v1"

    @property
    def is_function(self) -> bool:
        """Whether the answers of its circuits become one result, which alone is the job's."""
        return self in {JobType.QUANTUM_FUNCTION, JobType.QAOA}
