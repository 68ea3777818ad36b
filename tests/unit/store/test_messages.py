"""What the store says names no command, flag or variable: who uses it knows what those are called."""

import ast
import re
from pathlib import Path

import pytest

import paultrap.store

MODULES = sorted(Path(paultrap.store.__file__).parent.rglob("*.py"))
# What it says to `pg_dump` no person reads.
FLAGS = {"--version", "--file="}
ADVICE = re.compile(r"`paultrap [a-z]|--[a-z]|PAULTRAP_")


def messages(module):
    """Yield the texts that are passed on in a module, as those of errors are; docstrings are not."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call):
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_messages_name_no_commands(module):
    said = set(messages(module)) - FLAGS
    assert [each for each in said if ADVICE.search(each)] == []
