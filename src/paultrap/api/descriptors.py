"""How many connections this process may hold: what its descriptors allow, less those of the rest."""

import resource

_MOST = 65_536  # Beyond that a limit only makes other programs slow.
_MOST_CONNECTIONS = 8_192  # Each takes some 10 KB here and as much in the system.
# The database, the log, pipes of readers, and what libraries open for a moment.
_RESERVED = 96
_OF_WORKER = 8
_FEWEST = 8


def connection_limit(workers: int, asked: int | None) -> int:
    """Return how many connections may be open at once, after raising the limit of descriptors.

    Args:
        workers: Processes that must be startable at any time.
        asked: The number that the settings ask for; fewer where there are not so many descriptors.
    """
    available = _raised() - _RESERVED - _OF_WORKER * workers
    return min(asked or _MOST_CONNECTIONS, max(_FEWEST, available))


def _raised() -> int:
    """Raise the soft limit of open files as far as it may be, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _MOST if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # a system with a lower bound of its own
        return soft
    return wanted
