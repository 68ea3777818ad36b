"""ionq-core, IonQ's own generated client: quantum functions and searches."""

from typing import Any

import pytest
from clients.ionq_core_jobs import finish
from independent.wire import distribution
from ionq_core import BadRequestError, iter_jobs
from ionq_core.api.default import create_job, get_job
from ionq_core.models.qaoa_job import QaoaJob
from ionq_core.models.qctrl_qaoa_job_creation_payload import QctrlQaoaJobCreationPayload
from ionq_core.models.quantum_function_job import QuantumFunctionJob
from ionq_core.models.quantum_function_job_creation_payload import QuantumFunctionJobCreationPayload
from ionq_core.models.single_circuit_job import SingleCircuitJob

ANSATZ = """OPENQASM 3.0;
include "stdgates.inc";
input float[64] theta0;
input float[64] theta1;
qubit[2] q;
ry(theta0) q[0];
ry(theta1) q[1];
cx q[0], q[1];
"""


def energy_payload(params: list[float], **fields: Any) -> QuantumFunctionJobCreationPayload:
    terms = [("ZI", -1.0), ("IZ", -1.0), ("ZZ", 0.5)]
    data = {
        "hamiltonian": [{"pauli_string": text, "coefficient": c} for text, c in terms],
        "ansatz": {"data": ANSATZ},
    }
    source = {"data": {"type": "hamiltonian-energy", "data": data}, "params": params}
    payload = {"backend": "simulator", "type": "quantum-function", "input": source}
    return QuantumFunctionJobCreationPayload.from_dict(payload | fields)


def test_a_quantum_function_is_typed_and_exact(client):
    angles = [0.7, -1.1]
    job = finish(client, energy_payload(angles, name="energy", shots=1000))

    assert isinstance(job, QuantumFunctionJob)
    assert (job.status, job.name, job.child_job_ids) == ("completed", "energy", None)
    circuit = [
        {"gate": "ry", "target": 0, "rotation": angles[0]},
        {"gate": "ry", "target": 1, "rotation": angles[1]},
        {"gate": "cnot", "control": 0, "target": 1},
    ]
    value = square = 0.0
    for key, probability in distribution(circuit, 2).items():
        low, high = (1 - 2 * (int(key) >> bit & 1) for bit in (0, 1))
        energy = -high - low + 0.5 * high * low
        value += probability * energy
        square += probability * energy**2
    assert job.results.value == pytest.approx(value, abs=1e-9)
    assert job.results.variance == pytest.approx(square - value**2, abs=1e-9)
    assert job.output["energy"] == job.output["value"] == job.results.value
    listed = next(each for each in iter_jobs(client) if each.id == job.id)
    assert listed.type_ == "quantum-function"


def test_a_quantum_function_can_be_minimised_from_the_client(client):
    def energy(params: list[float]) -> float:
        return finish(client, energy_payload(params)).results.value

    best, lowest, step = [0.9, -0.7], energy([0.9, -0.7]), 0.8
    for _ in range(8):
        for axis in (0, 1):
            for direction in (-step, step):
                tried = [v + direction * (n == axis) for n, v in enumerate(best)]
                if (value := energy(tried)) < lowest:
                    best, lowest = tried, value
        step /= 2
    assert lowest == pytest.approx(-1.5, abs=0.01)


def test_a_quantum_function_on_a_qpu_and_a_bad_one(client):
    job = finish(client, energy_payload([0.1, 0.2], backend="qpu.forte-1", shots=400))
    assert isinstance(job, QuantumFunctionJob)
    assert job.results.value == pytest.approx(-1.5, abs=0.3)

    with pytest.raises(BadRequestError, match="has 1 numbers"):
        create_job.sync(client=client, body=energy_payload([0.1]))


def test_a_maximum_cut_is_typed(client):
    problem = {
        "directed": False,
        "multigraph": False,
        "graph": [],
        "nodes": [{"id": 0}, {"id": 1}, {"id": 2}, {"id": 3}],
        "adjacency": [
            [{"id": 1}, {"id": 3}],
            [{"id": 0}, {"id": 2}],
            [{"id": 1}, {"id": 3}],
            [{"id": 2}, {"id": 0}],
        ],
    }
    payload = {
        "backend": "qpu.forte-1",
        "type": "qctrl.qaoa.v1",
        "shots": 300,
        "input": {"problem_type": "maxcut", "problem": problem},
        "external_settings": {"api_credentials": "none"},
    }
    job = finish(client, QctrlQaoaJobCreationPayload.from_dict(payload))

    assert isinstance(job, QaoaJob)
    found = job.results.qaoa_results
    assert (found.optimal_cost, found.processing_status) == (-4, "complete")
    assert found.optimal_bitstring in {"0101", "1010"}
    child = get_job.sync(job.child_job_ids[0], client=client)
    assert isinstance(child, SingleCircuitJob)
    assert child.type_ == "qctrl.qaoa-circuit.v1"
