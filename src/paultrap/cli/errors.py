"""`CommandError`: what a command says when it cannot go on."""

__all__ = ["CommandError"]


class CommandError(Exception):
    """Something that the person at the terminal can mend; the text says how."""
