"""Run the suite of each client, in its own environment, against a server of its own.

Usage: python tests/clients/run.py [NAME ...]   (names as in requirements/clients)

Prints a line for each client, its version, and how many of its tests passed; what a suite had to
say stands above that line where something failed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from environments import ROOT, SetupError, names, python_of
from harness import RunningServer

HERE = Path(__file__).resolve().parent
PATIENCE_S = 900


def run(name: str) -> bool:
    """Return whether all tests of a client passed."""
    client, _, version = name.rpartition("-")
    try:
        python = python_of(name)
    except SetupError as error:
        print(f"{client} {version} could not be installed: {error}", flush=True)
        return False
    with tempfile.TemporaryDirectory(prefix="paultrap-") as folder:
        report = Path(folder) / "report.xml"
        server = RunningServer(Path(folder), "--auth", "required").start()
        try:
            said = _test(python, HERE / client, report, server)
        finally:
            server.stop()
        passed, skipped, total = _counted(report)
    is_good = total > 0 and passed + skipped == total
    if not is_good:
        print(said, flush=True)
    left_out = f" ({skipped} skipped)" if skipped else ""
    print(f"{client} {version} {passed}/{total - skipped}{left_out}", flush=True)
    if skipped and is_good:
        print("\n".join(line for line in said.splitlines() if line.startswith("SKIPPED")))
    return is_good


def _test(python: Path, folder: Path, report: Path, server: RunningServer) -> str:
    assert server.process is not None
    # A clean slate: no client's own variable may decide where the requests go.
    kept = {key: value for key, value in os.environ.items() if "IONQ" not in key.upper()}
    settings = {
        "PAULTRAP_TEST_URL": server.url,
        "PAULTRAP_TEST_KEY": server.new_key("suite"),
        "PAULTRAP_TEST_PID": str(server.process.pid),
    }
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "--disable-warnings",
        "--durations=8",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-c", HERE / "pytest.ini", "--rootdir", HERE, f"--junitxml={report}", folder]
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=kept | settings,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.stdout + done.stderr


def _counted(report: Path) -> tuple[int, int, int]:
    """Return the numbers of tests that passed, were skipped, and were there."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    total, skipped, *bad = (
        sum(int(suite.get(key, 0)) for suite in suites)
        for key in ("tests", "skipped", "failures", "errors")
    )
    return total - skipped - sum(bad), skipped, total


if __name__ == "__main__":
    verdicts = [run(name) for name in sys.argv[1:] or names()]
    sys.exit(0 if all(verdicts) else 1)
