"""The memory that the engine takes by default, and what it says of too little."""

import pytest

from paultrap.engine import options

GIB = 2**30


def test_a_fifth_of_what_is_available_is_left_to_others(monkeypatch):
    monkeypatch.setattr(options, "available_memory", lambda: 8 * GIB)

    assert options.default_memory_limit() == int(0.8 * 8 * GIB)


@pytest.mark.parametrize(
    ("needed", "says"),
    [(512, "512 bytes"), (1536, "1.5 KiB"), (3 * 2**20, "3.0 MiB"), (2**60, "1073741824.0 GiB")],
)
def test_figures_are_given_in_units_that_a_person_reads(needed, says):
    assert f"needs up to {says} of memory" in str(options.MemoryLimitError(needed, 1))
