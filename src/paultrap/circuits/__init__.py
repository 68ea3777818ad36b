"""Circuits: the gate table, `Program` in and `Distributions` out. No JSON of the API, no I/O."""

from paultrap.circuits.blob import BlobError, pack, unpack
from paultrap.circuits.distributions import Distributions
from paultrap.circuits.errors import InterruptedRunError, NotCliffordError, SimulationError
from paultrap.circuits.evolutions import Evolution, evolved
from paultrap.circuits.gates import (
    ALIASES,
    ELSEWHERE,
    GATES,
    ROOTS,
    Facts,
    Gate,
    Gateset,
    Opcode,
    lookup,
    unitary,
)
from paultrap.circuits.limits import Limit, Message, OverLimit, within
from paultrap.circuits.program import PlacedGate, Program
from paultrap.circuits.readout import MOST_BITS, Readout, Register, selection
from paultrap.circuits.shots import shots_in_order

__all__ = [
    "ALIASES",
    "ELSEWHERE",
    "GATES",
    "MOST_BITS",
    "ROOTS",
    "BlobError",
    "Distributions",
    "Evolution",
    "Facts",
    "Gate",
    "Gateset",
    "InterruptedRunError",
    "Limit",
    "Message",
    "NotCliffordError",
    "Opcode",
    "OverLimit",
    "PlacedGate",
    "Program",
    "Readout",
    "Register",
    "SimulationError",
    "evolved",
    "lookup",
    "pack",
    "selection",
    "shots_in_order",
    "unitary",
    "unpack",
    "within",
]
