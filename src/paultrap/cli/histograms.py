"""Distributions as histograms for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["print_histograms"]

_MOST_CIRCUITS = 8
_MOST_STATES = 16
_BAR_WIDTH = 40


def print_histograms(
    console: Console,
    circuits: Iterable[tuple[str, Mapping[int, float]]],
    qubits: int,
    *,
    total: int,
    see_all: str,
) -> None:
    """Draw the first few circuits and say how to see the rest.

    Args:
        console: Where to.
        circuits: Title and distribution (state to probability) of each circuit.
        qubits: The width of the states, which are shown with qubit 0 at the right.
        total: The number of circuits.
        see_all: What shows all of them.
    """
    for index, (title, distribution) in enumerate(circuits):
        if index == _MOST_CIRCUITS:
            break
        # Not a title of the table, which would wrap an id to the width of the table.
        console.print(escape(title), soft_wrap=True)
        console.print(_histogram(distribution, qubits))
    if total > _MOST_CIRCUITS:
        console.print(f"... and {total - _MOST_CIRCUITS} more circuits: {see_all}")


def _histogram(distribution: Mapping[int, float], qubits: int) -> Table:
    table = Table(box=None, show_header=False)
    table.add_column("state", style="cyan")
    table.add_column("bar", style="green")
    table.add_column("probability", justify="right")
    likely = sorted(distribution.items(), key=lambda entry: (-entry[1], entry[0]))
    # Bars are relative to the likeliest state: flat distributions would all be slivers.
    scale = _BAR_WIDTH / likely[0][1] if likely else 0
    for state, probability in likely[:_MOST_STATES]:
        bar = "█" * round(scale * probability) or "▏"
        table.add_row(f"{state:0{qubits}b}", bar, f"{probability:.6f}")
    if len(likely) > _MOST_STATES:
        rest = sum(probability for _, probability in likely[_MOST_STATES:])
        table.add_row(f"{len(likely) - _MOST_STATES} more states", "", f"{rest:.6f}")
    return table
