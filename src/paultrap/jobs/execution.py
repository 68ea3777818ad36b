"""How circuits of a job are run: exactly, sampled, or debiased; and what that will take."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program, Readout
from paultrap.compiler import compile_native
from paultrap.engine import (
    Precision,
    estimate_costs,
    estimate_memory,
    estimate_sampling_costs,
    estimate_sampling_memory,
    sample,
    simulate,
)
from paultrap.engine.debiasing import (
    aggregated,
    estimate_debiasing_costs,
    estimate_debiasing_memory,
    sample_variants,
)
from paultrap.engine.sampling import shots_of_groups
from paultrap.jobs.sampling import Sampling
from paultrap.machines import Chunk, FindPlugin, PluginError, run_chunk

__all__ = ["AVERAGE", "combined", "distributions_per_circuit", "estimate", "execute", "memory_of"]

AVERAGE = "average"

# Assumed of a circuit on a plug-in, whose time is not known here: so that a worker has some tens of
# them at once, and what is done is seen and kept.
_PLUGIN_COST = 2.0**26
_BYTES_PER_SHOT = 200  # of a histogram in Python's own integers, each shot another state


def execute(  # noqa: PLR0913  # all but two by name
    program: Program,
    sampling: Sampling | None,
    *,
    readout: Readout | None = None,
    first_index: int = 0,
    find_plugin: FindPlugin = lambda _: None,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Distributions:
    """Run some circuits of a job, which gives the same in whatever chunks they come.

    Args:
        program: The circuits.
        sampling: How they are sampled; None for exact distributions.
        readout: What they measure; None where that is each qubit at the end.
        first_index: The index in the job of the first of them.
        find_plugin: Returns the plug-in that runs circuits; there is none without it.
        precision: As of `paultrap.engine.simulate`, as are the other two.
        threads: How many may run.
        memory_limit: Bytes.

    Returns:
        What is stored: a distribution for each circuit, or where circuits are debiased one for each
        variant, of which `combined` makes one.

    Raises:
        MemoryLimitError: They do not fit.
        ValueError: The program's arrays contradict each other, or a gate cannot be compiled.
        PluginError: The plug-in is not installed, or has failed.
    """
    run = partial(
        _execute,
        program,
        sampling,
        None if readout is None else _machine_qubits(readout, program),
        first_index,
        find_plugin=find_plugin,
        precision=precision,
        threads=threads,
        memory_limit=memory_limit,
    )
    if readout is None:
        return run()
    if sampling is None:
        return readout.of(run())
    each = shots_of_groups(sampling.shots, distributions_per_circuit(sampling))
    return readout.of(run(), np.tile(each, program.n_circuits))


def _machine_qubits(readout: Readout, program: Program) -> NDArray[np.uint16] | None:
    """Return the machine's qubit of each of a circuit's, or None where they are the same."""
    if not readout.machine_qubits:
        return None
    return np.tile(np.array(readout.machine_qubits, np.uint16), (program.n_circuits, 1))


def _execute(  # noqa: PLR0913  # as `execute`
    program: Program,
    sampling: Sampling | None,
    machine_qubits: NDArray[np.uint16] | None,
    first_index: int,
    *,
    find_plugin: FindPlugin,
    precision: Precision,
    threads: int | None,
    memory_limit: int | None,
) -> Distributions:
    if sampling is None:
        return simulate(program, precision=precision, threads=threads, memory_limit=memory_limit)
    if sampling.noise is None:
        return _execute_plugin(program, sampling, first_index, find_plugin)
    if sampling.variants:
        return sample_variants(
            program,
            shots=sampling.shots,
            variants=sampling.variants,
            seed=sampling.seed,
            first_index=first_index,
            noise=sampling.noise,
            precision=precision,
            threads=threads,
            memory_limit=memory_limit,
        )
    return sample(
        program,
        shots=sampling.shots,
        seed=sampling.seed,
        first_index=first_index,
        noise=sampling.noise,
        qubit_maps=machine_qubits,
        precision=precision,
        threads=threads,
        memory_limit=memory_limit,
    )


def _execute_plugin(
    program: Program, sampling: Sampling, first_index: int, find_plugin: FindPlugin
) -> Distributions:
    plugin = find_plugin(sampling.backend or "")
    if plugin is None:
        raise PluginError(f'back end "{sampling.backend}" is not installed where the worker runs')
    if plugin.gateset == "native":
        program = compile_native(program, plugin.entangler)
    return run_chunk(plugin, Chunk(program, sampling.shots, sampling.seed, first_index))


def distributions_per_circuit(sampling: Sampling | None) -> int:
    """Return how many distributions `execute` gives for each circuit."""
    return max(1, sampling.variants) if sampling is not None else 1


def combined(
    answer: Distributions,
    sampling: Sampling | None,
    *,
    first_index: int = 0,
    aggregation: str = AVERAGE,
) -> Distributions:
    """Return one distribution for each circuit of what `execute` gave.

    Args:
        answer: Of some circuits of the job.
        sampling: How they were sampled.
        first_index: The index in the job of the first of them.
        aggregation: A name in `paultrap.engine.debiasing.AGGREGATIONS`; it matters where circuits
            are debiased.
    """
    if sampling is None or not sampling.variants:
        return answer
    return aggregated(
        aggregation,
        answer,
        shots=sampling.shots,
        n_variants=sampling.variants,
        seed=sampling.seed,
        first_index=first_index,
    )


def estimate(program: Program, sampling: Sampling | None) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates, shape (N,).

    Raises:
        ValueError: A gate cannot be compiled.
    """
    if sampling is None:
        return estimate_costs(program)
    if sampling.noise is None:
        return np.full(program.n_circuits, _PLUGIN_COST)
    if sampling.variants:
        return estimate_debiasing_costs(program, sampling.shots, sampling.variants, sampling.noise)
    return estimate_sampling_costs(program, sampling.shots, sampling.noise)


def memory_of(
    program: Program, sampling: Sampling | None, threads: int | None, precision: Precision
) -> int:
    """Return the bytes that `execute` needs at peak.

    Raises:
        ValueError: A gate cannot be compiled.
    """
    if sampling is None:
        return estimate_memory(program, threads, precision)
    shots, noise = sampling.shots, sampling.noise
    if noise is None:
        return shots * program.n_circuits * _BYTES_PER_SHOT
    if sampling.variants:
        return estimate_debiasing_memory(
            program, shots, sampling.variants, noise, threads=threads, precision=precision
        )
    return estimate_sampling_memory(program, shots, noise, threads, precision)
