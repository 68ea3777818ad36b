"""Whole numbers as clients write them: a whole float is one, too."""

import re
from decimal import Decimal
from typing import Any

_DIGITS = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
# Every number that can count something here, and none that takes long to write out.
_NUMERAL = re.compile(r"\s*([+-]?[0-9]{1,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?)\s*")
_GREATEST = 10**18


def whole_number(value: Any) -> int | None:
    """Return the whole number that a value in JSON is, such as 3 and 3.0; digits may come as text.

    None if it is not whole, or has over 18 digits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else None
    return _whole(value) if isinstance(value, int | float) else None


def whole_numeral(text: str) -> int | None:
    """Return the whole number that a text in a query is, such as 3, 3.0 and 3e0.

    None if it is not whole, or has over 18 digits.
    """
    numeral = _NUMERAL.fullmatch(text)
    return _whole(Decimal(numeral[1])) if numeral else None


def _whole(value: float | Decimal) -> int | None:
    # An infinity is beyond the bounds, and what is no number is not within.
    if not -_GREATEST < value < _GREATEST or value != int(value):
        return None
    return int(value)
