"""What backends print in a worker: lines of the log under their name, within bounds."""
# ruff: noqa: T201  # Printing is what is tested.

import logging
import sys
import threading

import pytest
from harness.log import log

from paultrap import logs
from paultrap.circuits import Program
from paultrap.store import Lease
from paultrap.worker.printing import PrintedLines

__all__ = ["log"]


@pytest.fixture
def printing(monkeypatch, log):
    for module, name in ((sys, "stdout"), (sys, "stderr"), (sys, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log.configure()
    return PrintedLines(most_lines=5)


def lease(backend="qpu.trap"):
    return Lease(
        job_id="a-job",
        chunk=0,
        first=0,
        stop=0,
        owner="worker",
        attempt=1,
        program=Program.empty(),
        backend=backend,
        request_id="request-7",
    )


def texts(log):
    return [line["text"] for line in log.lines if line["event"] == "printed"]


def test_what_is_printed_is_a_line_under_the_name_of_the_back_end(printing, log):
    printing.take_over()
    with printing.under(lease()):
        print("calibrating", 1)
        print("careful", file=sys.stderr)
    print("and then")

    first, second, third = log.lines
    del first["timestamp"]
    assert first == {
        "level": "info",
        "event": "printed",
        "logger": "paultrap.printed",
        "backend": "qpu.trap",
        "job": "a-job",
        "request_id": "request-7",
        "stream": "stdout",
        "text": "calibrating 1",
    }
    assert (second["stream"], second["text"]) == ("stderr", "careful")
    assert "backend" not in third


def test_lines_are_cut_where_they_end(printing, log):
    printing.take_over()
    with printing.under(lease()):
        print("one\ntwo", end="")
        print(" more\r50 %\r100 %", end="")
        sys.stdout.buffer.write(b"\n\n\xff raw")
    assert texts(log) == ["one", "two more", "50 %", "100 %", "\\xff raw"]


def test_lines_have_a_bounded_length_and_number(printing, log):
    printing.take_over()
    with printing.under(lease()):
        print("x" * 1_000_000)
        for number in range(1_000):
            print(number)
    logs.flush()

    long, *short = texts(log)
    assert long == "x" * 2_000 + "... (998,000 more bytes)"
    assert short == ["0", "1", "2", "3"]
    assert log.lines[-1]["event"].startswith("996 more lines printed in ")
    assert log.lines[-1]["backend"] == "qpu.trap"


def test_the_own_loggers_of_a_back_end_are_lines_too(printing, log):
    printing.take_over()
    with printing.under(lease()):
        logging.getLogger("their.trap").warning("laser %d is off", 3)

    [line] = log.lines
    assert (line["logger"], line["event"]) == ("their.trap", "laser 3 is off")


def test_an_error_in_a_thread_has_one_line_with_its_traceback(printing, log):
    printing.take_over()

    def fail():
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail, name="laser")
    thread.start()
    thread.join()

    [line] = log.lines
    assert (line["level"], line["thread"]) == ("error", "laser")
    assert "RuntimeError: in a thread" in line["exception"]


def test_programs_that_ask_for_a_descriptor_get_one(printing):
    printing.take_over()
    assert sys.stdout.fileno() == 2
    assert not sys.stdout.isatty()
