"""Which software runs on the workers of a cluster, and where it is another than here."""

from collections.abc import Iterator, Mapping
from typing import Any

from distributed.versions import get_versions

PACKAGES = ["paultrap"]  # beside those that Dask looks at by itself
_COMPARED = ("paultrap", "distributed", "Python")
_MOST_NAMED = 5

Versions = dict[str, str]


def versions_in(found: Mapping[str, Any]) -> Versions:
    """Return the versions that must be the same everywhere, by name.

    Args:
        found: What Dask says of one process.
    """
    packages = found["packages"]
    # Pickles and compiled code go with the second number of Python's version.
    shown = {"Python": ".".join(packages["python"].split(".")[:2])}
    return {name: shown.get(name) or packages.get(name) or "none" for name in _COMPARED}


def versions_here() -> Versions:
    """Return the versions of this process."""
    return versions_in(get_versions(packages=PACKAGES))


def difference(wanted: Versions, found: Versions) -> str:
    """Return in words what is another version than is wanted; nothing where all are the same."""
    return " and ".join(_differences(wanted, found))


def complaint(wanted: Versions, workers: Mapping[str, Versions]) -> str:
    """Return a sentence that names workers and versions; nothing where all have the wanted ones.

    Args:
        wanted: The versions that they must have.
        workers: What each has, by its address.
    """
    wrong = [
        f"{address} has {what}"
        for address, found in sorted(workers.items())
        if (what := difference(wanted, found))
    ]
    if not wrong:
        return ""
    more = len(wrong) - _MOST_NAMED
    rest = f"; and so have {more} more" if more > 0 else ""
    return (
        "Dask workers must have the versions of who sends them work: "
        f"{'; '.join(wrong[:_MOST_NAMED])}{rest}. Install the same on both sides."
    )


def _differences(wanted: Versions, found: Versions) -> Iterator[str]:
    for name, version in wanted.items():
        if found.get(name) != version:
            yield f"{name} {found.get(name)} instead of {version}"
