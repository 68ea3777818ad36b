"""Background maintenance: what deleted jobs and dead servers have left, and the engine's upkeep.

A job is deleted for its owner when it is marked. What it leaves may be half a gigabyte, whose
removal takes seconds: it is removed in transactions of bounded size, as one alone would hold up all
other writers.
"""

import threading
import time

import sqlalchemy as sa
import structlog

from paultrap.store.consistency import QueueCheck
from paultrap.store.creations import Creations
from paultrap.store.database import Database
from paultrap.store.errors import StoreUnavailableError
from paultrap.store.rates import Rates
from paultrap.store.tables import circuits, jobs, result_slices
from paultrap.store.work_queue import WorkQueue
from paultrap.store.workers import Workers

_QUIET_S = 0.5  # Answers are read when they are ready: let that pass first.
_LONGEST_S = 5.0  # But an SQLite log that grows without a pause makes reading slow.
# A server that dies commits nothing. This is less than a lease lasts, which would run out before it
# is known why.
_LONGEST_PAUSE_S = 10.0
_DUTY = "maintenance"

_SLICES = 8  # of about a megabyte each
_CIRCUITS = 10_000

_SLICE_KEY = sa.tuple_(
    result_slices.c.job_id, result_slices.c.position, result_slices.c.first, result_slices.c.part
)

_log = structlog.get_logger("paultrap.store")


class Maintenance:
    """What keeps a database in order, by a thread of a server.

    It runs a moment after something was committed, and now and then.

    Args:
        database: What is maintained, by one process at a time.
        queue: What frees the leases of dead servers.
        creations: What removes the answers that are kept no longer.
        workers: What forgets the hosts that were not seen for long.
        rates: What removes the buckets that are full again.
    """

    def __init__(
        self,
        database: Database,
        queue: WorkQueue,
        creations: Creations,
        workers: Workers,
        rates: Rates,
    ) -> None:
        self._database = database
        self._queue = queue
        self._creations = creations
        self._workers = workers
        self._rates = rates
        self._check = QueueCheck(database)
        self._requested = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="maintenance", daemon=True)

    def start(self) -> None:
        """Maintain the database in the background from now on."""
        self._database.subscribe(lambda _: self.request())
        self._thread.start()
        self.request()  # A server that died may have left something.

    def request(self) -> None:
        """Say that something was committed, by this process or another."""
        self._requested.set()

    def run(self) -> None:
        """Maintain the database now, where this process may."""
        with self._database.duty(_DUTY) as is_ours:
            if is_ours:
                self._check.look()
                self._queue.release_dead_servers()
                self._queue.end_overdue()
                self._creations.remove_expired()
                self._workers.forget()
                self._rates.remove_full()
                while self._remove_some() and not self._stopping.is_set():
                    pass
        while self._database.maintain() and not self._stopping.is_set():
            pass

    def trouble(self) -> str | None:
        """Return, in a sentence, why nothing can be run, as far as was seen; None where it can."""
        return self._check.trouble

    def close(self) -> None:
        """End the thread, if it runs."""
        self._stopping.set()
        self._requested.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep_running(self) -> None:
        while True:
            self._requested.wait(_LONGEST_PAUSE_S)
            waited = 0.0
            while self._requested.is_set() and waited < _LONGEST_S:
                self._requested.clear()
                if self._stopping.wait(_QUIET_S):
                    return
                waited += _QUIET_S
            try:
                self.run()
            except StoreUnavailableError:
                pass  # Whoever needs it now says so.
            except Exception:  # noqa: BLE001  # What cannot be done now can be in the next round.
                _log.warning("maintenance failed", exc_info=True)

    def _remove_some(self) -> bool:
        started = time.monotonic()
        is_more = self._database.change(remove_some, durable=False)
        # Writers of other processes may only now and then look whether it is their turn.
        self._stopping.wait(time.monotonic() - started)
        return is_more


def remove_some(connection: sa.Connection) -> bool:
    """Remove a part of one deleted job; return whether there was any."""
    deleted = sa.select(jobs.c.id).where(jobs.c.deleted_at.is_not(None)).limit(1)
    job_id = connection.scalar(deleted.with_for_update(skip_locked=True))
    if job_id is None:
        return False
    if (
        _remove_slices(connection, job_id) < _SLICES
        and _remove_circuits(connection, job_id) < _CIRCUITS
    ):
        connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))
    return True


def _remove_slices(connection: sa.Connection, job_id: str) -> int:
    some = sa.select(*_SLICE_KEY.clauses).where(result_slices.c.job_id == job_id).limit(_SLICES)
    return connection.execute(sa.delete(result_slices).where(_SLICE_KEY.in_(some))).rowcount


def _remove_circuits(connection: sa.Connection, job_id: str) -> int:
    some = sa.select(circuits.c.position).where(circuits.c.job_id == job_id).limit(_CIRCUITS)
    removed = sa.delete(circuits).where(circuits.c.job_id == job_id, circuits.c.position.in_(some))
    return connection.execute(removed).rowcount
