"""A key sees what is in its project and nothing else, on every route that there is.

The routes are the application's own, so that none is forgotten.
"""

import itertools
import re
from typing import Any

import pytest
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.settings import Settings
from paultrap.store import Role

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
NOISE = {"noise": {"model": "aria-1", "seed": 1}, "shots": 50}

# Parameters of paths that name what everybody sees.
PUBLIC = {"backend", "characterization_id", "format_id", "part", "lang"}
# Routes that look at nobody's jobs whatever they are asked for, and say so.
GONE = {"/v0.4/jobs/{job_id}/circuits/{lang}"}
# Paths without parameters, and how they are asked for what is another's.
OPEN = {"/", "/healthz", "/readyz", "/metrics", "/docs", "/paultrap/api-docs"}
PUBLIC_PATHS = ("backends", "api-docs", "calibrations", "calibrations/current")
OPEN |= {f"/{version}/{path}" for version in ("v0.3", "v0.4") for path in PUBLIC_PATHS}
LISTS = {"/v0.3/jobs", "/v0.4/jobs", "/v0.4/sessions"}
NOTHING_OF_ANYBODY = {"/v0.4/whoami", "/v0.4/jobs/estimate", "/paultrap/plugins"}
NOTHING_OF_ANYBODY |= {
    "/paultrap/workers"
}  # test_hosts.py sees that jobs of others are only counted


class World:
    """Two projects of two organizations, with everything in the first that there can be."""

    def __init__(self, client: TestClient, store: Any) -> None:
        self.client = client
        store.accounts.create_organization("com.example")
        store.accounts.create_project("theirs", "com.example")
        self.owner, _ = store.keys.create("owner", role=Role.ADMIN)
        self.stranger, _ = store.keys.create("stranger", "theirs", role=Role.ADMIN)
        self.viewer, _ = store.keys.create("viewer", role=Role.VIEWER)
        self.session = self.post("/v0.4/sessions", {"backend": "simulator"})["id"]
        self.job = self.submit("ionq.circuit.v1", {"circuit": BELL})
        self.batch = self.submit("ionq.multi-circuit.v1", {"circuits": [{"circuit": BELL}] * 2})
        self.children = self.get(f"/v0.4/jobs/{self.batch}")["child_job_ids"]
        self.submitter = self.get(f"/v0.4/jobs/{self.job}")["submitter_id"]
        self.words = {
            "job_id": [self.job, self.batch, self.children[0]],
            "artifact_id": self.artifacts(),
            "session_id": [self.session],
            "organization_id": ["local.paultrap"],
        }

    def ask(self, key: str, method: str, path: str, **options: Any) -> Any:
        headers = {"authorization": f"apiKey {key}"}
        return self.client.request(method, path, headers=headers, **options)

    def post(self, path: str, body: Any) -> Any:
        answer = self.ask(self.owner, "POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        return self.ask(self.owner, "GET", path).json()

    def submit(self, kind: str, circuits: Any) -> str:
        envelope = {"type": kind, "backend": "simulator", "session_id": self.session}
        job_id: str = self.post(
            "/v0.4/jobs", envelope | NOISE | {"input": {"qubits": 2} | circuits}
        )["id"]
        return job_id

    def artifacts(self) -> list[str]:
        results = self.get(f"/v0.4/jobs/{self.job}")["results"]
        return sorted({each["id"] for each in results.values()})

    def everything(self) -> Any:
        jobs = [self.get(f"/v0.4/jobs/{job}") for job in (self.job, self.batch, *self.children)]
        sessions = self.get("/v0.4/sessions")["sessions"]
        for session in sessions:
            del session["usage_time"]  # it passes
        return jobs, sessions


@pytest.fixture
def world(store, bench):
    with TestClient(create_app(Settings(auth="required"), store, bench)) as client:
        yield World(client, store)


def routes(world):
    """Yield every method, path, and the parameters of the path that name somebody's own."""
    for route in world.client.app.routes:
        names = [each.name for each in route.path_parameters.values()]
        for method in route.methods - {"OPTIONS"}:
            yield method, route.path_format, [name for name in names if name not in PUBLIC]


def filled(world, path, names):
    """Yield every combination of what there is, and the path with it."""
    for name in names:
        assert name in world.words, f"{path}: say in this test which {name} is another's"
    path = path.replace("{lang}", "json")
    for values in itertools.product(*(world.words[name] for name in names)):
        yield values, path.format(**dict(zip(names, values, strict=True)))


QUERIES = {
    "usage": "?start_date=2026-01-01&end_date=2026-12-31&group_by=job&modality=monthly",
}


WORD = re.compile("{([^}]*)}")
UNKNOWN = {
    "job_id": "0190070f-9691-7000-a1f6-306623179a83",
    "session_id": "0190070f-9691-7000-a1f6-306623179a84",
    "artifact_id": "0190070f-9691-7000-a1f6-306623179a85",
    "organization_id": "org.unknown",
}


def told(answer, asked):
    """Return what an answer shows beside the ids that were requested."""
    text = answer.text
    for value in (*asked, answer.headers["x-request-id"]):
        text = text.replace(value, "<id>")
    return text


def test_the_ids_of_others_are_as_unknown_ones_on_every_path(world):
    before = world.everything()
    walked = set()
    for method, path, names in routes(world):
        if not names:
            continue
        query = QUERIES.get(path.rsplit("/", 1)[-1], "")
        status = 410 if path in GONE else 404
        unknown = [UNKNOWN[name] for name in names]
        bare = path.replace("{lang}", "json").format(**dict(zip(names, unknown, strict=True)))
        expected = told(world.ask(world.stranger, method, bare + query), unknown)
        assert "no such path" not in expected
        for asked, filled_path in filled(world, path, names):
            answer = world.ask(world.stranger, method, filled_path + query)
            assert answer.status_code == status, (method, filled_path, answer.text)
            assert told(answer, asked) == expected
            walked.add((method, path))
        if method == "GET" and path not in GONE:
            # Else the walk would show nothing.
            found = [
                world.ask(world.owner, method, each + query).status_code
                for _, each in filled(world, path, names)
            ]
            assert 200 in found, (path, found)
    assert len(walked) > 30
    assert world.everything() == before


def test_artifacts_are_those_of_the_job_in_the_path(world):
    flips = [{"gate": "x", "target": qubit} for qubit in (0, 1)]
    job = {"type": "ionq.circuit.v1", "backend": "simulator"}
    job["input"] = {"qubits": 2, "circuit": flips}
    own = world.ask(world.stranger, "POST", "/v0.4/jobs", json=job).json()["id"]

    for artifact in world.words["artifact_id"]:  # names, which jobs share
        theirs = world.ask(world.owner, "GET", f"/v0.4/jobs/{world.job}/artifacts/{artifact}")
        answer = world.ask(world.stranger, "GET", f"/v0.4/jobs/{own}/artifacts/{artifact}")
        assert answer.status_code == 404 or "00" not in answer.text
        assert theirs.status_code == 200
        assert answer.text != theirs.text


def test_every_route_that_is_not_open_wants_a_key(world):
    asked = 0
    for method, path, _ in routes(world):
        words = set(WORD.findall(path))
        if path in OPEN | GONE or words & (PUBLIC - {"format_id"}):
            continue
        answer = world.client.request(method, WORD.sub("x", path))
        assert answer.status_code == 401, (method, path)
        asked += 1
    assert asked > 40


def test_viewers_change_nothing_on_any_route(world):
    before = world.everything()
    refused = set()
    for method, path, names in routes(world):
        if method in {"GET", "HEAD"}:
            continue
        for _, filled_path in filled(world, path, names):
            answer = world.ask(world.viewer, method, filled_path, json={"ids": [world.job]})
            assert answer.status_code == 403, (method, filled_path, answer.text)
            refused.add((method, path))
    assert len(refused) > 10
    assert world.everything() == before


def test_every_path_without_an_id_is_thought_of(world):
    bulk = {"/v0.3/jobs", "/v0.4/jobs"}
    cancel = {"/v0.3/jobs/status/cancel", "/v0.4/jobs/status/cancel"}
    known = OPEN | LISTS | NOTHING_OF_ANYBODY | bulk | cancel
    there = {path for _, path, names in routes(world) if not names and "{" not in path}
    assert there - known == set(), "say in this test how these may show another's"


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_the_ids_of_others_are_not_found_in_bulk(world, version):
    before = world.everything()
    for ids in ([world.job], [world.batch], [world.children[0]]):
        for method, path in (("DELETE", "/jobs"), ("PUT", "/jobs/status/cancel")):
            answer = world.ask(world.stranger, method, f"/{version}{path}", json={"ids": ids})
            assert answer.status_code == 404
    assert world.everything() == before


def test_lists_show_nothing_of_others(world):
    for query in (
        "",
        f"?ids={world.job}",
        f"?ids={world.children[0]}",
        f"?parent_job_id={world.batch}",
        f"?session_id={world.session}",
        f"?submitter_id={world.submitter}",
        f"?next={'f' * 8}-ffff-7fff-bfff-{'f' * 12}",
    ):
        assert world.ask(world.stranger, "GET", f"/v0.4/jobs{query}").json()["jobs"] == []
        assert world.ask(world.owner, "GET", f"/v0.4/jobs{query}").json()["jobs"] != []
    for query in ("", f"?id={world.job}"):
        assert world.ask(world.stranger, "GET", f"/v0.3/jobs{query}").json()["jobs"] == []
        assert world.ask(world.owner, "GET", f"/v0.3/jobs{query}").json()["jobs"] != []
    assert world.ask(world.stranger, "GET", "/v0.4/sessions").json()["sessions"] == []


def test_nobody_joins_the_sessions_of_others(world):
    job = {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"qubits": 2, "circuit": BELL},
    }
    own = world.ask(world.stranger, "POST", "/v0.4/jobs", json=job).json()["id"]
    body = {"session_id": world.session}

    answers = [
        world.ask(world.stranger, "POST", "/v0.4/jobs", json=job | body),
        world.ask(world.stranger, "POST", f"/v0.4/jobs/{own}/clone", json=body),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(world.get(f"/v0.4/sessions/{world.session}/jobs")["jobs"]) == 2
