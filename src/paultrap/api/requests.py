"""The id by which a request is known in its answer and in the log."""

from uuid import uuid4

from litestar.types import Scope

__all__ = ["request_id"]

_KEY = "paultrap.request_id"


def request_id(scope: Scope) -> str:
    """Return the request's id, the same one each time."""
    found: str = scope["state"].setdefault(_KEY, str(uuid4()))
    return found
