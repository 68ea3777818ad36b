"""A line of the log, as JSON for machines or as text for people.

A line may hold what clients send: nothing of it can begin another line or steer a terminal.
"""

import json
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec


class Line(NamedTuple):
    """What a line of the log says.

    Attributes:
        level: How severe it is: debug, info, warning, error or critical.
        logger: The name of the logger.
        event: What has happened, in a few words.
        fields: Further fields of the line, by name.
    """

    level: str
    logger: str
    event: str
    fields: Mapping[str, Any]


#: Takes the time in Unix seconds and a line.
Renderer = Callable[[float, Line], str]

_MOST_OF_EVENT = 4_000
_MOST_OF_TRACEBACK = 16_000
_OURS = "paultrap"

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31m"}
_LABELS = {"warning": "warn", "critical": "error"}
# What a person at the terminal of a server does not need in a line where all is well.
_LONG = {"bytes", "client", "key", "logger", "project", "request_id", "trace_id", "worker"}

# What it needs of a job's usual events, so that each takes one row of 80 columns.
_SHORT = {
    "job submitted": {"circuits", "dry_run"},
    "job leased": {"ms"},
    "job completed": {"ms", "dry_run"},
    "job canceled": {"reason"},
    "job deleted": set[str](),
}

_encoder = msgspec.json.Encoder(enc_hook=repr)


def _json(value: Any) -> str:
    try:
        return _encoder.encode(value).decode()
    except (TypeError, ValueError, OverflowError):  # such as half a surrogate pair
        return json.dumps(value, default=repr, skipkeys=True)


def json_line(when: float, line: Line) -> str:
    """Return one JSON object."""
    level, logger, event, fields = line
    whole = {"timestamp": _instant(when), "level": level, "event": event, "logger": logger}
    text = _json(whole | dict(fields))
    if text.isprintable():
        return text
    # JSON does not escape all that ends a line for some readers, or steers a terminal.
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)


def text_line(when: float, line: Line) -> str:
    """Return one line of text with all fields, and the lines of a traceback behind it."""
    headline, shown, trace = _parts(line)
    return f"{_instant(when)} {line.level:<7} {headline}{_words(shown)}{_indented(trace)}"


def terminal_line(when: float, line: Line, *, colours: bool = True) -> str:
    """Return what `text_line` does, short enough for most terminals."""
    headline, shown, trace = _parts(line)
    colour = _COLOURS.get(line.level)
    if (short := _SHORT.get(line.event)) is not None:
        shown = {name: value for name, value in shown.items() if name in short}
    elif colour is None:
        shown = {name: value for name, value in shown.items() if name not in _LONG}
    time = datetime.fromtimestamp(when).astimezone().strftime("%H:%M:%S")
    label = f"{_LABELS.get(line.level, line.level):<5}"
    words = _words(shown)
    if colours:
        time, label, words = _in(_DIM, time), _in(colour or _DIM, label), _in(_DIM, words)
    return f"{time} {label} {headline}{words}{_indented(trace)}"


def _parts(line: Line) -> tuple[str, dict[str, Any], str]:
    """Return what is read first, the fields beside it, and a traceback."""
    shown = dict(line.fields)
    if not line.logger.startswith(_OURS):
        shown["logger"] = line.logger
    headline = _headline(line.event, shown)
    return headline, shown, shown.pop("exception", "")


def _in(colour: str, text: str) -> str:
    return f"{colour}{text}{_PLAIN}" if text else ""


def exception_text(error: BaseException) -> str:
    """Return a traceback; of a very long one the beginning and the end."""
    text = "".join(traceback.format_exception(error)).rstrip("\n")
    if len(text) <= _MOST_OF_TRACEBACK:
        return text
    half = _MOST_OF_TRACEBACK // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n... {left_out:,} characters left out ...\n{text[-half:]}"


def _instant(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _headline(event: str, fields: dict[str, Any]) -> str:
    """Return what is read first, and take it out of the fields."""
    if event == "request":
        where = fields.pop("route", None) or _word(fields.pop("path", ""))
        outcome = fields.pop("status", "no answer")
        return _visible(
            f"{fields.pop('method', '')} {where} {outcome} {fields.pop('ms', 0):,.1f} ms"
        )
    if event == "printed":
        return _visible(f"{fields.pop('backend', 'worker')}: {fields.pop('text', '')}")
    if "job" in fields:
        return _visible(f"{event} {fields.pop('job')}")
    return _visible(event)


def _words(fields: Mapping[str, Any]) -> str:
    return "".join(f" {name}={_word(value)}" for name, value in fields.items())


def _word(value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    if text and text.isprintable() and not any(sign in text for sign in ' "='):
        return text
    return _json(text) if text.isprintable() else ascii(text)


def _visible(text: str) -> str:
    """Return ``text`` on one line, without signs that steer a terminal."""
    text = text if len(text) <= _MOST_OF_EVENT else f"{text[:_MOST_OF_EVENT]}..."
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _indented(trace: str) -> str:
    return "".join(f"\n    {_visible(line)}" for line in trace.splitlines())
