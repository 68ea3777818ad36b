"""The v0.4 wire."""

from paultrap.api.v04.routes import ROUTER

__all__ = ["ROUTER"]
