"""Places in a program, as messages say them."""

from typing import Any


def place_of(node: Any) -> str:
    """Return where a node of the syntax begins, as the errors of the syntax say it."""
    return place(node.span.start_line, node.span.start_column) if node.span else "line 0"


def place(line: int, column: int) -> str:
    """Return a place in a program for a person, who counts both from 1.

    Args:
        line: The line as the parser counts, from 1.
        column: The column as the parser counts, from 0.
    """
    return f"line {line}, column {column + 1}"
