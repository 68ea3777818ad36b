"""Where processes that read programs come from: one that has imported all that they need, and forks.

Starting Python and importing a parser takes longer than reading most programs. The process that does it
once has one thread and no state, and ends with the process that has started it.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress

from paultrap.variables import without_secrets


class Readers:
    """Connections to new processes, each of which reads one program. Safe to use from many threads.

    Attributes:
        is_stopped: Whether nothing is read now.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._source: subprocess.Popen[bytes] | None = None
        # Sources that have died. What they have forked is at work in their process group, whose
        # number is theirs as long as nobody has waited for them.
        self._dead: list[subprocess.Popen[bytes]] = []
        self.is_stopped = False

    def connect(self) -> socket.socket:
        """Return a connection to a process that takes a request and sends its answer.

        Raises:
            OSError: No process could be started, or they were stopped.
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

    def stop(self) -> None:
        """End all processes at once, at whatever they are, and start none until `resume`."""
        self.is_stopped = True
        with self._lock:
            self._forget()
            for source in self._dead:
                # As long as it was not waited for, no other process can have its number.
                if source.returncode is None:
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(source.pid, signal.SIGKILL)
                    source.wait()
                if source.stdout is not None:
                    source.stdout.close()
            self._dead.clear()

    def resume(self) -> None:
        """Start processes again when they are wanted."""
        self.is_stopped = False

    def _send(self, connection: socket.socket) -> None:
        if self.is_stopped:
            raise OSError(errno.ESHUTDOWN, os.strerror(errno.ESHUTDOWN))
        message = [b"r"], [connection.fileno()]
        if _has_ended(self._source):  # It was killed, perhaps for want of memory.
            self._forget()
        if self._control is not None:
            try:
                socket.send_fds(self._control, *message)
            except OSError:  # It has just been.
                self._forget()
            else:
                return
        socket.send_fds(self._start(), *message)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._source = subprocess.Popen(  # our own command
                    [sys.executable, "-m", "paultrap.languages"],
                    stdin=theirs.fileno(),
                    stdout=subprocess.PIPE,  # whose end shows that it has ended
                    stderr=subprocess.DEVNULL,
                    # Threads of numpy's libraries would not outlive the fork, and take address
                    # space, which is bounded.
                    env=without_secrets(os.environ)
                    | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                    process_group=0,  # so that all that it forks can be ended at once
                )
            except OSError:
                ours.close()
                raise
        os.set_blocking(_output_of(self._source), False)
        self._control = ours
        return ours

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._source is not None:
            with suppress(ProcessLookupError):
                # Not by `Popen.kill`, which looks whether it has ended, and so gives its number away.
                os.kill(self._source.pid, signal.SIGKILL)
            self._dead.append(self._source)
        self._control = self._source = None


def _output_of(source: subprocess.Popen[bytes]) -> int:
    assert source.stdout is not None  # noqa: S101  # for mypy
    return source.stdout.fileno()


def _has_ended(source: subprocess.Popen[bytes] | None) -> bool:
    """Return whether a source is gone, without waiting for it; its forks have not its output."""
    try:
        return source is not None and not os.read(_output_of(source), 4096)
    except BlockingIOError:
        return False


#: Those of this process, which are started when the first is wanted.
READERS = Readers()
