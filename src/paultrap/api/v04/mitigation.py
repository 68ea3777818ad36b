"""Debiased jobs in version 0.4: their variants, and what can be made of them.

The official document says that `debiasing` is an object; where a job is not debiased the real
service answers false.
"""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from paultrap.api.v04.artifacts import V2, described
from paultrap.engine import AGGREGATIONS, qubit_maps, shots_of_groups
from paultrap.jobs import AVERAGE, Sampling, Status
from paultrap.service import Services, Text
from paultrap.store import JobRecord

_KINDS = ("probabilities", "histogram", "shots")
_VARIANT = re.compile(r"variant-([0-9]{1,4})-(probabilities|histogram|shots)")
_AGGREGATION = re.compile(f"aggregation-({'|'.join(AGGREGATIONS)})")


def mitigation_of(job: JobRecord) -> dict[str, Any]:
    """Return the `error_mitigation` of the output of a job with one circuit."""
    sampling = job.sampling
    if sampling is None or sampling.noise is None or not sampling.variants:
        return {"debiasing": False}
    variants = _variants(job, sampling, sampling.noise.qubits)
    found: dict[str, Any] = {"debiasing": {"variants": variants, "aggregation_method": AVERAGE}}
    if _has_results(job):
        found["aggregations"] = {
            name: described(f"aggregation-{name}", V2.format(kind="histogram"))
            for name in AGGREGATIONS
        }
    return found


def _variants(job: JobRecord, sampling: Sampling, qubits: int) -> list[dict[str, Any]]:
    maps = qubit_maps(sampling.seed, job.index or 0, sampling.variants, qubits)
    shots = shots_of_groups(sampling.shots, sampling.variants).tolist()
    return [
        _variant(job, number, own_map[: job.qubits], own_shots)
        for number, (own_map, own_shots) in enumerate(zip(maps.tolist(), shots, strict=True))
    ]


def _variant(job: JobRecord, number: int, qubits: list[int], shots: int) -> dict[str, Any]:
    found = {
        "variant_id": str(uuid5(UUID(job.id), f"variant {number}")),
        "qubit_map": qubits,
        "shots": shots,
    }
    if not _has_results(job):
        return found
    formats = {kind: V2.format(kind=kind) for kind in _KINDS}
    results = {name: described(f"variant-{number}-{kind}", name) for kind, name in formats.items()}
    return found | {"results": results}


def _has_results(job: JobRecord) -> bool:
    return job.status is Status.COMPLETED and not job.dry_run


def mitigation_finder(
    service: Services, job: JobRecord, artifact_id: str
) -> Callable[[JobRecord], Awaitable[Text]] | None:
    """Return what reads an artifact that `mitigation_of` names, or None when it names none such."""
    if job.sampling is None or not job.sampling.variants or job.is_multicircuit:
        return None
    if match := _AGGREGATION.fullmatch(artifact_id):
        return partial(service.results.aggregated_histogram, aggregation=match[1])
    match = _VARIANT.fullmatch(artifact_id)
    if match is None or int(match[1]) >= job.sampling.variants:
        return None
    return partial(service.results.variant, number=int(match[1]), kind=match[2])
