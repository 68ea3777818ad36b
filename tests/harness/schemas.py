"""Databases as earlier releases left them: what migrations have added is taken away again."""

import sqlite3

__all__ = ["forget_checksums", "go_back"]

_SEALED = (
    "api_keys",
    "chunk_programs",
    "chunks",
    "circuit_failures",
    "circuits",
    "creations",
    "executions",
    "jobs",
    "result_slices",
    "sessions",
)
# Indexes over columns that are taken away, by the migration that has made them.
_INDEXES = {"0021": "result_slices_by_place"}
# What each migration has added, the newest first: columns by table, and tables.
_ADDED: list[tuple[str, list[tuple[str, str]], list[str]]] = [
    ("0024", [], ["rate_buckets"]),
    ("0023", [("chunks", "thread_memory")], []),
    ("0022", [("chunks", "host"), ("chunks", "backend")], ["workers"]),
    ("0021", [], ["text_lengths"]),
    ("0020", [("jobs", name) for name in ("rates", "completed_usd", "completed_us")], []),
    ("0019", [], ["processes"]),
    (
        "0018",
        [
            *((table, "checksum") for table in _SEALED),
            ("jobs", "source_checksum"),
            ("jobs", "children_checksum"),
            ("chunks", "slices"),
        ],
        ["unsealed"],
    ),
    ("0017", [], ["job_labels"]),
    ("0016", [("jobs", "circuits_failed")], ["circuit_failures"]),
    ("0015", [], ["creations"]),
    ("0014", [("chunks", "expiries"), ("sessions", "deadline")], ["boots"]),
    ("0013", [("chunks", "server")], []),
    (
        "0012",
        [("jobs", "engine_version"), ("jobs", "precision"), ("chunks", "engine_version")],
        [],
    ),
    ("0011", [("jobs", "child_type"), ("jobs", "stages")], []),
    ("0010", [("jobs", "request_id"), ("jobs", "traceparent")], []),
    ("0009", [("chunks", "stage"), ("chunks", "findings")], []),
    ("0008", [("jobs", "machine_us")], ["executions"]),
    (
        "0007",
        [("projects", "organization_id"), ("api_keys", "user_id"), ("api_keys", "role")],
        ["users", "organizations"],
    ),
    ("0006", [("jobs", "price_usd")], ["sessions"]),
    ("0005", [("jobs", "readout")], []),
    ("0004", [("jobs", "type"), ("jobs", "source")], []),
    ("0003", [("jobs", "sampling")], []),
]


def go_back(connection: sqlite3.Connection, revision: str) -> None:
    """Take away what came after ``revision``, which is "0002" at the earliest."""
    for added, columns, tables in _ADDED:
        if added > revision:
            if added in _INDEXES:
                connection.execute(f"DROP INDEX {_INDEXES[added]}")
            for table, column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            for table in tables:
                connection.execute(f"DROP TABLE {table}")
    connection.execute("UPDATE alembic_version SET version_num = ?", [revision])


def forget_checksums(connection: sqlite3.Connection) -> None:
    """Leave all rows as an earlier release has written them, without checksums."""
    for table in _SEALED:
        connection.execute(f"UPDATE {table} SET checksum = NULL")
    connection.execute("UPDATE jobs SET source_checksum = NULL, children_checksum = NULL")
    connection.execute("UPDATE chunks SET slices = NULL")
    connection.execute("UPDATE unsealed SET last_id = 'ffffffff'")
