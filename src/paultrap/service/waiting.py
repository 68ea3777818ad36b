"""`Waiting`: what a job waits for that no host has now. It knows no storage and no HTTP."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from paultrap.sizes import written_size
from paultrap.store import HostRecord, QueuedNeed


class Waiting(NamedTuple):
    """What the chunks of a job wait for that are queued, and that no host takes.

    Attributes:
        message: What that is, as it follows "waiting for".
        backend: The plug-in that no host has; None where that is not what is missing.
        memory: The bytes that no host has; None likewise.
        largest_memory: The bytes of the largest host that could run it beside that; None likewise.
    """

    message: str
    backend: str | None = None
    memory: int | None = None
    largest_memory: int | None = None


def waiting_for(needs: Iterable[QueuedNeed], hosts: Sequence[HostRecord]) -> Waiting | None:
    """Return what a job waits for, or None where its queued chunks have only to be taken.

    Args:
        needs: What its queued chunks need.
        hosts: Those that are registered.
    """
    there = [each for each in hosts if each.is_live and not each.is_draining]
    for need in needs:
        found = able(there, need.backend)
        if not found and need.backend is None:
            return Waiting("a worker (none now)")
        if not found:
            return Waiting(f'a worker with the backend "{need.backend}" (none now)', need.backend)
        bounds = [each.about.memory_limit for each in found]
        largest = max((each for each in bounds if each is not None), default=0)
        if None not in bounds and need.memory > largest:
            message = (
                f"a host with {written_size(need.memory)} of memory "
                f"(largest now: {written_size(largest)})"
            )
            return Waiting(message, memory=need.memory, largest_memory=largest)
    return None


def able(hosts: Iterable[HostRecord], plugin: str | None) -> list[HostRecord]:
    """Return the hosts with workers that could run a job.

    Args:
        hosts: Any hosts.
        plugin: The name of the plug-in that it is for; None for what paultrap computes itself.
    """
    return [each for each in hosts if each.about.slots and each.about.can_run.has(plugin)]
