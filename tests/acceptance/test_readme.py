"""The code of the README and of the tutorial, run as written against a real server."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness import RunningServer

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TUTORIAL = (ROOT / "docs" / "tutorials" / "gradient.md").read_text()
DOCUMENTED_PORT = "127.0.0.1:8080"
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RunningServer(tmp_path_factory.mktemp("readme")).start()
    yield server
    server.stop()


@pytest.fixture
def run(server, tmp_path):
    """Run a block in a checkout's folder; return the lines that it prints."""

    def run(command, block):
        if not (tmp_path / "examples").exists():
            (tmp_path / "examples").symlink_to(ROOT / "examples")
        text = block.replace(DOCUMENTED_PORT, f"127.0.0.1:{server.port}")
        done = subprocess.run(
            [*command, text],
            cwd=tmp_path,
            env=_plain_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def _plain_environment():
    """Return this environment without what could lead a client elsewhere."""
    return {name: value for name, value in os.environ.items() if "IONQ" not in name}


def _blocks(language, page=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def _python_block(word):
    (block,) = (block for block in _blocks("python") if word in block)
    return block


def _close(found, wanted):
    return [pytest.approx(one, abs=TOLERANCE) for one in wanted] == found


def test_the_curl_walk_ends_with_the_founding_distributions(run):
    (walk,) = _blocks("bash")
    created, results = map(json.loads, run(["bash", "-euo", "pipefail", "-c"], walk))
    assert created["status"] == "ready"
    assert created["id"] not in results
    assert _close(list(results.values()), [{"1": 1.0}, {"0": 0.5, "6": 0.5}])


def test_the_noisy_example_counts_its_shots(run):
    (line,) = run([sys.executable, "-c"], _python_block('"aria-1", "seed"'))
    total, counts = line.split(" ", 1)
    assert int(total) == sum(ast.literal_eval(counts).values()) == 1000
    assert set(ast.literal_eval(counts)) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("client", "distributions"),
    [
        ("qiskit_ionq", [{"001": 1.0}, {"000": 0.5, "110": 0.5}]),
        ("cirq_ionq", [{4: 1.0}, {0: 0.5, 3: 0.5}]),
        ("ionq_core", [{"1": 1.0}, {"0": 0.5, "6": 0.5}]),
        ("paultrap.run(job)", [{1: 1.0}, {0: 0.5, 6: 0.5}]),
    ],
)
def test_the_python_blocks_print_the_founding_distributions(run, client, distributions):
    lines = run([sys.executable, "-c"], _python_block(client))
    found = [ast.literal_eval(line) for line in lines]
    assert _close(found, distributions)


@pytest.mark.parametrize(
    "distributions",
    [
        [{"001": 1.0}, {"000": 0.5, "110": 0.5}],
        [{4: 1.0}, {0: 0.5, 3: 0.5}],
        [{"1": 1.0}, {"0": 0.5, "6": 0.5}],
    ],
)
def test_the_text_states_what_is_printed(distributions):
    assert " and ".join(f"`{one}`" for one in distributions) in README


def test_every_link_into_the_checkout_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_tutorial_runs_one_circuit_with_curl(run):
    submit, read = [block for block in _blocks("text", TUTORIAL) if block.startswith("curl")]
    (created,) = run(["bash", "-c"], submit)
    wanted = json.loads(re.search(r"It is `(.*?)`", TUTORIAL)[1])
    # Who reads the page takes longer than the job.
    poll = f"until {read.strip()} --fail; do sleep 0.1; done"
    (found,) = run(["bash", "-c"], poll.replace("ID", json.loads(created)["id"]))
    assert json.loads(found) == pytest.approx(wanted, abs=TOLERANCE)


def test_tutorial_prints_the_gradient(run):
    printed = run([sys.executable, "-c"], "\n".join(_blocks("python", TUTORIAL)))

    shown = _blocks("text", TUTORIAL)[-1].splitlines()
    assert printed[0] == shown[0]
    assert json.loads(printed[1]) == pytest.approx(json.loads(shown[1]), abs=1e-6)
