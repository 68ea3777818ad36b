"""Commands that talk to a server: submit, results, cancel, retry."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from paultrap.cli.asking import DEFAULT_URL, OPEN_KEY, AsJson, Key, Url, client_of
from paultrap.cli.errors import CommandError
from paultrap.cli.files import JobFile, read_job_file
from paultrap.cli.histograms import Likely, most_likely, print_dry_run, print_histograms
from paultrap.client import FINAL, Client, NoAnswerError, ServerError

Strict = Annotated[bool, Parameter(name="--strict", negative="", show_default=False)]

# Of a failed one, some circuits may have some.
_WITH_RESULTS = ("completed", "failed")


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a job that is submitted.

    Attributes:
        wait: Show progress until the job ends, then its results.
        as_json: Print the results as JSON; it implies --wait.
    """

    wait: Annotated[bool, Parameter(name="--wait", negative="", show_default=False)] = False
    as_json: AsJson = False


def submit(
    file: JobFile,
    /,
    *,
    shown: Shown | None = None,
    strict: Strict = False,
    url: Url = DEFAULT_URL,
    key: Key = OPEN_KEY,
) -> None:
    """Submit a job file; its id is printed.

    Args:
        file: The request body as JSON, of either version of the API; - reads standard input.
        shown: What is shown of it.
        strict: Refuse what the server does not understand, where it would tell and ignore it.
        url: The address of the server.
        key: The API key.
    """
    wait, as_json = (shown.wait, shown.as_json) if shown else (False, False)
    body = read_job_file(file)
    with client_of(url, key) as server:
        job_id = server.submit(body, strict=strict)
        if not (wait or as_json):
            print(job_id)  # noqa: T201 - what a script reads
            return
        print(f"job {job_id}", file=sys.stderr)  # noqa: T201
        try:
            job = _wait(server, job_id)
        except KeyboardInterrupt:
            raise CommandError(
                f"no longer waiting; the job goes on. `paultrap results {job_id}` shows its "
                f"results, `paultrap cancel {job_id}` ends it."
            ) from None
        except NoAnswerError as error:
            raise CommandError(
                f"{error} The job is kept, and goes on when the server is back: "
                f"`paultrap results {job_id}` shows its results then."
            ) from error
        if job["status"] != "completed":
            reason = (job.get("failure") or {}).get("error", "")
            raise CommandError(f"job {job_id} is {job['status']}. {reason}".strip())
        _show_results(server, job, as_json=as_json)


def results(
    job_id: str, /, *, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = OPEN_KEY
) -> None:
    """Show the results of a job or of one of its children.

    Args:
        job_id: The id of a job or of a child.
        as_json: Print the JSON that the server sent.
        url: The address of the server.
        key: The API key.
    """
    with client_of(url, key) as server:
        job = server.job(job_id)
        if job["status"] not in _WITH_RESULTS:
            yet = "" if job["status"] == "canceled" else " yet"
            raise CommandError(f"job {job_id} is {job['status']}; it has no results{yet}.")
        _show_results(server, job, as_json=as_json)


def cancel(*job_ids: str, url: Url = DEFAULT_URL, key: Key = OPEN_KEY) -> None:
    """Cancel jobs that have not ended, all of them or none; those that have ended are named.

    Args:
        job_ids: The ids of the jobs.
        url: The address of the server.
        key: The API key.
    """
    if not job_ids:
        raise CommandError("name the jobs to cancel; `paultrap jobs` lists them.")
    with client_of(url, key) as server:
        # The server's answer is the same for those that had ended.
        before = server.statuses(job_ids)
        server.cancel(job_ids)
    ended = {each: before[each] for each in job_ids if before.get(each) in FINAL}
    canceled = len(set(job_ids) - ended.keys())
    for job_id, status in ended.items():
        print(f"job {job_id} had ended already: it is {status}")  # noqa: T201
    if canceled:
        print(f"canceled {canceled} job{'s' * (canceled > 1)}")  # noqa: T201


def retry(job_id: str, /, *, url: Url = DEFAULT_URL, key: Key = OPEN_KEY) -> None:
    """Run the failed circuits of a job again, in their places.

    Args:
        job_id: The id of a job that has failed.
        url: The address of the server.
        key: The API key.
    """
    with client_of(url, key) as server:
        left = server.retry(job_id)
    print(f"running {left} circuit{'s' * (left > 1)} of job {job_id} again")  # noqa: T201


def _wait(server: Client, job_id: str) -> dict[str, Any]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("circuits"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(job_id, total=None)
        return server.wait(
            job_id, lambda done, total: progress.update(task, completed=done, total=total)
        )


def _drawn(server: Client, ids: list[str]) -> Iterator[tuple[str, Likely]]:
    """Yield what is drawn of each circuit; of several, those that have no results say why."""
    for index, each in enumerate(ids):
        try:
            found = most_likely(server.distribution(each))
        except NoAnswerError:
            raise
        except ServerError as error:
            if len(ids) == 1:
                raise
            print(f"circuit {index}: {error}", file=sys.stderr)  # noqa: T201
            continue
        yield f"circuit {index}: {each}", found


def _show_results(server: Client, job: dict[str, Any], *, as_json: bool) -> None:
    if job["status"] == "completed" and "results_url" not in job:
        _show_outcome(server.outcome(job["id"]), as_json=as_json)
        return
    if as_json:
        for piece in server.results(job["id"]):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.write(os.linesep.encode())
        sys.stdout.flush()
        return
    # One by one, as far as they are drawn: the answers of all circuits can be gigabytes.
    ids = job["children"] if job["circuits"] > 1 else [job["id"]]
    print_histograms(
        Console(),
        _drawn(server, ids),
        job["qubits"],
        total=len(ids),
        see_all=f"paultrap results {job['id']} --json",
    )


def _show_outcome(outcome: dict[str, Any] | None, *, as_json: bool) -> None:
    """Print what a function has made of its circuits, a line for each value."""
    if outcome is None:
        print_dry_run()
        return
    if as_json:
        print(msgspec.json.encode(outcome).decode())  # noqa: T201
        return
    values = dict(_values("", outcome))
    width = max(map(len, values), default=0)
    for name, value in values.items():
        print(f"{name:<{width}}  {value}")  # noqa: T201


def _values(path: str, found: Any) -> Iterator[tuple[str, str]]:
    """Yield the values of a JSON object by their paths; a list is one value."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _values(f"{path}.{name}" if path else name, value)
    else:
        yield path, found if isinstance(found, str) else msgspec.json.encode(found).decode()
