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
from paultrap.api.auth import Authenticator, Limits
from paultrap.api.documents.routes import DOCUMENTS
from paultrap.api.errors import answer_error
from paultrap.api.extras import get_details, get_plugins, get_progress, retry_job
from paultrap.api.hosts import get_workers
from paultrap.api.index import get_index, live, ready
from paultrap.api.metrics.routes import MetricsAccess, get_metrics
from paultrap.api.metrics.scrape import Metrics
from paultrap.api.network import refusing
from paultrap.api.query_names import QueryNames
from paultrap.api.rates import RateLimits
from paultrap.api.request_log import RequestLog
from paultrap.api.requests import ending_downloads, request_id, told_of
from paultrap.api.shared_rates import SharedRateLimits
from paultrap.api.traces import traced
from paultrap.languages import READERS
from paultrap.machines import Machines
from paultrap.service import Resources, Services, StoreWatch, Threads, Workers
from paultrap.settings import Settings
from paultrap.store import KeyRecord, Store
from paultrap.tracing import start_tracing

_DRAIN_SECONDS = 10.0  # from the signal on
_LAST_SECONDS = 1.0  # for threads, when all that they could wait for has ended


def create_app(
    settings: Settings,
    store: Store,
    supervisor: Workers,
    threads: Threads | None = None,
    machines: Machines | None = None,
) -> Litestar:
    """Return the application.

    Args:
        settings: The limits, and whose keys are taken.
        store: Open; it stays open when the application ends.
        supervisor: Started and stopped with the application.
        threads: Where the blocking calls of requests run; new ones without a value. They are
            stopped with the application.
        machines: What this server runs itself; what comes with paultrap without a value.
    """
    machines = Machines.shipped() if machines is None else machines
    threads = Threads(settings.max_program_seconds) if threads is None else threads
    metrics = Metrics(machines.backends)
    metrics.watch(store, threads, supervisor)
    threads.watch = StoreWatch(store.name, store.ask) if store.is_shared else None
    tracing = start_tracing("server", on=settings.tracing)
    resources = Resources(settings, store, supervisor, threads, machines, tracing)
    service = Services(resources)
    limits = _limits(settings.rate_limit_per_minute, store, threads)
    authenticator = Authenticator(store.keys, threads, settings.effective_auth, limits)
    access = MetricsAccess(authenticator, settings.metrics_allow_ips)

    async def identify(request: Request[Any, Any, Any]) -> KeyRecord:
        return await authenticator.identify(request)

    @asynccontextmanager
    async def run_workers(_: Litestar) -> AsyncIterator[None]:
        resources.waiters.attach()
        service.creations.attach()
        READERS.resume()  # An application before this one may have stopped them.
        if threads.watch is not None:
            threads.watch.start()
        await asyncio.to_thread(supervisor.start)
        await service.hosts.renew()
        renewing = asyncio.create_task(service.hosts.keep())
        try:
            yield
        finally:
            renewing.cancel()
            await service.creations.close()
            if threads.watch is not None:
                await threads.watch.stop()
            await asyncio.to_thread(_stop, supervisor, threads)
            await asyncio.to_thread(tracing.stop)

    app = Litestar(
        route_handlers=[
            v03.ROUTER,
            v04.ROUTER,
            get_index,
            get_details,
            get_plugins,
            get_progress,
            get_workers,
            retry_job,
            live,
            ready,
            get_metrics,
            *DOCUMENTS,
        ],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "key": Provide(identify),
            "metrics": Provide(lambda: metrics, sync_to_thread=False),
            "metrics_access": Provide(lambda: access, sync_to_thread=False),
        },
        exception_handlers={HTTPException: answer_error, Exception: answer_error},
        before_request=QueryNames(strict=settings.strict),
        before_send=[_name_request],
        lifespan=[run_workers],
        request_max_body_size=None,  # Our own reader holds the bound, before anything is parsed.
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = refusing(ending_downloads(app.asgi_handler))
    # Around the routing too, where Litestar's own middleware does not reach.
    if tracing.is_on:
        app.asgi_handler = traced(app.asgi_handler, tracing)
    app.asgi_handler = RequestLog(app.asgi_handler)
    app.asgi_handler = metrics.requests.around(app.asgi_handler)
    return app


def _limits(per_minute: int, store: Store, threads: Threads) -> Limits:
    """Return how many requests a key may send, to this server or to all of the database."""
    if store.is_shared:
        return SharedRateLimits(store.rates, threads, per_minute)
    return RateLimits(per_minute)


def _stop(supervisor: Workers, threads: Threads) -> None:
    """End what the application has started, in bounded time; threads that hang are left."""
    threads.close()
    supervisor.stop(_DRAIN_SECONDS)
    if threads.is_reading:
        READERS.stop()  # Whoever waits for a program hears it at once.
    threads.stop(_LAST_SECONDS)


async def _name_request(message: Message, scope: Scope) -> None:
    """Put on an answer the request's id, which clients show in their errors, and what is told of it."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        headers["x-request-id"] = request_id(scope)
        for told in told_of(scope):
            headers.add("paultrap-warning", told)
