"""One client behind a bad network: submits a job for each intent and reads its result.

Usage: python client.py CLIENT URL KEY FIRST STOP   (in the environment of the client)

Each intent is one circuit, ry(angle) on one qubit, whose angle and name no other has. Where
the client gives up, its caller calls again, as a user would. A line of JSON is printed for each
intent: its name, the id of its job, and the probability of 0 as the client reports it.

Standard library and the client only; paultrap is not installed here.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

THREADS = 6
ATTEMPTS = 100
POLL_S = 0.05
# Between two tries of one call: Cirq makes ten, and a server that was killed takes seconds to start.
LONGEST_WAIT_S = 1
_PRINTING = threading.Lock()
Given = TypeVar("Given")


class Client(Protocol):
    """What is asked of a client: an id for an intent, and the probability of 0 for an id."""

    def submit(self, intent: int, name: str) -> str: ...

    def read(self, job_id: str) -> float: ...


def angle_of(intent: int) -> float:
    return 0.1 + 0.002 * intent


class IonQCore:
    """ionq-core; the caller polls, by the client's own function."""

    def __init__(self, url: str, key: str) -> None:
        from ionq_core import IonQClient

        self._client = IonQClient(api_key=key, base_url=f"{url}/v0.4")

    def submit(self, intent: int, name: str) -> str:
        from ionq_core.api.default import create_job
        from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload

        body = CircuitJobCreationPayload.from_dict(circuit_job(intent, name))
        return create_job.sync(client=self._client, body=body).id

    def read(self, job_id: str) -> float:
        from ionq_core import wait_for_job
        from ionq_core.api.default import get_job_probabilities

        wait_for_job(self._client, job_id, poll_interval=POLL_S, timeout=60)
        found = get_job_probabilities.sync(job_id, client=self._client)
        return found.additional_properties["0"]


class CirqIonQ:
    """cirq-ionq, which repeats what fails by itself."""

    def __init__(self, url: str, key: str) -> None:
        import cirq_ionq

        self._service = cirq_ionq.Service(
            remote_host=url, api_key=key, default_target="simulator", max_retry_seconds=60
        )

    def submit(self, intent: int, name: str) -> str:
        import cirq

        qubit = cirq.LineQubit(0)
        circuit = cirq.Circuit(cirq.ry(angle_of(intent))(qubit), cirq.measure(qubit, key="m"))
        return self._service.create_job(circuit, name=name).job_id()

    def read(self, job_id: str) -> float:
        result = self._service.get_job(job_id).results(polling_seconds=POLL_S)
        return result.probabilities("m")[0]


class QiskitIonQ:
    """qiskit-ionq, whose header of a job holds the time at which it was made."""

    def __init__(self, url: str, key: str) -> None:
        from qiskit_ionq import IonQProvider

        provider = IonQProvider(key, url=f"{url}/v0.4")
        self._backend = until_given(lambda: provider.get_backend("ionq_simulator"))

    def submit(self, intent: int, name: str) -> str:
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(1, 1, name=name)
        circuit.ry(angle_of(intent), 0)
        circuit.measure(0, 0)
        return self._backend.run(circuit).job_id()

    def read(self, job_id: str) -> float:
        job = self._backend.retrieve_job(job_id)
        job.wait_for_final_state(timeout=60, wait=POLL_S)
        return job.get_probabilities()["0"]


class Curl:
    """The command curl, which says by a header which request is which."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def submit(self, intent: int, name: str) -> str:
        body = json.dumps(circuit_job(intent, name))
        headers = ["-H", f"Idempotency-Key: {name}", "-H", "Content-Type: application/json"]
        return self._ask("/v0.4/jobs", *headers, "--data-binary", body)["id"]

    def read(self, job_id: str) -> float:
        while (job := self._ask(f"/v0.4/jobs/{job_id}"))["status"] != "completed":
            if job["status"] in {"failed", "canceled"}:
                message = f"{job_id} is {job['status']}: {job['failure']}"
                raise AssertionError(message)
            time.sleep(POLL_S)
        return self._ask(f"/v0.4/jobs/{job_id}/results/probabilities")["0"]

    def _ask(self, path: str, *more: str) -> Any:
        retries = ["--retry", "8", "--retry-all-errors", "--retry-delay", "1", "--max-time", "60"]
        with tempfile.NamedTemporaryFile() as answer:
            command = ["curl", "-sS", "--fail-with-body", *retries, "-o", answer.name]
            command += ["-H", f"Authorization: apiKey {self._key}", *more, f"{self._url}{path}"]
            subprocess.run(command, check=True, capture_output=True)
            return json.loads(Path(answer.name).read_bytes())


CLIENTS: dict[str, Callable[[str, str], Client]] = {
    "ionq-core": IonQCore,
    "cirq-ionq": CirqIonQ,
    "qiskit-ionq": QiskitIonQ,
    "curl": Curl,
}


def circuit_job(intent: int, name: str) -> dict[str, Any]:
    gate = {"gate": "ry", "target": 0, "rotation": angle_of(intent)}
    return {
        "type": "ionq.circuit.v1",
        "name": name,
        "backend": "simulator",
        "input": {"gateset": "qis", "qubits": 1, "circuit": [gate]},
    }


def until_given(call: Callable[[], Given]) -> Given:
    """Call again until it succeeds, as whoever uses the client would."""
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            return call()
        except Exception as error:  # Clients raise what they like where the network fails.
            if not attempts_left:
                raise
            with _PRINTING:
                print(f"{type(error).__name__}: {error}"[:200], file=sys.stderr, flush=True)
            time.sleep(POLL_S)
    raise AssertionError


def shorten_waits() -> None:
    """Let no client wait long before it tries again: what is tried is not their patience."""
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, LONGEST_WAIT_S))


def work(client: Client, label: str, intent: int) -> None:
    name = f"{label} {intent}"
    job_id = until_given(lambda: client.submit(intent, name))
    found = until_given(lambda: client.read(job_id))
    with _PRINTING:
        told = {"name": name, "id": job_id, "intent": intent, "zero": found}
        print(json.dumps(told), flush=True)


def main(label: str, url: str, key: str, first: str, stop: str) -> None:
    warnings.simplefilter("ignore")
    shorten_waits()
    client = CLIENTS[label](url, key)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda intent: work(client, label, intent), range(int(first), int(stop))))


if __name__ == "__main__":
    main(*sys.argv[1:])
