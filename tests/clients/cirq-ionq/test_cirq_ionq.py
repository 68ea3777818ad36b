"""cirq-ionq, v0.3 and v0.4 of the API, against cirq's own simulator in double precision."""

import itertools
import math
import uuid
from collections.abc import Sequence

import cirq
import cirq_ionq
import numpy as np
import pytest
import sympy
from clients.common import METADATA, MODELS, QPUS
from independent.distributions import assert_sampled, distance

IS_OLD = cirq_ionq.__version__ < "1.6"  # speaks v0.3
API = "v0.3" if IS_OLD else "v0.4"
REPETITIONS = 4096
POLLING = {"polling_seconds": 0.02}  # The client polls every second by itself.
SIMULATOR = cirq.Simulator(dtype=np.complex128)

new_only = pytest.mark.skipif(IS_OLD, reason="came with cirq-ionq 1.6")


@pytest.fixture
def service(server):
    return cirq_ionq.Service(
        remote_host=server.url,
        api_key=server.key,
        default_target="simulator",
        max_retry_seconds=5,
    )


def results_of(job: cirq_ionq.Job, **options) -> list:
    """Return a list for one circuit too, as older clients do by themselves."""
    found = job.results(**POLLING, **options)
    return found if isinstance(found, list) else [found]


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
    "XX half": cirq.XX(Q[1], Q[2]) ** 0.5,
    "rx": cirq.rx(0.81)(Q[3]),
    "ry": cirq.ry(-1.3)(Q[1]),
    "rz": cirq.rz(2.2)(Q[0]),
}
if not IS_OLD:
    OPERATIONS["Pauli string"] = cirq.PauliStringPhasor(
        cirq.X(Q[0]) * cirq.Y(Q[3]) * cirq.Z(Q[1]), exponent_neg=0.3, exponent_pos=-0.2
    )


def long_running() -> cirq.Circuit:
    """Return a circuit that takes many seconds."""
    qubits = cirq.LineQubit.range(26)
    circuit = cirq.Circuit()
    for step in range(40):
        for index, qubit in enumerate(qubits):
            circuit.append(cirq.ry(0.1 * step + 0.3 * index)(qubit))
            circuit.append(cirq.CNOT(qubit, qubits[(index + 1) % 26]))
    circuit.append(cirq.measure(*qubits, key="m"))
    return circuit


def test_a_job_gives_the_exact_distribution(service):
    circuit = uneven(4, 0.1)
    job = service.create_job(circuit, repetitions=REPETITIONS, name="one \u2028 ä")
    [result] = results_of(job)
    assert_exact(circuit, result)
    assert job.status() == "completed"
    assert job.name() == service.get_job(job.job_id()).name() == "one \u2028 ä"
    assert job.target() == "simulator"
    assert job.num_qubits() == 4
    assert job.repetitions() == result.repetitions() == REPETITIONS


def test_a_job_without_a_name_has_none(service):
    job = service.create_job(uneven(1, 0.1))
    if IS_OLD:  # v0.3 leaves the field out, which the client does not expect.
        with pytest.raises(KeyError):
            job.name()
    else:
        assert job.name() is None


def test_settings_for_the_compiler_are_taken(server):
    service = cirq_ionq.Service(
        remote_host=server.url,
        api_key=server.key,
        default_target="simulator",
        job_settings={"compilation": {"opt": 1}},
    )
    circuit = uneven(2, 0.1)
    assert_exact(circuit, results_of(service.create_job(circuit))[0])


@new_only
def test_a_dry_run_ends_without_results(service, server):
    job = service.create_job(uneven(2, 0.1), dry_run=True, compilation={"opt": 1})
    while job.status() not in {"completed", "failed"}:
        pass
    assert job.status() == "completed"
    found = server.get(f"/v0.4/jobs/{job.job_id()}")
    assert (found["dry_run"], found["results"]) == (True, None)


def test_run_samples_the_distribution(service):
    circuit = uneven(3, 0.2)
    counts = service.run(circuit, repetitions=REPETITIONS, seed=1).histogram(key="m")
    assert_sampled(expected(circuit), counts, REPETITIONS)


def test_run_batch_samples_every_circuit(service):
    circuits = [uneven(1 + i % 4, 0.11 * i) for i in range(50)]
    results = service.run_batch(circuits, repetitions=REPETITIONS, seed=1)
    for circuit, result in zip(circuits, results, strict=True):
        assert_sampled(expected(circuit), result.histogram(key="m"), REPETITIONS)


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_batch_of_different_widths_comes_back_in_order(service, size):
    circuits = [uneven(1 + i % 6, 0.037 * i) for i in range(size)]
    job = service.create_batch_job(circuits, repetitions=REPETITIONS, name=f"{size} circuits")
    for circuit, result in zip(circuits, results_of(job), strict=True):
        assert_exact(circuit, result)
    assert job.name() == f"{size} circuits"


@new_only
def test_a_batch_of_one_is_a_result_by_itself(service):
    circuit = uneven(3, 0.3)
    job = service.create_batch_job([circuit], repetitions=REPETITIONS)
    assert_exact(circuit, job.results(**POLLING))


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_gate_acts_as_in_cirq(service, name):
    circuit = around(OPERATIONS[name])
    [result] = results_of(service.create_job(circuit, repetitions=REPETITIONS))
    assert_exact(circuit, result)


def test_all_gates_after_each_other_act_as_in_cirq(service):
    circuit = around(*OPERATIONS.values())
    [result] = results_of(service.create_job(circuit, repetitions=REPETITIONS))
    assert_exact(circuit, result)


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
    results = results_of(service.create_batch_job(circuits, repetitions=REPETITIONS))
    for circuit, result in zip(circuits, results, strict=True):
        assert_exact(circuit, result)


@pytest.mark.parametrize("gateset", ["ionq", "aria", "forte"])
def test_a_compiled_circuit_acts_as_the_one_it_was_made_from(service, gateset):
    circuit = around(
        cirq.ISWAP(Q[0], Q[1]) ** 0.3, cirq.CCX(Q[2], Q[0], Q[3]), cirq.CZ(Q[3], Q[1]) ** 0.7
    )
    target = {
        "ionq": cirq_ionq.IonQTargetGateset,
        "aria": cirq_ionq.AriaNativeGateset,
        "forte": cirq_ionq.ForteNativeGateset,
    }[gateset]()
    compiled = cirq.optimize_for_target_gateset(circuit, gateset=target)
    [result] = results_of(service.create_job(compiled, repetitions=REPETITIONS))
    found = {state: p for state, p in result.probabilities().items() if p > 1e-6}
    truth = {state: p for state, p in expected(circuit).items() if p > 1e-6}
    assert found == pytest.approx(truth, abs=1e-6)


def test_measurement_keys_survive_the_journey(service):
    long = "a rather long key, with spaces and naïve letters, 量子 " + "x" * 200
    circuit = around(cirq.CNOT(Q[0], Q[2]))[:-1] + cirq.Circuit(
        cirq.measure(Q[3], Q[0], key=long), cirq.measure(Q[1], key="b")
    )
    job = service.create_job(circuit, repetitions=REPETITIONS)
    for read in (job, service.get_job(job.job_id())):
        [result] = results_of(read)
        assert result.measurement_dict() == {long: [3, 0], "b": [1]}
        assert_exact(circuit, result)


@new_only
def test_metadata_survives_to_the_byte(service, server):
    job = service.create_job(uneven(2, 0.1), metadata=dict(METADATA))
    found = server.get(f"/v0.4/jobs/{job.job_id()}")["metadata"]
    assert {key: found[key] for key in METADATA} == METADATA


def test_a_sampler_sweeps_a_parameter(service):
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
    results_of(done)
    listed = service.list_jobs(status="completed", limit=10_000)
    assert done.job_id() in {job.job_id() for job in listed}
    assert {job.status() for job in listed} == {"completed"}
    assert service.list_jobs(status="submitted") == ()


def test_a_deleted_job_is_gone(service):
    job = service.create_batch_job([uneven(2, 0.1), uneven(1, 0.1)])
    results_of(job)
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
        results_of(job)
    if IS_OLD:  # The new client cannot read `failure: null`, as v0.4 has it.
        with pytest.raises(RuntimeError, match="canceled"):
            results_of(service.get_job(job.job_id()))


def test_a_failed_job_raises_the_clients_own_error(service, server):
    with server.crashing_workers():
        job = service.create_job(long_running())
        with pytest.raises(RuntimeError, match=r"Job failed.*stopped the worker"):
            results_of(job)
    with pytest.raises(cirq_ionq.IonQUnsuccessfulJobException):
        job.num_qubits()
    circuit = uneven(2, 0.5)
    assert_exact(circuit, results_of(service.create_job(circuit))[0])


def test_an_unknown_job_is_not_found(service):
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(str(uuid.uuid4()))


def test_a_wrong_key_is_refused(server):
    stranger = cirq_ionq.Service(
        remote_host=server.url, api_key="a-wrong-key", default_target="simulator"
    )
    with pytest.raises(cirq_ionq.IonQException, match="authorized") as error:
        stranger.create_job(uneven(2, 0.1))
    assert error.value.status_code == 401


@pytest.mark.parametrize(
    ("width", "target", "named"), [(2, "qpu.unheard-of", "unheard-of"), (30, "simulator", "29")]
)
def test_a_refused_job_says_why_at_once(service, width, target, named):
    with pytest.raises(cirq_ionq.IonQException, match=named) as error:
        service.create_job(uneven(width, 0.1), target=target)
    assert error.value.status_code == 400


def test_gates_of_both_gatesets_in_one_batch_are_never_sent(service, server):
    before = service.create_job(uneven(1, 0.1)).job_id()
    native = cirq.Circuit(cirq_ionq.GPIGate(phi=0.1)(Q[0]), cirq.measure(Q[0], key="m"))
    with pytest.raises(cirq_ionq.IonQSerializerMixedGatesetsException):
        service.create_batch_job([uneven(1, 0.1), native])
    assert server.newest_job()["id"] == before


def test_calibrations_are_those_of_the_machine_called_qpu(service):
    """The client asks for them at paths that neither v0.3 nor v0.4 describes."""
    current = service.get_current_calibration()
    assert current.target().startswith("qpu.")
    assert current.num_qubits() > 10
    assert service.list_calibrations()[0].target() == current.target()


@pytest.mark.parametrize("model", MODELS)
def test_a_noise_model_gives_counts_over_shots_and_keeps_its_seed(service, model):
    circuit = uneven(3, 0.1)

    def probabilities(seed: int) -> dict[int, float]:
        noise = {"noise": {"model": model, "seed": seed}}
        job = service.create_job(circuit, repetitions=1000, extra_query_params=noise)
        return results_of(job)[0].probabilities()

    first, again, other = probabilities(5), probabilities(5), probabilities(6)
    assert first == again != other
    counts = {state: 1000 * p for state, p in first.items()}
    assert sum(counts.values()) == pytest.approx(1000)
    assert all(count == pytest.approx(round(count), abs=1e-9) for count in counts.values())
    assert 0 < distance(expected(circuit), counts) < 0.25


def test_a_noisy_batch_keeps_its_order(service):
    circuits = [uneven(1 + i % 4, 0.4 * i) for i in range(20)]
    noise = {"noise": {"model": "aria-1"}}
    job = service.create_batch_job(circuits, repetitions=REPETITIONS, extra_query_params=noise)
    for circuit, result in zip(circuits, results_of(job), strict=True):
        assert distance(expected(circuit), result.probabilities()) < 0.15


@pytest.mark.parametrize("target", QPUS)
def test_an_emulated_qpu_gives_a_qpus_results(service, target):
    circuits = [uneven(3, 0.1), uneven(2, 1.3)]
    job = service.create_batch_job(circuits, repetitions=1000, target=target)
    for circuit, result in zip(circuits, results_of(job), strict=True):
        assert isinstance(result, cirq_ionq.QPUResult)
        assert sum(result.counts().values()) == 1000
        assert distance(expected(circuit), result.counts()) < 0.15
    assert job.target() == target


def test_the_qpu_without_a_name_is_the_first(service):
    job = service.create_job(uneven(3, 0.1), repetitions=10, target="qpu")
    results_of(job)
    assert job.target() == "qpu.aria-1"


def test_run_on_the_qpu_without_a_name(service):
    circuit = uneven(3, 0.1)
    counts = service.run(circuit, repetitions=2000, target="qpu").histogram(key="m")
    assert sum(counts.values()) == 2000
    assert distance(expected(circuit), counts) < 0.15


@pytest.mark.parametrize("is_debiased", [True, False])
def test_only_a_debiased_job_can_be_sharpened(service, is_debiased):
    job = service.create_job(
        uneven(3, 0.1),
        repetitions=1000,
        target="qpu.forte-1",
        error_mitigation={"debias" if IS_OLD else "debiasing": is_debiased},
    )
    plain, sharpened = (results_of(job, sharpen=sharpen)[0].counts() for sharpen in (False, True))
    assert (plain != sharpened) is is_debiased
    if is_debiased:
        most = max(plain, key=plain.__getitem__)
        assert sharpened[most] > plain[most]


@pytest.mark.parametrize("prefix", ["IONQ", "CIRQ_IONQ"])
def test_the_environment_alone_names_the_server_and_the_key(server, monkeypatch, prefix):
    monkeypatch.setenv(f"{prefix}_REMOTE_HOST", server.url)
    monkeypatch.setenv(f"{prefix}_API_KEY", server.key)
    circuit = uneven(2, 0.1)
    job = cirq_ionq.Service().create_job(circuit, repetitions=10, target="simulator")
    assert_exact(circuit, results_of(job)[0])
