"""Who is asking, and whether they may: `Authorization: apiKey <key>`.

A key that was found is remembered for a moment, so that polling does not read the database each
time; a revoked key therefore stops within `_REMEMBER_SECONDS`.
"""

import hashlib
import time
from typing import Any, Protocol

from litestar import Request

from paultrap.api.errors import ApiError
from paultrap.api.requests import remember_key
from paultrap.service import Threads
from paultrap.settings import Auth
from paultrap.store import KeyRecord, Keys, Role

_REMEMBER_SECONDS = 2.0
_REMEMBER_AT_MOST = 1_000
_HELP = (
    "Send the header 'Authorization: apiKey <key>' with a key of this server; "
    "'paultrap keys create' makes one."
)
_READING = {"GET", "HEAD", "OPTIONS"}


class Limits(Protocol):
    """How many requests a key may send."""

    async def take(self, key_id: str) -> None:
        """Count one request, or raise the `ApiError` that refuses it."""


class Authenticator:
    """Finds the key that a request comes with.

    Args:
        keys: The store's client for keys.
        threads: Where they are looked up.
        auth: Whether any key is taken ("open") or only those that were made.
        limits: How many requests a key may send.
    """

    def __init__(self, keys: Keys, threads: Threads, auth: Auth, limits: Limits) -> None:
        self._limits = limits
        self._keys = keys
        self._threads = threads
        self._auth = auth
        self._remembered: dict[bytes, tuple[float, KeyRecord]] = {}

    async def identify(self, request: Request[Any, Any, Any]) -> KeyRecord:
        """Return the record of the request's key.

        Raises:
            ApiError: 401 when the header is missing or of another form, or the key is unknown;
                403 when it may only read; 429 when it has sent too many requests.
        """
        key = await self.find(request)
        remember_key(request.scope, key)
        await self._limits.take(key.id)
        if key.role is Role.VIEWER and request.method not in _READING:
            raise ApiError(
                403,
                f'This key may only read: the role of "{key.name}" is viewer. '
                "'paultrap keys create --role member' makes one that may do more.",
            )
        return key

    async def find(self, request: Request[Any, Any, Any]) -> KeyRecord:
        """Return the record of the request's key, whatever it may do, and count nothing.

        Raises:
            ApiError: 401, as of `identify`.
        """
        secret = _secret(request.headers.get("authorization", ""))
        digest = hashlib.sha256(secret.encode()).digest()
        now = time.monotonic()
        until, key = self._remembered.get(digest, (0.0, None))
        if key is not None and now < until:
            return key
        key = await self._threads.read(self._look_up, secret)
        if key is None:
            raise ApiError(401, f"Invalid key provided. {_HELP}")
        if len(self._remembered) >= _REMEMBER_AT_MOST:
            self._remembered.clear()
        self._remembered[digest] = (now + _REMEMBER_SECONDS, key)
        return key

    def _look_up(self, secret: str) -> KeyRecord | None:
        key = self._keys.find(secret)
        if key is None and self._auth is Auth.OPEN:
            return self._keys.find_open(secret)
        return key


def _secret(header: str) -> str:
    scheme, _, secret = header.strip().partition(" ")
    secret = secret.strip()
    if not header:
        raise ApiError(401, f"No key provided. {_HELP}")
    if scheme.lower() != "apikey" or not secret:
        raise ApiError(401, f"Invalid key provided. {_HELP}")
    return secret
