"""Sampled jobs: which model of noise a job gets, what is stored of it, and how a chunk runs."""

from __future__ import annotations

import secrets
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.engine import Precision, sample, simulate
from paultrap.engine.noise import NoiseModel, noise_models

__all__ = [
    "IDEAL",
    "SIMULATOR",
    "NotEnoughQubitsError",
    "Sampling",
    "UnknownModelError",
    "check_qubits",
    "execute",
    "model_of",
    "new_seed",
    "noise_json",
]

IDEAL = "ideal"
SIMULATOR = "simulator"
_LAST_SEED = 2**31 - 1


class UnknownModelError(ValueError):
    """There is no noise model of this name; the message says which there are."""


class NotEnoughQubitsError(ValueError):
    """A circuit has more qubits than the machine whose noise it is to have."""


class Sampling(msgspec.Struct, frozen=True):
    """How a job is sampled: all that its runs need beside the circuits.

    It holds the model's numbers and not its name alone, so that a job that is stored keeps its
    answer when the model's file changes.

    Attributes:
        shots: Of each circuit.
        seed: Any whole number; circuit i of the job is drawn from it and i.
        noise: The errors.
    """

    shots: int
    seed: int
    noise: NoiseModel

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Return what `to_bytes` wrote."""
        return msgspec.json.decode(text, type=cls)


def new_seed() -> int:
    """Return a fresh seed from 1 to 2**31 - 1, the range that the API documents."""
    return 1 + secrets.randbelow(_LAST_SEED)


def model_of(backend: str, asked: str) -> NoiseModel | None:
    """Return the noise that a job has, or None when its answer is exact.

    Args:
        backend: A name in `paultrap.jobs.BACKENDS`. A QPU has the noise of the machine that it
            emulates, whatever is asked for.
        asked: The model that the job names; `IDEAL` when it names none.

    Raises:
        UnknownModelError: There is no such model.
    """
    name = asked if backend == SIMULATOR else backend.removeprefix("qpu.")
    if name == IDEAL:
        return None
    models = noise_models()
    if name not in models:
        known = ", ".join(f'"{each}"' for each in (IDEAL, *sorted(models)))
        raise UnknownModelError(f'there is no model "{name[:40]}"; there are {known}.')
    return models[name]


def check_qubits(widths: NDArray[np.uint16], model: NoiseModel) -> None:
    """Refuse circuits that are wider than the machine.

    Args:
        widths: Shape (N,): the number of qubits of each circuit.
        model: The machine.

    Raises:
        NotEnoughQubitsError: Names the first such circuit.
    """
    wide = np.flatnonzero(widths > model.qubits)
    if len(wide):
        index = int(wide[0])
        raise NotEnoughQubitsError(
            f"not enough qubits: circuit {index} has {widths[index]}, and the machine that "
            f'"{model.name}" models has {model.qubits}.'
        )


def noise_json(sampling: Sampling) -> bytes:
    """Return the job's ``noise`` as clients read it: the model's name and the seed."""
    return msgspec.json.encode({"model": sampling.noise.name, "seed": sampling.seed})


def execute(  # noqa: PLR0913  # all but two by name
    program: Program,
    sampling: Sampling | None,
    *,
    first_index: int = 0,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Distributions:
    """Run some circuits of a job, which gives the same in whatever chunks they come.

    Args:
        program: The circuits.
        sampling: How they are sampled; None for exact distributions.
        first_index: The index in the job of the first of them.
        precision: As of `paultrap.engine.simulate`, as are the other two.
        threads: How many may run.
        memory_limit: Bytes.

    Raises:
        MemoryLimitError: They do not fit.
        ValueError: The program's arrays contradict each other, or a gate cannot be compiled.
    """
    if sampling is None:
        return simulate(program, precision=precision, threads=threads, memory_limit=memory_limit)
    return sample(
        program,
        shots=sampling.shots,
        seed=sampling.seed,
        first_index=first_index,
        noise=sampling.noise,
        precision=precision,
        threads=threads,
        memory_limit=memory_limit,
    )
