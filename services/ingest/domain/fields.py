"""What is a story as it is pushed? Its fields, their limits, and when two pushes say the same.

The pushed fields are kept as they came (times in UTC, nulls left out) and given back. Two pushes are the same when they
are equal with every default filled in. Of a key that a JSON object holds twice the last counts, as in JavaScript.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.ingest.domain.aliases import Alias
from services.ingest.domain.identity import EXTERNAL_ID
from services.ingest.domain.problems import Fault, InvalidFields
from services.ingest.domain.text import Address, At, Body, Headline, Line, Sluggable, TermName, Words, prose
from shared.events import rfc3339

M = TypeVar("M", bound=BaseModel)

ExternalId = Annotated[str, StringConstraints(pattern=f"^{EXTERNAL_ID.pattern}$")]

LONGEST_EXTRA: Final = 8 * 1024
DEEPEST_EXTRA: Final = 16


class Strict(BaseModel):
    """No guessing of types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AuthorField(Strict):
    """Who wrote it."""

    name: Sluggable
    url: Address | None = None


class ImageField(Strict):
    """The featured picture."""

    url: Address
    alt: Words | None = None
    caption: Words | None = None
    credit: Words | None = None
    rights: Words | None = None


class RightsField(Strict):
    """Terms of use."""

    license: Words | None = None
    usage_terms: Words | None = None
    copyright: Words | None = None


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    _walk(value, 1)
    if len(orjson.dumps(value)) > LONGEST_EXTRA:
        raise ValueError(f"must be at most {LONGEST_EXTRA} bytes of JSON")
    return value


def _walk(value: Any, depth: int) -> None:  # noqa: ANN401 - a JSON value
    if depth > DEEPEST_EXTRA:
        raise ValueError(f"must be at most {DEEPEST_EXTRA} levels deep")
    if isinstance(value, str):
        prose(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            prose(key)
            _walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, depth + 1)


class StoryFields(Strict):
    """Every field of the interface, §3."""

    headline: Headline
    body_html: Body
    dek: Annotated[Line, StringConstraints(max_length=1000)] | None = None
    slug: Sluggable | None = None
    aliases: Annotated[list[Alias], Field(max_length=50)] = []
    authors: Annotated[list[AuthorField], Field(max_length=20)] = []
    sections: Annotated[list[TermName], Field(max_length=10)] = []
    tags: Annotated[list[TermName], Field(max_length=50)] = []
    image: ImageField | None = None
    published_at: At | None = None
    embargo_until: At | None = None
    expires_at: At | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$")] | None = None
    canonical_url: Address | None = None
    priority: Literal["routine", "urgent", "breaking"] = "routine"
    notify: bool = True
    related: Annotated[list[ExternalId], Field(max_length=50)] = []
    rights: RightsField | None = None
    genre: Annotated[Line, StringConstraints(max_length=100)] | None = None
    sponsored: bool = False
    comments: Literal["open", "closed"] = "open"
    extra: Annotated[dict[str, Any], AfterValidator(_bounded)] = {}


@dataclass(frozen=True, slots=True)
class Pushed:
    """Valid fields, as a value: `story` typed, `content` as it is given back, `digest` equal for equal stories."""

    story: StoryFields
    content: bytes
    digest: str


def pushed(data: Any) -> Pushed:  # noqa: ANN401 - any JSON value
    """`data` (decoded JSON) as a story; InvalidFields with a JSON Pointer for every fault."""
    if not isinstance(data, dict):
        raise InvalidFields([("", "must be a JSON object with the story's fields")])
    story = validated(StoryFields, without_nulls(data))
    if story.embargo_until and story.expires_at and story.expires_at <= story.embargo_until:
        raise InvalidFields([("/expires_at", "must be later than embargo_until")])
    content = orjson.dumps(story.model_dump(exclude_unset=True), default=_time, option=orjson.OPT_PASSTHROUGH_DATETIME)
    same = story.model_dump(exclude_defaults=True)
    canonical = orjson.dumps(same, default=_time, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
    return Pushed(story, content, hashlib.sha256(canonical).hexdigest())


def validated(model: type[M], data: Any) -> M:  # noqa: ANN401 - any JSON value
    """`data` as a `model`; InvalidFields otherwise."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidFields([_fault(one) for one in error.errors(include_url=False, include_input=False)]) from None


def without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    """A field that is null says what an absent one says (RFC 7396 could not even set it)."""
    return {key: value for key, value in data.items() if value is not None}


def _fault(error: Any) -> Fault:  # noqa: ANN401 - pydantic's ErrorDetails with any keys
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    match error["type"]:
        case "missing":
            return pointer, "this field is required"
        case "extra_forbidden":
            return pointer, "unknown field"
        case "model_type":
            return pointer, "must be a JSON object"
        case _:
            return pointer, str(error["msg"]).removeprefix("Value error, ")


def _time(value: Any) -> str:  # noqa: ANN401 - orjson asks for whatever it does not know
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(type(value).__name__)
