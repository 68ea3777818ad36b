"""Generated modules of QIR: what the reader makes of them beside Qiskit, and of damaged ones.

`make fuzz` reads as many as it is told to, from a seed of its own.
"""

import random
from collections import Counter

import pytest
from independent.branches import branches
from unit.languages.fuzzing.grammar import Choices, Tally
from unit.languages.fuzzing.qir import FAULTS, GATES, Module
from unit.languages.test_grammars import PROGRAMS, SEED, differ

from paultrap.engine import simulate
from paultrap.languages import ProgramError, ProgramLimits
from paultrap.languages.qir import read_qir

PLACES = r"instruction \d+, |the instruction \"|the program has a loop"
LEAST = 5 if not 0 < PROGRAMS < 200 else 0


def choices_of(index, tally):
    return Choices(random.Random(f"qir {SEED} {index}"), tally)


def wanted_of(module):
    circuit, bits = module.circuit
    found = {}
    for state, probability in branches(circuit).items():
        shown = sum(
            (state >> bit & 1) << place for place, bit in enumerate(bits) if bit is not None
        )
        found[shown] = found.get(shown, 0) + probability
    return found


def test_modules_mean_what_qiskit_makes_of_their_circuits():
    tally = Tally()
    for index in range(PROGRAMS or 200):
        choices = choices_of(index, tally)
        module = Module(choices)
        read = read_qir(module.bitcode, ProgramLimits())
        found = read.readout.of(simulate(read.program)).as_dict(0)
        assert not differ(found, wanted_of(module)), f"module {index}\n{module.text}"
        tally.counts.update(choices.used)
    assert {f"gate of QIR {name}" for name in GATES} <= set(tally.counts)
    assert tally.missing(tally.counts, LEAST) == {}


def test_faults_are_refused_by_their_instruction():
    tally = Tally()
    for index in range(min(PROGRAMS or 120, 2_000)):
        choices = choices_of(f"fault {index}", tally)
        module = Module(choices, faulty=True)
        with pytest.raises(ProgramError, match=PLACES):
            read_qir(module.bitcode, ProgramLimits())
        tally.counts.update(choices.used)
    assert {f"fault of QIR {kind}" for kind in FAULTS} <= set(tally.counts)


def test_damaged_bitcode_is_read_or_refused():
    results = Counter()
    for index in range(min(PROGRAMS or 60, 2_000)):
        rng = random.Random(f"damage {SEED} {index}")
        bitcode = bytearray(Module(choices_of(index, Tally())).bitcode)
        for _ in range(rng.randint(1, 4)):
            bitcode[rng.randrange(len(bitcode))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.2:
            del bitcode[rng.randrange(len(bitcode)) :]
        results[read_apart(bytes(bitcode))] += 1
    print(f"\ndamaged modules: {dict(results)}")  # noqa: T201


def read_apart(bitcode):
    """Return what becomes of bitcode in a process of its own, which LLVM may end."""
    from paultrap.languages import Language, Reading, read_program

    try:
        read_program(bitcode, Language.QIR, ProgramLimits(), Reading(20))
    except ProgramError as error:
        return "refused" if str(error) else "nothing said"
    return "read"
