"""What workers of the tests run instead of the engine; each takes a lease of a job of `harness.jobs`."""

import os
import signal
import time

from harness.jobs import classical

from paultrap.circuits import SimulationError
from paultrap.engine import MemoryLimitError


def slow(lease):
    """Take 2 ms for each circuit."""
    time.sleep(0.002 * lease.program.n_circuits)
    return classical(lease.program)


def quite_slow(lease):
    """Take half a second."""
    time.sleep(0.5)
    return classical(lease.program)


def slow_start(lease):
    """Take longer than a short lease lasts."""
    time.sleep(1.0)
    return classical(lease.program)


def deadly_on_circuit_10(lease):
    """Die where a circuit flips what the tenth flips."""
    answer = classical(lease.program)
    if 10 in answer.states.tolist():
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


def endless_on_circuit_0(lease):
    answer = classical(lease.program)
    while 0 in answer.states.tolist():
        time.sleep(0.01)
    return answer


def out_of_memory(_lease):
    raise MemoryLimitError(2**40, 2**30)


def no_memory(_lease):
    raise MemoryError


def wrong_value(_lease):
    raise SimulationError("no such gate")


def broken(_lease):
    raise KeyError("x")


def wrong_answer(_lease):
    return "an answer"


def holds_the_interpreter(_lease):
    """Take years, in compiled code that lets no other thread run."""
    return sum(range(10**18))
