"""Expressions of OpenQASM 3: every operator, function, literal, constant and cast that is read."""

import math
from fractions import Fraction

from unit.languages.fuzzing.grammar import Expression
from unit.languages.fuzzing.machine import NoValueError, TooLargeError

PRIMARY, POWER, UNARY = 15, 14, 13
LEVELS = {
    "**": POWER,
    **dict.fromkeys(["*", "/", "%"], 12),
    **dict.fromkeys(["+", "-"], 11),
    **dict.fromkeys(["<<", ">>"], 10),
    **dict.fromkeys(["<", "<=", ">", ">="], 9),
    **dict.fromkeys(["==", "!="], 8),
    "&": 7,
    "^": 6,
    "|": 5,
    "&&": 4,
    "||": 3,
}
WHOLE_OPERATORS = ["+", "-", "*", "%", "<<", ">>", "&", "|", "^", "**"]
REAL_OPERATORS = ["+", "-", "*", "/", "%", "**"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
CONSTANTS = {
    "pi": math.pi,
    "π": math.pi,
    "tau": math.tau,
    "τ": math.tau,
    "euler": math.e,
    "ℇ": math.e,
}
FUNCTIONS = ["sin", "cos", "tan", "exp", "log", "sqrt", "arcsin", "arccos", "arctan", "mod"]
LITERALS = ["decimal", "hexadecimal", "octal", "binary", "underscore"]
REALS = ["point", "no leading digit", "no trailing digit", "exponent", "whole exponent"]
_MOST_BITS = 120


def _remainder(one, other):
    """Return the remainder with the sign of what is divided, as C has it."""
    if isinstance(one, int) and isinstance(other, int):
        return (abs(one) % abs(other)) * (-1 if one < 0 else 1)
    return math.fmod(one, other)


def _quotient(one, other):
    if isinstance(one, int) and isinstance(other, int) and one % other == 0:
        return one // other
    return one / other


def _raised(one, other):
    if isinstance(one, int) and isinstance(other, int) and other * abs(one).bit_length() > 200:
        raise TooLargeError
    return one**other


def _shifted(one, other):
    if other > _MOST_BITS:
        raise TooLargeError
    return one << other


MEANINGS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
    "%": _remainder,
    "**": _raised,
    "<<": _shifted,
    ">>": lambda a, b: a >> b,
    "&": lambda a, b: int(a) & int(b),
    "|": lambda a, b: int(a) | int(b),
    "^": lambda a, b: int(a) ^ int(b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "&&": lambda a, b: bool(a) and bool(b),
    "||": lambda a, b: bool(a) or bool(b),
}


def calculated(function, *values):
    """Return what a function gives, or raise `NoValueError` where it has no finite real value."""
    try:
        found = function(*values)
    except (ArithmeticError, ValueError) as error:
        raise NoValueError from error
    if isinstance(found, complex) or (isinstance(found, float) and not math.isfinite(found)):
        raise NoValueError
    if isinstance(found, int) and found.bit_length() > _MOST_BITS:
        raise TooLargeError
    return found


def fixed(value, size):
    """Return the bits of the nearest angle of a size, of two that are as near the even one."""
    try:
        steps = Fraction(float(value)) / Fraction(math.tau) * 2**size
    except (OverflowError, ValueError) as error:
        raise NoValueError from error
    return round(steps) % 2**size


def wrapped(value, bits, *, signed):
    """Return a number as a whole variable of so many bits holds it."""
    found = int(value) % 2**bits
    return found - 2**bits if signed and found >= 2 ** (bits - 1) else found


class Expressions:
    """Makes expressions of what is in scope.

    Args:
        choices: Of the program.
        scope: Returns what is in scope: lists of names and values by kind ("whole", "real",
            "bool", "bits" with their size, and "calls").
    """

    def __init__(self, choices, scope):
        self._choices = choices
        self._scope = scope

    def literal(self, value):
        """Return a whole number that is not negative, in one of the ways to write it."""
        how = self._choices.take("literal", LITERALS)
        text = {
            "decimal": f"{value}",
            "hexadecimal": f"{self._choices.rng.choice(['0x', '0X'])}{value:x}",
            "octal": f"0o{value:o}",
            "binary": f"{self._choices.rng.choice(['0b', '0B'])}{value:b}",
            "underscore": f"1_{value:03d}",
        }[how]
        found = 1000 + value if how == "underscore" else value
        return Expression(text, PRIMARY, lambda _: found)

    def _real_literal(self):
        how = self._choices.take("real", REALS)
        digits, more = self._choices.whole(0, 3), self._choices.whole(0, 99)
        text = {
            "point": f"{digits}.{more:02d}",
            "no leading digit": f".{more:02d}",
            "no trailing digit": f"{digits}.",
            "exponent": f"{digits}.{more}{self._choices.rng.choice('eE')}-1",
            "whole exponent": f"{more}{self._choices.rng.choice(['e', 'e+', 'e-'])}1",
        }[how]
        found = float(text)
        return Expression(text, PRIMARY, lambda _: found)

    def whole(self, depth):
        """Return an expression that gives a whole number."""
        kinds = ["literal"]
        kinds += [kind for kind in ("whole", "bits", "bit", "whole call") if self._named(kind)]
        if depth:
            kinds += ["operator", "minus", "cast", "popcount", "floor", "ceiling"]
            kinds += ["sizeof"] if self._named("bits") else []
            kinds += ["brackets"]
        kind = self._choices.take("whole", kinds)
        makers = {
            "literal": lambda: self.literal(self._choices.whole(0, 9)),
            "operator": lambda: self._whole_operator(depth - 1),
            "minus": lambda: self._unary("-", self.whole(depth - 1), lambda value: -value),
            "sizeof": self._size_of,
            "cast": lambda: self._whole_cast(depth - 1),
            "brackets": lambda: self._in_brackets(self.whole(depth - 1)),
            "popcount": lambda: self._popcount(depth - 1),
            "floor": lambda: self._called(kind, math.floor, self.real(depth - 1)),
            "ceiling": lambda: self._called(kind, math.ceil, self.real(depth - 1)),
        }
        return makers.get(kind, lambda: self._name(kind, depth))()

    def _whole_operator(self, depth):
        operator = self._choices.take("operator", WHOLE_OPERATORS)
        right = self.whole(depth)
        if operator in {"<<", ">>", "**"}:
            right = plain(self._choices.whole(0, 3))
        elif operator == "%" and self._choices.chance(0.9):
            right = plain(self._choices.whole(1, 9))
        left = self.whole(depth)
        if operator == "<<":  # a number without a size: of one that has one, bits would fall off
            left = Expression(f"(0 + ({left.text}))", PRIMARY, left.value)
        return self._binary(operator, left, right)

    def _size_of(self):
        name, _, size = self._choices.rng.choice(self._scope()["bits"])
        return Expression(f"sizeof({name})", PRIMARY, lambda _: size)

    @staticmethod
    def _in_brackets(inner):
        return Expression(f"({inner.text})", PRIMARY, inner.value)

    def _popcount(self, depth):
        inner = self._binary("&", self.whole(depth), self.literal(255))
        return self._called("popcount", lambda value: f"{value:b}".count("1"), inner)

    def _whole_cast(self, depth):
        how = self._choices.take("cast", ["int", "int[n]", "uint", "uint[n]"])
        inner = self.real(depth) if self._choices.chance() else self.whole(depth)
        bits = self._choices.whole(2, 16) if "[" in how else 64
        signed = how.startswith("int")
        text = f"{how.replace('[n]', f'[{bits}]')}({inner.text})"
        return Expression(text, PRIMARY, lambda env: wrapped(inner.value(env), bits, signed=signed))

    def real(self, depth):
        """Return an expression that gives a real number, or a whole one."""
        kinds = ["literal", "constant", *(["real"] if self._named("real") else [])]
        kinds += ["real call"] if self._named("real call") else []
        if depth:
            kinds += ["operator", "minus", "function", "cast", "whole", "angle"]
        kind = self._choices.take("real expression", kinds)
        makers = {
            "literal": self._real_literal,
            "constant": self._constant,
            "operator": lambda: self._real_operator(depth - 1),
            "minus": lambda: self._unary("-", self.real(depth - 1), lambda value: -value),
            "whole": lambda: self.whole(depth - 1),
            "cast": lambda: self._real_cast(depth - 1),
            "angle": lambda: self._angle(depth - 1),
            "function": lambda: self._function(depth - 1),
        }
        return makers.get(kind, lambda: self._name(kind, depth))()

    def _constant(self):
        name = self._choices.take("constant", CONSTANTS)
        return Expression(name, PRIMARY, lambda _: CONSTANTS[name])

    def _real_operator(self, depth):
        operator = self._choices.take("operator", REAL_OPERATORS)
        one, other = self.real(depth), self.real(depth)
        if operator in {"/", "%"} and self._choices.chance(0.95):
            other = plain(self._choices.whole(1, 9))
        if operator == "**" and self._choices.chance(0.95):
            one, other = self._real_literal(), plain(self._choices.whole(0, 3))
        return self._binary(operator, one, other)

    def _real_cast(self, depth):
        how = self._choices.take("cast", ["float", "float[64]", "angle"])
        inner = self.whole(depth)
        return Expression(f"{how}({inner.text})", PRIMARY, lambda env: float(inner.value(env)))

    def _angle(self, depth):
        """Return what is made of angles of a size, as a number: their bits are whole numbers."""
        kinds = [
            "plain",
            "+",
            "-",
            "&",
            "|",
            "^",
            "minus",
            "complement",
            "*",
            "/",
            "<<",
            ">>",
            "rotl",
        ]
        kind = self._choices.take("angle of a size", kinds)
        size, by = self._choices.whole(1, 12), self._choices.whole(1, 5)
        one, other = self.real(depth), self.real(depth)
        cast = f"angle[{size}](float({one.text}))"
        text = {
            "plain": cast,
            "minus": f"-{cast}",
            "complement": f"~{cast}",
            "*": f"{by} * {cast}",
            "/": f"{cast} / {by}",
            "<<": f"{cast} << {by}",
            ">>": f"{cast} >> {by}",
            "rotl": f"rotl({cast}, {by})",
        }.get(kind, f"{cast} {kind} angle[{size}](float({other.text}))")
        makers = {
            "plain": lambda a, _: a,
            "minus": lambda a, _: -a,
            "complement": lambda a, _: ~a,
            "*": lambda a, _: by * a,
            "/": lambda a, _: a // by,
            "<<": lambda a, _: a << by,
            ">>": lambda a, _: a >> by,
            "rotl": lambda a, _: int((f"{a:0{size}b}" * 2)[by % size :][:size], 2),
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "&": lambda a, b: a & b,
            "|": lambda a, b: a | b,
            "^": lambda a, b: a ^ b,
        }

        def value(env):
            b = fixed(other.value(env), size) if kind in "+-&|^" else 0
            return math.tau * (makers[kind](fixed(one.value(env), size), b) % 2**size) / 2**size

        return Expression(f"float({text})", PRIMARY, value)

    def _function(self, depth):
        name = self._choices.take("function", FUNCTIONS)
        inner = self.real(depth)
        if name == "mod":
            return self._called(name, MEANINGS["%"], inner, plain(self._choices.whole(1, 3)))
        function = getattr(math, name.replace("arc", "a"))
        if self._choices.chance(0.95):  # to where it has a value
            inner = self._tamed(name, inner)
        return self._called(name, function, inner)

    def _tamed(self, name, inner):
        if name in {"sqrt", "log"}:
            square = self._binary("**", inner, plain(2))
            return self._binary("+", plain(1), square)
        if name in {"arcsin", "arccos", "exp"}:
            return self._called("sin", math.sin, inner)
        return inner

    def truth(self, depth):
        """Return an expression that gives true or false."""
        kinds = ["true", "false", *(["bool"] if self._named("bool") else [])]
        kinds += ["bit"] if self._named("bit") else []
        if depth:
            kinds += ["comparison", "and", "or", "not", "cast"]
        kind = self._choices.take("bool expression", kinds)
        if kind in {"true", "false"}:
            return Expression(kind, PRIMARY, lambda _: kind == "true")
        if kind in {"bool", "bit"}:
            return self._name(kind, depth)
        if kind == "comparison":
            operator = self._choices.take("operator", COMPARISONS)
            of = self.whole if self._choices.chance() else self.real
            return self._binary(operator, of(depth - 1), of(depth - 1))
        if kind in {"and", "or"}:
            operator = "&&" if kind == "and" else "||"
            self._choices.note(f"operator {operator}")
            return self._binary(operator, self.truth(depth - 1), self.truth(depth - 1))
        if kind == "not":
            return self._unary("!", self.truth(depth - 1), lambda value: not value)
        inner = self.whole(depth - 1)
        return Expression(f"bool({inner.text})", PRIMARY, lambda env: bool(inner.value(env)))

    def bits(self, size):
        """Return an expression that gives so many bits as a number."""
        kinds = ["string", "number", "cast"]
        known = [each for each in self._scope()["bits"] if each[2] == size]
        kinds += ["register", "complement"] if known else []
        kind = self._choices.take("bits", kinds)
        number = self._choices.whole(0, 2**size - 1)
        if kind == "string":
            text = f"{number:0{size}b}"
            if size > 2 and self._choices.chance():
                text = f"{text[:2]}_{text[2:]}"
            return Expression(f'"{text}"', PRIMARY, lambda _: number)
        if kind == "number":
            return Expression(f"{number}", PRIMARY, lambda _: number)
        if kind == "cast":
            inner = self.whole(1)
            return Expression(
                f"bit[{size}]({inner.text})", PRIMARY, lambda env: inner.value(env) % 2**size
            )
        name, key, _ = self._choices.rng.choice(known)
        if kind == "register":
            return Expression(name, PRIMARY, lambda env: number_of(env[key]))
        return Expression(f"~{name}", UNARY, lambda env: 2**size - 1 - number_of(env[key]))

    def _named(self, kind):
        return self._scope()["bits" if kind == "bit" else kind]

    def _name(self, kind, depth):
        if kind == "bit":
            name, key, size = self._choices.rng.choice(self._scope()["bits"])
            place = self._choices.whole(0, size - 1)
            shown = place if self._choices.chance(0.7) else place - size
            return Expression(f"{name}[{shown}]", PRIMARY, lambda env: env[key][place])
        if kind == "bits":
            name, key, _ = self._choices.rng.choice(self._scope()["bits"])
            return Expression(name, PRIMARY, lambda env: number_of(env[key]))
        if kind.endswith("call"):
            return self._choices.rng.choice(self._scope()[kind])(self, depth)
        name, key = self._choices.rng.choice(self._scope()[kind])
        return Expression(name, PRIMARY, lambda env: env[key])

    def _binary(self, operator, one, other):
        level = LEVELS[operator]
        right = operator == "**"
        left_text = one.within(level + right, self._choices)
        right_text = other.within(level + (not right), self._choices)
        space = " " if self._choices.chance() or operator in "<<>>" else ""
        if right_text.startswith("-"):  # Two minuses are no operator, but easily misread.
            space = " "
        meaning = MEANINGS[operator]
        return Expression(
            f"{left_text}{space}{operator}{space}{right_text}",
            level,
            lambda env: calculated(meaning, one.value(env), other.value(env)),
        )

    def _unary(self, operator, inner, meaning):
        self._choices.note(f"operator {operator} before")
        text = f"{operator}{inner.within(UNARY, self._choices)}"
        return Expression(text, UNARY, lambda env: meaning(inner.value(env)))

    @staticmethod
    def _called(name, function, *inner):
        text = f"{name}({', '.join(each.text for each in inner)})"
        return Expression(
            text, PRIMARY, lambda env: calculated(function, *(each.value(env) for each in inner))
        )


def plain(value):
    """Return a whole number as people write it."""
    return Expression(f"{value}", PRIMARY, lambda _: value)


def number_of(cells):
    """Return known bits, the lowest first, as a number."""
    return sum(cell << place for place, cell in enumerate(cells))
