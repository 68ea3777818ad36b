"""`Precision` of amplitudes. A separate module, since settings name it and load no engine."""

import reprlib
from typing import Any, Literal, get_args

Precision = Literal["double", "single"]


def check_precision(value: Any) -> None:
    """Raise a `ValueError` where there is no such precision."""
    if value not in get_args(Precision):
        raise ValueError(f"precision must be 'single' or 'double', not {reprlib.repr(value)}")
