"""Distributions as histograms for a terminal."""

import heapq
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from rich.console import Console
from rich.markup import escape
from rich.text import Text

MOST_STATES = 16
_MOST_CIRCUITS = 8
_BAR_WIDTH = 40
_BESIDE_BAR = len("     0.000000 ")  # and the label


@dataclass(frozen=True, slots=True)
class Likely:
    """What is drawn of a distribution.

    Attributes:
        states: The likeliest states with their probabilities, the likeliest first.
        others: The number of all other states.
        rest: Their probabilities together.
    """

    states: list[tuple[int, float]]
    others: int
    rest: float


def most_likely(distribution: Mapping[int, float]) -> Likely:
    """Return what is drawn of a distribution, state to probability."""
    first = heapq.nsmallest(
        MOST_STATES, distribution.items(), key=lambda entry: (-entry[1], entry[0])
    )
    rest = sum(distribution.values()) - sum(probability for _, probability in first)
    return Likely(first, len(distribution) - len(first), rest)


def print_histograms(
    console: Console,
    circuits: Iterable[tuple[str, Likely]],
    qubits: int,
    *,
    total: int,
    see_all: str,
) -> None:
    """Draw the first few circuits and say how to see the rest.

    Args:
        console: Where to.
        circuits: Title and likeliest states of each circuit; read as far as they are drawn.
        qubits: The width of the states, which are shown with qubit 0 at the right.
        total: The number of circuits.
        see_all: What shows all of them.
    """
    for title, likely in islice(circuits, _MOST_CIRCUITS):
        # Not a title of the table, which would wrap an id to the width of the table.
        console.print(escape(title), soft_wrap=True)
        for row in _histogram(likely, qubits, console):
            # Whole, even where it is wider than the terminal.
            console.print(row, soft_wrap=True)
    if total > _MOST_CIRCUITS:
        rest = f"... and {total - _MOST_CIRCUITS} more circuits: {see_all}"
        console.print(escape(rest), soft_wrap=True)  # In one line, which can be copied.


def _histogram(likely: Likely, qubits: int, console: Console) -> Iterator[Text]:
    """Yield the lines of the drawing; a narrow terminal has shorter bars."""
    full, trace = ("#", "|") if console.options.ascii_only else ("█", "▏")
    others = f"{likely.others} more states" if likely.others else ""
    width = max(qubits, len(others))
    longest = max(1, min(_BAR_WIDTH, console.width - width - _BESIDE_BAR))
    # Bars are relative to the likeliest state: flat distributions would all be slivers.
    scale = longest / likely.states[0][1] if likely.states else 0
    rows = [
        (f"{state:0{qubits}b}", full * round(scale * probability) or trace, probability)
        for state, probability in likely.states
    ]
    rows += [(others, "", likely.rest)] if others else []
    longest = max((len(bar) for _, bar, _ in rows), default=0)
    for label, bar, probability in rows:
        yield Text.assemble(
            " ",
            (f"{label:<{width}}", "cyan"),
            "  ",
            (f"{bar:<{longest}}", "green"),
            f"  {probability:.6f} ",
        )


def print_dry_run() -> None:
    """Say on standard error why nothing is drawn of a job that was only looked at."""
    print("a dry run has no results.", file=sys.stderr)  # noqa: T201
