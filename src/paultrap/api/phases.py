"""Where a connection stands: what is waited for, since when, and how long that may last."""

from collections.abc import Callable
from enum import Enum, auto

from paultrap.api.cycles import Cycle
from paultrap.api.deadlines import Times

# For so long a connection need not give way to others, between two requests and within one.
_SPARED_S = 0.5
_STALLED_S = 5.0


class Phase(Enum):
    """What the server reads next on a connection."""

    WAITING = auto()  # the first byte of a request
    HEAD = auto()
    BODY = auto()
    ENDING = auto()  # nothing more


class State:
    """Where one connection stands.

    Attributes:
        phase: What is read next.
        since: When that began, or went on, by the loop's clock.
        at_work: The request that is being answered, where there is one.
        newest: The last request whose headers have come; there is none before the first.
        has_answered: Whether a request was answered.

    Args:
        times: What the peer may take.
        clock: The loop's.
    """

    newest: Cycle

    def __init__(self, times: Times, clock: Callable[[], float]) -> None:
        self._times = times
        self._clock = clock
        self.phase = Phase.WAITING
        self.since = clock()
        self.at_work: Cycle | None = None
        self.has_answered = False

    def enter(self, phase: Phase) -> None:
        """Begin to wait for something else."""
        self.phase = phase
        self.since = self._clock()

    def renew(self) -> None:
        """Note that what is waited for goes on."""
        self.since = self._clock()

    def answered(self) -> None:
        """Note that the request at work was answered."""
        self.at_work = None
        self.has_answered = True
        self.since = self._clock()

    def due(self) -> float | None:
        """Return until when the peer may go on with what is waited for; None for ever."""
        times = self._times
        match self.phase:
            case Phase.ENDING:
                return self.since + times.linger_s
            case Phase.BODY if not self.newest.response_started or self.newest.response_complete:
                is_behind = self.at_work not in {None, self.newest}
                return None if is_behind else self.since + times.body_s
            case _ if self.at_work is not None:
                return None
            case Phase.HEAD:
                return self.since + times.head_s
            case Phase.WAITING if self.has_answered:
                return self.since + times.keep_alive_s
            case _:
                return self.since + times.head_s

    def keeps_waiting(self) -> tuple[int, float] | None:
        """Return how soon the connection is to give way to others, or None while it is at work.

        The smallest first: what sort of waiting it is, and since when by the loop's clock. One that
        has just come, or just been answered, is let be.
        """
        match self.phase:
            case Phase.ENDING:
                kind, spared_s = 0, 0.0
            case _ if (cycle := self.at_work) and (not cycle.more_body or cycle.response_started):
                return None
            case Phase.WAITING:
                kind, spared_s = int(self.has_answered), _SPARED_S
            case _:
                kind, spared_s = 2, _STALLED_S
        return (kind, self.since) if self.since + spared_s <= self._clock() else None
