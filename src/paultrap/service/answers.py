"""`Answer`: what is stored of a job's result, read slice by slice as formats take it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Self

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, selection
from paultrap.formats import Circuits, Part, Sections, in_parts, joined
from paultrap.jobs import method_of
from paultrap.service.texts import Text
from paultrap.store import JobRecord, JobStore, ResultSlice, StoredResult


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored result, with one distribution for each circuit.

    Attributes:
        jobs: The store's client for jobs.
        job: The job.
        stored: What is stored of its result.
        each: Makes one distribution for each circuit of those of a slice.
        asked: What was asked for beside the format.
    """

    jobs: JobStore
    job: JobRecord
    stored: StoredResult
    each: Callable[[ResultSlice], Distributions]
    asked: tuple[str, ...] = ()

    def text(self, name: str, sections: Callable[[int], Sections]) -> Text:
        """Return a text that is made of this alone, in a format of this name."""
        what = (name, *self.asked)
        check = partial(self.jobs.check, self.job, self.stored)
        return Text.of(self.job, what, self.stored.digest, sections, check)

    def changed(self, change: Callable[[Distributions], Distributions]) -> Self:
        """Return this with ``change`` made to what each slice holds."""
        each = self.each
        return replace(self, each=lambda found: change(each(found)))

    def slices(self, start: int = 0) -> Iterator[ResultSlice]:
        """Yield the slices from one on, by number, with one distribution for each circuit."""
        for found in self.jobs.slices(self.job, self.stored, start):
            yield found._replace(distributions=self.each(found))

    def parts(self, start: int = 0) -> Iterator[Part]:
        """Yield the parts of a single circuit from one on, by number."""
        last = len(self.stored.places) - 1
        for number, found in enumerate(self.slices(start), start):
            yield Part(found.distributions, is_first=number == 0, is_last=number == last)

    def whole(self) -> list[Distributions]:
        """Return all parts of a single circuit."""
        return [part.content for part in self.parts()]

    def selected(self, version: int, start: int = 0) -> Iterable[Part]:
        """Return the parts of a single circuit, with the bits that formats of one version show.

        Args:
            version: 1 or 2.
            start: The number of the part that is the first.
        """
        readout, sampling = self.job.readout, self.job.sampling
        if readout is None or not readout.final:
            return self.parts(start)
        shots = None if sampling is None else np.array([sampling.shots])
        shown = selection(readout.part(version)).of(joined(self.whole()), shots)
        return in_parts(shown)[start:]

    def circuits(self, start: int = 0) -> Iterator[Circuits]:
        """Yield the circuits of an aggregate, and parts of large ones, from one on by number."""
        if self.job.readout is not None and self.job.readout.final:
            for part in self.selected(1, start):
                yield Circuits(0, part.content, not part.is_first, not part.is_last)
            return
        places = self.stored.places[start:]
        for place, found in zip(places, self.slices(start), strict=False):
            first = found.first - self.stored.first
            is_inside = place.part > 0
            yield Circuits(first, found.distributions, is_inside, found.is_continued)


def averaged(job: JobRecord, aggregation: str) -> Callable[[ResultSlice], Distributions]:
    """Return what makes one distribution for each circuit of those of its variants."""
    method = method_of(job.sampling)
    return lambda found: method.combined(found.distributions, found.first, aggregation)


def shown_states(job: JobRecord, version: int, states: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the bits of shots that formats of one version show."""
    if job.readout is None or not job.readout.final:
        return states
    return selection(job.readout.part(version)).states_of(states)


def from_section(start: int, sections: Sections) -> Sections:
    """Return the sections from one on, by number; none before it is made."""
    return islice(sections, start, None)
