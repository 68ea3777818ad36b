"""`RunOptions`: how a run may use the machine. It must not depend on what is run."""

from dataclasses import dataclass
from typing import get_args

from paultrap.engine.memory import default_memory_limit
from paultrap.host import usable_cores
from paultrap.precision import Precision


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run may use the machine; none of it but the precision changes an answer.

    Attributes:
        precision: Of the amplitudes. "single" takes half the memory of a state and less time, and
            keeps about six digits; probabilities are float64 in either case.
        threads: How many threads work at most; None for every core that this process may use.
        memory_limit: Bytes that may be used; None for 80 % of what the machine has available.

    Raises:
        ValueError: There is no such precision, or ``threads`` is less than one.
    """

    precision: Precision = "double"
    threads: int | None = None
    memory_limit: int | None = None

    def __post_init__(self) -> None:
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision must be 'single' or 'double', not {self.precision!r}")
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be at least 1, not {self.threads}")

    @property
    def is_single(self) -> bool:
        """Whether amplitudes have single precision."""
        return self.precision == "single"

    def usable_threads(self) -> int:
        """Return how many threads work at most."""
        return usable_cores() if self.threads is None else self.threads

    def usable_memory(self) -> int:
        """Return the bytes that may be used."""
        return default_memory_limit() if self.memory_limit is None else self.memory_limit
