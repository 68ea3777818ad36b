"""Small rules of a job's life."""

import pytest

from paultrap.engine.noise import noise_models
from paultrap.jobs import BACKENDS, Status, in_circuits, worker_died


def test_what_has_ended_is_final():
    final = {status for status in Status if status.is_final}

    assert final == {Status.COMPLETED, Status.FAILED, Status.CANCELED}


@pytest.mark.parametrize(("first", "stop", "who"), [(3, 4, "circuit 3"), (3, 9, "circuits 3 to 8")])
def test_failures_name_their_circuits(first, stop, who):
    assert in_circuits(first, stop, "too large") == f"{who}: too large"
    assert worker_died(first, stop, 3).message.startswith(f"{who} stopped the worker 3 times")


def test_jobs_run_on_the_simulator_and_on_emulated_machines():
    available = [backend.name for backend in BACKENDS.values() if backend.status == "available"]

    assert available[0] == "simulator"
    assert all(name.removeprefix("qpu.") in noise_models() for name in available[1:])
    assert all(name == backend.name for name, backend in BACKENDS.items())
