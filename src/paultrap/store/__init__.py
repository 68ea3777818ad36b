"""The store: what is kept, in SQL. The only floor with SQL; it knows neither HTTP nor its JSON."""

from paultrap.store.errors import (
    DatabaseInUseError,
    JobNotFoundError,
    NetworkFileSystemError,
    SchemaVersionError,
    StoreError,
    StoreUnavailableError,
)
from paultrap.store.records import (
    JobFilter,
    JobRecord,
    KeyRecord,
    Lease,
    NewJob,
    Page,
    Progress,
    ResultSlice,
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
    "Page",
    "Progress",
    "ResultSlice",
    "SchemaVersionError",
    "Store",
    "StoreError",
    "StoreUnavailableError",
]
