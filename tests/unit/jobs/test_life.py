"""Small rules of a job's life."""

from paultrap.jobs import Status


def test_what_has_ended_is_final():
    final = {status for status in Status if status.is_final}

    assert final == {Status.COMPLETED, Status.FAILED, Status.CANCELED}
