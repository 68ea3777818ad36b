"""`CircuitError`: what is wrong with a job's circuits, and where."""

from __future__ import annotations

from paultrap.circuits import Message
from paultrap.errors import Error

__all__ = ["CircuitError", "shorten"]

_LONGEST_VALUE_SHOWN = 40


class CircuitError(Error, ValueError):
    """A job's input that cannot be run; ``str()`` is the full message for a person.

    Attributes:
        path: Where in the body, such as ``input.circuits[3].circuit[17].targets``; "" when the
            whole body is meant.
        circuit: The index of the circuit, where there are several.
        gate: The index of the gate in its circuit.
        field: The field of the gate, the circuit or the input.
        message: The same message, which a setting can be named in where a limit is passed.
    """

    def __init__(
        self,
        message: Message,
        *,
        path: str = "",
        circuit: int | None = None,
        gate: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = message
        self.path = path
        self.circuit = circuit
        self.gate = gate
        self.field = field


def shorten(value: object) -> str:
    """Return a value of a body as it may stand in a message: quoted where text, and short."""
    if isinstance(value, str):
        value = value[: _LONGEST_VALUE_SHOWN + 1]
    text = repr(value)
    if len(text) > _LONGEST_VALUE_SHOWN:
        return text[:_LONGEST_VALUE_SHOWN] + "..."
    return text
