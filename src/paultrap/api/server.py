"""How the application is served: uvicorn's settings, and where the log goes."""

import gc
import socket
import ssl
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from litestar.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from paultrap import logs
from paultrap.api.acceptor import Acceptor, Bounds
from paultrap.api.deadlines import Times
from paultrap.api.descriptors import connection_limit
from paultrap.api.network import Networks, guarded
from paultrap.api.protocol import Protocol
from paultrap.api.request_log import silence_cut_responses
from paultrap.settings import Settings

_DRAIN_SECONDS = 8  # for answers that are being sent; see `paultrap.api.ending`
# Longer than any client waits between two polls: a connection closed at the wrong moment fails
# the next request on it.
_KEEP_ALIVE_SECONDS = 75


def configure_log(settings: Settings) -> None:
    """Log to standard error, as the settings say."""
    logs.configure(settings.log_level, settings.log_format)
    silence_cut_responses()


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        times: Times,
        bounds: Bounds,
        on_signal: Callable[[int], None],
    ) -> None:
        super().__init__(config)
        self._times = times
        self._bounds = bounds
        self._on_signal = on_signal
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        self.servers = []
        for listener in sockets or []:
            acceptor = Acceptor(listener, self._protocol, self.config.ssl, self._bounds)
            acceptor.start()
            self._acceptors.append(acceptor)
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for acceptor in self._acceptors:
            acceptor.close()
        await super().shutdown(sockets)

    def _protocol(self, on_lost: Callable[[Protocol], None]) -> Protocol:
        return Protocol(self.config, self.server_state, self.lifespan.state, self._times, on_lost)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # That of uvicorn sends the signal again at the end, and a second one would leave the
        # application as it is.
        self.should_exit = True
        self._on_signal(sig)


def create_server(
    app: ASGIApp, settings: Settings, on_signal: Callable[[int], None] = lambda _: None
) -> uvicorn.Server:
    """Return the server; ``run(sockets=[...])`` with what `listening` gives blocks until a signal.

    Args:
        app: The application to serve.
        settings: The address, TLS and the log.
        on_signal: Called with each signal that asks it to stop, within the handler of that signal:
            so it takes no lock.

    Raises:
        OSError: The certificate or its key cannot be read.
    """
    # What is imported stays: the collector need not look at it again, in the midst of a request.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        guarded(app, settings),
        interface="asgi3",
        http=Protocol,
        ws="none",
        loop=settings.event_loop,
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        proxy_headers=False,  # `guarded` does that, after it has seen who speaks.
        ssl_context_factory=None if settings.tls_cert is None else lambda *_: _tls(settings),
        log_config=None,
        log_level="info" if settings.log_level == "debug" else "warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    config.load()
    times = Times(
        head_s=settings.header_seconds,
        body_s=settings.body_seconds,
        answer_s=settings.answer_seconds,
        keep_alive_s=_KEEP_ALIVE_SECONDS,
    )
    bounds = Bounds(
        most=connection_limit(settings.workers, settings.max_connections),
        proxies=Networks(settings.forwarded_allow_ips),
        handshake_s=settings.header_seconds,
    )
    return _Server(config, times, bounds, on_signal)


def _tls(settings: Settings) -> ssl.SSLContext:
    """Return what Python holds to be safe for a server, with the certificate of ``settings``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    assert settings.tls_cert is not None  # noqa: S101  # for mypy
    context.load_cert_chain(settings.tls_cert, settings.tls_key, password=_no_password)
    return context


def _no_password() -> str:
    raise OSError(None, "the private key is encrypted; a server needs one that is not")
