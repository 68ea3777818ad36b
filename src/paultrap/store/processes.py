"""`Processes`: the processes that lease chunks, by names that no others have, and whose they are."""

from collections.abc import Callable

import sqlalchemy as sa

from paultrap.store.database import Database
from paultrap.store.liveness import death_of
from paultrap.store.tables import processes


class Processes:
    """What the servers of a database have started, as long as nobody has seen it end.

    Args:
        database: The database.
        server: The id of the server whose processes are added; None without a server.
    """

    def __init__(self, database: Database, server: str | None) -> None:
        self._database = database
        self._server = server

    def add(self, name: str) -> None:
        """Keep in mind a process, which may lease chunks from now on."""
        new = sa.insert(processes).values(name=name, server=self._server)
        self._database.change(lambda connection: connection.execute(new), durable=False)

    def forget(self, has_ended: Callable[[str], bool]) -> None:
        """Forget those of them that have ended, as far as this machine can say."""
        ended = [name for name in self._names() if has_ended(name)]
        if ended:
            gone = sa.delete(processes).where(processes.c.name.in_(ended))
            self._database.change(lambda connection: connection.execute(gone), durable=False)

    def orphans(self) -> list[str]:
        """Return those whose server has died."""
        with self._database.read() as connection:
            servers = list(connection.scalars(sa.select(processes.c.server).distinct()))
        found = []
        for server in servers:
            if server is not None and server == self._server:
                continue
            with death_of(self._database, server) as is_dead:
                if is_dead:
                    found += self._names(processes.c.server.is_not_distinct_from(server))
        return found

    def _names(self, *which: sa.ColumnElement[bool]) -> list[str]:
        with self._database.read() as connection:
            return list(connection.scalars(sa.select(processes.c.name).where(*which)))
