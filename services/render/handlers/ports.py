"""What do the handlers need of the world?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from services.render.domain.entry import Thumb
from services.render.domain.snapshot import Applied, Change, Job, Killed, Snapshot
from shared.events import CommentsChanged, Event, StoredImage
from shared.pages import Page

Kind = Literal["story", "list", "feed", "sitemap", "comments"]


@dataclass(frozen=True, slots=True)
class Painted:
    """A page for `path`; None when there is none any more.

    `of` says what it was made for: `story:{id}`, `list:{key}`, or nothing in particular.
    """

    path: str
    kind: Kind
    page: Page | None
    of: str = ""


class Templates(Protocol):
    """The theme."""

    @property
    def strings(self) -> Mapping[str, str]:
        """The words of the site's language."""

    def page(self, template: str, **context: object) -> bytes:
        """Render a template."""

    def date(self, at: datetime) -> dict[str, str]:
        """A moment as templates show it."""


class Index(Protocol):
    """Which stories there are; each method is one transaction."""

    async def now(self) -> datetime:
        """The database's clock."""

    async def apply(self, changes: Sequence[Change], now: datetime) -> Applied:
        """Enter revisions."""

    async def kill(self, kills: Sequence[Killed], now: datetime) -> Applied:
        """Enter kills."""

    async def comment(self, events: Sequence[CommentsChanged], now: datetime) -> Applied:
        """Enter lists of comments."""

    async def claim(
        self, now: datetime, most: int, ahead: float = 0.0
    ) -> tuple[Snapshot, Sequence[tuple[Job, int]]] | None:
        """What is due within `ahead` seconds."""

    async def settle(self, done: Sequence[tuple[Job, int]], later: Sequence[tuple[Job, int]], version: int) -> None:
        """Forget what was done, note what time will change."""

    async def mark(self, jobs: Iterable[Job], now: datetime) -> None:
        """Ask for jobs at once."""

    async def restyle(self, style: str, now: datetime) -> bool:
        """Ask for every page if they were made in another style before; were they?"""


class Line(Protocol):
    """The bus, as far as a loop needs it."""

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Tell events; their entry ids ("ms-n")."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has `group` finished every entry older than that?"""

    async def epoch(self) -> str | None:
        """Changes when the line has lost everything."""


class PageStore(Protocol):
    """Where pages go."""

    async def put_pages(self, pages: Iterable[Page]) -> list[str]:
        """Write pages; their keys in the same order."""


class Thumbnails(Protocol):
    """Smaller pictures."""

    async def of(self, image: StoredImage) -> Thumb | None:
        """The smaller copy of a picture; None when it needs none or cannot be read."""
