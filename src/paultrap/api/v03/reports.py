"""Reports about an organization: `/report/organizations/{organization_id}`."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Response
from msgspec import Meta

from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get
from paultrap.api.organizations import CURRENCY, check_order, check_reader, read_day
from paultrap.api.responses import answer
from paultrap.jobs import DayUsage, GroupBy, Usage, total_usage
from paultrap.store import MemberRecord

_DEFAULT = timedelta(days=30)
_NOTHING = total_usage([])


class QpuUsage(msgspec.Struct):
    """How long a backend was busy."""

    qpu_name: str
    usage: Annotated[int, Meta(description="Milliseconds.")]


class Member(msgspec.Struct):
    """What a member has used: a user, or a key without one that has."""

    id: str
    jobs: Annotated[int, Meta(description="How many have completed.")]
    user_email: str | None
    first_name: str | None
    last_name: str | None
    execution_time: Annotated[int, Meta(description="Milliseconds.")]
    quota: Annotated[float | None, Meta(description="null: there is none.")]
    quota_consumed: Annotated[float, Meta(description="US dollars.")]


class Report(msgspec.Struct):
    """What an organization has used; both dates count."""

    start_date: str
    end_date: str
    organization: Annotated[str, Meta(description="Its name.")]
    organization_id: str
    budget: Annotated[float | None, Meta(description="null: there is none.")]
    balance: Annotated[float | None, Meta(description="null: there is none.")]
    currency: str
    qpus: list[QpuUsage]
    members: list[Member]


@get("/report/organizations/{organization_id:str}")
async def get_report(
    request: HttpRequest, service: Service, key: Caller, organization_id: PathWord
) -> Response[bytes]:
    """Answer how much of each backend an organization and its members have used.

    The key has to be an admin's. Without dates it is about the last thirty days. Jobs count that
    have been deleted since.
    """
    check_reader(key, organization_id)
    last = read_day(request, "end_date") or datetime.now(UTC).date()
    first = read_day(request, "start_date") or max(last - _DEFAULT, date(1970, 1, 1))
    check_order(first, last)
    accounts, read = service.accounts, service.threads.read
    backends, used = [
        _by_group(await read(service.usage.by_day, organization_id, group_by, first, last))
        for group_by in (GroupBy.BACKEND, GroupBy.USER)
    ]
    members = await read(accounts.members, organization_id)
    organization = await read(accounts.get_organization, organization_id)
    report = Report(
        start_date=first.isoformat(),
        end_date=last.isoformat(),
        organization=organization_id if organization is None else organization.name,
        organization_id=organization_id,
        budget=None,
        balance=None,
        currency=CURRENCY,
        qpus=[QpuUsage(name, _milliseconds(usage)) for name, usage in backends.items()],
        members=[
            _member(member, used.get(member.submitter_id, _NOTHING))
            for member in members
            if member.is_user or member.submitter_id in used
        ],
    )
    return answer(request, report)


def _by_group(days: list[DayUsage]) -> dict[str, Usage]:
    found: defaultdict[str, list[Usage]] = defaultdict(list)
    for each in days:
        found[each.group].append(each.usage)
    return {group: total_usage(usages) for group, usages in sorted(found.items())}


def _member(member: MemberRecord, usage: Usage) -> Member:
    return Member(
        id=member.submitter_id,
        jobs=usage.jobs,
        user_email=member.email,
        first_name=member.first_name,
        last_name=member.last_name,
        execution_time=_milliseconds(usage),
        quota=None,
        quota_consumed=usage.cost_usd,
    )


def _milliseconds(usage: Usage) -> int:
    return -(-usage.execution_us // 1000)
