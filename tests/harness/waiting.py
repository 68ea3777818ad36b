"""Waiting for what must happen, with a bound that only a failure reaches."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

Found = TypeVar("Found")

PATIENCE_S = 180.0
FINAL = {"completed", "failed", "canceled"}


def until(condition: Callable[[], Found], patience_s: float = PATIENCE_S) -> Found:
    """Return what a condition gives, once it is true."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
    return found


def ended(client: httpx.Client, job_id: str, version: str = "v0.4") -> dict:
    """Return a job of a server as it is when it has ended."""

    def final() -> dict | None:
        job: dict = client.get(f"/{version}/jobs/{job_id}").json()
        return job if job["status"] in FINAL else None

    return until(final)
