"""Bodies that must be refused: (name, body, a fragment of the error's message or path).

The HTTP tests post the same bodies and expect a 4xx for each.
"""

import json

__all__ = ["MALFORMED"]

MALFORMED: list[tuple[str, bytes, str]] = []


def add(name: str, body: bytes | str, fragment: str) -> None:
    MALFORMED.append((name, body if isinstance(body, bytes) else body.encode(), fragment))


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


# The text itself.
add("empty body", b"", "JSON object")
add("only spaces", b"  \n ", "JSON object")
add("a list", b"[]", "JSON object")
add("a number", b"17", "JSON object")
add("a string", b'"input"', "JSON object")
add("byte order mark", b"\xef\xbb\xbf{}", "byte order mark")
add("UTF-16", '{"input":{}}'.encode("utf-16-le"), "not valid")
add("a NUL at the end", b'{"input":{"circuit":[]}}\0', "after the end")
add("two documents", b"{}{}", "after the end")
add("text after the end", b'{"input":{"circuit":[]}} x', "after the end")
add("cut after the brace", b"{", "expected a key")
add("cut in a key", b'{"inp', "string is not closed")
add("cut after a key", b'{"input"', 'expected ":"')
add("cut after the colon", b'{"input":', "input")
add("cut in the circuits", b'{"input":{"circuits":[{"circuit":[]},', "input.circuits[1]")
add("cut in a gate list", b'{"input":{"circuit":[{"gate":"h","target":0}', "not closed")
add("gate list closed by a brace", b'{"input":{"circuit":[}}', "input.circuit")
add("missing comma", b'{"target":"simulator" "input":{}}', 'expected "," or "}"')
add("comma before the brace", b'{"target":"simulator",}', "expected a key")
add("comma before the bracket", b'{"metadata":[1,]}', "metadata[1]")
add("two commas", b'{"a":1,,"b":2}', "expected a key")
add("single quotes", b"{'input':1}", "expected a key")
add("a bare key", b"{input:1}", "expected a key")
add("a comment", b'{"a":1 /* one */}', "expected")
add("NaN", b'{"shots":NaN}', "shots")
add("Infinity", b'{"shots":Infinity}', "shots")
add("minus Infinity", b'{"shots":-Infinity}', "shots")
add("leading zero", b'{"shots":0100}', "shots")
add("leading plus", b'{"shots":+1}', "shots")
add("bare fraction", b'{"shots":.5}', "shots")
add("bare point", b'{"shots":1.}', "shots")
add("bare exponent", b'{"shots":1e}', "shots")
add("hexadecimal", b'{"shots":0x10}', "shots")
add("a word", b'{"dry_run":True}', "dry_run")
add("half a word", b'{"dry_run":tru}', "dry_run")
add("invalid UTF-8", b'{"name":"\xff"}', "name")
add("overlong UTF-8", b'{"name":"\xc0\xaf"}', "name")
add("overlong UTF-8 of three bytes", b'{"name":"\xe0\x80\x80"}', "name")
add("a surrogate in UTF-8", b'{"name":"\xed\xa0\x80"}', "name")
add("beyond Unicode", b'{"name":"\xf4\x90\x80\x80"}', "name")
add("half a UTF-8 sequence", b'{"name":"\xe2\x82"}', "name")
add("lone high surrogate", b'{"name":"\\ud800"}', "name")
add("lone low surrogate", b'{"name":"\\udc00"}', "name")
add("two high surrogates", b'{"name":"\\ud800\\ud800"}', "name")
add("unknown escape", b'{"name":"\\x41"}', "name")
add("short escape", b'{"name":"\\u12"}', "name")
add("control character", b'{"name":"a\nb"}', "name")
add("NUL in a string", b'{"name":"a\0b"}', "name")
add("invalid UTF-8 in a key", b'{"\xff":1}', "not UTF-8")
add("deep lists", b'{"metadata":' + b"[" * 100 + b"]" * 100 + b"}", "deeper than 64")
add("deep objects", b'{"a":' * 100 + b"1" + b"}" * 100, "deeper than 64")
add("very deep, never closed", b'{"a":' + b"[" * 100_000, "deeper than 64")
add("a long number", b'{"shots":' + b"9" * 5_000 + b"}", "too long")
add("keys that disagree", b'{"shots":1,"shots":2}', "shots")
add("inputs that disagree", '{"input":{"circuit":[]},"input":{"circuit":[1]}}', "input")
add("keys that disagree by an escape", '{"shots":1,"sh\\u006fts":2}', "twice")
add("gate lists that disagree", job('{"circuit":[],"circuit":[1]}'), "input.circuit")
add("nested keys that disagree", b'{"metadata":{"a":{"b":"1","b":"2"}}}', "metadata.a.b")
add(
    "many keys, one twice",
    job("{" + ",".join(f'"k{i}":{i}' for i in [*range(40), 7]) + ',"k7":8}'),
    "input.k7",
)
add("a key of control characters", b'{"a\\n\\u007fb":nope}', "a??b")
add("deep keys of some length", (b'{"' + b"k" * 300 + b'":') * 60, "kkk...")
add("input and body", b'{"input":{"circuit":[]},"body":{"circuit":[]}}', "not in both")

# The shape of the input.
add("no input", b'{"target":"simulator"}', "input")
add("input null", b'{"input":null}', "input")
add("input a number", job("5"), "input")
add("input a string", job('"circuit"'), "input")
add("input true", job("true"), "input")
add("input without circuits", job('{"qubits":2}'), "input.circuit")
add("circuit null", job('{"qubits":2,"circuit":null}'), "input.circuit")
add("circuit a string", job('{"circuit":"h 0"}'), "input.circuit")
add("circuit a number", job('{"circuit":7}'), "input.circuit")
add("circuit an object", job('{"circuit":{"gate":"h","target":0}}'), "input.circuit")
add("circuits null", job('{"circuits":null}'), "input.circuit")
add("circuits an object", job('{"circuits":{"circuit":[]}}'), "input.circuits")
add("circuits a string", job('{"circuits":"none"}'), "input.circuits")
add("circuits empty", job('{"circuits":[]}'), "input.circuits")
add("the list form empty", job("[]"), "input")
add("both circuit and circuits", job('{"circuit":[],"circuits":[{"circuit":[]}]}'), "not both")
add("both, with an empty list", job('{"circuit":[],"circuits":[]}'), "not both")
add("both, circuit not a list", job('{"circuit":5,"circuits":[{"circuit":[]}]}'), "not both")
add("an entry null", job('{"circuits":[null]}'), "input.circuits[")
add("an entry a number", job('{"circuits":[{"circuit":[]},5]}'), "input.circuits[")
add("an entry a gate list", job('{"circuits":[[{"gate":"h","target":0}]]}'), "input.circuits[")
add(
    "an entry without a circuit",
    job('{"circuits":[{"circuit":[]},{"name":"a"}]}'),
    "input.circuits[1].circuit",
)
add(
    "an entry with a null circuit",
    job('{"circuits":[{"circuit":null}]}'),
    "input.circuits[0].circuit",
)
add(
    "an entry with a text circuit",
    job('{"circuits":[{"circuit":[]},{"circuit":"h"}]}'),
    "input.circuits[1].circuit",
)
add("an entry with circuits", job('[{"circuits":[{"circuit":[]}]}]'), "input[0].circuits")
add("list form, entry a number", job("[5]"), "input[")
add("list form, no circuit", job('[{"circuit":[]},{"qubits":1}]'), "input[1].circuit")
add("list form, bad gate", job('[{"circuit":[{"gate":"q"}]}]'), "input[0].circuit[0].gate")
add("body alias, bad gate", '{"body":{"circuit":[{"gate":"q"}]}}', "body.circuit[0].gate")
add("body alias, no circuit", '{"body":{"qubits":1}}', "body.circuit")
add("name a number", job('{"circuits":[{"name":5,"circuit":[]}]}'), "input.circuits[")
add("gateset unknown", job('{"gateset":"clifford","circuit":[]}'), "input.gateset")
add("gateset a number", job('{"gateset":1,"circuit":[]}'), "input.gateset")
add("gateset upper case", job('{"gateset":"QIS","circuit":[]}'), "input.gateset")
add(
    "an entry's gateset unknown",
    job('{"circuits":[{"gateset":"","circuit":[]}]}'),
    "input.circuits[0].gateset",
)
add("format qir", job('{"format":"qir","data":"QkM="}'), "input.format")
add("format qasm", job('{"format":"qasm","data":"qreg q[1];"}'), "input.format")
add("format openqasm", job('{"format":"openqasm","data":""}'), "input.format")
add("format quipper", job('{"format":"quipper","circuit":[]}'), "input.format")
add("format unknown", job('{"format":"ionq.circuit.v9","circuit":[]}'), "input.format")
add("format a number", job('{"format":1,"circuit":[]}'), "input.format")
add("list form, format unknown", job('[{"format":"qir","circuit":[]}]'), "input[0].format")
add("OpenQASM as data", job('{"data":"OPENQASM 3.0;"}'), "input.data")
for _name, _qubits in {
    "zero": "0",
    "negative": "-3",
    "a fraction": "1.5",
    "a word": '"three"',
    "an empty string": '""',
    "a fraction as text": '"2.0"',
    "a sign as text": '"-2"',
    "foreign digits": '"\u0663"',
    "true": "true",
    "a list": "[3]",
    "an object": "{}",
    "over the limit": "30",
    "over the limit as text": '"30"',
    "large": "1e300",
    "too large for a double": "1e999",
    "larger than a word": "9" * 30,
    "long": "9" * 900,
    "long as text": '"' + "9" * 9_000 + '"',
}.items():
    add(f"qubits {_name}", job(f'{{"qubits":{_qubits},"circuit":[]}}'), "input.qubits")
add(
    "an entry's qubits zero",
    job('{"circuits":[{"qubits":0,"circuit":[]}]}'),
    "input.circuits[0].qubits",
)
add(
    "an entry's qubits over the limit",
    job('{"circuits":[{"qubits":99,"circuit":[]}]}'),
    "PAULTRAP_MAX_QUBITS",
)
add("list form, qubits negative", job('[{"qubits":-1,"circuit":[]}]'), "input[0].qubits")

# Limits.
add(
    "too many circuits",
    job('{"circuits":[' + ",".join(['{"circuit":[]}'] * 5_001) + "]}"),
    "PAULTRAP_MAX_CIRCUITS",
)
add(
    "too many circuits, list form",
    job("[" + ",".join(['{"circuit":[]}'] * 5_001) + "]"),
    "PAULTRAP_MAX_CIRCUITS",
)
add(
    "too many entries of nothing",
    job('{"circuits":[' + ",".join(["{}"] * 200_000) + "]}"),
    "PAULTRAP_MAX_CIRCUITS",
)
_h = '{"gate":"h","target":0}'
add("too many gates", job('{"circuit":[' + ",".join([_h] * 150_001) + "]}"), "PAULTRAP_MAX_GATES")
add(
    "too many gates in unusual spelling",
    job(
        '{"circuits":[{"circuit":[{"gate":"\\u0068","target":0}]},{"circuit":['
        + ",".join([_h] * 150_000)
        + "]}]}"
    ),
    "PAULTRAP_MAX_GATES",
)

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
pauliexp("with a rotation", "rotation", rotation=1)
pauliexp("with a repeated target", "targets", targets=[0, 0])
pauliexp("with a control among the targets", "control", control=1)
