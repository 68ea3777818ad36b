"""Distributions as histograms for a terminal."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from rich.console import Console
from rich.markup import escape
from rich.table import Table

MOST_STATES = 16
_MOST_CIRCUITS = 8
_BAR_WIDTH = 40


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
        console.print(_histogram(likely, qubits, plain=console.options.ascii_only))
    if total > _MOST_CIRCUITS:
        console.print(f"... and {total - _MOST_CIRCUITS} more circuits: {see_all}")


def _histogram(likely: Likely, qubits: int, *, plain: bool) -> Table:
    """Return the drawing; a plain one keeps to what any terminal can show."""
    full, trace = ("#", "|") if plain else ("█", "▏")
    table = Table(box=None, show_header=False)
    table.add_column("state", style="cyan", no_wrap=True)
    table.add_column("bar", style="green", no_wrap=True)
    table.add_column("probability", justify="right", no_wrap=True)
    # Bars are relative to the likeliest state: flat distributions would all be slivers.
    scale = _BAR_WIDTH / likely.states[0][1] if likely.states else 0
    for state, probability in likely.states:
        bar = full * round(scale * probability) or trace
        table.add_row(f"{state:0{qubits}b}", bar, f"{probability:.6f}")
    if likely.others:
        table.add_row(f"{likely.others} more states", "", f"{likely.rest:.6f}")
    return table
