"""From an OpenAPI document to what a page shows: parts, operations, their parameters, bodies and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer. `rules` says its type and limits in a few words."""

    name: str
    rules: str
    required: bool
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation can answer with."""

    status: str
    text: str
    fields: list[Field] = field(default_factory=list)
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    permission: str
    parameters: list[Field]
    body: list[Field]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Part:
    """The operations that belong together."""

    name: str
    text: str
    operations: list[Operation]


def parts_of(document: dict[str, Any]) -> list[Part]:
    """The document's operations, by tag and in the order in which they were declared."""
    texts = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    parts: dict[str, Part] = {}
    for path, item in document.get("paths", {}).items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            name = operation["tags"][0]
            part = parts.setdefault(name, Part(name, texts.get(name, ""), []))
            part.operations.append(_operation(document, path, method, operation, shared))
    return list(parts.values())


def _operation(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any], shared: list[Any]
) -> Operation:
    parameters = [_resolved(document, p) for p in (*shared, *operation.get("parameters", ()))]
    content = operation.get("requestBody", {}).get("content", {})
    body = _schema(content)
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
        permission=operation.get("x-permission", ""),
        parameters=[
            Field(
                p["name"], _rules(document, p.get("schema", {})), bool(p.get("required")), _text(p), p["in"]
            )
            for p in parameters
        ],
        body=_fields(document, body),
        answers=[_answer(document, status, a) for status, a in operation.get("responses", {}).items()],
    )


def _answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> Answer:
    answer = _resolved(document, answer)
    schema = _schema(answer.get("content", {}))
    is_error = not str(status).startswith("2")
    is_list = _resolved(document, schema).get("type") == "array"
    if is_list:
        schema = _resolved(document, schema)["items"]
    return Answer(
        str(status), answer.get("description", ""), [] if is_error else _fields(document, schema), is_list
    )


def _schema(content: dict[str, Any]) -> dict[str, Any]:
    for described in content.values():
        found: dict[str, Any] = described.get("schema", {})
        return found
    return {}


def _resolved(document: dict[str, Any], thing: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in thing:
        found: Any = document
        for step in thing["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        thing = found
    return thing


def _fields(
    document: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0
) -> list[Field]:
    schema = _resolved(document, schema)
    required = set(schema.get("required", ()))
    found: list[Field] = []
    for name, inner in schema.get("properties", {}).items():
        solved = _resolved(document, inner)
        found.append(
            Field(prefix + name, _rules(document, inner), name in required, _text(inner) or _text(solved))
        )
        nested = _resolved(document, solved.get("items", {})) if solved.get("type") == "array" else solved
        if depth < 2 and nested.get("properties"):
            mark = f"{prefix}{name}[]." if solved.get("type") == "array" else f"{prefix}{name}."
            found += _fields(document, nested, mark, depth + 1)
    return found


def _rules(document: dict[str, Any], schema: dict[str, Any]) -> str:
    schema = _resolved(document, schema)
    kinds = schema.get("type", "")
    words = [" | ".join(kinds) if isinstance(kinds, list) else str(kinds)]
    if "format" in schema:
        words.append(str(schema["format"]))
    if "enum" in schema:
        words.append(", ".join(str(value) for value in schema["enum"] if value is not None))
    for name, sign in (
        ("minimum", "≥"),
        ("maximum", "≤"),
        ("minLength", "length ≥"),
        ("maxLength", "length ≤"),
    ):
        if name in schema:
            words.append(f"{sign} {schema[name]}")
    if schema.get("default") is not None and schema.get("default") != "":
        words.append(f"default {schema['default']}")
    return " · ".join(word for word in words if word)


def _text(thing: dict[str, Any]) -> str:
    return str(thing.get("description", ""))
