"""Bodies that must be refused: (name, body, a fragment of the error's message or path).

The HTTP tests post the same bodies and expect a 4xx for each.
"""

from unit.formats.malformed_gates import MALFORMED_GATES, job

__all__ = ["MALFORMED"]

MALFORMED: list[tuple[str, bytes, str]] = [*MALFORMED_GATES]


def add(name: str, body: bytes | str, fragment: str) -> None:
    MALFORMED.append((name, body if isinstance(body, bytes) else body.encode(), fragment))


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
