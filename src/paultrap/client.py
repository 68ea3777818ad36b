"""A small client of a paultrap server: what the command line needs, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Self

import httpx
import msgspec

__all__ = ["Client", "ServerError"]

_FINAL = frozenset(("completed", "failed", "canceled"))
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 1.0
_TIMEOUT_S = 60.0


class ServerError(Exception):
    """The server refused, or did not answer; the text is for a person."""


class Client:
    """A connection to one server with one key."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        headers = {"Authorization": f"apiKey {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def submit(self, body: bytes) -> str:
        """Submit a job of either version and return its id.

        A body with a ``type`` or a ``backend`` is a v0.4 job, any other a v0.3 job.
        """
        answer = self._ask("POST", f"/{_version_of(body)}/jobs", content=body)
        job_id: str = answer["id"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job in the words of v0.3."""
        found: dict[str, Any] = self._ask("GET", f"/v0.3/jobs/{job_id}")
        return found

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """Return the newest jobs, in the words of v0.3."""
        found: list[dict[str, Any]] = self._ask("GET", "/v0.3/jobs", params={"limit": limit})[
            "jobs"
        ]
        return found

    def wait(self, job_id: str, on_progress: Callable[[int, int], None]) -> dict[str, Any]:
        """Return the job once it has ended.

        Args:
            job_id: The job.
            on_progress: Called with the number of circuits done and of all circuits.
        """
        pause = _FIRST_PAUSE_S
        while True:
            progress = self._ask("GET", f"/paultrap/jobs/{job_id}/progress")
            on_progress(progress["circuits_done"], progress["circuits"])
            if progress["status"] in _FINAL:
                return self.job(job_id)
            time.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE_S)

    def results(self, job_id: str) -> bytes:
        """Return the JSON of a job's results as the server sent it."""
        return self._send("GET", f"/v0.3/jobs/{job_id}/results").content

    def cancel(self, job_ids: Iterable[str]) -> None:
        """Cancel jobs, all of them or none."""
        self._ask("PUT", "/v0.3/jobs/status/cancel", json={"ids": list(job_ids)})

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        return self._send(method, path, **arguments).json()

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerError(
                f"no answer from {self._url} ({error}). Is the server running? "
                "Start one with `paultrap serve`, or name another with --url."
            ) from error
        if answer.is_success:
            return answer
        raise ServerError(_message_of(answer))


def _version_of(body: bytes) -> str:
    try:
        job = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return "v0.3"  # The server says what is wrong with it.
    return "v0.4" if {"type", "backend"} & job.keys() else "v0.3"


def _message_of(answer: httpx.Response) -> str:
    try:
        message = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.text[:200]
    return f"the server answered {answer.status_code}: {message}"
