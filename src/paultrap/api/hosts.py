"""`GET /paultrap/workers`: the servers and worker hosts that use the database, and what they run."""

from typing import Annotated, Literal

from litestar import Response
from msgspec import Meta, Struct

from paultrap.api.handlers import Caller, HttpRequest, Service, get
from paultrap.api.responses import answer
from paultrap.api.shapes import Uuid
from paultrap.api.times import iso_time
from paultrap.machines import SIMULATOR
from paultrap.store import HostRecord, KeyRecord


class Running(Struct):
    """A chunk of a job that runs."""

    job_id: Uuid
    chunk: int
    circuits: int
    started_at: str


class WorkerHost(Struct):
    """A server or a worker host."""

    id: Uuid
    kind: Literal["server", "worker"]
    host: Annotated[str, Meta(description="The name of the machine.")]
    pid: int
    version: str
    status: Annotated[
        Literal["alive", "draining"],
        Meta(description="One that drains takes no more chunks, and ends with those that run."),
    ]
    slots: Annotated[int, Meta(description="How many chunks it runs at once, beside short work.")]
    threads: Annotated[int, Meta(description="Of each slot.")]
    memory_limit_bytes: Annotated[
        int | None, Meta(description="Of all that run on the machine; null for no limit.")
    ]
    backends: Annotated[
        list[str],
        Meta(description="simulator stands for all that paultrap computes itself."),
    ]
    started_at: str
    last_seen_at: str
    chunks: Annotated[int, Meta(description="How many chunks it runs, of whatever project.")]
    running: Annotated[list[Running], Meta(description="Those of the key's own project.")]


@get("/paultrap/workers")
async def get_workers(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Answer the servers and worker hosts that are there, servers first."""
    found = await service.threads.read(service.workers.live)
    return answer(request, [_shape(each, key) for each in found])


def _shape(found: HostRecord, key: KeyRecord) -> WorkerHost:
    about = found.about
    return WorkerHost(
        id=found.id,
        kind=about.kind.value,
        host=about.hostname,
        pid=about.pid,
        version=about.version,
        status="draining" if found.is_draining else "alive",
        slots=about.slots,
        threads=about.threads,
        memory_limit_bytes=about.memory_limit,
        backends=[SIMULATOR] * about.runs_shipped + [each.name for each in about.backends],
        started_at=iso_time(found.started_at),
        last_seen_at=iso_time(found.last_seen),
        chunks=len(found.running),
        running=[
            Running(each.job_id, each.chunk, each.circuits, iso_time(each.started_at))
            for each in found.running
            if each.project_id == key.project_id
        ],
    )
