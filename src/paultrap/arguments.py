"""Checks of what is passed to the Python interface: what is wrong is named, whatever it is."""

import math
import reprlib
from typing import Any


def check_kind(name: str, value: Any, kind: type | tuple[type, ...], wanted: str) -> None:
    """Do nothing where a value is of a kind.

    Args:
        name: The name of the argument.
        value: What was passed.
        kind: The type that it has to have, or several.
        wanted: What that is, for a person.

    Raises:
        TypeError: It is of another.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted}, not {reprlib.repr(value)}")


def check_whole(
    name: str, value: Any, *, least: int | None = None, most: int | None = None
) -> None:
    """Do nothing where a value is a whole number within bounds.

    Raises:
        TypeError: It is no whole number; True and False are none.
        ValueError: It is below the ``least``, or above the ``most``.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, not {reprlib.repr(value)}")
    if least is not None and value < least:
        raise ValueError(f"{name} must be at least {least}, not {reprlib.repr(value)}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}, not {reprlib.repr(value)}")


def check_seconds(name: str, value: Any) -> None:
    """Do nothing where a value is a time in seconds, which may be infinite.

    Raises:
        TypeError: It is no number.
        ValueError: It is less than 0, or not a number (NaN).
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {reprlib.repr(value)}")
    if math.isnan(value) or value < 0:
        raise ValueError(f"{name} must be at least 0, not {reprlib.repr(value)}")
