"""Screens of any width: labels and numbers are whole, and nothing breaks within a word."""

import io

import pytest
from rich.console import Console

from paultrap.cli.histograms import most_likely, print_histograms
from paultrap.cli.tables import print_table

ID = "01a21c82-18a3-7503-9a22-c8c5fcbfee60"
HEADINGS = ("id", "status", "circuits", "failed", "qubits", "submitted", "name")
ROW = (ID, "completed", "300", "17", "3", "2026-11-27 10:16:57", "a name of words")


def drawn(width, qubits=3, total=1):
    out = io.StringIO()
    console = Console(file=out, width=width)
    states = {index: 2.0 ** -min(index + 1, 19) for index in range(20)}
    see_all = f"paultrap results {ID} --json"
    print_histograms(
        console, [(f"circuit 0: {ID}", most_likely(states))], qubits, total=total, see_all=see_all
    )
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [20, 40, 44, 60, 80, 200])
def test_a_histogram_keeps_its_labels_and_probabilities(width):
    title, *rows = drawn(width)
    assert title == f"circuit 0: {ID}"
    labels = [f"{state:03b}" for state in range(8)] + [f"{state:b}" for state in range(8, 16)]
    assert [row.split()[0] for row in rows[:16]] == labels
    assert [row.split()[-1] for row in rows[:3]] == ["0.500000", "0.250000", "0.125000"]
    assert rows[16].split()[:3] == ["4", "more", "states"]
    assert max(map(len, rows)) <= max(width, 30)


def test_bars_shrink_with_the_terminal_and_stay_in_proportion():
    for width, longest in ((80, 40), (44, 17), (30, 3)):
        bars = [row.split()[1].count("█") for row in drawn(width)[1:3]]
        assert bars[0] == longest
        assert abs(bars[1] - longest / 2) <= 0.5


def test_what_to_type_next_is_one_line():
    assert drawn(44, total=300)[-1] == f"... and 292 more circuits: paultrap results {ID} --json"


@pytest.mark.parametrize("columns", [44, 60, 80, 100, 120])
def test_a_table_fits_the_terminal_with_all_its_words(monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(HEADINGS, [ROW])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= columns
    assert out.split() == " ".join((*HEADINGS, *ROW)).split()
    assert len(out.splitlines()) % 2 == 0


def test_a_script_reads_each_row_in_one_line(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table(HEADINGS, [ROW, (*ROW[:-1], "x" * 200)])
    assert len(capsys.readouterr().out.splitlines()) == 3
