"""Spans that are sent by OpenTelemetry, in OTLP over HTTP, to where its own variables say.

Delivery is nobody's concern but its own thread's: without a collector spans are dropped, one
line of the log says so, and nothing waits.
"""

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from paultrap.release import release
from paultrap.tracing.spans import AttributeValue, Span, SpanKind, Tracing

_KINDS = {
    SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
}
_CONTEXTS = TraceContextTextMapPropagator()

_log = structlog.get_logger("paultrap.tracing")


class SendingTracing(Tracing):
    """Makes spans and sends them, several at a time, from a thread of its own.

    Args:
        role: What the process is, "server" or "worker".
    """

    is_on = True

    def __init__(self, role: str) -> None:
        provider = TracerProvider(resource=_resource(role), shutdown_on_exit=False)
        self._delivery = _Delivery(OTLPSpanExporter())
        self._processor = BatchSpanProcessor(self._delivery)
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("paultrap", release())

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: str | None = None,
        began_ns: int | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> Span:
        """Return a span that has begun; see `Tracing.span`."""
        context = Context()
        if parent is not None:
            context = _CONTEXTS.extract({"traceparent": parent}, context)
        begun = self._tracer.start_span(
            name, context, _KINDS[kind], attributes=attributes, start_time=began_ns
        )
        return _SentSpan(begun, parent)

    def stop(self, patience_s: float = 2.0) -> None:
        """Send what has ended, or give it up: at once where nothing arrived the last time."""
        if self._delivery.arrives:
            last = threading.Thread(target=self._processor.shutdown, daemon=True)
            last.start()
            last.join(patience_s)
        self._delivery.shutdown()


class _SentSpan(Span):
    def __init__(self, span: trace.Span, parent: str | None) -> None:
        context = span.get_span_context()
        super().__init__(_traceparent(context) if context.is_valid else parent)
        self._span = span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._span.record_exception(error)
            self.fail(f"{type(error).__name__}: {error}")
        self._span.end()

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def set(self, name: str, value: AttributeValue) -> None:
        self._span.set_attribute(name, value)

    def fail(self, message: str = "") -> None:
        self._span.set_status(trace.StatusCode.ERROR, message)


def _traceparent(context: trace.SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _resource(role: str) -> Resource:
    """Return what the process says of itself; OpenTelemetry's variables may name it otherwise."""
    found = Resource.create({"paultrap.role": role, "process.pid": os.getpid()})
    own = {SERVICE_VERSION: release()}
    if str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        own[SERVICE_NAME] = "paultrap"
    return found.merge(Resource(own))


class _Delivery(SpanExporter):
    """Sends spans, and says in the log when that stops working and when it works again.

    Attributes:
        arrives: Whether the last ones did.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lost = 0
        self._is_over = False
        self.arrives = True
        # OpenTelemetry logs each try and each span that it drops.
        self._said = _LastWord()
        logger = logging.getLogger("opentelemetry")
        logger.addHandler(self._said)
        logger.propagate = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        arrives = result is SpanExportResult.SUCCESS
        if not arrives:
            self._lost += len(spans)
        if arrives != self.arrives and not self._is_over:
            self.arrives = arrives
            if arrives:
                _log.info("traces are delivered again", lost_spans=self._lost)
                self._lost = 0
            else:
                _log.warning(
                    "traces are not delivered; see OTEL_EXPORTER_OTLP_ENDPOINT",
                    reason=self._said.text,
                )
        return result

    def shutdown(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._exporter.shutdown()
            logger = logging.getLogger("opentelemetry")
            # Without any handler, what its threads say yet would be printed as it is.
            logger.addHandler(logging.NullHandler())
            logger.removeHandler(self._said)


class _LastWord(logging.Handler):
    """Keeps the last line of a log, and shows none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()
