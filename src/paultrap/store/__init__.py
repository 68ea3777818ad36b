"""The store: what is kept, in SQL. The only package with SQL; it knows neither HTTP nor its JSON."""

from paultrap.store.accounts import DEFAULT_ORGANIZATION, Accounts
from paultrap.store.clock import SystemClock
from paultrap.store.creations import (
    CreatingRequest,
    Creation,
    Creations,
    FirstAnswer,
    RepeatedRequestError,
)
from paultrap.store.errors import (
    ChildGoneError,
    DamagedError,
    DatabaseInUseError,
    DatabaseMissingError,
    IdempotencyKeyError,
    JobNotFoundError,
    NetworkFileSystemError,
    NothingToRetryError,
    OrganizationNotFoundError,
    SchemaVersionError,
    SessionClosedError,
    SessionNotFoundError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UserNotFoundError,
)
from paultrap.store.events import EventBus, EventKind, EventReason, JobEvent
from paultrap.store.job_store import JobStore
from paultrap.store.keys import Keys
from paultrap.store.monitoring import BackendLoad, StoreLoad
from paultrap.store.records import (
    Fate,
    JobEngine,
    JobFilter,
    JobRecord,
    KeyRecord,
    Lease,
    MemberRecord,
    NewJob,
    NewSession,
    Page,
    Progress,
    ResultSlice,
    Role,
    SessionRecord,
    WorkerEngine,
)
from paultrap.store.results import StoredResult
from paultrap.store.retrying import FailedCircuits, Retry
from paultrap.store.sessions import Sessions
from paultrap.store.store import Store
from paultrap.store.urls import database_url, shown, written
from paultrap.store.work_queue import WorkQueue

__all__ = [
    "DEFAULT_ORGANIZATION",
    "Accounts",
    "BackendLoad",
    "ChildGoneError",
    "CreatingRequest",
    "Creation",
    "Creations",
    "DamagedError",
    "DatabaseInUseError",
    "DatabaseMissingError",
    "EventBus",
    "EventKind",
    "EventReason",
    "FailedCircuits",
    "Fate",
    "FirstAnswer",
    "IdempotencyKeyError",
    "JobEngine",
    "JobEvent",
    "JobFilter",
    "JobNotFoundError",
    "JobRecord",
    "JobStore",
    "KeyRecord",
    "Keys",
    "Lease",
    "MemberRecord",
    "NetworkFileSystemError",
    "NewJob",
    "NewSession",
    "NothingToRetryError",
    "OrganizationNotFoundError",
    "Page",
    "Progress",
    "RepeatedRequestError",
    "ResultSlice",
    "Retry",
    "Role",
    "SchemaVersionError",
    "SessionClosedError",
    "SessionNotFoundError",
    "SessionRecord",
    "Sessions",
    "Store",
    "StoreError",
    "StoreFullError",
    "StoreLoad",
    "StoreUnavailableError",
    "StoredResult",
    "SystemClock",
    "UserNotFoundError",
    "WorkQueue",
    "WorkerEngine",
    "database_url",
    "shown",
    "written",
]
