"""Which release this is."""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["release"]


def release() -> str:
    """Return the version, or "unknown" in a source tree that is not installed."""
    try:
        return version("paultrap")
    except PackageNotFoundError:
        return "unknown"
