"""`scan_gates`: gate lists to one `Program`, through the compiled scanner where it can.

The scanner reads what is written as clients write it; each circuit that it hands back goes to
the strict reader, which gives the same arrays or the verdict.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Program
from paultrap.formats.errors import MOST_NAMED, CircuitError, together
from paultrap.formats.limits import CircuitLimits
from paultrap.formats.splitting import SplitJob
from paultrap.formats.strict import CircuitPlace, read_gates
from paultrap.formats.table import TABLE


def scan_gates(
    job: SplitJob,
    widths: NDArray[np.int32],
    native: NDArray[np.bool_],
    limits: CircuitLimits,
    place_of: Callable[[int], CircuitPlace],
) -> Program:
    """Return the program of a job's gate lists.

    Args:
        job: The body, with one span for each of N circuits.
        widths: Shape (N,): the declared qubits of each circuit, -1 where none are.
        native: Shape (N,): whether each circuit's gateset is the native one.
        limits: The most circuits, gates and qubits that the job may have.
        place_of: Returns what the strict reader must know of the circuit with that index.

    Raises:
        CircuitError: A gate list is not one, a gate does not fit its circuit, or there are too
            many gates. Up to ten bad circuits are named.
    """
    arrays, indices = _kernels.scan(
        job.body, job.spans.reshape(-1), widths, native, TABLE, limits.widest, job.lists
    )
    scanned = Program(*arrays)
    limits.check_gates(scanned.n_gates, job.root)
    handed_back = indices.tolist()
    if not handed_back:
        return scanned
    parts = []
    errors: list[CircuitError] = []
    start, gates = 0, scanned.n_gates
    for index in handed_back:
        begin, end = job.spans[index].tolist()
        try:
            part = read_gates(job.body[begin:end], place_of(index))
        except CircuitError as error:
            errors.append(error)
            if len(errors) == MOST_NAMED:
                break
            continue
        gates += part.n_gates
        if errors and gates > limits.gates:
            break
        limits.check_gates(gates, job.root)
        parts += [scanned.slice(start, index), part]
        start = index + 1
    if errors:
        raise together(errors)
    return Program.concatenate([*parts, scanned.slice(start, scanned.n_circuits)])
