"""What an organization may be asked: who may ask, and for which days."""

import re
from datetime import date

from paultrap.api.errors import ApiError, invalid
from paultrap.api.handlers import HttpRequest
from paultrap.api.queries import word
from paultrap.store import KeyRecord, Role

#: What costs are in; see `paultrap.jobs.prices`.
CURRENCY = "USD"

_FIRST = date(1970, 1, 1)
_LAST = date(9998, 12, 31)  # so that the day after it is a date too
_FORM = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")  # Python takes others too.


def check_reader(key: KeyRecord, organization_id: str) -> None:
    """Refuse a caller that may not read what an organization has used.

    Raises:
        ApiError: 404 when it is of another organization, 403 when it is no admin of this one.
    """
    if organization_id != key.organization_id:
        raise ApiError(
            404, f'Resource not found: there is no organization "{organization_id[:64]}".'
        )
    if key.role is not Role.ADMIN:
        raise ApiError(
            403,
            f'Only admins may read what an organization has used: the role of "{key.name[:64]}" is '
            f"{key.role}. 'paultrap keys create --role admin' makes a key that may.",
        )


def read_day(request: HttpRequest, name: str) -> date | None:
    """Return a day of the query, or None when it is missing.

    Raises:
        ApiError: 400 when it is no date such as 2023-07-01, or one before 1970.
    """
    text = word(request, name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if _FORM.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not _FIRST <= found <= _LAST:
        raise invalid(name, "expected a date such as 2023-07-01.", "query")
    return found


def check_order(first: date, last: date) -> None:
    """Refuse days of which the last is before the first.

    Raises:
        ApiError: 400 naming the last.
    """
    if last < first:
        raise invalid("end_date", f"{last} is before {first}, the start_date.", "query")
