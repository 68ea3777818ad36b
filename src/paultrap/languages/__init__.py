"""Programs in the languages of others: text or bitcode to a circuit and what it measures.

Reading a program can take long and much memory, whatever it says, so that another process does it,
within bounds; an ansatz is read in the same way. The libraries that do the parsing are extras and are
imported only there.
"""

from paultrap.languages.budget import Reading
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ParameterCountError, ProgramError, ReaderError
from paultrap.languages.isolation import (
    Language,
    MissingExtraError,
    check_installed,
    read_bound,
    read_program,
)
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.quick import read_at_once
from paultrap.languages.readers import READERS

__all__ = [
    "READERS",
    "Language",
    "MissingExtraError",
    "ParameterCountError",
    "ProgramError",
    "ProgramLimits",
    "ReadProgram",
    "ReaderError",
    "Reading",
    "check_installed",
    "read_at_once",
    "read_bound",
    "read_program",
]
