"""The tokens of a program one after the other."""

from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.version2.tokens import END, Places, Token, tokens_of

_SHOWN = 40


class Stream:
    """Where a parser is in a text.

    Attributes:
        token: The next token.
    """

    def __init__(self, text: str) -> None:
        self.places = Places(text)
        self._tokens = iter(tokens_of(text, self.places))
        self.token: Token = next(self._tokens)

    def advance(self) -> Token:
        """Return the next token, and go on to the one after it."""
        found = self.token
        if found.kind != END:
            self.token = next(self._tokens)
        return found

    def is_at(self, symbol: str) -> bool:
        """Return whether a symbol is next."""
        return self.token.text == symbol and self.token.kind == "symbol"

    def take(self, *symbols: str) -> str | None:
        """Return which of some symbols is next and go on to what follows; None where none is."""
        if self.token.kind == "symbol" and self.token.text in symbols:
            return self.advance().text
        return None

    def expect(self, symbol: str) -> None:
        """Go on to what follows a symbol.

        Raises:
            ProgramError: Something else is next.
        """
        if not self.take(symbol):
            raise self.unexpected(f'"{symbol}"')

    def name(self, what: str) -> str:
        """Return the name that is next and go on; raises as `expect`, with ``what`` it should be."""
        if self.token.kind != "name":
            raise self.unexpected(what)
        return self.advance().text

    def unexpected(self, wanted: str) -> ProgramError:
        """Return an error for what is next, where something else is ``wanted``."""
        token = self.token
        shown = END if token.kind == END else f'"{token.text[:_SHOWN]}"'
        return self.error(f"{shown} is not expected here, but {wanted}")

    def error(self, message: str, token: Token | None = None) -> ProgramError:
        """Return an error at a token, or at the next one."""
        return self.places.error(token or self.token, message)
