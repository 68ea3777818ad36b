"""The results of a job in version 0.4: what it says is there, and by which names it is fetched.

Two generations of clients read the same job: the older follows `url`, the newer takes `id` as an
artifact. The key `probabilities` serves both; the keys that name a format are the document's.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

from paultrap.api.errors import ApiError
from paultrap.api.v04.artifacts import NATIVE, V1, V2, compiled_circuit, described
from paultrap.api.v04.mitigation import mitigation_finder
from paultrap.jobs import AVERAGE, JobType, Status
from paultrap.service import ForeignCircuitError, Services, Text
from paultrap.store import JobRecord

_AGGREGATE = "ionq.result.probabilities-aggregate.json.v1"
_Finder: TypeAlias = Callable[[JobRecord], Awaitable[Text]]

# A program is an artifact of its job, by the name of its type.
SOURCES = {
    JobType.QASM2.value: "text/plain",
    JobType.QASM3.value: "text/plain",
    JobType.QIR.value: "application/octet-stream",
}

# Artifacts that do not come of running.
UNRUN = frozenset({NATIVE, *SOURCES})

# What a sampled circuit has; an exact answer has the first alone.
_KINDS = ("probabilities", "histogram", "shots")


def results_of(job: JobRecord) -> dict[str, Any] | None:
    """Return the `results` of ``job``, or None while there are none."""
    if job.status is not Status.COMPLETED or job.dry_run:
        return None
    url = f"/v0.4/jobs/{job.id}/results"
    if job.is_multicircuit:
        aggregate_of = described("probabilities-aggregate", _AGGREGATE)
        aggregated = aggregate_of | {"url": f"{url}/probabilities/aggregated"}
        return {"probabilities": aggregated, _AGGREGATE: aggregate_of}
    found: dict[str, Any] = {}
    versioned: dict[str, Any] = {}
    for kind in _KINDS if job.sampling is not None else _KINDS[:1]:
        v1, v2 = V1.format(kind=kind), V2.format(kind=kind)
        versioned[v1] = described(kind, v1)
        versioned[v2] = described(v2, v2)
        found[kind] = versioned[v1] | {"url": f"{url}/{kind}"}
    return found | versioned


async def artifact(
    service: Services, job: JobRecord, artifact_id: str, after: str | None = None
) -> Text:
    """Return one artifact of ``job``; of an aggregate, the circuits behind ``after``.

    Raises:
        ApiError: 404 when the job has no such artifact, or not yet.
        ForeignCircuitError: It has no circuit of the id ``after``.
    """
    if artifact_id in {"probabilities-aggregate", _AGGREGATE}:
        return await service.results.aggregate(job, after=after)
    if job.is_multicircuit and artifact_id in {"probabilities", V1.format(kind="probabilities")}:
        return await probabilities(service, job, after=after)
    if after is not None:
        raise ForeignCircuitError(job.id, after)
    if artifact_id == NATIVE:
        return await compiled_circuit(service, job)
    find = _finders(service).get(artifact_id) or mitigation_finder(service, job, artifact_id)
    if find is None or (job.is_multicircuit and artifact_id == V2.format(kind="probabilities")):
        raise ApiError(404, f'Job "{job.id}" has no artifact "{artifact_id[:80]}".')
    return await find(job)


def _finders(service: Services) -> dict[str, _Finder]:
    by_kind: dict[str, tuple[_Finder, _Finder]] = {
        "probabilities": (
            partial(probabilities, service),
            service.results.probabilities_by_register,
        ),
        "histogram": (service.results.histogram, service.results.histogram_by_register),
        "shots": (service.results.shots, service.results.shots_by_register),
    }
    finders = {kind: first for kind, (first, _) in by_kind.items()}
    for kind, (first, second) in by_kind.items():
        finders |= {V1.format(kind=kind): first, V2.format(kind=kind): second}
    return finders


async def probabilities(
    service: Services, job: JobRecord, aggregation: str = AVERAGE, after: str | None = None
) -> Text:
    """Return a circuit's distribution, or the aggregate of several circuits.

    Cirq asks here for a batch too, when it has forgotten that the job was one.
    """
    if job.is_multicircuit:
        return await service.results.aggregate(job, aggregation, after)
    return await service.results.probabilities(job, aggregation, after)
