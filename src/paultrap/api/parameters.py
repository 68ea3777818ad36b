"""What the routes are given: the request, the use cases, and who is asking."""

from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from paultrap.service import Services
from paultrap.store import KeyRecord

HttpRequest: TypeAlias = Request[Any, Any, Any]
Service: TypeAlias = NamedDependency[SkipValidation[Services]]
Caller: TypeAlias = NamedDependency[SkipValidation[KeyRecord]]
PathWord: TypeAlias = FromPath[str]
