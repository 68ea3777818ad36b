"""Times on the wire; everywhere else they are integer Unix milliseconds."""

from datetime import UTC, datetime


def iso_time(milliseconds: int) -> str:
    """Return Unix milliseconds as `2025-05-28T20:47:05.440Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
