"""Names that are nearly right: which known name a word was perhaps meant to be."""

from collections.abc import Iterable

_MOST_EDITS = 2


def closest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that is at most two letters away from a word, or None where there is none.

    A letter that is added, dropped or changed counts as one, and so do two neighbours that are
    swapped; capitals count as small letters.
    """
    word = word.lower()
    best, found = _MOST_EDITS + 1, None
    for name in names:
        if abs(len(name) - len(word)) < best and (edits := _edits(word, name.lower())) < best:
            best, found = edits, name
    return found


def _edits(one: str, other: str) -> int:
    """Return the distance of Damerau and Levenshtein, as optimal string alignment has it."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
