"""`Idempotency-Key`: a request that makes something makes it once, however often it is sent."""

import gzip
import json

import pytest

UNKNOWN = "0190070f-9691-7000-a1f6-306623179a83"
REPLAYED = "idempotency-replayed"


@pytest.fixture
def post(client):
    def send(path, body, name="a", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body)
        return client.post(path, content=content, headers={"Idempotency-Key": name} | headers)

    return send


@pytest.fixture
def making(bench, bell_v03, bell_v04, submit):
    """Return a path and a body of each request that makes something; what waits stays as it is."""
    bench.works = False
    cloned, moved = submit(bell_v04), submit(bell_v04)
    return {
        "v0.3": ("/v0.3/jobs", bell_v03),
        "v0.4": ("/v0.4/jobs", bell_v04),
        "clone": (f"/v0.4/jobs/{cloned}/clone", {"name": "again"}),
        "move": (f"/v0.4/jobs/{moved}/move", {"name": "elsewhere"}),
        "session": ("/v0.4/sessions", {"backend": "simulator"}),
    }


@pytest.fixture
def made(client):
    """Return how many jobs and sessions there are."""

    def count():
        jobs = client.get("/v0.4/jobs?limit=1000").json()["jobs"]
        return len(jobs), len(client.get("/v0.4/sessions").json()["sessions"])

    return count


@pytest.mark.parametrize("what", ["v0.3", "v0.4", "clone", "move", "session"])
def test_the_same_request_has_the_same_answer(what, making, post, made, client):
    path, body = making[what]
    first = post(path, body)
    count = made()
    again = [post(path, body) for _ in range(3)]

    assert first.is_success
    assert REPLAYED not in first.headers
    for answer in again:
        assert (answer.status_code, answer.content) == (first.status_code, first.content)
        assert answer.headers["content-type"] == first.headers["content-type"]
        assert answer.headers[REPLAYED] == "true"
    assert made() == count

    other = post(path, body, "b") if what != "move" else client.get("/v0.4/jobs")
    assert REPLAYED not in other.headers
    assert what == "move" or other.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("what", ["v0.3", "v0.4", "clone", "move", "session"])
def test_another_body_is_refused_and_the_refusal_names_what_was_made(what, making, post, made):
    path, body = making[what]
    first = post(path, body)
    count = made()

    for changed in (body | {"name": "changed"}, b"{}", b"no JSON at all", json.dumps(body) + " "):
        content = changed.encode() if isinstance(changed, str) else changed
        answer = post(path, content)
        assert answer.status_code == 422, answer.text
        assert first.json()["id"] in answer.json()["message"]
        assert answer.json()["statusCode"] == 422
    assert made() == count


def test_another_path_is_another_request(post, bell_v04, submit):
    one, other = submit(bell_v04), submit(bell_v04)

    assert post(f"/v0.4/jobs/{one}/clone", {}).status_code == 201
    assert post(f"/v0.4/jobs/{other}/clone", {}).status_code == 422
    assert post("/v0.4/jobs", bell_v04).status_code == 422


def test_a_refused_request_has_made_nothing_and_is_judged_anew(post, bell_v04, client):
    wrong = bell_v04 | {"backend": "nowhere"}
    assert post("/v0.4/jobs", wrong).status_code == 400
    assert post(f"/v0.4/jobs/{UNKNOWN}/clone", {}).status_code == 404

    answer = post("/v0.4/jobs", bell_v04)

    assert answer.status_code == 201
    assert REPLAYED not in answer.headers
    assert len(client.get("/v0.4/jobs").json()["jobs"]) == 1


def test_names_are_each_keys_own(client, bell_v04):
    ids = {
        client.post(
            "/v0.4/jobs",
            json=bell_v04,
            headers={"Idempotency-Key": "a", "authorization": f"apiKey {key}"},
        ).json()["id"]
        for key in ("one", "other")
    }
    # In open access all keys are one.
    assert len(ids) == 1


@pytest.mark.parametrize("name", ["", "x" * 256, "ü".encode("latin-1")])
def test_what_cannot_be_a_key_is_refused(name, post, bell_v04):
    answer = post("/v0.4/jobs", bell_v04, name)

    assert answer.status_code == 400
    assert "255" in answer.json()["message"]
    assert answer.json()["validation"] == {"source": "headers", "keys": ["idempotency-key"]}


def test_the_longest_key_is_taken(post, bell_v04):
    first = post("/v0.4/jobs", bell_v04, "x" * 255)
    assert post("/v0.4/jobs", bell_v04, "x" * 255).content == first.content


def test_a_body_is_compared_unpacked(post, bell_v04):
    plain = json.dumps(bell_v04).encode()
    first = post("/v0.4/jobs", plain)
    packed = post("/v0.4/jobs", gzip.compress(plain), **{"Content-Encoding": "gzip"})

    assert (packed.status_code, packed.content) == (201, first.content)


def test_large_bodies_are_told_apart_to_the_last_byte(post, bell_v04):
    body = json.dumps(bell_v04).encode() + b" " * 3_000_000
    first = post("/v0.4/jobs", body)

    assert first.status_code == 201
    assert post("/v0.4/jobs", body).content == first.content
    assert post("/v0.4/jobs", body[:-1] + b"\n").status_code == 422
    assert post("/v0.4/jobs", body + b" ").status_code == 422


def test_the_answer_is_kept_when_what_was_made_is_deleted(post, client, bell_v04):
    first = post("/v0.4/jobs", bell_v04)
    client.delete(f"/v0.4/jobs/{first.json()['id']}")

    assert post("/v0.4/jobs", bell_v04).content == first.content


def test_requests_that_make_nothing_ignore_it(client, post):
    session = post("/v0.4/sessions", {"backend": "simulator"}).json()["id"]
    for _ in range(2):
        ended = post(f"/v0.4/sessions/{session}/end", b"")
        assert ended.status_code == 200
        assert REPLAYED not in ended.headers
    headers = {"Idempotency-Key": "x" * 1_000}
    assert client.get("/v0.4/jobs", headers=headers).status_code == 200


def test_what_was_told_beside_the_answer_is_told_again(post, bell_v04):
    odd = bell_v04 | {"nmae": "a", "shoots": 5}
    first = post("/v0.4/jobs?odd=1", odd)
    again = post("/v0.4/jobs?odd=1", odd)

    told = first.headers.get_list("paultrap-warning")
    assert len(told) == 3
    assert again.headers[REPLAYED] == "true"
    assert sorted(again.headers.get_list("paultrap-warning")) == sorted(told)
