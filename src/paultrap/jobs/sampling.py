"""Sampled jobs: how often, with which seed and noise, and what is stored of it."""

from __future__ import annotations

import secrets
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.engine import LEAST_SHOTS, N_VARIANTS
from paultrap.engine.noise import NoiseModel
from paultrap.errors import Error
from paultrap.machines import Backend

__all__ = [
    "NotEnoughQubitsError",
    "Sampling",
    "TooFewShotsError",
    "check_qubits",
    "new_seed",
    "noise_json",
    "variants_of",
]

_LAST_SEED = 2**31 - 1


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
        noise: The errors; None where a plug-in runs the circuits.
        backend: The name of that plug-in.
        variants: Of each circuit, which share its shots, where it is debiased; otherwise 0.
    """

    shots: int
    seed: int
    noise: NoiseModel | None
    variants: int = 0
    backend: str | None = None

    @property
    def machine(self) -> str:
        """Whose errors the job has: the noise model's name, or the plug-in's."""
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


def variants_of(backend: Backend, shots: int, *, asked: bool | None) -> int:
    """Return how many variants each circuit has: 0 where it is not debiased.

    Args:
        backend: Where the job runs. The simulator debiases nothing, whatever is asked for, and a
            plug-in knows best what to do.
        shots: Of each circuit.
        asked: What the job says; None when it leaves the choice to the machine, which debiases
            where there are shots enough.

    Raises:
        TooFewShotsError: There are not, and the job insists.
    """
    if not backend.is_emulated or asked is False:
        return 0
    if shots >= LEAST_SHOTS:
        return N_VARIANTS
    if asked:
        raise TooFewShotsError(
            f"debiasing takes {LEAST_SHOTS} shots or more, and there are {shots}."
        )
    return 0


def check_qubits(widths: NDArray[np.uint16], sampling: Sampling, backend: Backend) -> None:
    """Refuse circuits that are wider than the machine.

    Args:
        widths: Shape (N,): the number of qubits of each circuit.
        sampling: Whose noise the circuits have.
        backend: Where the job runs.

    Raises:
        NotEnoughQubitsError: Names the first such circuit.
    """
    if sampling.noise is None:
        qubits, machine = backend.qubits, f'"{backend.name}"'
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
