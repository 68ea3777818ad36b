"""The fields that a gate can have, and what becomes of others."""

from collections.abc import Mapping
from typing import Any

from paultrap.formats.strict.angles import ANGLE_FIELDS
from paultrap.formats.strict.place import GatePlace
from paultrap.notices import TooManyNamesError, quotable

_NAMES = ("gate", "target", "targets", "control", "controls", *ANGLE_FIELDS)
_FIELDS = frozenset(_NAMES)


def check_fields(value: Mapping[str, Any], place: GatePlace) -> None:
    """Tell the fields of a gate object that no gate has.

    Raises:
        CircuitError: One is so close to a field that gates have that it was surely meant: without
            it the gate would be another. Or the job has too many different ones to compare them.
    """
    if value.keys() <= _FIELDS:
        return
    notices = place.circuit.notices
    for name in value:
        if name in _FIELDS:
            continue
        try:
            close = notices.nearest("gate", name, _NAMES)
        except TooManyNamesError as error:
            place.fail(f"{error} in the gates of this job", quotable(name))
        if close is not None and not _is_other_word(name, close, value):
            shown = quotable(name)
            place.fail(f'there is no field "{shown}"; did you mean "{close}"?', shown)
        notices.unknown("gate", f"{place.circuit.path}[{place.index}]", name, ())


def _is_other_word(name: str, close: str, gate: Mapping[str, Any]) -> bool:
    """Return whether a name is no misspelling: ``note`` is close to ``gate``, by half of its letters.

    Only where the gate has no need of the other.
    """
    if len(name) != len(close) or sorted(name.lower()) == sorted(close):
        return False
    changed = sum(one != other for one, other in zip(name.lower(), close, strict=True))
    if 2 * changed < len(close):
        return False
    return close in gate or (close == "time" and gate.get("gate") != "pauliexp")
