"""A batch of which a child was canceled or deleted: each client says so, none pairs results wrongly."""

import urllib.request

import cirq
import cirq_ionq
import pytest
from qiskit import QuantumCircuit
from qiskit_ionq import IonQProvider
from qiskit_ionq.exceptions import IonQAPIError

FATES = pytest.mark.parametrize("fate", ["canceled", "deleted"])


def lose(server, job_id: str, fate: str) -> list[str]:
    """Cancel or delete the second child of a job; return the ids of all."""
    children: list[str] = server.get(f"/v0.4/jobs/{job_id}")["child_job_ids"]
    path, method = {"canceled": ("/status/cancel", "PUT"), "deleted": ("", "DELETE")}[fate]
    request = urllib.request.Request(
        f"{server.url}/v0.4/jobs/{children[1]}{path}",
        headers={"Authorization": f"apiKey {server.key}"},
        method=method,
    )
    urllib.request.urlopen(request, timeout=30).close()
    return children


@FATES
def test_qiskit_ionq(server, monkeypatch, fate):
    monkeypatch.setenv("IONQ_API_URL", f"{server.url}/v0.4")
    backend = IonQProvider(server.key, url=f"{server.url}/v0.4").get_backend("ionq_qpu.aria-1")
    batch = []
    for index in range(3):
        circuit = QuantumCircuit(2, 2)
        if index % 2 == 0:
            circuit.x(index // 2)
        circuit.measure([0, 1], [0, 1])
        batch.append(circuit)
    with server.paused_workers():
        job = backend.run(batch, shots=100, noise_model="ideal")
        children = lose(server, job.job_id(), fate)

    with pytest.raises(IonQAPIError, match=rf'"{children[1]}" .circuit 1. was {fate}'):
        job.result(wait=0.05, timeout=60)

    alone = backend.retrieve_job(children[2]).result(wait=0.05)
    assert max(alone.get_counts().items(), key=lambda found: found[1])[0] == "10"


@FATES
def test_cirq_ionq(server, fate):
    service = cirq_ionq.Service(remote_host=server.url, api_key=server.key, max_retry_seconds=5)
    qubits = cirq.LineQubit.range(2)
    batch = [
        cirq.Circuit(cirq.X(qubits[k // 2]) ** (1 - k % 2), cirq.measure(*qubits, key="m"))
        for k in range(3)
    ]
    with server.paused_workers():
        job = service.create_batch_job(batch, repetitions=100, target="simulator")
        children = lose(server, job.job_id(), fate)

    # The client has words of its own for every 404.
    with pytest.raises(cirq_ionq.IonQException, match="404"):
        job.results(polling_seconds=0.05)

    alone = service.get_job(children[2]).results(polling_seconds=0.05)
    assert alone.probabilities() == {1: 1.0}
