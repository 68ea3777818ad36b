"""Formats: bytes to `Program` and `Distributions` to bytes. Knows no HTTP, jobs or storage."""

from paultrap.formats.errors import CircuitError
from paultrap.formats.limits import CircuitLimits
from paultrap.formats.native import native_v1
from paultrap.formats.reading import CircuitBatch, read_circuits, read_job
from paultrap.formats.results import (
    aggregate,
    aggregate_chunks,
    aggregate_parts,
    probabilities_v1,
    probabilities_v2,
    stream_parts_v1,
    stream_parts_v2,
    stream_v1,
    stream_v2,
)
from paultrap.formats.splitting import SplitJob, split
from paultrap.formats.wire import (
    CircuitEntry,
    CircuitInput,
    JobInput,
    decode_input,
    wire_error,
)

__all__ = [
    "CircuitBatch",
    "CircuitEntry",
    "CircuitError",
    "CircuitInput",
    "CircuitLimits",
    "JobInput",
    "SplitJob",
    "aggregate",
    "aggregate_chunks",
    "aggregate_parts",
    "decode_input",
    "native_v1",
    "probabilities_v1",
    "probabilities_v2",
    "read_circuits",
    "read_job",
    "split",
    "stream_parts_v1",
    "stream_parts_v2",
    "stream_v1",
    "stream_v2",
    "wire_error",
]
