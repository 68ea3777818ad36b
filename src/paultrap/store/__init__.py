"""The store: what is kept, in SQL. The only floor with SQL; it knows neither HTTP nor its JSON."""

from paultrap.store.accounts import DEFAULT_ORGANIZATION
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
from paultrap.store.events import EventKind, EventReason, JobEvent
from paultrap.store.monitoring import BackendLoad, StoreLoad
from paultrap.store.records import (
    JobFilter,
    JobRecord,
    KeyRecord,
    Lease,
    MemberRecord,
    NewJob,
    NewSession,
    OrganizationRecord,
    Page,
    Progress,
    ProjectRecord,
    ResultSlice,
    Role,
    SessionRecord,
    Stage,
    UserRecord,
)
from paultrap.store.store import Store

__all__ = [
    "DEFAULT_ORGANIZATION",
    "BackendLoad",
    "DatabaseInUseError",
    "EventKind",
    "EventReason",
    "JobEvent",
    "JobFilter",
    "JobNotFoundError",
    "JobRecord",
    "KeyRecord",
    "Lease",
    "MemberRecord",
    "NetworkFileSystemError",
    "NewJob",
    "NewSession",
    "OrganizationRecord",
    "Page",
    "Progress",
    "ProjectRecord",
    "ResultSlice",
    "Role",
    "SchemaVersionError",
    "SessionClosedError",
    "SessionNotFoundError",
    "SessionRecord",
    "Stage",
    "Store",
    "StoreError",
    "StoreLoad",
    "StoreUnavailableError",
    "UserRecord",
]
