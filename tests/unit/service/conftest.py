"""What the tests of the use cases share."""

import pytest
from harness.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()
