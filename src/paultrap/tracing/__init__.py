"""Traces: which request led to which work, over all processes. Off, nothing is made or imported.

A span's context goes from hand to hand as text, the W3C header ``traceparent``: with a request,
in the row of its job, to the worker that leases a part of it.
"""

from importlib.util import find_spec

from paultrap.tracing.spans import Span, SpanKind, Tracing, read_traceparent

__all__ = [
    "Span",
    "SpanKind",
    "Tracing",
    "is_installed",
    "read_traceparent",
    "start_tracing",
]


def is_installed() -> bool:
    """Return whether there is what spans are made and sent with: the extra ``paultrap[otel]``."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None and (
            find_spec("opentelemetry.sdk.trace") is not None
        )
    except ModuleNotFoundError:
        return False


def start_tracing(role: str, *, on: bool) -> Tracing:
    """Return what makes the spans of this process.

    Args:
        role: What the process is: "server" or "worker".
        on: Whether there are to be any.
    """
    if not on:
        return Tracing()
    from paultrap.tracing.sending import SendingTracing  # noqa: PLC0415  # imports an extra

    return SendingTracing(role)
