"""Random programs that are flat, or nearly so: in a few places another token, or a token less."""

import random

from paultrap.languages.qasm.flat import LIBRARIES

_ODD = [
    *(";", ",", "(", ")", "[", "]", "->", "=", "==", "-", "+", "*", "**", "^", "/", "%", "//", "/*"),
    *("*/", '"', "'", "$0", "0", "1", "2", "7", "99", "1e400", "1e-400", "0.5", ".5", "5.", "1_0"),
    *("0x1f", "2ns", "3im", "1e", "1.2.3", "pi", "tau", "euler", "π", "é", "\r", "\f", "\0", "@", "#"),
    *("q", "r", "c", "d", "x", "h", "cx", "rx", "u", "U", "CX", "gpi", "ms", "sin", "ln", "log", "measure"),
    *("barrier", "reset", "if", "gate", "include", "qreg", "creg", "qubit", "bit", "OPENQASM", "let"),
    *("ctrl @", "inv @", "gphase(1)", "input float t;", "opaque", "id", "u0", "sxdg", "end;", "{", "}", "!"),
]  # fmt: skip


class FlatPrograms:
    """Writes programs.

    Args:
        seed: The same one gives the same programs.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def program(self) -> str:
        """Return a program; three in four are flat."""
        draw = self._random
        self._version = draw.choice((2, 3))
        tokens = self._program()
        if draw.random() < 0.25:
            for _ in range(draw.choice((1, 1, 2))):
                place = draw.randrange(len(tokens))
                tokens[place] = draw.choice(
                    ("", draw.choice(_ODD), f"{tokens[place]} {draw.choice(_ODD)}")
                )
        return "".join(f"{token}{self._space()}" for token in tokens)

    def _space(self) -> str:
        spaces = (" ", "\n", "\t", "  ", " // é; x q;\n", " /* ;\n */ ", "\r\n", "/**/")
        return " " if self._random.random() < 0.9 else self._random.choice(spaces)

    def _program(self) -> list[str]:
        draw = self._random
        file, included, built_in = LIBRARIES[self._version]
        tokens = []
        if draw.random() < 0.9:
            numbers = {2: ("2.0", "2"), 3: ("3.0", "3", "3.1")}[self._version]
            tokens += [f"OPENQASM {draw.choice(numbers)}", ";"]
        self._gates = dict(built_in)
        if draw.random() < 0.95:
            tokens += [f'include "{file}"', ";"]
            self._gates |= included
        self._qubits = {"q": draw.randint(2, 5), "r": draw.choice((None, 1, 2))}
        self._bits = {"c": draw.randint(1, 5), "d": draw.choice((None, 1, 3))}
        for name, size in self._qubits.items():
            tokens += self._declaration("qreg", "qubit", name, size)
        for name, size in self._bits.items():
            tokens += self._declaration("creg", "bit", name, size)
        for _ in range(draw.randint(0, 12)):
            tokens += self._gate() if draw.random() < 0.9 else ["barrier", *self._operands(2), ";"]
        for _ in range(draw.choice((0, 1, 1, 1, 2))):
            tokens += self._measurement()
        return tokens

    def _declaration(self, old: str, new: str, name: str, size: int | None) -> list[str]:
        if self._version == 2 or self._random.random() < 0.2:
            if size is None:
                self._qubits |= {name: 1} if name in self._qubits else {}
                self._bits |= {name: 1} if name in self._bits else {}
            return [old, name, "[", str(size or 1), "]", ";"]
        return [new, *(() if size is None else ("[", str(size), "]")), name, ";"]

    def _gate(self) -> list[str]:
        most = sum(size or 1 for size in self._qubits.values())
        fitting = [each for each in self._gates.items() if each[1].qubits <= most]
        name, gate = self._random.choice(fitting)
        tokens = [name]
        if gate.params:
            tokens.append("(")
            for place in range(gate.params):
                tokens += [",", *self._angle(0)] if place else self._angle(0)
            tokens.append(")")
        return [*tokens, *self._operands(gate.qubits), ";"]

    def _operands(self, count: int) -> list[str]:
        every = [
            [name, "[", str(index), "]"] if size is not None else [name]
            for name, size in self._qubits.items()
            for index in range(size or 1)
        ]
        if self._random.random() < 0.05 * (2 if count == 1 else 1):
            every += [[name] for name in self._qubits] * 2
        self._random.shuffle(every)
        tokens = []
        for place, operand in enumerate(every[:count]):
            tokens += [",", *operand] if place else operand
        return tokens

    def _measurement(self) -> list[str]:
        draw = self._random
        qubits, bits = (
            draw.choice(list(self._qubits.items())),
            draw.choice(list(self._bits.items())),
        )
        left, right = [qubits[0]], [bits[0]]
        if qubits[1] != bits[1] or draw.random() < 0.5:
            for side, size in ((left, qubits[1]), (right, bits[1])):
                if size is not None:
                    side += ["[", str(draw.randrange(size)), "]"]
        if self._version == 2 or draw.random() < 0.5:
            return ["measure", *left, "->", *right, ";"]
        return [*right, "=", "measure", *left, ";"]

    def _angle(self, depth: int) -> list[str]:
        draw = self._random
        kind = draw.random() + 0.1 * depth
        numbers = [
            "0",
            "1",
            "2",
            "3",
            "7",
            "0.0",
            "1.5",
            ".25",
            "3.",
            "1e-3",
            "2.5E+1",
            "123456789",
            "0.1",
        ]
        if kind > 0.55:
            return [draw.choice((*numbers, "pi", "pi", str(draw.uniform(-9, 9)).lstrip("-")))]
        if kind > 0.2:
            power = "^" if self._version == 2 else "**"
            symbol = draw.choice(("+", "-", "*", "*", "/", "/", power))
            return [*self._angle(depth + 1), symbol, *self._angle(depth + 1)]
        if kind > 0.1:
            return ["-", *self._angle(depth + 1)]
        if kind > 0.04:
            return ["(", *self._angle(depth + 1), ")"]
        names = ("sin", "cos", "tan", "exp", "sqrt", "ln", "asin", "acos", "atan", "log", "arctan")
        return [draw.choice(names), "(", *self._angle(depth + 1), ")"]
