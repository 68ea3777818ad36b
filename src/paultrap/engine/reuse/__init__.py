"""Circuits of few qubits at a time: those of a program that measures or resets and goes on.

Measurements are deferred, so that each takes a qubit more (see `paultrap.languages`), though few of
these are in use at once: one that no gate follows can be measured there and then. An exact run
follows all outcomes together (`branching`), a sampled one those of its shots (`trajectories`).
"""

from paultrap.engine.reuse.branching import simulate_reused
from paultrap.engine.reuse.sampling import sample_reused
from paultrap.engine.reuse.schedule import (
    estimate_reuse_memory,
    estimate_reuse_work,
    is_reused,
)

__all__ = [
    "estimate_reuse_memory",
    "estimate_reuse_work",
    "is_reused",
    "sample_reused",
    "simulate_reused",
]
