"""What a request's line costs: `python bench/log_line.py` prints microseconds for each format."""

import asyncio
import os
import statistics
import time

from paultrap import logs
from paultrap.api.request_log import RequestLog
from paultrap.api.requests import remember_key
from paultrap.store import KeyRecord, Role

REQUESTS = 2_000
ROUNDS = 15
GOAL_US = 100

ID = "01a218dd-ac29-7592-9369-eca36e392254"
KEY = KeyRecord(
    id=ID,
    name="a key",
    project_id=ID,
    organization_id="org.default",
    user_id=None,
    role=Role.MEMBER,
    submitter_id="64b03577072d45001c85e9c4",
    prefix="pt_abc",
    created_at=0,
    revoked_at=None,
)


async def app(scope, _receive, send):
    scope["path_template"] = "/v0.4/jobs/{job_id}"
    remember_key(scope, KEY)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 1_200})


async def send(_message):
    pass


async def seconds_of(called):
    started = time.perf_counter()
    for number in range(REQUESTS):
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/v0.4/jobs/" + ID,
            "headers": [(b"x-request-id", b"request-%d" % number)],
            "client": ("127.0.0.1", 50_000),
            "state": {},
        }
        await called(scope, None, send)
    return (time.perf_counter() - started) / REQUESTS


async def main():
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123, ASYNC230
        for format_ in ("json", "text"):
            logs.configure("info", format_, nowhere)
            layer = RequestLog(app, most_alike=REQUESTS * ROUNDS)
            costs = []
            for _ in range(ROUNDS):
                bare = await seconds_of(app)
                costs.append(1e6 * (await seconds_of(layer) - bare))
            median = statistics.median(costs)
            print(
                f"{format_}: {median:.1f} us a request (median of {ROUNDS} x {REQUESTS}; "
                f"{min(costs):.1f} to {max(costs):.1f}); goal: below {GOAL_US}"
            )


asyncio.run(main())
