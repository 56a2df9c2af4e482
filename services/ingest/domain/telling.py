"""How does a revision read as an event? Everything that the next step needs, from the log alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import orjson

from services.ingest.domain.fields import StoryFields
from services.ingest.domain.identity import story_id
from services.ingest.domain.slugs import slugify
from services.ingest.domain.standing import Entry
from shared.events import (
    WITHDRAWN,
    FormerList,
    HistoryEntry,
    Image,
    Person,
    Rights,
    Story,
    StoryHead,
    StoryKilled,
    StoryReceived,
    StoryScheduled,
    Term,
)

Kind = Literal["section", "tag", "author"]
#: (kind, slug) → the first name logged for it.
Names = Mapping[tuple[Kind, str], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One revision with what belongs to it: its story's history up to it, its publisher, the names of its terms.

    `content` is the newest content (JSON); of a kill and an expiry only its headline goes to the desk.
    `hidden`: it ends a story that nobody outside has seen. `listed` are the lists of earlier revisions, `known_as` the
    addresses of a story that is gone.
    """

    entry: Entry
    publisher_name: str
    content: bytes
    history: tuple[HistoryEntry, ...]
    names: Names
    hidden: bool = False
    listed: tuple[FormerList, ...] = ()
    known_as: tuple[str, ...] = ()


def event(told: Told, at: datetime) -> StoryReceived | StoryKilled:
    """What is emitted for a revision whose time has come."""
    entry = told.entry
    if entry.action not in {"kill", "expire"}:
        return StoryReceived(at=at, head=head(told), story=content(told))
    headline = str(orjson.loads(told.content)["headline"])
    if entry.action == "expire":
        return StoryReceived(at=at, head=head(told), story=None, headline=headline)
    note = entry.note or WITHDRAWN
    return StoryKilled(at=at, head=head(told), headline=headline, public_note=note, receipt=UUID(entry.receipt or ""))


def scheduled(entry: Entry, at: datetime) -> StoryScheduled:
    """What the desk hears of a revision that waits."""
    return StoryScheduled(
        at=at,
        story_id=UUID(entry.identity.story_id),
        publisher=entry.identity.publisher,
        external_id=entry.identity.external_id,
        headline=str(orjson.loads(entry.content or b"{}").get("headline", "")),
        revision=entry.revision,
        action=entry.action,
        accepted_at=entry.accepted_at,
        release_at=entry.release_at or entry.accepted_at,
    )


def history_entry(entry: Entry) -> HistoryEntry:
    """A revision as a line of its story's history."""
    return HistoryEntry(
        revision=entry.revision,
        action=entry.action,
        notify=entry.notify,
        note=entry.note,
        kind=entry.kind,
        changed=entry.changed,
        at=entry.accepted_at,
    )


def head(told: Told) -> StoryHead:
    """Identity and standing of a revision."""
    entry = told.entry
    return StoryHead(
        story_id=UUID(entry.identity.story_id),
        publisher=entry.identity.publisher,
        publisher_name=told.publisher_name,
        external_id=entry.identity.external_id,
        revision=entry.revision,
        action=entry.action,
        ordinal=entry.ordinal,
        accepted_at=entry.accepted_at,
        published_at=entry.published_at,
        path=entry.path,
        redirects=entry.redirects,
        history=told.history,
        announce_until=entry.announce_until,
        hidden=told.hidden,
        listed_before=told.listed,
        known_as=told.known_as,
    )


def content(told: Told) -> Story:
    """The pushed fields as the event's story: terms with their slugs and first names, related stories by id."""
    fields = StoryFields.model_validate_json(told.content, strict=False)
    urls = {slugify(one.name): one.url for one in reversed(fields.authors)}
    publisher, own = told.entry.identity.publisher, told.entry.identity.external_id
    return Story(
        headline=fields.headline,
        body_html=fields.body_html,
        dek=fields.dek,
        authors=tuple(
            Person(slug=slug, name=name, url=urls.get(slug))
            for slug, name in _named("author", (one.name for one in fields.authors), told.names)
        ),
        sections=tuple(Term(slug=s, name=n) for s, n in _named("section", fields.sections, told.names)),
        tags=tuple(Term(slug=s, name=n) for s, n in _named("tag", fields.tags, told.names)),
        image=Image(**fields.image.model_dump(exclude_none=True)) if fields.image else None,
        language=fields.language,
        canonical_url=fields.canonical_url,
        priority=fields.priority,
        related=tuple(story_id(publisher, one) for one in dict.fromkeys(fields.related) if one != own),
        rights=Rights(**fields.rights.model_dump()) if fields.rights else None,
        genre=fields.genre,
        sponsored=fields.sponsored,
        comments=fields.comments,
        extra=fields.extra,
    )


def terms(content: bytes) -> dict[tuple[Kind, str], str]:
    """(kind, slug) → the name that this story gives it, the first one of each."""
    fields = orjson.loads(content)
    found: dict[tuple[Kind, str], str] = {}
    given: tuple[tuple[Kind, Iterable[str]], ...] = (
        ("section", fields.get("sections", ())),
        ("tag", fields.get("tags", ())),
        ("author", (one["name"] for one in fields.get("authors", ()))),
    )
    for kind, names in given:
        for name in names:
            found.setdefault((kind, slugify(name)), name.strip())
    return found


def _named(kind: Kind, names: Iterable[str], known: Names) -> list[tuple[str, str]]:
    """Each slug once, in the publisher's order, with its registered name."""
    given: dict[str, str] = {}
    for name in names:
        given.setdefault(slugify(name), name)
    return [(slug, known.get((kind, slug), name)) for slug, name in given.items()]
