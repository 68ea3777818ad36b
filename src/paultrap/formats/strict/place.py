"""Where a gate is in a body, for the errors about it."""

from dataclasses import dataclass, field
from typing import NoReturn

from paultrap.circuits import Gateset, Limit, Message, within
from paultrap.formats.errors import CircuitError
from paultrap.notices import Notices


@dataclass(frozen=True, slots=True)
class CircuitPlace:
    """Where a circuit is in the body, and what it declares.

    Attributes:
        path: The path of its gate list, such as ``input.circuits[3].circuit``.
        index: The circuit's index in the job; None where it is the only one.
        offset: Where its gate list starts in the body, in bytes.
        gateset: The gateset of the circuit, "qis" or "native".
        width: The declared number of qubits, or None.
        max_qubits: The limit where none is declared.
        limit: Which limit ``max_qubits`` is, for messages.
        machine: The name of the machine that has so many, where it is no limit of a setting.
        notices: Where fields are told that are not understood.
    """

    path: str
    index: int | None
    offset: int
    gateset: Gateset
    width: int | None
    max_qubits: int
    limit: Limit = Limit.QUBITS
    machine: str | None = None
    notices: Notices = field(default_factory=Notices)


@dataclass(slots=True)
class GatePlace:
    """One gate of a circuit; ``name`` is empty until it is known."""

    circuit: CircuitPlace
    index: int
    name: str = ""

    def fail(self, problem: Message, field: str | None) -> NoReturn:
        """Raise a `CircuitError` about this gate, or about one of its fields."""
        raise self.error(problem, field)

    def error(self, problem: Message, field: str | None) -> CircuitError:
        """Return what `fail` raises."""
        circuit = self.circuit
        who = "" if circuit.index is None else f"circuit {circuit.index}, "
        who += f"gate {self.index}"
        if self.name:
            who += f" ({self.name})"
        path = f"{circuit.path}[{self.index}]"
        suffix = ""
        if field:
            path += f".{field}"
            suffix = f' (field "{field}")'
        return CircuitError(
            within(problem, f"{who}: ", suffix),
            path=path,
            circuit=circuit.index,
            gate=self.index,
            field=field,
        )


def kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
