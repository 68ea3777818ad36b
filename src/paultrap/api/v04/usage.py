"""What an organization has used: `/organizations/{organization_id}/usage`."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from litestar import Response

from paultrap.api.errors import invalid
from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get
from paultrap.api.organizations import CURRENCY, check_order, check_reader, read_day
from paultrap.api.queries import word
from paultrap.api.responses import answer
from paultrap.api.v04.shapes import GroupUsage, UsageAmount, UsageOfPeriod, Usages
from paultrap.jobs import GroupBy, Modality, PeriodUsage, Usage, total_usage, usage_by_period

#: What usage can be grouped by.
GROUPS = [GroupBy.JOB, GroupBy.PROJECT, GroupBy.USER]

Word = TypeVar("Word", bound=StrEnum)


@get("/organizations/{organization_id:str}/usage")
async def get_usage(
    request: HttpRequest, service: Service, key: Caller, organization_id: PathWord
) -> Response[bytes]:
    """Answer what an organization has used, by period and by job, project or user.

    The key has to be an admin's. Periods without a completed job are left out. Jobs count that
    have been deleted since.
    """
    check_reader(key, organization_id)
    first, last = _day(request, "start_date"), _day(request, "end_date")
    check_order(first, last)
    group_by = _one_of(request, "group_by", GROUPS)
    modality = _one_of(request, "modality", list(Modality))
    usage, read = service.usage, service.threads.read
    days = await read(usage.by_day, organization_id, group_by, first, last)
    periods = await service.threads.compute(usage_by_period, days, modality, first)
    groups = [group for period in periods for group, _ in period.groups]
    names = await read(usage.group_names, organization_id, group_by, groups)
    whole = total_usage(period.usage for period in periods)
    found = Usages(
        start_date=first.isoformat(),
        end_date=last.isoformat(),
        group_type=group_by.value,
        modality=modality.value,
        usage_from=_midnight(first),
        usage_to=_midnight(last + timedelta(days=1)),
        organization=organization_id,
        amount_total=whole.cost_usd,
        amount_totals=_amounts(whole),
        usage_unit=CURRENCY,
        time_us_total=whole.execution_us,
        job_count=whole.jobs,
        usage_data=[_period(period, names) for period in periods],
    )
    return answer(request, found)


def _day(request: HttpRequest, name: str) -> date:
    found = read_day(request, name)
    if found is None:
        raise invalid(name, "missing; it is a date such as 2023-07-01.", "query")
    return found


def _one_of(request: HttpRequest, name: str, words: Sequence[Word]) -> Word:
    text = word(request, name)
    for each in words:
        if each.value == text:
            return each
    problem = "missing; it is" if text is None else "expected"
    raise invalid(name, f"{problem} one of {', '.join(words)}.", "query")


def _period(period: PeriodUsage, names: dict[str, str]) -> UsageOfPeriod:
    usage = period.usage
    return UsageOfPeriod(
        from_=_midnight(period.first),
        job_count=usage.jobs,
        amount=usage.cost_usd,
        amount_unit=CURRENCY,
        amounts=_amounts(usage),
        time_us=usage.execution_us,
        group_usages=[
            GroupUsage(
                group_id=group,
                group_name=names.get(group, group),
                job_count=each.jobs,
                amount=each.cost_usd,
                amount_unit=CURRENCY,
                amounts=_amounts(each),
                time_us=each.execution_us,
            )
            for group, each in period.groups
        ],
    )


def _amounts(usage: Usage) -> list[UsageAmount]:
    return [UsageAmount(usage.cost_usd, CURRENCY)]


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
