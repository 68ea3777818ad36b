"""The command line. Each command is in a separate file, imported only when it runs."""

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import App, CycloptsError, Parameter

from paultrap.cli.errors import UsageError, wrong_usage
from paultrap.errors import Error
from paultrap.settings import CONFIG_VARIABLE

__all__ = ["app", "main"]

_FAILED = 1
_USAGE_ERROR = 2
_INTERRUPTED = 130  # as shells say it of Ctrl-C

app = App(
    name="paultrap",
    help="A self-hosted quantum job server that speaks the IonQ Quantum Cloud API.",
    version_flags=["--version"],
)
# A lazily imported command cannot give its help to the list of commands.
app.command("paultrap.cli.serve:serve", help="Start a server on this machine.")
app.command(
    "paultrap.cli.worker:worker", help="Run jobs of the servers of a database, on this machine."
)
app.command(
    "paultrap.cli.workers:list_workers", name="workers", help="List servers and worker hosts."
)
app.command("paultrap.cli.jobs:submit", help="Submit a job file; --wait shows its results.")
app.command("paultrap.cli.jobs:results", help="Show the results of a job or of a child.")
app.command("paultrap.cli.listing:app", name="jobs", help="List the newest jobs, or show one.")
app.command("paultrap.cli.jobs:cancel", help="Cancel jobs that have not ended.")
app.command("paultrap.cli.jobs:retry", help="Run the failed circuits of a job again.")
app.command("paultrap.cli.local:run_file", name="run", help="Run a job file without a server.")

_keys = App(name="keys", help="Make, list and revoke the API keys of a data directory.")
_keys.command("paultrap.cli.keys:create", help="Make a key; it is shown this once.")
_keys.command("paultrap.cli.keys:list_keys", name="list", help="List the keys.")
_keys.command("paultrap.cli.keys:revoke", help="Revoke a key.")
app.command(_keys)

_db = App(name="db", help="Look after a database.")
_db.command("paultrap.cli.db:check", help="List what is damaged, by job.")
_db.command("paultrap.cli.db:backup", help="Write a copy to a file, beside the server.")
_db.command(
    "paultrap.cli.db:upgrade_schema",
    name="upgrade",
    help="Bring it to what this release works with.",
)
_db.command("paultrap.cli.db:vacuum", help="Give the unused space of an SQLite file back.")
app.command(_db)

app.command(
    "paultrap.cli.migrate:migrate", help="Copy an SQLite database into an empty one of PostgreSQL."
)

_config = App(name="config", help="Show the settings.")
_config.command(
    "paultrap.cli.config:show", help="Show every setting with its value and where it comes from."
)
app.command(_config)

_organizations = App(name="organizations", help="Make and list organizations.")
_organizations.command(
    "paultrap.cli.accounts:create_organization", name="create", help="Make an organization."
)
_organizations.command(
    "paultrap.cli.accounts:list_organizations", name="list", help="List the organizations."
)
app.command(_organizations)

_projects = App(name="projects", help="Make and list projects, which keep jobs apart.")
_projects.command("paultrap.cli.accounts:create_project", name="create", help="Make a project.")
_projects.command("paultrap.cli.accounts:list_projects", name="list", help="List the projects.")
app.command(_projects)

_users = App(name="users", help="Make, list, disable and enable users.")
_users.command("paultrap.cli.accounts:create_user", name="create", help="Make a user.")
_users.command("paultrap.cli.accounts:list_users", name="list", help="List the users.")
_users.command(
    "paultrap.cli.accounts:disable_user", name="disable", help="Refuse all keys of a user."
)
_users.command(
    "paultrap.cli.accounts:enable_user", name="enable", help="Take the keys of a user again."
)
app.command(_users)


@app.meta.default
def _run_command(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[
        Path | None,
        Parameter(help="Configuration file to read in the place of all others."),
    ] = None,
) -> None:
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config)
    app(tokens, exit_on_error=False, print_error=False)


def main(words: Sequence[str] | None = None) -> None:
    """Run the ``paultrap`` command; what a person can correct is one line without a traceback.

    Args:
        words: What follows ``paultrap``; the process's own arguments without a value.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # A terminal may lack letters that names have.
            stream.reconfigure(errors="replace")
    try:
        try:
            app.meta(words, exit_on_error=False, print_error=False)
        finally:  # Commands end in `SystemExit`. At the end an error could not be said any more.
            sys.stdout.flush()
    except CycloptsError as error:
        _give_up(wrong_usage(error), _USAGE_ERROR)
    except UsageError as error:
        _give_up(str(error), _USAGE_ERROR)
    except Error as error:
        _give_up(str(error))
    except BrokenPipeError:  # Who reads, such as `head`, wants no more.
        _end_output()
        sys.exit(_FAILED)
    except OSError as error:
        _end_output()
        place = f"{error.filename}: " if error.filename else ""
        _give_up(f"{place}{error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _give_up(message: str, code: int = _FAILED) -> NoReturn:
    lines = (line.strip() for line in message.splitlines())
    sys.stderr.write(f"paultrap: {' '.join(lines)}\n")
    sys.exit(code)


def _end_output() -> None:
    """Write what is not written yet; what cannot be, the interpreter is not to try again."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
