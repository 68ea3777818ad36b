"""paultrap: a self-hosted quantum job server that speaks the IonQ Quantum Cloud API."""

__all__ = ["__version__"]

__version__ = "0.1.0"
