"""When a peer counts as one that takes nothing."""

import pytest

from paultrap.api.deadlines import Uptake


class Peer:
    """A peer that takes what it is told to, on a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.left: int | None = 1_000_000

    def looks(self, uptake: Uptake, seconds: float) -> bool:
        """Look whenever it is due for so long; return whether the peer was found to be stalled."""
        end = self.now + seconds
        while uptake.due() <= end:
            self.now = uptake.due()
            if uptake.is_stalled():
                return True
        self.now = end
        return False


@pytest.fixture
def peer():
    return Peer()


@pytest.fixture
def uptake(peer):
    return Uptake(10, lambda: peer.now, lambda: peer.left)


def test_one_who_takes_nothing_is_found_in_time(peer, uptake):
    assert not peer.looks(uptake, 9)
    assert peer.looks(uptake, 3)


def test_one_who_takes_a_byte_now_and_then_may_take_any_time(peer, uptake):
    for _ in range(100):
        assert not peer.looks(uptake, 8)
        peer.left -= 1
    assert peer.looks(uptake, 12)


def test_what_is_written_meanwhile_is_no_stall(peer, uptake):
    for number in range(100):
        peer.left = 1_000_000 - number % 2  # as much as before, time and again
        assert not peer.looks(uptake, 3)


def test_nobody_is_ended_where_nothing_can_be_told(peer, uptake):
    peer.left = None
    assert not peer.looks(uptake, 1_000)


def test_time_in_which_there_was_nothing_to_take_does_not_count(peer, uptake):
    peer.now = 500
    assert not uptake.is_stalled()
    assert not peer.looks(uptake, 9)
