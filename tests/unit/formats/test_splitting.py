"""`split`: the envelope, the gate lists and the checks between them."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unit.formats.mutations import mutated

from paultrap import _kernels
from paultrap.formats import CircuitError, split
from paultrap.submissions import read_v03


def lists(job):
    return [job.body[begin:end] for begin, end in job.spans.tolist()]


def test_gate_lists_become_null_and_the_rest_stays_byte_for_byte():
    body = (
        b'{ "shots": 1e2,\n"input": {"circuits": [{"circuit": [{"gate":"h"}], "name":"\\u00e9"}]} }'
    )

    job = split(body)

    assert job.envelope == body.replace(b'[{"gate":"h"}]', b"null")
    assert lists(job) == [b'[{"gate":"h"}]']
    assert (job.owners.tolist(), job.root, job.circuits) == ([0], "input", 1)


@pytest.mark.parametrize(
    ("body", "owners"),
    [
        ('{"input":{"circuit":[1]}}', [-1]),
        ('{"input":{"circuits":[{"circuit":[1]},{"circuit":[2]}]}}', [0, 1]),
        ('{"input":[{"circuit":[1]},{},{"circuit":[3]}]}', [0, 2]),
        ('{"body":{"circuits":[{"circuit":[1]}]}}', [0]),
        ('{"in\\u0070ut":{"c\\u0069rcuits":[{"\\u0063ircuit":[1]}]}}', [0]),
        ('{"circuit":[1],"circuits":[{"circuit":[1]}]}', []),
        ('{"metadata":{"circuit":[1],"input":{"circuit":[1]}}}', []),
        ('{"input":{"data":{"circuit":[1]}}}', []),
        ('{"input":{"circuit":{"circuit":[1]}}}', []),
        ('{"input":{"circuits":{"circuit":[1]}}}', []),
        ('{"input":[[{"circuit":[1]}]]}', []),
        ('{"input":{"circuits":[{"circuits":[{"circuit":[1]}]}]}}', []),
    ],
)
def test_gate_lists_are_found_where_the_api_has_them_and_nowhere_else(body, owners):
    assert split(body.encode()).owners.tolist() == owners


def test_a_gate_list_ends_at_its_own_bracket_wherever_it_lies():
    inside = '[{"a":"]","b":"\\"]","c":"\\\\"},["[",[]],"[[["]'
    for padding in range(140):
        body = '{"input":{"circuit":[' + '"' + "x" * padding + '",' + inside + "]}}"
        job = split(body.encode())
        assert json.loads(lists(job)[0]) == json.loads(body)["input"]["circuit"]
        assert json.loads(job.envelope) == {"input": {"circuit": None}}


def test_members_given_twice_alike_are_kept_once():
    body = b'{"shots":1, "input":{"circuit":[1],"circuit":[1]} ,"shots":1,"sh\\u006fts":1,"x":{"y":2,"y":2}}'

    job = split(body)

    assert job.envelope == b'{"shots":1, "input":{"circuit":null} ,"x":{"y":2}}'
    assert lists(job) == [b"[1]"]


def test_a_list_of_circuits_given_twice_alike_is_read_once():
    entries = b'[{"circuit":[1]},{"circuit":[2]}]'

    job = split(b'{"input":{"circuits":%s,"circuits":%s}}' % (entries, entries))

    assert lists(job) == [b"[1]", b"[2]"]
    assert json.loads(job.envelope) == {"input": {"circuits": [{"circuit": None}] * 2}}


def test_an_alias_that_is_null_gives_way():
    found = read_v03(b'{"body":null,"input":{"circuit":[]}}').circuits

    assert found.parts.root == "input"
    assert found.input.qubits is None


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud83d\\ude00"',
        '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
        '"é€😀"',
        "-0",
        "1e5",
        "1E-5",
        "0.5",
        "-1.5e+3",
        "[]",
        "{}",
        " [ 1 , 2 ] ",
    ],
)
def test_every_kind_of_json_passes(text):
    body = f'{{"metadata":{text}}}'.encode()

    assert split(body).envelope == body


def test_depth_64_passes_and_65_does_not():
    split(b'{"a":' + b"[" * 63 + b"]" * 63 + b"}")
    with pytest.raises(CircuitError, match="deeper than 64"):
        split(b'{"a":' + b"[" * 64 + b"]" * 64 + b"}")


def test_an_error_names_path_and_byte():
    with pytest.raises(CircuitError, match=r"at byte 22 \(in metadata\[1\]\.a\)") as refusal:
        split(b'{"metadata":[{},{"a":nope}]}'.replace(b"nope", b" nope"))

    assert refusal.value.path == "metadata[1].a"


def by_the_book(text):
    """Return whether Python's own reader, made strict, takes a text; None for repeated keys."""
    repeated = []

    def members(pairs):
        repeated.extend(pairs[len(dict(pairs)) :])
        return dict(pairs)

    def refuse(name):
        raise ValueError(name)

    try:
        value = json.loads(text.decode(), parse_constant=refuse, object_pairs_hook=members)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair has no UTF-8
    except ValueError:
        return False
    return None if repeated else True


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
TEXTS = st.builds(
    lambda value, ascii_only, indent: json.dumps(
        value, ensure_ascii=ascii_only, indent=indent
    ).encode(errors="replace"),
    VALUES,
    st.booleans(),
    st.sampled_from((None, 1)),
)


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS | TEXTS.flatmap(mutated))
@example(b'"\\ud800\\u0041"')
@example(b'"\\udbff\\udfff"')
@example(b"-")
@example(b"1e+")
@example(b'"\x7f"')
def test_the_grammar_is_that_of_json(text):
    verdict = by_the_book(text)
    try:
        _kernels.check(text)
        ours = True
    except _kernels.JsonError:
        ours = False

    if verdict is not None:
        assert ours is verdict
