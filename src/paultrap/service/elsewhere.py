"""Equal requests at other servers: waiting until it is known what has become of their answers."""

import asyncio
import time
from itertools import chain, repeat

from paultrap.service.threads import Threads
from paultrap.store import CreatingRequest, Creations, Fate, UndecidedError

_PAUSES_S = (0.005, 0.01, 0.02, 0.05)
_LONGEST_PAUSE_S = 0.1
_SUSPECT_S = 2.0  # A server says within moments what it knows; after this it may be dead.
# After this it is, as far as its answers go, though its leases may run on, when nobody sees it.
_SURE_S = 6.0
# After so long another job is made. A client that never got the first answer has a job too many then;
# to share the first one could give two clients one job.
_PATIENCE_S = 12.0


async def decided(
    creations: Creations, threads: Threads, request: CreatingRequest, found: UndecidedError
) -> None:
    """Wait until other servers have said what has become of answers, or have died; not for ever.

    Args:
        creations: The store's client for what requests have made.
        threads: The threads that blocking calls run in.
        request: The request that may have to be answered like the others.
        found: Which answers these are.
    """
    began = time.monotonic()
    suspects = {server for _, server in found.tickets}
    silent = suspects.copy()
    for ticket, _ in found.tickets:
        for pause_s in chain(_PAUSES_S, repeat(_LONGEST_PAUSE_S)):
            fate = await threads.read(creations.fate_of, ticket)
            waited_s = time.monotonic() - began
            if fate is Fate.SEEN or waited_s > _PATIENCE_S:
                request.passed.add(ticket.made_id)
            if fate is not Fate.DOUBTED or waited_s > _PATIENCE_S:
                break
            if waited_s > _SUSPECT_S and suspects:
                await threads.write(creations.lose_if_dead, suspects.pop())
            if waited_s > _SURE_S and silent:
                await threads.write(creations.lose_doubted, silent.pop())
            await asyncio.sleep(pause_s)
