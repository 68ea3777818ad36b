"""pennylane-ionq, v0.3 and v0.4 of the API, against PennyLane's own simulator.

The plug-in has no setting for its host; paultrap.testing redirects it.
"""

import math
import warnings

import numpy as np
import pytest
import requests
from clients.common import METADATA, MODELS, NAME
from independent.gates import matrix

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its imports, which are not ours to mend
    import pennylane as qml
    import pennylane_ionq
    from pennylane_ionq import GPI, GPI2, MS, XX, YY, ZZ
    from pennylane_ionq.api_client import JobExecutionError

IS_OLD = pennylane_ionq.__version__ < "0.45"  # speaks v0.3, one job a circuit
API = "v0.3" if IS_OLD else "v0.4"
SHOTS = 4096
SIX_SIGMA = 6 * math.sqrt(0.25 / SHOTS)

new_only = pytest.mark.skipif(IS_OLD, reason="came with pennylane-ionq 0.45")


@pytest.fixture
def device(server, paultrap_testing):
    """Return what makes devices of the server."""

    def make(name: str = "ionq.simulator", *, wires: int = 3, key: str = server.key, **options):
        return qml.device(name, wires=wires, api_key=key, **{"shots": SHOTS, **options})

    with paultrap_testing.redirected_pennylane(f"{server.url}/{API}"):
        yield make


def uneven(angles) -> None:
    """Entangle three wires so that no two are alike."""
    for wire, angle in enumerate(angles):
        qml.RY(0.3 + 0.4 * wire + angle, wires=wire)
        qml.RZ(0.7 - 0.1 * wire, wires=wire)
    qml.CNOT(wires=[0, 1])
    qml.RX(0.6 + angles[0], wires=1)
    qml.CNOT(wires=[2, 0])
    qml.RY(0.2 - angles[2], wires=2)


def tape_of(index: int):
    """Return a tape that no other index has the like of, of one to three wires."""
    operations = []
    for wire in range(1 + index % 3):
        operations.append(qml.RY(0.3 + 0.4 * wire + 0.037 * index, wires=wire))
        operations.append(qml.RX(0.1 * wire - 0.05 * index, wires=wire))
    if index % 3:
        operations.append(qml.CNOT(wires=[0, index % 3]))
    return qml.tape.QuantumScript(operations, [qml.probs(wires=range(3))], shots=SHOTS)


def probabilities(device, circuit, *arguments) -> np.ndarray:
    def measured():
        circuit(*arguments)
        return qml.probs(wires=range(len(device.wires)))

    return np.asarray(qml.QNode(measured, device, diff_method=None)())


def exact(circuit, *arguments, wires: int = 3) -> np.ndarray:
    return probabilities(qml.device("default.qubit", wires=wires), circuit, *arguments)


# The client's operation, and the same one in words that PennyLane's simulator knows.
GATES = {
    "PauliX": (lambda: qml.PauliX(1), None),
    "PauliY": (lambda: qml.PauliY(0), None),
    "PauliZ": (lambda: qml.PauliZ(2), None),
    "Hadamard": (lambda: qml.Hadamard(1), None),
    "CNOT": (lambda: qml.CNOT([2, 0]), None),
    "SWAP": (lambda: qml.SWAP([0, 2]), None),
    "RX": (lambda: qml.RX(0.81, 0), None),
    "RY": (lambda: qml.RY(-1.3, 1), None),
    "RZ": (lambda: qml.RZ(2.2, 2), None),
    "S": (lambda: qml.S(0), None),
    "S inverse": (lambda: qml.adjoint(qml.S(1)), None),
    "T": (lambda: qml.T(2), None),
    "T inverse": (lambda: qml.adjoint(qml.T(0)), None),
    "SX": (lambda: qml.SX(1), None),
    "SX inverse": (lambda: qml.adjoint(qml.SX(2)), None),
    "XX": (lambda: XX(0.58, wires=[0, 2]), lambda: qml.IsingXX(0.58, wires=[0, 2])),
    "YY": (lambda: YY(1.23, wires=[2, 1]), lambda: qml.IsingYY(1.23, wires=[2, 1])),
    "ZZ": (lambda: ZZ(-0.94, wires=[1, 2]), lambda: qml.IsingZZ(-0.94, wires=[1, 2])),
    "Toffoli": (lambda: qml.Toffoli([2, 0, 1]), None),
    "CRX": (lambda: qml.CRX(1.01, [1, 2]), None),
    "ControlledPhaseShift": (lambda: qml.ControlledPhaseShift(0.77, [2, 0]), None),
    "Rot": (lambda: qml.Rot(0.4, -1.1, 0.7, wires=1), None),
}
if not IS_OLD:
    GATES |= {
        "IsingXX": (lambda: qml.IsingXX(0.58, [0, 2]), None),
        "IsingYY": (lambda: qml.IsingYY(1.23, [2, 1]), None),
        "IsingZZ": (lambda: qml.IsingZZ(-0.94, [1, 2]), None),
        "Evolution": (
            lambda: qml.evolve(
                qml.dot([0.7, -0.4], [qml.X(0) @ qml.Z(2), qml.Z(0) @ qml.X(2)]), 0.9
            ),
            None,
        ),
    }


def around(operation) -> None:
    """Apply an operation where every phase that it makes can be seen."""
    for wire in range(3):
        qml.RY(0.5 + 0.37 * wire, wires=wire)
        qml.RZ(1.1 - 0.29 * wire, wires=wire)
    operation()
    for wire in range(3):
        qml.RX(0.9 + 0.23 * wire, wires=wire)


@pytest.mark.parametrize("name", GATES)
def test_a_gate_acts_as_in_pennylane(device, name):
    own, reference = GATES[name]
    found = probabilities(device(), around, own)
    assert np.abs(found - exact(around, reference or own)).max() < SIX_SIGMA


def test_all_gates_after_each_other_act_as_in_pennylane(device):
    def all_own():
        for own, _ in GATES.values():
            own()

    def all_references():
        for own, reference in GATES.values():
            (reference or own)()

    found = probabilities(device(), around, all_own)
    assert np.abs(found - exact(around, all_references)).max() < SIX_SIGMA


def test_native_gates_act_as_their_matrices(device):
    def native() -> None:
        GPI2(0.1, wires=[0])
        GPI2(0.35, wires=[1])
        GPI(0.2, wires=[1])
        MS(0.11, 0.37, wires=[0, 2])
        GPI2(0.3, wires=[2])

    def reference() -> None:
        for name, params, wires in (
            ("gpi2", [0.1], [0]),
            ("gpi2", [0.35], [1]),
            ("gpi", [0.2], [1]),
            ("ms", [0.11, 0.37, 0.25], [0, 2]),
            ("gpi2", [0.3], [2]),
        ):
            # PennyLane takes the last wire for the lowest bit.
            qml.QubitUnitary(matrix(name, params), wires=wires[::-1])

    found = probabilities(device(gateset="native"), native)
    assert np.abs(found - exact(reference)).max() < SIX_SIGMA


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_batch_comes_back_in_order(device, server, size):
    tapes = [tape_of(index) for index in range(size)]
    found = qml.execute(tapes, device(), None)
    assert len(found) == size
    for index, probability in enumerate(found):
        truth = qml.execute(
            [qml.tape.QuantumScript(tapes[index].operations, tapes[index].measurements)],
            qml.device("default.qubit", wires=3),
            None,
        )[0]
        assert np.abs(np.asarray(probability) - np.asarray(truth)).max() < SIX_SIGMA, index
    newest = server.newest_job()
    assert newest["stats"]["circuits"] == (1 if IS_OLD else size)


@pytest.mark.parametrize("wires", [[0, 1, 2], ["a", "b", 7]])
def test_every_kind_of_measurement(device, wires):
    def circuit():
        qml.PauliX(wires[0])
        qml.RY(1.1, wires=wires[1])
        qml.CNOT(wires=[wires[1], wires[2]])

    def measured(measurement):
        def node():
            circuit()
            return measurement()

        return qml.QNode(node, device(wires=wires), diff_method=None)()

    counts = measured(lambda: qml.counts(wires=wires))
    assert set(counts) <= {"100", "111"}
    assert sum(counts.values()) == SHOTS
    p = math.sin(0.55) ** 2
    assert abs(counts["111"] - SHOTS * p) < 6 * math.sqrt(SHOTS * p * (1 - p))
    samples = np.asarray(measured(lambda: qml.sample(wires=wires)))
    assert samples.shape == (SHOTS, 3)
    assert (samples[:, 0] == 1).all()
    assert (samples[:, 1] == samples[:, 2]).all()
    z = 1 - 2 * p
    assert abs(measured(lambda: qml.expval(qml.PauliZ(wires[2]))) - z) < 2 * SIX_SIGMA
    assert abs(measured(lambda: qml.var(qml.PauliZ(wires[2]))) - (1 - z**2)) < 4 * SIX_SIGMA
    product = measured(lambda: qml.expval(qml.PauliZ(wires[0]) @ qml.PauliX(wires[1])))
    assert abs(product) < 2 * SIX_SIGMA


def test_a_vqes_gradient_is_the_analytic_one(device, server):
    """Molecular hydrogen at its equilibrium, reduced to two qubits."""
    terms = [
        qml.PauliZ(0),
        qml.PauliZ(1),
        qml.PauliZ(0) @ qml.PauliZ(1),
        qml.PauliX(0) @ qml.PauliX(1),
    ]
    weights = [0.3435, -0.4347, 0.5716, 0.0910]
    angles = qml.numpy.array([0.4, -0.7, 1.1], requires_grad=True)

    def energy(angles):
        qml.RY(angles[0], wires=0)
        qml.CNOT(wires=[0, 1])
        qml.RY(angles[1], wires=1)
        qml.RX(angles[2], wires=0)
        qml.CNOT(wires=[1, 0])
        return qml.expval(qml.Hamiltonian(weights, terms))

    def gradient(device):
        return qml.grad(qml.QNode(energy, device, diff_method="parameter-shift"))(angles)

    before = len(server.get("/v0.4/jobs?limit=1000")["jobs"])
    found = gradient(device(wires=2))
    truth = gradient(qml.device("default.qubit", wires=2))

    sigma = math.sqrt(sum(weight**2 for weight in weights) / SHOTS)
    assert np.abs(np.asarray(found - truth)).max() < 6 * sigma
    if not IS_OLD and before < 900:  # All shifted circuits come as one job, values as another.
        assert len(server.get("/v0.4/jobs?limit=1000")["jobs"]) - before <= 2
    if not IS_OLD:
        assert server.newest_job()["type"] == "ionq.multi-circuit.v1"


@new_only
def test_a_jobs_name_and_metadata_survive_to_the_byte(device, server):
    probabilities(device(job_name=NAME, metadata=dict(METADATA)), uneven, [0.1, 0.2, 0.3])
    newest = server.newest_job()
    assert newest["name"] == NAME
    assert newest["metadata"] == METADATA


@new_only
def test_a_dry_run_ends_without_results(device, server):
    qml.execute([tape_of(2)], device(dry_run=True), None)
    assert server.newest_job()["dry_run"] is True


def test_a_wrong_key_is_refused(device):
    with pytest.raises(Exception, match="Invalid key") as error:
        probabilities(device(key="a-wrong-key"), uneven, [0.1, 0.2, 0.3])
    assert isinstance(error.value.__cause__, requests.HTTPError)
    assert error.value.__cause__.response.status_code == 401


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("ionq.simulator", {"wires": 30}, "29"),
        ("ionq.qpu", {"backend": "unheard-of"}, "unheard-of"),
    ],
)
def test_a_refused_job_says_why(device, name, options, named):
    with pytest.raises(Exception, match=named) as error:
        qml.QNode(
            lambda: [qml.T(0), qml.expval(qml.PauliZ(0))][1],  # Clifford circuits may be wider.
            device(name, **options),
            diff_method=None,
        )()
    assert isinstance(error.value.__cause__, requests.HTTPError)
    assert error.value.__cause__.response.status_code == 400


def test_a_failed_job_raises_the_clients_own_error(device, server):
    def long_running() -> None:
        for step in range(40):
            for wire in range(26):
                qml.RY(0.1 * step + 0.3 * wire, wires=wire)
                qml.CNOT(wires=[wire, (wire + 1) % 26])

    def measured():
        long_running()
        return qml.expval(qml.PauliZ(0))

    node = qml.QNode(measured, device(wires=26), diff_method=None)
    with server.crashing_workers(), pytest.raises(JobExecutionError):
        node()


@new_only
@pytest.mark.parametrize("model", MODELS)
def test_a_noise_models_seed_gives_the_same_answer_again(device, model):
    angles = [0.1, 0.2, 0.3]
    first, again, other = (
        histogram(device(noise_model=model, noise_seed=seed), angles) for seed in (7, 7, 8)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert 0 < np.abs(first - exact(uneven, angles)).max() < 0.2


def histogram(device, angles) -> np.ndarray:
    """Return what the server answered, without the client's own sampling."""
    probabilities(device, uneven, angles)
    target = getattr(device, "target_device", device)
    target.set_current_circuit_index(0)
    return np.asarray(target.prob)


@pytest.mark.parametrize("backend", ["aria-1", "forte-1", "forte-enterprise-1"])
def test_an_emulated_qpu_is_near_the_ideal(device, backend):
    found = probabilities(device("ionq.qpu", backend=backend), uneven, [0.1, 0.2, 0.3])
    assert found.sum() == pytest.approx(1)
    assert 0 < np.abs(found - exact(uneven, [0.1, 0.2, 0.3])).max() < 0.1


def test_an_emulated_qpu_is_noisy(device):
    def back_and_forth() -> None:
        """Do nothing, in a way that a compiler does not see through altogether."""
        for _ in range(30):
            for pair in ([0, 1], [1, 2], [1, 2], [0, 1]):
                qml.RX(0.3, wires=pair[1])
                qml.CNOT(wires=pair)
                qml.RX(-0.3, wires=pair[1])

    noisy = probabilities(device("ionq.qpu", backend="forte-1"), back_and_forth)
    assert probabilities(device(), back_and_forth)[0] == 1
    assert 0.9 < noisy[0] < 1


@pytest.mark.parametrize("sharpen", [False, True])
def test_a_debiased_job_can_be_sharpened(device, server, sharpen):
    mitigation = {"debias" if IS_OLD else "debiasing": True}
    qpu = device("ionq.qpu", backend="forte-1", error_mitigation=mitigation, sharpen=sharpen)
    found = probabilities(qpu, uneven, [0.1, 0.2, 0.3])
    truth = exact(uneven, [0.1, 0.2, 0.3])
    assert found.argmax() == truth.argmax()
    # A vote among the variants makes what is most likely more so.
    assert bool(found.max() > truth.max() + 0.05) is sharpen
    debiasing = server.newest_job()["output"]["error_mitigation"]["debiasing"]
    assert debiasing["variants"]


@pytest.mark.parametrize("name", ["IONQ_API_KEY", "PENNYLANE_IONQ_API_KEY"])
def test_the_environment_alone_names_the_key(server, device, monkeypatch, name):
    monkeypatch.setenv(name, server.key)
    found = probabilities(device(wires=1, key=None), lambda: qml.PauliX(0))
    assert found.tolist() == [0, 1]
