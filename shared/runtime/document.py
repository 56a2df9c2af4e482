"""What does the API look like? One OpenAPI document out of every service's app, and one page that shows it.

The page is ours because the usual ones load scripts from elsewhere; it works without any.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any, Protocol

import orjson
from fastapi import FastAPI

VERSION = "1.0.0"
_TEXT = {"type": "string"}
#: What every call answers when something goes wrong (RFC 9457); see `shared.runtime.problems`.
PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {**_TEXT, "description": "JSON Pointer"}, "message": _TEXT},
            },
        },
    },
}
_METHODS = ("get", "put", "post", "patch", "delete")
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
summary{cursor:pointer;padding:.4rem 0}
code,pre{font:14px/1.5 ui-monospace,monospace}
pre{overflow:auto;background:#f4f4f4;padding:.75rem}
h2{margin-top:2rem}
b{display:inline-block;min-width:4.5rem}
td{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}pre{background:#222}a{color:#9cf}}
"""
#: The page's one style is known by its hash; there is no script that could run.
GUARDED: Mapping[str, str] = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


class Documented(Protocol):
    """A service with a part in the API."""

    @property
    def name(self) -> str:
        """Under which heading its calls are shown."""

    @property
    def documented(self) -> FastAPI | None:
        """The app that describes them."""


def openapi(title: str, services: Iterable[Documented]) -> dict[str, Any]:
    """One OpenAPI 3.1 document; a schema whose name two services use with another meaning gets the service's name."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    for service in services:
        if service.documented is None:
            continue
        part = service.documented.openapi()
        part = _apart(part, service.name, schemas)
        schemas.update(part.get("components", {}).get("schemas", {}))
        for path, item in part.get("paths", {}).items():
            for method, operation in item.items():
                if method in _METHODS:
                    paths.setdefault(path, {})[method] = {**operation, "tags": [service.name]}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION},
        "security": [{"key": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def page(document: Mapping[str, Any]) -> str:
    """`document` for people, as one HTML page without scripts."""
    title = escape(document["info"]["title"])
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    body = "".join(f"<h2>{escape(name)}</h2>{''.join(parts)}" for name, parts in groups.items())
    schemas = "".join(
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_pre(schema)}</details>'
        for name, schema in document["components"]["schemas"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        "<p>JSON, with <code>Authorization: Bearer &lt;key&gt;</code>. Errors are "
        "<code>application/problem+json</code>. As a document for machines: "
        '<a href="/v1/openapi.json"><code>/v1/openapi.json</code></a>.</p>'
        f"{body}<h2>Schemas</h2>{schemas}</main></body></html>"
    )


def _apart(part: dict[str, Any], name: str, taken: Mapping[str, Any]) -> dict[str, Any]:
    """`part` with its schemas renamed where the same name means something else already."""
    schemas: Mapping[str, Any] = part.get("components", {}).get("schemas", {})
    clashes = {key: f"{name.capitalize()}{key}" for key, schema in schemas.items() if taken.get(key, schema) != schema}
    if not clashes:
        return part
    text = orjson.dumps(part).decode()
    for old, new in clashes.items():
        text = re.sub(rf'"#/components/schemas/{re.escape(old)}"', f'"#/components/schemas/{new}"', text)
    renamed: dict[str, Any] = orjson.loads(text)
    found = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {clashes.get(key, key): schema for key, schema in found.items()}
    return renamed


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    summary = escape(operation.get("summary", ""))
    description = f"<p>{escape(operation['description'])}</p>" if operation.get("description") else ""
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> {summary}</summary>"
        f"{description}{_parameters(operation.get('parameters', ()))}{_bodies(operation)}</details>"
    )


def _parameters(parameters: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{'required' if each.get('required') else ''}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return f"<table><tbody>{rows}</tbody></table>" if rows else ""


def _bodies(operation: Mapping[str, Any]) -> str:
    parts = [("Body", operation["requestBody"])] if "requestBody" in operation else []
    parts += [(f"Answer {status}", answer) for status, answer in operation.get("responses", {}).items()]
    return "".join(
        f"<p>{escape(label)}: {escape(answer.get('description', ''))}</p>{''.join(_contents(answer))}"
        for label, answer in parts
    )


def _contents(answer: Mapping[str, Any]) -> Iterable[str]:
    for kind, content in answer.get("content", {}).items():
        schema = content.get("schema")
        if schema:
            yield f"<p><code>{escape(kind)}</code></p>{_pre(schema)}"


def _pre(value: object) -> str:
    text = escape(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), quote=False)
    linked = re.sub(r'"#/components/schemas/([\w.-]+)"', r'<a href="#\1">\1</a>', text)
    return f"<pre>{linked}</pre>"
