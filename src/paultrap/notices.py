"""What a request holds that is not understood, and so has no effect.

The rule for it is docs/explanation/decisions/0032-what-is-not-understood.md: it is taken and told, or
refused where the request or the server is strict.
"""

from collections.abc import Iterable
from typing import NamedTuple

from paultrap.errors import Error
from paultrap.spelling import closest

#: How many things are told; that there are more is said.
MOST_TOLD = 10
#: How many different names of one request are compared with the known ones: each takes a tenth of a
#: millisecond, and a body has room for a million.
MOST_COMPARED = 1_000

_LONGEST_NAME = 60
_LONGEST_PATH = 100
_UNKNOWN = "not understood"


class TooManyNamesError(Error):
    """A request has more names that are not known than are compared with the known ones."""


class Notice(NamedTuple):
    """One thing that is not understood.

    Attributes:
        path: Where it is in the body, or the name of a parameter.
        problem: What it is.
        effect: What comes of it where it is taken.
        hint: What was perhaps meant, or "".
        in_query: Whether it is in the query, of which nothing is logged.
    """

    path: str
    problem: str
    effect: str = "ignored"
    hint: str = ""
    in_query: bool = False


class Notices:
    """Collects what is not understood of one request.

    Args:
        strict: Whether the request or the server asks that such a thing be refused.

    Attributes:
        strict: The same.
        found: What is told, in the order in which it was found; `MOST_TOLD` things at most.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.found: list[Notice] = []
        self._seen: set[tuple[str, str]] = set()
        self._nearest: dict[tuple[str, str], str | None] = {}
        self._has_more = False

    def nearest(self, kind: str, name: str, known: Iterable[str]) -> str | None:
        """Return the known name that another was surely meant to be, or None.

        Args:
            kind: Of what it is a field.
            name: The name that is not known.
            known: The names that are, of this kind.

        Raises:
            TooManyNamesError: The request has more than `MOST_COMPARED` different ones.
        """
        key = (kind, name)
        if key not in self._nearest:
            if len(self._nearest) == MOST_COMPARED:
                raise TooManyNamesError(
                    f"there are more than {MOST_COMPARED} different names that are not known"
                )
            self._nearest[key] = closest(name, known)
        return self._nearest[key]

    def unknown(
        self, kind: str, path: str, name: str, known: Iterable[str], *, in_query: bool = False
    ) -> None:
        """Note a name that is not known.

        Args:
            kind: Of what it is a field; of each kind, the same name is told once.
            path: The path of what has the field; "" of the whole body or of the query.
            name: The name that is not known.
            known: The names that are, of which the closest is suggested.
            in_query: Whether it is in the query.
        """
        if (kind, name) in self._seen or self._has_more:
            return
        shown = quotable(name)
        close = closest(name, known)
        hint = f'; did you mean "{close}"?' if close else ""
        place = f"{path}.{shown}" if path else shown
        self.add(kind, name, Notice(place, _UNKNOWN, hint=hint, in_query=in_query))

    def add(self, kind: str, name: str, notice: Notice) -> None:
        """Note anything that has no effect, once for each name of a kind."""
        if (kind, name) in self._seen or self._has_more:
            return
        if len(self.found) == MOST_TOLD:
            self._has_more = True
            return
        self._seen.add((kind, name))
        self.found.append(notice._replace(path=notice.path[-_LONGEST_PATH:]))

    def told(self, *, with_query: bool = True) -> list[str]:
        """Return what a client is told where such things are taken: short texts in ASCII.

        Args:
            with_query: Whether what is in the query is among them.
        """
        told = [
            f"{it.path}: {it.problem}, so {it.effect}{it.hint}"
            for it in self.found
            if with_query or not it.in_query
        ]
        return [*told, "more is not understood"] if self._has_more else told

    def refusal(self) -> str:
        """Return what a client is told where they are refused."""
        refused = "; ".join(f"{it.path}: {it.problem}{it.hint}" for it in self.found)
        return f"Not taken, as asked for (strict): {refused}"


def quotable(name: str) -> str:
    """Return a name of a request in printable ASCII, shortened."""
    return ascii(name[:_LONGEST_NAME])[1:-1][:_LONGEST_NAME]
