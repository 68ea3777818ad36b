"""Request bodies of jobs: made from an OpenAPI document, and changed in one place."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode

__all__ = ["Body", "generated", "mutated"]

Body = dict[str, Any]

_ODD: list[Any] = [None, 0, -1, 1, 5.0, 1.5, 2**40, 2_000_000, " 5 ", "", "x", True, [], {}, 1e308]


def generated(document: dict[str, Any], count: int, start: int) -> list[Body]:
    """Return about ``count`` bodies that the schema of a submission in ``document`` allows.

    Args:
        document: An OpenAPI document with the operation ``POST /jobs``.
        count: How many are asked for.
        start: Seeds the choice.
    """
    found: list[Body] = []
    cases = schemathesis.openapi.from_dict(document)["/jobs"]["POST"]

    @seed(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def collect(case: Case) -> None:
        if isinstance(case.body, dict):
            found.append(copy.deepcopy(case.body))

    collect()
    return found


def mutated(body: Body, chance: random.Random) -> Body:
    """Return a body in which one value is another or is missing."""
    found = copy.deepcopy(body)
    places = [*_places(found)]
    if not places:
        return found
    holder, key = chance.choice(places)
    if chance.random() < 0.2 and isinstance(holder, dict):
        holder.pop(key)
    else:
        holder[key] = chance.choice(_ODD)
    return found


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
