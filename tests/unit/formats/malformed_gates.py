"""Bodies with one gate that must be refused: (name, body, a fragment of the error's message or path)."""

import json

__all__ = ["MALFORMED_GATES", "job"]

MALFORMED_GATES: list[tuple[str, bytes, str]] = []


def add(name: str, body: bytes | str, fragment: str) -> None:
    MALFORMED_GATES.append((name, body if isinstance(body, bytes) else body.encode(), fragment))


def job(input_text: str) -> str:
    return '{"target":"simulator","input":' + input_text + "}"


def in_gate(name: str, gate: str, fragment: str, gateset: str = "qis") -> None:
    """Add a job whose second circuit has a bad second gate."""
    good = (
        '{"gate":"gpi","target":0,"phase":0}' if gateset == "native" else '{"gate":"h","target":0}'
    )
    text = (
        f'{{"qubits":3,"gateset":"{gateset}","circuits":'
        f'[{{"circuit":[{good}]}},{{"circuit":[{good},{gate}]}}]}}'
    )
    add(f"gate: {name}", job(text), fragment)


def in_field(name: str, gate: str, field: str, gateset: str = "qis") -> None:
    """Add such a job where the error must name the circuit, the gate and this field."""
    in_gate(name, gate, f"input.circuits[1].circuit[1].{field}", gateset)


# A gate list that is not one.
in_gate("a number", "5", "circuit 1, gate 1")
in_gate("a string", '"h"', "circuit 1, gate 1")
in_gate("null", "null", "circuit 1, gate 1")
in_gate("a list", '["h",0]', "circuit 1, gate 1")
in_gate("a nested list", "[[]]", "circuit 1, gate 1")
in_gate("missing", "", "input.circuits[1].circuit[1]")
in_gate("two commas", ',{"gate":"h","target":0}', "input.circuits[1].circuit[1]")
in_gate("not closed", '{"gate":"h","target":0', "input.circuits[1].circuit[1]")
in_gate(
    "deep", '{"gate":"h","target":0,"note":' + '{"a":' * 80 + "1" + "}" * 80 + "}", "deeper than 64"
)
in_gate("deep lists", "[" * 80 + "]" * 80, "deeper than 64")
_NAMES = [f'"n{i}":0' for i in range(1_001)]
in_gate(
    "unknown names without end",
    '{"gate":"h","target":0,' + ",".join(_NAMES) + "}",
    "circuit 1, gate 1: there are more than 1000 different names that are not known in the gates",
)
in_gate(
    "unknown names without end, one in each gate",
    ",".join(f'{{"gate":"h","target":0,{name}}}' for name in _NAMES),
    "circuit 1, gate 1001: there are more than 1000 different names that are not known",
)
in_field("NaN", '{"gate":"rx","target":0,"rotation":NaN}', "rotation")
in_field("Infinity", '{"gate":"rx","target":0,"rotation":Infinity}', "rotation")
in_field("invalid UTF-8", '{"gate":"\\udcff","target":0}', "gate")
add(
    "gate: bytes that are not UTF-8",
    b'{"input":{"circuit":[{"gate":"\xff","target":0}]}}',
    "input.circuit[0].gate",
)
add(
    "gate: a control character",
    b'{"input":{"circuit":[{"gate":"h\t","target":0}]}}',
    "input.circuit[0].gate",
)

# Names.
in_field("no name", '{"target":0}', "gate")
in_field("empty object", "{}", "gate")
in_field("name null", '{"gate":null,"target":0}', "gate")
in_field("name a number", '{"gate":5,"target":0}', "gate")
in_field("name a list", '{"gate":["h"],"target":0}', "gate")
in_field("name empty", '{"gate":"","target":0}', "gate")
in_field("unknown", '{"gate":"frobnicate","target":0}', "gate")
in_field("long unknown name", json.dumps({"gate": "x" * 100_000, "target": 0}), "gate")
in_gate("upper case", '{"gate":"CNOT","target":0,"control":1}', "did you mean cnot")
in_gate("a near name", '{"gate":"paulexp","target":0}', "did you mean pauliexp")
in_gate("cx", '{"gate":"cx","target":0,"control":1}', 'write "cnot"')
in_gate("cz", '{"gate":"cz","target":0,"control":1}', '"z" with "controls"')
in_gate("measure", '{"gate":"measure","target":0}', "leave it out")
in_gate("gpi in qis", '{"gate":"gpi","target":0,"phase":0}', "mixed gatesets")
in_gate("ms in qis", '{"gate":"ms","targets":[0,1],"phases":[0,0]}', "mixed gatesets")
in_gate("h in native", '{"gate":"h","target":0}', "mixed gatesets", "native")
in_gate("cnot in native", '{"gate":"cnot","target":0,"control":1}', "mixed gatesets", "native")
in_gate("alias in native", '{"gate":"sdg","target":0}', "mixed gatesets", "native")
in_field("unknown in native", '{"gate":"rxx","targets":[0,1]}', "gate", "native")

# Qubits.
in_field("no target", '{"gate":"h"}', "targets")
in_field("target null", '{"gate":"h","target":null}', "target")
in_field("targets empty", '{"gate":"h","targets":[]}', "targets")
in_field("target at the width", '{"gate":"h","target":3}', "target")
in_gate("target outside, in words", '{"gate":"h","target":8}', "outside the circuit's 3 qubits")
in_field("targets outside", '{"gate":"swap","targets":[0,3]}', "targets")
in_field("target of 100 digits", '{"gate":"h","target":' + "1" * 100 + "}", "target")
in_field("target of 5000 digits", '{"gate":"h","target":' + "1" * 5_000 + "}", "target")
in_field("target 2**64", '{"gate":"h","target":18446744073709551616}', "target")
in_field("target negative", '{"gate":"h","target":-1}', "target")
in_field("targets negative", '{"gate":"h","targets":[-1]}', "targets")
in_field("target a fraction", '{"gate":"h","target":0.5}', "target")
in_field("target 1e300", '{"gate":"h","target":1e300}', "target")
in_field("target 1e999", '{"gate":"h","target":1e999}', "target")
in_field("target a string", '{"gate":"h","target":"0"}', "target")
in_field("target true", '{"gate":"h","target":true}', "target")
in_field("target a list", '{"gate":"h","target":[0]}', "target")
in_field("target an object", '{"gate":"h","target":{}}', "target")
in_field("target with a leading zero", '{"gate":"h","target":01}', "target")
in_field("targets a number", '{"gate":"h","targets":0}', "targets")
in_field("targets with null", '{"gate":"h","targets":[null]}', "targets")
in_field("targets with true", '{"gate":"swap","targets":[0,true]}', "targets")
in_field("targets a string", '{"gate":"h","targets":"0"}', "targets")
in_field("two targets for h", '{"gate":"h","targets":[0,1]}', "targets")
in_field("one target for swap", '{"gate":"swap","targets":[0]}', "targets")
in_field("one target for xx", '{"gate":"xx","target":0,"rotation":1}', "target")
in_field("three targets for zz", '{"gate":"zz","targets":[0,1,2],"rotation":1}', "targets")
in_field("target twice", '{"gate":"swap","targets":[1,1]}', "targets")
in_field("target and targets differ", '{"gate":"h","target":0,"targets":[1]}', "targets")
in_field("cnot without control", '{"gate":"cnot","target":0}', "controls")
in_field("cnot with no controls", '{"gate":"cnot","target":0,"controls":[]}', "controls")
in_field("cnot with null control", '{"gate":"cnot","target":0,"control":null}', "control")
in_field("control is the target", '{"gate":"cnot","target":1,"control":1}', "control")
in_field("a control is a target", '{"gate":"swap","targets":[0,1],"controls":[2,1]}', "controls")
in_field("control twice", '{"gate":"x","target":0,"controls":[1,1]}', "controls")
in_field(
    "control and controls differ", '{"gate":"x","target":0,"control":1,"controls":[2]}', "controls"
)
in_field("control outside", '{"gate":"x","target":0,"control":3}', "control")
in_field("control negative", '{"gate":"x","target":0,"controls":[-2]}', "controls")
in_field("control a string", '{"gate":"x","target":0,"control":"1"}', "control")
in_field("controls an object", '{"gate":"x","target":0,"controls":{}}', "controls")
in_field("targets that disagree", '{"gate":"h","target":0,"target":1}', "target")
in_field("names that disagree", '{"gate":"h","gate":"x","target":0}', "gate")
in_field("names that disagree by an escape", '{"gate":"h","g\\u0061te":"x","target":0}', "gate")
in_field("other keys that disagree", '{"gate":"h","target":0,"note":1,"note":2}', "note")
add(
    "a qubit beyond the limit, none declared",
    job('{"circuit":[{"gate":"h","target":29}]}'),
    "PAULTRAP_MAX_QUBITS",
)
add(
    "a qubit outside one qubit",
    job('{"qubits":1,"circuit":[{"gate":"h","target":1}]}'),
    "outside the circuit's 1 qubit (",
)
add(
    "a qubit outside an entry's own width",
    job('{"qubits":5,"circuits":[{"qubits":2,"circuit":[{"gate":"h","target":2}]}]}'),
    "input.circuits[0].circuit[0].target",
)

# Angles.
for _gate in ("rx", "ry", "rz"):
    in_field(f"{_gate} without rotation", f'{{"gate":"{_gate}","target":0}}', "rotation")
for _gate in ("xx", "yy", "zz"):
    in_field(f"{_gate} without rotation", f'{{"gate":"{_gate}","targets":[0,1]}}', "rotation")
in_field("rotation null", '{"gate":"rx","target":0,"rotation":null}', "rotation")
in_field("rotation a string", '{"gate":"rx","target":0,"rotation":"0.5"}', "rotation")
in_field("rotation true", '{"gate":"rx","target":0,"rotation":true}', "rotation")
in_field("rotation a list", '{"gate":"rx","target":0,"rotation":[1]}', "rotation")
in_field("rotation 1e999", '{"gate":"rx","target":0,"rotation":1e999}', "rotation")
in_field("rotation -1e999", '{"gate":"rx","target":0,"rotation":-1e999}', "rotation")
in_field(
    "rotation of 400 digits", '{"gate":"rx","target":0,"rotation":' + "9" * 400 + "}", "rotation"
)
in_field(
    "rotation of 4000 digits", '{"gate":"rx","target":0,"rotation":' + "9" * 4_000 + "}", "rotation"
)
in_field("z with rotation 1e999", '{"gate":"z","target":0,"rotation":1e999}', "rotation")
in_field("h with a rotation", '{"gate":"h","target":0,"rotation":1}', "rotation")
in_field("cnot with a rotation", '{"gate":"cnot","target":0,"control":1,"rotation":1}', "rotation")
in_field("rx with a phase", '{"gate":"rx","target":0,"rotation":1,"phase":1}', "phase")
in_field("qis zz with an angle", '{"gate":"zz","targets":[0,1],"angle":1}', "angle")
in_field("gpi without phase", '{"gate":"gpi","target":0}', "phase", "native")
in_field(
    "gpi2 with a rotation",
    '{"gate":"gpi2","target":0,"phase":0,"rotation":1}',
    "rotation",
    "native",
)
in_field("gpi phase a string", '{"gate":"gpi","target":0,"phase":"0"}', "phase", "native")
in_field(
    "gpi with a control", '{"gate":"gpi","target":0,"phase":0,"control":1}', "control", "native"
)
in_field(
    "gpi with no controls",
    '{"gate":"gpi","target":0,"phase":0,"controls":[]}',
    "controls",
    "native",
)
in_field("nop without targets", '{"gate":"nop"}', "targets", "native")
in_field("ms without phases", '{"gate":"ms","targets":[0,1]}', "phases", "native")
in_field("ms with one phase", '{"gate":"ms","targets":[0,1],"phases":[0]}', "phases", "native")
in_field(
    "ms with three phases", '{"gate":"ms","targets":[0,1],"phases":[0,0,0]}', "phases", "native"
)
in_field("ms phases a number", '{"gate":"ms","targets":[0,1],"phases":0.5}', "phases", "native")
in_field(
    "ms phases with null", '{"gate":"ms","targets":[0,1],"phases":[0,null]}', "phases", "native"
)
in_field(
    "ms angle a string",
    '{"gate":"ms","targets":[0,1],"phases":[0,0],"angle":"1"}',
    "angle",
    "native",
)
in_field("ms with one target", '{"gate":"ms","targets":[0],"phases":[0,0]}', "targets", "native")
in_field("native zz without angle", '{"gate":"zz","targets":[0,1]}', "angle", "native")
in_field(
    "native zz with two angles",
    '{"gate":"zz","targets":[0,1],"angle":0.1,"phase":0.2}',
    "angle",
    "native",
)
in_field(
    "native zz with rotation", '{"gate":"zz","targets":[0,1],"rotation":0.2}', "rotation", "native"
)


def pauliexp(name: str, field: str, **changes: object) -> None:
    gate = {
        "gate": "pauliexp",
        "targets": [0, 1],
        "terms": ["XX", "ZI"],
        "coefficients": [1, -0.5],
        "time": 0.5,
    }
    gate.update(changes)
    kept = {key: value for key, value in gate.items() if value != "absent"}
    in_field(f"pauliexp {name}", json.dumps(kept), field)


pauliexp("without targets", "targets", targets="absent")
pauliexp("without terms", "terms", terms="absent")
pauliexp("without coefficients", "coefficients", coefficients="absent")
pauliexp("without time", "time", time="absent")
pauliexp("with negative time", "time", time=-0.1)
pauliexp("with time as text", "time", time="1")
pauliexp("with no terms", "terms", terms=[], coefficients=[])
pauliexp("with terms as text", "terms", terms="XX")
pauliexp("with a term that is a number", "terms", terms=["XX", 5])
pauliexp("with a short term", "terms", terms=["XX", "Z"])
pauliexp("with a long term", "terms", terms=["XX", "ZZZ"])
pauliexp("with an unknown letter", "terms", terms=["XX", "ZA"])
pauliexp("with a lower-case letter", "terms", terms=["XX", "zz"])
pauliexp("with a letter that is not ASCII", "terms", terms=["XX", "Z\u00e9"])
pauliexp("with one coefficient", "coefficients", coefficients=[1])
pauliexp("with three coefficients", "coefficients", coefficients=[1, 2, 3])
pauliexp("with a null coefficient", "coefficients", coefficients=[1, None])
pauliexp("too long for terms that do not commute", "time", time=7e5)
pauliexp("with coefficients too large for it", "time", coefficients=[1e308, -1e308])
pauliexp(
    "with a product too large for a double",
    "time",
    terms=["XX", "XX"],
    time=1e308,
    coefficients=[1, 7],
)
pauliexp("with a rotation", "rotation", rotation=1)
pauliexp("with a repeated target", "targets", targets=[0, 0])
pauliexp("with a control among the targets", "control", control=1)

# A zero byte at the end of a name must not read as the name without it.
in_gate("a zero byte after a key", '{"gate\0":"x","target":0}', "control character")
in_gate("a zero byte after a name", '{"gate":"x\0","target":0}', "control character")
