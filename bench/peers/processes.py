"""A peer in several processes, which take circuits from a shared counter, the widest first.

The body goes into shared memory and every process finds its circuits in it, so that nothing but
a few numbers passes through pipes; the answers come back in shared memory too.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory

import numpy as np
from numpy.typing import NDArray

from peers import wire
from peers.base import OneByOne, Run
from workloads import Workload

_CHUNKS = 32  # per process: small enough to balance, large enough not to queue at the counter
_SPARE = 2**20


class Processes:
    """A peer of one thread in ``count`` processes, started once and kept.

    Args:
        make: Returns the peer; it must be importable.
        count: The number of processes.
    """

    def __init__(self, make: Callable[[], OneByOne], count: int = 4) -> None:
        inner = make()
        self.name = f"{inner.name}, {count} processes"
        self.precision, self.distributions = inner.precision, inner.distributions
        self._make, self._count = make, count
        self._memory: dict[str, SharedMemory] = {}
        self._workers: list = []

    def refuses(self, workload: Workload) -> str | None:
        if not workload.multicircuit:
            return "one circuit cannot be shared out among processes"
        return None

    def run(self, body: bytes) -> Run:
        """Return the answers as views of shared memory: copy them before the next run."""
        self._start()
        start = time.perf_counter()
        job = wire.decode_raw(body)
        sizes = [2**width for width in wire.widths(job)]
        text = self._shared("text", len(body))
        text.buf[: len(body)] = body
        answers = self._shared("answers", 8 * sum(sizes))
        with self._counter.get_lock():
            self._counter.value = 0
        for pipe, _ in self._workers:
            pipe.send((text.name, len(body), answers.name))
        shared = time.perf_counter()
        for pipe, _ in self._workers:
            if pipe.recv() != "done":
                raise RuntimeError(f"{self.name}: a process failed")
        found = _views(answers, sizes)
        done = time.perf_counter()
        return Run(found, {"parse": shared - start, "simulate": done - shared})

    def close(self) -> None:
        for pipe, worker in self._workers:
            pipe.send(None)
            worker.join()
        self._workers.clear()
        for memory in self._memory.values():
            memory.unlink()
        self._memory.clear()

    def _start(self) -> None:
        if self._workers:
            return
        context = multiprocessing.get_context("spawn")
        self._counter = context.Value("l", 0)
        with _one_thread_each():
            for _ in range(self._count):
                ours, theirs = context.Pipe()
                arguments = (theirs, self._counter, self._make, self._count)
                worker = context.Process(target=_work, args=arguments, daemon=True)
                worker.start()
                self._workers.append((ours, worker))
            for pipe, _ in self._workers:
                pipe.recv()

    def _shared(self, name: str, size: int) -> SharedMemory:
        """Return shared memory of at least a size; its pages were touched before where kept."""
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            if memory is not None:
                memory.unlink()
            memory = self._memory[name] = SharedMemory(create=True, size=size + _SPARE)
        return memory


@contextmanager
def _one_thread_each():
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def _views(memory: SharedMemory, sizes: list[int]) -> list[NDArray]:
    ends = np.cumsum(sizes)
    flat = np.frombuffer(memory.buf, np.float64, int(ends[-1]))
    return np.split(flat, ends[:-1])


def _work(pipe, counter, make: Callable[[], OneByOne], count: int) -> None:
    """Serve runs until None comes."""
    import gc

    gc.disable()
    peer = make()
    kept: dict[str, SharedMemory] = {}

    def attached(name: str) -> SharedMemory:
        if name not in kept:
            kept[name] = SharedMemory(name=name)
        return kept[name]

    pipe.send("ready")
    while (request := pipe.recv()) is not None:
        text, size, answers = request
        _share_of_a_run(peer, bytes(attached(text).buf[:size]), attached(answers), counter, count)
        pipe.send("done")


def _share_of_a_run(
    peer: OneByOne, body: bytes, answers: SharedMemory, counter, count: int
) -> None:
    job = wire.decode_raw(body)
    widths = np.array(wire.widths(job))
    ends = np.cumsum(2**widths)
    flat = np.frombuffer(answers.buf, np.float64, int(ends[-1]))
    order = np.argsort(-widths, kind="stable")
    step = max(1, len(order) // (_CHUNKS * count))
    while True:
        with counter.get_lock():
            start = counter.value
            counter.value += step
        if start >= len(order):
            return
        for index in order[start : start + step].tolist():
            gates = wire.decode_gates(job.input.circuits[index].circuit)
            width = int(widths[index])
            flat[ends[index] - 2**width : ends[index]] = peer.probabilities(gates, width)
