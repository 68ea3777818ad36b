"""Which version of the API a body is of, where no path says it."""

import msgspec
from msgspec import Raw

from paultrap.admission import NULL, JobRequest
from paultrap.notices import Notices
from paultrap.submissions.decoding import cut, decode
from paultrap.submissions.v03 import v03_request
from paultrap.submissions.v04 import v04_request


class _Marks(msgspec.Struct):
    type: Raw = NULL
    backend: Raw = NULL


def read_body(body: bytes, notices: Notices | None = None) -> JobRequest:
    """Return what the body of a submission of either version asks for.

    It is of version 0.4 where it has a ``type`` or a ``backend``, which that version requires, and
    else of version 0.3.

    Args:
        body: The body, as bytes.
        notices: Where is told what is not understood.

    Raises:
        Refusal: It has another shape.
    """
    parts = cut(body)
    marks = decode(parts.envelope, _Marks)
    is_v03 = bytes(marks.type) == bytes(marks.backend) == b"null"
    return v03_request(parts, notices) if is_v03 else v04_request(parts, notices)
