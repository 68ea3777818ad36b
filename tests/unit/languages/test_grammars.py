"""Generated programs: what the reader makes of them beside a plain machine and beside Qiskit.

`make fuzz` reads as many as it is told to, from a seed of its own.
"""

import os
import random
import re
from collections import Counter

import pytest
from independent.branches import branches
from qiskit import QuantumCircuit, qasm2
from unit.languages.fuzzing import expressions, machine, mutations, version2
from unit.languages.fuzzing.grammar import Choices, Tally
from unit.languages.fuzzing.version3 import program as version3
from unit.languages.fuzzing.version3.assignments import COMPOUND
from unit.languages.programs import distribution, read

from paultrap.languages import ProgramError

PROGRAMS = int(os.environ.get("PAULTRAP_TEST_FUZZ_PROGRAMS", "0"))
LEAST = 20 if not 0 < PROGRAMS < 440 else 0  # of each production
SEED = int(os.environ.get("PAULTRAP_TEST_FUZZ_SEED", "11"))
ACCURACY = 1e-9

# What is wrong with a program as a whole, and not with a line of it.
OF_THE_WHOLE = re.compile(
    r"the program is empty|the program declares no qubits|the program has \d+ classical bits|"
    r"break, continue or return outside|OPENQASM .* is not supported|"
    r"the program measures or resets qubits before its end|"
    r"the program cannot be read|the program does not follow the syntax"
)


FAULTS = {f"fault {kind}" for kind in (*mutations.KINDS, *mutations.OF_MEANING)}
PRODUCTIONS = {
    *(f"operator {symbol}" for symbol in expressions.MEANINGS),
    *(f"operator {symbol} before" for symbol in "-!"),
    *(f"function {name}" for name in expressions.FUNCTIONS),
    *(f"constant {name}" for name in expressions.CONSTANTS),
    *(f"gate {name}" for name in machine.GATES),
    *(f"compound {symbol}" for symbol in COMPOUND),
}


def choices_of(index, tally):
    return Choices(random.Random(f"{SEED} {index}"), tally)


def shown(text):
    return "\n".join(f"{number:3} {line}" for number, line in enumerate(text.split("\n"), 1))


def differ(found, wanted):
    return max(abs(found.get(key, 0) - wanted.get(key, 0)) for key in {*found, *wanted}) > ACCURACY


def check(index, text, wanted, choices, tally):
    """Hold the reader to a distribution, or with None to a refusal, and count the productions."""
    found, refusal = answer_to(text)
    if wanted is None:
        assert re.match(r"line \d+, column \d+: ", refusal or ""), (
            f"program {index}: {refusal}\n{shown(text)}"
        )
        return
    assert refusal is None, f"program {index} is refused: {refusal}\n{shown(text)}"
    assert not differ(found, wanted), f"program {index}: {found} {wanted}\n{shown(text)}"
    tally.counts.update(choices.used)


def answer_to(text):
    try:
        return distribution(text), None
    except ProgramError as error:
        return {}, str(error)


def count(name, results, tally):
    print(f"\n{name}: {dict(results)}, {len(tally.counts)} productions, ")  # noqa: T201
    print("the rarest:", tally.counts.most_common()[:-9:-1])  # noqa: T201
    assert results["judged"] > 0.9 * results.total()
    assert tally.missing(tally.counts, LEAST) == {}


def test_programs_of_version_3_mean_what_a_plain_machine_makes_of_them():
    tally, results = Tally(), Counter()
    for index in range(PROGRAMS or 440):
        choices = choices_of(index, tally)
        program = version3.Program(choices)
        try:
            wanted = program.run()
        except machine.NoValueError:
            results["no value"] += 1
            wanted = None
        except machine.TooLargeError:
            results["too large"] += 1
            continue
        else:
            results["judged"] += 1
        check(index, program.text, wanted, choices, tally)
    assert set(tally.counts) >= PRODUCTIONS
    count("version 3", results, tally)


def test_programs_of_version_2_mean_what_qiskit_makes_of_them():
    tally, results = Tally(), Counter()
    for index in range(PROGRAMS or 180):
        choices = choices_of(index, tally)
        text = version2.Program(choices).text
        circuit = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
        results["judged"] += 1
        check(index, text, of_circuit(circuit), choices, tally)
    assert {f"gate 2 {name}" for name in version2.GATES} <= set(tally.counts)
    count("version 2", results, tally)


def of_circuit(circuit):
    """Return the distribution of a circuit's bits; of all qubits where it measures nothing."""
    steps = []
    for step in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in step.qubits]
        clbits = [circuit.find_bit(clbit).index for clbit in step.clbits]
        if step.operation.name != "if_else":
            steps.append((step.operation, qubits, clbits))
        elif step.operation.condition[1] == 0:  # of a register that nothing is measured into
            block = step.operation.blocks[0]
            for inner in block.data:
                places = [block.find_bit(qubit).index for qubit in inner.qubits]
                steps.append((inner.operation, [qubits[place] for place in places], []))
    size = circuit.num_qubits
    is_measured = any(operation.name == "measure" for operation, _, _ in steps)
    found = QuantumCircuit(size, circuit.num_clbits if is_measured else size)
    for step in steps:
        found.append(*step)
    if not is_measured:
        found.measure(range(size), range(size))
    return branches(found)


@pytest.mark.parametrize("version", [version2, version3])
def test_programs_with_faults_are_refused_by_their_line_or_read(version):
    tally, results = Tally(), Counter()
    for index in range(PROGRAMS or 120):
        text = version.Program(choices_of(index, tally)).text
        for _ in range(3):
            choices = choices_of(f"{index} {results.total()}", tally)
            fault = mutations.mutated(text, choices)
            tally.counts.update(choices.used)
            try:
                read(fault, gates=2_000, qubits=12)
            except ProgramError as error:
                results[type(error).__name__] += 1
                check_place(str(error), fault)
            except BaseException:
                print(shown(fault))  # noqa: T201
                raise
            else:
                results["read"] += 1
    count_faults(results)
    assert tally.missing(tally.counts.keys() & FAULTS, LEAST) == {}


def check_place(message, text):
    found = re.match(r"line (\d+)(?:, column (\d+))?: .", message)
    if found is None:
        assert OF_THE_WHOLE.match(message), f"{message}\n{shown(text)}"
    else:
        lines = text.split("\n")
        assert 1 <= int(found[1]) <= len(lines), f"{message}\n{shown(text)}"
        line = lines[int(found[1]) - 1]
        assert 1 <= int(found[2] or 1) <= len(line) + 1, f"{message}\n{shown(text)}"


def count_faults(results):
    print(f"\nfaults: {dict(results)}")  # noqa: T201
    assert results["read"] < 0.7 * results.total()
