"""The JSON Schema of each format that artifacts and circuits have: `/schemas/formats/{format}`."""

from litestar import Response

from paultrap.api.documents.formats import FORMATS
from paultrap.api.errors import ApiError
from paultrap.api.methods import get
from paultrap.api.parameters import Caller, HttpRequest, PathWord
from paultrap.api.responses import answer

_NAMES = ", ".join(FORMATS)


@get("/schemas/formats/{format_id:str}")
async def get_format_schema(
    request: HttpRequest,
    key: Caller,  # noqa: ARG001 - asked for as everywhere, though all keys read the same
    format_id: PathWord,
) -> Response[bytes]:
    """Answer the JSON Schema of a format."""
    if format_id not in FORMATS:
        raise ApiError(
            404, f'Resource not found: there is no format "{format_id[:64]}", only {_NAMES}.'
        )
    return answer(request, FORMATS[format_id])
