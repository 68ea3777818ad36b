"""`ProgramError`: what is wrong with a program, and on which line."""

from __future__ import annotations

__all__ = [
    "INVALID",
    "NOT_ENOUGH_QUBITS",
    "TOO_COMPLEX",
    "TOO_MANY_GATES",
    "UNSUPPORTED",
    "ProgramError",
]

# The codes of a job's ``failure``.
INVALID = "InvalidInput"
UNSUPPORTED = "PreflightError"
NOT_ENOUGH_QUBITS = "NotEnoughQubits"
TOO_MANY_GATES = "TooManyGates"
TOO_COMPLEX = "QuantumCircuitComplexityError"


class ProgramError(ValueError):
    """A program that cannot be run; ``str()`` is the full message for a person.

    Attributes:
        code: The code of the failure of its job.
    """

    def __init__(self, message: str, code: str = INVALID) -> None:
        super().__init__(message)
        self.code = code
