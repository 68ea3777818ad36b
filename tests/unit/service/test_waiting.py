"""What a job waits for, in words."""

from dataclasses import replace

import pytest
from harness.hosts import about

from paultrap.service.waiting import Waiting, waiting_for
from paultrap.store import HostRecord, QueuedNeed

GIB = 2**30


def host(*plugins, live=True, draining=False, **fields):
    said = about("far", *plugins, **fields)
    return HostRecord(
        id="far", about=said, started_at=0, last_seen=0, is_draining=draining, is_live=live
    )


PLAIN = QueuedNeed(None, GIB)
LARGE = QueuedNeed(None, 24 * GIB)
TRAP = QueuedNeed("lab.trap", 1)
EIGHT = host(memory_limit=8 * GIB)


@pytest.mark.parametrize(
    ("needs", "hosts"),
    [
        ([], []),
        ([PLAIN], [EIGHT]),
        ([PLAIN, LARGE], [EIGHT, host()]),
        ([LARGE], [EIGHT, host(memory_limit=24 * GIB)]),
        ([TRAP], [host("lab.trap", memory_limit=1, runs_shipped=False)]),
    ],
)
def test_what_has_only_to_be_taken_waits_for_nothing(needs, hosts):
    assert waiting_for(needs, hosts) is None


def test_memory_that_no_host_has_is_named_with_the_largest():
    found = waiting_for([PLAIN, LARGE], [EIGHT, host(memory_limit=GIB)])

    assert found == Waiting(
        "a host with 24.0 GiB of memory (largest now: 8.0 GiB)",
        memory=24 * GIB,
        largest_memory=8 * GIB,
    )


@pytest.mark.parametrize("hosts", [[], [EIGHT], [host("other.trap"), host("lab.trap", slots=0)]])
def test_a_backend_that_no_worker_has_is_named(hosts):
    found = waiting_for([TRAP], hosts)

    assert found == Waiting('a worker with the backend "lab.trap" (none now)', "lab.trap")


@pytest.mark.parametrize("hosts", [[], [host("lab.trap", runs_shipped=False)], [host(slots=0)]])
def test_a_job_may_wait_for_any_worker(hosts):
    assert waiting_for([PLAIN], hosts) == Waiting("a worker (none now)")


@pytest.mark.parametrize("gone", [{"is_live": False}, {"is_draining": True}])
def test_who_is_gone_or_going_does_not_count(gone):
    assert waiting_for([PLAIN], [replace(EIGHT, **gone)]) == Waiting("a worker (none now)")
