"""qbraid against Qiskit's state vectors: it has no own simulator that runs here.

The provider has no setting for its host; paultrap.testing redirects it.
"""

import itertools

import pytest
from clients.common import METADATA, MODELS, NAME, QPUS
from clients.gates import around, uneven
from independent.distributions import distance
from independent.wire import unitary
from qbraid.runtime import IonQProvider
from qbraid.runtime.enums import DeviceStatus, JobStatus
from qbraid.runtime.exceptions import ResourceNotFoundError
from qbraid.runtime.ionq.job import IonQJob, IonQJobError
from qbraid_core.exceptions import RequestsApiError
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector

from clients import gates

SHOTS = 4096


@pytest.fixture
def provider(server, paultrap_testing):
    return paultrap_testing.redirected_qbraid(IonQProvider(server.key), f"{server.url}/v0.4")


def test_the_key_may_come_from_the_environment(server, paultrap_testing, monkeypatch):
    monkeypatch.setenv("IONQ_API_KEY", server.key)
    provider = paultrap_testing.redirected_qbraid(IonQProvider(), f"{server.url}/v0.4")
    assert provider.get_device("simulator").status() is DeviceStatus.ONLINE
    assert provider.session.headers["Authorization"] == f"apiKey {server.key}"


@pytest.fixture
def device(provider):
    return provider.get_device("simulator")


def expected(circuit: QuantumCircuit) -> dict[str, float]:
    probabilities = Statevector(circuit).probabilities_dict()
    return {key: float(p) for key, p in probabilities.items() if p > 1e-11}


def assert_agrees(circuit: QuantumCircuit, probabilities, counts) -> None:
    truth = expected(circuit)
    assert probabilities == pytest.approx(truth, abs=1e-9)
    assert sum(counts.values()) == SHOTS
    for key, p in truth.items():  # The client deals counts out; it does not draw them.
        assert abs(counts.get(key, 0) - SHOTS * p) <= len(truth)


def in_qasm(circuit: QuantumCircuit, version: int = 3) -> str:
    """Write a circuit of simple gates as the client's user would."""
    heads = {
        2: f'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[{circuit.num_qubits}];',
        3: f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[{circuit.num_qubits}] q;',
    }
    lines = [heads[version]]
    for step in circuit.data:
        angles = ", ".join(map(repr, map(float, step.operation.params)))
        name = f"{step.operation.name}({angles})" if angles else step.operation.name
        qubits = ", ".join(f"q[{circuit.find_bit(qubit).index}]" for qubit in step.qubits)
        lines.append(f"{name} {qubits};")
    return "\n".join(lines) + "\n"


GATES = gates.GATES | {"cswap": lambda c: c.cswap(3, 1, 0)}


def run(device, circuits, **options):
    return device.run(circuits, shots=SHOTS, **options)


def results_of(job) -> tuple[list[dict[str, float]], list[dict[str, int]]]:
    """Return probabilities and counts, as lists for one circuit too."""
    data = job.result().data
    # The client's own get_probabilities() refuses batches.
    found = data._measurement_probabilities, data.get_counts()
    return tuple([each] if isinstance(each, dict) else each for each in found)


def test_a_single_circuit_gives_the_exact_distribution(device):
    circuit = uneven(3, 0.1)
    [probabilities], [counts] = results_of(run(device, in_qasm(circuit)))
    assert_agrees(circuit, probabilities, counts)


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_batch_comes_back_in_order(device, size):
    circuits = [uneven(3, 0.037 * i) for i in range(size)]
    job = run(device, [in_qasm(circuit) for circuit in circuits])
    probabilities, counts = results_of(job)
    for circuit, *found in zip(circuits, probabilities, counts, strict=True):
        assert_agrees(circuit, *found)
    assert job.metadata()["stats"]["circuits"] == size


def test_narrower_circuits_of_a_batch_read_zero_beyond_their_width(device):
    circuits = [uneven(1 + i % 4, 0.1 * i) for i in range(8)]
    probabilities, _ = results_of(run(device, [in_qasm(circuit) for circuit in circuits]))
    for circuit, found in zip(circuits, probabilities, strict=True):
        truth = {key.rjust(4, "0"): p for key, p in expected(circuit).items()}
        assert found == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("name", GATES)
def test_a_gate_acts_as_in_qiskit(device, name, version):
    circuit = around(GATES[name])
    [probabilities], [counts] = results_of(run(device, in_qasm(circuit, version)))
    assert_agrees(circuit, probabilities, counts)


def test_all_gates_after_each_other_act_as_in_qiskit(device):
    def all_of_them(circuit):
        for name, apply in GATES.items():
            if name != "cswap":  # For its sake the client unrolls rzz, into words it cannot read.
                apply(circuit)

    circuit = around(all_of_them)
    [probabilities], [counts] = results_of(run(device, in_qasm(circuit)))
    assert_agrees(circuit, probabilities, counts)


def test_a_qiskit_circuit_is_taken_as_it_is(device):
    circuit = uneven(3, 0.2)
    [probabilities], [counts] = results_of(run(device, circuit))
    assert_agrees(circuit, probabilities, counts)


def test_native_gates_act_as_their_matrices(device):
    program = {
        "format": "ionq.circuit.v0",
        "gateset": "native",
        "qubits": 2,
        "circuit": [
            {"gate": "gpi2", "target": 0, "phase": 0.1},
            {"gate": "gpi", "target": 1, "phase": 0.3},
            {"gate": "gpi2", "target": 1, "phase": 0.45},
            {"gate": "ms", "targets": [0, 1], "phases": [0.11, 0.37], "angle": 0.2},
            {"gate": "zz", "targets": [0, 1], "angle": 0.15},
            {"gate": "gpi2", "target": 0, "phase": 0.83},
        ],
    }
    circuit = QuantumCircuit(2)
    circuit.append(Operator(unitary(program["circuit"], 2, "native")).to_instruction(), [0, 1])
    [probabilities], [counts] = results_of(device.submit(program, shots=SHOTS))
    assert_agrees(circuit, probabilities, counts)


def test_a_jobs_name_and_metadata_survive_to_the_byte(device, server):
    job = run(device, in_qasm(uneven(2, 0.1)), name=NAME, metadata=dict(METADATA))
    found = server.get(f"/v0.4/jobs/{job.id}")
    assert found["name"] == NAME
    assert found["metadata"] == METADATA


def test_a_job_is_found_again_by_its_id(provider, device):
    circuit = uneven(2, 0.4)
    job = run(device, in_qasm(circuit))
    job.result()
    again = IonQJob(job.id, session=provider.session, shots=SHOTS)
    assert again.status() is JobStatus.COMPLETED
    [probabilities], [counts] = results_of(again)
    assert_agrees(circuit, probabilities, counts)


def test_the_simulators_jobs_cost_nothing(device):
    job = run(device, in_qasm(uneven(2, 0.1)))
    job.result()
    assert job.cost()["cost"]["value"] == 0


def test_a_qpus_jobs_cost_something(provider):
    job = run(provider.get_device("qpu.aria-1"), in_qasm(uneven(2, 0.1)))
    job.result()
    assert job.cost()["cost"]["value"] > 0


def test_a_dry_run_ends_without_results(device):
    job = run(device, in_qasm(uneven(2, 0.1)), dry_run=True)
    job.wait_for_final_state(poll_interval=0.02)
    assert job.status() is JobStatus.COMPLETED
    assert job.metadata()["dry_run"] is True


def test_devices_are_listed_with_their_profiles(provider):
    devices = {device.id: device for device in provider.get_devices()}
    assert {"simulator", *QPUS} <= set(devices)
    assert devices["simulator"].status() is DeviceStatus.ONLINE
    assert devices["simulator"].num_qubits == 29
    assert devices["qpu.forte-1"].num_qubits == 36
    assert {"ideal", "aria-1", "forte-1"} <= set(devices["simulator"].profile.noise_models)
    characterization = devices["qpu.forte-1"].profile.characterization
    assert characterization["qubits"] == 36
    assert devices["qpu.aria-1"].avg_queue_time() >= 0


def test_an_unknown_device_is_not_found(provider):
    with pytest.raises(ResourceNotFoundError):
        provider.get_device("qpu.unheard-of")


def test_a_canceled_job_raises_the_clients_own_error(device, server):
    with server.paused_workers():
        job = run(device, in_qasm(uneven(3, 0.1)))
        job.cancel()
    assert job.status() is JobStatus.CANCELLED
    with pytest.raises(IonQJobError):
        job.result()


def test_a_failed_job_raises_the_clients_own_error(device, server):
    long_running = QuantumCircuit(26)
    for step, qubit in itertools.product(range(40), range(26)):
        long_running.ry(0.1 * step + 0.3 * qubit, qubit)
        long_running.cx(qubit, (qubit + 1) % 26)
    with server.crashing_workers():
        job = run(device, in_qasm(long_running))
        job.wait_for_final_state(poll_interval=0.02)
    assert job.status() is JobStatus.FAILED
    with pytest.raises(IonQJobError, match="stopped the worker"):
        job.result()


def test_a_wrong_key_is_refused(server, paultrap_testing):
    stranger = IonQProvider("a-wrong-key")
    paultrap_testing.redirected_qbraid(stranger, f"{server.url}/v0.4")
    with pytest.raises(RequestsApiError) as error:
        run(stranger.get_device("simulator"), in_qasm(uneven(2, 0.1)))
    assert error.value.status_code == 401


def test_an_unknown_job_is_not_found(provider):
    job = IonQJob("01a20000-0000-7000-8000-000000000000", session=provider.session)
    with pytest.raises(RequestsApiError) as error:
        job.status()
    assert error.value.status_code == 404


def test_a_refused_job_says_why(device):
    program = {"format": "ionq.circuit.v0", "gateset": "qis", "qubits": 2}
    bad = {**program, "circuit": [{"gate": "cnot", "control": 0, "target": 8}]}
    with pytest.raises(RequestsApiError, match=r"gate 0 \(cnot\)") as error:
        device.submit(bad, shots=SHOTS)
    assert error.value.status_code == 400


@pytest.mark.parametrize("model", MODELS)
def test_a_noise_models_seed_gives_the_same_counts_again(device, model):
    circuit = uneven(3, 0.1)

    def counts(seed: int) -> dict[str, int]:
        job = run(device, in_qasm(circuit), noise={"model": model, "seed": seed})
        return results_of(job)[1][0]

    first, again, other = counts(5), counts(5), counts(6)
    assert first == again != other
    assert sum(first.values()) == SHOTS
    assert 0 < distance(expected(circuit), first) < 0.25


@pytest.mark.parametrize("name", QPUS)
def test_an_emulated_qpu_is_near_the_ideal(provider, name):
    circuits = [uneven(3, 0.1), uneven(3, 1.3)]
    job = run(provider.get_device(name), [in_qasm(circuit) for circuit in circuits])
    for circuit, counts in zip(circuits, results_of(job)[1], strict=True):
        assert sum(counts.values()) == SHOTS
        assert 0 < distance(expected(circuit), counts) < 0.1


@pytest.mark.parametrize("is_debiased", [True, False])
def test_debiasing_is_what_was_asked_for(provider, server, is_debiased):
    job = run(
        provider.get_device("qpu.forte-1"),
        in_qasm(uneven(3, 0.1)),
        error_mitigation={"debiasing": is_debiased},
    )
    job.result()
    found = server.get(f"/v0.4/jobs/{job.id}")["output"]["error_mitigation"]["debiasing"]
    assert bool(found) is is_debiased
