"""The angles of a gate, and the terms of ``pauliexp``."""

import math
from typing import Any

import numpy as np

from paultrap import _kernels
from paultrap.circuits import Gate, Opcode
from paultrap.formats.errors import shorten
from paultrap.formats.strict.place import GatePlace, kind

#: The fields that hold angles, or what a gate has in their place.
ANGLE_FIELDS = ("rotation", "phase", "phases", "angle", "time", "coefficients", "terms")
_DEFAULT_MS_ANGLE = 0.25  # turns
_MS_PHASES = 2  # one per ion
_PAULIS = {"I": 0.0, "X": 1.0, "Y": 2.0, "Z": 3.0}


def read_angles(
    gate: Gate, value: dict[str, Any], targets: int, place: GatePlace
) -> tuple[Opcode, list[float]]:
    """Return what the gate does with its angles, and these as ``Program.params`` has them.

    Raises:
        CircuitError: An angle is missing, not a finite number, or not one of the gate's; or a
            ``pauliexp`` asks for more than can be computed.
    """
    given = [field for field in ANGLE_FIELDS if value.get(field) is not None]
    takes = set(gate.params)
    if gate.rotated is not None:
        takes.add("rotation")
    if gate.opcode is Opcode.NATIVE_ZZ:
        takes.add("phase")  # the name that Cirq uses
    for field in given:
        if field not in takes:
            place.fail(f'the gate takes no "{field}"', field)
    if gate.rotated is not None and given:
        return gate.rotated, [_number(value, "rotation", place)]
    if gate.opcode is Opcode.NATIVE_ZZ:
        return gate.opcode, [_zz_angle(value, given, place)]
    if gate.opcode is Opcode.MS:
        return gate.opcode, _ms(value, place)
    if gate.opcode is Opcode.PAULIEXP:
        return gate.opcode, _pauliexp(value, targets, place)
    return gate.opcode, [_number(value, field, place) for field in gate.params]


def _zz_angle(value: dict[str, Any], given: list[str], place: GatePlace) -> float:
    angles = {_number(value, field, place) for field in given or ["angle"]}
    if len(angles) > 1:
        place.fail('"angle" and "phase" are both given, and differ', "angle")
    return angles.pop()


def _ms(value: dict[str, Any], place: GatePlace) -> list[float]:
    phases = _numbers(value, "phases", place)
    if len(phases) != _MS_PHASES:
        place.fail(f"the gate takes {_MS_PHASES} phases, found {len(phases)}", "phases")
    if value.get("angle") is None:
        return [*phases, _DEFAULT_MS_ANGLE]
    return [*phases, _number(value, "angle", place)]


def _pauliexp(value: dict[str, Any], targets: int, place: GatePlace) -> list[float]:
    time = _number(value, "time", place)
    if time < 0:
        place.fail(f"the time must not be negative, found {time}", "time")
    coefficients = _numbers(value, "coefficients", place)
    terms = _list(value, "terms", place)
    if not terms:
        place.fail("the gate needs at least one term", "terms")
    if len(terms) != len(coefficients):
        place.fail(
            f"{len(terms)} terms need as many coefficients, found {len(coefficients)}",
            "coefficients",
        )
    codes: list[float] = []
    for term in terms:
        codes += reversed(_term(term, targets, place))  # the rightmost letter is targets[0]'s
    params = [time, *coefficients, *codes]
    problem = _kernels.evolution_problem(np.array(params), targets)
    if problem is not None:
        place.fail(problem, "time")
    return params


def _term(term: object, targets: int, place: GatePlace) -> list[float]:
    if not isinstance(term, str):
        place.fail(f"a term must be a string, not {kind(term)}", "terms")
    if len(term) != targets:
        place.fail(f"term {shorten(term)} has {len(term)} letters for {targets} targets", "terms")
    codes = [_PAULIS.get(letter, -1.0) for letter in term]
    if -1.0 in codes:
        wrong = shorten(term[codes.index(-1.0)])
        place.fail(f"the letters of a term are I, X, Y and Z, found {wrong}", "terms")
    return codes


def _list(value: dict[str, Any], field: str, place: GatePlace) -> list[Any]:
    found = value.get(field)
    if found is None:
        place.fail(f'the gate needs "{field}"', field)
    if not isinstance(found, list):
        place.fail(f'"{field}" must be a list, not {kind(found)}', field)
    return found


def _numbers(value: dict[str, Any], field: str, place: GatePlace) -> list[float]:
    return [_finite(item, field, place) for item in _list(value, field, place)]


def _number(value: dict[str, Any], field: str, place: GatePlace) -> float:
    found = value.get(field)
    if found is None:
        place.fail(f'the gate needs "{field}"', field)
    return _finite(found, field, place)


def _finite(value: object, field: str, place: GatePlace) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        place.fail(f'"{field}" must be a number, not {kind(value)}', field)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        place.fail(f'"{field}" is too large for a double', field)
    return number + 0.0  # -0 becomes 0: the same gate has the same bytes
