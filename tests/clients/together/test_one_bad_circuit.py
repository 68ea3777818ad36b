"""A batch of which one circuit fails: each client says why, and reads the others by their ids.

The backend `qpu.picky` of `harness.picky` fails where a circuit turns by its angle. Mended and run again,
the job reads as if nothing had failed.
"""

import json
import math
import urllib.error
import urllib.request

import cirq
import cirq_ionq
import pennylane as qml
import pytest
from pennylane_ionq.api_client import Job, JobExecutionError
from qiskit import QuantumCircuit
from qiskit.providers import JobStatus
from qiskit_ionq import IonQProvider
from qiskit_ionq.exceptions import IonQJobFailureError

BAD = 2.75
SHOTS = 200
SIZES = pytest.mark.parametrize("circuits", [3, 5_000])
PI = 3.141592653589793
#: What the bad circuit gives once it runs: state 0 has cos(BAD / 2)^2 of the shots, rounded down.
ZEROS = int(math.cos(BAD / 2) ** 2 * SHOTS)


def angle(index: int, circuits: int) -> float:
    """Return by how much a circuit turns its first qubit: a bad one, else not at all or by half."""
    return BAD if index == circuits - 2 else PI * (index % 2)


def told(circuits: int, name: str | None = None) -> str:
    named = f' ("{name}")' if name else ""
    return (
        f"1 of {circuits} circuits failed; circuit {circuits - 2}{named}: qpu.picky: RuntimeError"
    )


def check_job(server, job_id: str, circuits: int, name: str | None = None) -> list[str]:
    """Check what the server says of the job; return the ids of its children."""
    job = server.get(f"/v0.4/jobs/{job_id}")
    assert (job["status"], job["results"]) == ("failed", None)
    assert job["failure"]["code"] == "QuantumComputerError"
    assert job["failure"]["message"].startswith(told(circuits, name))
    assert len(job["child_job_ids"]) == circuits
    for path in ("v0.3/jobs/{}/results", "v0.4/jobs/{}/results/probabilities/aggregated"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.get(f"/{path.format(job_id)}")
        assert refused.value.code == 404
        assert json.load(refused.value)["failure"] == job["failure"]
    return job["child_job_ids"]


def check_whole(server, job_id: str, children: list[str]) -> None:
    """Check that a job whose bad circuit was run again reads as one of which nothing has failed."""
    job = server.get(f"/v0.4/jobs/{job_id}")
    assert (job["status"], job["failure"]) == ("completed", None)
    assert job["child_job_ids"] == children
    assert server.get(f"/v0.4/jobs/{children[-2]}")["status"] == "completed"


@SIZES
def test_qiskit_ionq(server, monkeypatch, circuits):
    monkeypatch.setenv("IONQ_API_URL", f"{server.url}/v0.4")
    backend = IonQProvider(server.key, url=f"{server.url}/v0.4").get_backend("ionq_qpu.picky")
    batch = []
    for index in range(circuits):
        circuit = QuantumCircuit(2, 2, name=f"c{index}")
        circuit.rx(angle(index, circuits), 0)
        circuit.measure([0, 1], [0, 1])
        batch.append(circuit)
    job = backend.run(batch, shots=SHOTS)

    with pytest.raises(IonQJobFailureError, match=r"1 of \d+ circuits failed"):
        job.result(wait=0.05, timeout=300)

    children = check_job(server, job.job_id(), circuits, f"c{circuits - 2}")
    if circuits == 3:
        wanted = [JobStatus.DONE, JobStatus.ERROR, JobStatus.DONE]
        assert job.status(detailed=True)["statuses"] == wanted
    for index in (0, circuits - 1):
        alone = backend.retrieve_job(children[index])
        bits = "01" if index % 2 else "00"
        assert alone.result(wait=0.05).get_counts() == {bits: SHOTS}

    server.retry(job.job_id())
    counts = backend.retrieve_job(job.job_id()).result(wait=0.05).get_counts()
    assert len(counts) == circuits
    assert counts[circuits - 2] == {"00": ZEROS, "01": SHOTS - ZEROS}
    del counts[circuits - 2]
    good = [index for index in range(circuits) if index != circuits - 2]
    assert counts == [{"01" if index % 2 else "00": SHOTS} for index in good]
    check_whole(server, job.job_id(), children)


@SIZES
def test_cirq_ionq(server, circuits):
    service = cirq_ionq.Service(remote_host=server.url, api_key=server.key, max_retry_seconds=5)
    first = cirq.LineQubit(0)
    batch = [
        cirq.Circuit(cirq.rx(angle(k, circuits))(first), cirq.measure(first, key="m"))
        for k in range(circuits)
    ]
    job = service.create_batch_job(batch, repetitions=SHOTS, target="qpu.picky")

    with pytest.raises(RuntimeError, match=r"1 of \d+ circuits failed"):
        job.results(polling_seconds=0.05)

    children = check_job(server, job.job_id(), circuits)
    for index in (0, circuits - 1):
        found = service.get_job(children[index]).results(polling_seconds=0.05)
        assert dict(found.counts("m")) == {index % 2: SHOTS}

    server.retry(job.job_id())
    whole = service.get_job(job.job_id()).results(polling_seconds=0.05)
    counts = [dict(found.counts("m")) for found in whole]
    assert len(counts) == circuits
    assert counts.pop(circuits - 2) == {0: ZEROS, 1: SHOTS - ZEROS}
    good = [index for index in range(circuits) if index != circuits - 2]
    assert counts == [{index % 2: SHOTS} for index in good]
    check_whole(server, job.job_id(), children)


@SIZES
def test_pennylane_ionq(server, paultrap_testing, circuits):
    with paultrap_testing.redirected_pennylane(f"{server.url}/v0.4"):
        device = qml.device("ionq.qpu", backend="picky", wires=2, api_key=server.key, shots=SHOTS)
        tapes = [
            qml.tape.QuantumScript(
                [qml.RX(angle(index, circuits), wires=0)], [qml.probs(wires=[0, 1])], shots=SHOTS
            )
            for index in range(circuits)
        ]
        with pytest.raises(JobExecutionError):
            device.batch_execute(tapes)

        job_id = server.newest_job()["id"]
        children = check_job(server, job_id, circuits)

        server.retry(job_id)
        # The device keeps no job whose run has failed; what it reads jobs with does so by the id.
        job = Job(api_key=server.key)
        job.manager.get(resource_id=job_id)
        found = list(job.data.value.values())

    assert len(found) == circuits
    assert found.pop(circuits - 2) == {"0": ZEROS / SHOTS, "1": 1 - ZEROS / SHOTS}
    check_whole(server, job_id, children)


@SIZES
def test_version_03(server, circuits):
    batch = [
        {"name": f"c{k}", "circuit": [{"gate": "rx", "target": 0, "rotation": angle(k, circuits)}]}
        for k in range(circuits)
    ]
    body = {"target": "qpu.picky", "shots": SHOTS, "input": {"qubits": 1, "circuits": batch}}
    job_id = server.post("/v0.3/jobs", body)["id"]
    while (job := server.get(f"/v0.3/jobs/{job_id}"))["status"] in {"ready", "running"}:
        pass  # The answer is held a little.

    assert job["status"] == "failed"
    assert job["failure"]["error"].startswith(told(circuits, f"c{circuits - 2}"))
    children = check_job(server, job_id, circuits, f"c{circuits - 2}")
    assert children == job["children"]
    for index in (0, circuits - 1):
        assert server.get(f"/v0.3/jobs/{children[index]}/results") == {str(index % 2): 1}

    server.retry(job_id)
    found = server.get(f"/v0.3/jobs/{job_id}/results")
    assert list(found) == children
    assert found.pop(children[circuits - 2]) == {"0": ZEROS / SHOTS, "1": 1 - ZEROS / SHOTS}
    assert all(found[each] == {str(k % 2): 1} for k, each in enumerate(children) if each in found)
    check_whole(server, job_id, children)
