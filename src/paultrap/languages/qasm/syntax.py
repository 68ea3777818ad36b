"""The syntax of a program: that of OpenQASM 3, and in programs of version 2 their power operator."""

from typing import Any

from openqasm3 import ast, parser

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError

_DEEPEST = 1_000

# What `openqasm3.parse` is made of: it takes text alone, and tokens are what differs.
_parts: Any = parser


def is_version_2(version: str | None) -> bool:
    """Return whether this is what the version line of an OpenQASM 2 program says."""
    return version is not None and version.split(".")[0] == "2"


def place_of(node: Any) -> str:
    """Return where a node of the syntax begins, as the errors of the syntax say it."""
    return place(node.span.start_line, node.span.start_column) if node.span else "line 0"


def place(line: int, column: int) -> str:
    """Return a place in a program for a person, who counts both from 1.

    Args:
        line: The line as the parser counts, from 1.
        column: The column as the parser counts, from 0.
    """
    return f"line {line}, column {column + 1}"


def syntax_of(text: str) -> ast.Program:
    """Return the syntax of a program; as `openqasm3.parse`, but for version 2.

    There ``^`` is the power. It binds as ``**`` does in version 3, more tightly than a minus before it
    and from right to left, and becomes it.

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
    powers = _powers(stream.tokens, lexer)
    for token in powers:
        token.type = lexer.DOUBLE_ASTERISK
    grammar = _parts.qasm3Parser(stream)
    grammar.removeErrorListeners()
    grammar._errHandler = _parts.BailErrorStrategy()  # noqa: SLF001  # There is no setter.
    try:
        tree = grammar.program()
    except (_parts.RecognitionException, _parts.ParseCancellationException) as error:
        raise parser.QASM3ParsingError from error
    for token in powers:
        token.text = "**"  # Errors have shown it as it is.
    program: ast.Program = _parts.QASMNodeVisitor().visitProgram(tree)
    return program


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


def _powers(tokens: list[Any], lexer: Any) -> list[Any]:
    """Return the tokens that are powers in version 2 alone."""
    found = []
    is_2 = False
    for token in tokens:
        if token.type == lexer.VersionSpecifier:
            is_2 = is_version_2(token.text)
        elif is_2 and token.type == lexer.CARET:
            found.append(token)
    return found
