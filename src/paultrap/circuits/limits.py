"""`Limit`: what a job can have too much of; `OverLimit`: the message that says so.

Whoever refuses a job knows the limit, not how it is set. So the message keeps the place where a
layer that knows the settings may name one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias


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
        limit: The limit that is passed.
        before: What is said before the name of the setting.
        after: What is said after it, perhaps of another limit.
    """

    limit: Limit
    before: str
    after: "Message" = ""

    def __str__(self) -> str:
        """Return the message without any setting."""
        return f"{self.before}{self.after}"

    def naming(self, settings: Mapping[Limit, str]) -> str:
        """Return the message with the names of settings; whole sentences call one a setting."""
        after = self.after.naming(settings) if isinstance(self.after, OverLimit) else self.after
        word = "setting " if after.startswith(".") else ""
        return f"{self.before} ({word}{settings[self.limit]}){after}"


Message: TypeAlias = str | OverLimit


def within(message: Message, before: str = "", after: Message = "") -> Message:
    """Return a message with more words around it."""
    if isinstance(message, OverLimit):
        rest = within(message.after, after=after)
        return replace(message, before=before + message.before, after=rest)
    if isinstance(after, OverLimit):
        return replace(after, before=before + message + after.before)
    return before + message + after
