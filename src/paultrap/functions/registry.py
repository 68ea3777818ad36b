"""Which job types are functions. A new one is a file of this package and a line here."""

from functools import cache
from importlib import import_module

from paultrap.functions.function import Function

# Module and class of each type; what a process does not need it does not import.
_CLASSES = {
    "quantum-function": "energy.EnergyFunction",
    "qctrl.qaoa.v1": "qaoa.Qaoa",
}

#: The types of jobs that are functions, as version 0.4 names them.
TYPES = tuple(_CLASSES)


def is_function(job_type: str) -> bool:
    """Return whether the answers of such a job become one result, which alone is the job's."""
    return job_type in _CLASSES


@cache
def class_of(job_type: str) -> type[Function]:
    """Return the function of a type, which is in `TYPES`."""
    module, _, name = _CLASSES[job_type].partition(".")
    found: type[Function] = getattr(import_module(f"paultrap.functions.{module}"), name)
    return found


def function_of(job_type: str, source: bytes) -> Function:
    """Return the function of a stored job.

    Args:
        job_type: The type of the job, one of `TYPES`.
        source: The job's ``input``, raw JSON.

    Raises:
        CircuitError: It describes none.
    """
    return class_of(job_type)(source)
