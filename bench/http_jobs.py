"""Maximal jobs through a real server, beside qiskit-aer in process.

Ours is timed from submitting the body to the last byte of the results: over HTTP, through a
durable store to a worker process and back. aer's time is building its circuits and simulating
them; decoding the body is given to it. Each repeat has circuits of its own.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import msgspec
import numpy as np

from goals import Goal
from measure import TOLERANCES, Series
from peers import wire
from peers.aer import Aer
from peers.lightning import Lightning
from server_process import peak_memory_mb, running_server
from workloads import gradient_job, random_job

SEED = 20_260
REPEATS, AER_REPEATS, QUICK_REPEATS = 7, 3, 2
POLL_S = 0.002
MEMORY_GOAL_MB = 1_000


@dataclass(frozen=True)
class HttpJob:
    """A maximal job: how to make its body from a seed, and the greatest ratio to aer."""

    key: str
    title: str
    make: Callable[[int], bytes]
    goal: float


JOBS = (
    HttpJob(
        "HTTP-6",
        "5,000 random circuits, 6 qubits, 30 gates",
        partial(random_job, circuits=5_000, width=6, gates=30),
        1 / 8,
    ),
    HttpJob(
        "HTTP-12",
        "1,000 gradient circuits, 12 qubits, 150 gates",
        partial(gradient_job, points=5, width=12, rotations=100, entanglers=50),
        1 / 6,
    ),
)


def download(http: httpx.Client, path: str) -> bytes:
    """Return an answer's body, read from a bare socket.

    HTTP 1.0, so that the body comes as it is and ends with the connection: taking the chunks of
    HTTP 1.1 apart keeps a client written in Python busy for longer than the server.
    """
    url = http.base_url
    lines = [f"GET {path} HTTP/1.0", f"Host: {url.host}"]
    lines += [f"{name}: {http.headers[name]}" for name in ("Authorization", "Accept-Encoding")]
    with socket.create_connection((url.host, url.port)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        received = bytearray()
        while piece := connection.recv(1 << 20):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        sys.exit(f"The results did not come: {bytes(received[:500])!r}")
    return bytes(body)


def run_ours(http: httpx.Client, body: bytes) -> tuple[bytes, dict[str, float]]:
    """Return the answer's bytes and the seconds of each step."""
    start = time.perf_counter()
    job_id = http.post("/v0.3/jobs", content=body).raise_for_status().json()["id"]
    submitted = time.perf_counter()
    while (status := http.get(f"/v0.3/jobs/{job_id}").json()["status"]) in ("ready", "running"):
        time.sleep(POLL_S)
    waited = time.perf_counter()
    if status != "completed":
        sys.exit(f"The job is {status}.")
    answer = download(http, f"/v0.3/jobs/{job_id}/results")
    done = time.perf_counter()
    return answer, {
        "submit": submitted - start,
        "wait": waited - submitted,
        "download": done - waited,
    }


def largest_error(answer: bytes, job: wire.Job) -> float:
    """Return how far the answer is from lightning's, over all states of all circuits."""
    found = list(msgspec.json.decode(answer, type=dict[str, dict[int, float]]).values())
    expected = Lightning().simulate(job)
    if len(found) != len(expected):
        return float("inf")
    error = 0.0
    for distribution, probabilities in zip(found, expected, strict=True):
        dense = np.zeros(len(probabilities))
        dense[list(distribution)] = list(distribution.values())
        error = max(error, float(np.abs(dense - probabilities).max()))
    return error


def run_job(job: HttpJob, repeats: int, aer_repeats: int) -> tuple[dict[str, Any], list[Goal]]:
    """Measure one job, print it, and return its figures and goals."""
    ours, aers = Series("paultrap over HTTP", "double"), Series("aer in process", "double")
    aer = Aer()
    print(f"{job.key}  {job.title}, over HTTP", flush=True)
    headers = {"Authorization": "apiKey bench", "Accept-Encoding": "identity"}
    with (
        running_server() as (url, pid),
        httpx.Client(base_url=url, timeout=120, headers=headers) as http,
    ):
        run_ours(http, job.make(SEED))  # the first job wakes everything
        for repeat in range(1, repeats + 1):
            body = job.make(SEED + repeat)
            answer, seconds = run_ours(http, body)
            ours.totals.append(sum(seconds.values()))
            ours.parts.append(seconds)
            decoded = wire.decode(body)
            if repeat == 1:
                ours.error = largest_error(answer, decoded)
            if repeat <= aer_repeats:
                start = time.perf_counter()
                aer.simulate(decoded)
                aers.totals.append(time.perf_counter() - start)
                aers.parts.append({"build and simulate": aers.totals[-1]})
        memory = sum(peak_memory_mb(pid).values())
    ours.is_right = ours.error <= TOLERANCES["double"]
    return _told(job, ours, aers, memory)


def _told(
    job: HttpJob, ours: Series, aers: Series, memory: float
) -> tuple[dict[str, Any], list[Goal]]:
    steps = ", ".join(f"{name} {1e3 * ours.part(name):.1f}" for name in ours.parts[0])
    for series, note in ((ours, f"({steps})"), (aers, "")):
        print(f"  {series.name:26}{1e3 * series.median:11.3f}{series.spread:8.1%}  ms {note}")
    ratio = ours.median / aers.median
    print(f"  ratio {ratio:.3f}; peak memory {memory:.0f} MB; largest error {ours.error:.0e}\n")
    goals = [
        Goal(job.key, "over HTTP: ours over aer in process", job.goal, ratio),
        Goal(job.key, "answers", TOLERANCES["double"], ours.error),
        Goal(job.key, "server and workers, peak MB", MEMORY_GOAL_MB, memory),
    ]
    sides = {series.name: series.figures() for series in (ours, aers)}
    return {"title": job.title, "sides": sides, "peak_memory_mb": memory}, goals


def run_all(*, quick: bool) -> tuple[dict[str, Any], list[Goal]]:
    """Measure every job."""
    figures, goals = {}, []
    for job in JOBS:
        repeats = QUICK_REPEATS if quick else REPEATS
        figures[job.key], judged = run_job(job, repeats, min(repeats, AER_REPEATS))
        goals += judged
    return figures, goals
