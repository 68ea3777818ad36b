"""Numbers in and out, held against Python's own: `float` reads and `repr` writes exactly."""

import struct
from decimal import Decimal

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paultrap import _kernels
from paultrap.formats.table import TABLE


def written(values):
    """Return the texts of some numbers, as results write them."""
    numbers = np.array(values, np.float64)
    states = np.arange(len(values), dtype=np.uint64)
    text = b"".join(_kernels.write_distribution(states, numbers, -1)).decode()
    return [entry.partition(":")[2] for entry in text.split(",")]


def digits(text):
    """Return the digits that matter of a number."""
    return "".join(map(str, Decimal(text).normalize().as_tuple().digits))


def read(text):
    """Return a rotation as the scanner reads it, or None where it hands the gate back."""
    body = b'[{"gate":"rx","target":0,"rotation":%s}]' % text.encode()
    program, handed_back = _kernels.scan(
        body, np.array([0, len(body)]), np.array([1], np.int32), np.array([False]), TABLE, 29
    )
    return program[7].tolist()[0] if not len(handed_back) else None


BITS = st.integers(0, 0x7FEFFFFFFFFFFFFF).map(
    lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0]
)
BELOW_ONE = st.integers(0, 0x3FEFFFFFFFFFFFFF).map(
    lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0]
)
FRACTIONS = st.floats(0, 1) | st.tuples(st.integers(0, 4096), st.integers(12, 80)).map(
    lambda pair: pair[0] / 2 ** pair[1]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(BITS | BELOW_ONE | FRACTIONS, min_size=1, max_size=40))
@example([5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1e-23, 9.5367431640625e-07])
@example(
    [0.0, 1.0, 0.1, 0.001, 0.0001, 1e-5, 0.00012, 0.5, 0.25, 1 - 2**-53, 1.7976931348623157e308]
)
def test_numbers_are_written_with_the_fewest_digits_that_read_back(values):
    for value, text in zip(values, written(values), strict=True):
        assert float(text) == value
        assert digits(text) == digits(repr(value))
        assert "." in text or "e" in text
        assert len(text) <= len(repr(value)) + 1  # 1e-05 is not 0.00001


@settings(deadline=None, max_examples=300)
@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
    | BITS.map(repr)
    | st.floats(-7, 7).map(repr)
)
@example("9007199254740993")
@example("9007199254740992.5")
@example("0.30000000000000004")
@example("1.00000000000000011102230246251565")
@example("-0.0")
@example("0.0000000000000000000000000001")
@example("18446744073709551615")
@example("9999999999999999999")
@example("4503599627370497.5")
@example("4503599627370496.5")
def test_numbers_are_read_as_the_nearest_double(text):
    found = read(text)

    # Too small a number is for the strict reader.
    if found is not None:
        assert struct.pack("<d", found) == struct.pack("<d", float(text) + 0.0)
    else:
        assert abs(float(text)) < 1e-300
