"""Functions, made into circuits as where a job is submitted."""

from paultrap.formats import CircuitBatch, CircuitLimits
from paultrap.functions import Function, Request
from paultrap.languages import Reading

__all__ = ["circuits_of"]

LIMITS = CircuitLimits()


def circuits_of(
    function: Function, limits: CircuitLimits = LIMITS, *, exact: bool = True
) -> CircuitBatch:
    ansatz = function.ansatz(limits, Reading(60)) if function.has_ansatz else None
    return function.circuits(Request(limits, exact, _no_circuits, ansatz))


def _no_circuits() -> CircuitBatch:
    raise AssertionError("there are no circuits in JSON")
