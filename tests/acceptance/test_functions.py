"""Quantum functions on a real server that dies: what was accepted has the same value in the end."""

import numpy as np
import pytest
from harness import RunningServer
from harness.waiting import ended

QUBITS = 6


def energy_job(seed: int) -> dict:
    """Return a job of many circuits: a term for each of many bases."""
    rng = np.random.default_rng(seed)
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', "input float a;", f"qubit[{QUBITS}] q;"]
    for qubit in range(QUBITS):
        lines.append(f"ry(a + 0.3 * {qubit}) q[{qubit}];")
        lines.append(f"cx q[{qubit}], q[{(qubit + 1) % QUBITS}];")
    texts = {"".join(rng.choice(list("XYZ"), QUBITS)) for _ in range(150)}
    terms = [{"pauli_string": text, "coefficient": float(rng.normal())} for text in sorted(texts)]
    data = {"hamiltonian": terms, "ansatz": {"data": "\n".join(lines)}}
    return {
        "type": "quantum-function",
        "backend": "simulator",
        "shots": 200,
        "noise": {"model": "aria-1", "seed": 3},
        "input": {"data": {"type": "hamiltonian-energy", "data": data}, "params": [0.4]},
    }


@pytest.mark.parametrize("moment", ["before it runs", "while it runs", "when it is done"])
def test_a_function_outlives_its_server(tmp_path, moment):
    server = RunningServer(tmp_path, "--workers", "1").start()
    try:
        with server.client() as client:
            undisturbed = ended(client, client.post("/v0.4/jobs", json=energy_job(1)).json()["id"])
            if moment == "when it is done":
                job_id = undisturbed["id"]
            elif moment == "before it runs":
                with server.paused_workers():
                    job_id = client.post("/v0.4/jobs", json=energy_job(1)).json()["id"]
                    server.kill()
            else:
                job_id = client.post("/v0.4/jobs", json=energy_job(1)).json()["id"]
        server.kill()
        server.start()
        with server.client() as client:
            job = ended(client, job_id)
    finally:
        server.kill()

    assert job["status"] == "completed"
    assert job["results"] == undisturbed["results"]
    assert job["stats"]["circuits"] > 100
