"""paultrap: a self-hosted quantum job server that speaks the IonQ Quantum Cloud API."""

from paultrap.running import run

__all__ = ["__version__", "run"]

__version__ = "0.1.0"
