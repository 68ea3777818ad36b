"""Who may read the metrics: named addresses without a key, admins from everywhere."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from litestar.types import Scope

from paultrap.api.auth import Doorman
from paultrap.api.errors import ApiError
from paultrap.api.parameters import HttpRequest
from paultrap.api.requests import remember_key
from paultrap.store import Role

__all__ = ["MetricsAccess"]

_WAYS = (
    "Metrics can be read with the key of an admin ('paultrap keys create --role admin' makes one), "
    "and without a key from the addresses of the setting metrics_allow_ips "
    "(PAULTRAP_METRICS_ALLOW_IPS)."
)


class MetricsAccess:
    """Says who may read the metrics of one application.

    Args:
        doorman: Knows the keys.
        allowed: Addresses and networks that need none, as in the setting ``metrics_allow_ips``.
    """

    def __init__(self, doorman: Doorman, allowed: Sequence[str]) -> None:
        self._doorman = doorman
        self._is_open = "*" in allowed
        self._unix = "unix" in allowed
        self._networks = [ip_network(word) for word in allowed if word not in {"*", "unix"}]

    async def check(self, request: HttpRequest) -> None:
        """Return when the client may read the metrics.

        A reading is not counted as a request of its key: it must work when others send too many.

        Raises:
            ApiError: 401 without a key that is known, 403 with one that is no admin's.
        """
        if self._is_open or self._is_named(request.scope):
            return
        if not request.headers.get("authorization"):
            raise ApiError(401, f"No key provided. {_WAYS}")
        key = await self._doorman.find(request)
        remember_key(request.scope, key)
        if key.role is not Role.ADMIN:
            raise ApiError(403, f'The role of "{key.name}" is {key.role}. {_WAYS}')

    def _is_named(self, scope: Scope) -> bool:
        # What a proxy passes on comes from elsewhere.
        for name, _ in scope["headers"]:
            if name == b"forwarded" or name.startswith(b"x-forwarded-"):
                return False
        if scope["client"] is None:
            return self._unix
        try:
            address = ip_address(scope["client"][0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)
