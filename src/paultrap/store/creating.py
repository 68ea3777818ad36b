"""A request that is to make something, its first answer, and why it makes nothing now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from paultrap.store.errors import StoreError
from paultrap.store.fates import Ticket


class FirstAnswer(NamedTuple):
    """What a request that has made something is answered.

    Attributes:
        status: The HTTP status code.
        body: The body, which is JSON.
        told: What its client was told beside it.
    """

    status: int
    body: bytes
    told: Sequence[str] = ()


class Creation(NamedTuple):
    """A request that has made something.

    Attributes:
        made_id: The id of the job or the session that it has made.
        answer: How it was answered.
    """

    made_id: str
    answer: FirstAnswer


class UndecidedError(StoreError):
    """Other servers have answered equal requests, and are asked what has become of that.

    Attributes:
        tickets: Which answers these are, each with the id of its server.
    """

    def __init__(self, tickets: "Sequence[tuple[Ticket, str | None]]") -> None:
        ids = ", ".join(f'"{ticket.made_id}"' for ticket, _ in tickets)
        super().__init__(f"it is not known yet whether anybody knows of {ids}.")
        self.tickets = tickets


class OvertakenError(StoreError):
    """Another server has answered an equal request that came later, and this one's client may be gone."""

    def __init__(self) -> None:
        super().__init__("an equal request that came later was answered by another server.")


class RepeatedRequestError(StoreError):
    """A request has made what it asks for before, and is answered as it was then.

    Attributes:
        creation: What it has made.
    """

    def __init__(self, creation: Creation) -> None:
        super().__init__(f'the request has made "{creation.made_id}" before.')
        self.creation = creation


@dataclass(slots=True, kw_only=True)
class CreatingRequest:
    """A request that is to make something, as it is known again.

    Attributes:
        key_id: The id of the API key that it came with.
        digest: 32 bytes that are the same for requests that ask for the same.
        idempotency_key: What its client calls it, or None.
        keep_ms: For how many milliseconds its answer is kept, where it has such a key.
        window_ms: For how many milliseconds an equal request is answered like it, whatever has
            become of the answer, while nobody has asked for what it has made.
        is_watched: Whether it will be known what becomes of the answer.
        answer: Returns how it is answered, given the record of what it has made.
        came_at: When it came, in steady milliseconds.
        is_here: Returns whether its client is still there, as far as is known.
        asks: Whether other servers are asked whether it repeats a request of theirs.
        passed: The ids of what other servers have answered equal requests with, and need not be asked
            about: their clients are there, or nobody says what has become of them.
        ticket: Set by the store: which answer this one has; None while it has none.
    """

    key_id: str
    digest: bytes
    idempotency_key: str | None
    keep_ms: int
    window_ms: int = 0
    is_watched: bool = False
    answer: Callable[[Any], FirstAnswer] = field(repr=False)
    came_at: int = 0
    is_here: Callable[[], bool] = field(default=lambda: True, repr=False)
    asks: bool = True
    passed: set[str] = field(default_factory=set)
    ticket: Ticket | None = None

    @property
    def is_known(self) -> bool:
        """Whether it would be known if it came again."""
        return self.idempotency_key is not None or self.is_watched or self.window_ms > 0
