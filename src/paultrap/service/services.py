"""`Services`: the use cases of one server, by what they are about."""

import time
from functools import partial

from paultrap.machines import Machines
from paultrap.service.creations import CreationService
from paultrap.service.downloads import Downloads
from paultrap.service.health import HealthService
from paultrap.service.jobs import JobService
from paultrap.service.known_hosts import KnownHosts
from paultrap.service.resources import Resources
from paultrap.service.results import ResultService
from paultrap.service.sessions import SessionService
from paultrap.store import JobNotice, notice_of
from paultrap.worker import tell_workers


class Services:
    """The use cases of one server.

    Attributes:
        creations: Has a request make something once, however often it comes.
        jobs: Submits, finds, cancels and deletes jobs.
        results: Reads the results of jobs.
        sessions: Makes, finds and ends sessions.
        accounts: Organizations and their members. Its calls block, as those of the next do: they are
            for `Threads.read`.
        usage: What organizations have used.
        workers: The servers and worker hosts of the database, likewise.
        health: Whether jobs are taken and worked on.
        hosts: Who could run a job, this server among them.
        settings: The settings of the server.
        threads: The threads that blocking calls run in.
        downloads: How many large answers each key has under way.
        started_at: When the server started, in Unix milliseconds.
    """

    def __init__(self, resources: Resources) -> None:
        store, threads = resources.store, resources.threads
        store.on_notice(partial(_pass_on, resources))
        resources.workers.on_event(lambda event: _pass_on(resources, notice_of(event)))
        self.settings = resources.settings
        self.threads = threads
        self.downloads = Downloads(resources.settings.max_downloads)
        window_ms = int(resources.settings.duplicate_window_seconds * 1000)
        self.creations = CreationService(store.creations, threads, window_ms)
        store.on_notice(self.creations.hear)
        self.hosts = KnownHosts(resources.settings, store, threads, resources.machines)
        self.jobs = JobService(resources, self.creations, self.hosts)
        self.results = ResultService(store.jobs, threads)
        self.sessions = SessionService(store.sessions, threads)
        self.accounts, self.usage = store.accounts, store.usage
        self.workers = store.workers
        self.health = HealthService(store, resources.workers, threads)
        self.started_at = time.time_ns() // 1_000_000

    @property
    def machines(self) -> Machines:
        """The backends and noise models that jobs can name now."""
        return self.hosts.machines


def _pass_on(resources: Resources, notice: JobNotice) -> None:
    """Let those who wait for a job, and the workers, know what has happened to it, wherever."""
    resources.waiters.hear(notice)
    tell_workers(resources.workers, notice.kind)
