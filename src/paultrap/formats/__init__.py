"""Formats: bytes to `Program` and `Distributions` to bytes. Knows no HTTP, jobs or storage."""

from paultrap.formats.ansatz import ANSATZ_PATH, read_ansatz
from paultrap.formats.enclosing import Part, Sections, in_parts
from paultrap.formats.errors import MOST_NAMED, CircuitError, shorten
from paultrap.formats.histogram import (
    in_whole_shots,
    joined,
    stream_histogram_v1,
    stream_histogram_v2,
)
from paultrap.formats.limits import CircuitLimits
from paultrap.formats.native import stream_native_v1
from paultrap.formats.numbers import whole_number, whole_numeral
from paultrap.formats.reading import (
    CircuitBatch,
    foreign_gates,
    read_circuits,
)
from paultrap.formats.registers import (
    NamedBits,
    check_registers,
    declared_registers,
    mapped_registers,
    stream_histogram_by_register,
    stream_probabilities_by_register,
    stream_shots_by_register,
)
from paultrap.formats.results import (
    Circuits,
    probabilities_v1,
    stream_aggregate,
    stream_parts_v1,
    stream_parts_v2,
)
from paultrap.formats.shots import (
    ordered_shots,
    stream_shots_v1,
    stream_shots_v2,
)
from paultrap.formats.splitting import SplitJob, split
from paultrap.formats.unknown import Counting, decode_known
from paultrap.formats.wire import (
    CircuitEntry,
    CircuitInput,
    JobInput,
    check_of_job,
    wire_error,
)

__all__ = [
    "ANSATZ_PATH",
    "MOST_NAMED",
    "CircuitBatch",
    "CircuitEntry",
    "CircuitError",
    "CircuitInput",
    "CircuitLimits",
    "Circuits",
    "Counting",
    "JobInput",
    "NamedBits",
    "Part",
    "Sections",
    "SplitJob",
    "check_of_job",
    "check_registers",
    "declared_registers",
    "decode_known",
    "foreign_gates",
    "in_parts",
    "in_whole_shots",
    "joined",
    "mapped_registers",
    "ordered_shots",
    "probabilities_v1",
    "read_ansatz",
    "read_circuits",
    "shorten",
    "split",
    "stream_aggregate",
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
    "whole_number",
    "whole_numeral",
    "wire_error",
]
