"""`DamageLog`: what was found damaged in a store: each once in the log, and counted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import structlog
import zstandard

from paultrap.circuits import BlobError
from paultrap.errors import Error
from paultrap.store.errors import DamagedError, JobNotFoundError

_MOST_KNOWN = 10_000

# What damaged bytes come to where no checksum is there to tell, as in rows of earlier releases.
_UNREADABLE = (BlobError, zstandard.ZstdError, msgspec.MsgspecError, LookupError, UnicodeError)

_log = structlog.get_logger("paultrap.store")


class DamageLog:
    """What was found damaged by this process. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[tuple[str | None, str]] = set()

    @property
    def count(self) -> int:
        """How many damaged parts were found."""
        return len(self._known)

    def report(self, error: DamagedError) -> None:
        """Log and count what was not known yet."""
        key = (error.owner_id, error.part)
        with self._lock:
            if key in self._known or len(self._known) >= _MOST_KNOWN:
                return
            self._known.add(key)
        _log.error("stored data is damaged", id=error.owner_id, part=error.part)

    @contextmanager
    def watch(
        self, owner_id: str | None = None, is_gone: Callable[[str], bool] | None = None
    ) -> Iterator[None]:
        """Report what is found damaged within the block, of which ``owner_id`` may not be known.

        Args:
            owner_id: Whose rows are read.
            is_gone: Whether the owner was deleted: its rows are then being removed, so that what
                is missing of them is no damage.

        Raises:
            DamagedError: Something was; it names whose.
            JobNotFoundError: The owner was deleted meanwhile.
        """
        try:
            yield
        except DamagedError as error:
            known = error
            if error.owner_id is None and owner_id is not None:
                known = DamagedError(owner_id, error.part)
            if is_gone is not None and owner_id is not None and is_gone(owner_id):
                raise JobNotFoundError([owner_id]) from error
            self.report(known)
            raise known from error
        except _UNREADABLE as error:
            if isinstance(error, Error) and not isinstance(error, BlobError):
                raise
            if is_gone is not None and owner_id is not None and is_gone(owner_id):
                raise JobNotFoundError([owner_id]) from error
            known = DamagedError(owner_id, f"{type(error).__name__}: {error}"[:200])
            self.report(known)
            raise known from error
