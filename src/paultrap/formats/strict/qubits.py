"""The targets and controls of a gate."""

from typing import Any

from paultrap.circuits import Gate, OverLimit
from paultrap.formats.errors import shorten
from paultrap.formats.strict.place import GatePlace, kind


def read_qubits(gate: Gate, value: dict[str, Any], place: GatePlace) -> tuple[list[int], list[int]]:
    """Return the targets and the controls of a gate object.

    Raises:
        CircuitError: They are not distinct qubits of the circuit, or not as many as the gate takes.
    """
    targets, of_targets = _either(value, "target", "targets", place)
    controls, of_controls = _either(value, "control", "controls", place)
    wrong = len(targets) != gate.targets if gate.targets else not targets
    if wrong:
        several = f"{gate.targets} targets"
        wanted = {0: "at least one target", 1: "1 target"}.get(gate.targets, several)
        place.fail(f"the gate takes {wanted}, found {len(targets)}", of_targets)
    if value.get(of_controls) is not None and not gate.controllable:
        place.fail(f"a {gate.gateset} gate takes no controls", of_controls)
    if len(controls) < gate.min_controls:
        place.fail("the gate needs a control", of_controls)
    _check_distinct(targets, "target", of_targets, place)
    _check_distinct(controls, "control", of_controls, place)
    if both := set(targets) & set(controls):
        place.fail(f"qubit {min(both)} is both target and control", of_controls)
    return targets, controls


def _either(value: dict[str, Any], one: str, many: str, place: GatePlace) -> tuple[list[int], str]:
    """Return the qubits of one of two fields, and its name; both may be given if they agree."""
    single, listed = value.get(one), value.get(many)
    if listed is not None and not isinstance(listed, list):
        place.fail(f'"{many}" must be a list of qubits, not {kind(listed)}', many)
    ones = [] if single is None else [_qubit(single, one, place)]
    if listed is None:
        return ones, one if one in value else many
    if len(listed) > place.circuit.max_qubits:
        place.fail(f'"{many}" has {len(listed)} qubits, more than a circuit may have', many)
    several = [_qubit(item, many, place) for item in listed]
    if ones and ones != several:
        place.fail(f'"{one}" and "{many}" are both given, and differ', many)
    return several, many


def _qubit(value: object, field: str, place: GatePlace) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        shown = shorten(value) if isinstance(value, float) else kind(value)
        place.fail(f"a qubit must be an integer, not {shown}", field)
    role = "control" if field.startswith("control") else "target"
    if value < 0:
        place.fail(f"{role} {shorten(value)} is negative", field)
    width, limit = place.circuit.width, place.circuit.max_qubits
    if width is not None and value >= width:
        qubits = f"{width} qubit{'s' if width > 1 else ''}"
        place.fail(f"{role} {shorten(value)} is outside the circuit's {qubits}", field)
    if value >= limit and place.circuit.machine is not None:
        place.fail(
            f"{role} {shorten(value)} is beyond the {limit} qubits of {place.circuit.machine}",
            field,
        )
    if value >= limit:
        place.fail(
            OverLimit(
                place.circuit.limit,
                f"{role} {shorten(value)} is beyond the limit of {limit} qubits",
            ),
            field,
        )
    return value


def _check_distinct(qubits: list[int], role: str, field: str, place: GatePlace) -> None:
    seen: set[int] = set()
    for qubit in qubits:
        if qubit in seen:
            place.fail(f"{role} {qubit} is given twice", field)
        seen.add(qubit)
