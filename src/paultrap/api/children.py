"""What clients read of a child's metadata: its own part of what its parent was submitted with.

Two clients keep in the metadata of a batch what they need to read results: how many shots to draw, and
for each circuit its width and what its bits are called. qiskit-ionq has the latter in `qiskit_header`,
base64 of a gzip of a JSON list; cirq-ionq in `measurements` and `qubit_numbers`, both JSON lists. A
child has its own entry alone, so that its results read as those of a job of one circuit.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from paultrap.store import JobRecord

_SHARED = ("shots", "sampler_seed")
_LISTS = ("measurements", "qubit_numbers")
_HEADER = "qiskit_header"
_LONGEST_SHARED = 64  # characters; each of thousands of children repeats it
_LONGEST_HEADER = 1 << 24  # bytes when it is unpacked
_GZIP = 16 + zlib.MAX_WBITS


class _Parts(NamedTuple):
    """A parent's metadata: what all children have, and what each has of its own."""

    shared: Mapping[str, str]
    lists: Mapping[str, Sequence[Any]]


def metadata_of(job: JobRecord) -> bytes | None:
    """Return a job's metadata as JSON: as it was sent, or of a child its part of the parent's."""
    if job.parent_id is None or job.parent_metadata is None or job.index is None:
        return job.metadata
    parts = _parts_of(job.parent_metadata)
    found = dict(parts.shared)
    for name, entries in parts.lists.items():
        if job.index < len(entries):
            found[name] = _written(name, entries[job.index])
    return msgspec.json.encode(found) if found else None


def _written(name: str, entry: Any) -> str:
    """Return the entry of one circuit as its client writes it for a single circuit."""
    if name == _HEADER:
        packer = zlib.compressobj(wbits=_GZIP)
        packed = packer.compress(msgspec.json.encode(entry)) + packer.flush()
        return base64.b64encode(packed).decode()
    return msgspec.json.encode([entry]).decode()


@lru_cache(maxsize=16)  # A client reads one child after the other.
def _parts_of(metadata: bytes) -> _Parts:
    members: dict[str, Any] = msgspec.json.decode(metadata)
    texts = {name: value for name, value in members.items() if isinstance(value, str)}
    shared = {
        name: texts[name]
        for name in _SHARED
        if name in texts and len(texts[name]) <= _LONGEST_SHARED
    }
    lists = {name: _list_in(texts[name].encode()) for name in _LISTS if name in texts}
    if _HEADER in texts:
        lists[_HEADER] = _list_in(_unpacked(texts[_HEADER]))
    return _Parts(shared, {name: entries for name, entries in lists.items() if entries})


def _list_in(text: bytes) -> list[Any]:
    """Return the JSON list that a text is, or an empty one."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _unpacked(header: str) -> bytes:
    """Return what base64 and gzip hold; nothing where they hold too much, or are neither."""
    try:
        unpacker = zlib.decompressobj(_GZIP)
        found = unpacker.decompress(base64.b64decode(header), _LONGEST_HEADER)
    except (binascii.Error, ValueError, zlib.error):
        return b""
    return found if unpacker.eof else b""
