"""`Refusal`: why a job is not taken, whoever asks. It must not know HTTP or settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from paultrap.circuits import Limit, Message, OverLimit
from paultrap.errors import Error
from paultrap.formats import CircuitError
from paultrap.notices import Notices


class Kind(StrEnum):
    """What is wrong with a job that is refused."""

    MALFORMED = "malformed"  # not JSON, or a field of another type
    INVALID = "invalid"  # a value that makes no sense
    UNKNOWN = "unknown"  # a name of something that does not exist
    LIMIT = "limit"  # more than may be sent
    RESOURCES = "resources"  # more time or memory than a job may take
    QUBITS = "qubits"  # more qubits than the machine has
    UNSUPPORTED = "unsupported"  # nothing here can run it


class Refusal(Error, ValueError):  # noqa: N818  # the word of the layers above, as in "a refusal"
    """A job that is not taken.

    Attributes:
        field: The path of what is wrong, such as ``input.circuits[3].circuit[17].targets``; ""
            where the whole body is meant.
        message: One or more sentences for a person, naming the field.
        kind: Which kind of mistake it is.
        fields: The paths of everything that is wrong, where that is more than one.
    """

    def __init__(
        self,
        field: str,
        message: Message,
        kind: Kind = Kind.INVALID,
        *,
        fields: tuple[str, ...] = (),
    ) -> None:
        super().__init__(str(message))
        self.field = field
        self.message = message
        self.kind = kind
        self.fields = fields or (field,)

    @property
    def limit(self) -> Limit | None:
        """The limit that is passed, or None."""
        return self.message.limit if isinstance(self.message, OverLimit) else None


def invalid(field: str, message: str, kind: Kind = Kind.INVALID) -> Refusal:
    """Return the refusal of a field, whose name opens the message."""
    return Refusal(field, f"{field}: {message}", kind)


def check_understood(notices: Notices, *, strict: bool = False) -> None:
    """Refuse what is not understood of a request that is strict.

    Args:
        notices: What is not understood.
        strict: Whether whoever runs the job is strict.

    Raises:
        Refusal: Something is not understood, and the request or ``strict`` asks for that.
    """
    if notices.found and (strict or notices.strict):
        fields = tuple(each.path for each in notices.found)
        raise Refusal(fields[0], notices.refusal(), Kind.UNKNOWN, fields=fields)


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what is wrong with circuits as a refusal."""
    try:
        yield
    except CircuitError as error:
        raise refused(error) from error


def refused(error: CircuitError, kind: Kind = Kind.INVALID) -> Refusal:
    """Return what is wrong with circuits, or with JSON, as a refusal."""
    kind = Kind.LIMIT if error.is_over_limit else kind
    fields = (error.path, *(other.path for other in error.others))
    return Refusal(error.path, error.message, kind, fields=fields)
