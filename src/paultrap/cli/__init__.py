"""The command line. Each command stands in a file of its own, imported only when it runs."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from paultrap.cli.errors import CommandError

__all__ = ["app", "main"]

_USAGE_ERROR = 2

app = App(
    name="paultrap",
    help="A self-hosted quantum job server that speaks the IonQ Quantum Cloud API.",
    version_flags=["--version"],
)
# A lazily imported command cannot tell its own help to the list of commands.
app.command("paultrap.cli.serve:serve", help="Start a server on this machine.")
app.command("paultrap.cli.jobs:submit", help="Submit a job file; --wait shows its results.")
app.command("paultrap.cli.jobs:results", help="Show the results of a job or of a child.")
app.command("paultrap.cli.jobs:list_jobs", name="jobs", help="List the newest jobs.")
app.command("paultrap.cli.jobs:cancel", help="Cancel jobs that have not ended.")
app.command("paultrap.cli.local:run_file", name="run", help="Run a job file without a server.")

_keys = App(name="keys", help="Make, list and revoke the API keys of a data directory.")
_keys.command("paultrap.cli.keys:create", help="Make a key; it is shown this once.")
_keys.command("paultrap.cli.keys:list_keys", name="list", help="List the keys.")
_keys.command("paultrap.cli.keys:revoke", help="Revoke a key.")
app.command(_keys)


def main(words: Sequence[str] | None = None) -> None:
    """Run the ``paultrap`` command; what a person can mend is one line without a traceback.

    Args:
        words: What follows ``paultrap``; the process's own arguments without a value.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # A terminal may lack letters that names have.
            stream.reconfigure(errors="replace")
    try:
        app(words, exit_on_error=False, print_error=False)
    except CommandError as error:
        sys.exit(f"paultrap: {error}")
    except CycloptsError as error:
        command = " ".join(("paultrap", *(error.command_chain or ())))
        sys.stderr.write(f"paultrap: {' '.join(str(error).split())} See `{command} --help`.\n")
        sys.exit(_USAGE_ERROR)
