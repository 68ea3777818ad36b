"""The head of a request: what of it is taken, beside what the parser has refused already."""

from urllib.parse import unquote

from paultrap.api.errors import ApiError

Headers = list[tuple[bytes, bytes]]

#: Bytes of a request's line and headers.
MOST_HEAD = 65_536
#: The headers that say where a body ends.
FRAMING = (b"content-length", b"transfer-encoding")

_ABSOLUTE = (b"http://", b"https://")
_VERSIONS = {"1.0", "1.1"}


def malformed(reason: str) -> ApiError:
    """Return the refusal of what is no HTTP."""
    return ApiError(400, f"The request is not valid HTTP/1.1: {reason}.", source="headers")


def too_large() -> ApiError:
    """Return the refusal of a head beyond `MOST_HEAD`."""
    return ApiError(
        431, f"The headers of a request may not exceed {MOST_HEAD:,} bytes.", source="headers"
    )


def late(what: str) -> ApiError:
    """Return the refusal of a request that does not go on; ``what`` is missing."""
    return ApiError(408, f"The request did not come in time: {what}.", source="headers")


def fault_of(method: str, version: str, headers: Headers) -> ApiError | None:
    """Return why a request is refused by its head alone, or None.

    RFC 9112: a request of version 1.1 names one host (3.2), and whoever does not know a transfer
    coding says so (6.1): to guess where such a body ends lets two servers in a row see different
    requests.
    """
    if version not in _VERSIONS:
        return ApiError(505, f'The server speaks HTTP/1.1, not "{version}".', source="headers")
    if method == "CONNECT":
        return ApiError(405, "This server is no proxy.", source="headers")
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            return ApiError(501, "Transfer-Encoding may only be chunked.", source="headers")
    if hosts > 1:
        return malformed("more than one Host header")
    if not hosts and version == "1.1":
        return malformed("no Host header")
    return None


def take_target(target: bytes, headers: Headers) -> tuple[str, bytes, bytes]:
    """Return the path, the path as it was sent and the query of a request's target.

    Where the target is a whole address, its host takes the place of the header Host (RFC 9112,
    3.2.2): everything after this sees what a request for a path would have had.
    """
    if target.lower().startswith(_ABSOLUTE):
        rest = target.partition(b"://")[2]
        end = min((at for sign in b"/?" if (at := rest.find(sign)) >= 0), default=len(rest))
        authority, target = rest[:end], rest[end:]
        headers[:] = [(name, value) for name, value in headers if name != b"host"]
        headers.insert(0, (b"host", authority))
        if not target.startswith(b"/"):
            target = b"/" + target
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("ascii")
    return (unquote(path) if "%" in path else path), raw_path, query


def content_length(headers: Headers) -> int:
    """Return how many bytes of body are announced; the parser has seen that it is a number."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)
