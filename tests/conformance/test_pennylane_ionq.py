"""pennylane-ionq 0.45, unmodified but for its address, against PennyLane's own simulator."""

import math
import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its imports, which are not ours to mend
    import pennylane as qml
    from pennylane_ionq.api_client import APIClient

SHOTS = 4096
pytestmark = pytest.mark.filterwarnings("ignore::pennylane.exceptions.PennyLaneDeprecationWarning")


@pytest.fixture
def device(server, monkeypatch):
    """Return what makes devices of this server; the client has no setting for its address."""
    monkeypatch.setattr(APIClient, "BASE_URL", f"{server.url}/v0.4")

    def make(name: str = "ionq.simulator", *, wires: int = 3, **options):
        return qml.device(name, wires=wires, api_key=server.key, **options)

    return make


def uneven(angles) -> None:
    """Entangle three wires so that no two are alike."""
    for wire, angle in enumerate(angles):
        qml.RY(0.3 + 0.4 * wire + angle, wires=wire)
        qml.RZ(0.7 - 0.1 * wire, wires=wire)
    qml.CNOT(wires=[0, 1])
    qml.IsingXX(0.6 + angles[0], wires=[1, 2])
    qml.IsingYY(0.3, wires=[0, 2])
    qml.SX(wires=1)
    qml.adjoint(qml.S(wires=2))


def probabilities(device, circuit, *arguments, shots: int = SHOTS) -> np.ndarray:
    node = qml.set_shots(qml.QNode(_measured(circuit), device, diff_method=None), shots)
    return np.asarray(node(*arguments))


def exact(circuit, *arguments, wires: int = 3) -> np.ndarray:
    return np.asarray(
        qml.QNode(_measured(circuit), qml.device("default.qubit", wires=wires))(*arguments)
    )


def newest_jobs(server) -> list[dict]:
    with server.client() as http:
        return http.get("/v0.4/jobs", params={"limit": 1}).json()["jobs"]


def _measured(circuit):
    def measured(*arguments):
        circuit(*arguments)
        return qml.probs()

    return measured


def test_a_circuit_has_the_probabilities_of_the_clients_own_simulator(device):
    found = probabilities(device(), uneven, [0.1, 0.2, 0.3])
    expected = exact(uneven, [0.1, 0.2, 0.3])
    assert np.abs(found - expected).max() < 6 * math.sqrt(0.25 / SHOTS)


def test_all_circuits_of_a_gradient_come_as_one_job(device, server):
    angles = qml.numpy.array([0.1, 0.2, 0.3], requires_grad=True)

    def energy(angles):
        uneven(angles)
        return qml.expval(qml.PauliZ(0) @ qml.PauliX(1))

    before = newest_jobs(server)
    node = qml.QNode(energy, device(), diff_method="parameter-shift")
    found = qml.grad(qml.set_shots(node, SHOTS))(angles)
    expected = qml.grad(qml.QNode(energy, qml.device("default.qubit")))(angles)
    assert np.abs(np.asarray(found - expected)).max() < 6 / math.sqrt(SHOTS)
    (newest,) = newest_jobs(server)
    assert newest["id"] not in {job["id"] for job in before}
    assert newest["type"] == "ionq.multi-circuit.v1"
    assert newest["stats"]["circuits"] > 1


def test_native_gates(device):
    from pennylane_ionq.ops import GPI, GPI2  # warns while it is imported

    def native() -> None:
        GPI2(0.1, wires=[0])
        GPI(0.2, wires=[1])
        GPI2(0.3, wires=[2])

    found = probabilities(device(gateset="native"), native)
    expected = np.zeros(8)
    for first in (0, 1):
        for last in (0, 1):
            expected[first << 2 | 1 << 1 | last] = 0.25
    assert np.abs(found - expected).max() < 6 * math.sqrt(0.25 / SHOTS)


def test_a_failed_submission_is_the_clients_own_error(device):
    def too_wide() -> None:
        qml.T(0)  # Clifford circuits may be wide.

    with pytest.raises(Exception, match="qubits"):
        probabilities(device(wires=40), too_wide)


def test_a_noise_models_seed_gives_the_same_answer_again(device):
    make = {"noise_model": "aria-1", "noise_seed": 7}
    first = probabilities(device(**make), uneven, [0.1, 0.2, 0.3], shots=1000)
    again = probabilities(device(**make), uneven, [0.1, 0.2, 0.3], shots=1000)
    other = probabilities(device(noise_model="aria-1", noise_seed=8), uneven, [0.1, 0.2, 0.3])
    assert (first == again).all()
    assert (first != other).any()
    assert np.abs(first - exact(uneven, [0.1, 0.2, 0.3])).max() < 0.1


def test_an_emulated_qpu_is_noisy(device):
    def back_and_forth() -> None:
        """Do nothing, in a way that a compiler does not see through altogether."""
        for _ in range(30):
            for pair in ([0, 1], [1, 2], [1, 2], [0, 1]):
                qml.RX(0.3, wires=pair[1])
                qml.CNOT(wires=pair)
                qml.RX(-0.3, wires=pair[1])

    found = probabilities(device("ionq.qpu", backend="forte-1"), uneven, [0.1, 0.2, 0.3])
    expected = exact(uneven, [0.1, 0.2, 0.3])
    assert np.abs(found - expected).max() < 0.1
    noisy = probabilities(device("ionq.qpu", backend="forte-1"), back_and_forth)
    ideal = probabilities(device(), back_and_forth)
    assert ideal[0] == 1
    assert 0.9 < noisy[0] < 1
