"""Sizes in bytes, as people write and read them."""

import re
from decimal import Decimal
from typing import Any

_SIZE = re.compile(r"(\d[\d_]*(?:\.\d+)?)\s*(|B|[KMGT]I?B)", re.IGNORECASE)
_POWERS = "BKMGT"


def parse_size(value: Any) -> Any:
    """Return the bytes of a text such as "2GB" (2e9) or "2GiB" (2 * 2**30); what is no text as it is.

    Raises:
        ValueError: The text is no size.
    """
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise ValueError("expected bytes such as 2000000000, 2GB or 2GiB")
    unit = found[2].upper() or "B"
    base = 1024 if "I" in unit else 1000
    return int(Decimal(found[1].replace("_", "")) * base ** _POWERS.index(unit[0]))


def written_size(size: int) -> str:
    """Return bytes as a person reads them, such as "1.5 KiB"."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:  # noqa: PLR2004 - bytes per KiB
            return f"{value:.1f} {unit}" if unit != "bytes" else f"{size} bytes"
        value /= 1024
    return f"{value:.1f} GiB"
