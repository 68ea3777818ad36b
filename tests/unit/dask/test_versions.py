"""Other versions on Dask workers are named, with the workers that have them."""

import sys
from importlib.metadata import version

from paultrap.dask.versions import complaint, versions_here, versions_in

HERE = {"paultrap": "1.2.0", "distributed": "2026.8.0", "Python": "3.11"}


def test_the_versions_are_those_of_this_process():
    found = versions_here()

    assert found["distributed"] == version("distributed")
    assert found["Python"] == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_package_that_is_missing_has_no_version():
    found = {"packages": {"python": "3.12.1.final.0", "distributed": "2026.8.0", "paultrap": None}}

    assert versions_in(found) == {
        "paultrap": "none",
        "distributed": "2026.8.0",
        "Python": "3.12",
    }


def test_the_same_versions_are_no_reason_to_complain():
    assert complaint(HERE, {"tcp://a:1": dict(HERE), "tcp://b:1": dict(HERE)}) == ""
    assert complaint(HERE, {}) == ""


def test_workers_and_versions_are_named_in_one_sentence():
    found = complaint(
        HERE,
        {
            "tcp://b:1": HERE | {"paultrap": "1.1.0", "Python": "3.12"},
            "tcp://a:1": HERE | {"distributed": "2026.3.0"},
            "tcp://c:1": HERE,
        },
    )

    assert (
        "tcp://a:1 has distributed 2026.3.0 instead of 2026.8.0; "
        "tcp://b:1 has paultrap 1.1.0 instead of 1.2.0 and Python 3.12 instead of 3.11" in found
    )
    assert "tcp://c:1" not in found
    assert "\n" not in found


def test_of_many_workers_some_are_named_and_the_others_counted():
    workers = {f"tcp://a:{port}": HERE | {"paultrap": "1.1.0"} for port in range(10, 20)}

    found = complaint(HERE, workers)

    assert "tcp://a:14" in found
    assert "tcp://a:15" not in found
    assert "5 more" in found
