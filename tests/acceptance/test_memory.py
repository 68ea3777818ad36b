"""Several large circuits at once on a server whose workers share little memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import RunningServer
from harness.circuits import read_job
from harness.places import rows_of
from harness.waiting import ended

from paultrap.engine import estimate_memory
from paultrap.formats import CircuitLimits

QUBITS = 22


def layered(qubits: int) -> dict:
    gates = [{"gate": "h", "target": qubit} for qubit in range(qubits)]
    gates += [{"gate": "rx", "target": qubit, "rotation": 0.1} for qubit in range(qubits)]
    gates += [
        {"gate": "cnot", "control": qubit, "target": qubit + 1} for qubit in range(qubits - 1)
    ]
    return {"target": "simulator", "input": {"qubits": qubits, "circuit": gates}}


def needed_by(job: dict) -> int:
    import msgspec

    return estimate_memory(read_job(msgspec.json.encode(job), CircuitLimits()).program)


@pytest.fixture
def server(tmp_path):
    limit = 3 * needed_by(layered(QUBITS)) // 2  # one fits, two do not
    server = RunningServer(tmp_path, "--workers", "3", "--memory-limit", str(limit)).start()
    yield server
    server.kill()


def leased(server: RunningServer) -> tuple[int, int]:
    """Return how many chunks are leased, and the bytes that they need together."""
    query = "SELECT count(*), coalesce(sum(memory), 0) FROM chunks WHERE status = 'leased'"
    (found,) = rows_of(server.place, query)
    return found


def test_large_circuits_wait_for_each_other(server):
    with server.client() as client:
        ids = [client.post("/v0.3/jobs", json=layered(QUBITS)).json()["id"] for _ in range(4)]
        with ThreadPoolExecutor(1) as pool:
            jobs = pool.submit(lambda: [ended(client, job_id, "v0.3") for job_id in ids])
            seen = []
            while not jobs.done():
                seen.append(leased(server))

        assert [job["status"] for job in jobs.result()] == ["completed"] * 4
        assert {count for count, _ in seen} <= {0, 1}
        assert max(needed for _, needed in seen) > 2**26


def test_what_never_fits_is_refused_by_name(server):
    with server.client() as client:
        answer = client.post("/v0.3/jobs", json=layered(QUBITS + 1))

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"circuit 0 ({QUBITS + 1} qubits): this simulation")
