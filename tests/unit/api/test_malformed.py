"""Bodies that must be refused: each is a 4xx that names the place, and leaves no row."""

import json
import random

import msgspec
import pytest
from unit.formats.malformed import MALFORMED

from paultrap.settings import Settings


@pytest.fixture
def settings():
    return Settings(max_clifford_qubits=29)  # As narrow as others: the list knows one limit.


@pytest.fixture
def post(client):
    """Post to either version; version 0.4 wants to know the type of what it is sent."""

    def post(version, body):
        if version == "v0.4" and body.startswith(b'{"target":"simulator","input":'):
            several = b'"circuits"' in body or b'"input":[' in body
            kind = "multi-circuit" if several else "circuit"
            head = f'{{"type":"ionq.{kind}.v1","backend":"simulator",'
            body = head.encode() + body.removeprefix(b'{"target":"simulator",')
        return client.post(f"/{version}/jobs", content=body)

    return post


def check_refused(answer):
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert list(body) == ["error", "message", "statusCode", "validation", "requestId"]
    assert body["validation"]["source"] == "body"
    place, *_ = body["validation"]["keys"]
    assert place
    return body["message"], place


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_every_malformed_body_is_a_400_that_names_the_place(n_jobs, post, version):
    for name, body, fragment in MALFORMED:
        message, place = check_refused(post(version, body))
        if version == "v0.3":
            assert fragment in message or fragment in place, name
    assert n_jobs() == 0


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_a_good_body_are_never_a_500(client, n_jobs, founding_job, seed):
    good = msgspec.json.encode(founding_job | {"metadata": {"a": "b"}, "noise": {"model": "ideal"}})
    random_source = random.Random(seed)
    taken = 0
    for _ in range(150):
        body = bytearray(good)
        for _ in range(random_source.randint(1, 4)):
            place = random_source.randrange(len(body))
            kind = random_source.randrange(4)
            if kind == 0:
                body[place] = random_source.randrange(256)
            elif kind == 1:
                del body[place : place + random_source.randint(1, 8)]
            elif kind == 2:
                body[place:place] = random_source.choice(
                    [b'"', b"{", b"}", b"[", b"]", b",", b"-", b"1e999", b"null", b"\\u0000"]
                )
            else:
                other = random_source.randrange(len(body))
                body[place:place] = body[other : other + 20]
        answer = client.post("/v0.3/jobs", content=bytes(body))
        if answer.status_code == 200:
            taken += 1 + len(client.get(f"/v0.3/jobs/{answer.json()['id']}").json()["children"])
        else:
            check_refused(answer)
    assert n_jobs() == taken


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_a_bad_gate_names_circuit_gate_and_field(post, version):
    circuits = [{"circuit": [{"gate": "h", "target": 0}]} for _ in range(5)]
    circuits[3]["circuit"] += [{"gate": "cnot", "control": 0, "target": 8}]
    body = json.dumps(
        {"target": "simulator", "input": {"qubits": 5, "circuits": circuits}},
        separators=(",", ":"),
    )

    message, place = check_refused(post(version, body.encode()))

    assert message.startswith("circuit 3, gate 1 (cnot): ")
    assert place == "input.circuits[3].circuit[1].target"
