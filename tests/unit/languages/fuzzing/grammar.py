"""What generators of programs share: choices that even out, and how often each was made."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """How often each production was part of a program that was judged."""

    counts: Counter = field(default_factory=Counter)

    def missing(self, productions, least):
        return {name: self.counts[name] for name in productions if self.counts[name] < least}


class Choices:
    """The choices of one program: rare productions are taken more often.

    Attributes:
        used: The productions taken.
    """

    def __init__(self, rng, tally):
        self.rng = rng
        self.tally = tally
        self.used = Counter()

    def take(self, kind, names):
        """Return one of the names, which are productions of a kind."""
        names = list(names)
        counts = self.tally.counts
        for name in names:
            counts[f"{kind} {name}"] += 0  # known from here on
        weights = [(1 + counts[f"{kind} {name}"]) ** -1.5 for name in names]
        found = self.rng.choices(names, weights)[0]
        self.note(f"{kind} {found}")
        return found

    def note(self, production):
        self.used[production] += 1
        self.tally.counts[production] += 0

    def chance(self, part=0.5):
        return self.rng.random() < part

    def whole(self, least, most):
        return self.rng.randint(least, most)


@dataclass(frozen=True)
class Expression:
    """A text, how tightly its outermost operator binds, and its value on a machine."""

    text: str
    level: int
    value: Any

    def within(self, level, choices):
        """Return the text as an operand of an operator that binds so tightly."""
        if self.level >= level and not choices.chance(0.1):
            return self.text
        return f"({self.text})"
