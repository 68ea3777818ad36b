"""Both versions: what a client says of its job comes back as it was sent."""

import json

import pytest

# More than the pages of version 0.3 allow: ten keys of forty characters with forty thousand each.
LARGE = {f"key {number} " + "k" * 40: "v" * 45_000 for number in range(12)}
ODD = {"": "", "a\u0000b": "\u0000", "\U0001f600": "\u2028", "__proto__": "x", "a": '"}'}
NAMES = ["", " ", "n" * 10_000, "sch\u00f6n \u0001 \U0001f600", "../../etc", "<script>"]


@pytest.fixture
def job_for(bell_v03, bell_v04):
    return {"v0.3": bell_v03, "v0.4": bell_v04}


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize("metadata", [LARGE, ODD, {}])
def test_metadata_of_any_size_comes_back_byte_for_byte(client, submit, job_for, version, metadata):
    job_id = submit(job_for[version] | {"metadata": metadata})

    read = client.get(f"/{version}/jobs/{job_id}").json()["metadata"]
    [listed] = client.get(f"/{version}/jobs").json()["jobs"]
    assert json.dumps(read) == json.dumps(listed["metadata"]) == json.dumps(metadata)


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize("value", ["null", "1", "true", '["b"]', '{"b": "c"}', "[" * 50 + "]" * 50])
def test_a_value_that_is_no_string_is_named(client, n_jobs, job_for, version, value):
    body = json.dumps(job_for[version] | {"metadata": {"first": "good", "second": 12345}})

    answer = client.post(f"/{version}/jobs", content=body.replace("12345", value))

    assert answer.status_code == 400
    assert answer.json()["message"] == 'metadata: the value of "second" must be a string.'
    assert answer.json()["validation"] == {"source": "body", "keys": ["metadata"]}
    assert n_jobs() == 0


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_a_repeated_key_is_named(client, n_jobs, job_for, version):
    body = json.dumps(job_for[version] | {"metadata": 12345})

    answer = client.post(f"/{version}/jobs", content=body.replace("12345", '{"a":1,"a":"b"}'))

    assert (answer.status_code, n_jobs()) == (400, 0)
    assert answer.json()["validation"]["keys"] == ["metadata.a"]


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_length_comes_back(client, submit, job_for, version, name):
    job_id = submit(job_for[version] | {"name": name})

    assert client.get(f"/{version}/jobs/{job_id}").json()["name"] == name


@pytest.mark.parametrize("registers", [5, "c", ["c"], True])
def test_registers_of_a_circuit_that_are_no_object_are_named(client, batch_v04, registers):
    batch_v04["input"]["circuits"][1]["registers"] = registers

    answer = client.post("/v0.4/jobs", json=batch_v04)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("circuit 1: registers must be an object")
    assert answer.json()["validation"]["keys"] == ["input.circuits[1].registers"]
