"""A job with failed circuits: what `paultrap jobs`, `results` and `retry` say of it."""

import json
from pathlib import Path

import pytest
from harness import RunningServer
from harness.picky import BAD, write_picky
from harness.waiting import until

BATCH = {
    "target": "qpu.picky",
    "shots": 100,
    "input": {
        "qubits": 1,
        "circuits": [
            {"circuit": [{"gate": "rx", "target": 0, "rotation": turn}]} for turn in (0, BAD, 0)
        ],
    },
}


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """Return the file with which the backend runs everything, and the variables of its server."""
    variables = write_picky(tmp_path_factory.mktemp("picky") / "packages")
    return Path(variables["PAULTRAP_TEST_MENDED"]), variables


@pytest.fixture(scope="module")
def server(tmp_path_factory, mended):
    server = RunningServer(tmp_path_factory.mktemp("server"), environment=mended[1]).start()
    yield server
    server.kill()


@pytest.fixture
def ask(paultrap, server):
    return lambda *words, **arguments: paultrap(*words, "--url", server.url, **arguments)


@pytest.fixture
def failed_job(ask):
    """Return the id of a job whose second circuit has failed."""
    job_id = ask("submit", "-", stdin=json.dumps(BATCH)).out.strip()
    until(lambda: row_of(ask, job_id)[1] == "failed")
    return job_id


def row_of(ask, job_id):
    rows = [line.split() for line in ask("jobs").out.splitlines()]
    return next(row for row in rows if row[0] == job_id)


def test_failed_circuits_are_counted_and_run_again(ask, failed_job, mended):
    assert row_of(ask, failed_job)[1:4] == ["failed", "3", "1"]
    drawn = ask("results", failed_job)
    assert drawn.out.count("circuit ") == 2
    assert drawn.error.startswith("circuit 1: ")

    mended[0].touch()
    try:
        done = ask("retry", failed_job)
        assert (done.code, done.out) == (0, f"running 1 circuit of job {failed_job} again\n")
        until(lambda: row_of(ask, failed_job)[1] != "running")
    finally:
        mended[0].unlink()

    assert row_of(ask, failed_job)[1:4] == ["completed", "3", "0"]
    results = json.loads(ask("results", failed_job, "--json").out)
    assert [len(found) for found in results.values()] == [1, 2, 1]
    complaint = ask("retry", failed_job).complaint()
    assert "is completed: no circuit has failed" in complaint


def test_circuits_may_fail_again(ask, failed_job):
    assert ask("retry", failed_job).code == 0
    until(lambda: row_of(ask, failed_job)[1] == "failed")
    assert row_of(ask, failed_job)[3] == "1"


def test_a_job_that_is_not_there_is_named(ask):
    unknown = "00000000-0000-7000-8000-000000000000"
    assert f'"{unknown}" not found' in ask("retry", unknown).complaint()
    assert "is not the id of a job" in ask("retry", "../keys").complaint()


@pytest.mark.parametrize("columns", [80, 44])
def test_the_number_is_seen_at_any_width(ask, failed_job, columns):
    lines = ask("jobs", "--limit", "1", COLUMNS=str(columns)).out.splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(lines[len(lines) // 2 :]).split()[:5] == [failed_job, "failed", "3", "1", "1"]
