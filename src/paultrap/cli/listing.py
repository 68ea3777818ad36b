"""`paultrap jobs`, which lists jobs, and `paultrap jobs show`, which says more of one."""

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from paultrap.cli.asking import DEFAULT_URL, OPEN_KEY, Key, Url, client_of
from paultrap.cli.errors import CommandError
from paultrap.cli.flags import WholeNumber
from paultrap.cli.tables import print_table

Metadata = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]

app = App(name="jobs")


@app.default
def list_jobs(
    *,
    limit: WholeNumber = 25,
    name: str | None = None,
    metadata: Metadata = (),
    url: Url = DEFAULT_URL,
    key: Key = OPEN_KEY,
) -> None:
    """List the newest jobs, with the number of circuits that have failed in each.

    Args:
        limit: How many jobs are listed at most.
        name: List the jobs of this name alone.
        metadata: List those alone whose metadata has this, written KEY=VALUE; may be given again.
        url: The address of the server.
        key: The API key.
    """
    with client_of(url, key) as server:
        found = server.jobs(limit, name, dict(map(_member, metadata)))
        failed = {job["id"]: server.failed(job) for job in found}
    print_table(
        ("id", "status", "circuits", "failed", "qubits", "submitted", "name"),
        [
            (
                job["id"],
                job["status"],
                str(job["circuits"]),
                "?" if failed[job["id"]] is None else str(failed[job["id"]]),
                str(job["qubits"]),
                f"{datetime.fromtimestamp(job['request']).astimezone():%Y-%m-%d %H:%M:%S}",
                job.get("name") or "",
            )
            for job in found
        ],
    )


def _member(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f'--metadata: expected KEY=VALUE, not "{text}".')
    return key, value


@app.command(name="show")
def show_job(job_id: str, /, *, url: Url = DEFAULT_URL, key: Key = OPEN_KEY) -> None:
    """Show how far a job is, and what it waits for where no host can run it now.

    Args:
        job_id: The id of a job or of one of its children.
        url: The address of the server.
        key: The API key.
    """
    with client_of(url, key) as server:
        job = server.details(job_id)
    shown = {
        "id": job.id,
        "status": job.status,
        "type": job.type,
        "backend": job.backend,
        "circuits": f"{job.circuits}, {job.circuits_done} done, {job.circuits_failed} failed",
    }
    if job.waiting_for is not None:
        shown["waiting for"] = job.waiting_for.message
    width = 1 + max(map(len, shown))
    for name, value in shown.items():
        print(f"{name + ':':<{width}} {value}")  # noqa: T201
