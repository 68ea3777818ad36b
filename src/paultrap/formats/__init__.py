"""Formats: bytes to `Program` and `Distributions` to bytes. Knows no HTTP, jobs or storage."""

from paultrap.formats.errors import CircuitError
from paultrap.formats.histogram import (
    counts_of,
    in_whole_shots,
    stream_histogram_v1,
    stream_histogram_v2,
)
from paultrap.formats.limits import CircuitLimits
from paultrap.formats.native import native_v1, stream_native_v1
from paultrap.formats.reading import (
    CircuitBatch,
    ForeignGate,
    foreign_gate,
    read_circuits,
    read_job,
)
from paultrap.formats.registers import (
    stream_histogram_by_register,
    stream_probabilities_by_register,
    stream_shots_by_register,
)
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
from paultrap.formats.shots import (
    ordered_shots,
    shots_in_order,
    stream_shots_v1,
    stream_shots_v2,
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
    "ForeignGate",
    "JobInput",
    "SplitJob",
    "aggregate",
    "aggregate_chunks",
    "aggregate_parts",
    "counts_of",
    "decode_input",
    "foreign_gate",
    "in_whole_shots",
    "native_v1",
    "ordered_shots",
    "probabilities_v1",
    "probabilities_v2",
    "read_circuits",
    "read_job",
    "shots_in_order",
    "split",
    "stream_histogram_by_register",
    "stream_histogram_v1",
    "stream_histogram_v2",
    "stream_native_v1",
    "stream_parts_v1",
    "stream_parts_v2",
    "stream_probabilities_by_register",
    "stream_shots_by_register",
    "stream_shots_v1",
    "stream_shots_v2",
    "stream_v1",
    "stream_v2",
    "wire_error",
]
