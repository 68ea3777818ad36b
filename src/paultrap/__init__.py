"""paultrap: a self-hosted quantum job server that speaks the IonQ Quantum Cloud API."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paultrap.running import run

__all__ = ["__version__", "run"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `run` when it is asked for: the command line starts without the engine."""
    if name != "run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from paultrap.running import run  # noqa: PLC0415

    return run
