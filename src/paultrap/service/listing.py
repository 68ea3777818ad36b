"""Lists of jobs of which one may be damaged: the others are shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from paultrap.store import DamagedError, JobNotFoundError, JobRecord

T = TypeVar("T")


class Listed(NamedTuple, Generic[T]):
    """Jobs of a list that can be shown.

    Attributes:
        jobs: The jobs.
        more: What else is shown of them, by their ids; of some there is nothing.
    """

    jobs: Sequence[JobRecord]
    more: Mapping[str, T]


def listed(jobs: Iterable[JobRecord], read: Callable[[JobRecord], T | None]) -> Listed[T]:
    """Return jobs with what is read of each, without those that are damaged or were deleted meanwhile.

    Whoever reads them has damage reported: see `paultrap.store.damage`.
    """
    shown: list[JobRecord] = []
    more: dict[str, T] = {}
    for job in jobs:
        try:
            found = read(job)
        except (DamagedError, JobNotFoundError):
            continue
        shown.append(job)
        if found is not None:
            more[job.id] = found
    return Listed(shown, more)
