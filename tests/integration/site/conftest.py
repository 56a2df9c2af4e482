"""What the tests of the site stand on: all of it on a real server, on each kind of database; only the bus is ours."""

import uuid
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import pytest

from services.site import app as composition
from services.site.app import build
from shared.database import Database
from shared.events import (
    Article,
    Event,
    Fragment,
    HistoryEntry,
    ListsRendered,
    Person,
    Route,
    StoredImage,
    StoryHead,
    StoryKilled,
    StoryLive,
    StoryRendered,
    Term,
)
from shared.net import Net
from shared.pages import Page, Pages
from shared.runtime.migrate import migrate
from shared.runtime.server import Listener
from shared.runtime.service import Lent
from shared.settings import Settings
from tests.servers.newswire import free_port

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADMIN = "admin-key-of-the-tests"
MIGRATIONS = Path(composition.__file__).parent / "migrations"


class HandBus:
    """Hands events to the steps when a test says so, and keeps what was emitted."""

    def __init__(self) -> None:
        self.steps: dict[type[Event], Any] = {}
        self.woken: list[Any] = []
        self.emitted: list[Event] = []

    def step(self, event: type[Event], handler: Any, *, at_once: int = 1) -> None:
        del at_once
        self.steps[event] = handler

    def on_wake(self, topic: str, callback: Any) -> None:
        assert topic == "routes"
        self.woken.append(callback)

    async def wake(self, topic: str) -> None:
        assert topic == "routes"
        for callback in self.woken:
            callback()

    async def emit(self, events: Sequence[Event]) -> list[str]:
        self.emitted += events
        return [f"{number}-0" for number in range(len(events))]

    async def take(self, *batch: Event) -> list[list[Event]]:
        return [list(answer) for answer in await self.steps[type(batch[0])](batch)]


class Newsroom:
    """Everything before the site: makes pages as render does, and the events that carry them."""

    def __init__(self, pages: Pages, bus: HandBus) -> None:
        self.pages, self.bus = pages, bus
        self.versions: dict[str, int] = {}

    async def route(self, path: str, text: str, kind: str = "list", **headers: str) -> Route:
        version = self.versions[path] = self.versions.get(path, 0) + 1
        body = f'<!doctype html><title>{text}</title>{text * 20}<p id="comment-held" hidden>Held.</p>'.encode()
        shown = {name.replace("_", "-"): value for name, value in headers.items()}
        [key] = await self.pages.put_pages([Page("text/html; charset=utf-8", body, shown)])
        return Route(path=path, key=key, version=version, kind=kind)

    async def rendered(self, name: str, revision: int = 1, text: str | None = None, **more: Any) -> StoryRendered:
        head = self.head(
            name,
            revision,
            **{key: more.pop(key) for key in ("path", "redirects", "action", "history", "published_at") if key in more},
        )
        text = text or f"{name} in revision {revision}"
        routes = [
            await self.route(head.path, text, "story", X_Story_Revision=str(revision)),
            await self.route(f"{head.path}feed/", f"comments on {text}", "comments"),
            await self.route("/", f"front with {text}"),
        ]
        comments_version = more.pop("comments_version", 0)
        article = Article(
            **{
                "headline": text,
                "dek": f"The dek of {name}",
                "body": (Fragment(html=f"<p>{text}</p>"),),
                "text": f"{text}. More words.",
                "word_count": 5,
                "reading_minutes": 1,
                "language": "en",
            }
            | more
        )
        return StoryRendered(
            at=AT + timedelta(minutes=revision),
            head=head,
            article=article,
            routes=tuple(routes),
            comments_version=comments_version,
        )

    async def expired(self, name: str, revision: int = 2) -> StoryRendered:
        front = await self.route("/", f"front without {name}")
        return StoryRendered(at=AT, head=self.head(name, revision, action="expire"), article=None, routes=(front,))

    def killed(self, name: str, revision: int = 2, note: str = "Gone for a reason.", **more: Any) -> StoryKilled:
        head = self.head(name, revision, action="kill", note=note, **more)
        return StoryKilled(at=AT, head=head, headline=name, public_note=note, receipt=uuid.uuid4())

    async def lists(self, *routes: Route, killed: Sequence[StoryKilled] = ()) -> ListsRendered:
        told = tuple((one.head.story_id, one.head.revision, one.receipt) for one in killed)
        return ListsRendered(at=AT, routes=routes, killed=told)

    def head(
        self, name: str, revision: int, action: str = "publish", note: str | None = None, **more: Any
    ) -> StoryHead:
        entry = HistoryEntry(revision=revision, action=action, at=AT, note=note)
        values = {
            "story_id": story_id(name),
            "publisher": "desk",
            "publisher_name": "Desk",
            "external_id": name,
            "revision": revision,
            "action": action,
            "ordinal": 1,
            "accepted_at": AT,
            "published_at": AT,
            "path": f"/2026/11/23/{name}/",
            "history": (entry,),
        }
        return StoryHead(**(values | more))


def story_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"newswire:desk/{name}")


def picture(name: str) -> StoredImage:
    return StoredImage(key=f"media/{name}", path=f"/media/{name}", content_type="image/png", width=1, height=1, bytes=1)


def terms(*slugs: str) -> tuple[Term, ...]:
    return tuple(Term(slug=slug, name=slug.title()) for slug in slugs)


def people(*slugs: str) -> tuple[Person, ...]:
    return tuple(Person(slug=slug, name=slug.title()) for slug in slugs)


class Site:
    """A running site: `client` is a reader, `bus.take` a batch from the bus."""

    def __init__(self, lent: Lent, bus: HandBus, client: httpx.AsyncClient, database: Database) -> None:
        self.lent, self.bus, self.client, self.database = lent, bus, client, database
        self.newsroom = Newsroom(lent.pages, bus)
        self.loops: Any = {}

    async def publish(self, name: str, revision: int = 1, **more: Any) -> StoryLive:
        [[live]] = await self.bus.take(await self.newsroom.rendered(name, revision, **more))
        assert isinstance(live, StoryLive)
        return live

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    opened = Database(database_url, "site")
    await migrate(opened, MIGRATIONS)
    yield opened
    await opened.close()


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> AsyncGenerator[Site]:
    settings = Settings.read(
        data_dir=tmp_path, port=free_port(), timezone="Europe/Berlin", contact_email="desk@site.example"
    )
    bus, net = HandBus(), Net()
    lent = Lent(
        settings=settings,
        redis_url="",
        bus=lambda _service: bus,  # type: ignore[arg-type,return-value]
        database=lambda _service, _durable: database,
        pages=Pages(settings.pages_url),
        net=net,
        admin_key=ADMIN,
        sole=True,
    )
    service = await build(lent)
    assert service.app is not None
    listener = Listener(service.app, settings.host, settings.port)
    listener.open()
    async with httpx.AsyncClient(base_url=settings.public_url, headers={"Accept-Encoding": "identity"}) as client:
        running = Site(lent, bus, client, database)
        running.loops = service.loops
        yield running
    await net.close()
    await listener.close()
