"""How version 0.4 names artifacts, and the compiled circuit that jobs on emulated QPUs have."""

from typing import Any

from paultrap.api.errors import ApiError
from paultrap.api.machines import entangler_of
from paultrap.functions import is_function
from paultrap.machines import Backend
from paultrap.service import Services, Text
from paultrap.store import JobRecord

V1 = "ionq.result.{kind}.json.v1"
V2 = "ionq.result.{kind}.json.v2"
NATIVE = "ionq.native.v1"


def described(artifact_id: str, result_format: str) -> dict[str, str]:
    """Return the descriptor of an artifact in JSON."""
    return {"id": artifact_id, "format": result_format, "media_type": "application/json"}


def compilation_of(job: JobRecord, backend: Backend | None) -> dict[str, Any]:
    """Return what the `output` of ``job`` says of its compilation: nothing on the simulator."""
    within = job.readout is not None and job.readout.measures_within
    is_unread = job.qubits == 0  # a program that failed before it became a circuit
    if job.is_multicircuit or entangler_of(job, backend) is None or within or is_unread:
        return {}
    return {"compilation": {"compiled_circuits": {NATIVE: described(NATIVE, NATIVE)}}}


async def compiled_circuit(service: Services, job: JobRecord) -> Text:
    """Return the native circuit that runs for ``job``, be it done or not.

    Raises:
        ApiError: 404 for what has no such circuit: several circuits, or a job on the simulator.
    """
    if is_function(job.type) and not job.is_multicircuit:
        raise ApiError(404, f'Job "{job.id}" is a "{job.type}" and has no {NATIVE}.')
    if job.is_multicircuit:
        raise ApiError(
            404, f'Job "{job.id}" has several circuits; each child has its own {NATIVE}.'
        )
    entangler = entangler_of(job, service.machines.backends.get(job.backend))
    if entangler is None:
        raise ApiError(
            404, f'Job "{job.id}" has no {NATIVE}: the simulator compiles nothing but dry runs.'
        )
    return await service.results.compiled_circuit(job, entangler)
