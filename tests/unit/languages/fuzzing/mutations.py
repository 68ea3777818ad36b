"""Programs with a fault or two, as slips of the hand and of other software make them."""

import re

_TOKEN = re.compile(r'"[^"]*"|[A-Za-z_]\w*|\d+(?:\.\d+)?|\s+|.', re.DOTALL)
KINDS = ["leave out", "twice", "exchange", "replace", "character", "cut", "merge"]
OF_MEANING = ["number", "name"]  # which mostly follow the syntax
_WORDS = [
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "->",
    "@",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "**",
    "^",
    "~",
    "!",
    "&&",
    "<<",
    "if",
    "else",
    "for",
    "while",
    "switch",
    "case",
    "default",
    "break",
    "continue",
    "return",
    "end",
    "in",
    "int",
    "uint",
    "float",
    "angle",
    "bool",
    "bit",
    "qubit",
    "qreg",
    "creg",
    "gate",
    "def",
    "const",
    "let",
    "measure",
    "reset",
    "barrier",
    "ctrl",
    "inv",
    "pow",
    "negctrl",
    "gphase",
    "U",
    "x",
    "cx",
    "rx",
    "input",
    "output",
    "extern",
    "defcal",
    "cal",
    "box",
    "delay",
    "complex",
    "array",
    "duration",
    "stretch",
    "durationof",
    "nop",
    "2.5",
    "0",
    "-1",
    "99999999999999999999",
    "1e999",
    '"01"',
    "pi",
    "q",
    "c",
    "π",
    "$0",
    "++",
    "opaque",
    "include",
    "OPENQASM",
    "#pragma",
    "true",
    "void",
]
_NUMBERS = ["0", "2", "7", "1e400", "4097", "9" * 50, "0x", "-3", "1.5"]
_CHARACTERS = "\\`'\"%&?§é\0\t\r\x1b😀$#@{}[]();"


def mutated(text, choices):
    """Return a text with one to three faults."""
    tokens = _TOKEN.findall(text)
    kinds = OF_MEANING if choices.chance() else KINDS
    for _ in range(choices.whole(1, 3)):
        kind = choices.take("fault", kinds)
        place = choices.whole(0, len(tokens) - 2) if len(tokens) > 2 else 0
        if kind == "leave out":
            del tokens[place]
        elif kind == "twice":
            tokens.insert(place, tokens[place])
        elif kind == "exchange":
            other = choices.whole(0, len(tokens) - 1)
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif kind == "replace":
            tokens[place] = f" {choices.rng.choice(_WORDS)} "
        elif kind == "character":
            tokens.insert(place, choices.rng.choice(_CHARACTERS))
        elif kind == "cut":
            del tokens[max(place, len(tokens) // 2) :]
        elif kind == "merge":
            tokens[place : place + 2] = ["".join(tokens[place : place + 2]).strip()]
        elif kind == "number":
            _replace(tokens, str.isdigit, _NUMBERS, choices)
        else:
            names = [token for token in tokens if token.isidentifier()]
            _replace(tokens, str.isidentifier, names, choices)
        tokens = tokens or [";"]
    return "".join(tokens)


def _replace(tokens, fits, words, choices):
    places = [place for place, token in enumerate(tokens) if fits(token)]
    if places and words:
        tokens[choices.rng.choice(places)] = choices.rng.choice(words)
