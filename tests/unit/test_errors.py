"""All exceptions have one root, and the tree that `paultrap.errors` shows is the tree there is."""

import importlib
import inspect
import pkgutil
import re
from textwrap import indent

import paultrap
from paultrap import errors
from paultrap.errors import Error

# Jumps of the interpreter of OpenQASM, which catches each of them itself.
JUMPS = {"Break", "Continue", "Return"}


def modules():
    for found in pkgutil.walk_packages(paultrap.__path__, "paultrap."):
        if not re.search(r"\.(migrations|__main__)\b", found.name):  # these run when imported
            yield importlib.import_module(found.name)


def exceptions():
    """Return every exception class that paultrap defines for others to catch."""
    found = {
        value
        for module in modules()
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, BaseException)
        and value.__module__.startswith("paultrap")
        and not value.__name__.startswith("_")  # caught in its module
        and value.__name__ not in JUMPS
    }
    assert len(found) > 20
    return found


def tree(root, classes, depth=0):
    others = [base.__name__ for base in root.__bases__ if base not in classes | {Exception}]
    bases = f" [{', '.join(others)}]" if others else ""
    package = root.__module__.split(".")[1]
    lines = [f"{'  ' * depth}{root.__name__}{bases}".ljust(46) + package]
    for child in sorted(classes, key=lambda each: each.__name__):
        if root in child.__bases__:
            lines += tree(child, classes, depth + 1)
    return lines


def test_every_exception_derives_from_error():
    assert {each for each in exceptions() if not issubclass(each, Error)} == set()


def test_the_hierarchy_is_shown_as_it_is():
    wanted = indent("\n".join(tree(Error, exceptions())), "    ")
    assert wanted in errors.__doc__, f"paultrap/errors.py should show:\n{wanted}"


def test_every_code_of_a_failure_is_in_one_list():
    listed = {name for name, value in vars(errors.FailureCode).items() if isinstance(value, str)}
    assert "INTERNAL" in listed
    others = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, str)
        and value in set(errors.FailureCode)
        and not isinstance(value, errors.FailureCode)
    }
    assert others == set()
