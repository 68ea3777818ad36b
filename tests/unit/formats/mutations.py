"""Texts of JSON with a few bytes gone wrong."""

from hypothesis import strategies as st

__all__ = ["mutated"]

PIECES = st.sampled_from(
    [b'"', b"[", b"]", b"{", b"}", b",", b":", b"\\", b"-", b"0", b"1", b"9", b"29", b".", b"e", b"E5",
     b"null", b"true", b'"target"', b'"targets"', b'"control":0', b'"controls":[1]', b'"rotation":1',
     b'"phase":0.5', b'"gate":"h"', b'"x"', b"\xff", b"\xc3\xa9", b"\0", b" ", b"\n", b"-0", b"0.0", b"1.0", b".0", b".00",
     b'"time":-1', b'"angle":null', b'"phases":[0,1]', b"1e999", b"00"]
)  # fmt: skip


@st.composite
def mutated(draw, text):
    """Return a text with a few of its bytes replaced, cut out, doubled or moved."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.integers(0, 12)))
        change = draw(st.integers(0, 3))
        if change == 0:
            text = text[:start] + draw(PIECES) + text[stop:]
        elif change == 1:
            text = text[:start] + draw(PIECES) + text[start:]
        elif change == 2:
            text = text[:start] + text[start:stop] * 2 + text[stop:]
        else:
            text = text[:start] + text[stop:] + text[start:stop]
    return text
