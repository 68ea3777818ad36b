"""The tokens of OpenQASM 2, and where they are."""

import re
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.places import place

_TOKEN = re.compile(
    r"""
      (?P<space>   \s+ | //[^\n]* | /\*.*?\*/ )
    | (?P<open>    /\* )
    | (?P<imaginary> (?: [0-9]+\.[0-9]* | \.[0-9]+ | [0-9]+ ) (?: [eE][+-]?[0-9]+ )? j\b )
    | (?P<real>    (?: [0-9]+\.[0-9]* | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? | [0-9]+[eE][+-]?[0-9]+ )
    | (?P<integer> [0-9]+ )
    | (?P<name>    [^\W\d]\w* )
    | (?P<string>  "[^"\n]*" | '[^'\n]*' )
    | (?P<symbol>  -> | == | [;,(){}\[\]+\-*/^] )
    """,
    re.VERBOSE | re.DOTALL,
)

END = "the end"


class Token(NamedTuple):
    """A token.

    Attributes:
        kind: "imaginary" (``0.5j``, as Python writes it), "real", "integer", "name", "string", "symbol" or `END`.
        text: As it is written.
        start: Its place in the text.
    """

    kind: str
    text: str
    start: int


class Places:
    """Where in a text something is, by line and column."""

    def __init__(self, text: str) -> None:
        self._ends = list(accumulate(len(line) + 1 for line in text.split("\n")))

    def of(self, start: int) -> tuple[int, int]:
        """Return the line, from 1, and the column, from 0, of a place in the text."""
        line = bisect_right(self._ends, start)
        return line + 1, start - (self._ends[line - 1] if line else 0)

    def error(self, token: Token, message: str) -> ProgramError:
        """Return an error at a token."""
        return ProgramError(f"{place(*self.of(token.start))}: {message}")


def tokens_of(text: str, places: Places) -> list[Token]:
    """Return the tokens of a text, `END` as the last.

    Raises:
        ProgramError: A character begins none.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            token = Token("symbol", text[at], at)
            raise places.error(token, f'"{text[at]}" is not expected here')
        kind = match.lastgroup or ""
        if kind == "open":
            raise places.error(Token(kind, "/*", at), "this comment does not end")
        if kind != "space":
            found.append(Token(kind, match[0], at))
        at = match.end()
    found.append(Token(END, END, len(text)))
    return found
