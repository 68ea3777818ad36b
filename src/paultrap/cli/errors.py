"""`CommandError`: what a command says when it cannot go on."""

from paultrap.errors import Error

__all__ = ["CommandError"]


class CommandError(Error):
    """Something that the person at the terminal can mend; the text says how."""
