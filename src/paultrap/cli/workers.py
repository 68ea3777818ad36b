"""`paultrap workers`: the servers and worker hosts that use a server's database."""

from datetime import datetime
from typing import Any

import msgspec

from paultrap.cli.asking import DEFAULT_URL, OPEN_KEY, AsJson, Key, Url, client_of
from paultrap.cli.tables import print_table

_HEADINGS = (
    "host",
    "kind",
    "status",
    "busy",
    "threads",
    "memory",
    "version",
    "seen",
    "backends",
    "jobs",
)


def list_workers(*, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = OPEN_KEY) -> None:
    """List the servers and worker hosts that use a server's database, and what they run.

    Of what they run the jobs of other projects are counted only.

    Args:
        as_json: Print the JSON that the server sent.
        url: The address of the server.
        key: The API key.
    """
    with client_of(url, key) as server:
        found = server.workers()
    if as_json:
        print(msgspec.json.encode(found).decode())  # noqa: T201
        return
    print_table(_HEADINGS, [_row(each) for each in found])


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    limit = found["memory_limit_bytes"]
    jobs = dict.fromkeys(each["job_id"] for each in found["running"])
    seen = datetime.fromisoformat(found["last_seen_at"]).astimezone()
    return (
        found["host"],
        found["kind"],
        found["status"],
        f"{found['chunks']}/{found['slots']}",
        str(found["threads"]),
        "" if limit is None else f"{limit / 2**30:.1f} GiB",
        found["version"],
        f"{seen:%H:%M:%S}",
        ",".join(found["backends"]),
        " ".join(jobs),
    )
