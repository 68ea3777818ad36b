"""Small requests that are long to read, and a process that sends plain ones meanwhile."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from harness.server import RunningServer

HEADER = 'OPENQASM 3.0;include "stdgates.inc";'
SMALL_BYTES = 433
LEVELS = 40
# As deep as may be: the parser of OpenQASM takes seconds for each such gate, and half a minute for all
# that fit into the longest ansatz.
NESTED = 990
NESTED_GATES = 13

Body = dict[str, Any]


def ansatz_job(text: str) -> Body:
    data = {"hamiltonian": [{"pauli_string": "Z", "coefficient": 1}], "ansatz": {"data": text}}
    return {
        "type": "quantum-function",
        "backend": "simulator",
        "input": {"data": {"type": "hamiltonian-energy", "data": data}},
    }


def program_job(text: str) -> Body:
    return {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text}}


def minuses() -> Body:
    """Return the request of 433 bytes: as many minuses as fit."""

    def job(count: int) -> Body:
        return ansatz_job(f"{HEADER}qubit q;rx({'-' * count}1)q;")

    return job(SMALL_BYTES - len(json.dumps(job(0))))


def doubled_calls() -> str:
    """Return a program of forty subroutines, each of which calls that before it twice."""
    calls = "".join(f"def f{n + 1}(int n)->int{{return f{n}(n)+f{n}(n);}}" for n in range(LEVELS))
    return f"{HEADER}def f0(int n)->int{{return n;}}{calls}qubit q;rx(f{LEVELS}(1))q;"


def nested_calls() -> str:
    """Return what is correct and takes the parser long, since it nests deeply."""
    gate = f"rx({'sin(' * NESTED}1{')' * NESTED})q;"
    return f"{HEADER}qubit q;{gate * NESTED_GATES}"


#: Those that hold up whoever reads them for as long as they may, whatever the evaluator does.
SLOW: dict[str, Callable[[], Body]] = {
    "nested calls in an ansatz": lambda: ansatz_job(nested_calls()),
    "nested calls in a program": lambda: program_job(nested_calls()),
}
ATTACKS: dict[str, Callable[[], Body]] = {
    "minuses in an ansatz": minuses,
    "doubled calls in a program": lambda: program_job(doubled_calls()),
    **SLOW,
}


class Attack:
    """Sends requests at once, each from a separate thread, and waits for none of them."""

    def __init__(self, server: RunningServer, attacks: dict[str, Callable[[], Body]]) -> None:
        self._server = server
        self._attacks = attacks
        self.sent: dict[str, list[Future[int | None]]] = {}

    def begin(self, times: int) -> None:
        """Send each of the requests so many times."""
        # Slow ones first: with a correct evaluator others are refused at once.
        senders = ThreadPoolExecutor(times * len(self._attacks))
        for _ in range(times):
            for name, body in reversed(self._attacks.items()):
                self.sent.setdefault(name, []).append(senders.submit(self._send, body()))
        senders.shutdown(wait=False)

    def _send(self, body: Body) -> int | None:
        """Return the status of the answer, or None where there was none."""
        with suppress(httpx.TransportError), self._server.client() as client:
            return client.post("/v0.4/jobs", json=body, timeout=300).status_code
        return None

    def pending(self) -> int:
        return sum(not each.done() for found in self.sent.values() for each in found)

    def statuses(self) -> dict[str, list[int | None]]:
        """Return the statuses, once all requests have ended."""
        return {name: [each.result(60) for each in found] for name, found in self.sent.items()}


@dataclass
class Plain:
    """A plain request and its answer; the status is 0 where there was none."""

    what: str
    status: int
    seconds: float


def send_plain(server: RunningServer, rounds: int, pause_s: float = 0.0) -> list[Plain]:
    """Have another process send plain requests, round after round, and return what it saw.

    It gives up at the first that is not answered.
    """
    command = [sys.executable, str(Path(__file__)), server.url, server.key]
    command += [str(rounds), str(pause_s)]
    environment = server.environment | {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return [Plain(**json.loads(line)) for line in done.stdout.splitlines()]


def _bystand(url: str, key: str, rounds: int, pause_s: float) -> None:
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    job = {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "input": {"qubits": 2, "circuits": [{"circuit": bell}, {"circuit": bell}]},
    }
    headers = {"Authorization": f"apiKey {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:

        def ask(what: str, method: str, path: str, **more: Any) -> httpx.Response:
            started = time.perf_counter()
            try:
                answer = client.request(method, path, **more)
                status = answer.status_code
            except httpx.TransportError:
                status = 0
            seconds = time.perf_counter() - started
            seen = {"what": what, "status": status, "seconds": seconds}
            sys.stdout.write(json.dumps(seen) + "\n")
            if status not in {200, 201}:
                sys.exit()
            return answer

        for _ in range(rounds):
            job_id = ask("POST job", "POST", "/v0.4/jobs", json=job).json()["id"]
            ask("GET job", "GET", f"/v0.4/jobs/{job_id}")
            ask("GET jobs", "GET", "/v0.4/jobs")
            ask("GET readyz", "GET", "/readyz")
            time.sleep(pause_s)


if __name__ == "__main__":
    _bystand(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
