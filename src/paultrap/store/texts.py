"""Which texts every database can store: PostgreSQL's have no U+0000, and UTF-8 no half surrogates.

What is to be stored is refused where it has one of them, and what is looked for is not there.
"""


def storable(text: str | None) -> bool:
    """Return whether a text can be stored, or asked for; None can."""
    if text is None:
        return True
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
