"""`paultrap.__all__` is what users of the package may rely on, and all that they need for `run`."""

import inspect
import subprocess
import sys
import typing

import pytest

import paultrap

# Deliberate: whoever takes a name from this list breaks the promise to users.
PROMISED = {
    "Distributions",
    "Error",
    "FailedJobError",
    "Limits",
    "Machines",
    "MemoryLimitError",
    "PluginError",
    "SimulationError",
    "ReaderError",
    "Refusal",
    "Result",
    "__version__",
    "run",
}

WIDE = {"input": {"qubits": 29, "circuit": [{"gate": "t", "target": 28}]}}


def test_the_promise_is_kept():
    assert set(paultrap.__all__) == PROMISED
    assert set(paultrap.__all__) <= set(dir(paultrap))
    for name in PROMISED:
        assert getattr(paultrap, name) is not None


def test_star_imports_give_the_public_names():
    names = {}
    exec("from paultrap import *", names)
    assert set(names) >= PROMISED


def test_other_names_are_refused_as_python_does():
    with pytest.raises(AttributeError, match="module 'paultrap' has no attribute 'walk'"):
        paultrap.walk  # noqa: B018


def test_every_class_in_the_signature_of_run_is_public():
    hints = typing.get_type_hints(paultrap.run).values()
    found = {hint for each in hints for hint in (each, *typing.get_args(each))}
    ours = {
        each.__name__ for each in found if getattr(each, "__module__", "").startswith("paultrap")
    }
    assert "Result" in ours
    assert ours <= PROMISED


def test_every_documented_exception_of_run_is_public():
    raises = inspect.getdoc(paultrap.run).partition("Raises:")[2]
    named = {line.split(":")[0].strip() for line in raises.splitlines() if line.startswith("    ")}
    named = {each for each in named if each.endswith("Error") and each.isidentifier()}
    assert "FailedJobError" in named
    assert named - {"TypeError", "ValueError"} <= PROMISED


@pytest.mark.parametrize(
    ("job", "options", "error"),
    [
        (b"[]", {}, "Refusal"),
        (WIDE, {"memory_limit": 1}, "MemoryLimitError"),
        ({"input": {"circuit": []}, "target": "qpu.none"}, {}, "Refusal"),
    ],
)
def test_whatever_stops_a_job_is_an_error_of_paultrap(job, options, error):
    with pytest.raises(getattr(paultrap, error)) as found:
        paultrap.run(job, **options)
    assert isinstance(found.value, paultrap.Error)


def test_importing_the_package_imports_no_numpy():
    script = "import sys, paultrap; paultrap.Error; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
