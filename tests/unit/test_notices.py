"""What is not understood: how it is told, how much of it, and which names are near misses."""

import pytest

from paultrap.notices import MOST_COMPARED, MOST_TOLD, Notices, TooManyNamesError, quotable
from paultrap.spelling import closest

FIELDS = ("shots", "noise", "seed", "target", "targets", "rotation")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("shot", "shots"),
        ("SHOTS", "shots"),
        ("hsots", "shots"),  # two neighbours are swapped
        ("soths", "shots"),
        ("targt", "target"),
        ("target", "target"),
        ("sed", "seed"),
        ("rottaoin", "rotation"),
        ("rotatoniz", None),
        ("lang", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_a_name_is_suggested_that_is_at_most_two_letters_away(word, meant):
    assert closest(word, FIELDS) == meant


def test_each_name_of_a_kind_is_told_once_with_its_place_and_what_was_meant():
    notices = Notices()
    for index in range(3):
        notices.unknown("circuit", f"input.circuits[{index}]", "nmae", ("name", "circuit"))
    notices.unknown("job", "", "nmae", ("type",))
    assert notices.told() == [
        'input.circuits[0].nmae: not understood, so ignored; did you mean "name"?',
        "nmae: not understood, so ignored",
    ]


def test_so_much_is_told_and_no_more_and_all_of_it_fits_into_headers():
    notices = Notices()
    for index in range(10_000):
        notices.unknown("job", "input." * 50, f"\r\nλ{index}" * 50, ("name",))
    told = notices.told()
    assert len(told) == MOST_TOLD + 1
    assert told[-1] == "more is not understood"
    assert sum(map(len, told)) < 2_048
    for text in told:
        assert text.isascii()
        assert text.isprintable()


def test_so_many_names_are_compared_and_each_but_once():
    notices = Notices()
    for _ in range(3):
        assert notices.nearest("gate", "targt", FIELDS) == "target"
        assert notices.nearest("noise", "targt", ("model",)) is None
    for index in range(MOST_COMPARED - 2):
        notices.nearest("gate", f"n{index}", FIELDS)
    assert notices.nearest("gate", "targt", FIELDS) == "target"
    with pytest.raises(TooManyNamesError, match="more than 1000 different names"):
        notices.nearest("noise", "one more", FIELDS)


def test_what_is_quoted_is_short_and_printable():
    assert quotable("a\nb") == "a\\nb"
    assert quotable("é" * 100) == "\\xe9" * 15
