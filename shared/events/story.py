"""What is a story, before anybody has touched it?"""

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events.base import Frozen

Action = Literal["publish", "update", "correct", "kill", "revive", "expire"]
Priority = Literal["routine", "urgent", "breaking"]
NoteKind = Literal["correction", "clarification", "right_of_reply"]


class Term(Frozen):
    """A section or a tag: its identity is the slug, its name the first one that ingest logged for that slug."""

    slug: str
    name: str


class Person(Frozen):
    """An author, with the slug of the author page."""

    slug: str
    name: str
    url: str | None = None


class Credit(Frozen):
    """The words that belong to a picture."""

    alt: str = ""
    caption: str = ""
    credit: str = ""
    rights: str = ""


class Image(Credit):
    """A picture as the publisher named it: an address and its words."""

    url: str


class Rights(Frozen):
    """Under which terms a story may be used."""

    license: str | None = None
    usage_terms: str | None = None
    copyright: str | None = None


class Story(Frozen):
    """The content of one revision as ingest accepted it; `body_html` is not yet sanitised.

    `related` are story ids already (ingest derives them from the publisher's external ids).
    """

    headline: str
    body_html: str
    dek: str | None = None
    authors: tuple[Person, ...] = ()
    sections: tuple[Term, ...] = ()
    tags: tuple[Term, ...] = ()
    image: Image | None = None
    language: str | None = None
    canonical_url: str | None = None
    priority: Priority = "routine"
    related: tuple[UUID, ...] = ()
    rights: Rights | None = None
    genre: str | None = None
    sponsored: bool = False
    comments: Literal["open", "closed"] = "open"
    extra: dict[str, Any] = Field(default_factory=dict)


class HistoryEntry(Frozen):
    """One line of a story's history: what was done, whether people hear of it, and the public note.

    `note` is public: of a correction its note, of a kill the public note, never the internal reason. `changed` names
    what readers see differently since the content before: `headline`, `summary`, `text`, `photo`, `byline` …
    """

    revision: int
    action: Action
    notify: bool = True
    note: str | None = None
    kind: NoteKind | None = None
    changed: tuple[str, ...] = ()
    at: AwareDatetime


class FormerList(Frozen):
    """A list in which a story once stood: `section/economy`, `tag/harbour`, `author/ada-lind`, `archive/2026/11`.

    `name` is the one registered for a section, tag or author; a month has none.
    """

    key: str
    name: str = ""


class StoryHead(Frozen):
    """Identity and standing of one revision; every event of the line carries it unchanged from ingest.

    `ordinal` numbers stories in the order of their first acceptance (1, 2, 3 …): the tie-break of every list.
    `path` is the story's address (`/2026/11/23/slug/`), `redirects` are former paths and aliases that answer 301.
    `published_at` is what lists sort by. `announce_until` is the last moment at which this revision may still be
    announced; None: it never is (silent backfill). `history` is ordered by revision and ends with this one.
    `hidden`: the story ends (kill, expire) before anybody outside has seen it, so that nobody may learn that it was.
    `listed_before` are the lists in which earlier revisions stood in public: these stay, if empty, and their feeds
    carry the tombstone. So which lists there are follows from the log, not from what was rendered in between.
    `known_as` is for a story that is gone (kill, expire): every address by which others may have named it, of all its
    revisions. So whoever refers to it stops to, whichever of these has been heard.
    """

    story_id: UUID
    publisher: str
    publisher_name: str
    external_id: str
    revision: int
    action: Action
    ordinal: int
    accepted_at: AwareDatetime
    published_at: AwareDatetime
    path: str
    redirects: tuple[str, ...] = ()
    history: tuple[HistoryEntry, ...]
    announce_until: AwareDatetime | None = None
    hidden: bool = False
    listed_before: tuple[FormerList, ...] = ()
    known_as: tuple[str, ...] = ()

    @property
    def is_first(self) -> bool:
        """Is this the first revision of its story? Its number is not 1 where numbers jumped (after a restore)."""
        return len(self.history) <= 1
