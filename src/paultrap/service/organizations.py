"""`OrganizationService`: what organizations have used, and who belongs to them.

Who may ask is the caller's to check.
"""

from collections.abc import Sequence
from datetime import date

from paultrap.jobs import DayUsage, GroupBy
from paultrap.service.threads import Threads
from paultrap.store import Accounts, MemberRecord, Usage


class OrganizationService:
    """The organizations of a server.

    Args:
        accounts: The store's client for organizations and users.
        usage: The store's client for usage.
        threads: The threads that blocking calls run in.
    """

    def __init__(self, accounts: Accounts, usage: Usage, threads: Threads) -> None:
        self._accounts = accounts
        self._usage = usage
        self._threads = threads

    async def usage(
        self, organization_id: str, group_by: GroupBy, first: date, last: date
    ) -> list[DayUsage]:
        """Return what an organization has used on each day; see `paultrap.store.Usage.by_day`."""
        return await self._threads.read(self._usage.by_day, organization_id, group_by, first, last)

    async def group_names(
        self, organization_id: str, group_by: GroupBy, groups: Sequence[str]
    ) -> dict[str, str]:
        """Return the names of an organization's groups by their ids, where they have one."""
        return await self._threads.read(self._usage.group_names, organization_id, group_by, groups)

    async def members(self, organization_id: str) -> list[MemberRecord]:
        """Return who submits the jobs of an organization."""
        return await self._threads.read(self._accounts.members, organization_id)

    async def name(self, organization_id: str) -> str:
        """Return the name of an organization; its id where it is unknown."""
        found = await self._threads.read(self._accounts.get_organization, organization_id)
        return organization_id if found is None else found.name
