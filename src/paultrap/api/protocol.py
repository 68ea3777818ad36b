"""HTTP on one connection: requests are answered one by one, and the connection ends in order.

`paultrap.api.reading` reads them. Headers and bodies have deadlines; requests that are sent together
wait for each other; a peer that closes its writing side still gets its answer; what is no HTTP is
refused in our own shape, with a line in the log. `paultrap.api.connections` tells the application
what has become of its answer.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, cast

import structlog
import uvicorn
from litestar.types import Scope
from uvicorn.server import ServerState

from paultrap.api.connections import EXTENSION, Connection, Receipts
from paultrap.api.cycles import Cycle, Outlet
from paultrap.api.deadlines import Deadline, Times, Uptake
from paultrap.api.errors import ApiError
from paultrap.api.heads import late
from paultrap.api.network import refuse
from paultrap.api.phases import Phase
from paultrap.api.reading import MOST_WAITING, RequestReader

# One who has closed its writing side may be gone altogether. After so long it is sent an interim
# answer, which the system of one who is gone answers with a reset.
_PROBE_S = 1.0
_NO_TARGET = {"method": "", "path": "", "raw_path": b"", "query_string": b""}
_PROBE = b"HTTP/1.1 100 Continue\r\n\r\n"

_log = structlog.get_logger("paultrap.server")


class Protocol(RequestReader):
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
        super().__init__(config, server_state, app_state, times)
        self._times = times
        self._on_lost = on_lost
        self._deadline = Deadline(self.loop, self._due, self._expire)
        self._is_half_closed = False
        self._is_stopping = False

    # The connection.

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        super().connection_made(transport)
        self._outlet = Outlet(transport, self._close)
        self._receipts = Receipts(transport, self.loop, self._acknowledged)
        self._uptake = Uptake(self._times.answer_s, self.loop.time, self._receipts.unacknowledged)
        self._deadline.check()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; whoever waits for something hears it."""
        self.connections.discard(self)
        self._deadline.cancel()
        self._state.enter(Phase.ENDING)
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
        if self._state.phase in {Phase.HEAD, Phase.BODY} or self.scheme == "https":
            return None  # TLS has no half of a connection that could be closed.
        self._is_half_closed = True
        for cycle in self._unanswered():
            cycle.connection.is_leaving = True
        if self._state.at_work is not None:
            self.loop.call_later(_PROBE_S, self._probe, self._state.at_work)
            return True
        return self._receipts.is_watched or None

    def shutdown(self) -> None:
        """End when what is being answered is answered."""
        self._is_stopping = True
        if self._state.at_work is None:
            self.transport.close()
        else:
            self._state.at_work.keep_alive = False

    def drop(self) -> None:
        """End at once, so that others get in."""
        self.transport.abort()

    def keeps_waiting(self) -> tuple[int, float] | None:
        """Return how soon the connection is to give way to others: see `State.keeps_waiting`."""
        if self._state.phase in {Phase.HEAD, Phase.BODY} and self.flow.read_paused:
            return None  # It is the server that does not read.
        return self._state.keeps_waiting()

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._receipts.continued()
        if self._state.phase is Phase.ENDING or self._refusal is not None:
            return
        if self._state.phase is Phase.BODY:
            self._state.renew()
        if self._kept:
            self._kept += data
            return
        self._feed(data)
        self._deadline.check()

    # Requests and their answers.

    def _begin(self, *, keep_alive: bool) -> None:
        self._enqueue(keep_alive=keep_alive)

    def _enqueue(self, *, keep_alive: bool, refusal: ApiError | None = None) -> Cycle:
        connection = Connection(self._receipts.has_left)
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
        self._state.newest = cycle
        if self._state.at_work is None:
            self._start(cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        return cycle

    def _start(self, cycle: Cycle) -> None:
        self._state.at_work = cycle
        self._start_asgi_task(cycle, self.app)

    def _unanswered(self) -> Iterator[Cycle]:
        if self._state.at_work is not None:
            yield self._state.at_work
        for cycle, _ in self.pipeline:
            assert isinstance(cycle, Cycle)  # noqa: S101  # for mypy
            yield cycle

    def _answered(self, cycle: Cycle) -> None:
        self.server_state.total_requests += 1
        self._receipts.answered(cycle.connection)
        self._state.answered()
        if self._state.phase is Phase.ENDING or self.transport.is_closing():
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
        if self._is_unsent():
            self._uptake.renew()
        self._deadline.check()

    def _end_half(self) -> None:
        """Close where the peer sends no more and has all its answers."""
        if self._is_half_closed and self._state.at_work is None and not self._kept:
            self._close()

    def _feed_kept(self) -> None:
        if self._state.phase is Phase.ENDING or self.parser is None:
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
        if self._state.phase is Phase.BODY:
            self._state.newest.fail(refusal)
            if self._state.newest.response_complete:
                self._close()
            return
        if self._state.phase is Phase.WAITING:
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
        if self._state.phase is Phase.ENDING:
            return
        self._state.enter(Phase.ENDING)
        self._uptake.renew()
        self.loop.call_soon(self._finish)  # The answer is noted first.

    def _finish(self) -> None:
        if self.transport.is_closing():
            return
        if not self._is_half_closed and self.transport.can_write_eof():
            self.flow.resume_reading()
            with suppress(OSError):  # A peer has reset it meanwhile, which is found by reading.
                self.transport.write_eof()
        elif self.scheme == "https" and self._is_unsent():
            # TLS that is closed has ended within seconds, whatever was to be sent.
            self._receipts.watch()
        elif self._is_stopping or not self._receipts.is_watched:
            self.transport.close()
        self._deadline.check()

    def _acknowledged(self) -> None:
        if self._state.at_work is not None or self._kept or self.transport.is_closing():
            return
        if self._is_half_closed or (
            self._state.phase is Phase.ENDING and not self.transport.can_write_eof()
        ):
            self.transport.close()

    def _probe(self, cycle: Cycle) -> None:
        """Find out whether a peer that has closed its writing side is still there."""
        if self._state.at_work is not cycle or self.transport.is_closing():
            return
        if not cycle.response_started and cycle.scope["http_version"] == "1.1":
            self.transport.write(_PROBE)
        self._look_for_reset(cycle, 0.05)

    def _look_for_reset(self, cycle: Cycle, pause_s: float) -> None:
        if self._state.at_work is not cycle or self.transport.is_closing():
            return
        if self._receipts.is_reset():
            self.transport.abort()
            return
        self.loop.call_later(pause_s, self._look_for_reset, cycle, min(1.0, 2 * pause_s))

    # Deadlines.

    def pause_writing(self) -> None:
        """Wait for the peer to take what was written."""
        super().pause_writing()
        self._uptake.renew()
        self._deadline.check()

    def _due(self) -> float | None:
        patience = self._patience()
        if not self._is_unsent():
            return patience
        looks = self._uptake.due()
        return looks if patience is None else min(patience, looks)

    def _is_unsent(self) -> bool:
        """Return whether something was written that the peer is to take yet."""
        if self.scheme != "https":
            return self.transport.get_write_buffer_size() > 0
        # Transports of TLS do not know what those below them hold.
        return not self.transport.is_closing() and bool(self._receipts.unacknowledged())

    def _patience(self) -> float | None:
        """Return until when the peer may go on with what is read of it."""
        is_ending = self._state.phase is Phase.ENDING
        if self.transport.is_closing() if is_ending else self._refusal is not None:
            return None  # It is closed, or what was refused is being answered.
        return self._state.due()

    def _expire(self) -> None:
        now = self.loop.time()
        if self._is_unsent() and self._uptake.due() <= now and self._uptake.is_stalled():
            self._give_up()
            return
        patience = self._patience()
        if patience is not None and patience <= now:
            self._lose_patience()

    def _give_up(self) -> None:
        _log.info("a client took nothing of its answer", seconds=self._times.answer_s)
        self._receipts.reset()

    def _lose_patience(self) -> None:
        match self._state.phase:
            case Phase.ENDING:
                self._end_lingering()
            case Phase.BODY if self.flow.read_paused:
                self._state.renew()  # It is the server that does not read.
            case Phase.BODY if not self._state.newest.response_complete:
                self._refuse(late(f"no byte of the body for {self._times.body_s:g} s"))
            case Phase.HEAD:
                self._refuse(late(f"no whole headers within {self._times.head_s:g} s"))
            case _ if self._is_unsent():
                self._state.renew()
            case _:
                self.transport.close()

    def _end_lingering(self) -> None:
        left = self._receipts.unacknowledged()
        if left == 0:
            self.transport.close()
        elif left is None:
            self.transport.abort()
        elif self._uptake.is_stalled():
            self._give_up()
        else:
            self._state.renew()
