"""Jobs on PostgreSQL beside the same jobs on SQLite, and on worker hosts beside the slots of one.

Both servers run all the time, on the same cores, and take turns, so that a noisy minute of the machine
hits both. A ratio is the throughput of the second beside that of the first.

    PYTHONPATH=tests:bench python bench/store/throughput.py
    PYTHONPATH=tests:bench python bench/store/throughput.py --only hosts
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
from harness import databases
from harness.server import RunningServer
from harness.waiting import ended
from harness.worker_host import RunningWorkerHost

from workloads import random_job

SEED = 13
QUIET = ("--log-level", "warning")
NO_LIMIT = ("--rate-limit-per-minute", "0")
SMALL_JOBS = 200
CLIENTS = 4
SLOTS = 4
TWO_CIRCUITS = json.dumps(
    {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "input": {
            "qubits": 2,
            "circuits": [
                {"circuit": [{"gate": "h", "target": 0}]},
                {"circuit": [{"gate": "x", "target": 1}]},
            ],
        },
    }
).encode()


class Load(NamedTuple):
    """What a server is given, and what throughput it should keep.

    Attributes:
        run: Gives it to the server of an HTTP client; returns the seconds of its parts.
        goal: Of the throughput beside the first server's.
    """

    title: str
    run: Callable[[httpx.Client, int], dict[str, float]]
    goal: float


def one_job(
    circuits: int, width: int, gates: int, http: httpx.Client, number: int
) -> dict[str, float]:
    """Run one large job, and read all that it has computed."""
    body = random_job(SEED + number, circuits=circuits, width=width, gates=gates)
    began = time.perf_counter()
    job_id = http.post("/v0.3/jobs", content=body).raise_for_status().json()["id"]
    submitted = time.perf_counter()
    while (status := http.get(f"/v0.3/jobs/{job_id}").json()["status"]) in {"ready", "running"}:
        time.sleep(0.002)
    if status != "completed":
        sys.exit(f"The job is {status}.")
    waited = time.perf_counter()
    http.get(f"/v0.3/jobs/{job_id}/results").raise_for_status()
    return {
        "submit": submitted - began,
        "wait": waited - submitted,
        "download": time.perf_counter() - waited,
    }


def small_jobs(http: httpx.Client, _number: int) -> dict[str, float]:
    """Submit many jobs of two circuits from several clients, and wait until all have completed."""

    def submit(_: int) -> httpx.Response:
        return http.post("/v0.4/jobs", content=TWO_CIRCUITS).raise_for_status()

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        made = list(pool.map(submit, range(SMALL_JOBS)))
    submitted = time.perf_counter()
    for each in made:
        if ended(http, each.json()["id"])["status"] != "completed":
            sys.exit("A job has failed.")
    return {"submit": submitted - began, "wait": time.perf_counter() - submitted}


LOADS = {
    "6": Load("5,000 circuits of 6 qubits", partial(one_job, 5_000, 6, 30), 0.9),
    "two": Load(f"{SMALL_JOBS} jobs of two circuits", small_jobs, 0.7),
    "20": Load("40 circuits of 20 qubits", partial(one_job, 40, 20, 60), 0.6),
}


@contextlib.contextmanager
def sqlite(folder: Path) -> Iterator[RunningServer]:
    """Run a server over a file."""
    (folder / "sqlite").mkdir()
    server = RunningServer(folder / "sqlite", *QUIET, *NO_LIMIT).start()
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def postgresql(folder: Path, *flags: str) -> Iterator[RunningServer]:
    """Run a server over PostgreSQL, by TCP."""
    place = databases.shared(has_password=True).create()
    data = folder / f"postgresql-{len(list(folder.iterdir()))}"
    data.mkdir()
    server = RunningServer(data, *QUIET, *NO_LIMIT, *flags, place=place).start()
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def hosts(folder: Path) -> Iterator[RunningServer]:
    """Run a server without workers, and worker hosts of one slot each."""
    with postgresql(folder, "--workers", "0") as server, contextlib.ExitStack() as stack:
        for number in range(SLOTS):
            own = folder / f"host-{number}"
            own.mkdir()
            host = RunningWorkerHost(own, server.place, "--slots", "1", "--threads", "1")
            stack.callback(host.close)
            host.start()
        yield server


def compare(load: Load, servers: Sequence[RunningServer], repeats: int) -> bool:
    """Measure, print, and return whether the second keeps enough of the first's throughput."""
    parts: list[list[dict[str, float]]] = [[] for _ in servers]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(each.client()) for each in servers]
        for number in range(-1, repeats):
            order = range(len(clients)) if number % 2 else reversed(range(len(clients)))
            for side in order:
                took = load.run(clients[side], number)
                if number >= 0:  # The first run wakes everything.
                    parts[side].append(took)
    totals = [statistics.median(sum(each.values()) for each in side) for side in parts]
    ratio = totals[0] / totals[1]
    print(f"{load.title}: {ratio:.2f} (goal {load.goal})")
    for name, total, side in zip(("first ", "second"), totals, parts, strict=True):
        shown = ", ".join(
            f"{part} {statistics.median(each[part] for each in side):.3f}" for part in side[0]
        )
        print(f"  {name}  {total:.3f} s: {shown}", flush=True)
    return ratio >= load.goal


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare as asked; the exit code says whether all goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*LOADS, "hosts"], action="append")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    wanted = options.only or [*LOADS, "hosts"]
    met = True
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        if set(wanted) & set(LOADS):
            both = [stack.enter_context(each(folder)) for each in (sqlite, postgresql)]
            for key, load in LOADS.items():
                if key in wanted:
                    met &= compare(load, both, options.repeats)
        if "hosts" in wanted:
            slots = postgresql(folder, "--workers", str(SLOTS), "--threads", "1")
            pair = [stack.enter_context(slots), stack.enter_context(hosts(folder))]
            many = Load(
                f"{SLOTS} worker hosts beside {SLOTS} slots, 40 circuits of 16 qubits",
                partial(one_job, 40, 16, 200),
                0.95,
            )
            met &= compare(many, pair, options.repeats)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
