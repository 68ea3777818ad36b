"""`Limit`: what a job can have too much of; `OverLimit`: the message that says so.

Whoever refuses a job knows the limit, not how it is set. So the message keeps the place where a
layer that knows the settings may name one.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Limit(StrEnum):
    """The limits of a job."""

    CIRCUITS = "circuits"
    GATES = "gates"
    QUBITS = "qubits"
    CLIFFORD_QUBITS = "clifford_qubits"
    SHOTS = "shots"
    PROGRAM_BYTES = "program_bytes"
    PROGRAM_SECONDS = "program_seconds"
    PREDICTED_SECONDS = "predicted_seconds"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A message about a limit that is passed.

    Attributes:
        limit: Which one.
        before: What is said before the name of the setting.
        after: What is said after it.
    """

    limit: Limit
    before: str
    after: str = ""

    def __str__(self) -> str:
        """Return the message without any setting."""
        return self.before + self.after

    def naming(self, setting: str) -> str:
        """Return the message with the name of the setting; whole sentences call it a setting."""
        word = "setting " if self.after.startswith(".") else ""
        return f"{self.before} ({word}{setting}){self.after}"


Message = str | OverLimit


def within(message: Message, before: str = "", after: str = "") -> Message:
    """Return a message with more words around it."""
    if isinstance(message, OverLimit):
        return replace(message, before=before + message.before, after=message.after + after)
    return before + message + after
