"""Programs run in process."""

import numpy as np

from paultrap.engine import simulate
from paultrap.languages import ProgramLimits, ReadProgram
from paultrap.languages.qasm.reading import read_qasm

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def read(text: str, **limits: int) -> ReadProgram:
    return read_qasm(text, ProgramLimits(**limits))


def distribution(text: str) -> dict[int, float]:
    """Return the exact distribution of a program's bits."""
    found = read(text)
    return found.readout.of(simulate(found.program)).as_dict(0)


def dense(found: dict[int, float], bits: int) -> np.ndarray:
    return np.array([found.get(state, 0.0) for state in range(2**bits)])
