"""One client of the proof: submits the jobs that it is told, and reads their answers.

Usage: python client.py KEY URL...

Each line of its input is a body in JSON. It goes from server to server, sends everything again that
was not answered, with the job's name as Idempotency-Key, and prints a line of JSON for each job: its
name, id, status, answer and how often something was sent again; or an ``error``.
"""

import itertools
import json
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

THREADS = 4
_PAUSE_S = 0.2
_LOOK_S = 0.3  # Looking more often takes the cores from the jobs.
_TIMEOUT_S = 20.0
_PASSING = {408, 429}
_FINAL = {"completed", "failed", "canceled"}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PRINTING = threading.Lock()


class Servers:
    """Several servers, of which the next is asked each time.

    Args:
        urls: Where they are.
        key: The key of the API.
    """

    def __init__(self, urls: list[str], key: str) -> None:
        self._urls = itertools.cycle(urls)
        self._headers = {"Authorization": f"apiKey {key}"}
        # There is no TLS, and to read certificates for each job takes long.
        self._client = httpx.Client(timeout=_TIMEOUT_S, verify=False)
        self.repeats = 0

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Return an answer that is more than a request to come later."""
        headers = self._headers | more.pop("headers", {})
        while True:
            url = f"{next(self._urls)}{path}"
            try:
                answer = self._client.request(method, url, headers=headers, **more)
                if answer.status_code < 500 and answer.status_code not in _PASSING:
                    answer.raise_for_status()
                    return answer
            except httpx.TransportError:
                pass
            self.repeats += 1
            time.sleep(_PAUSE_S)


def answer_of(servers: Servers, body: dict[str, Any]) -> dict[str, Any]:
    """Submit a job, wait for its end and return what came of it."""
    told = {"Idempotency-Key": body["name"]}
    job = servers.ask("POST", "/v0.4/jobs", json=body, headers=told).json()
    while job["status"] not in _FINAL:
        job = servers.ask("GET", f"/v0.4/jobs/{job['id']}").json()
        time.sleep(_LOOK_S)
    found = {"name": body["name"], "id": job["id"], "status": job["status"]}
    if job["status"] != "completed":
        return found | {"error": f"{job['status']}: {job.get('failure')}"}
    if not body["type"].startswith("qctrl."):
        path = f"/v0.4/jobs/{job['id']}/results/probabilities/aggregated"
        return found | {"answer": _without_ids(servers.ask("GET", path).text), "result": ""}
    paths = [f"/v0.4/jobs/{each}/results/probabilities" for each in job["child_job_ids"]]
    parts = [f'"{n}":{servers.ask("GET", path).text}' for n, path in enumerate(paths)]
    result = _without_ids(json.dumps(job["results"]))
    return found | {"answer": f"{{{','.join(parts)}}}", "result": result}


def _without_ids(text: str) -> str:
    """Return a text in which the ids are numbers, in the order in which they come."""
    numbers: dict[str, str] = {}
    return _ID.sub(lambda found: numbers.setdefault(found.group(), f"#{len(numbers)}"), text)


def work(urls: list[str], key: str, line: str) -> None:
    body = json.loads(line)
    servers = Servers(urls, key)
    try:
        told = answer_of(servers, body)
    except httpx.HTTPStatusError as error:
        what = f"{error.request.method} {error.request.url}: {error.response.text[:300]}"
        told = {"name": body["name"], "error": f"{error.response.status_code} to {what}"}
    with _PRINTING:
        print(json.dumps(told | {"repeats": servers.repeats}), flush=True)


def main(key: str, *urls: str) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        for place, line in enumerate(sys.stdin):
            first = place % len(urls)
            pool.submit(work, [*urls[first:], *urls[:first]], key, line)


if __name__ == "__main__":
    main(*sys.argv[1:])
