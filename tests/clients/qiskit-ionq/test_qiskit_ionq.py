"""qiskit-ionq, v0.3 and v0.4 of the API, against Qiskit's own state vectors."""

import math
import uuid
import warnings
from collections import Counter
from collections.abc import Mapping

import pytest
import qiskit_ionq
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_ionq import ErrorMitigation, GPI2Gate, GPIGate, IonQProvider, MSGate, ZZGate
from qiskit_ionq.exceptions import (
    IonQAPIError,
    IonQGateError,
    IonQJobFailureError,
    IonQJobStateError,
    IonQMidCircuitMeasurementError,
)

IS_OLD = qiskit_ionq.__version__.startswith("0.")  # speaks v0.3
API = "v0.3" if IS_OLD else "v0.4"
SHOTS = 4096
FAST = {"wait": 0.02, "timeout": 120}  # The client polls every 5 s by itself.
QPUS = ["aria-1", "forte-1", "forte-enterprise-1"]

new_only = pytest.mark.skipif(IS_OLD, reason="came with qiskit-ionq 1")


@pytest.fixture(autouse=True)
def address(server, monkeypatch):
    """The client looks qubit counts up at the environment's address, not at the provider's."""
    monkeypatch.setenv("IONQ_API_URL", f"{server.url}/{API}")


@pytest.fixture
def provider(server):
    return IonQProvider(server.key, url=f"{server.url}/{API}")


@pytest.fixture
def backend(provider):
    return provider.get_backend("ionq_simulator")


def expected(circuit: QuantumCircuit) -> dict[str, float]:
    """Return the distribution over the classical bits, by Qiskit's state vector."""
    used = sorted({circuit.find_bit(q).index for step in circuit.data for q in step.qubits})
    gates = QuantumCircuit(len(used))  # A transpiled circuit is as wide as its backend.
    qubit_of: dict[int, int] = {}
    for step in circuit.data:
        qubits = [used.index(circuit.find_bit(qubit).index) for qubit in step.qubits]
        if step.operation.name == "measure":
            qubit_of[circuit.find_bit(step.clbits[0]).index] = qubits[0]
        elif step.operation.name != "barrier":
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
        # One count of slack: for tiny p the binomial is far from its normal limit.
        assert abs(counts.get(key, 0) - SHOTS * p) <= 6 * math.sqrt(SHOTS * p * (1 - p)) + 1


def assert_run_agrees(backend, circuits: list[QuantumCircuit]) -> None:
    result = backend.run(circuits, shots=SHOTS).result(**FAST)
    counts, probabilities = result.get_counts(), result.get_probabilities()
    if len(circuits) == 1:  # The client hands one circuit's result out bare, batch or not.
        counts, probabilities = [counts], [probabilities]
    assert len(counts) == len(probabilities) == len(circuits)
    for circuit, count, probability in zip(circuits, counts, probabilities, strict=True):
        assert_agrees(circuit, count, probability)
    names = [entry.header.name if IS_OLD else entry.header["name"] for entry in result.results]
    assert names == [circuit.name for circuit in circuits]


def distance(circuit: QuantumCircuit, counts: Mapping[str, int]) -> float:
    """Return the total variation distance of counts from the ideal distribution."""
    total = sum(counts.values())
    truth = expected(circuit)
    keys = set(truth) | set(counts)
    return sum(abs(counts.get(key, 0) / total - truth.get(key, 0)) for key in keys) / 2


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


def long_running() -> QuantumCircuit:
    """Return a circuit that takes many seconds."""
    circuit = QuantumCircuit(26, 26)
    for step in range(40):
        for qubit in range(26):
            circuit.ry(0.1 * step + 0.3 * qubit, qubit)
            circuit.cx(qubit, (qubit + 1) % 26)
    circuit.measure(range(26), range(26))
    return circuit


def around(append, width: int = 4) -> QuantumCircuit:
    """Return a circuit in which every phase that the operation makes can be seen."""
    circuit = QuantumCircuit(width, width)
    for qubit in range(width):
        circuit.ry(0.5 + 0.37 * qubit, qubit)
        circuit.rz(1.1 - 0.29 * qubit, qubit)
    append(circuit)
    for qubit in range(width):
        circuit.rx(0.9 + 0.23 * qubit, qubit)
    circuit.measure(range(width), range(width))
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
    "barrier": lambda c: c.barrier(),
    "evolution": lambda c: c.append(
        PauliEvolutionGate(SparsePauliOp(["XIZ", "ZIX"], [0.7, -0.4]), time=0.9), [3, 0, 2]
    ),
}


def test_a_single_circuit_gives_the_exact_distribution(backend):
    circuit = uneven(3, 0.1)
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_batch_of_different_widths_comes_back_in_order(backend, size):
    assert_run_agrees(
        backend, [uneven(1 + i % 6, 0.037 * i, name=f"circuit {i}") for i in range(size)]
    )


@pytest.mark.parametrize("name", GATES)
def test_a_gate_acts_as_in_qiskit(backend, name):
    circuit = around(GATES[name])
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


def test_all_gates_after_each_other_act_as_in_qiskit(backend):
    def all_of_them(circuit):
        for append in GATES.values():
            append(circuit)

    assert_run_agrees(backend, [around(all_of_them)])


def test_native_gates_act_as_their_matrices(provider):
    native = provider.get_backend("ionq_simulator", gateset="native")
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
    assert_run_agrees(native, circuits)


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_a_transpiled_circuit_acts_as_in_qiskit(provider, gateset):
    backend = provider.get_backend("ionq_simulator", gateset=gateset)
    circuit = QuantumCircuit(4, 4)
    for qubit in range(4):
        circuit.ry(0.4 + 0.3 * qubit, qubit)
    for qubit in range(3):
        circuit.cp(math.pi / 2**qubit, qubit, 3)
        circuit.h(qubit)
    circuit.swap(0, 2)
    circuit.measure(range(4), range(4))
    compiled = transpile(circuit, backend, optimization_level=1)
    result = backend.run(compiled, shots=SHOTS).result(**FAST)
    probabilities = result.get_probabilities()
    truth = {key: p for key, p in expected(circuit).items() if p > 1e-3}
    assert {key: p for key, p in probabilities.items() if p > 1e-3} == pytest.approx(
        truth, abs=1e-7
    )


def test_qubits_measured_into_other_classical_bits(backend):
    crossed = QuantumCircuit(4, 3)
    for qubit in range(4):
        crossed.ry(0.3 + 0.5 * qubit, qubit)
    crossed.cx(0, 3)
    crossed.measure([3, 0], [0, 2])
    turned = QuantumCircuit(3, 3)
    for qubit in range(3):
        turned.ry(0.6 + 0.4 * qubit, qubit)
    turned.measure([0, 1, 2], [2, 1, 0])
    assert_run_agrees(backend, [crossed, turned])
    assert_run_agrees(backend, [crossed])


def test_named_registers_shape_the_keys(backend):
    data, flag = ClassicalRegister(2, "data"), ClassicalRegister(1, "flag")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), data, flag)
    circuit.x(1)
    circuit.x(2)
    circuit.measure([0, 1], data)
    circuit.measure(2, flag[0])
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert result.get_counts() == {"1 10": SHOTS}


def test_bound_parameters_are_sent_as_numbers(backend):
    angle = Parameter("θ")
    template = QuantumCircuit(1, 1)
    template.rx(2 * angle, 0)
    template.measure(0, 0)
    assert_run_agrees(backend, [template.assign_parameters({angle: 0.1 * i}) for i in range(5)])


METADATA = {
    "index": 7,
    "umlauts": "naïve ansätze, 量子",
    "controls": "\x1e\x1f\t\n\\ \" ' \u2028 \x7f",
    "long": "x" * 50_000,
}


def test_a_retrieved_job_knows_its_circuits_to_the_byte(backend):
    circuits = [uneven(2, 0.1 * i, name=f"ansätze {i} \u2028\x1f") for i in range(3)]
    for circuit in circuits:
        circuit.metadata = {**METADATA, "of": circuit.name}
    extra = {"key": "value", "naïve": METADATA["controls"], "long": METADATA["long"]}
    job = backend.run(
        circuits, shots=SHOTS, name="sweep \u2028 ä", sampler_seed=7, extra_metadata=extra
    )
    first = job.result(**FAST)

    retrieved = backend.retrieve_job(job.job_id())
    again = retrieved.result(**FAST)

    assert again.get_counts() == first.get_counts()  # The seed travels in the job's metadata.
    headers = [entry.header.to_dict() if IS_OLD else entry.header for entry in again.results]
    assert [header["name"] for header in headers] == [c.name for c in circuits]
    assert [header["metadata"] for header in headers] == [c.metadata for c in circuits]
    assert retrieved._metadata["name"] == "sweep \u2028 ä"
    assert {key: retrieved._metadata["metadata"][key] for key in extra} == extra


def test_several_jobs_are_retrieved_at_once(backend):
    circuits = [uneven(2, 0.1 * i) for i in range(4)]
    jobs = [backend.run(circuit, shots=SHOTS) for circuit in circuits]
    retrieved = backend.retrieve_jobs([job.job_id() for job in jobs])
    for circuit, job in zip(circuits, retrieved, strict=True):
        result = job.result(**FAST)
        assert_agrees_in_distribution(circuit, result.get_probabilities())


def assert_agrees_in_distribution(circuit, probabilities) -> None:
    truth = expected(circuit)
    for key, probability in probabilities.items():
        assert probability == pytest.approx(truth[key], abs=1e-9)


def test_the_children_of_a_batch_report_their_status(backend):
    job = backend.run([uneven(2, 0.1 * i) for i in range(3)], shots=SHOTS)
    job.result(**FAST)
    detailed = job.status(detailed=True)
    assert detailed["total"] == detailed["completed"] == 3
    assert detailed["statuses"] == [JobStatus.DONE] * 3


def test_a_canceled_job_has_no_result_and_holds_nothing_up(backend, server):
    with server.paused_workers():
        jobs = [backend.run(long_running(), shots=SHOTS) for _ in range(3)]
        jobs[0].cancel()
        backend.cancel_jobs([job.job_id() for job in jobs[1:]])
    for job in jobs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The client warns and raises.
            assert backend.retrieve_job(job.job_id()).status() is JobStatus.CANCELLED
            with pytest.raises(IonQJobStateError):
                job.result(**FAST)
    assert_run_agrees(backend, [uneven(2, 0.5)])


def test_cancelling_a_finished_job_leaves_its_results(backend):
    circuit = uneven(2, 0.5)
    job = backend.run(circuit, shots=SHOTS)
    job.result(**FAST)
    job.cancel()
    again = backend.retrieve_job(job.job_id())
    assert again.status() is JobStatus.DONE
    assert_agrees_in_distribution(circuit, again.result(**FAST).get_probabilities())


def test_a_deleted_job_is_gone(backend):
    job = backend.run([uneven(2, 0.1), uneven(2, 0.2)], shots=SHOTS)
    job.result(**FAST)
    assert backend.client.delete_job(job.job_id())["status"] == "deleted"
    with pytest.raises(IonQAPIError) as error:
        backend.retrieve_job(job.job_id())
    assert error.value.status_code == 404


def test_a_failed_job_raises_the_clients_own_error(backend, server):
    with server.crashing_workers():
        job = backend.run(long_running(), shots=SHOTS)
        with pytest.raises(IonQJobFailureError, match="stopped the worker"):
            job.result(**FAST)
    assert_run_agrees(backend, [uneven(2, 0.5)])


def test_an_unknown_job_is_not_found(backend):
    with pytest.raises(IonQAPIError) as error:
        backend.retrieve_job(str(uuid.uuid4()))
    assert error.value.status_code == 404
    assert "No error details" not in error.value.message


def test_a_wrong_key_is_refused(server):
    stranger = IonQProvider("a-wrong-key", url=f"{server.url}/{API}").get_backend("ionq_simulator")
    with pytest.raises(IonQAPIError) as error:
        stranger.run(uneven(2, 0.1), shots=SHOTS)
    assert error.value.status_code == 401
    assert error.value.error_type == "Unauthorized"


def test_a_refused_job_says_why(backend):
    field = "target" if IS_OLD else "backend"
    with pytest.raises(IonQAPIError) as error:
        backend.run(uneven(2, 0.1), shots=SHOTS, extra_query_params={field: "qpu.no-such"})
    assert error.value.status_code == 400
    assert error.value.error_type == "Bad Request"
    assert "qpu.no-such" in error.value.message


def test_too_wide_a_batch_is_refused(backend):
    with pytest.raises(IonQAPIError, match="more than 29 qubits") as error:
        backend.run([uneven(2, 0.1), uneven(30, 0.1)], shots=SHOTS)
    assert error.value.status_code == 400


def test_what_the_client_refuses_by_itself_is_never_sent(backend, server):
    before = backend.run(uneven(1, 0.1), shots=SHOTS).job_id()
    unknown, twice = QuantumCircuit(2, 2), QuantumCircuit(1, 2)
    unknown.iswap(0, 1)
    unknown.measure([0, 1], [0, 1])
    twice.measure(0, 0)
    twice.x(0)
    twice.measure(0, 1)
    with pytest.raises(IonQGateError):
        backend.run(unknown, shots=SHOTS)
    if IS_OLD:
        with pytest.raises(IonQMidCircuitMeasurementError):
            backend.run(twice, shots=SHOTS)
    assert server.newest_job()["id"] == before


@pytest.mark.parametrize(("name", "qubits"), [("simulator", 29), ("qpu.forte-1", 36)])
def test_a_backend_offers_its_width(provider, name, qubits):
    backend = provider.get_backend(f"ionq_{name}")
    found = backend.configuration().n_qubits if IS_OLD else backend.num_qubits
    if IS_OLD and name == "simulator":
        qubits = 100  # It looks for a backend "ionq_simulator", and falls back to this.
    assert found == qubits
    assert backend.status()


def test_the_simulator_has_no_calibration(backend):
    assert backend.calibration() is None


@pytest.mark.parametrize("model", ["harmony", "aria-1", "aria-2", "forte-1", "forte-enterprise-1"])
def test_a_noise_model_gives_the_same_counts_for_the_same_seed(backend, model):
    circuit = uneven(3, 0.1)

    def counts(seed: int) -> dict[str, int]:
        backend.set_options(noise_model=model, sampler_seed=seed)
        # The client draws its counts from the histogram anew, with its own seed.
        job = backend.run(circuit, shots=SHOTS, sampler_seed=1)
        return job.result(**FAST).get_probabilities()

    first, again, other = counts(5), counts(5), counts(6)
    assert first == again != other
    assert all(p * SHOTS == pytest.approx(round(p * SHOTS)) for p in first.values())
    assert 0 < distance(circuit, first) < 0.25


@pytest.mark.parametrize("model", ["aria-1", "forte-1"])
def test_a_noisy_batch_keeps_its_order(backend, model):
    circuits = [uneven(1 + i % 4, 0.4 * i) for i in range(20)]
    backend.set_options(noise_model=model)
    result = backend.run(circuits, shots=SHOTS).result(**FAST)
    for circuit, counts in zip(circuits, result.get_counts(), strict=True):
        assert distance(circuit, counts) < 0.15


@new_only
def test_a_noisy_batch_gives_each_circuits_memory(backend):
    circuits = [uneven(2, 0.1), uneven(3, 0.4)]
    backend.set_options(noise_model="aria-1", sampler_seed=11)
    result = backend.run(circuits, shots=SHOTS, memory=True).result(**FAST)
    for index, counts in enumerate(result.get_counts()):
        memory = result.get_memory(index)
        assert len(memory) == SHOTS
        assert Counter(memory) == counts
        assert {len(key) for key in counts} == {2 + index}


@pytest.mark.parametrize("shots", [1, 100, 10_000])
def test_a_qpu_gives_as_many_counts_as_shots(provider, shots):
    qpu = provider.get_backend("ionq_qpu.forte-1")
    counts = qpu.run(uneven(3, 0.1), shots=shots).result(**FAST).get_counts()
    assert sum(counts.values()) == shots


@pytest.mark.parametrize("name", QPUS)
@pytest.mark.parametrize("mitigation", list(ErrorMitigation))
def test_a_qpu_gives_counts_near_the_ideal_ones(provider, name, mitigation):
    qpu = provider.get_backend(f"ionq_qpu.{name}")
    circuits = [uneven(3, 0.1), uneven(2, 1.3)]
    job = qpu.run(circuits, shots=SHOTS, error_mitigation=mitigation)
    counts = job.result(**FAST).get_counts()
    again = qpu.retrieve_job(job.job_id())
    sharpened = again.result(sharpen=True, **FAST).get_counts()
    for circuit, plain, sharp in zip(circuits, counts, sharpened, strict=True):
        assert sum(plain.values()) == SHOTS
        assert distance(circuit, plain) < 0.1
        assert (plain != sharp) is (mitigation is ErrorMitigation.DEBIASING)


@pytest.mark.parametrize(("name", "qubits"), [("aria-1", 25), ("forte-1", 36)])
def test_a_qpu_has_a_characterization(provider, name, qubits):
    qpu = provider.get_backend(f"ionq_qpu.{name}")
    found = qpu.calibration()
    assert (found.num_qubits if IS_OLD else found.qubits) == qubits
    fidelities = found.fidelities if IS_OLD else found.fidelity
    key = "mean" if IS_OLD else "median"
    assert 0.98 < fidelities["2q"][key] < fidelities["1q"][key] < 1
    assert len(found.connectivity) == qubits * (qubits - 1) // 2
    assert qpu.status()


@new_only
@pytest.mark.parametrize("name", ["simulator", "qpu.aria-1"])
def test_a_session_takes_jobs_until_it_is_closed(provider, name):
    backend = provider.get_backend(f"ionq_{name}")
    with qiskit_ionq.Session(backend, max_jobs=3, max_time=5, max_cost=1000) as session:
        assert (session.status(), session.usage()) == ("created", None)
        job = backend.run(uneven(2, 0.1), shots=SHOTS)
        assert job.result(**FAST).success
        assert session.status() == "started"
        assert 0 <= session.usage() < 300
        assert job._client.retrieve_job(job.job_id())["session_id"] == session.session_id

    found = qiskit_ionq.Session.from_id(session.session_id, backend=backend)
    assert found.status() == "ended"
    with pytest.raises(IonQAPIError, match="has ended"):
        found.run(uneven(2, 0.1), shots=SHOTS)


@new_only
def test_a_session_left_by_an_error_cancels_its_jobs(backend, server):
    def fail() -> None:
        with qiskit_ionq.Session(backend):
            jobs.append(backend.run(uneven(2, 0.1), shots=SHOTS))
            raise KeyError

    jobs: list = []
    with server.paused_workers(), pytest.raises(KeyError):
        fail()
    assert jobs[0].status() is JobStatus.CANCELLED
