"""The one connection of a process that stays open: it hears notifications, and holds its duties.

Both belong to a session of PostgreSQL, and end with it.
"""

import os
import select
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import structlog

from paultrap.store.postgresql import locks
from paultrap.store.postgresql.notices import CHANNEL

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_LONGEST_QUIET_S = 30.0  # After that it is looked whether the connection is still there.
_CLOSING_S = 5.0
_LOST = (psycopg.Error, OSError, ValueError)

_log = structlog.get_logger("paultrap.store")


class Listening:
    """Hears what other processes tell, and has duties as long as it is connected.

    Args:
        parameters: What `psycopg.connect` is given.
        name: What people call the database.
        on_payload: Called with the text of each notification, in a thread.
        on_gap: Called in that thread when notifications may have been missed.
    """

    def __init__(
        self,
        parameters: dict[str, Any],
        name: str,
        on_payload: Callable[[str], None],
        on_gap: Callable[[], None],
    ) -> None:
        self._parameters = parameters
        self._name = name
        self._on_payload = on_payload
        self._on_gap = on_gap
        self._lock = threading.RLock()
        self._connection: psycopg.Connection[Any] | None = None
        self._held: set[str] = set()
        self._woken, self._wake = os.pipe()
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="database-events", daemon=True)

    def start(self) -> None:
        """Connect, and listen from now on.

        Raises:
            psycopg.Error: The database is not to be had.
        """
        self._connect()
        self._thread.start()

    def close(self) -> None:
        """Listen no more, and let go of all duties."""
        self._is_closing.set()
        with suppress(OSError):
            os.write(self._wake, b"x")
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_CLOSING_S)
        with self._lock:
            self._drop()
            for end in (self._woken, self._wake):
                with suppress(OSError):
                    os.close(end)

    def take(self, duty: str) -> bool:
        """Take on a duty, unless this process or another has it; return whether this one has now."""
        with self._lock:
            if duty in self._held or not self._try(duty):
                return False
            self._held.add(duty)
            return True

    def let_go(self, duty: str) -> None:
        """Let go of a duty."""
        with self._lock:
            self._held.discard(duty)
            self._ask(locks.UNLOCK, duty)

    def execute(self, statement: str, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run a statement as a transaction of its own, and return the first row that it gives.

        Raises:
            psycopg.Error: The database is not to be had.
        """
        with self._lock:
            if self._connection is None:
                raise psycopg.OperationalError("the connection was lost")
            try:
                row: Sequence[Any] | None = self._connection.execute(statement, values).fetchone()
            except psycopg.OperationalError:
                self._drop()
                raise
            with suppress(OSError):
                os.write(self._wake, b"x")  # as below
            return row

    def _try(self, duty: str) -> bool:
        return bool(self._ask(locks.TRY, duty))

    def _ask(self, statement: str, duty: str) -> Any:
        """Return what a statement on a duty's lock says; None where the database is not to be had."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(statement, [locks.key_of("duty", duty)]).fetchone()
            with suppress(OSError):
                os.write(self._wake, b"x")  # Notifications may have come with the answer.
        except _LOST:
            self._drop()
            return None
        return None if row is None else row[0]

    def _connect(self) -> None:
        connection = psycopg.connect(**self._parameters)
        try:
            connection.execute(f"LISTEN {CHANNEL}")
            # What is said here, such as a heartbeat, may be forgotten where the machine stops.
            connection.execute("SET synchronous_commit = off")
            with self._lock:
                self._connection = connection
                # What it had it has again: nobody takes a duty for good within moments.
                for duty in self._held:
                    self._try(duty)
        except BaseException:
            connection.close()
            raise

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def _listen(self) -> None:
        try:
            self._listen_to_the_end()
        finally:
            with self._lock:  # `close` may have waited in vain for a connection that came late.
                self._drop()

    def _listen_to_the_end(self) -> None:
        while not self._is_closing.is_set():
            try:
                self._hear()
            except _LOST as error:
                if self._is_closing.is_set():
                    return
                _log.warning("connection to the database lost", database=self._name, why=str(error))
                with self._lock:
                    self._drop()
                self._connect_again()

    def _connect_again(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._is_closing.wait(pause_s):
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            try:
                self._connect()
            except _LOST:
                continue
            _log.info("connected to the database again", database=self._name)
            self._on_gap()
            return

    def _hear(self) -> None:
        """Wait for notifications and pass them on, until the connection is lost or all ends."""
        while not self._is_closing.is_set():
            with self._lock:
                connection = self._connection
                if connection is None:
                    raise psycopg.OperationalError("the connection was lost")
                socket = connection.fileno()
            ready, _, _ = select.select([socket, self._woken], [], [], _LONGEST_QUIET_S)
            if self._woken in ready:
                os.read(self._woken, 4096)
            with self._lock:
                if self._connection is not connection:
                    continue
                if not ready:
                    connection.execute("SELECT 1")
                told = list(connection.notifies(timeout=0))
            for each in told:
                self._on_payload(each.payload)
