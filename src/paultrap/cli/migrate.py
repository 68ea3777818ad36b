"""`paultrap migrate`: from an SQLite file to PostgreSQL, once and in this direction."""

import sys
import time

from paultrap.cli.configuration import refuse_password
from paultrap.cli.errors import CommandError
from paultrap.cli.stores import refusing
from paultrap.store import move

_REPORT_S = 1.0


def migrate(source: str, target: str) -> None:
    """Copy all of an SQLite database into an empty PostgreSQL database.

    Jobs, ids, results and keys stay as they are. The SQLite file stays too; no server may have it
    open meanwhile. If it is interrupted, the PostgreSQL database is as empty as before.

    Args:
        source: The path of the SQLite file.
        target: The URL of the PostgreSQL database, without a password: PGPASSFILE or a service has it.
    """
    refuse_password(source, "the source")
    refuse_password(target, "the target")
    reported = 0.0

    def report(table: str, rows: int) -> None:
        nonlocal reported
        if time.monotonic() - reported > _REPORT_S:
            reported = time.monotonic()
            sys.stderr.write(f"{table}: {rows:,} rows\n")

    with refusing():
        moved = move(source, target, report)
    for table, rows in moved.rows.items():
        sys.stdout.write(f"{table}: {rows:,} rows\n")
    if moved.damaged:
        raise CommandError(
            f"all is copied, and {moved.damaged} parts of it are damaged: `paultrap db check` of both "
            "databases lists them."
        )
    sys.stdout.write("All rows are there and have been checked.\n")
