"""A worker's process: the commands that it gets, and the lines that it reports.

The supervisor speaks through the standard input: `WAKE` means that there is work, `CHECK` that a
job was canceled or deleted, and `STOP` that the worker is to finish its chunk and exit. The end of the
input means that the server is gone: the worker ends at once. The worker
speaks through the standard output, one line each: `READY`, and `EVENT` with a
`paultrap.store.JobEvent` in JSON, which is logged here already.
Logs go to the standard error. Between the two stands the process that has forked the worker, see
`paultrap.worker.forks`.
"""

import argparse
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TextIO, get_args

import msgspec
import structlog

from paultrap import logs
from paultrap.circuits import Distributions
from paultrap.engine import RunOptions, ShortWork
from paultrap.logs import log_event
from paultrap.machines import InstalledPlugins
from paultrap.precision import Precision
from paultrap.store import (
    JobEvent,
    Lease,
    Store,
    StoreUnavailableError,
    WorkerBackends,
    WorkerEngine,
)
from paultrap.tracing import start_tracing
from paultrap.variables import DATABASE_VARIABLE
from paultrap.worker.execution import run_lease
from paultrap.worker.forks import EVERYTHING, LEASE_LOST, SHORT_WORK, STOP, Family
from paultrap.worker.isolation import Executor
from paultrap.worker.loop import LeaseTerms, WorkLoop
from paultrap.worker.orphans import name_of
from paultrap.worker.parent import Input, end_with_parent
from paultrap.worker.printing import PrintedLines

WAKE = b"\n"
CHECK = b"c"
READY = "ready"
EVENT = "event"

_RETRY_S = 1.0
_OUT_OF_MEMORY_SCORE = "500"  # of 1000, where 0 is usual

_AWAY_S = 1.0  # between two looks for a database that does not answer

_log = structlog.get_logger("paultrap.worker")
_ENCODER = msgspec.json.Encoder()


def main(arguments: Sequence[str] | None = None, execute: Executor | None = None) -> int:
    """Keep workers until told to stop.

    Args:
        arguments: The command line; that of the process when None.
        execute: What runs the program of a lease instead of the engine.

    Returns:
        The exit code.
    """
    options = _parse(arguments)
    end_with_parent()
    out = _take_standard_output()
    logs.configure(options.log_level, options.log_format)
    # What stands in for the engine says nothing of how long it takes.
    has_short_work = options.short_work and execute is None
    kinds = [EVERYTHING, SHORT_WORK] if has_short_work else [EVERYTHING]
    gc.collect()
    gc.freeze()  # What is imported stays: neither the collector nor its marks make copies of it.
    executor_of = partial(_executor, options, ShortWork())
    if execute is not None:
        executor_of = partial(_given, execute)
    return Family(kinds, partial(_work, options, executor_of), out).keep()


def _given(execute: Executor, _kind: str) -> Executor:
    return execute


def _executor(options: argparse.Namespace, short_work: ShortWork, kind: str) -> Executor:
    """Return what runs a lease in a worker of this kind; called in its own process."""
    is_short = kind == SHORT_WORK
    threads = 1 if is_short else options.threads
    run = partial(
        run_lease,
        options=RunOptions(options.precision, threads, options.memory_limit),
        find_plugin=InstalledPlugins().find,
    )
    if not is_short:
        short_work.give_way()
        return run
    short_work.mark(runs=False)  # as one that was killed may have left it

    def run_marked(lease: Lease) -> Distributions:
        short_work.mark(runs=True)
        try:
            return run(lease)
        finally:
            short_work.mark(runs=False)

    return run_marked


def _engine(options: argparse.Namespace) -> WorkerEngine:
    threads = RunOptions(threads=options.threads).usable_threads()
    return WorkerEngine(precision=options.precision, threads=threads)


def _work(
    options: argparse.Namespace,
    executor_of: Callable[[str], Executor],
    kind: str,
    owner: str,
    out: int,
) -> int:
    """Work as one of the workers, in its own process."""
    told = Input()
    server = _Server(os.fdopen(out, "w", encoding="utf-8", buffering=1))
    _volunteer()
    printing = PrintedLines()
    printing.take_over()
    is_short = kind == SHORT_WORK
    tracing = start_tracing("worker", on=options.tracing)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until there is something to finish
    told.listen(_leave)
    attach = partial(Store.attach, _place(), server=options.server, on_event=server.hear)
    with closing(_insisting(attach)) as store:
        loop = WorkLoop(
            store.queue,
            LeaseTerms(
                owner=owner,
                lease_ms=round(options.lease_seconds * 1000),
                memory_limit=options.memory_limit,
                host=options.host,
                backends=WorkerBackends(tuple(options.plugin), not options.plugins_only),
                until=options.until,
                engine=_engine(options),
                retry_s=_RETRY_S,
                short_work=is_short,
            ),
            _named(executor_of(kind), printing),
            on_stuck=_abandon,
        )
        loop.tracing = tracing
        # Ctrl-C reaches the whole process group; the server decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: _stop_soon(loop))
        told.listen(partial(_obey, loop))
        _introduce(store)
        if not is_short:
            server.tell(READY)
        loop.run()
    tracing.stop()
    return 0


def _insisting(attach: Callable[[], Store]) -> Store:
    """Return the store, when the database answers: who starts while it does not is to work later."""
    is_said = False
    while True:
        try:
            return attach()
        except StoreUnavailableError as error:
            if not is_said:
                _log.warning("waiting for the database", reason=str(error))
            is_said = True
            time.sleep(_AWAY_S)


def _leave(told: bytes) -> None:
    """End this process, which has nothing yet that it could finish."""
    if STOP in told:
        os._exit(0)


class _Server:
    """Who started the worker, as seen through the standard output."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()  # The heartbeat's thread speaks too.

    def tell(self, line: str) -> None:
        # A server that died reads nothing, and the work continues.
        with self._lock, suppress(OSError):
            print(line, file=self._out, flush=True)

    def hear(self, event: JobEvent) -> None:
        log_event(event)
        self.tell(f"{EVENT} {_ENCODER.encode(event).decode()}")


def _introduce(store: Store) -> None:
    """Have the next server end this process first, should it outlive its own."""
    name = name_of(os.getpid())
    if name is not None:
        try:
            store.processes.add(name)
        except StoreUnavailableError:  # Nothing is leased either as long as nothing can be written.
            _log.warning("process not noted", exc_info=True)


def _named(execute: Executor, printing: PrintedLines) -> Executor:
    def run(lease: Lease) -> Distributions:
        with printing.under(lease):
            return execute(lease)

    return run


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("paultrap.worker", description=__doc__)
    parser.add_argument("--server", help="the id of its server")
    parser.add_argument("--short-work", action="store_true", help="have a worker for that beside")
    parser.add_argument("--lease-seconds", type=float, default=30.0)
    parser.add_argument("--threads", type=int, help="default: every usable core")
    parser.add_argument(
        "--precision",
        choices=get_args(Precision),
        default="double",
        help="of jobs that start from now on",
    )
    parser.add_argument("--memory-limit", type=int, help="bytes, of all workers of the host")
    parser.add_argument("--host", help="the name of what has the memory")
    parser.add_argument("--plugin", action="append", default=[], help="a backend that it has")
    parser.add_argument("--plugins-only", action="store_true", help="take nothing else")
    parser.add_argument("--until", type=float, help="Unix seconds at which all is to have ended")
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--log-format", choices=("auto", "json", "text"), default="auto")
    parser.add_argument("--tracing", action="store_true", help="send spans by OpenTelemetry")
    return parser.parse_args(arguments)


def _place() -> str:
    """Return where the database is; what the worker runs or starts does not see it."""
    place = os.environ.pop(DATABASE_VARIABLE, "")
    if not place:
        raise SystemExit(f"{DATABASE_VARIABLE} says where the server's database is, and is not set")
    return place


def _take_standard_output() -> int:
    """Keep the standard output to ourselves: what anything else prints goes to standard error."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return ours


def _volunteer() -> None:
    """When memory runs out, let the system end this process, and not the server."""
    with suppress(OSError):  # Only Linux has it.
        Path("/proc/self/oom_score_adj").write_text(_OUT_OF_MEMORY_SCORE)


def _stop_soon(loop: WorkLoop) -> None:
    # In a thread: a signal handler may interrupt the loop while it holds the lock it waits with.
    threading.Thread(target=loop.stop).start()


def _obey(loop: WorkLoop, told: bytes) -> None:
    if CHECK in told:
        loop.check_lease()
    if STOP in told:
        loop.stop()
    loop.wake()


def _abandon() -> None:
    logs.flush()
    os._exit(LEASE_LOST)
