"""How jobs name their submitter without revealing the id of a key or a user."""

import hashlib


def submitter_of(owner_id: str) -> str:
    """Return the 24 hexadecimal digits under which a key or a user submits."""
    return hashlib.sha256(owner_id.encode()).hexdigest()[:24]
