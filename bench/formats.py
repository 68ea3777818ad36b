"""Reading a maximal job and writing its results, beside the JSON libraries that are installed.

Usage: python bench/formats.py
"""

import json
import random
import time
from importlib.util import find_spec
from itertools import chain

import msgspec
import numpy as np

from paultrap.circuits import Distributions
from paultrap.formats import CircuitLimits, Circuits, read_circuits, split, stream_aggregate
from paultrap.submissions.v03 import v03_request

CIRCUITS, GATES, QUBITS = 5_000, 30, 6


def maximal_body():
    """Return a job of 5,000 circuits and 150,000 gates, as qiskit-ionq writes them."""
    rng = random.Random(7)

    def gate():
        kind = rng.randrange(4)
        one, two = rng.sample(range(QUBITS), 2)
        if kind == 0:
            return {"gate": "x", "targets": [one], "controls": [two]}
        name = ("ry", "rz", "rx")[kind - 1]
        return {"gate": name, "targets": [one], "rotation": rng.uniform(-3.2, 3.2)}

    circuits = [
        {"name": f"circuit {i}", "circuit": [gate() for _ in range(GATES)]} for i in range(CIRCUITS)
    ]
    job = {"target": "simulator", "input": {"qubits": QUBITS, "circuits": circuits}}
    return json.dumps(job).encode()


def results():
    """Return 5,000 distributions over all 64 states."""
    states = 2**QUBITS
    weights = np.random.default_rng(7).exponential(size=(CIRCUITS, states))
    return Distributions(
        offsets=np.arange(0, CIRCUITS * states + 1, states),
        states=np.tile(np.arange(states, dtype=np.uint64), CIRCUITS),
        probabilities=(weights / weights.sum(axis=1, keepdims=True)).reshape(-1),
    )


def aggregated(ids, answer):
    """Return the pieces of an aggregate."""
    return list(chain.from_iterable(stream_aggregate(ids, [Circuits(0, answer)])))


def measure(name, work, size, repeats=15):
    """Print the best and the median time of some work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    best, median = min(times), sorted(times)[len(times) // 2]
    rate = size / best / 1e9
    print(f"{name:38}{best * 1e3:9.2f} ms best{median * 1e3:9.2f} ms median{rate:8.2f} GB/s")


def main():
    body = maximal_body()
    limits = CircuitLimits()
    job = split(body)
    decoded = v03_request(job).circuits.input
    print(f"body: {len(body) / 1e6:.1f} MB, {CIRCUITS} circuits, {CIRCUITS * GATES} gates")
    measure("split", lambda: split(body), len(body))
    measure("decode the envelope", lambda: v03_request(job), len(job.envelope))
    measure("read_circuits", lambda: read_circuits(job, decoded, limits), len(body))

    def whole():
        parts = split(body)
        read_circuits(parts, v03_request(parts).circuits.input, limits)

    measure("body to Program, goal 12 ms", whole, len(body))
    measure("  msgspec, to Python objects", lambda: msgspec.json.decode(body), len(body), 3)
    measure("  json, to Python objects", lambda: json.loads(body), len(body), 3)

    answer = results()
    ids = [f"0190070f-9691-7000-a1f6-{i:012x}" for i in range(CIRCUITS)]
    pieces = aggregated(ids, answer)
    size = sum(map(len, pieces))
    print(f"results: {size / 1e6:.1f} MB in {len(pieces)} pieces, 5,000 x 64 entries")
    measure("aggregate, goal 15 ms", lambda: aggregated(ids, answer), size)
    dicts = {
        name: {str(state): p for state, p in answer.as_dict(index).items()}
        for index, name in enumerate(ids)
    }
    measure("  msgspec, dicts given", lambda: msgspec.json.encode(dicts), size, 3)
    if find_spec("orjson"):
        import orjson

        measure("  orjson, dicts given", lambda: orjson.dumps(dicts), size, 3)
    measure("  json, dicts given", lambda: json.dumps(dicts), size, 3)


if __name__ == "__main__":
    main()
