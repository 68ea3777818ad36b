"""The tables, as the newest migration leaves them. Times are Unix milliseconds, or steady ones.

Steady times (`paultrap.store.clock`) are compared with each other alone, and never shown.

A child's status is derived from its chunk, so that completing a chunk of a thousand circuits
changes one row. Programs and results are apart from what is read often.
"""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, JobType, Status
from paultrap.store.host_records import (
    HostKind,
)
from paultrap.store.records import (
    Role,
)

METADATA = sa.MetaData()


def _values(kind: type[StrEnum]) -> list[str]:
    return [word.value for word in kind]


def _words(kind: type[StrEnum]) -> sa.Enum:
    """Return the type of a column that holds the values of ``kind`` as text."""
    return sa.Enum(kind, native_enum=False, length=16, values_callable=_values)


def _time(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _where(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    """Return the arguments of an index over the rows that meet a condition."""
    return {"sqlite_where": condition, "postgresql_where": condition}


def _checksum() -> sa.Column[int]:
    """Return the checksum of a row; see `paultrap.store.checksums`."""
    return sa.Column("checksum", sa.BigInteger)


def _job_id() -> sa.Column[str]:
    return sa.Column(
        "job_id", sa.String(36), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )


# How steady time follows from the monotonic clock of the host, in the boot that a database on one
# host was last used in: one row.
boots = sa.Table(
    "boots",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("offset_ms", sa.BigInteger, nullable=False),
)

# What may lease chunks: the processes that servers have started and that nobody has seen end.
processes = sa.Table(
    "processes",
    METADATA,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("server", sa.String(36)),
)

# Who runs chunks: one row for each process that has workers, or that takes jobs. See
# `paultrap.store.workers`.
workers = sa.Table(
    "workers",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),  # as in `chunks.server`
    sa.Column("kind", _words(HostKind), nullable=False),
    # Whose memory is one: its name is that of a machine in one boot.
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("hostname", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("threads", sa.Integer, nullable=False),  # of each slot
    sa.Column("memory_limit", sa.BigInteger),  # bytes of the host; null for no limit
    # Whether it runs what paultrap computes itself, and JSON of the plug-ins that it has.
    sa.Column("runs_shipped", sa.Boolean, nullable=False),
    sa.Column("backends", sa.LargeBinary, nullable=False),
    _time("started_at"),
    _time("last_seen"),  # steady, like the next
    _time("ended_at", nullable=True),
    sa.Column("is_draining", sa.Boolean, nullable=False),
)

# What each key has spent of its requests, where several servers share the database, and when that
# was so: see `paultrap.store.rates`.
rate_buckets = sa.Table(
    "rate_buckets",
    METADATA,
    sa.Column("key_id", sa.String(36), primary_key=True),  # of `api_keys`
    sa.Column("spent", sa.BigInteger, nullable=False),
    _time("since"),  # steady
)

# Up to which id jobs, sessions and keys may be without checksums: one row, which the migration wrote
# that added those.
unsealed = sa.Table("unsealed", METADATA, sa.Column("last_id", sa.String(36), primary_key=True))

organizations = sa.Table(
    "organizations",
    METADATA,
    sa.Column("id", sa.String(255), primary_key=True),  # such as `com.example`
    sa.Column("name", sa.Text, nullable=False),
    _time("created_at"),
)

projects = sa.Table(
    "projects",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _time("created_at"),
    # Of `organizations`: SQLite adds no column with both a reference and a default.
    sa.Column("organization_id", sa.String(255), nullable=False),
)

users = sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("organization_id", sa.ForeignKey("organizations.id"), nullable=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("first_name", sa.Text, nullable=False),
    sa.Column("last_name", sa.Text, nullable=False),
    _time("created_at"),
    _time("disabled_at", nullable=True),
)

api_keys = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("prefix", sa.String(16), nullable=False),
    # SHA-256 of the secret; null for the key of open access, which has none.
    sa.Column("secret_hash", sa.LargeBinary(32), unique=True),
    _time("created_at"),
    _time("revoked_at", nullable=True),
    sa.Column("user_id", sa.String(36)),  # of `users`, or null
    sa.Column("role", _words(Role), nullable=False, server_default=Role.MEMBER),
    _checksum(),
)

sessions = sa.Table(
    "sessions",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("backend", sa.Text, nullable=False),
    sa.Column("creator_id", sa.String(24), nullable=False),
    sa.Column("ender_id", sa.String(24)),  # null where a limit has ended it
    _time("created_at"),
    _time("started_at", nullable=True),
    _time("ended_at", nullable=True),
    sa.Column("job_limit", sa.Integer),
    sa.Column("minutes_limit", sa.Integer),
    sa.Column("usd_limit", sa.Float),
    _time("expires_at", nullable=True),
    _time("deadline", nullable=True),  # the same, steady
    # What counts against the limits; jobs may be deleted.
    sa.Column("jobs", sa.Integer, nullable=False),
    sa.Column("spent_usd", sa.Float, nullable=False),
    _checksum(),
    sa.Index("sessions_by_project", "project_id", "id"),
    sa.Index("sessions_by_end", "ended_at", "expires_at"),
)

jobs = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("submitter_id", sa.String(24), nullable=False),
    sa.Column("session_id", sa.String(36)),
    sa.Column("status", _words(Status), nullable=False),
    sa.Column("type", sa.String(32), nullable=False, server_default=JobType.CIRCUIT),
    sa.Column("child_type", sa.String(32), nullable=False, server_default=JobType.CIRCUIT),
    # How many its chunks come in; see `chunks.stage`.
    sa.Column("stages", sa.Integer, nullable=False, server_default="1"),
    # Of the engine and of its amplitudes, from the first lease on; null where an earlier release
    # began the job.
    sa.Column("engine_version", sa.String(16)),
    sa.Column("precision", sa.String(8)),
    sa.Column("backend", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    # Raw JSON, to be echoed byte for byte.
    sa.Column("metadata", sa.LargeBinary),
    sa.Column("noise", sa.LargeBinary),
    sa.Column("settings", sa.LargeBinary),
    sa.Column("registers", sa.LargeBinary),
    sa.Column("shots", sa.Integer),
    # JSON of a `paultrap.jobs.Sampling`; null where the answer is exact.
    sa.Column("sampling", sa.LargeBinary),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("is_multicircuit", sa.Boolean, nullable=False),
    sa.Column("qubits", sa.Integer, nullable=False),
    sa.Column("circuits", sa.Integer, nullable=False),
    sa.Column("gates_1q", sa.Integer, nullable=False),
    sa.Column("gates_2q", sa.Integer, nullable=False),
    sa.Column("gateset", sa.String(16)),
    # On the machine that is emulated, once it is completed: workers know the shipped machines
    # alone. Without a machine the time is null.
    sa.Column("price_usd", sa.Float, nullable=False, server_default="0"),
    sa.Column("machine_us", sa.BigInteger),
    # What was sent in the place of circuits in JSON, such as the text of a program.
    sa.Column("source", sa.LargeBinary),
    # JSON of a `paultrap.circuits.Readout`; null where all qubits are measured.
    sa.Column("readout", sa.LargeBinary),
    _time("requested_at"),
    _time("started_at", nullable=True),
    _time("completed_at", nullable=True),
    sa.Column("execution_us", sa.BigInteger),
    sa.Column("predicted_execution_ms", sa.BigInteger),
    # Kept up to date with the chunks, so that ending one needs no count over all.
    sa.Column("chunks_open", sa.Integer, nullable=False),
    sa.Column("circuits_done", sa.Integer, nullable=False),
    sa.Column("circuits_failed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failure_code", sa.Text),
    sa.Column("failure_message", sa.Text),
    # Of the request that submitted it: the id in the log, and the W3C trace context.
    sa.Column("request_id", sa.String(128)),
    sa.Column("traceparent", sa.String(64)),
    # Gone for everybody; its rows follow.
    _time("deleted_at", nullable=True),
    _checksum(),
    sa.Column("source_checksum", sa.BigInteger),  # of its source, which is read by itself
    # Of the ids of its children, in order.
    sa.Column("children_checksum", sa.BigInteger),
    # By what numbers of its machine it is billed, and what its circuits that completed cost and took
    # there where others have failed.
    sa.Column("rates", sa.LargeBinary),
    sa.Column("completed_usd", sa.Float),
    sa.Column("completed_us", sa.BigInteger),
    sa.Index("jobs_by_deletion", "deleted_at"),
    sa.Index("jobs_by_project", "project_id", "id"),
    sa.Index("jobs_by_status", "project_id", "status", "id"),
    sa.Index("jobs_by_submitter", "project_id", "submitter_id", "id"),
    sa.Index("jobs_by_session", "project_id", "session_id", "id"),
)

# The words by which a job is found, each as a digest with its project's id.
job_labels = sa.Table(
    "job_labels",
    METADATA,
    sa.Column("label", sa.LargeBinary(16), primary_key=True),
    _job_id(),
    sa.Index("job_labels_by_job", "job_id"),
    sqlite_with_rowid=False,
)

circuits = sa.Table(
    "circuits",
    METADATA,
    _job_id(),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("chunk", sa.Integer),  # null in dry runs of earlier releases
    sa.Column("name", sa.Text),
    sa.Column("qubits", sa.Integer, nullable=False),
    sa.Column("gates_1q", sa.Integer, nullable=False),
    sa.Column("gates_2q", sa.Integer, nullable=False),
    sa.Column("gateset", sa.String(16), nullable=False),
    sa.Column("registers", sa.LargeBinary),
    # A child's own fate, apart from its job's.
    _time("canceled_at", nullable=True),
    _time("deleted_at", nullable=True),
    _checksum(),
    sqlite_with_rowid=False,
)

# One row for each circuit that has failed, whoever its job's children are. Of a job whose circuits
# come in stages, whole chunks fail.
circuit_failures = sa.Table(
    "circuit_failures",
    METADATA,
    _job_id(),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    _checksum(),
    sqlite_with_rowid=False,
)

chunks = sa.Table(
    "chunks",
    METADATA,
    _job_id(),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("stop", sa.Integer, nullable=False),
    sa.Column("cost", sa.Float, nullable=False),
    # Bytes at peak, in the worst case, where one thread runs it.
    sa.Column("memory", sa.BigInteger, nullable=False),
    sa.Column("status", _words(ChunkStatus), nullable=False),
    _time("due_at"),  # steady
    # Those of the stages after the first wait until all chunks of the stage before are done.
    sa.Column("stage", sa.Integer, nullable=False, server_default="0"),
    # Of a job with several stages: what its function keeps of the chunk's answers.
    sa.Column("findings", sa.LargeBinary),
    # Of the engine that runs or ran it last.
    sa.Column("engine_version", sa.String(16)),
    sa.Column("owner", sa.Text),
    # Whose worker the owner is; null where an earlier release leased it, or no server's worker.
    sa.Column("server", sa.String(36)),
    # Whose memory it takes while it is leased, as in `workers.host`.
    sa.Column("host", sa.String(255)),
    _time("lease_until", nullable=True),  # steady
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("deaths", sa.Integer, nullable=False),  # of workers that ran it
    sa.Column("expiries", sa.Integer, nullable=False, server_default="0"),  # of leases
    sa.Column("outages", sa.Integer, nullable=False),  # deaths of the whole server meanwhile
    _time("started_at", nullable=True),
    _time("ended_at", nullable=True),
    sa.Column("execution_us", sa.BigInteger),
    # Where it failed as a whole: in stages, or in an earlier release. See `circuit_failures`.
    sa.Column("failure_code", sa.Text),
    sa.Column("failure_message", sa.Text),
    sa.Column("slices", sa.Integer),  # how many its result has; null where it is not known
    _checksum(),
    # The plug-in that runs it; null where paultrap computes it itself.
    sa.Column("backend", sa.Text),
    # Bytes more for each further thread.
    sa.Column("thread_memory", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("chunks_by_due_time", "status", "due_at", "job_id", "position"),
    sqlite_with_rowid=False,
)


# One row for each job that has completed and was no dry run. It stays when its job is deleted, so
# it holds nothing that anybody wrote.
executions = sa.Table(
    "executions",
    METADATA,
    sa.Column("job_id", sa.String(36), primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("submitter_id", sa.String(24), nullable=False),
    sa.Column("backend", sa.Text, nullable=False),
    _time("completed_at"),
    sa.Column("circuits", sa.Integer, nullable=False),
    sa.Column("shots", sa.Integer),
    sa.Column("execution_us", sa.BigInteger, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    _checksum(),
    sa.Index("executions_by_time", "project_id", "completed_at"),
)


def _of_chunk() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["job_id", "position"], ["chunks.job_id", "chunks.position"], ondelete="CASCADE"
    )


chunk_programs = sa.Table(
    "chunk_programs",
    METADATA,
    sa.Column("job_id", sa.String(36), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    # Databases bound the size of a value.
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),  # compressed with zstd
    _checksum(),
    _of_chunk(),
)

# What a chunk's lease has written counts when the chunk is done. A slice holds circuits `first`
# to `stop - 1` of the job, or the part of one; a circuit's first slice is part 0.
result_slices = sa.Table(
    "result_slices",
    METADATA,
    sa.Column("job_id", sa.String(36), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("stop", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),  # see `paultrap.store.slices`
    _checksum(),
    _of_chunk(),
    # All but the data, behind which SQLite would have to read to find a checksum.
    sa.Index("result_slices_by_place", "job_id", "position", "first", "part", "stop", "checksum"),
)

# How long the sections of texts are that results were read as; see `paultrap.store.lengths`.
text_lengths = sa.Table(
    "text_lengths",
    METADATA,
    _job_id(),
    sa.Column("digest", sa.LargeBinary(16), primary_key=True),
    sa.Column("lengths", sa.LargeBinary, nullable=False),
    _checksum(),
    sqlite_with_rowid=False,
)

# One row for each request that has made something and may come again. It is written with what it has
# made, and outlives it.
creations = sa.Table(
    "creations",
    METADATA,
    sa.Column("made_id", sa.String(36), primary_key=True),  # of a job or a session
    sa.Column("api_key_id", sa.String(36), nullable=False),
    sa.Column("idempotency_key", sa.String(255)),  # as the client calls it
    sa.Column("digest", sa.LargeBinary(32), nullable=False),  # of what makes two requests equal
    # What it was answered: HTTP's status, what was told beside it as a JSON array, body.
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("told", sa.LargeBinary),
    sa.Column("body", sa.LargeBinary, nullable=False),
    # What has become of the answer, which has been given so many times, the last one by the server.
    sa.Column("fate", sa.String(16), nullable=False),  # a `Fate`
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("server", sa.String(36)),
    _time("answered_at"),  # steady, like the next
    _time("expires_at"),
    _checksum(),
    sa.Index("creations_by_time", "expires_at"),
    sqlite_with_rowid=False,
)
sa.Index(
    "creations_by_key",
    creations.c.api_key_id,
    creations.c.idempotency_key,
    unique=True,
    **_where(creations.c.idempotency_key.is_not(None)),
)
sa.Index(
    "creations_by_digest",
    creations.c.digest,
    creations.c.fate,
    creations.c.server,
    **_where(creations.c.idempotency_key.is_(None)),
)
