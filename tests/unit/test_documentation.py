"""The pages of the documentation: links, the index, the length of lines, code in them and about it."""

import ast
import json
import re
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pytest

import paultrap
from paultrap.circuits import Distributions

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
TABLE_OR_LINK = re.compile(r"\s*(\||\[[^\]]+\]:)")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|cpp|hpp|html))`")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    """Return what the headings of a page are called in links, as GitHub makes them."""
    words = (
        re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.read_text())
    )
    return {each.strip().replace(" ", "-") for each in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text()):
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{target}: there is no such file"
        if anchor:
            assert anchor in _anchors(found), f"{target}#{anchor}: there is no such heading"


def test_every_page_is_reached_from_the_index():
    index = (ROOT / "docs" / "README.md").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").as_posix()
        if name != "README.md" and "decisions/" not in name:
            assert f"]({name})" in index, f"docs/README.md does not name {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_is_at_most_100_columns_wide(page):
    is_code = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        is_unbroken = " " not in line.strip()  # as a long link is
        if not (is_code or is_unbroken or TABLE_OR_LINK.match(line)):
            assert len(line) <= 100, f"{page.relative_to(ROOT)}:{number} has {len(line)} columns"


GUIDES = [ROOT / "docs" / "explanation" / "architecture.md", *ROOT.glob("docs/how-to/add-*.md")]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_files_of_the_code_are_where_a_guide_says(page):
    folders = [ROOT, ROOT / "src" / "paultrap", ROOT / "src" / "kernels"]
    named = FILE.findall(page.read_text())

    assert named
    missing = [file for file in named if not any((each / file).exists() for each in folders)]
    assert missing == []


def test_the_architecture_names_every_package():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (each["layers"] for each in contracts["contracts"] if each["type"] == "layers")
    page = GUIDES[0].read_text()
    rows = "".join(row.split("|")[1] for row in page.splitlines() if row.startswith("| `"))

    names = [name.strip() for layer in layers for name in layer.split("|")]
    assert [name for name in names if f"`{name}`" not in rows] == []


def _blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    found = BLOCK.findall(page.read_text())
    return [textwrap.dedent(text) for _, name, text in found if name == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_blocks_are_of_their_language(page):
    for block in _blocks(page, "python"):
        ast.parse(block)
    for block in _blocks(page, "toml"):
        tomllib.loads(block)
    for block in _blocks(page, "json"):  # one text, or one on each line
        texts = block.splitlines() if "}\n{" in block else [block]
        for text in texts:
            json.loads(text)


def test_the_energy_of_the_page_about_functions_is_what_it_says():
    page = ROOT / "docs" / "reference" / "functions.md"
    text = page.read_text()
    job = json.loads(_blocks(page, "json")[0])
    (shown,) = re.findall(r'The answer is `"results": (\{.*?\})`', text)

    assert paultrap.run(job).results == pytest.approx(json.loads(shown), abs=1e-12)


def test_the_example_of_a_result_format_lists_the_likeliest_states_first():
    names = "import msgspec, numpy as np\nfrom collections.abc import Iterable\n"
    names += "from paultrap.circuits import Distributions\n"
    names += "from paultrap.formats import Sections\n"
    (encoder, _) = _blocks(ROOT / "docs" / "how-to" / "add-a-result-format.md", "python")
    defined: dict = {}
    exec(names + encoder, defined)  # the page's own code
    part = Distributions(np.array([0, 2]), np.array([1, 6], np.uint64), np.array([0.25, 0.75]))

    (section,) = defined["stream_ranked"]([part])
    assert json.loads(b"".join(section)) == [["6", 0.75], ["1", 0.25]]
