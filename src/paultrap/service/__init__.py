"""The use cases of a server: jobs, their results, sessions, organizations, health.

Each runs within the caller's project, and its blocking calls in threads. It knows no HTTP, no
version of the API and no SQL: what cannot be done is an exception with fields.
"""

from paultrap.service.creating import Creating
from paultrap.service.downloads import Download
from paultrap.service.errors import (
    CircuitsNotKeptError,
    ClientLeftError,
    FailedJobResultError,
    ForeignCircuitError,
    JobStartedError,
    NoResultError,
    ServiceError,
    UnfinishedJobError,
)
from paultrap.service.function_results import FunctionResults
from paultrap.service.jobs import Client, Origin
from paultrap.service.leaving import unless_left
from paultrap.service.outages import StoreWatch
from paultrap.service.pools import Pool
from paultrap.service.resources import Resources, Workers
from paultrap.service.services import Services
from paultrap.service.texts import Text
from paultrap.service.threads import SHARED_WRITERS, Threads
from paultrap.service.waiting import Waiting

__all__ = [
    "SHARED_WRITERS",
    "CircuitsNotKeptError",
    "Client",
    "ClientLeftError",
    "Creating",
    "Download",
    "FailedJobResultError",
    "ForeignCircuitError",
    "FunctionResults",
    "JobStartedError",
    "NoResultError",
    "Origin",
    "Pool",
    "Resources",
    "ServiceError",
    "Services",
    "StoreWatch",
    "Text",
    "Threads",
    "UnfinishedJobError",
    "Waiting",
    "Workers",
    "unless_left",
]
