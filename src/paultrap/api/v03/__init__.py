"""The v0.3 wire."""

from paultrap.api.v03.routes import ROUTER

__all__ = ["ROUTER"]
