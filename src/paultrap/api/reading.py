"""Reading requests on one connection, with the bounds that httptools and uvicorn leave out.

Headers have a size, requests that are sent together are bounded, and what follows a body is dropped.
`paultrap.api.protocol` answers.
"""

from abc import abstractmethod
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from paultrap.api.deadlines import Times
from paultrap.api.errors import UNEXPECTED, ApiError
from paultrap.api.heads import (
    FRAMING,
    MOST_HEAD,
    content_length,
    fault_of,
    malformed,
    take_target,
    too_large,
)
from paultrap.api.phases import Phase, State

#: Requests that wait on one connection behind the one at work; no more are read.
MOST_WAITING = 32

_SLICE = 4_096  # What is parsed before the number of waiting requests is looked at again.
_OF_HEADER = 4  # bytes: colon, space, end of line


class _Refused(Exception):  # noqa: N818  # It leads out of the parser and no further.
    """The request at hand is refused; why is kept by the protocol."""


class RequestReader(HttpToolsProtocol):
    """What the peer of one connection sends, as requests.

    Args:
        config: The server's.
        server_state: What all connections share.
        app_state: What each request's state begins with.
        times: What the peer may take.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        times: Times,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._state = State(times, self.loop.time)
        self._refusal: ApiError | None = None  # why nothing more is read
        self._head_size = 0
        self._unbroken = 0  # bytes without a piece of a body or the end of a message
        self._rest = 0  # of the body, where its length was announced
        self._kept = b""  # requests beyond those that may wait

    @abstractmethod
    def _begin(self, *, keep_alive: bool) -> None:
        """Begin to answer a request whose head was read, or let it wait for those before it."""

    @abstractmethod
    def _refuse(self, refusal: ApiError) -> None:
        """Refuse what is being read, after the answers to what came before; nothing more is read."""

    def _feed(self, data: bytes) -> None:
        at = 0
        while at < len(data) and self._refusal is None:
            if len(self.pipeline) >= MOST_WAITING:
                self._kept = data[at:]
                self.flow.pause_reading()
                return
            at += self._parse(data[at : at + max(_SLICE, self._rest)])

    def _parse(self, piece: bytes) -> int:
        """Parse a piece, and return how much of it is done with."""
        self._unbroken += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            # It would like to speak something else, and gets its answer in this.
            if self._state.phase is Phase.BODY:
                self._read_on()
            return int(upgrade.args[0])
        except httptools.HttpParserError as error:
            self._refuse(self._refusal or self._as_refusal(error))
            return len(piece)
        if self._unbroken > MOST_HEAD + _SLICE and self._refusal is None:
            self._refuse(too_large())
        return len(piece)

    def _read_on(self) -> None:
        """Read the body of a request for another protocol, which the parser takes for that."""
        self.parser = httptools.HttpRequestParser(_Repeated(self))
        framing = b"".join(
            b"%b: %b\r\n" % header for header in self.headers if header[0] in FRAMING
        )
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")

    def _as_refusal(self, error: httptools.HttpParserError) -> ApiError:
        if isinstance(error, httptools.HttpParserCallbackError):
            self.logger.error("A request could not be read.", exc_info=error)
            return ApiError(500, UNEXPECTED)
        return malformed(str(error).rstrip("."))

    # What the parser finds.

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._state.enter(Phase.HEAD)
        self._head_size = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows a body is dropped, or it would count as if it led it."""
        self._grow(len(name) + len(value) + _OF_HEADER)
        if self._state.phase is Phase.HEAD:
            super().on_header(name, value)

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MOST_HEAD:
            self._stop(too_large())

    def _stop(self, refusal: ApiError) -> None:
        self._refusal = refusal
        raise _Refused

    def on_headers_complete(self) -> None:
        """Begin to answer, or let the request wait for those before it."""
        version = self.parser.get_http_version()
        method = self.parser.get_method().decode("ascii")
        self.scope["method"] = method
        self.scope["http_version"] = version
        if (fault := fault_of(method, version, self.headers)) is not None:
            self._stop(fault)
        path, raw_path, query = take_target(self.url, self.headers)
        self.scope["path"] = self.root_path + path
        self.scope["raw_path"] = self.root_path.encode("ascii") + raw_path
        self.scope["query_string"] = query
        self._unbroken = 0
        self._rest = content_length(self.headers)
        self._state.enter(Phase.BODY)
        self._begin(keep_alive=version != "1.0" and self.parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; that of a request that is answered already is dropped."""
        self._unbroken = 0
        self._rest -= len(body)
        cycle = self._state.newest
        if cycle.response_complete:
            return
        if cycle.take(body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        if self.parser.should_upgrade() and any(name in FRAMING for name, _ in self.headers):
            return  # It is not: see `_read_on`.
        self._unbroken = self._rest = 0
        self._state.enter(Phase.WAITING)
        if not self._state.newest.response_complete:
            self._state.newest.more_body = False
            self._state.newest.message_event.set()


class _Repeated:
    """What a parser calls that is to go on within a request whose head was read by another.

    Args:
        protocol: Hears of the body, and of all that follows.
    """

    def __init__(self, protocol: RequestReader) -> None:
        self._protocol = protocol
        self._is_within = False
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete

    def on_message_begin(self) -> None:
        if self._is_within:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._is_within:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_within:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_within:
            self._protocol.on_headers_complete()
        self._is_within = True
