"""Mean and variance of what was measured, over all outcomes or over the lowest ones."""

import math
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from paultrap.functions.magnitudes import exponent_of

Floats: TypeAlias = NDArray[np.float64]
_Parts: TypeAlias = Iterable[tuple[Floats, Floats]]


class Estimate(NamedTuple):
    """What a quantum function answers."""

    value: float
    variance: float


def moments(parts: _Parts) -> Estimate:
    """Return the mean and the variance of a distribution that comes in parts.

    Args:
        parts: Values and their probabilities; these need not sum to exactly 1.
    """
    total = mean = spread = 0.0
    for values, weights in parts:
        weight = float(weights.sum())
        if weight == 0:
            continue
        own_mean = float(values @ weights) / weight
        own_spread = float((values - own_mean) ** 2 @ weights)
        # The parts' sums of squares are joined about the common mean: no large numbers cancel.
        step = own_mean - mean
        spread += own_spread + step * step * total * weight / (total + weight)
        total += weight
        mean += step * weight / total
    return Estimate(mean, spread / total) if total else Estimate(math.nan, math.nan)


def lowest(parts: _Parts, fraction: float) -> Estimate:
    """Return the same of the lowest outcomes alone, the conditional value at risk.

    Args:
        parts: Values and their probabilities.
        fraction: The part of the probability that counts, above 0 and up to 1; the last outcome that counts
            does so in part.
    """
    everything = list(parts)
    values = np.concatenate([part for part, _ in everything])
    weights = np.concatenate([part for _, part in everything])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    before = np.concatenate([[0.0], np.cumsum(weights)[:-1]])
    counted = np.clip(fraction * weights.sum() - before, 0.0, weights)
    # Of a tiny fraction they are made larger, or their products with the values would vanish.
    return moments([(values, np.ldexp(counted, -exponent_of([float(counted.max(initial=0.0))])))])
