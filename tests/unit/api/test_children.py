"""What a child's metadata is: what its client needs to read the child as a job of one circuit."""

import base64
import gzip
import json

import pytest

from paultrap.api.children import _LONGEST_HEADER

URL = "/v0.4/jobs/"


def packed(value) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def unpacked(text: str):
    return json.loads(gzip.decompress(base64.b64decode(text)))


@pytest.fixture
def metadata_of_children(client, submit, batch_v04):
    def read(metadata) -> list:
        job_id = submit(batch_v04 | {"metadata": metadata})
        parent = client.get(f"{URL}{job_id}").json()
        assert parent["metadata"] == metadata
        found = [client.get(f"{URL}{each}").json()["metadata"] for each in parent["child_job_ids"]]
        listed = client.get("/v0.4/jobs", params={"parent_job_id": job_id}).json()["jobs"]
        assert [child["metadata"] for child in listed] == found
        old = [client.get(f"/v0.3/jobs/{each}").json() for each in parent["child_job_ids"]]
        assert [child.get("metadata") for child in old] == found
        return found

    return read


def test_a_child_has_its_own_entry_of_what_its_client_keeps_for_each(metadata_of_children):
    headers = [{"name": f"c{k}", "n_qubits": k + 1, "meas_mapped": [k, None]} for k in range(2)]
    measurements = [{"measurement0": f"m{k}\u001f0,{k}\u001eb\u001f2"} for k in range(2)]
    first, second = metadata_of_children(
        {
            "shots": "100",
            "sampler_seed": "7",
            "user_agent": "left out",
            "qiskit_header": packed(headers),
            "measurements": json.dumps(measurements),
            "qubit_numbers": "[3, 5]",
        }
    )

    for index, found in enumerate((first, second)):
        header = found.pop("qiskit_header")
        assert unpacked(header) == headers[index]
        assert json.loads(found.pop("measurements")) == [measurements[index]]
        assert found == {
            "shots": "100",
            "sampler_seed": "7",
            "qubit_numbers": json.dumps([[3, 5][index]]),
        }


@pytest.mark.parametrize(
    "metadata",
    [
        {"mine": "x"},
        {"measurements": "no JSON", "qubit_numbers": '{"a": 1}', "shots": "1" * 65},
        {"qiskit_header": "not base64"},
        {"qiskit_header": base64.b64encode(b"no gzip").decode()},
        {"qiskit_header": packed([0] * 4)[:-8]},
        {"qiskit_header": packed({"a": "dict"})},
        {"qiskit_header": packed(["x" * _LONGEST_HEADER, "y"])},
        {"measurements": "[" * 10_000},
        {},
    ],
)
def test_what_says_nothing_of_a_child_is_left_out(metadata_of_children, metadata):
    assert metadata_of_children(metadata) == [None, None]


def test_a_list_that_is_too_short_leaves_out_the_children_behind_it(metadata_of_children):
    first, second = metadata_of_children({"qubit_numbers": "[4]"})
    assert (first, second) == ({"qubit_numbers": "[4]"}, None)
