"""What PostgreSQL says, in the store's words."""

import sqlalchemy as sa

from paultrap.store.errors import (
    DamagedError,
    NoRightsError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)

_FULL = {"53100"}
_DAMAGED = {"XX001", "XX002"}
# Transactions that have stopped each other; see https://www.postgresql.org/docs/current/errcodes-appendix.html
_STOPPED = {"40001", "40P01", "55P03"}
_UNIQUE = "23505"
_IDLE = "25P03"  # the server has ended a transaction in which nothing came for long
_FORBIDDEN = "42501"
# Connections, too many of them, a server that starts or stops, one that takes no writes, broken disks.
_UNAVAILABLE = ("08", "53", "57", "58", "25006", _IDLE, "55P03", "40")


def state_of(error: BaseException | None) -> str:
    """Return PostgreSQL's code of an error; an empty text where it has none, or is not its."""
    while error is not None:
        original = getattr(error, "orig", error)
        if found := getattr(original, "sqlstate", None):
            return str(found)
        error = error.__cause__
    return ""


def is_stopped(error: Exception) -> bool:
    """Return whether a transaction can be run again at once: another has stopped it."""
    return state_of(error) in _STOPPED


def is_taken(error: Exception) -> bool:
    """Return whether a row is there already that was to be inserted."""
    return state_of(error) == _UNIQUE


def is_lost(error: BaseException) -> bool:
    """Return whether a transaction has ended with its connection, or never began."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = state_of(error)
    return (
        error.connection_invalidated
        or state.startswith(("08", "57P", _IDLE))
        or (not state and isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError))
    )


def _said(error: Exception) -> str:
    """Return the first line of what PostgreSQL or its driver says."""
    return str(getattr(error, "orig", error)).strip().partition("\n")[0].rstrip(".")


def translated(error: sa.exc.SQLAlchemyError, name: str) -> BaseException:
    """Return what the store raises for an error; the same where it is none of the database's state.

    Args:
        error: What SQLAlchemy has raised.
        name: What people call the database.
    """
    state = state_of(error)
    said = _said(error)
    if state in _DAMAGED:
        return DamagedError(None, said)
    if state in _FULL:
        return StoreFullError(f"the disk of {name} is full.")
    if state == _FORBIDDEN:
        return NoRightsError(f"{name} refuses: {said}.")
    if is_lost(error) or state.startswith(_UNAVAILABLE):
        return StoreUnavailableError(f"{name} is unavailable: {said}.")
    return error


def refusal(error: Exception, name: str) -> StoreError:
    """Return why a database cannot be opened, and what a person can do about it."""
    state = state_of(error)
    said = _said(error)
    remedy = away = "Is it running, and are host and port right?"
    if "starting up" in said or "not yet accepting" in said:
        remedy = away = "Try again in a moment."
    elif "password" in said or state.startswith("28"):
        remedy = (
            "The password comes from PGPASSFILE (~/.pgpass), PGPASSWORD or a service; the user "
            "must be allowed in."
        )
    elif "does not exist" in said:
        remedy = "Make it with `createdb`, or choose another."
    elif "startup parameter" in said:
        remedy = "The pooler takes no such option: leave it out, or name the database itself."
    elif "service" in said:
        remedy = "Services are in ~/.pg_service.conf, or in the file that PGSERVICEFILE names."
    refused = f"cannot connect to {name}: {said}. {remedy}"
    return StoreUnavailableError(refused) if remedy == away else StoreError(refused)
