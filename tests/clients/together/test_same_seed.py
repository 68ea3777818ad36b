"""One seed, three clients: each gets the same counts for the same circuit."""

import math
import warnings
from collections import Counter

import cirq
import cirq_ionq
import pytest
from qiskit import QuantumCircuit
from qiskit_ionq import IonQProvider

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its imports, which are not ours to mend
    import pennylane as qml
    from pennylane_ionq.api_client import APIClient

WIDTH, SHOTS, SEED = 4, 1000, 20_11
ANGLES = [0.3, 1.1, 2.0, 0.7]

Counts = dict[int, int]


def counts_of(probabilities: dict[int, float]) -> Counts:
    found = {state: round(p * SHOTS) for state, p in probabilities.items() if p}
    assert sum(found.values()) == SHOTS
    assert all(math.isclose(found[s], SHOTS * probabilities[s], abs_tol=1e-6) for s in found)
    return found


def by_qiskit(server, backend: str, model: str) -> Counts:
    circuit = QuantumCircuit(WIDTH, WIDTH)
    for qubit, angle in enumerate(ANGLES):
        circuit.h(qubit)
        circuit.rx(angle, qubit)
    for qubit in range(WIDTH - 1):
        circuit.cx(qubit, qubit + 1)
        circuit.ry(ANGLES[qubit], qubit + 1)
    circuit.measure(range(WIDTH), range(WIDTH))
    name = "ionq_simulator" if backend == "simulator" else f"ionq_{backend}"
    client = IonQProvider(server.key, url=f"{server.url}/v0.4").get_backend(name)
    asked = {"extra_query_params": {"noise": {"model": model, "seed": SEED}}}
    if backend == "simulator":
        client.set_options(noise_model=model, sampler_seed=SEED)
        asked = {}
    # Without memory the client draws counts of its own from the simulator's probabilities.
    job = client.run(circuit, shots=SHOTS, memory=True, **asked)
    result = job.result(timeout=60, wait=0.02)
    counts = result.get_counts()
    assert Counter(result.get_memory()) == counts
    return {int(key, 2): count for key, count in counts.items()}


def by_cirq(server, backend: str, model: str) -> Counts:
    qubits = cirq.LineQubit.range(WIDTH)
    circuit = cirq.Circuit()
    for qubit, angle in zip(qubits, ANGLES, strict=True):
        circuit.append([cirq.H(qubit), cirq.rx(angle)(qubit)])
    for index in range(WIDTH - 1):
        circuit.append(cirq.CNOT(qubits[index], qubits[index + 1]))
        circuit.append(cirq.ry(ANGLES[index])(qubits[index + 1]))
    circuit.append(cirq.measure(*qubits, key="m"))
    service = cirq_ionq.Service(remote_host=server.url, api_key=server.key)
    noise = {"noise": {"model": model, "seed": SEED}}
    job = service.create_job(circuit, repetitions=SHOTS, target=backend, extra_query_params=noise)
    found = job.results(polling_seconds=0.02, timeout_seconds=60)
    little_endian = (
        found.probabilities()
        if backend == "simulator"
        else {state: count / SHOTS for state, count in found.counts().items()}
    )
    return counts_of({reversed_bits(state): p for state, p in little_endian.items()})


def by_pennylane(server, backend: str, model: str) -> Counts:
    if backend == "simulator":
        options = {"noise_model": model, "noise_seed": SEED}
        device = qml.device("ionq.simulator", wires=WIDTH, api_key=server.key, **options)
    else:
        pytest.fail("the client has no seed for machines")

    @qml.set_shots(SHOTS)
    @qml.qnode(device)
    def circuit():
        for wire, angle in enumerate(ANGLES):
            qml.Hadamard(wire)
            qml.RX(angle, wires=wire)
        for wire in range(WIDTH - 1):
            qml.CNOT(wires=[wire, wire + 1])
            qml.RY(ANGLES[wire], wires=wire + 1)
        return qml.probs()

    found = enumerate(circuit().tolist())
    return counts_of({reversed_bits(state): p for state, p in found})


def reversed_bits(state: int) -> int:
    """Return the state with qubit 0 as the lowest bit; cirq and PennyLane have it as the highest."""
    return int(f"{state:0{WIDTH}b}"[::-1], 2)


def by_http(server, backend: str, model: str) -> Counts:
    """Ask as a person with curl does."""
    gates = []
    for target, rotation in enumerate(ANGLES):
        gates += [
            {"gate": "h", "target": target},
            {"gate": "rx", "target": target, "rotation": rotation},
        ]
    for control in range(WIDTH - 1):
        gates += [
            {"gate": "cnot", "control": control, "target": control + 1},
            {"gate": "ry", "target": control + 1, "rotation": ANGLES[control]},
        ]
    job = {
        "type": "ionq.circuit.v1",
        "backend": backend,
        "shots": SHOTS,
        "noise": {"model": model, "seed": SEED},
        "input": {"qubits": WIDTH, "gateset": "qis", "circuit": gates},
    }
    job_id = server.post("/v0.4/jobs", job)["id"]
    while server.get(f"/v0.4/jobs/{job_id}")["status"] != "completed":
        pass
    found = server.get(f"/v0.4/jobs/{job_id}/results/histogram")
    return {int(state): count for state, count in found.items()}


@pytest.fixture
def addressed(server, monkeypatch: pytest.MonkeyPatch):
    """Return the server, to which PennyLane and qiskit are pointed."""
    monkeypatch.setattr(APIClient, "BASE_URL", f"{server.url}/v0.4")
    monkeypatch.setenv("IONQ_API_URL", f"{server.url}/v0.4")
    return server


def test_on_the_noisy_simulator(addressed):
    counts = by_http(addressed, "simulator", "aria-1")

    assert len(counts) > 8
    for ask in (by_qiskit, by_cirq, by_pennylane):
        assert ask(addressed, "simulator", "aria-1") == counts


@pytest.mark.parametrize("backend", ["qpu.aria-1", "qpu.forte-1"])
def test_on_an_emulated_qpu(addressed, backend):
    counts = by_http(addressed, backend, "ideal")

    assert len(counts) > 8
    # PennyLane lets nobody name a seed for a machine.
    for ask in (by_qiskit, by_cirq):
        assert ask(addressed, backend, "ideal") == counts
