"""Databases as earlier releases left them: what migrations have added is taken away again."""

import sqlite3

__all__ = ["undo_accounts", "undo_executions"]


def undo_executions(connection: sqlite3.Connection) -> None:
    """Take executions away, and the times of machines."""
    connection.execute("DROP TABLE executions")
    connection.execute("ALTER TABLE jobs DROP COLUMN machine_us")


def undo_accounts(connection: sqlite3.Connection) -> None:
    """Take organizations, users and roles away, and what came after them."""
    undo_executions(connection)
    for table, columns in (("projects", ["organization_id"]), ("api_keys", ["user_id", "role"])):
        for column in columns:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.execute("DROP TABLE users")
    connection.execute("DROP TABLE organizations")
