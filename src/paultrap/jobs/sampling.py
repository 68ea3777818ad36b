"""Sampled jobs: how often, with which seed and noise, and what is stored of it."""

from typing import Self

import msgspec

from paultrap.compiler import Entangler
from paultrap.engine import NoiseModel
from paultrap.machines import Backend


class Sampling(msgspec.Struct, frozen=True):
    """How a job is sampled: all that its runs need beside the circuits.

    It holds the model's numbers and not its name alone, so that a job that is stored keeps its
    answer when the model's file changes.

    Attributes:
        shots: How many shots each circuit has.
        seed: Any whole number; circuit i of the job is drawn from it and i.
        noise: The errors; None where a plug-in runs the circuits.
        backend: The name of the plug-in that runs the job, or None.
        variants: How many variants share a circuit's shots where it is debiased; otherwise 0.
        debiasing: What the job says of that; None where it leaves the choice to the machine.
    """

    shots: int
    seed: int
    noise: NoiseModel | None
    variants: int = 0
    backend: str | None = None
    debiasing: bool | None = None

    @property
    def machine(self) -> str:
        """Whose errors the job has: the noise model's name, or the plug-in's."""
        return self.backend or "" if self.noise is None else self.noise.name

    def compiled_to(self, backend: Backend) -> Entangler | None:
        """Return the native gate on two qubits that circuits are compiled to, or None.

        It is that of the noise that the job is stored with, so it is what runs; a plug-in says
        itself what it takes.
        """
        if self.noise is None:
            return backend.entangler
        return self.noise.entangler if self.noise.acts_on == "native" else None

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Return what `to_bytes` wrote."""
        return msgspec.json.decode(text, type=cls)
