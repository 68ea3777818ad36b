"""Chunks whose circuits follow from earlier answers: what they run, and what is kept of it."""

from dataclasses import replace

from paultrap.circuits import Distributions
from paultrap.functions import function_of
from paultrap.jobs import method_of
from paultrap.store import Lease


def with_circuits(lease: Lease) -> Lease:
    """Return a lease with the circuits that it is to run, which the planned ones stand for.

    They follow from what is stored, so that a chunk that is leased anew runs the same.
    """
    stage = lease.stage
    if stage is None or not stage.earlier:
        return lease
    program = function_of(stage.type, stage.source).next_stage(stage.earlier)
    first = lease.first % program.n_circuits
    return replace(lease, program=program.slice(first, first + lease.stop - lease.first))


def findings_of(lease: Lease, answers: Distributions) -> bytes | None:
    """Return what is kept of a chunk's answers beside them, or None where nothing is."""
    stage = lease.stage
    if stage is None:
        return None
    each = method_of(lease.sampling).combined(answers, lease.first)
    function = function_of(stage.type, stage.source)
    return function.findings(each, stage.shots, exact=lease.sampling is None)
