"""Scripts that name no server: each client is pointed at one by environment variables alone.

docs/how-to/clients.md says which variable does what for which client; here each of them is seen to do so.
"""

import os
import subprocess
import sys

import pytest

QISKIT = """
from qiskit import QuantumCircuit
from qiskit_ionq import IonQProvider

circuit = QuantumCircuit(1, 1)
circuit.x(0)
circuit.measure(0, 0)
backend = IonQProvider().get_backend("ionq_simulator")
print([dict(found) for found in backend.run([circuit, circuit]).result(wait=0.05).get_probabilities()])
"""
CIRQ = """
import cirq, cirq_ionq

qubit = cirq.LineQubit(0)
circuit = cirq.Circuit(cirq.X(qubit), cirq.measure(qubit, key="m"))
job = cirq_ionq.Service().create_batch_job([circuit, circuit], repetitions=10, target="simulator")
print([found.probabilities() for found in job.results(polling_seconds=0.05)])
"""
IONQ_CORE = """
import sys, warnings
from ionq_core import IonQClient
from ionq_core.api.default import get_jobs

warnings.simplefilter("ignore")  # that the address is not https
client = IonQClient(base_url=sys.argv[1] + "/v0.4")
print(get_jobs.sync_detailed(client=client).status_code)
"""
PENNYLANE = """
import sys
import pennylane as qml
from paultrap.testing import redirected_pennylane

with redirected_pennylane(sys.argv[1] + "/v0.4"):
    device = qml.device("ionq.simulator", wires=1, shots=10)

    @qml.qnode(device)
    def circuit():
        qml.X(0)
        return qml.probs(wires=0)

    print([round(float(each)) for each in circuit()])
"""


def run(script, server, **variables):
    """Return what a script prints, in a process with no other variable of a client."""
    kept = {name: value for name, value in os.environ.items() if "IONQ" not in name}
    done = subprocess.run(
        [sys.executable, "-c", script, server.url],
        env=kept | variables,
        cwd=server.data_dir,  # no .env file that qiskit-ionq reads
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("address", ["IONQ_API_URL", "QISKIT_IONQ_API_URL"])
@pytest.mark.parametrize("key", ["IONQ_API_KEY", "QISKIT_IONQ_API_TOKEN", "IONQ_API_TOKEN"])
def test_qiskit_ionq_needs_no_code(server, address, key):
    if address != "IONQ_API_URL" and key != "IONQ_API_KEY":
        pytest.skip("as each of both is tested")
    found = run(QISKIT, server, **{address: f"{server.url}/v0.4", key: server.key})
    assert found == "[{'1': 1.0}, {'1': 1.0}]"


@pytest.mark.parametrize("prefix", ["IONQ", "CIRQ_IONQ"])
def test_cirq_ionq_needs_no_code(server, prefix):
    variables = {f"{prefix}_REMOTE_HOST": server.url, f"{prefix}_API_KEY": server.key}
    assert run(CIRQ, server, **variables) == "[{1: 1.0}, {1: 1.0}]"


def test_ionq_core_takes_its_key_from_the_environment(closed_server):
    closed_server.become_admin()
    found = run(IONQ_CORE, closed_server, IONQ_API_KEY=closed_server.key)
    assert found in {"200", "HTTPStatus.OK"}


@pytest.mark.parametrize("key", ["IONQ_API_KEY", "PENNYLANE_IONQ_API_KEY"])
def test_pennylane_ionq_takes_its_key_from_the_environment(server, key):
    assert run(PENNYLANE, server, **{key: server.key}) == "[0, 1]"
