"""The results of a job in version 0.4: what it says is there, and by which names it is fetched.

Two generations of clients read the same job: the older follows `url`, the newer takes `id` as an
artifact. The key `probabilities` serves both; the keys that name a format are the document's.
"""

from collections.abc import Iterator
from typing import Any

from paultrap.api.errors import ApiError
from paultrap.api.service import JobService
from paultrap.jobs import Status
from paultrap.store import JobRecord

__all__ = ["artifact", "probabilities", "results_of"]

_V1 = "ionq.result.probabilities.json.v1"
_V2 = "ionq.result.probabilities.json.v2"
_AGGREGATE = "ionq.result.probabilities-aggregate.json.v1"


def results_of(job: JobRecord) -> dict[str, Any] | None:
    """Return the `results` of ``job``, or None while there are none."""
    if job.status is not Status.COMPLETED or job.dry_run:
        return None
    url = f"/v0.4/jobs/{job.id}/results/probabilities"
    if job.is_multicircuit:
        described = _described("probabilities-aggregate", _AGGREGATE)
        return {"probabilities": described | {"url": f"{url}/aggregated"}, _AGGREGATE: described}
    described = _described("probabilities", _V1)
    return {
        "probabilities": described | {"url": url},
        _V1: described,
        _V2: _described(_V2, _V2),
    }


async def artifact(service: JobService, job: JobRecord, artifact_id: str) -> Iterator[bytes]:
    """Return the pieces of one artifact of ``job``.

    Raises:
        ApiError: 404 when the job has no such artifact, or not yet.
    """
    if artifact_id in {"probabilities", _V1}:
        return await probabilities(service, job)
    if artifact_id in {"probabilities-aggregate", _AGGREGATE}:
        return await service.aggregate(job)
    if artifact_id == _V2 and not job.is_multicircuit:
        return await service.probabilities_by_register(job)
    raise ApiError(404, f'Job "{job.id}" has no artifact "{artifact_id[:80]}".')


async def probabilities(service: JobService, job: JobRecord) -> Iterator[bytes]:
    """Return the pieces of a circuit's distribution, or of the aggregate of several circuits.

    Cirq asks here for a batch too, when it has forgotten that the job was one.
    """
    if job.is_multicircuit:
        return await service.aggregate(job)
    return await service.probabilities(job)


def _described(artifact_id: str, result_format: str) -> dict[str, str]:
    return {"id": artifact_id, "format": result_format, "media_type": "application/json"}
