"""Names and their values, innermost scope first; and how deep calls go."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError

_DEEPEST = 50  # calls within calls


class Scopes:
    """The scopes that a statement sees."""

    def __init__(self) -> None:
        self._scopes: list[dict[str, Any]] = [{}]
        self._in_body = False

    @property
    def is_global(self) -> bool:
        """Whether no block is open."""
        return len(self._scopes) == 1

    def declare(self, name: str, value: Any) -> None:
        """Give a name its meaning in the innermost scope.

        Raises:
            ProgramError: It has one there.
        """
        if name in self._scopes[-1]:
            raise ProgramError(f'"{name}" is declared already')
        self._scopes[-1][name] = value

    def find(self, name: str) -> Any:
        """Return the value of a name, or None."""
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def is_outer(self, name: str) -> bool:
        """Return whether a name that a body of a gate or subroutine uses is not its own."""
        return self._in_body and not any(name in scope for scope in self._scopes[1:])

    def get(self, name: str) -> Any:
        """Return the value of a name.

        Raises:
            ProgramError: The name is not declared.
        """
        found = self.find(name)
        if found is None:
            raise ProgramError(f'"{name[:40]}" is not declared')
        return found

    @contextmanager
    def block(self) -> Iterator[None]:
        """Open a scope in the innermost one."""
        self._scopes.append({})
        try:
            yield
        finally:
            self._scopes.pop()

    @contextmanager
    def body(self, names: dict[str, Any]) -> Iterator[None]:
        """Open a scope in the global one alone, as bodies of gates and subroutines have."""
        outer = self._scopes, self._in_body
        self._scopes, self._in_body = [self._scopes[0], dict(names)], True
        try:
            yield
        finally:
            self._scopes, self._in_body = outer


class Calls:
    """Bounds how deep gates and subroutines call each other."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Be one call deeper for a while.

        Raises:
            ProgramError: Calls go too deep.
        """
        if self._depth == _DEEPEST:
            raise ProgramError(
                f"gates or subroutines call each other more than {_DEEPEST} deep",
                FailureCode.TOO_MANY_GATES,
            )
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
