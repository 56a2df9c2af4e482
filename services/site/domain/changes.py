"""What does an event change, said in the site's own words?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from services.site.domain.addresses import alias_form, lookup_form
from services.site.domain.answers import Found
from services.site.domain.standing import Fence, State, belongs_to, owner_path
from shared.events import Article, Fragment, Route, StoryHead, StoryKilled, StoryRendered

EXPIRED_NOTE: Final = "This story is no longer available."
_MEDIA: Final = re.compile(r"/media/([0-9A-Za-z._-]+)")


@dataclass(frozen=True, slots=True)
class PageRoute:
    """`path` (looked-up form) shows the page object `key` (None: nothing) unless a higher version is known."""

    path: str
    key: str | None
    version: int
    kind: Literal["story", "list", "feed", "sitemap", "comments"]

    @classmethod
    def of(cls, route: Route) -> "PageRoute":
        """A route as the event carries it."""
        return cls(lookup_form(route.path), route.key or None, route.version, route.kind)

    @property
    def owner_path(self) -> str | None:
        """The story address that this page hangs on, None for lists."""
        return owner_path(self.kind, self.path)


@dataclass(frozen=True, slots=True)
class Document:
    """What search knows of a story. `card` is what a hit shows; `facets` are `section:slug`, `tag:…`, `author:…`."""

    story_id: str
    path: str
    headline: str
    dek: str
    names: str
    text: str
    card: dict[str, Any]
    facets: frozenset[str]
    published: float


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of the corrections page."""

    revision: int
    kind: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryChange:
    """A story's new standing. `comments_version` is None where the event says nothing of comments (kill, expire)."""

    story_id: str
    path: str
    revision: int
    comments_version: int | None
    state: State
    action: str
    headline: str
    note: str | None
    at: datetime
    redirects: frozenset[str]
    comments_open: bool = False
    routes: tuple[PageRoute, ...] = ()
    media: frozenset[str] = frozenset()
    corrections: tuple[Correction, ...] = ()
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a commit did: its number, how each story's change stood to what was known, which addresses answer anew.

    `hidden`: the addresses of pictures that a story shows no more. `shown`: what the pages of its stories answer from
    now on, so that the proof need not ask the database.
    """

    number: int
    fences: Mapping[str, Fence]
    paths: frozenset[str]
    hidden: frozenset[str] = frozenset()
    shown: Mapping[str, Found] = field(default_factory=dict)


def from_kill(event: StoryKilled) -> StoryChange:
    """The story is withdrawn."""
    if event.head.hidden:
        identity = _identity(event.head) | {"redirects": frozenset()}
        return StoryChange(**identity, comments_version=None, state="hidden", headline="", note=None)
    return StoryChange(
        **_identity(event.head),
        comments_version=None,
        state="killed",
        headline="",
        note=event.public_note,
        corrections=_corrections(event.head),
    )


def from_rendered(event: StoryRendered) -> StoryChange:
    """The story shows another revision or other comments; without an article it has expired."""
    article = event.article
    if article is None:
        note = None if event.head.action == "kill" else EXPIRED_NOTE
        state: State = "killed" if event.head.action == "kill" else "expired"
        gone = StoryChange(**_identity(event.head), comments_version=None, state=state, headline="", note=note)
        return replace(gone, corrections=_corrections(event.head))
    return StoryChange(
        **_identity(event.head),
        comments_version=event.comments_version,
        state="live",
        headline=article.headline,
        note=None,
        comments_open=article.comments == "open",
        routes=tuple(PageRoute.of(route) for route in event.routes if belongs_to(route.path, event.head.path)),
        media=_media(article),
        corrections=_corrections(event.head),
        document=_document(event.head, article),
    )


def shared_routes(batch: Iterable[StoryRendered]) -> list[PageRoute]:
    """The lists and feeds that came with stories: they belong to no story and are judged by version alone.

    Stories of a batch bring the same lists, each address is answered once, with its highest version.
    """
    found: dict[str, Route] = {}
    for event in batch:
        own = event.head.path
        for route in event.routes:
            before = found.get(route.path)
            if (before is None or route.version > before.version) and not belongs_to(route.path, own):
                found[route.path] = route
    return [PageRoute.of(route) for route in found.values()]


def newest(routes: Iterable[PageRoute]) -> dict[str, PageRoute]:
    """The highest version of each path."""
    found: dict[str, PageRoute] = {}
    for route in routes:
        before = found.get(route.path)
        if before is None or route.version > before.version:
            found[route.path] = route
    return found


def newest_changes(changes: Sequence[StoryChange]) -> dict[str, StoryChange]:
    """The newest standing of each story in a batch."""
    found: dict[str, StoryChange] = {}
    for change in changes:
        before = found.get(change.story_id)
        if before is None or rank(change) >= rank(before):
            found[change.story_id] = change
    return found


def rank(change: StoryChange) -> tuple[int, int]:
    """By what changes of one story are ordered."""
    return change.revision, change.comments_version or 0


def _identity(head: StoryHead) -> dict[str, Any]:
    path = lookup_form(head.path)
    return {
        "story_id": str(head.story_id),
        "path": path,
        "revision": head.revision,
        "action": head.action,
        "at": head.history[-1].at if head.history else head.accepted_at,
        "redirects": frozenset(alias_form(address) for address in head.redirects) - {path},
    }


def _corrections(head: StoryHead) -> tuple[Correction, ...]:
    return tuple(
        Correction(
            entry.revision,
            entry.kind or ("withdrawn" if entry.action == "kill" else "correction"),
            entry.note,
            entry.at,
        )
        for entry in head.history
        if entry.action in {"correct", "kill"} and entry.note
    )


def _media(article: Article) -> frozenset[str]:
    bodies = (part.html for part in article.body if isinstance(part, Fragment) and "/media/" in part.html)
    inline = {name for html in bodies for name in _MEDIA.findall(html)}
    return frozenset(inline | set(_MEDIA.findall(article.image.path)) if article.image else inline)


def _document(head: StoryHead, article: Article) -> Document:
    terms = (("section", article.sections), ("tag", article.tags), ("author", article.authors))
    people = ", ".join(author.name for author in article.authors)
    return Document(
        story_id=str(head.story_id),
        path=lookup_form(head.path),
        headline=article.headline,
        dek=article.dek,
        names=" ".join(term.name for _, group in terms for term in group),
        text=article.text,
        card={
            "sections": [[term.slug, term.name] for term in article.sections[:1]],
            "authors": [[author.slug, author.name] for author in article.authors],
            "byline": people,
            "language": article.language,
            "priority": article.priority,
            "sponsored": article.sponsored,
            "corrected": any(entry.action == "correct" for entry in head.history),
        },
        facets=frozenset(f"{kind}:{term.slug}" for kind, group in terms for term in group),
        published=head.published_at.timestamp(),
    )
