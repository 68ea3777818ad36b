"""Who works on a database, as servers and worker hosts have registered themselves."""

from typing import NamedTuple

import sqlalchemy as sa

from paultrap.store.liveness import LIVE_MS
from paultrap.store.tables import workers

_KINDS = {"worker": "worker host"}
_QUERY = (
    sa.select(workers.c.id, workers.c.kind, workers.c.hostname, workers.c.pid, workers.c.version)
    .where(workers.c.ended_at.is_(None), workers.c.last_seen >= sa.bindparam("since"))
    .order_by(workers.c.started_at)
)


class Present(NamedTuple):
    """A process that was there a moment ago.

    Attributes:
        id: By what it is registered.
        shown: What people are told it is.
    """

    id: str
    shown: str


def present(connection: sa.Connection, now: int) -> list[Present]:
    """Return who was heard of lately, in the order in which they have started.

    Args:
        connection: The connection of a transaction; the schema may be an older one.
        now: The steady time.
    """
    if not sa.inspect(connection).has_table(workers.name):
        return []
    return [
        Present(
            each.id,
            f"{_KINDS.get(each.kind, each.kind)} of release {each.version} (process {each.pid} on "
            f"{each.hostname})",
        )
        for each in connection.execute(_QUERY, {"since": now - LIVE_MS})
    ]
