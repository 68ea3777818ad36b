"""Counts and probabilities, held against what they should be."""

import math
from collections.abc import Mapping
from typing import Any


def distance(truth: Mapping[Any, float], found: Mapping[Any, float]) -> float:
    """Return the total variation distance of counts or probabilities from a distribution."""
    total = sum(found.values())
    keys = set(truth) | set(found)
    return sum(abs(found.get(key, 0) / total - truth.get(key, 0)) for key in keys) / 2


def assert_sampled(truth: Mapping[Any, float], counts: Mapping[Any, int], shots: int) -> None:
    """Check each count within 6 sigma; what cannot be must not have been seen."""
    assert set(counts) <= set(truth)
    assert sum(counts.values()) == shots
    for key, p in truth.items():
        # Some counts of slack: for tiny p the binomial is far from its normal limit.
        slack = 6 * math.sqrt(shots * p * (1 - p)) + 4
        assert abs(counts.get(key, 0) - shots * p) <= slack, key
