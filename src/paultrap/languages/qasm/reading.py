"""`read_qasm`: the text of a program to its circuit."""

import re

from openqasm3 import ast
from openqasm3.parser import QASM3ParsingError

from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.qasm import version2
from paultrap.languages.qasm.places import place
from paultrap.languages.qasm.syntax import syntax_of
from paultrap.languages.qasm.unrolling import unrolled

_PLACE = re.compile(r"^L(\d+):C(\d+): ")
_BYTE_ORDER_MARK = "\ufeff"  # at the start of files, as some editors write them
# What comes before the first statement, and what says the version there: its line, or where that is
# missing the file of version 2's gates.
_BEFORE = r"(?:\s+|//[^\n]*(?:\n|\Z)|/\*.*?\*/)*+"
_VERSION_LINE = re.compile(rf"{_BEFORE}OPENQASM\s+(\d+)\b", re.DOTALL)
_FILE_OF_2 = re.compile(rf"""{_BEFORE}include\s*["']qelib1\.inc["']""", re.DOTALL)


def read_qasm(text: str, limits: ProgramLimits, default: int = 3) -> ReadProgram:
    """Return the circuit of a program in OpenQASM 2 or 3.

    Args:
        text: The program.
        limits: What it may hold.
        default: The version of a program that does not say its own.

    Raises:
        ProgramError: It is wrong, too large, or does what is not supported; the message begins with
            the line.
    """
    return unrolled(parsed(text, default), limits)


def parsed(text: str, default: int = 3) -> ast.Program:
    """Return the syntax of a program in OpenQASM 2 or 3.

    Args:
        text: The program, which may begin with a byte order mark.
        default: The version of a program that does not say its own.

    Raises:
        ProgramError: It has none; the message begins with the line where there is one.
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if _is_version_2(text, default):
        return version2.parsed(text)
    try:
        return syntax_of(text)
    except QASM3ParsingError as error:
        raise ProgramError(_message(error)) from error
    except ProgramError:
        raise
    except AttributeError as error:  # of the parser, where there is nothing to parse
        raise ProgramError("the program is empty") from error
    except ValueError as error:  # a numeral that is too long
        raise ProgramError(f"the program cannot be read: {str(error)[:200]}") from error


def _is_version_2(text: str, default: int) -> bool:
    if (line := _VERSION_LINE.match(text)) is not None:
        return line[1] == "2"
    return default == 2 or _FILE_OF_2.match(text) is not None  # noqa: PLR2004  # the version


def _message(error: QASM3ParsingError) -> str:
    """Return what is wrong with the syntax and where; the parser is not always so kind."""
    if text := str(error):
        return _PLACE.sub(lambda found: f"{place(int(found[1]), int(found[2]))}: ", text)[:400]
    cause: BaseException | None = error
    while cause is not None:
        for found in (cause, *cause.args):
            token = getattr(found, "offendingToken", None)
            if token is not None:
                what = "the end" if token.text == "<EOF>" else f'"{token.text[:40]}"'
                return f"{place(token.line, token.column)}: {what} is not expected here"
        cause = cause.__cause__ or cause.__context__
    return "the program does not follow the syntax of OpenQASM 3"
