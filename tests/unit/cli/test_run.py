"""`paultrap run`: a job file without a server."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOUNDING = Path(__file__).parents[3] / "examples" / "founding_example.json"
BAD_GATE = '{"input":{"qubits":1,"circuit":[{"gate":"frobnicate","target":0}]}}'


def test_a_file_is_drawn_with_qubit_0_at_the_right(paultrap):
    done = paultrap("run", FOUNDING)
    assert done.code == 0
    assert done.error == ""
    rows = [line.split() for line in done.out.splitlines()]
    assert [(row[0], row[-1]) for row in rows] == [
        ("circuit", "1"),
        ("001", "1.000000"),
        ("circuit", "2"),
        ("000", "0.500000"),
        ("110", "0.500000"),
    ]


@pytest.mark.parametrize("more", [{}, {"shots": 9, "noise": {"model": "aria-1"}}])
def test_a_dry_run_says_that_it_has_no_results(paultrap, more):
    job = json.loads(FOUNDING.read_text()) | {"dry_run": True} | more
    done = paultrap("run", "-", stdin=json.dumps(job))
    assert (done.code, done.out, done.error) == (0, "", "a dry run has no results.\n")


def test_bars_are_relative_to_the_likeliest_state(paultrap):
    third = 2 * math.asin(math.sqrt(1 / 3))
    job = {"input": {"qubits": 1, "circuit": [{"gate": "ry", "target": 0, "rotation": third}]}}
    done = paultrap("run", "-", stdin=json.dumps(job))
    rows = [line.split() for line in done.out.splitlines()[1:]]
    assert [(row[0], row[1]) for row in rows] == [("0", "█" * 40), ("1", "█" * 20)]


def test_single_precision_is_a_choice(paultrap):
    job = {"input": {"qubits": 1, "circuit": [{"gate": "ry", "target": 0, "rotation": 1.0}]}}
    exact = math.cos(0.5) ** 2
    answers = [
        json.loads(paultrap("run", "-", "--json", *flags, stdin=json.dumps(job)).out)["0"]
        for flags in ([], ["--precision", "single"], ["--precision", "double"])
    ]
    assert answers[0] == answers[2] == pytest.approx(exact, abs=1e-13)
    assert answers[1] == pytest.approx(exact, abs=1e-6)
    assert abs(answers[1] - exact) > 1e-12


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("noise", {"model": "nonesuch"}, "noise: there is no model"),
        ("target", "qpu.aria-2", "target"),
        ("backend", "simulater", "type: missing"),
    ],
)
def test_what_would_change_the_answer_is_refused_as_by_a_server(paultrap, field, value, named):
    job = {"input": {"qubits": 1, "circuit": []}, field: value}
    done = paultrap("run", "-", stdin=json.dumps(job))
    assert done.code == 1
    assert named in done.error
    assert done.out == ""


def test_standard_input_is_read_for_a_hyphen(paultrap):
    done = paultrap("run", "-", "--json", stdin=FOUNDING.read_text())
    assert done.code == 0
    assert json.loads(done.out) == [{"1": 1.0}, {"0": 0.5, "6": 0.5}]


def test_a_single_circuit_is_one_object(paultrap):
    job = '{"input":{"qubits":2,"circuit":[{"gate":"x","target":1}]}}'
    done = paultrap("run", "-", "--json", stdin=job)
    assert json.loads(done.out) == {"2": 1.0}


def test_timing_names_each_step_and_leaves_standard_output_alone(paultrap):
    done = paultrap("run", "--json", "--timing", FOUNDING)
    assert json.loads(done.out) == [{"1": 1.0}, {"0": 0.5, "6": 0.5}]
    steps = re.fullmatch(
        r"parse ([\d.]+) ms, plan ([\d.]+) ms, simulate ([\d.]+) ms, encode ([\d.]+) ms\n",
        done.error,
    )
    assert steps is not None
    assert all(float(step) > 0 for step in steps.groups())


def test_a_job_with_noise_is_sampled_and_its_seed_told(paultrap):
    gates = [{"gate": "h", "target": 0}]
    job = {"shots": 64, "noise": {"model": "aria-1"}, "input": {"qubits": 1, "circuit": gates}}
    done = paultrap("run", "-", "--json", "--seed", "9", stdin=json.dumps(job))
    assert done.code == 0
    assert done.error == "sampled with aria-1: 64 shots, seed 9\n"
    answer = json.loads(done.out)
    assert sum(answer.values()) == 1
    assert all((64 * p).is_integer() for p in answer.values())
    job["noise"]["seed"] = 9
    assert json.loads(paultrap("run", "-", "--json", stdin=json.dumps(job)).out) == answer


def test_a_bad_gate_is_named_in_one_line(paultrap):
    complaint = paultrap("run", "-", stdin=BAD_GATE).complaint()
    assert "standard input" in complaint
    assert "gate 0" in complaint
    assert "frobnicate" in complaint


def test_broken_json_is_one_line(paultrap):
    assert "not valid" in paultrap("run", "-", stdin="{").complaint()


def test_a_missing_file_is_one_line(paultrap):
    assert "No such file" in paultrap("run", "absent.json").complaint()


def test_a_circuit_that_does_not_fit_is_one_line(paultrap):
    job = '{"input":{"qubits":30,"circuit":[{"gate":"t","target":29}]}}'
    assert "29" in paultrap("run", "-", stdin=job).complaint()


def test_a_thread_count_of_zero_is_one_line(paultrap):
    assert "threads" in paultrap("run", FOUNDING, "--threads", "0").complaint(2)


def test_a_name_with_brackets_is_shown_as_it_is(paultrap):
    job = '{"input":{"qubits":1,"circuits":[{"name":"[/red] [bold]","circuit":[]}]}}'
    done = paultrap("run", "-", stdin=job)
    assert done.code == 0
    assert "[/red] [bold]" in done.out


def test_many_circuits_are_cut_with_a_word_on_how_to_see_all(paultrap):
    circuits = ",".join(['{"circuit":[]}'] * 20)
    done = paultrap("run", "-", stdin='{"input":{"qubits":1,"circuits":[' + circuits + "]}}")
    assert "circuit 7" in done.out
    assert "circuit 8" not in done.out
    assert "12 more circuits" in done.out


def test_a_process_that_gives_up_ends_with_code_1(process):
    assert "No such file" in process("run", "absent.json").complaint()


def test_the_limits_are_settings_as_the_refusal_says(paultrap):
    job = '{"input":{"qubits":30,"circuit":[{"gate":"t","target":0}]}}'
    assert "simulated up to 29 qubits" in paultrap("run", "-", stdin=job).complaint()
    wide = '{"input":{"qubits":3,"circuit":[]}}'
    limits = {"PAULTRAP_MAX_QUBITS": "1", "PAULTRAP_MAX_CLIFFORD_QUBITS": "2"}
    refused = paultrap("run", "-", stdin=wide, **limits).complaint()
    assert "the limit is 2 (PAULTRAP_MAX_CLIFFORD_QUBITS)" in refused


def test_of_many_states_the_likeliest_are_drawn_and_the_others_summed(paultrap):
    gates = '{"gate":"h","target":0},{"gate":"ry","target":4,"rotation":0.2}'
    gates += "".join(f',{{"gate":"h","target":{q}}}' for q in (1, 2, 3))
    done = paultrap("run", "-", stdin='{"input":{"qubits":5,"circuit":[' + gates + "]}}")
    rows = [line.split() for line in done.out.splitlines()][1:]
    likely = math.cos(0.1) ** 2 / 16
    assert [row[0] for row in rows[:-1]] == [f"{state:05b}" for state in range(16)]
    assert {row[-1] for row in rows[:-1]} == {f"{likely:.6f}"}
    assert rows[-1] == ["16", "more", "states", f"{math.sin(0.1) ** 2:.6f}"]


def test_a_bare_terminal_gets_a_drawing_too():
    job = '{"input":{"qubits":1,"circuits":[{"name":"naïve","circuit":[{"gate":"h","target":0}]}]}}'
    done = subprocess.run(
        [sys.executable, "-m", "paultrap", "run", "-"],
        input=job.encode(),
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=True,
    )
    title, *rows = done.stdout.decode("ascii").splitlines()
    assert title == "circuit 0: na?ve"
    assert [row.split() for row in rows] == [[state, "#" * 40, "0.500000"] for state in "01"]


@pytest.mark.parametrize(
    "words", [("frobnicate",), ("run",), ("run", FOUNDING, "--bogus"), ("keys", "revoke")]
)
def test_a_command_that_is_none_is_one_line_and_ends_with_code_2(paultrap, words):
    done = paultrap(*words)
    assert (done.code, done.out) == (2, "")
    (line,) = done.error.splitlines()
    assert line.startswith("paultrap: ")
    assert "--help" in line
