"""docs/reference/metrics.md is about the metrics as they are."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from paultrap.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "metrics.md").read_text()
_ROW = re.compile(r"\| `([a-z_]+)` \| ([a-z]+) \| ((?:`[a-z]+`(?:, )?)*) ?\| [^|]+ \|")


@pytest.fixture
def settings() -> Settings:
    return Settings(metrics_allow_ips="*")


@pytest.fixture
def families(client, submit, founding_job):
    submit(founding_job)
    client.get("/nothing")
    return list(text_string_to_metric_families(client.get("/metrics").text))


def test_every_metric_has_one_row_and_nothing_else_has(families):
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    rows = [_ROW.fullmatch(line) for line in lines]
    assert all(rows), lines[rows.index(None)]

    exported = set()
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        exported.add((name, family.type, frozenset(labels)))
    written = [
        (row[1], row[2], frozenset(re.findall(r"`([a-z]+)`", row[3]))) for row in rows if row
    ]
    assert sorted(map(str, written)) == sorted(map(str, set(written)))
    assert set(written) == exported


def test_every_query_asks_for_metrics_that_there_are(families):
    known = set()
    for family in families:
        known |= {sample.name for sample in family.samples}
    asked = re.findall(
        r"\bpaultrap_[a-z_]+", "".join(re.findall(r"```(?:promql|yaml).*?```", PAGE, re.DOTALL))
    )

    assert asked
    assert set(asked) <= known
