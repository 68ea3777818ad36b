"""Usage: what was executed, by period and by group."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from math import fsum
from typing import NamedTuple

#: How many groups of a period are told apart.
MOST_GROUPS = 5

#: The group of all that is not told apart: it counts, and is never named.
OTHER_GROUPS = ""


class Modality(StrEnum):
    """How long a period is; weeks begin on Mondays, and all days are those of UTC."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class GroupBy(StrEnum):
    """What executions are grouped by."""

    JOB = "job"
    PROJECT = "project"
    USER = "user"
    BACKEND = "backend"


class Usage(NamedTuple):
    """How many jobs have completed, what they have cost in US dollars, and their microseconds."""

    jobs: int
    cost_usd: float
    execution_us: int


class DayUsage(NamedTuple):
    """The usage of one group (such as a job or a project), or of the `OTHER_GROUPS`, on one day."""

    day: date
    group: str
    usage: Usage


class PeriodUsage(NamedTuple):
    """The usage of one period.

    Attributes:
        first: The period's first day, or the first that was asked for where that is later.
        usage: The usage of all groups together.
        groups: The `MOST_GROUPS` that have cost most, beginning with the dearest. Those that cost
            the same are ordered by their time, their number of jobs, and their name.
    """

    first: date
    usage: Usage
    groups: list[tuple[str, Usage]]


def total_usage(usages: Iterable[Usage]) -> Usage:
    """Return the sum of usages; its cost does not depend on their order."""
    found = list(usages)
    return Usage(
        sum(each.jobs for each in found),
        fsum(each.cost_usd for each in found),
        sum(each.execution_us for each in found),
    )


def usage_by_period(days: Iterable[DayUsage], modality: Modality, first: date) -> list[PeriodUsage]:
    """Return the usage of every period in which there was any, the latest first.

    Args:
        days: The usage of each group on each day, in any order. A group that is in one day alone
            may be of its `OTHER_GROUPS` when it is not among the `MOST_GROUPS` dearest of that day.
        modality: How long a period is: a day, a week or a month.
        first: The first day that was asked for; ``days`` has none before it.
    """
    found: defaultdict[date, defaultdict[str, list[Usage]]]
    found = defaultdict(lambda: defaultdict(list))
    for each in days:
        start = max(_start(each.day, modality), first)
        found[start][each.group].append(each.usage)
    return [_period(start, groups) for start, groups in sorted(found.items(), reverse=True)]


def _start(day: date, modality: Modality) -> date:
    match modality:
        case Modality.DAILY:
            return day
        case Modality.WEEKLY:
            return day - timedelta(days=day.weekday())
        case Modality.MONTHLY:
            return day.replace(day=1)


def _period(first: date, groups: dict[str, list[Usage]]) -> PeriodUsage:
    usages = {group: total_usage(found) for group, found in groups.items()}
    named = sorted(
        ((group, usages[group]) for group in usages if group != OTHER_GROUPS), key=_dearest_first
    )
    return PeriodUsage(first, total_usage(usages.values()), named[:MOST_GROUPS])


def _dearest_first(item: tuple[str, Usage]) -> tuple[float, int, int, str]:
    group, usage = item
    return -usage.cost_usd, -usage.execution_us, -usage.jobs, group
