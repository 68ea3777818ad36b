"""Circuits of a job in, what is stored of them out; and what that will take."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program, Readout
from paultrap.engine import ENGINE_VERSION, Placement, RunOptions, shots_of_groups
from paultrap.jobs.methods import method_of
from paultrap.jobs.sampling import Sampling
from paultrap.machines import FindPlugin

AVERAGE = "average"
_DEFAULTS = RunOptions()


class Work(NamedTuple):
    """Some circuits of a job that are to be run.

    Attributes:
        program: The circuits to run.
        sampling: How they are sampled; None for exact distributions.
        readout: What they measure; None where that is each qubit at the end.
        first_index: The index of the first of these circuits in its job.
    """

    program: Program
    sampling: Sampling | None
    readout: Readout | None = None
    first_index: int = 0


def execute(
    work: Work, options: RunOptions = _DEFAULTS, find_plugin: FindPlugin = lambda _: None
) -> Distributions:
    """Run some circuits of a job, which gives the same in whatever chunks they come.

    Args:
        work: The circuits, and how they are sampled and read.
        options: The threads, memory and precision that the run may use.
        find_plugin: Returns a plug-in by its name; without it there are no plug-ins.

    Returns:
        What is stored: a distribution for each circuit, or where circuits are debiased one for each
        variant, of which `combined` makes one.

    Raises:
        MemoryLimitError: They do not fit.
        ValueError: The program's arrays contradict each other, or a gate cannot be compiled.
        PluginError: The plug-in is not installed, or has failed.
    """
    program, sampling, readout, first_index = work
    method = method_of(sampling, find_plugin)
    placement = None if readout is None else _placement(readout, program)
    found = method.run(program, first_index, placement, options)
    if readout is None:
        return found
    if sampling is None:
        return readout.of(found)
    each = shots_of_groups(sampling.shots, method.distributions_per_circuit)
    return readout.of(found, np.tile(each, program.n_circuits))


#: What runs circuits by the rules of each version of the engine that this release has, newest first.
RULES: dict[str, Callable[[Work, RunOptions, FindPlugin], Distributions]] = {
    ENGINE_VERSION: execute
}


def _placement(readout: Readout, program: Program) -> Placement | None:
    """Return where the circuits are on the machine, or None where they are on its first qubits."""
    if not readout.machine_qubits:
        return None
    qubits = np.array(readout.machine_qubits, np.uint16)
    return Placement(np.tile(qubits, (program.n_circuits, 1)))


def distributions_per_circuit(sampling: Sampling | None) -> int:
    """Return how many distributions `execute` gives for each circuit."""
    return method_of(sampling).distributions_per_circuit


def combined(
    answer: Distributions,
    sampling: Sampling | None,
    *,
    first_index: int = 0,
    aggregation: str = AVERAGE,
) -> Distributions:
    """Return one distribution for each circuit of what `execute` gave.

    Args:
        answer: The answer of some circuits of the job, as `execute` returns it.
        sampling: How they were sampled; None for exact answers.
        first_index: The index of the first of these circuits in its job.
        aggregation: A name in `paultrap.engine.AGGREGATIONS`; it matters where circuits are
            debiased.
    """
    return method_of(sampling).combined(answer, first_index, aggregation)


def estimate(program: Program, sampling: Sampling | None) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates, shape (N,).

    Raises:
        ValueError: A gate cannot be compiled.
    """
    return method_of(sampling).costs(program)


def memory_of(program: Program, sampling: Sampling | None, options: RunOptions = _DEFAULTS) -> int:
    """Return the bytes that `execute` needs at peak.

    Raises:
        ValueError: A gate cannot be compiled.
    """
    return method_of(sampling).memory(program, options)
