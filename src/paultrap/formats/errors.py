"""`CircuitError`: what is wrong with a job's circuits, and where."""

from __future__ import annotations

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
        status: The HTTP status that says the same: 400, or 413 for too many bytes.
    """

    def __init__(  # noqa: PLR0913 - one argument per attribute
        self,
        message: str,
        *,
        path: str = "",
        circuit: int | None = None,
        gate: int | None = None,
        field: str | None = None,
        status: int = 400,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.circuit = circuit
        self.gate = gate
        self.field = field
        self.status = status


def shorten(value: object) -> str:
    """Return a value of a body as it may stand in a message: quoted where text, and short."""
    if isinstance(value, str):
        value = value[: _LONGEST_VALUE_SHOWN + 1]
    text = repr(value)
    if len(text) > _LONGEST_VALUE_SHOWN:
        return text[:_LONGEST_VALUE_SHOWN] + "..."
    return text
