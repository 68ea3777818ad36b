"""Usage by period and group, beside a plain count of every execution."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paultrap.jobs import (
    MOST_GROUPS,
    OTHER_GROUPS,
    DayUsage,
    Modality,
    Usage,
    total_usage,
    usage_by_period,
)

FIRST = date(2026, 2, 18)

DAYS = st.builds(
    DayUsage,
    day=st.integers(0, 80).map(lambda days: FIRST + timedelta(days=days)),
    group=st.sampled_from([*"abcdefgh", OTHER_GROUPS]),
    # Costs that floats hold exactly, so that the reference may add in another order.
    usage=st.builds(
        Usage, st.integers(1, 9), st.integers(0, 40).map(lambda n: n / 8), st.integers(0, 99)
    ),
)


def label(day: date, modality: str) -> str:
    """Return what the calendar calls the period of a day."""
    form = {"daily": "%Y-%m-%d", "weekly": "%G-W%V", "monthly": "%Y-%m"}[modality]
    return datetime(day.year, day.month, day.day, tzinfo=UTC).strftime(form)


def summed(usages) -> tuple[int, Fraction, int]:
    jobs, cost, time = 0, Fraction(0), 0
    for each in usages:
        jobs, cost, time = jobs + each[0], cost + Fraction(each[1]), time + each[2]
    return jobs, cost, time


@given(st.lists(DAYS, max_size=60), st.sampled_from(Modality))
def test_every_execution_counts_once_in_the_period_of_its_day(days, modality):
    periods = usage_by_period(days, modality, FIRST)

    starts = [period.first for period in periods]
    assert starts == sorted(starts, reverse=True)
    assert all(start >= FIRST for start in starts)
    labels = [label(start, modality) for start in starts]
    assert len(set(labels)) == len(labels)
    assert set(labels) == {label(each.day, modality) for each in days}
    for period, name in zip(periods, labels, strict=True):
        inside = [each for each in days if label(each.day, modality) == name]
        assert period.first == max(FIRST, first_of(name, modality))
        assert summed([period.usage]) == summed(each.usage for each in inside)
        by_group = {
            group: summed(each.usage for each in inside if each.group == group)
            for group in {each.group for each in inside} - {OTHER_GROUPS}
        }
        dearest = sorted(
            by_group, key=lambda g: (-by_group[g][1], -by_group[g][2], -by_group[g][0], g)
        )
        assert [group for group, _ in period.groups] == dearest[:MOST_GROUPS]
        assert all(summed([usage]) == by_group[group] for group, usage in period.groups)
    whole = total_usage(period.usage for period in periods)
    assert summed([whole]) == summed(each.usage for each in days)


def first_of(name: str, modality: str) -> date:
    if modality == "weekly":
        year, week = name.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(name if modality == "daily" else f"{name}-01")


@given(st.lists(st.builds(Usage, st.just(1), st.floats(0, 1e6), st.just(0))), st.randoms())
def test_a_sum_of_costs_does_not_depend_on_their_order(usages, random):
    shuffled = random.sample(usages, len(usages))

    assert total_usage(shuffled) == total_usage(usages)


@pytest.mark.parametrize("modality", Modality)
def test_no_execution_is_no_period(modality):
    assert usage_by_period([], modality, FIRST) == []
    assert total_usage([]) == (0, 0.0, 0)
