"""How do the calls read in the API's document (OpenAPI)? Bodies from the models that check them, answers by status."""

from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_PROBLEM: Final[Json] = {"$ref": "#/components/schemas/Problem"}  # put there by shared/runtime/document.py
TOLD: Final[Json] = {
    "type": "object",
    "required": ["story_id", "external_id", "revision", "status", "links", "warnings"],
    "properties": {
        "story_id": {**_TEXT, "format": "uuid"},
        "external_id": _TEXT,
        "revision": {"type": "integer", "minimum": 1},
        "status": {"enum": ["accepted", "scheduled", "unchanged", "live", "killed"]},
        "links": {
            "type": "object",
            "properties": {name: {**_TEXT, "format": "uri"} for name in ("self", "trace", "page", "receipt")},
        },
        "warnings": {"type": "array", "items": _TEXT},
        "receipt": {**_TEXT, "format": "uuid", "description": "of a kill"},
    },
}


def takes(model: type[BaseModel], *, open_to_more: bool = False, kind: str = "application/json") -> Json:
    """A body of this model; `open_to_more`: with fields of a story beside its own."""
    schema = _whole(model.model_json_schema())
    if open_to_more:
        schema["additionalProperties"] = {"description": "fields of the story as a merge patch (RFC 7396)"}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


def answers(good: dict[int, Json], *problems: int) -> dict[int | str, Json]:
    """What a call answers: JSON of these schemas, or a problem with one of these statuses."""
    found: dict[int | str, Json] = {
        status: {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}
        for status, schema in good.items()
    }
    for status in problems:
        content = {"application/problem+json": {"schema": _PROBLEM}}
        found[status] = {"description": HTTPStatus(status).phrase, "content": content}
    return found


def _whole(schema: Json) -> Json:
    """A schema that refers to nothing outside itself: its definitions are put where they are used."""
    definitions = schema.pop("$defs", {})

    def resolved(value: Any) -> Any:  # noqa: ANN401 - a part of a JSON Schema
        if isinstance(value, list):
            return [resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return resolved(definitions[value["$ref"].rpartition("/")[2]])
        return {key: resolved(one) for key, one in value.items()}

    found: Json = resolved(schema)
    return found
