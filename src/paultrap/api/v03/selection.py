"""The `include` and `exclude` of version 0.3: which fields of a job to answer."""

from typing import Any

import msgspec
from litestar import Request

from paultrap.api.queries import words


class Selection:
    """The fields that one request asks for; unknown names select nothing and hide nothing."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self._include = frozenset(words(request, "include"))
        self._exclude = frozenset(words(request, "exclude"))

    def __contains__(self, field: str) -> bool:
        wanted = not self._include or field in self._include
        return wanted and field not in self._exclude

    def of(self, job: msgspec.Struct) -> Any:
        """Return ``job`` with the selected fields only, in their order."""
        if not self._include and not self._exclude:
            return job
        return {
            name: value
            for name in job.__struct_fields__
            if name in self and (value := getattr(job, name)) is not msgspec.UNSET
        }
