"""Which stories are in these files? Story JSON, NDJSON, Markdown with front matter, ninjs.

Unreadable    the file is none of these, with the line that says so
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

Pushed = tuple[str, dict[str, Any]]


class Unreadable(Exception):  # noqa: N818 - an outcome with a name
    """A file that holds no story; the message says where and why."""


def stories(path: Path) -> Iterator[Pushed]:
    """(external id, story fields) of each story in the file; the id defaults to the file's name without its ending."""
    text = _text(path)
    match path.suffix.lower():
        case ".ndjson" | ".jsonl":
            yield from _lines(path, text)
        case ".md" | ".markdown":
            yield _markdown(path, text)
        case _:
            yield _json(path, text)


def subscriptions(path: Path) -> list[dict[str, Any]]:
    """The people of a CSV file (`email`, `topics`, `cadence`, perhaps `state`), without those who have left."""
    rows = csv.DictReader(_text(path).removeprefix("\ufeff").splitlines())
    if "email" not in (rows.fieldnames or ()):
        raise Unreadable(f"{path}: the first line must name the columns email, topics, cadence")
    return [
        {
            "email": row["email"],
            "topics": (row.get("topics") or "all").split(),
            "cadence": row.get("cadence") or "instant",
        }
        for row in rows
        if (row.get("state") or "confirmed") == "confirmed"
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error


def _lines(path: Path, text: str) -> Iterator[Pushed]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield _story(_object(f"{path}:{number}", line), f"{path.stem}-{number}")


def _json(path: Path, text: str) -> Pushed:
    told = _object(str(path), text)
    return ninjs(told, path.stem) if "uri" in told or "body_xhtml" in told else _story(told, path.stem)


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{where}: not JSON: {error}") from error
    if not isinstance(told, dict):
        raise Unreadable(f"{where}: a story is a JSON object")
    return told


def _story(told: dict[str, Any], default_id: str) -> Pushed:
    fields = dict(told)
    return str(fields.pop("external_id", default_id)), fields


def _markdown(path: Path, text: str) -> Pushed:
    # Imported here: every other command starts a third sooner without them.
    import yaml  # noqa: PLC0415
    from markdown_it import MarkdownIt  # noqa: PLC0415

    parts = text.removeprefix("\ufeff").replace("\r\n", "\n").split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():  # noqa: PLR2004 - before, front matter, body
        raise Unreadable(f"{path}: Markdown needs front matter between two lines of `---`")
    try:
        front = yaml.load(parts[1], Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes nothing but strings
    except yaml.YAMLError as error:
        raise Unreadable(f"{path}: front matter: {error}") from error
    if not isinstance(front, dict):
        raise Unreadable(f"{path}: front matter must be a mapping")
    told = {key: _typed(key, value) for key, value in front.items()}
    return _story({"body_html": MarkdownIt("commonmark").enable("table").render(parts[2]), **told}, path.stem)


def _typed(key: str, value: object) -> object:
    """Front matter is text; the few fields that are not get their type here."""
    if key in {"notify", "sponsored"}:
        return str(value).lower() in {"true", "yes", "1"}
    if key in {"sections", "tags", "aliases", "related"} and isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    if key == "authors":
        names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
        return [{"name": one.strip()} if isinstance(one, str) else one for one in names]
    return value


def ninjs(told: dict[str, Any], default_id: str) -> Pushed:
    """A ninjs item (IPTC ninjs 1.3: headline, body_xhtml, byline, subject, versioncreated …) as story fields."""
    subjects = [one["name"] for one in told.get("subject", []) if isinstance(one, dict) and "name" in one]
    fields = {
        "headline": told.get("headline") or told.get("title") or "",
        "body_html": told.get("body_xhtml") or told.get("body_html") or told.get("body_text") or "",
        "dek": told.get("description_text"),
        "authors": [{"name": told["byline"]}] if told.get("byline") else [],
        "tags": subjects,
        "language": told.get("language"),
        "published_at": told.get("versioncreated"),
        "embargo_until": told.get("embargoed"),
        "priority": "urgent" if told.get("urgency") in {1, 2} else "routine",
        "canonical_url": told.get("canonical_url"),
        "rights": {"copyright": told["copyrightholder"]} if told.get("copyrightholder") else None,
    }
    kept = {key: value for key, value in fields.items() if value not in (None, [])}
    return str(told.get("uri", default_id)).rsplit("/", 1)[-1], kept
