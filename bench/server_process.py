"""A real `paultrap serve` process on a free port, and the memory that it and its workers took."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_server():
    """Start a server with a temporary database; yield its address and its process id."""
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--port", "0"]
    command += ["--log-level", "warning"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            first_line = server.stdout.readline()
            if " at " not in first_line:
                sys.exit("The server did not start; what it said is above.")
            yield first_line.split(" at ")[1].strip(), server.pid
        finally:
            server.terminate()


def peak_memory_mb(pid):
    """Return the peak resident memory of a process, and of each of its descendants, in MB."""
    peaks = {pid: _peak(pid)}
    for child in _children(pid):
        peaks |= peak_memory_mb(child)
    return peaks


def _peak(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def _children(pid):
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in lists for child in children.read_text().split()]
