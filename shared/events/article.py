"""What is a story once it is clean, understood and linked?"""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import Frozen
from shared.events.story import Credit, Person, Priority, Rights, Term


class Fragment(Frozen):
    """A run of sanitised HTML: whole block elements, safe to put on a page as it is."""

    type: Literal["html"] = "html"
    html: str


class Reference(Frozen):
    """A typed READ ALSO reference, a paragraph of its own between two fragments.

    `target` is the story it means; None while the address it named (`address`: a canonical URL or one of our paths)
    belongs to no story that is known. `text` is what the publisher wrote, shown while the target is unknown.
    """

    type: Literal["reference"] = "reference"
    target: UUID | None = None
    address: str | None = None
    text: str


Part = Fragment | Reference


class StoredImage(Credit):
    """A picture in the page store for good; `key` is its object there, `path` its address on our site (`/media/…`)."""

    key: str
    path: str
    content_type: str
    width: int
    height: int
    bytes: int


class Article(Frozen):
    """A story after enrich: `body` is sanitised, `text` is its plain text (paragraphs separated by one newline).

    `headline` and `dek` are plain text, never HTML. `related` are earlier stories, best first.
    `missing_image` says why a named picture is not there (shown in the trace).
    """

    headline: str
    dek: str
    body: tuple[Part, ...]
    text: str
    word_count: int
    reading_minutes: int
    language: str
    terms: tuple[str, ...] = ()
    related: tuple[UUID, ...] = ()
    image: StoredImage | None = None
    missing_image: str | None = None
    authors: tuple[Person, ...] = ()
    sections: tuple[Term, ...] = ()
    tags: tuple[Term, ...] = ()
    canonical_url: str | None = None
    priority: Priority = "routine"
    rights: Rights | None = None
    genre: str | None = None
    sponsored: bool = False
    comments: Literal["open", "closed"] = "open"
    extra: dict[str, Any] = Field(default_factory=dict)
