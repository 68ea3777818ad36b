"""`Text`: a result as JSON text that is known by a digest before it is made, and made from any section on."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, chain
from typing import Self

import msgspec

from paultrap.formats import Sections
from paultrap.release import release
from paultrap.store import JobRecord

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Text:
    """A text, made when it is asked for.

    Attributes:
        job_id: The id of the job that it is of; of a child's, its parent's.
        digest: Of all that its bytes follow from: two texts with one digest are equal.
        sections: Returns its sections from one on, by number. Reading and writing what is before
            is avoided.
        check: Looks whether what it is made of is sound, before the first of a whole text is told.
    """

    job_id: str
    digest: bytes
    sections: Callable[[int], Sections]
    check: Callable[[], None] = lambda: None

    @classmethod
    def of(
        cls,
        job: JobRecord,
        what: tuple[str, ...],
        stored: bytes,
        sections: Callable[[int], Sections],
        check: Callable[[], None] = lambda: None,
    ) -> Self:
        """Return a text of what is stored of a job.

        Args:
            job: The job.
            what: The name of the format, and what was asked for beside it.
            stored: A digest of what is stored.
            sections: As above.
            check: As above.
        """
        # What another release writes may differ.
        facts = (release(), what, job.id, job.index, job.qubits, job.registers)
        named = msgspec.json.encode((*facts, job.sampling, job.readout))
        digest = blake2b(named, key=stored, digest_size=_DIGEST_BYTES).digest()
        return cls(job.parent_id or job.id, digest, sections, check)

    def cut(self, lengths: Sequence[int], wanted: range) -> Iterator[bytes]:
        """Yield the pieces of a range of its bytes, and make no section before it.

        Args:
            lengths: How many bytes each section has.
            wanted: The range; at least one byte.
        """
        ends = list(accumulate(lengths))
        number = bisect_right(ends, wanted.start)
        place = ends[number] - lengths[number]
        for piece in chain.from_iterable(self.sections(number)):
            begin, end = max(wanted.start - place, 0), wanted.stop - place
            if begin < len(piece):
                yield piece[begin:end]
            place += len(piece)
            if place >= wanted.stop:
                return


def digest_of(data: bytes) -> bytes:
    """Return the digest of what is stored as a whole."""
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()
