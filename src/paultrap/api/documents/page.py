"""An OpenAPI document as one page of HTML that needs nothing else, not even scripts, to be read."""

from html import escape
from pathlib import Path
from string import Template
from typing import Any

_TEMPLATE = Template((Path(__file__).parent / "page.html").read_text())
_COMPONENT = "#/components/schemas/"
_BOUNDS = (
    ("minimum", "from {}"),
    ("maximum", "to {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("default", "without a value {}"),
    ("format", "{}"),
    ("pattern", "matches {}"),
)

Schema = dict[str, Any]


def render(document: Schema, name: str, names: list[str], root: str = "") -> str:
    """Return the page.

    Args:
        document: The OpenAPI 3.1 document.
        name: The name of the document in the path of its page.
        names: The names of all documents that have a page.
        root: The path that a proxy puts before all others.
    """
    prefix = document["servers"][0]["url"].rstrip("/")
    by_tag: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            found = by_tag.setdefault(operation["tags"][0], [])
            found.append(_operation(method, prefix + path, operation))
    sections = [
        f'<section class="tag"><h2>{escape(tag.capitalize())}</h2>{"".join(found)}</section>'
        for tag, found in by_tag.items()
    ]
    schemas = document["components"]["schemas"]
    shapes = "".join(_component(each, schema) for each, schema in schemas.items())
    return _TEMPLATE.substitute(
        title=escape(document["info"]["title"]),
        about=escape(document["info"]["description"]),
        nav=_navigation(name, names, prefix if name.startswith("v") else f"{root}/paultrap", root),
        content="".join(sections) + f"<section><h2>Shapes</h2>{shapes}</section>",
    )


def _navigation(name: str, names: list[str], prefix: str, root: str) -> str:
    links = [
        f'<a href="{root}/docs/{each}"{" aria-current=page" if each == name else ""}>{each}</a>'
        for each in names
    ]
    return "".join(links) + f'<a href="{prefix}/api-docs">OpenAPI document</a>'


def _operation(method: str, path: str, operation: Schema) -> str:
    parts = []
    if text := operation.get("description"):
        parts.append(f"<p>{escape(text)}</p>")
    parts.append(f'<p class="soft">{_key_text(operation)}</p>')
    if parameters := operation.get("parameters"):
        rows = [
            (
                each["name"],
                each["required"],
                each["schema"],
                f"{each['description']} In the {each['in']}.",
            )
            for each in parameters
        ]
        parts.append(f"<h3>Parameters</h3>{_table(rows)}")
    if body := operation.get("requestBody"):
        parts += [f"<h3>Body</h3>{_schema(schema)}" for _, schema in _contents(body)]
    parts.append(
        f"<h3>Answers</h3><ul>{''.join(map(_answer, operation['responses'].items()))}</ul>"
    )
    return (
        f'<details class="operation" id="{escape(operation["operationId"])}"><summary>'
        f'<span class="method {method}">{method.upper()}</span> <code>{escape(path)}</code> '
        f"<small>{escape(operation['summary'])}</small></summary><div>{''.join(parts)}</div></details>"
    )


def _key_text(operation: Schema) -> str:
    if "security" in operation:
        some = " for some clients" if {} in operation["security"] else ""
        return f"Needs a key{some}: the header <code>Authorization: apiKey …</code>"
    return "Needs no key."


def _answer(item: tuple[str, Schema]) -> str:
    status, response = item
    found = "".join(_content(media_type, schema) for media_type, schema in _contents(response))
    return f"<li><code>{status}</code> {escape(response['description'])}{found}</li>"


def _content(media_type: str, schema: Schema) -> str:
    text = f": {_type(schema)}"
    if media_type != "application/json":
        text += f" <span class=soft>({escape(media_type)})</span>"
    return text + ("" if _is_simple(schema) else _schema(schema))


def _contents(holder: Schema) -> list[tuple[str, Schema]]:
    """Return the media types of a body or an answer, each with its schema."""
    return [(media_type, each["schema"]) for media_type, each in holder.get("content", {}).items()]


def _component(name: str, schema: Schema) -> str:
    return (
        f'<details id="{_anchor(name)}"><summary><code>{escape(name)}</code> '
        f"<small>{escape(schema.get('description', ''))}</small></summary>"
        f"<div>{_schema(schema)}</div></details>"
    )


def _anchor(name: str) -> str:
    return f"shape-{escape(name)}"


def _schema(schema: Schema) -> str:
    """Return a schema at length: its fields, or its alternatives."""
    parts = []
    if properties := schema.get("properties"):
        required = schema.get("required", [])
        rows = [
            (name, name in required, field, field.get("description", ""))
            for name, field in properties.items()
        ]
        parts.append(_table(rows))
    parts += [
        f"<details><summary>{_type(each)}</summary><div>{_schema(each)}</div></details>"
        for each in _choices(schema)
    ]
    return "".join(parts) or f"<p>{_type(schema)}</p>"


def _table(rows: list[tuple[str, bool, Schema, str]]) -> str:
    body = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if required else ' <span class=soft>(optional)</span>'}"
        f"</td><td>{_type(schema)}{_inner(schema)}</td><td>{escape(text)}</td></tr>"
        for name, required, schema, text in rows
    )
    head = "<tr><th scope=col>Name</th><th scope=col>Value</th><th scope=col>Meaning</th></tr>"
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _inner(schema: Schema) -> str:
    """Return what a field holds that its type does not say, to be unfolded."""
    holder = schema.get("items") if schema.get("type") == "array" else schema
    if not isinstance(holder, dict) or _is_simple(holder):
        return ""
    return f"<details><summary>More</summary><div>{_schema(holder)}</div></details>"


def _is_simple(schema: Schema) -> bool:
    """Return whether the type of a schema says all of it."""
    return "properties" not in schema and all(map(_is_simple, _choices(schema)))


def _choices(schema: Schema) -> list[Schema]:
    found: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
    return [each for each in found if each.keys() != {"required"}]


def _type(schema: Schema) -> str:
    """Return the type of a schema in a few words, with links to the components it names."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_COMPONENT)
        return f'<a href="#{_anchor(name)}">{escape(name)}</a>'
    if choices := _choices(schema):
        return " or ".join(dict.fromkeys(map(_type, choices)))
    if "title" in schema and "properties" in schema:
        return escape(schema["title"])
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return " or ".join(map(_code, schema["enum"]))
    return _plain_type(schema) + _bounds(schema)


def _plain_type(schema: Schema) -> str:
    kinds = schema.get("type", "anything")
    if kinds == "array" and "prefixItems" in schema:
        return f"array of {' and '.join(map(_type, schema['prefixItems']))}"
    if kinds == "array" and isinstance(schema.get("items"), dict):
        return f"array of {_type(schema['items'])}"
    values = schema.get("additionalProperties")
    if kinds == "object" and isinstance(values, dict) and values:
        return f"object of {_type(values)}"
    return " or ".join([kinds] if isinstance(kinds, str) else kinds)


def _bounds(schema: Schema) -> str:
    found = [text.format(_code(schema[key])) for key, text in _BOUNDS if key in schema]
    return f" <span class=soft>({', '.join(found)})</span>" if found else ""


def _code(value: Any) -> str:
    return f"<code>{escape(str(value))}</code>"
