"""Which release this is."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache  # It is read from the disk.
def release() -> str:
    """Return the version, or "unknown" in a source tree that is not installed."""
    try:
        return version("paultrap")
    except PackageNotFoundError:
        return "unknown"
