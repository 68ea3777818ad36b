"""Where processes that read programs come from: one that has imported all that they need, and forks.

Starting Python and importing a parser takes longer than reading most programs. The process that does it
once has one thread and no state, and ends with the process that has started it.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from os import environ

__all__ = ["READERS", "Readers"]


class Readers:
    """Connections to new processes, each of which reads one program. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._source: subprocess.Popen[bytes] | None = None

    def connect(self) -> socket.socket:
        """Return a connection to a process that takes a request and sends its answer.

        Raises:
            OSError: No process could be started.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                with self._lock:
                    self._send(theirs)
            except OSError:
                ours.close()
                raise
        return ours

    def _send(self, connection: socket.socket) -> None:
        message = [b"r"], [connection.fileno()]
        if self._control is not None:
            try:
                socket.send_fds(self._control, *message)
            except OSError:  # It was killed, perhaps for want of memory.
                self._stop()
            else:
                return
        socket.send_fds(self._start(), *message)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._source = subprocess.Popen(  # our own command
                [sys.executable, "-m", "paultrap.languages"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Threads of numpy's libraries would not outlive the fork, and take address space,
                # which is bounded.
                env=environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        self._control = ours
        return ours

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._source is not None:
            self._source.kill()
            self._source.wait()
        self._control = self._source = None


#: Those of this process, which are started when the first is wanted.
READERS = Readers()
