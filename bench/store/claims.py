"""How long a worker waits for a chunk while very many are queued, on a PostgreSQL that it starts.

A claim is timed as a worker makes it: from asking until it has the chunk and its program. A few
chunks are leased at a time, as by real workers: the oldest lease is given back for each new one.

    PYTHONPATH=tests python bench/store/claims.py --chunks 100000 --projects 100
    PYTHONPATH=tests python bench/store/claims.py --workers 64 --every 0.3 --seconds 20
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection

import sqlalchemy as sa
from harness import databases
from harness.jobs import new_job

from paultrap.store import Store

LEASE_MS = 3_600_000
MEMORY = 1 << 40
CHUNKS_OF_JOB = 1_000
LEASED = 4  # of one worker at a time, at most
WARM_UP = 20


def fill(url: str, chunks: int, projects: int) -> None:
    """Queue jobs of many projects, of one circuit in each chunk."""
    store = Store.open(url)
    ids = [store.accounts.create_project(f"project {number}").id for number in range(projects)]
    for number in range(-(-chunks // CHUNKS_OF_JOB)):
        of = min(CHUNKS_OF_JOB, chunks - number * CHUNKS_OF_JOB)
        store.jobs.add(new_job(store, of, chunks=of, project_id=ids[number % projects]))
    store.close()
    engine = sa.create_engine(sa.make_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # as the database's own maintenance does in time
        connection.execute(sa.text("VACUUM (ANALYZE)"))
    engine.dispose()


def claims(url: str, name: str, host: str, every_s: float, seconds: float) -> list[float]:
    """Claim chunks for a while; return how long each claim took, in seconds."""
    store = Store.attach(url)
    times: list[float] = []
    held: deque[str] = deque()
    number = 0
    deadline: float | None = None
    while deadline is None or time.monotonic() < deadline:
        owner = f"{name} {number}"
        began = time.perf_counter()
        lease = store.queue.lease(owner, LEASE_MS, MEMORY, host=host)
        took = time.perf_counter() - began
        if lease is None:
            raise SystemExit("no chunks are left: make more of them")
        number += 1
        if number > WARM_UP:
            times.append(took)
            deadline = deadline or time.monotonic() + seconds
        held.append(owner)
        if len(held) > LEASED:
            store.queue.release(held.popleft(), blame=False)
        time.sleep(max(0.0, every_s - took))
    store.close()
    return times


def work(to: Connection, number: int, url: str, options: argparse.Namespace) -> None:
    """Be one of many workers."""
    time.sleep(options.every * number / options.workers)  # They do not ask in step.
    host = f"host {number % options.hosts}"
    to.send(claims(url, f"worker {number}", host, options.every, options.seconds))


def measured(url: str, options: argparse.Namespace) -> list[float]:
    """Return the times of all workers, each of which is a process."""
    context = multiprocessing.get_context("fork")
    started = []
    for number in range(options.workers):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(theirs, number, url, options))
        process.start()
        theirs.close()
        started.append((process, ours))
    times = [each for _, ours in started for each in ours.recv()]
    for process, _ in started:
        process.join()
    return times


def told(times: Sequence[float]) -> str:
    """Return quantiles in milliseconds."""
    ordered = sorted(times)
    at = {
        f"p{part}": ordered[min(len(ordered) - 1, len(ordered) * part // 100)]
        for part in (50, 90, 99)
    }
    shown = ", ".join(f"{name} {1e3 * value:.2f} ms" for name, value in at.items())
    return f"{len(ordered)} claims: {shown}, longest {1e3 * ordered[-1]:.2f} ms"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument(
        "--every", type=float, default=0.0, help="seconds between two claims of one"
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--database", help="the URL of an empty database to use, or of a full one")
    parser.add_argument("--full", action="store_true", help="the database has its jobs already")
    options = parser.parse_args(arguments)
    url = options.database or databases.shared().create()
    if not options.full:
        fill(url, options.chunks, options.projects)
    print(told(measured(url, options)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
