"""The syntax of a program in OpenQASM 3."""

from typing import Any

from openqasm3 import ast, parser

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.places import place

_DEEPEST = 1_000

# What `openqasm3.parse` is made of: it takes text alone, and tokens are looked at first.
_parts: Any = parser


def syntax_of(text: str) -> ast.Program:
    """Return the syntax of a program; as `openqasm3.parse`, within bounds.

    Raises:
        QASM3ParsingError: It has none.
        ProgramError: It nests too deeply.
    """
    lexer = _parts.qasm3Lexer(_parts.InputStream(text))
    lexer.removeErrorListeners()  # One writes to the standard error.
    lexer.addErrorListener(_parts._RaiseOnErrorListener())  # noqa: SLF001
    stream = _parts.CommonTokenStream(lexer)
    stream.fill()
    _check_depth(stream.tokens, lexer)
    stream.tokens = _joined(stream.tokens, lexer)
    grammar = _parts.qasm3Parser(stream)
    grammar.removeErrorListeners()
    grammar._errHandler = _parts.BailErrorStrategy()  # noqa: SLF001  # There is no setter.
    try:
        tree = grammar.program()
    except (_parts.RecognitionException, _parts.ParseCancellationException) as error:
        raise parser.QASM3ParsingError from error
    program: ast.Program = _parts.QASMNodeVisitor().visitProgram(tree)
    return program


def _joined(tokens: list[Any], lexer: Any) -> list[Any]:
    """Return tokens in which Python's way to write imaginary numbers, as Qiskit has it, is known."""
    numbers = {lexer.FloatLiteral, lexer.DecimalIntegerLiteral}
    found: list[Any] = []
    for token in tokens:
        last = found[-1] if found and token.text == "j" else None
        if last is not None and last.type in numbers and last.stop + 1 == token.start:
            last.type, last.text = lexer.ImaginaryLiteral, f"{last.text}im"
            continue
        token.tokenIndex = len(found)
        found.append(token)
    return found


def _check_depth(tokens: list[Any], lexer: Any) -> None:
    """Refuse at once what would keep the parser busy for long, only to be refused in the end."""
    opening = {lexer.LPAREN, lexer.LBRACKET, lexer.LBRACE}
    closing = {lexer.RPAREN, lexer.RBRACKET, lexer.RBRACE}
    signs = {lexer.MINUS, lexer.TILDE, lexer.EXCLAMATION_POINT}
    depth = run = 0
    for token in tokens:
        run = run + 1 if token.type in signs else 0
        if token.type in opening:
            depth += 1
        elif token.type in closing:
            depth -= 1
        if depth > _DEEPEST or run > _DEEPEST:
            raise ProgramError(
                f"{place(token.line, token.column)}: the program nests too deeply: it has more "
                f"than {_DEEPEST} brackets or signs within each other",
                FailureCode.TOO_COMPLEX,
            )
