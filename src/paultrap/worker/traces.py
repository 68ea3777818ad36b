"""What a worker's spans say of a chunk."""

from paultrap.store import Lease
from paultrap.tracing import Span, SpanKind, Tracing


def chunk_span(tracing: Tracing, lease: Lease, began_ns: int) -> Span:
    """Return the span of all that is done for a lease, below that of its job's submission.

    Args:
        tracing: Makes it, and one below it for the leasing itself.
        lease: The lease of the chunk.
        began_ns: When the worker asked for it, in Unix nanoseconds.
    """
    span = tracing.span(
        "chunk",
        kind=SpanKind.CONSUMER,
        parent=lease.traceparent,
        began_ns=began_ns,
        attributes={
            "paultrap.job.id": lease.job_id,
            "paultrap.backend": lease.backend,
            "paultrap.chunk.number": lease.chunk,
            "paultrap.chunk.first_circuit": lease.first,
            "paultrap.chunk.circuits": lease.stop - lease.first,
            "paultrap.chunk.gates": lease.program.n_gates,
            "paultrap.attempt": lease.attempt,
            "paultrap.worker": lease.owner,
        },
    )
    if lease.request_id is not None:
        span.set("paultrap.request_id", lease.request_id)
    with tracing.span("lease", parent=span.traceparent, began_ns=began_ns):
        return span
