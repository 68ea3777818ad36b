"""`SessionService`: the sessions of a project."""

from functools import partial

from paultrap.service.creating import Creating
from paultrap.service.creations import stored
from paultrap.service.threads import Threads
from paultrap.store import KeyRecord, NewSession, SessionRecord, Sessions

_MOST = 1_000  # of a list, which has no pages


class SessionService:
    """The sessions of a server, each within the caller's project.

    Args:
        sessions: The store's client for sessions.
        threads: The threads that blocking calls run in.
    """

    def __init__(self, sessions: Sessions, threads: Threads) -> None:
        self._sessions = sessions
        self._threads = threads

    def now(self) -> int:
        """Return the time by which sessions begin and end, in Unix milliseconds."""
        return self._sessions.now()

    async def create(self, new: NewSession, creating: Creating | None = None) -> SessionRecord:
        """Return a new session, durably stored.

        Args:
            new: The session.
            creating: The request that asks for it, where it may come again.
        """
        return await stored(self._threads, creating, partial(self._sessions.create, new))

    async def find(self, key: KeyRecord, session_id: str) -> SessionRecord:
        """Return one of the caller's sessions.

        Raises:
            SessionNotFoundError: No session of the project has this id.
        """
        return await self._threads.read(self._sessions.get, key.project_id, session_id.lower())

    async def list_newest(self, key: KeyRecord, *, active: bool | None) -> list[SessionRecord]:
        """Return the caller's newest sessions, or those of them that have ended or have not."""
        newest = partial(self._sessions.list_newest, active=active)
        return await self._threads.read(newest, key.project_id, _MOST)

    async def end(self, key: KeyRecord, session_id: str) -> SessionRecord:
        """Return a session of the caller's, which has ended now; its waiting jobs are canceled.

        Raises:
            SessionNotFoundError: No session of the project has this id.
        """
        wanted = session_id.lower()
        await self._threads.write(self._sessions.end, key.project_id, wanted, key.submitter_id)
        return await self.find(key, wanted)
