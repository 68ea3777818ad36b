"""Circuits: the gate table, `Program` in and `Distributions` out. No JSON, no I/O."""

from paultrap.circuits.blob import BlobError
from paultrap.circuits.distributions import Distributions
from paultrap.circuits.gates import ALIASES, GATES, Gate, Gateset, Opcode, lookup, unitary
from paultrap.circuits.program import Program

__all__ = [
    "ALIASES",
    "GATES",
    "BlobError",
    "Distributions",
    "Gate",
    "Gateset",
    "Opcode",
    "Program",
    "lookup",
    "unitary",
]
