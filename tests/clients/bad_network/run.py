"""Many jobs through a network that drops a third of all exchanges, to a server that is killed.

Usage: python tests/clients/bad_network/run.py [--jobs N] [--seed S] [--window SECONDS]

Each client runs in its own environment and in many threads. Every intent has its own name. At the
end each has exactly one job, whose id its client knows and whose result is right.
"""

import argparse
import contextlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clients.environments import python_of
from harness import RunningServer
from harness.bad_network import BadNetwork

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = {
    "ionq-core": "ionq-core-0.2.0",
    "cirq-ionq": "cirq-ionq-1.7.0",
    "qiskit-ionq": "qiskit-ionq-1.1.1",
    "curl": None,  # The script itself needs the standard library only.
}
BETWEEN_KILLS_S = (2.0, 8.0)
PATIENCE_S = 3000


def run(jobs: int, seed: int, window_s: int) -> bool:
    """Return whether each intent has one job, known and right."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="paultrap-") as folder:
        window = ("--duplicate-window-seconds", str(window_s))
        server = RunningServer(Path(folder), *window).start()
        try:
            with BadNetwork(server.port, seed) as network:
                with killed_again_and_again(server, seed) as kills:
                    told = answers(network.url, server.key, jobs)
                verdict = judged(server, told, jobs)
        finally:
            server.kill()
    print(f"{network.exchanges} exchanges, dropped {dict(network.dropped)}, {len(kills)} kills")
    print(f"{jobs} jobs in {time.monotonic() - began:.0f} s: {verdict or 'all as it should be'}")
    return not verdict


@contextlib.contextmanager
def killed_again_and_again(server: RunningServer, seed: int) -> Iterator[list[float]]:
    """Kill the server, and no other process, at random moments, and start it again."""
    ends = threading.Event()
    moments: list[float] = []
    rng = random.Random(seed)

    def kill() -> None:
        while not ends.wait(rng.uniform(*BETWEEN_KILLS_S)):
            assert server.process is not None
            server.process.kill()
            server.process.wait()
            moments.append(time.monotonic())
            server.start()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield moments
    finally:
        ends.set()
        killer.join()


def answers(url: str, key: str, jobs: int) -> list[dict[str, Any]]:
    """Return what the clients tell of their intents, each a share of them."""
    share = -(-jobs // len(ENVIRONMENTS))
    processes = []
    for place, (client, environment) in enumerate(ENVIRONMENTS.items()):
        python = sys.executable if environment is None else python_of(environment)
        bounds = (str(place * share), str(min(jobs, (place + 1) * share)))
        command = [str(python), str(HERE / "client.py"), client, url, key, *bounds]
        variables = os.environ | {"IONQ_API_URL": f"{url}/v0.4"}
        processes.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
        )
    try:
        lines = [
            line
            for each in processes
            for line in each.communicate(timeout=PATIENCE_S)[0].splitlines()
        ]
    finally:
        for process in processes:
            process.kill()
    return [json.loads(line) for line in lines]


def judged(server: RunningServer, told: list[dict[str, Any]], jobs: int) -> str:
    """Return what is wrong, or nothing."""
    found = Counter(name for name, _ in all_jobs(server))
    ids = dict(all_jobs(server))
    wrong = [
        f"{name}: the client says {one['id']}, the server {ids.get(name)}"
        for one in told
        if ids.get(name := one["name"]) != one["id"]
    ]
    wrong += [f"{name}: {count} jobs" for name, count in found.items() if count > 1]
    wrong += [f"{name}: nobody asked for it" for name in set(found) - {one["name"] for one in told}]
    wrong += [f"{one['name']}: {one['zero']}" for one in told if not is_right(one)]
    if len(told) != jobs:
        wrong.append(f"{len(told)} of {jobs} intents have an answer")
    return "\n".join(wrong)


def all_jobs(server: RunningServer) -> list[tuple[str, str]]:
    """Return name and id of each job that the server has, page by page."""
    found, after = [], None
    with server.client() as client:
        while True:
            page = {"limit": 100} | ({"next": after} if after else {})
            answer = client.get("/v0.4/jobs", params=page).json()
            found += [(job["name"], job["id"]) for job in answer["jobs"]]
            if not (after := answer.get("next")):
                return found


def is_right(one: dict[str, Any]) -> bool:
    angle = 0.1 + 0.002 * one["intent"]
    return abs(one["zero"] - math.cos(angle / 2) ** 2) < 1e-9


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--window", type=int, default=600)
    options = parser.parse_args()
    sys.exit(0 if run(options.jobs, options.seed, options.window) else 1)
