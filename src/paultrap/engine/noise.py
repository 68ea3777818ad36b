"""Noise models: the errors of a machine as numbers. It reads no files; `paultrap.machines` does.

After every gate acts a depolarizing channel, rho -> (1 - r) rho + r I / d, whose strength r depends
on the gate; at the end qubits are misread.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from paultrap.circuits import GATES
from paultrap.compiler import Entangler

Strength = Annotated[float, Meta(ge=0, le=1)]
Probability = Annotated[float, Meta(ge=0, le=1)]

_NAMES = sorted({name for _, name in GATES})


class NoiseModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The errors of a machine.

    Attributes:
        name: The name that jobs have in their ``noise``.
        title: The name for people.
        qubits: How many the machine has; a circuit may not use more.
        entangler: The machine's native gate on two qubits, "ms" or "zz".
        one_qubit: Depolarizing parameter r after gates on one qubit.
        two_qubit: The same after gates on two qubits.
        gates: r by the gate's name on the wire; overrides ``one_qubit`` and ``two_qubit``.
        pairs: r of gates on two qubits by the pair, "0-4"; overrides all others.
        readout: By qubit the probabilities to read 1 for 0, and 0 for 1; qubits without an entry have
            no readout error.
        acts_on: Whether noise follows the gates as written, or those that they compile to.
        derived: Whether the numbers follow from others that were published.
        source: Where the numbers come from, for people.
    """

    name: str
    qubits: Annotated[int, Meta(ge=1, le=512)]
    entangler: Entangler
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
