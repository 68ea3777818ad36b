"""SQLite: one file, one machine, one server. Nothing outside knows its driver, files or locks."""

from paultrap.store.sqlite.database import SqliteDatabase

__all__ = ["SqliteDatabase"]
