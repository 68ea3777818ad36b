"""Programs in the languages of others: text or bitcode to a circuit and what it measures.

Reading a program can take long and much memory, whatever it says, so that a process of its own does
it, within bounds. An ansatz, which may hold little, is read where it is asked for. The libraries that
do the parsing are extras and are imported only then.
"""

from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ProgramError
from paultrap.languages.isolation import Language, MissingExtraError, check_installed, read_program
from paultrap.languages.limits import ProgramLimits

__all__ = [
    "Language",
    "MissingExtraError",
    "ProgramError",
    "ProgramLimits",
    "ReadProgram",
    "check_installed",
    "read_program",
]
