"""Ends runs from another thread, and lets them give way to short work of another process.

Runs look up between the tasks that their threads share out, groups of gates or circuits, and never
within a loop over amplitudes.
"""

import mmap

import numpy as np

from paultrap import _kernels


def interrupt_runs(*, on: bool) -> None:
    """Let all runs of this process raise `InterruptedRunError`, until it is called with False.

    Those that begin later raise it too: a thread that ends the run of another does not know whether
    that has begun.
    """
    _kernels.interrupt_runs(on)


def look_up() -> None:
    """Give way or end where that is wanted; for loops in Python, once for each gate.

    Raises:
        InterruptedRunError: The run is to end.
    """
    _kernels.look_up()


class ShortWork:
    """Says to other processes that short work runs in this one. Made before they are forked.

    On a host with up to four cores one thread of a run then waits between two tasks, for a tenth of
    a second and half of the time at most. On more cores short work has one at once anyway.
    """

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    def give_way(self) -> None:
        """Let runs of this process give way, from now on."""
        _kernels.give_way(np.frombuffer(self._page, np.uint8, 1))

    def mark(self, *, runs: bool) -> None:
        """Say whether short work runs."""
        self._page[0] = runs
