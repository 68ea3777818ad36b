"""Processes that read programs and ansätze: bounded, told apart, and gone when they are to be."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from harness.waiting import until

from paultrap.languages import (
    READERS,
    Language,
    ParameterCountError,
    ProgramError,
    ProgramLimits,
    ReaderError,
    Reading,
    __main__,
    read_bound,
    read_program,
    readers,
)
from paultrap.languages.isolation import Answer, Request
from paultrap.languages.qasm.ansatz import Ansatz
from paultrap.languages.qasm.reading import read_qasm

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
LIMITS = ProgramLimits(steps_per_gate=2)
# Correct, and deeply nested: the parser is at it for longer than any test waits.
SLOW = f"{HEADER}qubit q;" + f"rx({'sin(' * 990}1{')' * 990}) q;" * 13


@pytest.fixture(autouse=True)
def _resume():
    yield
    READERS.resume()


def group_of(source):
    """Return the ids of the live processes in the group of a source."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(group) == source and state != "Z":
            found.append(int(stat.parent.name))
    return found


def has_ended(process):
    """Return whether a process that nobody has waited for has ended, and its descriptors are closed."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_lessons_of_the_parser_are_programs():
    read_qasm(__main__._LESSON, ProgramLimits())
    Ansatz(__main__._BOUND_LESSON).gates([0.1], LIMITS)
    Ansatz(__main__._INPUT_LESSON).gates([0.1, 0.2], LIMITS)


def test_an_ansatz_is_read_as_here():
    text = f"{HEADER}input float a; qubit[2] q; ry(a / 2) q[0]; cx q[0], q[1];"
    width, gates = Ansatz(text).gates([0.3], LIMITS)
    found = read_bound(text, [0.3], LIMITS, Reading(60))
    assert (found.n_circuits, found.widths[0], found.n_gates) == (1, width, len(gates))
    assert found.opcodes.tolist() == [gate.opcode for gate in gates]
    assert found.params.tolist() == [0.15]


def test_another_number_of_values_is_told_apart_with_the_names():
    text = f"{HEADER}input float a; input float b; qubit q; rx(a + b) q;"
    with pytest.raises(ParameterCountError, match="2 parameters: a, b") as refusal:
        read_bound(text, [0.1], LIMITS, Reading(60))
    assert refusal.value.names == ["a", "b"]


def test_what_reads_a_program_has_no_password_and_no_key(monkeypatch):
    for name in ("PAULTRAP_DATABASE", "paultrap_database", "PAULTRAP_API_KEY"):
        monkeypatch.setenv(name, f"the s3cret of {name}")
    monkeypatch.setenv("PAULTRAP_ISA", "baseline")
    READERS.stop()  # Those that are there have the environment of before.
    READERS.resume()
    read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, Reading(60))

    # What it forks has the same.
    environment = Path(f"/proc/{READERS._source.pid}/environ").read_bytes()
    assert b"s3cret" not in environment
    assert b"PAULTRAP_ISA=baseline" in environment


def test_an_ansatz_has_its_own_budget_of_steps():
    gates = "gate nothing p { }\ngate g0 p { nothing p; nothing p; }\n"
    text = f"{HEADER}{gates}qubit q; {'g0 q; ' * 5200}"
    with pytest.raises(ProgramError, match="more than 10200 steps"):
        read_bound(text, [], ProgramLimits(gates=100, steps_per_gate=2), Reading(60))


def test_an_ansatz_is_read_for_so_long_and_no_longer():
    with pytest.raises(ProgramError, match=r"more than 0\.3 seconds"):
        read_bound(SLOW, [], LIMITS, Reading(0.3))


def test_where_no_process_can_be_started_it_is_no_fault_of_the_program(monkeypatch):
    monkeypatch.setattr(readers.sys, "executable", "/no/such/python")
    monkeypatch.setattr("paultrap.languages.isolation.READERS", readers.Readers())
    with pytest.raises(ReaderError, match="No such file"):
        read_bound(f"{HEADER}qubit q;", [], LIMITS, Reading(60))


def test_what_takes_long_gives_way_to_others():
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(read_bound, SLOW, [], LIMITS, Reading(60))
        until(lambda: READERS._source is not None)
        source = READERS._source.pid

        def niceness():
            return {os.getpriority(os.PRIO_PROCESS, pid) for pid in group_of(source)}

        polite = min(os.getpriority(os.PRIO_PROCESS, 0) + __main__._NICE, 19)
        until(lambda: polite in niceness())
        READERS.stop()
        with pytest.raises(ReaderError, match="the server stops"):
            slow.result(60)


def test_stopping_ends_all_that_read_and_says_so_and_nothing_is_read_until_they_resume():
    with ThreadPoolExecutor(3) as pool:
        programs = [
            pool.submit(read_program, SLOW.encode(), Language.QASM, ProgramLimits(), Reading(60))
            for _ in range(2)
        ]
        ansatz = pool.submit(read_bound, SLOW, [], LIMITS, Reading(60))
        until(lambda: READERS._source is not None)
        source = READERS._source.pid
        until(lambda: len(group_of(source)) >= 4)
        READERS.stop()
        until(lambda: group_of(source) == [])
        for each in (*programs, ansatz):
            with pytest.raises(ReaderError, match="the server stops"):
                each.result(60)
    with pytest.raises(ReaderError, match="the server stops"):
        read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, Reading(60))
    READERS.resume()
    assert read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, Reading(60)).n_gates == 1


def test_one_that_is_given_up_ends_and_others_go_on():
    READERS.stop()  # What another test has given up may still be there.
    READERS.resume()
    given_up, other = Reading(60), Reading(60)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(read_bound, SLOW, [], LIMITS, given_up)
        until(lambda: READERS._source is not None)
        source = READERS._source.pid
        # The source, that which reads, and that which waits in its place.
        until(lambda: len(group_of(source)) == 3)
        before = set(group_of(source))
        kept = pool.submit(read_bound, SLOW, [], LIMITS, other)
        until(lambda: len(group_of(source)) == 4)
        given_up.stop()
        with pytest.raises(ReaderError, match="nobody waits"):
            slow.result(60)
        until(lambda: len(group_of(source)) == 3)
        assert len(before - set(group_of(source))) == 1
        assert not kept.done()
        other.stop()
        with pytest.raises(ReaderError, match="nobody waits"):
            kept.result(60)
    assert read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, Reading(60)).n_gates == 1


def test_what_is_given_up_before_it_is_read_is_not_read():
    reading = Reading(60)
    reading.stop()
    with pytest.raises(ReaderError, match="nobody waits"):
        read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, reading)


def test_those_of_a_source_that_was_killed_are_ended_too():
    read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, Reading(60))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(read_bound, SLOW, [], LIMITS, Reading(60))
        source = READERS._source.pid
        until(lambda: len(group_of(source)) >= 3)
        os.kill(source, signal.SIGKILL)
        until(lambda: has_ended(source))
        # The process for the next takes one more; for that after it there is a new source.
        for _ in range(2):
            assert read_bound(f"{HEADER}qubit q; x q;", [], LIMITS, Reading(60)).n_gates == 1
        assert READERS._source.pid != source
        assert group_of(source)
        READERS.stop()
        until(lambda: group_of(source) == [])
        with pytest.raises(ReaderError):
            slow.result(60)


LATE = f"""#!{sys.executable}
from paultrap.languages import __main__ as source
select = source.select.select
def late(reading, writing, failing, seconds):
    if seconds != source._SOON_S:
        return select(reading, writing, failing, seconds)
    select(reading, writing, failing)
    return [], [], []
source.select.select = late
source.main()
"""


def test_one_that_is_done_in_the_moment_when_another_takes_its_place_takes_no_more(
    tmp_path, monkeypatch
):
    script = tmp_path / "late"
    script.write_text(LATE)
    script.chmod(0o700)
    monkeypatch.setattr(readers.sys, "executable", str(script))
    started = readers.Readers()
    try:
        with started.connect() as connection:
            source = started._source.pid
            children = Path(f"/proc/{source}/task/{source}/children")
            [first] = until(lambda: children.read_text().split())
            request = Request(f"{HEADER}qubit q; x q;".encode(), Language.QASM, LIMITS, 60)
            connection.sendall(msgspec.msgpack.encode(request))
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").read()
        assert msgspec.msgpack.decode(answer, type=Answer).error is None
        until(lambda: len(left := children.read_text().split()) == 1 and first not in left)
    finally:
        started.stop()


SERVER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from paultrap.languages import READERS, ProgramLimits, Reading, read_bound
pool = ThreadPoolExecutor(2)
for _ in range(2):
    pool.submit(read_bound, sys.argv[1], [], ProgramLimits(), Reading(60))
while READERS._source is None:
    pass
print(READERS._source.pid, flush=True)
sys.stdin.read()
"""


def test_they_end_with_a_process_that_is_killed():
    command = [sys.executable, "-c", SERVER, SLOW]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        source = int(server.stdout.readline())
        until(lambda: len(group_of(source)) >= 4)
        server.kill()
    until(lambda: group_of(source) == [])
