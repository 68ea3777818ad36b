"""Lease a chunk, run it, write its answer, until told to stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import structlog

from paultrap.admission import cost_within
from paultrap.circuits import InterruptedRunError
from paultrap.engine import interrupt_runs
from paultrap.store import (
    DamagedError,
    Lease,
    StoreUnavailableError,
    WorkerBackends,
    WorkerEngine,
    WorkQueue,
)
from paultrap.tracing import Span, Tracing
from paultrap.worker.heartbeat import Heartbeat
from paultrap.worker.isolation import Executor, failure_of, log_failure, run_each
from paultrap.worker.stages import findings_of, with_circuits
from paultrap.worker.traces import chunk_span

_COURTESY_S = 0.005
_REST_AFTER_S = 2.0  # without work: then its connections to the database are closed

_log = structlog.get_logger("paultrap.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms:
    """What a worker asks for work with.

    Attributes:
        owner: The worker's name, which no other worker has had.
        lease_ms: How long a lease lasts without a heartbeat.
        memory_limit: Bytes that the chunks of all workers of the host together may need; None for no
            limit.
        host: The name of what has the memory; see `paultrap.store.HostRegistration`.
        backends: What it can run; None for everything.
        until: Unix seconds by this machine's clock, up to which what it takes should have ended; None
            for no end.
        engine: The engine's versions and the precision; by default this release's.
        retry_s: How long it waits before it asks the store again that could not be asked.
        short_work: Whether it takes only chunks that are predicted to end within a second, of jobs
            of which nothing runs, and those only when nobody else has taken them at once.
    """

    owner: str
    lease_ms: int
    memory_limit: int | None = None
    host: str | None = None
    backends: WorkerBackends | None = None
    until: float | None = None
    engine: WorkerEngine = field(default_factory=WorkerEngine)
    retry_s: float
    short_work: bool = False


class WorkLoop:
    """One worker's work.

    Args:
        queue: The queue that chunks are leased from.
        terms: The worker's name, the limits and the times of its leases.
        execute: Runs the program of a lease and returns its answers.
        on_stuck: Called in another thread when the lease of the running chunk is lost and its run
            does not end when it is interrupted, after the store has published the loss: a plug-in
            looks at nothing. Whoever wants the cores back must end the process.
    """

    def __init__(
        self,
        queue: WorkQueue,
        terms: LeaseTerms,
        execute: Executor,
        *,
        on_stuck: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._terms = terms
        self._execute = execute
        self._on_stuck = on_stuck
        #: Makes a span of each chunk; none where nobody sets another.
        self.tracing = Tracing()
        self._called = threading.Event()
        self._is_stopping = False
        self._heartbeat: Heartbeat | None = None
        self._is_away = False  # the store, as far as this worker knows

    def wake(self) -> None:
        """Look for work now."""
        self._called.set()

    def check_lease(self) -> None:
        """Find out now whether the lease of the running chunk is lost."""
        if (heartbeat := self._heartbeat) is not None:
            heartbeat.check()

    def stop(self) -> None:
        """Return from `run` when the chunk at hand has ended."""
        self._is_stopping = True
        self._called.set()

    def run(self) -> None:
        """Work until `stop` is called.

        Without work it waits for `wake`, and asks nothing: one process looks for all workers.
        """
        while not self._is_stopping:
            self._called.clear()
            try:
                self._drain()
            except DamagedError:
                _log.warning("no work to be had", exc_info=True)
                self._called.wait(self._terms.retry_s)
                continue
            except StoreUnavailableError:
                self._say_away("no work to be had")
                self._called.wait(self._terms.retry_s)
                continue
            self._say_back()
            if not self._called.wait(_REST_AFTER_S):
                self._queue.rest()
                self._called.wait()

    def _drain(self) -> None:
        terms = self._terms
        if terms.short_work:
            # An idle worker for everything is to have it: it has more threads.
            time.sleep(_COURTESY_S)
        while not self._is_stopping:
            if terms.short_work and not self._queue.has_short_work():
                return
            asked_ns = time.time_ns()
            lease = self._queue.lease(
                terms.owner,
                terms.lease_ms,
                terms.memory_limit,
                terms.engine,
                short_work=terms.short_work,
                host=terms.host,
                backends=terms.backends,
                most_cost=None if terms.until is None else cost_within(terms.until - time.time()),
            )
            if lease is None:
                return
            with chunk_span(self.tracing, lease, asked_ns) as span:
                self._work(lease, span)

    def _work(self, lease: Lease, span: Span) -> None:
        # Packing and writing a large answer takes a while too, in which the lease must hold.
        self._heartbeat = Heartbeat(
            self._queue,
            lease,
            self._terms.lease_ms,
            on_lost=partial(interrupt_runs, on=True),
            on_stuck=partial(self._give_up, lease),
        )
        try:
            with self._heartbeat:
                counted = self._answered(lease, span)
        finally:
            interrupt_runs(on=False)  # The heartbeat has ended, and interrupts nothing any more.
        if not counted:
            self._queue.note_loss(lease)

    def _answered(self, lease: Lease, span: Span) -> bool:
        """Run a chunk and write its answer; return whether anybody still wanted it."""
        started = time.perf_counter_ns()
        try:
            with self.tracing.span("run", parent=span.traceparent):
                lease = with_circuits(lease)
                outcome = run_each(self._execute, lease)
            elapsed_us = (time.perf_counter_ns() - started) // 1000
            findings = findings_of(lease, outcome.answers)
            if outcome.failures:
                span.fail(f"{len(outcome.failures)} circuits failed")
            answers, failures = outcome
            finish = partial(self._queue.finish, lease, answers, elapsed_us, findings, failures)
            with self.tracing.span("write", parent=span.traceparent):
                return self._insist(finish)
        except InterruptedRunError:
            return False
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # Whatever it was, the client must hear of it.
            failure = failure_of(error)
            log_failure(lease, error)
            span.fail(failure.text)
            return self._insist(partial(self._queue.fail, lease, *failure))

    def _give_up(self, lease: Lease) -> None:
        self._queue.note_loss(lease)
        self._on_stuck()

    def _insist(self, write: Callable[[], bool]) -> bool:
        """Write until the store takes it: what has been computed is not thrown away.

        Raises:
            StoreUnavailableError: It still does not when the worker is to stop.
        """
        while True:
            try:
                counted = write()
            except StoreUnavailableError:
                if self._is_stopping:
                    raise
                self._say_away("answer not stored yet")
                time.sleep(self._terms.retry_s)
            else:
                self._say_back()
                return counted

    def _say_away(self, what: str) -> None:
        """Log once that the store is not to be had, however long that lasts."""
        if not self._is_away:
            _log.warning(what, exc_info=True)
        self._is_away = True

    def _say_back(self) -> None:
        if self._is_away:
            _log.info("the store is to be had again")
        self._is_away = False
