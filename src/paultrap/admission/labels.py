"""The words by which a job is found in lists: its name, and what its metadata holds."""

from typing import Any, NamedTuple

import msgspec

#: The label of a job's name.
NAME = "name"
#: What a list's parameter for metadata begins with; the key follows.
METADATA_PREFIX = "metadata."
#: The longest value of a member of the metadata that a list can be narrowed by, in characters.
LONGEST_VALUE = 1_000

_MOST = 64  # The wire's pages name ten.


class Label(NamedTuple):
    """A word of a job.

    Attributes:
        name: The name of a list's parameter: `name`, or `metadata.` and a key.
        value: The word.
    """

    name: str
    value: str


def labels_of(name: str | None, metadata: bytes | None) -> list[Label]:
    """Return the labels of a job, which are bounded in number and length.

    Long values are left out: clients keep whole circuits there.

    Args:
        name: The job's name.
        metadata: Raw JSON, an object; members that are no strings are left out.
    """
    found = [] if name is None else [Label(NAME, name)]
    members: dict[str, Any] = {} if metadata is None else msgspec.json.decode(metadata)
    found += [
        Label(METADATA_PREFIX + key, value)
        for key, value in members.items()
        if isinstance(value, str) and len(value) <= LONGEST_VALUE and len(key) <= LONGEST_VALUE
    ]
    return found[:_MOST]
