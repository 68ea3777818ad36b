"""A wrong argument of the Python interface is an error that names it, whatever was passed."""

import dataclasses
import inspect
from pathlib import Path

import numpy as np
import pytest

import paultrap
from paultrap.client import Client
from paultrap.testing import redirected_pennylane, redirected_qbraid

JOB = {
    "noise": {"model": "aria-1", "seed": 1},
    "shots": 10,
    "target": "simulator",
    "input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]},
}
ODD = [
    *(None, 0, 1, -1, 2.5, float("nan"), float("inf"), True, "x", "", b"x", b"", [], [1], {}, ()),
    *({"x": 1}, object(), 10**30, np.int64(3), np.float64(2.5), np.array([1]), Path("/none"), int),
]


def run_with(name, value):
    return paultrap.run(value) if name == "job" else paultrap.run(JOB, **{name: value})


def limits_with(name, value):
    return paultrap.run(JOB, limits=paultrap.Limits(**{name: value}))


def machines_with(name, value):
    return paultrap.Machines(**{"models": {}, "devices": {}, name: value})


def loaded_with(name, value):
    return paultrap.Machines.load(**{name: value})


def client_with(name, value):
    return Client(**{"url": "http://127.0.0.1:1", "key": "k", name: value})


CLIENT = Client("http://127.0.0.1:1", "k")


def called(method, **others):
    return lambda name, value: getattr(CLIENT, method)(**others, **{name: value})


FACES = [
    *((run_with, name) for name in inspect.signature(paultrap.run).parameters),
    *((limits_with, field.name) for field in dataclasses.fields(paultrap.Limits)),
    *((machines_with, name) for name in inspect.signature(paultrap.Machines).parameters),
    *((loaded_with, name) for name in inspect.signature(paultrap.Machines.load).parameters),
    *((client_with, name) for name in inspect.signature(Client).parameters),
    (called("submit"), "body"),
    (called("job"), "job_id"),
    (called("jobs"), "limit"),
    (called("jobs", limit=1), "metadata"),
    (called("statuses"), "job_ids"),
    (called("cancel"), "job_ids"),
    (called("distribution"), "job_id"),
    (called("retry"), "job_id"),
    (lambda _, value: redirected_pennylane(value).__enter__(), "url"),
    (lambda _, value: redirected_qbraid(value, "http://127.0.0.1"), "provider"),
]


@pytest.mark.parametrize(("call", "name"), FACES, ids=[name for _, name in FACES])
@pytest.mark.parametrize("value", ODD, ids=[f"{each!r:.20}" for each in ODD])
def test_a_wrong_argument_is_named(call, name, value):
    try:
        call(name, value)
    except paultrap.Error:
        pass  # It says what of the job, or of the server, is wrong.
    except ModuleNotFoundError:
        assert name == "url"  # of a client that is not installed
    except (TypeError, ValueError) as error:
        assert name in str(error)  # noqa: PT017  # not every value is wrong
