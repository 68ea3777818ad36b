"""Results have entity tags, and are read under conditions and in ranges."""

import gzip

import pytest
import zstandard
from harness.waiting import until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paultrap import _kernels
from paultrap.api import responses
from paultrap.circuits import Distributions
from paultrap.formats import enclosing
from paultrap.service import results as service_results
from paultrap.service import texts
from paultrap.store import checksums, ending, lengths, results, slices, tables
from paultrap.store.ending import ChunkKey
from paultrap.store.maintenance import remove_some

IDENTITY = {"accept-encoding": "identity"}
PROGRAM = """OPENQASM 3; include "stdgates.inc"; qubit[7] q; bit[4] low; bit[3] high;
h q; low = measure q[0:3]; high = measure q[4:6];"""
# Not measured at the end: formats of version 1 show all qubits.
OPEN = 'OPENQASM 3; include "stdgates.inc"; qubit[8] q; bit c; c = measure q[0]; h q;'


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch):
    """Let results of a few kilobytes have many slices, sections and blocks."""
    monkeypatch.setattr(slices, "_MOST_ENTRIES", 40)
    monkeypatch.setattr(slices, "_MOST_CIRCUITS", 3)
    monkeypatch.setattr(enclosing, "ENTRIES_AT_ONCE", 30)
    monkeypatch.setattr(responses, "_BLOCK", 1_500)
    monkeypatch.setattr(service_results, "_WORTH_KEEPING", 1_500)


def turning(qubits, number=0):
    return [{"gate": "ry", "target": q, "rotation": 0.3 + q + number / 9} for q in range(qubits)]


def single(qubits=7, **fields):
    content = {"qubits": qubits, "circuit": turning(qubits), **fields.pop("input", {})}
    return {"type": "ionq.circuit.v1", "backend": "simulator", "input": content} | fields


def batch(circuits=8, qubits=6):
    content = {"qubits": qubits, "circuits": [{"circuit": turning(qubits, k)} for k in range(8)]}
    content["circuits"] = content["circuits"][:circuits]
    return {"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": content}


NOISY = {"shots": 300, "noise": {"model": "aria-1", "seed": 4}}
REGISTERS = {"input": {"registers": {"low": [0, 1, 2], "none": [None, 3]}}}
JOBS = {
    "exact": single(),
    "registers": single(**REGISTERS),
    "sampled": single(**NOISY),
    "sampled registers": single(**NOISY, **REGISTERS),
    "debiased": single(backend="qpu.forte-1", shots=500, seed=3),
    "wide": single(70, input={"circuit": [{"gate": "h", "target": 3 * k} for k in range(7)]}),
    "program": {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": PROGRAM}},
    "open program": {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": OPEN}},
    "batch": batch(),
    "sampled batch": batch() | NOISY,
}


def artifacts(value):
    """Yield the ids of all artifacts that a job names."""
    if isinstance(value, dict):
        if "media_type" in value:
            yield value["id"]
        for each in value.values():
            yield from artifacts(each)


def paths_of(client, job_id):
    """Return every path at which some result of a job is read."""
    job = client.get(f"/v0.4/jobs/{job_id}").json()
    assert job["status"] == "completed", job
    found = {f"/v0.3/jobs/{job_id}/results", f"/v0.4/jobs/{job_id}/results/probabilities"}
    found |= {entry["url"] for entry in job["results"].values() if "url" in entry}
    found |= {f"/v0.4/jobs/{job_id}/artifacts/{name}" for name in artifacts(job)}
    return sorted(found)


@pytest.fixture(params=JOBS.values(), ids=JOBS.keys())
def paths(request, client, submit):
    job_id = submit(request.param)
    children = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"] or []
    return [path for each in [job_id, *children[3:5]] for path in paths_of(client, each)]


def get(client, path, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers=IDENTITY | named)


def test_every_result_is_known_by_its_tag_and_read_in_ranges(client, paths):
    tags = {}
    for path in paths:
        whole = get(client, path)
        tag = whole.headers["etag"]
        assert whole.status_code == 200, whole.text
        assert whole.headers["accept-ranges"] == "bytes"
        assert whole.headers["vary"] == "accept-encoding"
        assert tags.setdefault(tag, whole.content) == whole.content, path
        assert get(client, path).headers["etag"] == tag

        unchanged = get(client, path, if_none_match=f'"other", W/{tag}')
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
        assert get(client, path, if_match='"other"').status_code == 412
        assert get(client, path, if_match=tag).content == whole.content

        head = client.head(path, headers=IDENTITY)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("etag", "content-type", "accept-ranges", "vary"):
            assert head.headers[name] == whole.headers[name], name
        assert int(head.headers["content-length"]) == len(whole.content)

        check_ranges(client, path, whole)


def check_ranges(client, path, whole):
    total, tag = len(whole.content), whole.headers["etag"]
    cuts = [0, 1, total // 3, total // 2, total - 1]
    for begin in cuts:
        for end in (begin, begin + 7, total // 2 + 3, total + 5):
            if end < begin:
                continue
            part = get(client, path, range=f"bytes={begin}-{end}", if_range=tag)
            assert part.status_code == 206
            assert part.content == whole.content[begin : end + 1], (path, begin, end)
            last = min(end, total - 1)
            assert part.headers["content-range"] == f"bytes {begin}-{last}/{total}"
            assert part.headers["content-length"] == str(last - begin + 1)
            assert part.headers["etag"] == tag
            assert part.headers["content-type"] == whole.headers["content-type"]
    assert get(client, path, range="bytes=-9").content == whole.content[-9:]


def test_all_texts_have_tags_of_their_own(client, submit):
    """Texts that differ have different tags, whatever of them differs."""
    bodies = {}
    for body in JOBS.values():
        for path in paths_of(client, submit(body)):
            for query in ("", "?aggregation=voting"):
                if query and "/results" not in path:
                    continue
                answer = get(client, path + query)
                assert answer.status_code == 200, path
                assert bodies.setdefault(answer.headers["etag"], answer.content) == answer.content


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 9_000), st.integers(0, 9_000), st.sampled_from(["exact", "batch"]))
def test_a_range_is_that_slice_of_the_whole(client, known_paths, first, length, kind):
    path, whole = known_paths[kind]

    answer = get(client, path, range=f"bytes={first}-{first + length}")

    if first < len(whole):
        assert (answer.status_code, answer.content) == (206, whole[first : first + length + 1])
    else:
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"


@pytest.fixture
def known_paths(client, submit):
    found = {}
    for kind in ("exact", "batch"):
        path = f"/v0.4/jobs/{submit(JOBS[kind])}/results/probabilities"
        found[kind] = (path, get(client, path).content)
    return found


@pytest.mark.parametrize("text", ["bytes=5-2", "bytes=1-2,4-5", "items=1-2", "bytes=x"])
def test_what_is_no_single_range_is_answered_whole(client, submit, text):
    path = f"/v0.4/jobs/{submit(batch())}/results/probabilities"
    whole = get(client, path)

    answer = get(client, path, range=text)

    assert (answer.status_code, answer.content) == (200, whole.content)


def test_a_range_of_what_has_changed_is_answered_whole(client, submit):
    path = f"/v0.4/jobs/{submit(batch())}/results/probabilities"
    whole = get(client, path)

    for condition in ('"another"', f"W/{whole.headers['etag']}", "Fri, 27 Nov 2026 12:00:00 GMT"):
        answer = get(client, path, range="bytes=5-", if_range=condition)
        assert (answer.status_code, answer.content) == (200, whole.content)


UNPACK = {
    "gzip": gzip.decompress,
    "zstd": lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw),
}


@pytest.mark.parametrize("encoding", UNPACK)
def test_each_encoding_has_a_tag_of_its_own_and_no_ranges(client, submit, encoding):
    path = f"/v0.4/jobs/{submit(batch())}/results/probabilities"
    whole = get(client, path)
    headers = {"accept-encoding": encoding, "range": "bytes=0-3"}

    with client.stream("GET", path, headers=headers) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == encoding
    assert UNPACK[encoding](raw) == whole.content
    assert "accept-ranges" not in answer.headers
    assert answer.headers["vary"] == "accept-encoding"
    tag = answer.headers["etag"]
    assert tag != whole.headers["etag"]
    head = client.head(path, headers=headers)
    assert (head.headers["etag"], head.headers["content-encoding"]) == (tag, encoding)
    assert "content-length" not in head.headers
    unchanged = client.get(path, headers={"accept-encoding": encoding, "if-none-match": tag})
    assert (unchanged.status_code, unchanged.headers["etag"]) == (304, tag)
    assert get(client, path, if_none_match=tag).status_code == 200
    # What is known without an encoding is known.
    known = {"accept-encoding": encoding, "if-none-match": whole.headers["etag"]}
    assert client.get(path, headers=known).headers["etag"] == whole.headers["etag"]


def test_a_short_text_is_not_packed_and_has_one_tag(client, submit, bell_v04):
    path = f"/v0.4/jobs/{submit(bell_v04)}/results/probabilities"

    packed = client.get(path, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in packed.headers
    assert packed.headers["etag"] == get(client, path).headers["etag"]
    head = client.head(path, headers={"accept-encoding": "gzip"})
    assert head.headers["etag"] == packed.headers["etag"]


def test_what_cannot_be_read_has_no_tag(client, bench, submit):
    bench.works = False
    job_id = submit(batch())

    answer = client.get(
        f"/v0.4/jobs/{job_id}/results/probabilities", headers={"if-none-match": "*"}
    )

    assert answer.status_code == 404
    assert "etag" not in answer.headers


def test_a_deleted_child_takes_the_tag_of_the_aggregate(client, submit):
    job_id = submit(batch())
    path = f"/v0.4/jobs/{job_id}/results/probabilities"
    children = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"]
    of_child = f"/v0.4/jobs/{children[1]}/results/probabilities"
    tag, child_tag = (get(client, each).headers["etag"] for each in (path, of_child))

    client.delete(f"/v0.4/jobs/{children[0]}")

    assert get(client, path, if_none_match=tag).status_code == 404
    assert get(client, of_child, if_none_match=child_tag).status_code == 304


def computed_again(store, job_id):
    """Write the result of a job anew, its numbers in another order."""
    with store._database.write() as connection:
        rows = connection.execute(tables.result_slices.select()).all()
        for row in rows:
            ending.drop_slices(connection, job_id, row.position)
        for row in rows:
            found = slices.unpack_slice(row.data)
            other = Distributions(found.offsets, found.states, found.probabilities[::-1].copy())
            packed = slices.PackedSlice(row.first, row.part, row.stop, slices._pack(other))
            chunk = ChunkKey(job_id, row.position, row.first, row.stop)
            results.insert_slices(store._database, connection, chunk, [packed])


def test_a_result_that_is_computed_again_has_another_tag(client, store, submit):
    job_id = submit(batch())
    path = f"/v0.4/jobs/{job_id}/results/probabilities"
    before = get(client, path)

    computed_again(store, job_id)

    after = get(client, path, if_none_match=before.headers["etag"])
    assert after.status_code == 200, after.text
    assert after.content != before.content
    rest = get(client, path, range="bytes=9-", if_range=before.headers["etag"])
    assert (rest.status_code, rest.content) == (200, after.content)


def test_results_without_checksums_have_tags_too(client, store, submit):
    """As those of an earlier release, whose rows have none."""
    job_id = submit(batch())
    path = f"/v0.4/jobs/{job_id}/results/probabilities"
    tag = get(client, path).headers["etag"]
    with store._database.write() as connection:
        connection.execute(tables.result_slices.update().values(checksum=None))
        connection.execute(tables.unsealed.insert().values(last_id="f" * 36))

    assert get(client, path, if_none_match=tag).status_code == 304


def test_another_release_has_tags_of_its_own(client, submit, monkeypatch):
    path = f"/v0.4/jobs/{submit(batch())}/results/probabilities"
    tag = get(client, path).headers["etag"]

    monkeypatch.setattr(texts, "release", lambda: "9.9.9")

    assert get(client, path).headers["etag"] != tag


def aggregates(job_id):
    return (
        f"/v0.3/jobs/{job_id}/results",
        f"/v0.4/jobs/{job_id}/results/probabilities",
        f"/v0.4/jobs/{job_id}/results/probabilities/aggregated",
        f"/v0.4/jobs/{job_id}/artifacts/probabilities",
        f"/v0.4/jobs/{job_id}/artifacts/probabilities-aggregate",
    )


def test_an_aggregate_is_read_behind_a_child(client, submit):
    job_id = submit(batch())
    for path in aggregates(job_id):
        whole = get(client, path)
        found = {whole.headers["etag"]}
        entries = list(whole.json().items())
        for place, (child, _) in enumerate(entries, 1):
            behind = get(client, f"{path}?after={child.upper()}")
            assert list(behind.json().items()) == entries[place:], (path, place)
            assert "paultrap-warning" not in behind.headers
            found.add(behind.headers["etag"])
            tail = get(client, f"{path}?after={child}", range="bytes=-5")
            assert tail.content == behind.content[-5:]
        assert len(found) == len(entries) + 1


def test_what_is_no_child_is_refused(client, submit, bell_v04):
    job_id, other = submit(batch()), submit(bell_v04)
    child = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"][0]
    asked = [(path, each) for path in aggregates(job_id) for each in (other, job_id, "x" * 90)]
    asked += [(f"/v0.4/jobs/{other}/results/probabilities", child)]
    asked += [(f"/v0.3/jobs/{other}/results", child)]
    asked += [(f"/v0.4/jobs/{other}/artifacts/probabilities", child)]

    for path, after in asked:
        answer = get(client, f"{path}?after={after}")
        assert answer.status_code == 400, path
        assert answer.json()["validation"] == {"source": "query", "keys": ["after"]}
        assert f'after: "{after[:64]}" is no child' in answer.json()["message"]


def test_a_single_circuit_is_an_aggregate_with_nothing_behind_it(client, submit, bell_v04):
    job_id = submit(bell_v04)
    path = f"/v0.4/jobs/{job_id}/results/probabilities/aggregated"

    assert get(client, f"{path}?after={job_id}").json() == {}


def test_what_is_before_a_range_is_neither_read_nor_written(client, submit, monkeypatch):
    path = f"/v0.4/jobs/{submit(batch())}/results/probabilities"
    whole = get(client, path).content
    get(client, path, range="bytes=0-0")  # How long each section is stands in the store now.
    unpacked, written = [], []
    unpack, write = slices.unpack_slice, _kernels.write_distribution
    monkeypatch.setattr(
        results, "unpack_slice", lambda data: (unpacked.append(len(data)), unpack(data))[1]
    )
    monkeypatch.setattr(
        _kernels, "write_distribution", lambda *args: (written.append(args), write(*args))[1]
    )

    for begin in (0, len(whole) // 2, len(whole) - 4):
        unpacked.clear(), written.clear()
        until(lambda begin=begin: get(client, path, range=f"bytes={begin}-{begin + 2}").is_success)
        # One slice, and the one behind it that is read ahead.
        assert 1 <= len(unpacked) <= 2
        assert len(written) <= 2


def test_lengths_outlive_a_restart_and_damage_is_no_harm(client, submit, store):
    path = f"/v0.4/jobs/{submit(batch())}/results/probabilities"
    whole = get(client, path).content
    until(lambda: kept(store) == 1)
    with store._database.write() as connection:
        connection.execute(tables.text_lengths.update().values(lengths=b"12345678"))

    assert get(client, path, range="bytes=-9").content == whole[-9:]
    until(lambda: not unsound(store))
    assert kept(store) == 1


def kept(store):
    with store._database.read() as connection:
        return len(connection.execute(tables.text_lengths.select()).all())


def unsound(store):
    with store._database.read() as connection:
        return list(checksums.unsound(connection, tables.text_lengths))


def test_of_one_job_few_lengths_are_kept(client, submit, store, monkeypatch):
    monkeypatch.setattr(lengths, "_MOST_TEXTS", 2)
    job_id = submit(batch())
    path = f"/v0.4/jobs/{job_id}/results/probabilities"
    for child in client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"][:4]:
        assert get(client, f"{path}?after={child}", range="bytes=0-1").status_code == 206
    until(lambda: kept(store) == 2)

    client.delete(f"/v0.4/jobs/{job_id}")

    with store._database.write() as connection:
        while remove_some(connection):
            pass
    assert kept(store) == 0
