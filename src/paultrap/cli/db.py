"""`paultrap db`: what can be done with a database beside its server."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from paultrap.cli.errors import CommandError
from paultrap.cli.flags import DatabaseFlags
from paultrap.cli.stores import attached_to, changed, place_of, refusing
from paultrap.sizes import written_size
from paultrap.store import back_up, compact, upgrade


def check(*, place: DatabaseFlags | None = None) -> None:
    """Read the whole database and list what is damaged, by job; exit with 1 if anything is.

    Nothing is changed, and the server may run meanwhile.
    """
    with attached_to(place) as store:
        report = store.check()
    for damage in report.damage:
        _say(f"{damage.owner_id or 'database'}: {damage.part}")
    _say(f"{report.jobs} jobs read, {len(report.damage)} damaged parts.")
    if report.unchecked:
        _say(
            f"{report.unchecked} rows were written by an earlier release, without checksums: they "
            "are not checked."
        )
    if report.damage:
        raise CommandError(
            "the database is damaged. What is listed is not given out; delete those jobs, or restore "
            "a backup."
        )


def backup(
    file: Path,
    *,
    force: Annotated[bool, Parameter(negative="")] = False,
    place: DatabaseFlags | None = None,
) -> None:
    """Write a copy of the database to a file, while the server runs or without one.

    Of SQLite that is a database file, of PostgreSQL an archive of pg_dump, which pg_restore reads.

    Args:
        file: The file to write; its owner alone can read it.
        force: Replace the file if it is there.
        place: The database of the server.
    """
    with refusing():
        back_up(place_of(place), file, replace=force)
    _say(f"{file}: {written_size(file.stat().st_size)}, whole and on disk.")


def upgrade_schema(
    *,
    copy: Annotated[bool, Parameter(negative="--no-copy")] = True,
    place: DatabaseFlags | None = None,
) -> None:
    """Bring the database to what this release works with, as the next server would.

    Args:
        copy: Keep a copy of an SQLite file as it was, beside it.
        place: The database of the server.
    """
    with refusing():
        migration = upgrade(place_of(place), keep_copy=copy)
    _say(
        "The database is what this release works with." if migration is None else changed(migration)
    )


def vacuum(*, place: DatabaseFlags | None = None) -> None:
    """Give the unused space of an SQLite file back, which no server may have open.

    From then on a server gives space back by itself. A file that this release made needs this never.
    """
    with refusing():
        before, after = compact(place_of(place))
    _say(f"{written_size(before)} before, {written_size(after)} now.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
