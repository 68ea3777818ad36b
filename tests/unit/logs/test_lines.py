"""How lines look, whoever writes them."""

import json
import logging
import re
import warnings

import pytest
import structlog

from paultrap import logs
from paultrap.logs import configuration
from paultrap.store import EventKind, EventReason, JobEvent


def test_all_that_logs_writes_lines_of_one_form(log):
    structlog.get_logger("paultrap.api").info("opened", port=8080)
    structlog.get_logger("paultrap.api").debug("hidden")
    logging.getLogger("uvicorn.error").warning("from %s", "a library")
    structlog.get_logger("paultrap.api").error("failed", exc_info=ValueError("inside"))
    logs.write("info", "paultrap.requests", "request", {"status": 200})

    opened, library, failed, request = log.lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", opened.pop("timestamp"))
    assert opened == {"level": "info", "event": "opened", "logger": "paultrap.api", "port": 8080}
    assert (library["event"], library["logger"]) == ("from a library", "uvicorn.error")
    assert (failed["level"], failed["exception"]) == ("error", "ValueError: inside")
    assert request["status"] == 200


def test_a_caught_exception_has_its_traceback(log):
    try:
        {}["x"]
    except KeyError:
        structlog.get_logger("a").exception("one")
        structlog.get_logger("a").warning("two", exc_info=True)
        logging.getLogger("b").exception("three")

    assert all("test_lines.py" in line["exception"] for line in log.lines)
    assert len(log.lines) == 3


def test_warnings_are_lines(log):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    logging.captureWarnings(capture=False)

    [line] = log.lines
    assert line["logger"] == "py.warnings"
    assert "DeprecationWarning: old" in line["event"]


def test_the_level_is_kept_by_all(log):
    log.configure("error")
    structlog.get_logger("a").warning("hidden")
    logging.getLogger("b").warning("hidden")
    structlog.get_logger("a").error("shown")

    assert [line["event"] for line in log.lines] == ["shown"]
    assert (logs.is_on("warning"), logs.is_on("error")) == (False, True)


def test_lines_that_repeat_are_counted(log):
    for number in range(2_000):
        logging.getLogger("asyncio").error("socket %d", number, exc_info=OSError(24, "Too many"))
    logging.getLogger("asyncio").error("socket %d", 1, exc_info=OSError(12, "No memory"))
    logs.flush()

    *written, other, last = log.lines
    assert [line["event"] for line in written] == ["socket 0", "socket 1", "socket 2"]
    assert "No memory" in other["exception"]
    assert re.fullmatch(r"socket 3 \(repeated 1,997 times in \d+ s\)", last["event"])
    assert (last["repeated"], last["logger"]) == (1_997, "asyncio")
    assert "Too many" in last["error"]


def test_requests_and_events_are_no_repetitions(log):
    for number in range(50):
        logs.write("info", "paultrap.requests", "request", {"number": number})

    assert [line["number"] for line in log.lines] == list(range(50))


@pytest.mark.parametrize("format_", ["json", "text"])
def test_nothing_begins_a_line_of_its_own_or_steers_a_terminal(log, format_):
    log.configure("info", format_)
    evil = 'a\nINFO fake\x1b[31m\x85\u2028" b=c'
    logs.write("info", "a", "request", {"method": "GET", "path": evil, "status": 404, "ms": 1.0})
    logs.write("info", "a", "printed", {"backend": "trap", "text": evil})
    structlog.get_logger("a").info(evil, name=evil)

    assert len(log.text.splitlines()) == 3
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", log.text)


def test_the_lines_of_a_traceback_are_set_apart(log):
    log.configure("info", "text")
    structlog.get_logger("a").error("failed", exc_info=ValueError("x\n2026-01-01 info fake\x1b[0m"))

    first, *more = log.text.splitlines()
    assert first.endswith("error   failed logger=a")
    assert more == ["    ValueError: x", r"    2026-01-01 info fake\x1b[0m"]


def test_odd_values_harm_no_line(log):
    odd = {"half": "\ud800", "number": 2**80, "set": {1}, "bytes": b"\xff", "object": object}
    for name, value in odd.items():
        structlog.get_logger("a").info(name, value=value)
    arguments = ("not a number",)
    record = logging.LogRecord("b", logging.INFO, "b.py", 1, "%d", arguments, None)
    configuration._Handler(configuration._output).emit(record)
    log.configure("info", "text")
    structlog.get_logger("a").info("all", **odd)

    *lines, last = log.text.splitlines()
    assert [json.loads(line)["event"] for line in lines] == [*odd, "%d"]
    assert "number=1208925819614629174706176" in last


def test_a_huge_traceback_is_cut_in_its_middle(log):
    structlog.get_logger("a").error("failed", exc_info=ValueError("x" * 100_000))

    [line] = log.lines
    assert len(line["exception"]) < 17_000
    assert "characters left out" in line["exception"]


def test_a_log_that_cannot_be_written_stops_nobody(log):
    log.stream.close()

    logs.write("info", "a", "b", {})


def event(kind, **fields):
    shared = {
        "job_id": "j",
        "at": 1,
        "project_id": "p",
        "backend": "simulator",
        "request_id": "r",
        "traceparent": "00-abc-def-01",
    }
    return JobEvent(**shared | {"kind": kind} | fields)


def test_an_event_names_its_job_and_its_request(log):
    logs.log_event(event(EventKind.SUBMITTED, circuits=3, gates_1q=4, gates_2q=5, elapsed_ms=0))

    [line] = log.lines
    del line["timestamp"]
    assert line == {
        "level": "info",
        "event": "job submitted",
        "logger": "paultrap.jobs",
        "job": "j",
        "request_id": "r",
        "trace_id": "abc",
        "project": "p",
        "backend": "simulator",
        "circuits": 3,
        "gates": 9,
    }


def test_levels_follow_what_an_operator_has_to_know(log):
    log.configure("debug")
    chunk = {"chunk": 0, "first": 0, "attempt": 1, "owner": "w", "circuits": 2}
    for each in (
        event(EventKind.LEASED, starts_job=True, **chunk),
        event(EventKind.LEASED, **chunk),
        event(EventKind.CHUNK_DONE, execution_ms=1.5, **chunk),
        event(EventKind.CHUNK_FAILED, code="C", message="m", **chunk),
        event(EventKind.RETRIED, reason=EventReason.WORKER_DIED, **chunk),
        event(EventKind.RETRIED, reason=EventReason.WORKER_STOPPED, **chunk),
        event(EventKind.LOST, **chunk),
        event(EventKind.COMPLETED, elapsed_ms=7, execution_ms=1.5),
        event(EventKind.FAILED, code="C", message="m" * 5_000),
        event(EventKind.CANCELED, reason=EventReason.SESSION_ENDED),
        event(EventKind.DELETED),
    ):
        logs.log_event(each)

    assert [(line["level"], line["event"]) for line in log.lines] == [
        ("info", "job leased"),
        ("debug", "chunk leased"),
        ("debug", "chunk done"),
        ("debug", "chunk failed"),
        ("warning", "chunk retried"),
        ("info", "chunk retried"),
        ("info", "lease lost"),
        ("info", "job completed"),
        ("warning", "job failed"),
        ("info", "job canceled"),
        ("info", "job deleted"),
    ]
    retried, completed, failed = log.lines[4], log.lines[7], log.lines[8]
    assert (retried["reason"], retried["worker"], retried["attempt"]) == ("worker_died", "w", 1)
    assert (completed["ms"], completed["execution_ms"]) == (7, 1.5)
    assert (failed["code"], len(failed["message"])) == ("C", 1_000)


class Terminal:
    def __init__(self, stream):
        self.write, self.flush = stream.write, stream.flush

    def isatty(self):
        return True


def test_auto_is_text_at_a_terminal_and_else_json(log, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert logs.resolve("auto", Terminal(log.stream)) == "text"
    assert logs.resolve("auto", log.stream) == "json"
    assert logs.resolve("json", Terminal(log.stream)) == "json"

    logs.configure("info", "auto", Terminal(log.stream))
    structlog.get_logger("paultrap.x").warning("odd", a=1)
    assert "\x1b[" in log.text
    monkeypatch.setenv("NO_COLOR", "1")
    logs.configure("info", "auto", Terminal(log.stream))
    structlog.get_logger("paultrap.x").warning("odd", a=1)
    assert "\x1b" not in log.text.splitlines()[1]
    assert log.text.splitlines()[1].endswith("warn  odd a=1")


def test_usual_lines_fit_a_terminal(log, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    logs.configure("info", "text", Terminal(log.stream))
    job = "01a218dd-b2d6-75f8-8ac6-a0293a0940d8"
    long = {"job_id": job, "project_id": job, "request_id": job, "owner": f"worker-{job}"}
    logs.log_event(event(EventKind.SUBMITTED, circuits=5_000, gates_1q=150_000, **long))
    logs.log_event(event(EventKind.LEASED, starts_job=True, elapsed_ms=1_234, chunk=0, **long))
    logs.log_event(event(EventKind.COMPLETED, elapsed_ms=123_456, execution_ms=123_000.5, **long))
    request = {"method": "GET", "route": "/v0.4/jobs/{job_id}/results/probabilities"}
    outcome = {"status": 200, "ms": 12.5, "project": job, "key": job, "request_id": job}
    logs.write("info", "paultrap.requests", "request", request | outcome | {"bytes": 7})

    rows = [re.sub("\x1b\\[[0-9]*m", "", line) for line in log.text.splitlines()]
    assert len(rows) == 4
    assert max(map(len, rows)) <= 80
    assert job in rows[0]
    # Where something is wrong, the ids are worth a second row.
    refused = request | outcome | {"status": 429}
    logs.write("warning", "paultrap.requests", "request", refused)
    assert f"request_id={job}" in log.text.splitlines()[-1]
