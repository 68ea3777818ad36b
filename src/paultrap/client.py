"""A small client of a paultrap server: what the command line needs, and no more."""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import httpx
import msgspec

from paultrap.arguments import check_kind, check_whole
from paultrap.errors import Error

#: The statuses of a job that has ended, in the words of v0.3.
FINAL = frozenset(("completed", "failed", "canceled"))
_MAY_HAVE_FAILED = frozenset(("running", "failed"))
_ID = re.compile(r"[0-9A-Fa-f-]+")
_VERSION = re.compile(r"/v0\.[0-9]+/*$")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"localhost\b|[\w-]*[.:\[]")  # a word alone may be anything
_ERRNO = re.compile(r"\[Errno -?[0-9]+\] ")
_IDS_AT_ONCE = 100  # They are in the address, which may not be too long.
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 1.0
_TIMEOUT_S = 60.0
#: How long a server may be away while a job is waited for: one that is started again needs seconds.
_PATIENCE_S = 60.0
_AWAY = frozenset((502, 503))


_Shape = TypeVar("_Shape")


class ServerError(Error):
    """The server refused, or did not answer; the text is for a person."""


class NoAnswerError(ServerError):
    """The server did not answer, or is not ready to; it may be later."""


class _Created(msgspec.Struct):
    id: str


class _Page(msgspec.Struct):
    jobs: list[dict[str, Any]]


class _Progress(msgspec.Struct, kw_only=True):
    status: str
    circuits_done: int
    circuits: int
    circuits_failed: int = 0


class Waiting(msgspec.Struct):
    """What a job waits for that no host has; ``message`` follows "waiting for"."""

    message: str


class Details(_Progress, kw_only=True):
    """A job as paultrap's own routes show it; the status is in the words of v0.4."""

    id: str
    type: str
    backend: str
    waiting_for: Waiting | None = None


class _Outcome(msgspec.Struct):
    results: dict[str, Any] | None


class _Refusal(msgspec.Struct):
    message: str


class Client:
    """A connection to one server with one key; every method may raise a `ServerError`.

    An argument of another type is a `TypeError` that names it.

    Args:
        url: The address of the server, without a version; http:// where it names no scheme.
        key: The API key.
        on_warning: Called with each thing that the server did not understand.
    """

    def __init__(
        self, url: str, key: str, on_warning: Callable[[str], None] = lambda _: None
    ) -> None:
        check_kind("url", url, str, "text")
        check_kind("key", key, str, "text")
        if not callable(on_warning):
            raise TypeError(f"on_warning must be a function, not {on_warning!r:.60}")
        self._on_warning = on_warning
        if not (key and key.isascii() and key.isprintable()):
            raise ServerError(
                "an API key is printable ASCII, and not empty; name yours with --key."
            )
        url = url if _SCHEME.match(url) or not _HOST.match(url) else f"http://{url}"
        if found := _VERSION.search(url):
            raise ServerError(
                f"the command line adds the version itself; name {url[: found.start()]}."
            )
        self._url = url
        headers = {"Authorization": f"apiKey {key}"}
        try:
            self._http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S)
        except httpx.InvalidURL as error:
            raise ServerError(f"{url} is not an address ({error}). {_remedy(error)}") from error
        except (OSError, ValueError) as error:  # such as a proxy or a file of certificates
            raise ServerError(
                f"cannot use what variables such as HTTPS_PROXY and SSL_CERT_FILE name ({error})."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def submit(self, body: bytes, *, strict: bool = False) -> str:
        """Submit a job of either version and return its id.

        A body with a ``type`` or a ``backend`` is a v0.4 job, any other a v0.3 job.

        Args:
            body: The body of the request.
            strict: Whether the server is to refuse what it does not understand.
        """
        check_kind("body", body, bytes, "bytes")
        path, headers = f"/{_version_of(body)}/jobs", {"paultrap-strict": "true"} if strict else {}
        return self._ask("POST", path, _Created, content=body, headers=headers).id

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job in the words of v0.3."""
        return self._ask("GET", f"/v0.3/jobs/{_checked(job_id)}", dict[str, Any])

    def details(self, job_id: str) -> Details:
        """Return how far a job is, and what it may wait for."""
        return self._ask("GET", f"/paultrap/jobs/{_checked(job_id)}", Details)

    def jobs(
        self, limit: int, name: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Return the newest jobs, in the words of v0.3.

        Args:
            limit: How many there are at most.
            name: The name that they have; any without a value.
            metadata: What their metadata holds, by key.
        """
        check_whole("limit", limit)
        check_kind("metadata", {} if metadata is None else metadata, Mapping, "a mapping")
        asked: dict[str, Any] = {"limit": limit} | ({} if name is None else {"name": name})
        asked |= {f"metadata.{key}": value for key, value in (metadata or {}).items()}
        return self._ask("GET", "/v0.3/jobs", _Page, params=asked).jobs

    def failed(self, job: Mapping[str, Any]) -> int | None:
        """Return how many circuits of a listed job have failed; None where the server does not say.

        It is asked of jobs alone that are running or have failed.
        """
        if job["status"] not in _MAY_HAVE_FAILED:
            return 0
        path = f"/paultrap/jobs/{_checked(job['id'])}/progress"
        try:
            return self._ask("GET", path, _Progress).circuits_failed
        except NoAnswerError:
            raise
        except ServerError:  # The job was deleted meanwhile, or too much was asked.
            return None

    def wait(self, job_id: str, on_progress: Callable[[int, int], None]) -> dict[str, Any]:
        """Return the job once it has ended. A server that is away meanwhile is waited for, too.

        Args:
            job_id: The id of the job.
            on_progress: Called with the number of circuits done and of all circuits.

        Raises:
            NoAnswerError: The server is away for too long.
        """
        path = f"/paultrap/jobs/{_checked(job_id)}/progress"
        pause, answered_at = _FIRST_PAUSE_S, time.monotonic()
        while True:
            try:
                progress = self._ask("GET", path, _Progress)
                on_progress(progress.circuits_done, progress.circuits)
                if progress.status in FINAL:
                    return self.job(job_id)
                answered_at = time.monotonic()
            except NoAnswerError:
                if time.monotonic() - answered_at > _PATIENCE_S:
                    raise
            time.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE_S)

    def outcome(self, job_id: str) -> dict[str, Any] | None:
        """Return the ``results`` of a quantum function, as v0.4 shows them; None of a dry run."""
        return self._ask("GET", f"/v0.4/jobs/{_checked(job_id)}", _Outcome).results

    def statuses(self, job_ids: Sequence[str]) -> dict[str, str]:
        """Return the status of each of these jobs that there is, in the words of v0.3."""
        _check_ids(job_ids)
        found: dict[str, str] = {}
        for first in range(0, len(job_ids), _IDS_AT_ONCE):
            ids = [_checked(each) for each in job_ids[first : first + _IDS_AT_ONCE]]
            asked = {"id": ",".join(ids), "limit": _IDS_AT_ONCE}
            page = self._ask("GET", "/v0.3/jobs", _Page, params=asked)
            found |= {job["id"]: job["status"] for job in page.jobs}
        return found

    def distribution(self, job_id: str) -> dict[int, float]:
        """Return what a job of one circuit gave: state to probability."""
        return self._ask("GET", f"/v0.3/jobs/{_checked(job_id)}/results", dict[int, float])

    def histogram(self, job_id: str) -> dict[int, int]:
        """Return what a sampled job of one circuit gave: state to the number of its shots."""
        path = f"/v0.4/jobs/{_checked(job_id)}/results/histogram"
        return self._ask("GET", path, dict[int, int])

    def shots(self, job_id: str) -> list[int]:
        """Return the state of each shot of a sampled job of one circuit, in order."""
        path = f"/v0.4/jobs/{_checked(job_id)}/results/shots"
        return [int(state) for state in self._ask("GET", path, list[str])]

    def results(self, job_id: str) -> Iterator[bytes]:
        """Return the JSON of a job's results as the server sends it, piece by piece."""
        with self._answer("GET", f"/v0.3/jobs/{_checked(job_id)}/results") as answer:
            yield from answer.iter_bytes()

    def cancel(self, job_ids: Sequence[str]) -> None:
        """Cancel jobs, all of them or none."""
        _check_ids(job_ids)
        self._ask("PUT", "/v0.3/jobs/status/cancel", dict[str, Any], json={"ids": list(job_ids)})

    def retry(self, job_id: str) -> int:
        """Run the failed circuits of a job again; return how many circuits are to be done."""
        path = f"/paultrap/jobs/{_checked(job_id)}/retry"
        progress = self._ask("POST", path, _Progress)
        return progress.circuits - progress.circuits_done

    def workers(self) -> list[dict[str, Any]]:
        """Return the servers and worker hosts that use the server's database, and what they run."""
        return self._ask("GET", "/paultrap/workers", list[dict[str, Any]])

    def _ask(self, method: str, path: str, shape: type[_Shape], **arguments: Any) -> _Shape:
        with self._answer(method, path, **arguments) as answer:
            body = answer.read()
        try:
            return msgspec.json.decode(body, type=shape)
        except msgspec.MsgspecError as error:
            raise ServerError(f"{self._url} does not answer as a paultrap server does.") from error

    @contextmanager
    def _answer(self, method: str, path: str, **arguments: Any) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(method, path, **arguments) as answer:
                for told in answer.headers.get_list("paultrap-warning"):
                    self._on_warning(told)
                if not answer.is_success:
                    answer.read()
                    kind = NoAnswerError if answer.status_code in _AWAY else ServerError
                    raise kind(_message_of(answer))
                yield answer
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = _ERRNO.sub("", str(error)).rstrip(".")
            message = f"no answer from {self._url} ({reason}). {_remedy(error)}"
            kind = NoAnswerError if isinstance(error, httpx.TransportError) else ServerError
            raise kind(message) from error


def _remedy(error: Exception) -> str:
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return "Name an address such as http://127.0.0.1:8080 with --url."
    if isinstance(error, httpx.RemoteProtocolError):
        return "Does the server speak TLS? Then its address begins with https://."
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error)):
        return (
            "If its certificate is of an authority of your own, or self-made, name the file of that "
            "certificate with SSL_CERT_FILE."
        )
    if any(isinstance(each, ssl.SSLError) for each in _causes(error)):
        return "Does the server speak TLS? If it does not, its address begins with http://."
    return "Is the server running? Start one with `paultrap serve`, or name another with --url."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, the nearest first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _check_ids(job_ids: Sequence[str]) -> None:
    check_kind("job_ids", job_ids, (list, tuple), "a list of ids")
    for each in job_ids:
        check_kind("job_ids", each, str, "a list of ids, which are text")


def _checked(job_id: str) -> str:
    """Return the id as it may be written in a path, where any other word could lead elsewhere."""
    check_kind("job_id", job_id, str, "text")
    if _ID.fullmatch(job_id) is None:
        raise ServerError(f'"{job_id}" is not the id of a job; `paultrap jobs` lists them.')
    return job_id


def _version_of(body: bytes) -> str:
    try:
        job = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return "v0.3"  # The server says what is wrong with it.
    return "v0.4" if {"type", "backend"} & job.keys() else "v0.3"


def _message_of(answer: httpx.Response) -> str:
    try:
        message = msgspec.json.decode(answer.content, type=_Refusal).message
    except msgspec.MsgspecError:
        message = f"{answer.reason_phrase}. Is {answer.url} the address of a paultrap server?"
    return f"the server answered {answer.status_code}: {message}"
