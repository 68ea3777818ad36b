"""Small requests that are long to read stop nobody else's, and not the end of the server."""

import signal

import pytest
from harness import RunningServer
from harness.attack import ATTACKS, SLOW, Attack, minuses, send_plain
from harness.waiting import until

HANG_GUARD_S = 120  # `bench/attack.py` measures the end, which lasts longer on a loaded machine.


@pytest.fixture
def server(tmp_path):
    server = RunningServer(tmp_path).start()
    yield server
    server.kill()


def test_plain_requests_are_answered_meanwhile_and_the_server_ends_in_time(server):
    attack = Attack(server, ATTACKS)
    attack.begin(times=3)
    # The source of readers, and a process for each lane at least.
    until(lambda: len(server.processes()) >= 5)

    seen = send_plain(server, rounds=10)

    assert {each.status for each in seen} == {200, 201}
    assert len(seen) == 40
    # They were answered before what was sent before them.
    slow = [each for name in SLOW for each in attack.sent[name]]
    assert not any(each.done() for each in slow)

    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(HANG_GUARD_S) == 0
    assert server.processes() == []
    # Nobody's program has failed by it: it may be sent again.
    for name in SLOW:
        assert set(attack.statuses()[name]) <= {503, None}
    assert "Traceback" not in server.log()


def test_the_request_is_as_small_as_the_one_that_stopped_a_server(server):
    with server.client() as client:
        request = client.build_request("POST", "/v0.4/jobs", json=minuses())
    assert len(request.content) <= 433
