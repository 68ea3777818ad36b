"""A maximal job (5,000 circuits, 150,000 gates) through a real server, beside qiskit-aer.

Usage: python bench/maximal_job.py [REPEATS]

Both sides start from the same gate lists in memory and end with every distribution in memory.
Ours goes over HTTP through a durable store to a worker process and back; aer's stays in this
process. Each repeat has circuits of its own. Progress and a summary go to standard output, the
figures to bench/results/maximal_job.json.
"""

import json
import os
import platform
import random
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path

import httpx
import msgspec
from qiskit_aer import AerSimulator

from random_circuits import job_body, qiskit_circuits, random_circuits
from server_process import peak_memory_mb, running_server

SEED, CIRCUITS, QUBITS, GATES = 20_260, 5_000, 6, 30
SAMPLE, TOLERANCE = 200, 1e-9
RATIO_GOAL, MEMORY_GOAL_MB = 1.0, 1_000
POLL_S = 0.005
HTTP_STEPS = ("submit", "wait", "download")
RESULTS = Path(__file__).with_name("results") / "maximal_job.json"


def run_ours(http, circuits):
    """Return the distributions in order, and the seconds of each step."""
    watch = Watch()
    body = job_body(circuits, QUBITS)
    watch.lap("write body")
    job_id = http.post("/v0.3/jobs", content=body).raise_for_status().json()["id"]
    watch.lap("submit")
    while (status := http.get(f"/v0.3/jobs/{job_id}").json()["status"]) in ("ready", "running"):
        time.sleep(POLL_S)
    watch.lap("wait")
    answer = http.get(f"/v0.3/jobs/{job_id}/results")
    watch.lap("download")
    if status != "completed":
        sys.exit(f"The job is {status}: {answer.text[:500]}")
    distributions = list(msgspec.json.decode(answer.content).values())
    watch.lap("read answer")
    return distributions, watch.seconds


def run_aer(circuits):
    """Return the probabilities in order, and the seconds of each step."""
    watch = Watch()
    built = qiskit_circuits(circuits, QUBITS)
    watch.lap("build")
    # Tried on 4 cores: one thread for each circuit is aer's best; its default, fusion on or off,
    # saving state vectors and a process pool as its executor are all slower or no faster.
    simulator = AerSimulator(method="statevector", max_parallel_experiments=0)
    result = simulator.run(built, shots=1).result()
    watch.lap("simulate")
    if not result.success:
        sys.exit(f"aer: {result.status}")
    watch.seconds["of it in its kernels"] = result.metadata["time_taken_execute"]
    return [result.data(index)["probabilities"] for index in range(len(built))], watch.seconds


class Watch:
    """Seconds from lap to lap."""

    def __init__(self):
        self.seconds = {}
        self._last = time.perf_counter()

    def lap(self, name):
        now = time.perf_counter()
        self.seconds[name], self._last = now - self._last, now


def largest_error(ours, aers):
    """Return how far a sample of circuits is from aer, over all states."""
    if len(ours) != CIRCUITS:
        sys.exit(f"{len(ours)} distributions came back, not {CIRCUITS}.")
    sample = random.Random(SEED).sample(range(CIRCUITS), SAMPLE)
    return max(
        abs(ours[index].get(str(state), 0.0) - probability)
        for index in sample
        for state, probability in enumerate(aers[index])
    )


def spread(runs, steps):
    """Return median, least and greatest seconds of some steps together."""
    sums = [sum(run[step] for step in steps) for run in runs]
    return {"median_s": statistics.median(sums), "least_s": min(sums), "greatest_s": max(sums)}


def show(name, found):
    print(
        f"  {name:22}{found['median_s'] * 1e3:9.1f} ms median"
        f"{found['least_s'] * 1e3:9.1f} to {found['greatest_s'] * 1e3:.1f}"
    )


def summarise(ours, aers, memory, error):
    """Return all figures, and print them."""
    steps = {
        "ours": {step: spread(ours, [step]) for step in ours[0]},
        "aer": {step: spread(aers, [step]) for step in aers[0]},
    }
    totals = {
        "ours, submit to download": spread(ours, HTTP_STEPS),
        "ours, gates to answers": spread(ours, ours[0]),
        "aer, build and simulate": spread(aers, ("build", "simulate")),
    }
    for side, found in steps.items():
        print(f"{side}:")
        for name, step in found.items():
            show(name, step)
    print("totals:")
    for name, total in totals.items():
        show(name, total)
    http, whole, aer = (total["median_s"] for total in totals.values())
    print(f"ratio ours / aer: {http / aer:.3f} over HTTP, {whole / aer:.3f} from gates to answers")
    print(f"peak memory: {memory}, together {sum(memory.values()):.0f} MB")
    print(f"largest difference over {SAMPLE} circuits: {error:.1e}")
    return {
        "steps": steps,
        "totals": totals,
        "ratio_http": http / aer,
        "ratio_gates_to_answers": whole / aer,
        "peak_memory_mb": memory,
        "largest_error": error,
    }


def judge(figures):
    """Print each goal and whether it is met; return whether all are."""
    memory = sum(figures["peak_memory_mb"].values())
    goals = (
        (f"ratio below {RATIO_GOAL}", figures["ratio_http"] < RATIO_GOAL),
        (f"memory below {MEMORY_GOAL_MB} MB", memory < MEMORY_GOAL_MB),
        (f"answers within {TOLERANCE}", figures["largest_error"] < TOLERANCE),
    )
    for goal, met in goals:
        print(f"goal {goal}: {'met' if met else 'MISSED'}")
    return all(met for _, met in goals)


def main(repeats=5):
    ours, aers, errors = [], [], []
    print(f"{CIRCUITS} circuits of {QUBITS} qubits, {GATES} gates each; {repeats} repeats")
    with (
        running_server() as (url, pid),
        httpx.Client(
            base_url=url,
            timeout=120,
            headers={"Authorization": "apiKey bench", "Accept-Encoding": "identity"},
        ) as http,
    ):
        for repeat in range(repeats):
            circuits = random_circuits(SEED + repeat, CIRCUITS, QUBITS, GATES)
            distributions, seconds = run_ours(http, circuits)
            ours.append(seconds)
            probabilities, seconds = run_aer(circuits)
            aers.append(seconds)
            errors.append(largest_error(distributions, probabilities))
        peaks = [round(peak, 1) for peak in peak_memory_mb(pid).values()]
    names = ["server", *(f"worker {index}" for index in range(1, len(peaks)))]
    figures = summarise(ours, aers, dict(zip(names, peaks, strict=True)), max(errors))
    met = judge(figures)
    figures |= {
        "repeats": repeats,
        "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(),
        "versions": {name: version(name) for name in ("paultrap", "qiskit", "qiskit-aer")},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"figures: {RESULTS}")
    sys.exit(not met)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
