"""The application: both wire versions over one store, and the workers' life around them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import Message, Scope

from paultrap.api import v03, v04
from paultrap.api.auth import Doorman
from paultrap.api.documents.routes import DOCUMENTS
from paultrap.api.endings import Endings
from paultrap.api.errors import answer_error
from paultrap.api.health import live, ready
from paultrap.api.progress import get_progress
from paultrap.api.rates import RateLimits
from paultrap.api.requests import request_id
from paultrap.api.service import JobService
from paultrap.api.threads import Threads
from paultrap.api.workers import Workers
from paultrap.languages import READERS
from paultrap.settings import Settings
from paultrap.store import KeyRecord, Store

__all__ = ["create_app"]

_DRAIN_SECONDS = 10.0  # from the signal on
_LAST_SECONDS = 1.0  # for threads, when all that they could wait for has ended


def create_app(
    settings: Settings, store: Store, supervisor: Workers, threads: Threads | None = None
) -> Litestar:
    """Return the application.

    Args:
        settings: The limits, and whose keys are taken.
        store: Open; it stays open when the application ends.
        supervisor: Started and stopped with the application.
        threads: Where the blocking calls of requests run; new ones without a value. They are
            stopped with the application.
    """
    threads = Threads(settings.max_program_seconds) if threads is None else threads
    endings = Endings()
    supervisor.on_finished(endings.announce)
    service = JobService(settings, store, supervisor, threads, endings)
    limits = RateLimits(settings.rate_limit_per_minute)
    doorman = Doorman(store, threads, settings.effective_auth, limits)

    async def identify(request: Request[Any, Any, Any]) -> KeyRecord:
        return await doorman.identify(request)

    @asynccontextmanager
    async def run_workers(_: Litestar) -> AsyncIterator[None]:
        endings.attach()
        READERS.resume()  # An application before this one may have stopped them.
        await asyncio.to_thread(supervisor.start)
        try:
            yield
        finally:
            await asyncio.to_thread(_stop, supervisor, threads)

    return Litestar(
        route_handlers=[v03.ROUTER, v04.ROUTER, get_progress, live, ready, *DOCUMENTS],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "key": Provide(identify),
        },
        exception_handlers={HTTPException: answer_error, Exception: answer_error},
        before_send=[_name_request],
        lifespan=[run_workers],
        request_max_body_size=None,  # Our own reader holds the bound, before anything is parsed.
        openapi_config=None,
        logging_config=None,
    )


def _stop(supervisor: Workers, threads: Threads) -> None:
    """End what the application has started, in bounded time; threads that hang are left."""
    threads.close()
    supervisor.stop(_DRAIN_SECONDS)
    if threads.is_reading:
        READERS.stop()  # Whoever waits for a program hears it at once.
    threads.stop(_LAST_SECONDS)


async def _name_request(message: Message, scope: Scope) -> None:
    """Put the request's id on its answer, which clients show in their errors."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message)["x-request-id"] = request_id(scope)
