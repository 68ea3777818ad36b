"""Who may speak to the server at all: names that it answers to, and proxies that it believes.

Open access takes any key, so that only the way of a request shows whether it comes from this
machine. A page in a browser can give a name that it controls the address 127.0.0.1 (DNS rebinding), and a
reverse proxy on this machine passes on what comes from a network. Both show in the request's headers.
"""

import socket
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_network

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from paultrap.addresses import address_of, is_loopback
from paultrap.api.errors import ApiError, send_error
from paultrap.api.requests import header_of, state_of
from paultrap.settings import Auth, Settings

_FORWARDED = "paultrap.forwarded"
_REFUSAL = "paultrap.refusal"
_UNIX = "unix"


class Networks:
    """Addresses and networks, as a setting names them.

    Args:
        words: Each an address, a network, "unix" for the peers of a Unix socket, or "*" for all.
    """

    def __init__(self, words: Iterable[str]) -> None:
        named = set(words)
        self._has_all = "*" in named
        self._has_unix = _UNIX in named
        self._networks = [ip_network(word) for word in named - {"*", _UNIX}]

    def __contains__(self, address: str | None) -> bool:
        """Return whether an address, or "unix", is among them; None is among all alone."""
        if self._has_all:
            return True
        if address is None:
            return False
        if address == _UNIX:
            return self._has_unix
        found = address_of(address)
        return found is not None and any(found in network for network in self._networks)


def client_address(scope: Scope) -> str | None:
    """Return the address that a request comes from, "unix" for a Unix socket, or None.

    None where it is not known: the request was passed on by a proxy that is not believed, or by
    one that says it comes from this machine, which anybody can have told it.
    """
    client = scope.get("client")
    address = client[0] if client else _UNIX
    if state_of(scope).get(_FORWARDED) and (address == _UNIX or is_loopback(address)):
        return None
    return address


def guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return an application that knows by which way a request comes, and whether it is allowed.

    Proxies that the settings name are believed: what they say is the client's address and scheme.
    `refusing`, within the layers that log and count, answers what is not allowed.
    """
    proxies = Networks(settings.forwarded_allow_ips)
    words = list(settings.forwarded_allow_ips)
    trusted = "*" if "*" in words else words  # among others it would be taken for a name
    believing = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]
    is_open = settings.effective_auth is Auth.OPEN
    names = _own_names(settings) if is_open else frozenset[str]()

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        forwarded = any(_is_forwarding(name) for name, _ in scope["headers"])
        state_of(scope)[_FORWARDED] = forwarded
        client = scope.get("client")
        is_believed = forwarded and (client[0] if client else _UNIX) in proxies
        refusal = None
        if is_open:
            refusal = _refusal_of_name(scope, names)
            if forwarded and not is_believed:
                refusal = refusal or _refusal_of_proxy()
        if refusal is not None:
            refuse(scope, refusal)
        if is_believed:
            if client is None:
                scope["client"] = (_UNIX, 0)  # a name that the middleware can look up
            await believing(scope, receive, send)  # type: ignore[arg-type]
        else:
            await app(scope, receive, send)

    return guard


def refusing(app: ASGIApp) -> ASGIApp:
    """Return an application that refuses what `guarded` has found not to be allowed."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        refusal = state_of(scope).get(_REFUSAL)
        if isinstance(refusal, ApiError):
            await send_error(scope, send, refusal.status, refusal.message)
        else:
            await app(scope, receive, send)

    return refuse


def refuse(scope: Scope, refusal: ApiError) -> None:
    """Have a request answered with an error, in the place in which `guarded` does."""
    state_of(scope)[_REFUSAL] = refusal


def _is_forwarding(name: bytes) -> bool:
    return name.startswith(b"x-forwarded-") or name in {b"forwarded", b"x-real-ip"}


def _own_names(settings: Settings) -> frozenset[str]:
    own = socket.gethostname()
    names = {"localhost", own, own.partition(".")[0], f"{own}.local", settings.host}
    return frozenset(name.lower().rstrip(".") for name in {*names, *settings.allowed_hosts})


def _refusal_of_name(scope: Scope, names: frozenset[str]) -> ApiError | None:
    """Return the refusal of a request that asks for somebody else's name."""
    found = header_of(scope, b"host")
    if found is None:  # A browser always sends one.
        return None
    host = _host_of(found.decode("latin-1"))
    if host in names or host.endswith(".localhost") or _is_address(host):
        return None
    return ApiError(
        HTTPStatus.MISDIRECTED_REQUEST,
        f'In open access this server does not answer to the name "{host[:100]}". Name it with '
        "--allowed-hosts (PAULTRAP_ALLOWED_HOSTS), or require keys with --auth required.",
        source="headers",
    )


def _host_of(authority: str) -> str:
    """Return the name or address in the value of a Host header, without a port."""
    host = authority.strip().rpartition("@")[2]
    if host.startswith("["):
        address, closing, rest = host[1:].partition("]")
        is_whole = closing and (not rest or rest.startswith(":"))
        return address if is_whole else host
    return host.partition(":")[0].lower().rstrip(".")


@lru_cache(256)  # Each request asks, and most for the same.
def _is_address(host: str) -> bool:
    return address_of(host) is not None


def _refusal_of_proxy() -> ApiError:
    return ApiError(
        HTTPStatus.FORBIDDEN,
        "In open access this server takes no requests that a proxy passes on: anybody whom the "
        "proxy lets in could use it. Require keys with --auth required, or name the proxy with "
        "--forwarded-allow-ips (PAULTRAP_FORWARDED_ALLOW_IPS).",
        source="headers",
    )
