"""Characterizations as both versions look them up and show them; instants are each version's own."""

from collections.abc import Callable
from typing import Any, NamedTuple

from paultrap.api.errors import ApiError, invalid
from paultrap.api.handlers import HttpRequest
from paultrap.api.queries import word
from paultrap.formats import whole_numeral
from paultrap.machines import Characterization, Fidelity, Machines

_HIGHEST_LIMIT = 10
_HIGHEST = 999_999_999  # of any count


class Found(NamedTuple):
    """One page of characterizations, newest first, and how many pages follow it.

    ``items`` is None for a backend that has never been characterized, as the simulator.
    """

    items: list[Characterization] | None
    pages: int


def current(machines: Machines, name: str) -> Characterization | None:
    """Return the newest characterization of a backend, or None when it has none.

    Raises:
        ApiError: 404 when there is no such backend.
    """
    return next(iter(_all(machines, name)), None)


def find(machines: Machines, characterization_id: str, name: str | None = None) -> Characterization:
    """Return the characterization with an id.

    Args:
        machines: The machines of the server.
        characterization_id: A UUID, in upper or lower case.
        name: The backend that it must be of, or None for any.

    Raises:
        ApiError: 404 when there is none.
    """
    for each in [name] if name is not None else machines.backends:
        for found in _all(machines, each):
            if found.id == characterization_id.lower():
                return found
    raise ApiError(
        404, f'Resource not found: there is no characterization "{characterization_id[:64]}".'
    )


def _all(machines: Machines, name: str) -> list[Characterization]:
    if name not in machines.backends:
        raise ApiError(404, f'Resource not found: there is no backend "{name[:64]}".')
    return machines.characterizations_of(machines.backends[name])


def look_up(
    machines: Machines, name: str, request: HttpRequest, read_instant: Callable[[str, str], int]
) -> Found:
    """Return the page of a backend's characterizations that a request asks for.

    Args:
        machines: The machines of the server.
        name: The name of the backend.
        request: Its query may have ``start`` (inclusive), ``end`` (exclusive), ``limit``, ``page``.
        read_instant: Returns Unix milliseconds for a field's name and its text.

    Raises:
        ApiError: 404 when there is no such backend, 400 naming a parameter that cannot be read.
    """
    found = _all(machines, name)
    start, end = (
        None if text is None else read_instant(field, text)
        for field, text in ((field, word(request, field)) for field in ("start", "end"))
    )
    limit = min(read_count(request, "limit", _HIGHEST_LIMIT), _HIGHEST_LIMIT)
    page = read_count(request, "page", 1)
    if not found:
        return Found(None, 0)
    items = [
        each
        for each in found
        if (start is None or each.date >= start) and (end is None or each.date < end)
    ]
    remaining = max(0, -(-len(items) // limit) - page)
    return Found(items[(page - 1) * limit : page * limit], remaining)


def view_of(item: Characterization, date: int | str) -> dict[str, Any]:
    """Return a characterization as it reads on the wire; times are in seconds.

    Args:
        item: The characterization.
        date: Its date in the version's own words.
    """
    timing = {
        "readout": item.timing.readout,
        "reset": item.timing.reset,
        "1q": item.timing.one_qubit,
        "2q": item.timing.two_qubit,
        "t1": item.timing.t1,
        "t2": item.timing.t2,
    }
    return {
        "id": item.id,
        "backend": item.backend,
        "date": date,
        "qubits": item.qubits,
        "connectivity": item.connectivity,
        "fidelity": {
            "1q": _fidelity(item.one_qubit),
            "2q": _fidelity(item.two_qubit),
            "spam": _fidelity(item.spam),
        },
        "timing": {name: value for name, value in timing.items() if value is not None},
    }


def _fidelity(fidelity: Fidelity) -> dict[str, float]:
    return {"median": fidelity.median, "mean": fidelity.mean}


def read_count(request: HttpRequest, name: str, otherwise: int, lowest: int = 1) -> int:
    """Return a whole number of the query, or ``otherwise`` when it is missing.

    Raises:
        ApiError: 400 when it is not a whole number from ``lowest`` to 999,999,999.
    """
    text = word(request, name)
    if text is None:
        return otherwise
    count = whole_numeral(text)
    if count is not None and lowest <= count <= _HIGHEST:
        return count
    raise invalid(name, f"expected a whole number from {lowest} to {_HIGHEST:,}.", "query")
