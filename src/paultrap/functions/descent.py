"""A search for the lowest value of a function that is known only where it was measured.

Nothing is kept between two iterations: where to measure next follows from what was measured before.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from paultrap.functions.moments import Floats

_PROBE = 0.2  # wide enough that both sides differ by more than shot noise
_FIRST_REACH = 0.4
_LONGEST_REACH = 1.0
_LONGER, _SHORTER = 1.5, 0.4
_LEAST_CURVATURE = 0.3  # of the largest: along flat directions a parabola says little


class _Parabola(NamedTuple):
    """What was measured around a point: shape (D,) but for the value."""

    value: float
    centre: Floats
    slopes: Floats
    curvatures: Floats


def points_per_iteration(n_angles: int) -> int:
    """Return how many points each iteration measures."""
    return 1 + 2 * n_angles


def next_points(start: Floats, history: Sequence[Floats]) -> Floats:
    """Return where the next iteration measures.

    Around a centre each angle is probed on both sides, which gives a parabola along each. The next
    centre is at their lowest points, but no further away than a reach that grows while centres
    become better. From one that is worse the search goes back, and takes a shorter step.

    Args:
        start: The first centre, shape (D,).
        history: For each iteration before, the values at its points, shape (1 + 2D,).

    Returns:
        Shape (1 + 2D, D): the centre, then for each angle a point above and one below.
    """
    centre, reach = start, _FIRST_REACH
    best: _Parabola | None = None
    for values in history:
        if best is None or values[0] <= best.value:
            reach = reach if best is None else min(_LONGER * reach, _LONGEST_REACH)
            best = _parabola(centre, values)
        else:
            reach = _SHORTER * float(np.linalg.norm(centre - best.centre))
        centre = best.centre + _step(best, reach)
    probes = _PROBE * np.eye(len(start))
    sides = np.stack([probes, -probes], axis=1).reshape(-1, len(start))
    points: Floats = centre + np.concatenate([np.zeros((1, len(start))), sides])
    return points


def _parabola(centre: Floats, values: Floats) -> _Parabola:
    above, below = values[1::2], values[2::2]
    return _Parabola(
        value=float(values[0]),
        centre=centre,
        slopes=(above - below) / (2 * _PROBE),
        curvatures=(above + below - 2 * values[0]) / _PROBE**2,
    )


def _step(parabola: _Parabola, reach: float) -> Floats:
    # Where a parabola is open below, its slope alone gives the direction.
    steepness = np.abs(parabola.curvatures)
    largest = float(steepness.max())
    if largest == 0:
        length = float(np.linalg.norm(parabola.slopes))
        return -parabola.slopes * (reach / length if length else 0.0)
    step: Floats = -parabola.slopes / np.maximum(steepness, _LEAST_CURVATURE * largest)
    length = float(np.linalg.norm(step))
    return step if length <= reach else step * (reach / length)
