"""What is a feed, whatever its format: a head, entries by time, and tombstones that stay 30 days?"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What a feed says of a story that was withdrawn. Times are µs."""

    story_id: UUID
    path: str
    killed: int
    note: str
    sort_at: int
    ordinal: int

    @property
    def urn(self) -> str:
        """The story's id, as ever."""
        return f"urn:uuid:{self.story_id}"


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What stands above the entries. `page_url` is the list's page, `self_url` the document's own address.

    `feed_url` is the address of the whole feed where this is one document of several (RFC 5005); `links` lead to the
    others (relation, address); `archived`: this one is complete, its place in the past is for good. `hubbed`: the hub
    of the site, if it has one, tells of its changes.
    """

    title: str
    description: str
    language: str
    page_url: str
    self_url: str
    updated: int | None
    feed_url: str = ""
    links: tuple[tuple[str, str], ...] = ()
    archived: bool = False
    hubbed: bool = True

    @property
    def has_hub(self) -> bool:
        """May it name the site's hub? What does not change needs none."""
        return self.hubbed and not self.archived


@dataclass(frozen=True, slots=True)
class Frame:
    """What a format puts before, between and after the entries."""

    before: bytes
    between: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """One rendered entry: where it stands (newest first), when it changed, its bytes, plain and deflated."""

    sort_at: int
    ordinal: int
    updated: int
    body: bytes
    packed: bytes


def standing(piece: Piece) -> tuple[int, int]:
    """What entries are sorted by as a feed shows them: newest first; the story accepted later first among equals."""
    return -piece.sort_at, -piece.ordinal


def newest_change(pieces: Iterable[Piece]) -> int | None:
    """The newest change among entries: the only date that a feed may carry as its own."""
    return max((piece.updated for piece in pieces), default=None)
