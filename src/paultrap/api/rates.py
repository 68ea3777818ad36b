"""How many requests a key may send: a bucket of tokens for each, which fills up again steadily.

Litestar's own middleware counts by address, before anybody knows whose key it is, and in windows
after whose end a whole burst is free again. Everything is counted in whole numbers, so that who
waits for exactly as long as told is taken.
"""

import time
from collections.abc import Callable

from paultrap.api.errors import ApiError

_MOST_KEPT = 10_000
_SECOND = 1_000_000_000  # nanoseconds
_MINUTE = 60 * _SECOND


class RateLimits:
    """The buckets of the only server of a database; the order of calls is the order of requests.

    Args:
        per_minute: How many requests a key may send in a minute, at once or not; 0 for any number.
        clock: Returns nanoseconds that never decrease.
    """

    def __init__(self, per_minute: int, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._per_minute = per_minute
        self._clock = clock
        # What each key has spent, in parts of which a request takes a minute's nanoseconds and as
        # many come back in each nanosecond as requests in a minute; and when that was so.
        self._buckets: dict[str, tuple[int, int]] = {}

    async def take(self, key_id: str) -> None:
        """Count one request.

        Raises:
            ApiError: 429 when the key has sent too many, with the seconds that it has to wait.
        """
        if not self._per_minute:
            return
        now = self._clock()
        spent, since = self._buckets.get(key_id, (0, now))
        spent = max(0, spent - (now - since) * self._per_minute) + _MINUTE
        too_much = spent - self._per_minute * _MINUTE
        if too_much > 0:
            wait_s = -(-too_much // (self._per_minute * _SECOND))  # rounded up
            raise too_many(self._per_minute, wait_s)
        if len(self._buckets) >= _MOST_KEPT and key_id not in self._buckets:
            self._drop_full(now)
        self._buckets[key_id] = (spent, now)

    def _drop_full(self, now: float) -> None:
        """Forget the keys that have sent nothing for a minute: their buckets are full again."""
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if now - bucket[1] < _MINUTE
        }


def too_many(per_minute: int, wait_s: int) -> ApiError:
    """Return the 429 for a key that has to wait so many seconds."""
    return ApiError(
        429,
        f"This key sends more than {per_minute:,} requests a minute (setting "
        f"PAULTRAP_RATE_LIMIT_PER_MINUTE); wait {wait_s} s.",
        headers={"retry-after": str(wait_s)},
    )
