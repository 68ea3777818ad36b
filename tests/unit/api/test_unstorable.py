"""Texts that not every database can store: refused by their field, or not found; never a 500."""

import pytest

NUL = "a\0b"
SURROGATE = '"\\ud800"'


def refused(answer, field):
    assert answer.status_code == 400, answer.text
    assert field in answer.json()["message"], answer.text
    return answer.json()


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_a_jobs_name_is_refused(client, bell_v03, bell_v04, n_jobs, version):
    job = bell_v03 if version == "v0.3" else bell_v04
    told = refused(client.post(f"/{version}/jobs", json=job | {"name": NUL}), "name")

    assert told["validation"]["keys"] == ["name"]
    assert n_jobs() == 0


def test_a_circuits_name_is_refused_with_its_place(client, founding_job, batch_v04, n_jobs):
    founding_job["input"]["circuits"][1]["name"] = NUL
    refused(client.post("/v0.3/jobs", json=founding_job), "circuit 1: the name has")
    batch_v04["input"]["circuits"][0]["name"] = NUL
    refused(client.post("/v0.4/jobs", json=batch_v04), "circuit 0: the name has")

    assert n_jobs() == 0


def test_half_a_pair_of_surrogates_is_no_json(client, bell_v04):
    body = b'{"name":"\\ud800",' + client.build_request("POST", "/", json=bell_v04).content[1:]

    assert client.post("/v0.4/jobs", content=body).status_code == 400


def test_a_session_of_such_a_name_is_not_found(client, bell_v04, n_jobs):
    answer = client.post("/v0.4/jobs", json=bell_v04 | {"session_id": NUL})

    assert answer.status_code == 404
    assert n_jobs() == 0


def test_what_is_asked_for_by_such_a_word_is_not_there(client):
    for path in (
        "/v0.4/jobs/a%00b",
        "/v0.4/jobs/a%00b/results",
        "/v0.4/jobs/%ED%A0%80",
        "/v0.3/jobs/a%00b",
        "/v0.4/sessions/a%00b",
        "/v0.4/sessions/%ED%A0%80",
        "/v0.4/sessions/a%00b/jobs",
        "/v0.4/backends/a%00b",
        "/v0.4/organizations/a%00b/usage?start_date=2023-01-01&end_date=2023-01-02",
        "/paultrap/jobs/a%00b",
        "/paultrap/jobs/a%00b/progress",
    ):
        assert 400 <= client.get(path).status_code < 500, path


def test_a_session_of_such_a_name_does_not_end(client):
    assert client.post("/v0.4/sessions/a%00b/end").status_code == 404


FILTERS = {
    "v0.3": ("name", "id", "target", "submitter_id", "submitted_by", "parent_job_id", "metadata.a"),
    "v0.4": ("name", "ids", "target", "submitter_id", "parent_job_id", "metadata.a"),
}


@pytest.mark.parametrize("version", FILTERS)
def test_lists_narrowed_by_such_a_word_are_empty(client, submit, bell_v04, version):
    submit(bell_v04)
    for name in FILTERS[version]:
        for word in ("a%00b", "%ED%A0%80", "%FF"):
            answer = client.get(f"/{version}/jobs?{name}={word}")
            assert answer.status_code == 200, answer.text
            assert answer.json()["jobs"] == [], (name, word)


def test_the_children_of_a_job_are_narrowed_by_such_a_name(client, submit, batch_v04):
    parent = submit(batch_v04)
    answer = client.get(f"/v0.3/jobs?parent_job_id={parent}&name=a%00b")

    assert answer.json()["jobs"] == []


@pytest.mark.parametrize("number", ["2147483648", "9" * 30, "-1", "1e400"])
def test_numbers_beyond_an_integer_of_a_database_are_no_error_of_ours(client, bell_v04, number):
    for query in ("limit", "next"):
        assert client.get(f"/v0.4/jobs?{query}={number}").status_code < 500
    answer = client.get("/v0.4/jobs", params={"limit": number})
    assert answer.status_code in {200, 400}
    for field in ("job_count_limit", "duration_limit_min"):
        body = f'{{"backend": "simulator", "settings": {{"{field}": {number}}}}}'
        assert 400 <= client.post("/v0.4/sessions", content=body).status_code < 500
    body = client.build_request("POST", "/", json=bell_v04).content
    body = body[:-1] + f',"shots":{number}}}'.encode()
    assert 400 <= client.post("/v0.4/jobs", content=body).status_code < 500


def test_a_program_with_such_a_character_fails_in_a_line(client):
    for text in ("OPENQASM 2.0;\0qreg q[1];", "\0", 'OPENQASM 3.0; include "a\0b";'):
        job = {"type": "qasm2.circuit.v1", "backend": "simulator", "input": {"data": text}}
        assert client.post("/v0.4/jobs", json=job).status_code < 500
