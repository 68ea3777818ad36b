"""`CircuitError`: what is wrong with a job's circuits, and where."""

from collections.abc import Sequence

from paultrap.circuits import Message, OverLimit, within
from paultrap.errors import Error

#: Circuits of a batch whose errors are named at once.
MOST_NAMED = 10

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
        is_over_limit: Whether limits that are passed are all that is wrong.
        others: What is wrong with other circuits of the batch; the message names all of it.
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
        self.is_over_limit = isinstance(message, OverLimit)
        self.others: tuple[CircuitError, ...] = ()


def together(errors: Sequence[CircuitError]) -> CircuitError:
    """Return the first of some errors, one for each circuit, with the others in its message."""
    first, *others = errors[:MOST_NAMED]
    if not others:
        return first
    rest: Message = ""
    for other in reversed(others):
        rest = within(other.message, "; ", rest)
    found = CircuitError(
        within(first.message, after=rest),
        path=first.path,
        circuit=first.circuit,
        gate=first.gate,
        field=first.field,
    )
    found.others = tuple(others)
    found.is_over_limit = all(each.is_over_limit for each in (first, *others))
    return found


def shorten(value: object) -> str:
    """Return a value of a body as a message may show it: quoted where text, and short."""
    if isinstance(value, str):
        value = value[: _LONGEST_VALUE_SHOWN + 1]
    text = repr(value)
    if len(text) > _LONGEST_VALUE_SHOWN:
        return text[:_LONGEST_VALUE_SHOWN] + "..."
    return text
