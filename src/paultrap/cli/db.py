"""`paultrap db`: what can be done with a database beside its server."""

import sys

from paultrap.cli.errors import CommandError
from paultrap.cli.flags import DatabaseFlags
from paultrap.cli.stores import attached_to


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


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
