"""`Reading`: how long one text may be read, and whether anybody still wants to know what it says."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

#: What a process sends before its answer when it is at a text for long. No message begins with it.
SLOW = b"\xc1"
SLOW_S = 0.25  # of a core's time


class Reading:
    """One reading of a text by another process, which any thread may give up.

    Args:
        seconds: How long reading may take, in seconds.
        on_slow: Is called in the thread that waits for it, once it has taken a quarter of a
            second of a core's time.

    Attributes:
        seconds: The same.
        on_slow: The same.
        is_stopped: Whether it was given up.
    """

    def __init__(self, seconds: float, on_slow: Callable[[], object] = lambda: None) -> None:
        self.seconds = seconds
        self.on_slow = on_slow
        self.is_stopped = False
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None

    def stop(self) -> None:
        """Give it up: the process that reads ends at once. Afterwards it does nothing."""
        with self._lock:
            self.is_stopped = True
            if self._connection is not None:
                with suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)

    def watch(self, connection: socket.socket | None) -> None:
        """Have `stop` shut down the connection to the process that reads; None when it is done."""
        with self._lock:
            self._connection = connection
            if self.is_stopped and connection is not None:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
