"""What do lists and feeds need to know of a story?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.render.domain.instants import micros
from services.render.domain.lists import path_of
from services.render.domain.markup import absolute, clean, uri
from shared.events import Article, Fragment, HistoryEntry, StoredImage, StoryHead

#: The theme's way to write a date: {"iso": …, "text": …}.
Dates = Callable[[datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Thumb:
    """A smaller copy of a story's picture, for cards."""

    path: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One story in lists and feeds. Times are µs; `updated` is the newest revision's.

    `html` has absolute links and no characters that XML forbids.
    """

    story_id: UUID
    head: StoryHead
    article: Article
    thumb: Thumb | None
    url: str
    published: int
    updated: int
    html: str

    @property
    def urn(self) -> str:
        """The id under which every feed knows the story, for ever."""
        return f"urn:uuid:{self.story_id}"

    @property
    def corrections(self) -> tuple[HistoryEntry, ...]:
        """Public corrections, oldest first."""
        return corrections(self.head)


def entry(head: StoryHead, article: Article, thumb: Thumb | None, site_url: str) -> Entry:
    """The entry of one story.

    READ ALSO references stay out of feeds: what a reader has fetched cannot follow its target's new headline, and a
    killed target must not be repeated anywhere.
    """
    html = "\n".join(part.html for part in article.body if isinstance(part, Fragment))
    return Entry(
        story_id=head.story_id,
        head=head,
        article=article,
        thumb=thumb,
        url=uri(site_url + head.path),
        published=micros(head.published_at),
        updated=changed_at(head),
        html=clean(absolute(html, site_url)),
    )


def changed_at(head: StoryHead) -> int:
    """When the story's content changed last (µs): its newest revision, never before its publication.

    What was changed under embargo has not changed for anybody.
    """
    newest = max((micros(one.at) for one in head.history), default=micros(head.accepted_at))
    return max(newest, micros(head.published_at))


def corrections(head: StoryHead) -> tuple[HistoryEntry, ...]:
    """Public corrections, oldest first."""
    return tuple(one for one in head.history if one.action == "correct")


def card(one: Entry, dates: Dates) -> dict[str, Any]:
    """A story as templates show it in lists; plain values only."""
    article = one.article
    section = article.sections[0] if article.sections else None
    return {
        "path": uri(one.head.path),
        "headline": article.headline,
        "dek": article.dek,
        "date": dict(dates(one.head.published_at)),
        "section": {"name": section.name, "path": path_of(f"section/{section.slug}")} if section else None,
        "authors": [
            {"name": who.name, "path": path_of(f"author/{who.slug}"), "url": who.url} for who in article.authors
        ],
        "image": _card_image(one),
        "priority": article.priority,
        "sponsored": article.sponsored,
        "corrected": bool(one.corrections),
        "language": article.language,
    }


def _card_image(one: Entry) -> dict[str, Any] | None:
    image = one.article.image
    if image is None:
        return None
    if one.thumb is None:
        return {"path": image.path, "width": image.width, "height": image.height, "alt": image.alt}
    small = one.thumb
    return {
        "path": small.path,
        "width": small.width,
        "height": small.height,
        "alt": image.alt,
        "srcset": srcset(small, image),
    }


def srcset(small: Thumb, image: StoredImage) -> str:
    """Both sizes, for browsers to choose from."""
    return f"{small.path} {small.width}w, {image.path} {image.width}w"
