"""What goes into the store and what comes out of it. Times are Unix milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from paultrap.admission import AdmittedJob, Label
from paultrap.circuits import Distributions, Program, Readout
from paultrap.engine import ENGINE_VERSION
from paultrap.jobs import RULES, Sampling, Status
from paultrap.precision import Precision


class Role(StrEnum):
    """What a key may do: each role may do what the ones before it may."""

    VIEWER = "viewer"  # read what is in its project
    MEMBER = "member"  # submit, cancel and delete there
    ADMIN = "admin"  # read the usage of its organization


class Fate(StrEnum):
    """What has become of an answer."""

    OPEN = "open"  # not known yet
    DOUBTED = "doubted"  # likewise, and another server has asked
    SEEN = "seen"  # its client has all of it and was still there when another server asked
    TAKEN = "taken"  # its client has it
    LOST = "lost"  # the connection ended before that


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRecord:
    """Projects and users that belong together."""

    id: str
    name: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    """Whose jobs a key sees."""

    id: str
    name: str
    organization_id: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A person with keys.

    Attributes:
        submitter_id: 24 hexadecimal digits that jobs sent with any of the user's keys carry.
        disabled_at: When the user was disabled and all keys refused, or None.
    """

    id: str
    organization_id: str
    email: str
    first_name: str
    last_name: str
    submitter_id: str
    created_at: int
    disabled_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRecord:
    """Who submits jobs: a user, or a key that is nobody's.

    Attributes:
        submitter_id: 24 hexadecimal digits that the jobs carry.
        name: The name that people see.
        email: The user's, or None of a key; likewise ``first_name`` and ``last_name``.
    """

    submitter_id: str
    name: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None

    @property
    def is_user(self) -> bool:
        """Whether it is a user."""
        return self.email is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """An API key, without its secret.

    Attributes:
        id: The id of the key, a UUID.
        name: The name that the owner gave the key.
        project_id: The project whose jobs it sees.
        organization_id: The organization that the project is of.
        user_id: The id of the user whose key it is, or None.
        role: The role, which says what the key may do.
        submitter_id: 24 hexadecimal digits that jobs sent with it carry: the user's, if it has one.
        prefix: The first characters of the secret; empty for the key of open access.
        created_at: When the key was made, in Unix milliseconds.
        revoked_at: When it stopped counting, or None.
    """

    id: str
    name: str
    project_id: str
    organization_id: str
    user_id: str | None
    role: Role
    submitter_id: str
    prefix: str
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob(AdmittedJob):
    """A checked job that waits to be stored.

    Attributes:
        project_id: The id of the project that it belongs to.
        submitter_id: The submitter id of the key that the request had.
        request_id: The id of the request that submits the job.
        traceparent: The W3C trace context that the job continues.
    """

    project_id: str
    submitter_id: str
    request_id: str | None = None
    traceparent: str | None = None


class Progress(NamedTuple):
    """How many circuits of a job have results, out of how many, and how many have failed."""

    done: int
    total: int
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as it is now: a parent, a job of a single circuit, or a child.

    Attributes:
        parent_id: The multicircuit job that it is a child of, with ``index``, its place there.
        metadata: Raw JSON as sent; likewise ``noise``, ``settings`` and ``registers``.
        parent_metadata: Of a child, the metadata of its parent; a child has none of its own.
        sampling: How its circuits are sampled; None when the answer is exact.
        readout: What its circuit measures; None where that is each qubit at the end.
        is_multicircuit: Whether it has children, even if only one.
        qubits: The job's width; of a parent, the declared one or the widest circuit's.
        circuits: How many it has; deleted children count.
        gates_1q: Gates on one qubit, over all circuits; ``gates_2q``: on two or more.
        gateset: "qis" or "native", or None where the circuits of a parent differ.
        execution_ms: Time spent in the engine so far, rounded up; of a child, its chunk's.
        predicted_execution_ms: A rough guess of the run's milliseconds.
        failure_code: Why it failed, with ``failure_message``.
        progress: How many circuits have results, how many there are, and how many have failed.
        request_id: The id of the request that submitted it; None in jobs of early releases.
        traceparent: The W3C trace context that it was submitted with.
        price_usd: What it costs once it is completed, as fixed at submission; None of a child and of
            a dry run, which are not billed.
        machine_us: Microseconds for which its machine is busy, likewise; None of a child and where
            no machine is emulated.
        completed_usd: What its circuits that completed cost, where others have failed, with
            ``completed_us``, the time of its machine; else None.
    """

    id: str
    parent_id: str | None
    index: int | None
    project_id: str
    submitter_id: str
    session_id: str | None
    status: Status
    type: str
    backend: str
    name: str | None
    metadata: bytes | None
    shots: int | None
    noise: bytes | None
    settings: bytes | None
    registers: bytes | None
    sampling: Sampling | None
    readout: Readout | None
    dry_run: bool
    is_multicircuit: bool
    qubits: int
    circuits: int
    gates_1q: int
    gates_2q: int
    gateset: str | None
    requested_at: int
    started_at: int | None
    completed_at: int | None
    execution_ms: int | None
    predicted_execution_ms: int | None
    failure_code: str | None
    failure_message: str | None
    progress: Progress
    request_id: str | None = None
    traceparent: str | None = None
    price_usd: float | None = None
    machine_us: int | None = None
    completed_usd: float | None = None
    completed_us: int | None = None
    parent_metadata: bytes | None = None


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; what is None does not matter.

    Without ``ids`` and ``parent_id``, children are left out. A job has all of the ``labels``; a
    child has its own name and the other labels of its job.
    """

    ids: Sequence[str] | None = None
    parent_id: str | None = None
    statuses: Sequence[Status] | None = None
    backends: Sequence[str] | None = None
    session_id: str | None = None
    submitter_id: str | None = None
    labels: Sequence[Label] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, and the cursor that leads to the jobs after them, or None at the end."""

    jobs: list[JobRecord]
    next: str | None


class ResultSlice(NamedTuple):
    """A piece of a job's result: several whole circuits, or a part of one.

    Attributes:
        first: The index in the job of the first circuit that it was packed with.
        distributions: Their answers, as `paultrap.jobs.execute` gave them, or some entries of the
            one circuit's answer.
        is_continued: Whether the next slice has more of the same circuit.
    """

    first: int
    distributions: Distributions
    is_continued: bool


class WorkerEngine(NamedTuple):
    """How a worker computes.

    Attributes:
        versions: The versions of the engine whose rules it has, the newest first.
        precision: The precision of jobs of which it runs the first chunk.
        threads: How many threads it and the others of its server have, those for short work aside.
            A chunk takes more memory with more; where that is too much, it is run with fewer.
    """

    versions: Sequence[str] = tuple(RULES)
    precision: Precision = "double"
    threads: int = 1


class JobEngine(NamedTuple):
    """By what rules a job is computed; what is None is not known, or not yet.

    Attributes:
        version: The version of the engine that the job's first lease fixed.
        precision: The precision of the amplitudes; None likewise.
        ran: The versions that have run what is done, in the order of its circuits; None among them
            is that of an earlier release, which did not say.
    """

    version: str | None
    precision: Precision | None
    ran: list[str | None]


@dataclass(frozen=True, slots=True)
class Stage:
    """What the circuits of a chunk follow from, in a job whose circuits come in stages.

    Attributes:
        type: The type of the job, a name in the registry of functions.
        source: What was sent in the place of circuits.
        shots: How many shots each circuit has, or None.
        earlier: The findings of the chunks of all stages before, in the chunks' order; the store
            does not know what they say.
    """

    type: str
    source: bytes
    shots: int | None
    earlier: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's right and duty to run one chunk.

    Attributes:
        job_id: The id of the job whose chunk it is.
        chunk: The number of the chunk in its job, from 0.
        first: The index of its first circuit in the job; ``stop``: behind its last one.
        owner: The name of the worker.
        attempt: How often the chunk has been leased; distinguishes it from the owner's others.
        program: Circuits ``first`` to ``stop - 1``, as they were planned.
        sampling: How they are sampled; None for exact distributions.
        readout: What they measure; None where that is each qubit at the end.
        stage: What the circuits follow from, where they depend on earlier answers.
        engine_version: The version of the engine that is to run it, a key of `RULES`.
        precision: The precision of the amplitudes, "double" or "single".
        project_id: The id of the job's project; ``backend`` is the name of its backend.
        request_id: The id of the request that submitted the job.
        traceparent: The W3C trace context that the job continues.
    """

    job_id: str
    chunk: int
    first: int
    stop: int
    owner: str
    attempt: int
    program: Program = field(repr=False)
    sampling: Sampling | None = None
    readout: Readout | None = None
    stage: Stage | None = field(default=None, repr=False)
    engine_version: str = ENGINE_VERSION
    precision: Precision = "double"
    project_id: str = ""
    backend: str = ""
    request_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session that waits to be stored.

    Attributes:
        project_id: The id of the project that it belongs to.
        creator_id: The submitter id of whoever makes the session.
        backend: The only one that its jobs may be for.
        job_limit: How many jobs it takes; None for no limit, as of the others.
        minutes_limit: How many minutes after its first job it ends.
        usd_limit: The cost of completed jobs, in US dollars, at which it ends.
    """

    project_id: str
    creator_id: str
    backend: str
    job_limit: int | None = None
    minutes_limit: int | None = None
    usd_limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord(NewSession):
    """A session as it is now.

    Attributes:
        ender_id: The submitter that ended it, or None, as where a limit did.
        started_at: When its first job was submitted, or None.
        expires_at: When it ends by its limit on time, once it has started.
        jobs: How many jobs it has taken.
        spent_usd: What its completed jobs have cost.
    """

    id: str
    ender_id: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None
    expires_at: int | None
    jobs: int
    spent_usd: float
