"""Random circuits in random spellings, with what each must be read as.

Gate facts are written here a second time, so that the reader's own table is not its judge.
"""

import json
from dataclasses import dataclass
from itertools import combinations
from math import isfinite

import networkx as nx
from hypothesis import strategies as st

from paultrap.circuits import Opcode

__all__ = ["ReadGate", "Spelled", "circuits", "jobs"]

QIS_FIXED = {
    "x": Opcode.X, "not": Opcode.X, "y": Opcode.Y, "z": Opcode.Z, "h": Opcode.H, "s": Opcode.S,
    "si": Opcode.SI, "sdg": Opcode.SI, "t": Opcode.T, "ti": Opcode.TI, "tdg": Opcode.TI,
    "v": Opcode.V, "sx": Opcode.V, "vi": Opcode.VI, "sxdg": Opcode.VI,
}  # fmt: skip
QIS_ROTATED = {
    "rx": Opcode.RX, "ry": Opcode.RY, "rz": Opcode.RZ,
    "x": Opcode.XPOW, "not": Opcode.XPOW, "y": Opcode.YPOW, "z": Opcode.ZPOW,
}  # fmt: skip
QIS_PAIRS = {"xx": Opcode.XX, "yy": Opcode.YY, "zz": Opcode.ZZ}
ANGLES = st.one_of(
    st.integers(-10, 10),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-7, 7),
)


@dataclass(frozen=True)
class ReadGate:
    """What a gate must be read as."""

    opcode: Opcode
    targets: tuple[int, ...]
    controls: tuple[int, ...]
    params: tuple[float, ...]


@dataclass(frozen=True)
class Spelled:
    """The text of a gate list, its circuit's facts, and its gates."""

    text: bytes
    native: bool
    width: int
    gates: tuple[ReadGate, ...]
    ordinary: bool


def can_be_computed(terms, coefficients, time):
    """Return whether a pauliexp keeps to the limits that docs/reference/quirks.md names."""
    weights = {k: abs(time * float(c)) for k, c in enumerate(coefficients) if c}
    graph = nx.Graph()
    graph.add_nodes_from(weights)
    graph.add_edges_from((j, k) for j, k in combinations(weights, 2) if anticommute(terms, j, k))
    linked = (part for part in nx.connected_components(graph) if len(part) > 1)
    return all(map(isfinite, weights.values())) and all(
        sum(weights[k] for k in part) <= 1e6 for part in linked
    )


def anticommute(terms, j, k):
    pairs = zip(terms[j], terms[k], strict=True)
    return sum(a != b and "I" not in (a, b) for a, b in pairs) % 2 == 1


@st.composite
def abstract_gates(draw, width, native):
    """Return a gate's fields, apart from its qubits' spelling, and what it must be read as."""
    order = draw(st.permutations(range(width)))
    kind = draw(
        st.sampled_from(
            ("gpi", "ms", "zz", "nop")
            if native
            else ("fixed", "rotated", "cnot", "pair", "pauliexp")
        )
    )
    if width == 1 and kind in ("ms", "zz", "pair", "cnot"):
        kind = "gpi" if native else "rotated"
    n_targets = 2 if kind in ("ms", "zz", "pair") else 1
    if kind in ("nop", "pauliexp"):
        n_targets = draw(st.integers(1, min(width, 4)))
    if kind == "fixed" and width > 1 and draw(st.booleans()):
        kind, n_targets = "swap", 2
    targets = tuple(order[:n_targets])
    least = 1 if kind == "cnot" else 0
    controls = (
        ()
        if native
        else tuple(
            order[
                n_targets : n_targets
                + draw(st.integers(least, max(least, min(5, width - n_targets))))
            ]
        )
    )
    fields, opcode, params = draw(angle_fields(kind, n_targets))
    return fields, ReadGate(opcode, targets, controls, tuple(float(p) + 0.0 for p in params))


@st.composite
def angle_fields(draw, kind, n_targets):
    if kind in ("fixed", "rotated", "pair"):
        table = {"fixed": QIS_FIXED, "rotated": QIS_ROTATED, "pair": QIS_PAIRS}[kind]
        name = draw(st.sampled_from(sorted(table)))
        if kind == "fixed":
            return {"gate": name}, table[name], ()
        angle = draw(ANGLES)
        return {"gate": name, "rotation": angle}, table[name], (angle,)
    if kind in ("swap", "cnot", "nop"):
        return {"gate": kind}, {"swap": Opcode.SWAP, "cnot": Opcode.X, "nop": Opcode.NOP}[kind], ()
    if kind == "gpi":
        name = draw(st.sampled_from(("gpi", "gpi2")))
        phase = draw(ANGLES)
        return {"gate": name, "phase": phase}, Opcode[name.upper()], (phase,)
    if kind == "zz":
        angle = draw(ANGLES)
        return (
            {"gate": "zz", draw(st.sampled_from(("angle", "phase"))): angle},
            Opcode.NATIVE_ZZ,
            (angle,),
        )
    if kind == "ms":
        phases = [draw(ANGLES), draw(ANGLES)]
        if draw(st.booleans()):
            return {"gate": "ms", "phases": phases}, Opcode.MS, (*phases, 0.25)
        angle = draw(ANGLES)
        return {"gate": "ms", "phases": phases, "angle": angle}, Opcode.MS, (*phases, angle)
    terms = draw(
        st.lists(st.text("IXYZ", min_size=n_targets, max_size=n_targets), min_size=1, max_size=4)
    )
    coefficients = [draw(ANGLES) for _ in terms]
    time = draw(st.one_of(st.integers(0, 9), st.floats(0, 1e9)))
    if not can_be_computed(terms, coefficients, time):
        time = 0
    codes = ["IXYZ".index(letter) for term in terms for letter in reversed(term)]
    fields = {"gate": "pauliexp", "terms": terms, "coefficients": coefficients, "time": time}
    return fields, Opcode.PAULIEXP, (time, *coefficients, *codes)


@st.composite
def spelled_gates(draw, width, native, ordinary):
    """Return a gate object's text and what it must be read as."""
    fields, gate = draw(abstract_gates(width, native))
    qubit = st.just if ordinary else lambda q: st.sampled_from((q, float(q)))
    for one, many, qubits in (
        ("target", "targets", gate.targets),
        ("control", "controls", gate.controls),
    ):
        single = len(qubits) == 1 and draw(st.booleans())
        if single:
            fields[one] = draw(qubit(qubits[0]))
        if not single and (qubits or (not native and draw(st.booleans()))):
            fields[many] = [draw(qubit(q)) for q in qubits]
        if not ordinary and single and draw(st.booleans()):
            fields[many] = list(qubits)
    if not ordinary:
        extras = {
            "note": ["a", {"b": None}],
            "label": "\u00e9\\",
            "phases": None,
            "id": 5,
            "controls": None,
        }
        for extra in draw(st.lists(st.sampled_from(sorted(extras)), max_size=2)):
            fields.setdefault(extra, extras[extra])
    items = draw(
        st.permutations([(key, _dump(draw, value, ordinary)) for key, value in fields.items()])
    )
    if not ordinary and draw(st.booleans()):
        items = [*items, draw(st.sampled_from(items))]
    space = draw(st.sampled_from(("", " ", "\n\t", "  \r\n")))
    members = [
        f"{_key(draw, key, ordinary)}{space if len(space) > 1 else ''}:{space}{value}"
        for key, value in items
    ]
    return "{" + space + f"{space},{space}".join(members) + space + "}", gate


def _dump(draw, value, ordinary):
    if isinstance(value, list):
        space = draw(st.sampled_from(("", " ")))
        return "[" + f",{space}".join(_dump(draw, item, ordinary) for item in value) + "]"
    if isinstance(value, float) and draw(st.booleans()):
        return (
            f"{value:.17e}"
            if draw(st.booleans())
            else f"{value:.16E}"
            if float(f"{value:.16E}") == value
            else repr(value)
        )
    if isinstance(value, str):
        return _key(draw, value, ordinary)
    return json.dumps(value)


def _key(draw, text, ordinary):
    if ordinary or not text or draw(st.booleans()):
        return json.dumps(text)
    at = draw(st.integers(0, len(text) - 1))
    return json.dumps(text[:at])[:-1] + f"\\u{ord(text[at]):04x}" + json.dumps(text[at + 1 :])[1:]


@st.composite
def circuits(draw, *, ordinary=None):
    """Return a `Spelled` circuit of up to 8 gates."""
    width = draw(st.integers(1, 29))
    native = draw(st.booleans())
    plain = draw(st.booleans()) if ordinary is None else ordinary
    gates = draw(st.lists(spelled_gates(width, native, plain), max_size=8))
    space = draw(st.sampled_from(("", " ", "\n")))
    text = "[" + space + f",{space}".join(text for text, _ in gates) + "]"
    return Spelled(text.encode(), native, width, tuple(gate for _, gate in gates), plain)


@st.composite
def jobs(draw):
    """Return a job's body, its circuits and whether it is a multicircuit job."""
    spelled = draw(st.lists(circuits(), min_size=1, max_size=5))
    root = draw(st.sampled_from(("input", "body")))
    shape = draw(st.sampled_from(("one", "circuits", "list")))
    if shape == "one":
        spelled = spelled[:1]
    entries = [
        b'{"name": "c%d", "gateset": "%s", "qubits": %d, "circuit": %s}'
        % (index, b"native" if circuit.native else b"qis", circuit.width, circuit.text)
        for index, circuit in enumerate(spelled)
    ]
    listed = b"[" + b" ,".join(entries) + b"]"
    value = {
        "one": entries[0],
        "circuits": b'{"circuits":' + listed + b',"qubits":29}',
        "list": listed,
    }[shape]
    body = b'{"target": "simulator", "%s": %s, "metadata": {"circuit": "[{"}}' % (
        root.encode(),
        value,
    )
    return body, spelled, shape != "one"
