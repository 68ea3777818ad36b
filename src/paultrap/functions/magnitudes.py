"""How large the numbers of a function may be, so that all that is made of them are numbers too."""

import math
from collections.abc import Iterable

from paultrap.formats import CircuitError

#: Of a value's magnitude. A variance has the square of the distance between two values, and the
#: square of twice this is still far from what overflows.
LARGEST = 1e150


def check_magnitude(found: float, what: str, path: str) -> None:
    """Raise a `CircuitError` where a value could be so large that no variance of it is a number.

    Args:
        found: The largest magnitude that it can have, perhaps infinite.
        what: What adds up to that, as the subject of a sentence.
        path: The path of the field in the body.
    """
    if found <= LARGEST:
        return
    shown = f"{found:.6g}" if math.isfinite(found) else "too large for a double"
    raise CircuitError(
        f"{path}: {what} is {shown}, and the limit is {LARGEST:g}; use other units",
        path=path,
        field=path.rpartition(".")[2].partition("[")[0],
    )


def exponent_of(numbers: Iterable[float]) -> int:
    """Return the exponent of the power of two that brings the largest magnitude near 1."""
    return math.frexp(max(map(abs, numbers), default=0.0))[1]
