"""What jobs would cost on the real machine: `/jobs/estimate` and `/jobs/{id}/cost`."""

import time
from typing import Any

from litestar import Response

from paultrap.api.characterizations import read_count
from paultrap.api.errors import invalid
from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get
from paultrap.api.machines import MAX_INT32, estimated_usd, is_free, price_usd
from paultrap.api.queries import read_flag, word
from paultrap.api.responses import answer
from paultrap.api.times import iso_time
from paultrap.circuits import Limit, OverLimit
from paultrap.jobs import Status, cost_usd, machine_ms
from paultrap.limits import named
from paultrap.machines import Backend, Machines
from paultrap.store import JobRecord

_UNIT = "usd"


# Litestar takes it before `/jobs/{job_id:str}`: a path without parameters takes precedence.
@get("/jobs/estimate")
async def estimate_cost(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Answer what a job of so many gates would cost, and how long it would take."""
    backend = _backend(word(request, "backend"), service.machines)
    limit = service.settings.max_shots
    asked: dict[str, Any] = {
        "backend": backend.name,
        "type": word(request, "type") or "ionq.circuit.v1",
        "qubits": read_count(request, "qubits", 25),
        "shots": read_count(request, "shots", min(1000, limit)),
        "1q_gates": read_count(request, "1q_gates", 0, lowest=0),
        "2q_gates": read_count(request, "2q_gates", 0, lowest=0),
        "error_mitigation": read_flag(request, "error_mitigation"),
    }
    if asked["shots"] > limit:
        said = f"{asked['shots']} is outside 1 to {limit:,}"
        raise invalid("shots", named(OverLimit(Limit.SHOTS, said, ".")), "query")
    context = {**asked, "organization": None, "project": key.project_id}
    older = _older_names(backend, asked | {"session": read_flag(request, "session")})
    return answer(request, _estimate(backend, context) | older)


@get("/jobs/{job_id:str}/cost")
async def get_cost(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer what a job would have cost on the real machine."""
    return answer(request, cost_of(await service.jobs.find(key, job_id), service.machines))


def cost_of(job: JobRecord, machines: Machines) -> dict[str, Any]:
    """Return the cost of a job; the estimate is left out where jobs are free, as on simulators.

    A job costs something once it is completed, unless it was a dry run. A child has no minimum.
    """
    backend = machines.backends.get(job.backend)
    body: dict[str, Any] = {"dry_run": job.dry_run}
    if not is_free(backend):
        body["estimated_cost"] = {"value": estimated_usd(job, backend), "unit": _UNIT}
    if job.status is Status.COMPLETED or job.completed_usd is not None:
        body["cost"] = {"value": price_usd(job, backend), "unit": _UNIT}
    return body


def _backend(name: str | None, machines: Machines) -> Backend:
    if name is None:
        raise invalid("backend", "missing.", "query")
    backend = machines.resolve(name)
    if backend is None:
        raise invalid("backend", f'there is no backend "{name[:64]}".', "query")
    return backend


def _cost(backend: Backend, asked: dict[str, Any]) -> float:
    return cost_usd(asked["1q_gates"], asked["2q_gates"], asked["shots"], backend.prices)


def _estimate(backend: Backend, asked: dict[str, Any]) -> dict[str, Any]:
    busy = machine_ms(asked["1q_gates"], asked["2q_gates"], asked["shots"], backend.timing)
    return {
        "estimate_context": asked,
        "estimated_at": iso_time(time.time_ns() // 1_000_000),
        "estimated_unit": _UNIT,
        "rate_card": {"id": f"paultrap:{backend.name}", "rates": [_rate(backend)]},
        "estimated_total_cost": _cost(backend, asked),
        "estimated_execution_time": min(busy, MAX_INT32),
        "current_predicted_queue_time": 0,
    }


def _rate(backend: Backend) -> dict[str, Any]:
    prices = backend.prices
    return {
        "sku": backend.name,
        "unit": "gates",
        "cost_1q_gate": 0.0 if prices is None else prices.one_qubit,
        "cost_2q_gate": 0.0 if prices is None else prices.two_qubit,
        "job_cost_minimum": 0.0 if prices is None else prices.minimum,
    }


def _older_names(backend: Backend, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what qiskit-ionq reads: the names of an older document."""
    return {
        "input_values": asked,
        "rate_information": _rate(backend) | {"organization": None},
        "estimated_cost": _cost(backend, asked),
        "cost_unit": _UNIT,
    }
