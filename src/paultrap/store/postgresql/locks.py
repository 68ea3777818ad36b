"""Advisory locks: the numbers that stand for their names."""

from hashlib import blake2b

TRY = "SELECT pg_try_advisory_lock(%s)"
UNLOCK = "SELECT pg_advisory_unlock(%s)"


def key_of(kind: str, name: str) -> int:
    """Return the number of a lock; one of another kind or name hardly ever has the same.

    Args:
        kind: What the lock is for: ``"duty"`` or ``"rows"``.
        name: Its name among those of its kind.
    """
    digest = blake2b(f"paultrap {kind} {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
