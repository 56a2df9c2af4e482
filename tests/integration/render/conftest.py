"""What the tests of render stand on: its index on each kind of database, the theme, a page store, hands for a bus."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from services.render.adapters.fragment_memory import MemoryFragments
from services.render.adapters.index import SqlIndex
from services.render.adapters.thumbnails import PillowThumbnails
from services.render.domain.site import Site
from services.render.handlers import RenderSteps, Sweep
from services.render.handlers.painter import Painter
from services.render.handlers.press import Press
from shared.database import Database
from shared.events import (
    Article,
    CommentsChanged,
    Event,
    Fragment,
    HistoryEntry,
    ListsRendered,
    Person,
    Reference,
    Route,
    StoryEnriched,
    StoryHead,
    StoryKilled,
    StoryRendered,
    Term,
)
from shared.pages import Pages, name_of
from shared.runtime.migrate import migrate
from shared.theme import Theme

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PUBLIC = "http://site.example"
MIGRATIONS = Path(__file__).parents[3] / "services/render/migrations"
SITE = Site("The Wire", PUBLIC, "en", ZoneInfo("UTC"))


def story_id(name: str) -> UUID:
    """The id of the story `name`."""
    return uuid5(NAMESPACE_URL, f"newswire:desk/{name}")


def head(name: str, ordinal: int, revision: int = 1, action: str = "publish", **more: Any) -> StoryHead:
    """A head; earlier revisions were publish and update."""
    history = tuple(
        HistoryEntry(
            revision=one,
            action=action if one == revision else "update" if one > 1 else "publish",
            at=AT + timedelta(minutes=ordinal, seconds=one),
            note=more.get("note") if one == revision else None,
        )
        for one in range(1, revision + 1)
    )
    values = {
        "story_id": story_id(name),
        "publisher": "desk",
        "publisher_name": "Desk",
        "external_id": name,
        "revision": revision,
        "action": action,
        "ordinal": ordinal,
        "accepted_at": AT,
        "published_at": AT + timedelta(minutes=ordinal),
        "path": f"/2026/11/23/{name}/",
        "history": history,
    }
    return StoryHead(**(values | {key: value for key, value in more.items() if key != "note"}))


def article(name: str, **more: Any) -> Article:
    """An article with one section, one tag, one author."""
    values = {
        "headline": f"Headline {name}",
        "dek": f"Dek of {name}.",
        "body": (Fragment(html=f"<p>Body of {name}.</p>"),),
        "text": f"Body of {name}.",
        "word_count": 3,
        "reading_minutes": 1,
        "language": "en",
        "sections": (Term(slug="town", name="Town"),),
        "tags": (Term(slug="harbour", name="Harbour"),),
        "authors": (Person(slug="ada-lind", name="Ada Lind"),),
    }
    return Article(**(values | more))


def enriched(name: str, ordinal: int, revision: int = 1, action: str = "publish", **more: Any) -> StoryEnriched:
    """A story as enrich hands it over; keywords of heads go to the head, all others to the article."""
    heads = {key: more.pop(key) for key in ("path", "redirects", "published_at", "note") if key in more}
    return StoryEnriched(head=head(name, ordinal, revision, action, **heads), article=article(name, **more), at=AT)


def expired(name: str, ordinal: int, revision: int = 2) -> StoryEnriched:
    """A story whose time is over."""
    return StoryEnriched(head=head(name, ordinal, revision, "expire"), article=None, at=AT)


def killed(
    name: str, ordinal: int, revision: int = 2, note: str = "Withdrawn for the tests.", **more: Any
) -> StoryKilled:
    """A kill; `more` are fields of the head."""
    return StoryKilled(
        head=head(name, ordinal, revision, "kill", note=note, **more),
        headline=f"Headline {name}",
        public_note=note,
        receipt=uuid5(NAMESPACE_URL, name),
        at=AT,
    )


def also(target: str, text: str = "what the publisher wrote") -> tuple[Fragment | Reference, ...]:
    """A body with a READ ALSO reference."""
    return (Fragment(html="<p>Before.</p>"), Reference(target=story_id(target), text=text))


class Clocked(SqlIndex):
    """The index with a clock that the test sets."""

    time = AT + timedelta(hours=1)

    async def now(self) -> datetime:
        return self.time


class HandLine:
    """A bus whose other end is the test: what was emitted is in `told`; site reads while `reads` is true."""

    def __init__(self, take: Callable[[Sequence[Event]], None]) -> None:
        self._take = take
        self.reads = True
        self.age = "first"

    async def emit(self, events: Sequence[Event]) -> list[str]:
        self._take(events)
        return ["1700000000000-0"] * len(events)

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        assert (event, group, before_ms) == (ListsRendered, "site", 1_700_000_000_001)
        return self.reads

    async def epoch(self) -> str | None:
        return self.age


class World:
    """Render on one database, as the bus would call it, and the route table that site would have."""

    def __init__(self, database: Database, pages: Pages, title: str = SITE.title) -> None:
        self.database, self.pages = database, pages
        self.told: list[Event] = []
        self.routes: dict[str, Route] = {}
        cache = MemoryFragments()
        self.line = HandLine(self._emit)
        self.index = Clocked(database, SITE, cache)
        theme = Theme(title=title, url=SITE.url, language=SITE.language, zone=SITE.zone)
        press = Press(Painter(theme, replace(SITE, title=title), cache), pages)
        self.sweep = Sweep(self.index, press, self.line, theme.fingerprint)
        self.steps = RenderSteps(self.index, press, PillowThumbnails(self.index, pages), self.sweep.wake)

    async def take(self, *batch: Event) -> list[list[Event]]:
        """Hand a batch of one kind of event to its step and apply the answers."""
        step: Any = {
            StoryEnriched: self.steps.enriched,
            StoryKilled: self.steps.killed,
            CommentsChanged: self.steps.commented,
        }[type(batch[0])]
        answers = [list(one) for one in await step(batch)]
        for events in answers:
            self._emit(events)
        return answers

    async def settle(self, *, hours: float = 0, seconds: float = 10) -> None:
        """Let time pass and render all that came due."""
        self.index.time += timedelta(hours=hours, seconds=seconds)
        while await self.sweep.once():
            pass

    async def body(self, path: str) -> str:
        """What `path` shows now."""
        stored = await self.pages.get_page(self.routes[path].key)
        return stored.encodings["identity"].decode()

    async def bodies(self) -> Mapping[str, str]:
        """Every page."""
        return {path: name_of(route.key) for path, route in sorted(self.routes.items())}

    def _emit(self, events: Sequence[Event]) -> None:
        for event in events:
            self.told.append(event)
            if isinstance(event, StoryRendered | ListsRendered):
                for route in event.routes:
                    known = self.routes.get(route.path)
                    if known is None or route.version > known.version:
                        self.routes[route.path] = route


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """Render with an empty index, on each kind of database."""
    database = Database(database_url, "render")
    await migrate(database, MIGRATIONS)
    yield World(database, Pages(f"file://{tmp_path}/pages"))
    await database.close()
