"""`scan_gates`: gate lists to one `Program`, through the compiled scanner where it can.

The scanner reads what is written as clients write it; each circuit that it hands back goes to
the strict reader, which gives the same arrays or the verdict.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Program
from paultrap.formats.errors import MOST_NAMED, CircuitError
from paultrap.formats.limits import CircuitLimits
from paultrap.formats.splitting import SplitJob
from paultrap.formats.strict import CircuitPlace, read_gates
from paultrap.formats.table import TABLE


def scan_gates(
    job: SplitJob,
    widths: NDArray[np.int32],
    native: NDArray[np.bool_],
    limits: CircuitLimits,
    place_of: Callable[[int], CircuitPlace | None],
) -> tuple[Program, list[CircuitError]]:
    """Return the program of a job's gate lists, and what is wrong with up to ten of them.

    A circuit that cannot be read has no gates in the program.

    Args:
        job: The body, with one span for each of N circuits.
        widths: Shape (N,): the declared qubits of each circuit, -1 where none are.
        native: Shape (N,): whether each circuit's gateset is the native one.
        limits: The most circuits, gates and qubits that the job may have.
        place_of: Returns what the strict reader must know of the circuit with that index; None of
            a circuit that is not to be read.
    """
    arrays, indices = _kernels.scan(
        job.body, job.spans.reshape(-1), widths, native, TABLE, limits.widest, job.lists
    )
    scanned = Program(*arrays)
    parts = []
    errors: list[CircuitError] = []
    start, gates = 0, scanned.n_gates
    try:
        limits.check_gates(gates, job.root)
        for index in indices.tolist():
            place = place_of(index)
            if place is None:
                continue
            part = _read(job, index, place, errors)
            gates += part.n_gates
            limits.check_gates(gates, job.root)
            parts += [scanned.slice(start, index), part]
            start = index + 1
            if len(errors) == MOST_NAMED:
                break
    except CircuitError as error:
        errors.insert(0, error)
    if not parts:
        return scanned, errors
    rest = scanned.slice(start, scanned.n_circuits)
    return Program.concatenate([*parts, rest]), errors


def _read(job: SplitJob, index: int, place: CircuitPlace, errors: list[CircuitError]) -> Program:
    begin, end = job.spans[index].tolist()
    try:
        return read_gates(job.body[begin:end], place)
    except CircuitError as error:
        errors.append(error)
        return Program.empty(1)
