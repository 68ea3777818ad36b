"""The store: what is kept, in SQL. The only floor with SQL; it knows neither HTTP nor its JSON."""

from paultrap.store.errors import (
    DatabaseInUseError,
    JobNotFoundError,
    NetworkFileSystemError,
    SchemaVersionError,
    SessionClosedError,
    SessionNotFoundError,
    StoreError,
    StoreUnavailableError,
)
from paultrap.store.records import (
    JobFilter,
    JobRecord,
    KeyRecord,
    Lease,
    NewJob,
    NewSession,
    Page,
    Progress,
    ResultSlice,
    SessionRecord,
)
from paultrap.store.store import Store

__all__ = [
    "DatabaseInUseError",
    "JobFilter",
    "JobNotFoundError",
    "JobRecord",
    "KeyRecord",
    "Lease",
    "NetworkFileSystemError",
    "NewJob",
    "NewSession",
    "Page",
    "Progress",
    "ResultSlice",
    "SchemaVersionError",
    "SessionClosedError",
    "SessionNotFoundError",
    "SessionRecord",
    "Store",
    "StoreError",
    "StoreUnavailableError",
]
