"""What stands before the first statement of a program, and which version of OpenQASM that says."""

import re

_BYTE_ORDER_MARK = "\ufeff"  # at the start of files, as some editors write them
# What comes before the first statement, and what says the version there: its line, or where that is
# missing the file of version 2's gates.
_BEFORE = r"(?:\s+|//[^\n]*(?:\n|\Z)|/\*.*?\*/)*+"
_VERSION_LINE = re.compile(rf"{_BEFORE}OPENQASM\s+(\d+)\b", re.DOTALL)
_FILE_OF_2 = re.compile(rf"""{_BEFORE}include\s*["']qelib1\.inc["']""", re.DOTALL)


def without_mark(text: str) -> str:
    """Return a text without the byte order mark that it may begin with."""
    return text.removeprefix(_BYTE_ORDER_MARK)


def is_version_2(text: str, default: int) -> bool:
    """Return whether a program is one of OpenQASM 2.

    Args:
        text: The program, without a byte order mark.
        default: The version of a program that does not say its own.
    """
    if (line := _VERSION_LINE.match(text)) is not None:
        return line[1] == "2"
    return default == 2 or _FILE_OF_2.match(text) is not None  # noqa: PLR2004  # the version
