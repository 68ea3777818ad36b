"""Jobs that are more than their circuits: circuits go out, and their answers become a result."""

from paultrap.functions.energy import EnergyFunction
from paultrap.functions.function import Function
from paultrap.functions.maxcut import CIRCUITS, Cut, Findings, MaxCut
from paultrap.functions.moments import Estimate
from paultrap.jobs import JobType

__all__ = [
    "CIRCUITS",
    "Cut",
    "EnergyFunction",
    "Estimate",
    "Findings",
    "Function",
    "MaxCut",
    "function_of",
]

_BY_TYPE: dict[JobType, type[Function]] = {
    JobType.QUANTUM_FUNCTION: EnergyFunction,
    JobType.QAOA: MaxCut,
}


def function_of(type_: JobType, source: bytes) -> Function:
    """Return the function that a job's input describes.

    Args:
        type_: Of the job; one whose `JobType.is_function` holds.
        source: The ``input``, raw JSON.

    Raises:
        CircuitError: It describes none.
    """
    return _BY_TYPE[type_](source)
