"""What the tests of enrich stand on: a migrated database on each kind of server, a page store, a web that we script."""

import uuid
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from PIL import Image as PillowImage

from services.enrich.adapters.pictures import StoredPictures
from services.enrich.adapters.stories import SqlStories
from services.enrich.domain.sanitise import Sanitiser
from services.enrich.handlers import Enricher
from shared.database import Database
from shared.events import HistoryEntry, Story, StoryEnriched, StoryHead, StoryKilled, StoryReceived, Term
from shared.net import Answer, Unreachable
from shared.pages import Pages
from shared.runtime.migrate import migrate

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PUBLIC = "http://site.example"
MIGRATIONS = Path(__file__).parents[3] / "services/enrich/migrations"


def story_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"newswire:desk/{name}")


def head(name: str, ordinal: int, revision: int = 1, action: str = "publish", **more: Any) -> StoryHead:
    entry = HistoryEntry(revision=revision, action=action, at=AT)
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
        "history": (entry,),
    }
    return StoryHead(**(values | more))


def received(
    name: str, ordinal: int, body: str = "<p>So.</p>", *, tags: Sequence[str] = (), revision: int = 1, **more: Any
) -> StoryReceived:
    heads = {key: more.pop(key) for key in ("path", "redirects", "action") if key in more}
    values = {"headline": f"{name} {name}", "language": "en", "tags": tuple(Term(slug=one, name=one) for one in tags)}
    story = Story(body_html=body, **(values | more))
    return StoryReceived(head=head(name, ordinal, revision, **heads), story=story, at=AT)


def killed(name: str, ordinal: int, revision: int = 2) -> StoryKilled:
    return StoryKilled(
        head=head(name, ordinal, revision, "kill"), headline="x", public_note="Gone.", receipt=uuid.uuid4(), at=AT
    )


def jpeg(width: int = 40, height: int = 30) -> bytes:
    written = BytesIO()
    PillowImage.new("RGB", (width, height), "teal").save(written, "JPEG")
    return written.getvalue()


class ScriptedWeb:
    """The web as a table; counts what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | Exception] = {}
        self.asked: list[str] = []

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Answer:  # noqa: ASYNC109
        del max_bytes, timeout
        self.asked.append(url)
        answer = self.pages.get(url, Unreachable("no such host"))
        if isinstance(answer, Exception):
            raise answer
        return answer


class SilentGuesser:
    """Knows one language."""

    loaded = True

    def guess(self, sample: str) -> tuple[str, float]:
        return ("de", 0.99) if " der " in sample else ("xx", 0.1)


class World:
    """Enrich on one database, as the bus would call it."""

    def __init__(self, database: Database, pages: Pages) -> None:
        self.database, self.pages, self.web = database, pages, ScriptedWeb()
        self.enricher = Enricher(
            SqlStories(database, PUBLIC),
            StoredPictures(database, pages, self.web, PUBLIC),
            SilentGuesser(),
            Sanitiser(PUBLIC),
            site_language="en",
            now=database.now,
        )
        #: What readers downstream would hold: the newest event of each story.
        self.held: dict[str, StoryEnriched] = {}

    async def take(self, *batch: StoryReceived | StoryKilled) -> list[list[StoryEnriched]]:
        kind = type(batch[0])
        step = self.enricher.killed if kind is StoryKilled else self.enricher.received
        answers = [list(one) for one in await step(batch)]  # type: ignore[arg-type]
        for events in answers:
            for event in events:
                self.held[event.head.external_id] = event
        return answers


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    database = Database(database_url, "enrich")
    await migrate(database, MIGRATIONS)
    yield World(database, Pages(f"file://{tmp_path}/pages"))
    await database.close()
