"""What is wrong at the end: each answer beside a reference, and the database by itself."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from harness import RunningServer
from harness.places import rows_of
from proofs.kills.bodies import Intent, all_distinct, distinct_body
from proofs.kills.client import Servers, answer_of

import paultrap

Answer = dict[str, Any]
Answers = dict[tuple[str, int], Answer]
TOLERANCE = 1e-13


class Fault(NamedTuple):
    """What is wrong.

    Attributes:
        kind: One of `FAULTS`.
        text: What it is, in a sentence.
    """

    kind: str
    text: str


FAULTS = ("lost", "doubled", "different", "damaged", "unfinished")


def references(folder: Path) -> Answers:
    """Return the answers of an undisturbed server with an SQLite file, as paultrap.run has them."""
    server = RunningServer(folder, "--workers", "1").start()
    try:
        asked = Servers([server.url], server.key)
        found = {each.distinct: answer_of(asked, each.body()) for each in all_distinct()}
    finally:
        server.kill()
    for each in all_distinct():
        _check_reference(each, found[each.distinct])
    return found


def _check_reference(intent: Intent, found: Answer) -> None:
    expected = paultrap.run(distinct_body(*intent.distinct))
    answers = list(json.loads(found["answer"]).values())
    assert len(answers) == expected.n_circuits, intent
    for index, answer in enumerate(answers):
        wanted = {str(state): value for state, value in expected.as_dict(index).items()}
        assert _are_equal(answer, wanted, 0 if intent.is_seeded else TOLERANCE), intent


def _are_equal(one: dict[str, float], other: dict[str, float], tolerance: float) -> bool:
    if list(one) != list(other):
        return False
    distance = np.abs(np.subtract(list(one.values()), list(other.values())))
    return bool(distance.max(initial=0.0) <= tolerance)


def wrong_answers(dealt: list[Intent], told: dict[str, Answer], right: Answers) -> list[Fault]:
    """Return what is wrong with what the clients have got."""
    found = []
    for each in dealt:
        answer = told.get(each.name)
        if answer is None:
            found.append(Fault("lost", f"{each.name}: no answer"))
        elif "error" in answer:
            found.append(Fault("lost", f"{each.name}: {answer['error']}"))
        elif not _is_right(each, answer, right[each.distinct]):
            found.append(Fault("different", f"{each.name}: another answer than undisturbed"))
    return found


def _is_right(intent: Intent, found: Answer, right: Answer) -> bool:
    if intent.is_seeded:
        return (found["answer"], found["result"]) == (right["answer"], right["result"])
    answers, wanted = (list(json.loads(each["answer"]).values()) for each in (found, right))
    return len(answers) == len(wanted) and all(
        _are_equal(one, other, TOLERANCE) for one, other in zip(answers, wanted, strict=True)
    )


def wrong_rows(place: str, dealt: list[Intent], told: dict[str, Answer]) -> list[Fault]:
    """Return what is wrong in the database: what is there twice or not at all, and damage."""
    found = []
    jobs = rows_of(place, "SELECT name, id, circuits FROM jobs")
    names = Counter(name for name, _, _ in jobs)
    for name, count in names.items():
        if count > 1:
            found.append(Fault("doubled", f"{name}: {count} jobs"))
    unknown = names.keys() - {each.name for each in dealt}
    found += [Fault("doubled", f"{name}: nobody asked for it") for name in unknown]
    ids = {name: id_ for name, id_, _ in jobs}
    for name, each in told.items():
        if "id" in each and ids.get(name) != each["id"]:
            text = f"{name}: the client says {each['id']}, the database {ids.get(name)}"
            found.append(Fault("lost", text))
    found += _wrong_counts(place, {id_: circuits for _, id_, circuits in jobs})
    command = [sys.executable, "-m", "paultrap", "db", "check"]
    environment = os.environ | {"PAULTRAP_DATABASE": place}
    checked = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    if checked.returncode:
        found.append(Fault("damaged", f"paultrap db check: {checked.stdout}{checked.stderr}"))
    return found


def _wrong_counts(place: str, circuits: dict[str, int]) -> list[Fault]:
    """Return where a circuit of a job is not there once, in the usage or among its answers."""
    counted = {
        "usage": "SELECT job_id, circuits FROM executions",
        "chunks": "SELECT job_id, sum(stop - first)::int FROM chunks GROUP BY job_id",
        "answers": "SELECT job_id, sum(stop - first)::int FROM result_slices GROUP BY job_id",
    }
    found = []
    for what, query in counted.items():
        rows = rows_of(place, query)
        sums: Counter[str] = Counter()
        for job_id, count in rows:
            sums[job_id] += count
        for job_id in circuits.keys() | sums.keys():
            wanted, there = circuits.get(job_id, 0), sums[job_id]
            if there != wanted:
                kind = "doubled" if there > wanted else "lost"
                text = f"{job_id}: {there} circuits in its {what}, of {wanted}"
                found.append(Fault(kind, text))
    return found
