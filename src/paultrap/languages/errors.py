"""`ProgramError`: what is wrong with a program, and on which line; `ReaderError`: it was not read."""

from collections.abc import Sequence

from paultrap.circuits import Message
from paultrap.errors import Error, FailureCode

_MOST_NAMES = 10


class ProgramError(Error, ValueError):
    """A program that cannot be run; ``str()`` is the full message for a person.

    Attributes:
        code: The code of the failure of its job.
        message: The same message, which a setting can be named in where a limit is passed.
    """

    def __init__(self, message: Message, code: FailureCode = FailureCode.INVALID) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code


class ParameterCountError(ProgramError):
    """An ansatz got more or fewer numbers than it has parameters.

    Attributes:
        names: The names of the ansatz's parameters.
    """

    def __init__(self, names: Sequence[str]) -> None:
        shown = ", ".join(names[:_MOST_NAMES])
        super().__init__(f"the ansatz has {len(names)} parameters{': ' if names else ''}{shown}")
        self.names = list(names)


class ReaderError(Error):
    """No process could read the program, whatever it says; later one may."""
