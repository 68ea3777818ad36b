"""The command in this process or in another, and a server for commands that need one."""

import io
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from harness import RunningServer

from paultrap.cli import main


@dataclass
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    error: str

    def complaint(self, code=1):
        """Return the one line with which the command gave up; 2 is the code of wrong usage."""
        assert self.code == code
        assert self.out == ""
        (line,) = self.error.splitlines()
        assert line.startswith("paultrap: ")
        return line


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """Work in an empty folder, with no setting of this machine in sight."""
    for name in os.environ:
        if "PAULTRAP" in name or "IONQ" in name or name == "COLUMNS":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def paultrap(monkeypatch, capfd):
    """Run a command in this process: many of them take no time."""

    def run(*words, stdin="", **variables):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = _code_of(lambda: main([str(word) for word in words]))
        out, error = capfd.readouterr()
        return Done(code, out, error)

    return run


def _code_of(work):
    """Return the exit code of ``work``, and say what the interpreter would say at the end."""
    try:
        work()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201 - the interpreter's own way
            return 1
        return end.code or 0
    return 0


@pytest.fixture
def process():
    """Run a command in another process."""

    def run(*words):
        command = [sys.executable, "-m", "paultrap", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RunningServer(tmp_path_factory.mktemp("server")).start()
    yield server
    server.kill()
