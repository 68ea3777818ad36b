"""HTTP on one connection: uvicorn's protocol on httptools, with the bounds that it leaves out.

Headers and bodies have deadlines and headers a size; requests that are sent together wait for each
other and are bounded; a peer that closes its writing side still gets its answer; what is no HTTP is
refused in our own shape, with a line in the log. `paultrap.api.connections` tells the application
what has become of its answer.
"""

import asyncio
from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import partial
from typing import Any, cast

import httptools
import uvicorn
from litestar.types import Scope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from paultrap.api.connections import EXTENSION, Connection, Receipts
from paultrap.api.cycles import Cycle, Outlet
from paultrap.api.deadlines import Deadline, Times
from paultrap.api.errors import UNEXPECTED, ApiError
from paultrap.api.heads import FRAMING, content_length, fault_of, malformed, take_target
from paultrap.api.network import refuse

#: Bytes of a request's line and headers.
MOST_HEAD = 65_536
#: Requests that wait on one connection behind the one at work; no more are read.
MOST_WAITING = 32

_SLICE = 4_096  # What is parsed before the number of waiting requests is looked at again.
_OF_HEADER = 4  # bytes: colon, space, end of line
# One who has closed its writing side may be gone altogether. After so long it is sent an interim
# answer, which the system of one who is gone answers with a reset.
_PROBE_S = 1.0
# For so long a connection need not give way to others, between two requests and within one.
_SPARED_S = 0.5
_STALLED_S = 5.0
_NO_TARGET = {"method": "", "path": "", "raw_path": b"", "query_string": b""}
_PROBE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _Phase(Enum):
    WAITING = auto()  # for the first byte of a request
    HEAD = auto()
    BODY = auto()
    ENDING = auto()  # nothing more is read


class _Refused(Exception):  # noqa: N818  # It leads out of the parser and no further.
    """The request at hand is refused; why is kept by the protocol."""


class Protocol(HttpToolsProtocol):
    """One connection.

    Args:
        config: The server's.
        server_state: What all connections share.
        app_state: What each request's state begins with.
        times: What the peer may take.
        on_lost: Called when the connection has ended.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        times: Times,
        on_lost: Callable[["Protocol"], None],
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._times = times
        self._on_lost = on_lost
        self._deadline = Deadline(self.loop, self._due, self._expire)
        self._phase = _Phase.WAITING
        self._since = self.loop.time()
        self._newest: Cycle
        self._at_work: Cycle | None = None
        self._has_answered = False
        self._is_half_closed = False
        self._is_stopping = False
        self._refusal: ApiError | None = None
        self._head_size = 0
        self._unbroken = 0  # bytes without a piece of a body or the end of a message
        self._rest = 0  # of the body, where its length was announced
        self._kept = b""  # requests beyond those that may wait
        self._last_unacknowledged: int | None = None

    # The connection.

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        super().connection_made(transport)
        self._outlet = Outlet(transport, self._close)
        self._receipts = Receipts(transport, self.loop, self._acknowledged)
        self._deadline.check()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; whoever waits for something hears it."""
        self.connections.discard(self)
        self._deadline.cancel()
        self._phase = _Phase.ENDING
        for cycle in self._unanswered():
            cycle.disconnected = True
            cycle.message_event.set()
            cycle.connection.alive = False
            cycle.connection.settle("lost")
        self._receipts.lost(exc)
        self.flow.resume_writing()
        del self.parser  # It knows its protocol.
        self._on_lost(self)

    def eof_received(self) -> Any:  # uvicorn's never returns anything
        """Return whether the connection stays open: for answers to what has come whole."""
        self._receipts.ended()
        if self._phase in {_Phase.HEAD, _Phase.BODY} or self.scheme == "https":
            return None  # TLS has no half of a connection that could be closed.
        self._is_half_closed = True
        for cycle in self._unanswered():
            cycle.connection.is_leaving = True
        if self._at_work is not None:
            self.loop.call_later(_PROBE_S, self._probe, self._at_work)
            return True
        return self._receipts.is_watched or None

    def shutdown(self) -> None:
        """End when what is being answered is answered."""
        self._is_stopping = True
        if self._at_work is None:
            self.transport.close()
        else:
            self._at_work.keep_alive = False

    def drop(self) -> None:
        """End at once, so that others get in."""
        self.transport.abort()

    def keeps_waiting(self) -> tuple[int, float] | None:
        """Return how soon the connection is to give way to others, or None while it is at work.

        The smallest first: what sort of waiting it is, and since when by the loop's clock. One that
        has just come, or just been answered, is let be.
        """
        now = self.loop.time()
        match self._phase:
            case _Phase.ENDING:
                found = (0, self._since, 0.0)
            case _ if (cycle := self._at_work) and (not cycle.more_body or cycle.response_started):
                return None
            case _Phase.WAITING if self._has_answered:
                found = (1, self._since, _SPARED_S)
            case _Phase.WAITING:
                found = (0, self._since, _SPARED_S)
            case _Phase.HEAD | _Phase.BODY if not self.flow.read_paused:
                found = (2, self._since, _STALLED_S)
            case _:
                return None
        kind, since, spared_s = found
        return (kind, since) if since + spared_s <= now else None

    # What the peer sends.

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._receipts.continued()
        if self._phase is _Phase.ENDING or self._refusal is not None:
            return
        if self._phase is _Phase.BODY:
            self._since = self.loop.time()
        if self._kept:
            self._kept += data
            return
        self._feed(data)
        self._deadline.check()

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
            if self._phase is _Phase.BODY:
                self._read_on()
            return int(upgrade.args[0])
        except httptools.HttpParserError as error:
            self._refuse(self._refusal or self._as_refusal(error))
            return len(piece)
        if self._unbroken > MOST_HEAD + _SLICE and self._refusal is None:
            self._refuse(_too_large())
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
        self._phase = _Phase.HEAD
        self._since = self.loop.time()
        self._head_size = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows a body is dropped, or it would count as if it led it."""
        self._grow(len(name) + len(value) + _OF_HEADER)
        if self._phase is _Phase.HEAD:
            super().on_header(name, value)

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MOST_HEAD:
            self._stop(_too_large())

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
        self._phase = _Phase.BODY
        self._enqueue(keep_alive=version != "1.0" and self.parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; that of a request that is answered already is dropped."""
        self._unbroken = 0
        self._rest -= len(body)
        cycle = self._newest
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        if self.parser.should_upgrade() and any(name in FRAMING for name, _ in self.headers):
            return  # It is not: see `_read_on`.
        self._unbroken = self._rest = 0
        self._phase = _Phase.WAITING
        self._since = self.loop.time()
        if not self._newest.response_complete:
            self._newest.more_body = False
            self._newest.message_event.set()

    # Requests and their answers.

    def _enqueue(self, *, keep_alive: bool, refusal: ApiError | None = None) -> Cycle:
        connection = Connection()
        scope: dict[str, Any] = {**self.scope, "extensions": {EXTENSION: connection}}
        if refusal is not None:
            scope = _NO_TARGET | scope
            refuse(cast("Scope", scope), refusal)
        cycle = Cycle(
            connection,
            scope=scope,
            transport=self._outlet,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive,
            on_response=lambda: None,
        )
        cycle.on_response = partial(self._answered, cycle)
        self._newest = cycle
        if self._at_work is None:
            self._start(cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        return cycle

    def _start(self, cycle: Cycle) -> None:
        self._at_work = cycle
        self._start_asgi_task(cycle, self.app)

    def _unanswered(self) -> Iterator[Cycle]:
        if self._at_work is not None:
            yield self._at_work
        for cycle, _ in self.pipeline:
            assert isinstance(cycle, Cycle)  # noqa: S101  # for mypy
            yield cycle

    def _answered(self, cycle: Cycle) -> None:
        self.server_state.total_requests += 1
        self._receipts.answered(cycle.connection)
        self._at_work = None
        self._has_answered = True
        self._since = self.loop.time()
        if self._phase is _Phase.ENDING or self.transport.is_closing():
            return
        if self.pipeline:
            following, _ = self.pipeline.pop()
            assert isinstance(following, Cycle)  # noqa: S101  # for mypy
            self._start(following)
        if self._kept:
            if len(self.pipeline) < MOST_WAITING // 2:
                self.loop.call_soon(self._feed_kept)
        elif not self.pipeline:
            self.flow.resume_reading()
        self._end_half()
        self._deadline.check()

    def _end_half(self) -> None:
        """Close where the peer sends no more and has all its answers."""
        if self._is_half_closed and self._at_work is None and not self._kept:
            self._close()

    def _feed_kept(self) -> None:
        if self._phase is _Phase.ENDING or self.parser is None:
            return
        data, self._kept = self._kept, b""
        self._feed(data)
        if not self._kept and not self.pipeline:
            self.flow.resume_reading()
        self._end_half()
        self._deadline.check()

    def _refuse(self, refusal: ApiError) -> None:
        """Refuse what is being read, after the answers to what came before; nothing more is read."""
        self._refusal = refusal
        if self._phase is _Phase.BODY:
            self._newest.fail(refusal)
            if self._newest.response_complete:
                self._close()
            return
        if self._phase is _Phase.WAITING:
            super().on_message_begin()
        cycle = self._enqueue(keep_alive=False, refusal=refusal)
        cycle.more_body = False
        cycle.message_event.set()

    # The end.

    def _close(self) -> None:
        """Close when the peer has what was written.

        What it has sent meanwhile is read and dropped: closing on unread bytes would make the
        system send a reset, which can destroy an answer before it is read.
        """
        if self._phase is _Phase.ENDING:
            return
        self._phase = _Phase.ENDING
        self._since = self.loop.time()
        self.loop.call_soon(self._finish)  # The answer is noted first.

    def _finish(self) -> None:
        if self.transport.is_closing():
            return
        is_waited_for = self._receipts.is_watched and not self._is_stopping
        if self._is_half_closed or not self.transport.can_write_eof():
            if not is_waited_for:
                self.transport.close()
                return
        else:
            self.flow.resume_reading()
            self.transport.write_eof()
        self._deadline.check()

    def _acknowledged(self) -> None:
        if self._at_work is not None or self._kept or self.transport.is_closing():
            return
        if self._is_half_closed or (
            self._phase is _Phase.ENDING and not self.transport.can_write_eof()
        ):
            self.transport.close()

    def _probe(self, cycle: Cycle) -> None:
        """Find out whether a peer that has closed its writing side is still there."""
        if self._at_work is not cycle or self.transport.is_closing():
            return
        if not cycle.response_started and cycle.scope["http_version"] == "1.1":
            self.transport.write(_PROBE)
        self._look_for_reset(cycle, 0.05)

    def _look_for_reset(self, cycle: Cycle, pause_s: float) -> None:
        if self._at_work is not cycle or self.transport.is_closing():
            return
        if self._receipts.is_reset():
            self.transport.abort()
            return
        self.loop.call_later(pause_s, self._look_for_reset, cycle, min(1.0, 2 * pause_s))

    # Deadlines.

    def _due(self) -> float | None:
        times = self._times
        match self._phase:
            case _Phase.ENDING:
                return None if self.transport.is_closing() else self._since + times.linger_s
            case _ if self._refusal is not None:
                return None  # It is being answered.
            case _Phase.BODY if not self._newest.response_started or self._newest.response_complete:
                is_behind = self._at_work not in {None, self._newest}
                return None if is_behind else self._since + times.body_s
            case _ if self._at_work is not None:
                return None
            case _Phase.HEAD:
                return self._since + times.head_s
            case _Phase.WAITING if self._has_answered:
                return self._since + times.keep_alive_s
            case _:
                return self._since + times.head_s

    def _expire(self) -> None:
        match self._phase:
            case _Phase.ENDING:
                self._end_lingering()
            case _Phase.BODY if self.flow.read_paused:
                self._since = self.loop.time()  # It is the server that does not read.
            case _Phase.BODY if not self._newest.response_complete:
                self._refuse(_late(f"no byte of the body for {self._times.body_s:g} s"))
            case _Phase.HEAD:
                self._refuse(_late(f"no whole headers within {self._times.head_s:g} s"))
            case _:
                self.transport.close()

    def _end_lingering(self) -> None:
        left = self._receipts.unacknowledged()
        if left == 0:
            self.transport.close()
        elif left is None or left == self._last_unacknowledged:
            self.transport.abort()
        else:
            self._last_unacknowledged = left
            self._since = self.loop.time()


class _Repeated:
    """What a parser calls that is to go on within a request whose head was read by another.

    Args:
        protocol: Hears of the body, and of all that follows.
    """

    def __init__(self, protocol: Protocol) -> None:
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


def _late(what: str) -> ApiError:
    return ApiError(408, f"The request did not come in time: {what}.", source="headers")


def _too_large() -> ApiError:
    return ApiError(
        431, f"The headers of a request may not exceed {MOST_HEAD:,} bytes.", source="headers"
    )
