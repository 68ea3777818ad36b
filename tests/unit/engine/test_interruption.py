"""Runs that are interrupted by another thread, and what runs after them."""

import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from harness.circuits import C, G, program_of

from paultrap.circuits import InterruptedRunError, Opcode, Program
from paultrap.engine import (
    Draw,
    RunOptions,
    ShortWork,
    interrupt_runs,
    sample,
    sample_reused,
    simulate,
    simulate_reused,
)
from paultrap.engine.interruption import look_up
from paultrap.machines import Machines

FORTE = Machines.shipped().models["forte-1"]
ONE = RunOptions(threads=1)
TWO = RunOptions(threads=2)


@pytest.fixture(autouse=True)
def _not_interrupted():
    yield
    interrupt_runs(on=False)


def layers(width: int, depth: int, first: int = 0) -> C:
    gates = []
    for layer in range(first, first + depth):
        gates += [G(Opcode.RY, (q,), (), (0.3 + q + layer,)) for q in range(width)]
        gates += [G(Opcode.X, (q + 1,), (q,)) for q in range(width - 1)]
    return C(width, tuple(gates))


def one_after_another(rounds: int) -> Program:
    """Return a circuit of which each qubit is measured before the next but one begins."""
    gates = []
    for k in range(rounds - 1):
        gates += [G(Opcode.RY, (k,), (), (0.1,)), G(Opcode.X, (k + 1,), (k,))]
    return program_of([C(rounds, tuple(gates))])


def exact(options: RunOptions) -> Callable[[Program], object]:
    return partial(simulate, options=options)


def sampled(shots: int) -> Callable[[Program], object]:
    return partial(sample, draw=Draw(shots, 1), noise=FORTE, options=TWO)


RUNS = {
    "one large circuit, two threads": (exact(TWO), [layers(22, 200)]),
    "one large circuit": (exact(ONE), [layers(20, 500)]),
    "two large circuits": (exact(TWO), [layers(20, 200), layers(21, 200)]),
    "a circuit in groups": (exact(ONE), [layers(16, 500)]),
    "many small circuits": (exact(TWO), [layers(12, 10, 10 * k) for k in range(200)]),
    "many shots": (sampled(200_000), [layers(12, 40)]),
    "shots of a large circuit": (sampled(2_000), [layers(20, 40)]),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_ends_when_another_thread_interrupts_it(name):
    run_once, circuits = RUNS[name]
    program = program_of(circuits)
    ends = []

    def run():
        try:
            while True:
                run_once(program)
        except InterruptedRunError:
            ends.append("interrupted")

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.2)  # It is under way, or ends as it begins: either is right.

    interrupt_runs(on=True)
    thread.join(60)

    assert ends == ["interrupted"]


@pytest.mark.parametrize("options", [ONE, TWO])
def test_what_runs_after_an_interrupted_run_is_right(options):
    program = program_of([layers(18, 30), layers(4, 5), layers(4, 6)])
    right = simulate(program, options)
    interrupt_runs(on=True)
    with pytest.raises(InterruptedRunError):
        simulate(program, options)
    with pytest.raises(InterruptedRunError):
        sample(program, Draw(100, 1), FORTE, options=options)
    interrupt_runs(on=False)

    found = simulate(program, options)

    assert np.array_equal(found.states, right.states)
    assert np.array_equal(found.probabilities, right.probabilities)


def test_runs_in_python_look_up_at_each_gate(monkeypatch):
    program = one_after_another(40)
    looks = []
    for module in ("branching", "trajectories"):
        monkeypatch.setattr(
            f"paultrap.engine.reuse.{module}.look_up", lambda: looks.append(look_up())
        )
    read = frozenset({39})
    simulate_reused(program, read)
    sample_reused(program, Draw(10, 1), FORTE, np.arange(40, dtype=np.uint16), read)
    assert len(looks) >= 2 * program.n_gates

    interrupt_runs(on=True)

    with pytest.raises(InterruptedRunError):
        simulate_reused(program, read)
    with pytest.raises(InterruptedRunError):
        sample_reused(program, Draw(10, 1), FORTE, np.arange(40, dtype=np.uint16), read)


def test_a_run_that_gives_way_goes_on_and_is_right():
    short = ShortWork()
    program = program_of([layers(18, 60)])
    right = simulate(program, TWO)
    short.give_way()
    short.mark(runs=True)
    try:
        found = simulate(program, TWO)
    finally:
        short.mark(runs=False)

    assert np.array_equal(found.probabilities, right.probabilities)
