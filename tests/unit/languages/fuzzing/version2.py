"""Programs of OpenQASM 2, by the grammar of its paper (arXiv:1707.03429) and ``qelib1.inc``.

They are texts alone: Qiskit reads them too, and says what they mean.
"""

import re

INCLUDE = 'include "qelib1.inc";'
GATES = {  # angles and qubits
    **dict.fromkeys(["U", "u3", "u"], (3, 1)),
    "u2": (2, 1),
    **dict.fromkeys(["u1", "p", "rx", "ry", "rz"], (1, 1)),
    **dict.fromkeys(["id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg"], (0, 1)),
    **dict.fromkeys(["CX", "cx", "cy", "cz", "ch", "swap", "csx"], (0, 2)),
    **dict.fromkeys(["crx", "cry", "crz", "cu1", "cp", "rxx", "rzz"], (1, 2)),
    "cu3": (3, 2),
    "cu": (4, 2),
    **dict.fromkeys(["ccx", "cswap", "rccx"], (0, 3)),
    **dict.fromkeys(["c3x", "c3sqrtx", "rc3x"], (0, 4)),
    "u0": (1, 1),  # of a whole number of units of time
}
#: What other names a register or a gate may have: words of version 3 alone, and any others.
NAMES = [
    *("ctrl", "negctrl", "inv", "pow", "gphase", "input", "output", "const", "let", "def", "box"),
    *("for", "in", "while", "else", "end", "qubit", "bit", "int", "float", "angle", "array", "im"),
    *("true", "void", "duration", "durationof", "tau", "euler", "rotl", "arcsin", "gpi", "ms"),
    *("q", "r_1", "aB9", "switch", "return", "extern", "defcal", "cal", "complex", "stretch"),
]
FUNCTIONS = ["sin", "cos", "tan", "exp", "ln", "sqrt"]
MOST_SPLITS = 5


class Program:
    """One program of 5 qubits.

    Its registers are written as a to e, and get their names in the end.
    """

    def __init__(self, choices):
        self._choices = choices
        self._own = {}
        self._splits = MOST_SPLITS
        line = choices.take("line of 2", ["OPENQASM 2.0;", "OPENQASM  2.0 ;", "OPENQASM 2;"])
        self._lines = [line, "include 'qelib1.inc';" if choices.chance(0.1) else INCLUDE]
        for _ in range(choices.whole(0, 2)):
            self._define()
        declarations = ["qreg a[2];", "qreg b[3];", "creg c[2];", "creg d[3];", "creg e[2];"]
        if choices.chance(0.3):
            choices.note("opaque of 2")
            self._lines.append(choices.rng.choice(["opaque o1 p;", "opaque o2(t,s) p, r;"]))
        if choices.chance(0.3):
            choices.note("empty register of 2")
            declarations.insert(choices.whole(2, 5), "creg zero[0];")
            declarations.append(
                choices.rng.choice(["if (zero == 0) x a[0];", "if(zero==1) x a[0];"])
            )
        if choices.chance(0.2):
            choices.note("empty statement of 2")
            declarations.append(";")
        self._lines += declarations
        for _ in range(choices.whole(5, 12)):
            self._statement()
        for qubit in ("a[0]", "a[1]", "b[0]", "b[1]", "b[2]"):
            turns = [f"{choices.rng.uniform(0.2, 3):.3f}" for _ in range(3)]
            self._lines.append(f"u3({', '.join(turns)}) {qubit};")
        if choices.chance(0.7):
            self._lines += ["measure a -> c;", "measure b -> d;"]
        self.text = self._named("\n".join(self._lines) + "\n")

    def _named(self, text):
        """Return a text whose registers, gates and parameters have other names."""
        own = [*"abcde", *self._own]
        names = dict(zip(own, self._choices.rng.sample(NAMES, len(own)), strict=True))
        if not self._choices.chance(0.7):
            return text
        self._choices.note("names of 2")
        pattern = rf"(?<![\w\".])({'|'.join(map(re.escape, own))})(?!\w)"
        return re.sub(pattern, lambda found: names[found[1]], text)

    def _statement(self):
        kinds = ["gate", "gate", "broadcast", "barrier", "if", "comment"]
        kinds += ["own gate"] if self._own else []
        kinds += ["measure", "reset"] if self._splits > 2 else []
        kind = self._choices.take("statement of 2", kinds)
        if kind == "comment":
            self._lines.append("// x a[0];")
        elif kind == "barrier":
            self._lines.append(self._choices.rng.choice(["barrier a,b;", "barrier a[0], b;"]))
        elif kind == "measure":
            how = self._choices.take("measure of 2", ["qubit", "register"])
            self._splits -= 1 if how == "qubit" else 2
            text = f"measure {self._qubits(1)[0]} -> d[{self._choices.whole(0, 2)}];"
            self._lines.append(text if how == "qubit" else "measure a -> c;")
        elif kind == "reset":
            how = self._choices.take("reset of 2", ["qubit", "register"])
            self._splits -= 1 if how == "qubit" else 2
            self._lines.append("reset a;" if how == "register" else f"reset {self._qubits(1)[0]};")
        elif kind == "if":  # on bits that nothing is measured into
            self._lines.append(f"if (e == {self._choices.whole(0, 1)}) {self._gate()}")
        elif kind == "broadcast":
            self._lines.append(self._broadcast())
        else:
            for _ in range(3):
                self._lines.append(self._gate(own=kind == "own gate"))

    def _qubits(self, count):
        places = ["a[0]", "a[1]", "b[0]", "b[1]", "b[2]"]
        return self._choices.rng.sample(places, count)

    def _gate(self, *, own=False, qubits=None, names=()):
        known = self._own if own else GATES
        fitting = [name for name in known if known[name][1] <= len(qubits or "abcde")]
        name = self._choices.rng.choice(fitting) if own else self._choices.take("gate 2", fitting)
        if name == "u0":
            names = ()
        n_params, n_qubits = known[name]
        on = self._qubits(n_qubits)
        if qubits is not None:
            on = self._choices.rng.sample(qubits, n_qubits)
        angles = f"({self._choices.whole(1, 9)})" if name == "u0" else self._angles(n_params, names)
        return f"{name}{angles} {', '.join(on)};"

    def _broadcast(self):
        fitting = [each for each in GATES if GATES[each][1] < 3 and each != "u0"]
        name = self._choices.rng.choice(fitting)
        n_params, n_qubits = GATES[name]
        register, other = self._choices.rng.choice([("a", "b[1]"), ("b", "a[0]")])
        on = [register] if n_qubits == 1 else self._choices.rng.sample([register, other], 2)
        return f"{name}{self._angles(n_params, ())} {','.join(on)};"

    def _angles(self, count, names):
        if not count:
            return self._choices.rng.choice(["", "", "()"])
        return f"({', '.join(self._expression(2, names) for _ in range(count))})"

    def _expression(self, depth, names):
        """Return an expression between brackets where what is around it could split it."""
        kinds = ["real", "whole", "pi", *(["parameter"] if names else [])]
        if depth:
            kinds += ["+", "-", "*", "/", "^", "minus", "plus", "brackets", "function"]
        kind = self._choices.take("expression of 2", kinds)
        more = depth - 1
        if kind in {"+", "-", "*"}:
            return f"{self._expression(more, names)}{kind}{self._expression(more, names)}"
        if kind == "/":
            return f"{self._expression(more, names)}/{self._choices.whole(1, 9)}"
        if kind == "^":
            return f"{self._choices.rng.choice(['2', '1.5', 'pi'])} ^ {self._choices.whole(0, 2)}"
        if kind in {"minus", "plus"}:
            return f"{'-' if kind == 'minus' else '+'}{self._expression(more, names)}"
        if kind == "brackets":
            return f"({self._expression(more, names)})"
        if kind == "function":
            name = self._choices.take("function of 2", FUNCTIONS)
            inner = self._expression(more, names)
            tamed = {"ln": f"1.5+sin({inner})", "sqrt": f"1+sin({inner})", "exp": f"sin({inner})"}
            return f"{name}({tamed.get(name, inner)})"
        if kind == "parameter":
            return self._choices.rng.choice(names)
        numbers = {"real": ["0.5", ".25", "1.", "2.5e-1", "3E0"], "whole": ["0", "1", "2", "17"]}
        return self._choices.rng.choice(numbers.get(kind, ["pi"]))

    def _define(self):
        name = f"g{len(self._own)}"
        params = ["t", "r"][: self._choices.whole(0, 2)]
        qubits = ["x0", "y0"][: self._choices.whole(1, 2)]
        self._choices.note(f"gate of 2 with {len(params)} angles")
        body = [self._gate(qubits=qubits, names=params) for _ in range(self._choices.whole(0, 3))]
        if self._choices.chance(0.3):
            self._choices.note("barrier in a gate of 2")
            body.append(f"barrier {','.join(qubits)};")
        brackets = f"({','.join(params)})" if params else self._choices.rng.choice(["", "()"])
        self._lines += [f"gate {name}{brackets} {','.join(qubits)} {{", *body, "}"]
        self._own[name] = (len(params), len(qubits))
