"""qiskit-ionq 1.1, unmodified, against Qiskit's own state vectors."""

import itertools
import math
import uuid
from collections import Counter
from collections.abc import Mapping

import pytest
from independent.wire import distribution
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_ionq import ErrorMitigation, GPI2Gate, GPIGate, IonQProvider, MSGate, ZZGate
from qiskit_ionq.exceptions import IonQAPIError, IonQJobStateError

# The client advises on Qiskit's default optimization level whenever a backend is made.
# Qiskit's own matrix of a Pauli evolution makes scipy speak of sparse formats.
pytestmark = [
    pytest.mark.filterwarnings("ignore::qiskit_ionq.exceptions.IonQTranspileLevelWarning"),
    pytest.mark.filterwarnings("ignore:splu converted:scipy.sparse.SparseEfficiencyWarning"),
    pytest.mark.filterwarnings("ignore:spsolve is more:scipy.sparse.SparseEfficiencyWarning"),
]

SHOTS = 4096
FAST = {"wait": 0.02, "timeout": 60}  # The client polls every 5 s by itself.


@pytest.fixture
def backend(api_url, server):
    return IonQProvider(server.key, url=api_url).get_backend("ionq_simulator")


@pytest.fixture
def native(api_url, server):
    return IonQProvider(server.key, url=api_url).get_backend("ionq_simulator", gateset="native")


def expected(circuit: QuantumCircuit) -> dict[str, float]:
    """Return the distribution over the classical bits, by Qiskit's state vector."""
    used = sorted({circuit.find_bit(q).index for step in circuit.data for q in step.qubits})
    gates = QuantumCircuit(len(used))  # A transpiled circuit is as wide as its backend.
    qubit_of: dict[int, int] = {}
    for step in circuit.data:
        qubits = [used.index(circuit.find_bit(qubit).index) for qubit in step.qubits]
        if step.operation.name == "measure":
            qubit_of[circuit.find_bit(step.clbits[0]).index] = qubits[0]
        else:
            gates.append(step.operation, qubits)
    distribution: dict[str, float] = {}
    for state, probability in enumerate(Statevector(gates).probabilities()):
        bits = [
            str(state >> qubit_of[clbit] & 1) if clbit in qubit_of else "0"
            for clbit in reversed(range(circuit.num_clbits))
        ]
        key = "".join(bits)
        distribution[key] = distribution.get(key, 0.0) + float(probability)
    return distribution


def assert_agrees(
    circuit: QuantumCircuit, counts: Mapping[str, int], probabilities: Mapping[str, float]
) -> None:
    """Check probabilities exactly and counts as the sample that the client draws from them."""
    truth = {key: p for key, p in expected(circuit).items() if p > 1e-11}
    assert set(probabilities) == set(counts) <= set(truth)
    for key, probability in probabilities.items():
        assert probability == pytest.approx(truth[key], abs=1e-9)
    assert sum(counts.values()) == SHOTS
    for key, p in truth.items():
        # Some counts of slack: for tiny p the binomial is far from its normal limit.
        assert abs(counts.get(key, 0) - SHOTS * p) <= 6 * math.sqrt(SHOTS * p * (1 - p)) + 4


def assert_batch_agrees(circuits: list[QuantumCircuit], result) -> None:
    counts, probabilities = result.get_counts(), result.get_probabilities()
    assert len(counts) == len(probabilities) == len(circuits)
    for circuit, count, probability in zip(circuits, counts, probabilities, strict=True):
        assert_agrees(circuit, count, probability)


def uneven(width: int, seed: float, name: str | None = None) -> QuantumCircuit:
    """Return an entangled circuit in which no two qubits are alike."""
    circuit = QuantumCircuit(width, width, name=name)
    for qubit in range(width):
        circuit.ry(0.3 + 0.41 * qubit + seed, qubit)
        circuit.rz(0.7 - 0.13 * qubit + seed, qubit)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
        circuit.rx(0.2 + 0.17 * qubit - seed, qubit)
    circuit.measure(range(width), range(width))
    return circuit


def long_running(width: int, seed: float) -> QuantumCircuit:
    circuit = QuantumCircuit(width, width)
    for step in range(20):
        for qubit in range(width):
            circuit.ry(0.1 * step + 0.3 * qubit + seed, qubit)
            circuit.cx(qubit, (qubit + 1) % width)
    circuit.measure(range(width), range(width))
    return circuit


def prepared(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width, width)
    for qubit in range(width):
        circuit.ry(0.5 + 0.37 * qubit, qubit)
        circuit.rz(1.1 - 0.29 * qubit, qubit)
    return circuit


def mixed_down(circuit: QuantumCircuit) -> QuantumCircuit:
    """Turn phases into probabilities, then measure everything."""
    for qubit in range(circuit.num_qubits):
        circuit.rx(0.9 + 0.23 * qubit, qubit)
    circuit.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    return circuit


GATES = {
    "x": lambda c: c.x(1),
    "y": lambda c: c.y(0),
    "z": lambda c: c.z(1),
    "h": lambda c: c.h(2),
    "s": lambda c: c.s(0),
    "sdg": lambda c: c.sdg(1),
    "t": lambda c: c.t(2),
    "tdg": lambda c: c.tdg(0),
    "sx": lambda c: c.sx(1),
    "sxdg": lambda c: c.sxdg(2),
    "id": lambda c: c.id(0),
    "rx": lambda c: c.rx(0.81, 0),
    "ry": lambda c: c.ry(-1.3, 1),
    "rz": lambda c: c.rz(2.2, 2),
    "p": lambda c: c.p(0.61, 1),
    "cx": lambda c: c.cx(2, 0),
    "cy": lambda c: c.cy(0, 2),
    "cz": lambda c: c.cz(1, 3),
    "ch": lambda c: c.ch(3, 1),
    "csx": lambda c: c.csx(0, 1),
    "cp": lambda c: c.cp(0.77, 3, 0),
    "crx": lambda c: c.crx(1.01, 1, 2),
    "cry": lambda c: c.cry(-0.67, 2, 1),
    "crz": lambda c: c.crz(1.47, 0, 3),
    "swap": lambda c: c.swap(0, 3),
    "rxx": lambda c: c.rxx(0.58, 0, 2),
    "ryy": lambda c: c.ryy(1.23, 3, 1),
    "rzz": lambda c: c.rzz(-0.94, 1, 2),
    "ccx": lambda c: c.ccx(3, 1, 0),
    "mcx": lambda c: c.mcx([0, 1, 3], 2),
    "mcp": lambda c: c.mcp(1.19, [3, 0, 2], 1),
    "evolution": lambda c: c.append(
        PauliEvolutionGate(SparsePauliOp(["XIZ", "ZIX"], [0.7, -0.4]), time=0.9), [3, 0, 2]
    ),
}


def test_a_single_circuit_gives_the_exact_distribution(backend):
    circuit = uneven(3, 0.1)
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


@pytest.mark.parametrize("size", [1, 2, 50])
def test_a_batch_of_different_widths_comes_back_in_order(backend, size):
    circuits = [uneven(1 + i % 6, 0.037 * i, name=f"circuit {i}") for i in range(size)]
    job = backend.run(circuits, shots=SHOTS)
    result = job.result(**FAST)
    if size == 1:  # The client hands one circuit's result out bare, batch or not.
        assert_agrees(circuits[0], result.get_counts(), result.get_probabilities())
        return
    assert_batch_agrees(circuits, result)
    assert [entry.header["name"] for entry in result.results] == [c.name for c in circuits]


def test_every_gate_of_the_client_acts_as_in_qiskit(backend):
    circuits = []
    for append in GATES.values():
        circuit = prepared(4)
        append(circuit)
        circuits.append(mixed_down(circuit))
    assert_batch_agrees(circuits, backend.run(circuits, shots=SHOTS).result(**FAST))


def test_all_gates_after_each_other_act_as_in_qiskit(backend):
    circuit = prepared(4)
    for append in GATES.values():
        append(circuit)
    mixed_down(circuit)
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


def test_a_transpiled_circuit_acts_as_in_qiskit(backend):
    from qiskit import transpile
    from qiskit.circuit.library import QFTGate

    circuit = QuantumCircuit(4, 4)
    for qubit in range(4):
        circuit.ry(0.4 + 0.3 * qubit, qubit)
    circuit.append(QFTGate(4), [2, 0, 3, 1])
    circuit.measure(range(4), range(4))
    compiled = transpile(circuit, backend, optimization_level=1)
    result = backend.run(compiled, shots=SHOTS).result(**FAST)
    assert_agrees(compiled, result.get_counts(), result.get_probabilities())


def test_qubits_measured_into_other_classical_bits(backend):
    crossed = QuantumCircuit(4, 3)
    for qubit in range(4):
        crossed.ry(0.3 + 0.5 * qubit, qubit)
    crossed.cx(0, 3)
    crossed.measure([3, 0], [0, 2])
    reversed_ = QuantumCircuit(3, 3)
    for qubit in range(3):
        reversed_.ry(0.6 + 0.4 * qubit, qubit)
    reversed_.measure([0, 1, 2], [2, 1, 0])
    circuits = [crossed, reversed_]
    assert_batch_agrees(circuits, backend.run(circuits, shots=SHOTS).result(**FAST))


def test_named_registers_shape_the_keys(backend):
    data, flag = ClassicalRegister(2, "data"), ClassicalRegister(1, "flag")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), data, flag)
    circuit.x(1)
    circuit.x(2)
    circuit.measure([0, 1], data)
    circuit.measure(2, flag[0])
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert result.get_counts() == {"1 10": SHOTS}


def test_native_gates_act_as_their_matrices(native):
    circuits = []
    for last in (MSGate(0.11, 0.37, 0.2), ZZGate(0.17), MSGate(0.41, 0.05)):
        circuit = QuantumCircuit(3, 3)
        for qubit in range(3):
            circuit.append(GPI2Gate(0.07 + 0.19 * qubit), [qubit])
        circuit.append(GPIGate(0.31), [1])
        circuit.append(last, [2, 0])
        circuit.append(MSGate(0.23, 0.61, 0.15), [0, 1])
        for qubit in range(3):
            circuit.append(GPI2Gate(0.83 - 0.27 * qubit), [qubit])
        circuit.measure(range(3), range(3))
        circuits.append(circuit)
    assert_batch_agrees(circuits, native.run(circuits, shots=SHOTS).result(**FAST))


def test_a_retrieved_job_knows_its_circuits(backend):
    circuits = [uneven(2, 0.1 * i, name=f"ansätze {i}") for i in range(3)]
    for index, circuit in enumerate(circuits):
        circuit.metadata = {"index": index, "label": "naïve"}
    job = backend.run(
        circuits, shots=SHOTS, name="sweep", sampler_seed=7, extra_metadata={"k": "v"}
    )
    first = job.result(**FAST)
    retrieved = backend.retrieve_job(job.job_id())
    again = retrieved.result(**FAST)
    assert again.get_counts() == first.get_counts()  # The seed travels in the job's metadata.
    assert [entry.header["name"] for entry in again.results] == [c.name for c in circuits]
    assert [entry.header["metadata"] for entry in again.results] == [c.metadata for c in circuits]
    assert retrieved._metadata["name"] == "sweep"
    assert retrieved._metadata["metadata"]["k"] == "v"


def test_the_children_of_a_batch_report_their_status(backend):
    job = backend.run([uneven(2, 0.1 * i) for i in range(3)], shots=SHOTS)
    job.result(**FAST)
    detailed = job.status(detailed=True)
    assert detailed["total"] == detailed["completed"] == 3
    assert detailed["statuses"] == [JobStatus.DONE] * 3


@pytest.mark.filterwarnings("ignore:Unable to retrieve result for job.*cancelled:UserWarning")
def test_a_canceled_job_has_no_result_and_holds_nothing_up(backend, server):
    lots = [long_running(20, 0.01 * i) for i in range(20)]  # No two alike: equals are run once.
    with server.paused_workers():
        job = backend.run(lots, shots=SHOTS)
        job.cancel()
    assert backend.retrieve_job(job.job_id()).status() is JobStatus.CANCELLED
    with pytest.raises(IonQJobStateError):
        job.result(**FAST)
    small = uneven(2, 0.5)
    result = backend.run(small, shots=SHOTS).result(**FAST)
    assert_agrees(small, result.get_counts(), result.get_probabilities())


def test_an_unknown_job_is_not_found(backend):
    with pytest.raises(IonQAPIError) as error:
        backend.retrieve_job(str(uuid.uuid4()))
    assert error.value.status_code == 404
    assert "No error details" not in error.value.message


def test_only_a_key_of_the_server_opens_a_closed_one(closed_server, monkeypatch):
    url = f"{closed_server.url}/v0.4"
    monkeypatch.setenv("IONQ_API_URL", url)
    stranger = IonQProvider("a-wrong-key", url=url).get_backend("ionq_simulator")
    with pytest.raises(IonQAPIError) as error:
        stranger.run(uneven(2, 0.1), shots=SHOTS)
    assert error.value.status_code == 401
    circuit = uneven(2, 0.1)
    known = IonQProvider(closed_server.new_key("qiskit"), url=url).get_backend("ionq_simulator")
    result = known.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


def test_a_refused_job_says_why(backend):
    with pytest.raises(IonQAPIError) as error:
        backend.run(uneven(2, 0.1), shots=SHOTS, extra_query_params={"backend": "qpu.no-such"})
    assert error.value.status_code == 400
    assert "qpu.no-such" in error.value.message


def test_the_simulator_offers_its_width(backend):
    assert backend.num_qubits == 29
    assert backend.status()


def noisy(backend, circuits, seed: int = 11, **options):
    backend.set_options(noise_model="aria-1", sampler_seed=seed)
    return backend.run(circuits, shots=SHOTS, **options)


def test_a_noisy_job_gives_its_counts_and_its_memory(backend):
    job = noisy(backend, uneven(3, 0.1), memory=True)
    result = job.result(**FAST)

    counts, memory = result.get_counts(), result.get_memory()
    assert sum(counts.values()) == len(memory) == SHOTS
    assert {key: memory.count(key) for key in set(memory)} == counts
    truth = expected(uneven(3, 0.1))
    distance = sum(abs(counts.get(key, 0) / SHOTS - p) for key, p in truth.items()) / 2
    assert 0 < distance < 0.1


def test_a_noisy_batch_gives_each_circuits_memory(backend):
    circuits = [uneven(2, 0.1), uneven(3, 0.4)]
    result = noisy(backend, circuits, memory=True).result(**FAST)

    for index, counts in enumerate(result.get_counts()):
        memory = result.get_memory(index)
        assert sum(counts.values()) == len(memory) == SHOTS
        assert {key: memory.count(key) for key in set(memory)} == counts
        assert {len(key) for key in counts} == {2 + index}


def test_the_same_seed_gives_the_same_counts(backend):
    first, again, other = (
        noisy(backend, uneven(3, 0.1), seed).result(**FAST).get_probabilities()
        for seed in (5, 5, 6)
    )

    assert first == again != other


@pytest.mark.parametrize("mitigation", list(ErrorMitigation))
def test_a_qpu_gives_counts_memory_and_sharpened_counts(api_url, server, mitigation):
    qpu = IonQProvider(server.key, url=api_url).get_backend("ionq_qpu.forte-1")
    job = qpu.run(uneven(3, 0.1), shots=SHOTS, memory=True, error_mitigation=mitigation)
    result = job.result(**FAST)

    counts = result.get_counts()
    assert sum(counts.values()) == SHOTS
    assert Counter(result.get_memory()) == counts
    truth = expected(uneven(3, 0.1))
    assert sum(abs(counts.get(key, 0) / SHOTS - p) for key, p in truth.items()) / 2 < 0.1
    again = qpu.retrieve_job(job.job_id())
    sharpened = again.result(sharpen=True, **FAST).get_probabilities()
    has_variants = mitigation is ErrorMitigation.DEBIASING
    assert (sharpened != result.get_probabilities()) is has_variants


@pytest.mark.parametrize(("name", "qubits"), [("aria-1", 25), ("forte-1", 36)])
def test_a_qpu_has_a_characterization(api_url, server, name, qubits):
    qpu = IonQProvider(server.key, url=api_url).get_backend(f"ionq_qpu.{name}")

    found = qpu.calibration()

    assert found.backend == f"qpu.{name}"
    assert found.qubits == qubits
    assert set(found.connectivity) == set(itertools.combinations(range(qubits), 2))
    assert found.median_spam_fidelity == 1
    assert 0.98 < found.fidelity["2q"]["median"] < found.fidelity["1q"]["median"] < 1
    assert 0 < found.timing["1q"] < found.timing["2q"] < found.timing["t2"]
    assert qpu.status()


@pytest.mark.parametrize(("name", "entangler"), [("aria-1", "ms"), ("forte-1", "zz")])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_qpu_shows_the_native_circuit_that_runs(api_url, server, name, entangler, dry_run):
    qpu = IonQProvider(server.key, url=api_url).get_backend(f"ionq_qpu.{name}")
    circuit = uneven(3, 0.1)

    job = qpu.run(circuit, shots=SHOTS, dry_run=dry_run)
    job.wait_for_final_state(**FAST)
    compiled = job.compiled_circuit("native")

    assert compiled["qubits"] == 3
    assert {gate["gate"] for gate in compiled["circuit"]} <= {"gpi", "gpi2", entangler}
    found = distribution(compiled["circuit"], 3, "native")
    truth = {str(int(key, 2)): p for key, p in expected(circuit).items() if p > 1e-11}
    assert found == pytest.approx(truth, abs=1e-9)


def test_the_simulator_has_no_characterization(backend):
    assert backend.calibration() is None


def test_a_job_is_estimated(backend):
    estimate = backend.client.estimate_job(
        backend="ionq_qpu.aria-1", oneq_gates=150, twoq_gates=40, qubits=5, shots=1000
    )

    assert estimate.cost == pytest.approx(1000 * (150 * 0.00022 + 40 * 0.00098))
    assert (estimate.cost_unit, estimate.backend, estimate.shots) == ("usd", "qpu.aria-1", 1000)
    assert estimate.total_runtime == estimate.exec_time > 0
