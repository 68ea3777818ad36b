"""`Origin`: which request a job comes from."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Which request a job comes from; the fields are those of `paultrap.store.NewJob`.

    Attributes:
        request_id: The id of the request, which its answer and the log show.
        traceparent: The W3C trace context that the job continues, or None.
    """

    request_id: str
    traceparent: str | None = None
