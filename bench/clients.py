"""A gradient of 300 circuits through real clients: how long it takes, and how much is the server's.

    python bench/clients.py [REPEATS]

Each client runs in its own environment (tests/clients/environments.py) against one server. The
circuits have ten qubits and 150 angles, each of which is shifted up and down by the parameter-shift
rule. The server's part is the time that the client waits for answers over HTTP; within it stand the
time from accepting the job to its end and the time of the simulation, as the server reports both.
The first run of each client warms it up and is not counted.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

QUBITS, ANGLES, SHOTS = 10, 150, 1000
CLIENTS = {"pennylane-ionq-0.45.0": "pennylane", "qiskit-ionq-1.1.1": "qiskit"}


def main(repeats):
    root = Path(__file__).resolve().parents[1]
    sys.path.insert(0, str(root / "tests" / "clients"))
    from environments import python_of

    from server_process import running_server

    print(f"{'client':24}{'wall':>10}{'HTTP':>10}{'requests':>10}{'job':>10}{'simulation':>12}")
    with running_server() as (url, _):
        for name, child in CLIENTS.items():
            command = [python_of(name), "-W", "ignore", __file__, "--as", child, url, repeats]
            done = subprocess.run(
                [str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True
            )
            runs = [json.loads(line) for line in done.stdout.splitlines()][1:]
            row = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            times = "".join(f"{row[key] * 1000:7.0f} ms" for key in ("wall", "http"))
            print(
                f"{name:24}{times}{row['requests']:10.0f}"
                f"{row['job'] * 1000:7.0f} ms{row['simulation'] * 1000:9.0f} ms"
            )


class Stopwatch:
    """Adds up what a client spends in requests, from the first byte out to the last one in."""

    def __init__(self):
        import requests

        self.seconds, self.count = 0.0, 0
        send = requests.Session.request

        def timed(*args, **kwargs):
            start = time.perf_counter()
            try:
                response = send(*args, **kwargs)
                _ = response.content
                return response
            finally:
                self.seconds += time.perf_counter() - start
                self.count += 1

        requests.Session.request = timed


def run_as(client, url, repeats):
    os.environ |= {"IONQ_API_KEY": "any", "IONQ_API_URL": f"{url}/v0.4"}
    gradient = {"pennylane": pennylane_gradient, "qiskit": qiskit_gradient}[client](url)
    stopwatch = Stopwatch()
    for repeat in range(repeats + 1):
        seconds, count = stopwatch.seconds, stopwatch.count
        start = time.perf_counter()
        gradient([0.1 * (index + repeat) for index in range(ANGLES)])
        wall = time.perf_counter() - start
        found = {
            "wall": wall,
            "http": stopwatch.seconds - seconds,
            "requests": stopwatch.count - count,
        }
        print(json.dumps(found | newest_job(url)))


def newest_job(url):
    """Return the seconds of the newest job of 300 circuits, from the server's own clock."""
    import datetime as dt

    import requests

    jobs = requests.get(
        f"{url}/v0.4/jobs", params={"limit": 5}, headers={"Authorization": "apiKey any"}, timeout=30
    ).json()["jobs"]
    job = next(job for job in jobs if job["stats"]["circuits"] == 2 * ANGLES)
    submitted, completed = (
        dt.datetime.fromisoformat(job[key]) for key in ("submitted_at", "completed_at")
    )
    return {
        "job": (completed - submitted).total_seconds(),
        "simulation": job["execution_duration_ms"] / 1000,
    }


def pennylane_gradient(url):
    import pennylane as qml
    from pennylane_ionq.api_client import APIClient

    APIClient.BASE_URL = f"{url}/v0.4"

    def energy(angles):
        for index in range(ANGLES):
            qml.RY(angles[index], wires=index % QUBITS)
            if index % QUBITS == QUBITS - 1:
                for wire in range(QUBITS - 1):
                    qml.CNOT(wires=[wire, wire + 1])
        return qml.expval(qml.prod(*(qml.PauliZ(wire) for wire in range(QUBITS))))

    device = qml.device("ionq.simulator", wires=QUBITS, shots=SHOTS)
    gradient = qml.grad(qml.QNode(energy, device, diff_method="parameter-shift"))
    return lambda angles: gradient(qml.numpy.array(angles, requires_grad=True))


def qiskit_gradient(url):
    import math

    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector
    from qiskit_ionq import IonQProvider

    angle_of = ParameterVector("angle", ANGLES)
    template = QuantumCircuit(QUBITS, QUBITS)
    for index in range(ANGLES):
        template.ry(angle_of[index], index % QUBITS)
        if index % QUBITS == QUBITS - 1:
            for qubit in range(QUBITS - 1):
                template.cx(qubit, qubit + 1)
    template.measure(range(QUBITS), range(QUBITS))
    backend = IonQProvider("any", url=f"{url}/v0.4").get_backend("ionq_simulator")

    def gradient(angles):
        circuits = []
        for index in range(ANGLES):
            for shift in (math.pi / 2, -math.pi / 2):
                shifted = [a + shift * (i == index) for i, a in enumerate(angles)]
                circuits.append(template.assign_parameters(shifted))
        counts = backend.run(circuits, shots=SHOTS).result().get_counts()
        parities = [
            sum(n * (1 - 2 * (key.count("1") % 2)) for key, n in each.items()) / SHOTS
            for each in counts
        ]
        return [(up - down) / 2 for up, down in zip(parities[::2], parities[1::2], strict=True)]

    return gradient


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as"]:
        run_as(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 5)
