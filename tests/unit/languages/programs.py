"""Programs run in process."""

from collections.abc import Mapping

import numpy as np

from paultrap.circuits import selection
from paultrap.engine import simulate
from paultrap.languages import ProgramLimits, ReadProgram
from paultrap.languages.qasm.reading import parsed, read_qasm
from paultrap.languages.qasm.standard import NO_GATES, StandardGate
from paultrap.languages.qasm.unrolling import unrolled

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def read(text: str, **limits: int) -> ReadProgram:
    return read_qasm(text, ProgramLimits(**limits))


def distribution(text: str, gates: Mapping[str, StandardGate] = NO_GATES) -> dict[int, float]:
    """Return the exact distribution of the bits of a program, which need not include ``gates``.

    Of a program that ends with no measurement these are the bits of its registers alone.
    """
    found = unrolled(parsed(text), ProgramLimits(), gates)
    bits = found.readout.of(simulate(found.program))
    return selection(found.readout.part(2)).of(bits).as_dict(0)


def dense(found: dict[int, float], bits: int) -> np.ndarray:
    return np.array([found.get(state, 0.0) for state in range(2**bits)])
