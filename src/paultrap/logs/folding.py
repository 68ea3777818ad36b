"""Lines that repeat are counted: a few are written, and then one that says how many there were.

A server that runs out of file descriptors logs the same error hundreds of times a second; written
out, with its traceback, it fills the disk.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

_WINDOW_S = 10.0
_MOST_KINDS = 512
_OTHERS = object()  # the kind of all lines when there are too many kinds

_folders: "WeakSet[Folder]" = WeakSet()


@dataclass(slots=True)
class _Window:
    """What has come of one kind of line since a moment."""

    since: float
    about: Any
    seen: int = 0
    hidden: int = 0


class Folder:
    """Decides which lines are written, and reports the others.

    Args:
        report: Called with what `admit` was given of the first hidden line of a kind, the number of
            hidden lines, and in how many seconds they came. It must not call the folder.
        allowed: How many lines of a kind are written in each window.
        window_s: How long a window lasts, from the first line of a kind on.
        clock: Returns seconds that never decrease.
    """

    def __init__(
        self,
        report: Callable[[Any, int, float], None],
        *,
        allowed: int,
        window_s: float = _WINDOW_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._allowed = allowed
        self._window_s = window_s
        self._clock = clock
        self._windows: dict[Hashable, _Window] = {}
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None
        _folders.add(self)

    def admit(self, kind: Hashable, about: Any) -> bool:
        """Return whether a line is to be written.

        Args:
            kind: What it has in common with lines that say the same.
            about: What a report of it needs.
        """
        now = self._clock()
        ended: _Window | None = None
        with self._lock:
            window = self._windows.get(kind)
            if window is None:
                window = self._open(kind, about, now)
            elif now - window.since >= self._window_s:
                ended = window
                window = self._windows[kind] = _Window(now, about)
            window.seen += 1
            admitted = window.seen <= self._allowed
            if not admitted:
                if not window.hidden:
                    window.about = about
                window.hidden += 1
                self._start_watch()
        if ended is not None:
            self._tell(ended, now)
        return admitted

    def flush(self) -> None:
        """Report all that is hidden so far, and begin anew."""
        with self._lock:
            ended = list(self._windows.values())
            self._windows.clear()
        now = self._clock()
        for window in ended:
            self._tell(window, now)

    def renew(self) -> None:
        """Be as new, in a process that was forked while another thread may have held the lock."""
        self._lock = threading.Lock()
        self._windows = {}
        self._watch = None

    def _open(self, kind: Hashable, about: Any, now: float) -> _Window:
        if len(self._windows) >= _MOST_KINDS:
            # Those with something to report stay until the watch has reported it.
            self._windows = {
                kind: window
                for kind, window in self._windows.items()
                if window.hidden or now - window.since < self._window_s
            }
        if len(self._windows) >= _MOST_KINDS:
            kind = _OTHERS
        return self._windows.setdefault(kind, _Window(now, about))

    def _start_watch(self) -> None:
        if self._watch is None:
            self._watch = threading.Thread(target=self._report_ended, name="log-watch", daemon=True)
            self._watch.start()

    def _report_ended(self) -> None:
        """Report windows when they end, whether or not another line comes, until none is left."""
        while True:
            time.sleep(self._window_s / 4)
            now = self._clock()
            with self._lock:
                ended = {
                    kind: window
                    for kind, window in self._windows.items()
                    if now - window.since >= self._window_s
                }
                for kind in ended:
                    del self._windows[kind]
                is_over = not any(window.hidden for window in self._windows.values())
                if is_over:
                    self._watch = None
            for window in ended.values():
                self._tell(window, now)
            if is_over:
                return

    def _tell(self, window: _Window, now: float) -> None:
        if window.hidden:
            self._report(window.about, window.hidden, now - window.since)


def flush() -> None:
    """Report what all folders hide, as at the end of a process."""
    for folder in list(_folders):
        folder.flush()


def renew() -> None:
    """Renew all folders; see `Folder.renew`."""
    for folder in list(_folders):
        folder.renew()
