"""What workers of the tests run instead of the engine; each takes a program of `harness.jobs`."""

import os
import signal
import time

from harness.jobs import classical

from paultrap.engine import MemoryLimitError


def slow(program):
    """Take 2 ms for each circuit."""
    time.sleep(0.002 * program.n_circuits)
    return classical(program)


def slow_start(program):
    """Take longer than a short lease lasts."""
    time.sleep(1.0)
    return classical(program)


def deadly_on_circuit_10(program):
    """Die where a circuit flips what the tenth flips."""
    answer = classical(program)
    if 10 in answer.states.tolist():
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


def endless_on_circuit_0(program):
    answer = classical(program)
    while 0 in answer.states.tolist():
        time.sleep(0.01)
    return answer


def out_of_memory(_program):
    raise MemoryLimitError(2**40, 2**30)


def no_memory(_program):
    raise MemoryError


def wrong_value(_program):
    raise ValueError("no such gate")


def broken(_program):
    raise KeyError("x")


def wrong_answer(_program):
    return "an answer"
