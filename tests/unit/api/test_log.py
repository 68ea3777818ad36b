"""The log: what went wrong can be found again from the answer."""

import json
import logging

import pytest
import structlog

from paultrap.api.server import configure_log
from paultrap.settings import Settings


@pytest.fixture
def log_as():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda name: configure_log(Settings(log_level=name))
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_500_is_logged_with_the_id_that_the_client_was_given(client, store, monkeypatch):
    def break_down(*_args):
        raise RuntimeError("broken down")

    monkeypatch.setattr(store, "get_job", break_down)
    with structlog.testing.capture_logs() as events:
        answer = client.get("/v0.3/jobs/0190070f-9691-7000-a1f6-306623179a83")

    [event] = [event for event in events if event["event"] == "unexpected error"]
    assert event["request_id"] == answer.headers["x-request-id"]
    assert str(event["exc_info"]) == "broken down"


def test_refusals_are_not_logged_as_errors(client):
    with structlog.testing.capture_logs() as events:
        client.post("/v0.3/jobs", content=b"nonsense")
        client.get("/nowhere")

    assert events == []


def test_lines_are_json_where_no_terminal_reads_them(log_as, capsys):
    log_as("info")
    structlog.get_logger("house").info("opened", port=8080)
    structlog.get_logger("house").debug("hidden")
    logging.getLogger("uvicorn.error").warning("from a library")
    structlog.get_logger("house").error("failed", exc_info=ValueError("inside"))

    first, second, third = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["port"], first["level"]) == ("opened", 8080, "info")
    assert (second["event"], second["logger"]) == ("from a library", "uvicorn.error")
    assert "ValueError: inside" in third["exception"]


def test_the_level_is_a_setting(log_as, capsys):
    log_as("error")
    structlog.get_logger("house").warning("hidden")
    structlog.get_logger("house").error("shown")

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "shown"
