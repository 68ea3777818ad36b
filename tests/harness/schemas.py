"""Databases as earlier releases left them: what migrations have added is taken away again."""

import sqlite3

__all__ = ["go_back"]

# What each migration has added, the newest first: columns by table, and tables.
_ADDED: list[tuple[str, list[tuple[str, str]], list[str]]] = [
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
            for table, column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            for table in tables:
                connection.execute(f"DROP TABLE {table}")
    connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
