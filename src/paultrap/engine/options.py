"""`RunOptions`: how a run may use the machine, and the refusal of what needs more memory.

It must not depend on what is run: it counts bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from paultrap.arguments import check_whole
from paultrap.errors import Error
from paultrap.host import available_memory, usable_cores
from paultrap.precision import Precision, check_precision
from paultrap.sizes import written_size

# Changes whenever the same program may give different bits.
ENGINE_VERSION = "5"

_MOST_THREADS = 1_024  # that the kernels start
_SHARE = 0.8  # of what is available: the server and the answer's encoding need some too


class MemoryLimitError(Error, MemoryError):
    """A program needs more memory than it may use; nothing was allocated.

    Attributes:
        needed: Bytes at peak, in the worst case.
        limit: Bytes that were allowed.
        where: Whose limit that is, as it follows in the message; "" where there is no doubt.
    """

    def __init__(self, needed: int, limit: int, where: str = "") -> None:
        super().__init__(
            f"this simulation needs up to {written_size(needed)} of memory and may use "
            f"{written_size(limit)}{where}: use fewer qubits, send fewer circuits at a time, or raise "
            "the memory limit"
        )
        self.needed = needed
        self.limit = limit
        self.where = where

    def __reduce__(self) -> tuple[type[MemoryLimitError], tuple[int, int, str]]:
        return type(self), (self.needed, self.limit, self.where)


def default_memory_limit() -> int:
    """Return 80 % of the bytes available now."""
    return int(_SHARE * available_memory())


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run may use the machine; of it, precision and version alone change an answer.

    Attributes:
        precision: Of the amplitudes. "single" takes half the memory of a state and less time, and
            keeps about six digits; probabilities are float64 in either case.
        threads: How many threads work at most; None for every core that this process may use.
        memory_limit: Bytes that may be used; None for 80 % of what the machine has available.
        engine_version: By which version's rules the run goes; "4" is still known.

    Raises:
        ValueError: There is no such precision, or ``threads`` is less than one.
        TypeError: ``threads`` or ``memory_limit`` is no whole number.
    """

    precision: Precision = "double"
    threads: int | None = None
    memory_limit: int | None = None
    engine_version: str = ENGINE_VERSION

    def __post_init__(self) -> None:
        check_precision(self.precision)
        if self.threads is not None:
            check_whole("threads", self.threads, least=1)
        if self.memory_limit is not None:
            check_whole("memory_limit", self.memory_limit)

    @property
    def is_single(self) -> bool:
        """Whether amplitudes have single precision."""
        return self.precision == "single"

    @property
    def has_fixed_floor(self) -> bool:
        """Whether probabilities are dropped up to 1e-12 whatever the width, as version 4 did."""
        return self.engine_version == "4"

    @property
    def keeps_gates_whole(self) -> bool:
        """Whether gates with very many controls are not compiled for their noise."""
        return self.engine_version != "4"

    def usable_threads(self) -> int:
        """Return how many threads work at most."""
        return usable_cores() if self.threads is None else min(self.threads, _MOST_THREADS)

    def usable_memory(self) -> int:
        """Return the bytes that may be used."""
        return default_memory_limit() if self.memory_limit is None else self.memory_limit
