"""Noise models: what they say, and the TOML files that they are read from.

A model is data. Behind every gate acts a depolarizing channel, rho -> (1 - r) rho + r I / d, whose
strength r depends on the gate; the last thing that happens is that qubits are misread. A file looks
like this, with what may be left out below the line::

    qubits = 11
    entangler = "ms"             # or "zz"
    one_qubit = 0.0005           # r behind a gate on one qubit
    two_qubit = 0.0133
    # ------------------------------------------------------------------
    title = "Our trap"
    source = "randomised benchmarking, March"
    acts_on = "native"           # or "written": see docs/reference/noise.md
    readout = [[0.01, 0.02]]     # of each qubit: p(read 1 | 0), p(read 0 | 1)
    [gates]                      # r by the name of the gate
    gpi = 0.0002
    [pairs]                      # r of gates on these two qubits
    "0-4" = 0.02

In the place of ``one_qubit`` and ``two_qubit`` a table ``mean_fidelities`` may give the gates' average
fidelities F: r = (1 - F) d / (d - 1), from the average fidelity 1 - r (d - 1) / d of the channel.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from paultrap.circuits import GATES
from paultrap.errors import Error

__all__ = ["NoiseModel", "NoiseModelError", "depolarizing_of", "noise_models", "read_model"]

SHIPPED = Path(__file__).parent / "noise_models"

Strength = Annotated[float, Meta(ge=0, le=1)]
Probability = Annotated[float, Meta(ge=0, le=1)]

_NAMES = sorted({name for _, name in GATES})


class NoiseModelError(Error, ValueError):
    """A noise model's file cannot be read; the message names the file and the field."""


class NoiseModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The errors of a machine.

    Attributes:
        name: What jobs call it.
        title: What people call it.
        qubits: How many the machine has; a circuit may not use more.
        entangler: Its native gate on two qubits.
        one_qubit: Depolarizing parameter r behind gates on one qubit.
        two_qubit: The same behind gates on two qubits.
        gates: r by the gate's name on the wire; goes before both.
        pairs: r of gates on two qubits by the pair, "0-4"; goes before all.
        readout: By qubit the probabilities to read 1 for 0, and 0 for 1; qubits behind the end are
            read as they are.
        acts_on: Whether noise follows the gates as written, or those that they compile to.
        derived: Whether the numbers follow from others that were published.
        source: Where they come from.
    """

    name: str
    qubits: Annotated[int, Meta(ge=1, le=512)]
    entangler: Literal["ms", "zz"]
    one_qubit: Strength
    two_qubit: Strength
    title: str = ""
    source: str = ""
    gates: dict[str, Strength] = {}
    pairs: dict[Annotated[str, Meta(pattern=r"^\d+-\d+$")], Strength] = {}
    readout: tuple[tuple[Probability, Probability], ...] = ()
    acts_on: Literal["native", "written"] = "native"
    derived: bool = False

    def __post_init__(self) -> None:
        for name in self.gates:
            if name not in _NAMES:
                raise ValueError(f'gates: there is no gate "{name}"; there are {", ".join(_NAMES)}')
        for pair in self.pairs:
            one, other = map(int, pair.split("-"))
            if one == other or max(one, other) >= self.qubits:
                raise ValueError(f'pairs: "{pair}" is not two of qubits 0 to {self.qubits - 1}')
        if len(self.readout) > self.qubits:
            raise ValueError(f"readout: {len(self.readout)} entries for {self.qubits} qubits")

    @property
    def pair_strengths(self) -> dict[tuple[int, int], float]:
        """R by pair, the lower qubit first."""
        found = {}
        for pair, strength in self.pairs.items():
            one, other = map(int, pair.split("-"))
            found[min(one, other), max(one, other)] = strength
        return found


def depolarizing_of(fidelity: float, qubits: int) -> float:
    """Return the depolarizing parameter of gates of this average fidelity.

    The channel rho -> (1 - r) rho + r I / d maps a pure state to one of fidelity 1 - r (d - 1) / d
    with it, with d = 2**qubits.
    """
    d: int = 2**qubits
    return (1 - fidelity) * d / (d - 1)


def read_model(file: Path) -> NoiseModel:
    """Return the model in a TOML file; it is called as the file.

    Raises:
        NoiseModelError: The file is not such a model.
    """
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        fidelities = content.pop("mean_fidelities", {})
        for qubits, field in ((1, "one_qubit"), (2, "two_qubit")):
            if field in fidelities:
                content.setdefault(field, depolarizing_of(float(fidelities[field]), qubits))
        return msgspec.convert({"name": file.stem} | content, NoiseModel)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise NoiseModelError(f"noise model {file}: {error}") from error


def noise_models(folder: Path | None = None) -> Mapping[str, NoiseModel]:
    """Return all models by name: those that come with paultrap, and those in ``folder``.

    Raises:
        NoiseModelError: A file in ``folder`` is not a model, or there is no such folder.
    """
    if folder is None:
        return _shipped()
    if not folder.is_dir():
        raise NoiseModelError(f"noise models: there is no folder {folder}")
    own = {file.stem: read_model(file) for file in sorted(folder.glob("*.toml"))}
    if "ideal" in own:
        raise NoiseModelError(f"noise model {folder / 'ideal.toml'}: this name means no noise")
    return {**_shipped(), **own}


@cache
def _shipped() -> Mapping[str, NoiseModel]:
    return {file.stem: read_model(file) for file in sorted(SHIPPED.glob("*.toml"))}
