"""What version 0.1 called calibrations, at the paths at which cirq-ionq asks for them in any version.

They are the characterizations of one machine, the one that is meant by `qpu`, which the client
cannot name.
"""

from typing import Any

from litestar import Response

from paultrap.api.characterizations import read_count, view_of
from paultrap.api.documents.operations import Operation, Query, Schema
from paultrap.api.errors import ApiError
from paultrap.api.handlers import HttpRequest, Service, get
from paultrap.api.queries import read_body_limit, read_milliseconds, word
from paultrap.api.responses import answer
from paultrap.api.shapes import Calibration, Calibrations
from paultrap.api.times import iso_time
from paultrap.machines import Characterization, Machines

_MACHINE = "qpu"
_MOST = 100
_INSTANT: Schema = {"type": "integer", "minimum": 0}

#: What the routes take and answer in either version, by the name of their handlers.
OPERATIONS = {
    "get_current_calibration": Operation("backends", Calibration),
    "list_calibrations": Operation(
        "backends",
        Calibrations,
        query=(
            Query("start", "Not before these Unix milliseconds.", _INSTANT),
            Query("end", "Before these Unix milliseconds.", _INSTANT),
            Query(
                "limit",
                "How many there may be.",
                {"type": "integer", "minimum": 1, "default": _MOST},
            ),
            Query("next", "Sent by Cirq; without effect.", {"type": "string"}),
        ),
    ),
}


@get("/calibrations/current")
async def get_current_calibration(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer the newest characterization of the machine called `qpu`; no key is needed."""
    found = _all(service.machines)
    if not found:
        raise ApiError(404, f'Resource not found: "{_MACHINE}" has no characterization.')
    return answer(request, _view(found[0]))


@get("/calibrations")
async def list_calibrations(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer the characterizations of the machine called `qpu`, newest first; no key is needed."""
    limit = await read_body_limit(request, service.threads)
    limit = read_count(request, "limit", _MOST if limit is None else max(1, limit))
    start, end = (
        None if text is None else read_milliseconds(name, text)
        for name, text in ((name, word(request, name)) for name in ("start", "end"))
    )
    found = [
        _view(each)
        for each in _all(service.machines)
        if (start is None or each.date >= start) and (end is None or each.date < end)
    ]
    # Without `next`: the client reads on until it is absent.
    return answer(request, {"calibrations": found[:limit]})


def _all(machines: Machines) -> list[Characterization]:
    backend = machines.resolve(_MACHINE)
    return [] if backend is None else machines.characterizations_of(backend)


def _view(item: Characterization) -> dict[str, Any]:
    return {"target": item.backend, **view_of(item, iso_time(item.date))}
