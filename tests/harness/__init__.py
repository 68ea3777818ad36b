"""What several suites need to drive a real server."""

from harness.server import RunningServer

__all__ = ["RunningServer"]
