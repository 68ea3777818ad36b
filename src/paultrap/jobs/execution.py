"""The ways in which circuits of a job are run: exactly, sampled, debiased, or by a plug-in backend.

Whoever adds a way adds a class here, and a case to `method_of`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program, Readout
from paultrap.compiler import compile_native
from paultrap.engine import (
    ENGINE_VERSION,
    WORK_UPDATES,
    Draw,
    NoiseModel,
    Placement,
    RunOptions,
    aggregated,
    estimate_debiasing_memory,
    estimate_debiasing_work,
    estimate_memory,
    estimate_reuse_memory,
    estimate_reuse_work,
    estimate_sampling_memory,
    estimate_sampling_work,
    estimate_work,
    exact_thread_memory,
    is_reused,
    plugin_work,
    sample,
    sample_reused,
    sample_variants,
    sampled_thread_memory,
    shots_of_groups,
    simulate,
    simulate_reused,
    updates_of,
)
from paultrap.jobs.sampling import Sampling
from paultrap.machines import Chunk, FindPlugin, PluginError, run_chunk

AVERAGE = "average"
_DEFAULTS = RunOptions()
_BYTES_PER_SHOT = 200  # of a histogram in Python's own integers, each shot another state


class Method(ABC):
    """How circuits are run, and what that will take."""

    @property
    def distributions_per_circuit(self) -> int:
        """How many distributions `run` gives for each circuit."""
        return 1

    @property
    def takes_any_width(self) -> bool:
        """Whether circuits may be wider than a state vector; whoever chose it has judged them."""
        return False

    @abstractmethod
    def run(
        self, program: Program, first_index: int, placement: Placement | None, options: RunOptions
    ) -> Distributions:
        """Return what is stored: `distributions_per_circuit` for each circuit.

        Args:
            program: Some circuits of the job, in submission order.
            first_index: The index in the job of the first of them.
            placement: Where they are on the machine; None where their qubits are its first ones.
            options: The threads, memory and precision that the run may use.
        """

    @abstractmethod
    def work(self, program: Program) -> NDArray[np.float64]:
        """Return each circuit's work by kind, shape (N, kinds); see `paultrap.engine.WORK_UPDATES`.

        Raises:
            ValueError: A gate cannot be compiled.
        """

    @property
    def start_cost(self) -> float:
        """What a run takes beside its circuits, in amplitude updates."""
        return WORK_UPDATES["sampled run"]

    def costs(self, program: Program) -> NDArray[np.float64]:
        """Return each circuit's work in amplitude updates, shape (N,).

        Raises:
            ValueError: A gate cannot be compiled.
        """
        return updates_of(self.work(program))

    @abstractmethod
    def memory(self, program: Program, options: RunOptions) -> int:
        """Return the bytes that `run` needs at peak.

        Raises:
            ValueError: A gate cannot be compiled.
        """

    def thread_memory(self, program: Program) -> int:
        """Return the bytes that `run` needs more at most for each thread beside the first."""
        del program
        return 0

    def combined(
        self, answer: Distributions, first_index: int = 0, aggregation: str = AVERAGE
    ) -> Distributions:
        """Return one distribution for each circuit of what `run` gave.

        Args:
            answer: The distributions of some circuits of the job.
            first_index: The index in the job of the first of them.
            aggregation: A name in `paultrap.engine.AGGREGATIONS`; it matters where circuits are
                debiased.
        """
        del first_index, aggregation
        return answer


def method_for(
    program: Program,
    sampling: Sampling | None,
    readout: Readout | None,
    find_plugin: FindPlugin = lambda _: None,
) -> Method:
    """Return how some circuits of a job are run.

    Args:
        program: The circuits, as they were read.
        sampling: How the job is sampled; None for exact distributions.
        readout: What they measure; None where that is each qubit at the end.
        find_plugin: As of `method_of`.
    """
    method = method_of(sampling, find_plugin)
    if readout is None or not readout.measures_within or isinstance(method, _Plugin | _Debiased):
        return method
    return _Reused(sampling, readout) if is_reused(program, exact=sampling is None) else method


def method_of(sampling: Sampling | None, find_plugin: FindPlugin = lambda _: None) -> Method:
    """Return how a job is run.

    Args:
        sampling: How it is sampled; None for exact distributions.
        find_plugin: Returns the plug-in that runs circuits; only `Method.run` asks.
    """
    if sampling is None:
        return _Exact()
    if sampling.noise is None:
        return _Plugin(sampling, find_plugin)
    if sampling.variants:
        return _Debiased(sampling, sampling.noise)
    return _Sampled(sampling, sampling.noise)


class _Exact(Method):
    @property
    def start_cost(self) -> float:
        return WORK_UPDATES["exact run"]

    def run(
        self, program: Program, first_index: int, placement: Placement | None, options: RunOptions
    ) -> Distributions:
        del first_index, placement
        return simulate(program, options)

    def work(self, program: Program) -> NDArray[np.float64]:
        return estimate_work(program)

    def memory(self, program: Program, options: RunOptions) -> int:
        return estimate_memory(program, options)

    def thread_memory(self, program: Program) -> int:
        return exact_thread_memory(program)


@dataclass(frozen=True)
class _Plugin(Method):
    sampling: Sampling
    find: FindPlugin

    def run(
        self, program: Program, first_index: int, placement: Placement | None, options: RunOptions
    ) -> Distributions:
        del placement, options
        name, shots, seed = self.sampling.backend, self.sampling.shots, self.sampling.seed
        plugin = self.find(name or "")
        if plugin is None:
            raise PluginError(f'backend "{name}" is not installed where the worker runs')
        if plugin.gateset == "native":
            program = compile_native(program, plugin.entangler)
        return run_chunk(plugin, Chunk(program, shots, seed, first_index))

    def work(self, program: Program) -> NDArray[np.float64]:
        return plugin_work(program.n_circuits)

    def memory(self, program: Program, options: RunOptions) -> int:
        del options
        return self.sampling.shots * program.n_circuits * _BYTES_PER_SHOT


@dataclass(frozen=True)
class _Sampled(Method):
    sampling: Sampling
    noise: NoiseModel

    def run(
        self, program: Program, first_index: int, placement: Placement | None, options: RunOptions
    ) -> Distributions:
        return sample(program, self.draw(first_index), self.noise, placement, options)

    def work(self, program: Program) -> NDArray[np.float64]:
        return estimate_sampling_work(program, self.sampling.shots, self.noise)

    def memory(self, program: Program, options: RunOptions) -> int:
        return estimate_sampling_memory(program, self.sampling.shots, self.noise, options)

    def thread_memory(self, program: Program) -> int:
        return sampled_thread_memory(program)

    def draw(self, first_index: int) -> Draw:
        return Draw(self.sampling.shots, self.sampling.seed, first_index)


class _Debiased(_Sampled):
    @property
    def distributions_per_circuit(self) -> int:
        return self.sampling.variants

    def run(
        self, program: Program, first_index: int, placement: Placement | None, options: RunOptions
    ) -> Distributions:
        del placement  # each variant has its own
        draw, variants = self.draw(first_index), self.sampling.variants
        return sample_variants(program, draw, variants, self.noise, options)

    def work(self, program: Program) -> NDArray[np.float64]:
        shots, variants = self.sampling.shots, self.sampling.variants
        return estimate_debiasing_work(program, shots, variants, self.noise)

    def memory(self, program: Program, options: RunOptions) -> int:
        shots, variants = self.sampling.shots, self.sampling.variants
        return estimate_debiasing_memory(program, shots, variants, self.noise, options)

    def combined(
        self, answer: Distributions, first_index: int = 0, aggregation: str = AVERAGE
    ) -> Distributions:
        return aggregated(aggregation, answer, self.draw(first_index), self.sampling.variants)


@dataclass(frozen=True)
class _Reused(Method):
    """How one circuit is run that is too wide, and of which few qubits are in use at once."""

    sampling: Sampling | None
    readout: Readout

    @property
    def takes_any_width(self) -> bool:
        return True

    def run(
        self, program: Program, first_index: int, placement: Placement | None, options: RunOptions
    ) -> Distributions:
        del placement, options
        read = frozenset(qubit for qubit in (*self.readout.bits, *self.readout.final) if qubit >= 0)
        if self.sampling is None or self.sampling.noise is None:
            return simulate_reused(program, read)
        draw = Draw(self.sampling.shots, self.sampling.seed, first_index)
        machine = np.array(self.readout.machine_qubits, np.uint16)
        return sample_reused(program, draw, self.sampling.noise, machine, read)

    def work(self, program: Program) -> NDArray[np.float64]:
        return estimate_reuse_work(program, self._shots)

    def memory(self, program: Program, options: RunOptions) -> int:
        del options
        return estimate_reuse_memory(program, self._shots)

    @property
    def _shots(self) -> int | None:
        return None if self.sampling is None else self.sampling.shots


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
        variant, of which `Method.combined` makes one.

    Raises:
        MemoryLimitError: They do not fit.
        ValueError: The program's arrays contradict each other, or a gate cannot be compiled.
        PluginError: The plug-in is not installed, or has failed.
    """
    program, sampling, readout, first_index = work
    method = method_for(program, sampling, readout, find_plugin)
    placement = None if readout is None else _placement(readout, program)
    found = method.run(program, first_index, placement, options)
    if readout is None:
        return found
    if sampling is None:
        return readout.of(found)
    each = shots_of_groups(sampling.shots, method.distributions_per_circuit)
    return readout.of(found, np.tile(each, program.n_circuits))


def _execute_by(
    version: str, work: Work, options: RunOptions, find_plugin: FindPlugin
) -> Distributions:
    return execute(work, replace(options, engine_version=version), find_plugin)


#: What runs circuits by the rules of each version of the engine that this release has, newest first.
RULES: dict[str, Callable[[Work, RunOptions, FindPlugin], Distributions]] = {
    version: partial(_execute_by, version) for version in (ENGINE_VERSION, "4")
}


def _placement(readout: Readout, program: Program) -> Placement | None:
    """Return where the circuits are on the machine, or None where they are on its first qubits."""
    if not readout.machine_qubits:
        return None
    qubits = np.array(readout.machine_qubits, np.uint16)
    return Placement(np.tile(qubits, (program.n_circuits, 1)))
