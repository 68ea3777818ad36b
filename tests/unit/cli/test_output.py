"""Output that cannot be written, and Ctrl-C: a line or none, and never a traceback."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from paultrap import cli

SHOW = [sys.executable, "-m", "paultrap", "config", "show"]


def said(output):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        SHOW,
        env=environment,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_one_line():
    with Path("/dev/full").open("w") as full:
        assert said(full) == (1, "paultrap: No space left on device\n")


def test_who_reads_no_more_hears_nothing():
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as output:
        assert said(output) == (1, "")


def test_an_interrupted_command_says_nothing(paultrap, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", SimpleNamespace(meta=interrupted))
    done = paultrap("jobs")
    assert (done.code, done.error) == (130, "")


def test_what_was_printed_before_an_error_is_not_lost(paultrap, monkeypatch):
    def printing(*_, **__):
        sys.stdout.write("a new key\n")
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "keys.txt")

    monkeypatch.setattr(cli, "app", SimpleNamespace(meta=printing))
    done = paultrap("keys")
    assert (done.code, done.out) == (1, "a new key\n")
    assert done.error == "paultrap: keys.txt: No such file or directory\n"
