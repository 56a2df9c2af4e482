"""What the tests of ingest stand on: the whole service on real servers, and a line of hands that confirm or do not."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.ingest.app import build
from services.ingest.domain.receipts import Outcome, expected
from shared import clock
from shared.bus import Bus
from shared.database import Database, is_outage
from shared.events import (
    Event,
    KillChannel,
    KillConfirmed,
    ListsRendered,
    NoticesPlanned,
    PublishersChanged,
    StoryKilled,
    StoryLive,
    StoryReceived,
    StoryScheduled,
)
from shared.net import Net
from shared.pages import Pages
from shared.runtime import Lent, Service
from shared.runtime.migrate import migrate
from shared.settings import Settings

ADMIN = "nw_admin"
PUBLIC = "https://news.example"
MIGRATIONS = Path(__file__).parents[3] / "services/ingest/migrations"
STORY = {"headline": "Ferry returns to Quillmouth", "body_html": "<p>It is back.</p>"}


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 10) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.01)


@dataclass
class Line:
    """The other services, in one: they remember what they hear, and confirm it while `working` and `planning`."""

    working: bool = True
    planning: bool = True
    #: Of whom a kill hears nothing back.
    silent: set[KillChannel] = field(default_factory=set)
    copying: asyncio.Event = field(default_factory=asyncio.Event)
    moving: asyncio.Event = field(default_factory=asyncio.Event)
    received: list[StoryReceived] = field(default_factory=list)
    killed: list[StoryKilled] = field(default_factory=list)
    scheduled: list[StoryScheduled] = field(default_factory=list)
    directories: list[PublishersChanged] = field(default_factory=list)

    async def on_received(self, batch: Sequence[StoryReceived]) -> Sequence[Sequence[Event]]:
        """As enrich, render and site would."""
        self.received += batch
        return [self._live(event) for event in batch]

    async def on_killed(self, batch: Sequence[StoryKilled]) -> Sequence[Sequence[Event]]:
        """As the site would."""
        self.killed += batch
        return [[*self._live(event), *self._confirmed(event)] for event in batch]

    async def on_heard(self, batch: Sequence[Event]) -> Sequence[Sequence[Event]]:
        """As a step that answers kills, and may stand still."""
        await self.moving.wait()
        return [[] for _ in batch]

    async def on_live(self, batch: Sequence[StoryLive]) -> Sequence[Sequence[Event]]:
        """As notify would."""
        return [
            [NoticesPlanned(at=clock.now(), story_id=event.head.story_id, revision=event.head.revision)]
            if self.planning
            else []
            for event in batch
        ]

    async def on_scheduled(self, batch: Sequence[StoryScheduled]) -> Sequence[Sequence[Event]]:
        """As the desk would."""
        self.scheduled += batch
        return [[] for _ in batch]

    async def on_publishers(self, batch: Sequence[PublishersChanged]) -> Sequence[Sequence[Event]]:
        """As the desk would."""
        self.directories += batch
        return [[] for _ in batch]

    async def on_copied(self, batch: Sequence[PublishersChanged]) -> Sequence[Sequence[Event]]:
        """As notify would."""
        await self.copying.wait()
        return [[] for _ in batch]

    def revisions(self, external_id: str) -> list[int]:
        """Which revisions of a story were received, in order."""
        return [one.head.revision for one in self.received if one.head.external_id == external_id]

    def _live(self, event: StoryReceived | StoryKilled) -> list[Event]:
        if not self.working:
            return []
        now = clock.now()
        return [StoryLive(at=now, head=event.head, article=None, url=PUBLIC + event.head.path, live_at=now)]

    def _confirmed(self, event: StoryKilled) -> list[Event]:
        if not self.working:
            return []
        return [answered(event, channel) for channel in expected(has_cdn=False) if channel not in self.silent]


def answered(event: StoryKilled, channel: KillChannel, outcome: Outcome = "confirmed", **more: Any) -> KillConfirmed:
    """What one channel says of a kill."""
    subject = {"story_id": event.head.story_id, "revision": event.head.revision, "receipt": event.receipt}
    return KillConfirmed(**{"at": clock.now(), "channel": channel, "outcome": outcome, **subject, **more})


@dataclass
class Running:
    """Ingest, running; `api` speaks to it as the admin, `as_(key)` as a publisher."""

    service: Service
    line: Line
    api: httpx.AsyncClient
    database: Database
    redis_url: str

    def as_(self, key: str) -> httpx.AsyncClient:
        """A client with a publisher's key."""
        return _client(self.service, key)

    async def publisher(self, name: str = "Harbour Desk", **more: Any) -> httpx.AsyncClient:
        """A new publisher's client."""
        answer = await self.api.post("/v1/publishers", json={"name": name, **more})
        assert answer.status_code == 201, answer.text
        return self.as_(answer.json()["key"])


def _client(service: Service, key: str) -> httpx.AsyncClient:
    assert service.app is not None
    transport = httpx.ASGITransport(app=service.app)
    return httpx.AsyncClient(transport=transport, base_url=PUBLIC, headers={"Authorization": f"Bearer {key}"})


async def _keep(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()


async def _end(loops: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: asyncpg may swallow a cancellation that meets the end of its connecting."""
    pending = set(loops)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=1)
    for task in loops:
        if not task.cancelled() and (error := task.exception()):
            raise error


def _others(bus: Callable[[str], Bus], line: Line) -> list[Bus]:
    others = [bus("enrich"), bus("notify"), bus("desk"), bus("render"), bus("site")]
    others[0].step(StoryReceived, line.on_received)
    others[0].step(StoryKilled, line.on_killed)
    others[1].step(StoryLive, line.on_live)
    others[1].step(PublishersChanged, line.on_copied)
    others[2].step(StoryScheduled, line.on_scheduled)
    others[2].step(PublishersChanged, line.on_publishers)
    for one in (others[1], others[3], others[4]):  # who answers kills: what they say, `on_killed` says
        one.step(StoryKilled, line.on_heard)
    others[4].step(ListsRendered, line.on_heard)
    return others


@asynccontextmanager
async def running(
    database_url: str, redis_url: str, tmp_path: Path, line: Line, *, loops: bool = True
) -> AsyncGenerator[Running]:
    """Ingest with its loops and a line behind it."""
    database = Database(database_url, "ingest", durable=True)
    await migrate(database, MIGRATIONS)
    net, pages = Net(()), Pages(f"file://{tmp_path}/pages")
    options = Settings.read(public_url=PUBLIC, data_dir=tmp_path)

    def bus(service: str) -> Bus:
        return Bus(redis_url, service, is_outage=is_outage, sole=True)

    lent = Lent(options, redis_url, bus, lambda _service, _durable: database, pages, net, ADMIN, True)
    service = await build(lent)
    others = _others(bus, line)
    for one in (*others, service.bus):
        await one.start()
    known = f"{await service.bus.incarnation()}/known"
    await service.bus.set_epoch(known)  # a Redis that is new to us would get everything open, the first push as well
    begun = service.loops.items() if loops else ()
    tasks = [asyncio.create_task(_keep(loop), name=name) for name, loop in begun]
    try:
        yield Running(service, line, _client(service, ADMIN), database, redis_url)
    finally:
        await _end(tasks)
        for work in service.on_stop:
            await work()
        for one in (service.bus, *others):
            await one.stop()
        await net.close()
        await database.close()


@pytest.fixture
def line() -> Line:
    """A line that confirms everything."""
    line = Line()
    line.copying.set()
    line.moving.set()
    return line


@pytest.fixture
async def ingest(database_url: str, redis_url: str, tmp_path: Path, line: Line) -> AsyncGenerator[Running]:
    """Ingest on each kind of database."""
    async with running(database_url, redis_url, tmp_path, line) as found:
        yield found
