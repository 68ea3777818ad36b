"""What a transaction tells other processes: kinds and ids alone, in one notification."""

from collections.abc import Iterator, Sequence

from paultrap.store.events import EventKind, JobEvent, JobNotice

CHANNEL = "paultrap"

# Of these no other process has to know.
_UNTOLD = {EventKind.LEASED, EventKind.LOST}
_CODES = {kind: chr(ord("a") + place) for place, kind in enumerate(EventKind)}
_KINDS = {code: kind for kind, code in _CODES.items()}
_MOST_BYTES = 7_900  # PostgreSQL takes less than 8,000
_EVERYTHING = "*"


def payload_of(sender: str, events: Sequence[JobEvent]) -> str | None:
    """Return what is told of events, or None where nobody has to know.

    Args:
        sender: A name of this process, so that it knows its own notifications.
        events: What a transaction has done.
    """
    told = dict.fromkeys(
        f"{_CODES[event.kind]}{event.parent_id or event.job_id}"
        for event in events
        if event.kind not in _UNTOLD
    )
    if not told:
        return None
    text = f"{sender} {' '.join(told)}"
    return text if len(text) <= _MOST_BYTES else f"{sender} {_EVERYTHING}"


def notices_of(sender: str, payload: str) -> Iterator[JobNotice]:
    """Yield what another process has told; nothing of what this one has."""
    other, *told = payload.split(" ")
    if other == sender:
        return
    for each in told:
        if each == _EVERYTHING:
            yield JobNotice(None, None)
        elif each[:1] in _KINDS:  # A later release may know more kinds.
            yield JobNotice(_KINDS[each[0]], each[1:])
