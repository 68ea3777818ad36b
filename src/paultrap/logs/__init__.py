"""The log of both processes, server and worker: one place that says how a line looks.

A line is written at once, to the standard error. Lines that repeat are counted instead. This package
knows events of jobs and nothing of HTTP.
"""

from paultrap.logs.configuration import LogFormat, configure, is_on, resolve, write
from paultrap.logs.folding import Folder, flush
from paultrap.logs.jobs import log_event

__all__ = [
    "Folder",
    "LogFormat",
    "configure",
    "flush",
    "is_on",
    "log_event",
    "resolve",
    "write",
]
