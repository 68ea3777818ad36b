"""Which plug-in backends there are: paultrap's own path, for whoever has installed one."""

import msgspec
from litestar import Response

from paultrap.api.methods import get
from paultrap.api.parameters import Caller, HttpRequest, Service
from paultrap.api.responses import answer


class Plugin(msgspec.Struct):
    """An installed plug-in; ``reason`` says why one that is unavailable cannot be used."""

    name: str
    status: str
    reason: str | None = None


@get("/paultrap/plugins")
async def get_plugins(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:  # noqa: ARG001
    """Answer the plug-in backends; one that cannot be used has the name of its entry point."""
    machines = service.machines
    names = [name for name in machines.backends if machines.is_plugin(name)]
    found = [Plugin(name, "available") for name in names]
    found += [Plugin(each.name, "unavailable", each.reason) for each in machines.unavailable]
    return answer(request, found)
