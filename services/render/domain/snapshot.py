"""What does one transaction hand to the painter? All that the pages of some jobs show; no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple
from uuid import UUID

from services.render.domain.comments import StoryComment
from services.render.domain.entry import Thumb
from services.render.domain.feed import Tombstone
from services.render.domain.fragments import Card, FeedPieces
from services.render.domain.lists import Membership
from services.render.domain.neighbours import NOBODY, Between, Spot
from services.render.domain.references import Target
from services.render.domain.sitemaps import SitemapEntry
from shared.events import StoryEnriched

What = Literal[
    "list",
    "first",
    "feeds",
    "deep",
    "archive",
    "graves",
    "chunk",
    "sitemap",
    "news",
    "comments",
    "story",
    "static",
    "restyle",
]


@dataclass(frozen=True, slots=True)
class Job:
    """Something to render; `list` is a list's first page and feeds. `since`: from where on a month changed (µs).

    `graves` is a month, too, once tombstones in it are old enough to go: as an `archive` job it would be joined with
    that of the next story of the month, and all since the tombstone would be made again each time.
    `restyle` are the story pages after the ordinal `since`, some at a time, until all have been made again.

    `key` is a list, a month, a chunk's number or a story.
    """

    what: What
    key: str = ""
    since: int | None = None


@dataclass(frozen=True)
class Change:
    """A revision on its way into the index. `event.article` is None when the story expires.

    `is_news`: the index does not have it yet.
    """

    event: StoryEnriched
    thumb: Thumb | None = None
    is_news: bool = True

    @cached_property
    def story_id(self) -> str:
        """The story, as the index names it."""
        return str(self.event.head.story_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """A story as it lies in the index."""

    story_id: str
    version: int
    revision: int
    comments_version: int
    state: str
    doc: bytes
    comments: bytes | None
    thumb: Thumb | None


class Place(NamedTuple):
    """A story's place in a list; `version` names the state of the story that the list shows."""

    story_id: str
    version: int
    sort_at: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it stands. `places` are enough for the job: 50 for feeds, 200 for deeper pages.

    `pages` is the most that it has ever had: those beyond its last are rendered empty.

    `breaking`: the newest breaking stories, which the front page leads with while they are fresh.

    `paged`, `fed`: are its first page and its feeds wanted? What its feeds no longer carry is read on elsewhere:
    `archived`, the month and page (see `archive_feed_path`), for the front page; `older`, the time (µs) of the newest
    story that they leave out, for sections, tags and authors.
    """

    key: str
    name: str
    size: int
    pages: int
    places: Sequence[Place]
    tombstones: Sequence[Tombstone] = ()
    sections: Sequence[tuple[str, str]] = ()
    breaking: Sequence[Place] = ()
    paged: bool = True
    fed: bool = True
    archived: tuple[str, int | None] | None = None
    older: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveSlice:
    """Some pages of a month, oldest first, from `page` to `until`; `neighbours` are the months before and after it.

    `tombstones` are those of the month but what stands on pages before these (see `domain.graves`). `second` is where
    the page after the very first one of all months is (month and page, see `archive_feed_path`).
    """

    key: str
    size: int
    page: int
    until: int
    places: Sequence[Place]
    neighbours: tuple[str | None, str | None]
    tombstones: Sequence[Tombstone] = ()
    second: tuple[str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class StoryShot:
    """A story page: the story, what it refers to by the name that the reference uses, its place in its section."""

    stored: Stored
    targets: Mapping[str, Target]
    spot: Spot | None = None
    between: Between = NOBODY


@dataclass(frozen=True, slots=True)
class SitemapShot:
    """The sitemap's index: (file, newest change in it), and the keys of the sections."""

    files: Sequence[tuple[int, int | None]]
    sections: Sequence[str]


@dataclass(slots=True)
class Snapshot:
    """All that one rendering needs. `version` is what every route made from it carries.

    `cards` and `pieces` were in the cache; `docs` has the stories whose were not; `events`
    spares unpacking those that have just come. `files` are those of the sitemap (number, deflated runs
    of addresses), `former_files` the numbers of those that there are no more. `later` is what the passing of time
    will change about these pages: jobs and when they are due (µs).
    """

    version: int
    lists: list[Listing] = field(default_factory=list)
    deep: list[Listing] = field(default_factory=list)
    archives: list[ArchiveSlice] = field(default_factory=list)
    stories: list[StoryShot] = field(default_factory=list)
    files: list[tuple[int, Sequence[bytes]]] = field(default_factory=list)
    former_files: list[int] = field(default_factory=list)
    sitemap: SitemapShot | None = None
    news: Sequence[SitemapEntry] | None = None
    comments: Sequence[StoryComment] | None = None
    static: bool = False
    cards: dict[str, Card] = field(default_factory=dict)
    pieces: dict[tuple[str, bool], FeedPieces] = field(default_factory=dict)
    docs: dict[str, Stored] = field(default_factory=dict)
    events: dict[str, StoryEnriched] = field(default_factory=dict)
    later: list[tuple[Job, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a batch: `accepted` are the stories to be told of, with the lists that each touches."""

    accepted: Mapping[str, Sequence[str]]
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Killed:
    """A kill on its way into the index (time in µs).

    `stood_in` are the lists that may have carried the story; none when nobody has ever seen it.
    """

    story_id: UUID
    revision: int
    path: str
    ordinal: int
    note: str
    at: int
    published: int
    stood_in: tuple[Membership, ...] = ()
