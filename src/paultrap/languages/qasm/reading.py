"""`read_qasm`: the text of a program to its circuit."""

import re

from openqasm3 import ast
from openqasm3.parser import QASM3ParsingError

from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.qasm import version2
from paultrap.languages.qasm.flat import read_flat
from paultrap.languages.qasm.heading import is_version_2, without_mark
from paultrap.languages.qasm.places import place
from paultrap.languages.qasm.syntax import syntax_of
from paultrap.languages.qasm.unrolling import unrolled

_PLACE = re.compile(r"^L(\d+):C(\d+): ")


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
    found = read_flat(text, limits, default)
    return unrolled(parsed(text, default), limits) if found is None else found


def parsed(text: str, default: int = 3) -> ast.Program:
    """Return the syntax of a program in OpenQASM 2 or 3.

    Args:
        text: The program, which may begin with a byte order mark.
        default: The version of a program that does not say its own.

    Raises:
        ProgramError: It has none; the message begins with the line where there is one.
    """
    text = without_mark(text)
    if is_version_2(text, default):
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
