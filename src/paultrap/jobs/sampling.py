"""Sampled jobs: which model of noise a job gets, and what is stored of it."""

from __future__ import annotations

import secrets
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.engine import LEAST_SHOTS, N_VARIANTS
from paultrap.engine.noise import NoiseModel
from paultrap.errors import Error
from paultrap.jobs.backends import BACKENDS, MODELS, SIMULATOR, is_own

__all__ = [
    "IDEAL",
    "NotEnoughQubitsError",
    "Sampling",
    "TooFewShotsError",
    "UnknownModelError",
    "check_qubits",
    "model_of",
    "new_seed",
    "noise_json",
    "variants_of",
]

IDEAL = "ideal"
_LAST_SEED = 2**31 - 1


class UnknownModelError(Error, ValueError):
    """There is no noise model of this name; the message says which there are."""


class TooFewShotsError(Error, ValueError):
    """Debiasing is asked for with fewer shots than it takes."""


class NotEnoughQubitsError(Error, ValueError):
    """A circuit has more qubits than the machine whose noise it is to have."""


class Sampling(msgspec.Struct, frozen=True):
    """How a job is sampled: all that its runs need beside the circuits.

    It holds the model's numbers and not its name alone, so that a job that is stored keeps its
    answer when the model's file changes.

    Attributes:
        shots: Of each circuit.
        seed: Any whole number; circuit i of the job is drawn from it and i.
        noise: The errors; None where a back end of one's own runs the circuits.
        backend: The name of such a back end.
        variants: Of each circuit, which share its shots, where it is debiased; otherwise 0.
    """

    shots: int
    seed: int
    noise: NoiseModel | None
    variants: int = 0
    backend: str | None = None

    @property
    def machine(self) -> str:
        """Whose errors the job has: the noise model's name, or the back end's."""
        return self.backend or "" if self.noise is None else self.noise.name

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
    name = asked if backend == SIMULATOR else BACKENDS[backend].noise_model
    if name in {None, IDEAL}:
        return None
    if name not in MODELS:
        known = ", ".join(f'"{each}"' for each in (IDEAL, *sorted(MODELS)))
        raise UnknownModelError(f'there is no model "{name[:40]}"; there are {known}.')
    return MODELS[name]


def variants_of(backend: str, shots: int, *, asked: bool | None) -> int:
    """Return how many variants each circuit has: 0 where it is not debiased.

    Args:
        backend: A name in `paultrap.jobs.BACKENDS`. The simulator debiases nothing, whatever is
            asked for, and a back end of one's own knows best what to do.
        shots: Of each circuit.
        asked: What the job says; None when it leaves the choice to the machine, which debiases
            where there are shots enough.

    Raises:
        TooFewShotsError: There are not, and the job insists.
    """
    if backend == SIMULATOR or is_own(backend) or asked is False:
        return 0
    if shots >= LEAST_SHOTS:
        return N_VARIANTS
    if asked:
        raise TooFewShotsError(
            f"debiasing takes {LEAST_SHOTS} shots or more, and there are {shots}."
        )
    return 0


def check_qubits(widths: NDArray[np.uint16], sampling: Sampling) -> None:
    """Refuse circuits that are wider than the machine.

    Args:
        widths: Shape (N,): the number of qubits of each circuit.
        sampling: It says which machine.

    Raises:
        NotEnoughQubitsError: Names the first such circuit.
    """
    if sampling.noise is None:
        name = sampling.backend or SIMULATOR
        qubits, machine = BACKENDS[name].qubits, f'"{name}"'
    else:
        qubits, machine = sampling.noise.qubits, f'the machine that "{sampling.noise.name}" models'
    wide = np.flatnonzero(widths > qubits)
    if len(wide):
        index = int(wide[0])
        raise NotEnoughQubitsError(
            f"not enough qubits: circuit {index} has {widths[index]}, and {machine} has {qubits}."
        )


def noise_json(sampling: Sampling) -> bytes:
    """Return the job's ``noise`` as clients read it: whose errors it has, and the seed."""
    return msgspec.json.encode({"model": sampling.machine, "seed": sampling.seed})
