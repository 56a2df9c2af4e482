"""The whole of notify on a real Redis, a real database and a real maildir, SMTP server or web server."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest

from services.notify import app as notify
from shared import clock
from shared.bus import Bus
from shared.database import Database, is_outage
from shared.events import (
    AnswerNoticed,
    Article,
    DeliveriesProgressed,
    Event,
    Fragment,
    HistoryEntry,
    KillConfirmed,
    NoticesPlanned,
    Person,
    PublishersChanged,
    RedactionConfirmed,
    StoryHead,
    StoryKilled,
    StoryLive,
    Term,
)
from shared.net import Net
from shared.pages import Pages
from shared.runtime import Lent
from shared.runtime.migrate import migrate
from shared.runtime.supervise import Supervisor
from shared.settings import Settings

ADMIN = "admin-key-of-the-test"
NAMES = UUID("2ec09ed6-efe8-5a24-8ba9-9a3ddbf7060e")


async def until(condition: Callable[[], Any], seconds: float = 25) -> Any:
    """Wait for a condition; its value."""
    end = clock.monotonic() + seconds
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert clock.monotonic() < end, "what was waited for did not happen"
        await asyncio.sleep(0.02)


def live(
    name: str,
    *actions: str,
    headline: str = "Ferry returns to Quillmouth",
    notify: bool = True,
    note: str | None = None,
    late: bool = False,
    silent: bool = False,
    **fields: Any,
) -> StoryLive:
    """A story that is live with the last of these actions."""
    now = clock.now()
    history = tuple(
        HistoryEntry(revision=number, action=action, notify=notify, note=note, at=now)
        for number, action in enumerate(actions, 1)
    )
    until_when = None if silent else now + timedelta(hours=-1 if late else 24)
    head = StoryHead(
        story_id=uuid5(NAMES, name),
        publisher="harbour-desk",
        publisher_name="Harbour Desk",
        external_id=name,
        revision=len(actions),
        action=actions[-1],
        ordinal=1,
        accepted_at=now,
        published_at=now,
        path=f"/2026/11/23/{name}/",
        history=history,
        announce_until=until_when,
    )
    gone = actions[-1] in {"kill", "expire"}
    story = {
        "headline": headline,
        "dek": "After two years.",
        "body": (Fragment(html='<p>It is <b>back</b>. <a href="/x/">More</a></p>'),),
        "text": "It is back.",
        "word_count": 3,
        "reading_minutes": 1,
        "language": "en",
        "authors": (Person(slug="ada-penn", name="Ada Penn"),),
        "sections": (Term(slug="harbour", name="Harbour"),),
    }
    article = None if gone else Article(**{**story, **fields})
    return StoryLive(at=now, head=head, article=article, url=f"https://news.example{head.path}", live_at=now)


def killed(event: StoryLive, note: str = "This story has been withdrawn.") -> StoryKilled:
    """The order to stop that travels ahead of `event`."""
    receipt = uuid5(event.head.story_id, "receipt")
    return StoryKilled(at=clock.now(), head=event.head, headline="secret", public_note=note, receipt=receipt)


class Stage:
    """A running notify and what it said."""

    def __init__(self, lent: Lent, directory: Path) -> None:
        self.lent = lent
        self.maildir = directory / "mail"
        self.heard: list[Event] = []

    async def start(self) -> None:
        self.database = self.lent.database("notify", False)
        await migrate(self.database, Path(notify.__file__).parent / "migrations")
        self.service = await notify.build(self.lent)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.app),  # type: ignore[arg-type]  # any ASGI app
            base_url="http://news.example",
        )
        self._listeners = [
            self._listener("ingest", (NoticesPlanned, KillConfirmed, RedactionConfirmed)),
            self._listener("site", (AnswerNoticed,)),
            self._listener("desk", (DeliveriesProgressed,)),
        ]
        for bus in (*self._listeners, self.service.bus):
            await bus.start()
        await self.service.bus.set_epoch("as ingest keeps it")
        self._supervisor = Supervisor(is_outage)
        self._supervisor.run("notify", self.service.loops)

    async def stop(self) -> None:
        await self._supervisor.stop()
        for work in self.service.on_stop:
            await work()
        for bus in (self.service.bus, *self._listeners):
            await bus.stop()
        for database in (*self.service.databases, self.database):
            await database.close()
        await self.client.aclose()
        await self.lent.net.close()

    def _listener(self, name: str, events: Sequence[type[Event]]) -> Bus:
        bus = self.lent.bus(name)

        async def hear(batch: Sequence[Event]) -> Sequence[Sequence[Event]]:
            self.heard += batch
            return [[] for _ in batch]

        for event in events:
            bus.step(event, hear)
        return bus

    async def emit(self, *events: Event) -> None:
        await self.service.bus.emit(events)

    async def planned(self, event: StoryLive) -> None:
        """Emit it and wait until it is planned."""
        before = self.said(NoticesPlanned)
        await self.emit(event)
        await until(lambda: len(self.said(NoticesPlanned)) > len(before))

    def said(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]

    def counts(self, event: StoryLive, revision: int, channel: str = "email") -> dict[str, int]:
        """The newest counts that the trace was told, without zeros."""
        told = [one for one in self.said(DeliveriesProgressed) if one.story_id == event.head.story_id]
        if not told:
            return {}
        newest = max(told, key=lambda one: one.version)
        found = [one for one in newest.revisions if one.revision == revision]
        return {k: v for k, v in getattr(found[0], channel).model_dump().items() if v} if found else {}

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """What lies in the maildir, oldest first."""
        found = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted((self.maildir / "new").iterdir())
        ]
        return [mail for mail in found if to is None or mail["To"] == to]

    async def admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.request(method, path, headers={"Authorization": f"Bearer {ADMIN}"}, **options)

    async def subscribed(self, *people: Mapping[str, Any]) -> None:
        """Import confirmed subscribers."""
        answer = await self.admin("POST", "/v1/subscribers", json={"subscribers": list(people)})
        assert answer.status_code == 201, answer.text

    async def publishers(self, event: PublishersChanged) -> None:
        await self.emit(event)


Start = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def start(tmp_path: Path, redis_url: str, database_url: str) -> AsyncGenerator[Start]:
    """Starts notify with settings of the test's choice."""
    stages: list[Stage] = []

    async def starting(**fields: Any) -> Stage:
        settings = Settings.read(
            **{
                "data_dir": tmp_path,
                "database_url": database_url,
                "public_url": "https://news.example",
                "allow_networks": "127.0.0.0/8",
                "postal_address": "1 Quay, Quillmouth",
                "imprint": "Harbour Press",
                **fields,
            }
        )
        lent = Lent(
            settings=settings,
            redis_url=redis_url,
            bus=lambda service: Bus(redis_url, service, is_outage=is_outage, sole=True),
            database=lambda service, durable: Database(settings.database_url, service, durable=durable),
            pages=Pages(settings.pages_url),
            net=Net(settings.allow_networks),
            admin_key=ADMIN,
            sole=True,
        )
        stage = Stage(lent, tmp_path)
        await stage.start()
        stages.append(stage)
        return stage

    yield starting
    for stage in stages:
        await stage.stop()


@pytest.fixture
async def stage(start: Start) -> Stage:
    """Notify as it is by default: a maildir."""
    return await start()
