"""Circuits and jobs for the tests of ionq-core."""

import json
from typing import Any

from ionq_core import AuthenticatedClient, wait_for_job
from ionq_core.api.default import create_job, get_job_artifact, get_job_probabilities
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload
from ionq_core.models.json_multi_circuit_job import JSONMultiCircuitJob

AGGREGATE = "ionq.result.probabilities-aggregate.json.v1"
PROBABILITIES = "ionq.result.probabilities.json.v1"
HISTOGRAM = "ionq.result.histogram.json.v1"
SHOTS_LIST = "ionq.result.shots.json.v1"


def uneven(width: int, seed: float) -> list[dict[str, Any]]:
    """Return an entangled circuit in which no two qubits are alike."""
    circuit: list[dict[str, Any]] = []
    for q in range(width):
        circuit.append({"gate": "ry", "target": q, "rotation": 0.3 + 0.41 * q + seed})
        circuit.append({"gate": "rz", "target": q, "rotation": 0.7 - 0.13 * q + seed})
    for q in range(width - 1):
        circuit.append({"gate": "cnot", "control": q, "target": q + 1})
        circuit.append({"gate": "rx", "target": q, "rotation": 0.2 + 0.17 * q - seed})
    return circuit


def single(circuit: list[dict[str, Any]], qubits: int, gateset: str = "qis", **fields: Any):
    payload = {
        "backend": "simulator",
        "type": "ionq.circuit.v1",
        "input": {"gateset": gateset, "qubits": qubits, "circuit": circuit},
    }
    return CircuitJobCreationPayload.from_dict(payload | fields)


def multi(circuits: list[dict[str, Any]], **fields: Any) -> JSONMultiCircuitJob:
    payload = {
        "backend": "simulator",
        "type": "ionq.multi-circuit.v1",
        "input": {"gateset": "qis", "circuits": circuits},
    }
    return JSONMultiCircuitJob.from_dict(payload | fields)


def submit(client: AuthenticatedClient, body) -> str:
    return create_job.sync(client=client, body=body).id


def finish(client: AuthenticatedClient, body):
    return wait_for_job(client, submit(client, body), poll_interval=0.02, timeout=120)


def artifact(client: AuthenticatedClient, job, format_: str) -> Any:
    descriptor = job.results[format_]
    assert descriptor.format_ == format_
    response = get_job_artifact.sync_detailed(job.id, descriptor.id, client=client)
    assert response.headers["content-type"].startswith(descriptor.media_type)
    return json.loads(response.content)


def probabilities(client: AuthenticatedClient, job_id: str) -> dict[str, float]:
    return get_job_probabilities.sync(job_id, client=client).additional_properties
