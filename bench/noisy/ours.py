"""Sampled jobs as paultrap runs them: request bytes in, distributions in memory out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from noisy.workloads import ONE_QUBIT, SHOTS, TWO_QUBIT, NoisyWorkload
from ours import read
from paultrap.circuits import Distributions
from paultrap.engine import Draw, RunOptions, sample
from paultrap.machines import Machines


def as_written():
    """Return aria-1's noise on the gates as written, which is what the peers can do."""
    model = msgspec.structs.replace(Machines.shipped().models["aria-1"], acts_on="written")
    if (model.one_qubit, model.two_qubit) != (ONE_QUBIT, TWO_QUBIT):
        raise AssertionError("the peers' noise is not that of aria-1")
    return model


def ours(workload: NoisyWorkload, options: RunOptions) -> Callable[[bytes], Distributions]:
    noise = as_written() if workload.noisy else None

    def run(body: bytes) -> Distributions:
        return sample(read(body), Draw(SHOTS, 1), noise=noise, options=options)

    return run
