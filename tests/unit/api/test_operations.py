"""docs/reference/operations.md is about the application as it is."""

import ast
import re
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

ROOT = Path(__file__).parents[3]
_ROW = re.compile(r"\| ([A-Z]+) \| `(/\S*)` \| [^|]+ \| `(\S+)` \|")


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str]]:
    """Return the method, the path and the test of every row."""
    lines = (ROOT / "docs" / "reference" / "operations.md").read_text().splitlines()
    found = [line for line in lines if line.startswith("| ")][2:]
    matches = [_ROW.fullmatch(line) for line in found]
    assert all(matches), found[matches.index(None)]
    return [match.groups() for match in matches]


def test_every_route_has_one_row(client, rows):
    routes = [
        (method, route.path_format)
        for route in client.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"HEAD", "OPTIONS"}
    ]

    assert sorted((method, path) for method, path, _ in rows) == sorted(routes)


def test_every_test_is_there(rows):
    for _, _, test in rows:
        file, name = test.split("::")
        tree = ast.parse((ROOT / file).read_text())
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in names, test
