"""cirq-ionq 1.7, unmodified, against cirq's own simulator in double precision."""

import itertools
import math
import uuid
from collections.abc import Sequence

import cirq
import cirq_ionq
import numpy as np
import pytest

REPETITIONS = 4096
POLLING = {"polling_seconds": 0.02}
SIMULATOR = cirq.Simulator(dtype=np.complex128)


@pytest.fixture
def service(server):
    return cirq_ionq.Service(
        remote_host=server.url,
        api_key=server.key,
        default_target="simulator",
        max_retry_seconds=5,
    )


def expected(circuit: cirq.Circuit) -> dict[int, float]:
    """Return the distribution over cirq's big-endian states of qubits 0 to the highest."""
    qubits = cirq.LineQubit.range(max(circuit.all_qubits()).x + 1)
    gates = cirq.Circuit(op for op in circuit.all_operations() if not cirq.is_measurement(op))
    vector = SIMULATOR.simulate(gates, qubit_order=qubits).final_state_vector
    return {state: float(p) for state, p in enumerate(np.abs(vector) ** 2) if p > 1e-11}


def marginal(distribution: dict[int, float], width: int, qubits: Sequence[int]) -> dict[int, float]:
    """Return the distribution of some qubits, the first of them leftmost."""
    result: dict[int, float] = {}
    for state, probability in distribution.items():
        bits = f"{state:0{width}b}"
        value = int("".join(bits[qubit] for qubit in qubits), 2)
        result[value] = result.get(value, 0.0) + probability
    return result


def assert_exact(circuit: cirq.Circuit, result: cirq_ionq.SimulatorResult) -> None:
    truth = expected(circuit)
    assert result.probabilities() == pytest.approx(truth, abs=1e-9)
    width = max(circuit.all_qubits()).x + 1
    for key, qubits in result.measurement_dict().items():
        assert result.probabilities(key) == pytest.approx(marginal(truth, width, qubits), abs=1e-9)


def assert_sampled(circuit: cirq.Circuit, result: cirq.Result) -> None:
    """Check the counts of key "m", which measures every qubit from 0, within 6 sigma."""
    counts = result.histogram(key="m")
    truth = expected(circuit)
    assert set(counts) <= set(truth)
    assert sum(counts.values()) == REPETITIONS
    for state, p in truth.items():
        sigma = math.sqrt(REPETITIONS * p * (1 - p))
        # Some counts of slack: for tiny p the binomial is far from its normal limit.
        assert abs(counts[state] - REPETITIONS * p) <= 6 * sigma + 4


def uneven(width: int, seed: float) -> cirq.Circuit:
    """Return an entangled circuit in which no two qubits are alike."""
    qubits = cirq.LineQubit.range(width)
    circuit = cirq.Circuit()
    for index, qubit in enumerate(qubits):
        circuit.append(cirq.ry(0.3 + 0.41 * index + seed)(qubit))
        circuit.append(cirq.rz(0.7 - 0.13 * index + seed)(qubit))
    for index, (one, other) in enumerate(itertools.pairwise(qubits)):
        circuit.append(cirq.CNOT(one, other))
        circuit.append(cirq.rx(0.2 + 0.17 * index - seed)(one))
    circuit.append(cirq.measure(*qubits, key="m"))
    return circuit


def around(*operations: cirq.Operation, width: int = 4) -> cirq.Circuit:
    """Return a circuit in which every phase that the operations make can be seen."""
    qubits = cirq.LineQubit.range(width)
    before = [cirq.ry(0.5 + 0.37 * i)(q) for i, q in enumerate(qubits)]
    phases = [cirq.rz(1.1 - 0.29 * i)(q) for i, q in enumerate(qubits)]
    after = [cirq.rx(0.9 + 0.23 * i)(q) for i, q in enumerate(qubits)]
    return cirq.Circuit(before, phases, operations, after, cirq.measure(*qubits, key="m"))


Q = cirq.LineQubit.range(4)
OPERATIONS = {
    "X": cirq.X(Q[1]),
    "X half": cirq.X(Q[0]) ** 0.5,
    "X minus half": cirq.X(Q[2]) ** -0.5,
    "X power": cirq.X(Q[3]) ** 0.3,
    "Y": cirq.Y(Q[2]),
    "Y power": cirq.Y(Q[0]) ** -0.7,
    "Z": cirq.Z(Q[1]),
    "S": cirq.S(Q[2]),
    "S inverse": cirq.S(Q[3]) ** -1,
    "T": cirq.T(Q[0]),
    "T inverse": cirq.T(Q[1]) ** -1,
    "Z power": cirq.Z(Q[2]) ** 0.37,
    "H": cirq.H(Q[3]),
    "CNOT": cirq.CNOT(Q[3], Q[1]),
    "SWAP": cirq.SWAP(Q[0], Q[2]),
    "XX": cirq.XX(Q[0], Q[3]) ** 0.23,
    "YY": cirq.YY(Q[2], Q[1]) ** -0.41,
    "ZZ": cirq.ZZ(Q[1], Q[3]) ** 0.59,
    "Pauli string": cirq.PauliStringPhasor(
        cirq.X(Q[0]) * cirq.Y(Q[3]) * cirq.Z(Q[1]), exponent_neg=0.3, exponent_pos=-0.2
    ),
}


def test_a_job_gives_the_exact_distribution(service):
    circuit = uneven(4, 0.1)
    job = service.create_job(circuit, repetitions=REPETITIONS, name="one circuit")
    result = job.results(**POLLING)
    assert_exact(circuit, result)
    assert job.status() == "completed"
    assert job.name() == "one circuit"
    assert job.target() == "simulator"
    assert job.num_qubits() == 4
    assert job.repetitions() == result.repetitions() == REPETITIONS


def test_run_samples_the_distribution(service):
    circuit = uneven(3, 0.2)
    assert_sampled(circuit, service.run(circuit, repetitions=REPETITIONS, seed=1))


def test_run_batch_samples_every_circuit(service):
    circuits = [uneven(1 + i % 4, 0.11 * i) for i in range(50)]
    results = service.run_batch(circuits, repetitions=REPETITIONS, seed=1)
    for circuit, result in zip(circuits, results, strict=True):
        assert_sampled(circuit, result)


def test_a_batch_of_different_widths_comes_back_in_order(service):
    circuits = [uneven(1 + i % 6, 0.037 * i) for i in range(50)]
    results = service.create_batch_job(circuits, repetitions=REPETITIONS).results(**POLLING)
    for circuit, result in zip(circuits, results, strict=True):
        assert_exact(circuit, result)


def test_a_batch_of_one_is_a_result_by_itself(service):
    circuit = uneven(3, 0.3)
    job = service.create_batch_job([circuit], repetitions=REPETITIONS)
    assert_exact(circuit, job.results(**POLLING))


def test_every_gate_of_the_client_acts_as_in_cirq(service):
    circuits = [around(operation) for operation in OPERATIONS.values()]
    results = service.create_batch_job(circuits, repetitions=REPETITIONS).results(**POLLING)
    for name, circuit, result in zip(OPERATIONS, circuits, results, strict=True):
        assert result.probabilities() == pytest.approx(expected(circuit), abs=1e-9), name


def test_all_gates_after_each_other_act_as_in_cirq(service):
    circuit = around(*OPERATIONS.values())
    job = service.create_job(circuit, repetitions=REPETITIONS)
    assert_exact(circuit, job.results(**POLLING))


def test_native_gates_act_as_in_cirq(service):
    twos = [
        cirq_ionq.MSGate(phi0=0.11, phi1=0.37, theta=0.2)(Q[2], Q[0]),
        cirq_ionq.MSGate(phi0=0.41, phi1=0.05)(Q[0], Q[1]),
        cirq_ionq.ZZGate(theta=0.17)(Q[1], Q[2]),
    ]
    circuits = []
    for two in twos:
        circuit = cirq.Circuit(
            [cirq_ionq.GPI2Gate(phi=0.07 + 0.19 * i)(q) for i, q in enumerate(Q[:3])],
            cirq_ionq.GPIGate(phi=0.31)(Q[1]),
            two,
            cirq_ionq.MSGate(phi0=0.23, phi1=0.61, theta=0.15)(Q[0], Q[1]),
            [cirq_ionq.GPI2Gate(phi=0.83 - 0.27 * i)(q) for i, q in enumerate(Q[:3])],
            cirq.measure(*Q[:3], key="m"),
        )
        circuits.append(circuit)
    results = service.create_batch_job(circuits, repetitions=REPETITIONS).results(**POLLING)
    for circuit, result in zip(circuits, results, strict=True):
        assert_exact(circuit, result)


def test_measurement_keys_survive_the_journey(service):
    circuit = around(cirq.CNOT(Q[0], Q[2]))[:-1] + cirq.Circuit(
        cirq.measure(Q[3], Q[0], key="a rather long key, with spaces and naïve letters"),
        cirq.measure(Q[1], key="b"),
    )
    result = service.create_job(circuit, repetitions=REPETITIONS).results(**POLLING)
    assert result.measurement_dict() == {
        "a rather long key, with spaces and naïve letters": [3, 0],
        "b": [1],
    }
    assert_exact(circuit, result)


def test_a_sampler_sweeps_a_parameter(service):
    import sympy

    angle = sympy.Symbol("angle")
    circuit = cirq.Circuit(
        cirq.rx(angle)(Q[0]), cirq.CNOT(Q[0], Q[1]), cirq.measure(*Q[:2], key="m")
    )
    points = [{"angle": math.pi}, {"angle": 0.0}]
    results = service.sampler(seed=1).run_sweep(circuit, points, repetitions=8)
    assert [result.histogram(key="m") for result in results] == [{0b11: 8}, {0b00: 8}]


def test_listing_ends_and_names_no_job_twice(service):
    mine = {service.create_job(uneven(1, 0.1 * i)).job_id() for i in range(7)}
    for batch_size in (3, 1000):
        listed = [job.job_id() for job in service.list_jobs(limit=10_000, batch_size=batch_size)]
        assert len(listed) == len(set(listed))
        assert mine <= set(listed)
    assert len(service.list_jobs(limit=2)) == 2


def test_listing_by_status(service):
    done = service.create_job(uneven(2, 0.1))
    done.results(**POLLING)
    listed = service.list_jobs(status="completed", limit=10_000)
    assert done.job_id() in {job.job_id() for job in listed}
    assert {job.status() for job in listed} == {"completed"}
    assert service.list_jobs(status="failed") == ()


def test_a_deleted_job_is_gone(service):
    job = service.create_job(uneven(2, 0.1))
    job.results(**POLLING)
    job.delete()
    assert job.status() == "deleted"
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(job.job_id())


def test_a_canceled_job_has_no_results(service, server):
    with server.paused_workers():
        job = service.create_job(uneven(3, 0.1))
        job.cancel()
    assert job.status() == "canceled"
    assert service.get_job(job.job_id()).status() == "canceled"
    with pytest.raises(cirq_ionq.IonQUnsuccessfulJobException):
        job.target()
    with pytest.raises(RuntimeError, match="canceled"):
        job.results(**POLLING)


def test_an_unknown_job_is_not_found(service):
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(str(uuid.uuid4()))


def test_only_a_key_of_the_server_opens_a_closed_one(closed_server):
    def service_with(key):
        return cirq_ionq.Service(
            remote_host=closed_server.url,
            api_key=key,
            default_target="simulator",
            max_retry_seconds=5,
        )

    circuit = uneven(2, 0.1)
    with pytest.raises(cirq_ionq.IonQException, match="authorized") as error:
        service_with("a-wrong-key").create_job(circuit)
    assert error.value.status_code == 401
    job = service_with(closed_server.new_key("cirq")).create_job(circuit, repetitions=REPETITIONS)
    assert_exact(circuit, job.results(**POLLING))


def test_a_target_that_is_not_there_is_refused_at_once(service):
    with pytest.raises(cirq_ionq.IonQException, match="qpu") as error:
        service.create_job(uneven(2, 0.1), target="qpu.unheard-of")
    assert error.value.status_code == 400


NOISE = {"noise": {"model": "aria-1", "seed": 5}}


def test_an_emulated_qpu_gives_a_qpus_result(service):
    job = service.create_job(uneven(3, 0.1), repetitions=1000, target="qpu")
    result = job.results(**POLLING)
    assert isinstance(result, cirq_ionq.QPUResult)
    assert sum(result.counts().values()) == 1000
    assert job.target() == "qpu.aria-1"


def test_a_debiased_job_can_be_sharpened(service):
    job = service.create_job(
        uneven(3, 0.1),
        repetitions=1000,
        target="qpu.forte-1",
        error_mitigation={"debiasing": True},
    )
    plain, sharpened = (
        job.results(sharpen=sharpen, **POLLING).counts() for sharpen in (False, True)
    )
    assert plain != sharpened
    most = max(plain, key=plain.__getitem__)
    assert sharpened[most] > plain[most]


def test_a_noisy_job_gives_counts_over_shots(service):
    circuit = uneven(3, 0.1)
    jobs = [
        service.create_job(circuit, repetitions=1000, extra_query_params=NOISE) for _ in range(2)
    ]

    first, again = (job.results(**POLLING).probabilities() for job in jobs)

    assert first == again
    counts = {state: 1000 * p for state, p in first.items()}
    assert sum(counts.values()) == pytest.approx(1000)
    assert all(count == pytest.approx(round(count), abs=1e-9) for count in counts.values())
    truth = expected(circuit)
    assert 0 < sum(abs(first.get(state, 0) - p) for state, p in truth.items()) / 2 < 0.15
