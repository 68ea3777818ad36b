"""Small rules of a job's life."""

import pytest

from paultrap.jobs import Status, in_circuits, worker_died


def test_what_has_ended_is_final():
    final = {status for status in Status if status.is_final}

    assert final == {Status.COMPLETED, Status.FAILED, Status.CANCELED}


@pytest.mark.parametrize(("first", "stop", "who"), [(3, 4, "circuit 3"), (3, 9, "circuits 3 to 8")])
def test_failures_name_their_circuits(first, stop, who):
    assert in_circuits(first, stop, "too large") == f"{who}: too large"
    assert in_circuits(first, stop, "circuit 0: own words") == f"{who}: circuit 0: own words"
    assert worker_died(first, stop, 3).message.startswith(f"{who} stopped the worker 3 times")
