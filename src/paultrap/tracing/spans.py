"""What spans are to those who make them: here they are nothing, and cost as much."""

import re
from collections.abc import Mapping
from enum import Enum, auto
from types import TracebackType
from typing import Self

AttributeValue = str | int | float | bool

# Version 00; a later one may have more behind it, and begins with the same fields.
_TRACEPARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<ids>[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-[ -~]*)?"
)


def read_traceparent(header: str) -> str | None:
    """Return the W3C trace context that a header ``traceparent`` holds, or None: it may be wrong."""
    found = _TRACEPARENT.fullmatch(header)
    if found is None or (found["version"] == "00" and found["more"]):
        return None
    return f"00-{found['ids']}-{found['flags']}"


class SpanKind(Enum):
    """What a span is to the one above it."""

    INTERNAL = auto()  # a part of its work
    SERVER = auto()  # the answer to its request
    CONSUMER = auto()  # what it has left to be done later


class Span:
    """A piece of work, as a context: it begins before it is entered and ends when it is left.

    Attributes:
        traceparent: The context for spans below it, or None.
    """

    def __init__(self, traceparent: str | None = None) -> None:
        self.traceparent = traceparent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""

    def rename(self, name: str) -> None:
        """Give it a better name."""

    def set(self, name: str, value: AttributeValue) -> None:
        """Add an attribute."""

    def fail(self, message: str = "") -> None:
        """Say that the work has failed, and why."""


class Tracing:
    """Makes the spans of a process. This one makes none, and hands the context above on."""

    is_on = False

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,  # noqa: ARG002  # as all but one here
        parent: str | None = None,
        began_ns: int | None = None,  # noqa: ARG002
        attributes: Mapping[str, AttributeValue] | None = None,  # noqa: ARG002
    ) -> Span:
        """Return a span that has begun.

        Args:
            name: The name of the span, one of a few.
            kind: What it is to its parent.
            parent: The ``traceparent`` of the span above; None begins a new trace.
            began_ns: When it began, in Unix nanoseconds; now when None.
            attributes: What is known of it already.
        """
        del name
        return Span(parent)

    def stop(self, patience_s: float = 2.0) -> None:
        """Send what has ended, or give it up when that takes longer."""
